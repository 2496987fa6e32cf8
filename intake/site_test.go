package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"waijiao/internal/locale"
)

func TestTheSiteIsServed(t *testing.T) {
	h := open(t)
	for path, want := range map[string]struct {
		status      int
		body, other string // other is a header and its value
	}{
		"/":                    {200, "home zh", "Content-Type: text/html; charset=utf-8"},
		"/en/":                 {200, "home en", "Cache-Control: no-cache"},
		"/en":                  {301, "", "Location: /en/"},
		"/guides/x":            {301, "", "Location: /guides/x/"},
		"/guides/x?a=b":        {301, "", "Location: /guides/x/?a=b"},
		"/guides/x/":           {200, "guide", ""},
		"/assets/main-1.css":   {200, "body{}", "Cache-Control: public, max-age=31536000, immutable"},
		"/assets/main-1.css?x": {200, "body{}", "Content-Type: text/css; charset=utf-8"},
		"/assets/":             {404, "nothing here zh", ""},
		"/empty/":              {404, "nothing here zh", ""},
		"/en/empty":            {404, "nothing here en", "Content-Language: en"},
		"/empty/file.txt":      {200, "text", "Content-Type: text/plain; charset=utf-8"},
		"/.hidden/file.txt":    {404, "nothing here zh", ""},
		"/%2ehidden/file.txt":  {404, "nothing here zh", ""},
		"/%2e%2e/data/secret":  {301, "", "Location: /data/secret"}, // and nothing is there
		"/..%2fdata%2fsecret":  {301, "", "Location: /data/secret"},
		"/guides/x/%00":        {404, "nothing here zh", ""},
		"/nothing":             {404, "nothing here zh", ""},
		"/404.html":            {404, "nothing here zh", ""},
		"/forms/shell/":        {404, "nothing here zh", ""},
		"/data/secret":         {404, "nothing here zh", ""},
	} {
		a := h.get(path)
		name, value, _ := strings.Cut(want.other, ": ")
		if a.StatusCode != want.status || want.status != 301 && a.body != want.body || want.other != "" && a.Header.Get(name) != value {
			t.Errorf("%s: %d %q %v", path, a.StatusCode, a.body, a.Header)
		}
	}
	if a := h.get("//evil.example.org/guides/x"); strings.HasPrefix(a.Header.Get("Location"), "//") {
		t.Errorf("leads away: %s", a.Header.Get("Location"))
	}
	first := h.get("/guides/x/")
	if a := h.get("/guides/x/", "If-None-Match", first.Header.Get("ETag")); a.StatusCode != 304 || a.body != "" {
		t.Errorf("unchanged: %d", a.StatusCode)
	}
	if a := h.do(h.request("HEAD", page, nil)); a.StatusCode != 200 || a.body != "" {
		t.Errorf("HEAD: %d %q", a.StatusCode, a.body)
	}
	for path, allow := range map[string]string{"/guides/x/": "GET, HEAD", page: "GET, HEAD, POST"} {
		if a := h.do(h.request("PUT", path, nil)); a.StatusCode != 405 || a.Header.Get("Allow") != allow || !strings.Contains(a.body, "does not work that way") {
			t.Errorf("PUT %s: %d %s", path, a.StatusCode, a.Header.Get("Allow"))
		}
	}
}

func TestANewReleaseIsPickedUp(t *testing.T) {
	dir := t.TempDir()
	publish(t, filepath.Join(dir, "1"), definition)
	publish(t, filepath.Join(dir, "2"), strings.ReplaceAll(definition, "Sample request", "Second release"))
	write(t, filepath.Join(dir, "2", "guides/x/index.html"), "new")
	link := filepath.Join(dir, "public")
	if err := os.Symlink("1", link); err != nil {
		t.Fatal(err)
	}
	h := open(t, func(o *options) { o.Site = link })
	old := h.shown(page)
	before := h.get("/guides/x/")
	if err := os.Symlink("2", link+".new"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(link+".new", link); err != nil {
		t.Fatal(err)
	}
	after := h.get("/guides/x/", "If-None-Match", before.Header.Get("ETag"))
	if after.StatusCode != 200 || after.body != "new" {
		t.Errorf("%d %q", after.StatusCode, after.body)
	}
	if a := h.get("/en" + page); !strings.Contains(a.body, "Second release") {
		t.Error("the form is the old one")
	}
	a := h.send("/en"+page, good(old), letter())
	if a.StatusCode != 422 || !strings.Contains(a.body, "has changed since you opened it") || strings.Contains(a.body, `value="yes" checked`) {
		t.Errorf("%d\n%s", a.StatusCode, a.body)
	}
}

func TestPrefillTakesDeclaredFieldsOnly(t *testing.T) {
	h := open(t)
	a := h.get(page + "?school=%3Cb%3E&secret=told&_key=mine")
	if !strings.Contains(a.body, `value="&lt;b&gt;"`) || strings.Contains(a.body, "told") || strings.Contains(a.body, "mine") || a.Header.Get("Cache-Control") != "no-store" {
		t.Error(a.body)
	}
	if b := h.get(page); hidden(a.body).Get("_key") == hidden(b.body).Get("_key") {
		t.Error("two pages have one key")
	}
}

func (h *house) post(path, body string, headers ...string) (answer, map[string]any) {
	h.t.Helper()
	a := h.do(h.request("POST", path, strings.NewReader(body), append([]string{"Content-Type", "application/json"}, headers...)...))
	var out map[string]any
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		h.t.Fatalf("%d %s: %v", a.StatusCode, a.body, err)
	}
	return a, out
}

