package load

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"waijiao/internal/locale"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The library parses; decoding is ours. Walking the tree once keeps the place
// of every key and value, reports all faults of a file instead of the first,
// and costs less than the library's reflection.

// block is a stretch of YAML within a file.
type block struct {
	*source
	lines []int // offsets in text at which the lines of the stretch begin
	end   int   // offset in text at which the stretch ends
}

// node is a value of the tree and its place.
type node struct {
	ast ast.Node
	at  int // offset in text
}

// entry is a key of a mapping with its value.
type entry struct {
	key   string
	keyAt int
	value node
}

// parse reads text[from:to] as one YAML document. It returns false where that
// is not possible, after reporting why. An empty stretch gives a node without
// a tree.
func parse(s *source, from, to int) (*block, node, bool) {
	b := &block{source: s, end: to, lines: lineStarts(s.text, from, to)}
	file, err := parseSafely(s.text[from:to])
	if err != nil {
		b.syntax(err, from)
		return b, node{}, false
	}
	root := node{at: from}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if root.ast != nil {
			s.fail("yaml-documents", b.place(doc.Body),
				locale.T("一个文件里只能有一份 YAML 内容", "the file holds a second YAML document"),
				locale.T("删去中间的 --- 行", "remove the line --- that divides them"))
			return b, node{}, false
		}
		root.ast = doc.Body
	}
	if root.ast != nil {
		root.at = b.place(root.ast)
	}
	return b, root, true
}

// errBroken stands for an input on which the parser gave up without a word.
var errBroken = errors.New("broken")

// parseSafely keeps a panic of the parser on broken input from ending the run.
func parseSafely(src []byte) (file *ast.File, err error) {
	defer func() {
		if recover() != nil {
			file, err = nil, errBroken
		}
	}()
	return parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
}

// lineStarts counts lines as YAML does: LF, CR LF and CR end one.
func lineStarts(text []byte, from, to int) []int {
	starts := make([]int, 1, 16)
	starts[0] = from
	for i := from; i < to; i++ {
		if text[i] == '\n' || text[i] == '\r' && (i+1 == to || text[i+1] != '\n') {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// offset turns a position of the library, whose columns count characters, into
// an offset.
func (b *block) offset(p *token.Position) int {
	if p == nil {
		return b.lines[0]
	}
	at := b.lines[min(max(p.Line-1, 0), len(b.lines)-1)]
	for i := 1; i < p.Column && at < b.end && b.text[at] != '\n'; i++ {
		_, n := utf8.DecodeRune(b.text[at:])
		at += n
	}
	return min(at, b.end)
}

// place returns the offset at which a value begins.
func (b *block) place(n ast.Node) int {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return b.place(n.Values[0])
		}
		return b.offset(n.Start.Position)
	case *ast.MappingValueNode:
		return b.place(n.Key)
	case *ast.SequenceNode:
		return b.offset(n.Start.Position)
	case *ast.LiteralNode:
		return b.offset(n.Start.Position)
	}
	if t := n.GetToken(); t != nil {
		return b.offset(t.Position)
	}
	return b.lines[0]
}

// isNull tells whether nothing is written.
func (n node) isNull() bool {
	if n.ast == nil {
		return true
	}
	_, ok := n.ast.(*ast.NullNode)
	return ok
}

// entries returns the keys of a mapping in their order, or false where n is no
// mapping.
func (b *block) entries(n node) ([]entry, bool) {
	var values []*ast.MappingValueNode
	switch m := n.ast.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		return nil, false
	}
	entries := make([]entry, 0, len(values))
	for _, v := range values {
		e := entry{keyAt: b.place(v.Key), value: node{ast: v.Value}}
		if v.Value != nil {
			e.value.at = b.place(v.Value)
		}
		// An empty value has no place of its own, and that of a text over
		// several lines is not kept: both begin after the key.
		e.value.at = max(e.value.at, e.keyAt)
		switch k := v.Key.(type) {
		case *ast.StringNode:
			e.key = k.Value
		case *ast.MergeKeyNode, *ast.MappingKeyNode, *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
			b.feature(e.keyAt)
			continue
		default:
			e.key = v.Key.GetToken().Value
		}
		entries = append(entries, e)
	}
	return entries, true
}

