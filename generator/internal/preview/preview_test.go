package preview

import (
	"bufio"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waijiao/internal/headers"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

func files(title string) map[string][]byte {
	page := func(s string) []byte {
		return []byte("<!doctype html><html><head><title>" + s + "</title></head><body><main>" + s + "</main></body></html>")
	}
	return map[string][]byte{
		"index.html": page(title), "about/index.html": page("about"), "404.html": page("缺页"), "en/404.html": page("no page"),
		"assets/a.css": []byte("a{}"),
	}
}

func flaw(severity problem.Severity) problem.Problem {
	return problem.Problem{Code: "raw-html", Severity: severity, File: "pages/a/zh.md", Line: 3, Column: 4,
		Message: locale.T("有 <b> 标签", "there is a <b> tag"), Hint: locale.T("请删去", "remove it"), Source: `他说 <b onclick="x()">`}
}

func ask(s *show, method, url string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(method, url, nil))
	return w
}

func TestPages(t *testing.T) {
	h := http.Header{}
	headers.Set(h)
	s := newShow(Options{Header: h, Build: func() (map[string][]byte, problem.List) { return files("home"), nil }})
	s.build()
	for _, c := range []struct {
		method, url string
		status      int
		kind, body  string
	}{
		{"GET", "/", 200, "text/html; charset=utf-8", "<main>home</main>"},
		{"GET", "/about/", 200, "text/html; charset=utf-8", "<main>about</main>"},
		{"GET", "/about", 301, "", ""},
		{"GET", "/nowhere/", 404, "text/html; charset=utf-8", "缺页"},
		{"GET", "/en/nowhere/", 404, "text/html; charset=utf-8", "no page"},
		{"GET", "/../../etc/passwd", 404, "", "缺页"},
		{"GET", "/assets/a.css", 200, "text/css; charset=utf-8", "a{}"},
		{"GET", "/_preview/preview.js", 200, "text/javascript; charset=utf-8", "EventSource"},
		{"GET", "/_preview/preview.css", 200, "text/css; charset=utf-8", ".waijiao-preview"},
		{"POST", "/forms/x/", 405, "", "make run"},
	} {
		w := ask(s, c.method, c.url)
		if w.Code != c.status || c.kind != "" && w.Header().Get("Content-Type") != c.kind || !strings.Contains(w.Body.String(), c.body) {
			t.Errorf("%s %s: %d %s %s", c.method, c.url, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
		if w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", c.url, w.Header())
		}
	}
	if body := ask(s, "GET", "/").Body.String(); strings.Contains(body, "waijiao-preview") || !strings.Contains(body, `data-build="1"`) {
		t.Errorf("a page without problems: %s", body)
	}
	if body := ask(s, "HEAD", "/").Body.Len(); body != 0 {
		t.Error("HEAD has a body")
	}
}

func TestProblemsLieOverTheLastGoodPage(t *testing.T) {
	list := problem.List{}
	s := newShow(Options{Build: func() (map[string][]byte, problem.List) { return files("home"), list }})
	s.build()
	list = problem.List{flaw(problem.Warning), flaw(problem.Error)}
	s.build()
	body := ask(s, "GET", "/").Body.String()
	for _, want := range []string{"<main>home</main>", `<details class="waijiao-preview" open>`, "pages/a/zh.md:3:4",
		`<p lang="zh-CN">有 &lt;b&gt; 标签</p><p lang="en">there is a &lt;b&gt; tag</p>`,
		`<p lang="zh-CN">→ 请删去</p><p lang="en">→ remove it</p>`, "<pre>他说 &lt;b onclick=", "1 error, "} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	// The policy forbids what stands inside a page.
	for _, bad := range []string{"<style", " style=", "<b onclick", "<script>"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	if strings.Index(body, "waijiao-preview-error") > strings.Index(body, "waijiao-preview-warning") {
		t.Error("errors do not come first")
	}
	list = problem.List{flaw(problem.Warning)}
	s.build()
	if body := ask(s, "GET", "/").Body.String(); !strings.Contains(body, `<details class="waijiao-preview">`) || !strings.Contains(body, "1 warning") {
		t.Error("a warning is not shown, or opens by itself")
	}
}

func TestBeforeAnyGoodBuildThereAreOnlyTheProblems(t *testing.T) {
	s := newShow(Options{Build: func() (map[string][]byte, problem.List) { return nil, problem.List{flaw(problem.Error)} }})
	s.build()
	w := ask(s, "GET", "/about/")
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "pages/a/zh.md:3:4") || !strings.Contains(w.Body.String(), "preview.js") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestManyProblemsAreCut(t *testing.T) {
	var list problem.List
	for range most + 7 {
		list = append(list, flaw(problem.Error))
	}
	s := newShow(Options{Build: func() (map[string][]byte, problem.List) { return nil, list }})
	s.build()
	body := ask(s, "GET", "/").Body.String()
	if n := strings.Count(body, "<li "); n != most || !strings.Contains(body, "7 more are in the terminal") {
		t.Errorf("%d are shown", n)
	}
}

func TestAChangeReachesTheBrowser(t *testing.T) {
	dir := t.TempDir()
	title := filepath.Join(dir, "title")
	save := func(file, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	save(title, "one")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, listener, Options{Folders: []string{dir}, Build: func() (map[string][]byte, problem.List) {
			text, err := os.ReadFile(title)
			if err != nil {
				return nil, problem.List{flaw(problem.Error)}
			}
			site := files(string(text))
			if late, err := os.ReadFile(filepath.Join(dir, "new", "deep", "late")); err == nil {
				maps.Copy(site, map[string][]byte{"late": late})
			}
			return site, nil
		}})
	}()
	address := "http://" + listener.Addr().String()
	events, err := http.Get(address + "/_preview/events")
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	in := bufio.NewReader(events.Body)
	next := func() string {
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if number, ok := strings.CutPrefix(line, "data: "); ok {
				return strings.TrimSpace(number)
			}
		}
	}
	body := func(path string) string {
		res, err := http.Get(address + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if got := next(); got != "1" {
		t.Fatalf("the first event is %s", got)
	}
	save(title, "two")
	if got := next(); got == "1" || !strings.Contains(body("/"), "<main>two</main>") {
		t.Errorf("after a change: build %s", got)
	}
	// A new folder is watched too, and what was in it before it could be.
	save(filepath.Join(dir, "new", "deep", "late"), "1")
	for body("/late") != "1" {
		next()
	}
	save(filepath.Join(dir, "new", "deep", "late"), "2")
	for body("/late") != "2" {
		next()
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestWhatEditorsLeaveIsIgnored(t *testing.T) {
	for name, want := range map[string]bool{"zh.md": false, ".zh.md.swp": true, "zh.md~": true, "4913": true, "#zh.md#": true, ".git": true, "a.csv": false} {
		if ignored("/x/"+name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}

func TestAFolderThatIsNotThere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	err = Run(context.Background(), listener, Options{Folders: []string{filepath.Join(t.TempDir(), "none")}})
	var known interface{ Message() locale.Text }
	if !errors.As(err, &known) || !known.Message().Has(locale.ZH) || !known.Message().Has(locale.EN) {
		t.Errorf("got %v", err)
	}
	if _, err := net.DialTimeout("tcp", listener.Addr().String(), time.Second); err == nil {
		t.Error("the listener is still open")
	}
}
