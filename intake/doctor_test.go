package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"waijiao/intake/internal/doctor"
)

// The doctor comes while the server runs, asks the relay and the DNS, and
// leaves the data folder as it was.
func TestTheDoctorExaminesARunningServer(t *testing.T) {
	relay, mails := openPostRoom(t, 60_000)
	h := open(t, func(o *options) { o.SMTP = relay })
	if a := h.send(page, good(h.shown(page)), letter()); a.StatusCode >= 400 {
		t.Fatalf("%d\n%s", a.StatusCode, a.body)
	}
	<-mails
	<-mails
	before := files(t, h.data)

	var out bytes.Buffer
	o := plainly(h.site, h.data, "sample-request=officer@example.org")
	o.From, o.SMTP, o.now, o.out = "forms@example.org", relay, h.clock, &out
	o.resolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no way out")
	}}
	if err := (doctorCommand{serveCommand: o.serveCommand, JSON: true}).Run(&o.world); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	var report struct {
		OK     bool
		Checks []doctor.Line
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	if !report.OK {
		t.Errorf("not ok:\n%s", out.String())
	}
	for _, want := range []doctor.Line{
		{Name: "site", Level: "ok", What: "published"},
		{Name: "server", Level: "ok", What: fmt.Sprintf("running (process %d)", os.Getpid())},
		{Name: "store", Level: "ok", What: "submissions: 1"},
		{Name: "delivery-key", Level: "ok", What: "(1 tried)"},
		{Name: "smtp", Level: "warning", What: "and the relay takes "},
		{Name: "dns", Level: "warning", What: "did not answer about example.org MX"},
		{Name: "spf", Level: "warning", What: "did not answer"},
		{Name: "dmarc", Level: "warning", What: "did not answer"},
	} {
		found := false
		for _, c := range report.Checks {
			found = found || c.Name == want.Name && c.Level == want.Level && strings.Contains(c.What, want.What)
		}
		if !found {
			t.Errorf("no %+v in\n%s", want, out.String())
		}
	}
	for _, name := range files(t, h.data) {
		// The server writes its own files meanwhile.
		if !slices.Contains(before, name) && !strings.HasPrefix(name, "limits") && !strings.HasPrefix(name, "outbox.db") {
			t.Errorf("%s was made", name)
		}
	}
	if _, err := os.Stat(filepath.Join(h.data, "mail")); err == nil {
		t.Error("a folder for mails was made")
	}
}
