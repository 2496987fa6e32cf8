package server

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/guard"
	"waijiao/intake/internal/mail"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/sqlite"
	"waijiao/intake/internal/uploads"
	"waijiao/internal/form"
	"waijiao/internal/locale"
	"waijiao/internal/shell"
)

// bench is a server on a site with one form, its clock, and its outbox.
type bench struct {
	*Server
	box   outbox.Store
	store *uploads.Store
}

func newBench(t testing.TB) *bench {
	t.Helper()
	site := t.TempDir()
	f, problems := form.Parse("forms/x.yaml", []byte(`audience: school
title: {zh: 甲, en: A}
summary: {zh: 甲, en: A}
next: [{zh: 甲, en: A}]
submit: {zh: 甲, en: A}
privacy: {zh: 甲, en: A}
sections:
  - title: {zh: 甲, en: A}
    why: {zh: 甲, en: A}
    fields:
      - {name: email, type: email, label: {zh: 甲, en: A}, role: email}
      - {name: letter, type: file, label: {zh: 乙, en: B}, accept: [pdf], size: 1 KB, optional: true}
`), form.Env{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	b, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(site, "forms", "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(site, "forms", "x", "form.json"), b, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, l := range locale.Langs() {
		for name, main := range map[string]string{"/forms/x/": shell.Mark(shell.Form, ""), "/forms/shell/": shell.Mark(shell.Main, "")} {
			at := filepath.Join(site, filepath.FromSlash(l.Path(name)))
			if err := os.MkdirAll(at, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(at, "index.html"), []byte("<head>"+shell.Mark(shell.Title, "<title>x</title>")+"</head><body>"+main+"</body>"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	clock := func() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, locale.Beijing()) }
	store, err := uploads.Open(t.TempDir(), uploads.Config{Secret: make([]byte, 32), Now: clock, Name: rand.Text})
	if err != nil {
		t.Fatal(err)
	}
	box, err := sqlite.Open(filepath.Join(t.TempDir(), "outbox.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk.Desk{Box: box, Keys: desk.Keys{Delivery: []age.Identity{id}}, Mail: mail.Writer{From: mail.Address{Mailbox: "forms@example.org"}, Boundary: rand.Text},
		Offices: map[string][]string{"*": {"office@example.org"}}, Secret: make([]byte, 32), Now: clock, Random: rand.Reader}
	s, err := New(Config{Site: site, Desk: d, Uploads: store, Guard: guard.NewLimited(make([]byte, 32), clock, guard.Limits{Address: guard.Rate{Burst: 3, Every: time.Hour}, Refuse: 2}),
		Accepted: func() {}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return &bench{s, box, store}
}

// late is an outbox in which something else happens right after the first look.
type late struct {
	desk.Box
	then func()
}

func (l *late) ByKey(ctx context.Context, form, key string) (outbox.Submission, error) {
	sub, err := l.Box.ByKey(ctx, form, key)
	if then := l.then; then != nil {
		l.then = nil
		then()
	}
	return sub, err
}

// Whoever presses the button twice has sent once: the request that comes
// second may find the kept file gone, and still gets the receipt.
func TestTheSecondOfTwoPostsFindsTheKeptFileGone(t *testing.T) {
	s := newBench(t)
	batch := s.store.Begin()
	f, err := batch.Add("letter", "a.pdf", strings.NewReader("%PDF-1.7\n%%EOF\n"), 1<<10)
	if err == nil {
		err = batch.Keep("key-1", f.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	post := func() *httptest.ResponseRecorder {
		values := url.Values{"email": {"sample@example.org"}, "_file.letter": {f.ID}}
		r := httptest.NewRequest("POST", "/forms/x/", strings.NewReader(values.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Idempotency-Key", `"key-1"`)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	var first *httptest.ResponseRecorder
	s.Desk.Box = &late{s.box, func() { first = post() }}
	second := post()
	if first.Code != 303 || second.Code != 303 || first.Header().Get("Location") != second.Header().Get("Location") {
		t.Errorf("%d, %d\n%s", first.Code, second.Code, second.Body)
	}
}

func TestOneAddressIsRefusedWhenItTakesAllTheRoom(t *testing.T) {
	s := newBench(t)
	post := func(from string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/en/forms/x/", strings.NewReader("{}"))
		r.Header.Set("Content-Type", "application/json")
		r.RemoteAddr = from
		ctx, cancel := context.WithCancel(r.Context())
		cancel()

		w := httptest.NewRecorder()
		s.ServeHTTP(w, r.WithContext(ctx))
		return w
	}
	for range 1200 { // those that would wait have hung up already
		post("192.0.2.1:1000")
	}
	w := post("192.0.2.1:2000")
	if w.Code != 429 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), `"too-many-requests"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := post("192.0.2.2:1000"); w.Code != 422 {
		t.Errorf("another address: %d", w.Code)
	}
}
