// Package markdown turns the texts that editors write into HTML, and tells
// what it found in them: headings, links, document numbers, and mistakes.
//
//	c := markdown.New(markdown.Library{Policy: policyOf, Terms: terms})
//	body, problems := c.Convert(markdown.Source{Lang: locale.ZH, File: "guides/x/zh.md",
//		Text: file, BodyAt: n, Path: "/guides/x/", Attachment: beside})
//
// The texts are CommonMark with tables, ~~strikethrough~~, task lists,
// footnotes and definition lists, parsed by goldmark, and besides:
//
//   - Emphasis works next to Chinese punctuation and quotation marks, and the
//     end of a line between two Chinese characters leaves no space.
//   - A blockquote that begins with [!note], [!tip], [!important] or [!warning]
//     is a callout; what follows on that line is its title.
//   - [text]{lang=en} is a run in another language. Chinese in an English text
//     is marked as such by itself.
//   - Every heading has an anchor: its text in lower case, white space, dashes
//     and slashes as hyphens, other punctuation left out, so that 一、适用范围 is
//     #一适用范围. A second heading of the same text ends in -2. An anchor of
//     one's own is written at the end: ## Scope {#scope}.
//   - A document number that the library knows is a link to its policy, and the
//     first use of a term is a link to the glossary with the meaning as title.
//     Neither happens inside links or code; terms leave headings alone too.
//   - Bare web and e-mail addresses are links.
//   - Links to pages are written with the Chinese address, /guides/x/, and lead
//     to the page in the language of the text. Links to files name a file beside
//     the text; its type and size are written after it.
//
// The HTML holds no style attributes, no scripts and no HTML that an editor
// wrote. Classes that a theme may style: docnumber, term, file and file-meta,
// link-lang, callout with callout-note and so on, callout-title, table-scroll,
// left, center and right on cells, task, footnotes, footnote-ref,
// footnote-back.
package markdown

import (
	"strings"
	"sync"
	"unicode/utf8"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
	"waijiao/internal/problem"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Library is what the texts may refer to. Its functions are called from
// several goroutines at once, and must only read.
type Library struct {
	// Policy returns the Chinese address of the policy whose document number
	// has the canonical key (package docnumber). Nil: no policy is known.
	Policy func(key string) (zhPath string, ok bool)
	// Has tells whether the page at a Chinese address (no anchor) exists in
	// the language; it answers true for what is no document. A link to a page
	// that does not leads to the other language, and says so. Nil: every page
	// exists in both.
	Has func(zhPath string, l locale.Lang) bool
	// Terms are explained where a text first uses them.
	Terms []*site.Term
}

// Source is a file whose text is to be converted.
type Source struct {
	Lang   locale.Lang
	File   string // path below content/, for problems
	Text   []byte // the whole file
	BodyAt int    // offset in Text at which the markdown begins
	Path   string // the page's own Chinese address, ending in a slash
	// Attachment finds a file beside the text. Nil: there is none.
	Attachment func(name string) (site.Attachment, bool)
	// Taken are ids that the page has elsewhere, so that no heading may have
	// them. Ids with an underscore never meet those of headings.
	Taken []string
}

// Converter turns markdown into HTML. It is safe for concurrent use.
type Converter struct {
	lib    Library
	blocks parser.Parser
	inline parser.Parser
	terms  map[locale.Lang]*termIndex
	pool   sync.Pool
}

// New makes a Converter.
func New(lib Library) *Converter {
	return &Converter{
		lib: lib, blocks: blockParser(), inline: inlineParser(),
		terms: map[locale.Lang]*termIndex{
			locale.ZH: newTermIndex(lib.Terms, locale.ZH),
			locale.EN: newTermIndex(lib.Terms, locale.EN),
		},
		pool: sync.Pool{New: func() any { return new(rendering) }},
	}
}

// Convert converts the body of a file. Whatever the problems, the HTML is safe
// and well formed; what is faulty is left out of it or written as plain text.
//
// Every link is in Body.Links as its author wrote it. Those that are relative
// have been checked here; those to pages of the site have not.
func (c *Converter) Convert(src Source) (site.Body, problem.List) {
	r := c.start(&src, src.Text[src.BodyAt:], src.BodyAt)
	defer c.pool.Put(r)
	if at := invalidUTF8(r.text); at >= 0 {
		r.report(notUTF8(), at)
		return r.done()
	}
	if src.Path != "/glossary/" {
		r.terms = c.terms[src.Lang]
	}
	pc := parser.NewContext()
	doc := c.blocks.Parse(text.NewReader(r.text), parser.WithContext(pc))
	r.out = make([]byte, 0, len(r.text)+len(r.text)/2+256)
	r.blocks(doc)
	for _, at := range unusedFootnotes(pc) {
		r.report(unusedFootnote(), at)
	}
	return r.done()
}

// Fragment is a converted short text and what was found in it.
type Fragment struct {
	site.Inline
	Links     []site.Reference
	Citations []site.Citation
}

// Inline converts a short text of the front matter, in which there are no
// blocks, no footnotes and no explained terms. at is the offset in src.Text at
// which its value stands. Where the file holds the text there as it is, in
// quotation marks or not, positions are exact; else they all are at.
func (c *Converter) Inline(src Source, s string, at int) (Fragment, problem.List) {
	base, fixed := at, true
	rest := src.Text[min(max(at, 0), len(src.Text)):]
	if len(rest) > 0 && (rest[0] == '"' || rest[0] == '\'') {
		rest, base = rest[1:], at+1
	}
	if strings.HasPrefix(string(rest[:min(len(rest), len(s))]), s) {
		fixed = false
	}
	r := c.start(&src, []byte(s), base)
	defer c.pool.Put(r)
	r.fixed = fixed
	if fixed {
		r.base = at
	}
	if at := invalidUTF8(r.text); at >= 0 {
		r.report(notUTF8(), at)
	} else {
		doc := c.inline.Parse(text.NewReader(r.text))
		for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
			if n.PreviousSibling() != nil {
				r.out = append(r.out, "<br>\n"...)
			}
			r.line(n)
		}
	}
	body, problems := r.done()
	return Fragment{site.Inline{Text: s, HTML: string(body.HTML)}, body.Links, body.Citations}, problems
}

