package render_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"waijiao/internal/locale"
)

// callsWithWords are our functions that take the key of a word, by the
// position of that argument.
var callsWithWords = map[string]int{"word": 0, "wordHTML": 0, "badge": 2, "banner": 2, "Count": 1, "policies": 1}

// keys returns the keys for which a Go source asks the theme, but for those
// that are put together when the program runs.
func keys(t *testing.T, src any, name string) (list []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		at, ok := callsWithWords[sel.Sel.Name]
		if !ok || at >= len(call.Args) {
			return true
		}
		if lit, ok := call.Args[at].(*ast.BasicLit); ok {
			key, _ := strconv.Unquote(lit.Value)
			list = append(list, key)
		}
		return true
	})
	return list
}

func TestWordsOfTheCodeAreInTheTheme(t *testing.T) {
	th := lakeside(t)
	missing := func(key string) bool {
		return th.Word(locale.ZH, key) == "["+key+"]" || th.Word(locale.EN, key) == "["+key+"]"
	}
	if !missing("no-such-word") {
		t.Fatal("a word that nobody wrote is there")
	}
	planted := keys(t, "package p\nfunc f(t T) { t.word(\"no-such-word\") }", "p.go")
	if len(planted) != 1 || !missing(planted[0]) {
		t.Fatal("a planted word is not found")
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		whole := keys(t, src, name)
		found += len(whole)
		for _, key := range whole {
			if missing(key) {
				t.Errorf("%s asks for the word %q", name, key)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d words found", found)
	}
	// Keys that are put together from values of the content.
	for group, values := range map[string]string{
		"status": "in-force trial amended lapsed repealed pending", "audience": "school teacher institution anyone", "guides": "school teacher institution",
		"stage": "preschool primary junior senior", "ownership": "public private", "degree": "bachelor master doctor",
		"post": "full-time part-time zone", "housing": "provided allowance none", "form": "original copy", "copies": "original copy",
		"section": "notices policies guides teachers schools zones vacancies coverage forms glossary sitemap",
		"count":   "teachers schools zones vacancies terms",
	} {
		for value := range strings.FieldsSeq(values) {
			if missing(group + "." + value) {
				t.Errorf("no word %s.%s", group, value)
			}
		}
	}
	for _, kind := range []string{"teacher", "school", "zone", "vacancy"} {
		if missing(kind + ".description") {
			t.Errorf("no word %s.description", kind)
		}
	}
	for _, note := range []string{"draft", "expired", "sample", "untranslated", "stale", "review", "policy.trial", "policy.lapsed", "policy.amended", "policy.repealed", "policy.superseded", "policy.pending"} {
		if missing(note) || missing(note+".text") {
			t.Errorf("no words for the note %s", note)
		}
	}
}
