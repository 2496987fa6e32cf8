// Package publish brings the pages of a build into the published folder, so
// that a visitor, or a crash, never meets a half-made site.
//
// Begin opens an update of the folder, Add takes its files in any order and
// from several goroutines, and Commit moves them in:
//
//	u, err := publish.Begin("public")
//	if err != nil { … }
//	defer u.Abort()
//	err = u.Add("policies/2017-centre/index.html", page)
//	…
//	result, err := u.Commit()
//
// Until Commit nothing in the folder changes. Files are made in a folder beside
// it, on the same file system, and moved in by rename: assets first, pages
// next, and last of all what the site no longer has is removed. A file whose
// bytes are the same is left alone, with its inode and its times. Assets of the
// build before stay one build longer, for pages that are still open in somebody's
// browser.
//
// A file in the folder is therefore always whole, the old one or the new one,
// whenever the program is killed. The next update removes what was left beside
// the folder and, since it compares bytes, heals the rest. Nothing is synced to
// the disk: after a power cut, build again.
//
// Entries at the top of the folder that begin with a dot, such as .gitignore,
// belong to others and stay. One of them, .waijiao, is ours: it says that
// the folder is a site that may be replaced, and lists the retired assets. A
// folder that holds something else is refused.
package publish

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
)

// Result counts what an update did.
type Result struct {
	Files   int // files of the site
	Pages   int // those of them that are HTML pages
	Changed int // pages that are new or have other bytes than before
	Written int // files of any kind that are new or have other bytes
	Removed int // files that the site no longer has
}

// Update is one update of a published folder. Add may be called by several
// goroutines at once.
type Update struct {
	out    string
	stage  string
	fresh  bool // the folder holds no site yet: nothing to compare, nothing to remove
	absent bool // the folder does not exist
	mark   mark
	disk   disk
	lock   *os.File

	dirs   sync.Map // folders made below stage
	mu     sync.Mutex
	files  map[string]bool // everything added
	result Result
	done   bool
}

// Begin opens an update of the folder out, which need not exist. It fails when
// another update of the same folder is going on, or when the folder holds files
// that no build has made.
func Begin(out string) (*Update, error) { return begin(out, osDisk{}) }

func begin(out string, d disk) (*Update, error) {
	out, err := filepath.Abs(out)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(out); err == nil {
		out = real
	}
	u := &Update{out: out, disk: d, files: map[string]bool{}}
	if err := u.look(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return nil, cannotWrite(out, err)
	}
	stage, lock, err := openStage(out)
	if err != nil {
		return nil, err
	}
	u.stage, u.lock = stage, lock
	return u, nil
}

// look finds out what the folder holds.
func (u *Update) look() error {
	entries, err := os.ReadDir(u.out)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		u.fresh, u.absent = true, true
		return nil
	case err != nil:
		return cannotWrite(u.out, err)
	}
	u.fresh = true
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			u.fresh = false
		}
	}
	u.mark, err = readMark(u.out)
	if errors.Is(err, fs.ErrNotExist) && u.fresh {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return notOurs(u.out)
	}
	if err != nil {
		return cannotWrite(u.out, err)
	}
	return nil
}

// Add gives the site a file. name is its path below the folder, with slashes
// ("en/index.html"). body is not kept.
func (u *Update) Add(name string, body []byte) error {
	if !fs.ValidPath(name) || name == "." || strings.HasPrefix(name, ".") {
		return badName(name)
	}
	u.mu.Lock()
	twice := u.files[name]
	u.files[name] = true
	u.mu.Unlock()
	if twice {
		return addedTwice(name)
	}
	same := !u.fresh && sameFile(filepath.Join(u.out, filepath.FromSlash(name)), body)
	if !same {
		if err := u.write(name, body); err != nil {
			return cannotWrite(u.out, err)
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	page := strings.HasSuffix(name, ".html")
	u.result.Files++
	if page {
		u.result.Pages++
	}
	if !same {
		u.result.Written++
		if page {
			u.result.Changed++
		}
	}
	return nil
}

func (u *Update) write(name string, body []byte) error {
	if err := u.ensure(path.Dir(name)); err != nil {
		return err
	}
	return u.disk.WriteFile(filepath.Join(u.stage, filepath.FromSlash(name)), body)
}

// ensure makes a folder below the stage, once. Two goroutines may both come to
// make it; the second finds it there.
func (u *Update) ensure(dir string) error {
	if dir == "." {
		return nil
	}
	if _, made := u.dirs.Load(dir); made {
		return nil
	}
	if err := u.ensure(path.Dir(dir)); err != nil {
		return err
	}
	if err := u.disk.Mkdir(filepath.Join(u.stage, filepath.FromSlash(dir))); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	u.dirs.Store(dir, true)
	return nil
}

// Commit moves the files in and removes what the site no longer has.
func (u *Update) Commit() (Result, error) {
	if u.done {
		return Result{}, errors.New("publish: the update is closed")
	}
	err := u.commit()
	if err != nil {
		err = cannotWrite(u.out, err)
	}
	u.Abort()
	return u.result, err
}

// Abort ends an update whose files are not wanted. After Commit it does
// nothing.
func (u *Update) Abort() {
	if u.done {
		return
	}
	u.done = true
	if u.stage != "" {
		// What cannot be removed now, the next update removes.
		_ = u.disk.RemoveAll(u.stage)
	}
	_ = u.lock.Close()
}