// items returns the values of a list, or false where n is no list.
func (b *block) items(n node) ([]node, bool) {
	s, ok := n.ast.(*ast.SequenceNode)
	if !ok {
		return nil, false
	}
	items := make([]node, 0, len(s.Values))
	for _, v := range s.Values {
		item := node{ast: v, at: n.at}
		if v != nil {
			item.at = b.place(v)
		}
		items = append(items, item)
	}
	return items, true
}

// scalar returns the text of a plain, quoted or block value as it is written:
// 330106 stays "330106". It returns false where n is no such value.
func (b *block) scalar(n node) (string, bool) {
	switch v := n.ast.(type) {
	case *ast.StringNode:
		return strings.TrimSpace(v.Value), true
	case *ast.LiteralNode:
		return strings.TrimSpace(v.Value.Value), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return v.GetToken().Value, true
	}
	return "", false
}

// feature refuses what YAML has and content does not need.
func (b *block) feature(at int) {
	b.fail("yaml-feature", at,
		locale.T("这里不能用 YAML 的锚点、引用、标签和合并键", "anchors, aliases, tags and merge keys of YAML are not allowed here"),
		locale.T("直接写出值；以 &、*、! 开头的文字要加引号", "write the value out; a text that begins with &, * or ! goes in quotes"))
}

// fault is one of the parser's complaints in our words.
type fault struct {
	part          string // of the library's message
	message, hint locale.Text
}

// syntax reports what the parser could not read. Its own sentences are written
// for programmers and in English only, so each gets another here.
func (b *block) syntax(err error, from int) {
	at, said := from, ""
	var known yaml.Error
	if errors.As(err, &known) {
		said = known.GetMessage()
		if t := known.GetToken(); t != nil {
			at = b.offset(t.Position)
		}
	}
	faults := syntaxFaults()
	i := slices.IndexFunc(faults, func(f fault) bool { return strings.Contains(said, f.part) })
	f := faults[i]
	if strings.Contains(said, "mapping value is not allowed") && b.indented(at) {
		f.message = locale.T("这一行的下一行缩进不对", "the line after this one is indented by mistake")
		f.hint = locale.T("同一层的键要对齐，写在同一列", "begin keys of the same level in the same column")
	}
	b.fail("yaml-syntax", at, f.message, f.hint)
}

// indented tells whether the line at the offset holds only one colon, so that
// the parser's complaint is about the line that follows it.
func (b *block) indented(at int) bool {
	start := bytes.LastIndexByte(b.text[:at], '\n') + 1
	line, _, _ := bytes.Cut(b.text[start:b.end], []byte("\n"))
	return strings.Count(strings.TrimRight(string(line), "\r")+" ", ": ") == 1
}

