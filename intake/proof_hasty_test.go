package main

import (
	"context"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"waijiao/intake/internal/courier"
	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/guard"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/server"
	"waijiao/intake/internal/uploads"
)

// hasty is a server that answers before it commits.
func hasty(c serveCommand, w *world) error {
	p, err := c.open(w, true)
	if err != nil {
		return err
	}
	p.box = hastyStore{p.box}
	letters, err := c.read(w, "")
	if err != nil {
		return err
	}
	carrier, _, err := c.carrier(w, c.Data)
	if err != nil {
		return err
	}
	kept, err := uploads.Open(filepath.Join(c.Data, "uploads"), uploads.Config{Secret: p.secret, Now: w.now, Name: func() string { return randomName(w.random) }})
	if err != nil {
		return err
	}
	d := letters.desk(w, p)
	handler, err := server.New(server.Config{Site: c.Site, Desk: d, Uploads: kept, Guard: guard.New(p.secret, w.now), Accepted: func() {}, Log: w.log})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return err
	}
	post, ended := courier.Courier{Queue: p.box, Open: d.Open, Carrier: carrier, Now: w.now, Log: w.log}, make(chan struct{})
	go func() { post.Run(w.ctx, nil); close(ended) }()
	srv := &http.Server{Handler: handler}
	context.AfterFunc(w.ctx, func() { srv.Close() })
	c.announce(w, l.Addr().String())
	srv.Serve(l)
	<-ended
	return nil
}

type hastyStore struct{ outbox.Store }

func (s hastyStore) Accept(ctx context.Context, sub outbox.Submission, mails []outbox.Mail) (outbox.Submission, bool, error) {
	time.AfterFunc(100*time.Millisecond, func() { s.Store.Accept(ctx, sub, mails) })
	return sub, true, nil
}

func TestTheLedgerFindsAServerThatAnswersTooSoon(t *testing.T) {
	l := newLedger(t, "")
	wrong := strings.Join(l.run(2, l.startHasty), "\n")
	for _, want := range []string{"is lost: 404", "and is lost"} {
		if !strings.Contains(wrong, want) {
			t.Errorf("%q was not said:\n%s", want, wrong)
		}
	}
}

func TestTheLedgerFindsEachBrokenPromise(t *testing.T) {
	l := newLedger(t, "")
	i := l.start()
	for kind := range 4 {
		if p, ok := l.fill(i, kind); !ok || !l.try(i, p) {
			t.Fatal(i.log)
		}
	}
	until(t, "nothing is left to send", func() bool { return len(l.listed("--queued")) == 0 })
	i.end()
	took, stored := l.relay.took(), l.listed()
	if wrong := append(l.faults, judge(l.promises, stored, took)...); len(wrong) > 0 || len(took) != 8 || len(stored) != 4 {
		t.Fatalf("%d in the store, %d mailed, %v", len(stored), len(took), wrong)
	}
	later := func(m taken) taken { m.life++; return m }
	other := func(m taken) taken { m.body = append(slices.Clone(m.body), '.'); return m }
	changed := func(n int, change func(*promise)) []*promise {
		out := slices.Clone(l.promises)
		p := *out[n]
		change(&p)
		out[n] = &p
		return out
	}
	office := slices.IndexFunc(took, func(m taken) bool { return m.to == "officer@example.org" })
	for name, c := range map[string]struct {
		promises []*promise
		stored   []listed
		took     []taken
		says     string // nothing where this is allowed
	}{
		"a mail again after a kill": {l.promises, stored, append(slices.Clone(took), later(took[0])), ""},
		"the same life":             {l.promises, stored, append(slices.Clone(took), took[0]), "came twice in life"},
		"other bytes":               {l.promises, stored, append(slices.Clone(took), other(later(took[0]))), "not the same"},
		"too many again":            {l.promises, stored, append(slices.Clone(took), later(took[0]), later(took[1]), later(took[2]), later(took[3]), later(took[4])), "more than were on their way"},
		"lost in the store":         {l.promises, stored[1:], took, "is lost"},
		"never mailed":              {l.promises, stored, took[1:], "was not mailed"},
		"the office without it":     {l.promises, stored, slices.Delete(slices.Clone(took), office, office+1), "was not mailed"},
		"other answers":             {changed(0, func(p *promise) { p.file = "x" }), stored, took, "does not hold what was sent"},
		"another number":            {changed(0, func(p *promise) { p.ref = l.promises[1].ref }), stored, took, "and mailed as"},
	} {
		wrong := strings.Join(judge(c.promises, c.stored, c.took), "\n")
		if c.says == "" && wrong != "" || !strings.Contains(wrong, c.says) {
			t.Errorf("%s: %s", name, wrong)
		}
	}
	if referenceOf(took[0].id) == "" || desk.Slip(referenceOf(took[0].id)) {
		t.Errorf("%s begins with no reference number", took[0].id)
	}
}

func (p *proof) startHasty() *instance {
	p.t.Helper()
	return p.startWith(func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "PROOF_HASTY=1") })
}
