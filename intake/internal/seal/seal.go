// Package seal encrypts what people sent before it reaches a disk, and opens it
// again for whoever holds a key.
//
// A submission has one data key, made for it and never stored as it is:
//
//	key, err := seal.NewKey()
//	blob, err := key.Seal("record HZ-7K3F-9QXT-4", plain)
//	forOffice, err := key.Wrap(office)     // age.Recipient, from --seal-to
//	forDelivery, err := key.Wrap(delivery)
//
// Whoever holds one of the two secret keys gets everything back:
//
//	key, err := seal.Unwrap(forDelivery, identity)
//	plain, err := key.Open("record HZ-7K3F-9QXT-4", blob)
//
// When a wrap is destroyed, its reader can read the submission no more. The
// purpose is bound inside: a blob that was exchanged for another one of the
// same submission does not open.
//
// # Format
//
// Both a blob and a wrap are age files (age-encryption.org/v1), binary, so that
// nobody depends on this program to read them. A wrap holds an identity file of
// two lines, a comment and an AGE-SECRET-KEY-1… (X25519). A blob is encrypted
// to that identity and holds a header line,
//
//	waijiao-sealed/1 PURPOSE
//
// ended by LF, and behind it the bytes that were sealed. With the age program:
//
//	age -d -i office.key wrap > data.key
//	age -d -i data.key blob | tail -n +2
//
// # What it does not do
//
// age tells nobody who encrypted a file. Someone who can write to the store
// could put a submission of their own making there, with a wrap made for the
// office's public key. They cannot read, change or exchange what is there
// already.
package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"filippo.io/age"
)

// ErrWrongKey means that the key does not belong to what was to be opened.
// Damage to the part of the file that holds the key looks the same.
var ErrWrongKey = errors.New("seal: this key does not open it")

// ErrDamaged means that the key may be right, but that the bytes are not those
// that were sealed, or none that this package sealed.
var ErrDamaged = errors.New("seal: damaged, or not sealed by this program")

// ErrOtherPurpose means that the key is right and the bytes are whole, but that
// they were sealed for another purpose: something was exchanged.
var ErrOtherPurpose = errors.New("seal: sealed for another purpose")

const (
	magic = "waijiao-sealed/1 "
	// longest bounds a purpose, in bytes.
	longest = 200
	// wrapNote is the first line of what a wrap holds. The age program takes it
	// as a comment.
	wrapNote = "# waijiao data key 1"
)

// Key is the data key of one submission or of one request's uploads. It is
// safe for use by many goroutines.
type Key struct{ id *age.X25519Identity }

// NewKey makes a key.
func NewKey() (*Key, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return &Key{id}, nil
}

// FromSecret makes a key of what Secret returned.
func FromSecret(s string) (*Key, error) {
	id, err := age.ParseX25519Identity(s)
	if err != nil {
		return nil, ErrDamaged // age's own error could repeat the secret
	}
	return &Key{id}, nil
}

// Secret returns the key as text, an AGE-SECRET-KEY-1…, to be stored only in
// something that is sealed itself.
func (k *Key) Secret() string { return k.id.String() }

// String hides the key from logs.
func (k *Key) String() string { return "seal.Key" }

// Seal returns an age file that holds plain for the purpose: up to 200 bytes of
// printable text, such as "record HZ-7K3F-9QXT-4".
func (k *Key) Seal(purpose string, plain []byte) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(plain) + 512)
	w, err := k.Writer(purpose, &out)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return out.Bytes(), nil
}

// Open returns what Seal or Writer took for the purpose, all of it or an error
// that is ErrWrongKey, ErrDamaged or ErrOtherPurpose.
func (k *Key) Open(purpose string, sealed []byte) ([]byte, error) {
	head, err := header(purpose)
	if err != nil {
		return nil, err
	}
	plain, err := decrypt(sealed, k.id)
	if err != nil {
		return nil, err
	}
	if err := checkHeader(plain, head); err != nil {
		return nil, err
	}
	return plain[len(head):], nil
}

// Writer returns a writer that seals into w for the purpose, without end and
// in constant memory. What it has written is whole only after Close, which does
// not close w. Errors of w come back as they are.
func (k *Key) Writer(purpose string, w io.Writer) (io.WriteCloser, error) {
	head, err := header(purpose)
	if err != nil {
		return nil, err
	}
	out, err := age.Encrypt(w, k.id.Recipient())
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(out, head); err != nil {
		return nil, err
	}
	return out, nil
}

