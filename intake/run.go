package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"waijiao/intake/internal/courier"
	"waijiao/intake/internal/guard"
	"waijiao/intake/internal/listen"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/scan"
	"waijiao/intake/internal/server"
	"waijiao/intake/internal/upkeep"
	"waijiao/intake/internal/uploads"
	"waijiao/intake/internal/watch"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// options are what Run needs: the flags, and the world around them.
type options struct {
	serveCommand
	world
}

// usageError is a flag that cannot mean anything.
type usageError struct{ text locale.Text }

func (e *usageError) Error() string { return e.text.EN }

func usage(zh, en string, args ...any) error { return &usageError{locale.Tf(zh, en, args...)} }

// troubleError is what keeps the program from running although it was called
// rightly.
type troubleError struct{ text locale.Text }

func (e *troubleError) Error() string { return e.text.EN }

func trouble(zh, en string, args ...any) error { return &troubleError{locale.Tf(zh, en, args...)} }

const (
	// graceful is how long requests that have begun may take to finish.
	graceful = 30 * time.Second
	// sweep is how often old uploads are looked for, remember how often the
	// limits are saved.
	sweep    = 5 * time.Minute
	remember = 10 * time.Second
)

// Run serves until ctx ends, then finishes what it began and returns.
func Run(o options) error {
	ctx, w := o.ctx, &o.world
	c := o.serveCommand
	if err := c.checkOrigins(); err != nil {
		return err
	}
	proxies, err := parseProxies(c.Proxy)
	if err != nil {
		return err
	}
	smtp, _ := c.way(w.getenv)
	letters, err := c.read(w, smtp)
	if err != nil {
		return err
	}
	carrier, relay, err := c.carrier(w, c.Data)
	if err != nil {
		return err
	}
	if err := c.checkSite(w, letters.offices); err != nil {
		return err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	held, err := holdData(c.Data)
	if err != nil {
		return err
	}
	defer held.Close()
	p, err := c.open(w, true)
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.belongs(ctx, c.NewSecret); err != nil {
		return err
	}
	name := func() string { return randomName(w.random) }
	store, err := uploads.Open(filepath.Join(c.Data, "uploads"), uploads.Config{Secret: p.secret, Now: w.now, Name: name})
	if err != nil {
		return err
	}
	gate := guard.New(p.secret, w.now)
	limits := filepath.Join(c.Data, "limits")
	if err := gate.LoadFile(limits); err != nil {
		w.log.Warn("the limits of the last run cannot be taken over", "error", err.Error())
	}
	if err := w.reportDead(p.box); err != nil {
		return err
	}

	var limit courier.Limit
	if relay != nil {
		relay.Limit = &limit
	}
	d := letters.desk(w, p)
	d.Carries, d.Forms = limit.Bytes, func() map[string]*form.Form { return published(c.Site, w.log) }
	d.Publishes = func(at string) bool {
		_, err := os.Stat(filepath.Join(c.Site, filepath.FromSlash(at), "index.html"))
		return err == nil
	}
	metrics, way := watch.New(version()), &blockage{}
	wake := make(chan struct{}, 1)
	config := server.Config{
		Site: c.Site, Desk: d, Uploads: store, Guard: gate, Log: w.log, Trusted: c.trusted(), Proxies: proxies, Memory: c.Memory << 20,
		Observer: metrics,
		Accepted: func() {
			select {
			case wake <- struct{}{}:
			default: // it is awake already
			}
		},
	}
	if c.Scan != "" {
		scanner, err := scan.Parse(c.Scan)
		if err != nil {
			return usage("--scan：应写成 tcp://主机:端口 或 unix:///路径", "--scan: write tcp://host:port or unix:///path")
		}
		config.Scanner = scanner
	}
	handler, err := server.New(config)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return cannotListen(c.Addr, err)
	}
	private, err := c.listenPrivately()
	if err != nil {
		listener.Close()
		return err
	}
	srv := &http.Server{Handler: watch.Requests(handler, metrics, w.log), ErrorLog: slog.NewLogLogger(w.log.Handler(), slog.LevelWarn)}
	bounded := listen.Apply(srv, listener, listen.Config{Proxies: proxies})
	watching := &http.Server{Handler: c.watching(p.box, metrics, way, bounded), ReadHeaderTimeout: 5 * time.Second, ErrorLog: srv.ErrorLog}
	if private != nil {
		go watching.Serve(private)
		if w.private != nil {
			w.private(private.Addr().String())
		}
		defer watching.Close()
	}
	c.announce(w, listener.Addr().String())

	// The courier outlives the server, so that what is accepted last is sent.
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var work sync.WaitGroup
	post := courier.Courier{Queue: p.box, Open: d.Open, Carrier: carrier, GiveUp: c.GiveUp, Ahead: 16, Now: w.now, Random: func() float64 { return randomFraction(w.random) }, Log: w.log,
		Observer: mails{metrics, way},
		Died: func(ctx context.Context, m outbox.Message, _ courier.Parcel, _ string) ([]outbox.Mail, error) {
			return d.Died(ctx, m)
		}}
	work.Go(func() { post.Run(background, wake) })
	if relay != nil {
		work.Go(func() { askRelay(background, relay, d.Mail, c.Site, w.log) })
	}
	work.Go(func() { every(background, sweep, "old uploads cannot be removed", store.Sweep, w.log) })
	work.Go(func() {
		every(background, remember, "the limits cannot be saved", func() error { return gate.SaveFile(limits) }, w.log)
	})
	work.Go(func() { upkeep.Upkeep{Box: p.box, Desk: d, Now: w.now, Log: w.log, Observer: metrics}.Run(background) })

	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(bounded) }()
	select {
	case err = <-failed:
	case <-ctx.Done():
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceful)
		defer cancel()
		if err = srv.Shutdown(limit); err != nil {
			srv.Close()
		}
	}
	stop()
	work.Wait()
	return errors.Join(err, gate.SaveFile(limits))
}

// every does something again and again until ctx ends.
func every(ctx context.Context, period time.Duration, trouble string, do func() error, log *slog.Logger) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := do(); err != nil {
				log.Error(trouble, "error", err.Error())
			}
		}
	}
}

// reportDead reminds the operator of the mails that nobody has read.
func (w *world) reportDead(box outbox.Store) error {
	dead, err := box.List(w.ctx, outbox.Filter{Dead: true})
	if err != nil || len(dead) == 0 {
		return err
	}
	const most = 50
	var references []string
	for _, e := range dead[:min(len(dead), most)] {
		references = append(references, e.Reference)
	}
	w.log.Warn("mails were refused for good; intake list --dead shows why, intake retry REF sends them again",
		"references", strings.Join(references, " "), "more", len(dead)-len(references))
	return nil
}
