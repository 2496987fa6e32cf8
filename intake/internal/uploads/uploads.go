// Package uploads keeps the files of a form between one attempt at sending it
// and the next, in a folder of its own and never in the system's.
//
// The files of a request are first its own, and gone when it ends:
//
//	b := store.Begin()
//	defer b.End()
//	file, err := b.Add("letter", "letter.pdf", part, limit)
//
// When the form has faults, those that are good are given to the page that is
// shown again; its key is what the next request proves to own them with:
//
//	err = b.Keep(key, file.ID)
//	file, err = store.Find(key, id)
//
// Whatever belongs to a page ends by Forget, or an hour after it came, by
// Sweep. All names on the disk are made here; those that clients send are only
// noted.
package uploads

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Lifetime is how long a file is kept for a page.
const Lifetime = time.Hour

// ErrTooLarge means that the file has more bytes than it may.
var ErrTooLarge = errors.New("uploads: the file is too large")

// ErrNotFound means that the page has no such file, or has it no longer.
var ErrNotFound = errors.New("uploads: no such file")

// File is a stored file.
type File struct {
	ID    string    `json:"id"`
	Field string    `json:"field"`
	Name  string    `json:"name"` // as the client called it, without a path
	Type  string    `json:"type"` // media type, as found in the bytes
	Size  int64     `json:"size"`
	SHA   []byte    `json:"sha256"`
	Came  time.Time `json:"came"`
	path  string
}

// Read returns the bytes.
func (f File) Read() ([]byte, error) { return os.ReadFile(f.path) }

// Store is a folder of uploads, for many goroutines. One process uses it at a
// time.
type Store struct {
	dir  string
	now  func() time.Time
	name func() string

	// pagesMu is held while the folder of a page changes, so that a sweep
	// neither takes a folder away under a file that is about to come, nor a
	// file whose note is about to be written.
	pagesMu sync.Mutex
}

// Open makes the folder and removes what unfinished requests left in it. now
// is the clock; name returns a new random name of letters and digits.
func Open(dir string, now func() time.Time, name func() string) (*Store, error) {
	s := &Store{dir: dir, now: now, name: name}
	// Requests that were cut off by the end of the last process.
	if err := os.RemoveAll(s.requests()); err != nil {
		return nil, fmt.Errorf("uploads: %w", err)
	}
	for _, d := range []string{s.requests(), s.pages()} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("uploads: %w", err)
		}
	}
	return s, s.Sweep()
}

func (s *Store) requests() string { return filepath.Join(s.dir, "requests") }
func (s *Store) pages() string    { return filepath.Join(s.dir, "pages") }

// page is the folder of a page. The key itself does not reach the disk.
func (s *Store) page(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(s.pages(), hex.EncodeToString(sum[:]))
}

// Batch is the files of one request.
type Batch struct {
	store *Store
	dir   string
	files []File
}

// Begin starts a request's batch. Nothing is on the disk until a file comes.
func (s *Store) Begin() *Batch { return &Batch{store: s, dir: filepath.Join(s.requests(), s.name())} }

// Add stores what r gives. Beyond limit bytes it stops with ErrTooLarge and
// keeps nothing; an error of r is returned as it is.
func (b *Batch) Add(field, name string, r io.Reader, limit int64) (File, error) {
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return File{}, fmt.Errorf("uploads: %w", err)
	}
	f := File{ID: b.store.name(), Field: field, Name: base(name), Came: b.store.now()}
	f.path = filepath.Join(b.dir, f.ID)
	out, err := os.OpenFile(f.path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return File{}, fmt.Errorf("uploads: %w", err)
	}
	defer out.Close()
	ok := false
	defer func() {
		if !ok {
			os.Remove(f.path)
		}
	}()
	sum := sha256.New()
	src := &source{r: io.LimitReader(r, limit+1)}
	f.Size, err = io.Copy(io.MultiWriter(out, sum), src)
	switch {
	case src.err != nil:
		return File{}, src.err
	case err != nil:
		return File{}, fmt.Errorf("uploads: %w", err)
	case f.Size > limit:
		return File{}, ErrTooLarge
	}
	f.SHA = sum.Sum(nil)
	if f.Type, err = kind(out, f.Size); err != nil {
		return File{}, fmt.Errorf("uploads: %w", err)
	}
	ok = true
	b.files = append(b.files, f)
	return f, nil
}

