package uploads

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"waijiao/intake/internal/seal"
)

// A note says what a kept file is, and holds the key that opens it. It is one
// byte of version and eight of the time at which the file came, in seconds
// since 1970, which Sweep reads, and behind them the rest, sealed by
// AES-256-GCM under a key that only the page's key gives. The beginning and the
// file's id are authenticated too.
const (
	noteVersion = 1
	noteHead    = 1 + 8
	noteEnding  = ".note"
)

type noted struct {
	File
	Key string `json:"key"`
}

// derive returns a secret that only the server's secret and the page's key give
// together (RFC 5869): neither the disk nor a page alone is enough.
func (s *Store) derive(use, key string) ([]byte, error) {
	return hkdf.Key(sha256.New, s.secret, nil, "waijiao uploads "+use+"\x00"+key, 32)
}

// folder is the name of a page's folder, in which the key cannot be guessed at.
func (s *Store) folder(key string) (string, error) {
	name, err := s.derive("page", key)
	return hex.EncodeToString(name[:min(16, len(name))]), err
}

func (s *Store) noteCipher(key string) (cipher.AEAD, error) {
	k, err := s.derive("note", key)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (s *Store) writeNote(key string, f File) ([]byte, error) {
	c, err := s.noteCipher(key)
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(noted{f, f.key.Secret()})
	if err != nil {
		return nil, err
	}
	head := binary.BigEndian.AppendUint64([]byte{noteVersion}, uint64(f.Came.Unix()))
	bound := append(slices.Clip(head), f.ID...)
	return append(head, c.Seal(nil, nil, plain, bound)...), nil
}

var errNote = errors.New("not a note of this page")

func (s *Store) readNote(key, id string, note []byte) (File, error) {
	if len(note) < noteHead || note[0] != noteVersion {
		return File{}, errNote
	}
	c, err := s.noteCipher(key)
	if err != nil {
		return File{}, err
	}
	bound := append(slices.Clip(note[:noteHead]), id...)
	plain, err := c.Open(nil, nil, note[noteHead:], bound)
	if err != nil {
		return File{}, errNote
	}
	var n noted
	if err := json.Unmarshal(plain, &n); err != nil {
		return File{}, errNote
	}
	if n.File.key, err = seal.FromSecret(n.Key); err != nil {
		return File{}, errNote
	}
	return n.File, nil
}

// came is the time in a note's head.
func came(note []byte) (time.Time, bool) {
	if len(note) < noteHead || note[0] != noteVersion {
		return time.Time{}, false
	}
	return time.Unix(int64(binary.BigEndian.Uint64(note[1:noteHead])), 0), true
}
