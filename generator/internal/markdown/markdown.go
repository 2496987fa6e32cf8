// Package markdown turns the texts that editors write into HTML, and tells
// what it found in them: headings, links, document numbers, and mistakes.
package markdown

import (
	"bytes"
	"html"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
	"waijiao/internal/problem"

	"github.com/yuin/goldmark"
)

// Library is what the texts may refer to. Its functions are called from
// several goroutines at once, and must only read.
type Library struct {
	// Policy returns the Chinese address of the policy whose document number
	// has the canonical key (package docnumber). Nil: no policy is known.
	Policy func(key string) (zhPath string, ok bool)
	// Has tells whether the page at a Chinese address (no anchor) exists in
	// the language; it answers true for what is no document. Nil: every page
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
}

// Converter turns markdown into HTML. It is safe for concurrent use.
type Converter struct {
	lib Library
	md  goldmark.Markdown
}

// New makes a Converter.
func New(lib Library) *Converter { return &Converter{lib: lib, md: goldmark.New()} }

// Convert converts the body of a file.
func (c *Converter) Convert(src Source) (site.Body, problem.List) {
	var b bytes.Buffer
	if err := c.md.Convert(src.Text[src.BodyAt:], &b); err != nil {
		panic(err)
	}
	return site.Body{HTML: b.Bytes()}, nil
}

// Fragment is a converted short text and what was found in it.
type Fragment struct {
	site.Inline
	Links     []site.Reference
	Citations []site.Citation
}

// Inline converts a short text of the front matter, in which there are no
// blocks and no terms. at is the offset in src.Text at which it stands, for
// positions.
func (c *Converter) Inline(src Source, text string, at int) (Fragment, problem.List) {
	return Fragment{Inline: site.Inline{Text: text, HTML: html.EscapeString(text)}}, nil
}
