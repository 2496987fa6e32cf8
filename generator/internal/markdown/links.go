package markdown

import (
	"bytes"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"

	"github.com/yuin/goldmark/ast"
)

// target is where a link leads.
type target struct {
	href  string // empty: nowhere that one may go
	attrs string
	after string // HTML at the end of the link's text
}

func (r *rendering) link(n *ast.Link) {
	to := string(decoded(n.Destination))
	r.body.Links = append(r.body.Links, site.Reference{To: to, Pos: r.offset(n.Pos())})
	t := r.target(to, n.Pos())
	if t.href == "" || r.inLink > 0 {
		r.inlines(n)
		return
	}
	r.put("<a")
	r.put(t.attrs)
	r.put(` href="`)
	r.out = appendAttribute(r.out, []byte(EscapeURL(t.href)))
	r.put(`"`)
	r.title(n.Title)
	r.put(">")
	from := len(r.out)
	r.inLink++
	r.inlines(n)
	r.inLink--
	if len(bytes.TrimSpace(r.out[from:])) == 0 {
		r.report(emptyLink(), n.Pos())
		r.out = appendText(r.out, []byte(to))
	}
	r.put(t.after)
	r.put("</a>")
}

func (r *rendering) title(title []byte) {
	if len(title) == 0 {
		return
	}
	r.put(` title="`)
	r.out = appendAttribute(r.out, decoded(title))
	r.put(`"`)
}

// autoLink writes <https://example.org> and <office@example.org>.
func (r *rendering) autoLink(n *ast.AutoLink) {
	r.endLatin()
	label := n.Label(r.text)
	to := string(n.URL(r.text))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(to), "mailto:") {
		to = "mailto:" + to
	}
	r.body.Links = append(r.body.Links, site.Reference{To: to, Pos: r.offset(n.Pos())})
	t := r.target(to, n.Pos())
	r.last = 'x'
	if t.href == "" || r.inLink > 0 {
		r.out = appendText(r.out, label)
		return
	}
	r.put("<a" + t.attrs + ` href="`)
	r.out = appendAttribute(r.out, []byte(EscapeURL(t.href)))
	r.put(`">`)
	r.out = appendText(r.out, label)
	r.put("</a>")
}

// target judges where a link leads, as WHATWG URL parsing would read it.
func (r *rendering) target(to string, pos int) target {
	scheme, hasScheme := schemeOf(to)
	switch {
	case to == "":
		r.report(emptyLink(), pos)
	case strings.ContainsAny(to, "\\\t\r\n") || strings.HasPrefix(to, "//") || to[0] <= ' ':
		r.report(badLink(to), pos)
	case to[0] == '#':
		return target{href: to}
	case to[0] == '/':
		return r.page(to)
	case scheme == "http" || scheme == "https":
		return target{href: to, attrs: ` rel="noopener"`}
	case scheme == "mailto" || scheme == "tel":
		return target{href: to}
	case hasScheme:
		r.report(badScheme(scheme), pos)
	default:
		if a, rest, ok := r.attachment(to, pos); ok {
			meta := r.in("（", " (") + strings.ToUpper(strings.TrimPrefix(path.Ext(a.Name), ".")) + r.in("，", ", ") + locale.Size(a.Size) + r.in("）", ")")
			return target{href: r.src.Path + url.PathEscape(a.Name) + rest, attrs: ` class="file"`,
				after: `<span class="file-meta">` + attribute(meta) + "</span>"}
		}
	}
	return target{}
}

// schemeOf returns the scheme of a URL in lower case.
func schemeOf(s string) (string, bool) {
	i := strings.IndexAny(s, ":/?#")
	if i < 0 || s[i] != ':' {
		return "", false
	}
	return strings.ToLower(s[:i]), true
}