func TestPrograms(t *testing.T) {
	h := open(t, func(o *options) {
		publish(t, o.Site, strings.Replace(definition, "size: 100 KB}\n      - {name: papers", "size: 100 KB, optional: true}\n      - {name: papers", 1))
	})
	const body = `{"school": "示例学校", "contact": "Sample Teacher 001", "email": "sample@example.org", "consent": true}`
	a, out := h.post(page, body, "Idempotency-Key", `"8e03978e"`)
	ref, _ := out["reference"].(string)
	if a.StatusCode != 201 || !regexp.MustCompile(`^HZ-`).MatchString(ref) || !strings.HasPrefix(a.Header.Get("Location"), "/forms/receipt/") {
		t.Fatalf("%d %v", a.StatusCode, out)
	}
	if a, again := h.post(page, body, "Idempotency-Key", "8e03978e"); a.StatusCode != 201 || again["reference"] != ref {
		t.Errorf("again: %d %v", a.StatusCode, again)
	}
	h.mails(2)
	for name, c := range map[string]struct {
		path, body, key string
		status          int
		code, field     string
	}{
		"another content": {page, strings.Replace(body, "001", "002", 1), "8e03978e", 422, "idempotency-key-reused", ""},
		"faults":          {page, `{"school": "x", "email": "nonsense"}`, "", 422, "invalid-answers", "contact"},
		"unknown field":   {page, `{"skool": "x"}`, "", 422, "invalid-answers", "skool"},
		"no JSON":         {page, `{"school": `, "", 422, "invalid-answers", ""},
		"a bad key":       {page, body, strings.Repeat("x", 300), 400, "malformed", ""},
		"no such form":    {"/forms/nothing/", body, "", 404, "not-found", ""},
		"too large":       {page, `{"school": "` + strings.Repeat("x", 3<<20) + `"}`, "", 413, "too-large", ""},
	} {
		headers := []string{}
		if c.key != "" {
			headers = append(headers, "Idempotency-Key", c.key)
		}
		a, out := h.post(c.path, c.body, headers...)
		if a.StatusCode != c.status || a.Header.Get("Content-Type") != "application/problem+json" || out["code"] != c.code || out["type"] != "urn:waijiao:problem:"+c.code || out["detail"] == nil || out["status"] != float64(c.status) || out["title"] == "" {
			t.Errorf("%s: %d %s %v", name, a.StatusCode, a.Header.Get("Content-Type"), out)
		}
		if c.field != "" {
			first, _ := out["errors"].([]any)
			if len(first) == 0 || first[0].(map[string]any)["field"] != c.field {
				t.Errorf("%s: %v", name, out["errors"])
			}
		}
	}
	// All that is wrong is told at once.
	_, out = h.post(page, `{"skool": "x", "skool2": 1, "email": "nonsense", "consent": "no"}`)
	var told []string
	for _, e := range out["errors"].([]any) {
		fault := e.(map[string]any)
		told = append(told, fault["field"].(string)+" "+fault["code"].(string))
	}
	if got := strings.Join(told, ", "); got != "skool body, skool2 body, school missing, contact missing, email email, consent missing" {
		t.Errorf("faults: %s", got)
	}
	if a, out := h.post("/en"+page, `{}`); a.Header.Get("Content-Language") != "en" || !strings.Contains(out["title"].(string), "answers") {
		t.Errorf("language: %v", out)
	}
	if a, _ := h.post(page, body, "Origin", "https://evil.example.org"); a.StatusCode != 403 {
		t.Errorf("cross-site: %d", a.StatusCode)
	}
	h.mails(2)
	h.tidy()
}

