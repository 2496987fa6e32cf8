// Package upkeep does what falls due without anybody asking: it erases what
// has been kept long enough, tells the office of mail that waits or is dead,
// and once a week of what nobody has marked as handled.
//
//	u := upkeep.Upkeep{Box: box, Desk: desk, Now: time.Now, Log: log}
//	u.Run(ctx)
//
// With several instances on one store each task is done by one of them.
package upkeep

import (
	"context"
	"log/slog"
	"time"

	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

// Box is what upkeep needs of the outbox.
type Box interface {
	Purge(ctx context.Context, now time.Time, limit int) ([]outbox.Entry, error)
	Turn(ctx context.Context, name string, now time.Time, every time.Duration) (bool, error)
	Get(ctx context.Context, name string) ([]byte, error)
	Put(ctx context.Context, name string, value []byte) error
}

// Desk writes to the office.
type Desk interface {
	// Alarm tells of what waits or is dead, if there is news.
	Alarm(ctx context.Context) error
	// Weekly lists what is not marked as handled.
	Weekly(ctx context.Context) error
}

// Observer counts the runs of each task. Its method must be quick.
type Observer interface {
	Upkeep(task string, err error)
}

// Upkeep is the caretaker. All of it is required but Observer.
type Upkeep struct {
	Box      Box
	Desk     Desk
	Now      func() time.Time
	Log      *slog.Logger
	Observer Observer
}

const (
	// tick is how often Run looks; each task has its own period.
	tick = 10 * time.Minute
	// batch bounds what is erased in one transaction.
	batch = 100
)

// Run looks at once and then every ten minutes, until ctx ends.
func (u Upkeep) Run(ctx context.Context) {
	timer := time.NewTicker(tick)
	defer timer.Stop()
	for {
		u.Tick(ctx)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
	}
}

// Tick does what is due now. What fails is logged, and tried again at a later
// tick; one task does not keep another from being done.
func (u Upkeep) Tick(ctx context.Context) {
	for _, task := range []struct {
		name string
		do   func(context.Context) error
	}{{"retention", u.retention}, {"alarm", u.alarm}, {"weekly-list", u.weekly}} {
		err := task.do(ctx)
		if u.Observer != nil {
			u.Observer.Upkeep(task.name, err)
		}
		if err != nil && ctx.Err() == nil {
			u.Log.Error("upkeep failed and will be tried again", "task", task.name, "error", err.Error())
		}
	}
}

// retention erases what has expired, as long as the clock can be believed.
func (u Upkeep) retention(ctx context.Context) error {
	now := u.Now()
	sure, err := u.believe(ctx, now)
	if err != nil || !sure {
		return err
	}
	for {
		gone, err := u.Box.Purge(ctx, now, batch)
		if err != nil {
			return err
		}
		for _, e := range gone {
			u.Log.Info("erased: its time has come", "reference", e.Reference, "form", e.Form, "status", string(e.Status),
				"accepted", e.Created.UTC().Format(time.RFC3339), "expired", e.Expires.UTC().Format(time.RFC3339))
		}
		if len(gone) < batch || ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func (u Upkeep) alarm(ctx context.Context) error {
	mine, err := u.Box.Turn(ctx, "alarm", u.Now(), time.Hour)
	if err != nil || !mine {
		return err
	}
	return u.Desk.Alarm(ctx)
}

// weekly sends the list on Monday at eight in the morning in Beijing, or as
// soon after it as we run. A new store waits for its first Monday.
func (u Upkeep) weekly(ctx context.Context) error {
	const name = "weekly"
	now := u.Now()
	due := []byte(monday(now).UTC().Format(time.RFC3339))
	last, err := u.Box.Get(ctx, name+" sent")
	if err != nil {
		return err
	}
	if at, err := time.Parse(time.RFC3339, string(last)); err == nil && !at.After(now.AddDate(0, 0, 1)) && string(last) >= string(due) {
		return nil
	} // what was sent in the future was sent by a wrong clock
	mine, err := u.Box.Turn(ctx, name, now, time.Hour)
	if err != nil || !mine {
		return err
	}
	if last != nil {
		if err := u.Desk.Weekly(ctx); err != nil {
			return err
		}
	}
	return u.Box.Put(ctx, name+" sent", due)
}

// monday is the last Monday at eight in Beijing, at or before now.
func monday(now time.Time) time.Time {
	t := now.In(locale.Beijing())
	back := (int(t.Weekday()) + 6) % 7
	m := time.Date(t.Year(), t.Month(), t.Day()-back, 8, 0, 0, 0, t.Location())
	if m.After(t) {
		m = m.AddDate(0, 0, -7)
	}
	return m
}
