package render

import (
	"fmt"
	"html/template"
	"net/url"
	"path"
	"strings"

	"waijiao/generator/internal/site"
)

func (t *tongue) drawNotice(w *worker, d *site.Notice) error {
	p, v := t.document(&d.Document, d.Edition(t.L))
	var b buf
	if d.Pinned {
		t.badge(&b, "pinned", "pinned")
	}
	t.deadline(&b, d)
	if d.Sample {
		t.badge(&b, "sample", "sample")
	}
	v.Badges = template.HTML(b.b)
	b = buf{}
	if d.Column != "" {
		b.html(`<span>`)
		b.text(t.Column(d.Column))
		b.html(`</span> `)
	}
	t.dates(&b, &d.Document)
	v.Meta = template.HTML(b.b)
	p.data = func(b *buf) { t.articleData(b, p, &d.Document) }
	p.template, p.view = "notice", v
	return w.draw(p)
}

// deadline writes until when a notice wants an answer.
func (t *tongue) deadline(b *buf, d *site.Notice) {
	if d.Deadline.IsZero() {
		return
	}
	if d.Deadline.Before(t.today) {
		t.badge(b, "closed", "deadline.over")
		return
	}
	b.html(`<span class="badge badge-deadline">`, t.wordHTML("deadline"), ` <time datetime="`, d.Deadline.String(), `">`, d.Deadline.In(t.L), `</time></span>`)
}

func (t *tongue) drawPage(w *worker, d *site.Page) error {
	p, v := t.document(&d.Document, d.Edition(t.L))
	var b buf
	t.dates(&b, &d.Document)
	v.Meta = template.HTML(b.b)
	p.data = func(b *buf) { t.articleData(b, p, &d.Document) }
	if d.Slug == "about" {
		p.data = t.organization
	}
	p.template, p.view = "page", v
	return w.draw(p)
}

func isImage(mediaType string) bool { return strings.HasPrefix(mediaType, "image/") }

func isWeb(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}

// escapePath escapes a file name for an address.
func escapePath(name string) string { return (&url.URL{Path: name}).EscapedPath() }

// typeName names the kind of a file by its ending: PDF.
func typeName(name string) string {
	return strings.ToUpper(strings.TrimPrefix(path.Ext(name), "."))
}

type guideView struct {
	*docView
	*site.GuideProse
	Audience string
	Basis    []template.HTML
	Forms    []navItem
}

func (t *tongue) drawGuide(w *worker, d *site.Guide) error {
	e := d.Edition(t.L)
	p, doc := t.document(&d.Document, e)
	v := &guideView{docView: doc, GuideProse: d.Prose(t.L), Audience: t.audience(d)}
	if v.GuideProse == nil {
		v.GuideProse = &site.GuideProse{}
	}
	var b buf
	if d.Sample {
		t.badge(&b, "sample", "sample")
	}
	doc.Badges = template.HTML(b.b)
	b = buf{}
	t.dates(&b, &d.Document)
	doc.Meta = template.HTML(b.b)
	for _, key := range d.Basis {
		if other := t.s.Policy(key); other != nil && !other.Hidden {
			b = buf{}
			t.policyLink(&b, other)
			v.Basis = append(v.Basis, template.HTML(b.b))
		}
	}
	for _, id := range d.Forms {
		if f := t.s.Form(id); f != nil {
			v.Forms = append(v.Forms, navItem{Href: t.L.Path("/forms/" + f.ID + "/"), Title: f.Title.In(t.L)})
		}
	}
	p.data = func(b *buf) { t.guideData(b, p, v) }
	p.template, p.view = "guide", v
	return w.draw(p)
}

func (t *tongue) audience(d *site.Guide) string {
	var names []string
	for _, a := range d.Audience {
		names = append(names, t.word("audience."+a))
	}
	return t.Join(names)
}

func (t *tongue) guideData(b *buf, p *page, v *guideView) {
	b.html(`,"@type":"GovernmentService"`)
	b.jsonField("name", p.title)
	b.jsonField("description", p.desc)
	b.jsonField("url", p.canonical())
	b.jsonField("inLanguage", p.titleLang().Tag())
	if v.Audience != "" {
		b.html(`,"audience":{"@type":"Audience"`)
		b.jsonField("audienceType", v.Audience)
		b.html("}")
	}
	t.office(b, "provider")
}

// HTML passes on a short text that was markdown.
func (v *docView) HTML(i site.Inline) template.HTML { return template.HTML(i.HTML) }

// Days writes the time limit of a step.
func (v *docView) Days(d site.Days) string {
	switch {
	case d.Working > 0:
		return v.th.Count(v.L, "days.working", d.Working)
	case d.Calendar > 0:
		return v.th.Count(v.L, "days.calendar", d.Calendar)
	}
	return ""
}

// Shape writes how many of a material are wanted, in which form, how fresh.
func (v *docView) Shape(m site.Material) string {
	var parts []string
	switch {
	case m.Copies > 0 && m.Form != "":
		parts = append(parts, v.th.Count(v.L, "copies."+m.Form, m.Copies))
	case m.Copies > 0:
		parts = append(parts, v.th.Count(v.L, "copies", m.Copies))
	case m.Form != "":
		parts = append(parts, v.word("form."+m.Form))
	}
	if m.Within > 0 {
		parts = append(parts, v.th.Count(v.L, "within", m.Within))
	}
	return strings.Join(parts, v.word("list.comma"))
}

// ID numbers things of a page: m-1.
func (t *tongue) ID(prefix string, i int) string { return fmt.Sprintf("%s-%d", prefix, i+1) }
