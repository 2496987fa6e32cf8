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

func newKey(t testing.TB) *Key {
	t.Helper()
	k, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func x25519(t testing.TB) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func hybrid(t testing.TB) *age.HybridIdentity {
	t.Helper()
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func mustSeal(t testing.TB, k *Key, purpose string, plain []byte) []byte {
	t.Helper()
	b, err := k.Seal(purpose, plain)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhoeverHoldsAKeyGetsEverythingBack(t *testing.T) {
	k, office, second, delivery, quantum := newKey(t), x25519(t), x25519(t), x25519(t), hybrid(t)
	plain := []byte("示例教师 001\nSample Teacher 001\n")
	blob := mustSeal(t, k, "record HZ-7K3F", plain)
	if bytes.Contains(blob, plain[:9]) {
		t.Fatal("the blob can be read")
	}
	for name, c := range map[string]struct {
		to   []age.Recipient
		with []age.Identity
	}{
		"office":              {[]age.Recipient{office.Recipient()}, []age.Identity{office}},
		"one of two officers": {[]age.Recipient{office.Recipient(), second.Recipient()}, []age.Identity{second}},
		"among other keys":    {[]age.Recipient{delivery.Recipient()}, []age.Identity{office, quantum, delivery}},
		"post-quantum":        {[]age.Recipient{quantum.Recipient()}, []age.Identity{quantum}},
	} {
		wrap, err := k.Wrap(c.to...)
		if err != nil {
			t.Fatal(name, err)
		}
		if bytes.Contains(wrap, []byte(k.Secret())) {
			t.Fatal("the wrap can be read")
		}
		again, err := Unwrap(wrap, c.with...)
		if err != nil {
			t.Fatal(name, err)
		}
		if got, err := again.Open("record HZ-7K3F", blob); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %q %v", name, got, err)
		}
		if _, err := Unwrap(wrap, x25519(t), hybrid(t)); !errors.Is(err, ErrWrongKey) {
			t.Errorf("%s, another key: %v", name, err)
		}
	}
	if _, err := k.Wrap(); err == nil {
		t.Error("wrapped for nobody")
	}
	if _, err := k.Wrap(office.Recipient(), quantum.Recipient()); err == nil {
		t.Error("a recipient that resists quantum computers stands beside one that does not")
	}
	if _, err := Unwrap([]byte("x")); !errors.Is(err, ErrWrongKey) {
		t.Error(err)
	}
	same, err := FromSecret(k.Secret())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := same.Open("record HZ-7K3F", blob); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("%q %v", got, err)
	}
	if _, err := FromSecret(k.Secret()[:20]); !errors.Is(err, ErrDamaged) || strings.Contains(err.Error(), "SECRET") {
		t.Error(err)
	}
	if s := fmt.Sprintf("%v %+v %s", k, k, k); strings.Contains(s, k.Secret()) {
		t.Error("a key prints itself")
	}
}

func TestWhatWasExchangedDoesNotOpen(t *testing.T) {
	k := newKey(t)
	for _, plain := range []string{"", "x", "\n", strings.Repeat("很长", 100_000)} {
		blob := mustSeal(t, k, "mail HZ-2", []byte(plain))
		if got, err := k.Open("mail HZ-2", blob); err != nil || string(got) != plain {
			t.Errorf("%d bytes: %v", len(plain), err)
		}
		for _, purpose := range []string{"mail HZ-", "mail HZ-22", "record HZ-2", "m"} {
			if _, err := k.Open(purpose, blob); !errors.Is(err, ErrOtherPurpose) {
				t.Errorf("%s: %v", purpose, err)
			}
			if _, _, err := k.ReaderAt(purpose, bytes.NewReader(blob), int64(len(blob))); !errors.Is(err, ErrOtherPurpose) {
				t.Errorf("%s, as a stream: %v", purpose, err)
			}
		}
		if _, err := newKey(t).Open("mail HZ-2", blob); !errors.Is(err, ErrWrongKey) {
			t.Error(err)
		}
		if _, _, err := newKey(t).ReaderAt("mail HZ-2", bytes.NewReader(blob), int64(len(blob))); !errors.Is(err, ErrWrongKey) {
			t.Error(err)
		}
	}
	// A wrap is no blob, and a blob is no wrap.
	wrap, err := k.Wrap(k.id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Open("mail HZ-2", wrap); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
	if _, err := Unwrap(mustSeal(t, k, "x", []byte(k.Secret())), k.id); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
	for _, purpose := range []string{"", "two\nlines", "tab\t", "\xff", strings.Repeat("x", longest+1)} {
		if _, err := k.Seal(purpose, nil); err == nil {
			t.Errorf("%q is a purpose", purpose)
		}
	}
}

func TestEveryChangedByteIsFound(t *testing.T) {
	k, office := newKey(t), x25519(t)
	blob := mustSeal(t, k, "record", []byte("plain"))
	wrap, err := k.Wrap(office.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	opens := map[string]func([]byte) error{
		"blob": func(b []byte) error { _, err := k.Open("record", b); return err },
		"stream": func(b []byte) error {
			r, n, err := k.ReaderAt("record", bytes.NewReader(b), int64(len(b)))
			if err != nil {
				return err
			}
			_, err = io.ReadAll(io.NewSectionReader(r, 0, n))
			return err
		},
		"wrap": func(b []byte) error { _, err := Unwrap(b, office); return err },
	}
	for name, open := range opens {
		whole := blob
		if name == "wrap" {
			whole = wrap
		}
		if err := open(whole); err != nil {
			t.Fatal(name, err)
		}
		for i := range whole {
			bad := bytes.Clone(whole)
			bad[i] ^= 1
			if err := open(bad); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrWrongKey) {
				t.Errorf("%s, byte %d changed: %v", name, i, err)
			}
			if err := open(whole[:i]); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s, cut at %d: %v", name, i, err)
			}
		}
		if err := open(append(bytes.Clone(whole), 0)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s, one byte more: %v", name, err)
		}
	}
}

func TestStreamsAreReadAtAnyPlace(t *testing.T) {
	k := newKey(t)
	plain := bytes.Repeat([]byte("0123456789abcdef"), 20_000) // five of age's chunks
	var out bytes.Buffer
	w, err := k.Writer("upload", &out)
	if err != nil {
		t.Fatal(err)
	}
	for b := plain; len(b) > 0; b = b[min(len(b), 777):] {
		if _, err := w.Write(b[:min(len(b), 777)]); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := k.ReaderAt("upload", bytes.NewReader(out.Bytes()), int64(out.Len())); err == nil {
		t.Error("a stream without its end opens")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, n, err := k.ReaderAt("upload", bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil || n != int64(len(plain)) {
		t.Fatal(n, err)
	}
	for _, at := range []int{0, 1, 65_000, 65_536, 131_050, len(plain) - 40} {
		p := make([]byte, 40)
		if _, err := r.ReadAt(p, int64(at)); err != nil && err != io.EOF || !bytes.Equal(p, plain[at:at+40]) {
			t.Errorf("at %d: %q %v", at, p, err)
		}
	}
	if got, err := k.Open("upload", out.Bytes()); err != nil || !bytes.Equal(got, plain) {
		t.Error("Open does not read what Writer wrote:", err)
	}
	damaged := bytes.Clone(out.Bytes())
	damaged[100_000] ^= 1 // in the second chunk
	r, n, err = k.ReaderAt("upload", bytes.NewReader(damaged), int64(len(damaged)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(io.NewSectionReader(r, 0, n)); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
	if _, err := k.Writer("upload", full{}); err == nil {
		if w, _ := k.Writer("upload", full{}); w.Close() == nil {
			t.Error("a full disk was not told")
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// faulty is a disk that reads well only so often.
type faulty struct {
	io.ReaderAt
	good int
	err  error
}

func (f *faulty) ReadAt(p []byte, off int64) (int, error) {
	if f.good--; f.good < 0 {
		return 0, f.err
	}
	return f.ReaderAt.ReadAt(p, off)
}

func TestAFaultOfTheDiskIsNoDamage(t *testing.T) {
	k := newKey(t)
	blob := mustSeal(t, k, "upload", make([]byte, 300_000))
	fault := errors.New("input/output error")
	read := func(good int) error {
		r, n, err := k.ReaderAt("upload", &faulty{bytes.NewReader(blob), good, fault}, int64(len(blob)))
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, io.NewSectionReader(r, 0, n))
		return err
	}
	good := 0
	for ; ; good++ {
		err := read(good)
		if err == nil {
			break
		}
		if !errors.Is(err, fault) || errors.Is(err, ErrDamaged) {
			t.Fatalf("after %d reads: %v", good, err)
		}
	}
	if good < 4 {
		t.Errorf("only %d reads", good)
	}
}
