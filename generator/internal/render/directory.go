package render

import (
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
)

// directory plans the pages of the tables.
func (r *renderer) directory(section func(string, func(*tongue, *worker) error), both func(func(*tongue, *worker) error)) {
	section("/teachers/", (*tongue).drawTeachers)
	r.teacherSetPages(both)
	section("/schools/", (*tongue).drawSchools)
	section("/zones/", (*tongue).drawZones)
	section("/vacancies/", (*tongue).drawVacancies)
	section("/coverage/", (*tongue).drawCoverage)
	entry := func(path string, sample bool, draw func(*tongue, *worker) error) {
		if !sample {
			r.list(path, "", locale.Date{})
		}
		both(draw)
	}
	for _, x := range r.s.Teachers {
		entry(x.Path(), x.Sample, func(t *tongue, w *worker) error { return t.drawTeacher(w, x) })
	}
	for _, x := range r.s.Schools {
		entry(x.Path(), x.Sample, func(t *tongue, w *worker) error { return t.drawSchool(w, x) })
	}
	for _, x := range r.s.Zones {
		entry(x.Path(), x.Sample, func(t *tongue, w *worker) error { return t.drawZone(w, x) })
	}
	for _, x := range r.s.Vacancies {
		entry(x.Path(), x.Sample || !x.Open(r.today), func(t *tongue, w *worker) error { return t.drawVacancy(w, x) })
	}
}

// rowsView is a list of rows of a table, under a heading for each district.
type rowsView[R any] struct {
	*listView
	Count     string
	Facets    []facet
	Districts []rowGroup[R]
}

type rowGroup[R any] struct {
	ID    string
	Name  string
	Total string
	Rows  []R
}

// byDistrict puts rows under the districts, in the districts' own order.
func byDistrict[R any](t *tongue, rows []R, district func(R) string) []rowGroup[R] {
	var groups []rowGroup[R]
	take := func(code, name string) {
		g := rowGroup[R]{ID: "d-" + code, Name: name}
		for _, row := range rows {
			if district(row) == code {
				g.Rows = append(g.Rows, row)
			}
		}
		if g.Total = locale.Number(len(g.Rows)); len(g.Rows) > 0 {
			groups = append(groups, g)
		}
	}
	for _, d := range t.s.Districts {
		take(d.Code, d.Name.In(t.L))
	}
	return groups
}

// entryView is the page of one row.
type entryView[R any] struct {
	*tongue
	Row     R
	Name    locale.Text
	Initial string
	Tile    string // class that chooses the tint
	Sample  bool
	Open    bool // a vacancy takes applications
	Early   bool // it does not yet
	School  *site.School
	Zone    *site.Zone
	Form    *navItem
	// Nominate leads to the form on which this teacher is nominated.
	Nominate *navItem
	Schools  []*site.School
	People   []*site.Teacher
	Posts    []*site.Vacancy
}

func (t *tongue) entryPage(path, section, kind string, name locale.Text, sample bool) *page {
	return &page{
		tongue: t, path: path, section: section, kind: kind, title: name.In(t.L), noindex: sample,
		desc:   replaceAll(t.word(kind+".description"), "{name}", name.In(t.L)),
		crumbs: []crumb{{path: section, title: t.titleAt(section)}}, column: t.s.Config.Section(section),
	}
}

// drawTable draws the list of a whole table.
func drawTable[R any](t *tongue, w *worker, name string, rows []R, sample func(R) bool, groups []rowGroup[R]) error {
	p, list := t.section("/"+name+"/", name)
	return drawRows(t, w, p, list, rows, sample, groups, nil)
}

// drawRows draws a list of rows, labelled where one of them is a sample. The
// page's kind names the table.
func drawRows[R any](t *tongue, w *worker, p *page, list *listView, rows []R, sample func(R) bool, groups []rowGroup[R], facets []facet) error {
	list.Sample = slices.ContainsFunc(rows, sample)
	p.template = p.kind
	p.view = rowsView[R]{list, t.th.Count(t.L, "count."+p.kind, len(rows)), append(facets, districtFacet(t, groups)...), groups}
	return w.draw(p)
}

func (t *tongue) drawTeachers(w *worker) error {
	p, list := t.section("/teachers/", "teachers")
	return drawRows(t, w, p, list, t.s.Teachers, sampleTeacher, teachersByDistrict(t, t.s.Teachers), t.teacherFacets(nil))
}

