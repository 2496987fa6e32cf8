package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"waijiao/intake/internal/outbox"
)

// Parcel is a mail on its way.
type Parcel struct {
	ID      string // the same whenever this mail is carried again
	From    string // envelope sender, empty for the null path
	To      string
	Body    []byte
	Created time.Time
}

// Carrier hands one mail on. An error that is a *Refusal judges this mail; any
// other means that the way is blocked, and all mail waits.
type Carrier interface {
	Carry(ctx context.Context, p Parcel) error
}

// Refusal is a reply of the other side to MAIL, RCPT or DATA.
type Refusal struct {
	Permanent bool
	Reply     string
}

func (r *Refusal) Error() string { return "mail: refused: " + r.Reply }

// Queue is what a Courier needs of the outbox.
type Queue interface {
	Next(ctx context.Context, now, until time.Time) (outbox.Message, bool, error)
	Done(ctx context.Context, m outbox.Message) error
	Retry(ctx context.Context, m outbox.Message, due time.Time, reply string) error
	Postpone(ctx context.Context, m outbox.Message, due time.Time) error
	Dead(ctx context.Context, m outbox.Message, reply string) error
}

// Courier delivers what is due.
type Courier struct {
	Queue   Queue
	Carrier Carrier
	Now     func() time.Time
	// Random returns a number in [0, 1): the jitter of retries.
	Random func() float64
	Log    *slog.Logger
}

const (
	lease = 30 * time.Minute // longer than SMTP gives any one mail
	// firstRetry doubles with each refusal up to longestRetry, until the mail
	// is giveUp old (RFC 5321 section 4.5.4.1 asks for four to five days).
	firstRetry   = 2 * time.Minute
	longestRetry = 4 * time.Hour
	giveUp       = 5 * 24 * time.Hour
	// longestPause bounds how long all mail waits for a blocked way to open.
	firstPause   = 5 * time.Second
	longestPause = 5 * time.Minute
	// poll is how often the outbox is asked when nobody wakes the courier.
	poll = 10 * time.Second
)

// Run delivers until ctx ends; then it finishes the mail that it has begun.
// A value on wake means that there may be new mail.
func (c Courier) Run(ctx context.Context, wake <-chan struct{}) {
	blocked := 0
	for {
		wait := poll
		switch found, err := c.Step(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil:
			wait = backoff(firstPause, longestPause, blocked, c.Random())
			blocked++
			c.Log.Error("mail waits: the way is blocked", "error", err.Error(), "wait", wait.Round(time.Second).String(), "blocked", blocked)
		case found:
			blocked = 0
			continue
		default:
			blocked = 0
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-wakeUnless(blocked > 0, wake):
		}
		timer.Stop()
	}
}

// wakeUnless hides the channel while the way is blocked, since new mail does
// not open it.
func wakeUnless(blocked bool, wake <-chan struct{}) <-chan struct{} {
	if blocked {
		return nil
	}
	return wake
}

// Step delivers one mail, if one is due. It returns whether there was one, and
// an error when the way is blocked.
func (c Courier) Step(ctx context.Context) (found bool, err error) {
	now := c.Now()
	m, ok, err := c.Queue.Next(ctx, now, now.Add(lease))
	if err != nil || !ok {
		return false, err
	}
	// From here on the end of the program must not cut the mail off halfway.
	ctx = context.WithoutCancel(ctx)
	err = c.Carrier.Carry(ctx, Parcel{ID: fmt.Sprintf("%s-%d", m.Reference, m.ID), From: m.From, To: m.To, Body: m.Body, Created: m.Created})
	now = c.Now()
	var refusal *Refusal
	switch {
	case err == nil:
		c.Log.Info("mail delivered", "reference", m.Reference, "mail", m.ID)
		return true, c.Queue.Done(ctx, m)
	case errors.As(err, &refusal) && (refusal.Permanent || now.Sub(m.Created) >= giveUp):
		c.Log.Error("mail refused for good: nobody has read it; mend what the reply names (such as the address in --to), then run the SQL statement on outbox.db in the data folder, and it is sent again",
			"reference", m.Reference, "mail", m.ID, "reply", refusal.Reply, "sql", outbox.Revival(m.ID))
		return true, c.Queue.Dead(ctx, m, refusal.Reply)
	case errors.As(err, &refusal):
		due := now.Add(backoff(firstRetry, longestRetry, m.Attempts, c.Random()))
		c.Log.Warn("mail refused for now", "reference", m.Reference, "mail", m.ID, "reply", refusal.Reply, "next", due.UTC().Format(time.RFC3339))
		return true, c.Queue.Retry(ctx, m, due, refusal.Reply)
	}
	return true, errors.Join(err, c.Queue.Postpone(ctx, m, now))
}

// backoff doubles first n times, up to longest, and takes off up to a third at
// random, so that mails which failed together do not come back together.
func backoff(first, longest time.Duration, n int, random float64) time.Duration {
	d := longest
	if n < 20 {
		d = min(first<<n, longest)
	}
	return d - time.Duration(float64(d)/3*random)
}
