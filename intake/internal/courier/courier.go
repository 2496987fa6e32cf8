package courier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"waijiao/intake/internal/outbox"
)

// Carrier hands one mail on. A *Refusal judges this mail; an *Unanswered means
// that nobody knows whether it arrived; with any other error the way is blocked
// and all mail waits. It is used by several workers at once, must not take
// longer than ctx allows, and does not take mail twice for being asked twice
// where it can help it.
type Carrier interface {
	Carry(ctx context.Context, p Parcel) error
}

// rester is a Carrier that wants to know when there is nothing to carry.
type rester interface{ Rest() }

// Queue is what a Courier needs of the outbox; outbox.Store says what each
// method promises.
type Queue interface {
	Next(ctx context.Context, now, until time.Time, n int) ([]outbox.Message, error)
	Done(ctx context.Context, m outbox.Message) error
	Retry(ctx context.Context, m outbox.Message, due time.Time, reply string) error
	Postpone(ctx context.Context, m outbox.Message, due time.Time) error
	Dead(ctx context.Context, m outbox.Message, reply string, then []outbox.Mail) error
}

// Outcome is what became of a mail that was tried.
type Outcome string

// The outcomes, named as a metric's label may be.
const (
	Delivered      Outcome = "delivered"
	RefusedForNow  Outcome = "refused_for_now"
	RefusedForGood Outcome = "refused_for_good"
	NoAnswer       Outcome = "no_answer" // sent, and perhaps arrived
	Untried        Outcome = "untried"   // the way was blocked
	NotOpened      Outcome = "not_opened"
)

// Observer is told what happens, for metrics and for readiness. Its methods are
// called by several goroutines and must be quick.
type Observer interface {
	// Tried reports the outcome of one try.
	Tried(kind outbox.Kind, o Outcome)
	// Blocked is told at each fault that stops all mail, and once with nil when
	// mail goes out again.
	Blocked(fault error)
}

// Courier delivers what is due. Queue, Open and Carrier must be given.
type Courier struct {
	Queue Queue
	// Open returns envelope and message of a mail, unsealed. Where it fails,
	// the mail waits for an hour.
	Open    func(outbox.Message) (Parcel, error)
	Carrier Carrier
	// Died, if given, returns the mails that must go out because this one was
	// refused for good. Where it fails, the mail is not dead yet: it is tried
	// again in an hour, so that nobody remains untold. It is called for one
	// mail at a time, after the one before is recorded as dead.
	Died func(ctx context.Context, m outbox.Message, p Parcel, reply string) ([]outbox.Mail, error)
	// GiveUp is how long a mail is tried after it was queued or revived (RFC
	// 5321 section 4.5.4.1 asks for four to five days, and 0 means five).
	GiveUp time.Duration
	// Workers is how many mails are sent at once; 0 means four.
	Workers int
	// Ahead is how many mails more are borrowed at once than can be begun, so
	// that one write of the outbox serves many. After a crash they wait until
	// their lease ends, as those do that were being sent.
	Ahead int
	// Now and Random are time.Now and rand.Float64 where they are nil; Random
	// is the jitter, in [0, 1).
	Now    func() time.Time
	Random func() float64
	// After is time.After where it is nil: the clock of all pauses.
	After    func(time.Duration) <-chan time.Time
	Log      *slog.Logger
	Observer Observer

	dying *sync.Mutex // one mail dies after the other
}

const (
	lease = 30 * time.Minute // longer than longestMail
	// carryTime bounds any Carrier, so that what it sends is still ours.
	carryTime = 27 * time.Minute
	// longestAhead is how long a mail may be lent before it is begun. With
	// carryTime it is shorter than the lease.
	longestAhead = time.Minute
	// A mail's own waits double from the first to the longest. One that waited
	// for days behind a blocked relay has still not been refused often, and
	// greylisting must not kill it at the first try.
	firstRetry    = 2 * time.Minute
	longestRetry  = 4 * time.Hour
	fewestRefused = 4
	// The pauses of all mail double likewise.
	firstPause   = 5 * time.Second
	longestPause = 5 * time.Minute
	// shut is how long a mail waits that cannot be opened.
	shut = time.Hour
	// poll is how often the outbox is asked when nobody wakes the courier.
	poll = 10 * time.Second
)

