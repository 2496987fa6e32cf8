package uploads

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"waijiao/intake/internal/seal"
)

// Batch is the files of one request, for one goroutine.
type Batch struct {
	store *Store
	dir   string
	key   *seal.Key // made for the first file; only in memory, but for the notes of what is kept
	files []File
	holds int64 // the room that its files take
}

// Begin starts a request's batch. Nothing is on the disk until a file comes.
func (s *Store) Begin() *Batch { return &Batch{store: s, dir: filepath.Join(s.requests(), s.name())} }

// Add stores what r gives. Beyond limit bytes it stops with ErrTooLarge, where
// the disk's share is used up with ErrFull, and keeps nothing; an error of r is
// returned as it is.
func (b *Batch) Add(field, name string, r io.Reader, limit int64) (File, error) {
	var err error
	if b.key == nil {
		if b.key, err = seal.NewKey(); err != nil {
			return File{}, fmt.Errorf("uploads: %w", err)
		}
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return File{}, fmt.Errorf("uploads: %w", err)
	}
	f := File{ID: b.store.name(), Field: field, Name: cleanName(name), Came: b.store.now(), key: b.key}
	f.path = filepath.Join(b.dir, f.ID)
	out, err := os.OpenFile(f.path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return File{}, fmt.Errorf("uploads: %w", err)
	}
	defer out.Close()
	m := &meter{out, &b.store.room, 0}
	if err := b.fill(&f, out, m, r, limit); err != nil {
		os.Remove(f.path)
		b.store.room.give(m.took)
		return File{}, err
	}
	b.holds += m.took
	b.files = append(b.files, f)
	return f, nil
}

func (b *Batch) fill(f *File, out *os.File, m *meter, r io.Reader, limit int64) error {
	w, err := b.key.Writer(purpose(f.ID), m)
	if err != nil {
		return err
	}
	sum := sha256.New()
	src := &source{r: io.LimitReader(r, limit+1)}
	f.Size, err = io.Copy(io.MultiWriter(w, sum), src)
	switch {
	case src.err != nil:
		return src.err
	case err != nil:
		return fmt.Errorf("uploads: %w", err)
	case f.Size > limit:
		return ErrTooLarge
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("uploads: %w", err)
	}
	size := m.took
	if err := m.take(cost(size) - size); err != nil {
		return err
	}
	f.SHA = sum.Sum(nil)
	content, n, err := b.key.ReaderAt(purpose(f.ID), out, size)
	if err == nil {
		f.Type, f.Why, err = kind(content, n)
	}
	if err != nil {
		return fmt.Errorf("uploads: %w", err)
	}
	return nil
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

// Keep gives the request's file to the page with the key. Where the page has
// more than its share, the error is ErrFull.
func (b *Batch) Keep(key, id string) error {
	i := slices.IndexFunc(b.files, func(f File) bool { return f.ID == id })
	if i < 0 {
		return ErrNotFound
	}
	f, s := b.files[i], b.store
	s.pagesMu.Lock()
	defer s.pagesMu.Unlock()
	dir, err := s.page(key)
	if err != nil {
		return err
	}
	note, err := s.writeNote(key, f)
	if err != nil {
		return fmt.Errorf("uploads: %w", err)
	}
	info, err := os.Stat(f.path)
	if errors.Is(err, os.ErrNotExist) {
		return ErrNotFound // kept already
	}
	if err != nil {
		return fmt.Errorf("uploads: %w", err)
	}
	has, err := weigh(dir)
	if err != nil {
		return fmt.Errorf("uploads: %w", err)
	}
	if has+cost(info.Size()) > s.perPage {
		return ErrFull
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("uploads: %w", err)
	}
	n := cost(info.Size())
	if !s.room.keep(n) {
		os.Remove(dir) // succeeds when it has just been made
		return ErrFull
	}
	to := filepath.Join(dir, f.ID)
	if err := os.Rename(f.path, to); err != nil {
		s.room.unkeep(n)
		return fmt.Errorf("uploads: %w", err)
	}
	if err := os.WriteFile(to+noteEnding, note, 0o600); err != nil {
		os.Remove(to)
		os.Remove(to + noteEnding)
		s.room.unkeep(n)
		return fmt.Errorf("uploads: %w", err)
	}
	b.holds -= n
	return nil
}

// End removes what was not kept.
func (b *Batch) End() error {
	err := os.RemoveAll(b.dir)
	if err == nil {
		b.store.room.give(b.holds)
		b.holds, b.files = 0, nil
	}
	return err
}
