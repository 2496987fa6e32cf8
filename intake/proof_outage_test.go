package main

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Two servers share a PostgreSQL. One is killed at a moment when the relay has
// taken four of its mails and not yet answered: these four come twice, the same
// both times, and all others once.
func oneOfTwoServersIsKilledWhileItSends(t *testing.T, store string) {
	relay := newSink(t)
	var mu sync.Mutex
	answered, withheld := 0, 0
	gate := make(chan struct{})
	relay.set(func(s *sink) {
		s.delay = func(m taken) {
			if m.hello != "one.example.org" {
				return
			}
			mu.Lock()
			lost := answered == 10
			if lost {
				withheld++
			} else {
				answered++
			}
			mu.Unlock()
			if lost {
				<-gate
			}
		}
	})
	t.Cleanup(func() { close(gate) }) // before the relay is closed
	p := newProof(t, store, "--smtp", relay.url())
	one, second := p.start("--helo", "one.example.org"), []string{"--helo", "two.example.org", "--data", t.TempDir()}
	two := p.start(second...)
	const posts = 60
	for n := range posts {
		i := []*instance{one, two}[n%2]
		i.sent(sample{token: newToken(), json: true})
	}
	until(t, "four mails of the first are on their way", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return withheld == workers
	})
	one.kill()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what the first said:\n%s\nthe second:\n%s\nwhat waits: %+v", one.log, two.log, p.listed("--queued"))
		}
	})
	queued := func() (n int) {
		for _, s := range p.listed("--queued") {
			for _, m := range s.Mails {
				if m.State == "queued" {
					n++
				}
			}
		}
		return n
	}
	last := two.sent(sample{token: newToken(), json: true})
	until(t, "the second has come to the end of the queue", func() bool {
		return slices.ContainsFunc(relay.took(), func(m taken) bool { return referenceOf(m.id) == last && m.hello == "two.example.org" })
	})
	// It ends, and gives back what it holds: the rest is lent to the first.
	two.end()
	if n := queued(); n < workers || n > posts {
		t.Errorf("%d mails are lent to a server that is gone", n)
	}
	p.wait(31 * time.Minute)
	two = p.start(second...)
	until(t, "nothing is stuck", func() bool { return queued() == 0 })
	copies := map[string][]taken{}
	for _, m := range relay.took() {
		copies[m.id+" "+m.to] = append(copies[m.id+" "+m.to], m)
	}
	doubled, byOne, byTwo := 0, 0, 0
	for id, all := range copies {
		switch {
		case len(all) == 1 && all[0].hello == "one.example.org":
			byOne++
		case len(all) == 1:
			byTwo++
		case len(all) == 2 && all[0].hello == "one.example.org" && all[1].hello == "two.example.org" && bytes.Equal(all[0].body, all[1].body):
			doubled++
		default:
			t.Errorf("%s came %d times", id, len(all))
		}
	}
	if len(copies) != 2*(posts+1) || doubled != workers || byOne != 10 || byTwo == 0 {
		t.Errorf("%d mails: %d by the first alone, %d by the second alone, %d by both", len(copies), byOne, byTwo, doubled)
	}
	if len(p.listed()) != posts+1 {
		t.Errorf("%d submissions", len(p.listed()))
	}
	two.end()
}

// For a day nobody listens where the relay should be. Forms are accepted all
// day, over a kill too, and when the relay is back each mail goes out once.
func aDayWithoutARelay(t *testing.T, store string) {
	relay := newSink(t)
	p := newProof(t, store, "--smtp", relay.url())
	relay.close()
	i := p.start()
	var all []sample
	for hour := range 24 {
		key, stamp, err := i.drawn()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []sample{{token: newToken(), key: key, stamp: stamp}, {token: newToken(), json: true}} {
			if !s.json {
				s.file = letterWith(strings.Repeat(s.token, 1000))
			}
			i.sent(s)
			all = append(all, s)
		}
		if hour == 12 {
			i.kill()
			p.wait(time.Hour)
			i = p.start()
		} else {
			p.wait(time.Hour)
		}
	}
	until(t, "the program says that mail waits", func() bool { return strings.Contains(i.log.String(), "mail waits: the way is blocked") })
	if n := len(p.listed("--queued")); n != len(all) || len(relay.took()) != 0 {
		t.Errorf("%d of %d wait, %d mails were sent nowhere", n, len(all), len(relay.took()))
	}
	relay.listen()
	until(t, "the backlog is drained", func() bool { return len(p.listed("--queued")) == 0 })
	i.end()
	to := map[string]int{}
	for id, n := range times(relay.took()) {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
		_, recipient, _ := strings.Cut(id, " ")
		to[recipient]++
	}
	if to["officer@example.org"] != len(all) || len(to) != len(all)+1 {
		t.Errorf("%d mails to the office, and %d others got one", to["officer@example.org"], len(to)-1)
	}
	for _, s := range all {
		if to[s.email()] != 1 {
			t.Errorf("%s got %d receipts", s.email(), to[s.email()])
		}
	}
}
