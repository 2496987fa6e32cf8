package publish

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// assets is the folder whose files have fingerprints in their names and
// outlive the pages that name them by one build.
const assets = "assets"

// commit brings the stage into the folder. The order is the promise: whatever
// page a visitor gets in the middle of it, the assets that it names are there.
func (u *Update) commit() error {
	if err := u.disk.WriteFile(filepath.Join(u.stage, markName), mark{}.encode()); err != nil {
		return err
	}
	if u.absent {
		err := u.disk.Rename(u.stage, u.out)
		if err == nil {
			u.stage = "" // the name may already be another build's
		}
		return err
	}
	// The mark comes first, so that a folder with half a site in it is still
	// known as ours. The list of retired assets is written when all is done:
	// a build that dies before does not count as the one build longer.
	staged, kept := filepath.Join(u.stage, markName), filepath.Join(u.out, markName)
	if u.mark.found {
		if err := u.disk.Remove(staged); err != nil {
			return err
		}
	} else if err := u.disk.Rename(staged, kept); err != nil {
		return err
	}
	from, to := filepath.Join(u.stage, assets), filepath.Join(u.out, assets)
	if err := u.enter(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := u.move(u.stage, u.out); err != nil {
		return err
	}
	if u.fresh {
		return nil
	}
	var retired []string
	if _, err := u.sweep("", &retired); err != nil {
		return err
	}
	slices.Sort(retired)
	if slices.Equal(retired, u.mark.retired) {
		return nil
	}
	if err := u.disk.WriteFile(staged, mark{retired: retired}.encode()); err != nil {
		return err
	}
	return u.disk.Rename(staged, kept)
}

// enter brings the staged folder from to the place to: in one step where
// nothing stands there, file by file where a folder does.
func (u *Update) enter(from, to string) error {
	if _, err := os.Lstat(from); err != nil {
		return err
	}
	info, err := os.Lstat(to)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return u.disk.Rename(from, to)
	case err != nil:
		return err
	case info.IsDir():
		return u.move(from, to)
	}
	if err := u.disk.Remove(to); err != nil {
		return err
	}
	return u.disk.Rename(from, to)
}

// move brings everything in the staged folder from into the folder to, folders
// before files, so that a list never names an article that is not there yet.
func (u *Update) move(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := u.enter(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
				return err
			}
		}
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		source, target := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		err := u.disk.Rename(source, target)
		if err != nil {
			if info, at := os.Lstat(target); at != nil || !info.IsDir() {
				return err
			}
			// A page takes the place of what was a folder.
			if err := u.disk.RemoveAll(target); err != nil {
				return err
			}
			err = u.disk.Rename(source, target)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sweep removes from the folder dir of the site every file that was not added,
// but an asset only when it was already retired by the build before. It tells
// whether the folder is now empty.
func (u *Update) sweep(dir string, retired *[]string) (empty bool, err error) {
	entries, err := os.ReadDir(filepath.Join(u.out, filepath.FromSlash(dir)))
	if err != nil {
		return false, err
	}
	left := len(entries)
	for _, e := range entries {
		if dir == "" && strings.HasPrefix(e.Name(), ".") {
			continue
		}
		name := path.Join(dir, e.Name())
		full := filepath.Join(u.out, filepath.FromSlash(name))
		if e.IsDir() {
			empty, err := u.sweep(name, retired)
			if err != nil {
				return false, err
			}
			if empty {
				if err := u.disk.Remove(full); err != nil {
					return false, err
				}
				left--
			}
			continue
		}
		if u.files[name] {
			continue
		}
		if _, before := slices.BinarySearch(u.mark.retired, name); !before && strings.HasPrefix(name, assets+"/") {
			*retired = append(*retired, name)
			continue
		}
		if err := u.disk.Remove(full); err != nil {
			return false, err
		}
		u.result.Removed++
		left--
	}
	return left == 0, nil
}