// syntaxFaults goes from the special to the general; the last one fits all.
func syntaxFaults() []fault {
	quote := locale.T("给整个值加上英文双引号", "put the whole value in double quotes")
	bracket := locale.T("检查 [ ] 和 { } 是否成对，各项之间是否用英文逗号隔开；发文字号的年份写在〔 〕里", "see that every [ and { is closed and that commas divide the items; the year of a document number stands in 〔 〕")
	plain := locale.T("直接写出值；以 &、*、! 或 % 开头的文字要加引号", "write the value out; a text that begins with &, *, ! or % goes in quotes")
	return []fault{
		{"tab", locale.T("缩进用了制表符", "a tab is used for indentation"), locale.T("改用空格", "use spaces")},
		{`'\t'`, locale.T("缩进用了制表符", "a tab is used for indentation"), locale.T("改用空格", "use spaces")},
		{"found character '\t'", locale.T("缩进用了制表符", "a tab is used for indentation"), locale.T("改用空格", "use spaces")},
		{"mapping value is not allowed", locale.T("值里有冒号加空格，却没有加引号", "the value holds a colon followed by a space, but no quotes"), quote},
		{"quoted text", locale.T("引号没有成对", "a quotation mark is not closed"), locale.T("在值的末尾补上同样的引号", "end the value with the same mark")},
		{"escape", locale.T("双引号里的反斜杠写法不对", "a backslash in double quotes is not followed by a known letter"), locale.T(`写成 \\，或者改用单引号`, `write \\, or use single quotes`)},
		{"surrogate", locale.T("双引号里的反斜杠写法不对", "a backslash in double quotes is not followed by a known letter"), locale.T(`写成 \\，或者改用单引号`, `write \\, or use single quotes`)},
		{"reserved character", locale.T("值不能以 @ 或反引号开头", "a value cannot begin with @ or a backtick"), quote},
		{"',' or ", locale.T("方括号或花括号没有写完整", "a list or mapping in brackets is not complete"), bracket},
		{"unexpected scalar value type", locale.T("多了一个逗号", "there is a comma too many"), bracket},
		{"end token", locale.T("方括号或花括号没有成对", "a bracket is not closed"), bracket},
		{"corresponding to", locale.T("方括号或花括号没有成对", "a bracket is closed that was never opened"), bracket},
		{"flow map", locale.T("花括号里的内容不完整", "what stands in the braces is not complete"), bracket},
		{"block sequence", locale.T("列表的横杠和键写在了同一行", "a dash of a list stands on the line of its key"), locale.T("横杠另起一行，并且缩进；以横杠开头的文字要加引号", "begin a new, indented line for the dash; a text that begins with a dash goes in quotes")},
		{"anchor", locale.T("这里不能用 YAML 的锚点", "anchors of YAML are not allowed here"), plain},
		{"alias", locale.T("这里不能用 YAML 的引用", "aliases of YAML are not allowed here"), plain},
		{"tag", locale.T("这里不能用 YAML 的标签", "tags of YAML are not allowed here"), plain},
		{"irective", locale.T("这里不能用 YAML 的指令", "directives of YAML are not allowed here"), plain},
		{"merge", locale.T("这里不能用 YAML 的合并键", "merge keys of YAML are not allowed here"), plain},
		{"document separator", locale.T("分隔行 --- 出现在不该有的地方", "the dividing line --- stands where it cannot"), locale.T("删去这一行，或者补上前面没有写完的引号", "remove the line, or close the quotation mark before it")},
		{"header option", locale.T("竖线或大于号后面不能再写字", "nothing may follow | or > on its line"), locale.T("从下一行开始写，并且缩进；以 | 或 > 开头的文字要加引号", "begin the text on the next line, indented; a text that begins with | or > goes in quotes")},
		{"multi-line content", locale.T("竖线或大于号下面没有内容", "there is no text below | or >"), locale.T("在下一行缩进写出内容", "write the text on the next line, indented")},
		{"value is not allowed in this context", locale.T("值的后面多了文字", "something follows the end of the value"), locale.T("把整个值写在同一对引号里", "put the whole value in one pair of quotes")},
		{"unexpected key name", locale.T("键的后面缺少冒号和空格", "a key is not followed by a colon and a space"), locale.T("写成“键: 值”，用英文冒号，冒号后空一格", "write “key: value”, with a space after the colon")},
		{"non-map value", locale.T("键的后面缺少冒号和空格", "a key is not followed by a colon and a space"), locale.T("写成“键: 值”，用英文冒号，冒号后空一格", "write “key: value”, with a space after the colon")},
		{"implicit line break", locale.T("键的后面缺少冒号和空格", "a key is not followed by a colon and a space"), locale.T("写成“键: 值”，用英文冒号，冒号后空一格", "write “key: value”, with a space after the colon")},
		{"", locale.T("从这里起无法识别", "the text cannot be read from here on"), locale.T("每行写成“键: 值”；含有特殊符号的值加引号", "write “key: value” on each line; a value with special signs goes in quotes")},
	}
}

// describe names the kind of a value for messages.
func describe(n node) locale.Text {
	switch n.ast.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return locale.T("一组键和值", "a mapping of keys")
	case *ast.SequenceNode:
		return locale.T("列表", "a list")
	case *ast.NullNode, nil:
		return locale.T("空白", "nothing")
	}
	if t := n.ast.GetToken(); t != nil {
		return locale.Same(fmt.Sprintf("“%s”", t.Value))
	}
	return locale.T("别的东西", "something else")
}
