package render

import (
	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
)

// place is an address of the site, for the sitemap.
type place struct {
	path    string // Chinese address
	only    locale.Lang
	changed locale.Date
}

// list adds an address to the sitemap.
func (r *renderer) list(path string, only locale.Lang, changed locale.Date) {
	r.places = append(r.places, place{path, only, changed})
}

// plan lists everything there is to draw.
func (r *renderer) plan() []job {
	var jobs []job
	both := func(draw func(t *tongue, w *worker) error) {
		for _, t := range r.tongues {
			jobs = append(jobs, func(w *worker) error { return draw(t, w) })
		}
	}
	// section is a page that stands for a part of the site.
	section := func(path string, draw func(t *tongue, w *worker) error) {
		r.list(path, "", locale.Date{})
		both(draw)
	}
	section("/", (*tongue).drawHome)
	for _, list := range r.lists {
		section(list.path, func(t *tongue, w *worker) error { return t.drawList(w, list, list.all, 1) })
		for _, set := range list.sets() {
			for n := 1; n <= set.pages(); n++ {
				if set.year == 0 && n == 1 {
					continue
				}
				section(set.page(n), func(t *tongue, w *worker) error { return t.drawList(w, list, set, n) })
			}
		}
	}
	section("/guides/", (*tongue).drawGuides)
	for _, p := range r.s.Policies {
		r.document(&p.Document, both, func(t *tongue, w *worker) error { return t.drawPolicy(w, p) })
	}
	for _, n := range r.s.Notices {
		r.document(&n.Document, both, func(t *tongue, w *worker) error { return t.drawNotice(w, n) })
	}
	for _, g := range r.s.Guides {
		r.document(&g.Document, both, func(t *tongue, w *worker) error { return t.drawGuide(w, g) })
	}
	for _, p := range r.s.Pages {
		r.document(&p.Document, both, func(t *tongue, w *worker) error { return t.drawPage(w, p) })
	}
	r.directory(section, both)
	section("/forms/", (*tongue).drawForms)
	for _, f := range r.s.Forms {
		section("/forms/"+f.ID+"/", func(t *tongue, w *worker) error { return t.drawForm(w, f) })
		jobs = append(jobs, func(w *worker) error { return r.formDefinition(w, f) })
	}
	section("/glossary/", (*tongue).drawGlossary)
	section("/sitemap/", (*tongue).drawSiteMap)
	both((*tongue).drawShell)
	both((*tongue).drawNotFound)
	for _, t := range r.tongues {
		for _, f := range t.feeds() {
			jobs = append(jobs, func(w *worker) error { return t.drawFeed(w, f) })
		}
	}
	jobs = append(jobs, r.drawRedirects, r.drawFiles, r.drawSitemapXML)
	return jobs
}

// document plans the pages of a document, its old addresses and its files.
func (r *renderer) document(d *site.Document, both func(func(*tongue, *worker) error), draw func(*tongue, *worker) error) {
	if d.Hidden {
		return
	}
	if !d.Sample && !d.Draft && !d.Expired {
		only := locale.Lang("")
		for _, l := range locale.Langs() {
			if !d.Has(l.Other()) {
				only = l
			}
		}
		changed := d.Updated
		if changed.IsZero() {
			changed = d.Date
		}
		r.list(d.Path(), only, changed)
	}
	both(draw)
}
