package markdown

import (
	"bytes"
	"strconv"
	"strings"

	"waijiao/internal/locale"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// inlines writes the children of n.
func (r *rendering) inlines(n ast.Node) {
	for c := n.FirstChild(); c != nil; {
		if t, ok := c.(*ast.Text); ok {
			r.strayAttribute(t)
			c = r.textRun(t)
			continue
		}
		r.inline(c)
		c = c.NextSibling()
	}
}

func (r *rendering) inline(n ast.Node) {
	switch n := n.(type) {
	case *ast.Emphasis:
		tag := "em>"
		if n.Level == 2 {
			tag = "strong>"
		}
		r.put("<" + tag)
		r.inlines(n)
		r.put("</" + tag)
	case *extast.Strikethrough:
		r.put("<del>")
		r.inlines(n)
		r.put("</del>")
	case *ast.CodeSpan:
		r.codeSpan(n)
	case *ast.Link:
		r.link(n)
	case *ast.AutoLink:
		r.autoLink(n)
	case *ast.Image:
		r.image(n)
	case *span:
		r.span(n)
	case *ast.RawHTML:
		r.report(rawHTML(), n.Segments.At(0).Start)
	case *extast.FootnoteLink:
		r.footnoteLink(n)
	case *extast.FootnoteBacklink:
		r.backlink(n)
	}
}

func (r *rendering) codeSpan(n *ast.CodeSpan) {
	r.endLatin()
	r.put("<code>")
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		t := c.(*ast.Text)
		value := t.Segment.Value(r.text)
		if line, ok := bytes.CutSuffix(value, []byte("\n")); ok {
			r.out = append(appendText(r.out, bytes.TrimSuffix(line, []byte("\r"))), ' ')
		} else {
			r.out = appendText(r.out, value)
		}
	}
	r.put("</code>")
	r.last = 'x'
}

func (r *rendering) footnoteLink(n *extast.FootnoteLink) {
	number := strconv.Itoa(n.Index)
	r.put(`<sup class="footnote-ref" id="fnref-` + footnoteID(n.Index, n.RefIndex) + `">`)
	if r.inLink > 0 {
		r.put(number + "</sup>")
		return
	}
	r.put(`<a role="doc-noteref" href="#fn-` + number + `" aria-label="` + r.in("脚注 ", "Footnote ") + number + `">` + number + "</a></sup>")
}

// span writes [text]{…}.
func (r *rendering) span(n *span) {
	lang, ok := r.attributes(n.from, n.to)
	if !ok {
		r.inlines(n)
		return
	}
	outer := r.lang
	switch {
	case lang == "zh" || strings.HasPrefix(lang, "zh-"):
		r.lang = locale.ZH
	case lang == "en" || strings.HasPrefix(lang, "en-"):
		r.lang = locale.EN
	default:
		r.lang = ""
	}
	if lang == "zh" {
		lang = locale.ZH.Tag()
	}
	r.endLatin()
	r.put(`<span lang="` + lang + `">`)
	r.inlines(n)
	r.put("</span>")
	r.endLatin()
	r.lang = outer
}

// attributes reads what stands between the braces of a span.
func (r *rendering) attributes(from, to int) (lang string, ok bool) {
	at := from
	for at < to {
		if r.text[at] == ' ' || r.text[at] == '\n' {
			at++
			continue
		}
		end := at
		for end < to && r.text[end] != ' ' && r.text[end] != '\n' {
			end++
		}
		word := string(r.text[at:end])
		value, isLang := strings.CutPrefix(word, "lang=")
		value = strings.Trim(value, `"'`)
		switch {
		case !isLang:
			r.report(unknownAttribute(word), at)
		case !isLanguageTag(value):
			r.report(unknownLanguage(value), at)
		default:
			lang, ok = value, true
		}
		at = end
	}
	if from == to {
		r.report(unknownAttribute(""), from)
	}
	return lang, ok
}

// isLanguageTag tells whether s has the form of a language tag with a language
// of two or three letters (RFC 5646).
func isLanguageTag(s string) bool {
	for i, part := range strings.Split(s, "-") {
		if len(part) < 1 || len(part) > 8 || i == 0 && len(part) != 2 && len(part) != 3 {
			return false
		}
		for _, c := range []byte(part) {
			if !isASCIILetter(c) && (i == 0 || !isASCIIDigit(c)) {
				return false
			}
		}
	}
	return true
}

// strayAttribute reports {…} that stands right behind something other than
// [text], where it has no effect, and the reference to a footnote that is not
// there.
func (r *rendering) strayAttribute(t *ast.Text) {
	s := r.text[t.Segment.Start:t.Segment.Stop]
	// goldmark ends the node behind the bracket, so one byte more is looked at.
	if i := bytes.Index(r.text[t.Segment.Start:min(t.Segment.Stop+1, len(r.text))], []byte("[^")); i >= 0 && (i == 0 || s[i-1] != '\\') {
		at := t.Segment.Start + i
		if end := bytes.IndexAny(r.text[at:], "]\n"); end > 2 && r.text[at+end] == ']' {
			r.report(unknownFootnote(string(r.text[at+2:at+end])), at)
		}
	}
	if len(s) < 3 || s[0] != '{' || t.PreviousSibling() == nil {
		return
	}
	end := bytes.IndexByte(s, '}')
	if end < 0 || t.PreviousSibling().Kind() == ast.KindText || s[1] != '#' && s[1] != '.' && !isASCIILetter(s[1]) {
		return
	}
	r.report(unknownAttribute(string(s[1:end])), t.Segment.Start)
}
