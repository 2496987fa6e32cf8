package render

import (
	"fmt"
	"unicode/utf8"

	"waijiao/internal/locale"
)

// jsonString writes s as a JSON string that is safe inside a script element.
func (w *buf) jsonString(s string) {
	w.b = append(w.b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == '\u2028' || r == '\u2029' || r == utf8.RuneError {
				w.b = fmt.Appendf(w.b, `\u%04x`, r)
			} else {
				w.b = append(w.b, s[i:i+n]...)
			}
			i += n
			continue
		}
		switch {
		case c == '"' || c == '\\':
			w.b = append(w.b, '\\', c)
		case c < 0x20 || c == '<' || c == '>' || c == '&':
			w.b = fmt.Appendf(w.b, `\u%04x`, c)
		default:
			w.b = append(w.b, c)
		}
		i++
	}
	w.b = append(w.b, '"')
}

// jsonField writes ,"key":"value", or nothing where the value is empty.
func (w *buf) jsonField(key, value string) {
	if value != "" {
		w.html(`,"`, key, `":`)
		w.jsonString(value)
	}
}

// jsonLD writes what the page is in schema.org's terms. These are data blocks,
// which no Content-Security-Policy concerns.
func (w *worker) jsonLD(p *page) {
	if p.noindex {
		return
	}
	if p.data != nil {
		w.html(`<script type="application/ld+json">{"@context":"https://schema.org"`)
		p.data(&w.buf)
		w.html("}</script>\n")
	}
	if p.path == "/" {
		w.html(`<script type="application/ld+json">{"@context":"https://schema.org"`)
		p.website(&w.buf)
		w.html("}</script>\n")
		return
	}
	w.html(`<script type="application/ld+json">{"@context":"https://schema.org","@type":"BreadcrumbList","itemListElement":[`)
	n := 0
	item := func(path, title string) {
		if n > 0 {
			w.html(",")
		}
		n++
		w.b = fmt.Appendf(w.b, `{"@type":"ListItem","position":%d`, n)
		w.jsonField("name", title)
		w.jsonField("item", p.address(path))
		w.html("}")
	}
	item("/", p.word("home"))
	for _, c := range p.crumbs {
		item(c.path, c.title)
	}
	item(p.path, p.title)
	w.html("]}</script>\n")
}

// website describes the site, in the language of its home page.
func (t *tongue) website(w *buf) {
	w.html(`,"@type":"WebSite"`)
	w.jsonField("name", t.s.Config.Name.In(t.L))
	w.jsonField("alternateName", t.s.Config.Name.In(t.L.Other()))
	w.jsonField("url", t.address("/"))
	w.jsonField("description", t.s.Config.Lead.In(t.L))
	w.jsonField("inLanguage", t.L.Tag())
	t.office(w, "publisher")
}

// organization describes the office.
func (t *tongue) organization(w *buf) {
	c := &t.s.Config
	w.html(`,"@type":"GovernmentOrganization"`)
	w.jsonField("@id", t.base+"/#office")
	w.jsonField("name", c.Office.In(t.L))
	w.jsonField("alternateName", c.Office.In(t.L.Other()))
	w.jsonField("url", t.address("/"))
	w.jsonField("email", c.Contact.Email)
	w.jsonField("description", c.Lead.In(t.L))
	w.html(`,"parentOrganization":{"@type":"Organization"`)
	w.jsonField("name", c.Host.In(t.L))
	w.html(`},"areaServed":{"@type":"City"`)
	w.jsonField("name", locale.T("杭州市", "Hangzhou").In(t.L))
	w.html("}")
}

// postalAddress says where something is, as far as the tables know.
func (t *tongue) postalAddress(w *buf, district string) {
	w.html(`"address":{"@type":"PostalAddress","addressCountry":"CN"`)
	w.jsonField("addressRegion", locale.T("浙江省", "Zhejiang").In(t.L))
	w.jsonField("addressLocality", t.District(district))
	w.html("}")
}

// office names the office as a party to something.
func (t *tongue) office(w *buf, role string) {
	w.html(`,"`, role, `":{"@type":"GovernmentOrganization"`)
	w.jsonField("@id", t.base+"/#office")
	w.jsonField("name", t.s.Config.Office.In(t.L))
	w.html("}")
}
