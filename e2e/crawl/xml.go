package crawl

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	sitemapSpace = "http://www.sitemaps.org/schemas/sitemap/0.9"
	atomSpace    = "http://www.w3.org/2005/Atom"
)

type urlset struct {
	XMLName xml.Name
	URLs    []struct {
		Loc   string `xml:"loc"`
		Links []struct {
			Lang string `xml:"hreflang,attr"`
			Href string `xml:"href,attr"`
		} `xml:"http://www.w3.org/1999/xhtml link"`
	} `xml:"url"`
}

// inSitemap reads /sitemap.xml and returns the addresses in it.
func inSitemap(s *Site) (urlset, error) {
	src, ok := s.files["/sitemap.xml"]
	if !ok {
		return urlset{}, fmt.Errorf("there is none")
	}
	var set urlset
	if err := xml.Unmarshal(src, &set); err != nil {
		return urlset{}, err
	}
	if set.XMLName.Space != sitemapSpace || set.XMLName.Local != "urlset" {
		return urlset{}, fmt.Errorf("its root is %s of %s", set.XMLName.Local, set.XMLName.Space)
	}
	return set, nil
}

// Sitemap finds what /sitemap.xml has and should not have, and what it lacks:
// it lists exactly the pages that search engines may show and that are their
// own canonical page, and repeats their hreflang links.
func Sitemap(s *Site) []Fault {
	set, err := inSitemap(s)
	if err != nil {
		return []Fault{{"/sitemap.xml", err.Error()}}
	}
	var faults []Fault
	listed := map[string]bool{}
	for _, u := range set.URLs {
		local := strings.TrimPrefix(u.Loc, s.Base)
		p := s.Pages[local]
		switch {
		case listed[local]:
			faults = append(faults, Fault{"/sitemap.xml", local + " stands twice"})
		case p == nil:
			faults = append(faults, Fault{"/sitemap.xml", u.Loc + " is not there"})
		case noindex(p):
			faults = append(faults, Fault{"/sitemap.xml", local + " is noindex"})
		case !s.canonicalOfItself(p):
			faults = append(faults, Fault{"/sitemap.xml", local + " names another page as canonical"})
		default:
			links := map[string]string{}
			for _, l := range u.Links {
				links[l.Lang] = l.Href
			}
			if !slices.Equal(pairs(links), pairs(alternates(p))) {
				faults = append(faults, Fault{"/sitemap.xml", local + " has other hreflang links than the page"})
			}
		}
		listed[local] = true
	}
	return append(faults, eachPage(s, func(p *Page, fault func(string, ...any)) {
		if s.canonicalOfItself(p) && !noindex(p) && !listed[p.Address] {
			fault("not in the sitemap.xml")
		}
	})...)
}

type feed struct {
	XMLName xml.Name
	ID      string     `xml:"id"`
	Title   string     `xml:"title"`
	Updated string     `xml:"updated"`
	Links   []feedLink `xml:"link"`
	Entries []struct {
		ID      string     `xml:"id"`
		Title   string     `xml:"title"`
		Updated string     `xml:"updated"`
		Links   []feedLink `xml:"link"`
	} `xml:"entry"`
}

type feedLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

// feedNames are the addresses of the site's Atom feeds.
func feedNames(s *Site) []string {
	var names []string
	for name := range s.files {
		if strings.HasSuffix(name, ".atom") || (strings.HasSuffix(name, ".xml") && name != "/sitemap.xml") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Feeds finds feeds that are no Atom (RFC 4287), entries that share an id, lead
// to a page that is not there, or to one that search engines may not show; and
// that a language has no feed, or no page names a feed.
func Feeds(s *Site) []Fault {
	var faults []Fault
	announced := map[string]bool{}
	for _, p := range s.Pages {
		for n := range named(p.doc, "link") {
			if value(n, "type") == "application/atom+xml" {
				if t, err := s.resolve(p, value(n, "href")); err == nil {
					announced[t.path] = true
				}
			}
		}
	}
	has := map[string]bool{}
	for _, name := range feedNames(s) {
		has[tongue(name)] = true
		fault := func(format string, args ...any) {
			faults = append(faults, Fault{name, fmt.Sprintf(format, args...)})
		}
		if !announced[name] {
			fault("no page names this feed")
		}
		var f feed
		if err := xml.Unmarshal(s.files[name], &f); err != nil {
			fault("%v", err)
			continue
		}
		if f.XMLName.Space != atomSpace || f.XMLName.Local != "feed" {
			fault("the root is %s of %s", f.XMLName.Local, f.XMLName.Space)
			continue
		}
		if f.ID == "" || f.Title == "" || !instant(f.Updated) {
			fault("id, title or updated is missing or wrong")
		}
		ids := map[string]bool{}
		for _, e := range f.Entries {
			if e.ID == "" || ids[e.ID] {
				fault("the id %q is empty or stands twice", e.ID)
			}
			ids[e.ID] = true
			if e.Title == "" || !instant(e.Updated) {
				fault("%s: title or updated is missing or wrong", e.ID)
			}
			to := pageOf(s, e.Links)
			if to == nil {
				fault("%s leads to no page", e.ID)
			} else if noindex(to) {
				fault("%s is noindex", to.Address)
			}
		}
	}
	for _, lang := range []string{chinese, english} {
		if !has[lang] {
			faults = append(faults, Fault{"/", "no feed in " + lang})
		}
	}
	return faults
}

func instant(s string) bool { _, err := time.Parse(time.RFC3339, s); return err == nil }

func pageOf(s *Site, links []feedLink) *Page {
	for _, l := range links {
		if l.Rel == "" || l.Rel == "alternate" {
			return s.Pages[strings.TrimPrefix(l.Href, s.Base)]
		}
	}
	return nil
}

// Samples finds pages made of invented data, at the addresses given (Chinese,
// the English ones follow), that search engines may show or that do not say so
// to their reader.
func Samples(s *Site, addresses []string) []Fault {
	var faults []Fault
	for _, a := range addresses {
		for _, at := range []string{a, twin(a)} {
			p := s.Pages[at]
			if p == nil {
				faults = append(faults, Fault{at, "the sample page is not there"})
				continue
			}
			if !noindex(p) {
				faults = append(faults, Fault{at, "a sample without noindex"})
			}
			if !labelledSample(p) {
				faults = append(faults, Fault{at, "a sample without a banner that says so"})
			}
		}
	}
	return faults
}

func labelledSample(p *Page) bool {
	word := map[string]string{chinese: "示例", english: "sample"}[tongue(p.Address)]
	for n := range elements(p.doc) {
		if (hasWord(n, "class", "banner") || hasWord(n, "class", "badge-sample")) && strings.Contains(strings.ToLower(text(n)), word) {
			return true
		}
	}
	return false
}
