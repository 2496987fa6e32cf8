package form

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// place is a position in the source: a line and a character in it, from 1.
type place struct{ line, column int }

// reader turns a YAML document into Go values strictly, keeps the position of
// everything it has read under its path ("sections.0.fields.2.rule"), and
// collects what is wrong with it.
type reader struct {
	file   string
	lines  []string
	list   problem.List
	places map[string]place
	failed map[string]bool // paths about which enough has been said
}

func newReader(file string, src []byte) (*reader, ast.Node) {
	text := strings.TrimPrefix(string(src), "\ufeff")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	r := &reader{file: file, lines: strings.Split(text, "\n"), places: map[string]place{}, failed: map[string]bool{}}
	r.places[""] = place{1, 1}
	if !utf8.ValidString(text) {
		for i, line := range r.lines {
			if n := validPrefix(line); n < len(line) {
				r.say(place{i + 1, utf8.RuneCountInString(line[:n]) + 1}, finding{code: "not-utf8",
					message: locale.T("文件不是 UTF-8 编码", "the file is not UTF-8"),
					hint:    locale.T("请在编辑器中另存为 UTF-8", "save it as UTF-8 in your editor")})
				return r, nil
			}
		}
	}
	file0, err := parseYAML(text)
	if err != nil {
		r.syntax(err)
		return r, nil
	}
	if len(file0.Docs) > 1 {
		r.say(r.where(file0.Docs[1].Body), finding{code: "yaml-syntax",
			message: locale.T("一个文件只能写一份表单", "the file holds more than one document"),
			hint:    locale.T("删去“---”，把另一份表单写到另一个文件里", "take out the line ---, and put the other form into a file of its own")})
		return r, nil
	}
	if len(file0.Docs) == 0 || file0.Docs[0].Body == nil {
		r.say(place{1, 1}, finding{code: "empty-file",
			message: locale.T("文件是空的", "the file is empty"),
			hint:    locale.T("表单的写法见 docs/forms.md", "docs/forms.md says how to write a form")})
		return r, nil
	}
	return r, file0.Docs[0].Body
}

func validPrefix(s string) int {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(s)
}

// parseYAML guards against the parser's own panics: whatever an editor types
// has to come back as a problem.
func parseYAML(text string) (f *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			f, err = nil, fmt.Errorf("%v", p)
		}
	}()
	return parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
}

func (r *reader) syntax(err error) {
	at, detail := place{1, 1}, err.Error()
	if e, ok := err.(*yaml.SyntaxError); ok {
		detail = e.Message
		if e.Token != nil && e.Token.Position != nil {
			at = place{e.Token.Position.Line, e.Token.Position.Column}
		}
	}
	detail, _, _ = strings.Cut(detail, "\n")
	r.say(at, finding{code: "yaml-syntax",
		message: locale.T("YAML 写法有误："+syntaxZH(detail), "the YAML cannot be read: "+detail),
		hint: locale.T("检查缩进、冒号后的空格、括号和引号；含冒号或 # 的文字要加引号",
			"look at the indentation, the space after a colon, brackets and quotes; a text with a colon or # needs quotes")})
}

// syntaxZH says in Chinese what the parser says in English, as far as editors
// come upon it.
func syntaxZH(detail string) string {
	for _, w := range [][2]string{
		{"',' or '}'", "花括号没有写完，缺少“,”或“}”"},
		{"',' or ']'", "方括号没有写完，缺少“,”或“]”"},
		{"end token '}'", "缺少“}”"},
		{"end token ']'", "缺少“]”"},
		{"corresponding to", "括号没有成对"},
		{"tab character", "缩进用了制表符，请改用空格"},
		{"character '\t'", "缩进用了制表符，请改用空格"},
		{"mapping value is not allowed", "这里不能再写“键: 值”；文字里有冒号时要加引号"},
		{"could not find expected", "引号没有成对"},
		{"end character of", "引号没有成对"},
		{"escape character", "双引号里的反斜杠写法不对"},
		{"block sequence entries", "这里不能写列表项“- ”"},
		{"non-map value", "这里应当写“键: 值”"},
		{"unexpected key name", "键的位置不对，请检查缩进"},
		{"value is not allowed", "值的位置不对，请检查缩进"},
		{"alias", "别名（*）的写法不对"},
		{"anchor", "锚点（&）的写法不对"},
		{"tag", "标签（!）的写法不对"},
	} {
		if strings.Contains(detail, w[0]) {
			return w[1]
		}
	}
	return "这里看不懂"
}

// finding is a fault of a definition before it has a position.
type finding struct {
	path          string
	offset        int // characters into the scalar at path
	code          string
	message, hint locale.Text
}

func (r *reader) say(at place, f finding) {
	at.line = min(max(at.line, 1), len(r.lines))
	at.column = max(at.column, 1)
	r.list = append(r.list, problem.Problem{Code: f.code, Severity: problem.Error, File: r.file, Line: at.line, Column: at.column,
		Message: f.message, Hint: f.hint, Source: r.lines[at.line-1]})
}

// report gives a finding its position. A path that has failed already says no
// more; a path that does not exist stands where its parent does.
func (r *reader) report(f finding) {
	for p := f.path; ; p = parent(p) {
		if r.failed[p] {
			return
		}
		if p == "" {
			break
		}
	}
	path := f.path
	at, ok := r.places[path]
	for !ok {
		path = parent(path)
		f.offset = 0
		at, ok = r.places[path]
	}
	at.column += f.offset
	r.say(at, f)
}

func parent(path string) string {
	i := strings.LastIndexByte(path, '.')
	return path[:max(i, 0)]
}

// fail reports a fault of the node at path and lets nothing more be said of it.
func (r *reader) fail(path string, at place, f finding) {
	r.failed[path] = true
	r.say(at, f)
}

