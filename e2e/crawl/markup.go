package crawl

import (
	"strings"

	"golang.org/x/net/html"
)

// OneH1 finds pages without exactly one h1 that says something.
func OneH1(s *Site) []Fault {
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		count := 0
		for n := range named(p.doc, "h1") {
			count++
			if text(n) == "" {
				fault("the h1 is empty")
			}
		}
		if count != 1 && !moved(p) {
			fault("%d h1, want 1", count)
		}
	})
}

// Labels finds controls of forms that have no name for a person who cannot see
// where they stand.
func Labels(s *Site) []Fault {
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		labelled := map[string]bool{}
		for n := range named(p.doc, "label") {
			if text(n) != "" {
				labelled[value(n, "for")] = true
			}
		}
		for n := range named(p.doc, "input", "select", "textarea", "button") {
			kind := value(n, "type")
			if n.Data == "input" && kind == "hidden" {
				continue
			}
			if !hasLabel(p, n, labelled) {
				fault("%s has no label", describe(n))
			}
		}
		for n := range named(p.doc, "fieldset") {
			if first := firstElement(n); first == nil || first.Data != "legend" || text(first) == "" {
				fault("%s has no legend", describe(n))
			}
		}
	})
}

func hasLabel(p *Page, n *html.Node, labelled map[string]bool) bool {
	if value(n, "aria-label") != "" || value(n, "aria-labelledby") != "" {
		return true
	}
	if n.Data == "button" {
		return text(n) != ""
	}
	switch value(n, "type") {
	case "submit", "button", "reset":
		return value(n, "value") != ""
	case "image":
		return value(n, "alt") != ""
	}
	if id := value(n, "id"); id != "" && labelled[id] {
		return true
	}
	around := up(n, func(e *html.Node) bool { return e.Data == "label" })
	return around != nil && text(around) != ""
}

func firstElement(n *html.Node) *html.Node {
	for c := range n.ChildNodes() {
		if c.Type == html.ElementNode {
			return c
		}
	}
	return nil
}

// TableHeads finds tables without a head, and heads that do not say whether
// they are of a column or of a row.
func TableHeads(s *Site) []Fault {
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		for table := range named(p.doc, "table") {
			if role := value(table, "role"); role == "presentation" || role == "none" {
				continue
			}
			heads := 0
			for th := range named(table, "th") {
				heads++
				switch value(th, "scope") {
				case "col", "row", "colgroup", "rowgroup":
				default:
					fault("the head %q has no scope", text(th))
				}
			}
			if heads == 0 {
				fault("%s has no th", describe(table))
			}
		}
	})
}

// Alternatives finds pictures that say nothing to a person who cannot see them
// and do not say either that they only decorate.
func Alternatives(s *Site) []Fault {
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		for n := range named(p.doc, "img", "area") {
			if _, ok := attr(n, "alt"); !ok {
				fault("%s has no alt", describe(n))
			}
		}
		for n := range named(p.doc, "svg") {
			if value(n, "role") == "img" && value(n, "aria-label") == "" && value(n, "aria-labelledby") == "" {
				fault("%s is an image without a name", describe(n))
			} else if value(n, "role") != "img" && !hidden(n) {
				fault("%s is neither hidden nor an image with a name", describe(n))
			}
		}
		for n := range named(p.doc, "iframe") {
			if value(n, "title") == "" {
				fault("%s has no title", describe(n))
			}
		}
	})
}

// InlineCode finds styles and scripts in the page itself, which a Content-
// Security-Policy without unsafe-inline stops. Data in a script element
// (application/ld+json) is none.
func InlineCode(s *Site) []Fault {
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		for n := range elements(p.doc) {
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					fault("%s has %s=%q", describe(n), a.Key, a.Val)
				}
				if strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
					fault("%s has a script for an address", describe(n))
				}
			}
			switch n.Data {
			case "style":
				fault("a style element")
			case "script":
				if _, src := attr(n, "src"); !src && value(n, "type") != "application/ld+json" {
					fault("a script element without src")
				}
			}
		}
	})
}

// ThirdParties finds whatever the browser would fetch by itself, or send a form
// to, at another origin.
func ThirdParties(s *Site) []Fault {
	faults := eachPage(s, func(p *Page, fault func(string, ...any)) {
		for n := range elements(p.doc) {
			if n.Data == "a" || n.Data == "area" || (n.Data == "link" && !fetched(n)) {
				continue
			}
			for _, ref := range references(n) {
				if t, err := s.resolve(p, ref); err == nil && t.outside && t.scheme != "data" {
					fault("%s reaches for %s", describe(n), ref)
				}
			}
		}
	})
	for name, src := range s.files {
		if strings.HasSuffix(name, ".css") {
			css := strings.ToLower(string(src))
			for _, sign := range []string{"url(http", `url("http`, "url('http", "url(//", `url("//`, "@import"} {
				if strings.Contains(css, sign) {
					faults = append(faults, Fault{name, "has " + sign})
				}
			}
		}
	}
	return faults
}

// fetched tells whether the browser loads what the link element names.
func fetched(n *html.Node) bool {
	for _, rel := range []string{"stylesheet", "icon", "apple-touch-icon", "mask-icon", "manifest", "preload", "prefetch", "modulepreload", "preconnect", "dns-prefetch"} {
		if hasWord(n, "rel", rel) {
			return true
		}
	}
	return false
}
