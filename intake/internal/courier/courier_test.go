package courier

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
)

func TestTemporaryRefusalsDoubleTheWaitAndEndAfterFiveDays(t *testing.T) {
	q := &memory{}
	c := &carrier{answers: repeat(&Refusal{Reply: "450 4.2.1 later"}, 1000)}
	b := newBench(q, c)
	began := b.clock.Now()
	var tries []time.Time
	b.Carrier = carry(func(ctx context.Context, p Parcel) error {
		tries = append(tries, b.clock.Now())
		return c.Carry(ctx, p)
	})
	q.add(letter(b, outbox.ToOffice, "officer@example.org"))
	stop := b.start(t)
	b.clock.until(t, func() bool { return q.mail(1).State == outbox.Dead })
	stop()
	var waits []time.Duration
	for i := range tries[1:] {
		waits = append(waits, tries[i+1].Sub(tries[i]).Truncate(poll))
	}
	want := []time.Duration{100 * time.Second, 200 * time.Second, 400 * time.Second, 800 * time.Second, 1600 * time.Second, 3200 * time.Second, 6400 * time.Second, longestRetry * 5 / 6}
	if !slices.Equal(waits[:8], want) || waits[len(waits)-1] != longestRetry*5/6 {
		t.Errorf("waits: %v", waits)
	}
	if last := tries[len(tries)-1].Sub(began); last < 5*24*time.Hour || last > 5*24*time.Hour+longestRetry {
		t.Errorf("given up after %v", last)
	}
	if m := q.mail(1); m.LastError != "450 4.2.1 later" || b.watch.count(RefusedForNow) != len(tries)-1 || b.watch.count(RefusedForGood) != 1 {
		t.Errorf("%+v", m)
	}
}

// Mails that were refused together are not tried again together: what is drawn
// takes up to a third off the wait, and the wait never grows beyond its bound.
func TestTheWaitIsDrawn(t *testing.T) {
	for n, double := range map[int]time.Duration{0: time.Minute, 1: 2 * time.Minute, 2: 4 * time.Minute, 8: time.Hour, 1000: time.Hour} {
		longest, middle, shortest := backoff(time.Minute, time.Hour, n, 0), backoff(time.Minute, time.Hour, n, 0.5), backoff(time.Minute, time.Hour, n, 0.999999)
		if longest != double || middle != double*5/6 || shortest >= middle || shortest < double*2/3 {
			t.Errorf("after %d tries: %v, %v, %v", n, longest, middle, shortest)
		}
	}
}

// carry makes a Carrier of a function.
type carry func(context.Context, Parcel) error

func (c carry) Carry(ctx context.Context, p Parcel) error { return c(ctx, p) }

func TestAMailThatWaitedForDaysIsNotKilledByGreylisting(t *testing.T) {
	q := &memory{}
	b := newBench(q, &carrier{answers: repeat(&Refusal{Reply: "450 4.2.1 greylisted"}, 2)})
	m := letter(b, outbox.ToOffice, "officer@example.org")
	m.Created = m.Created.Add(-10 * 24 * time.Hour)
	q.add(m)
	b.start(t)
	b.clock.until(t, func() bool { return q.mail(1).State != outbox.Queued })
	if m := q.mail(1); m.State != outbox.Sent {
		t.Errorf("%+v", m)
	}
}

func TestAPermanentRefusalKillsAndTellsAtOnce(t *testing.T) {
	q := &memory{}
	b := newBench(q, &carrier{answers: []error{&Refusal{Permanent: true, Reply: "550 5.1.1 nobody"}}})
	q.add(letter(b, outbox.ToOffice, "officer@example.org"))
	b.Died = func(_ context.Context, m outbox.Message, p Parcel, reply string) ([]outbox.Mail, error) {
		if m.Reference != "HZ-1" || p.To != "officer@example.org" || reply != "550 5.1.1 nobody" {
			t.Errorf("%+v %+v %s", m, p, reply)
		}
		return []outbox.Mail{letter(b, outbox.Apology, "sample@example.org").Mail}, nil
	}
	began := b.clock.Now()
	b.start(t)
	b.clock.until(t, func() bool { return q.states()[outbox.Sent] == 1 })
	if m := q.mail(1); m.State != outbox.Dead || m.LastError != "550 5.1.1 nobody" || b.clock.Now().Sub(began) > time.Minute {
		t.Errorf("%+v", m)
	}
	if m := q.mail(2); m.Kind != outbox.Apology || m.State != outbox.Sent {
		t.Errorf("%+v", m)
	}
}

