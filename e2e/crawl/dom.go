package crawl

import (
	"iter"
	"strings"

	"golang.org/x/net/html"
)

// elements walks every element below n, in the order of the source.
func elements(n *html.Node) iter.Seq[*html.Node] {
	return func(yield func(*html.Node) bool) {
		for c := range n.Descendants() {
			if c.Type == html.ElementNode && !yield(c) {
				return
			}
		}
	}
}

// named walks the elements below n that have one of the names.
func named(n *html.Node, names ...string) iter.Seq[*html.Node] {
	return func(yield func(*html.Node) bool) {
		for e := range elements(n) {
			for _, name := range names {
				if e.Data == name && !yield(e) {
					return
				}
			}
		}
	}
}

func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func value(n *html.Node, key string) string {
	v, _ := attr(n, key)
	return v
}

// hasWord tells whether the attribute is a list that contains the word, as in
// class and rel.
func hasWord(n *html.Node, key, word string) bool {
	for w := range strings.FieldsSeq(value(n, key)) {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}

// text is what stands in n, with white space made single.
func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// up returns n's nearest ancestor, or n itself, for which the test holds.
func up(n *html.Node, test func(*html.Node) bool) *html.Node {
	for ; n != nil; n = n.Parent {
		if n.Type == html.ElementNode && test(n) {
			return n
		}
	}
	return nil
}

// hidden tells whether assistive technology passes over n.
func hidden(n *html.Node) bool {
	return up(n, func(e *html.Node) bool { return value(e, "aria-hidden") == "true" }) != nil
}

// describe writes an element's start tag, short enough for a message.
func describe(n *html.Node) string {
	var b strings.Builder
	b.WriteString("<" + n.Data)
	for _, a := range n.Attr {
		switch a.Key {
		case "id", "class", "name", "type", "href", "src", "rel":
			b.WriteString(" " + a.Key + `="` + a.Val + `"`)
		}
	}
	return b.String() + ">"
}

// link returns the link element of the head that has the relation, and its
// address.
func link(p *Page, rel string) (string, bool) {
	for n := range named(p.doc, "link") {
		if hasWord(n, "rel", rel) {
			return attr(n, "href")
		}
	}
	return "", false
}

// meta returns the content of a named meta element.
func meta(p *Page, name string) (string, bool) {
	for n := range named(p.doc, "meta") {
		if strings.EqualFold(value(n, "name"), name) {
			return attr(n, "content")
		}
	}
	return "", false
}

// noindex tells whether the page asks search engines to leave it out.
func noindex(p *Page) bool {
	robots, _ := meta(p, "robots")
	return strings.Contains(robots, "noindex")
}

// moved tells whether the page only sends its visitor on to another address.
func moved(p *Page) bool {
	for n := range named(p.doc, "meta") {
		if strings.EqualFold(value(n, "http-equiv"), "refresh") {
			return true
		}
	}
	return false
}

// errorPage tells whether the page stands for what is not there.
func errorPage(p *Page) bool { return strings.HasSuffix(p.Address, "/404.html") }
