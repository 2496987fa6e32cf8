package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waijiao/generator/internal/check"
	"waijiao/generator/internal/load"
)

// What is measured must be a site that could be published, of the size that is
// claimed, and the same every time.
func TestTheCorpusIsSound(t *testing.T) {
	const n = 60
	a, b := t.TempDir(), t.TempDir()
	for _, dir := range []string{a, b} {
		if err := os.CopyFS(dir, os.DirFS("../../content")); err != nil {
			t.Fatal(err)
		}
		if err := write(dir, n); err != nil {
			t.Fatal(err)
		}
	}
	s, list, err := load.Load(os.DirFS(a), load.Options{Now: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	list = append(list, check.Run(s, check.Options{Content: os.DirFS(a)})...)
	for _, p := range list {
		if strings.Contains(p.File, "/bench-") {
			t.Errorf("%s: %s", p.Place(), p.Message.EN)
		}
	}
	texts := 0
	err = filepath.WalkDir(a, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.Contains(path, "/bench-") || d.IsDir() {
			return err
		}
		texts++
		one, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if len(one) < 3000 || len(one) > 5*1024 {
			t.Errorf("%s has %d bytes", path, len(one))
		}
		two, err := os.ReadFile(filepath.Join(b, strings.TrimPrefix(path, a)))
		if string(one) != string(two) {
			t.Errorf("%s is not the same twice", path)
		}
		return err
	})
	if err != nil || texts != 2*n {
		t.Errorf("%d texts, %v", texts, err)
	}
}
