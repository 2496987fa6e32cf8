package preview

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"waijiao/internal/locale"

	"github.com/fsnotify/fsnotify"
)

// quiet is how long nothing may change before a build begins: an editor that
// saves writes, renames and sets permissions in one go.
const quiet = 120 * time.Millisecond

// watcher tells when something in its folders changes.
type watcher struct{ *fsnotify.Watcher }

// fault is an error that people read.
type fault struct {
	locale.Text
	cause error
}

func (f *fault) Error() string        { return f.EN }
func (f *fault) Unwrap() error        { return f.cause }
func (f *fault) Message() locale.Text { return f.Text }

func watch(folders []string) (watcher, error) {
	inner, err := fsnotify.NewWatcher()
	if err != nil {
		return watcher{}, cannotWatch("", err)
	}
	w := watcher{inner}
	for _, folder := range folders {
		if err := w.follow(folder); err != nil {
			inner.Close()
			return watcher{}, cannotWatch(folder, err)
		}
	}
	return w, nil
}

func cannotWatch(folder string, err error) error {
	t := locale.Tf("无法监视文件夹 %s：%v", "cannot watch the folder %s: %v", folder, err)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE) {
		t = locale.Tf("监视的文件夹太多（%s）。请系统管理员调大 fs.inotify.max_user_watches 和 max_user_instances",
			"too many folders are being watched (%s). Ask the administrator to raise fs.inotify.max_user_watches and max_user_instances", folder)
	}
	return &fault{t, fmt.Errorf("watch %s: %w", folder, err)}
}

// follow watches a folder and the folders in it.
func (w watcher) follow(folder string) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path != folder {
			return nil // gone while we walked
		}
		if err != nil || !d.IsDir() {
			return err
		}
		if path != folder && ignored(path) {
			return fs.SkipDir
		}
		return w.Add(path)
	})
}

// ignored tells whether a file is only an editor's or a system's own: hidden,
// a backup, a swap file, or the file by which vim tries a folder.
func ignored(path string) bool {
	name := filepath.Base(path)
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || strings.HasPrefix(name, "#") || name == "4913"
}

// changed waits until something has changed and all is quiet again. It is false
// when ctx ends.
func (w watcher) changed(ctx context.Context) bool {
	var calm <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return false
		case <-calm:
			return true
		case event, ok := <-w.Events:
			if !ok {
				return false
			}
			if event.Op == fsnotify.Chmod || ignored(event.Name) {
				continue
			}
			if event.Has(fsnotify.Create) {
				if info, err := os.Lstat(event.Name); err == nil && info.IsDir() {
					// What cannot be watched is built all the same.
					_ = w.follow(event.Name)
				}
			}
			calm = time.After(quiet)
		case _, ok := <-w.Errors:
			if !ok {
				return false
			}
			// Events were lost: something has changed.
			calm = time.After(quiet)
		}
	}
}
