package upkeep

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

// fake is a store in memory and a desk that counts.
type fake struct {
	now     time.Time
	values  map[string][]byte
	turns   map[string]time.Time
	expired []outbox.Entry
	purges  int
	alarms  int
	weeks   []time.Time
	fail    error
}

func (f *fake) Purge(_ context.Context, now time.Time, limit int) ([]outbox.Entry, error) {
	f.purges++
	n := min(limit, len(f.expired))
	gone := f.expired[:n]
	f.expired = f.expired[n:]
	return gone, nil
}

func (f *fake) Turn(_ context.Context, name string, now time.Time, every time.Duration) (bool, error) {
	if last, ok := f.turns[name]; ok && now.Sub(last) < every {
		return false, nil
	}
	f.turns[name] = now
	return true, nil
}

func (f *fake) Get(_ context.Context, name string) ([]byte, error) { return f.values[name], nil }

func (f *fake) Put(_ context.Context, name string, value []byte) error {
	f.values[name] = value
	return nil
}

func (f *fake) Alarm(context.Context) error { f.alarms++; return f.fail }

func (f *fake) Weekly(context.Context) error {
	if f.fail != nil {
		return f.fail
	}
	f.weeks = append(f.weeks, f.now)
	return nil
}

func caretaker(start time.Time) (*fake, Upkeep, *bytes.Buffer) {
	f := &fake{now: start, values: map[string][]byte{}, turns: map[string]time.Time{}}
	var log bytes.Buffer
	return f, Upkeep{Box: f, Desk: f, Now: func() time.Time { return f.now }, Log: slog.New(slog.NewTextHandler(&log, nil))}, &log
}

// live ticks every ten minutes for a time.
func (f *fake) live(u Upkeep, d time.Duration) {
	for end := f.now.Add(d); f.now.Before(end); f.now = f.now.Add(tick) {
		u.Tick(context.Background())
	}
}

func TestNothingIsErasedByAClockThatHasJumped(t *testing.T) {
	for name, jump := range map[string]time.Duration{"forward": 400 * 24 * time.Hour, "back": -3 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			f, u, log := caretaker(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
			f.live(u, 25*time.Hour)
			if f.purges == 0 {
				t.Fatal("a clock that went evenly for a day is not believed")
			}
			f.now, f.purges = f.now.Add(jump), 0
			f.live(u, 23*time.Hour)
			if f.purges != 0 {
				t.Errorf("%d purges within a day after the jump", f.purges)
			}
			if !strings.Contains(log.String(), "jumped") {
				t.Error("the log does not tell of the jump")
			}
			f.live(u, 2*time.Hour)
			if f.purges == 0 {
				t.Error("a day after the jump nothing is erased yet")
			}
		})
	}
}

func TestEverythingThatExpiredIsErasedAndLogged(t *testing.T) {
	f, u, log := caretaker(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	f.live(u, 25*time.Hour)
	for range 2*batch + 1 {
		f.expired = append(f.expired, outbox.Entry{Submission: outbox.Submission{Reference: "HZ-7K3F-9QXT-C", Form: "sample-request"}})
	}
	u.Tick(context.Background())
	if len(f.expired) != 0 {
		t.Errorf("%d are left", len(f.expired))
	}
	if n := strings.Count(log.String(), "reference=HZ-7K3F-9QXT-C"); n != 2*batch+1 {
		t.Errorf("%d lines in the log", n)
	}
}

func TestTheWeeklyListGoesOutOnceAWeekOnMonday(t *testing.T) {
	f, u, _ := caretaker(time.Date(2026, 3, 4, 9, 0, 0, 0, locale.Beijing())) // a Wednesday
	f.live(u, 4*24*time.Hour+22*time.Hour)
	if len(f.weeks) != 0 {
		t.Fatalf("a list before the first Monday: %v", f.weeks)
	}
	f.live(u, 21*24*time.Hour)
	if len(f.weeks) != 3 {
		t.Fatalf("%d lists in three weeks: %v", len(f.weeks), f.weeks)
	}
	for _, at := range f.weeks {
		if b := at.In(locale.Beijing()); b.Weekday() != time.Monday || b.Hour() != 8 {
			t.Errorf("a list at %v", b)
		}
	}
}

func TestATaskThatFailsIsTriedAgainAndHoldsUpNoOther(t *testing.T) {
	f, u, log := caretaker(time.Date(2026, 3, 4, 9, 0, 0, 0, locale.Beijing()))
	f.live(u, 24*time.Hour)
	f.fail = errors.New("sample trouble")
	f.now = time.Date(2026, 3, 9, 8, 0, 0, 0, locale.Beijing())
	f.live(u, time.Hour)
	if len(f.weeks) != 0 || !strings.Contains(log.String(), "sample trouble") {
		t.Fatal("the failure does not show")
	}
	f.fail = nil
	f.live(u, 2*time.Hour)
	if len(f.weeks) != 1 {
		t.Errorf("%d lists after the trouble", len(f.weeks))
	}
	if f.alarms < 24 {
		t.Errorf("%d alarms: they should go on every hour", f.alarms)
	}
}

func TestTheWeeklyListComesBackWithTheClock(t *testing.T) {
	f, u, _ := caretaker(time.Date(2026, 3, 4, 9, 0, 0, 0, locale.Beijing()))
	f.live(u, time.Hour)
	right := f.now
	f.now = f.now.AddDate(1, 0, 0) // for a week the clock is a year ahead
	f.live(u, 7*24*time.Hour)
	f.now, f.weeks, f.turns = right.AddDate(0, 0, 7), nil, map[string]time.Time{}
	f.live(u, 21*24*time.Hour)
	if n := len(f.weeks); n < 3 || n > 4 {
		t.Errorf("%d lists in three weeks: %v", n, f.weeks)
	}
}
