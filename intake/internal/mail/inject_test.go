package mail

import (
	"bytes"
	"io"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/emersion/go-message"

	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

// hostile are texts that try to begin a header of their own or to disguise
// what they are.
func hostile() []string {
	return []string{"a\r\nBcc: victim@example.org", "a\nBcc: victim@example.org", "a\rBcc: victim@example.org", "a\r\n\r\nbody", "a\x00Bcc: x", "a\u2028Bcc: x", "a\u2029Bcc: x",
		"a\u0085Bcc: x", "a\x0bBcc: x", "a\x0cBcc: x", "a\x7fBcc: x", "exe.\u202efdp", "\u2066x\u2069", "\xff\xfe", "a\xc2", "=?UTF-8?Q?a=0D=0ABcc:_x?=", "\ufeffa", "--boundary00000000000000000001\r\nContent-Type: text/html\r\n\r\nx"}
}

// names lists the header's fields as net/mail and go-message read them, and
// fails where they are of two minds.
func names(t *testing.T, body []byte) []string {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("net/mail: %v\n%q", err, body)
	}
	var list []string
	for name, values := range m.Header {
		if len(values) != 1 {
			t.Errorf("%d fields %s", len(values), name)
		}
		list = append(list, name)
	}
	slices.Sort(list)
	e, err := message.Read(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("go-message: %v\n%q", err, body)
	}
	var other []string
	for f := e.Header.Fields(); f.Next(); {
		other = append(other, f.Key())
	}
	slices.Sort(other)
	for i := range other {
		if len(other) != len(list) || !strings.EqualFold(other[i], list[i]) {
			t.Fatalf("net/mail reads %v, go-message %v", list, other)
		}
	}
	return list
}

