package waijiao_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

func TestNothingIsGlobalAndMutable(t *testing.T) {
	eachFile(t, func(_ string, fset *token.FileSet, tree *ast.File) {
		for _, wrong := range globals(fset, tree) {
			t.Error(wrong)
		}
	})
}

// globals finds init functions and package-level variables. What the compiler
// embeds, assertions of an interface, and values that nothing can change
// (sentinel errors, patterns, the names that goldmark hands out) are none.
func globals(fset *token.FileSet, tree *ast.File) []string {
	var wrong []string
	for _, d := range tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.Name == "init" && d.Recv == nil {
				wrong = append(wrong, fset.Position(d.Pos()).String()+": an init function")
			}
		case *ast.GenDecl:
			if d.Tok != token.VAR {
				continue
			}
			for _, s := range d.Specs {
				v := s.(*ast.ValueSpec)
				if embedded(d.Doc) || embedded(v.Doc) || sentinel(v) {
					continue
				}
				for _, name := range v.Names {
					if name.Name != "_" {
						wrong = append(wrong, fset.Position(name.Pos()).String()+": the package-level variable "+name.Name)
					}
				}
			}
		}
	}
	return wrong
}

func embedded(doc *ast.CommentGroup) bool {
	if doc == nil {
		return false
	}
	return slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// sentinel tells whether all values are of those that nothing can change.
func sentinel(v *ast.ValueSpec) bool {
	makers := []string{"errors.New", "fmt.Errorf", "regexp.MustCompile", "ast.NewNodeKind", "parser.NewContextKey"}
	for _, value := range v.Values {
		call, ok := value.(*ast.CallExpr)
		if !ok || !slices.Contains(makers, name(call.Fun)) {
			return false
		}
	}
	return len(v.Values) > 0
}

// name writes an identifier or a selector: T, locale.T.
func name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name + "." + e.Sel.Name
		}
	}
	return ""
}

func TestEveryTextIsInBothLanguages(t *testing.T) {
	n := 0
	eachFile(t, func(file string, fset *token.FileSet, tree *ast.File) {
		found, wrong := texts(fset, tree)
		n += found
		for _, w := range wrong {
			t.Error(w)
		}
	})
	if n < 100 {
		t.Errorf("only %d texts were found", n)
	}
}

// texts judges every locale.Text that is written out in a file: it counts those
// whose words are constants, and tells what is wrong with them.
func texts(fset *token.FileSet, tree *ast.File) (n int, wrong []string) {
	ours := tree.Name.Name == "locale"
	is := func(e ast.Expr, want string) bool {
		return name(e) == "locale."+want || ours && name(e) == want
	}
	judge := func(at token.Pos, zh, en ast.Expr, format bool) {
		z, zok := constant(zh)
		e, eok := constant(en)
		if !zok || !eok {
			// Half of a text may be put together; the constant half is not empty.
			if zok != eok && zok && z == "" || eok && !zok && e == "" {
				wrong = append(wrong, fset.Position(at).String()+": one language is empty")
			}
			return
		}
		n++
		what := ""
		switch {
		case (z == "") != (e == ""):
			what = "one language is empty"
		case hasLetters(e) && !hasHan(z) && z != e:
			what = "the Chinese text has no Chinese in it"
		case hasHan(e) && !quoted(e):
			what = "the English text has Chinese in it"
		case format && !sameArguments(z, e):
			what = "the two formats take different arguments"
		}
		if what != "" {
			wrong = append(wrong, fset.Position(at).String()+": "+what+": "+strconv.Quote(z)+", "+strconv.Quote(e))
		}
	}
	ast.Inspect(tree, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.CallExpr:
			if len(node.Args) >= 2 && (is(node.Fun, "T") || is(node.Fun, "Tf")) {
				judge(node.Pos(), node.Args[0], node.Args[1], is(node.Fun, "Tf"))
			}
		case *ast.CompositeLit:
			if !is(node.Type, "Text") || len(node.Elts) == 0 {
				break
			}
			var parts [2]ast.Expr
			for i, elt := range node.Elts {
				if kv, ok := elt.(*ast.KeyValueExpr); ok {
					i = map[string]int{"ZH": 0, "EN": 1}[name(kv.Key)]
					elt = kv.Value
				}
				parts[i] = elt
			}
			if parts[0] != nil && parts[1] != nil {
				judge(node.Pos(), parts[0], parts[1], false)
				break
			}
			for _, p := range parts {
				if _, ok := constantOrNil(p); ok {
					wrong = append(wrong, fset.Position(node.Pos()).String()+": one language is missing")
				}
			}
		}
		return true
	})
	return n, wrong
}

func constantOrNil(e ast.Expr) (string, bool) {
	if e == nil {
		return "", false
	}
	return constant(e)
}

