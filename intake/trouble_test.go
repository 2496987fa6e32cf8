package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestADiskInTroubleKeepsWhatWasTyped(t *testing.T) {
	h := open(t)
	form := h.shown(page)
	requests := filepath.Join(h.data, "uploads", "requests")
	if err := os.RemoveAll(requests); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(requests, nil, 0o600); err != nil { // no folder can be here now
		t.Fatal(err)
	}
	a := h.send(page, good(form), letter())
	if a.StatusCode != 503 || !strings.Contains(a.body, `value="示例学校"`) || !strings.Contains(a.body, "还没有提交成功") || a.Header.Get("Retry-After") == "" {
		t.Errorf("%d\n%s", a.StatusCode, a.body)
	}
	if err := os.Remove(requests); err != nil {
		t.Fatal(err)
	}
	if b := h.send(page, good(hidden(a.body)), letter()); b.StatusCode != http.StatusSeeOther {
		t.Errorf("once more: %d\n%s", b.StatusCode, b.body)
	}
	h.mails(2)
}

func TestGoodFilesAreKeptBesideBadOnes(t *testing.T) {
	h := open(t)
	a := h.send(page, good(h.shown(page)), letter(), upload{"papers", "good.pdf", "", pdf}, upload{"papers", "bad.pdf", "", "no pdf"})
	next := hidden(a.body)
	if a.StatusCode != 422 || len(next["_file.papers"]) != 1 || !strings.Contains(a.body, ">good.pdf<") || strings.Contains(a.body, ">bad.pdf<") {
		t.Fatalf("%d %v\n%s", a.StatusCode, next, a.body)
	}
	if b := h.send(page, good(next)); b.StatusCode != http.StatusSeeOther {
		t.Errorf("once more: %d\n%s", b.StatusCode, b.body)
	}
	for to, m := range h.mails(2) {
		if strings.HasPrefix(to, "officer") && !strings.Contains(m, "good.pdf") {
			t.Errorf("the office's mail:\n%s", m)
		}
	}
	h.tidy()
}

func TestAnswersBehindAForgottenConditionAreKept(t *testing.T) {
	h := open(t)
	publish(t, h.site, definition+`
  - title: {zh: 条件, en: Condition}
    why: {zh: 用于测试。, en: For the tests.}
    fields:
      - {name: kind, type: choice, label: {zh: 方式, en: Kind}, choices: [{value: alone, zh: 单独, en: Alone}, {value: shared, zh: 共享, en: Shared}]}
      - {name: zone, type: text, label: {zh: 片区, en: Zone}, when: {field: kind, is: [shared]}}
      - {name: list, type: file, label: {zh: 名单, en: List}, accept: [pdf], size: 1 KB, when: {field: kind, is: [shared]}}
`)
	list := upload{"list", "名单.pdf", "", pdf}
	a := h.send(page, with(good(h.shown(page)), "zone", "示例片区"), letter(), list)
	next := hidden(a.body)
	if a.StatusCode != 422 || !strings.Contains(a.body, `value="示例片区"`) || next.Get("_file.list") == "" {
		t.Fatalf("%d %v\n%s", a.StatusCode, next, a.body)
	}
	// What is not asked is not judged either, and does not go into the mail.
	bad := upload{"list", "名单.pdf", "", "no pdf"}
	if b := h.send(page, with(good(h.shown(page)), "zone", "示例片区"), bad); b.StatusCode != 422 || strings.Contains(b.body, "名单") && hidden(b.body).Get("_file.list") != "" {
		t.Errorf("%d\n%s", b.StatusCode, b.body)
	}
	if b := h.send(page, with(good(next), "zone", "示例片区", "kind", "alone")); b.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", b.StatusCode, b.body)
	}
	for _, m := range h.mails(2) {
		if strings.Contains(m, "%E5%90%8D%E5%8D%95.pdf") { // 名单.pdf
			t.Errorf("a file that was not asked for:\n%s", m)
		}
	}
	h.tidy()
}

func TestFileNamesAreShortened(t *testing.T) {
	h := open(t)
	long := upload{"letter", strings.Repeat("长", 3000) + " 终稿.pdf", "", pdf}
	a := h.send(page, with(h.shown(page)), long)
	if a.StatusCode != 422 || strings.Contains(a.body, strings.Repeat("长", 256)) || !strings.Contains(a.body, "… 终稿.pdf") && !strings.Contains(a.body, "长 终稿.pdf") {
		t.Fatalf("%d\n%s", a.StatusCode, a.body)
	}
	if b := h.send(page, good(hidden(a.body))); b.StatusCode != http.StatusSeeOther {
		t.Errorf("once more: %d\n%s", b.StatusCode, b.body)
	}
	// Names count as what was typed does.
	huge := upload{"papers", strings.Repeat("x", 3<<20) + ".pdf", "", pdf}
	if b := h.send(page, good(h.shown(page)), letter(), huge); b.StatusCode != 413 {
		t.Errorf("a name of three megabytes: %d", b.StatusCode)
	}
	h.mails(2)
	h.tidy()
}

func TestRefusalsLeadBackToThisSite(t *testing.T) {
	h := open(t)
	write(t, filepath.Join(h.site, "robots.txt"), "x")
	foreign := []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example.org", "Content-Type", "application/x-www-form-urlencoded"}
	for path, c := range map[string]struct {
		status int
		link   string
	}{
		"//evil.example.org/x/": {403, `href="/">返回首页`},
		"/nothing/":             {403, `href="/">返回首页`},
		"/en/nothing/":          {403, `href="/en/">Back to the home page`},
		page:                    {403, `href="` + page + `">返回表单`},
		"/en" + page:            {403, `href="/en` + page + `">Back to the form`},
		"/guides/x/":            {403, `href="/guides/x/">返回页面`},
		"/robots.txt":           {403, `href="/">返回首页`},
		"/forms/receipt/abc/":   {403, `href="/">返回首页`},
	} {
		r := h.request("POST", "/", strings.NewReader("a=b"), foreign...)
		r.URL.Path = path
		a := h.do(r)
		if a.StatusCode != c.status || !strings.Contains(a.body, c.link) || strings.Contains(a.body, "evil") {
			t.Errorf("%s: %d\n%s", path, a.StatusCode, a.body)
		}
	}
	for _, path := range []string{"/forms/shell/", "/forms/shell", "/forms/shell/index.html", "/en/forms/shell/index.html", "/404.html", "/en/404.html"} {
		if a := h.get(path); a.StatusCode != 404 && a.StatusCode != 301 || a.StatusCode == 301 && h.get(a.Header.Get("Location")).StatusCode != 404 {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	if a := h.do(h.request("POST", page, strings.NewReader("{}"), "Content-Type", "Application/JSON; charset=utf-8")); !strings.HasPrefix(a.Header.Get("Content-Type"), "application/problem+json") {
		t.Errorf("a media type in capitals: %s", a.Header.Get("Content-Type"))
	}
}
