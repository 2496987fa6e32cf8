package mail

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

// full is a letter in which everything is filled in.
func full() Letter {
	l := letter()
	l.StatusURL = "https://forms.example.org/forms/receipt/HZ-7K3F-9QXT-4.c2VjcmV0LW9mLXBlcnNvbg/"
	l.OfficeURL = "https://forms.example.org/forms/office/HZ-7K3F-9QXT-4.c2VjcmV0LW9mLW9mZmljZQ/"
	l.ContactURL = "https://forms.example.org/about/#contact"
	l.Consents = []Consent{
		{locale.T("同意为办理本件使用所填的个人信息", "I agree that my data is used to handle this form"), "2026-01-15", true},
		{locale.T("同意公开姓名", "My name may be published"), "2", false},
	}
	l.Keep = Keep{AfterClosing: 180, AtMost: 365}
	l.At = l.Accepted.Add(5 * 24 * time.Hour)
	return l
}

// clean reads a message and fails on every defect.
func clean(t *testing.T, body []byte, err error) read {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, body)
	r := python(t, body)
	if len(r.Defects) > 0 {
		t.Errorf("Python found defects: %v\n%s", r.Defects, body)
	}
	return r
}

// says checks that text and HTML both have all of these, and none of those.
func (r read) says(t *testing.T, these []string, those ...string) {
	t.Helper()
	if len(r.Parts) != 2 || r.Parts[0].Type != "text/plain" || r.Parts[1].Type != "text/html" {
		t.Fatalf("parts: %+v", r.Parts)
	}
	for _, p := range r.Parts {
		for _, s := range these {
			if !strings.Contains(p.Content, s) {
				t.Errorf("%s lacks %q:\n%s", p.Type, s, p.Content)
			}
		}
		for _, s := range those {
			if strings.Contains(p.Content, s) {
				t.Errorf("%s holds %q", p.Type, s)
			}
		}
	}
}

func TestTheOfficesMailCarriesTheOfficersLink(t *testing.T) {
	l := full()
	l.Attachments = nil
	body, err := writer().Office(l)
	r := clean(t, body, err)
	r.says(t, []string{l.OfficeURL, "正在办理", "请先删去"}, l.StatusURL)
	for copies, want := range map[int]string{0: "office", 1: "office", 2: "office.2", 7: "office.7"} {
		l.Copy = copies
		body, err := writer().Office(l)
		if got := clean(t, body, err).header(t, "Message-ID"); got != "<HZ-7K3F-9QXT-4."+want+"@example.org>" {
			t.Errorf("copy %d: %s", copies, got)
		}
	}
}

func TestTheReceiptHoldsLinkConsentsAndTerms(t *testing.T) {
	for lang, want := range map[locale.Lang][]string{
		locale.ZH: {"1. ", "同意为办理本件使用所填的个人信息（版本 2026-01-15）：同意", "同意公开姓名（版本 2）：未同意", "办结后 180 天", "收到之日后 365 天"},
		locale.EN: {"I agree that my data is used to handle this form (version 2026-01-15): agreed", "My name may be published (version 2): not agreed", "180 days after your case is closed", "365 days after it was received"},
	} {
		l := full()
		l.Lang = lang
		body, err := writer().Receipt(l)
		r := clean(t, body, err)
		if lang == locale.ZH {
			want = want[1:] // the HTML has its own numbers
		}
		r.says(t, append(want, l.StatusURL, l.ContactURL), l.OfficeURL, l.From.Name, l.Subject, "示例学校")
		if !strings.Contains(r.Parts[1].Content, `<a href="`+l.StatusURL+`"`) {
			t.Error("the link is no link in HTML")
		}
		// RFC 3834: a mail that answers no mail is generated, not replied.
		if got := r.header(t, "Auto-Submitted"); got != "auto-generated" {
			t.Error(got)
		}
	}
	l := full()
	l.Keep, l.Lang = Keep{AtMost: 1}, locale.EN
	body, err := writer().Receipt(l)
	clean(t, body, err).says(t, []string{"at most 1 day after"}, "0 days", "closed")
}

