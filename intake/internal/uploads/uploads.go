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
//
// Nothing reaches the disk in the clear. The bytes are sealed while they stream
// in (package seal), under a key of the request that is only in memory. When a
// file is kept, its key, its name and the rest go into a note that opens with
// the page's key and the server's secret together. The page's key is on the
// page and not on the disk, so that after a crash, or for whoever gets the
// disk, what was uploaded is noise.
//
// What the files are is found in their bytes. File.Type is
// application/octet-stream and File.Why the reason where a file is damaged,
// dangerous or more than one kind at once.
package uploads

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"waijiao/intake/internal/seal"
)

// Lifetime is how long a file is kept for a page.
const Lifetime = time.Hour

// What Config means by zero, in bytes.
const (
	DefaultTotal   = 2 << 30
	DefaultPerPage = 256 << 20
)

// ErrTooLarge means that the file has more bytes than it may.
var ErrTooLarge = errors.New("uploads: the file is too large")

// ErrNotFound means that the page has no such file, or has it no longer.
var ErrNotFound = errors.New("uploads: no such file")

// ErrFull means that the uploads of all pages, or of one, take up as much of
// the disk as they may. It passes: nothing stays longer than an hour.
var ErrFull = errors.New("uploads: no room is left")

// File is a stored file.
type File struct {
	ID    string    `json:"id"`
	Field string    `json:"field"`
	Name  string    `json:"name"` // as the client called it, cleaned
	Type  string    `json:"type"` // media type, as found in the bytes
	Why   Why       `json:"why"`  // where Type tells nothing: the reason, if known
	Size  int64     `json:"size"`
	SHA   []byte    `json:"sha256"`
	Came  time.Time `json:"came"`
	path  string
	key   *seal.Key
}

// Open returns the bytes as a stream, for one reader, who closes it.
func (f File) Open() (io.ReadCloser, error) {
	in, err := os.Open(f.path)
	if err != nil {
		return nil, fmt.Errorf("uploads: %w", err)
	}
	info, err := in.Stat()
	if err == nil {
		var content io.ReaderAt
		var size int64
		if content, size, err = f.key.ReaderAt(purpose(f.ID), in, info.Size()); err == nil && size == f.Size {
			return &stream{io.NewSectionReader(content, 0, size), in}, nil
		}
	}
	in.Close()
	if err == nil {
		err = seal.ErrDamaged // another size than was noted
	}
	return nil, fmt.Errorf("uploads: %w", err)
}

type stream struct {
	*io.SectionReader
	io.Closer
}

// Read returns the bytes.
func (f File) Read() ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	b := make([]byte, f.Size)
	if _, err := io.ReadFull(in, b); err != nil {
		return nil, fmt.Errorf("uploads: %w", err)
	}
	return b, nil
}

func purpose(id string) string { return "upload " + id }

// Config is what a store needs.
type Config struct {
	Secret  []byte           // of the server, 32 bytes
	Now     func() time.Time // the clock
	Name    func() string    // returns a new random name of letters and digits
	Total   int64            // the most that all uploads may take on the disk, in bytes; pages keep half of it
	PerPage int64            // the same for what one page keeps
}

// Store is a folder of uploads, for many goroutines. One process uses it at a
// time.
type Store struct {
	dir     string
	secret  []byte
	now     func() time.Time
	name    func() string
	perPage int64
	room    room

	// pagesMu is held while the folder of a page changes, so that a sweep
	// neither takes a folder away under a file that is about to come, nor a
	// file whose note is about to be written.
	pagesMu sync.Mutex
}

