package render

import (
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
	v.Badges = b.take()
	if d.Column != "" {
		b.html(`<span>`)
		b.text(t.Column(d.Column))
		b.html(`</span> `)
	}
	t.dates(&b, &d.Document)
	v.Meta = b.take()
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
	v.Meta = b.take()
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

// typeName names the kind of a file by its ending: PDF.
func typeName(name string) string {
	return strings.ToUpper(strings.TrimPrefix(path.Ext(name), "."))
}
