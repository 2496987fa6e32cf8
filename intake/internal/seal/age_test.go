package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"filippo.io/age"
)

// The office must be able to read everything with age alone, should this
// program be gone.
func TestTheAgeProgramOpensIt(t *testing.T) {
	program, err := exec.LookPath("age")
	if err != nil {
		t.Fatal("Debian's package age is missing: run scripts/deps.sh")
	}
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	write := func(name string, data []byte) {
		if err := os.WriteFile(file(name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) ([]byte, error) {
		return exec.CommandContext(t.Context(), program, args...).Output()
	}
	if _, err := MakeIdentity(file("office.key")); err != nil {
		t.Fatal(err)
	}
	ids, err := ReadIdentities(file("office.key"))
	if err != nil {
		t.Fatal(err)
	}
	to, err := RecipientOf(ids[0])
	if err != nil {
		t.Fatal(err)
	}
	k := newKey(t)
	plain := []byte("示例\x00binary\n")
	wrap, err := k.Wrap(to)
	if err != nil {
		t.Fatal(err)
	}
	write("wrap", wrap)
	write("blob", mustSeal(t, k, "record HZ-1", plain))
	data, err := run("-d", "-i", file("office.key"), file("wrap"))
	if err != nil {
		t.Fatal(err)
	}
	write("data.key", data)
	got, err := run("-d", "-i", file("data.key"), file("blob"))
	if want := "waijiao-sealed/1 record HZ-1\n" + string(plain); err != nil || string(got) != want {
		t.Fatalf("%q %v, want %q", got, err, want)
	}
	if _, err := run("-d", "-i", file("office.key"), file("blob")); err == nil {
		t.Error("the office's key alone opens the blob: so age opens anything here")
	}
	// And the other way: we open what age encrypts, such as a key moved by hand.
	write("plain", data)
	recipient := fmt.Sprint(to)
	if _, err := run("-r", recipient, "-o", file("wrap2"), file("plain")); err != nil {
		t.Fatal(err)
	}
	again, err := os.ReadFile(file("wrap2"))
	if err != nil {
		t.Fatal(err)
	}
	if k2, err := Unwrap(again, ids...); err != nil || k2.Secret() != k.Secret() {
		t.Error(err)
	}
}

// Whatever is changed, cut or put in front is found, and nothing panics.
func FuzzOpen(f *testing.F) {
	k := newKey(f)
	plain := bytes.Repeat([]byte("plain"), 20)
	blob := mustSeal(f, k, "record", plain)
	wrap, err := k.Wrap(k.id.Recipient())
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{}, uint16(0), uint16(0), byte(0))
	f.Add([]byte("age-encryption.org/v1\n-> X25519 x\n"), uint16(30), uint16(0), byte(1))
	f.Add([]byte("age-encryption.org/v1\n"), uint16(22), uint16(40), byte(2))
	f.Add([]byte("waijiao-sealed/1 record\nx"), uint16(65535), uint16(0), byte(0))
	f.Fuzz(func(t *testing.T, front []byte, from, at uint16, flip byte) {
		change := func(b []byte) []byte {
			b = append(bytes.Clone(front), b[min(int(from), len(b)):]...)
			if len(b) > 0 {
				b[int(at)%len(b)] ^= flip
			}
			return b
		}
		bad := change(blob)
		got, err := k.Open("record", bad)
		if bytes.Equal(bad, blob) {
			if err != nil || !bytes.Equal(got, plain) {
				t.Fatal(got, err)
			}
		} else if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrWrongKey) {
			t.Fatalf("opened what was changed: %q %v", got, err)
		}
		if r, n, err := k.ReaderAt("record", bytes.NewReader(bad), int64(len(bad))); err == nil {
			if read, err := io.ReadAll(io.NewSectionReader(r, 0, n)); err == nil && !bytes.Equal(read, plain) {
				t.Fatalf("read %q", read)
			}
		}
		bad = change(wrap)
		if _, err := Unwrap(bad, k.id); bytes.Equal(bad, wrap) != (err == nil) {
			t.Fatal(err)
		}
	})
}

// BenchmarkSubmission is what a submission of a record and two mails costs.
func BenchmarkSubmission(b *testing.B) {
	office, delivery := x25519(b), x25519(b)
	plain := bytes.Repeat([]byte("x"), 6<<10)
	b.ReportAllocs()
	for b.Loop() {
		k := newKey(b)
		for _, to := range []age.Recipient{office.Recipient(), delivery.Recipient()} {
			if _, err := k.Wrap(to); err != nil {
				b.Fatal(err)
			}
		}
		for range 3 {
			mustSeal(b, k, "record HZ-7K3F-9QXT-4", plain)
		}
	}
}