func TestNobodyDiesWhileThoseWhoMustKnowCannotBeTold(t *testing.T) {
	q := &memory{}
	b := newBench(q, &carrier{answers: repeat(&Refusal{Permanent: true, Reply: "550 5.1.1 nobody"}, 3)})
	q.add(letter(b, outbox.ToOffice, "officer@example.org"))
	asked := 0
	b.Died = func(context.Context, outbox.Message, Parcel, string) ([]outbox.Mail, error) {
		if asked++; asked < 3 {
			return nil, errors.New("no key for sample@example.org")
		}
		return nil, nil
	}
	began := b.clock.Now()
	stop := b.start(t)
	b.clock.until(t, func() bool { return q.mail(1).State == outbox.Dead })
	stop()
	if took := b.clock.Now().Sub(began); took < 2*shut || asked != 3 || strings.Contains(b.log.String(), "sample@") {
		t.Errorf("%v %d\n%s", took, asked, b.log)
	}
}

func TestAMailThatCannotBeOpenedWaitsAndTheOthersGoOn(t *testing.T) {
	q := &memory{}
	b := newBench(q, &carrier{})
	broken := letter(b, outbox.ToOffice, "officer@example.org")
	broken.Parcel = []byte("sealed with another key")
	q.add(broken, letter(b, outbox.ToOffice, "officer@example.org"))
	began := b.clock.Now()
	b.start(t)
	b.clock.until(t, func() bool { return b.watch.count(NotOpened) >= 3 })
	if m := q.mail(1); m.State != outbox.Queued || m.Attempts != 0 || m.LastError != "" {
		t.Errorf("%+v", m)
	}
	if took := b.clock.Now().Sub(began); took < 2*shut || q.mail(2).State != outbox.Sent || len(b.watch.blocked) > 0 {
		t.Errorf("%v %+v %v", took, q.mail(2), b.watch.blocked)
	}
	if !strings.Contains(b.log.String(), "level=ERROR") {
		t.Error(b.log)
	}
}

func TestABlockedWayJudgesNobodyAndOneMailProbes(t *testing.T) {
	q := &memory{}
	var mu sync.Mutex
	open, at, most := false, 0, 0
	var tried []string
	b := newBench(q, nil)
	b.Carrier = carry(func(_ context.Context, p Parcel) error {
		mu.Lock()
		defer mu.Unlock()
		if at++; len(tried) >= 4 { // all workers were at it when the way closed
			most = max(most, at)
		}
		tried = append(tried, p.ID)
		defer func() { at-- }()
		if open {
			return nil
		}
		return errRelay
	})
	for range 20 {
		m := letter(b, outbox.ToOffice, "officer@example.org")
		m.Created = m.Created.Add(-100 * 24 * time.Hour) // however old it is
		q.add(m)
	}
	stop := b.start(t)
	b.clock.until(t, func() bool { return b.watch.count(Untried) >= 40 })
	if n := q.states()[outbox.Queued]; n != 20 || q.mail(1).Attempts != 0 {
		t.Errorf("judged: %v", q.states())
	}
	mu.Lock()
	open = true
	mu.Unlock()
	b.clock.until(t, func() bool { return q.states()[outbox.Sent] == 20 })
	stop()
	if most != 1 {
		t.Errorf("%d mails probed at once", most)
	}
	if first := slices.Compact(slices.Sorted(slices.Values(tried[:24]))); len(first) < 20 {
		t.Errorf("the probes were always the same: %v", tried[:24])
	}
	w := b.clock.waits
	if len(w) < 12 || w[0].Round(time.Millisecond) != 4167*time.Millisecond || w[1].Round(time.Millisecond) != 8333*time.Millisecond || w[10] != longestPause*5/6 {
		t.Errorf("pauses: %v", w)
	}
	// All four workers met the first fault, and it is one.
	if n := len(b.watch.blocked); n != len(w)+1 || n-1 != b.watch.count(Untried)-3 || b.watch.blocked[0].Error() != errRelay.Error() || b.watch.blocked[n-1] != nil {
		t.Errorf("alarms: %v", b.watch.blocked)
	}
}

