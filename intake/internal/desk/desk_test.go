package desk_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/mail"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"waijiao/intake/internal/courier"
	"waijiao/intake/internal/desk"
	write "waijiao/intake/internal/mail"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/sqlite"
	"waijiao/intake/internal/seal"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// counter is a desk on a store of its own, with a clock that can be moved.
type counter struct {
	*desk.Desk
	t      *testing.T
	box    *sqlite.Store
	form   *form.Form
	now    time.Time
	office *age.X25519Identity
}

const definition = `audience: school
anonymous: true
title: {zh: 示例申报, en: Sample request}
summary: {zh: 示例, en: A sample}
next: [{zh: 三天内答复, en: We answer in three days}]
submit: {zh: 提交, en: Send}
privacy: {zh: 只用于办理, en: For this only}
keep: {after_closing: 30, at_most: 300}
sections:
  - title: {zh: 内容, en: Content}
    why: {zh: 测试, en: For tests}
    fields:
      - {name: school, type: text, label: {zh: 学校, en: School}, role: subject}
      - {name: contact, type: text, label: {zh: 联系人, en: Contact}, role: name, optional: true}
      - {name: email, type: email, label: {zh: 邮箱, en: E-mail}, role: email, optional: true}
      - {name: letter, type: file, label: {zh: 公函, en: Letter}, accept: [pdf], size: 100 KB, optional: true}
      - {name: consent, type: consent, label: {zh: 同意办理, en: I agree}, version: 2026-01}
      - {name: share, type: consent, label: {zh: 同意转交, en: Pass it on}, version: 2026-02, optional: true}
`

