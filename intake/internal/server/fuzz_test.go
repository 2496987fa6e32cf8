package server

import (
	"bytes"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"waijiao/intake/internal/outbox"
)

// hold checks what must be so after any post whatever; 200 is for a row more.
func (b *bench) hold(t *testing.T, w *httptest.ResponseRecorder, before int) {
	t.Helper()
	if !slices.Contains([]int{200, 201, 303, 400, 413, 415, 422}, w.Code) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	accepted := 0
	if w.Code == 201 || w.Code == 303 {
		accepted = 1
	}
	if n := b.stored(t); n != before && n != before+accepted {
		t.Errorf("%d submissions instead of %d, after %d", n, before+accepted, w.Code)
	}
	if !b.memory.TryAcquire(b.Memory) || !b.large.TryAcquire(max(b.Memory/4, 2*valuesLimit)) {
		t.Fatal("memory is not given back")
	}
	b.memory.Release(b.Memory)
	b.large.Release(max(b.Memory/4, 2*valuesLimit))
	for name, values := range w.Header() {
		for _, v := range values {
			if strings.ContainsAny(v, "\r\n") {
				t.Errorf("%s: %q", name, v)
			}
		}
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d may be cached", w.Code)
	}
}

func (b *bench) stored(t *testing.T) int {
	t.Helper()
	c, err := b.box.Count(t.Context(), b.Desk.Now())
	if err != nil {
		t.Fatal(err)
	}
	return c.Submissions[outbox.Received] + c.Submissions[outbox.Held]
}

// FuzzBody sends any bytes as a body, each as what the browser and the
// programs may say that it is.
func FuzzBody(f *testing.F) {
	_, whole := parts(part("email", "sample@example.org"), "Content-Disposition: form-data; name=\"letter\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n")
	for _, seed := range []string{"", "--b--", "--b\r\n\r\n--b--\r\n", whole, whole[:len(whole)-8], strings.ReplaceAll(whole, "\r\n", "\n"),
		"--b\r\nContent-Disposition: form-data; name=\"email\"\r\nContent-Disposition: form-data; name=\"letter\"; filename=\"x\"\r\n\r\nsample@example.org\r\n--b--\r\n",
		"--b\r\nContent-Disposition: form-data; name=\"letter\"; filename*=UTF-8''%0D%0Ax%00.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--b--\r\n",
		"--b\r\nContent-Disposition: form-data; name=\"_file.letter\"\r\n\r\n../../secret\r\n--b\r\nContent-Disposition: form-data; name=\"_key\"\r\n\r\nk\r\n--b--\r\n",
		"email=sample%40example.org", "email=sample@example.org&_key=a&_stamp=b&_homepage=c", "email=%zz", "a;b=c", "_add=x&_drop=x.99999999999999999999", "email=" + strings.Repeat("%E4%B8%80", 100),
		`{"email": "sample@example.org"}`, `{"email": ["a"], "email": null, "letter": {}}`, `[[[[[[`, `{"email":"` + "\xff" + `"}`, `{"\u0000": 1}`,
	} {
		f.Add([]byte(seed))
	}
	b := newBench(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, kind := range []string{"multipart/form-data; boundary=b", "application/x-www-form-urlencoded", "application/json"} {
			before := b.stored(t)
			b.hold(t, b.send(kind, string(body)), before)
		}
	})
}

// FuzzKind says anything about a body, in the two headers that decide how it is
// read.
func FuzzKind(f *testing.F) {
	for _, seed := range [][2]string{{"", ""}, {"multipart/form-data", "k"}, {"multipart/form-data; boundary=", "\"k\""}, {"multipart/form-data; boundary=b; boundary=c", " "},
		{"application/json; charset=utf-16", "k\r\nX: y"}, {"APPLICATION/JSON;", strings.Repeat("k", 300)}, {"multipart/mixed; boundary=b", "é"}, {"text/plain", "\x00"},
		{"multipart/form-data; boundary*=UTF-8''%62", "k"}, {"application/problem+json", ""}} {
		f.Add(seed[0], seed[1])
	}
	b := newBench(f)
	kind, body := parts(part("email", "sample@example.org"))
	f.Fuzz(func(t *testing.T, contentType, key string) {
		for _, c := range [][2]string{{contentType, body}, {kind, body}, {contentType, `{"email": "sample@example.org"}`}} {
			before := b.stored(t)
			r := httptest.NewRequest("POST", "/en/forms/x/", bytes.NewReader([]byte(c[1])))
			r.RemoteAddr = "127.0.0.1:1000"
			r.Header["Content-Type"], r.Header["Idempotency-Key"], r.Header["Accept"] = []string{c[0]}, []string{key}, []string{contentType}
			w := httptest.NewRecorder()
			b.ServeHTTP(w, r)
			b.hold(t, w, before)
		}
	})
}
