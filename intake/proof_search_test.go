package main

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// search finds words in the files of a folder, and in their names, however
// they were written: as they are, in UTF-16, base64 or hex, compressed by gzip
// or zlib, and in pieces, as the compression of a database leaves them.
type search struct {
	heads   map[uint64][]needle
	perhaps []uint64 // one bit for each hash of a head, to be quick
}

type needle struct {
	bytes []byte
	what  string
}

func newSearch(words ...string) *search {
	s := &search{heads: map[uint64][]needle{}, perhaps: make([]uint64, 1<<16)}
	for _, w := range words {
		s.add(w)
	}
	return s
}

// add looks for a word of 11 bytes or more. Every piece of it counts that is
// long enough not to stand there by chance.
func (s *search) add(word string) {
	s.pieces(word, []byte(word), 8)
	var little, big []byte
	for _, r := range word {
		little, big = binary.LittleEndian.AppendUint16(little, uint16(r)), binary.BigEndian.AppendUint16(big, uint16(r))
	}
	s.pieces(word, little, 16)
	s.pieces(word, big, 16)
	hexed := hex.EncodeToString([]byte(word))
	s.pieces(word, []byte(hexed), 16)
	s.pieces(word, []byte(strings.ToUpper(hexed)), 16)
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for shift := range 3 {
			encoded := encoding.EncodeToString(append(make([]byte, shift), word...))
			s.pieces(word, []byte(encoded[4:len(encoded)-2]), 8)
		}
	}
}

func (s *search) pieces(word string, b []byte, size int) {
	for ; len(b) >= size; b = b[1:] {
		head := binary.LittleEndian.Uint64(b)
		s.heads[head] = append(s.heads[head], needle{b[:size], word})
		s.perhaps[bit(head)/64] |= 1 << (bit(head) % 64)
	}
}

func bit(head uint64) uint64 { return head * 0x9e3779b97f4a7c15 >> 42 }

// in returns the words that are in b.
func (s *search) in(b []byte) []string {
	var found []string
	for i := 0; i+8 <= len(b); i++ {
		head := binary.LittleEndian.Uint64(b[i:])
		if s.perhaps[bit(head)/64]&(1<<(bit(head)%64)) != 0 {
			for _, n := range s.heads[head] {
				if bytes.HasPrefix(b[i:], n.bytes) && !slices.Contains(found, n.what) {
					found = append(found, n.what)
				}
			}
		}
		var r io.Reader
		var err error
		switch {
		case b[i] == 0x1f && b[i+1] == 0x8b && b[i+2] == 8:
			r, err = gzip.NewReader(bytes.NewReader(b[i:]))
		case b[i] == 0x78 && (uint(b[i])<<8|uint(b[i+1]))%31 == 0:
			r, err = zlib.NewReader(bytes.NewReader(b[i:]))
		default:
			continue
		}
		if err == nil {
			inside, _ := io.ReadAll(io.LimitReader(r, 4<<20)) // as far as it can be read
			found = append(found, s.in(inside)...)
		}
	}
	return found
}

// below searches folders and returns the files that hold something, each with
// what was found. looked is how many bytes were looked at.
func (s *search) below(t *testing.T, dirs ...string) (found []string, looked int) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // gone in this moment
			}
			if err != nil {
				return err
			}
			b := []byte(strings.TrimPrefix(path, dir))
			if d.Type().IsRegular() {
				content, err := os.ReadFile(path)
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
				looked += len(content)
				b = append(append(b, "\n"...), content...)
			}
			for _, word := range s.in(b) {
				found = append(found, path+": "+word)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found, looked
}

func TestTheSearchFindsWhatIsPlanted(t *testing.T) {
	const word, name = "kq7v2mtr9x4hb3lws8zd", "示例教师 001"
	noise := make([]byte, 300<<10)
	random := rand.NewChaCha8([32]byte{1})
	random.Read(noise)
	pack := func(b []byte, w io.WriteCloser, to *bytes.Buffer) []byte {
		w.Write(b)
		w.Close()
		return to.Bytes()
	}
	gzipped := func(b []byte) []byte { var to bytes.Buffer; return pack(b, gzip.NewWriter(&to), &to) }
	zlibbed := func(b []byte) []byte { var to bytes.Buffer; return pack(b, zlib.NewWriter(&to), &to) }
	pieces := func(s string) []byte { // a control byte before every eight, as PostgreSQL compresses
		var b []byte
		for i := range len(s) {
			if i%8 == 3 {
				b = append(b, 0)
			}
			b = append(b, s[i])
		}
		return b
	}
	wide := func(s string, order binary.AppendByteOrder) (b []byte) {
		for _, r := range s {
			b = order.AppendUint16(b, uint16(r))
		}
		return b
	}
	s := newSearch(word, name)
	for _, w := range []string{word, name} {
		hidden := map[string][]byte{
			"plain": []byte(w), "hex": []byte(hex.EncodeToString([]byte(w))), "HEX": []byte(strings.ToUpper(hex.EncodeToString([]byte(w)))),
			"in pieces": pieces("some " + w + " and"), "gzip": gzipped([]byte("a " + w)), "zlib": zlibbed([]byte("b " + w)),
			"base64":               []byte(base64.StdEncoding.EncodeToString([]byte("abc" + w))),
			"base64, moved by one": []byte(base64.StdEncoding.EncodeToString([]byte("." + w + ".."))), "base64, moved by two": []byte(base64.URLEncoding.EncodeToString([]byte("!?" + w))),
		}
		if len(w) == len([]rune(w)) {
			hidden["UTF-16"], hidden["UTF-16, the other way"] = wide(w, binary.LittleEndian), wide(w, binary.BigEndian)
		}
		for how, b := range hidden {
			dir := t.TempDir()
			content := append(append(slices.Clone(noise[:12345]), b...), noise[12345:]...)
			if err := os.MkdirAll(filepath.Join(dir, "deep/er"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "deep/er/file"), content, 0o600); err != nil {
				t.Fatal(err)
			}
			if found, looked := s.below(t, dir); len(found) == 0 || looked != len(content) {
				t.Errorf("%q was planted (%s), and not found in %d bytes", w, how, looked)
			}
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "noise"), append(noise, gzipped(noise)...), 0o600); err != nil {
		t.Fatal(err)
	}
	if found, _ := s.below(t, dir); len(found) > 0 {
		t.Errorf("%v found in noise", found)
	}
	if err := os.WriteFile(filepath.Join(dir, word+".pdf"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if found, _ := s.below(t, dir); len(found) != 1 {
		t.Errorf("%v found, and a file's name is the word", found)
	}
}