// Open makes the folder and removes what unfinished requests left in it.
func Open(dir string, c Config) (*Store, error) {
	if len(c.Secret) < 16 || c.Now == nil || c.Name == nil {
		return nil, errors.New("uploads: Open needs a secret, a clock and names")
	}
	s := &Store{dir: dir, secret: c.Secret, now: c.Now, name: c.Name, perPage: c.PerPage, room: room{most: c.Total}}
	if s.room.most <= 0 {
		s.room.most = DefaultTotal
	}
	if s.perPage <= 0 {
		s.perPage = DefaultPerPage
	}
	// Requests that were cut off by the end of the last process.
	if err := os.RemoveAll(s.requests()); err != nil {
		return nil, fmt.Errorf("uploads: %w", err)
	}
	for _, d := range []string{s.requests(), s.pages()} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("uploads: %w", err)
		}
	}
	if err := s.Sweep(); err != nil {
		return nil, err
	}
	s.room.used, s.room.kept = 0, 0
	pages, err := os.ReadDir(s.pages())
	if err != nil {
		return nil, fmt.Errorf("uploads: %w", err)
	}
	for _, p := range pages {
		n, err := weigh(filepath.Join(s.pages(), p.Name()))
		if err != nil {
			return nil, fmt.Errorf("uploads: %w", err)
		}
		s.room.used += n
		s.room.kept += n
	}
	return s, nil
}

func (s *Store) requests() string { return filepath.Join(s.dir, "requests") }
func (s *Store) pages() string    { return filepath.Join(s.dir, "pages") }

// page is the folder of a page. The key itself does not reach the disk.
func (s *Store) page(key string) (string, error) {
	name, err := s.folder(key)
	if err != nil {
		return "", fmt.Errorf("uploads: %w", err)
	}
	return filepath.Join(s.pages(), name), nil
}

// Find returns a file of the page with the key.
func (s *Store) Find(key, id string) (File, error) {
	if id == "" || strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}) {
		return File{}, ErrNotFound
	}
	dir, err := s.page(key)
	if err != nil {
		return File{}, err
	}
	path := filepath.Join(dir, id)
	note, err := os.ReadFile(path + noteEnding)
	if errors.Is(err, os.ErrNotExist) {
		return File{}, ErrNotFound
	}
	if err != nil {
		return File{}, fmt.Errorf("uploads: %w", err)
	}
	f, err := s.readNote(key, id, note)
	if err != nil {
		return File{}, ErrNotFound // cut off while it was written
	}
	if s.now().Sub(f.Came) > Lifetime {
		return File{}, ErrNotFound
	}
	f.path = path
	in, err := f.Open()
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, seal.ErrDamaged), errors.Is(err, seal.ErrWrongKey), errors.Is(err, seal.ErrOtherPurpose):
		return File{}, ErrNotFound // the machine stopped before it was all on the disk
	case err != nil:
		return File{}, err
	}
	in.Close()
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
	err = s.drop(f.path)
	os.Remove(filepath.Dir(f.path)) // succeeds when it was the last
	return err
}

// drop removes a kept file and its note.
func (s *Store) drop(path string) error {
	info, err := os.Stat(path)
	if err == nil {
		if err = os.Remove(path); err == nil {
			s.room.drop(cost(info.Size()))
		}
	}
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if e := os.Remove(path + noteEnding); !errors.Is(e, os.ErrNotExist) {
		err = errors.Join(err, e)
	}
	return err
}

// Forget removes everything that belongs to the page.
func (s *Store) Forget(key string) error {
	s.pagesMu.Lock()
	defer s.pagesMu.Unlock()
	dir, err := s.page(key)
	if err != nil {
		return err
	}
	before, err := weigh(dir)
	if err != nil {
		return fmt.Errorf("uploads: %w", err)
	}
	err = os.RemoveAll(dir)
	after, _ := weigh(dir)
	s.room.drop(before - after)
	return err
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
			id, isNote := strings.CutSuffix(e.Name(), noteEnding)
			path := filepath.Join(dir, id)
			if isNote {
				if s.ended(path) {
					errs = append(errs, s.drop(path))
				}
			} else if _, err := os.Stat(path + noteEnding); errors.Is(err, os.ErrNotExist) {
				// Its note was never written: the last process was cut off.
				errs = append(errs, s.drop(path))
			}
		}
		os.Remove(dir) // only if it is empty
	}
	return errors.Join(errs...)
}

func (s *Store) ended(path string) bool {
	note, err := os.ReadFile(path + noteEnding)
	if errors.Is(err, os.ErrNotExist) {
		return false // dropped with its file, just before
	}
	if came, ok := came(note); err == nil && ok {
		// A clock that was set back must not keep a file for ever. The note
		// has whole seconds, which can lie before the file came, never behind.
		age := s.now().Sub(came)
		return age < 0 || age > Lifetime+time.Second
	}
	return true
}
