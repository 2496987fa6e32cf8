package uploads

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// Whoever fills the pages' share with forms that have faults keeps nobody from
// sending one that has none.
func TestPagesKeepHalfOfTheRoom(t *testing.T) {
	const total = 64 << 12
	clock := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	config := Config{Secret: make([]byte, 32), Now: func() time.Time { return clock }, Name: rand.Text, Total: total}
	dir := t.TempDir()
	s, err := Open(dir, config)
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	fill := func(s *Store) (err error) {
		for err == nil {
			b := s.Begin()
			var f File
			if f, err = b.Add("letter", "a.pdf", strings.NewReader("%PDF-1.7\n%%EOF\n"), 1<<10); err == nil {
				if err = b.Keep(fmt.Sprint("page ", pages), f.ID); err == nil {
					pages++
				}
			}
			if e := b.End(); e != nil {
				t.Fatal(e)
			}
		}
		return err
	}
	if err := fill(s); !errors.Is(err, ErrFull) || pages == 0 || s.room.used > total/2 {
		t.Fatalf("%d pages, %d bytes: %v", pages, s.room.used, err)
	}
	b := s.Begin()
	if _, err := b.Add("letter", "a.pdf", strings.NewReader("%PDF-1.7\n%%EOF\n"), 1<<10); err != nil {
		t.Errorf("a form without faults: %v", err)
	}
	if err := b.End(); err != nil {
		t.Fatal(err)
	}
	// What goes makes room again, and a new process counts the same.
	if err := s.Forget("page 0"); err != nil {
		t.Fatal(err)
	}
	before := pages
	if err := fill(s); !errors.Is(err, ErrFull) || pages != before+1 {
		t.Errorf("%d pages after one has gone: %v", pages-before, err)
	}
	again, err := Open(dir, config)
	if err != nil {
		t.Fatal(err)
	}
	if again.room.kept != s.room.kept || again.room.used != again.room.kept {
		t.Errorf("%d kept, %d after a start", s.room.kept, again.room.kept)
	}
	clock = clock.Add(2 * time.Hour)
	if err := again.Sweep(); err != nil || again.room.kept != 0 || again.room.used != 0 {
		t.Errorf("%d left: %v", again.room.kept, err)
	}
}
