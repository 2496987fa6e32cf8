package mail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"waijiao/internal/locale"
)

// reader prints a message as Python's email package understands it, with
// everything that it finds wrong.
const reader = `
import sys, json
from email import policy
from email.parser import BytesParser
m = BytesParser(policy=policy.default).parsebytes(sys.stdin.buffer.read())
defects, parts = [], []
for p in m.walk():
    defects += [repr(d) for d in p.defects]
    for k, v in p.items():
        defects += [k + ": " + repr(d) for d in v.defects]
    if not p.is_multipart():
        c = p.get_content()
        if isinstance(c, bytes):
            c = c.hex()
        parts.append({"type": p.get_content_type(), "name": p.get_filename(), "disposition": p.get_content_disposition(), "content": c})
a = lambda k: [[x.display_name, x.addr_spec] for x in m[k].addresses] if m[k] else None
print(json.dumps({"defects": defects, "headers": [[k, str(v)] for k, v in m.items()], "parts": parts,
  "date": m["Date"].datetime.isoformat(), "from": a("From"), "to": a("To"), "replyto": a("Reply-To"), "type": m.get_content_type()}))
`

type read struct {
	Defects           []string
	Headers           [][2]string
	Date, Type        string
	From, To, ReplyTo [][2]string
	Parts             []struct{ Type, Name, Disposition, Content string }
}

func (r read) header(t *testing.T, name string) string {
	t.Helper()
	var found []string
	for _, h := range r.Headers {
		if h[0] == name {
			found = append(found, h[1])
		}
	}
	if len(found) != 1 {
		t.Errorf("%d fields %s", len(found), name)
		return ""
	}
	return found[0]
}

func python(t *testing.T, body []byte) read {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal("these tests read mail with Python's email package: install python3")
	}
	cmd := exec.Command(path, "-c", reader)
	cmd.Stdin = bytes.NewReader(body)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, stderr.String(), body)
	}
	var r read
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	for i := range r.Parts {
		r.Parts[i].Content = strings.ReplaceAll(r.Parts[i].Content, "\r\n", "\n")
	}
	return r
}

// wellFormed checks what RFC 5322, 2045 and 2047 ask of the bytes.
func wellFormed(t *testing.T, body []byte) {
	t.Helper()
	if !bytes.HasSuffix(body, []byte("\r\n")) {
		t.Error("the message does not end with CRLF")
	}
	for i, line := range strings.Split(strings.TrimSuffix(string(body), "\r\n"), "\r\n") {
		if len(line) > width {
			t.Errorf("line %d has %d columns: %s", i+1, len(line), line)
		}
		for _, c := range []byte(line) {
			if c < ' ' && c != '\t' || c > '~' {
				t.Errorf("line %d has the byte %#x: %q", i+1, c, line)
				break
			}
		}
	}
}

func writer() Writer {
	n := 0
	return Writer{
		From:     Address{Name: "杭州市外籍教师资源网", Mailbox: "forms@example.org"},
		Boundary: func() string { n++; return fmt.Sprintf("boundary%020d", n) },
	}
}

func letter() Letter {
	return Letter{
		Reference: "HZ-7K3F-9QXT-4",
		Accepted:  time.Date(2026, 3, 1, 1, 5, 6, 0, time.UTC),
		Lang:      locale.EN,
		Form:      locale.T("外教聘用需求申报", "Hiring request"),
		Site:      locale.T("杭州市外籍教师资源网", "Hangzhou Foreign Teacher Resource Network"),
		Office:    locale.T("示例中心", "Sample Centre"),
		Next:      []locale.Text{locale.T("三个工作日内核对材料", "We check the papers within three working days")},
		To:        "officer@example.org",
		From:      Address{Name: "示例教师 001，联系人", Mailbox: "sample@example.org"},
		Subject:   "示例学校（余杭区）与一个非常长的名称，长到必须分成好几行才能写完的那一种",
		Answers: []Section{{"学校", []Row{
			{"学校名称", "示例学校 <b>&amp;"},
			{"要求", "第一行\n第二行 😀\n.\nFrom here"},
		}}},
		Attachments: []Attachment{
			{"公函 2026（盖章）最终版 最终版 最终版 最终版 最终版 最终版.pdf", "application/pdf", bytes.Repeat([]byte{0, 1, 2, 0xff, '\r', '\n'}, 500)},
			{"letter.pdf", "application/pdf", []byte("%PDF-1.7")},
			{`a "quoted" \name% 'x'.pdf`, "application/pdf", nil},
		},
	}
}

