package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// zipped makes a ZIP file of the entries, one behind the other.
func zipped(t *testing.T, entries ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i+1 < len(entries); i += 2 {
		e, err := w.Create(entries[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(e, entries[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const (
	contentTypes = `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
	relations    = `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`
	document     = `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body/></w:document>`
)

func TestNoFileIsMoreThanOneThing(t *testing.T) {
	h := open(t)
	plain := []string{"[Content_Types].xml", contentTypes, "_rels/.rels", relations, "word/document.xml", document}
	bomb := strings.Repeat("\x00", 40<<20)
	names := make([]string, 0, 20_000)
	for i := range 1_000 {
		names = append(names, fmt.Sprintf("word/%d.xml", i), "")
	}
	for name, c := range map[string]struct {
		upload
		status int
	}{
		"a plain document":        {upload{"papers", "a.docx", "", zipped(t, plain...)}, 303},
		"a bomb":                  {upload{"papers", "a.docx", "", zipped(t, append(plain, "word/media.bin", bomb)...)}, 422},
		"a bomb as the document":  {upload{"papers", "a.docx", "", zipped(t, "[Content_Types].xml", contentTypes, "_rels/.rels", relations, "word/document.xml", bomb)}, 422},
		"a bomb as the contents":  {upload{"papers", "a.docx", "", zipped(t, "[Content_Types].xml", bomb, "word/document.xml", document)}, 422},
		"very many entries":       {upload{"papers", "a.docx", "", zipped(t, append(plain, names...)...)}, 422},
		"a macro":                 {upload{"papers", "a.docx", "", zipped(t, append(plain, "word/vbaProject.bin", "x")...)}, 422},
		"a macro in capitals":     {upload{"papers", "a.docx", "", zipped(t, append(plain, "word/VBAPROJECT.BIN", "x")...)}, 422},
		"a path out of the ZIP":   {upload{"papers", "a.docx", "", zipped(t, append(plain, "../../../x", "x")...)}, 422},
		"two entries of one name": {upload{"papers", "a.docx", "", zipped(t, append(plain, "word/document.xml", "x")...)}, 422},
		"a ZIP that is none":      {upload{"papers", "a.docx", "", "PK\x03\x04" + strings.Repeat("x", 1000)}, 422},
		"GIF and PDF":             {upload{"papers", "a.pdf", "", "GIF89a\x01\x00\x01\x00\x00\x00\x00" + pdf}, 422},
		"PDF and ZIP":             {upload{"papers", "a.pdf", "", pdf + zipped(t, plain...)}, 422},
		"program and PDF":         {upload{"papers", "a.pdf", "", "MZ\x90\x00" + strings.Repeat("\x00", 60) + pdf}, 422},
		"page and PDF":            {upload{"papers", "a.pdf", "", "<!DOCTYPE html><script>alert(1)</script>" + pdf}, 422},
		"a program called PDF":    {upload{"papers", "a.pdf", "application/pdf", "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 100)}, 422},
		"a page called PDF":       {upload{"papers", "a.pdf", "application/pdf", "<html><script>alert(1)</script>"}, 422},
		"a PDF called a program":  {upload{"papers", "a.exe", "application/pdf", pdf}, 422},
	} {
		t.Run(name, func(t *testing.T) {
			values := good(nil)
			values.Set("email", strings.ReplaceAll(name, " ", ".")+"@example.org")
			a := h.send(page, values, letter(), c.upload)
			if a.StatusCode != c.status {
				t.Errorf("%d\n%s", a.StatusCode, a.body)
			}
			if left := files(t, filepath.Join(h.data, "uploads", "requests")); len(left) > 0 {
				t.Errorf("%v stayed behind", left)
			}
		})
	}
}

// endless writes a body for as long as the server takes it, and returns the
// status and how much was taken.
func (h *house) endless(head string, piece []byte) (status int, taken int64) {
	h.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(h.base, "http://"))
	if err != nil {
		h.t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(2 * time.Minute)) // against a test that hangs
	io.WriteString(c, head)
	done := make(chan int, 1)
	go func() {
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			done <- 0
			return
		}
		done <- res.StatusCode
	}()
	chunk := fmt.Appendf(nil, "%x\r\n%s\r\n", len(piece), piece)
	for {
		select {
		case status := <-done:
			return status, taken
		default:
		}
		n, err := c.Write(chunk)
		taken += int64(n)
		if err != nil {
			return <-done, taken
		}
	}
}

func TestABodyWithoutEndIsEnded(t *testing.T) {
	h := open(t)
	post := "POST " + page + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: "
	part := "\r\n--b\r\nContent-Disposition: form-data; name=\"%s\"%s\r\n\r\n"
	begin := func(name, more string) string {
		p := fmt.Sprintf(part, name, more)
		return fmt.Sprintf("%x\r\n%s\r\n", len(p), p)
	}
	filler := bytes.Repeat([]byte("x"), 64<<10)
	const most = 70 << 20 // what is read of files that are too large, and what is on the way
	for name, c := range map[string]struct {
		head  string
		piece []byte
		most  int64
	}{
		"values":            {post + "application/x-www-form-urlencoded\r\n\r\n", filler, 16 << 20},
		"JSON":              {post + "application/json\r\n\r\n", filler, 16 << 20},
		"a preamble":        {post + "multipart/form-data; boundary=b\r\n\r\n", filler, 16 << 20},
		"one value":         {post + "multipart/form-data; boundary=b\r\n\r\n" + begin("school", ""), filler, 16 << 20},
		"one file":          {post + "multipart/form-data; boundary=b\r\n\r\n" + begin("letter", `; filename="a.pdf"`), filler, most + 16<<20},
		"an unknown file":   {post + "multipart/form-data; boundary=b\r\n\r\n" + begin("other", `; filename="a.pdf"`), filler, most + 16<<20},
		"a header":          {post + "multipart/form-data; boundary=b\r\n\r\n" + "7\r\n--b\r\nX:\r\n", filler, 16 << 20},
		"empty parts":       {post + "multipart/form-data; boundary=b\r\n\r\n", []byte(strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\r\n", 100)), 16 << 20},
		"another kind":      {post + "text/plain\r\n\r\n", filler, 16 << 20},
		"to no form":        {strings.Replace(post, page, "/forms/nothing/", 1) + "application/json\r\n\r\n", filler, 16 << 20},
		"to no page":        {strings.Replace(post, page, "/nothing/", 1) + "application/json\r\n\r\n", filler, 16 << 20},
		"to the status":     {strings.Replace(post, page, "/forms/status/", 1) + "application/x-www-form-urlencoded\r\n\r\n", filler, 16 << 20},
		"to a false link":   {strings.Replace(post, page, "/forms/office/HZ-1.x/", 1) + "application/x-www-form-urlencoded\r\n\r\n", filler, 16 << 20},
		"from another site": {strings.Replace(post, "Host: x", "Host: x\r\nSec-Fetch-Site: cross-site", 1) + "application/json\r\n\r\n", filler, 16 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			status, taken := h.endless(c.head, c.piece)
			// 0 is a connection that was reset before the answer was read.
			if status != 0 && status < 400 || status >= 500 || taken > c.most {
				t.Errorf("%d after %d bytes", status, taken)
			}
		})
	}
	if a := h.send(page, good(h.shown(page)), letter()); a.StatusCode != 303 {
		t.Errorf("the others: %d", a.StatusCode)
	}
	h.tidy()
}

func TestHeadersThatSayTwoThings(t *testing.T) {
	h := open(t)
	const post = "POST " + page + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	const body = `{"school": "x"}` // is refused as incomplete
	length := fmt.Sprintf("Content-Length: %d\r\n", len(body))
	for name, c := range map[string]struct {
		head string
		want string
	}{
		"one length":           {post + "Content-Type: application/json\r\n" + length, "422"},
		"two lengths":          {post + "Content-Type: application/json\r\n" + length + "Content-Length: 1\r\n", "400"},
		"a length and a sign":  {post + "Content-Type: application/json\r\nContent-Length: +15\r\n", "400"},
		"a length below zero":  {post + "Content-Type: application/json\r\nContent-Length: -1\r\n", "400"},
		"two encodings":        {post + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "400 501"},
		"an unknown encoding":  {post + "Content-Type: application/json\r\nTransfer-Encoding: gzip, chunked\r\n", "400 501"},
		"two types":            {post + "Content-Type: application/json\r\nContent-Type: text/plain\r\n" + length, "422 415"},
		"two other types":      {post + "Content-Type: text/plain\r\nContent-Type: application/json\r\n" + length, "422 415"},
		"no host":              {strings.Replace(post, "Host: x\r\n", "", 1) + length, "400"},
		"two hosts":            {post + "Host: y\r\n" + length, "400"},
		"a space in a name":    {post + "Content-Type : application/json\r\n" + length, "400"},
		"a folded line":        {post + "Content-Type: application/json\r\n X: y\r\n" + length, "400 415 422"},
		"headers without end":  {post + "X: " + strings.Repeat("x", 100<<10) + "\r\n", "431"},
		"very many headers":    {post + strings.Repeat("X-A: b\r\n", 10_000), "431"},
		"a very long address":  {"GET /" + strings.Repeat("x", 100<<10) + " HTTP/1.1\r\nHost: x\r\n", "431 414"},
		"a method of any name": {"BREW " + page + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", "405 501"},
		"another protocol":     {"GET / HTTP/9.9\r\nHost: x\r\n", "505"},
		"a proxy's request":    {"CONNECT evil.example.org:443 HTTP/1.1\r\nHost: evil.example.org\r\n", "301 400 404 405"},
	} {
		t.Run(name, func(t *testing.T) {
			a, ok := h.dial(c.head + "\r\n" + body)
			if !ok || !strings.Contains(c.want, fmt.Sprint(a.StatusCode)) {
				t.Errorf("%v, want %s", a.Response, c.want)
			}
		})
	}
}
