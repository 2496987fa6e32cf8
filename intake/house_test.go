package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
	"waijiao/internal/form"
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
      - {name: school, type: text, label: {zh: 学校名称, en: School}, role: subject, prefill: true}
      - {name: secret, type: text, label: {zh: 不可预填, en: Not prefilled}, optional: true}
      - {name: contact, type: text, label: {zh: 联系人, en: Contact}, role: name}
      - {name: email, type: email, label: {zh: 邮箱, en: E-mail}, role: email}
      - {name: letter, type: file, label: {zh: 公函, en: Letter}, accept: [pdf], size: 100 KB}
      - {name: papers, type: file, label: {zh: 材料, en: Papers}, accept: [pdf, docx, png], size: 100 KB, files: 2, optional: true}
      - name: consent
        type: consent
        label: {zh: 同意, en: I agree}
        version: 2026-01
`

const page = "/forms/sample-request/"

// house is the whole program on a small published site.
type house struct {
	t                *testing.T
	site, data, base string
	temp             string
	client           *http.Client
	stop             func() // ends the program as a signal does

	mu  sync.Mutex
	now time.Time
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
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

func publish(t *testing.T, dir, src string) *form.Form {
	t.Helper()
	f, problems := form.Parse("forms/sample-request.yaml", []byte(src), form.Env{SiteName: locale.T("示例网", "Sample Network"), Office: locale.T("示例中心", "Sample Centre"), MailLimit: 10 << 20})
	if len(problems) > 0 {
		var b strings.Builder
		problems.Write(&b, locale.EN)
		t.Fatal(b.String())
	}
	encoded, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "forms/sample-request/form.json"), string(encoded))
	for _, l := range locale.Langs() {
		var drawn bytes.Buffer
		if err := f.Draw(&drawn, form.View{Lang: l, Action: l.Path(page)}); err != nil {
			t.Fatal(err)
		}
		frame := func(main string) string {
			return `<!DOCTYPE html><html lang="` + l.Tag() + `"><head>` + shell.Mark(shell.Title, "<title>x</title>") + `</head><body><a href="` + l.Other().Path("/forms/shell/") + `">switch</a><main>` + main + `</main></body></html>`
		}
		write(t, filepath.Join(dir, l.Path(page), "index.html"), frame("<h1>"+f.Title.In(l)+"</h1>"+shell.Mark(shell.Form, drawn.String())))
		write(t, filepath.Join(dir, l.Path("/forms/shell/index.html")), frame(shell.Mark(shell.Main, "")))
		write(t, filepath.Join(dir, l.Path("/index.html")), "home "+string(l))
		write(t, filepath.Join(dir, l.Path("/404.html")), "nothing here "+string(l))
	}
	write(t, filepath.Join(dir, "assets/main-1.css"), "body{}")
	write(t, filepath.Join(dir, "guides/x/index.html"), "guide")
	write(t, filepath.Join(dir, "empty/file.txt"), "text")
	write(t, filepath.Join(dir, ".hidden/file.txt"), "hidden")
	return f
}

// open starts the program on port 0 and stops it, gracefully, at the end.
func open(t *testing.T, change ...func(*options)) *house {
	t.Helper()
	dir := t.TempDir()
	h := &house{t: t, site: filepath.Join(dir, "site"), data: filepath.Join(dir, "data"), temp: filepath.Join(dir, "tmp"), now: time.Date(2026, 3, 1, 9, 0, 0, 0, locale.Beijing())}
	if err := os.Mkdir(h.temp, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", h.temp) // whatever wrote to the system's temporary folder would be seen
	publish(t, h.site, definition)
	o := plainly(h.site, h.data, "sample-request=officer@example.org")
	o.From, o.now = "forms@example.org", h.clock
	for _, c := range change {
		c(&o)
	}
	h.start(o)
	return h
}

// plainly are the options with which the program starts when no flag is given
// but those that must be.
func plainly(site, data, to string) options {
	return options{serveCommand{storeFlags: storeFlags{Data: data}, letterFlags: letterFlags{To: []string{to}}, relayFlags: relayFlags{GiveUp: 120 * time.Hour},
		Site: site, Addr: "127.0.0.1:0", Memory: 256},
		world{ctx: context.Background(), lang: locale.EN, out: io.Discard, errOut: io.Discard, getenv: func(string) string { return "" }, now: time.Now, random: rand.Reader,
			log: slog.New(slog.NewTextHandler(io.Discard, nil))}}
}

// box opens the store of the running program a second time, as the operator's
// commands do.
func (h *house) box(t *testing.T) outbox.Store {
	t.Helper()
	box, err := storeFlags{Data: h.data}.openStore(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return box
}

func (h *house) start(o options) {
	h.t.Helper()
	ready, ended := make(chan string, 1), make(chan error, 1)
	o.ready = func(addr string) { ready <- addr }
	var stop func()
	o.ctx, stop = context.WithCancel(context.Background())
	go func() { ended <- Run(o) }()
	select {
	case addr := <-ready:
		h.base = "http://" + addr
	case err := <-ended:
		stop()
		h.t.Fatal(err)
	}
	jar, _ := cookiejar.New(nil)
	h.client = &http.Client{Jar: jar, Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	h.stop = sync.OnceFunc(func() {
		stop()
		h.client.CloseIdleConnections()
		if err := <-ended; err != nil {
			h.t.Errorf("the program ended with %v", err)
		}
	})
	h.t.Cleanup(h.stop)
}

type answer struct {
	*http.Response
	body string
}

func (h *house) do(r *http.Request) answer {
	h.t.Helper()
	res, err := h.client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"} {
		if res.Header.Get(name) == "" {
			h.t.Errorf("%s %s: no %s", r.Method, r.URL.Path, name)
		}
	}
	return answer{res, string(b)}
}

func (h *house) request(method, path string, body io.Reader, headers ...string) *http.Request {
	h.t.Helper()
	r, err := http.NewRequest(method, h.base+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func (h *house) get(path string, headers ...string) answer {
	h.t.Helper()
	return h.do(h.request("GET", path, nil, headers...))
}

// upload is a file that is sent.
type upload struct{ field, name, claim, content string }

// browser fills in a page that it has been shown and sends it, as HTML says.
func (h *house) send(path string, values url.Values, files ...upload) answer {
	h.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, name := range slices.Sorted(keys(values)) {
		for _, v := range values[name] {
			if err := w.WriteField(name, v); err != nil {
				h.t.Fatal(err)
			}
		}
	}
	for _, f := range files {
		p, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + f.field + `"; filename="` + f.name + `"`}, "Content-Type": {f.claim}})
		if err != nil {
			h.t.Fatal(err)
		}
		io.WriteString(p, f.content)
	}
	w.Close()
	return h.do(h.request("POST", path, &b, "Content-Type", w.FormDataContentType(), "Origin", h.base, "Sec-Fetch-Site", "same-origin"))
}