func TestTheOfficesMail(t *testing.T) {
	body, err := writer().Office(letter())
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, body)
	r := python(t, body)
	if len(r.Defects) > 0 {
		t.Errorf("Python found defects: %v", r.Defects)
	}
	l := letter()
	for name, want := range map[string]string{
		"Subject":          "[HZ-7K3F-9QXT-4] 外教聘用需求申报：" + l.Subject,
		"Message-ID":       "<HZ-7K3F-9QXT-4.office@example.org>",
		"Auto-Submitted":   "auto-generated",
		"MIME-Version":     "1.0",
		"Content-Language": "zh-CN",
	} {
		if got := r.header(t, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if r.Date != "2026-03-01T09:05:06+08:00" {
		t.Error(r.Date)
	}
	if want := [][2]string{{"杭州市外籍教师资源网", "forms@example.org"}}; !slices.Equal(r.From, want) {
		t.Error(r.From)
	}
	if want := [][2]string{{l.From.Name, l.From.Mailbox}}; !slices.Equal(r.ReplyTo, want) {
		t.Error(r.ReplyTo)
	}
	if len(r.Parts) != 5 || r.Parts[0].Type != "text/plain" || r.Parts[1].Type != "text/html" {
		t.Fatalf("%+v", r.Parts)
	}
	for _, want := range []string{"学校名称：示例学校 <b>&amp;", "要求：\n    第一行\n    第二行 😀\n    .\n    From here", "2026年3月1日 09:05", "英文页面"} {
		if !strings.Contains(r.Parts[0].Content, want) {
			t.Errorf("the text lacks %q:\n%s", want, r.Parts[0].Content)
		}
	}
	for _, want := range []string{`示例学校 &lt;b&gt;&amp;amp;`, `第一行<br>第二行`, `<th scope="row"`} {
		if !strings.Contains(r.Parts[1].Content, want) {
			t.Errorf("the HTML lacks %q:\n%s", want, r.Parts[1].Content)
		}
	}
	for i, a := range l.Attachments {
		p := r.Parts[2+i]
		if p.Name != a.Name || p.Disposition != "attachment" || p.Type != a.Type || p.Content != fmt.Sprintf("%x", a.Data) {
			t.Errorf("attachment %q came as %q (%s, %s, %d)", a.Name, p.Name, p.Disposition, p.Type, len(p.Content)/2)
		}
	}
}

func TestTheReceiptSaysNothingThatTheSenderTyped(t *testing.T) {
	for _, lang := range locale.Langs() {
		l := letter()
		l.Lang, l.To = lang, "sample@example.org"
		body, err := writer().Receipt(l)
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, body)
		r := python(t, body)
		if len(r.Defects) > 0 || r.ReplyTo != nil || len(r.Parts) != 2 {
			t.Errorf("%v %v %d", r.Defects, r.ReplyTo, len(r.Parts))
		}
		if got := r.header(t, "Content-Language"); got != lang.Tag() {
			t.Error(got)
		}
		subject := r.header(t, "Subject")
		for _, p := range r.Parts {
			for _, want := range []string{l.Reference, l.Form.In(lang), l.Site.In(lang), l.Office.In(lang), l.Next[0].In(lang),
				locale.T("2026年3月1日 09:05（北京时间）", "1 March 2026 at 09:05 (Beijing time)").In(lang)} {
				if !strings.Contains(p.Content, want) {
					t.Errorf("%s lacks %q:\n%s", p.Type, want, p.Content)
				}
			}
			for _, typed := range []string{l.From.Name, l.Subject, "示例学校", "第一行", "公函", "letter.pdf"} {
				if strings.Contains(p.Content+subject, typed) {
					t.Errorf("%s holds %q", p.Type, typed)
				}
			}
		}
	}
}

