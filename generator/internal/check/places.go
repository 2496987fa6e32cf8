package check

import (
	"maps"
	"slices"
	"strings"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// places knows every address of the site, in its Chinese form, and the anchors
// of each.
type places struct {
	site *site.Site
	// own are the addresses that are no documents; the value says what stands
	// there.
	own map[string]locale.Text
	// terms are the anchors of the glossary.
	terms  map[string]bool
	guides map[string]*site.Guide // by address
}

func newPlaces(s *site.Site) *places {
	p := &places{site: s, own: map[string]locale.Text{}, terms: map[string]bool{}, guides: map[string]*site.Guide{}}
	p.own["/"] = locale.T("首页", "the home page")
	section := locale.T("栏目页", "a section's own page")
	for _, path := range []string{"/notices/", "/policies/", "/guides/", "/teachers/", "/schools/", "/zones/",
		"/vacancies/", "/coverage/", "/forms/", "/glossary/", "/sitemap/"} {
		p.own[path] = section
	}
	row := locale.T("名录中的一行", "an entry of the directory")
	list := locale.T("名录的一个列表", "a list of the directory")
	for _, t := range s.Teachers {
		p.own[t.Path()] = row
		for _, key := range t.Subjects {
			p.own["/teachers/subject/"+key+"/"] = list
		}
		for _, key := range t.Stages {
			p.own["/teachers/stage/"+key+"/"] = list
		}
	}
	for _, c := range s.Schools {
		p.own[c.Path()] = row
	}
	for _, z := range s.Zones {
		p.own[z.Path()] = row
	}
	for _, v := range s.Vacancies {
		p.own[v.Path()] = row
	}
	for _, f := range s.Forms {
		p.own["/forms/"+f.ID+"/"] = locale.T("表单", "a form")
	}
	if len(s.Forms) > 0 {
		// Published by nobody: intake draws it.
		p.own["/forms/status/"] = drawn()["status"]
	}
	for _, g := range s.Guides {
		p.guides[g.Path()] = g
	}
	for _, t := range s.Terms {
		p.terms[t.ID] = true
	}
	return p
}

// has tells whether a page stands at the address, hidden ones included.
func (p *places) has(path string) bool {
	if _, ok := p.own[path]; ok || p.site.Document(path) != nil {
		return true
	}
	if i := strings.LastIndexByte(path, '/'); strings.Contains(path[i:], ".") {
		return p.file(path[:i+1], path[i+1:])
	}
	return false
}

// file tells whether the file is published in the folder at the address.
func (p *places) file(folder, name string) bool {
	if d := p.site.Document(folder); d != nil {
		for _, a := range d.Attachments {
			if a.Name == name {
				return true
			}
		}
	}
	switch name {
	case "feed.xml":
		return folder == "/" || folder == "/notices/" || folder == "/policies/" || folder == "/guides/"
	case "sitemap.xml", "robots.txt":
		return folder == "/"
	}
	return false
}

// anchor tells whether the page at path has an anchor for readers of l. What
// the theme itself names in a page counts too.
func (p *places) anchor(path, id string, l locale.Lang) bool {
	if id == "main" {
		return true
	}
	d := p.site.Document(path)
	if d == nil {
		return path == "/glossary/" && p.terms[id]
	}
	for _, h := range d.Edition(l).Body.Headings {
		if h.ID == id {
			return true
		}
	}
	g := p.guides[path]
	return g != nil && guidePart(g, id, l)
}

// guidePart tells whether id is one of the parts that the theme gives the
// guide's page.
func guidePart(g *site.Guide, id string, l locale.Lang) bool {
	switch id {
	case "conditions", "materials", "steps":
		return true
	case "basis":
		return len(g.Basis) > 0
	case "questions":
		prose := g.Prose(l)
		return prose != nil && len(prose.FAQ) > 0
	}
	return false
}

// nearest returns an address that the author may have meant by path, or "".
func (p *places) nearest(path string) string {
	if !strings.HasSuffix(path, "/") && p.has(path+"/") {
		return path + "/"
	}
	var known []string
	slug := lastPart(path)
	for d := range p.site.Documents() {
		if d.Hidden {
			continue
		}
		if d.Slug == slug {
			return d.Path()
		}
		known = append(known, d.Path())
	}
	return problem.Nearest(path, slices.AppendSeq(known, maps.Keys(p.own)))
}

func lastPart(path string) string {
	path = strings.TrimRight(path, "/")
	return strings.TrimSuffix(path[strings.LastIndexByte(path, '/')+1:], ".html")
}
