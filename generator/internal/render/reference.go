package render

import (
	"cmp"
	"html/template"
	"slices"
	"strings"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
)

type glossaryView struct {
	*listView
	Terms []termView
}

type termView struct {
	ID      string
	Name    locale.Text
	Also    string
	Meaning template.HTML
}

func (t *tongue) drawGlossary(w *worker) error {
	p, list := t.section("/glossary/", "glossary")
	v := &glossaryView{listView: list}
	terms := slices.Clone(t.s.Terms)
	if t.L == locale.EN {
		// Chinese readers find related words together, as the file has them;
		// English readers look for a letter.
		slices.SortStableFunc(terms, func(a, b *site.Term) int {
			return cmp.Compare(strings.ToLower(a.EN), strings.ToLower(b.EN))
		})
	}
	for _, term := range terms {
		v.Terms = append(v.Terms, termView{
			ID: term.ID, Name: term.Name(), Also: t.Join(otherNames(term, t.L)), Meaning: t.TextOf(term.Meaning),
		})
	}
	p.data = func(b *buf) { t.glossaryData(b, p, terms) }
	p.template, p.view = "glossary", v
	return w.draw(p)
}

func (t *tongue) glossaryData(b *buf, p *page, terms []*site.Term) {
	b.html(`,"@type":"DefinedTermSet"`)
	b.jsonField("name", p.title)
	b.jsonField("url", p.canonical())
	b.html(`,"hasDefinedTerm":[`)
	for i, term := range terms {
		if i > 0 {
			b.html(",")
		}
		b.html(`{"@type":"DefinedTerm"`)
		b.jsonField("name", term.Name().In(t.L))
		b.jsonField("description", term.Meaning.In(t.L))
		b.jsonField("url", p.canonical()+"#"+term.ID)
		b.html("}")
	}
	b.html("]")
}

type siteMapView struct {
	*listView
	Sections []siteMapSection
	Pages    []siteMapLink
}

type siteMapSection struct {
	Href, Title, Lead string
	Links             []siteMapLink
}

type siteMapLink struct {
	Href  string
	Title template.HTML
}

// drawSiteMap lists every section and, where they are few enough to read, the
// pages within: guides, forms, years of notices and policies.
func (t *tongue) drawSiteMap(w *worker) error {
	p, list := t.section("/sitemap/", "sitemap")
	v := &siteMapView{listView: list}
	for _, s := range t.s.Config.Sections {
		if s.Path == p.path {
			continue
		}
		section := siteMapSection{Href: t.L.Path(s.Path), Title: s.Title.In(t.L), Lead: s.Description.In(t.L)}
		for _, l := range t.lists {
			if l.path != s.Path {
				continue
			}
			for _, y := range l.years {
				section.Links = append(section.Links, siteMapLink{t.L.Path(y.base), template.HTML(t.year(y.year))})
			}
		}
		switch s.Path {
		case "/guides/":
			for _, g := range t.s.Guides {
				section.Links = t.appendDocument(section.Links, &g.Document)
			}
		case "/forms/":
			for _, f := range t.s.Forms {
				section.Links = append(section.Links, siteMapLink{t.L.Path("/forms/" + f.ID + "/"), t.Text(f.Title.In(t.L))})
			}
			if len(t.s.Forms) > 0 {
				section.Links = append(section.Links, siteMapLink{t.L.Path("/forms/status/"), t.Text(t.word("status"))})
			}
		}
		v.Sections = append(v.Sections, section)
	}
	for _, d := range t.s.Pages {
		v.Pages = t.appendDocument(v.Pages, &d.Document)
	}
	p.template, p.view = "sitemap", v
	return w.draw(p)
}

func (t *tongue) appendDocument(links []siteMapLink, d *site.Document) []siteMapLink {
	if !d.Listed() {
		return links
	}
	e := d.Edition(t.L)
	return append(links, siteMapLink{t.L.Path(d.Path()), t.TextIn(e.Lang, e.Title)})
}

// otherNames returns the forms of a term that a reader would not guess from its
// name: not its plural, nor a longer phrase that begins with it.
func otherNames(term *site.Term, l locale.Lang) []string {
	name := strings.ToLower(term.Name().In(l))
	var names []string
	for _, form := range term.Also.In(l) {
		if !strings.HasPrefix(strings.ToLower(form), name) {
			names = append(names, form)
		}
	}
	return names
}