// constant evaluates a string literal, or several joined by +.
func constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		x, ok := constant(e.X)
		y, ok2 := constant(e.Y)
		return x + y, ok && ok2 && e.Op == token.ADD
	case *ast.ParenExpr:
		return constant(e.X)
	}
	return "", false
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// quoted tells whether the Chinese in an English text is a document number or
// other thing that has to be written so, rather than a sentence.
func quoted(s string) bool {
	run, longest := 0, 0
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			run++
		} else {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest <= 8
}

func hasLetters(s string) bool {
	// A format's verbs are no words.
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			for i++; i < len(s) && strings.IndexByte("+-# 0123456789.[]*", s[i]) >= 0; i++ {
			}
			continue
		}
		if s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z' {
			return true
		}
	}
	return false
}

// sameArguments compares two formats. Where one of them picks its arguments by
// index, each language may have its own, but neither may have more of them.
func sameArguments(zh, en string) bool {
	z, e := verbs(zh), verbs(en)
	if strings.Contains(zh+en, "%[") {
		return len(z) == len(e)
	}
	return slices.Equal(z, e)
}

// verbs lists which argument of a format is written in which way, sorted, so
// that languages may order them differently.
func verbs(format string) []string {
	var list []string
	next := 1
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		for i++; i < len(format) && strings.IndexByte("+-# 0123456789.[]*", format[i]) >= 0; i++ {
			if format[i] == '[' {
				end := strings.IndexByte(format[i:], ']')
				if n, err := strconv.Atoi(format[i+1 : i+max(end, 1)]); err == nil {
					next, i = n, i+end
				}
			}
		}
		if i < len(format) && format[i] != '%' {
			verb := format[i]
			if verb == 'q' || verb == 'v' {
				verb = 's' // quotation marks are each language's own
			}
			list = append(list, strconv.Itoa(next)+string(verb))
			next++
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func TestTheRulesOfAFileAreReallyLookedAt(t *testing.T) {
	for _, c := range []struct {
		source         string
		globals, texts int
	}{
		{`func init() {}`, 1, 0},
		{`type x struct{}; func (x) init() {}`, 0, 0},
		{`var cache = map[string]int{}`, 1, 0},
		{`var a, b int`, 2, 0},
		{`var _ error = (*x)(nil)`, 0, 0},
		{`var errX = errors.New("x")`, 0, 0},
		{"//go:embed x\nvar x string", 0, 0},
		{`const x = 1`, 0, 0},
		{`func f() { var local int }`, 0, 0},
		{`func f() { locale.T("缺少标题", "the title is missing") }`, 0, 0},
		{`func f() { locale.T("缺少标题", "") }`, 0, 1},
		{`func f() { locale.T("missing", "missing title") }`, 0, 1},
		{`func f() { locale.T("缺少标题", "缺少标题和其他的字") }`, 0, 1},
		{`func f() { locale.T("例如〔2017〕6号", "such as 杭政办函〔2017〕6号") }`, 0, 0},
		{`func f() { locale.T("→ ", "→ ") }`, 0, 0},
		{`func f() { locale.T("第 "+"一", "one "+"two") }`, 0, 0},
		{`func f() { locale.T(x, "") }`, 0, 1},
		{`func f() { locale.T(x, y) }`, 0, 0},
		{`func f() { locale.Tf("%d 个", "%d of them", 1) }`, 0, 0},
		{`func f() { locale.Tf("%[2]s 的 %[1]d", "%[1]d of %[2]s", 1, "x") }`, 0, 0},
		{`func f() { locale.Tf("%s 的 %d", "%d of %s", 1, "x") }`, 0, 1},
		{`func f() { locale.Tf("共 %d 个", "all of them", 1) }`, 0, 1},
		{`func f() { locale.Tf("没有“%s”", "there is no %q", "x") }`, 0, 0},
		{`func f() { locale.Tf("改成%[1]s", "write %[2]s", "x", "y") }`, 0, 0},
		{`func f() { _ = locale.Text{ZH: "好", EN: "good"} }`, 0, 0},
		{`func f() { _ = locale.Text{"好", "good"} }`, 0, 0},
		{`func f() { _ = locale.Text{ZH: "好"} }`, 0, 1},
		{`func f() { _ = locale.Text{EN: "good"} }`, 0, 1},
		{`func f() { _ = locale.Text{ZH: x} }`, 0, 0},
		{`func f() { _ = locale.Text{} }`, 0, 0},
	} {
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, "x.go", "package x\n"+c.source, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if got := globals(fset, tree); len(got) != c.globals {
			t.Errorf("%s: %v", c.source, got)
		}
		if _, got := texts(fset, tree); len(got) != c.texts {
			t.Errorf("%s: %v", c.source, got)
		}
	}
}

func TestModuleAndVersion(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Path}} {{.GoVersion}}").Output()
	if err != nil {
		t.Fatal(err)
	}
	module, version, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if module != "waijiao" || !strings.HasPrefix(version, "1.26") {
		t.Errorf("the module is %s for Go %s", module, version)
	}
}
