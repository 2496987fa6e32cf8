package markdown

import (
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// CommonMark lets a run of * open emphasis only where it is "left-flanking":
// no white space follows, and if punctuation follows, white space or
// punctuation stands before it. Chinese writes no spaces, so a run between a
// character and a quotation mark, as in 是**“重要”**的, is refused, and its
// partner opens where it ought to close. The rule here differs where Chinese
// is involved, and nowhere else:
//
//   - Chinese punctuation does not count as punctuation. It takes the room of a
//     character, and a run beside it is no more ambiguous than one beside a
//     character.
//   - Other punctuation may follow an opening run if Chinese stands before it,
//     and may precede a closing run if Chinese stands after it.
//   - Quotation marks, dashes and dots that both scripts use belong to the
//     script of the character on their inner side.
//
// A run between two characters can then both open and close. The algorithm of
// CommonMark pairs such runs in their order, which is how people mean them.
//
// _ keeps the rule of CommonMark. ~ strikes out only when doubled, since a
// single one writes a range: 3~6 年级.
type emphasisParser struct{}

func (emphasisParser) Trigger() []byte { return []byte{'*', '_', '~'} }

func (emphasisParser) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	c, n := line[0], 1
	for n < len(line) && line[n] == c {
		n++
	}
	if c == '~' && (n != 2 || before == '~') {
		return nil
	}
	after := rune(' ')
	if n < len(line) {
		after, _ = utf8.DecodeRune(line[n:])
	}
	var outer, inner rune // the characters beyond before and after
	if isQuote(before) {
		outer, _ = utf8.DecodeLastRune(block.Source()[:max(segment.Start-utf8.RuneLen(before), 0)])
	}
	if isQuote(after) {
		inner, _ = utf8.DecodeRune(line[n+utf8.RuneLen(after):])
	}
	open, close := flanking(c, outer, before, after, inner)
	var made parser.DelimiterProcessor = delimiters{}
	if c == '~' {
		made = strikes{}
	}
	d := parser.NewDelimiter(open, close, n, c, made)
	d.Segment = segment.WithStop(segment.Start + n)
	block.Advance(n)
	pc.PushDelimiter(d)
	return d
}

// flanking tells whether a run of c between before and after can open and
// close emphasis. outer and inner are the characters next to a quotation mark
// on either side.
func flanking(c byte, outer, before, after, inner rune) (open, close bool) {
	spaceBefore, spaceAfter := util.IsSpaceRune(before), util.IsSpaceRune(after)
	punctBefore, punctAfter := util.IsPunctRune(before), util.IsPunctRune(after)
	if c == '_' {
		left := !spaceAfter && (!punctAfter || spaceBefore || punctBefore)
		right := !spaceBefore && (!punctBefore || spaceAfter || punctAfter)
		return left && (!right || punctBefore), right && (!left || punctAfter)
	}
	chineseBefore := isCJK(before) || isQuote(before) && isCJK(outer)
	chineseAfter := isCJK(after) || isQuote(after) && isCJK(inner)
	punctBefore = punctBefore && !chineseBefore
	punctAfter = punctAfter && !chineseAfter
	open = !spaceAfter && (!punctAfter || spaceBefore || punctBefore || chineseBefore)
	close = !spaceBefore && (!punctBefore || spaceAfter || punctAfter || chineseAfter)
	return open, close
}

// delimiters makes the nodes of matched runs.
type delimiters struct{}

func (delimiters) IsDelimiter(c byte) bool { return c == '*' || c == '_' || c == '~' }

func (delimiters) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char
}

func (delimiters) OnMatch(consumes int) ast.Node { return ast.NewEmphasis(consumes) }

// strikes are delimiters of ~.
type strikes struct{ delimiters }

func (strikes) OnMatch(int) ast.Node { return extast.NewStrikethrough() }
