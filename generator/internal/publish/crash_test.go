package publish

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

var errDead = errors.New("killed")

// dying is a disk that stops at a step and does nothing more, as when the
// program is killed there. The file that was being written is left half.
type dying struct {
	osDisk
	steps *int
}

func (d dying) dead() bool {
	*d.steps--
	return *d.steps < 0
}

func (d dying) Mkdir(path string) error {
	if d.dead() {
		return errDead
	}
	return d.osDisk.Mkdir(path)
}

func (d dying) WriteFile(path string, body []byte) error {
	if d.dead() {
		if *d.steps == -1 {
			_ = d.osDisk.WriteFile(path, body[:len(body)/2])
		}
		return errDead
	}
	return d.osDisk.WriteFile(path, body)
}

func (d dying) Rename(from, to string) error {
	if d.dead() {
		return errDead
	}
	return d.osDisk.Rename(from, to)
}

func (d dying) Remove(path string) error {
	if d.dead() {
		return errDead
	}
	return d.osDisk.Remove(path)
}

func (d dying) RemoveAll(path string) error {
	if d.dead() {
		return errDead
	}
	return d.osDisk.RemoveAll(path)
}

// killedAt updates the folder with a site and is killed at the step. It tells
// whether the update was through before.
func killedAt(t *testing.T, out string, site pages, step int) bool {
	t.Helper()
	left := step
	u, err := begin(out, dying{steps: &left})
	if err != nil {
		t.Fatal(err)
	}
	defer u.Abort()
	if err := put(u, site); err != nil {
		return false
	}
	_, err = u.Commit()
	return err == nil && left >= 0
}

func TestKilledAtEveryStep(t *testing.T) {
	for _, start := range []string{"absent", "empty", "older"} {
		t.Run(start, func(t *testing.T) {
			for step := 0; ; step++ {
				if step > 1000 {
					t.Fatal("the update has no end")
				}
				out := filepath.Join(t.TempDir(), "public")
				old, healed := pages{}, version("2")
				switch start {
				case "empty":
					if err := os.Mkdir(out, 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(out, ".gitignore"), nil, 0o644); err != nil {
						t.Fatal(err)
					}
					healed[".gitignore"] = ""
				case "older":
					old = version("1")
					publishTo(t, out, old)
					healed["assets/main-1.css"] = old["assets/main-1.css"]
				}
				through := killedAt(t, out, version("2"), step)
				wantWhole(t, step, out, old, version("2"))
				if m, err := readMark(out); err == nil && len(m.retired) > 0 {
					// The killed update had come so far that it counts: the next
					// one is the second after version 1.
					delete(healed, "assets/main-1.css")
				}
				publishTo(t, out, version("2"))
				wantTree(t, out, healed)
				wantNothingBeside(t, out)
				if through {
					if step < 10 {
						t.Errorf("only %d steps were tried", step)
					}
					return
				}
			}
		})
	}
}

// wantWhole asserts that every file is the old or the new one, and that the
// asset which a page names is there.
func wantWhole(t *testing.T, step int, out string, old, now pages) {
	t.Helper()
	got := tree(t, out)
	for name, body := range got {
		if strings.HasPrefix(name, ".") {
			continue
		}
		if body != old[name] && body != now[name] {
			t.Errorf("killed at step %d: %s is neither the old nor the new one", step, name)
		}
		if _, rest, ok := strings.Cut(body, " uses "); ok {
			asset, _, _ := strings.Cut(rest, " ")
			if _, there := got[asset]; !there {
				t.Errorf("killed at step %d: %s names %s, which is not there", step, name, asset)
			}
		}
	}
}

// The checker above must itself find a half-written page and a missing asset.
func TestWholenessIsReallyLookedAt(t *testing.T) {
	for name, spoil := range map[string]func(out string) error{
		"half": func(out string) error { return os.Truncate(filepath.Join(out, "index.html"), 9) },
		"gone": func(out string) error { return os.Remove(filepath.Join(out, "assets", "main-1.css")) },
	} {
		out := filepath.Join(t.TempDir(), "public")
		publishTo(t, out, version("1"))
		if err := spoil(out); err != nil {
			t.Fatal(err)
		}
		probe := &testing.T{}
		wantWhole(probe, 0, out, version("1"), version("1"))
		if !probe.Failed() {
			t.Errorf("%s: nothing was found", name)
		}
	}
}

// asNobody runs f as a user who is not root, so that permissions count.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Getuid() != 0 {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The file system user belongs to a thread; this one is thrown away.
		runtime.LockOSThread()
		if err := syscall.Setfsuid(65534); err != nil {
			t.Error(err)
			return
		}
		f()
	}()
	<-done
}

// open lets everybody reach a test's folder.
func open(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAFolderThatMayNotBeWritten(t *testing.T) {
	out := filepath.Join(open(t), "locked", "public")
	publishTo(t, out, version("1"))
	for _, d := range []string{out, filepath.Dir(out)} {
		if err := os.Chmod(d, 0o555); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(d, 0o755)
	}
	var err error
	asNobody(t, func() { _, err = Begin(out) })
	if err == nil || !strings.Contains(err.Error(), "permission denied") || !strings.Contains(err.Error(), "--out") {
		t.Errorf("got %v", err)
	}
	wantTree(t, out, version("1"))
}

func TestWithinAParentThatMayNotBeWritten(t *testing.T) {
	parent := filepath.Join(open(t), "srv")
	out := filepath.Join(parent, "public")
	if err := os.MkdirAll(out, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(out, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(parent, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(parent, 0o755)
	asNobody(t, func() {
		publishTo(t, out, version("1"))
		publishTo(t, out, version("2"))
	})
	want := version("2")
	maps.Copy(want, pages{"assets/main-1.css": "css 1"})
	wantTree(t, out, want)
	wantNothingBeside(t, out)
}

func TestAPathThroughAFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{filepath.Join(dir, "f"), filepath.Join(dir, "f", "public")} {
		if _, err := Begin(out); err == nil || !strings.Contains(err.Error(), "is a file") {
			t.Errorf("%s: %v", out, err)
		}
	}
}
