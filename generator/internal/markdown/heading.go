package markdown

import (
	"bytes"
	"strconv"
	"unicode"
	"unicode/utf8"

	"waijiao/generator/internal/site"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

func (r *rendering) heading(n *ast.Heading) {
	pos := n.Pos()
	if lines := n.Lines(); lines.Len() > 0 && n.Level > 0 && (pos < 0 || pos >= len(r.text)) {
		pos = lines.At(0).Start
	}
	level := n.Level
	switch {
	case level == 1:
		r.report(levelOne(), pos)
		level = 2
	case level > r.level+1:
		r.report(levelSkipped(level, r.level+1), pos)
	}
	r.level = level
	own := r.ownAnchor(n)
	plain := string(bytes.TrimSpace(r.plainText(nil, n)))
	if plain == "" {
		r.report(emptyHeading(), pos)
		return
	}
	id := own
	if own == "" {
		id = r.unique(slug(plain))
	} else if r.unique(own) != own {
		r.report(duplicateAnchor(own), pos)
		id = r.unique(own)
	}
	r.body.Headings = append(r.body.Headings, site.Heading{Level: level, ID: id, Text: plain, Pos: r.offset(pos)})
	r.section = plain
	tag := "h" + strconv.Itoa(level)
	r.put("<" + tag + ` id="`)
	r.out = appendAttribute(r.out, []byte(id))
	r.put(`">`)
	r.inHeading = true
	r.line(n)
	r.inHeading = false
	r.put("</" + tag + ">\n")
}

// ownAnchor takes {#anchor} off the end of a heading.
func (r *rendering) ownAnchor(n *ast.Heading) string {
	t, ok := n.LastChild().(*ast.Text)
	if !ok {
		return ""
	}
	s := t.Segment.Value(r.text)
	open := bytes.LastIndexByte(s, '{')
	if open < 0 || s[len(s)-1] != '}' || open > 0 && s[open-1] == '\\' {
		return ""
	}
	at := t.Segment.Start + open
	inner := s[open+1 : len(s)-1]
	t.Segment = t.Segment.WithStop(at)
	t.Segment = t.Segment.TrimRightSpace(r.text)
	if len(inner) < 2 || inner[0] != '#' || slug(string(inner[1:])) != string(inner[1:]) {
		r.report(unknownAttribute(string(inner)), at)
		return ""
	}
	return string(inner[1:])
}

// unique returns id, or id with a number if it has been given out.
func (r *rendering) unique(id string) string {
	if r.ids == nil {
		r.ids = make(map[string]int, 16)
		// Ids that layouts of pages commonly use.
		for _, taken := range [...]string{"main", "content", "top", "nav", "menu", "search", "header", "footer"} {
			r.ids[taken] = 1
		}
		for _, taken := range r.src.Taken {
			r.ids[taken] = 1
		}
	}
	n := r.ids[id] + 1
	r.ids[id] = n
	if n == 1 {
		return id
	}
	for {
		numbered := id + "-" + strconv.Itoa(n)
		if r.ids[numbered] == 0 {
			r.ids[numbered] = 1
			return numbered
		}
		n++
		r.ids[id] = n
	}
}

// slug makes an anchor from the text of a heading: letters and digits of any
// script, Latin in lower case, and a hyphen for white space and hyphens.
func slug(s string) string {
	out := make([]byte, 0, len(s))
	hyphen := false
	for _, ch := range s {
		switch {
		case unicode.IsLetter(ch) || unicode.IsDigit(ch) || unicode.IsMark(ch):
			if hyphen && len(out) > 0 {
				out = append(out, '-')
			}
			hyphen = false
			out = utf8.AppendRune(out, unicode.ToLower(ch))
		case unicode.IsSpace(ch) || ch == '-' || ch == '_' || ch == '–' || ch == '—' || ch == '/':
			hyphen = true
		}
	}
	if len(out) == 0 {
		return "section"
	}
	if bytes.HasPrefix(out, []byte("fn-")) || bytes.HasPrefix(out, []byte("fnref-")) {
		return "section-" + string(out) // footnotes have these
	}
	return string(out)
}

// plainText appends the text in n without markup.
func (r *rendering) plainText(dst []byte, n ast.Node) []byte {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			raw := c.Segment.Value(r.text)
			if !c.IsRaw() {
				raw = decoded(raw)
			}
			dst = append(dst, raw...)
			if c.SoftLineBreak() || c.HardLineBreak() {
				last, _ := utf8.DecodeLastRune(dst)
				if !joins(last, firstRune(c.NextSibling(), r.text)) {
					dst = append(dst, ' ')
				}
			}
		case *ast.AutoLink:
			dst = append(dst, c.Label(r.text)...)
		case *ast.RawHTML, *extast.FootnoteLink:
		default:
			dst = r.plainText(dst, c)
		}
	}
	return dst
}
