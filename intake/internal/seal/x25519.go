package seal

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
)

// The recipient and identity of age's X25519 stanza, on the standard library's
// keys. They write and read what age's own do (c2sp.org/age, "The X25519
// recipient type"), with half of the multiplications on the curve: age's work
// on bare scalars, and the public key that belongs to one is computed anew at
// each use. These multiplications are most of what a submission costs.

const x25519Label = "age-encryption.org/v1/X25519"

// x25519Recipient wraps file keys to a public key.
type x25519Recipient struct{ to *ecdh.PublicKey }

// native returns the recipient that wraps as to does, and faster, where there
// is one.
func native(to age.Recipient) age.Recipient {
	known, ok := to.(*age.X25519Recipient)
	if !ok {
		return to
	}
	hrp, point, err := decodeBech32(known.String())
	if err != nil || hrp != "age" {
		return to
	}
	key, err := ecdh.X25519().NewPublicKey(point)
	if err != nil {
		return to
	}
	return x25519Recipient{key}
}

// Wrap is described at age.Recipient.
func (r x25519Recipient) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	ephemeral, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	shared, err := ephemeral.ECDH(r.to)
	if err != nil {
		return nil, err
	}
	share := ephemeral.PublicKey().Bytes()
	body, err := wrapped(shared, share, r.to.Bytes(), func(key []byte) ([]byte, error) {
		aead, err := chacha20poly1305.New(key)
		if err != nil {
			return nil, err
		}
		// The key is used once: it depends on the ephemeral share.
		return aead.Seal(nil, make([]byte, aead.NonceSize()), fileKey, nil), nil
	})
	if err != nil {
		return nil, err
	}
	return []*age.Stanza{{Type: "X25519", Args: []string{base64.RawStdEncoding.EncodeToString(share)}, Body: body}}, nil
}

// wrapped derives the wrapping key of a stanza and uses it.
func wrapped(shared, share, to []byte, use func(key []byte) ([]byte, error)) ([]byte, error) {
	salt := append(append(make([]byte, 0, 64), share...), to...)
	key, err := hkdf.Key(sha256.New, shared, salt, x25519Label, chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	return use(key)
}

// x25519Identity unwraps what was wrapped to its public key.
type x25519Identity struct{ key *ecdh.PrivateKey }

// errStanza means that a file's header is none that age could have written.
var errStanza = errors.New("invalid X25519 recipient block")

// Unwrap is described at age.Identity.
func (i x25519Identity) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, s := range stanzas {
		if s.Type != "X25519" {
			continue
		}
		fileKey, err := i.unwrap(s)
		if errors.Is(err, age.ErrIncorrectIdentity) {
			continue
		}
		return fileKey, err
	}
	return nil, age.ErrIncorrectIdentity
}

func (i x25519Identity) unwrap(s *age.Stanza) ([]byte, error) {
	const fileKeySize = 16
	if len(s.Args) != 1 || len(s.Body) != fileKeySize+chacha20poly1305.Overhead {
		return nil, errStanza
	}
	share, err := base64.RawStdEncoding.Strict().DecodeString(s.Args[0])
	if err != nil || len(share) != 32 {
		return nil, errStanza
	}
	theirs, err := ecdh.X25519().NewPublicKey(share)
	if err != nil {
		return nil, errStanza
	}
	shared, err := i.key.ECDH(theirs) // refuses what gives only zeros
	if err != nil {
		return nil, errStanza
	}
	return wrapped(shared, share, i.key.PublicKey().Bytes(), func(key []byte) ([]byte, error) {
		aead, err := chacha20poly1305.New(key)
		if err != nil {
			return nil, err
		}
		fileKey, err := aead.Open(nil, make([]byte, aead.NonceSize()), s.Body, nil)
		if err != nil {
			return nil, age.ErrIncorrectIdentity
		}
		return fileKey, nil
	})
}

// secretText writes a secret key as age does.
func secretText(key *ecdh.PrivateKey) string {
	return encodeBech32("AGE-SECRET-KEY-", key.Bytes())
}

// parseSecret reads what secretText wrote. Its errors do not repeat it.
func parseSecret(s string) (*ecdh.PrivateKey, error) {
	hrp, scalar, err := decodeBech32(s)
	if err != nil || hrp != "AGE-SECRET-KEY-" {
		return nil, ErrDamaged
	}
	key, err := ecdh.X25519().NewPrivateKey(scalar)
	if err != nil {
		return nil, fmt.Errorf("%w: no key of 32 bytes", ErrDamaged)
	}
	return key, nil
}
