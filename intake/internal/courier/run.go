package courier

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"waijiao/intake/internal/outbox"
)

// Run delivers until ctx ends; then it finishes the mails that were begun. A
// value on wake means that there may be new mail; a channel with room for one
// value, written to without waiting, is enough.
func (c Courier) Run(ctx context.Context, wake <-chan struct{}) {
	r := round{Courier: c.filled()}
	r.run(ctx, wake)
}

// filled puts in what was left out.
func (c Courier) filled() Courier {
	if c.GiveUp == 0 {
		c.GiveUp = 5 * 24 * time.Hour
	}
	if c.Workers == 0 {
		c.Workers = 4
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Float64
	}
	if c.After == nil {
		c.After = time.After
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Observer == nil {
		c.Observer = nobody{}
	}
	c.dying = &sync.Mutex{}
	return c
}

type nobody struct{}

func (nobody) Tried(outbox.Kind, Outcome) {}
func (nobody) Blocked(error)              {}

// round is the state of one Run. Only Run's own goroutine touches it; the
// workers are started with one mail each and report when it is finished.
type round struct {
	Courier
	busy  int
	ended chan report
	// pause ends a time in which nothing is lent; nil where there is none.
	pause <-chan time.Time
	// faults counts those that blocked the way, one after the other; 0 means
	// that it is open. era counts them for ever: what was lent before a fault
	// says nothing of what the way is like after it.
	faults, era int
	// fresh is how many of the busy ones were lent in this era.
	fresh int
	// ahead are lent and not begun; old comes when they have waited too long.
	ahead []outbox.Message
	old   <-chan time.Time
	// silent counts how often the outbox failed to lend.
	silent int
}

type report struct {
	era     int
	outcome Outcome
	fault   error
}

func (r *round) run(ctx context.Context, wake <-chan struct{}) {
	r.ended = make(chan report, r.Workers)
	for ctx.Err() == nil {
		var again <-chan time.Time
		if r.pause == nil && r.free() > 0 && r.lend(ctx) {
			again = r.After(poll)
		}
		listen := wake
		if r.pause != nil {
			listen = nil // new mail does not open the way
		}
		select {
		case <-ctx.Done():
		case <-r.pause:
			r.pause = nil
		case <-r.old:
			r.giveBack(ctx)
		case <-again:
		case <-listen:
		case done := <-r.ended:
			r.hear(ctx, done)
		}
	}
	r.giveBack(ctx)
	for r.busy > 0 {
		<-r.ended
		r.busy--
	}
	r.rest()
}

// free is how many mails may be begun now: while the way is blocked a single
// one, the probe.
func (r *round) free() int {
	if r.faults > 0 {
		return min(1-r.fresh, r.Workers-r.busy)
	}
	return r.Workers - r.busy
}

// lend begins as many mails as may be begun, and borrows them, with some ahead,
// where none is at hand. It returns whether there were fewer.
func (r *round) lend(ctx context.Context) (drained bool) {
	for r.free() > 0 && len(r.ahead) > 0 {
		r.begin(ctx, r.ahead[0])
		if r.ahead = r.ahead[1:]; len(r.ahead) == 0 {
			r.old = nil
		}
	}
	now, n := r.Now(), r.free()
	if n <= 0 {
		return false
	}
	ask := n
	if r.faults == 0 {
		ask += r.Ahead
	}
	lent, err := r.Queue.Next(ctx, now, now.Add(lease), ask)
	if err != nil {
		if ctx.Err() == nil {
			wait := backoff(firstPause, longestPause, r.silent, r.Random())
			r.silent++
			r.Log.Error("the outbox cannot be read; no mail goes out", "error", err.Error(), "wait", wait.Round(time.Second).String())
			r.pause = r.After(wait)
		}
		return false
	}
	r.silent = 0
	for _, m := range lent[:min(n, len(lent))] {
		r.begin(ctx, m)
	}
	if len(lent) > n {
		r.ahead, r.old = lent[n:], r.After(longestAhead)
	}
	if r.busy == 0 {
		r.rest()
	}
	return len(lent) < ask
}

// begin gives a mail to a worker.
func (r *round) begin(ctx context.Context, m outbox.Message) {
	r.busy++
	r.fresh++
	go func(era int) {
		outcome, fault := r.try(ctx, m)
		r.Observer.Tried(m.Kind, outcome)
		r.ended <- report{era, outcome, fault}
	}(r.era)
}

// giveBack returns the mails that were borrowed ahead, all at once, so that the
// outbox writes them together.
func (r *round) giveBack(ctx context.Context) {
	now := r.Now()
	var all sync.WaitGroup
	for _, m := range r.ahead {
		all.Go(func() {
			r.record(r.Log.With("reference", m.Reference, "mail", m.ID, "kind", string(m.Kind)), r.Queue.Postpone(context.WithoutCancel(ctx), m, now))
		})
	}
	all.Wait()
	r.ahead, r.old = nil, nil
}

// hear takes a worker's report.
func (r *round) hear(ctx context.Context, done report) {
	r.busy--
	if done.era != r.era {
		return
	}
	r.fresh--
	switch {
	case done.fault != nil:
		wait := backoff(firstPause, longestPause, r.faults, r.Random())
		r.era++
		r.fresh = 0
		r.faults++
		r.Log.Error("mail waits: the way is blocked", "error", done.fault.Error(), "wait", wait.Round(time.Second).String(), "times", r.faults)
		r.Observer.Blocked(done.fault)
		r.giveBack(ctx)
		r.pause = r.After(wait)
		r.rest()
	case done.outcome != NotOpened && r.faults > 0:
		r.faults = 0
		r.Log.Info("mail goes out again")
		r.Observer.Blocked(nil)
	}
}

// rest ends what the carrier keeps open for the next mail.
func (r *round) rest() {
	if c, ok := r.Carrier.(rester); ok {
		c.Rest()
	}
}
