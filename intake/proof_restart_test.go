package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"waijiao/intake/internal/outbox"
)

// limited posts four times at once from an address that has had its hundred,
// and returns the reference number of the first that is answered: those that
// are told to wait do so for seconds.
func (i *instance) limited() string {
	i.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	answers := make(chan reply, 4)
	for range cap(answers) {
		contentType, body := sample{token: newToken(), json: true}.body()
		r, err := http.NewRequestWithContext(ctx, "POST", i.base+page, strings.NewReader(string(body)))
		if err != nil {
			i.t.Fatal(err)
		}
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("X-Forwarded-For", "203.0.113.7")
		go func() {
			answer, _ := i.exchange(r) // broken off below
			answers <- answer
		}()
	}
	first := <-answers
	stop()
	for range cap(answers) - 1 {
		<-answers
	}
	if !first.acknowledged() {
		i.t.Fatalf("%d %s", first.status, first.body)
	}
	return first.ref
}

func (p *proof) held(ref string) string {
	p.t.Helper()
	all := p.listed()
	n := slices.IndexFunc(all, func(s listed) bool { return s.Reference == ref })
	if n < 0 {
		p.t.Fatalf("%s is not there", ref)
	}
	return all[n].Held
}

// An address that has sent very much does not begin anew because the server
// does, however that ended.
func TestLimitsHoldOverARestart(t *testing.T) {
	p := newProof(t, "", "--proxy", "127.0.0.1")
	p.flags = append(p.flags, "--maildir", p.mail)
	i := p.start()
	const from = "203.0.113.7"
	for range 100 {
		i.sent(sample{token: newToken(), json: true}, "X-Forwarded-For", from)
	}
	i.end()
	i = p.start()
	if why := p.held(i.limited()); why != "address-limit" {
		t.Errorf("after a restart it was held for %q", why)
	}
	if ref := i.sent(sample{token: newToken(), json: true}, "X-Forwarded-For", "203.0.113.8"); p.held(ref) != "" {
		t.Error("another address is held too")
	}
	limits := filepath.Join(p.data, "limits")
	if err := os.Remove(limits); err != nil {
		t.Fatal(err)
	}
	until(t, "the limits are saved by a running server", func() bool { _, err := os.Stat(limits); return err == nil })
	i.kill()
	i = p.start()
	if why := p.held(i.limited()); why != "address-limit" {
		t.Errorf("after a kill it was held for %q", why)
	}
	i.kill()
	if err := os.Remove(limits); err != nil {
		t.Fatal(err)
	}
	if i = p.start(); p.held(i.limited()) != "" {
		t.Error("this cannot tell whether limits are kept: they held without their file")
	}
}

// Asked to end in the middle of a slow upload, the server takes no new
// visitors, finishes what it began, mails it and ends.
func aGracefulStopFinishesASlowUpload(t *testing.T, store string) {
	relay := newSink(t)
	p := newProof(t, store, "--smtp", relay.url())
	i := p.start()
	s := sample{token: newToken()}
	s.file = letterWith(strings.Repeat(s.token+"\n% ", 40_000))
	post := i.begin(s)
	if err := i.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	until(t, "nobody new is let in", func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(i.base, "http://"))
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	status, location := post.finish(t)
	if status != "HTTP/1.1 303 See Other" || !strings.Contains(location, "/forms/receipt/HZ-") {
		t.Fatalf("%s %s\n%s", status, location, i.log)
	}
	<-i.ended
	if i.err != nil {
		t.Errorf("the program ended with %v:\n%s", i.err, i.log)
	}
	if left := files(t, filepath.Join(p.data, "uploads")); len(left) > 0 {
		t.Errorf("stayed behind: %v", left)
	}
	i = p.start()
	if res, err := i.client.Get(i.base + location); err != nil || res.StatusCode != 200 {
		t.Errorf("%v %v", res, err)
	}
	until(t, "it is mailed", func() bool { return len(relay.took()) == 2 })
	for _, m := range relay.took() {
		if _, files, err := contents(m.body); m.to == "officer@example.org" && (err != nil || files != s.file) {
			t.Errorf("the office got %d bytes: %v", len(files), err)
		}
	}
	i.end()
}

