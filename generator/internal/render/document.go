package render

import (
	"html/template"
	"net/url"
	"slices"

	"waijiao/generator/internal/markdown"
	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
)

// docView is what every template of a document is given. Its parts are HTML
// already and lie in one flat struct, since most pages of a large site are
// documents, and each action and each embedded field that a template has to
// look through costs time.
type docView struct {
	Attr    template.HTMLAttr // lang, where the text is in the other language
	Title   template.HTML
	Lead    template.HTML
	Meta    template.HTML // dates, column
	Badges  template.HTML
	Banners template.HTML
	Body    template.HTML
	Files   template.HTML // attachments
	Record  template.HTML // of a policy
	Related template.HTML // to a policy: explanations, cites, cited by
	Guide   guideView
}

// document prepares the page of a document, without its template.
func (t *tongue) document(d *site.Document, e *site.Edition) (*page, *docView) {
	p := &page{
		tongue: t, path: d.Path(), kind: string(d.Kind), section: t.sectionOf(d), title: e.Title,
		desc: e.Summary, noindex: d.Sample || d.Draft || d.Expired,
		article: &articleTags{source: t.s.Config.Office.In(t.L), author: t.s.Config.Office.In(t.L)},
	}
	if d.Kind != site.KindPage {
		section := "/" + string(d.Kind) + "/"
		p.crumbs = []crumb{{path: section, title: t.titleAt(section)}}
		p.column = t.s.Config.Section(section)
	}
	if !d.Publish.IsZero() {
		p.article.published = d.Publish.In(locale.Beijing()).Format("2006-01-02 15:04")
	} else if !d.Date.IsZero() {
		p.article.published = d.Date.String() + " 00:00"
	}
	if len(d.Tags) == 0 {
		p.article.keywords = t.s.Config.Keywords.In(t.L)
	}
	for i, tag := range d.Tags {
		if i > 0 {
			p.article.keywords += ","
		}
		p.article.keywords += t.Keyword(tag)
	}
	v := &docView{Body: template.HTML(e.Body.HTML)}
	if e.Lang != t.L {
		p.only, p.lang = e.Lang, e.Lang
		v.Attr = template.HTMLAttr(` lang="` + e.Lang.Tag() + `"`)
	} else if !d.Has(t.L.Other()) {
		p.only = t.L
	}
	if d.Image != "" {
		p.image = t.base + d.Path() + url.PathEscape(d.Image)
	}
	var w buf
	w.mark(e.Lang, e.Title)
	n := len(w.b)
	w.mark(e.Lang, e.Summary)
	v.Title, v.Lead = template.HTML(w.b[:n]), template.HTML(w.b[n:])
	w.b = nil
	t.banners(&w, d, e)
	v.Banners = template.HTML(w.b)
	v.Files = t.attachments(d)
	return p, v
}

// sectionOf returns the address in the navigation that a document belongs to.
func (t *tongue) sectionOf(d *site.Document) string {
	if d.Kind == site.KindPage {
		return d.Path()
	}
	return "/" + string(d.Kind) + "/"
}

// banner writes a note that stands above a text. text is HTML.
func (w *buf) banner(colour, title, text string) {
	w.html(`<div class="banner banner-`, colour, `" role="note"><strong>`, title, `</strong>`)
	if text != "" {
		w.html(`<p>`, text, `</p>`)
	}
	w.html("</div>\n")
}

// banner writes the note of a word and its explanation.
func (t *tongue) banner(w *buf, colour, key string) {
	w.banner(colour, t.wordHTML(key), t.wordHTML(key+".text"))
}

// banners writes the notes that any document may bear.
func (t *tongue) banners(w *buf, d *site.Document, e *site.Edition) {
	if d.Draft {
		t.banner(w, "amber", "draft")
	}
	if d.Expired {
		t.banner(w, "amber", "expired")
	}
	if d.Sample {
		t.banner(w, "amber", "sample")
	}
	if e.Lang != t.L {
		t.banner(w, "lake", "untranslated")
	}
	if e.Stale {
		w.banner("amber", t.wordHTML("stale"), t.wordHTML("stale.text")+` <a href="`+e.Lang.Other().Path(d.Path())+
			`" hreflang="`+e.Lang.Other().Tag()+`">`+t.wordHTML("stale.link")+`</a>`)
	}
	if d.Review && !t.opt.Live {
		t.banner(w, "amber", "review")
	}
}

// attachments lists the files of a document that a reader may want. Notices and
// policies end with all of theirs, as official documents do; a page that links
// to a file where it speaks of it does not name it again.
func (t *tongue) attachments(d *site.Document) template.HTML {
	var w buf
	for _, a := range d.Attachments {
		if a.Name == d.Image || isImage(a.Type) || d.Kind == site.KindPage && linked(d.Edition(t.L), a.Name) {
			continue
		}
		if len(w.b) == 0 {
			w.html(`<section class="block"><h2>`, t.wordHTML("attachments"), `</h2><ul class="attachments">`)
		}
		w.html(`<li><a href="`)
		w.text(d.Path() + url.PathEscape(a.Name))
		w.html(`">`)
		w.mark(t.L, a.Name)
		w.html(`</a> <span class="file-meta">`)
		w.text(typeName(a.Name))
		w.html(` · `, locale.Size(a.Size), `</span></li>`)
	}
	if len(w.b) > 0 {
		w.html("</ul></section>\n")
	}
	return template.HTML(w.b)
}

// linked tells whether the text links to the file.
func linked(e *site.Edition, name string) bool {
	find := func(s string) (site.Attachment, bool) { return site.Attachment{}, s == name }
	return slices.ContainsFunc(e.Body.Links, func(r site.Reference) bool {
		_, _, ok := markdown.File(r.To, find)
		return ok
	})
}

// policyLink writes a link to a policy with its number.
func (t *tongue) policyLink(w *buf, p *site.Policy) {
	e := p.Edition(t.L)
	w.html(`<a href="`, t.L.Path(p.Path()), `">`)
	w.foreignText(t.L, e.Lang, e.Title)
	w.html(`</a>`)
	if p.Number != "" {
		w.html(` <span class="number">`)
		w.mark(t.L, p.Number)
		w.html(`</span>`)
	}
	if standing := p.Standing(t.today); standing != "" && standing != site.InForce {
		w.html(" ")
		t.status(w, p)
	}
}

// badge writes a badge of a class with a word.
func (t *tongue) badge(w *buf, class, key string) {
	w.html(`<span class="badge badge-`, class, `">`, t.wordHTML(key), `</span>`)
}

// dates writes when a document was published and revised.
func (t *tongue) dates(w *buf, d *site.Document) {
	if !d.Date.IsZero() {
		w.html(`<span>`, t.wordHTML("published"), ` <time datetime="`, d.Date.String(), `">`, d.Date.In(t.L), `</time></span>`)
	}
	if !d.Updated.IsZero() {
		w.html(` <span>`, t.wordHTML("updated"), ` <time datetime="`, d.Updated.String(), `">`, d.Updated.In(t.L), `</time></span>`)
	}
}
