package courier

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"waijiao/intake/internal/outbox"
)

// Two offices are refused at the same moment. Each death looks whether the
// other one still lives, and one of them has to find that none does.
func TestOfTwoMailsThatDieAtOnceTheLaterKnowsOfTheOther(t *testing.T) {
	q := &memory{}
	var both sync.WaitGroup
	both.Add(2)
	b := newBench(q, carry(func(_ context.Context, p Parcel) error {
		if p.To != "officer@example.org" {
			return nil
		}
		both.Done()
		both.Wait()
		return &Refusal{Permanent: true, Reply: "550 5.1.1 nobody"}
	}))
	q.add(letter(b, outbox.ToOffice, "officer@example.org"), letter(b, outbox.ToOffice, "officer@example.org"))
	var entered atomic.Int32
	b.Died = func(_ context.Context, m outbox.Message, _ Parcel, _ string) ([]outbox.Mail, error) {
		q.mu.Lock()
		alive := slices.ContainsFunc(q.all, func(o *outbox.Message) bool { return o.ID != m.ID && o.State != outbox.Dead })
		q.mu.Unlock()
		entered.Add(1)
		for range 100_000 { // gives the other one every chance to come too early
			if entered.Load() == 2 {
				break
			}
			runtime.Gosched()
		}
		if alive {
			return nil, nil
		}
		return []outbox.Mail{letter(b, outbox.Apology, "sample@example.org").Mail}, nil
	}
	stop := b.start(t)
	b.clock.until(t, func() bool { return q.states()[outbox.Queued] == 0 })
	stop()
	if got := q.states(); got[outbox.Dead] != 2 || got[outbox.Sent] != 1 {
		t.Errorf("%v", got)
	}
}
