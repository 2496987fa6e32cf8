package uploads

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"
)

type place struct {
	*Store
	dir            string
	now            time.Time
	total, perPage int64
}

func open(t *testing.T) *place {
	t.Helper()
	p := &place{dir: filepath.Join(t.TempDir(), "uploads"), now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	p.reopen(t)
	return p
}

func (p *place) reopen(t *testing.T) {
	t.Helper()
	n := 0
	s, err := Open(p.dir, Config{
		Secret: []byte("the server's secret, 32 bytes..."), Now: func() time.Time { return p.now },
		Name: func() string { n++; return fmt.Sprintf("name%d", n) }, Total: p.total, PerPage: p.perPage,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Store = s
}

func (p *place) files(t *testing.T) (out []string) {
	t.Helper()
	if err := filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, filepath.Base(path))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheLifeOfAnUpload(t *testing.T) {
	p := open(t)
	b := p.Begin()
	keep, err := b.Add("letter", `C:\Users\x\公函.pdf`, strings.NewReader("%PDF-1.7\n%%EOF"), 14)
	if err != nil || keep.Name != "公函.pdf" || keep.Type != "application/pdf" || keep.Size != 14 {
		t.Fatalf("%+v %v", keep, err)
	}
	if _, err := b.Add("letter", "x", strings.NewReader("0123456789"), 9); !errors.Is(err, ErrTooLarge) {
		t.Errorf("ten bytes of nine: %v", err)
	}
	broken := errors.New("the line is cut")
	if _, err := b.Add("letter", "x", iotest.ErrReader(broken), 9); !errors.Is(err, broken) {
		t.Error(err)
	}
	drop, err := b.Add("letter", "x", strings.NewReader("x"), 9)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Keep("key", keep.ID), b.End()); err != nil {
		t.Fatal(err)
	}
	if err := b.Keep("key", "unknown"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if got := p.files(t); len(got) != 2 {
		t.Errorf("on the disk: %v", got)
	}
	got, err := p.Find("key", keep.ID)
	if err != nil || got.Name != keep.Name || !bytes.Equal(got.SHA, keep.SHA) {
		t.Fatalf("%+v %v", got, err)
	}
	if data, err := got.Read(); err != nil || string(data) != "%PDF-1.7\n%%EOF" {
		t.Errorf("%q %v", data, err)
	}
	for _, c := range [][2]string{{"key", drop.ID}, {"other", keep.ID}, {"key", ""}, {"key", "../" + keep.ID}, {"key", "."}} {
		if _, err := p.Find(c[0], c[1]); !errors.Is(err, ErrNotFound) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if err := errors.Join(p.Remove("key", keep.ID), p.Remove("key", keep.ID), p.Forget("key"), p.Forget("never")); err != nil {
		t.Error(err)
	}
	if got := p.files(t); len(got) != 0 {
		t.Errorf("on the disk: %v", got)
	}
}

func TestWhatIsOldOrUnfinishedEnds(t *testing.T) {
	p := open(t)
	b := p.Begin()
	f, err := b.Add("letter", "a.pdf", strings.NewReader("x"), 9)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Add("letter", "b.pdf", strings.NewReader("unfinished"), 99); err != nil {
		t.Fatal(err)
	}
	if err := b.Keep("key", f.ID); err != nil {
		t.Fatal(err)
	}
	dir, err := p.page("key")
	if err != nil {
		t.Fatal(err)
	}
	orphan := filepath.Join(dir, "orphan")
	if err := os.WriteFile(orphan, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	// The process ends here without End, and begins again.
	p.now = p.now.Add(59 * time.Minute)
	p.reopen(t)
	if got := p.files(t); len(got) != 2 {
		t.Errorf("after a restart: %v", got)
	}
	if _, err := p.Find("key", f.ID); err != nil {
		t.Error(err)
	}
	p.now = p.now.Add(2 * time.Minute)
	if _, err := p.Find("key", f.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("after an hour, before the sweep: %v", err)
	}
	if err := p.Sweep(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(p.pages()); err != nil || len(left) != 0 {
		t.Errorf("after an hour: %v %v", left, err)
	}
}

// A file that was long in coming, or whose page has nothing else, must not be
// swept away in the moment in which it is kept.
func TestSweepsLeaveAloneWhatIsBeingKept(t *testing.T) {
	p := open(t)
	end := make(chan struct{})
	var sweeps sync.WaitGroup
	sweeps.Go(func() {
		for {
			select {
			case <-end:
				return
			default:
			}
			if err := p.Sweep(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for i := range 60 {
		b, key := p.Begin(), fmt.Sprint("key", i)
		f, err := b.Add("letter", "a.pdf", strings.NewReader("x"), 9)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(f.path, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(b.Keep(key, f.ID), b.End()); err != nil {
			t.Fatal(err)
		}
		kept, err := p.Find(key, f.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := kept.Read(); err != nil {
			t.Fatal(err)
		}
		if err := p.Forget(key); err != nil {
			t.Fatal(err)
		}
	}
	close(end)
	sweeps.Wait()
}
