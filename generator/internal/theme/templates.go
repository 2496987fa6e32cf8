package theme

import (
	"errors"
	"fmt"
	"html"
	"html/template"
	"io"
	"regexp"
	"strconv"
	"text/template/parse"

	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// parseSet makes the template set of one language.
func parseSet(sources []source, th *Theme, l locale.Lang, drawings map[string]string) (*template.Template, problem.List) {
	set := template.New("").Funcs(template.FuncMap{
		"t":     func(key string) string { return th.Word(l, key) },
		"svg":   func(name string) template.HTML { return template.HTML(drawings[name]) },
		"count": func(key string, n int) string { return th.Count(l, key, n) },
	})
	var problems problem.List
	for _, src := range sources {
		if _, err := set.New(src.name).Parse(src.text); err != nil {
			problems = append(problems, templateProblem(src.name, err))
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	for _, t := range set.Templates() {
		if t.Tree == nil {
			continue
		}
		f := folder{words: th.words[l], lang: l, drawings: drawings, tree: t.Tree}
		f.list(t.Tree.Root)
		problems = append(problems, f.problems...)
	}
	// html/template finds mistakes of context only when a template is first
	// used; run without data, which fails soon, for the sake of those.
	for _, t := range set.Templates() {
		var fault *template.Error
		if err := t.Execute(io.Discard, nil); errors.As(err, &fault) {
			problems = append(problems, templateProblem("templates/"+fault.Name, err))
		}
	}
	return set, problems
}

// folder puts words and drawings in the place of the calls that ask for them
// with a constant. The result is escaped for text and for quoted attributes,
// the only places where templates may ask for a word.
type folder struct {
	words    map[string]string
	lang     locale.Lang
	drawings map[string]string
	tree     *parse.Tree
	problems problem.List
}

func (f *folder) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	for i, node := range l.Nodes {
		switch n := node.(type) {
		case *parse.ActionNode:
			if text, ok := f.constant(n.Pipe); ok {
				l.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: []byte(text)}
			} else {
				f.pipe(n.Pipe)
			}
		case *parse.IfNode:
			f.branch(&n.BranchNode)
		case *parse.RangeNode:
			f.branch(&n.BranchNode)
		case *parse.WithNode:
			f.branch(&n.BranchNode)
		case *parse.TemplateNode:
			f.pipe(n.Pipe)
		}
	}
}

func (f *folder) branch(b *parse.BranchNode) {
	f.pipe(b.Pipe)
	f.list(b.List)
	f.list(b.ElseList)
}

// constant returns the text of {{t "key"}} or {{svg "name"}}.
func (f *folder) constant(p *parse.PipeNode) (string, bool) {
	if len(p.Cmds) != 1 || len(p.Decl) > 0 {
		return "", false
	}
	name, arg, ok := call(p.Cmds[0])
	if !ok || name == "count" {
		return "", false
	}
	f.check(name, arg, p)
	if name == "svg" {
		return f.drawings[arg], true
	}
	return html.EscapeString(f.words[arg]), true
}

// pipe reports unknown words in the calls that stay.
func (f *folder) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	for _, c := range p.Cmds {
		if name, arg, ok := call(c); ok {
			f.check(name, arg, p)
		}
		for _, a := range c.Args {
			if inner, ok := a.(*parse.PipeNode); ok {
				f.pipe(inner)
			}
		}
	}
}

// call recognises a call of one of our functions with a constant first
// argument.
func call(c *parse.CommandNode) (name, arg string, ok bool) {
	if len(c.Args) < 2 {
		return "", "", false
	}
	id, isID := c.Args[0].(*parse.IdentifierNode)
	str, isStr := c.Args[1].(*parse.StringNode)
	if !isID || !isStr || id.Ident != "t" && id.Ident != "svg" && id.Ident != "count" {
		return "", "", false
	}
	return id.Ident, str.Text, true
}

func (f *folder) check(name, arg string, at parse.Node) {
	var p problem.Problem
	if name == "svg" {
		if _, ok := f.drawings[arg]; ok {
			return
		}
		p = problem.Problem{
			Code: "theme-drawing-missing", Severity: problem.Error,
			Message: locale.Tf("没有图 assets/svg/%s.svg", "there is no drawing assets/svg/%s.svg", arg),
			Hint:    locale.T("加上这幅图，或者改正名字", "add the drawing, or mend the name"),
		}
	} else {
		if _, ok := f.words[arg]; ok {
			return
		}
		p = missingWord(wordFile(f.lang), arg)
		p.Message.ZH += fmt.Sprintf("（%s）", f.tree.Name)
	}
	place, _ := f.tree.ErrorContext(at)
	p.File, p.Line, p.Column = splitPlace(place)
	f.problems = append(f.problems, p)
}

var placed = regexp.MustCompile(`([\w./-]+\.html):(\d+)(?::(\d+))?`)

// splitPlace reads "templates/home.html:12:5" as text/template writes it.
func splitPlace(s string) (file string, line, column int) {
	m := placed.FindStringSubmatch(s)
	if m == nil {
		return "templates", 0, 0
	}
	line, _ = strconv.Atoi(m[2])
	column, _ = strconv.Atoi(m[3])
	return m[1], line, column
}

func templateProblem(file string, err error) problem.Problem {
	p := problem.Problem{
		Code: "theme-template", Severity: problem.Error,
		Message: locale.Tf("模板有误：%v", "a fault in a template: %v", err),
		Hint:    locale.T("按 html/template 的写法改正", "mend it by the rules of html/template"),
	}
	p.File, p.Line, p.Column = splitPlace(err.Error())
	if p.Line == 0 {
		p.File = file
	}
	return p
}
