package uploads

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// room counts what all uploads take on the disk, those of requests that are
// still coming in too, so that they cannot fill it.
type room struct {
	mu         sync.Mutex
	used, most int64
	kept       int64 // of used, what belongs to pages
}

func (r *room) take(n int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.used+n > r.most {
		return false
	}
	r.used += n
	return true
}

func (r *room) give(n int64) {
	r.mu.Lock()
	r.used -= n
	r.mu.Unlock()
}

// keep gives what a request holds to a page. Pages have half of the room at
// most: whoever fills that with forms that have faults keeps nobody from
// sending one that has none.
func (r *room) keep(n int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept+n > r.most/2 {
		return false
	}
	r.kept += n
	return true
}

// unkeep takes back what keep did; the request holds it still.
func (r *room) unkeep(n int64) {
	r.mu.Lock()
	r.kept -= n
	r.mu.Unlock()
}

// drop gives back what a page held.
func (r *room) drop(n int64) {
	r.mu.Lock()
	r.used -= n
	r.kept -= n
	r.mu.Unlock()
}

// meter takes the room before it writes.
type meter struct {
	w    io.Writer
	room *room
	took int64
}

func (m *meter) Write(p []byte) (int, error) {
	if err := m.take(int64(len(p))); err != nil {
		return 0, err
	}
	return m.w.Write(p)
}

func (m *meter) take(n int64) error {
	if !m.room.take(n) {
		return ErrFull
	}
	m.took += n
	return nil
}

// cost is the room that a file of that size takes: whole blocks, and one for
// its note, so that a flood of tiny files is counted for what it is.
func cost(size int64) int64 {
	const block = 4096
	return (size+block-1)/block*block + block
}

// weigh is what the files in a page's folder cost. A folder that is not there
// costs nothing.
func weigh(dir string) (int64, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	var n int64
	for _, e := range entries {
		if filepath.Ext(e.Name()) == noteEnding {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return 0, err
		}
		n += cost(info.Size())
	}
	return n, err
}
