// Package preview shows a site while it is being written. It builds the site
// into memory, serves it, builds it again whenever a file changes, makes every
// open browser load the page anew, and lays the problems that were found over
// the page, in both languages.
//
//	err := preview.Run(ctx, listener, preview.Options{
//		Build:   build,                       // files by path, and problems
//		Folders: []string{"content", "theme"},
//	})
//
// While the content has errors, the pages of the last build without any stay
// up, under the list of errors. Pages get the same security headers as the
// public site, so that what the policy forbids is seen here first; what the
// preview adds to a page (one style sheet, one script, one list) obeys it too.
// Nothing of this is in the pages that are published.
package preview

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"waijiao/internal/problem"
)

// Options say what to show.
type Options struct {
	// Build makes the whole site: its files by their path below the site
	// ("guides/index.html"). Where the problems hold an error, the files are
	// not looked at. Build is called by one goroutine at a time.
	Build func() (map[string][]byte, problem.List)
	// Folders are watched with everything in them.
	Folders []string
	// Header is sent with every page.
	Header http.Header
	// Built is told of every build when it can be seen. It may be nil.
	Built func(pages int, problems problem.List, took time.Duration)
}

// Run builds, serves on the listener and watches until ctx ends, which is no
// error. It closes the listener.
func Run(ctx context.Context, listener net.Listener, opt Options) error {
	w, err := watch(opt.Folders)
	if err != nil {
		listener.Close()
		return err
	}
	defer w.Close()

	s := newShow(opt)
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	served := make(chan error, 1)
	var work sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	defer work.Wait()
	defer cancel()
	work.Go(func() {
		s.build()
		for w.changed(ctx) {
			s.build()
		}
	})
	go func() { served <- server.Serve(listener) }()
	select {
	case <-ctx.Done():
		// Open event streams end with ctx; what else is being answered gets a
		// moment.
		late, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer stop()
		if server.Shutdown(late) != nil {
			return server.Close()
		}
		return nil
	case err := <-served:
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return err
	}
}

// show is the site as of its latest build.
type show struct {
	opt Options

	mu       sync.Mutex
	files    map[string][]byte // of the last build without errors
	problems problem.List      // of the latest build
	number   int               // of the latest build; 0 before the first
	next     chan struct{}     // closed when there is a newer build
	first    chan struct{}     // closed when there is one at all
}

func newShow(opt Options) *show {
	return &show{opt: opt, next: make(chan struct{}), first: make(chan struct{})}
}

// build makes a new build and tells the browsers.
func (s *show) build() {
	start := time.Now()
	files, problems := s.opt.Build()
	pages := 0
	s.mu.Lock()
	if problems.Errors() == 0 {
		s.files = files
	}
	for name := range s.files {
		if isPage(name) {
			pages++
		}
	}
	s.problems = problems
	s.number++
	if s.number == 1 {
		close(s.first)
	}
	close(s.next)
	s.next = make(chan struct{})
	s.mu.Unlock()
	if s.opt.Built != nil {
		s.opt.Built(pages, problems, time.Since(start))
	}
}

// state is one consistent view of the show.
type state struct {
	files    map[string][]byte
	problems problem.List
	number   int
	next     chan struct{}
}

func (s *show) state() state {
	s.mu.Lock()
	defer s.mu.Unlock()
	return state{s.files, s.problems, s.number, s.next}
}