func (t *tongue) drawTeacher(w *worker, x *site.Teacher) error {
	p := t.entryPage(x.Path(), "/teachers/", "teacher", x.Name, x.Sample)
	p.template, p.view = "teacher", entryView[*site.Teacher]{
		tongue: t, Row: x, Name: x.Name, Initial: t.TeacherInitial(x), Tile: tile(x.Subjects), Sample: x.Sample,
		School: t.s.School(x.School), Zone: t.s.Zone(x.Zone), Form: t.formLink("hiring-request"), Nominate: t.nomination(x),
	}
	return w.draw(p)
}

func (t *tongue) drawSchools(w *worker) error {
	return drawTable(t, w, "schools", t.s.Schools, func(x *site.School) bool { return x.Sample },
		byDistrict(t, t.s.Schools, func(x *site.School) string { return x.District }))
}

func (t *tongue) drawSchool(w *worker, x *site.School) error {
	v := entryView[*site.School]{tongue: t, Row: x, Name: x.Name, Sample: x.Sample, Zone: t.s.Zone(x.Zone), Form: t.formLink("hiring-request")}
	for _, p := range t.s.Teachers {
		if p.School == x.ID {
			v.People = append(v.People, p)
		}
	}
	for _, post := range t.s.Vacancies {
		if post.School == x.ID && post.Open(t.today) {
			v.Posts = append(v.Posts, post)
		}
	}
	p := t.entryPage(x.Path(), "/schools/", "school", x.Name, x.Sample)
	p.data = func(b *buf) {
		b.html(`,"@type":"School"`)
		b.jsonField("name", p.title)
		b.jsonField("alternateName", x.Name.In(t.L.Other()))
		b.jsonField("url", p.canonical())
		b.jsonField("sameAs", x.Website)
		b.html(",")
		t.postalAddress(b, x.District)
	}
	p.template, p.view = "school", v
	return w.draw(p)
}

func (t *tongue) drawZones(w *worker) error {
	return drawTable(t, w, "zones", t.s.Zones, func(x *site.Zone) bool { return x.Sample }, []rowGroup[*site.Zone]{{Rows: t.s.Zones}})
}

func (t *tongue) drawZone(w *worker, x *site.Zone) error {
	v := entryView[*site.Zone]{tongue: t, Row: x, Name: x.Name, Sample: x.Sample, School: t.s.School(x.LeadSchool)}
	for _, school := range t.s.Schools {
		if school.Zone == x.ID {
			v.Schools = append(v.Schools, school)
		}
	}
	for _, p := range t.s.Teachers {
		if p.Zone == x.ID {
			v.People = append(v.People, p)
		}
	}
	p := t.entryPage(x.Path(), "/zones/", "zone", x.Name, x.Sample)
	p.template, p.view = "zone", v
	return w.draw(p)
}

func (t *tongue) drawVacancies(w *worker) error {
	var rows []*site.Vacancy
	for _, x := range t.s.Vacancies {
		if x.Open(t.today) {
			rows = append(rows, x)
		}
	}
	// What closes first stands first; what never closes, last.
	slices.SortStableFunc(rows, func(a, b *site.Vacancy) int {
		if a.Closes.IsZero() != b.Closes.IsZero() {
			return b.Closes.Compare(a.Closes)
		}
		return a.Closes.Compare(b.Closes)
	})
	return drawTable(t, w, "vacancies", rows, func(x *site.Vacancy) bool { return x.Sample }, []rowGroup[*site.Vacancy]{{Rows: rows}})
}

func (t *tongue) drawVacancy(w *worker, x *site.Vacancy) error {
	v := entryView[*site.Vacancy]{
		tongue: t, Row: x, Name: x.Title, Initial: t.SubjectInitial(x.Subject), Tile: x.Subject, Sample: x.Sample,
		Open: x.Open(t.today), Early: t.today.Before(x.Opens), School: t.s.School(x.School),
	}
	p := t.entryPage(x.Path(), "/vacancies/", "vacancy", x.Title, x.Sample || !v.Open)
	if v.Open && v.School != nil {
		p.data = func(b *buf) { t.jobData(b, p, x, v.School) }
	}
	p.template, p.view = "vacancy", v
	return w.draw(p)
}

