package seal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"filippo.io/age"
)

// ErrExposed means that a file of secret keys can be read by others than its
// owner, or written by them. `chmod 600` mends it; whoever may have read the
// key meanwhile still has it.
var ErrExposed = errors.New("seal: the key file is open to other users")

// ErrSecretKey means that a secret key was given where a public one belongs.
var ErrSecretKey = errors.New("seal: this is a secret key (AGE-SECRET-KEY-…); give the public one (age1…) that belongs to it")

// ErrNoKey means that a file or a text is not what holds keys of age.
var ErrNoKey = errors.New("seal: no key of age")

// ParseRecipient reads a public key: age1…, or age1pq1… (resists quantum
// computers; needs age 1.3 to open). The error is ErrSecretKey or ErrNoKey.
func ParseRecipient(s string) (age.Recipient, error) {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(strings.ToUpper(s), "AGE-SECRET-KEY-") {
		return nil, ErrSecretKey
	}
	list, err := age.ParseRecipients(strings.NewReader(s))
	if err != nil || len(list) != 1 {
		return nil, fmt.Errorf("%w: a public key begins with age1", ErrNoKey)
	}
	return list[0], nil
}

// RecipientOf returns the public key of a secret one, for identities that
// ReadIdentities and MakeIdentity return. It prints itself as age1….
func RecipientOf(id age.Identity) (age.Recipient, error) {
	switch id := id.(type) {
	case *age.X25519Identity:
		return id.Recipient(), nil
	case *age.HybridIdentity:
		return id.Recipient(), nil
	}
	return nil, fmt.Errorf("%w: a %T has no public key", ErrNoKey, id)
}

// ReadIdentities reads the secret keys in a file, as age-keygen writes it:
// lines with AGE-SECRET-KEY-1… or AGE-SECRET-KEY-PQ-1…, blank lines, and
// comments. Nobody but the owner may have access to the file. Errors are
// ErrExposed, ErrNoKey, or of the disk (fs.ErrNotExist).
func ReadIdentities(path string) ([]age.Identity, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is not a file", ErrNoKey, path)
	}
	if Exposed(info) {
		return nil, fmt.Errorf("%w: %s has mode %04o; run: chmod 600 %[2]s", ErrExposed, path, info.Mode().Perm())
	}
	list, err := age.ParseIdentities(io.LimitReader(f, 1<<20))
	if err != nil || len(list) == 0 {
		// age's own error could repeat a line of the file.
		return nil, fmt.Errorf("%w: %s must hold lines that begin with AGE-SECRET-KEY-", ErrNoKey, path)
	}
	return list, nil
}

// Exposed tells whether others than the owner have access to a file. systemd gives a service its
// credentials in files of root's by an access control list, whose mask shows as
// the group's right to read: members of root's group are root's equals anyway.
func Exposed(info fs.FileInfo) bool {
	mode := info.Mode().Perm()
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && owner.Uid == 0 && owner.Gid == 0 {
		mode &^= 0o040
	}
	return mode&0o077 != 0
}

// MakeIdentity makes a secret key and a file of mode 0600 for it, which is whole
// and on the disk when MakeIdentity returns, also if the machine fails then. A
// file that exists is never touched; the error is fs.ErrExist.
//
// Whoever calls it because a key is missing should first be sure that nothing
// was sealed to an older one.
func MakeIdentity(path string) (age.Identity, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".key-*") // O_EXCL, mode 0600
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintf(f, "# public key: %s\n%s\n", id.Recipient(), id)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	// Unlike a rename, a link never replaces what is there.
	if err := os.Link(f.Name(), path); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	os.Remove(f.Name())
	if err := syncFolder(dir); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return id, nil
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
