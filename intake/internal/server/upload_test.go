package server

import (
	"bytes"
	"crypto/rand"
	"mime/multipart"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waijiao/intake/internal/uploads"
)

// attach posts the form with a letter, as a page would.
func (b *bench) attach(t *testing.T, letter string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	m.WriteField("email", "sample@example.org")
	w, err := m.CreateFormFile("letter", "letter.pdf")
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(letter))
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/en/forms/x/", &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Accept", "application/json")
	answer := httptest.NewRecorder()
	b.ServeHTTP(answer, r)
	return answer
}

func TestAPersonReadsWhyAFileIsRefused(t *testing.T) {
	b := newBench(t)
	script := strings.Replace("%PDF-1.7\n%%EOF\n", "\n", "\n<</S/JavaScript>>\n", 1)
	a := b.attach(t, script)
	if a.Code != 422 || !strings.Contains(a.Body.String(), `"file-content"`) || !strings.Contains(a.Body.String(), uploads.Active.Text().EN) || !strings.Contains(a.Body.String(), "letter.pdf") {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	if a := b.attach(t, "plain text"); a.Code != 422 || !strings.Contains(a.Body.String(), `"file-type"`) {
		t.Errorf("%d %s", a.Code, a.Body)
	}
}

func TestAFullStoreOfUploadsIsTemporary(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	full, err := uploads.Open(dir, uploads.Config{Secret: make([]byte, 32), Now: time.Now, Name: rand.Text, Total: 4096})
	if err != nil {
		t.Fatal(err)
	}
	b.Uploads = full
	a := b.attach(t, "%PDF-1.7\n%%EOF\n")
	if a.Code != 503 || a.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v %s", a.Code, a.Header(), a.Body)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "requests")); err != nil || len(left) > 0 {
		t.Error(left, err)
	}
}
