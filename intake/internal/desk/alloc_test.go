package desk_test

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/mail"
	"waijiao/intake/internal/outbox/sqlite"
	"waijiao/intake/internal/seal"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// What an accept takes from the heap is counted, since time cannot be tested on
// a machine that others use. Nothing may creep in that costs half as much again.
func TestWhatAnAcceptTakesFromTheHeap(t *testing.T) {
	const mostObjects, mostBytes = 3000, 500 << 10
	src, err := os.ReadFile("../../../content/forms/hiring-request.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f, problems := form.Parse("forms/hiring-request.yaml", src, form.Env{Districts: []form.Choice{{Value: "330106", Label: locale.T("西湖区", "Xihu District")}},
		BaseURL: "https://www.example.org", MailLimit: 10 << 20})
	if len(problems) > 0 {
		t.Fatal(problems[0].Message.EN)
	}
	now := time.Date(2026, 11, 22, 16, 30, 0, 0, time.UTC)
	answers := f.Bind(url.Values{
		"school_name": {"示例小学 01"}, "uscc": {"91350100M000100Y43"}, "district": {"330106"}, "school_stages": {"primary"}, "ownership": {"public"},
		"contact_name": {"示例教师 001"}, "contact_post": {"教务处"}, "office_phone": {"+44 20 7946 0000"}, "email": {"office@example.org"},
		"post_type": {"full-time"}, "hours": {"16"}, "subjects": {"english"}, "teaching_stages": {"primary"}, "teachers": {"2"},
		"start_date": {"2027-02-15"}, "end_date": {"2028-01-31"}, "housing": {"provided"}, "consent_processing": {"yes"},
	}, nil)
	if faults := f.Validate(answers, now); len(faults) > 0 {
		t.Fatal(faults)
	}
	dir := t.TempDir()
	box, err := sqlite.Open(filepath.Join(dir, "outbox.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	office, err := seal.MakeIdentity(filepath.Join(dir, "office.key"))
	if err != nil {
		t.Fatal(err)
	}
	to, err := seal.RecipientOf(office)
	if err != nil {
		t.Fatal(err)
	}
	delivery, err := seal.MakeIdentity(filepath.Join(dir, "delivery.key"))
	if err != nil {
		t.Fatal(err)
	}
	boundary := func() string {
		var b [16]byte
		rand.Read(b[:])
		return hex.EncodeToString(b[:])
	}
	d := &desk.Desk{Box: box, Mail: mail.Writer{From: mail.Address{Mailbox: "forms@example.org"}, Boundary: boundary},
		Offices: map[string][]string{"*": {"officer@example.org"}}, Secret: make([]byte, 32), Now: func() time.Time { return now }, Random: rand.Reader}
	d.Keys.Office = to
	d.Keys.Delivery = append(d.Keys.Delivery, delivery)
	n := 0
	accept := func() {
		n++
		if _, fresh, err := d.Accept(t.Context(), desk.Sending{Form: f, Answers: answers, Lang: locale.ZH, Key: fmt.Sprint(n), Digest: []byte("digest")}); err != nil || !fresh {
			t.Fatal(fresh, err)
		}
	}
	accept() // what is made once
	const runs = 50
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		accept()
	}
	runtime.ReadMemStats(&after)
	objects, bytes := (after.Mallocs-before.Mallocs)/runs, (after.TotalAlloc-before.TotalAlloc)/runs
	if objects > mostObjects || bytes > mostBytes {
		t.Errorf("an accept takes %d objects and %d bytes, at most %d and %d are allowed", objects, bytes, mostObjects, mostBytes)
	}
}