func TestHeadersSurviveOddTexts(t *testing.T) {
	for _, s := range []string{"plain", strings.Repeat("word ", 60) + "end", strings.Repeat("x", 2000), "=?UTF-8?B?eA==?=", "Sample Teacher 001 (PhD), \"quoted\" \\ <a@b>",
		"O’Brien 名", "👩‍🏫 emoji", strings.Repeat("汉", 300), "a: b; c", "…", "Dr. Sample", "sample, teacher"} {
		l := letter()
		l.Attachments, l.Subject, l.From.Name = []Attachment{{Name: s, Type: "text/html", Data: []byte("x")}}, s, s
		body, err := writer().Office(l)
		if err != nil {
			t.Errorf("%.40q: %v", s, err)
			continue
		}
		wellFormed(t, body)
		r := python(t, body)
		if len(r.Defects) > 0 {
			t.Errorf("%.40q: %v", s, r.Defects)
		}
		if got := r.header(t, "Subject"); !strings.HasSuffix(got, "："+s) {
			t.Errorf("subject %q came as %q", s, got)
		}
		// Python up to 3.12 keeps the blanks between encoded words of a name,
		// against RFC 2047 section 6.2; so long names are compared without blanks.
		bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if len(r.ReplyTo) != 1 || bare(r.ReplyTo[0][0]) != bare(s) || len(s) < 30 && r.ReplyTo[0][0] != s || r.ReplyTo[0][1] != "sample@example.org" {
			t.Errorf("name %q came as %v", s, r.ReplyTo)
		}
		if p := r.Parts[2]; p.Name != s || p.Type != "application/octet-stream" {
			t.Errorf("file name %q came as %q (%s)", s, p.Name, p.Type)
		}
	}
}

func TestNoFieldCanAddAHeader(t *testing.T) {
	bad := []string{"a\r\nBcc: victim@example.org", "a\nBcc: victim@example.org", "a\rBcc: x", "a\x00b", "a\u2028Bcc: x", "a\u2029b", "a\u0085b", "a\x7fb", "\xff\xfe", "exe.\u202efdp"}
	set := map[string]func(*Letter, string){
		"subject":   func(l *Letter, s string) { l.Subject = s },
		"name":      func(l *Letter, s string) { l.From.Name = s },
		"address":   func(l *Letter, s string) { l.From.Mailbox = s + "@example.org" },
		"domain":    func(l *Letter, s string) { l.From.Mailbox = "a@" + s },
		"recipient": func(l *Letter, s string) { l.To = s },
		"reference": func(l *Letter, s string) { l.Reference = s },
		"form":      func(l *Letter, s string) { l.Form = locale.Same(s) },
		"file name": func(l *Letter, s string) { l.Attachments[1].Name = s },
		"file type": func(l *Letter, s string) { l.Attachments[1].Type = "application/" + s },
	}
	for field, put := range set {
		for _, s := range bad {
			l := letter()
			put(&l, s)
			if body, err := writer().Office(l); err == nil {
				t.Errorf("%s %q was written:\n%.300s", field, s, body)
			}
		}
	}
	// In the body the same texts do no harm, unless they are not UTF-8.
	usual := len(python(t, must(writer().Office(letter()))).Headers)
	for _, s := range bad {
		l := letter()
		l.Answers[0].Rows[0] = Row{s, s}
		body, err := writer().Office(l)
		if err != nil {
			if s != "\xff\xfe" {
				t.Errorf("%q: %v", s, err)
			}
			continue
		}
		r := python(t, body)
		if len(r.Defects) > 0 || len(r.Headers) != usual {
			t.Errorf("%q: %v %v", s, r.Defects, r.Headers)
		}
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func TestMailboxes(t *testing.T) {
	for in, want := range map[string]string{
		"a.b+c@example.org": "a.b+c@example.org", "a@例子.example.org": "a@xn--fsqu00a.example.org", "a@EXAMPLE.org": "a@example.org",
	} {
		if got, err := ParseMailbox(in); err != nil || got != want {
			t.Errorf("%s: %s %v", in, got, err)
		}
	}
	for _, bad := range []string{"", "a", "@b", "a@", "a@b> NOTIFY=NEVER", "a b@example.org", "张@example.org", "a..b@example.org", ".a@example.org", "a@-b.org", "a@b..c",
		"a@[127.0.0.1]", `"a b"@example.org`, "a@b@c", "a@b_c", strings.Repeat("a", 65) + "@example.org", "a@" + strings.Repeat("b.", 130) + "org", "a@example.org\r\n"} {
		if got, err := ParseMailbox(bad); err == nil {
			t.Errorf("%q was taken as %s", bad, got)
		}
	}
	if a, err := ParseAddress("外籍教师资源网 <forms@example.org>"); err != nil || a.Name != "外籍教师资源网" || a.Mailbox != "forms@example.org" {
		t.Error(a, err)
	}
	for in, want := range map[string]string{"sample@example.org": "s•••@example.org", "": "•••", "@": "•••"} {
		if got := Mask(in); got != want {
			t.Errorf("%q: %s", in, got)
		}
	}
}
