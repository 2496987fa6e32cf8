package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"filippo.io/age"
)

// What we write age reads, and what age writes we read, with keys in each
// other's text.
func TestTheStanzaIsAges(t *testing.T) {
	k := newKey(t)
	theirs, err := age.ParseX25519Identity(k.Secret())
	if err != nil {
		t.Fatal(err)
	}
	if theirs.String() != k.Secret() {
		t.Errorf("age writes another key: %s", theirs)
	}
	r, err := age.Decrypt(bytes.NewReader(mustSeal(t, k, "record", []byte("plain"))), theirs)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != magic+"record\nplain" {
		t.Errorf("%q %v", got, err)
	}
	var file bytes.Buffer
	w, err := age.Encrypt(&file, x25519(t).Recipient(), theirs.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, magic+"record\nplain")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := k.Open("record", file.Bytes()); err != nil || string(got) != "plain" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := newKey(t).Open("record", file.Bytes()); !errors.Is(err, ErrWrongKey) {
		t.Error(err)
	}
	if to, ok := native(theirs.Recipient()).(x25519Recipient); !ok || !to.to.Equal(k.id.key.PublicKey()) {
		t.Error("age's recipient is not the same key here")
	}
}

func TestStanzasThatAgeWouldNotWrite(t *testing.T) {
	k := newKey(t)
	good, err := x25519Recipient{k.id.key.PublicKey()}.Wrap(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.id.Unwrap(good); err != nil {
		t.Fatal(err)
	}
	zero := strings.Repeat("A", 43) // of low order: gives a secret that everybody knows
	for name, change := range map[string]func(*age.Stanza){
		"no share":        func(s *age.Stanza) { s.Args = nil },
		"two shares":      func(s *age.Stanza) { s.Args = append(s.Args, s.Args[0]) },
		"a padded share":  func(s *age.Stanza) { s.Args = []string{s.Args[0] + "="} },
		"a short share":   func(s *age.Stanza) { s.Args = []string{s.Args[0][:20]} },
		"a zero share":    func(s *age.Stanza) { s.Args = []string{zero} },
		"a short body":    func(s *age.Stanza) { s.Body = s.Body[1:] },
		"a longer body":   func(s *age.Stanza) { s.Body = append(bytes.Clone(s.Body), 0) },
		"stray low bits":  func(s *age.Stanza) { s.Args = []string{s.Args[0][:42] + "B"} },
		"another's share": func(s *age.Stanza) { s.Body = bytes.Repeat([]byte{1}, 32) },
	} {
		s := *good[0]
		change(&s)
		if got, err := k.id.Unwrap([]*age.Stanza{&s}); err == nil {
			t.Errorf("%s: unwrapped %x", name, got)
		}
	}
}

func TestBech32(t *testing.T) {
	for range 50 {
		id := x25519(t)
		for _, text := range []string{id.String(), fmt.Sprint(id.Recipient())} {
			hrp, data, err := decodeBech32(text)
			if err != nil || len(data) != 32 || encodeBech32(hrp, data) != text {
				t.Fatalf("%s: %q %x %v", text, hrp, data, err)
			}
			for i := range text {
				bad := []byte(text)
				if bad[i] ^= 1; bad[i]|0x20 == text[i]|0x20 {
					continue
				}
				if h, d, err := decodeBech32(string(bad)); err == nil {
					t.Fatalf("%s reads as %q %x", bad, h, d)
				}
			}
		}
	}
	// From BIP 173.
	for _, good := range []string{"A12UEL5L", "a12uel5l", "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w"} {
		if _, _, err := decodeBech32(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "1", "A12uEL5L", "pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "A1G7SGD8", "10a06t8", "1qzzfhee"} {
		if _, _, err := decodeBech32(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
