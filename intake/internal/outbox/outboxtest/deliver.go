package outboxtest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
)

func lifeOfAMail(t *testing.T, open Open) {
	box := open(t)
	now := start()
	accept(t, box, submission(1, ""), mails(1))
	if early := lend(t, box, now.Add(-time.Millisecond)); len(early) != 0 {
		t.Error("lent before it is due")
	}
	two := lend(t, box, now)
	if len(two) != 2 || two[0].ID >= two[1].ID || !two[0].Due.Equal(now.Add(time.Minute)) || !two[0].Lent.Equal(now) {
		t.Fatalf("not in order: %+v", two)
	}
	if lent := lend(t, box, now.Add(59*time.Second)); len(lent) != 0 {
		t.Error("a lent mail was lent again")
	}
	must(t, box.Retry(t.Context(), two[0], now.Add(time.Hour), "450 4.2.0 later"))
	must(t, box.Postpone(t.Context(), two[1], now.Add(2*time.Hour)))
	back := lend(t, box, now.Add(time.Hour))
	if len(back) != 1 || back[0].ID != two[0].ID || back[0].Attempts != 1 || back[0].LastError != "450 4.2.0 later" {
		t.Fatalf("%+v", back)
	}
	later := lend(t, box, now.Add(3*time.Hour)) // the lease of the first ran out
	if len(later) != 2 || later[0].ID != two[0].ID || later[1].Attempts != 0 || later[1].LastError != "" {
		t.Fatalf("%+v", later)
	}
	// Earlier borrowers come back late and must not disturb the latest.
	for _, m := range []outbox.Message{two[0], back[0], two[1]} {
		want(t, "retry", box.Retry(t.Context(), m, now, "late"), outbox.ErrLeaseLost)
		want(t, "postpone", box.Postpone(t.Context(), m, now), outbox.ErrLeaseLost)
		want(t, "dead", box.Dead(t.Context(), m, "late", []outbox.Mail{mail(outbox.Apology, "x")}), outbox.ErrLeaseLost)
	}
	must(t, box.Dead(t.Context(), later[0], "550 5.1.1 nobody", nil))
	want(t, "twice dead", box.Dead(t.Context(), later[0], "again", nil), outbox.ErrLeaseLost)
	must(t, box.Done(t.Context(), two[1])) // delivered is delivered
	if left := lend(t, box, now.Add(1000*time.Hour)); len(left) != 0 {
		t.Errorf("%+v", left)
	}
	all := messages(t, box, reference(1))
	if len(all) != 2 || all[0].State != outbox.Dead || all[0].LastError != "550 5.1.1 nobody" || all[0].Attempts != 2 || all[1].State != outbox.Sent {
		t.Errorf("%+v", all)
	}
}

func order(t *testing.T, open Open) {
	box := open(t)
	for n := range 10 {
		s := submission(n, "")
		s.Created = start().Add(time.Duration(9-n) * time.Second)
		accept(t, box, s, mails(n))
	}
	all := lend(t, box, start().Add(time.Hour))
	if len(all) != 20 {
		t.Fatalf("%d mails", len(all))
	}
	for i, m := range all {
		if m.Reference != reference(9-i/2) {
			t.Errorf("place %d: %s", i, m.Reference)
		}
	}
	none, err := box.Next(t.Context(), start().Add(2*time.Hour), start().Add(3*time.Hour), 0)
	if err != nil || len(none) != 0 {
		t.Errorf("asked for none: %d %v", len(none), err)
	}
}

func leases(t *testing.T, open Open) {
	box := open(t)
	const n = 50
	for i := range n {
		accept(t, box, submission(i, ""), mails(i))
	}
	now := start()
	for round := range 2 { // the second time all leases have run out
		var mu sync.Mutex
		seen := map[int64]int{}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for {
					some, err := box.Next(t.Context(), now, now.Add(time.Minute), 3)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for _, m := range some {
						seen[m.ID]++
					}
					done := len(seen) == 2*n
					mu.Unlock()
					if len(some) == 0 && done {
						return
					}
				}
			})
		}
		wg.Wait()
		for id, times := range seen {
			if times != 1 {
				t.Errorf("round %d: mail %d was lent %d times", round, id, times)
			}
		}
		now = now.Add(time.Minute)
	}
}

