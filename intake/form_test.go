package main

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"waijiao/internal/locale"
)

func TestFromFaultsToTheReceipt(t *testing.T) {
	h := open(t)
	for _, l := range locale.Langs() {
		at := l.Path(page)
		form := h.shown(at)
		a := h.send(at, with(form, "school", "示例<学校>", "email", "nonsense"), letter())
		if a.StatusCode != 422 || !strings.Contains(a.body, locale.T("<title>错误：", "<title>Error: ").In(l)) {
			t.Fatalf("%s: %d\n%s", at, a.StatusCode, a.body)
		}
		for _, want := range []string{`class="error-summary"`, `value="示例&lt;学校&gt;"`, `value="nonsense"`, "公函 最终.pdf", `name="_remove"`} {
			if !strings.Contains(a.body, want) {
				t.Errorf("the page lacks %s", want)
			}
		}
		if strings.Contains(a.body, "waijiao:form") || a.Header.Get("Cache-Control") != "no-store" {
			t.Error("marks or cache")
		}
		again := hidden(a.body)
		if again.Get("_key") != form.Get("_key") || again.Get("_stamp") != form.Get("_stamp") || again.Get("_file.letter") == "" {
			t.Fatalf("%v after %v", again, form)
		}
		// Mended, without choosing the file again.
		a = h.send(at, good(again))
		if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), l.Path("/forms/receipt/")) {
			t.Fatalf("%d %s\n%s", a.StatusCode, a.Header.Get("Location"), a.body)
		}
		receipt := h.get(a.Header.Get("Location"))
		ref := regexp.MustCompile(`<p class="reference">(HZ-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z])</p>`).FindStringSubmatch(receipt.body)
		if receipt.StatusCode != 200 || ref == nil {
			t.Fatalf("%d\n%s", receipt.StatusCode, receipt.body)
		}
		for _, want := range []string{"s•••@example.org", locale.T("请记下编号，或者打印本页", "Note the number, or print this page").In(l), locale.T("三个工作日内答复。", "We answer within three working days.").In(l), locale.T("2026年3月1日", "1 March 2026").In(l),
			`href="` + l.Other().Path(strings.TrimPrefix(a.Header.Get("Location"), l.Prefix())) + `"`} {
			if !strings.Contains(receipt.body, want) {
				t.Errorf("the receipt lacks %s:\n%s", want, receipt.body)
			}
		}
		if receipt.Header.Get("Cache-Control") != "no-store" || receipt.Header.Get("X-Robots-Tag") != "noindex" || strings.Contains(receipt.body, "sample@example.org") {
			t.Error("the receipt can be kept or says too much")
		}
		n := 2
		if l == locale.EN {
			n = 4
		}
		h.mails(n)
		// The same page again: nothing new, the same receipt.
		b := h.send(at, good(again))
		if b.StatusCode != http.StatusSeeOther || b.Header.Get("Location") != a.Header.Get("Location") {
			t.Errorf("again: %d %s", b.StatusCode, b.Header.Get("Location"))
		}
		// The same page with other answers is not lost in silence.
		b = h.send(at, with(good(again), "secret", "more"), letter())
		if next := hidden(b.body); b.StatusCode != 422 || !strings.Contains(b.body, ref[1]) || next.Get("_key") == form.Get("_key") || next.Get("_file.letter") == "" {
			t.Errorf("other answers: %d %v", b.StatusCode, next)
		}
		h.mails(n)
		h.wait(2 * time.Hour)
	}
	mails := h.mails(4)
	officers := 0
	for to, m := range mails {
		if strings.HasPrefix(to, "officer@example.org ") {
			officers++
			if !strings.Contains(m, "<sample@example.org>") || !strings.Contains(m, "filename*=UTF-8''") {
				t.Errorf("the office's mail:\n%s", m)
			}
		} else if strings.Contains(m, "Reply-To") || !strings.HasPrefix(to, "sample@example.org ") {
			t.Errorf("the receipt:\n%s", m)
		}
		cmd := exec.Command("python3", "-c", `
import sys
from email import policy
from email.parser import BytesParser
m = BytesParser(policy=policy.default).parsebytes(sys.stdin.buffer.read())
d = [repr(d) for p in m.walk() for d in p.defects] + [repr(d) for p in m.walk() for v in p.values() for d in v.defects]
assert not d, d
print(m["Subject"], [p.get_filename() for p in m.iter_attachments()])`)
		cmd.Stdin = strings.NewReader(m)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("python3 reads the mail: %v\n%s", err, out)
		}
		if strings.HasPrefix(to, "officer") && !strings.Contains(string(out), "示例申报：示例学校 ['公函 最终.pdf']") {
			t.Errorf("subject and file: %s", out)
		}
	}
	if officers != 2 {
		t.Errorf("%d mails for the officer", officers)
	}
}

