package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/upkeep"
)

// What people sent is erased 180 days after it was closed, and a year after it
// was accepted at the latest; the links in its mails end with it. Until then
// the office is reminded every week of what is not handled. The server's own
// caretaker looks every ten minutes by the machine's clock, so another one
// looks here, on the same store.
func TestWhatHasBeenKeptLongEnoughIsErasedWithItsLinks(t *testing.T) {
	h := open(t)
	links := map[string][]string{} // by reference: the person's and the officer's
	for n := range 2 {
		a := h.send(page, good(h.shown(page)), letter())
		ref := regexp.MustCompile(`HZ-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]`).FindString(a.Header.Get("Location"))
		for to, m := range h.mails(2 * (n + 1)) {
			text, _, err := contents([]byte(m))
			if officer := regexp.MustCompile(`/forms/office/[^/\s]+/`).FindString(text); err == nil && strings.HasPrefix(to, "officer") && strings.Contains(officer, ref) {
				links[ref] = []string{a.Header.Get("Location"), officer}
			}
		}
		if len(links) != n+1 {
			t.Fatalf("%d %v", a.StatusCode, links)
		}
	}
	o := plainly(h.site, h.data, "sample-request=officer@example.org")
	o.From, o.now = "forms@example.org", h.clock
	p, err := o.open(&o.world, false)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	letters, err := o.read(&o.world, "")
	if err != nil {
		t.Fatal(err)
	}
	d := letters.desk(&o.world, p)
	var log bytes.Buffer
	caretaker := upkeep.Upkeep{Box: p.box, Desk: d, Now: h.clock, Log: slog.New(slog.NewTextHandler(&log, nil))}
	live := func(days int) {
		for range days {
			h.wait(24 * time.Hour)
			caretaker.Tick(t.Context())
		}
	}
	lives := func(when, ref string, want int) {
		t.Helper()
		for _, link := range links[ref] {
			if a := h.get(link); a.StatusCode != want {
				t.Errorf("%s: %s: %d, want %d", when, link, a.StatusCode, want)
			}
		}
		if _, err := p.box.ByReference(t.Context(), ref); (err == nil) != (want == 200) {
			t.Errorf("%s: %s in the store: %v", when, ref, err)
		}
	}
	var closed, kept string
	for ref := range links {
		closed, kept = kept, ref
	}
	live(10) // over a Monday
	wake := h.send(page, good(h.shown(page)), letter())
	if wake.StatusCode != 303 {
		t.Fatal(wake.StatusCode)
	}
	until(t, "the office has its weekly list", func() bool {
		for _, name := range files(t, filepath.Join(h.data, "mail", "new")) {
			b, err := os.ReadFile(filepath.Join(h.data, "mail", "new", name))
			if err != nil {
				t.Fatal(err)
			}
			text, _, err := contents(b)
			if err == nil && strings.Contains(string(b), "Delivered-To: officer@example.org") && strings.Contains(text, links[closed][1]) && strings.Contains(text, links[kept][1]) {
				return true
			}
		}
		return false
	})
	if _, err := d.Mark(t.Context(), closed, outbox.Closed, ""); err != nil {
		t.Fatal(err)
	}
	live(179)
	lives("179 days after closing", closed, 200)
	live(1)
	lives("180 days after closing", closed, 404)
	lives("never closed", kept, 200)
	live(174)
	lives("after 364 days", kept, 200)
	live(1)
	lives("after 365 days", kept, 404)
	for _, ref := range []string{closed, kept} {
		if n := strings.Count(log.String(), "reference="+ref); n != 1 {
			t.Errorf("%s is %d times in the log:\n%s", ref, n, log.String())
		}
	}
}
