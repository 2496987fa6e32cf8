package markdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// calloutTitle is the first line of a callout, > [!note] Title. It stands
// first in its blockquote and makes it a callout.
type calloutTitle struct {
	ast.BaseBlock
	word []byte // as written: note
}

var kindCalloutTitle = ast.NewNodeKind("CalloutTitle")

func (*calloutTitle) Kind() ast.NodeKind           { return kindCalloutTitle }
func (c *calloutTitle) Dump(src []byte, level int) { ast.DumpHelper(c, src, level, nil, nil) }

// calloutTransformer takes the first line out of the first paragraph of a
// blockquote if it begins with [!word].
type calloutTransformer struct{}

func (calloutTransformer) Transform(p *ast.Paragraph, reader text.Reader, _ parser.Context) {
	quote := p.Parent()
	if quote.Kind() != ast.KindBlockquote || quote.FirstChild() != ast.Node(p) {
		return
	}
	lines := p.Lines()
	if lines.Len() == 0 {
		return
	}
	src := reader.Source()
	first := lines.At(0)
	first = first.TrimLeftSpace(src)
	line := first.Value(src)
	if !bytes.HasPrefix(line, []byte("[!")) {
		return
	}
	end := bytes.IndexByte(line, ']')
	if end < 3 {
		return
	}
	for _, c := range line[2:end] {
		if !isASCIIWord(c) && c != '-' {
			return
		}
	}
	title := &calloutTitle{word: line[2:end]}
	title.SetPos(first.Start)
	rest := text.NewSegment(first.Start+end+1, first.Stop)
	rest = rest.TrimLeftSpace(src)
	rest = rest.TrimRightSpace(src)
	if rest.Start < rest.Stop {
		title.Lines().Append(rest)
	}
	quote.InsertBefore(quote, p, title)
	if lines.Len() == 1 {
		quote.RemoveChild(quote, p)
		return
	}
	lines.SetSliced(1, lines.Len())
	second := lines.At(0)
	p.SetPos(second.Start)
}
