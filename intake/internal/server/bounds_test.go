package server

import (
	"context"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"waijiao/intake/internal/scan"
)

func (b *bench) send(contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/forms/x/", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	r.RemoteAddr = "127.0.0.1:1000"
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func parts(parts ...string) (contentType, body string) {
	return "multipart/form-data; boundary=b", "--b\r\n" + strings.Join(parts, "\r\n--b\r\n") + "\r\n--b--\r\n"
}

func part(name, content string) string {
	return `Content-Disposition: form-data; name="` + name + "\"\r\n\r\n" + content
}

func TestTheHeaderOfAPartIsBounded(t *testing.T) {
	s := newBench(t)
	long := "X-Long: " + strings.Repeat("x", 1<<20) + "\r\n"
	many := strings.Repeat("X-A: b\r\n", 20_000)
	for name, c := range map[string]struct {
		first string
		want  int
	}{
		"none": {part("other", "x"), 303}, "one long line": {long + part("other", "x"), 413}, "many lines": {many + part("other", "x"), 413},
		"a long name": {part(strings.Repeat("n", 1<<20), "x"), 413},
	} {
		if w := s.send(parts(c.first, part("email", "sample@example.org"))); w.Code != c.want {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	kind, body := parts(part("email", "sample@example.org"))
	if w := s.send(kind, strings.Repeat("before\r\n", 20_000)+body); w.Code != 413 {
		t.Errorf("a preamble of 160 KB: %d", w.Code)
	}
	// The bound is for headers: what was chosen may be long.
	if w := s.send(parts(part("email", "sample@example.org"), part("other", strings.Repeat("x", 1<<20)))); w.Code != 303 {
		t.Errorf("a long value: %d", w.Code)
	}
}

func TestFewPostsMayHoldManyValues(t *testing.T) {
	s := newBench(t)
	all := max(s.Memory/4, 2*valuesLimit)
	big := strings.Repeat("x", 2*smallValues)
	kinds := map[string]func(size string) (string, string){
		"form": func(v string) (string, string) {
			return "application/x-www-form-urlencoded", "email=sample@example.org&other=" + v
		},
		"JSON": func(v string) (string, string) {
			return "application/json", `{"email": "sample@example.org", "_other": "` + v + `"}`
		},
		"parts": func(v string) (string, string) { return parts(part("email", "sample@example.org"), part("other", v)) },
		"many parts": func(v string) (string, string) {
			list := []string{part("email", "sample@example.org")}
			for range 500 {
				list = append(list, part("other", v[:len(v)/500]))
			}
			return parts(list...)
		},
	}
	for name, kind := range kinds {
		if !s.large.TryAcquire(all) {
			t.Fatalf("%s: memory was not given back", name)
		}
		if w := s.send(kind(big)); w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d while there is no room", name, w.Code)
		}
		if w := s.send(kind(big[:1000])); w.Code != 303 && w.Code != 201 {
			t.Errorf("%s: %d for a small one %s", name, w.Code, w.Body)
		}
		s.large.Release(all)
		if w := s.send(kind(big)); w.Code != 303 && w.Code != 201 {
			t.Errorf("%s: %d for a large one %s", name, w.Code, w.Body)
		}
	}
	if !s.large.TryAcquire(all) {
		t.Error("memory was not given back")
	}
}

// stuck is a scanner that does not answer before its channel is closed.
type stuck struct{ asked, answer chan struct{} }

func (s stuck) Scan(context.Context, io.Reader) (scan.Verdict, error) {
	s.asked <- struct{}{}
	<-s.answer
	return scan.Verdict{Outcome: scan.Clean}, nil
}

func TestAScannerThatHangsHoldsUpNobodyElse(t *testing.T) {
	s := newBench(t)
	if !s.memory.TryAcquire(s.Memory - 1<<20) { // there is room for one
		t.Fatal("the memory is in use")
	}
	scanner := stuck{make(chan struct{}, 1), make(chan struct{})}
	s.Scanner = scanner
	first := make(chan int)
	go func() {
		first <- s.send(parts(part("email", "sample@example.org"),
			"Content-Disposition: form-data; name=\"letter\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n")).Code
	}()
	<-scanner.asked
	if w := s.send(parts(part("email", "sample@example.org"))); w.Code != 303 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	s.memory.Release(s.Memory - 1<<20)
	close(scanner.answer)
	if code := <-first; code != 303 {
		t.Errorf("the first: %d", code)
	}
}

func TestAFormsAddressMayHaveAnyLength(t *testing.T) {
	s := newBench(t)
	for _, n := range []int{1, 200, 300, 5000} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", "/forms/"+strings.Repeat("a", n)+"/", nil))
		if w.Code != 404 {
			t.Errorf("%d characters: %d", n, w.Code)
		}
	}
}
