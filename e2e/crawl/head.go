package crawl

import (
	"encoding/json"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Head finds pages whose head lacks a title, the character set or the viewport;
// and pages that search engines may show without a description.
func Head(s *Site) []Fault {
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		if title(p) == "" {
			fault("no title")
		}
		if moved(p) {
			return
		}
		for _, name := range []string{"description", "viewport"} {
			content, _ := meta(p, name)
			if name == "description" && (errorPage(p) || isShell(p)) && noindex(p) {
				continue
			}
			if strings.TrimSpace(content) == "" {
				fault("no meta %s", name)
			}
		}
		charset := ""
		for n := range named(p.doc, "meta") {
			charset += value(n, "charset")
		}
		if !strings.EqualFold(charset, "utf-8") {
			fault("no meta charset of utf-8")
		}
	})
}

func title(p *Page) string {
	for head := range named(p.doc, "head") {
		for n := range named(head, "title") {
			return text(n)
		}
	}
	return ""
}

// Titles finds pages of one language that share a title. A page that names
// another as its canonical one may share that one's; a page that intake fills
// gets another.
func Titles(s *Site) []Fault {
	first := map[[2]string]string{}
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		if moved(p) || isShell(p) || (hasCanonical(p) && !s.canonicalOfItself(p)) {
			return
		}
		key := [2]string{tongue(p.Address), title(p)}
		if other, ok := first[key]; ok {
			fault("the title %q is also that of %s", title(p), other)
		} else {
			first[key] = p.Address
		}
	})
}

// StructuredData finds JSON-LD that is no JSON, or does not say what it is.
func StructuredData(s *Site) []Fault {
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		for n := range named(p.doc, "script") {
			if value(n, "type") != "application/ld+json" {
				continue
			}
			var src string
			for c := range n.ChildNodes() {
				if c.Type == html.TextNode {
					src += c.Data
				}
			}
			var data map[string]any
			if err := json.Unmarshal([]byte(src), &data); err != nil {
				fault("the JSON-LD: %v", err)
				continue
			}
			if context, _ := data["@context"].(string); !strings.HasPrefix(context, "https://schema.org") {
				fault("the JSON-LD has no @context of schema.org")
			}
			if data["@type"] == nil && data["@graph"] == nil {
				fault("the JSON-LD has no @type")
			}
		}
	})
}

func hasCanonical(p *Page) bool { _, ok := link(p, "canonical"); return ok }

// canonicalOfItself tells whether the page is the one that search engines
// should show for what it says.
func (s *Site) canonicalOfItself(p *Page) bool {
	href, ok := link(p, "canonical")
	return ok && href == s.Base+p.Address
}

// Canonical finds pages that search engines may show without a canonical link,
// and canonical links that are relative or lead to a page that is not canonical
// itself.
func Canonical(s *Site) []Fault {
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		href, ok := link(p, "canonical")
		if !ok {
			if !noindex(p) && !moved(p) {
				fault("no canonical link")
			}
			return
		}
		local, ok := strings.CutPrefix(href, s.Base)
		if !ok {
			fault("the canonical link %s does not begin with %s", href, s.Base)
			return
		}
		switch to := s.Pages[local]; {
		case to == nil:
			fault("the canonical link leads to %s, which is not there", local)
		case !s.canonicalOfItself(to):
			fault("the canonical link leads to %s, which names another", local)
		}
	})
}

// alternates returns the page's hreflang links, language to address.
func alternates(p *Page) map[string]string {
	all := map[string]string{}
	for n := range named(p.doc, "link") {
		if lang, ok := attr(n, "hreflang"); ok && hasWord(n, "rel", "alternate") && value(n, "type") == "" {
			all[lang] = value(n, "href")
		}
	}
	return all
}

// Translations finds hreflang links that are not complete (zh-CN, en and
// x-default), do not contain the page itself, or are not returned.
func Translations(s *Site) []Fault {
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		own := alternates(p)
		if len(own) == 0 {
			if s.canonicalOfItself(p) && !noindex(p) {
				if other := s.Pages[twin(p.Address)]; other != nil && s.canonicalOfItself(other) {
					fault("no hreflang links, though %s has the same page", other.Address)
				}
			}
			return
		}
		if own[tongue(p.Address)] != s.Base+p.Address {
			fault("hreflang %s is %q and not the page itself", tongue(p.Address), own[tongue(p.Address)])
		}
		for _, lang := range []string{chinese, english, "x-default"} {
			href := own[lang]
			to := s.Pages[strings.TrimPrefix(href, s.Base)]
			if href == "" || to == nil {
				fault("hreflang %s leads to %q", lang, href)
				continue
			}
			back := alternates(to)
			if !slices.Equal(pairs(own), pairs(back)) {
				fault("hreflang %s leads to %s, which does not name the same pages", lang, to.Address)
			}
		}
	})
}

func pairs(m map[string]string) []string {
	all := make([]string, 0, len(m))
	for k, v := range m {
		all = append(all, k+" "+v)
	}
	slices.Sort(all)
	return all
}