func (t *tongue) jobData(b *buf, p *page, x *site.Vacancy, school *site.School) {
	b.html(`,"@type":"JobPosting"`)
	b.jsonField("title", p.title)
	b.jsonField("description", p.desc)
	b.jsonField("datePosted", x.Opens.String())
	b.jsonField("validThrough", x.Closes.String())
	b.jsonField("url", p.canonical())
	b.jsonField("employmentType", map[string]string{"full-time": "FULL_TIME", "part-time": "PART_TIME", "zone": "OTHER"}[x.Type])
	b.html(`,"hiringOrganization":{"@type":"EducationalOrganization"`)
	b.jsonField("name", school.Name.In(t.L))
	b.html(`},"jobLocation":{"@type":"Place",`)
	t.postalAddress(b, school.District)
	b.html("}")
	if low, high := x.PayMin, max(x.PayMin, x.PayMax); high > 0 {
		b.html(`,"baseSalary":{"@type":"MonetaryAmount","currency":"CNY","value":{"@type":"QuantitativeValue","unitText":"MONTH"`)
		if low > 0 {
			b.html(`,"minValue":`, strconv.Itoa(low))
		}
		b.html(`,"maxValue":`, strconv.Itoa(high), "}}")
	}
}

// formLink leads to a form, or is nil where there is none of that id.
func (t *tongue) formLink(id string) *navItem {
	f := t.s.Form(id)
	if f == nil {
		return nil
	}
	return &navItem{Href: t.L.Path("/forms/" + id + "/"), Title: f.Title.In(t.L)}
}

// nomination leads to the form for star nominations with the teacher's number
// filled in, or is nil where there is none that would take it.
func (t *tongue) nomination(x *site.Teacher) *navItem {
	const id, field = "star-nomination", "teacher"
	f := t.s.Form(id)
	if f == nil || f.Field(field) == nil || !f.Field(field).Prefill {
		return nil
	}
	return &navItem{Href: t.L.Path("/forms/"+id+"/") + "?" + field + "=" + url.QueryEscape(x.ID), Title: f.Title.In(t.L)}
}

func tile(subjects []string) string {
	if len(subjects) == 0 {
		return "none"
	}
	return subjects[0]
}

// TileOf returns the class that chooses the tint of a teacher's tile.
func (t *tongue) TileOf(x *site.Teacher) string { return tile(x.Subjects) }

// TeacherInitial is what stands on a teacher's tile: the first letter of the
// first subject, since the sample names all begin alike.
func (t *tongue) TeacherInitial(x *site.Teacher) string {
	if len(x.Subjects) > 0 {
		return t.SubjectInitial(x.Subjects[0])
	}
	return initial(x.Name.In(t.L))
}

// SubjectInitial is the first letter of a subject's name.
func (t *tongue) SubjectInitial(key string) string { return initial(t.Subject(key)) }

func initial(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

// The names of several keys, joined.
func (t *tongue) names(keys []string, name func(string) string) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = name(k)
	}
	return t.Join(names)
}
func (t *tongue) Subjects(keys []string) string     { return t.names(keys, t.Subject) }
func (t *tongue) Languages(keys []string) string    { return t.names(keys, t.Language) }
func (t *tongue) Certificates(keys []string) string { return t.names(keys, t.Certificate) }
func (t *tongue) Stages(keys []string) string {
	return upperFirst(t.names(keys, func(k string) string { return t.Fixed("stage", k) }))
}

// upperFirst begins a list of English words as a sentence begins.
func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// Stars draws a star rating as signs; the words stand beside it.
func (t *tongue) Stars(n int) string {
	return strings.Repeat("★", n) + strings.Repeat("☆", max(0, 5-n))
}

// SchoolOf and ZoneOf look rows up for templates.
func (t *tongue) SchoolOf(id string) *site.School { return t.s.School(id) }
func (t *tongue) ZoneOf(id string) *site.Zone     { return t.s.Zone(id) }

// Pay writes a range of monthly pay in yuan.
func (t *tongue) Pay(x *site.Vacancy) string {
	switch {
	case x.PayMin == 0 && x.PayMax == 0:
		return t.word("pay.unsaid")
	case x.PayMin == 0:
		return replaceAll(t.word("pay.most"), "{max}", locale.Number(x.PayMax))
	case x.PayMax == 0 || x.PayMax == x.PayMin:
		return replaceAll(t.word("pay.one"), "{min}", locale.Number(x.PayMin))
	}
	return replaceAll(t.word("pay.range"), "{min}", locale.Number(x.PayMin), "{max}", locale.Number(x.PayMax))
}

// Meter draws a share of 100 as a bar, beside its number.
func (t *tongue) Meter(part, whole int) template.HTML { return meter(part, whole) }

// Minus subtracts, for hours that are free.
func (t *tongue) Minus(a, b int) int { return max(0, a-b) }

// InYear writes the year of a star rating.
func (t *tongue) InYear(year int) string {
	return replaceAll(t.word("star.year"), "{n}", strconv.Itoa(year))
}
