package render

import (
	"fmt"
	"html/template"
	"slices"

	"waijiao/generator/internal/site"
)

// docList is a section whose documents are listed by year: notices, policies.
type docList struct {
	path  string // Chinese address
	all   *docSet
	years []*docSet
}

// docSet is a run of entries over one or several pages.
type docSet struct {
	base    string // Chinese address of the first page
	year    int    // 0 for all
	per     int
	entries []*docEntry
}

// docEntry is a document in a list.
type docEntry struct {
	*site.Document
	policy *site.Policy // one of these, or neither
	notice *site.Notice
	pinned bool
}

func (s *docSet) pages() int { return max(1, (len(s.entries)+s.per-1)/s.per) }

// page returns the Chinese address of the n-th page.
func (s *docSet) page(n int) string {
	if n == 1 {
		return s.base
	}
	return fmt.Sprintf("%spage/%d/", s.base, n)
}

// part returns the entries of the n-th page.
func (s *docSet) part(n int) []*docEntry {
	from := min((n-1)*s.per, len(s.entries))
	return s.entries[from:min(from+s.per, len(s.entries))]
}

// sets are all the runs of the section.
func (l *docList) sets() []*docSet { return append([]*docSet{l.all}, l.years...) }

func (r *renderer) docLists() []*docList {
	notices, policies := make([]*docEntry, 0, len(r.s.Notices)), make([]*docEntry, 0, len(r.s.Policies))
	for _, n := range r.s.Notices {
		if n.Listed() {
			notices = append(notices, &docEntry{Document: &n.Document, notice: n, pinned: n.Pinned})
		}
	}
	for _, p := range r.s.Policies {
		if p.Listed() {
			policies = append(policies, &docEntry{Document: &p.Document, policy: p})
		}
	}
	return []*docList{r.docList("/notices/", notices), r.docList("/policies/", policies)}
}

func (r *renderer) docList(path string, entries []*docEntry) *docList {
	per := r.s.Config.PerPage
	if per <= 0 {
		per = 20
	}
	l := &docList{path: path}
	for _, e := range entries {
		year := e.Date.Year
		i := slices.IndexFunc(l.years, func(s *docSet) bool { return s.year == year })
		if i < 0 {
			i = len(l.years)
			l.years = append(l.years, &docSet{base: fmt.Sprintf("%syear/%d/", path, year), year: year, per: per})
		}
		l.years[i].entries = append(l.years[i].entries, e)
	}
	slices.SortFunc(l.years, func(a, b *docSet) int { return b.year - a.year })
	// What is pinned stands first, once, whatever its year.
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(a, b *docEntry) int {
		switch {
		case a.pinned == b.pinned:
			return 0
		case a.pinned:
			return -1
		}
		return 1
	})
	l.all = &docSet{base: path, per: per, entries: sorted}
	return l
}

// group is entries under one heading.
type group struct {
	ID      string
	Title   string
	Entries template.HTML
}

type listView struct {
	*tongue
	Title  string
	Lead   string
	Sample bool
	Years  []navItem
	Groups []group
	Pager  template.HTML
}

func (t *tongue) drawList(w *worker, l *docList, set *docSet, n int) error {
	p, v := t.section(l.path, string(l.path[1:len(l.path)-1]))
	p.path, p.section = set.page(n), l.path
	if set.year != 0 {
		v.Title = t.th.Word(t.L, "list.year")
		v.Title = replaceAll(v.Title, "{title}", t.titleAt(l.path), "{year}", fmt.Sprint(set.year))
		p.crumbs = []crumb{{path: l.path, title: t.titleAt(l.path)}}
	}
	p.title = v.Title
	if n > 1 {
		p.crumbs = []crumb{{path: l.path, title: t.titleAt(l.path)}}
		if set.year != 0 {
			p.crumbs = append(p.crumbs, crumb{path: set.base, title: v.Title})
		}
		p.title = replaceAll(t.word("list.page"), "{title}", v.Title, "{n}", fmt.Sprint(n))
		v.Title, v.Lead = p.title, ""
	}
	if n > 1 {
		p.prev = set.page(n - 1)
	}
	if n < set.pages() {
		p.next = set.page(n + 1)
	}
	v.Years = append(v.Years, navItem{Href: t.L.Path(l.path), Title: t.word("list.all"), Current: current(set.year == 0)})
	for _, y := range l.years {
		v.Years = append(v.Years, navItem{Href: t.L.Path(y.base), Title: t.year(y.year), Current: current(y.year == set.year)})
	}
	if len(l.years) < 2 {
		v.Years = nil
	}
	v.Groups = t.groups(set.part(n), set.year == 0)
	v.Pager = t.pager(set, n)
	p.template, p.view = "list", v
	return w.draw(p)
}

