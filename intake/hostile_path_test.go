package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// dial speaks to the server as no library does: it writes the bytes as they
// are and reads one answer.
func (h *house) dial(text string) (answer, bool) {
	h.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(h.base, "http://"))
	if err != nil {
		h.t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute)) // against a test that hangs
	if _, err := io.WriteString(c, text); err != nil {
		h.t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return answer{}, false
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return answer{res, string(b)}, true
}

func TestNoAddressLeadsOutOfTheSite(t *testing.T) {
	h := open(t)
	secret, err := os.ReadFile(filepath.Join(h.data, "secret"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(h.data, "..", "outside", "index.html"), "outside")
	if err := os.Symlink(filepath.Join(h.data, "..", "outside"), filepath.Join(h.site, "link")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/../data/secret", "/%2e%2e/data/secret", "/..%2fdata%2fsecret", "/%2e%2e%2fdata%2fsecret", "/%252e%252e/data/secret", "/..\\data\\secret", "/..%5cdata%5csecret",
		"/forms/../../data/secret", "/forms/%2e%2e/", "/forms/%2e%2e/%2e%2e/data/secret", "/forms/..%2f..%2fdata/", "/forms/%2e/", "/forms//", "/forms/%00/", "/forms/sample-request%00/", "/forms/sample-request/%00",
		"/forms/sample-request%2f/", "/forms/sample-request/../../../data/secret", "/forms/SAMPLE-REQUEST/", "/forms/sample-request;x=y/", "/forms/%ff%fe/", "/forms/\u202e/",
		"/link/", "/link/index.html", "/en/../link/", "/assets/../../data/secret", "/.hidden/file.txt", "/%2ehidden/file.txt", "/en/%2e%2e/%2e%2e/data/secret", "//data/secret", "/./../data/secret",
		"/forms/" + strings.Repeat("a", 20_000) + "/", "/" + strings.Repeat("a/", 10_000), "/" + strings.Repeat("../", 5_000) + "data/secret", "/forms/receipt/../../../data/secret", "/forms/receipt/%2e%2e%2f%2e%2e/",
		"/forms/office/" + strings.Repeat("x", 20_000) + "/", "/forms/receipt/%00/", "/forms/receipt/HZ-%0d%0aSet-Cookie:x/", "/%0d%0aSet-Cookie:%20a=b", "/guides/x?%0d%0aSet-Cookie:a=b", "//evil.example.org/guides/x",
		"/\\evil.example.org/guides/x", "/%5cevil.example.org/", "/%2f%2fevil.example.org/", "http://evil.example.org/guides/x", "/guides/x%3f"} {
		for _, method := range []string{"GET", "POST"} {
			a, ok := h.dial(method + " " + path + " HTTP/1.1\r\nHost: evil.example.org\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			name := path[:min(len(path), 80)]
			if !ok {
				t.Errorf("%s %s: no answer", method, name)
				continue
			}
			if a.StatusCode == 200 || a.StatusCode >= 500 {
				t.Errorf("%s %s: %d", method, name, a.StatusCode)
			}
			if strings.Contains(a.body, string(secret)) || strings.Contains(a.body, "outside") || strings.Contains(a.body, "hidden") {
				t.Errorf("%s %s shows what is none of its business", method, name)
			}
			if to := a.Header.Get("Location"); to != "" && !regexp.MustCompile(`^/($|[^/\\])`).MatchString(to) && to != "/guides/x/" {
				t.Errorf("%s %s leads to %s", method, name, to)
			}
			if a.Header.Get("Set-Cookie") != "" || strings.Contains(a.body, "evil.example.org/guides") {
				t.Errorf("%s %s: %v", method, name, a.Header)
			}
		}
	}
}

func TestNoHostFromOutsideStandsInAMail(t *testing.T) {
	h := open(t)
	r := h.request("POST", page, strings.NewReader(good(nil).Encode()), "Content-Type", "application/x-www-form-urlencoded", "X-Forwarded-Host", "evil.example.org", "X-Forwarded-Proto", "gopher", "Forwarded", "host=evil.example.org")
	r.Host = "evil.example.org"
	h.do(r) // lacks its file
	var b bytes.Buffer
	fmt.Fprintf(&b, "--b\r\nContent-Disposition: form-data; name=\"letter\"; filename=\"a.pdf\"\r\n\r\n%s\r\n", pdf)
	for k, v := range good(nil) {
		fmt.Fprintf(&b, "--b\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", k, v[0])
	}
	b.WriteString("--b--\r\n")
	r = h.request("POST", page, &b, "Content-Type", "multipart/form-data; boundary=b", "X-Forwarded-Host", "evil.example.org")
	r.Host = "evil.example.org"
	a := h.do(r)
	if a.StatusCode != 303 || strings.Contains(a.Header.Get("Location"), "evil") {
		t.Fatalf("%d %s", a.StatusCode, a.Header.Get("Location"))
	}
	for _, m := range h.mails(2) {
		if strings.Contains(decoded(t, m), "evil") {
			t.Errorf("a mail leads away:\n%s", m)
		}
	}
}

func TestNoFileNameLeavesItsPlace(t *testing.T) {
	h := open(t)
	outside := filepath.Join(h.data, "..")
	before := strings.Join(files(t, outside), "\n")
	for i, name := range []string{"../../../x.pdf", `..\..\x.pdf`, "/etc/x.pdf", `C:\x.pdf`, `\\host\share\x.pdf`, ".", "..", "...", "", "x.pdf\x00.exe", "\x00", ".ssh/authorized_keys", ".bashrc", "a/", "-rf.pdf", "con.pdf", "x.pdf:stream",
		"$(id).pdf", "`id`.pdf", "a\nb.pdf", "\u202efdp.exe", strings.Repeat("../", 500) + "x.pdf", strings.Repeat("長", 2000) + ".pdf", "~root.pdf", "%2e%2e%2fx.pdf", "x.pdf.", " x.pdf ", "...pdf", ".ssh.pdf", "a\x00b.pdf", "a:b.pdf", "\u202efdp.exe.pdf", "x\u2028.pdf", "\xff.pdf"} {
		values := good(nil)
		values.Set("email", fmt.Sprintf("sample%d@example.org", i))
		a := h.raw(page, values, "letter", name, pdf)
		if !strings.HasSuffix(strings.TrimSpace(name), ".pdf") {
			if a.StatusCode != 422 {
				t.Errorf("%q, which does not end as a PDF does: %d", name, a.StatusCode)
			}
			continue
		}
		if a.StatusCode != 303 {
			t.Errorf("%q: %d", name, a.StatusCode)
			continue
		}
		receipt := h.get(a.Header.Get("Location"))
		ref := regexp.MustCompile(`HZ-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]`).FindString(receipt.body)
		to := filepath.Join(t.TempDir(), "opened")
		var out, trouble bytes.Buffer
		if code := command(context.Background(), []string{"open", ref, "--data", h.data, "--out", to}, func(string) string { return "" }, strings.NewReader(""), &out, &trouble); code != 0 {
			t.Errorf("%q cannot be opened: %s", name, trouble.String())
			continue
		}
		attached := 0
		for _, f := range files(t, filepath.Dir(to)) {
			if !strings.HasPrefix(f, "opened/"+ref+"/") || strings.ContainsAny(f, "\n\x00\u202e\\:") {
				t.Errorf("%q became %q", name, f)
			}
			if strings.HasPrefix(filepath.Base(f), "file-") {
				attached++
			}
		}
		if attached != 1 {
			t.Errorf("%q: %d files were attached", name, attached)
		}
	}
	for _, f := range files(t, outside) {
		if !strings.Contains(before, f) && !strings.HasPrefix(f, "data/") {
			t.Errorf("%s is new", f)
		}
	}
}
