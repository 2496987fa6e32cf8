package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"waijiao/internal/locale"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"generator": main,
		// The same program for somebody who wants to see at once what it does,
		// and sits at a terminal if the script has one.
		"hasty": func() {
			stderr := os.Stderr
			if terminal, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
				stderr = terminal
			}
			os.Exit(run(context.Background(), world{args: os.Args[1:], getenv: os.Getenv, now: time.Now,
				stdout: os.Stdout, stderr: stderr, patience: time.Nanosecond}))
		},
	})
}

// Every script begins in a folder with a copy of testdata/content. Beyond the
// usual commands it may say
//
//	sametree A B      the folders hold the same files with the same bytes
//	inodes DIR FILE   write into FILE which inode and time each file has
//	put FILE TEXT     append a line to a file, which is made with its folder
//	status N CMD…     the command exits with N
func TestScripts(t *testing.T) {
	lakeside, err := filepath.Abs("../themes/lakeside")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("LAKESIDE", lakeside)
			env.Setenv("LANG", "en_GB.UTF-8")
			return os.CopyFS(filepath.Join(env.WorkDir, "content"), os.DirFS("testdata/content"))
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"sametree": func(ts *testscript.TestScript, neg bool, args []string) {
				diff := differences(ts.MkAbs(args[0]), ts.MkAbs(args[1]))
				if neg && diff == "" {
					ts.Fatalf("the folders are the same")
				}
				if !neg && diff != "" {
					ts.Fatalf("the folders differ: %s", diff)
				}
			},
			"inodes": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(inodes(ts.MkAbs(args[0]))), 0o644))
			},
			"put": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[0])), 0o755))
				f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
				ts.Check(err)
				_, err = f.WriteString(strings.Join(args[1:], " ") + "\n")
				ts.Check(errors.Join(err, f.Close()))
			},
			"status": func(ts *testscript.TestScript, _ bool, args []string) {
				code := 0
				var exit *exec.ExitError
				if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
					code = exit.ExitCode()
				} else {
					ts.Check(err)
				}
				if strconv.Itoa(code) != args[0] {
					ts.Fatalf("exit code %d, want %s", code, args[0])
				}
			},
		},
	})
}

// differences names the first file in which two folders differ.
func differences(a, b string) string {
	seen := map[string][]byte{}
	walk := func(dir string, each func(name string, body []byte)) {
		_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				body, _ := os.ReadFile(p)
				rel, _ := filepath.Rel(dir, p)
				each(rel, body)
			}
			return nil
		})
	}
	walk(a, func(name string, body []byte) { seen[name] = body })
	if len(seen) == 0 {
		return a + " is empty"
	}
	found := ""
	walk(b, func(name string, body []byte) {
		if have, ok := seen[name]; !ok || !bytes.Equal(have, body) {
			found = name
		}
		delete(seen, name)
	})
	for name := range seen {
		found = name
	}
	return found
}

func inodes(dir string) string {
	var b strings.Builder
	_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			info, _ := d.Info()
			b.WriteString(p + " " + info.ModTime().Format(time.RFC3339Nano) + "\n")
		}
		return nil
	})
	return b.String()
}

func TestThePreviewIsServedAndRebuilt(t *testing.T) {
	dir := t.TempDir()
	content := filepath.Join(dir, "content")
	if err := os.CopyFS(content, os.DirFS("testdata/content")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	out, said := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, world{
			args:   []string{"serve", "--content", content, "--addr", "127.0.0.1:0", "--now", "2026-03-01"},
			getenv: func(string) string { return "" }, now: time.Now, stdout: said, stderr: io.Discard,
		})
		said.Close()
	}()
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		var all []byte
		buf := make([]byte, 4096)
		for {
			n, err := out.Read(buf)
			all = append(all, buf[:n]...)
			for i := bytes.IndexByte(all, '\n'); i >= 0; i = bytes.IndexByte(all, '\n') {
				lines <- string(all[:i])
				all = all[i+1:]
			}
			if err != nil {
				return
			}
		}
	}()
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`).FindString(<-lines)
	if address == "" {
		t.Fatal("no address was printed")
	}
	if built := <-lines; !strings.Contains(built, "pages in") {
		t.Fatalf("said %q", built)
	}
	if body := get(t, address+"en/about/"); !strings.Contains(body, "About the centre") || !strings.Contains(body, "/_preview/preview.js") {
		t.Error("the page is not there, or would not reload")
	}
	about := filepath.Join(content, "pages", "about", "en.md")
	src, err := os.ReadFile(about)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(about, bytes.Replace(src, []byte("About the centre"), []byte("About the office"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	<-lines
	if body := get(t, address+"en/about/"); !strings.Contains(body, "About the office") {
		t.Error("the page was not built again")
	}
	cancel()
	if got := <-code; got != exitFine {
		t.Errorf("exit code %d", got)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", url, res.Status, err)
	}
	return string(body)
}

func TestEveryFlagAndCommandIsExplained(t *testing.T) {
	for _, name := range []string{"lang", "json", "content", "theme", "base-url", "now", "drafts", "live", "out", "addr", "help"} {
		if text := flags(name); !text.Has(locale.ZH) || !text.Has(locale.EN) || name != "help" && text == flags("help") {
			t.Errorf("--%s is not explained", name)
		}
	}
	// What nobody has explained falls back to the text of --help: no flag of
	// the grammar may.
	var b bytes.Buffer
	for _, command := range []string{"build", "check", "serve"} {
		b.Reset()
		a := &app{world: world{stdout: &b, stderr: &b}, lang: locale.EN}
		a.usage(&b, command)
		if n := strings.Count(b.String(), flags("help").EN); n != 1 {
			t.Errorf("%s: %d flags are explained as --help is\n%s", command, n, b.String())
		}
	}
}

func TestTheMomentOfABuild(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"2026-03-01", "2026-02-28T16:00:00Z"},
		{"2026-03-01T08:00", "2026-03-01T00:00:00Z"},
		{"2026-03-01T08:00:30", "2026-03-01T00:00:30Z"},
		{"2026-03-01T08:00:00Z", "2026-03-01T08:00:00Z"},
		{"2026-03-01T08:00:00-05:00", "2026-03-01T13:00:00Z"},
	} {
		if got, err := moment(c.in); err != nil || got.UTC().Format(time.RFC3339) != c.want {
			t.Errorf("%s: %v %v", c.in, got, err)
		}
	}
	for _, bad := range []string{"yesterday", "2026-02-30", "2026-3-1", "12:00"} {
		if _, err := moment(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
