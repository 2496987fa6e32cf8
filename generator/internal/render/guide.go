package render

import (
	"html/template"
	"strconv"
	"strings"

	"waijiao/generator/internal/site"
)

// guideView is the part of a guide's view that other documents lack. The items
// of its lists are HTML already: {{range}} over them would cost more than all
// the rest of the page.
type guideView struct {
	Audience   string
	TimeLimit  template.HTML
	Fee        template.HTML
	Contact    template.HTML
	Conditions template.HTML
	Materials  template.HTML // rows of a table: material, copies and form, note
	Steps      template.HTML
	Questions  template.HTML
	Basis      template.HTML
	Forms      []navItem
}

func (t *tongue) drawGuide(w *worker, d *site.Guide) error {
	p, v := t.document(&d.Document, d.Edition(t.L))
	var b buf
	if d.Sample {
		t.badge(&b, "sample", "sample")
	}
	v.Badges = b.take()
	t.dates(&b, &d.Document)
	v.Meta = b.take()
	v.Guide = t.guideView(d, string(v.Attr))
	p.data = func(b *buf) { t.guideData(b, p, v.Guide.Audience) }
	p.template, p.view = "guide", v
	return w.draw(p)
}

func (t *tongue) guideView(d *site.Guide, attr string) guideView {
	v := guideView{Audience: t.audience(d)}
	var b buf
	if prose := d.Prose(t.L); prose != nil {
		v.TimeLimit, v.Fee, v.Contact = converted(prose.TimeLimit), converted(prose.Fee), converted(prose.Contact)
		for _, c := range prose.Conditions {
			b.html("<li", attr, ">", c.HTML, "</li>\n")
		}
		v.Conditions = b.take()
		t.materials(&b, prose.Materials, attr)
		v.Materials = b.take()
		t.steps(&b, prose.Steps, attr)
		v.Steps = b.take()
		for _, q := range prose.FAQ {
			b.html(`<details class="faq"><summary`, attr, ">", q.Question.HTML, "</summary><div", attr, "><p>", q.Answer.HTML, "</p></div></details>\n")
		}
		v.Questions = b.take()
	}
	for _, key := range d.Basis {
		if other := t.s.Policy(key); other != nil && !other.Hidden {
			b.html("<li>")
			t.policyLink(&b, other)
			b.html("</li>\n")
		}
	}
	v.Basis = b.take()
	for _, id := range d.Forms {
		if link := t.formLink(id); link != nil {
			v.Forms = append(v.Forms, *link)
		}
	}
	return v
}

// materials writes the rows of the checklist. The headings of the columns are
// repeated in data-label, since on a phone each row becomes a list.
func (t *tongue) materials(b *buf, list []site.Material, attr string) {
	shape, note := t.wordHTML("guide.shape"), t.wordHTML("guide.note")
	for i, m := range list {
		id := "material_" + strconv.Itoa(i+1)
		b.html(`<tr><th scope="row"><label for="`, id, `"><input type="checkbox" id="`, id, `"><span`, attr, ">", m.Name.HTML,
			`</span></label></th><td data-label="`, shape, `">`)
		b.text(t.shape(m))
		b.html(`</td><td data-label="`, note, `"`, attr, ">", m.Note.HTML, "</td></tr>\n")
	}
}

func (t *tongue) steps(b *buf, list []site.Step, attr string) {
	for _, s := range list {
		b.html(`<li class="step"><p class="step-who"`, attr, ">", s.Who.HTML, `</p><div class="step-what"`, attr, ">", s.What.HTML, "</div>")
		if days := t.days(s.Days); days != "" {
			b.html(`<p class="step-days">`, t.wordHTML("guide.days"))
			b.text(days)
			b.html("</p>")
		}
		b.html("</li>\n")
	}
}

// converted passes on a short text that package markdown has converted.
func converted(i site.Inline) template.HTML { return template.HTML(i.HTML) }

func (t *tongue) audience(d *site.Guide) string {
	var names []string
	for _, a := range d.Audience {
		names = append(names, t.word("audience."+a))
	}
	return upperFirst(t.Join(names))
}

func (t *tongue) guideData(b *buf, p *page, audience string) {
	b.html(`,"@type":"GovernmentService"`)
	b.jsonField("name", p.title)
	b.jsonField("description", p.desc)
	b.jsonField("url", p.canonical())
	b.html(`,"availableChannel":{"@type":"ServiceChannel"`)
	b.jsonField("serviceUrl", p.canonical())
	b.jsonField("availableLanguage", p.titleLang().Tag())
	b.html("}")
	if audience != "" {
		b.html(`,"audience":{"@type":"Audience"`)
		b.jsonField("audienceType", audience)
		b.html("}")
	}
	t.office(b, "provider")
}

// days writes the time limit of a step.
func (t *tongue) days(d site.Days) string {
	switch {
	case d.Working > 0:
		return t.th.Count(t.L, "days.working", d.Working)
	case d.Calendar > 0:
		return t.th.Count(t.L, "days.calendar", d.Calendar)
	}
	return ""
}

func (t *tongue) shape(m site.Material) string {
	var parts []string
	switch {
	case m.Copies > 0 && m.Form != "":
		parts = append(parts, t.th.Count(t.L, "copies."+m.Form, m.Copies))
	case m.Copies > 0:
		parts = append(parts, t.th.Count(t.L, "copies", m.Copies))
	case m.Form != "":
		parts = append(parts, t.word("form."+m.Form))
	}
	if m.Within > 0 {
		parts = append(parts, t.th.Count(t.L, "within", m.Within))
	}
	return strings.Join(parts, t.word("list.comma"))
}
