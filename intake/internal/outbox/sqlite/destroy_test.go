package sqlite

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
)

// secrets are what is to be destroyed: small, and larger than many pages.
const (
	secretWrap   = "the-wrap-that-is-destroyed"
	secretRecord = "the-record-that-is-erased"
	secretParcel = "the-parcel-that-is-erased"
	secretHeld   = "the-parcel-that-was-held"
)

// holding looks for a text in the database and its log.
func holding(t *testing.T, dir, text string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var found []string
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		must(t, err)
		if bytes.Contains(b, []byte(text)) {
			found = append(found, e.Name())
		}
	}
	return found
}

// fill stores the secrets among other submissions.
func fill(t *testing.T, box *Store) {
	t.Helper()
	for n := range 40 {
		s := submission(n)
		s.Record = bytes.Repeat([]byte("other "), 500)
		m := mails(n)
		switch n {
		case 20:
			s.DeliveryWrap = []byte(secretWrap)
		case 21:
			s.Record = []byte(strings.Repeat(secretRecord, 3000))
			m[0].Parcel = []byte(strings.Repeat(secretParcel, 3000))
		case 22:
			s.Record, m[0].Parcel = []byte(secretRecord), []byte(secretParcel)
		case 23:
			s.Status, m[0].Parcel = outbox.Held, []byte(strings.Repeat(secretHeld, 500))
		}
		_, _, err := box.Accept(t.Context(), s, m)
		must(t, err)
	}
}

// destroy ends the submissions whose secrets shall go.
func destroy(t *testing.T, box *Store) {
	t.Helper()
	due, err := box.Next(t.Context(), start(), start().Add(time.Minute), 100)
	must(t, err)
	for _, m := range due {
		must(t, box.Done(t.Context(), m))
	}
	for _, reference := range []string{"HZ-0020", "HZ-0023"} {
		_, err = box.Mark(t.Context(), reference, outbox.Marking{Status: outbox.Closed, At: start()})
		must(t, err)
	}
	must(t, box.Erase(t.Context(), "HZ-0021"))
	must(t, box.Erase(t.Context(), "HZ-0022"))
}

func secrets() []string { return []string{secretWrap, secretRecord, secretParcel, secretHeld} }

func TestWhatIsDestroyedIsNowhereInTheFiles(t *testing.T) {
	dir := t.TempDir()
	box, err := open(filepath.Join(dir, "outbox.db"), time.Millisecond)
	must(t, err)
	defer box.Close()
	fill(t, box)
	for _, s := range secrets() {
		if len(holding(t, dir, s)) == 0 {
			t.Fatalf("the search does not find %s while it is there", s)
		}
	}
	destroy(t, box)
	// The log is truncated by itself, while the store goes on.
	for s := 0; s < len(secrets()); {
		if len(holding(t, dir, secrets()[s])) == 0 {
			s++
			continue
		}
		time.Sleep(time.Millisecond) // the test's own time limit ends a store that never does
	}
	if s, err := box.ByReference(t.Context(), "HZ-0020"); err != nil || s.DeliveryWrap != nil || s.OfficeWrap == nil {
		t.Errorf("%+v %v", s, err)
	}
}

func TestClosingDestroysWhatWaits(t *testing.T) {
	for name, reader := range map[string]bool{"alone": false, "beside another": true} {
		dir := t.TempDir()
		path := filepath.Join(dir, "outbox.db")
		box, err := open(path, time.Hour)
		must(t, err)
		if reader { // a server, which keeps the file open
			opened(t, path)
		}
		fill(t, box)
		destroy(t, box)
		if len(holding(t, dir, secretWrap)) == 0 {
			t.Error("nothing was left for Close to do")
		}
		must(t, box.Close())
		for _, s := range secrets() {
			if found := holding(t, dir, s); len(found) > 0 {
				t.Errorf("%s: %s is still in %v", name, s, found)
			}
		}
	}
}

// Without the pragma the same search finds what stayed: the proof is one.
func TestWithoutSecureDeleteTheSearchFindsIt(t *testing.T) {
	dir := t.TempDir()
	box := opened(t, filepath.Join(dir, "outbox.db"))
	must(t, box.w.exec("PRAGMA secure_delete = OFF"))
	fill(t, box)
	destroy(t, box)
	must(t, box.Close())
	found := 0
	for _, s := range secrets() {
		found += len(holding(t, dir, s))
	}
	if found == 0 {
		t.Error("nothing is found in a database that deletes carelessly")
	}
}

// A dump takes long; meanwhile the log cannot be truncated, and writing goes on.
func TestALongReaderDelaysOnlyTheScrubbing(t *testing.T) {
	dir := t.TempDir()
	box, err := open(filepath.Join(dir, "outbox.db"), time.Millisecond)
	must(t, err)
	defer box.Close()
	fill(t, box)
	inside, release := make(chan struct{}), make(chan struct{})
	ended := make(chan error)
	go func() { ended <- box.Dump(t.Context(), &slow{inside: inside, release: release}) }()
	<-inside
	destroy(t, box)
	before := box.w.scrubs.Load()
	for range 50 {
		_, _, err := box.Accept(t.Context(), submission(1000+int(box.w.commits.Load())), nil)
		must(t, err)
	}
	if box.w.scrubs.Load() != before {
		t.Error("the log was truncated under a reader")
	}
	close(release)
	must(t, <-ended)
	for len(holding(t, dir, secretWrap)) > 0 {
		time.Sleep(time.Millisecond)
	}
}

// slow is a writer that stops at its first byte until it is released.
type slow struct {
	inside, release chan struct{}
	began           bool
}

func (s *slow) Write(p []byte) (int, error) {
	if !s.began {
		s.began = true
		close(s.inside)
		<-s.release
	}
	return len(p), nil
}
