package server

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waijiao/intake/internal/guard"
	"waijiao/intake/internal/uploads"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

func TestReferencesCheckThemselves(t *testing.T) {
	seen := map[string]bool{}
	for range 2000 {
		ref, err := reference(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if seen[ref] {
			t.Fatalf("%s came twice", ref)
		}
		seen[ref] = true
		s := strings.ReplaceAll(strings.TrimPrefix(ref, "HZ-"), "-", "")
		if len(ref) != 14 || len(s) != 9 || s[8] != check(s[:8]) || strings.ContainsAny(s, "01IOLS5B8Z2UV") {
			t.Fatal(ref)
		}
	}
	// Every slip of one character and every exchange of neighbours shows.
	const s = "7K3F9QXT"
	for i := range len(s) {
		for j := range len(alphabet) {
			other := s[:i] + alphabet[j:j+1] + s[i+1:]
			if other != s && check(other) == check(s) {
				t.Errorf("%s and %s have one check character", s, other)
			}
		}
		if i > 0 {
			other := s[:i-1] + s[i:i+1] + s[i-1:i] + s[i+1:]
			if other != s && check(other) == check(s) {
				t.Errorf("%s and %s have one check character", s, other)
			}
		}
	}
	if _, err := reference(strings.NewReader("")); err == nil {
		t.Error("a reference came from no randomness")
	}
}

func TestOneAddressIsRefusedWhenItTakesAllTheRoom(t *testing.T) {
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
	clock := func() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, locale.Beijing()) }
	store, err := uploads.Open(t.TempDir(), clock, func() string { return "name" })
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Site: site, Uploads: store, Guard: guard.New(make([]byte, 32), clock), Now: clock, Random: rand.Reader, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
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
	for range 70 { // those that would wait have hung up already
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