func TestNothingStaysBehind(t *testing.T) {
	big := upload{"letter", "big.pdf", "application/pdf", pdf + strings.Repeat("x", 200<<10)}
	macro := upload{"letter", "a.pdf", "application/pdf", "MZ\x90\x00 not a pdf"}
	for name, c := range map[string]struct {
		send   func(h *house) answer
		status int
		says   string
		kept   int // uploads that the page keeps
	}{
		"accepted": {func(h *house) answer { return h.send(page, good(h.shown(page)), letter()) }, 303, "", 0},
		"accepted, two papers": {func(h *house) answer {
			return h.send(page, good(h.shown(page)), letter(), upload{"papers", "a.pdf", "", pdf}, upload{"papers", "b.png", "", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU\x00\x00\x00\x00IEND\xaeB`\x82"})
		}, 303, "", 0},
		"without a key": {func(h *house) answer { return h.send(page, good(nil), letter()) }, 303, "", 0},
		"too large":     {func(h *house) answer { return h.send(page, good(h.shown(page)), big) }, 422, "100 KB", 0},
		"another type":  {func(h *house) answer { return h.send(page, good(h.shown(page)), macro) }, 422, "a.pdf", 0},
		"empty file":    {func(h *house) answer { return h.send(page, good(h.shown(page)), upload{"letter", "a.pdf", "", ""}) }, 422, "a.pdf", 0},
		"unknown field": {func(h *house) answer { return h.send(page, with(h.shown(page)), upload{"other", "a.pdf", "", pdf}) }, 422, "", 0},
		"too many": {func(h *house) answer {
			p := upload{"papers", "p.pdf", "", pdf}
			return h.send(page, good(h.shown(page)), letter(), p, p, p, p, p, p, p)
		}, 422, "", 1},
		"a path as name": {func(h *house) answer {
			return h.send(page, with(h.shown(page)), upload{"letter", "../../../../etc/x.pdf", "", pdf})
		}, 422, ">x.pdf<", 1},
		"trap": {func(h *house) answer {
			return h.send(page, with(good(h.shown(page)), "_homepage", "http://x"), letter())
		}, 303, "", 0}, // held
		"too fast": {func(h *house) answer { return h.send(page, good(hidden(h.get(page).body)), letter()) }, 303, "", 0}, // held
		"stale": {func(h *house) answer {
			p := h.shown(page)
			h.wait(72 * time.Hour)
			return h.send(page, good(p), letter())
		}, 422, "打开得太久", 1},
		"another version": {func(h *house) answer {
			p := h.shown(page)
			p.Set("_version", "000000000000")
			return h.send(page, good(p), letter())
		}, 422, "有了更新", 1},
		"huge": {func(h *house) answer {
			r := h.request("POST", page, strings.NewReader(strings.Repeat("x", 1<<20)), "Content-Type", "application/x-www-form-urlencoded")
			r.ContentLength = 1 << 20
			return h.do(h.request("POST", page, strings.NewReader("school="+strings.Repeat("x", 3<<20)), "Content-Type", "application/x-www-form-urlencoded"))
		}, 413, "太大", 0},
		"1001 parts": {func(h *house) answer {
			v := h.shown(page)
			for range 1001 {
				v.Add("school", "x")
			}
			return h.send(page, v, letter())
		}, 413, "太大", 0},
		"another kind": {func(h *house) answer {
			return h.do(h.request("POST", page, strings.NewReader("x"), "Content-Type", "text/plain"))
		}, 415, "无法读取", 0},
		"cut off": {func(h *house) answer {
			return h.do(h.request("POST", page, strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"letter\"; filename=\"a.pdf\"\r\n\r\n"+pdf), "Content-Type", "multipart/form-data; boundary=b"))
		}, 400, "不完整", 0},
		"cross-site": {func(h *house) answer {
			return h.do(h.request("POST", page, strings.NewReader("a=b"), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example.org"))
		}, 403, "别的网站", 0},
		"no such form": {func(h *house) answer { return h.send("/forms/nothing/", good(nil)) }, 404, "nothing here zh", 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			a := c.send(h)
			if a.StatusCode != c.status || !strings.Contains(a.body, c.says) {
				t.Fatalf("%d, want %d with %q:\n%s", a.StatusCode, c.status, c.says, a.body)
			}
			kept := 0
			for _, f := range files(t, filepath.Join(h.data, "uploads")) {
				if strings.HasPrefix(f, "requests") {
					t.Errorf("%s stayed behind", f)
				} else if !strings.HasSuffix(f, ".note") {
					kept++
				}
			}
			if kept != c.kept {
				t.Errorf("%d files are kept, want %d", kept, c.kept)
			}
			if c.status == 422 && !strings.Contains(a.body, `<form class="form"`) {
				t.Error("the form is not there to be sent again")
			}
			if strings.Contains(a.body, `value="示例学校"`) != (c.status == 422 && name != "unknown field" && name != "a path as name") {
				t.Errorf("kept values: %s", a.body)
			}
			if c.kept > 0 { // sent once more, it goes through or is mended, and nothing is left
				h.wait(time.Minute)
				next := good(hidden(a.body))
				if b := h.send(page, next); b.StatusCode != 303 {
					t.Fatalf("once more: %d\n%s", b.StatusCode, b.body)
				}
			}
			h.tidy()
		})
	}
}

func TestKeptFilesCanBeRemovedReplacedAndEnd(t *testing.T) {
	h := open(t)
	first := hidden(h.send(page, with(h.shown(page)), letter()).body)
	id := first.Get("_file.letter")
	if id == "" {
		t.Fatal("nothing kept")
	}
	// Another page cannot use it.
	if b := h.send(page, with(h.shown(page), "_file.letter", id)); hidden(b.body).Get("_file.letter") != "" {
		t.Error("a file was used by another page")
	}
	for _, bad := range []string{"../" + id, "", ".", id + ".note", "\x00"} {
		p := with(first)
		p.Set("_file.letter", bad)
		if b := h.send(page, p); b.StatusCode != 422 || hidden(b.body).Get("_file.letter") != "" {
			t.Errorf("%q: %d", bad, b.StatusCode)
		}
	}
	// A bad replacement leaves the good file where it is.
	b := h.send(page, good(first), upload{"letter", "x.pdf", "", "no pdf"})
	if b.StatusCode != 422 || hidden(b.body).Get("_file.letter") != id {
		t.Errorf("bad replacement: %d %v", b.StatusCode, hidden(b.body))
	}
	b = h.send(page, with(first), upload{"letter", "new.pdf", "", pdf})
	second := hidden(b.body)
	if n := len(files(t, filepath.Join(h.data, "uploads"))); second.Get("_file.letter") == id || n != 2 {
		t.Errorf("replaced: %v, %d files", second, n)
	}
	b = h.send(page, with(good(second), "_remove", second.Get("_file.letter")))
	if b.StatusCode != 422 || strings.Contains(b.body, "new.pdf") {
		t.Errorf("removed: %d", b.StatusCode)
	}
	h.tidy()
	third := hidden(h.send(page, with(h.shown(page)), letter()).body)
	h.wait(61 * time.Minute)
	if b := h.send(page, good(third)); b.StatusCode != 422 || hidden(b.body).Get("_file.letter") != "" {
		t.Errorf("after an hour: %d", b.StatusCode)
	}
}

func TestParallelPostsOfOnePageAreOne(t *testing.T) {
	h := open(t)
	values := good(h.shown(page))
	var wg sync.WaitGroup
	var mu sync.Mutex
	places := map[string]int{}
	for range 30 {
		wg.Go(func() {
			a := h.send(page, values, letter())
			mu.Lock()
			places[a.Header.Get("Location")]++
			mu.Unlock()
		})
	}
	wg.Wait()
	if len(places) != 1 || places[""] > 0 {
		t.Errorf("%v", places)
	}
	h.mails(2)
	h.tidy()
}
