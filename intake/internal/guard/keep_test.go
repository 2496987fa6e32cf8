package guard

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func busy(t *testing.T) (*Guard, []byte) {
	t.Helper()
	g, _ := newGuard("secret", small())
	for range 100 {
		admit(g, school, "hiring")
		g.Receipt("teacher@example.org")
	}
	var b bytes.Buffer
	if err := g.Save(&b); err != nil {
		t.Fatal(err)
	}
	return g, b.Bytes()
}

func TestLimitsSurviveARestart(t *testing.T) {
	_, kept := busy(t)
	for _, personal := range []string{school, "teacher", "hiring"} {
		if bytes.Contains(kept, []byte(personal)) {
			t.Errorf("%s is kept in the clear", personal)
		}
	}
	after, c := newGuard("secret", small())
	if err := after.Load(bytes.NewReader(kept)); err != nil {
		t.Fatal(err)
	}
	if v := admit(after, school, "hiring"); !v.Refuse {
		t.Errorf("%+v", v)
	}
	if r := after.Receipt("teacher@example.org"); r != ByRecipient {
		t.Errorf("%q", r)
	}
	if v := admit(after, "192.0.2.2", "hiring"); v != (Verdict{}) {
		t.Errorf("another address: %+v", v)
	}
	// Loading does not forget what is stricter.
	fresh, _ := newGuard("secret", small())
	var empty bytes.Buffer
	if err := errors.Join(fresh.Save(&empty), after.Load(&empty)); err != nil {
		t.Fatal(err)
	}
	if v := admit(after, school, "hiring"); !v.Refuse {
		t.Errorf("after loading an empty one: %+v", v)
	}
	c.t = c.t.Add(time.Hour)
	empty.Reset()
	if err := after.Save(&empty); err != nil {
		t.Fatal(err)
	}
	if len(empty.Bytes()) != len(keptVersion)+digestSize {
		t.Errorf("%d bytes are kept of what limits nobody any more", empty.Len())
	}
}

func TestWhatIsDamagedIsReportedAndIgnored(t *testing.T) {
	_, kept := busy(t)
	flipped := bytes.Clone(kept)
	flipped[len(flipped)/2] ^= 1
	for name, b := range map[string][]byte{
		"empty":           nil,
		"cut":             kept[:len(kept)-1],
		"one bit":         flipped,
		"longer":          append(bytes.Clone(kept), kept...),
		"another version": append([]byte("intake limits 2\n"), kept[len(keptVersion):]...),
		"something else":  bytes.Repeat([]byte("x"), 10_000),
	} {
		g, _ := newGuard("secret", small())
		if err := g.Load(bytes.NewReader(b)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if v := admit(g, school, "hiring"); v != (Verdict{}) {
			t.Errorf("%s: %+v", name, v)
		}
	}
	g, _ := newGuard("another secret", small())
	if err := g.Load(bytes.NewReader(kept)); !errors.Is(err, ErrDamaged) {
		t.Errorf("another secret: %v", err)
	}
	endless := &counter{r: zeros{}}
	if err := g.Load(endless); !errors.Is(err, ErrDamaged) || endless.n > 1<<20 {
		t.Errorf("without end: %v after %d bytes", err, endless.n)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

type counter struct {
	r io.Reader
	n int
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += n
	return n, err
}

func TestTheFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "limits")
	g, c := newGuard("secret", small())
	if err := errors.Join(g.LoadFile(path), g.SaveFile(path)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was written although nothing happened")
	}
	for range 100 {
		admit(g, school, "hiring")
	}
	if err := os.WriteFile(path+".new", []byte("half"), 0o644); err != nil { // of a crash
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			admit(g, "192.0.2.2", "hiring")
			if err := g.SaveFile(path); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("%v stays behind", list)
	}
	after := NewLimited([]byte("secret"), func() time.Time { return c.t }, small())
	if err := after.LoadFile(path); err != nil {
		t.Error(err)
	}
	if v := admit(after, school, "hiring"); !v.Refuse {
		t.Errorf("%+v", v)
	}
	if err := os.WriteFile(path, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := after.LoadFile(path); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	// What could not be saved is saved the next time.
	gone := filepath.Join(dir, "gone")
	if err := after.SaveFile(filepath.Join(gone, "limits")); err == nil {
		t.Error("saved into a folder that is not there")
	}
	if err := os.Mkdir(gone, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := after.SaveFile(filepath.Join(gone, "limits")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(gone, "limits")); err != nil {
		t.Error(err)
	}
}

// A form that many addresses flood does not begin anew either.
func TestAFloodedFormStaysLimitedAfterARestart(t *testing.T) {
	g, _ := newGuard("secret", small())
	a := netip.MustParseAddr("198.18.0.0")
	for range 100 {
		a = a.Next()
		g.Admit(a, "hiring")
	}
	var kept bytes.Buffer
	if err := g.Save(&kept); err != nil {
		t.Fatal(err)
	}
	after, _ := newGuard("secret", small())
	if err := after.Load(&kept); err != nil {
		t.Fatal(err)
	}
	if v := admit(after, "192.0.2.9", "enquiry"); v != (Verdict{}) {
		t.Errorf("another form: %+v", v)
	}
	if v := admit(after, "192.0.2.9", "hiring"); v == (Verdict{}) {
		t.Error("the form is as if it had not been flooded")
	}
}