// where is the first character of a node.
func (r *reader) where(n ast.Node) place {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return r.where(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return r.where(n.Key)
	case *ast.LiteralNode:
		return tokenPlace(n.Start)
	case nil:
		return place{1, 1}
	}
	return tokenPlace(n.GetToken())
}

func tokenPlace(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{1, 1}
	}
	return place{t.Position.Line, t.Position.Column}
}

type entry struct {
	key   place
	value ast.Node
}

// object is a mapping whose keys are known.
type object struct {
	r       *reader
	path    string
	entries map[string]entry
}

func (r *reader) object(n ast.Node, path string, known ...string) (object, bool) {
	o := object{r: r, path: path, entries: map[string]entry{}}
	r.places[path] = r.where(n)
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		r.wrongType(n, path, locale.T("“键: 值”的组合", "a mapping of keys to values"))
		return o, false
	}
	for _, v := range values {
		at := r.where(v.Key)
		name := ""
		if t := v.Key.GetToken(); t != nil {
			name = t.Value
		}
		if _, ok := v.Key.(*ast.StringNode); !ok {
			name = v.Key.String()
		}
		switch _, twice := o.entries[name]; {
		case !slices.Contains(known, name):
			r.say(at, finding{code: "unknown-key",
				message: locale.Tf("这里没有“%s”这个键", "there is no key %q here", name),
				hint:    orList(problem.Nearest(name, known), known)})
		case twice:
			r.say(at, finding{code: "duplicate-key",
				message: locale.Tf("键“%s”写了两次", "the key %q appears twice", name),
				hint:    locale.T("删去其中一个", "take one of them out")})
		default:
			o.entries[name] = entry{at, v.Value}
			r.places[o.at(name)] = r.where(v.Value)
			if _, empty := v.Value.(*ast.NullNode); empty {
				r.fail(o.at(name), at, finding{code: "empty-value",
					message: locale.Tf("键“%s”没有值", "the key %q has no value", name),
					hint:    locale.T("写上值，或者删去这一行", "give it a value or take the line out")})
				delete(o.entries, name)
			}
		}
	}
	return o, true
}

func (o object) at(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

func (r *reader) wrongType(n ast.Node, path string, want locale.Text) {
	r.fail(path, r.where(n), finding{code: "wrong-type",
		message: locale.T("这里应当是"+want.ZH, "this should be "+want.EN),
		hint:    typeHint(n)})
}

func typeHint(n ast.Node) locale.Text {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		return locale.T("这里不用 YAML 的锚点、别名和标签，请直接写出内容", "anchors, aliases and tags of YAML are not used here: write the value out")
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return locale.T("如果是文字，请加引号", "if it is meant as text, put it in quotes")
	}
	return locale.T("写法见 docs/forms.md", "see docs/forms.md")
}

func (o object) scalar(name string) (string, bool) {
	e, ok := o.entries[name]
	if !ok {
		return "", false
	}
	return o.r.scalar(e.value, o.at(name))
}

func (r *reader) scalar(n ast.Node, path string) (string, bool) {
	r.places[path] = r.where(n)
	switch n := n.(type) {
	case *ast.StringNode:
		if q := n.GetToken().Type; q == token.DoubleQuoteType || q == token.SingleQuoteType {
			p := r.places[path]
			p.column++
			r.places[path] = p
		}
		return strings.TrimSpace(n.Value), true
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value), true
	}
	r.wrongType(n, path, locale.T("文字", "text"))
	return "", false
}

// text reads {zh: …, en: …}.
func (o object) text(name string) locale.Text {
	e, ok := o.entries[name]
	if !ok {
		return locale.Text{}
	}
	return o.r.text(e.value, o.at(name))
}

func (r *reader) text(n ast.Node, path string) locale.Text {
	t, ok := r.object(n, path, "zh", "en")
	if !ok {
		return locale.Text{}
	}
	return t.pair()
}

func (o object) pair() locale.Text {
	zh, _ := o.scalar("zh")
	en, _ := o.scalar("en")
	return locale.T(joinHan(zh), en)
}

func (o object) flag(name string) bool {
	e, ok := o.entries[name]
	if !ok {
		return false
	}
	b, ok := e.value.(*ast.BoolNode)
	if !ok {
		o.r.wrongType(e.value, o.at(name), locale.T(" true 或 false", "true or false"))
		return false
	}
	return b.Value
}

func (o object) number(name string) int {
	e, ok := o.entries[name]
	if !ok {
		return 0
	}
	if n, ok := e.value.(*ast.IntegerNode); ok {
		switch v := n.Value.(type) {
		case uint64:
			if v > 0 && v < 1e9 {
				return int(v)
			}
		case int64:
			if v > 0 && v < 1e9 {
				return int(v)
			}
		}
	}
	o.r.wrongType(e.value, o.at(name), locale.T("大于 0 的整数", "a whole number above 0"))
	return 0
}

// list reads a sequence, each item of it by read.
func (o object) list(name string, read func(n ast.Node, path string)) {
	e, ok := o.entries[name]
	if !ok {
		return
	}
	s, ok := e.value.(*ast.SequenceNode)
	if !ok {
		o.r.wrongType(e.value, o.at(name), locale.T("一个列表", "a list"))
		return
	}
	for i, n := range s.Values {
		path := fmt.Sprintf("%s.%d", o.at(name), i)
		o.r.places[path] = o.r.where(n)
		read(n, path)
	}
}

func (o object) words(name string) []string {
	var out []string
	o.list(name, func(n ast.Node, path string) {
		s, _ := o.r.scalar(n, path)
		out = append(out, s)
	})
	return out
}
