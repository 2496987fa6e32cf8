package publish

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// disk is every step that changes something. The tests stop it at each step.
type disk interface {
	Mkdir(path string) error
	WriteFile(path string, body []byte) error
	Rename(from, to string) error
	Remove(path string) error
	RemoveAll(path string) error
}

type osDisk struct{}

func (osDisk) Mkdir(path string) error { return os.Mkdir(path, 0o755) }
func (osDisk) WriteFile(path string, body []byte) error {
	return os.WriteFile(path, body, 0o644)
}
func (osDisk) Rename(from, to string) error { return os.Rename(from, to) }
func (osDisk) Remove(path string) error     { return os.Remove(path) }
func (osDisk) RemoveAll(path string) error  { return os.RemoveAll(path) }

// sameFile tells whether a regular file stands at path and holds body.
func sameFile(path string, body []byte) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(body)) {
		return false
	}
	now, err := os.ReadFile(path)
	return err == nil && bytes.Equal(now, body)
}

// openStage makes the folder in which the files are prepared, empty, and locks
// it against a second build. The lock goes with the process, so that a killed
// build bars nobody.
//
// The stage stands beside out. Where out is a mount point, or its parent may
// not be written to, it stands inside: a rename works only within one file
// system.
func openStage(out string) (string, *os.File, error) {
	beside := filepath.Join(filepath.Dir(out), "."+filepath.Base(out)+".new")
	inside := filepath.Join(out, ".new")
	if mounted(out) {
		return lockStage(out, inside)
	}
	stage, lock, err := lockStage(out, beside)
	if err != nil && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)) {
		return lockStage(out, inside)
	}
	return stage, lock, err
}

// mounted tells whether out is on another file system than its parent.
func mounted(out string) bool {
	var a, b syscall.Stat_t
	if syscall.Stat(out, &a) != nil || syscall.Stat(filepath.Dir(out), &b) != nil {
		return false
	}
	return a.Dev != b.Dev
}

func lockStage(out, stage string) (string, *os.File, error) {
	for {
		if err := os.Mkdir(stage, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", nil, cannotWrite(out, err)
		}
		f, err := os.Open(stage)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", nil, cannotWrite(out, err)
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			f.Close()
			if errors.Is(err, syscall.EWOULDBLOCK) {
				return "", nil, busy(out)
			}
			return "", nil, cannotWrite(out, err)
		}
		// Between Open and Flock the build before may have removed the folder:
		// then the lock is on nothing.
		held, err1 := f.Stat()
		named, err2 := os.Lstat(stage)
		if err1 != nil || err2 != nil || !os.SameFile(held, named) {
			f.Close()
			continue
		}
		if err := empty(stage); err != nil {
			f.Close()
			return "", nil, cannotWrite(out, err)
		}
		return stage, f, nil
	}
}

// empty removes what a killed build left.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
