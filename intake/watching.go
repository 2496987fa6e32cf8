package main

import (
	"context"
	"math"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"waijiao/intake/internal/courier"
	"waijiao/intake/internal/listen"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/watch"
)

const (
	// leastRoom is how much of the disk must be free, in bytes: below that we
	// say that we are not ready, before forms have to be turned away.
	leastRoom = 256 << 20
	// checkTime bounds each check, countTime the counting of what is stored.
	checkTime = 5 * time.Second
	countTime = 2 * time.Second
	// unreadyAfter is how long mail may be blocked before we are not ready. A
	// relay that restarts is no reason for an alarm: forms are accepted all the
	// same.
	unreadyAfter = 15 * time.Minute
)

// listenPrivately opens the address for the operator's eyes, if there is one.
func (c serveCommand) listenPrivately() (net.Listener, error) {
	if c.Private == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", c.Private)
	if err != nil {
		return nil, trouble("--private %s：不能监听（%v）", "--private %s: cannot listen (%v)", c.Private, err)
	}
	return l, nil
}

// watching answers on the private address.
func (c serveCommand) watching(box outbox.Store, m *watch.Metrics, w *blockage, l *listen.Listener) http.Handler {
	m.Gauge("connections_open", "Open connections.", func() float64 { return float64(l.Open()) })
	m.Total("connections_displaced_total", "Idle connections that were closed to make room.", func() float64 { return float64(l.Counts().Displaced) })
	m.Total("connections_refused_total", "Connections that were refused because their address had too many.", func() float64 { return float64(l.Counts().Refused) })
	m.Total("connections_slow_total", "Bodies and answers that came too slowly and were cut.", func() float64 { return float64(l.Counts().Slow) })
	m.Gauge("disk_free_bytes", "Room that the disk of the data folder has left.", func() float64 {
		free, err := watch.Free(c.Data)
		if err != nil {
			return math.NaN()
		}
		return float64(free)
	})
	m.Stock(func(ctx context.Context) (watch.Stock, error) {
		counts, err := box.Count(ctx, time.Now())
		s := watch.Stock{Submissions: map[string]int{}, Mails: map[string]int{}, OldestQueued: counts.OldestQueued}
		for status, n := range counts.Submissions {
			s.Submissions[string(status)] = n
		}
		for state, n := range counts.Mails {
			s.Mails[string(state)] = n
		}
		return s, err
	}, time.Now, countTime)
	return watch.Handler(m, []watch.Check{{Name: "store", Run: box.Check}, watch.Site(c.Site), watch.Room(c.Data, leastRoom), watch.Mail(w.blocked)}, checkTime)
}

// version is what the program was built from.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
		if info.Main.Version != "" {
			return info.Main.Version
		}
	}
	return "unknown"
}

// blockage is whether the way of the mail is open.
type blockage struct {
	mu    sync.Mutex
	since time.Time
	fault string
}

// blocked says why mail has been waiting for too long; nothing while it is not.
func (w *blockage) blocked() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.since.IsZero() || time.Since(w.since) < unreadyAfter {
		return ""
	}
	return "since " + w.since.UTC().Format(time.RFC3339) + ": " + w.fault
}

// mails counts what becomes of mails.
type mails struct {
	*watch.Metrics
	*blockage
}

// Tried counts one try.
func (m mails) Tried(kind outbox.Kind, o courier.Outcome) { m.Mailed(string(kind), string(o)) }

// Blocked notes that mail waits, or, with nil, that it goes out again.
func (m mails) Blocked(fault error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if fault == nil {
		m.since, m.fault = time.Time{}, ""
		return
	}
	m.MailBlocked()
	m.fault = fault.Error()
	if m.since.IsZero() {
		m.since = time.Now()
	}
}
