package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
)

// workers is how many mails the courier sends at once, so that a kill can
// leave no more than these delivered and not recorded.
const workers = 4

// ledger is what clients were promised over many lives of a server, kept by
// them and not by it.
type ledger struct {
	*proof
	relay *sink
	dice  *rand.Rand // only for the goroutine of the test

	mu       sync.Mutex
	life     int
	promises []*promise
	faults   []string
}

// promise is one submission as its sender knows it.
type promise struct {
	sample
	ref, location string // as acknowledged, or empty
	life          int    // in which it was acknowledged
}

func (l *ledger) fault(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}

// try sends it, perhaps again, and notes what was acknowledged. It returns
// false where no answer came.
func (l *ledger) try(i *instance, p *promise) bool {
	r, err := i.post(p.sample)
	if err != nil {
		return false
	}
	if !r.acknowledged() {
		l.fault("life %d: %s was answered with %d: %s", l.life, p.token, r.status, r.body)
		return true
	}
	l.mu.Lock()
	before := p.ref
	if before == "" {
		p.ref, p.location, p.life = r.ref, r.location, l.life
	}
	l.mu.Unlock()
	if before != "" && before != r.ref {
		l.fault("%s was given %s and then %s", p.token, before, r.ref)
	}
	return true
}

// fill draws a new sample of one of the kinds of clients.
func (l *ledger) fill(i *instance, kind int) (*promise, bool) {
	p := &promise{sample: sample{token: newToken()}}
	switch kind % 4 {
	case 0, 1: // a browser; every other one sends a file
		key, stamp, err := i.drawn()
		if err != nil {
			return nil, false
		}
		p.key, p.stamp = key, stamp
		if kind%4 == 1 {
			p.file = letterWith(p.token + strings.Repeat("x", 100<<10))
		}
	case 2: // a program with a key
		p.key, p.json = newToken(), true
	case 3: // a page that another web server drew: no key
		p.file = letterWith(p.token)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.promises = append(l.promises, p)
	return p, true
}

// burst lets several clients send at once and kills the server at one of the
// answers, while the others are at it.
func (l *ledger) burst(i *instance, clients, answers int) {
	l.mu.Lock()
	var again, repeat []*promise
	for _, p := range l.promises {
		switch {
		case p.key != "" && p.ref == "":
			again = append(again, p) // whoever got no answer sends the page once more
		case p.key != "" && p.life == l.life-1 && len(repeat) < 3:
			repeat = append(repeat, p) // and some who have one press the button again
		}
	}
	l.mu.Unlock()
	again = append(again, repeat...)
	var work sync.WaitGroup
	answered := make(chan struct{})
	for kind := range clients {
		work.Go(func() {
			for n := kind; n < len(again); n += clients {
				if !l.try(i, again[n]) {
					return
				}
				answered <- struct{}{}
			}
			for {
				p, ok := l.fill(i, kind)
				if !ok || !l.try(i, p) {
					return
				}
				answered <- struct{}{}
			}
		})
	}
	done := make(chan struct{})
	go func() { work.Wait(); close(done) }()
	for n := 0; ; n++ {
		if n == answers {
			go i.kill()
		}
		select {
		case <-answered:
		case <-done:
			<-i.ended
			if n < answers {
				l.fault("life %d: the server was gone after %d answers: %v\n%s", l.life, n, i.err, i.log)
			}
			return
		}
	}
}

// present checks that what was acknowledged in the last life is there in this.
func (l *ledger) present(i *instance) {
	for _, p := range l.promises {
		if p.ref == "" || p.life != l.life-1 {
			continue
		}
		r, err := http.NewRequest("GET", i.base+p.location, nil)
		if err != nil {
			l.t.Fatal(err)
		}
		got, err := i.exchange(r)
		if err != nil {
			l.t.Fatalf("%v\n%s", err, i.log)
		}
		if got.status != 200 || !strings.Contains(got.body, p.ref) {
			l.fault("life %d: %s, acknowledged in life %d, is lost: %d", l.life, p.ref, p.life, got.status)
		}
	}
}

// run lets the server live and be killed several times, and then live on until
// it has nothing more to send. It returns what was broken.
func (l *ledger) run(kills int, start func() *instance) []string {
	l.relay.set(func(s *sink) {
		s.delay = func(taken) { time.Sleep(3 * time.Millisecond) } // so that kills fall before it
	})
	for range kills {
		l.life++
		l.relay.set(func(s *sink) { s.life = l.life })
		i := start()
		l.present(i)
		l.burst(i, 6, 3+l.dice.IntN(25))
		l.wait(31 * time.Minute) // what was being sent is given back
	}
	l.life++
	l.relay.set(func(s *sink) { s.life, s.delay = l.life, nil })
	i := start()
	l.present(i)
	for _, p := range l.promises {
		if p.key != "" && p.ref == "" && !l.try(i, p) {
			l.t.Fatalf("the server is gone: %v\n%s", i.err, i.log)
		}
	}
	until(l.t, "nothing is left to send", func() bool { return len(l.listed("--queued")) == 0 })
	i.end()
	return append(l.faults, judge(l.promises, l.listed(), l.relay.took())...)
}

// judge compares what clients were promised with what the operator finds in
// the store and what the relay took, and returns what is wrong.
func judge(promises []*promise, stored []listed, took []taken) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	inStore, mailed := map[string]listed{}, map[string]map[string][]taken{}
	for _, s := range stored {
		inStore[s.Reference], mailed[s.Reference] = s, map[string][]taken{}
		for _, m := range s.Mails {
			if m.State != outbox.Sent {
				say("%s: a mail is %s", s.Reference, m.State)
			}
		}
		if len(s.Mails) != 2 || s.Status != outbox.Received {
			say("%s is %s with %d mails", s.Reference, s.Status, len(s.Mails))
		}
	}
	for _, m := range took {
		ref := referenceOf(m.id)
		if mailed[ref] == nil {
			say("%s was mailed, and is not in the store", m.id)
			continue
		}
		mailed[ref][m.to] = append(mailed[ref][m.to], m)
	}
	doubled := map[int]int{} // by the life in which the first copy came
	owner := map[string][]string{}
	for ref, byRecipient := range mailed {
		for to, copies := range byRecipient {
			for n, c := range copies[1:] {
				if before := copies[n]; c.id != before.id || !bytes.Equal(c.body, before.body) {
					say("%s to %s came twice, and not the same", ref, to)
				} else if c.life <= before.life {
					say("%s to %s came twice in life %d", ref, to, c.life)
				}
				doubled[copies[n].life]++
			}
		}
		if len(byRecipient["officer@example.org"]) == 0 || len(byRecipient) != 2 {
			say("%s was not mailed to the office and to its sender, but to %d", ref, len(byRecipient))
			continue
		}
		for to := range byRecipient {
			if token, _, _ := strings.Cut(to, "@"); to != "officer@example.org" {
				owner[token] = append(owner[token], ref)
			}
		}
	}
	for life, n := range doubled {
		if n > workers {
			say("%d mails of life %d came twice: more than were on their way", n, life)
		}
	}
	for _, p := range promises {
		refs := owner[p.token]
		if p.ref != "" && inStore[p.ref].Reference == "" {
			say("%s was acknowledged as %s and is lost", p.token, p.ref)
			continue
		}
		if p.ref != "" && !slices.Contains(refs, p.ref) || p.key != "" && p.ref == "" {
			say("%s was acknowledged as %q and mailed as %v", p.token, p.ref, refs)
			continue
		}
		if len(refs) > 1 {
			say("%s was sent once and became %v", p.token, refs)
		}
		if len(refs) == 0 {
			continue // killed before it was accepted, and not sent again
		}
		text, files, err := contents(mailed[refs[0]]["officer@example.org"][0].body)
		if err != nil || !strings.Contains(text, p.token) || p.file != "" && !strings.Contains(files, p.file) || p.file == "" && files != "" {
			say("%s: the office's mail does not hold what was sent (%v)", refs[0], err)
		}
	}
	slices.Sort(wrong)
	return wrong
}