func TestNotes(t *testing.T) {
	for _, lang := range locale.Langs() {
		ids := map[string]bool{}
		for i, c := range []struct {
			status outbox.Status
			want   locale.Text
		}{
			{outbox.Handling, locale.T("正在办理", "now being handled")},
			{outbox.Answered, locale.T("已经答复", "has been answered")},
			{outbox.Closed, locale.T("已经办结", "has been closed")},
		} {
			l := full()
			l.Lang, l.To = lang, "sample@example.org"
			text := "请补交公函。\r\nPlease send <the> letter & sign it.\n.\nFrom here"
			body, err := writer().Note(l, Marked{Status: c.status, Text: text, At: l.Accepted.Add(24 * time.Hour), N: i + 1})
			r := clean(t, body, err)
			r.says(t, []string{c.want.In(lang), l.Form.In(lang), l.Reference, l.StatusURL, l.Office.In(lang), "请补交公函。"}, l.OfficeURL, l.From.Name, "示例学校")
			if !strings.Contains(r.Parts[0].Content, "> Please send <the> letter & sign it.\n> .\n> From here\n") ||
				!strings.Contains(r.Parts[1].Content, "Please send &lt;the&gt; letter &amp; sign it.<br>.<br>From here</blockquote>") {
				t.Errorf("the officer's words were changed:\n%s\n%s", r.Parts[0].Content, r.Parts[1].Content)
			}
			for _, name := range []string{"In-Reply-To", "References"} {
				if got := r.header(t, name); got != "<HZ-7K3F-9QXT-4.receipt@example.org>" {
					t.Errorf("%s: %s", name, got)
				}
			}
			if r.Date != "2026-03-02T09:05:06+08:00" || r.header(t, "Content-Language") != lang.Tag() || r.ReplyTo != nil {
				t.Error(r.Date, r.Headers)
			}
			ids[r.header(t, "Message-ID")] = true
		}
		if len(ids) != 3 || !ids["<HZ-7K3F-9QXT-4.note.2@example.org>"] {
			t.Error(ids)
		}
	}
	body, err := writer().Note(full(), Marked{Status: outbox.Answered, At: full().Accepted, N: 1})
	clean(t, body, err).says(t, []string{"reaches you separately"}, "The office writes")
	for _, s := range []outbox.Status{outbox.Held, outbox.Received, ""} {
		if _, err := writer().Note(full(), Marked{Status: s, N: 1}); err == nil {
			t.Errorf("a note says %q", s)
		}
	}
}

func TestTheApology(t *testing.T) {
	for _, lang := range locale.Langs() {
		l := full()
		l.Lang, l.To = lang, "sample@example.org"
		body, err := writer().Apology(l)
		r := clean(t, body, err)
		r.says(t, []string{l.Reference, l.Form.In(lang), l.Office.In(lang), l.ContactURL, l.StatusURL,
			locale.T("不必重新填写", "need not fill it in again").In(lang), locale.T("还没有看到", "have not seen it yet").In(lang)},
			l.OfficeURL, l.From.Name, "示例学校")
		if r.header(t, "References") != "<HZ-7K3F-9QXT-4.receipt@example.org>" || r.header(t, "Message-ID") != "<HZ-7K3F-9QXT-4.apology@example.org>" ||
			r.Date != "2026-03-06T09:05:06+08:00" {
			t.Error(r.Headers)
		}
	}
}