// start takes a rendering from the pool and clears it.
func (c *Converter) start(src *Source, text []byte, base int) *rendering {
	r := c.pool.Get().(*rendering)
	explained := r.explained
	if len(explained) != len(c.lib.Terms) {
		explained = make([]bool, len(c.lib.Terms))
	}
	clear(explained)
	*r = rendering{
		conv: c, src: src, text: text, base: base, lang: src.Lang, explained: explained,
		scratch: r.scratch, pieces: r.pieces, stops: r.stops, level: 1,
	}
	if c.lib.Policy != nil {
		r.known = func(key string) bool { _, ok := c.lib.Policy(key); return ok }
	}
	return r
}

func invalidUTF8(s []byte) int {
	if utf8.Valid(s) {
		return -1
	}
	for i := 0; ; {
		ch, size := utf8.DecodeRune(s[i:])
		if ch == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
}

// rendering writes one text. The trees of goldmark are walked once, and the
// HTML is written while its text is looked through.
type rendering struct {
	conv  *Converter
	src   *Source
	text  []byte // what is parsed
	base  int    // offset of text in the file
	fixed bool   // text does not stand in the file as it is: all is at base

	out      []byte
	body     site.Body
	problems problem.List

	lang      locale.Lang // of the text being written; empty: a third one
	inLink    int
	inHeading bool
	last      rune // written last in this block, or 0
	latin     struct{ words, pos int }
	terms     *termIndex // nil: explain none
	explained []bool     // by term
	known     func(key string) bool

	ids     map[string]int // ids given out, and how often
	level   int            // of the last heading
	section string         // its text
	tables  int

	scratch []byte // of textRun
	pieces  []piece
	stops   []stop
}

// offset turns an offset in the parsed text to one in the file.
func (r *rendering) offset(at int) int {
	if r.fixed {
		return r.base
	}
	return r.base + at
}

func (r *rendering) done() (site.Body, problem.List) {
	r.body.HTML = r.out
	body, problems := r.body, r.problems
	r.out, r.body, r.problems, r.src, r.text = nil, site.Body{}, nil, nil, nil
	return body, problems
}

// line writes the text in the leaf block n.
func (r *rendering) line(n ast.Node) {
	r.last = 0
	r.inlines(n)
	r.endLatin()
}