// One mail at which the relay breaks each time must not keep the others, nor
// be sent every few seconds.
func TestAMailAtWhichTheRelayBreaksDoesNotHoldUpTheRest(t *testing.T) {
	q := &memory{}
	b := newBench(q, nil)
	b.Workers = 1
	ids := map[string]bool{}
	b.Carrier = carry(func(_ context.Context, p Parcel) error {
		if p.To == "poison@example.org" {
			ids[p.ID] = true
			return &Unanswered{errors.New("poison@example.org: EOF")}
		}
		return nil
	})
	q.add(letter(b, outbox.Receipt, "poison@example.org"))
	for range 10 {
		q.add(letter(b, outbox.Receipt, "sample@example.org"))
	}
	stop := b.start(t)
	b.clock.until(t, func() bool { return q.states()[outbox.Sent] == 10 })
	if n := b.watch.count(NoAnswer); n != 1 {
		t.Errorf("tried %d times before the others", n)
	}
	began := b.clock.Now()
	b.clock.until(t, func() bool { return b.clock.Now().Sub(began) > 10*24*time.Hour })
	stop()
	if n := b.watch.count(NoAnswer); n < 30 || n > 100 || len(ids) != 1 {
		t.Errorf("tried %d times in ten days, as %v", n, ids)
	}
	m := q.mail(1)
	if m.State != outbox.Queued || !strings.Contains(m.LastError, "EOF") || strings.Contains(m.LastError+b.log.String(), "poison") {
		t.Errorf("%+v", m)
	}
}