// section prepares the page of a section.
func (t *tongue) section(path, kind string) (*page, *listView) {
	p := &page{tongue: t, path: path, section: path, kind: kind, title: t.titleAt(path), column: t.s.Config.Section(path)}
	v := &listView{tongue: t, Title: p.title}
	if p.column != nil {
		v.Lead = p.column.Description.In(t.L)
		p.desc = v.Lead
	}
	return p, v
}

// groups puts entries under their years and, where they stand first, those that
// are pinned under a heading of their own.
func (t *tongue) groups(entries []*docEntry, pinnedFirst bool) []group {
	var out []group
	var b buf
	end := func() {
		if len(b.b) > 0 {
			out[len(out)-1].Entries = template.HTML(b.b)
			b = buf{}
		}
	}
	last := -1
	for _, e := range entries {
		year := e.Date.Year
		pinned := e.pinned && pinnedFirst
		if pinned {
			year = -2
		}
		if year != last {
			end()
			g := group{ID: fmt.Sprintf("y%d", year), Title: t.year(year)}
			if pinned {
				g = group{ID: "pinned", Title: t.word("pinned")}
			}
			out = append(out, g)
			last = year
		}
		t.entry(&b, e)
	}
	end()
	return out
}

func (t *tongue) year(n int) string {
	if n == 0 {
		return t.word("list.undated")
	}
	return replaceAll(t.word("year"), "{n}", fmt.Sprint(n))
}

// entry writes a document as an item of a list.
func (t *tongue) entry(b *buf, d *docEntry) {
	e := d.Edition(t.L)
	b.html(`<li class="entry">`)
	if d.Date.IsZero() {
		b.html(`<span class="entry-date"></span>`)
	} else {
		b.html(`<time class="entry-date" datetime="`, d.Date.String(), `">`, d.Date.In(t.L), `</time>`)
	}
	b.html(`<div class="entry-body"><a class="entry-title" href="`, t.L.Path(d.Path()), `">`)
	b.foreignText(t.L, e.Lang, e.Title)
	b.html(`</a>`)
	if e.Summary != "" {
		b.html(`<p class="entry-summary"`)
		if e.Lang != t.L {
			b.html(` lang="`, e.Lang.Tag(), `"`)
		}
		b.html(`>`)
		b.mark(e.Lang, e.Summary)
		b.html(`</p>`)
	}
	at := len(b.b)
	b.html(`<p class="entry-meta">`)
	from := len(b.b)
	t.entryMeta(b, d)
	if e.Lang != t.L {
		b.html(`<span>`, t.wordHTML("untranslated"), `</span>`)
	}
	if d.Sample {
		t.badge(b, "sample", "sample")
	}
	if len(b.b) == from {
		b.b = b.b[:at]
	} else {
		b.html(`</p>`)
	}
	b.html("</div></li>\n")
}

func (t *tongue) entryMeta(b *buf, d *docEntry) {
	if p := d.policy; p != nil {
		t.status(b, p)
		if p.Number != "" {
			b.html(`<span class="number">`)
			b.mark(t.L, p.Number)
			b.html(`</span>`)
		}
		if p.ExplainsKey != "" {
			b.html(`<span>`, t.wordHTML("policy.explained"), `</span>`)
		}
	}
	if n := d.notice; n != nil {
		if n.Pinned {
			t.badge(b, "pinned", "pinned")
		}
		if n.Column != "" {
			b.html(`<span>`)
			b.text(t.Column(n.Column))
			b.html(`</span>`)
		}
		t.deadline(b, n)
	}
}

func (t *tongue) pager(set *docSet, n int) template.HTML {
	if set.pages() < 2 {
		return ""
	}
	var b buf
	b.html(`<nav class="pager" aria-label="`, t.wordHTML("pager"), `">`)
	if n > 1 {
		b.html(`<a rel="prev" href="`, t.L.Path(set.page(n-1)), `">`, t.wordHTML("pager.prev"), `</a>`)
	}
	b.html(`<span class="pager-now">`)
	b.text(replaceAll(t.word("pager.now"), "{n}", fmt.Sprint(n), "{of}", fmt.Sprint(set.pages())))
	b.html(`</span>`)
	if n < set.pages() {
		b.html(`<a rel="next" href="`, t.L.Path(set.page(n+1)), `">`, t.wordHTML("pager.next"), `</a>`)
	}
	b.html("</nav>\n")
	return template.HTML(b.b)
}

func current(is bool) string {
	if is {
		return "true"
	}
	return ""
}