// try carries one mail that was lent and records the result. The second result
// is the fault that blocks the way, if it does. The end of ctx does not cut the
// mail off halfway.
func (c Courier) try(ctx context.Context, m outbox.Message) (Outcome, error) {
	bare := context.WithoutCancel(ctx)
	log := c.Log.With("reference", m.Reference, "mail", m.ID, "kind", string(m.Kind))
	p, err := c.Open(m)
	if err != nil {
		due := c.Now().Add(shut)
		log.Error("a mail cannot be opened, and waits; see that the delivery key is the one it was sealed with", "error", err.Error(), "next", stamp(due))
		c.record(log, c.Queue.Postpone(bare, m, due))
		return NotOpened, nil
	}
	p.ID, p.Created = id(m), m.Created
	limited, stop := context.WithTimeout(bare, carryTime)
	err = c.Carrier.Carry(limited, p)
	stop()
	now := c.Now()
	var refusal *Refusal
	var silence *Unanswered
	switch {
	case err == nil:
		c.done(ctx, log, m)
		return Delivered, nil
	case errors.As(err, &refusal):
		return c.refused(bare, log, m, p, refusal)
	case errors.As(err, &silence):
		reply := discreet(silence.Error(), p, m.Kind)
		due := c.later(now, m)
		log.Warn("no answer came to a mail; it is sent again and may then arrive twice", "error", reply, "next", stamp(due))
		c.record(log, c.Queue.Retry(bare, m, due, reply))
		return NoAnswer, errors.New(reply)
	}
	c.record(log, c.Queue.Postpone(bare, m, now))
	return Untried, errors.New(discreet(err.Error(), p, m.Kind))
}

func (c Courier) refused(ctx context.Context, log *slog.Logger, m outbox.Message, p Parcel, refusal *Refusal) (Outcome, error) {
	now, reply := c.Now(), discreet(refusal.Reply, p, m.Kind)
	tired := now.Sub(m.Created) >= c.GiveUp && m.Attempts+1 >= fewestRefused
	if !refusal.Permanent && !tired {
		due := c.later(now, m)
		log.Warn("mail refused for now", "reply", reply, "next", stamp(due))
		c.record(log, c.Queue.Retry(ctx, m, due, reply))
		return RefusedForNow, nil
	}
	// Of two mails that are refused at once, the later one has to find the
	// other dead: whoever must know when none is left would not be told.
	c.dying.Lock()
	defer c.dying.Unlock()
	var then []outbox.Mail
	if c.Died != nil {
		var err error
		if then, err = c.Died(ctx, m, p, reply); err != nil {
			due := now.Add(shut)
			log.Error("a mail was refused for good, and those who must know cannot be written to; it is tried again", "reply", reply, "error", discreet(err.Error(), p, m.Kind), "next", stamp(due))
			c.record(log, c.Queue.Retry(ctx, m, due, reply))
			return RefusedForNow, nil
		}
	}
	log.Error("mail refused for good: nobody has read it; mend what the reply names, then send it again by: intake retry", "reply", reply)
	c.record(log, c.Queue.Dead(ctx, m, reply, then))
	return RefusedForGood, nil
}

// later is when a mail is tried again.
func (c Courier) later(now time.Time, m outbox.Message) time.Time {
	return now.Add(backoff(firstRetry, longestRetry, m.Attempts, c.Random()))
}

// done records a delivery, and does not give up while it may still succeed: a
// delivery that nobody remembers is made again when the lease ends. Meanwhile
// this worker sends nothing, so that no more than a few mails hang like this.
func (c Courier) done(ctx context.Context, log *slog.Logger, m outbox.Message) {
	for n := 0; ; n++ {
		err := c.Queue.Done(context.WithoutCancel(ctx), m)
		if err == nil {
			log.Info("mail delivered")
			return
		}
		log.Error("a mail was delivered, and the outbox cannot record it; it may be sent twice", "error", err.Error())
		if ctx.Err() != nil || errors.Is(err, outbox.ErrClosed) {
			return
		}
		select {
		case <-ctx.Done():
		case <-c.After(backoff(firstPause, longestPause, n, c.Random())):
		}
	}
}

// record logs what the outbox could not record. The lease ends by itself, and
// then the mail is tried again.
func (c Courier) record(log *slog.Logger, err error) {
	switch {
	case errors.Is(err, outbox.ErrLeaseLost):
		log.Warn("the mail has been lent to somebody else meanwhile")
	case err != nil:
		log.Error("the outbox cannot record what became of a mail", "error", err.Error())
	}
}

func id(m outbox.Message) string {
	if m.Reference == "" {
		return fmt.Sprintf("bulletin-%d", m.ID)
	}
	return fmt.Sprintf("%s-%d", m.Reference, m.ID)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// backoff doubles first n times, up to longest, and takes off up to a third at
// random, so that mails which failed together do not come back together.
func backoff(first, longest time.Duration, n int, random float64) time.Duration {
	d := longest
	if n < 20 {
		d = min(first<<n, longest)
	}
	return d - time.Duration(float64(d)/3*random)
}
