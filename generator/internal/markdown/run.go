package markdown

import (
	"bytes"
	"cmp"
	"slices"
	"unicode/utf8"

	"waijiao/generator/internal/site"
	"waijiao/internal/docnumber"
	"waijiao/internal/locale"

	"github.com/yuin/goldmark/ast"
)

// A run is text without markup in it: neighbouring text nodes, which goldmark
// divides at every bracket, joined over the ends of lines. Numbers, terms and
// runs of the other language are looked for here, where they are whole.

// textRun writes the run that begins with t and returns the node after it.
func (r *rendering) textRun(t *ast.Text) ast.Node {
	r.scratch, r.pieces = r.scratch[:0], r.pieces[:0]
	start, stop := t.Segment.Start, t.Segment.Stop
	copied := false
	take := func() {
		copied = true
		r.scratch, r.pieces = decode(r.scratch, r.text[start:stop], r.pieces, start)
	}
	var next ast.Node
	for {
		next = t.NextSibling()
		n, isText := next.(*ast.Text)
		if t.HardLineBreak() || !isText {
			break
		}
		if n.Segment.Start != stop || t.SoftLineBreak() {
			take()
			if t.SoftLineBreak() {
				last, _ := utf8.DecodeLastRune(r.scratch)
				if len(r.scratch) == 0 {
					last = r.last
				}
				first, _ := utf8.DecodeRune(r.text[n.Segment.Start:n.Segment.Stop])
				if !joins(last, first) {
					r.scratch = append(r.scratch, '\n')
				}
			}
			start = n.Segment.Start
		}
		stop = n.Segment.Stop
		t = n
	}
	var s []byte
	if raw := r.text[start:stop]; copied || needsDecoding(raw) {
		take()
		s = r.scratch
	} else {
		s = raw
		r.pieces = append(r.pieces, piece{0, start})
	}
	if len(s) > 0 {
		r.write(s)
		r.last, _ = utf8.DecodeLastRune(s)
	}
	switch {
	case t.HardLineBreak():
		r.out = append(r.out, "<br>\n"...)
		r.last = 0
	case t.SoftLineBreak() && !joins(r.last, firstRune(next, r.text)):
		r.out = append(r.out, '\n')
		r.last = '\n'
	}
	return next
}

// joins tells whether a line that ends in a and one that begins with b are
// joined without a space: where both are Chinese.
func joins(a, b rune) bool {
	chineseA, chineseB := isCJK(a), isCJK(b)
	return (chineseA || chineseB) && (chineseA || isQuote(a)) && (chineseB || isQuote(b))
}

// firstRune returns the first character of the text in n, or 0.
func firstRune(n ast.Node, src []byte) rune {
	for n != nil {
		if t, ok := n.(*ast.Text); ok {
			r, _ := utf8.DecodeRune(t.Segment.Value(src))
			return r
		}
		if n.Kind() == ast.KindCodeSpan {
			return 0
		}
		n = n.FirstChild()
	}
	return 0
}

// pos returns where in the source file the byte at offset i of the run stands.
func (r *rendering) pos(i int) int {
	p := r.pieces[0]
	for _, q := range r.pieces[1:] {
		if q.at > i {
			break
		}
		p = q
	}
	return p.src + i - p.at
}

// stop is a part of a run that is written as a whole.
type stop struct {
	start, end int
	href       string // empty: plain
	attrs      string
}

// write writes a run.
func (r *rendering) write(s []byte) {
	stops := r.stops[:0]
	for _, m := range docnumber.Find(s, r.known) {
		r.body.Citations = append(r.body.Citations, site.Citation{Key: m.Key, Text: m.Text, Known: m.Known, Pos: r.offset(r.pos(m.Start))})
		if !m.Known || r.inLink > 0 {
			continue
		}
		path, _ := r.conv.lib.Policy(m.Key)
		if path == r.src.Path {
			continue
		}
		attrs := ` class="docnumber"`
		if r.lang != locale.ZH {
			attrs += ` lang="zh-CN"`
		}
		stops = append(stops, stop{m.Start, m.End, r.src.Lang.Path(path), attrs})
	}
	if bytes.IndexByte(s, ':') >= 0 || bytes.IndexByte(s, '@') >= 0 {
		stops = r.addresses(stops, s)
		slices.SortStableFunc(stops, func(a, b stop) int { return cmp.Compare(a.start, b.start) })
	}
	at := 0
	for _, p := range stops {
		if p.start < at {
			continue
		}
		r.plain(s, at, p.start)
		r.endLatin()
		if p.href == "" || r.inLink > 0 {
			r.out = appendText(r.out, s[p.start:p.end])
		} else {
			r.out = append(r.out, "<a"...)
			r.out = append(r.out, p.attrs...)
			r.out = append(r.out, ` href="`...)
			r.out = appendAttribute(r.out, []byte(p.href))
			r.out = append(r.out, `">`...)
			r.out = appendText(r.out, s[p.start:p.end])
			r.out = append(r.out, "</a>"...)
		}
		at = p.end
	}
	r.plain(s, at, len(s))
	r.stops = stops
}

