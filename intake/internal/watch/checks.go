package watch

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Site checks that the published site is there, with at least one form.
func Site(dir string) Check {
	return Check{"site", func(context.Context) error {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return err
		}
		defer root.Close()
		forms, err := fs.Glob(root.FS(), "forms/*/form.json")
		if err != nil {
			return err
		}
		if len(forms) == 0 {
			return fmt.Errorf("%s: no form is published", filepath.Join(dir, "forms"))
		}
		for _, name := range append(forms, "forms/shell/index.html", "en/forms/shell/index.html") {
			f, err := root.Open(name)
			if err != nil {
				return err
			}
			f.Close()
		}
		return nil
	}}
}

// Room checks that a file can be written in the folder and that its disk has
// at least so many bytes free.
func Room(dir string, atLeast uint64) Check {
	return Check{"disk", func(context.Context) error {
		free, err := Free(dir)
		if err != nil {
			return err
		}
		if free < atLeast {
			return fmt.Errorf("%s: %d bytes are free on the disk, and there should be %d", dir, free, atLeast)
		}
		f, err := os.CreateTemp(dir, ".room-*")
		if err != nil {
			return err
		}
		_, err = f.Write([]byte("room"))
		for _, then := range []func() error{f.Sync, f.Close, func() error { return os.Remove(f.Name()) }} {
			if e := then(); err == nil {
				err = e
			}
		}
		return err
	}}
}

// Free is how many bytes the disk of the folder has left for us.
func Free(dir string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, &fs.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return s.Bavail * uint64(s.Bsize), nil
}

// Mail checks that mail is not blocked. blocked returns since when and why in
// words, or an empty string.
func Mail(blocked func() string) Check {
	return Check{"mail", func(context.Context) error {
		if why := blocked(); why != "" {
			return fmt.Errorf("mail is blocked: %s", why)
		}
		return nil
	}}
}
