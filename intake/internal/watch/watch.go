// Package watch shows how the server is: to a supervisor, to Prometheus, and
// in the log. Nothing that it shows or writes is about a person: no address,
// no name, no secret link, no query.
//
//	m := watch.New("1.4.0")
//	srv.Handler = watch.Requests(handler, m, log)
//	private := &http.Server{Handler: watch.Handler(m, checks, 5*time.Second)}
//
// Metrics has a method for each thing that happens. Who lets things happen
// (package server, courier, upkeep) declares the few methods that it calls as
// an interface of its own.
//
// Handler belongs on an address that only the operator reaches. It has no
// password.
package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Check is one thing without which the server cannot do its work.
type Check struct {
	Name string
	// Run returns nil when all is well. The context ends with the deadline.
	Run func(context.Context) error
}

// Handler answers GET and HEAD of three paths:
//
//	/healthz  200 as long as the process answers at all
//	/readyz   200 when every check passes in its time, else 503, with JSON
//	/metrics  the metrics in the text format of Prometheus
//
// The checks run side by side, each at most once at the same time: one that
// hangs fails at every question until it has come back.
func Handler(m *Metrics, checks []Check, deadline time.Duration) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "ok")
	})
	ready := &readiness{deadline: deadline}
	for _, c := range checks {
		ready.checks = append(ready.checks, &running{Check: c})
	}
	mux.Handle("GET /readyz", ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4, Timeout: 10 * time.Second, Registry: m.registry,
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, r)
	})
}

type readiness struct {
	checks   []*running
	deadline time.Duration
}

// outcome is how one check ended.
type outcome struct {
	Name         string `json:"name"`
	OK           bool   `json:"ok"`
	Error        string `json:"error,omitempty"`
	Milliseconds int64  `json:"milliseconds"`
}

// ServeHTTP runs all checks.
func (rd *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, stop := context.WithTimeout(r.Context(), rd.deadline)
	defer stop()
	var report struct {
		Ready  bool      `json:"ready"`
		Checks []outcome `json:"checks"`
	}
	report.Ready = true
	report.Checks = make([]outcome, len(rd.checks))
	var all sync.WaitGroup
	for i, c := range rd.checks {
		all.Go(func() {
			begun := time.Now()
			err := c.run(ctx)
			o := outcome{Name: c.Name, OK: err == nil, Milliseconds: time.Since(begun).Milliseconds()}
			if err != nil {
				o.Error = err.Error()
			}
			report.Checks[i] = o
		})
	}
	all.Wait()
	for _, o := range report.Checks {
		report.Ready = report.Ready && o.OK
	}
	w.Header().Set("Content-Type", "application/json")
	if !report.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	e.Encode(report)
}

// running is a check and the question that it has not answered yet.
type running struct {
	Check
	mu   sync.Mutex
	last *asked
}

type asked struct {
	done chan struct{}
	err  error
}

// run asks, or joins who has asked and waits still.
func (c *running) run(ctx context.Context) error {
	c.mu.Lock()
	a := c.last
	if a == nil {
		a = &asked{done: make(chan struct{})}
		c.last = a
		// Whoever joins must not fail because the first one hangs up.
		own := context.WithoutCancel(ctx)
		stop := context.CancelFunc(func() {})
		if end, ok := ctx.Deadline(); ok {
			own, stop = context.WithDeadline(own, end)
		}
		go func() {
			defer stop()
			err := c.safely(own)
			c.mu.Lock()
			a.err, c.last = err, nil
			c.mu.Unlock()
			close(a.done)
		}()
	}
	c.mu.Unlock()
	select {
	case <-a.done:
		return a.err
	case <-ctx.Done():
		return fmt.Errorf("no answer in time: %w", context.Cause(ctx))
	}
}

func (c *running) safely(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return c.Run(ctx)
}