func TestAnOutboxInTroubleKeepsWhatWasTyped(t *testing.T) {
	h := open(t)
	form := h.shown(page)
	// The database is damaged behind the program's back.
	db, err := sql.Open("sqlite", filepath.Join(h.data, "outbox.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("PRAGMA busy_timeout = 10000; DROP TABLE messages; DROP TABLE submissions"); err != nil {
		t.Fatal(err)
	}
	a := h.send(page, good(form), letter())
	if a.StatusCode != 503 || a.Header.Get("Retry-After") == "" || !strings.Contains(a.body, `value="示例学校"`) || !strings.Contains(a.body, "公函 最终.pdf") || !strings.Contains(a.body, "还没有提交成功") {
		t.Errorf("%d\n%s", a.StatusCode, a.body)
	}
}

func TestWhatWasAcceptedIsDeliveredAfterARestart(t *testing.T) {
	block := filepath.Join(t.TempDir(), "mail")
	if err := os.WriteFile(block, nil, 0o600); err != nil { // no folder can be here yet
		t.Fatal(err)
	}
	var o options
	h := open(t, func(p *options) { p.Maildir = block; o = *p })
	form := good(h.shown(page))
	a := h.send(page, form, letter())
	if a.StatusCode != 303 {
		t.Fatal(a.StatusCode)
	}
	if err := os.Remove(block); err != nil {
		t.Fatal(err)
	}
	h.stop()
	h.start(o)
	for range 1000 {
		if len(files(t, filepath.Join(block, "new"))) == 2 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := len(files(t, filepath.Join(block, "new"))); n != 2 {
		t.Errorf("%d mails", n)
	}
	// Keys, receipts and signatures hold over the restart.
	if b := h.send(page, form, letter()); b.Header.Get("Location") != a.Header.Get("Location") {
		t.Errorf("again: %d %s", b.StatusCode, b.Header.Get("Location"))
	}
}

func TestSecretsAreForTheOwnerAlone(t *testing.T) {
	h := open(t)
	h.send(page, with(h.shown(page)), letter())
	for _, f := range files(t, h.data) {
		info, err := os.Stat(filepath.Join(h.data, f))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", f, info.Mode(), err)
		}
	}
}

func TestOneFolderHasOneProgram(t *testing.T) {
	var o options
	h := open(t, func(p *options) { o = *p })
	first := hidden(h.send(page, with(h.shown(page)), letter()).body)
	// A request that the first program is still reading.
	unfinished := filepath.Join(h.data, "uploads", "requests", "unfinished")
	write(t, unfinished, "x")
	var wrong *usageError
	if err := Run(o); !errors.As(err, &wrong) || !strings.Contains(err.Error(), h.data) {
		t.Errorf("a second program: %v", err)
	}
	if _, err := os.Stat(unfinished); err != nil {
		t.Errorf("the second program tidied up behind the first: %v", err)
	}
	if a := h.send(page, good(first)); a.StatusCode != 303 {
		t.Errorf("the first program: %d", a.StatusCode)
	}
}

func TestWhoStandsBehindOurProxyIsNotSlowedDown(t *testing.T) {
	h := open(t)
	for range 80 {
		if a := h.do(h.request("POST", page, strings.NewReader(""), "Content-Type", "application/x-www-form-urlencoded")); a.StatusCode != 422 {
			t.Fatal(a.StatusCode)
		}
	}
}

func TestTheSendersAddress(t *testing.T) {
	for _, c := range []struct{ from, smtp, want string }{
		{"", "", "forms@www.example.org"},
		{"Office <a@example.org>", "smtp://localhost", "a@example.org"},
		{"", "smtps://forms%40example.org:pw@relay.example.org", "forms@example.org"},
		{"", "smtps://forms:pw@relay.example.org", ""},
	} {
		from, err := letterFlags{From: c.from}.sender("www.example.org", c.smtp)
		if from.Mailbox != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%+v: %v %v", c, from, err)
		}
	}
}

func TestItSaysWhatToOpenAndStopsWhenAsked(t *testing.T) {
	site := t.TempDir()
	publish(t, site, definition)
	ctx, stop := context.WithCancel(t.Context())
	var out bytes.Buffer
	o := plainly(site, t.TempDir(), "*=a@example.org")
	o.ctx, o.lang, o.out = ctx, locale.ZH, &out
	var opened *http.Response
	o.ready = func(addr string) {
		go func() {
			opened, _ = http.Get("http://" + addr + "/en/")
			stop()
		}()
	}
	if err := Run(o); err != nil {
		t.Fatal(err)
	}
	if opened == nil || opened.StatusCode != 200 {
		t.Fatal("not open")
	}
	opened.Body.Close()
	if !regexp.MustCompile(`中文  http://localhost:[0-9]+/\n`).MatchString(out.String()) {
		t.Error(out.String())
	}
}
