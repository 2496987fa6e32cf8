package crawl

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// target is where a reference of a page leads.
type target struct {
	outside bool   // another origin, or no web address at all
	scheme  string // of what is outside
	path    string
	anchor  string
}

// resolve reads a reference as the browser on the page does.
func (s *Site) resolve(p *Page, ref string) (target, error) {
	base, err := url.Parse(s.Base + p.Address)
	if err != nil {
		return target{}, err
	}
	u, err := base.Parse(strings.TrimSpace(ref))
	if err != nil {
		return target{}, err
	}
	if u.Scheme+"://"+u.Host != s.origin() {
		return target{outside: true, scheme: u.Scheme}, nil
	}
	return target{path: u.Path, anchor: u.Fragment}, nil
}

// origin is the site's base without a path.
func (s *Site) origin() string {
	u, err := url.Parse(s.Base)
	if err != nil {
		return s.Base
	}
	return u.Scheme + "://" + u.Host
}

// references returns what an element refers to: links, and what the browser
// fetches by itself.
func references(n *html.Node) []string {
	var all []string
	for _, key := range []string{"href", "src", "action", "formaction", "poster", "data", "xlink:href"} {
		if v, ok := attr(n, key); ok && (key != "data" || n.Data == "object") {
			all = append(all, v)
		}
	}
	for candidate := range strings.SplitSeq(value(n, "srcset"), ",") {
		if fields := strings.Fields(candidate); len(fields) > 0 {
			all = append(all, fields[0])
		}
	}
	return all
}

// Links finds references, to pages, anchors and files, that lead nowhere; links
// that cost a redirect because the slash at the end is missing; and links with
// a scheme that no visitor can follow.
func Links(s *Site) []Fault {
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		for n := range elements(p.doc) {
			for _, ref := range references(n) {
				t, err := s.resolve(p, ref)
				switch {
				case err != nil:
					fault("%s: %v", describe(n), err)
				case ref == "" && n.Data != "form":
					fault("%s: an empty reference", describe(n))
				case t.outside:
					switch t.scheme {
					case "https", "http", "mailto", "tel", "data":
					default:
						fault("%s: the scheme %q", describe(n), t.scheme)
					}
				default:
					s.follow(t, n, fault)
				}
			}
		}
	})
}

// drawn tells whether intake shows a page at the address although no file is
// published there.
func drawn(path string) bool { return path == "/forms/status/" || path == "/en/forms/status/" }

func (s *Site) follow(t target, n *html.Node, fault func(string, ...any)) {
	page, ok := s.Pages[t.path]
	if _, file := s.files[t.path]; !ok && !file {
		if _, slash := s.Pages[t.path+"/"]; slash {
			fault("%s: the slash at the end of %s is missing", describe(n), t.path)
		} else if !drawn(t.path) {
			fault("%s: nothing is at %s", describe(n), t.path)
		}
		return
	}
	if t.anchor != "" && ok && page.ids[t.anchor] == 0 {
		fault("%s: %s has no anchor %q", describe(n), t.path, t.anchor)
	}
}

// References finds attributes that name an element of the page which is not
// there: for, list, headers and those of ARIA.
func References(s *Site) []Fault {
	keys := []string{"for", "list", "headers", "form", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "aria-details", "aria-errormessage"}
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		for n := range elements(p.doc) {
			for _, key := range keys {
				for id := range strings.FieldsSeq(value(n, key)) {
					if p.ids[id] == 0 {
						fault("%s: %s names %q, which is not there", describe(n), key, id)
					}
				}
			}
		}
	})
}

// UniqueIDs finds ids that stand on a page more than once or are empty.
func UniqueIDs(s *Site) []Fault {
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		for id, times := range p.ids {
			if id == "" || strings.ContainsAny(id, " \t\n") {
				fault("the id %q", id)
			} else if times > 1 {
				fault("the id %q stands %d times", id, times)
			}
		}
	})
}

// Reachable finds pages that no chain of links leads to from the two homes.
// Pages that stand for an error, send on to another address, or are filled by
// intake (they have a marked region for all of main) are reached otherwise; what
// is past its time keeps its address under a banner and leaves the lists.
func Reachable(s *Site) []Fault {
	seen := map[string]bool{}
	next := []string{"/", "/en/"}
	for len(next) > 0 {
		at := next[0]
		next = next[1:]
		p, ok := s.Pages[at]
		if !ok || seen[at] {
			continue
		}
		seen[at] = true
		for n := range named(p.doc, "a") {
			if t, err := s.resolve(p, value(n, "href")); err == nil && !t.outside {
				next = append(next, t.path)
			}
		}
	}
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		if !seen[p.Address] && !errorPage(p) && !moved(p) && !isShell(p) && !past(p) {
			fault("no link leads here from / or /en/")
		}
	})
}

// past tells whether the page says that it is past its time.
func past(p *Page) bool {
	for n := range elements(p.doc) {
		if hasWord(n, "class", "badge-closed") {
			return true
		}
	}
	return false
}

// isShell tells whether intake fills the whole of main.
func isShell(p *Page) bool {
	for n := range p.doc.Descendants() {
		if n.Type == html.CommentNode && strings.TrimSpace(n.Data) == "waijiao:main" {
			return true
		}
	}
	return false
}
