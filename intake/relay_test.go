package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

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

func TestDeadMailsAreTalliedAtTheStart(t *testing.T) {
	var log record
	h := open(t, func(o *options) {
		o.log = log.logger()
		if err := os.MkdirAll(o.Data, 0o700); err != nil {
			t.Fatal(err)
		}
		box, err := outbox.OpenSQLite(filepath.Join(o.Data, "outbox.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer box.Close()
		now := time.Date(2026, 3, 1, 9, 0, 0, 0, locale.Beijing())
		for _, ref := range []string{"HZ-DEAD-0001-A", "HZ-SENT-0002-B", "HZ-DEAD-0003-C"} {
			sub := outbox.Submission{Reference: ref, Form: "sample-request", Token: ref, Lang: locale.ZH, Created: now}
			mails := []outbox.Mail{{To: "officer@example.org", Body: []byte("x")}}
			if strings.HasSuffix(ref, "C") {
				mails = append(mails, outbox.Mail{To: "sample@example.org", Body: []byte("x")})
			}
			if _, _, err := box.Accept(t.Context(), sub, mails); err != nil {
				t.Fatal(err)
			}
			for range mails {
				m, ok, err := box.Next(t.Context(), now, now.Add(time.Minute))
				if err != nil || !ok {
					t.Fatal(ok, err)
				}
				if strings.Contains(ref, "DEAD") {
					err = box.Dead(t.Context(), m, "550 5.1.1 <officer@example.org> nobody")
				} else {
					err = box.Done(t.Context(), m)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	})
	if a := h.get("/"); a.StatusCode != 200 {
		t.Error(a.StatusCode)
	}
	said := log.String()
	if !strings.Contains(said, `mails=3 references="HZ-DEAD-0001-A HZ-DEAD-0003-C" more=0`) || strings.Contains(said, "HZ-SENT") || strings.Contains(said, "@") {
		t.Error(said)
	}
	var quiet record
	open(t, func(o *options) { o.log = quiet.logger() })
	if strings.Contains(quiet.String(), "refused for good") {
		t.Errorf("nothing is dead: %s", quiet.String())
	}
}