func keys(v url.Values) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range v {
			if !yield(k) {
				return
			}
		}
	}
}

// hidden are the values that a page carries by itself.
func hidden(body string) url.Values {
	out := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`).FindAllStringSubmatch(body, -1) {
		out.Add(m[1], m[2])
	}
	return out
}

// shown opens the form's page and waits as long as a person would.
func (h *house) shown(path string) url.Values {
	h.t.Helper()
	a := h.get(path)
	if a.StatusCode != 200 {
		h.t.Fatalf("%s: %d", path, a.StatusCode)
	}
	h.wait(time.Minute)
	return hidden(a.body)
}

func with(page url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for k, v := range page {
		out[k] = slices.Clone(v)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Add(pairs[i], pairs[i+1])
	}
	return out
}

func good(page url.Values) url.Values {
	return with(page, "school", "示例学校", "contact", "示例教师 001", "email", "sample@example.org", "consent", "yes")
}

const pdf = "%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"

func letter() upload { return upload{"letter", "公函 最终.pdf", "application/pdf", pdf} }

// files lists what is below a folder.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, p)
			out = append(out, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// mails waits for n mails and returns them by recipient.
func (h *house) mails(n int) map[string]string {
	h.t.Helper()
	dir := filepath.Join(h.data, "mail", "new")
	for range 6000 {
		if len(files(h.t, dir)) >= n {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	out := map[string]string{}
	found := files(h.t, dir)
	for _, f := range found {
		b, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil {
			h.t.Fatal(err)
		}
		out[regexp.MustCompile(`(?m)^Delivered-To: (.*)$`).FindStringSubmatch(string(b))[1]+" "+f] = string(b)
	}
	if len(found) != n {
		h.t.Fatalf("%d mails, want %d", len(found), n)
	}
	return out
}

// tidy checks that no upload and no temporary file stays behind. What is
// removed after the answer may take a moment, and a mail that is being
// delivered passes through tmp: each place has to be seen empty, once.
func (h *house) tidy() {
	h.t.Helper()
	for what, dir := range map[string]string{
		"uploads": filepath.Join(h.data, "uploads"), "temporary files": h.temp, "mails in tmp": filepath.Join(h.data, "mail", "tmp"),
	} {
		left := files(h.t, dir)
		for tries := 0; len(left) > 0 && tries < 6000; tries++ {
			time.Sleep(5 * time.Millisecond)
			left = files(h.t, dir)
		}
		if len(left) > 0 {
			h.t.Errorf("%s stayed behind: %v", what, left)
		}
	}
}
