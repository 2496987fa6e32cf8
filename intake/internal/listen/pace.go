package listen

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// ErrSlow is what reading a body fails with when it came too slowly. It wraps
// os.ErrDeadlineExceeded. The answer to it is 408.
var ErrSlow = fmt.Errorf("listen: the body comes too slowly: %w", os.ErrDeadlineExceeded)

// pace is how far somebody has fallen behind who has to move so many bytes in
// a second. Only time spent waiting for the client counts. Whoever was fast
// may not rest on it for longer than who was not.
type pace struct {
	slowest int
	grace   time.Duration
	behind  time.Duration
}

func (c Config) pace() pace { return pace{slowest: c.Slowest, grace: c.Grace} }

// left is how long the client may wait now before it moves anything.
func (p *pace) left() time.Duration { return p.grace - p.behind }

// earns is how long n bytes may take.
func (p *pace) earns(n int) time.Duration {
	return time.Duration(float64(n) / float64(p.slowest) * float64(time.Second))
}

// took records that n bytes took so long.
func (p *pace) took(n int, d time.Duration) {
	p.behind = max(p.behind+d-p.earns(n), 0)
}

// paced wraps the handler so that bodies keep the pace.
func (l *Listener) paced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		c, _ := r.Context().Value(connKey{}).(*conn)
		b := &body{
			in: r.Body, deadline: http.NewResponseController(w).SetReadDeadline, now: time.Now,
			pace: l.config.pace(), till: time.Now().Add(l.config.Longest),
			wait: func() { l.move(c, stalled) }, work: func() { l.move(c, busy) }, slow: l.slow,
		}
		// The server reads on in what the handler has left, but not for long.
		defer b.leave()
		r.Body = b
		next.ServeHTTP(w, r)
	})
}

func (l *Listener) slow() {
	l.mu.Lock()
	l.counts.Slow++
	l.mu.Unlock()
}

// body is the body of a request that has to come at the pace.
type body struct {
	in         io.ReadCloser
	deadline   func(time.Time) error
	now        func() time.Time
	wait, work func() // called before and after waiting for the client
	slow       func() // called when it is cut
	pace       pace
	till       time.Time
	err        error // what ended it
}

func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	begun := b.now()
	by := begun.Add(b.pace.left())
	if b.till.Before(by) {
		by = b.till
	}
	if !by.After(begun) {
		return 0, b.cut()
	}
	if err := b.deadline(by); err != nil && !errors.Is(err, http.ErrNotSupported) {
		b.err = err
		return 0, err
	}
	b.wait()
	n, err := b.in.Read(p)
	b.work()
	b.pace.took(n, b.now().Sub(begun))
	if timedOut(err) {
		return n, b.cut()
	}
	b.err = err
	return n, err
}

func (b *body) cut() error {
	b.err = ErrSlow
	b.slow()
	return b.err
}

// Close closes the body that it wraps.
func (b *body) Close() error { return b.in.Close() }

// leave gives the rest of the body the rest of its time.
func (b *body) leave() {
	switch {
	case b.err == ErrSlow:
		b.deadline(b.now())
	case b.err == nil:
		b.deadline(b.now().Add(b.pace.left()))
	}
}

func timedOut(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
