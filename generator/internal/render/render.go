// Package render draws the whole public site: from a site.Site and a
// theme.Theme it makes every page, feed and list of addresses, and hands each
// of them to its caller as soon as it is finished.
//
//	err := render.Pages(s, th, render.Options{BaseURL: "https://…"}, func(p render.Page) error {
//		return write(p.Path, p.Body)
//	})
//
// It reads no disk and no clock and keeps nothing between calls: the same site,
// theme and options give the same pages. Pages come in no particular order,
// from several goroutines, and only those being drawn are held in memory.
//
// What a page says about itself to machines (head.go, jsonld.go, feed.go) is
// the work of this package; what people see comes from the theme's templates.
package render

import (
	"cmp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"waijiao/generator/internal/site"
	"waijiao/generator/internal/theme"
	"waijiao/internal/locale"
)

// Options are the choices of whoever builds.
type Options struct {
	// BaseURL is https://host without a slash at the end; empty for the one
	// in the site's settings.
	BaseURL string
	// Live leaves out the notes that are for editors.
	Live bool
	// Workers is how many pages are drawn at once; 0 for one a processor.
	Workers int
}

// Page is one file of the published folder.
type Page struct {
	// Path lies below the published folder: policies/x/index.html.
	Path string
	// Body is the content. It is valid only until the function that was given
	// the Page returns.
	Body []byte
	// Source, where it is not empty, is the file below the content folder from
	// which this one is to be copied; Body is then nil.
	Source string
}

// Pages draws the site. emit is called from several goroutines at once; the
// first error, emit's or our own, ends the work and is returned.
func Pages(s *site.Site, th *theme.Theme, opt Options, emit func(Page) error) error {
	r, err := newRenderer(s, th, opt)
	if err != nil {
		return err
	}
	jobs := r.plan()
	workers := opt.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var (
		next   atomic.Int64
		failed atomic.Bool
		wg     sync.WaitGroup
		errs   = make([]error, workers)
	)
	for i := range workers {
		wg.Go(func() {
			w := &worker{emit: emit}
			for !failed.Load() {
				n := int(next.Add(1)) - 1
				if n >= len(jobs) {
					return
				}
				if err := jobs[n](w); err != nil {
					errs[i] = err
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	// The goroutines stumble over the same fault; one of them tells it.
	return cmp.Or(errs...)
}

// job draws one file, or a few that belong together.
type job func(*worker) error

// worker is what one goroutine draws with.
type worker struct {
	buf
	emit func(Page) error
}

// send hands over what was drawn as the file at path.
func (w *worker) send(path string) error {
	return w.emit(Page{Path: path, Body: w.b})
}

// renderer is one run over one site.
type renderer struct {
	s     *site.Site
	th    *theme.Theme
	opt   Options
	base  string
	today locale.Date
	// changed is the newest date in the content: the site's last update.
	changed locale.Date
	lists   []*docList
	tongues [2]*tongue
	places  []place
}

func newRenderer(s *site.Site, th *theme.Theme, opt Options) (*renderer, error) {
	r := &renderer{s: s, th: th, opt: opt, today: locale.Today(s.Now)}
	r.base = strings.TrimRight(cmp.Or(opt.BaseURL, s.Config.BaseURL), "/")
	for d := range s.Documents() {
		for _, date := range []locale.Date{d.Date, d.Updated} {
			if !d.Hidden && !d.Sample && r.changed.Before(date) && !r.today.Before(date) {
				r.changed = date
			}
		}
	}
	r.lists = r.docLists()
	for i, l := range locale.Langs() {
		t, err := newTongue(r, l)
		if err != nil {
			return nil, err
		}
		r.tongues[i] = t
	}
	return r, nil
}

// tongue returns what is prepared for the language.
func (r *renderer) tongue(l locale.Lang) *tongue {
	if l == locale.EN {
		return r.tongues[1]
	}
	return r.tongues[0]
}