// referenceOf is the reference number that a Message-ID begins with.
func referenceOf(id string) string {
	id = strings.TrimPrefix(id, "<")
	if len(id) < len("HZ-7K3F-9QXT-4") {
		return id
	}
	return id[:len("HZ-7K3F-9QXT-4")]
}

func newLedger(t *testing.T, store string) *ledger {
	relay := newSink(t)
	return &ledger{proof: newProof(t, store, "--smtp", relay.url()), relay: relay, dice: rand.New(rand.NewPCG(20, 26))}
}

// The server is killed twenty times in the middle of what it does. Whatever it
// acknowledged is there and reaches the office and its sender.
func nothingIsLostByTwentyKills(t *testing.T, store string) {
	l := newLedger(t, store)
	for _, wrong := range l.run(20, func() *instance { return l.start() }) {
		t.Error(wrong)
	}
	acknowledged := 0
	for _, p := range l.promises {
		if p.ref != "" {
			acknowledged++
		}
	}
	doubled := 0
	for _, n := range times(l.relay.took()) {
		doubled += n - 1
	}
	if acknowledged < 100 {
		t.Errorf("only %d submissions were acknowledged", acknowledged)
	}
	t.Logf("%d acknowledged of %d sent, %d mails came twice", acknowledged, len(l.promises), doubled)
}