// plain writes s[from:to], in which there are no numbers and no addresses. s
// is the whole run, for what stands around.
func (r *rendering) plain(s []byte, from, to int) {
	terms := r.terms
	if r.inLink > 0 || r.inHeading || r.lang != r.src.Lang {
		terms = nil
	}
	chinese, english := r.lang == locale.ZH && r.src.Lang == locale.ZH, r.lang == locale.EN && r.src.Lang == locale.EN
	done := from
	for i := from; i < to; {
		c := s[i]
		switch {
		case isASCIILetter(c):
			if terms != nil && (i == 0 || !isASCIIWord(s[i-1]) && !(s[i-1] == '-' && i > 1 && isASCIIWord(s[i-2]))) {
				if term, n := terms.match(s[i:to]); n > 0 {
					done = r.term(s, done, i, n, term)
					i += n
					if chinese {
						r.word(i - n)
					}
					continue
				}
			}
			word := i
			for i++; i < to && (isASCIIWord(s[i]) || s[i] == '\'' || (s[i] == '-' || s[i] == '/' || s[i] == '.') && i+1 < to && isASCIIWord(s[i+1])); i++ {
				if english && !isASCIIWord(s[i]) && s[i] != '\'' {
					break
				}
			}
			if chinese {
				r.word(word)
			}
		case c < utf8.RuneSelf:
			if c == '&' || c == '<' || c == '>' {
				r.out = append(r.out, s[done:i]...)
				r.out = appendText(r.out, s[i:i+1])
				done = i + 1
			}
			i++
		default:
			ch, size := utf8.DecodeRune(s[i:to])
			switch {
			case isCJK(ch):
				if r.latin.words > 0 {
					r.endLatin()
				}
				if english {
					if n, han := chineseRun(s[i:to]); han {
						r.out = append(r.out, s[done:i]...)
						r.out = append(r.out, `<span lang="zh-CN">`...)
						r.out = appendText(r.out, s[i:i+n])
						r.out = append(r.out, "</span>"...)
						i += n
						done = i
						continue
					}
				}
				if terms != nil && ch <= 0xffff && terms.begins.has(ch) {
					if term, n := terms.match(s[i:to]); n > 0 {
						done = r.term(s, done, i, n, term)
						i += n
						continue
					}
				}
			case chinese && isLatin(ch) && (i == 0 || !isASCIIWord(s[i-1])):
				r.word(i)
			}
			i += size
		}
	}
	r.out = append(r.out, s[done:to]...)
}

// term writes s up to i and then the term of length n, with a link if it is
// the first in the text, and returns up to where s is written.
func (r *rendering) term(s []byte, done, i, n, term int) int {
	if r.explained[term] || r.terms.open[term] == nil {
		return done
	}
	r.explained[term] = true
	r.out = append(r.out, s[done:i]...)
	r.out = append(r.out, r.terms.open[term]...)
	r.out = appendText(r.out, s[i:i+n])
	r.out = append(r.out, "</a>"...)
	return i + n
}

// chineseRun returns the length of the Chinese at the beginning of s, with the
// digits and letters inside it, and whether it has any characters.
func chineseRun(s []byte) (end int, han bool) {
	for i := 0; i < len(s); {
		ch, size := utf8.DecodeRune(s[i:])
		switch {
		case isCJK(ch):
			han = han || isHan(ch)
			end = i + size
		case ch < utf8.RuneSelf && isASCIIWord(byte(ch)) || isQuote(ch):
		default:
			return end, han
		}
		i += size
	}
	return end, han
}

// word counts a word in Latin letters that begins at offset i of the run.
func (r *rendering) word(i int) {
	if r.latin.words == 0 {
		r.latin.pos = r.pos(i)
	}
	r.latin.words++
}

// latinLimit is the number of words that a reader of Chinese, and a screen
// reader speaking Chinese, takes for a foreign phrase rather than a name.
const latinLimit = 4

// endLatin ends a run of Latin words.
func (r *rendering) endLatin() {
	if r.latin.words >= latinLimit {
		r.report(latinRun(r.latin.words), r.latin.pos)
	}
	r.latin.words = 0
}
