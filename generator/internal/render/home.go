package render

import (
	"html/template"
	"slices"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
)

type homeView struct {
	*tongue
	Title, Lead string
	Doors       []doorView
	Notices     template.HTML
	Policies    template.HTML
	Figures     []figure
	Intro       string
}

type doorView struct {
	Title string
	Tasks []navItem
}

// figure is a number of the home page with the day to which it applies.
type figure struct {
	Label  string
	Number string
	AsOf   locale.Date
	Sample bool
}

func (t *tongue) drawHome(w *worker) error {
	c := &t.s.Config
	v := homeView{tongue: t, Title: c.Name.In(t.L), Lead: c.Lead.In(t.L), Intro: c.Intro.In(t.L), Figures: t.figures()}
	for _, d := range c.Doors {
		door := doorView{Title: d.Title.In(t.L)}
		for _, task := range d.Tasks {
			door.Tasks = append(door.Tasks, navItem{Href: t.Link(task.To), Title: task.Label.In(t.L)})
		}
		v.Doors = append(v.Doors, door)
	}
	latest := func(l *docList) template.HTML {
		var b buf
		for _, e := range l.all.entries[:min(5, len(l.all.entries))] {
			t.entryBrief(&b, e)
		}
		return template.HTML(b.b)
	}
	v.Notices, v.Policies = latest(t.lists[0]), latest(t.lists[1])
	return w.draw(&page{
		tongue: t, path: "/", kind: "home", title: v.Title, desc: v.Lead, bare: true,
		data: t.organization, template: "home", view: v,
	})
}

// entryBrief writes a document as an item of a short list: no summary.
func (t *tongue) entryBrief(b *buf, d *docEntry) {
	short := *d
	doc, edition := *d.Document, *d.Edition(t.L)
	edition.Summary = ""
	doc.ZH, doc.EN = &edition, nil
	if edition.Lang == locale.EN {
		doc.ZH, doc.EN = nil, &edition
	}
	short.Document = &doc
	t.entry(b, &short)
}

// figures are the newest of the coverage tables, and what the directory holds.
func (t *tongue) figures() []figure {
	var list []figure
	if year := t.lastYear(); year != 0 {
		sum := t.total(year)
		list = append(list,
			figure{t.word("figure.schools-with-teacher"), locale.Number(sum.SchoolsWithTeacher), sum.AsOf, sum.Sample},
			figure{t.word("figure.coverage"), percent(sum.SchoolsWithTeacher, sum.Schools), sum.AsOf, sum.Sample},
			figure{t.word("figure.teachers"), locale.Number(sum.Teachers), sum.AsOf, sum.Sample})
	}
	if n := len(t.s.Zones); n > 0 {
		sample := slices.ContainsFunc(t.s.Zones, func(z *site.Zone) bool { return z.Sample })
		list = append(list, figure{t.word("figure.zones"), locale.Number(n), t.changed, sample})
	}
	return list
}

type guidesView struct {
	*listView
	Audiences []audienceGroup
}

type audienceGroup struct {
	Key    string
	Title  string
	Guides []guideItem
}

type guideItem struct {
	Href    string
	Title   template.HTML
	Summary template.HTML
	Forms   []navItem
	Sample  bool
}

func (t *tongue) drawGuides(w *worker) error {
	p, list := t.section("/guides/", "guides")
	v := &guidesView{listView: list}
	for _, audience := range []string{"school", "teacher", "institution"} {
		g := audienceGroup{Key: audience, Title: t.word("guides." + audience)}
		for _, d := range t.s.Guides {
			if d.Listed() && slices.Contains(d.Audience, audience) {
				g.Guides = append(g.Guides, t.guideItem(d))
			}
		}
		if len(g.Guides) > 0 {
			v.Audiences = append(v.Audiences, g)
		}
	}
	p.template, p.view = "guides", v
	return w.draw(p)
}

func (t *tongue) guideItem(d *site.Guide) guideItem {
	e := d.Edition(t.L)
	item := guideItem{Href: t.L.Path(d.Path()), Title: t.TextIn(e.Lang, e.Title), Summary: t.TextIn(e.Lang, e.Summary), Sample: d.Sample}
	for _, id := range d.Forms {
		if f := t.s.Form(id); f != nil {
			item.Forms = append(item.Forms, navItem{Href: t.L.Path("/forms/" + id + "/"), Title: f.Title.In(t.L)})
		}
	}
	return item
}