func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// open makes a desk with two offices and the office's key.
func open(t *testing.T) *counter {
	t.Helper()
	f, problems := form.Parse("forms/sample.yaml", []byte(definition), form.Env{SiteName: locale.T("示例网", "Sample Network"), Office: locale.T("示例中心", "Sample Centre"), BaseURL: "https://site.example.org"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	box, err := sqlite.Open(filepath.Join(t.TempDir(), "outbox.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	c := &counter{t: t, box: box, form: f, now: time.Date(2026, 3, 1, 9, 0, 0, 0, locale.Beijing()), office: identity(t)}
	c.Desk = &desk.Desk{Box: box, Keys: desk.Keys{Office: c.office.Recipient(), Delivery: []age.Identity{identity(t)}},
		Mail: write.Writer{From: write.Address{Mailbox: "forms@example.org"}, Boundary: rand.Text}, Bounce: "bounce@example.org",
		Offices: map[string][]string{"sample": {"one@example.org", "two@example.org"}}, Secret: bytes.Repeat([]byte{7}, 32),
		Forms: func() map[string]*form.Form { return map[string]*form.Form{"sample": f} },
		Now:   func() time.Time { return c.now }, Random: rand.Reader}
	return c
}

// Words that stand in what is sent and must not stand in the store.
const (
	school  = "示例学校甲"
	person  = "示例教师 001"
	address = "sample@example.org"
	letter  = "%PDF-1.7 a letter that nobody else shall read"
)

func (c *counter) sending(change ...func(*desk.Sending)) desk.Sending {
	s := desk.Sending{Form: c.form, Lang: locale.EN, Digest: []byte("digest"),
		Answers: form.Answers{
			Values: map[string][]string{"school": {school}, "contact": {person}, "email": {address}, "consent": {"yes"}},
			Files:  map[string][]form.File{"letter": {{Name: "公函.pdf", Type: "application/pdf", Size: int64(len(letter)), ID: "1"}}},
		},
		Read: func(id string) ([]byte, error) { return []byte(letter), nil }}
	for _, f := range change {
		f(&s)
	}
	return s
}

func anonymous(s *desk.Sending) {
	delete(s.Answers.Values, "email")
	delete(s.Answers.Values, "contact")
}

// take accepts a submission that must be fresh.
func (c *counter) take(change ...func(*desk.Sending)) outbox.Submission {
	c.t.Helper()
	sub, fresh, err := c.Accept(context.Background(), c.sending(change...))
	if err != nil || !fresh {
		c.t.Fatal(fresh, err)
	}
	return sub
}

// letters are the mails of a submission, opened.
func (c *counter) letters(reference string) (parcels []courier.Parcel, kinds []outbox.Kind) {
	c.t.Helper()
	all, err := c.box.Messages(context.Background(), reference)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, m := range all {
		p, err := c.Open(m)
		if err != nil {
			c.t.Fatal(err)
		}
		parcels, kinds = append(parcels, p), append(kinds, m.Kind)
	}
	return parcels, kinds
}

// said is the text of a mail without its transfer encoding.
func said(t *testing.T, body []byte) string {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return decoded(t, m)
}

// deliver lends what is due and ends each mail as the courier would.
func (c *counter) deliver(end func(outbox.Message) error) int {
	c.t.Helper()
	all, err := c.box.Next(context.Background(), c.now, c.now.Add(time.Minute), 100)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, m := range all {
		if err := end(m); err != nil {
			c.t.Fatal(err)
		}
	}
	return len(all)
}

func (c *counter) sent(m outbox.Message) error { return c.box.Done(context.Background(), m) }

// die is what the courier does with a mail that was refused for good.
func (c *counter) die(m outbox.Message) error {
	then, err := c.Died(context.Background(), m)
	if err != nil {
		return err
	}
	return c.box.Dead(context.Background(), m, "550 5.1.1 no such mailbox", then)
}

func TestNothingReadableReachesTheStore(t *testing.T) {
	c := open(t)
	sub := c.take()
	var stored bytes.Buffer
	if err := c.box.Dump(context.Background(), &stored); err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{sub.Record, sub.OfficeWrap, sub.DeliveryWrap, sub.Contact} {
		stored.Write(b)
	}
	for _, secret := range []string{school, person, address, "sample@", "one@example.org", letter, "公函"} {
		if bytes.Contains(stored.Bytes(), []byte(secret)) {
			t.Errorf("%q stands in the store", secret)
		}
	}
	if !bytes.Contains(stored.Bytes(), []byte(sub.Reference)) {
		t.Error("the dump has nothing of this submission: the search would find nothing anyway")
	}
}

func TestARecordHoldsWhatWasSentAndAgreedTo(t *testing.T) {
	c := open(t)
	sub := c.take()
	for name, with := range map[string]func() (*seal.Key, error){
		"delivery": func() (*seal.Key, error) { return c.Key(sub) },
		"office":   func() (*seal.Key, error) { return seal.Unwrap(sub.OfficeWrap, c.office) },
	} {
		k, err := with()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r, err := desk.OpenRecord(sub, k)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r.Reference != sub.Reference || r.Email != address || r.Name != person || r.Values["school"][0] != school || r.Version != c.form.Version || r.Lang != locale.EN || !r.Accepted.Equal(c.now) {
			t.Errorf("%s: %+v", name, r)
		}
		if len(r.Files) != 1 || r.Files[0].Name != "公函.pdf" || len(r.Consents) != 2 ||
			r.Consents[0].Version != "2026-01" || !r.Consents[0].Given || r.Consents[1].Version != "2026-02" || r.Consents[1].Given || r.Consents[1].Label.EN != "Pass it on" {
			t.Errorf("%s: files %+v, consents %+v", name, r.Files, r.Consents)
		}
	}
	if _, err := seal.Unwrap(sub.OfficeWrap, c.Keys.Delivery...); !errors.Is(err, seal.ErrWrongKey) {
		t.Errorf("the delivery key opens the office's wrap: %v", err)
	}
	other := c.take()
	if k, _ := c.Key(other); k == nil {
		t.Fatal("no key")
	} else if _, err := desk.OpenRecord(sub, k); err == nil {
		t.Error("the key of one submission opens another")
	}
	if want := c.now.AddDate(0, 0, 300); !sub.Expires.Equal(want) || sub.KeepAfter != 30*24*time.Hour {
		t.Errorf("kept until %v and %v after closing", sub.Expires, sub.KeepAfter)
	}
}

func TestEachOfficeGetsItsMailAndThePersonAReceipt(t *testing.T) {
	c := open(t)
	c.Publishes = func(at string) bool { return at == "/contact/" }
	sub := c.take()
	mails, kinds := c.letters(sub.Reference)
	if len(mails) != 3 || kinds[0] != outbox.ToOffice || kinds[1] != outbox.ToOffice || kinds[2] != outbox.Receipt {
		t.Fatal(kinds)
	}
	ids := map[string]bool{}
	for i, to := range []string{"one@example.org", "two@example.org", address} {
		m, err := mail.ReadMessage(bytes.NewReader(mails[i].Body))
		if err != nil {
			t.Fatal(err)
		}
		if mails[i].To != to || mails[i].From != "bounce@example.org" || !strings.Contains(m.Header.Get("To"), to) {
			t.Errorf("mail %d: from %q to %q", i, mails[i].From, mails[i].To)
		}
		ids[m.Header.Get("Message-ID")] = true
	}
	if len(ids) != 3 {
		t.Errorf("Message-IDs: %v", ids)
	}
	person, officer := c.URL(desk.Person, sub.Reference, locale.EN, "https://site.example.org"), c.URL(desk.Officer, sub.Reference, locale.ZH, "https://site.example.org")
	if text := said(t, mails[0].Body); !strings.Contains(text, officer) || strings.Contains(text, "/forms/receipt/") || !strings.Contains(text, school) {
		t.Errorf("to the office:\n%s", text)
	}
	if text := said(t, mails[2].Body); !strings.Contains(text, person) || strings.Contains(text, "/forms/office/") || strings.Contains(text, school) ||
		!strings.Contains(text, "2026-01") || !strings.Contains(text, "https://site.example.org/en/contact/") {
		t.Errorf("the receipt:\n%s", text)
	}

	c.Publishes = func(string) bool { return false }
	mails, _ = c.letters(c.take().Reference)
	if text := said(t, mails[2].Body); strings.Contains(text, "/contact/") {
		t.Error("the receipt leads to a page that there is not")
	}
	c.BaseURL = "https://forms.example.org/"
	mails, _ = c.letters(c.take().Reference)
	if text := said(t, mails[2].Body); !strings.Contains(text, "https://forms.example.org/en/forms/receipt/") {
		t.Errorf("not the configured address:\n%s", text)
	}
}

func TestAnAnonymousFormHasNoReceipt(t *testing.T) {
	c := open(t)
	sub := c.take(anonymous)
	mails, kinds := c.letters(sub.Reference)
	if len(mails) != 2 || kinds[1] != outbox.ToOffice || sub.Contact != nil {
		t.Fatalf("%v, contact %x", kinds, sub.Contact)
	}
	for _, typed := range []string{"", " ", address} {
		if _, ok, err := c.Progress(context.Background(), sub.Reference, typed); ok || err != nil {
			t.Errorf("%q finds an anonymous form: %v", typed, err)
		}
	}
}

func TestAFormThatNobodyReceivesIsRefused(t *testing.T) {
	c := open(t)
	c.Offices = map[string][]string{"other": {"one@example.org"}}
	if _, _, err := c.Accept(context.Background(), c.sending()); !errors.Is(err, desk.ErrNobody) {
		t.Errorf("got %v", err)
	}
	c.Offices = map[string][]string{"*": {"all@example.org"}}
	if mails, _ := c.letters(c.take().Reference); mails[0].To != "all@example.org" {
		t.Errorf("to %s", mails[0].To)
	}
}

func TestWhatCannotBeMailedIsTheSendersMatter(t *testing.T) {
	c := open(t)
	for name, change := range map[string]func(*desk.Sending){
		"an address with a line break": func(s *desk.Sending) { s.Answers.Values["email"] = []string{"a@example.org\r\nBcc: b@example.org"} },
		"a file name with a NUL":       func(s *desk.Sending) { s.Answers.Files["letter"][0].Name = "a\x00.pdf" },
		"a mail above the limit":       func(s *desk.Sending) { s.Read = func(string) ([]byte, error) { return make([]byte, 90<<10), nil } },
	} {
		c.Carries = func() int64 { return 64 << 10 }
		_, _, err := c.Accept(context.Background(), c.sending(change))
		var no *desk.Unmailable
		if !errors.As(err, &no) || !no.Why.Has(locale.ZH) || !no.Why.Has(locale.EN) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.Carries = func() int64 { return 0 } // not known
	c.take(func(s *desk.Sending) { s.Read = func(string) ([]byte, error) { return make([]byte, 90<<10), nil } })
	lost := errors.New("lost")
	var no *desk.Unmailable
	if _, _, err := c.Accept(context.Background(), c.sending(func(s *desk.Sending) { s.Read = func(string) ([]byte, error) { return nil, lost } })); !errors.Is(err, lost) || errors.As(err, &no) {
		t.Errorf("a fault of our disk: %v", err)
	}
	all, err := c.box.List(context.Background(), outbox.Filter{})
	if err != nil || len(all) != 1 {
		t.Errorf("%d are stored, %v", len(all), err)
	}
}

// repeated gives the bytes of one reader once more before it goes on.
type repeated struct {
	first bytes.Buffer
	again *bytes.Reader
}

func (r *repeated) Read(b []byte) (int, error) {
	if r.again != nil && r.again.Len() > 0 {
		return r.again.Read(b)
	}
	n, err := rand.Read(b)
	r.first.Write(b[:n])
	return n, err
}