// page turns the Chinese address of a page to its address in the language of
// the text.
func (r *rendering) page(to string) target {
	i := strings.IndexAny(to, "?#")
	if i < 0 {
		i = len(to)
	}
	l, zh := locale.FromPath(to[:i])
	if l == locale.EN {
		// Written with /en/: the English page is meant, whatever this text is.
		t := target{href: to}
		if r.src.Lang != l {
			t.attrs = ` hreflang="en"`
		}
		return t
	}
	if strings.Contains(path.Base(zh), ".") {
		return target{href: to}
	}
	l = r.src.Lang
	if has := r.conv.lib.Has; has != nil && !has(zh, l) && has(zh, l.Other()) {
		mark := r.in("（英文）", " (in Chinese)")
		return target{href: l.Other().Path(to), attrs: ` hreflang="` + l.Other().Tag() + `"`,
			after: `<span class="link-lang">` + mark + "</span>"}
	}
	return target{href: l.Path(to)}
}

// attachment finds the file beside the text to which a link or an image leads,
// and what follows its name in the address.
func (r *rendering) attachment(to string, pos int) (a site.Attachment, rest string, ok bool) {
	if r.src.Attachment != nil {
		if a, rest, ok := File(to, r.src.Attachment); ok {
			return a, rest, true
		}
	}
	name, rest := cutFile(to)
	if name == "" || strings.Contains(name, "/") || name == "." || name == ".." {
		r.report(relativeLink(to), pos)
	} else {
		r.report(missingFile(name), pos)
	}
	return site.Attachment{}, rest, false
}

// File finds the file that the relative address to names, as its author wrote
// it: its plain name, 附件 1.pdf, or with percent-encoding, 附件%201.pdf, and
// with or without an anchor, which comes back as rest. A file whose name is to
// as it stands goes before all others.
func File(to string, find func(name string) (site.Attachment, bool)) (a site.Attachment, rest string, ok bool) {
	if a, ok = find(to); ok {
		return a, "", true
	}
	name, rest := cutFile(to)
	if a, ok = find(name); !ok {
		if plain, err := url.PathUnescape(name); err == nil {
			a, ok = find(plain)
		}
	}
	return a, rest, ok
}

func cutFile(to string) (name, rest string) {
	if i := strings.IndexAny(to, "?#"); i >= 0 {
		return to[:i], to[i:]
	}
	return to, ""
}

func (r *rendering) image(n *ast.Image) {
	to := string(decoded(n.Destination))
	alt := bytes.TrimSpace(r.plainText(nil, n))
	r.last = 'x'
	if len(alt) == 0 {
		r.report(missingAlt(), n.Pos())
	}
	if r.lang == locale.ZH && r.src.Lang == locale.ZH {
		r.altWords(alt, n)
	}
	href := ""
	switch scheme, ok := schemeOf(to); {
	case to == "" || strings.ContainsAny(to, "\\\t\r\n") || strings.HasPrefix(to, "//") || to[0] <= ' ':
		r.report(badLink(to), n.Pos())
	case to[0] == '/':
		href = to
	case scheme == "http" || scheme == "https":
		r.report(externalImage(), n.Pos())
	case ok:
		r.report(badScheme(scheme), n.Pos())
	default:
		if a, _, ok := r.attachment(to, n.Pos()); ok {
			href = r.src.Path + url.PathEscape(a.Name)
		}
	}
	if href == "" {
		r.out = appendText(r.out, alt)
		return
	}
	r.put(`<img src="`)
	r.out = appendAttribute(r.out, []byte(EscapeURL(href)))
	r.put(`" alt="`)
	r.out = appendAttribute(r.out, alt)
	r.put(`"`)
	r.title(n.Title)
	r.put(` loading="lazy">`)
}

// altWords looks for Latin runs in the alternative text of n, all of which
// begin at its first word for want of a better place.
func (r *rendering) altWords(alt []byte, n *ast.Image) {
	words, most := 0, 0
	for word := range bytes.FieldsSeq(alt) {
		if isASCIILetter(word[0]) {
			words++
		} else if word[0] >= utf8.RuneSelf {
			words = 0
		}
		most = max(most, words)
	}
	if most >= latinLimit {
		r.report(latinRun(most), n.Pos()+len("!["))
	}
}
