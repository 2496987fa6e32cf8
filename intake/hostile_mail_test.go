package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	netmail "net/mail"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-message"

	"waijiao/internal/form"
	"waijiao/internal/locale"
	"waijiao/internal/shell"
)

// real publishes one of the forms of the site beside the sample.
func real(t *testing.T, dir, id string) *form.Form {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("..", "content", "forms", id+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	f, problems := form.Parse("forms/"+id+".yaml", src, form.Env{SiteName: locale.T("示例网", "Sample Network"), Office: locale.T("示例中心", "Sample Centre"), MailLimit: 50 << 20,
		Districts: []form.Choice{{Value: "330106", Label: locale.T("示例区", "Sample District")}}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	b, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "forms", id, "form.json"), string(b))
	for _, l := range locale.Langs() {
		write(t, filepath.Join(dir, l.Path("/forms/"+id+"/"), "index.html"), "<html><head>"+shell.Mark(shell.Title, "<title>x</title>")+"</head><body>"+shell.Mark(shell.Form, "")+"</body></html>")
	}
	return f
}

// teacher is an application that can be sent.
func teacher(n int) url.Values {
	return url.Values{"full_name": {"Sample Teacher 001"}, "nationality": {"GB"}, "mother_tongue": {"English"}, "email": {fmt.Sprintf("teacher%d@example.org", n)},
		"telephone": {"+44 20 7946 0000"}, "whereabouts": {"abroad"}, "subjects": {"english"}, "stages": {"primary"}, "degree": {"bachelor"}, "degree_field": {"Music"},
		"years": {"3"}, "certificate_kinds": {"tefl"}, "post_types": {"full-time"}, "available_from": {"2026-09-01"}, "message": {"Sample message."}, "consent_processing": {"yes"}}
}

// injections are texts that try to begin a header, a part or a mail of their
// own, or to disguise what they are.
func injections() []string {
	return []string{"a\r\nBcc: victim@example.org", "a\nBcc: victim@example.org", "a\rBcc: victim@example.org", "a\r\n\r\nbody", "a\x00Bcc: victim@example.org", "a\u2028Bcc: victim@example.org",
		"a\u2029Bcc: victim@example.org", "a\u0085Bcc: victim@example.org", "a\x0bBcc: x", "a\x1b[31mx", "a\x7fx", "exe.\u202efdp", "\u2066x\u2069", "\xff\xfe", "a\xc2", "=?UTF-8?Q?a=0D=0ABcc:_x?=",
		"=?utf-8?B?DQpCY2M6IHg=?=", "\ufeffa", "a> NOTIFY=NEVER", "\r\n.\r\nMAIL FROM:<victim@example.org>", "a\u200bb", strings.Repeat("長", 400), "<script>alert(1)</script>", "a\r\n\tfolded", `a", "b" <victim@example.org>`}
}

// journal is a log that several goroutines write.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *journal) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *journal) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// shape is the names of a mail's fields, as two libraries read them, and the
// kinds of its parts.
func shape(t *testing.T, mail string) string {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(mail))
	if err != nil {
		t.Fatalf("%v\n%q", err, mail)
	}
	var fields []string
	for name, values := range m.Header {
		for range values {
			fields = append(fields, strings.ToLower(name))
		}
	}
	slices.Sort(fields)
	e, err := message.Read(strings.NewReader(mail))
	if err != nil {
		t.Fatalf("%v\n%q", err, mail)
	}
	var again, parts []string
	for f := e.Header.Fields(); f.Next(); {
		again = append(again, strings.ToLower(f.Key()))
	}
	if slices.Sort(again); !slices.Equal(fields, again) {
		t.Errorf("one library reads %v, another %v", fields, again)
	}
	if err := e.Walk(func(_ []int, e *message.Entity, err error) error {
		kind, _, _ := e.Header.ContentType()
		disposition, _, _ := e.Header.ContentDisposition()
		parts = append(parts, kind+" "+disposition)
		return err
	}); err != nil {
		t.Errorf("%v\n%q", err, mail)
	}
	return strings.Join(fields, ",") + "\n" + strings.Join(parts, ",")
}

// wellFormed asks the parser that is strictest with others' mails.
func wellFormed(t *testing.T, dir string) {
	t.Helper()
	out, err := exec.Command("python3", "-c", `
import sys, pathlib
from email import policy
from email.parser import BytesParser
n = 0
for f in pathlib.Path(sys.argv[1]).iterdir():
    m = BytesParser(policy=policy.default).parsebytes(f.read_bytes())
    d = [repr(d) for p in m.walk() for d in p.defects] + [repr(d) for p in m.walk() for v in p.values() for d in v.defects]
    assert not d, (f.name, d)
    assert len(m.get_all("To")) == 1 and not m.get_all("Bcc") and not m.get_all("Cc")
    n += 1
print(n)`, dir).CombinedOutput()
	if err != nil {
		t.Errorf("python3 reads the mails: %v\n%s", err, out)
	}
}