func bulletin() Bulletin {
	l := letter()
	return Bulletin{
		To: "officer@example.org", Site: l.Site, At: l.Accepted.Add(48 * time.Hour),
		Waiting: []Stuck{{"HZ-0000-0000-1", l.Form, outbox.ToOffice, l.Accepted, "451 4.3.0 try later"}},
		Dead: []Stuck{
			{"HZ-0000-0000-2", l.Form, outbox.Receipt, l.Accepted, "550 5.1.1 <teacher@例子.example.org>: Recipient address rejected:\r\n user=teacher@example.org unknown\u2028\x00\u202eX"},
			{"", locale.Text{}, outbox.Bulletin, l.Accepted, "552 5.2.2 full"},
		},
		Held: []Doubt{{"HZ-0000-0000-3", l.Form, l.Accepted, "not-scanned"}, {"HZ-0000-0000-4", l.Form, l.Accepted, "too-fast"}},
		Open: []Pending{
			{"HZ-0000-0000-5", l.Form, l.Accepted, outbox.Received, "https://forms.example.org/forms/office/5/?a&b"},
			{"HZ-0000-0000-6", l.Form, l.Accepted, outbox.Handling, "https://forms.example.org/forms/office/6/"},
		},
	}
}

func TestTheAlarm(t *testing.T) {
	body, err := writer().Alarm(bulletin())
	r := clean(t, body, err)
	r.says(t, []string{"HZ-0000-0000-1", "451 4.3.0 try later", "intake retry HZ-0000-0000-2", "550 5.1.1", "Recipient address rejected: user=•••@••• unknown X",
		"intake release HZ-0000-0000-3", "intake release HZ-0000-0000-4", "病毒扫描", "打开页面后马上提交", "2026年3月1日 09:05",
		"1 message has waited for more than a day", "2 messages could not be delivered", "2 doubtful submissions"}, "teacher", "retry HZ-0000-0000-1", "HZ-0000-0000-5", "\u202e", "\x00")
	if got := r.header(t, "Subject"); got != "表单提醒：待发 1，送不出 2，待放行 2" {
		t.Error(got)
	}
	// The Chinese part comes first.
	for _, p := range r.Parts {
		if zh, en := strings.Index(p.Content, "送不出的邮件"), strings.Index(p.Content, "messages could not"); zh < 0 || en < zh {
			t.Errorf("%s: %d, %d", p.Type, zh, en)
		}
	}
	if !strings.Contains(r.Parts[1].Content, `<div lang="en">`) || !strings.HasPrefix(r.Parts[1].Content, "<!DOCTYPE html>\n<html lang=\"zh-CN\">") {
		t.Error(r.Parts[1].Content)
	}
	// The same alarm has the same Message-ID, another recipient's has another.
	id := func(b Bulletin, write func(Bulletin) ([]byte, error)) string {
		body, err := write(b)
		return clean(t, body, err).header(t, "Message-ID")
	}
	other, later := bulletin(), bulletin()
	other.To, later.At = "second@example.org", later.At.Add(time.Second)
	ids := []string{id(bulletin(), writer().Alarm), id(bulletin(), writer().Alarm), id(other, writer().Alarm), id(later, writer().Alarm), id(bulletin(), writer().Weekly)}
	slices.Sort(ids)
	if n := len(slices.Compact(ids)); n != 4 {
		t.Errorf("%d different: %v", n, ids)
	}
}

func TestTheWeeklyList(t *testing.T) {
	b := bulletin()
	body, err := writer().Weekly(b)
	r := clean(t, body, err)
	r.says(t, []string{"HZ-0000-0000-5", "HZ-0000-0000-6", "外教聘用需求申报", b.Open[1].URL, "尚未办理", "正在办理", "2 submissions are not yet marked"}, "HZ-0000-0000-1", "release")
	if !strings.Contains(r.Parts[0].Content, b.Open[0].URL) || !strings.Contains(r.Parts[1].Content, `href="https://forms.example.org/forms/office/5/?a&amp;b"`) {
		t.Error("the first link is missing")
	}
	b.Open = nil
	body, err = writer().Weekly(b)
	clean(t, body, err).says(t, []string{"都已办完", "nothing is waiting"})
	for i := range 1200 {
		b.Open = append(b.Open, Pending{Reference: fmt.Sprintf("HZ-%04d", i), Form: letter().Form, Accepted: b.At, Status: outbox.Received, URL: "https://forms.example.org/"})
	}
	body, err = writer().Weekly(b)
	clean(t, body, err).says(t, []string{"HZ-0499", "另有 700 份"}, "HZ-0500")
}
