package render

import (
	"slices"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
)

// facet is one way to look at a list: its parts with how many rows each holds.
// Parts are links, to a place on the same page or to a page of their own, so
// that nobody needs a script to narrow a list.
type facet struct {
	Title string
	Parts []facetPart
}

type facetPart struct {
	Href    string
	Name    string
	Total   string
	Current string // value of aria-current, or empty
}

// districtFacet jumps to the districts of a list, where there is a choice.
func districtFacet[R any](t *tongue, groups []rowGroup[R]) []facet {
	if len(groups) < 2 {
		return nil
	}
	f := facet{Title: t.word("facet.district")}
	for _, g := range groups {
		f.Parts = append(f.Parts, facetPart{Href: "#" + g.ID, Name: g.Name, Total: g.Total})
	}
	return []facet{f}
}

// teacherSet is the teachers of one subject or one stage.
type teacherSet struct {
	path  string // Chinese address
	stage bool   // of a stage, not of a subject
	key   string
	rows  []*site.Teacher
}

// teacherSets are the subjects, then the stages, that somebody teaches.
func (r *renderer) teacherSets() []teacherSet {
	var sets []teacherSet
	add := func(set teacherSet, keys func(*site.Teacher) []string) {
		for _, x := range r.s.Teachers {
			if slices.Contains(keys(x), set.key) {
				set.rows = append(set.rows, x)
			}
		}
		if len(set.rows) > 0 {
			sets = append(sets, set)
		}
	}
	for _, w := range r.s.Config.Vocabulary.Subjects {
		add(teacherSet{path: "/teachers/subject/" + w.Key + "/", key: w.Key}, func(x *site.Teacher) []string { return x.Subjects })
	}
	for _, key := range []string{"preschool", "primary", "junior", "senior"} {
		add(teacherSet{path: "/teachers/stage/" + key + "/", stage: true, key: key}, func(x *site.Teacher) []string { return x.Stages })
	}
	return sets
}

func sampleTeacher(x *site.Teacher) bool { return x.Sample }

// samples tells whether nothing in the set is real: search engines are then to
// leave it out like the profiles that it lists.
func (set teacherSet) samples() bool {
	return !slices.ContainsFunc(set.rows, func(x *site.Teacher) bool { return !x.Sample })
}

// teacherSetPages plans the pages of the sets.
func (r *renderer) teacherSetPages(both func(func(*tongue, *worker) error)) {
	for _, set := range r.teacherSets() {
		if !set.samples() {
			r.list(set.path, "", locale.Date{})
		}
		both(func(t *tongue, w *worker) error { return t.drawTeacherSet(w, set) })
	}
}

func (t *tongue) setName(set teacherSet) string {
	if set.stage {
		return t.Fixed("stage", set.key)
	}
	return t.Subject(set.key)
}

// teacherFacets leads to the sets. On the page of a set only those of its own
// sort are offered, with all teachers before them: the counts are of the whole
// directory, and beside a part of it they would promise what no page keeps.
func (t *tongue) teacherFacets(on *teacherSet) []facet {
	subjects, stages := facet{Title: t.word("facet.subject")}, facet{Title: t.word("facet.stage")}
	if on != nil {
		all := facetPart{Href: t.L.Path("/teachers/"), Name: t.word("list.all"), Total: locale.Number(len(t.s.Teachers))}
		subjects.Parts, stages.Parts = []facetPart{all}, []facetPart{all}
	}
	for _, set := range t.teacherSets() {
		part := facetPart{Href: t.L.Path(set.path), Name: upperFirst(t.setName(set)), Total: locale.Number(len(set.rows))}
		if on != nil && set.path == on.path {
			part.Current = "page"
		}
		if set.stage {
			stages.Parts = append(stages.Parts, part)
		} else {
			subjects.Parts = append(subjects.Parts, part)
		}
	}
	var list []facet
	if len(subjects.Parts) > 0 && (on == nil || !on.stage) {
		list = append(list, subjects)
	}
	if len(stages.Parts) > 0 && (on == nil || on.stage) {
		list = append(list, stages)
	}
	return list
}

func teachersByDistrict(t *tongue, rows []*site.Teacher) []rowGroup[*site.Teacher] {
	return byDistrict(t, rows, func(x *site.Teacher) string { return x.District })
}

func (t *tongue) drawTeacherSet(w *worker, set teacherSet) error {
	p, list := t.section("/teachers/", "teachers")
	name := t.setName(set)
	p.path, p.noindex, p.short = set.path, set.samples(), upperFirst(name)
	p.title = replaceAll(t.word("facet.subject.title"), "{name}", name)
	if set.stage {
		p.title = replaceAll(t.word("facet.stage.title"), "{name}", name)
	}
	p.desc = replaceAll(t.word("facet.description"), "{name}", name)
	p.crumbs = []crumb{{path: "/teachers/", title: t.titleAt("/teachers/")}}
	list.Title, list.Lead = p.title, ""
	return drawRows(t, w, p, list, set.rows, sampleTeacher, teachersByDistrict(t, set.rows), t.teacherFacets(&set))
}
