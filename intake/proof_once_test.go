package main

import (
	"sync"
	"testing"
)

// many sends one sample by many clients at once, to each instance in turn, and
// returns how often each reference number was the answer.
func many(t *testing.T, s sample, instances ...*instance) map[string]int {
	t.Helper()
	const posts = 100
	var work sync.WaitGroup
	var mu sync.Mutex
	refs := map[string]int{}
	begin := make(chan struct{})
	for n := range posts {
		work.Go(func() {
			<-begin
			r, err := instances[n%len(instances)].post(s)
			if err != nil || !r.acknowledged() {
				t.Errorf("%v %d %s", err, r.status, r.body)
				return
			}
			mu.Lock()
			refs[r.ref]++
			mu.Unlock()
		})
	}
	close(begin)
	work.Wait()
	return refs
}

// A hundred posts of one key at once, and on PostgreSQL to two servers: one
// submission, one number, one pair of mails.
func aHundredPostsOfOneKeyAreOne(t *testing.T, store string) {
	relay := newSink(t)
	p := newProof(t, store, "--smtp", relay.url())
	instances := []*instance{p.start()}
	if p.store[:6] != "sqlite" {
		instances = append(instances, p.start("--data", t.TempDir()))
	}
	key, stamp, err := instances[0].drawn()
	if err != nil {
		t.Fatal(err)
	}
	samples := map[string]sample{
		"a browser":               {token: newToken(), key: key, stamp: stamp},
		"a program":               {token: newToken(), key: newToken(), json: true},
		"a program without a key": {token: newToken(), json: true},
	}
	browser := samples["a browser"]
	browser.file = letterWith(browser.token)
	samples["a browser"] = browser
	want := 0
	for name, s := range samples {
		refs := many(t, s, instances...)
		n := 1
		if s.key == "" {
			n = 100 // so the others are not one for another reason
		}
		if want += n; len(refs) != n {
			t.Errorf("%s was given %v", name, refs)
		}
	}
	until(t, "nothing is left to send", func() bool { return len(p.listed("--queued")) == 0 })
	held := 0
	for _, s := range p.listed() {
		if s.Held == "recipient-limit" {
			held++ // a hundred receipts to one mailbox are too many
		}
	}
	if all := p.listed(); len(all) != want {
		t.Errorf("%d submissions, want %d", len(all), want)
	}
	ids := times(relay.took())
	if held == 0 || len(ids) != 2*(want-held) {
		t.Errorf("%d mails for %d submissions, of which %d are held", len(ids), want, held)
	}
	for id, n := range ids {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
}
