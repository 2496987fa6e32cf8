// Package site is the typed model of everything the public site says: its
// settings and terms, its documents in two languages, its directory tables and
// its forms. It does no input or output and knows nothing of files, markdown
// or HTML templates: package load fills a Site, check judges it, render draws
// it.
//
// Values are filled once and only read after that, by several goroutines at a
// time. Site.Index must be called when the slices are complete and before any
// look-up.
package site

import (
	"slices"
	"time"

	"waijiao/internal/form"
)

// Site is the whole content as of one moment.
type Site struct {
	// Now is the moment for which the site is built. Nothing here asks a clock.
	Now time.Time

	Config Config
	Terms  []*Term

	// Documents, newest first within each kind; hidden ones included.
	Policies []*Policy
	Notices  []*Notice
	Guides   []*Guide
	Pages    []*Page

	// Directory tables, in the order of their rows.
	Districts []*District
	Teachers  []*Teacher
	Schools   []*School
	Zones     []*Zone
	Vacancies []*Vacancy
	Coverage  []*Coverage

	// Forms in the order of their ids.
	Forms []*form.Form

	byNumber   map[string]*Policy
	citedBy    map[string][]*Policy
	explainers map[string][]*Policy
	mentioned  map[string][]*Document
	byPath     map[string]*Document
	districts  map[string]*District
	teachers   map[string]*Teacher
	schools    map[string]*School
	zones      map[string]*Zone
	forms      map[string]*form.Form
}

// Index prepares the look-ups below. Where two rows or documents claim one
// key, the first wins; reporting the second is the work of check.
func (s *Site) Index() {
	s.byNumber, s.citedBy, s.explainers = map[string]*Policy{}, map[string][]*Policy{}, map[string][]*Policy{}
	for _, p := range s.Policies {
		if p.NumberKey != "" {
			put(s.byNumber, p.NumberKey, p)
		}
	}
	for _, p := range s.Policies {
		if p.Hidden {
			continue
		}
		for _, key := range p.CiteKeys() {
			s.citedBy[key] = append(s.citedBy[key], p)
		}
		if p.ExplainsKey != "" {
			s.explainers[p.ExplainsKey] = append(s.explainers[p.ExplainsKey], p)
		}
	}
	s.indexMentions()
	s.byPath = map[string]*Document{}
	for d := range s.Documents() {
		put(s.byPath, d.Path(), d)
	}
	s.districts, s.teachers, s.schools = map[string]*District{}, map[string]*Teacher{}, map[string]*School{}
	s.zones, s.forms = map[string]*Zone{}, map[string]*form.Form{}
	for _, d := range s.Districts {
		put(s.districts, d.Code, d)
	}
	for _, t := range s.Teachers {
		put(s.teachers, t.ID, t)
	}
	for _, c := range s.Schools {
		put(s.schools, c.ID, c)
	}
	for _, z := range s.Zones {
		put(s.zones, z.ID, z)
	}
	for _, f := range s.Forms {
		put(s.forms, f.ID, f)
	}
}

// indexMentions finds which pages name which policy in their text or rest on
// it, where the policy's own record does not say so already.
func (s *Site) indexMentions() {
	s.mentioned = map[string][]*Document{}
	add := func(d *Document, key string, told []string) {
		list := s.mentioned[key]
		if d.Listed() && !slices.Contains(told, key) && (len(list) == 0 || list[len(list)-1] != d) {
			s.mentioned[key] = append(list, d)
		}
	}
	for _, g := range s.Guides {
		for _, key := range g.Basis {
			add(&g.Document, key, nil)
		}
		g.mentions(func(key string) { add(&g.Document, key, nil) })
	}
	for _, p := range s.Policies {
		told := append(p.CiteKeys(), p.NumberKey, p.ExplainsKey)
		p.mentions(func(key string) { add(&p.Document, key, told) })
	}
	for _, n := range s.Notices {
		n.mentions(func(key string) { add(&n.Document, key, nil) })
	}
	for _, p := range s.Pages {
		p.mentions(func(key string) { add(&p.Document, key, nil) })
	}
}

func put[V any](m map[string]V, key string, v V) {
	if _, taken := m[key]; !taken {
		m[key] = v
	}
}

// Documents walks over the common part of every document: policies, notices,
// guides, pages, in this order.
func (s *Site) Documents() func(yield func(*Document) bool) {
	return func(yield func(*Document) bool) {
		for _, p := range s.Policies {
			if !yield(&p.Document) {
				return
			}
		}
		for _, n := range s.Notices {
			if !yield(&n.Document) {
				return
			}
		}
		for _, g := range s.Guides {
			if !yield(&g.Document) {
				return
			}
		}
		for _, p := range s.Pages {
			if !yield(&p.Document) {
				return
			}
		}
	}
}

// Document returns the document at the Chinese address path ("/guides/x/"), or
// nil.
func (s *Site) Document(path string) *Document { return s.byPath[path] }

// Policy returns the policy whose document number has the canonical key, or
// nil. See package docnumber for keys.
func (s *Site) Policy(key string) *Policy { return s.byNumber[key] }

// MentionedBy returns the pages that name this policy in their text or, as
// guides, rest on it, and that neither cite nor explain it: guides first.
func (s *Site) MentionedBy(key string) []*Document { return s.mentioned[key] }

// CitedBy returns the visible policies that cite, replace or amend the policy
// with this number key, newest first.
func (s *Site) CitedBy(key string) []*Policy { return s.citedBy[key] }

// Explanations returns the visible documents that explain the policy with this
// number key.
func (s *Site) Explanations(key string) []*Policy { return s.explainers[key] }

// District returns the district with a GB/T 2260 code, or nil.
func (s *Site) District(code string) *District { return s.districts[code] }

// Teacher returns the teacher with this id, or nil.
func (s *Site) Teacher(id string) *Teacher { return s.teachers[id] }

// School returns the school with this id, or nil.
func (s *Site) School(id string) *School { return s.schools[id] }

// Zone returns the zone with this id, or nil.
func (s *Site) Zone(id string) *Zone { return s.zones[id] }

// Form returns the form with this id, or nil.
func (s *Site) Form(id string) *form.Form { return s.forms[id] }
