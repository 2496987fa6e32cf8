package markdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// span is [text]{…}. Its attributes are judged when it is rendered, so that
// faults in them have a place.
type span struct {
	ast.BaseInline
	from, to int // of what stands between the braces
}

var kindSpan = ast.NewNodeKind("Span")

func (*span) Kind() ast.NodeKind           { return kindSpan }
func (s *span) Dump(src []byte, level int) { ast.DumpHelper(s, src, level, nil, nil) }

// opening stands where a span begins until its end is reached.
type opening struct {
	ast.BaseInline
	close, end int // offsets of ] and of what follows }
	bottom     *parser.Delimiter
	outer      *opening
}

var (
	kindOpening = ast.NewNodeKind("SpanOpening")
	openingKey  = parser.NewContextKey()
)

func (*opening) Kind() ast.NodeKind           { return kindOpening }
func (o *opening) Dump(src []byte, level int) { ast.DumpHelper(o, src, level, nil, nil) }

// spanParser reads spans. It looks ahead from [ for the matching ]{…} in the
// same block, and otherwise leaves the brackets to the parser of links.
type spanParser struct{}

func (spanParser) Trigger() []byte { return []byte{'[', ']'} }

func (spanParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	open, _ := pc.Get(openingKey).(*opening)
	if line[0] == ']' {
		if open == nil || open.close != segment.Start || open.Parent() != parent {
			return nil
		}
		pc.Set(openingKey, open.outer)
		parser.ProcessDelimiters(bottomOf(open), pc)
		s := &span{from: open.close + 2, to: open.end - 1}
		s.SetPos(open.Pos())
		for c := open.NextSibling(); c != nil; {
			next := c.NextSibling()
			s.AppendChild(s, c)
			c = next
		}
		parent.RemoveChild(parent, open)
		block.Advance(open.end - open.close)
		return s
	}
	close, end := findEnd(block, segment.Start)
	if close < 0 {
		return nil
	}
	o := &opening{close: close, end: end, bottom: pc.LastDelimiter(), outer: open}
	o.SetPos(segment.Start)
	pc.Set(openingKey, o)
	block.Advance(1)
	return o
}

// CloseBlock forgets spans that something else has cut off, such as code that
// begins inside and ends outside.
func (spanParser) CloseBlock(_ ast.Node, _ text.Reader, pc parser.Context) {
	for o, _ := pc.Get(openingKey).(*opening); o != nil; o = o.outer {
		if p := o.Parent(); p != nil {
			p.ReplaceChild(p, o, ast.NewTextSegment(text.NewSegment(o.Pos(), o.Pos()+1)))
		}
	}
	pc.Set(openingKey, (*opening)(nil))
}

func bottomOf(o *opening) ast.Node {
	if o.bottom == nil {
		return nil
	}
	return o.bottom
}

// findEnd finds, from the [ at which the reader stands, the offsets of the
// matching ] and of the end of the {…} that follows it at once. It returns -1
// where there is none.
func findEnd(block text.Reader, from int) (close, end int) {
	if !bytes.Contains(block.Source()[from:], []byte("]{")) {
		return -1, -1
	}
	savedLine, saved := block.Position()
	defer block.SetPosition(savedLine, saved)
	depth := 0
	for {
		line, segment := block.PeekLine()
		if line == nil {
			return -1, -1
		}
		close := scanEnd(line, &depth)
		if depth == 0 {
			if close+1 >= len(line) || line[close+1] != '{' {
				return -1, -1
			}
			n := bytes.IndexByte(line[close:], '}')
			if n < 0 {
				return -1, -1
			}
			return segment.Start + close, segment.Start + close + n + 1
		}
		block.AdvanceLine()
	}
}

// scanEnd counts brackets until the first is closed again, and returns where.
func scanEnd(line []byte, depth *int) int {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '`':
			n := 1
			for i+n < len(line) && line[i+n] == '`' {
				n++
			}
			if j := bytes.Index(line[i+n:], line[i:i+n]); j >= 0 {
				i += n + j
			}
			i += n - 1
		case '[':
			*depth++
		case ']':
			*depth--
			if *depth == 0 {
				return i
			}
		}
	}
	return -1
}
