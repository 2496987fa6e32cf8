package uploads

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waijiao/intake/internal/seal"
)

const (
	helper   = "UPLOADS_TEST_FOLDER"
	marker   = "示例教师 001 / Sample Teacher 001 / known plaintext"
	fileName = "示例学校公函.pdf"
)

// The test program is also the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(helper); dir != "" {
		halfAnUpload(dir)
	}
	os.Exit(m.Run())
}

func halfAnUpload(dir string) {
	s, err := Open(dir, Config{Secret: make([]byte, 32), Now: time.Now, Name: func() string { return fmt.Sprint(time.Now().UnixNano()) }})
	if err != nil {
		panic(err)
	}
	b := s.Begin()
	f, err := b.Add("letter", fileName, strings.NewReader(pdfWith(marker)), 1<<20)
	if err != nil {
		panic(err)
	}
	if err := b.Keep("the page's key", f.ID); err != nil {
		panic(err)
	}
	n := 0
	b.Add("letter", fileName, readerFunc(func(p []byte) (int, error) {
		if n += len(p); n > 3<<20 {
			fmt.Println(f.ID)
			select {} // until the end
		}
		for i := 0; i < len(p); i += copy(p[i:], marker+"\n") {
		}
		return len(p), nil
	}), 1<<30)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// traces returns the files below the folders that hold one of the texts, or
// have it in their names.
func traces(t *testing.T, texts []string, dirs ...string) (found []string, bytesSeen int) {
	t.Helper()
	for _, dir := range dirs {
		if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			var content []byte
			if !d.IsDir() {
				if content, err = os.ReadFile(path); err != nil {
					return err
				}
			}
			bytesSeen += len(content)
			for _, text := range texts {
				if bytes.Contains(content, []byte(text)) || strings.Contains(d.Name(), text) {
					found = append(found, path)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return found, bytesSeen
}

func TestAKillInTheMiddleOfAnUploadShowsNothing(t *testing.T) {
	dir, tmp := filepath.Join(t.TempDir(), "uploads"), t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), helper+"="+dir, "TMPDIR="+tmp)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	id, err := bufio.NewReader(out).ReadString('\n')
	if kill := errors.Join(err, cmd.Process.Kill()); kill != nil {
		t.Fatal(kill)
	}
	cmd.Wait()
	id = strings.TrimSpace(id)

	texts := []string{marker[:12], "Sample Teacher", "%PDF-", fileName, "公函", "letter", "AGE-SECRET-KEY", "the page's key"}
	found, size := traces(t, texts, dir, tmp)
	if len(found) > 0 {
		t.Errorf("in the clear: %v", found)
	}
	if size < 2<<20 {
		t.Errorf("only %d bytes were on the disk when the process was killed", size)
	}
	// What looks for them would find them.
	for _, text := range texts {
		planted := t.TempDir()
		for i, write := range []func() error{
			func() error { return os.WriteFile(filepath.Join(planted, "x"), []byte("xx"+text+"xx"), 0o600) },
			func() error { return os.WriteFile(filepath.Join(planted, "x"+text), nil, 0o600) },
		} {
			if err := write(); err != nil {
				t.Fatal(err)
			}
			if found, _ := traces(t, texts, dir, planted); len(found) < i+1 {
				t.Errorf("%q was planted and not found", text)
			}
		}
	}

	s, err := Open(dir, Config{Secret: make([]byte, 32), Now: time.Now, Name: func() string { return "x" }})
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(s.requests()); err != nil || len(left) > 0 {
		t.Errorf("left from the killed process: %v %v", left, err)
	}
	kept, err := s.Find("the page's key", id)
	if err != nil || kept.Name != fileName || kept.Type != pdfType {
		t.Fatalf("%+v %v", kept, err)
	}
	if data, err := kept.Read(); err != nil || string(data) != pdfWith(marker) {
		t.Errorf("%q %v", data, err)
	}
}

func TestOnlyThePageOpensItsFiles(t *testing.T) {
	p := open(t)
	b := p.Begin()
	content := pdfWith(strings.Repeat("x", 200<<10))
	var ids []string
	for range 2 {
		f, err := b.Add("letter", fileName, strings.NewReader(content), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Keep("key", f.ID); err != nil {
			t.Fatal(err)
		}
		if err := b.Keep("key", f.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("kept twice: %v", err)
		}
		ids = append(ids, f.ID)
	}
	f, err := p.Find("key", ids[0])
	if err != nil {
		t.Fatal(err)
	}
	in, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(in); err != nil || string(data) != content {
		t.Errorf("%d bytes %v", len(data), err)
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	stranger, err := Open(p.dir, Config{Secret: []byte("another server's secret, 32 byte"), Now: func() time.Time { return p.now }, Name: func() string { return "x" }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Find("key", ids[0]); !errors.Is(err, ErrNotFound) {
		t.Errorf("another server: %v", err)
	}

	// A page that got another's folder and notes can do nothing with them.
	mine, err := p.page("key")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := p.page("other key")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(theirs, os.DirFS(mine)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Find("other key", ids[0]); !errors.Is(err, ErrNotFound) {
		t.Errorf("another page: %v", err)
	}

	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(mine, name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	first, second, note := read(ids[0]), read(ids[1]), read(ids[0]+noteEnding)
	for name, c := range map[string]struct{ file, note []byte }{
		"as it was":             {first, note},
		"a byte at the end":     {flipped(first, len(first)-1), note},
		"a byte of its key":     {flipped(first, 60), note},
		"cut off":               {first[:len(first)/2], note},
		"empty":                 {nil, note},
		"the other file":        {second, note},
		"the other note":        {first, read(ids[1] + noteEnding)},
		"a later time":          {first, flipped(note, 8)},
		"a byte of the note":    {first, flipped(note, len(note)-1)},
		"half of the note":      {first, note[:20]},
		"an empty note":         {first, nil},
		"a note as it once was": {first, []byte(`{"id":"name2"}`)},
	} {
		for n, b := range map[string][]byte{ids[0]: c.file, ids[0] + noteEnding: c.note} {
			if err := os.WriteFile(filepath.Join(mine, n), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := p.Find("key", ids[0]); (name == "as it was") != (err == nil) || err != nil && !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for n, b := range map[string][]byte{ids[0]: flipped(first, 70_000), ids[0] + noteEnding: note} {
		if err := os.WriteFile(filepath.Join(mine, n), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err = p.Find("key", ids[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Read(); !errors.Is(err, seal.ErrDamaged) {
		t.Errorf("a byte in the middle: %v", err)
	}
}

func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

func TestUploadsCannotFillTheDisk(t *testing.T) {
	p := open(t)
	p.total, p.perPage = 1<<20, 300<<10
	p.reopen(t)
	file := func() io.Reader { return strings.NewReader(strings.Repeat("x", 100<<10)) }
	add := func(b *Batch) (File, error) { return b.Add("letter", "x", file(), 1<<20) }

	b := p.Begin()
	var last error
	n := 0
	for ; last == nil && n < 100; n++ {
		_, last = add(b)
	}
	if !errors.Is(last, ErrFull) || n < 9 || n > 10 {
		t.Fatalf("after %d files of 100 KB: %v", n, last)
	}
	// A stream without end is stopped while it streams.
	endless := readerFunc(func(p []byte) (int, error) { return len(p), nil })
	if _, err := p.Begin().Add("letter", "x", endless, 1<<40); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
	if err := errors.Join(b.End(), b.End()); err != nil {
		t.Fatal(err)
	}
	if p.room.used != 0 {
		t.Fatalf("%d bytes are still counted", p.room.used)
	}

	b = p.Begin()
	var kept []File
	for i := range 3 {
		f, err := add(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Keep("key", f.ID); (i < 2) != (err == nil) || err != nil && !errors.Is(err, ErrFull) {
			t.Errorf("file %d of a page: %v", i, err)
		}
		kept = append(kept, f)
	}
	if err := b.End(); err != nil {
		t.Fatal(err)
	}
	used := p.room.used
	if used < 200<<10 || used > 230<<10 {
		t.Errorf("%d bytes are counted", used)
	}
	p.reopen(t)
	if p.room.used != used {
		t.Errorf("%d bytes after a restart, %d before", p.room.used, used)
	}
	if err := p.Remove("key", kept[0].ID); err != nil || p.room.used != used/2 {
		t.Errorf("%d bytes are counted for one file: %v", p.room.used, err)
	}
	if err := p.Forget("key"); err != nil || p.room.used != 0 {
		t.Errorf("%d bytes are counted for none: %v", p.room.used, err)
	}
	b = p.Begin()
	f, err := add(b)
	if err := errors.Join(err, b.Keep("key", f.ID), b.End()); err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(2 * time.Hour)
	if err := p.Sweep(); err != nil || p.room.used != 0 {
		t.Errorf("%d bytes are counted after the sweep: %v", p.room.used, err)
	}
	// Tiny files cost what the disk gives for them.
	b = p.Begin()
	for n, last = 0, nil; last == nil && n < 1000; n++ {
		_, last = b.Add("letter", "x", strings.NewReader("x"), 1)
	}
	if !errors.Is(last, ErrFull) || n > 200 {
		t.Errorf("%d files of one byte: %v", n, last)
	}
}
