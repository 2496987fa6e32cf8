package render

import (
	"slices"

	"waijiao/generator/internal/markdown"
	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
)

func (t *tongue) drawPolicy(w *worker, d *site.Policy) error {
	e := d.Edition(t.L)
	p, v := t.document(&d.Document, e)
	p.short = d.Number
	var b buf
	t.status(&b, d)
	if d.Sample {
		t.badge(&b, "sample", "sample")
	}
	v.Badges = b.take()
	t.statusBanner(&b, d)
	v.Banners = b.take() + v.Banners
	b = buf{}
	t.record(&b, d)
	v.Record = b.take()
	t.related(&b, d)
	v.Related = b.take()
	for i, issuer := range d.Issuers {
		if i == 0 {
			p.article.source = ""
		} else {
			p.article.source += " "
		}
		p.article.source += issuer.In(t.L)
	}
	p.data = func(b *buf) { t.policyData(b, p, d) }
	p.template, p.view = "policy", v
	return w.draw(p)
}

// status writes the badge of a policy's standing.
func (t *tongue) status(b *buf, d *site.Policy) {
	if standing := d.Standing(t.today); standing != "" {
		t.badge(b, string(standing), "status."+string(standing))
	}
}

// statusBanner says that a policy no longer holds, or not for good, and what
// holds instead.
func (t *tongue) statusBanner(b *buf, d *site.Policy) {
	var later buf
	replaced, amended := false, false
	for _, other := range t.citing(d) {
		word := ""
		switch {
		case t.today.Before(other.Effective):
			continue
		case slices.Contains(other.Supersedes, d.NumberKey):
			word, replaced = "policy.replaced-by", true
		case slices.Contains(other.Amends, d.NumberKey):
			word, amended = "policy.amended-by", true
		default:
			continue
		}
		later.html(` `, t.wordHTML(word))
		t.policyLink(&later, other)
	}
	colour, key := "", ""
	switch standing := d.Standing(t.today); {
	case standing == site.Repealed:
		colour, key = "seal", "policy.repealed"
	case standing == site.Lapsed:
		colour, key = "seal", "policy.lapsed"
	case standing == site.Unadopted:
		colour, key = "seal", "policy.unadopted"
	case standing == site.Pending:
		colour, key = "amber", "policy.pending"
	case replaced:
		colour, key = "seal", "policy.superseded"
	case standing == site.Amended || amended:
		colour, key = "amber", "policy.amended"
	case standing == site.Trial:
		colour, key = "amber", "policy.trial"
	default:
		return
	}
	b.banner(colour, t.wordHTML(key), t.wordHTML(key+".text")+string(later.b))
}

// record writes the record of a policy as such documents carry it. What is not
// known is left out.
func (t *tongue) record(b *buf, d *site.Policy) {
	b.html("<dl class=\"record\">\n")
	term := func(key string) { b.html(`<div><dt>`, t.wordHTML(key), `</dt><dd>`) }
	end := func() { b.html("</dd></div>\n") }
	text := func(key, value string) {
		if value != "" {
			term(key)
			b.mark(t.L, value)
			end()
		}
	}
	day := func(key string, date locale.Date) {
		if !date.IsZero() {
			term(key)
			b.html(`<time datetime="`, date.String(), `">`, date.In(t.L), `</time>`)
			end()
		}
	}
	text("policy.number", d.Number)
	text("policy.index", d.Index)
	if len(d.Issuers) > 0 {
		term("policy.issuer")
		for i, issuer := range d.Issuers {
			if i > 0 {
				b.html(t.wordHTML("list.and"))
			}
			b.mark(t.L, issuer.In(t.L))
		}
		end()
	}
	if d.Topic != "" {
		text("policy.topic", t.Topic(d.Topic))
	}
	day("policy.issued", d.Issued)
	day("policy.published", d.Date)
	day("policy.effective", d.Effective)
	day("policy.until", d.Until)
	if standing := d.Standing(t.today); standing != "" {
		text("policy.status", t.word("status."+string(standing)))
	}
	links := func(key string, list []*site.Policy) {
		for i, other := range list {
			if i == 0 {
				term(key)
			} else {
				b.html(t.wordHTML("list.and"))
			}
			t.policyLink(b, other)
		}
		if len(list) > 0 {
			end()
		}
	}
	links("policy.supersedes", t.visible(d.Supersedes))
	links("policy.amends", t.visible(d.Amends))
	links("policy.explains", t.visible([]string{d.ExplainsKey}))
	if d.Source != "" {
		term("policy.source")
		t.source(b, d.Source)
		end()
	}
	b.html("</dl>\n")
}

// source writes where a text was taken from: a link where it is an address.
func (t *tongue) source(b *buf, s string) {
	if !isWeb(s) {
		b.mark(t.L, s)
		return
	}
	b.html(`<a rel="noopener"`)
	b.attr("href", markdown.EscapeURL(s))
	b.html(`>`)
	b.text(s)
	b.html(`</a>`)
}

