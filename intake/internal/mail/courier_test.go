package mail

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

// carrier answers with what the test says, in order; then with nil.
type carrier struct {
	answers []error
	took    []Parcel
}

func (c *carrier) Carry(_ context.Context, p Parcel) error {
	c.took = append(c.took, p)
	if len(c.answers) == 0 {
		return nil
	}
	err := c.answers[0]
	c.answers = c.answers[1:]
	return err
}

type bench struct {
	Courier
	box  *outbox.SQLite
	path string
	now  time.Time
}

func newBench(t *testing.T, c Carrier) *bench {
	t.Helper()
	path := filepath.Join(t.TempDir(), "outbox.db")
	box, err := outbox.OpenSQLite(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	b := &bench{box: box, path: path, now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	b.Courier = Courier{Queue: box, Carrier: c, Now: func() time.Time { return b.now }, Random: func() float64 { return 0.5 }, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	sub := outbox.Submission{Reference: "HZ-1", Form: "x", Token: "t", Lang: locale.ZH, Created: b.now}
	if _, _, err := box.Accept(t.Context(), sub, []outbox.Mail{{From: "forms@example.org", To: "officer@example.org", Body: []byte("Subject: x\r\n\r\nbody\r\n")}}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) mail(t *testing.T) outbox.Message {
	t.Helper()
	all, err := b.box.Messages(t.Context(), "HZ-1")
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	return all[0]
}

func TestTemporaryRefusalsDoubleTheWaitAndEndAfterFiveDays(t *testing.T) {
	later := &Refusal{Reply: "450 4.2.1 later"}
	c := &carrier{}
	for range 100 {
		c.answers = append(c.answers, later)
	}
	b := newBench(t, c)
	var waits []time.Duration
	for b.mail(t).State == outbox.Queued {
		found, err := b.Step(t.Context())
		if err != nil || !found {
			t.Fatal(found, err)
		}
		m := b.mail(t)
		if m.State == outbox.Queued {
			waits = append(waits, m.Due.Sub(b.now))
			if found, err := b.Step(t.Context()); found || err != nil {
				t.Fatal("tried before it was due")
			}
			b.now = m.Due
		}
	}
	if waits[0] != 100*time.Second || waits[1] != 200*time.Second || waits[len(waits)-1] != longestRetry*5/6 {
		t.Errorf("waits: %v", waits)
	}
	if m := b.mail(t); m.State != outbox.Dead || m.LastError != later.Reply || b.now.Sub(m.Created) < giveUp {
		t.Errorf("%+v", m)
	}
}

func TestPermanentRefusalEndsAtOnce(t *testing.T) {
	b := newBench(t, &carrier{answers: []error{&Refusal{Permanent: true, Reply: "550 5.1.1 nobody"}}})
	if found, err := b.Step(t.Context()); !found || err != nil {
		t.Fatal(found, err)
	}
	if m := b.mail(t); m.State != outbox.Dead || m.LastError != "550 5.1.1 nobody" {
		t.Errorf("%+v", m)
	}
}

func TestWhoBuriesAMailSaysHowToSendItAgain(t *testing.T) {
	b := newBench(t, &carrier{answers: []error{&Refusal{Permanent: true, Reply: "550 5.1.1 nobody"}}})
	var log bytes.Buffer
	b.Log = slog.New(slog.NewJSONHandler(&log, nil))
	if _, err := b.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	var line struct{ Reference, Reply, SQL string }
	if err := json.Unmarshal(log.Bytes(), &line); err != nil || line.Reference != "HZ-1" || line.Reply != "550 5.1.1 nobody" || strings.Contains(log.String(), "@") {
		t.Fatalf("%v\n%s", err, log.String())
	}
	if n, refs, err := b.box.Buried(t.Context()); n != 1 || len(refs) != 1 || refs[0] != "HZ-1" || err != nil {
		t.Errorf("buried: %d %v %v", n, refs, err)
	}
	// An operator does it from outside, while the program runs.
	db, err := sql.Open("sqlite", b.path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(line.SQL); err != nil {
		t.Fatal(err)
	}
	if found, err := b.Step(t.Context()); !found || err != nil || b.mail(t).State != outbox.Sent {
		t.Errorf("not sent again: %v %v %+v", found, err, b.mail(t))
	}
	if n, refs, err := b.box.Buried(t.Context()); n != 0 || len(refs) != 0 || err != nil {
		t.Errorf("buried: %d %v %v", n, refs, err)
	}
}

func TestABlockedWayJudgesNobody(t *testing.T) {
	c := &carrier{answers: []error{errors.New("535 login refused")}}
	b := newBench(t, c)
	b.now = b.now.Add(100 * 24 * time.Hour) // however old the mail is
	if _, err := b.Step(t.Context()); err == nil {
		t.Error("the courier was not told")
	}
	if m := b.mail(t); m.State != outbox.Queued || m.Attempts != 0 {
		t.Errorf("%+v", m)
	}
	if found, err := b.Step(t.Context()); !found || err != nil || b.mail(t).State != outbox.Sent {
		t.Error("not delivered when the way was open again")
	}
	if c.took[0].ID != c.took[1].ID {
		t.Error("the same mail has two ids")
	}
}

func TestRunDeliversWhatWakesIt(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, Maildir{Dir: dir, Host: "test"})
	ctx, cancel := context.WithCancel(t.Context())
	wake, ended := make(chan struct{}, 1), make(chan struct{})
	go func() { b.Run(ctx, wake); close(ended) }()
	for b.mail(t).State != outbox.Sent {
		time.Sleep(time.Millisecond)
	}
	if _, _, err := b.box.Accept(t.Context(), outbox.Submission{Reference: "HZ-2", Token: "u", Created: b.now}, []outbox.Mail{{To: "o@example.org", Body: []byte("X: y\r\n\r\n")}}); err != nil {
		t.Fatal(err)
	}
	wake <- struct{}{}
	for {
		all, err := b.box.Messages(t.Context(), "HZ-2")
		if err != nil {
			t.Fatal(err)
		}
		if all[0].State == outbox.Sent {
			break
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-ended
}

func TestMaildir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var[", "mail") // no pattern, though it looks like one
	m := Maildir{Dir: dir, Host: "a/b:c"}
	p := Parcel{ID: "HZ-1-1", From: "forms@example.org", To: "officer@example.org", Body: []byte("Subject: x\r\n\r\nbody\r\n"), Created: time.Unix(1000, 0)}
	for range 2 { // again, as after a crash between filing and recording
		if err := m.Carry(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	found := files(t, dir)
	if len(found) != 1 || !strings.HasPrefix(found[0], "new/1000.HZ-1-1.") || strings.Count(found[0], "/") != 1 {
		t.Fatal(found)
	}
	b, err := os.ReadFile(filepath.Join(dir, found[0]))
	if err != nil || string(b) != "Return-Path: <forms@example.org>\nDelivered-To: officer@example.org\nSubject: x\n\nbody\n" {
		t.Errorf("%q %v", b, err)
	}
	if err := os.Rename(filepath.Join(dir, found[0]), filepath.Join(dir, "cur", strings.TrimPrefix(found[0], "new/")+":2,S")); err != nil {
		t.Fatal(err)
	}
	if err := m.Carry(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if found := files(t, dir); len(found) != 1 {
		t.Error(found)
	}
	if err := (Maildir{Dir: filepath.Join(dir, "cur", "x")}).Carry(t.Context(), p); err != nil {
		t.Error(err)
	}
	if err := (Maildir{Dir: "/dev/null/mail"}).Carry(t.Context(), p); err == nil || errors.As(err, new(*Refusal)) {
		t.Errorf("no folder: %v", err)
	}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
