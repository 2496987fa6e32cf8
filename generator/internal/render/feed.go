package render

import (
	"bytes"
	"slices"
	"time"

	"waijiao/generator/internal/site"
	"waijiao/internal/headers"
	"waijiao/internal/locale"
)

// feed is one Atom feed (RFC 4287) in one language.
type feed struct {
	path  string // Chinese address of the feed
	home  string // Chinese address of the page that it follows
	title string
}

const feedLength = 20

func (t *tongue) feeds() []feed {
	name := t.s.Config.Name.In(t.L)
	list := []feed{{"/feed.xml", "/", name}}
	for _, section := range []string{"/notices/", "/policies/", "/guides/"} {
		list = append(list, feed{section + "feed.xml", section, t.titleAt(section) + " – " + name})
	}
	return list
}

// feedEntries are the newest documents of a section that exist in the
// language, without samples and drafts.
func (t *tongue) feedEntries(section string) []*site.Document {
	var list []*site.Document
	for _, l := range t.lists {
		if section != "/" && section != l.path {
			continue
		}
		for _, y := range l.years {
			// Years come newest first: what is older than enough entries of
			// newer years cannot be among the newest.
			if len(list) >= feedLength && section != "/" {
				break
			}
			for _, e := range y.entries {
				if e.Has(t.L) && !e.Sample && !e.Draft {
					list = append(list, e.Document)
				}
			}
		}
	}
	if section == "/" || section == "/guides/" {
		for _, g := range t.s.Guides {
			if g.Listed() && g.Has(t.L) && !g.Sample && !g.Draft {
				list = append(list, &g.Document)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *site.Document) int {
		if a.Publish.IsZero() && b.Publish.IsZero() {
			return b.Date.Compare(a.Date)
		}
		return feedTime(b).Compare(feedTime(a))
	})
	return list[:min(len(list), feedLength)]
}

func feedTime(d *site.Document) time.Time {
	if !d.Publish.IsZero() {
		return d.Publish
	}
	return d.Date.Start()
}

// feedUpdated is never earlier than feedTime, even where a document was revised
// on the day on which it was published.
func feedUpdated(d *site.Document) time.Time {
	if published := feedTime(d); d.Updated.IsZero() || d.Updated.Start().Before(published) {
		return published
	}
	return d.Updated.Start()
}

func (t *tongue) drawFeed(w *worker, f feed) error {
	stamp := func(at time.Time) string { return at.In(locale.Beijing()).Format(time.RFC3339) }
	entries := t.feedEntries(f.home)
	updated := t.changed.Start()
	if t.changed.IsZero() {
		updated = t.s.Now
	}
	for i, d := range entries {
		if at := feedUpdated(d); i == 0 || at.After(updated) {
			updated = at
		}
	}
	w.b = w.b[:0]
	w.html("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"", t.L.Tag(), "\">\n")
	w.xml("title", f.title)
	w.xml("id", t.address(f.path))
	w.html(`<link rel="self" type="application/atom+xml"`)
	w.attr("href", t.address(f.path))
	w.html("/>\n<link rel=\"alternate\" type=\"text/html\"")
	w.attr("href", t.address(f.home))
	w.html("/>\n<updated>", stamp(updated), "</updated>\n<author>")
	w.xml("name", t.s.Config.Office.In(t.L))
	w.html("</author>\n")
	for _, d := range entries {
		e := d.Edition(t.L)
		w.html("<entry>\n")
		w.xml("title", e.Title)
		w.xml("id", t.address(d.Path()))
		w.html(`<link rel="alternate" type="text/html"`)
		w.attr("href", t.address(d.Path()))
		w.html("/>\n<published>", stamp(feedTime(d)), "</published>\n<updated>", stamp(feedUpdated(d)), "</updated>\n")
		if e.Summary != "" {
			w.xml("summary", e.Summary)
		}
		w.html("</entry>\n")
	}
	w.html("</feed>\n")
	return w.send(t.L.Path(f.path)[1:])
}

// xml writes an element with a text. Characters that XML 1.0 cannot carry are
// left out.
func (w *buf) xml(name, text string) {
	w.html("<", name, ">")
	clean := bytes.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, []byte(text))
	w.text(string(clean))
	w.html("</", name, ">\n")
}

// drawSitemapXML writes the list of addresses for search engines, each with
// the same page in the other language (sitemaps.org, xhtml:link).
func (r *renderer) drawSitemapXML(w *worker) error {
	w.b = w.b[:0]
	w.html("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" +
		"<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n")
	link := func(lang, address string) {
		w.html(`<xhtml:link rel="alternate" hreflang="`, lang, `"`)
		w.attr("href", address)
		w.html("/>\n")
	}
	for _, p := range r.places {
		for _, t := range r.tongues {
			if p.only != "" && p.only != t.L {
				continue
			}
			w.html("<url>\n<loc>")
			w.text(t.address(p.path))
			w.html("</loc>\n")
			if !p.changed.IsZero() {
				w.html("<lastmod>", p.changed.String(), "</lastmod>\n")
			}
			if p.only == "" {
				link("zh-CN", r.tongues[0].address(p.path))
				link("en", r.tongues[1].address(p.path))
				link("x-default", r.tongues[0].address(p.path))
			}
			w.html("</url>\n")
		}
	}
	w.html("</urlset>\n")
	return w.send("sitemap.xml")
}

// drawFiles hands over what is no page: assets, attachments, the headers for
// web servers, robots.txt.
func (r *renderer) drawFiles(w *worker) error {
	for _, f := range r.th.Files() {
		if err := w.emit(Page{Path: f.Path, Body: f.Body}); err != nil {
			return err
		}
	}
	for d := range r.s.Documents() {
		if d.Hidden {
			continue
		}
		for _, a := range d.Attachments {
			err := w.emit(Page{Path: d.Path()[1:] + a.Name, Source: string(d.Kind) + "/" + d.Slug + "/" + a.Name})
			if err != nil {
				return err
			}
		}
	}
	for _, f := range []Page{{Path: "headers.nginx", Body: headers.Nginx()}, {Path: "headers.caddy", Body: headers.Caddy()}} {
		if err := w.emit(f); err != nil {
			return err
		}
	}
	w.b = w.b[:0]
	w.html("User-agent: *\nDisallow:\n\nSitemap: ", r.base, "/sitemap.xml\n")
	return w.send("robots.txt")
}
