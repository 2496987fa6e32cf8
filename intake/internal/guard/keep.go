package guard

import (
	"bytes"
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
)

const (
	keptVersion = "intake limits 1\n"
	keptSize    = 1 + digestSize + 8 // the kind, the digest, the time
)

// ErrDamaged means that kept limits were cut, changed or written with another
// secret, and that none of them was taken over.
var ErrDamaged = errors.New("guard: the kept limits are damaged or not ours")

// Save writes the limits that hold at the moment: keyed digests and times,
// signed as a whole.
func (g *Guard) Save(w io.Writer) error {
	_, err := w.Write(g.kept())
	return err
}

func (g *Guard) kept() []byte {
	g.mu.Lock()
	now := g.now().UnixMilli()
	var tables [kinds]map[digest]int64
	n := 0
	for k, t := range g.tables {
		t.clean(now)
		tables[k] = maps.Clone(t.full)
		n += len(t.full)
	}
	g.mu.Unlock()
	b := make([]byte, 0, len(keptVersion)+n*keptSize+digestSize)
	b = append(b, keptVersion...)
	for k, list := range tables {
		for d, full := range list {
			b = append(b, byte(k))
			b = append(b, d[:]...)
			b = binary.BigEndian.AppendUint64(b, uint64(full))
		}
	}
	return append(b, g.mac("kept limits", "", b)...)
}

// Load takes over what Save wrote, all of it or, with ErrDamaged, nothing.
// Where a limit is known already, the stricter one stays. It reads no more
// than the guard can remember.
func (g *Guard) Load(r io.Reader) error {
	limit := int64(len(keptVersion) + kinds*g.limits.Remembered*keptSize + digestSize)
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return err
	}
	end := len(b) - digestSize
	if int64(len(b)) > limit || end < len(keptVersion) || !bytes.HasPrefix(b, []byte(keptVersion)) ||
		(end-len(keptVersion))%keptSize != 0 || !hmac.Equal(b[end:], g.mac("kept limits", "", b[:end])) {
		return ErrDamaged
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now().UnixMilli()
	for b = b[len(keptVersion):end]; len(b) > 0; b = b[keptSize:] {
		if b[0] >= kinds {
			continue
		}
		t, d, full := g.tables[b[0]], digest(b[1:1+digestSize]), int64(binary.BigEndian.Uint64(b[1+digestSize:]))
		if t.off || !t.holds(full, now) || full <= t.full[d] {
			continue
		}
		if _, known := t.full[d]; !known && len(t.full) >= t.most {
			t.forget(now)
		}
		t.full[d] = full
	}
	return nil
}

// SaveFile saves into a file that only its owner can read, in one movement:
// there is always a whole one. It does nothing where nothing has been counted
// since the last time.
func (g *Guard) SaveFile(path string) error {
	g.saving.Lock()
	defer g.saving.Unlock()
	g.mu.Lock()
	changed := g.changed
	g.changed = false
	g.mu.Unlock()
	if !changed {
		return nil
	}
	err := replace(path, g.kept())
	if err != nil {
		g.mu.Lock()
		g.changed = true
		g.mu.Unlock()
	}
	return err
}

func replace(path string, b []byte) error {
	next := path + ".new"
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(next, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		os.Remove(next)
	}
	return err
}

// LoadFile loads what SaveFile wrote. A file that is not there is no error. With
// any error the guard works on without what was kept; it is for the log.
func (g *Guard) LoadFile(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := g.Load(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
