package doctor

import (
	"bufio"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"waijiao/intake/internal/courier"
	"waijiao/intake/internal/mail"
	"waijiao/intake/internal/scan"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// inbox takes every mail and forgets it.
type inbox struct{}

func (inbox) NewSession(*smtp.Conn) (smtp.Session, error) { return inbox{}, nil }
func (inbox) Mail(string, *smtp.MailOptions) error        { return nil }
func (inbox) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (inbox) Data(r io.Reader) error                      { _, err := io.Copy(io.Discard, r); return err }
func (inbox) Reset()                                      {}
func (inbox) Logout() error                               { return nil }

func relay(t *testing.T, size int64) *courier.SMTP {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := smtp.NewServer(inbox{})
	s.MaxMessageBytes = size
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	r, err := courier.ParseSMTP("smtp://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheRelayIsExamined(t *testing.T) {
	f := &form.Form{ID: "sample-request", Sections: []*form.Section{{Fields: []*form.Field{{Type: form.Upload, Limits: form.Limits{Files: 2, Size: 1 << 20}}}}}}
	forms := []*form.Form{f}
	found := Relay(t.Context(), relay(t, 10<<20), mail.Writer{}, forms)
	well(t, "roomy", found)
	want(t, "roomy", found, "smtp", OK, "takes mails up to 10")
	well(t, "no limit", Relay(t.Context(), relay(t, 0), mail.Writer{}, forms))
	want(t, "narrow", Relay(t.Context(), relay(t, 1<<20), mail.Writer{}, forms), "smtp", Warning, "the relay takes 1.0 MB")
	// What fits in the clear does not fit encrypted.
	size := f.LargestMail() + 1
	well(t, "just enough", Relay(t.Context(), relay(t, size), mail.Writer{}, forms))
	want(t, "encrypted", Relay(t.Context(), relay(t, size), mail.Writer{PGP: pgp(t, 0)}, forms), "smtp", Warning, "sample-request can reach")

	login := relay(t, 0)
	login.User, login.Password = "forms", "wrong"
	want(t, "no login", Relay(t.Context(), login, mail.Writer{}, forms), "smtp", Problem, "does not answer as it should")
	want(t, "filed", Filed("/var/mail"), "smtp", Warning, "filed in /var/mail")
}

func TestARelayThatIsDownIsFound(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	r, err := courier.ParseSMTP("smtp://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	want(t, "down", Relay(t.Context(), r, mail.Writer{}, nil), "smtp", Problem, "does not answer")
}

func TestClamdIsExamined(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clamd")
	s, err := scan.Parse("unix://" + path)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "down", Scanner(t.Context(), s, noon()), "scan", Problem, "clamd does not answer")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if asked, _ := bufio.NewReader(c).ReadString(0); asked == "zVERSION\x00" {
				io.WriteString(c, "ClamAV 1.4.3/27800/Sat Feb 28 09:00:00 2026\x00")
			}
			c.Close()
		}
	}()
	well(t, "up", Scanner(t.Context(), s, noon()))
	want(t, "old", Scanner(t.Context(), s, noon().Add(10*24*time.Hour)), "scan", Warning, "are old")
	want(t, "none", []Finding{signatures("ClamAV 1.4.3", noon())}, "scan", Problem, "no signatures")
	want(t, "no date", []Finding{signatures("ClamAV 1.4.3/1/soon", noon())}, "scan", Warning, "are old")
}

func TestTheSiteIsExamined(t *testing.T) {
	src := `audience: school
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
      - {name: contact, type: text, label: {zh: 联系人, en: Contact}, role: name}
      - {name: email, type: email, label: {zh: 邮箱, en: E-mail}, role: email}
      - {name: consent, type: consent, label: {zh: 同意, en: I agree}, version: 2026-01}
`
	f, problems := form.Parse("forms/sample-request.yaml", []byte(src), form.Env{SiteName: locale.T("示例网", "Sample Network"), Office: locale.T("示例中心", "Sample Centre")})
	if len(problems) > 0 {
		t.Fatalf("%+v", problems)
	}
	encoded, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	office := map[string][]string{"sample-request": {"office@example.org"}}
	examine := func(offices map[string][]string) []Finding {
		found, _ := Site(t.Context(), dir, offices)
		return found
	}
	want(t, "nothing published", examine(office), "site", Problem, "not whole")
	file(t, dir, "forms/sample-request/form.json", string(encoded), 0o644)
	want(t, "no frame", examine(office), "site", Problem, "not whole")
	file(t, dir, "forms/shell/index.html", "x", 0o644)
	file(t, dir, "en/forms/shell/index.html", "x", 0o644)
	found, forms := Site(t.Context(), dir, office)
	well(t, "published", found)
	if len(forms) != 1 || forms[0].ID != "sample-request" {
		t.Errorf("%+v", forms)
	}
	well(t, "everything to one", examine(map[string][]string{"*": {"office@example.org"}}))
	want(t, "nobody receives", examine(nil), "offices", Problem, "nobody receives the form sample-request")
	want(t, "a misspelt one", examine(map[string][]string{"*": {"office@example.org"}, "sample": {"office@example.org"}}), "offices", Warning, "names the form sample, which")
	file(t, dir, "forms/other/form.json", "{", 0o644)
	want(t, "damaged", examine(office), "site", Problem, "the form other cannot be read")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	want(t, "gone", examine(office), "site", Problem, "not whole")
}
