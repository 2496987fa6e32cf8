package render

import (
	"html"
	"net/url"
	"strings"

	"waijiao/internal/locale"
)

// articleTags are the page tags of an article, as 国办发〔2017〕47号 asks for
// them of government sites.
type articleTags struct {
	published string // YYYY-MM-DD HH:MM
	source    string
	keywords  string
	author    string
}

// prepareHead draws what is the same in the head of every page.
func (t *tongue) prepareHead() error {
	c := &t.s.Config
	var w buf
	w.meta("name", "SiteName", c.Name.In(t.L))
	if u, err := url.Parse(t.base); err == nil {
		w.meta("name", "SiteDomain", u.Host)
	}
	w.meta("name", "SiteIDCode", c.SiteID.In(t.L))
	w.meta("property", "og:site_name", c.Name.In(t.L))
	w.meta("property", "og:locale", map[locale.Lang]string{locale.ZH: "zh_CN", locale.EN: "en_GB"}[t.L])
	t.head = string(w.b)

	assets, err := t.fill("head", struct{ Style, Script, Icon string }{t.th.Style(), t.th.Script(), t.th.Icon()})
	if err != nil {
		return err
	}
	w.b = nil
	w.html(strings.TrimSpace(assets), "\n")
	for _, f := range t.feeds() {
		w.html(`<link rel="alternate" type="application/atom+xml"`)
		w.attr("href", t.L.Path(f.path))
		w.attr("title", f.title)
		w.html(">\n")
	}
	t.tail = string(w.b)
	return nil
}

func (w *worker) writeHead(p *page) {
	w.html("<meta charset=\"utf-8\">\n")
	w.titleElement(p)
	w.html("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
	if p.article == nil {
		// An article's page tags hold it, and names differ in more than case.
		w.meta("name", "description", p.desc)
	}
	if p.noindex {
		w.html("<meta name=\"robots\" content=\"noindex\">\n")
	}
	w.links(p)
	w.html(p.head)
	w.pageTags(p)
	w.openGraph(p)
	w.jsonLD(p)
	w.html(p.extra, p.tail)
}

// canonical is the address that stands for the page: its own, or where the
// page is not translated that of the language in which it is written.
func (p *page) canonical() string {
	path := p.path
	if p.rel != "" {
		path = p.rel
	}
	if p.only != "" {
		return p.base + p.only.Path(path)
	}
	return p.base + p.L.Path(path)
}

// links writes the canonical address and the same page in both languages.
func (w *worker) links(p *page) {
	if !p.hasAddress() {
		return
	}
	w.html(`<link rel="canonical"`)
	w.attr("href", p.canonical())
	w.html(">\n")
	if p.only == "" && p.rel == "" {
		for _, alt := range [...]struct {
			lang string
			l    locale.Lang
		}{{"zh-CN", locale.ZH}, {"en", locale.EN}, {"x-default", locale.ZH}} {
			w.html(`<link rel="alternate" hreflang="`, alt.lang, `"`)
			w.attr("href", p.base+alt.l.Path(p.path))
			w.html(">\n")
		}
	}
	for _, around := range [...]struct{ rel, path string }{{"prev", p.prev}, {"next", p.next}} {
		if around.path != "" {
			w.html(`<link rel="`, around.rel, `"`)
			w.attr("href", p.L.Path(around.path))
			w.html(">\n")
		}
	}
}

func (w *worker) pageTags(p *page) {
	if c := p.column; c != nil {
		w.meta("name", "ColumnName", c.Title.In(p.L))
		w.meta("name", "ColumnDescription", c.Description.In(p.L))
		w.meta("name", "ColumnKeywords", p.s.Config.Keywords.In(p.L))
		w.meta("name", "ColumnType", c.Title.In(p.L))
	}
	if a := p.article; a != nil {
		w.meta("name", "ArticleTitle", p.title)
		w.meta("name", "PubDate", a.published)
		w.meta("name", "ContentSource", a.source)
		w.meta("name", "Keywords", a.keywords)
		w.meta("name", "Author", a.author)
		w.meta("name", "Description", p.desc)
		w.meta("name", "Image", p.image)
		w.meta("name", "Url", p.canonical())
	}
}

func (w *worker) openGraph(p *page) {
	kind := "website"
	if p.article != nil {
		kind = "article"
	}
	w.html(`<meta property="og:type" content="`, kind, "\">\n")
	w.meta("property", "og:title", p.title)
	w.meta("property", "og:description", p.desc)
	if p.hasAddress() {
		w.meta("property", "og:url", p.canonical())
	}
	w.meta("property", "og:image", p.image)
}

// wordHTML returns a word of the theme, escaped.
func (t *tongue) wordHTML(key string) string { return html.EscapeString(t.word(key)) }
