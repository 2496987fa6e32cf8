package check

import (
	"bytes"
	"net/url"
	"strings"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// links reports the links of a text that lead nowhere. Files beside the text,
// and addresses that are none, are known to package markdown.
func (c *checker) links(d *site.Document, e *site.Edition) problem.List {
	var list problem.List
	for _, ref := range e.Body.Links {
		p, ok := c.link(ref.To, d, e.Lang)
		if ok {
			continue
		}
		list = append(list, at(p, e, ref.Pos))
	}
	return list
}

// link judges one link on a page, and is true where there is nothing to say.
// from is nil for the settings.
func (c *checker) link(to string, from *site.Document, l locale.Lang) (problem.Problem, bool) {
	fine := problem.Problem{}
	if base := c.site.Config.BaseURL; base != "" && (to == base || strings.HasPrefix(to, base+"/")) {
		to = "/" + strings.TrimPrefix(to[len(base):], "/")
	}
	if strings.HasPrefix(to, "//") {
		return fine, true // another host
	}
	path, anchor, hasAnchor := strings.Cut(to, "#")
	path, _, _ = strings.Cut(path, "?")
	switch {
	case path == "" && from != nil:
		path = from.Path()
	case !strings.HasPrefix(path, "/"):
		return fine, true // an attachment, or another scheme
	}
	if lang, zh := locale.FromPath(path); lang == locale.EN {
		// Written with /en/, the English page is meant, whatever this text is.
		path, l = zh, lang
	}
	if unescaped, err := url.PathUnescape(path); err == nil {
		path = unescaped
	}
	if !c.places.has(path) {
		if near := c.places.nearest(path); near != "" {
			return broken(to, locale.Tf("是否想写 %s？", "did you mean %s?", near)), false
		}
		return broken(to, locale.T("核对网址，或者先建好那个页面", "check the address, or make that page first")), false
	}
	if target := c.site.Document(path); target != nil && target.Hidden && (from == nil || !from.Hidden) {
		return problem.Problem{Code: "link-to-hidden", Severity: problem.Error,
			Message: locale.Tf("链接 %s 指向一个还不公开的页面", "the link %s leads to a page that is not public yet", to),
			Hint:    locale.T("先发布那个页面（去掉 draft，或等到 publish 的时间），或者去掉链接", "publish that page first (remove draft, or wait for its publish time), or remove the link"),
		}, false
	}
	if !hasAnchor || anchor == "" {
		return fine, true
	}
	if unescaped, err := url.PathUnescape(anchor); err == nil {
		anchor = unescaped
	}
	if !c.places.anchor(path, anchor, l) {
		return problem.Problem{Code: "broken-anchor", Severity: problem.Error,
			Message: locale.Tf("页面 %s 里没有锚点“%s”", "the page %s has no anchor “%s”", path, anchor),
			Hint:    c.anchorHint(path, l),
		}, false
	}
	return fine, true
}

func broken(to string, hint locale.Text) problem.Problem {
	return problem.Problem{Code: "broken-link", Severity: problem.Error,
		Message: locale.Tf("链接 %s 指向的页面不存在", "the link %s leads to no page", to), Hint: hint}
}

// anchorHint names the first anchors that the page has.
func (c *checker) anchorHint(path string, l locale.Lang) locale.Text {
	var ids []string
	if d := c.site.Document(path); d != nil {
		for _, h := range d.Edition(l).Body.Headings {
			if ids = append(ids, h.ID); len(ids) == 6 {
				break
			}
		}
	}
	if len(ids) == 0 {
		return locale.T("去掉 # 和它后面的部分", "leave out the # and what follows it")
	}
	return locale.T("那一页有："+strings.Join(ids, "、"), "that page has: "+strings.Join(ids, ", "))
}

// at places a problem in an edition's file.
func at(p problem.Problem, e *site.Edition, pos int) problem.Problem {
	p.File = e.File
	return p.Locate(e.Source, pos, 1)
}

// settings looks at the addresses in site.yaml, whose text is src.
func (c *checker) settings(src []byte) problem.List {
	cfg := &c.site.Config
	var list problem.List
	seen := map[string]bool{}
	look := func(to string) {
		if to == "" || seen[to] {
			return
		}
		seen[to] = true
		for _, l := range locale.Langs() {
			p, ok := c.link(to, nil, l)
			if ok {
				continue
			}
			p.File = "site.yaml"
			for _, pos := range mentions(src, to) {
				list = append(list, p.Locate(src, pos, 1))
			}
			break
		}
	}
	for _, path := range cfg.Nav {
		look(path)
	}
	for _, s := range cfg.Sections {
		look(s.Path)
	}
	for _, link := range cfg.Footer {
		look(link.To)
	}
	for _, door := range cfg.Doors {
		for _, link := range door.Tasks {
			look(link.To)
		}
	}
	return list
}

// mentions finds the places in a YAML text where the value stands by itself.
func mentions(src []byte, value string) []int {
	var found []int
	for from := 0; ; {
		i := bytes.Index(src[from:], []byte(value))
		if i < 0 {
			return found
		}
		start := from + i
		from = start + len(value)
		before := start == 0 || strings.IndexByte(" \t\n\"'[,", src[start-1]) >= 0
		after := from == len(src) || strings.IndexByte(" \t\r\n\"'],}", src[from]) >= 0
		if before && after {
			found = append(found, start)
		}
	}
}
