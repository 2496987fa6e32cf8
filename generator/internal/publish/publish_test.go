package publish

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"waijiao/internal/locale"
)

// pages is a site: its files by path.
type pages map[string]string

// version makes a small site whose pages name an asset with the version in its
// name.
func version(v string) pages {
	asset := "assets/main-" + v + ".css"
	page := func(s string) string { return s + " uses " + asset + " " + strings.Repeat(v, 2000) }
	return pages{
		asset: "css " + v, "index.html": page("home"), "en/index.html": page("home en"),
		"guides/a/index.html": page("guide a"), "guides/a/list.pdf": "the same in every version",
		"only-" + v + "/x/index.html": page("only"), "swap": "a file in one version",
	}
}

func put(u *Update, site pages) error {
	for _, name := range slices.Sorted(maps.Keys(site)) {
		if err := u.Add(name, []byte(site[name])); err != nil {
			return err
		}
	}
	return nil
}

func publishTo(t *testing.T, out string, site pages) Result {
	t.Helper()
	u, err := Begin(out)
	if err != nil {
		t.Fatal(err)
	}
	defer u.Abort()
	if err := put(u, site); err != nil {
		t.Fatal(err)
	}
	r, err := u.Commit()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// tree reads every file of a folder.
func tree(t *testing.T, dir string) pages {
	t.Helper()
	got := pages{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		got[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return got
}

func wantTree(t *testing.T, dir string, want pages) {
	t.Helper()
	got := tree(t, dir)
	delete(got, markName)
	if !maps.Equal(got, want) {
		t.Errorf("the folder holds %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

func wantNothingBeside(t *testing.T, out string) {
	t.Helper()
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(out), ".*.new"))
	inside, _ := filepath.Glob(filepath.Join(out, ".new"))
	if len(left)+len(inside) > 0 {
		t.Errorf("left behind: %v %v", left, inside)
	}
}

func TestTheFolderNeedNotExist(t *testing.T) {
	out := filepath.Join(t.TempDir(), "a", "b", "public")
	r := publishTo(t, out, version("1"))
	wantTree(t, out, version("1"))
	wantNothingBeside(t, out)
	if want := (Result{Files: 7, Pages: 4, Changed: 4, Written: 7}); r != want {
		t.Errorf("got %+v, want %+v", r, want)
	}
}

func TestARelativeFolder(t *testing.T) {
	for _, out := range []string{"public", "./x/../y", "."} {
		dir := t.TempDir()
		t.Chdir(dir)
		publishTo(t, out, version("1"))
		wantTree(t, filepath.Join(dir, out), version("1"))
		wantNothingBeside(t, filepath.Join(dir, out))
	}
}

func TestAFolderWithOnlyDotFilesIsFilledAndTheyStay(t *testing.T) {
	out := t.TempDir()
	if err := os.WriteFile(filepath.Join(out, ".gitignore"), []byte("*\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	publishTo(t, out, version("1"))
	publishTo(t, out, version("2"))
	if b, err := os.ReadFile(filepath.Join(out, ".gitignore")); err != nil || string(b) != "*\n" {
		t.Errorf(".gitignore: %q %v", b, err)
	}
}

func TestAFolderWithForeignFilesIsRefused(t *testing.T) {
	out := t.TempDir()
	thesis := filepath.Join(out, "thesis.docx")
	if err := os.WriteFile(thesis, []byte("years of work"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Begin(out); err == nil || !strings.Contains(err.Error(), "no build has made") {
		t.Errorf("got %v", err)
	}
	wantTree(t, out, pages{"thesis.docx": "years of work"})
	wantNothingBeside(t, out)
}

func TestWhatIsTheSameIsNotTouched(t *testing.T) {
	out := filepath.Join(t.TempDir(), "public")
	publishTo(t, out, version("1"))
	stat := func() map[string]string {
		m := map[string]string{}
		for name := range tree(t, out) {
			info, err := os.Stat(filepath.Join(out, name))
			if err != nil {
				t.Fatal(err)
			}
			m[name] = fmt.Sprint(info.ModTime().UnixNano(), " ", info.Sys().(*syscall.Stat_t).Ino)
		}
		return m
	}
	before := stat()
	r := publishTo(t, out, version("1"))
	if !maps.Equal(before, stat()) {
		t.Error("a file was touched though its bytes are the same")
	}
	if r.Changed != 0 || r.Written != 0 || r.Removed != 0 || r.Pages != 4 {
		t.Errorf("got %+v", r)
	}
	// The near miss: same length, one other byte.
	site := version("1")
	site["index.html"] = "H" + site["index.html"][1:]
	r = publishTo(t, out, site)
	after := stat()
	for name := range before {
		if (before[name] == after[name]) != (name != "index.html") {
			t.Errorf("%s: touched wrongly or not at all", name)
		}
	}
	if r.Changed != 1 {
		t.Errorf("got %+v", r)
	}
	wantTree(t, out, site)
}

func TestAssetsStayOneBuildLonger(t *testing.T) {
	out := filepath.Join(t.TempDir(), "public")
	publishTo(t, out, version("1"))
	publishTo(t, out, version("2"))
	want := version("2")
	want["assets/main-1.css"] = "css 1"
	wantTree(t, out, want)
	publishTo(t, out, version("3"))
	want = version("3")
	want["assets/main-2.css"] = "css 2"
	wantTree(t, out, want)
	publishTo(t, out, version("3"))
	wantTree(t, out, version("3"))
	publishTo(t, out, version("2"))
	publishTo(t, out, version("3"))
	want["assets/main-2.css"] = "css 2"
	wantTree(t, out, want)
}

func TestAPageMayBecomeAFolderAndAFolderAPage(t *testing.T) {
	out := filepath.Join(t.TempDir(), "public")
	one := pages{"a": "file", "b/c/d": "deep", "link": "x"}
	two := pages{"a/b/c": "deep", "b": "file", "link": "x"}
	publishTo(t, out, one)
	publishTo(t, out, two)
	wantTree(t, out, two)
	publishTo(t, out, one)
	wantTree(t, out, one)
	if err := os.Remove(filepath.Join(out, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a", filepath.Join(out, "link")); err != nil {
		t.Fatal(err)
	}
	one["link"] = "file" // what the symbolic link leads to
	publishTo(t, out, one)
	if info, err := os.Lstat(filepath.Join(out, "link")); err != nil || !info.Mode().IsRegular() {
		t.Errorf("the symbolic link is still there: %v %v", info, err)
	}
}

func TestASymbolicLinkToTheFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "releases", "5"), 0o755); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "public")
	if err := os.Symlink(filepath.Join("releases", "5"), out); err != nil {
		t.Fatal(err)
	}
	publishTo(t, out, version("1"))
	wantTree(t, filepath.Join(dir, "releases", "5"), version("1"))
	if info, err := os.Lstat(out); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
}

func TestAbortChangesNothing(t *testing.T) {
	out := filepath.Join(t.TempDir(), "public")
	publishTo(t, out, version("1"))
	u, err := Begin(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := put(u, version("2")); err != nil {
		t.Fatal(err)
	}
	u.Abort()
	wantTree(t, out, version("1"))
	wantNothingBeside(t, out)
}

func TestTwoBuildsDoNotMeet(t *testing.T) {
	out := filepath.Join(t.TempDir(), "public")
	u, err := Begin(out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Begin(out); err == nil || !strings.Contains(err.Error(), "another build") {
		t.Errorf("got %v", err)
	}
	u.Abort()
	publishTo(t, out, version("1"))
}

func TestNamesAreRefused(t *testing.T) {
	u, err := Begin(filepath.Join(t.TempDir(), "public"))
	if err != nil {
		t.Fatal(err)
	}
	defer u.Abort()
	for _, name := range []string{"../x", "/x", "", ".", "a//b", "a/../b", ".waijiao"} {
		if u.Add(name, nil) == nil {
			t.Errorf("%q was taken", name)
		}
	}
	if err := u.Add("a/index.html", nil); err != nil {
		t.Fatal(err)
	}
	if err := u.Add("a/index.html", nil); err == nil || !strings.Contains(err.Error(), "a/index.html") {
		t.Errorf("the same page twice: %v", err)
	}
}

func TestSeveralGoroutinesAdd(t *testing.T) {
	out := filepath.Join(t.TempDir(), "public")
	u, err := Begin(out)
	if err != nil {
		t.Fatal(err)
	}
	defer u.Abort()
	want := pages{}
	for i := range 400 {
		want[fmt.Sprintf("s/%d/p/%d/index.html", i%7, i)] = fmt.Sprint(i)
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i, name := range slices.Sorted(maps.Keys(want)) {
				if i%4 == w {
					if err := u.Add(name, []byte(want[name])); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if _, err := u.Commit(); err != nil {
		t.Fatal(err)
	}
	wantTree(t, out, want)
}

func TestEveryErrorSpeaksBothLanguages(t *testing.T) {
	for _, err := range []error{cannotWrite("public", fs.ErrPermission), cannotWrite("public", syscall.ENOSPC),
		cannotWrite("public", syscall.ENOTDIR), cannotWrite("public", errors.New("x")), notOurs("public"), busy("public"), addedTwice("x"), badName("x")} {
		var m interface{ Message() locale.Text }
		if !errors.As(err, &m) || !m.Message().Has(locale.ZH) || !m.Message().Has(locale.EN) || m.Message().ZH == m.Message().EN {
			t.Errorf("%v", err)
		}
	}
}