// leaves lists the types of all parts that are no multipart.
func leaves(t *testing.T, body []byte) []string {
	t.Helper()
	e, err := message.Read(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	err = e.Walk(func(_ []int, e *message.Entity, err error) error {
		if err != nil {
			return err
		}
		kind, _, err := e.Header.ContentType()
		if err == nil && !strings.HasPrefix(kind, "multipart/") {
			list = append(list, kind)
			_, err = io.Copy(io.Discard, e.Body)
		}
		return err
	})
	if err != nil {
		t.Fatalf("%v\n%q", err, body)
	}
	return list
}

// sameShape checks that a message has the fields and parts of another one.
func sameShape(t *testing.T, body, usual []byte) {
	t.Helper()
	if got, want := names(t, body), names(t, usual); !slices.Equal(got, want) {
		t.Errorf("fields %v, want %v", got, want)
	}
	if got, want := leaves(t, body), leaves(t, usual); !slices.Equal(got, want) {
		t.Errorf("parts %v, want %v", got, want)
	}
}

func TestTheShapeIsReallyLookedAt(t *testing.T) {
	body := must(writer().Receipt(full()))
	planted := bytes.Replace(body, []byte("\r\nSubject:"), []byte("\r\nBcc: victim@example.org\r\nSubject:"), 1)
	if slices.Equal(names(t, planted), names(t, body)) {
		t.Error("a planted field was not seen")
	}
	planted = bytes.Replace(body, []byte("\r\n--boundary"), []byte("\r\n--boundary00000000000000000001\r\nContent-Type: text/x-planted\r\n\r\nx\r\n--boundary"), 1)
	if slices.Equal(leaves(t, planted), leaves(t, body)) {
		t.Error("a planted part was not seen")
	}
}

// Whatever stands in any place, a mail is refused or has the shape that it
// always has.
func TestNothingChangesTheShapeOfAMail(t *testing.T) {
	marked := func(text string) Marked {
		return Marked{Status: outbox.Handling, Text: text, At: full().Accepted, N: 1}
	}
	pgp := writer()
	pgp.PGP = readPGP(t, newGPG(t).key(t, "officer@example.org", "future-default"))
	writes := map[string]func(Letter, Bulletin, string) ([]byte, error){
		"office":    func(l Letter, _ Bulletin, _ string) ([]byte, error) { return writer().Office(l) },
		"encrypted": func(l Letter, _ Bulletin, _ string) ([]byte, error) { return pgp.Office(l) },
		"receipt":   func(l Letter, _ Bulletin, _ string) ([]byte, error) { return writer().Receipt(l) },
		"note":      func(l Letter, _ Bulletin, s string) ([]byte, error) { return writer().Note(l, marked(s)) },
		"apology":   func(l Letter, _ Bulletin, _ string) ([]byte, error) { return writer().Apology(l) },
		"alarm":     func(_ Letter, b Bulletin, _ string) ([]byte, error) { return writer().Alarm(b) },
		"weekly":    func(_ Letter, b Bulletin, _ string) ([]byte, error) { return writer().Weekly(b) },
	}
	puts := map[string]func(*Letter, *Bulletin, *string, string){
		"subject":   func(l *Letter, _ *Bulletin, _ *string, s string) { l.Subject = s },
		"name":      func(l *Letter, _ *Bulletin, _ *string, s string) { l.From.Name = s },
		"mailbox":   func(l *Letter, _ *Bulletin, _ *string, s string) { l.From.Mailbox = s + "@example.org" },
		"recipient": func(l *Letter, b *Bulletin, _ *string, s string) { l.To, b.To = s, s },
		"reference": func(l *Letter, b *Bulletin, _ *string, s string) { l.Reference, b.Dead[0].Reference = s, s },
		"form": func(l *Letter, b *Bulletin, _ *string, s string) {
			l.Form, b.Dead[0].Form = locale.Same(s), locale.Same(s)
		},
		"site":      func(l *Letter, b *Bulletin, _ *string, s string) { l.Site, b.Site = locale.Same(s), locale.Same(s) },
		"office":    func(l *Letter, _ *Bulletin, _ *string, s string) { l.Office = locale.Same(s) },
		"file name": func(l *Letter, _ *Bulletin, _ *string, s string) { l.Attachments[1].Name = s },
		"answer":    func(l *Letter, _ *Bulletin, _ *string, s string) { l.Answers[0].Rows[0] = Row{s, s} },
		"consent":   func(l *Letter, _ *Bulletin, _ *string, s string) { l.Consents[0].Version = s },
		"link":      func(l *Letter, b *Bulletin, _ *string, s string) { l.StatusURL, l.OfficeURL, b.Open[0].URL = s, s, s },
		"officer":   func(_ *Letter, _ *Bulletin, note *string, s string) { *note = s },
		"relay":     func(_ *Letter, b *Bulletin, _ *string, s string) { b.Waiting[0].Reply, b.Dead[0].Reply = s, s },
		"reason": func(_ *Letter, b *Bulletin, _ *string, s string) {
			b.Held[0].Reason, b.Open[0].Status = s, outbox.Status(s)
		},
		"kind of mail": func(_ *Letter, b *Bulletin, _ *string, s string) { b.Dead[0].Kind = outbox.Kind(s) },
	}
	written := 0
	for kind, write := range writes {
		usual := must(write(full(), bulletin(), "text"))
		for place, put := range puts {
			for _, s := range hostile() {
				l, b, note := full(), bulletin(), "text"
				put(&l, &b, &note, s)
				body, err := write(l, b, note)
				if err != nil {
					continue
				}
				written++
				sameShape(t, body, usual)
				head, _, _ := bytes.Cut(body, []byte("\r\n\r\n"))
				if bytes.Contains(bytes.ToLower(head), []byte("bcc")) || !utf8.Valid(body) {
					t.Errorf("%s, %s %q:\n%s", kind, place, s, head)
				}
				if t.Failed() {
					t.Fatalf("%s, %s %q", kind, place, s)
				}
			}
		}
	}
	if written < 1000 {
		t.Errorf("only %d mails were written", written)
	}
}

// What is sent is refused or read back as it was.
func FuzzOffice(f *testing.F) {
	for _, s := range hostile() {
		f.Add(s, s, s, s)
	}
	f.Add("示例教师 001", "示例学校", "公函（最终）.pdf", "第一行\n第二行")
	f.Fuzz(func(t *testing.T, name, subject, file, answer string) {
		l := full()
		l.Attachments = l.Attachments[:2]
		usual := must(writer().Office(l))
		l.From.Name, l.Subject, l.Attachments[1].Name, l.Answers[0].Rows[0].Value = name, subject, file, answer
		body, err := writer().Office(l)
		if err != nil {
			return
		}
		wellFormed(t, body)
		if subject == "" {
			return
		}
		sameShape(t, body, usual)
		e, err := message.Read(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Header.Text("Subject")
		if want := "：" + strings.Join(strings.Fields(subject), " "); err != nil || !strings.HasSuffix(strings.Join(strings.Fields(got), " "), strings.TrimRight(want, " ")) {
			t.Errorf("subject %q came as %q (%v)", subject, got, err)
		}
	})
}

func FuzzNote(f *testing.F) {
	for _, s := range hostile() {
		f.Add(s, s, s)
	}
	f.Fuzz(func(t *testing.T, text, reference, reply string) {
		usual := must(writer().Note(full(), Marked{Status: outbox.Closed, Text: "x", At: full().Accepted, N: 1}))
		l := full()
		l.Reference = reference
		if body, err := writer().Note(l, Marked{Status: outbox.Closed, Text: text, At: l.Accepted, N: 1}); err == nil {
			wellFormed(t, body)
			sameShape(t, body, usual)
		}
		b := bulletin()
		usual = must(writer().Alarm(b))
		b.Dead[0].Reply, b.Dead[0].Reference = reply, reference
		body, err := writer().Alarm(b)
		if err != nil {
			if utf8.ValidString(reference) {
				t.Error(err)
			}
			return
		}
		wellFormed(t, body)
		sameShape(t, body, usual)
	})
}

func TestALocalPartIsNoEncodedWord(t *testing.T) {
	for _, bad := range []string{"=?utf-8?B?DQpCY2M6IHg=?=@example.org", "a=?us-ascii?Q?x?=@example.org"} {
		if box, err := ParseMailbox(bad); err == nil {
			t.Errorf("%s was taken as %s", bad, box)
		}
	}
	if _, err := ParseMailbox("a=b?c@example.org"); err != nil {
		t.Error(err)
	}
}