// raw sends a form whose file has the name as RFC 2231 writes it, so that
// every character arrives.
func (h *house) raw(path string, values url.Values, field, name, content string) answer {
	h.t.Helper()
	var b bytes.Buffer
	for _, k := range slices.Sorted(keys(values)) {
		for _, v := range values[k] {
			fmt.Fprintf(&b, "--b\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", k, v)
		}
	}
	var escaped strings.Builder
	for _, c := range []byte(name) {
		fmt.Fprintf(&escaped, "%%%02X", c)
	}
	fmt.Fprintf(&b, "--b\r\nContent-Disposition: form-data; name=%q; filename*=UTF-8''%s\r\n\r\n%s\r\n--b--\r\n", field, escaped.String(), content)
	return h.do(h.request("POST", path, &b, "Content-Type", "multipart/form-data; boundary=b", "Origin", h.base))
}

func TestNothingThatIsTypedChangesTheShapeOfTheMails(t *testing.T) {
	var told journal
	var f *form.Form
	h := open(t, func(o *options) {
		f = real(t, o.Site, "teacher-application")
		o.To, o.log = []string{"*=officer@example.org"}, slog.New(slog.NewTextHandler(&told, nil))
	})
	const at = "/en/forms/teacher-application/"
	usual := h.raw(at, teacher(0), "cv", "cv.pdf", pdf)
	if usual.StatusCode != 303 {
		t.Fatalf("%d\n%s", usual.StatusCode, usual.body)
	}
	want := map[string]string{}
	for to, m := range h.mails(2) {
		want[strings.Fields(to)[0]] = shape(t, m)
	}
	sent, accepted := 1, 1
	try := func(what string, values url.Values, name string) {
		t.Helper()
		a := h.raw(at, values, "cv", name, pdf)
		switch sent++; a.StatusCode {
		case 303:
			accepted++
		case 422:
			if strings.Contains(a.body, "<script>alert") {
				t.Errorf("%s: a script is on the page", what)
			}
		default:
			t.Errorf("%s: %d\n%s", what, a.StatusCode, a.body)
		}
	}
	for x := range f.Fields() {
		if x.Type == form.Upload {
			continue
		}
		for i, bad := range injections() {
			if typed := slices.Contains([]form.Type{form.Text, form.Textarea, form.Email}, x.Type); !typed && i%5 > 0 {
				continue // a value that is not offered is refused, whatever it is
			}
			values := teacher(sent)
			values[x.Name] = []string{bad}
			if x.Name == "email" {
				bad = fmt.Sprintf("%s@example.org", bad)
				values[x.Name] = []string{bad}
			}
			try(fmt.Sprintf("%s %d", x.Name, i), values, "cv.pdf")
		}
	}
	for i, bad := range injections() {
		try(fmt.Sprintf("file name %d", i), teacher(sent), bad+".pdf")
		try(fmt.Sprintf("file name %d, ended", i), teacher(sent), "cv.pdf"+bad)
	}
	if accepted < sent/4 {
		t.Errorf("only %d of %d were accepted: nothing is proved", accepted, sent)
	}
	for to, m := range h.mails(2 * accepted) {
		kind := "teacher0@example.org"
		if strings.HasPrefix(to, "officer@") {
			kind = "officer@example.org"
		}
		if got := shape(t, m); got != want[kind] {
			t.Errorf("%s:\n%s\nwant\n%s\n%s", to, got, want[kind], m)
		}
	}
	wellFormed(t, filepath.Join(h.data, "mail", "new"))
	for _, secret := range []string{"victim", "Sample Teacher", "teacher0", "alert(1)", "cv.pdf", "7946"} {
		if strings.Contains(told.String(), secret) {
			t.Errorf("the log tells %s", secret)
		}
	}
}

func TestAPlantedFieldIsSeen(t *testing.T) {
	h := open(t)
	h.send(page, good(h.shown(page)), letter())
	for _, m := range h.mails(2) {
		head, rest, _ := strings.Cut(m, "\nSubject:")
		if planted := head + "\nBcc: victim@example.org\nSubject:" + rest; shape(t, planted) == shape(t, m) {
			t.Error("another field was not seen")
		}
	}
}

// decoded is a mail as a person reads it: its head, and what its parts say.
func decoded(t *testing.T, mail string) string {
	t.Helper()
	e, err := message.Read(strings.NewReader(mail))
	if err != nil {
		t.Fatal(err)
	}
	all := mail
	if err := e.Walk(func(_ []int, e *message.Entity, err error) error {
		if kind, _, _ := e.Header.ContentType(); err == nil && !strings.HasPrefix(kind, "multipart/") {
			var b []byte
			b, err = io.ReadAll(e.Body)
			all += "\n" + string(b)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}
