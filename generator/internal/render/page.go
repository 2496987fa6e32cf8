package render

import (
	"fmt"
	"io"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
	"waijiao/internal/shell"
)

// page is one page before it is drawn: what its head says, and which template
// fills it with what.
type page struct {
	*tongue
	path     string // Chinese address
	file     string // file to write; empty for path's own index.html
	kind     string // class of body: kind-policy
	section  string // address in the navigation that the page belongs to
	title    string
	short    string      // stands for the title in the crumbs, where that is long
	lang     locale.Lang // of title and description; empty for the page's own
	desc     string
	crumbs   []crumb // between home and the page
	noindex  bool
	only     locale.Lang // the one language in which the page exists; empty for both
	rel      string      // in which address the canonical link differs from path
	prev     string      // addresses of the pages around it in a list
	next     string
	image    string
	column   *site.Section // page tags of a column
	article  *articleTags  // page tags of an article
	data     func(*buf)    // writes JSON-LD; may be nil
	titleTag string        // the whole title element, where the page brings its own
	bare     bool          // the template brings its own .wrap
	extra    string        // more elements for the head
	switchTo string        // address behind the language switch, where it is not path's
	template string
	view     any
	main     string // content, in place of a template
}

// crumb is a step from the home page to a page.
type crumb struct {
	path  string // Chinese address
	title string
	lang  locale.Lang // of title; empty for the page's own
}

func (t *tongue) run(w io.Writer, name string, data any) error {
	tmpl := t.th.Template(t.L, name)
	if tmpl == nil {
		return &themeError{text: locale.Tf("主题缺少模板 %q", "the theme has no template %q", name)}
	}
	if err := tmpl.Execute(w, data); err != nil {
		return &themeError{locale.Tf("主题的模板 %q 有误：%v", "a fault in the theme's template %q: %v", name, err), err}
	}
	return nil
}

// themeError is a fault of the theme that shows only when a page is drawn.
type themeError struct {
	text locale.Text
	err  error
}

func (e *themeError) Error() string        { return e.text.EN }
func (e *themeError) Unwrap() error        { return e.err }
func (e *themeError) Message() locale.Text { return e.text }

// file returns the file that holds the page at a Chinese address.
func (t *tongue) fileOf(path string) string { return t.L.Path(path)[1:] + "index.html" }

// draw writes the page and hands it over.
func (w *worker) draw(p *page) error {
	w.b = w.b[:0]
	w.html("<!doctype html>\n<html lang=\"", p.L.Tag(), "\">\n<head>\n")
	w.writeHead(p)
	w.html("</head>\n<body")
	if p.kind != "" {
		w.html(` class="kind-`, p.kind, `"`)
	}
	w.html(">\n")
	chr := p.chromeFor(p.section, p.section == p.path)
	w.html(chr.before)
	w.text(p.switchAddress())
	w.html(chr.after, "<main id=\"main\" tabindex=\"-1\">\n")
	if !p.bare {
		w.html("<div class=\"wrap\">\n")
	}
	w.crumbs(p)
	if p.template != "" {
		if err := p.run(w, p.template, p.view); err != nil {
			return fmt.Errorf("%s: %w", p.L.Path(p.path), err)
		}
	} else {
		w.html(p.main)
	}
	if !p.bare {
		if p.hasAddress() {
			w.html(`<p class="print-only">`, p.wordHTML("print.address"))
			w.text(p.address(p.path))
			w.html("</p>\n")
		}
		w.html("</div>\n")
	}
	w.html("</main>\n", chr.foot, "</body>\n</html>\n")
	file := p.file
	if file == "" {
		file = p.fileOf(p.path)
	}
	return w.send(file)
}

// hasAddress tells whether the page stands at its path for all to see: the one
// for missing addresses and the one that intake fills appear at others.
func (p *page) hasAddress() bool { return p.kind != "not-found" && p.kind != "shell" }

func (p *page) switchAddress() string {
	if p.switchTo != "" {
		return p.L.Other().Path(p.switchTo)
	}
	return p.L.Other().Path(p.path)
}

// address is the full address, in this language, of a Chinese address.
func (t *tongue) address(path string) string { return t.base + t.L.Path(path) }

// titleOf is the language of the page's title.
func (p *page) titleLang() locale.Lang {
	if p.lang == "" {
		return p.L
	}
	return p.lang
}

// crumbs writes the way from home to the page.
func (w *worker) crumbs(p *page) {
	if p.path == "/" || !p.hasAddress() {
		return
	}
	w.html(`<nav class="crumbs" aria-label="`, p.wordHTML("crumbs"), `"><ol><li><a href="`, p.L.Path("/"), `">`, p.wordHTML("home"), `</a></li>`)
	for _, c := range p.crumbs {
		w.html(`<li><a href="`)
		w.text(p.L.Path(c.path))
		w.html(`">`)
		w.foreignText(p.L, c.lang, c.title)
		w.html(`</a></li>`)
	}
	w.html(`<li><span aria-current="page">`)
	if p.short != "" {
		w.mark(p.L, p.short)
	} else {
		w.foreignText(p.L, p.lang, p.title)
	}
	w.html("</span></li></ol></nav>\n")
}

// foreignText writes a text of the language l into a page of the language
// page; an empty l is the page's own.
func (w *buf) foreignText(page, l locale.Lang, s string) {
	if l == "" || l == page {
		w.mark(page, s)
		return
	}
	w.html(`<span lang="`, l.Tag(), `">`)
	w.mark(l, s)
	w.html(`</span>`)
}

// titleElement writes the title. A page that intake fills marks it.
func (w *buf) titleElement(p *page) {
	if p.titleTag != "" {
		w.html(shell.Mark(shell.Title, p.titleTag), "\n")
		return
	}
	w.html("<title>")
	w.text(p.title)
	if name := p.s.Config.Name.In(p.L); p.path != "/" {
		w.html(" – ")
		w.text(name)
	} else if name != p.title {
		w.text(name)
	}
	w.html("</title>\n")
}
