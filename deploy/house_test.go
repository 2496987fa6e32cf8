// Package deploy_test tries the files of this folder with the programs that
// will read them: systemd's checker, nginx, Caddy, Prometheus, and a shell for
// the commands of docs/operators.md.
package deploy_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"waijiao/internal/form"
	"waijiao/internal/headers"
	"waijiao/internal/locale"
	"waijiao/internal/shell"
)

const definition = `audience: school
title: {zh: 示例申报, en: Sample request}
summary: {zh: 一份示例表单。, en: A sample form.}
next:
  - {zh: 三个工作日内答复。, en: We answer within three working days.}
submit: {zh: 提交, en: Send}
privacy: {zh: 只用于办理。, en: Used for this request only.}
sections:
  - title: {zh: 内容, en: Content}
    why: {zh: 用于测试。, en: For the tests.}
    fields:
      - {name: school, type: text, label: {zh: 学校名称, en: School}, role: subject}
      - {name: email, type: email, label: {zh: 邮箱, en: E-mail}, role: email}
      - {name: letter, type: file, label: {zh: 公函, en: Letter}, accept: [png], size: 5 MB, optional: true}
`

// publish writes a site of one form.
func publish(t *testing.T, dir string) {
	t.Helper()
	f, problems := form.Parse("forms/sample-request.yaml", []byte(definition), form.Env{SiteName: locale.T("示例网", "Sample Network"), Office: locale.T("示例中心", "Sample Centre"), MailLimit: 20 << 20})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	encoded, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "forms/sample-request/form.json"), string(encoded))
	for _, l := range locale.Langs() {
		at := l.Path("/forms/sample-request/")
		var drawn bytes.Buffer
		if err := f.Draw(&drawn, form.View{Lang: l, Action: at}); err != nil {
			t.Fatal(err)
		}
		frame := func(main string) string {
			return `<!DOCTYPE html><html lang="` + l.Tag() + `"><head>` + shell.Mark(shell.Title, "<title>x</title>") + `</head><body><main>` + main + `</main></body></html>`
		}
		write(t, filepath.Join(dir, at, "index.html"), frame(shell.Mark(shell.Form, drawn.String())))
		write(t, filepath.Join(dir, l.Path("/forms/shell/index.html")), frame(shell.Mark(shell.Main, "")))
		write(t, filepath.Join(dir, l.Path("/index.html")), "home "+string(l))
		write(t, filepath.Join(dir, l.Path("/404.html")), "nothing here "+string(l))
	}
	write(t, filepath.Join(dir, "guides/x/index.html"), "guide")
	write(t, filepath.Join(dir, "headers.nginx"), string(headers.Nginx()))
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// program finds what a Debian package installs. Where it is missing, the test
// that needs it is left out, and fails where nothing may be left out.
func program(t *testing.T, name, debian string) string {
	t.Helper()
	for _, at := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(at); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing: apt-get install %s", name, debian)
	}
	t.Skipf("%s is missing: apt-get install %s", name, debian)
	return ""
}

// TestMain builds the program once, and lets every test find it by its name.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "deploy-*")
	if err == nil {
		var out []byte
		if out, err = exec.Command("go", "build", "-o", filepath.Join(dir, "intake"), "waijiao/intake").CombinedOutput(); err != nil {
			err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, setting := range os.Environ() {
		name, _, _ := strings.Cut(setting, "=")
		if strings.HasPrefix(name, "INTAKE_") || slices.Contains([]string{"SMTP_URL", "MAIL_FROM", "LC_ALL", "LC_MESSAGES"}, name) {
			os.Unsetenv(name)
		}
	}
	os.Setenv("LANG", "en_GB.UTF-8")
	os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// freePort is a port of the loopback address that nobody used a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// start runs a program until the test ends, and waits until it listens. What it
// says goes into the file that is returned.
func start(t *testing.T, address string, cmd *exec.Cmd) (said string) {
	t.Helper()
	said = filepath.Join(t.TempDir(), "said")
	out, err := os.Create(said)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(time.Minute):
			cmd.Process.Kill()
			t.Errorf("%s did not end", cmd.Path)
		}
	})
	listening(t, address, ended, said)
	return said
}

func listening(t *testing.T, address string, ended <-chan error, said string) {
	t.Helper()
	for range 600 {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			return
		}
		select {
		case err := <-ended:
			t.Fatalf("it ended: %v\n%s", err, read(t, said))
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("nothing listens on %s\n%s", address, read(t, said))
}

// plain is a text that stands in the upload of every form that is sent.
const plain = "EXAMPLE PLAINTEXT OF AN UPLOAD"

// body is a form as a browser sends it, with a file of a million bytes in
// which the plaintext stands often, and with more fields and their values.
func body(t *testing.T, more ...string) (contentType string, b []byte) {
	t.Helper()
	var buf bytes.Buffer
	m := multipart.NewWriter(&buf)
	fields := append([]string{"school", "示例学校", "email", "sample@example.org"}, more...)
	for i := 0; i+1 < len(fields); i += 2 {
		if err := m.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	w, err := m.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="letter"; filename="letter.png"`}, "Content-Type": {"image/png"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(picture(strings.Repeat(plain, 1<<20/len(plain)))); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return m.FormDataContentType(), buf.Bytes()
}

// send posts the form and returns the answer's status and where it leads.
func send(t *testing.T, client *http.Client, base, key string, upload io.Reader, contentType string, header ...string) (int, string, string) {
	t.Helper()
	r, err := http.NewRequest("POST", base+"/en/forms/sample-request/", upload)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Idempotency-Key", key)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location"), string(b)
}

// holds tells whether any file below the folder holds the text.
func holds(t *testing.T, dir, text string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return nil // gone meanwhile
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if bytes.Contains(b, []byte(text)) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// replaced is a text with other words, each of which has to stand in it.
func replaced(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%q does not stand in the file", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// ran runs a command that has to succeed.
func ran(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(append([]string{name}, args...), " "), err, out)
	}
	return string(out)
}

// served runs intake on a site of one form and returns its address and data.
func served(t *testing.T, flags ...string) (address, data string) {
	t.Helper()
	dir := t.TempDir()
	publish(t, filepath.Join(dir, "site"))
	address, data = "127.0.0.1:"+freePort(t), filepath.Join(dir, "data")
	cmd := exec.Command("intake", append([]string{"serve", "--site", filepath.Join(dir, "site"), "--data", data, "--addr", address, "--to", "*=office@example.org", "--lang", "en"}, flags...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	said := start(t, address, cmd)
	t.Cleanup(func() {
		if t.Failed() {
			fmt.Println(read(t, said))
		}
	})
	return address, data
}
