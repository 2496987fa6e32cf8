package courier

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMaildir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var[", "mail") // no pattern, though it looks like one
	m := Maildir{Dir: dir, Host: "a/b:c"}
	p := Parcel{ID: "HZ-1-1", From: "forms@example.org", To: "officer@example.org", Body: []byte("Subject: x\r\n\r\nbody\r\n"), Created: time.Unix(1000, 0)}
	for range 2 { // again, as after a crash between filing and recording
		if err := m.Carry(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	found := files(t, dir)
	if len(found) != 1 || !strings.HasPrefix(found[0], "new/1000.HZ-1-1.") || strings.Count(found[0], "/") != 1 {
		t.Fatal(found)
	}
	b, err := os.ReadFile(filepath.Join(dir, found[0]))
	if err != nil || string(b) != "Return-Path: <forms@example.org>\nDelivered-To: officer@example.org\nSubject: x\n\nbody\n" {
		t.Errorf("%q %v", b, err)
	}
	if err := os.Rename(filepath.Join(dir, found[0]), filepath.Join(dir, "cur", strings.TrimPrefix(found[0], "new/")+":2,S")); err != nil {
		t.Fatal(err)
	}
	if err := m.Carry(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if found := files(t, dir); len(found) != 1 {
		t.Error(found)
	}
	if err := (Maildir{Dir: filepath.Join(dir, "cur", "x")}).Carry(t.Context(), p); err != nil {
		t.Error(err)
	}
	if err := (Maildir{Dir: "/dev/null/mail"}).Carry(t.Context(), p); verdictOf(err) != "blocked" {
		t.Errorf("no folder: %v", err)
	}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
