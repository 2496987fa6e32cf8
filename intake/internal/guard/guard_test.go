package guard

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type clock struct{ t time.Time }

func newGuard(secret string, limits ...Limits) (*Guard, *clock) {
	c := &clock{time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	now := func() time.Time { return c.t }
	if len(limits) == 0 {
		return New([]byte(secret), now), c
	}
	return NewLimited([]byte(secret), now, limits[0]), c
}

func TestStamps(t *testing.T) {
	g, c := newGuard("secret")
	other, _ := newGuard("another")
	good := g.Stamp("hiring")
	look := func(p Post) Doubt { return g.Look(p) }
	if d := look(Post{Form: "hiring", Key: "k", Stamp: good}); d != TooFast {
		t.Errorf("at once: %q", d)
	}
	c.t = c.t.Add(-time.Hour)
	if d := look(Post{Form: "hiring", Key: "k", Stamp: good}); d != Stale {
		t.Errorf("the clock was set back: %q", d) // TooFast would not end for an hour
	}
	c.t = c.t.Add(time.Hour + 3*time.Second)
	forged := []byte(good)
	forged[3] ^= 1
	for name, p := range map[string]Post{
		"another form":   {Form: "enquiry", Key: "k", Stamp: good},
		"another secret": {Form: "hiring", Key: "k", Stamp: other.Stamp("hiring")},
		"changed":        {Form: "hiring", Key: "k", Stamp: string(forged)},
		"cut":            {Form: "hiring", Key: "k", Stamp: good[:10]},
		"none":           {Form: "hiring", Key: "k"},
	} {
		if d := look(p); d != Stale {
			t.Errorf("%s: %q", name, d)
		}
	}
	if d := look(Post{Form: "hiring", Key: "k", Stamp: good}); d != None {
		t.Errorf("after three seconds: %q", d)
	}
	if d := look(Post{Form: "hiring", Key: "k", Stamp: good, Trap: "http://"}); d != Trapped {
		t.Errorf("trap: %q", d)
	}
	if d := look(Post{Form: "hiring"}); d != None {
		t.Errorf("a page of another server: %q", d)
	}
	if d := look(Post{Form: "hiring", Trap: "x"}); d != Trapped {
		t.Errorf("a page of another server, trap: %q", d)
	}
	c.t = c.t.Add(49 * time.Hour)
	if d := look(Post{Form: "hiring", Key: "k", Stamp: good}); d != Stale {
		t.Errorf("after two days: %q", d)
	}
}

func TestWhatADoubtLeadsTo(t *testing.T) {
	for d, want := range map[Doubt]Reason{None: "", Stale: "", Trapped: "trap", TooFast: "too-fast"} {
		if got := d.Aside(); got != want {
			t.Errorf("%q: %q", d, got)
		}
	}
}

func TestTheGuardMayBeAskedByManyAtOnce(t *testing.T) {
	g, _ := newGuard("secret", small())
	var all sync.WaitGroup
	var free atomic.Int32
	for range 8 {
		all.Go(func() {
			for range 100 {
				if admit(g, school, "hiring") == (Verdict{}) {
					free.Add(1)
				}
				g.Receipt("a@example.org")
				g.kept()
			}
		})
	}
	all.Wait()
	if n := free.Load(); n != 5 {
		t.Errorf("%d posts went through at once", n)
	}
}