func TestADeliveryIsRecordedHoweverOftenTheOutboxFails(t *testing.T) {
	q := &memory{}
	c := &carrier{}
	b := newBench(q, c)
	q.fail("Done", errors.New("disk full"))
	q.add(letter(b, outbox.ToOffice, "officer@example.org"))
	failed := 0
	b.After = func(d time.Duration) <-chan time.Time {
		if failed++; failed == 3 {
			q.fail("Done", nil)
		}
		ch := make(chan time.Time, 1)
		ch <- time.Time{}
		return ch
	}
	if outcome, fault := b.filled().try(t.Context(), first(t, q, b)); outcome != Delivered || fault != nil {
		t.Error(outcome, fault)
	}
	if q.mail(1).State != outbox.Sent || len(c.parcels()) != 1 || failed != 3 {
		t.Errorf("%+v, carried %d times", q.mail(1), len(c.parcels()))
	}
	// At the end of the program it is tried once and no longer.
	q.fail("Done", errors.New("disk full"))
	q.add(letter(b, outbox.ToOffice, "officer@example.org"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.filled().try(ctx, first(t, q, b))
	if failed != 3 || !strings.Contains(b.log.String(), "may be sent twice") {
		t.Errorf("%d\n%s", failed, b.log)
	}
}

func first(t *testing.T, q Queue, b *bench) outbox.Message {
	t.Helper()
	lent, err := q.Next(t.Context(), b.clock.Now(), b.clock.Now().Add(lease), 1)
	if err != nil || len(lent) != 1 {
		t.Fatal(lent, err)
	}
	return lent[0]
}

func TestAnOutboxThatCannotLendStopsAllForAWhile(t *testing.T) {
	q := &memory{}
	b := newBench(q, &carrier{})
	q.fail("Next", errors.New("disk full"))
	q.add(letter(b, outbox.ToOffice, "officer@example.org"))
	b.start(t)
	b.clock.until(t, func() bool { b.clock.mu.Lock(); defer b.clock.mu.Unlock(); return len(b.clock.waits) >= 3 })
	q.fail("Next", nil)
	b.clock.until(t, func() bool { return q.mail(1).State == outbox.Sent })
}

func TestTheEndFinishesWhatWasBegun(t *testing.T) {
	q := &memory{}
	b := newBench(q, nil)
	begun, finish := make(chan struct{}), make(chan struct{})
	b.Workers = 1
	b.Carrier = carry(func(ctx context.Context, _ Parcel) error {
		close(begun)
		<-finish
		return ctx.Err()
	})
	q.add(letter(b, outbox.ToOffice, "officer@example.org"), letter(b, outbox.ToOffice, "officer@example.org"))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { b.Run(ctx, nil); close(ended) }()
	<-begun
	cancel()
	select {
	case <-ended:
		t.Fatal("ended in the middle of a mail")
	case <-time.After(20 * time.Millisecond):
	}
	close(finish)
	<-ended
	if q.mail(1).State != outbox.Sent || q.mail(2).State != outbox.Queued {
		t.Errorf("%+v", q.states())
	}
}

func TestNewMailWakesTheCourier(t *testing.T) {
	q := &memory{}
	sent := make(chan string, 1)
	b := newBench(q, carry(func(_ context.Context, p Parcel) error { sent <- p.ID; return nil }))
	b.After = func(time.Duration) <-chan time.Time { return nil } // it would sleep for ever
	ctx, cancel := context.WithCancel(t.Context())
	wake, ended := make(chan struct{}, 1), make(chan struct{})
	go func() { b.Run(ctx, wake); close(ended) }()
	for _, want := range []string{"HZ-1-1", "HZ-1-2"} {
		q.add(letter(b, outbox.ToOffice, "officer@example.org"))
		wake <- struct{}{}
		if got := <-sent; got != want {
			t.Error(got)
		}
	}
	cancel()
	<-ended
}

func TestNoConnectionIsKeptWhileNothingWaits(t *testing.T) {
	r := startRelay(t, nil)
	q := &memory{}
	b := newBench(q, r.client(t))
	b.Workers = 1
	q.add(letter(b, outbox.ToOffice, "officer@example.org"), letter(b, outbox.ToOffice, "officer@example.org"))
	b.start(t)
	b.clock.until(t, func() bool { return q.states()[outbox.Sent] == 2 })
	if got := r.lines(); strings.Count(got, "EHLO") != 1 || strings.Count(got, "QUIT") != 1 {
		t.Error(got)
	}
}

func TestNewMailDoesNotOpenTheWay(t *testing.T) {
	q := &memory{}
	tried := make(chan struct{}, 10)
	b := newBench(q, carry(func(context.Context, Parcel) error { tried <- struct{}{}; return errRelay }))
	paused, pause := make(chan struct{}, 10), make(chan time.Time)
	b.After = func(d time.Duration) <-chan time.Time {
		if d == poll {
			return nil
		}
		paused <- struct{}{}
		return pause
	}
	ctx, cancel := context.WithCancel(t.Context())
	wake, ended := make(chan struct{}), make(chan struct{})
	q.add(letter(b, outbox.ToOffice, "officer@example.org"))
	go func() { b.Run(ctx, wake); close(ended) }()
	<-tried
	<-paused
	select {
	case wake <- struct{}{}:
		t.Error("woken while the way is blocked")
	case <-time.After(20 * time.Millisecond):
	}
	pause <- time.Time{}
	<-tried
	cancel()
	<-ended
}

func TestRepliesLoseThePersonsAddress(t *testing.T) {
	for _, c := range []struct {
		kind     outbox.Kind
		in, want string
	}{
		{outbox.Receipt, "550 5.1.1 <Sample@Example.org>: no such user sample here.", "550 5.1.1 <[address]>: no such user [name] here."},
		{outbox.Receipt, "550 5.1.1 sample@example.org... unknown; see other@example.org", "550 5.1.1 [address] unknown; see [address]"},
		{outbox.Receipt, "550 5.1.2 Domain example.org not found", "550 5.1.2 Domain [domain] not found"},
		{outbox.ToOffice, "550 5.1.1 <sample@example.org> unknown, not other@example.org", "550 5.1.1 <sample@example.org> unknown, not [address]"},
		{outbox.Receipt, "550 5.1.1 " + strings.Repeat("x", 600), "550 5.1.1 " + strings.Repeat("x", 490)},
	} {
		if got := discreet(c.in, Parcel{To: "sample@example.org"}, c.kind); got != c.want {
			t.Errorf("%s\nbecame\n%s", c.in, got)
		}
	}
	q := &memory{}
	b := newBench(q, &carrier{answers: []error{
		errors.New("421 sample@example.org"), &Refusal{Reply: "450 sample@example.org"}, &Refusal{Permanent: true, Reply: "550 sample@example.org"}}})
	q.add(letter(b, outbox.Receipt, "sample@example.org"))
	stop := b.start(t)
	b.clock.until(t, func() bool { return q.mail(1).State == outbox.Dead })
	stop()
	if strings.Contains(b.log.String()+q.mail(1).LastError, "sample") {
		t.Errorf("%s\n%s", q.mail(1).LastError, b.log)
	}
}
