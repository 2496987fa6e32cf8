package guard

import (
	"net/netip"
	"testing"
	"time"
)

type clock struct{ t time.Time }

func newGuard(secret string) (*Guard, *clock) {
	c := &clock{time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	return New([]byte(secret), func() time.Time { return c.t }), c
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

func TestOneAddressIsSlowedDownThenRefusedAndOthersAreNot(t *testing.T) {
	g, c := newGuard("secret")
	admit := func(a string) (time.Duration, bool) { return g.Admit(netip.MustParseAddr(a)) }
	for i := range burst {
		if w, ok := admit("192.0.2.1"); w != 0 || !ok {
			t.Fatalf("post %d: %v %v", i, w, ok)
		}
	}
	for i := range 10 {
		if w, ok := admit("192.0.2.1"); w != time.Duration(i+1)*time.Second || !ok {
			t.Fatalf("slowed post %d: %v %v", i, w, ok)
		}
	}
	if _, ok := admit("::ffff:192.0.2.1"); ok {
		t.Error("the same address in IPv6 clothes was admitted")
	}
	if w, ok := admit("192.0.2.2"); w != 0 || !ok {
		t.Error("another address has to wait")
	}
	c.t = c.t.Add(time.Minute)
	if _, ok := admit("192.0.2.1"); !ok {
		t.Error("still refused after a minute")
	}
	for range burst + 10 {
		admit("2001:db8::1")
	}
	if _, ok := admit("2001:db8::ffff:2"); ok {
		t.Error("the same /64 was admitted")
	}
	if w, ok := admit("2001:db8:0:1::1"); w != 0 || !ok {
		t.Error("another /64 has to wait")
	}
	for range 1000 {
		if w, ok := admit("127.0.0.1"); w != 0 || !ok {
			t.Fatal("our own proxy has to wait")
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	g, _ := newGuard("secret")
	a := netip.MustParseAddr("10.0.0.0")
	for range 3 * addresses {
		a = a.Next()
		g.Admit(a)
	}
	if len(g.seen) > addresses {
		t.Errorf("%d addresses are remembered", len(g.seen))
	}
}
