package main

import (
	"bytes"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"waijiao/intake/internal/mail"
	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

// record keeps what is logged by several goroutines.
type record struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

func (r *record) logger() *slog.Logger { return slog.New(slog.NewTextHandler(r, nil)) }

// bury puts two submissions with dead mails into the store, and one without.
func bury(t *testing.T, f storeFlags, w *world) {
	t.Helper()
	p, err := f.open(w, true)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, locale.Beijing())
	for _, ref := range []string{"HZ-DEAD-0001-A", "HZ-SENT-0002-B", "HZ-DEAD-0003-C"} {
		sub := outbox.Submission{Reference: ref, Form: "sample-request", Lang: locale.ZH, Created: now, Record: []byte("x"), DeliveryWrap: []byte("x")}
		mails := []outbox.Mail{{Kind: outbox.ToOffice, Parcel: []byte("x")}}
		if strings.HasSuffix(ref, "C") {
			mails = append(mails, outbox.Mail{Kind: outbox.Receipt, Parcel: []byte("x")})
		}
		if _, _, err := p.box.Accept(t.Context(), sub, mails); err != nil {
			t.Fatal(err)
		}
		lent, err := p.box.Next(t.Context(), now, now.Add(time.Minute), 10)
		if err != nil || len(lent) != len(mails) {
			t.Fatal(lent, err)
		}
		for _, m := range lent {
			if strings.Contains(ref, "DEAD") {
				err = p.box.Dead(t.Context(), m, "550 5.1.1 nobody", nil)
			} else {
				err = p.box.Done(t.Context(), m)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestDeadMailsAreTalliedAtTheStart(t *testing.T) {
	var log record
	h := open(t, func(o *options) {
		o.log = log.logger()
		if err := os.MkdirAll(o.Data, 0o700); err != nil {
			t.Fatal(err)
		}
		bury(t, o.storeFlags, &o.world)
	})
	if a := h.get("/"); a.StatusCode != 200 {
		t.Error(a.StatusCode)
	}
	said := log.String()
	if !strings.Contains(said, `references="HZ-DEAD-0001-A HZ-DEAD-0003-C" more=0`) || strings.Contains(said, "HZ-SENT") || strings.Contains(said, "@") {
		t.Error(said)
	}
	var quiet record
	open(t, func(o *options) { o.log = quiet.logger() })
	if strings.Contains(quiet.String(), "refused for good") {
		t.Errorf("nothing is dead: %s", quiet.String())
	}
}

// postRoom is a mail server that takes mails of up to a given size.
type postRoom struct{ mails chan string }

func (p postRoom) NewSession(*smtp.Conn) (smtp.Session, error) { return &postman{room: p}, nil }

type postman struct {
	room postRoom
	to   string
}

func (*postman) Reset()                                      {}
func (*postman) Logout() error                               { return nil }
func (*postman) Mail(string, *smtp.MailOptions) error        { return nil }
func (p *postman) Rcpt(to string, _ *smtp.RcptOptions) error { p.to = to; return nil }
func (p *postman) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	p.room.mails <- p.to
	return err
}

// openPostRoom returns the address of a relay and the recipients of what it
// took.
func openPostRoom(t *testing.T, size int64) (string, <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	room := postRoom{make(chan string, 10)}
	s := smtp.NewServer(room)
	s.Domain, s.MaxMessageBytes, s.ErrorLog = "relay.example.org", size, log.New(io.Discard, "", 0)
	ended := make(chan struct{})
	go func() { s.Serve(l); close(ended) }()
	t.Cleanup(func() { s.Close(); <-ended })
	return "smtp://" + l.Addr().String(), room.mails
}

// says waits until the log holds the words.
func (r *record) says(t *testing.T, words string) {
	t.Helper()
	for range 1000 {
		if strings.Contains(r.String(), words) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the log lacks %q:\n%s", words, r.String())
}

func TestWhatTheRelayWouldRefuseIsRefusedToThePerson(t *testing.T) {
	relay, mails := openPostRoom(t, 60_000)
	var log record
	h := open(t, func(o *options) { o.SMTP, o.log = relay, log.logger() })
	log.says(t, "larger mail than the relay takes")
	log.says(t, "form=sample-request")
	log.says(t, "relay_bytes=60000")
	big := upload{"letter", "big.pdf", "application/pdf", strings.Replace(pdf, "\n", "\n%"+strings.Repeat("x", 60<<10)+"\n", 1)}
	a := h.send(page, good(h.shown(page)), big)
	next := hidden(a.body)
	if a.StatusCode != 422 || !strings.Contains(a.body, "所有附件合起来太大") || !strings.Contains(a.body, `value="示例学校"`) || next.Get("_file.letter") == "" {
		t.Fatalf("%d\n%s", a.StatusCode, a.body)
	}
	if b := h.send(page, good(next), letter()); b.StatusCode != 303 {
		t.Fatalf("a smaller letter: %d\n%s", b.StatusCode, b.body)
	}
	got := []string{<-mails, <-mails}
	slices.Sort(got)
	if !slices.Equal(got, []string{"officer@example.org", "sample@example.org"}) {
		t.Error(got)
	}
	h.stop()
	if len(mails) > 0 || strings.Contains(log.String(), "refused for good") {
		t.Errorf("more mail, or a dead one:\n%s", log.String())
	}
}

func TestARelayThatTakesEverythingIsNotComplainedOf(t *testing.T) {
	relay, mails := openPostRoom(t, 1<<20)
	var log record
	h := open(t, func(o *options) { o.SMTP, o.log = relay, log.logger() })
	big := upload{"letter", "big.pdf", "application/pdf", strings.Replace(pdf, "\n", "\n%"+strings.Repeat("x", 60<<10)+"\n", 1)}
	if a := h.send(page, good(h.shown(page)), big); a.StatusCode != 303 {
		t.Fatalf("%d\n%s", a.StatusCode, a.body)
	}
	<-mails
	<-mails
	h.stop()
	if strings.Contains(log.String(), "level=WARN") {
		t.Error(log.String())
	}
}

func TestASilentRelayDelaysNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var log record
	h := open(t, func(o *options) { o.SMTP, o.log = "smtp://"+l.Addr().String(), log.logger() })
	asked, err := l.Accept() // and not a word
	if err != nil {
		t.Fatal(err)
	}
	defer asked.Close()
	if a := h.get("/"); a.StatusCode != 200 {
		t.Error(a.StatusCode)
	}
	h.stop() // does not wait until the relay has had its time
	if strings.Contains(log.String(), "relay") {
		t.Errorf("blamed for our own leaving: %s", log.String())
	}
	// One that is not there at all is told of, and the site is open.
	l.Close()
	var gone record
	h = open(t, func(o *options) { o.SMTP, o.log = "smtp://"+l.Addr().String(), gone.logger() })
	gone.says(t, "relay does not answer")
	if a := h.get("/"); a.StatusCode != 200 {
		t.Error(a.StatusCode)
	}
}

func TestTheLargestMailIsForetold(t *testing.T) {
	f := publish(t, t.TempDir(), strings.ReplaceAll(definition, "size: 100 KB", "size: 1 MB"))
	file := func(name string) mail.Attachment {
		return mail.Attachment{Name: name, Type: "application/pdf", Data: make([]byte, 1<<20)}
	}
	w := mail.Writer{From: mail.Address{Mailbox: "forms@example.org"}, Boundary: func() string { return strings.Repeat("b", 26) }}
	l := mail.Letter{Reference: "HZ-0000-0000-0", Accepted: time.Date(2026, 3, 1, 9, 0, 0, 0, locale.Beijing()), Lang: locale.ZH, Form: f.Title, Site: f.Env.SiteName, Office: f.Env.Office,
		To: "officer@example.org", OfficeURL: "https://forms.example.org/forms/office/HZ-0000-0000-0." + strings.Repeat("m", 64) + "/", Attachments: []mail.Attachment{file("a.pdf"), file("b.pdf"), file("c.pdf")}}
	section := mail.Section{Title: "内容"}
	for x := range f.Fields() {
		section.Rows = append(section.Rows, mail.Row{Label: x.Label.ZH, Value: strings.Repeat("国", x.Limits.MaxLength)})
	}
	l.Answers = []mail.Section{section}
	body, err := w.Office(l)
	if err != nil {
		t.Fatal(err)
	}
	if told, is := f.LargestMail(), int64(len(body)); told < is || told > is+is/20 {
		t.Errorf("%d bytes were foretold and it has %d", told, is)
	}
}