// source remembers whether an error came from the reader, which is the
// client's matter, and not from the disk.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// base takes a path away from a name, whichever system wrote it.
func base(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	return name[strings.LastIndexByte(name, '/')+1:]
}

// Keep gives the request's file to the page with the key.
func (b *Batch) Keep(key, id string) error {
	for _, f := range b.files {
		if f.ID != id {
			continue
		}
		b.store.pagesMu.Lock()
		defer b.store.pagesMu.Unlock()
		dir := b.store.page(key)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("uploads: %w", err)
		}
		note, err := json.Marshal(f)
		if err != nil {
			return fmt.Errorf("uploads: %w", err)
		}
		to := filepath.Join(dir, f.ID)
		if err := os.Rename(f.path, to); err != nil {
			return fmt.Errorf("uploads: %w", err)
		}
		if err := os.WriteFile(to+".json", note, 0o600); err != nil {
			os.Remove(to)
			return fmt.Errorf("uploads: %w", err)
		}
		return nil
	}
	return ErrNotFound
}

// End removes what was not kept.
func (b *Batch) End() error { return os.RemoveAll(b.dir) }

// Find returns a file of the page with the key.
func (s *Store) Find(key, id string) (File, error) {
	if id == "" || strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}) {
		return File{}, ErrNotFound
	}
	path := filepath.Join(s.page(key), id)
	note, err := os.ReadFile(path + ".json")
	if errors.Is(err, os.ErrNotExist) {
		return File{}, ErrNotFound
	}
	if err != nil {
		return File{}, fmt.Errorf("uploads: %w", err)
	}
	var f File
	if err := json.Unmarshal(note, &f); err != nil {
		return File{}, ErrNotFound // cut off while it was written
	}
	if s.now().Sub(f.Came) > Lifetime {
		return File{}, ErrNotFound
	}
	f.path = path
	return f, nil
}

// Remove takes one file from the page.
func (s *Store) Remove(key, id string) error {
	s.pagesMu.Lock()
	defer s.pagesMu.Unlock()
	f, err := s.Find(key, id)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	err = errors.Join(os.Remove(f.path), os.Remove(f.path+".json"))
	os.Remove(s.page(key)) // succeeds when it was the last
	return err
}

// Forget removes everything that belongs to the page.
func (s *Store) Forget(key string) error {
	s.pagesMu.Lock()
	defer s.pagesMu.Unlock()
	return os.RemoveAll(s.page(key))
}

// Sweep removes what is older than Lifetime.
func (s *Store) Sweep() error {
	s.pagesMu.Lock()
	defer s.pagesMu.Unlock()
	pages, err := os.ReadDir(s.pages())
	if err != nil {
		return fmt.Errorf("uploads: %w", err)
	}
	var errs []error
	for _, p := range pages {
		dir := filepath.Join(s.pages(), p.Name())
		entries, err := os.ReadDir(dir)
		errs = append(errs, err)
		for _, e := range entries {
			if id, ok := strings.CutSuffix(e.Name(), ".json"); ok {
				errs = append(errs, s.sweepOne(filepath.Join(dir, id)))
			} else if _, err := os.Stat(filepath.Join(dir, e.Name()+".json")); errors.Is(err, os.ErrNotExist) {
				// Its note was never written: the last process was cut off.
				errs = append(errs, os.Remove(filepath.Join(dir, e.Name())))
			}
		}
		os.Remove(dir) // only if it is empty
	}
	return errors.Join(errs...)
}

func (s *Store) sweepOne(path string) error {
	var f File
	note, err := os.ReadFile(path + ".json")
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil && json.Unmarshal(note, &f) == nil {
		// A clock that was set back must not keep a file for ever.
		if age := s.now().Sub(f.Came); age >= 0 && age <= Lifetime {
			return nil
		}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Remove(path + ".json")
}