// ReaderAt opens what Writer or Seal wrote, of which r has size bytes, for
// reading at any place, and returns how many bytes were sealed. A file that was
// cut off is found at once; other damage when its place is read, with an error
// that is ErrDamaged. Errors of r come back as they are. The reader is safe for use by many goroutines.
func (k *Key) ReaderAt(purpose string, r io.ReaderAt, size int64) (io.ReaderAt, int64, error) {
	head, err := header(purpose)
	if err != nil {
		return nil, 0, err
	}
	src := &source{r: r}
	plain, n, err := age.DecryptReaderAt(src, size, k.id)
	if err != nil {
		return nil, 0, src.judge(err)
	}
	in := reader{plain, src}
	// One byte more than the longest header: enough to tell purposes apart.
	start := make([]byte, min(n, int64(len(magic)+longest+1)))
	if _, err := in.ReadAt(start, 0); err != nil && err != io.EOF {
		return nil, 0, err
	}
	if err := checkHeader(start, head); err != nil {
		return nil, 0, err
	}
	n -= int64(len(head))
	return io.NewSectionReader(in, int64(len(head)), n), n, nil
}

// reader gives age's errors our names.
type reader struct {
	r   io.ReaderAt
	src *source
}

func (r reader) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.r.ReadAt(p, off)
	if err != nil && err != io.EOF {
		err = r.src.judge(err)
	}
	return n, err
}

// source remembers the error of a disk, so that it is not taken for damage:
// the same bytes may be read well the next time.
type source struct {
	r   io.ReaderAt
	err atomic.Pointer[error]
}

func (s *source) ReadAt(p []byte, off int64) (int, error) {
	n, err := s.r.ReadAt(p, off)
	if err != nil && err != io.EOF {
		s.err.Store(&err)
	}
	return n, err
}

func (s *source) judge(err error) error {
	if disk := s.err.Load(); disk != nil {
		return fmt.Errorf("seal: %w", *disk)
	}
	return judge(err)
}

// Wrap returns an age file that holds the key for each of the recipients. A
// recipient that resists quantum computers (age1pq1…) cannot stand beside one
// that does not.
func (k *Key) Wrap(to ...age.Recipient) ([]byte, error) {
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to...)
	if err != nil {
		return nil, fmt.Errorf("seal: the key cannot be wrapped: %w", err)
	}
	if _, err := fmt.Fprintf(w, "%s\n%s\n", wrapNote, k.id); err != nil {
		return nil, fmt.Errorf("seal: the key cannot be wrapped: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("seal: the key cannot be wrapped: %w", err)
	}
	return out.Bytes(), nil
}

// Unwrap gets the key back with one of the identities. The error is ErrWrongKey
// or ErrDamaged.
func Unwrap(wrap []byte, with ...age.Identity) (*Key, error) {
	if len(with) == 0 {
		return nil, ErrWrongKey
	}
	plain, err := decrypt(wrap, with...)
	if err != nil {
		return nil, err
	}
	secret, ok := strings.CutPrefix(string(plain), wrapNote+"\n")
	if !ok {
		return nil, ErrDamaged
	}
	return FromSecret(strings.TrimSuffix(secret, "\n"))
}

func decrypt(sealed []byte, with ...age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(sealed), with...)
	if err != nil {
		return nil, judge(err)
	}
	plain := bytes.NewBuffer(make([]byte, 0, len(sealed)))
	if _, err := plain.ReadFrom(r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return plain.Bytes(), nil
}

func judge(err error) error {
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		return ErrWrongKey
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

func header(purpose string) (string, error) {
	if purpose == "" || len(purpose) > longest || !utf8.ValidString(purpose) ||
		strings.ContainsFunc(purpose, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", fmt.Errorf("seal: %q cannot be a purpose", purpose)
	}
	return magic + purpose + "\n", nil
}

// checkHeader compares the whole line, so that no purpose is the beginning of
// another.
func checkHeader(plain []byte, head string) error {
	switch {
	case bytes.HasPrefix(plain, []byte(head)):
		return nil
	case bytes.HasPrefix(plain, []byte(magic)) && bytes.IndexByte(plain, '\n') > 0:
		return ErrOtherPurpose
	}
	return ErrDamaged
}
