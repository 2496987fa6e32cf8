package mail

import (
	"bytes"
	"crypto"
	_ "crypto/sha256" // the hashes that a key's own signatures are made with
	_ "crypto/sha512"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/emersion/go-message"
)

// PGP is whom the office's mails are encrypted to: every key of one file. It
// is read by ReadPGP, and any number of goroutines may use it.
type PGP struct {
	keys openpgp.EntityList
	read time.Time
}

// ReadPGP reads armored public keys, as `gpg --armor --export ADDRESS` writes
// them, one block or several. Each of them must be able to encrypt at the time
// now, or its owner could not read a mail that others can.
func ReadPGP(r io.Reader, now time.Time) (*PGP, error) {
	data, err := io.ReadAll(io.LimitReader(r, 4<<20))
	if err != nil {
		return nil, fmt.Errorf("mail: the PGP key cannot be read: %w", err)
	}
	p := &PGP{read: now}
	for {
		block, err := armor.Decode(bytes.NewReader(data))
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("mail: the PGP key is damaged (%w): export it anew with gpg --armor --export ADDRESS", err)
		}
		switch block.Type {
		case openpgp.PublicKeyType:
		case openpgp.PrivateKeyType:
			return nil, errors.New("mail: this is a private PGP key, which must never be on the server: remove it from there, and give the public one, from gpg --armor --export ADDRESS")
		default:
			return nil, fmt.Errorf("mail: a %s is no public PGP key: export one with gpg --armor --export ADDRESS", block.Type)
		}
		keys, err := openpgp.ReadKeyRing(block.Body)
		if err != nil {
			return nil, fmt.Errorf("mail: the PGP key is damaged or of an unknown kind (%w): export it anew with gpg --armor --export ADDRESS", err)
		}
		p.keys = append(p.keys, keys...)
		// The decoder reads ahead of the block's end.
		_, data, _ = bytes.Cut(data, []byte("-----END PGP PUBLIC KEY BLOCK-----"))
	}
	if len(p.keys) == 0 {
		return nil, errors.New("mail: no armored PGP key is there: export one with gpg --armor --export ADDRESS")
	}
	for _, e := range p.keys {
		if err := usable(e, now); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func usable(e *openpgp.Entity, now time.Time) error {
	name := fmt.Sprintf("%X", e.PrimaryKey.Fingerprint)
	if e.PrivateKey != nil {
		return fmt.Errorf("mail: the PGP key %s is a private one, which must never be on the server: remove it from there, and give the public one, from gpg --armor --export ADDRESS", name)
	}
	self, _ := e.PrimarySelfSignature()
	switch {
	case self == nil:
		return fmt.Errorf("mail: the PGP key %s has no valid signature of its own", name)
	case e.PrimaryKey.CreationTime.After(now):
		return fmt.Errorf("mail: the PGP key %s was made on %s, which is yet to come: set the server's clock right", name, e.PrimaryKey.CreationTime.UTC().Format(time.DateOnly))
	case e.Revoked(now):
		return fmt.Errorf("mail: the PGP key %s is revoked: ask the office for its new one", name)
	case e.PrimaryKey.KeyExpired(self, now) || self.SigExpired(now):
		return fmt.Errorf("mail: the PGP key %s has expired: ask the office to extend it (gpg --quick-set-expire) and to export it anew", name)
	}
	if _, ok := e.EncryptionKey(now); ok {
		return nil
	}
	for _, sub := range e.Subkeys {
		if sub.Sig.FlagsValid && sub.Sig.FlagEncryptCommunications && (sub.PublicKey.KeyExpired(sub.Sig, now) || sub.Sig.SigExpired(now)) {
			return fmt.Errorf("mail: the part of the PGP key %s that encrypts has expired: ask the office to extend it (gpg --quick-set-expire … '*') and to export it anew", name)
		}
	}
	return fmt.Errorf("mail: the PGP key %s can only sign: nothing can be encrypted to it", name)
}

// Fingerprints are the keys' fingerprints in hexadecimal, for whoever compares
// them with the office's.
func (p *PGP) Fingerprints() []string {
	var out []string
	for _, e := range p.keys {
		out = append(out, fmt.Sprintf("%X", e.PrimaryKey.Fingerprint))
	}
	return out
}

// Expires is when the first of the keys expires; zero if none does. Mails are
// encrypted after that too: nobody is turned away for it, and a key that has
// expired still decrypts.
func (p *PGP) Expires() time.Time {
	var soonest time.Time
	sooner := func(made time.Time, s *packet.Signature) {
		if s == nil || s.KeyLifetimeSecs == nil || *s.KeyLifetimeSecs == 0 {
			return
		}
		if end := made.Add(time.Duration(*s.KeyLifetimeSecs) * time.Second); soonest.IsZero() || end.Before(soonest) {
			soonest = end
		}
	}
	for _, e := range p.keys {
		self, _ := e.PrimarySelfSignature()
		sooner(e.PrimaryKey.CreationTime, self)
		if k, ok := e.EncryptionKey(p.read); ok {
			sooner(k.PublicKey.CreationTime, k.SelfSignature)
		}
	}
	return soonest
}

// config asks for AES-256 and the integrity check of RFC 9580 section 5.13.1.
// The newer kind with AEAD cannot be opened by GnuPG 2.2. A file that is base64
// twice shrinks again by compression, as gpg does it.
func (p *PGP) config() *packet.Config {
	return &packet.Config{
		DefaultHash: crypto.SHA256, DefaultCipher: packet.CipherAES256,
		DefaultCompressionAlgo: packet.CompressionZLIB, CompressionConfig: &packet.CompressionConfig{Level: packet.BestSpeed},
		Time: func() time.Time { return p.read },
	}
}

// seal encrypts an entity and returns it armored, with CRLF.
func (p *PGP) seal(plain []byte) ([]byte, error) {
	var b bytes.Buffer
	shell, err := armor.Encode(&b, "PGP MESSAGE", nil)
	if err != nil {
		return nil, fmt.Errorf("mail: PGP: %w", err)
	}
	inside, err := openpgp.Encrypt(shell, p.keys, nil, &openpgp.FileHints{IsBinary: true}, p.config())
	if err != nil {
		return nil, fmt.Errorf("mail: PGP: %w", err)
	}
	if _, err = inside.Write(plain); err == nil {
		err = inside.Close()
	}
	if err == nil {
		err = shell.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("mail: PGP: %w", err)
	}
	b.WriteByte('\n')
	return crlf(b.Bytes()), nil
}

// compresses tells whether all keys' owners can read compressed mail.
func (p *PGP) compresses() bool {
	for _, e := range p.keys {
		self, _ := e.PrimarySelfSignature()
		if self == nil || !bytes.Contains(self.PreferredCompression, []byte{byte(packet.CompressionZLIB)}) {
			return false
		}
	}
	return true
}

// encrypt makes the finished PGP/MIME message (RFC 3156 section 4): the outer
// fields, and the inner ones with the page and the files where only the office
// can read them. The inner ones are marked as protected headers, so that mail
// programs show them instead of the outer ones.
func (w Writer) encrypt(outer, inner fields, p *page, title string, files []Attachment) ([]byte, error) {
	plain, err := w.entity(inner, p, title, files, `protected-headers="v1"`)
	if err != nil {
		return nil, err
	}
	sealed, err := w.PGP.seal(plain)
	if err != nil {
		return nil, err
	}
	outer.tokens("Content-Type", parameters("multipart/encrypted", append([]string{`protocol="application/pgp-encrypted"`}, parameter("boundary", w.Boundary())...)...)...)
	header, err := outer.header()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	mw, err := message.CreateWriter(&b, header)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	var version, data fields
	version.tokens("Content-Type", "application/pgp-encrypted")
	if err := write(mw, version, []byte("Version: 1\r\n")); err != nil {
		return nil, err
	}
	data.tokens("Content-Type", "application/octet-stream;", `name="encrypted.asc"`)
	data.tokens("Content-Disposition", "inline;", `filename="encrypted.asc"`)
	if err := write(mw, data, sealed); err != nil {
		return nil, err
	}
	if err := mw.Close(); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return w.DKIM.sign(b.Bytes())
}

// Largest is the size in bytes that the office's mail does not exceed, if
// unencrypted and unsigned it does not exceed plain bytes. Base64 text shrinks
// by compression to 6 bits of 8 and a little; armor makes 66 characters of 48.
func (w Writer) Largest(plain int64) int64 {
	size := plain
	if w.PGP != nil {
		if w.PGP.compresses() {
			size = size/1000*785 + 1000
		}
		size = size/48*66 + int64(len(w.PGP.keys))<<10 + 4<<10
	}
	if w.DKIM != nil {
		size += 2 << 10
	}
	return size
}