// visible returns the policies of these numbers that readers can see.
func (t *tongue) visible(keys []string) []*site.Policy {
	var list []*site.Policy
	for _, key := range keys {
		if p := t.s.Policy(key); p != nil && !p.Hidden {
			list = append(list, p)
		}
	}
	return list
}

// citing returns the policies that refer to d by its number.
func (t *tongue) citing(d *site.Policy) []*site.Policy {
	if d.NumberKey == "" {
		return nil
	}
	return t.s.CitedBy(d.NumberKey)
}

// related writes the lists of other policies below the text, without those
// that the record has named.
func (t *tongue) related(b *buf, d *site.Policy) {
	cites := slices.DeleteFunc(t.visible(d.CiteKeys()), func(other *site.Policy) bool {
		return other == d || other.NumberKey == d.ExplainsKey ||
			slices.Contains(d.Supersedes, other.NumberKey) || slices.Contains(d.Amends, other.NumberKey)
	})
	var citedBy []*site.Policy
	for _, other := range t.citing(d) {
		if other.ExplainsKey != d.NumberKey {
			citedBy = append(citedBy, other)
		}
	}
	if d.NumberKey != "" {
		t.policies(b, "policy.explanations", t.s.Explanations(d.NumberKey))
	}
	t.policies(b, "policy.cites", cites)
	t.policies(b, "policy.cited-by", citedBy)
	if d.NumberKey != "" {
		t.mentions(b, t.s.MentionedBy(d.NumberKey))
	}
}

// mentions lists the pages of this site that name a policy: a way on for the
// reader, and no statement about what one document says of another.
func (t *tongue) mentions(b *buf, list []*site.Document) {
	if len(list) == 0 {
		return
	}
	b.html(`<section class="block"><h2>`, t.wordHTML("policy.mentioned-by"), "</h2><ul class=\"cites\">\n")
	for _, d := range list {
		e := d.Edition(t.L)
		b.html(`<li><a href="`, t.L.Path(d.Path()), `">`)
		b.foreignText(t.L, e.Lang, e.Title)
		b.html("</a></li>\n")
	}
	b.html("</ul></section>\n")
}

func (t *tongue) policies(b *buf, key string, list []*site.Policy) {
	if len(list) == 0 {
		return
	}
	b.html(`<section class="block"><h2>`, t.wordHTML(key), "</h2><ul class=\"cites\">\n")
	for _, p := range list {
		b.html(`<li>`)
		t.policyLink(b, p)
		b.html("</li>\n")
	}
	b.html("</ul></section>\n")
}

func (t *tongue) policyData(b *buf, p *page, d *site.Policy) {
	if d.Number == "" {
		t.articleData(b, p, &d.Document)
		return
	}
	b.html(`,"@type":"Legislation"`)
	b.jsonField("name", p.title)
	b.jsonField("legislationIdentifier", d.Number)
	b.jsonField("legislationDate", d.Issued.String())
	for i, issuer := range d.Issuers {
		if i == 0 {
			b.html(`,"legislationPassedBy":[`)
		} else {
			b.html(",")
		}
		b.html(`{"@type":"GovernmentOrganization"`)
		b.jsonField("name", issuer.In(t.L))
		b.html("}")
	}
	if len(d.Issuers) > 0 {
		b.html("]")
	}
	if !d.Effective.IsZero() {
		b.jsonField("temporalCoverage", d.Effective.String()+"/"+orOpen(d.Until))
	}
	if force := map[site.Status]string{
		site.InForce: "InForce", site.Trial: "InForce", site.Amended: "PartiallyInForce",
		site.Lapsed: "NotInForce", site.Pending: "NotInForce", site.Unadopted: "NotInForce", site.Repealed: "NotInForce",
	}[d.Standing(t.today)]; force != "" {
		b.jsonField("legislationLegalForce", "https://schema.org/"+force)
	}
	b.jsonField("inLanguage", p.titleLang().Tag())
	b.jsonField("url", p.canonical())
	b.jsonField("description", p.desc)
}

func orOpen(d locale.Date) string {
	if d.IsZero() {
		return ".."
	}
	return d.String()
}

// articleData describes a document that is read as an article.
func (t *tongue) articleData(b *buf, p *page, d *site.Document) {
	b.html(`,"@type":"Article"`)
	b.jsonField("headline", p.title)
	b.jsonField("datePublished", d.Date.String())
	b.jsonField("dateModified", d.Updated.String())
	b.jsonField("inLanguage", p.titleLang().Tag())
	b.jsonField("url", p.canonical())
	b.jsonField("description", p.desc)
	b.jsonField("image", p.image)
	t.office(b, "author")
	t.office(b, "publisher")
}