func doneIsDone(t *testing.T, open Open) {
	box := open(t)
	accept(t, box, submission(1, ""), mails(1))
	first := lend(t, box, start())
	second := lend(t, box, start().Add(time.Hour))
	must(t, box.Done(t.Context(), first[0])) // the lease had run out, and the mail went all the same
	must(t, box.Done(t.Context(), second[0]))
	want(t, "sent, then refused", box.Dead(t.Context(), second[0], "550", nil), outbox.ErrLeaseLost)
	want(t, "sent, then tried again", box.Retry(t.Context(), second[0], start(), "450"), outbox.ErrLeaseLost)
	must(t, box.Dead(t.Context(), second[1], "550", nil))
	must(t, box.Done(t.Context(), first[1])) // somebody had delivered it
	for _, m := range messages(t, box, reference(1)) {
		if m.State != outbox.Sent || m.LastError != "" {
			t.Errorf("%+v", m)
		}
	}
}

func followUp(t *testing.T, open Open) {
	box := open(t)
	accept(t, box, submission(1, ""), mails(1))
	later := start().Add(72 * time.Hour)
	two := lend(t, box, later)
	sorry := []outbox.Mail{mail(outbox.Apology, "sorry 1"), mail(outbox.Apology, "sorry 2")}
	must(t, box.Dead(t.Context(), only(t, two, outbox.ToOffice), "550", sorry))
	due := lend(t, box, later)
	if len(due) != 2 || string(due[0].Parcel) != "sorry 1" || due[1].Kind != outbox.Apology || due[0].Reference != reference(1) || !due[0].Created.Equal(later) {
		t.Errorf("%+v", due)
	}
	if err := box.Dead(t.Context(), only(t, two, outbox.Receipt), "550", []outbox.Mail{{Kind: outbox.Apology}}); err == nil {
		t.Error("a mail without a parcel")
	}
	if m := messages(t, box, reference(1)); m[1].State != outbox.Queued {
		t.Error("what failed has changed something")
	}
}

func bulletins(t *testing.T, open Open) {
	box := open(t)
	for name, m := range map[string]outbox.Mail{
		"no wrap":      {Kind: outbox.Bulletin, Parcel: []byte("x")},
		"no parcel":    {Kind: outbox.Bulletin, Wrap: []byte("x")},
		"another kind": mail(outbox.ToOffice, "x"),
	} {
		if err := box.Post(t.Context(), start(), []outbox.Mail{mail(outbox.Bulletin, "good"), m}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	must(t, box.Post(t.Context(), start(), []outbox.Mail{mail(outbox.Bulletin, "news")}))
	due := lend(t, box, start())
	if len(due) != 1 || due[0].Reference != "" || string(due[0].Wrap) != "wrap of news" || string(due[0].Parcel) != "news" {
		t.Fatalf("%+v", due)
	}
	must(t, box.Retry(t.Context(), due[0], start(), "450"))
	due = lend(t, box, start())
	must(t, box.Dead(t.Context(), due[0], "550", []outbox.Mail{mail(outbox.Bulletin, "the other way")}))
	must(t, box.Done(t.Context(), only(t, lend(t, box, start()), outbox.Bulletin)))
	if m := messages(t, box, ""); len(m) != 0 {
		t.Errorf("bulletins belong to no submission: %v", m)
	}
}

// sized is what is accepted in benchmarks, as large as in life.
func sized(n int) (outbox.Submission, []outbox.Mail) {
	s := submission(n, fmt.Sprintf("key-%d", n))
	s.Reference = fmt.Sprintf("HZ-%08d", n)
	s.Record = make([]byte, 1<<10)
	s.OfficeWrap, s.DeliveryWrap = make([]byte, 400), make([]byte, 400)
	m := mails(n)
	for i := range m {
		m[i].Parcel = make([]byte, 6<<10)
		for j := range m[i].Parcel {
			m[i].Parcel[j] = byte(j * (n + i))
		}
	}
	return s, m
}

// clockSetBack is a mail that was queued, and one that was tried, while the
// clock was a year ahead.
func clockSetBack(t *testing.T, open Open) {
	box := open(t)
	ahead := start().AddDate(1, 0, 0)
	s := submission(1, "")
	s.Created = ahead
	accept(t, box, s, mails(1))
	tried := lend(t, box, ahead)
	must(t, box.Retry(t.Context(), tried[0], ahead.Add(time.Hour), "450 later"))
	if due := lend(t, box, start()); len(due) != len(tried) {
		t.Errorf("%d of %d mails are due again", len(due), len(tried))
	}
	waits := submission(2, "")
	accept(t, box, waits, mails(2))
	one := lend(t, box, start())
	must(t, box.Postpone(t.Context(), one[0], start().Add(47*time.Hour)))
	if due := lend(t, box, start()); len(due) != 0 {
		t.Errorf("%d mails came before their time", len(due))
	}
}
