package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

// workers is how many texts the limit converts at once, on any machine.
const workers = 2

// frame is how much of a page is the same on all pages, about.
const frame = 1800

// limit does the least that any builder of a site from markdown must do: it
// reads every text below src, converts what follows the front matter, puts a
// constant frame around it, and writes it into a folder of its own below out.
func limit(src, out string) error {
	md := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.CJK))
	around := bytes.Repeat([]byte("<!-- frame -->\n"), frame/30)
	var files []string
	err := filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".md") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return err
	}
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			var page bytes.Buffer
			for i := w; i < len(files) && errs[w] == nil; i += workers {
				errs[w] = func() error {
					text, err := os.ReadFile(files[i])
					if err != nil {
						return err
					}
					if _, body, ok := bytes.Cut(text[min(4, len(text)):], []byte("\n---\n")); ok {
						text = body
					}
					page.Reset()
					page.Write(around)
					if err := md.Convert(text, &page); err != nil {
						return err
					}
					page.Write(around)
					rel, err := filepath.Rel(src, files[i])
					if err != nil {
						return err
					}
					dir := filepath.Join(out, strings.TrimSuffix(rel, ".md"))
					if err := os.MkdirAll(dir, 0o755); err != nil {
						return err
					}
					return os.WriteFile(filepath.Join(dir, "index.html"), page.Bytes(), 0o644)
				}()
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