// store opens the outbox beside the server.
func (p *proof) box(t *testing.T) outbox.Store {
	t.Helper()
	box, err := storeFlags{Data: p.data, Store: p.store}.openStore(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return box
}

// What was closed, or could not be delivered, is read with the office's key
// alone from then on.
func theDeliveryKeyOpensOnlyWhatIsNotClosed(t *testing.T, store string) {
	relay := newSink(t)
	to, officeKey := office(t)
	p := newProof(t, store, "--smtp", relay.url(), "--seal-to", to)
	i := p.start()
	closed, dead := sample{token: newToken()}, sample{token: newToken()}
	closed.file = letterWith(closed.token)
	ref := i.sent(closed)
	until(t, "it is mailed", func() bool { return len(p.listed("--queued")) == 0 })
	// wrap returns the end of the delivery wrap: its beginning is the same
	// in all of them.
	box := p.box(t)
	wrap := func(ref string) (tail string) {
		t.Helper()
		sub, err := box.ByReference(t.Context(), ref)
		if err != nil || len(sub.OfficeWrap) == 0 {
			t.Fatal(sub, err)
		}
		return string(sub.DeliveryWrap[max(0, len(sub.DeliveryWrap)-64):])
	}
	opens := func(ref, want string, flags ...string) {
		t.Helper()
		out, err := p.operator(append([]string{"show", ref, "--answers"}, flags...)...)
		if strings.HasPrefix(want, "!") {
			if err == nil || !strings.Contains(err.Error(), want[1:]) || strings.Contains(out, closed.token) || strings.Contains(out, dead.token) {
				t.Errorf("%s %v:\n%v\n%s", ref, flags, err, out)
			}
		} else if err != nil || !strings.Contains(out, want) {
			t.Errorf("%s %v:\n%v\n%s", ref, flags, err, out)
		}
	}
	const sealed = "!the delivery key no longer opens it"
	opens(ref, closed.token)
	opens(ref, closed.token, "--key", officeKey)
	before := wrap(ref)
	if before == "" {
		t.Fatal("there is no delivery wrap")
	}
	if _, err := p.operator("mark", ref, "closed", "--from", "forms@example.org"); err != nil {
		t.Fatal(err)
	}
	if wrap(ref) != "" {
		t.Error("closed, and the delivery wrap is still there")
	}
	opens(ref, sealed)
	opens(ref, closed.token, "--key", officeKey)
	opens(ref, "!this key does not open it", "--key", p.key)

	// Refused for good: sealed, and sent again only with the office's key.
	relay.set(func(s *sink) {
		s.refuse = func(to string) string {
			if to == "officer@example.org" {
				return "550 5.1.1 nobody"
			}
			return ""
		}
	})
	ref = i.sent(dead)
	until(t, "the office's mail is dead, and its sender told", func() bool {
		return len(p.listed("--dead")) == 1 && len(p.listed("--queued")) == 0 && len(relay.took()) == 4
	})
	if wrap(ref) != "" {
		t.Error("dead, and the delivery wrap is still there")
	}
	opens(ref, sealed)
	opens(ref, dead.token, "--key", officeKey)
	if _, err := p.operator("retry", ref); err == nil || !strings.Contains(err.Error(), sealed[1:]) {
		t.Errorf("retry without the office's key: %v", err)
	}
	relay.set(func(s *sink) { s.refuse = nil })
	if _, err := p.operator("retry", ref, "--key", officeKey); err != nil {
		t.Fatal(err)
	}
	i.sent(sample{token: newToken(), json: true}) // wakes the courier
	until(t, "the office has it", func() bool {
		return slices.ContainsFunc(relay.took(), func(m taken) bool {
			text, _, err := contents(m.body)
			return err == nil && m.to == "officer@example.org" && strings.Contains(text, dead.token)
		})
	})
	i.end()
	if strings.HasPrefix(p.store, "sqlite") {
		if err := box.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(p.data, "outbox.db"))
		if err != nil || strings.Contains(string(b), before) {
			t.Errorf("the destroyed wrap is still in the file (%v)", err)
		}
		if logs, _ := filepath.Glob(filepath.Join(p.data, "outbox.db-*")); len(logs) > 0 {
			t.Errorf("%v stayed behind", logs)
		}
	}
}
