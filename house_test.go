// Package waijiao_test holds the rules of the house that no compiler knows:
// which package may import which, that every package says what it is for, that
// nothing is global and mutable, and that every text that people read exists in
// both languages.
package waijiao_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// goPackage is what `go list -json` says of a package.
type goPackage struct {
	ImportPath string
	Name       string
	Dir        string
	Doc        string
	GoFiles    []string
	Imports    []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Name,Dir,Doc,GoFiles,Imports", "./...")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, errs.String())
	}
	var list []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles) > 0 {
			list = append(list, p)
		}
	}
}

// floors are the packages from the ground up. A package imports only what
// stands on a floor below its own.
func floors() [][]string {
	return [][]string{
		{"internal/locale", "internal/headers", "internal/shell", "themes"},
		{"internal/problem", "internal/docnumber"},
		{"internal/form", "internal/search"},
		{"generator/internal/site"},
		{"generator/internal/markdown"},
		{"generator/internal/load", "generator/internal/theme"},
		{"generator/internal/check", "generator/internal/render"},
		{"generator/internal/publish", "generator/internal/preview"},
		{"intake/internal/guard", "intake/internal/seal", "intake/internal/scan", "intake/internal/outbox", "intake/internal/listen", "intake/internal/watch"},
		{"intake/internal/uploads", "intake/internal/outbox/ledger"},
		{"intake/internal/outbox/sqlite", "intake/internal/outbox/postgres"},
		{"intake/internal/mail", "intake/internal/outbox/outboxtest", "intake/internal/outbox/postgres/pgtest"},
		{"intake/internal/courier"},
		{"intake/internal/desk"},
		{"intake/internal/server", "intake/internal/upkeep", "intake/internal/export", "intake/internal/doctor"},
		{"generator", "generator/bench", "intake", "intake/bench"},
	}
}

// arrows judges who imports whom: the packages by name, with what they import.
func arrows(floors [][]string, imports map[string][]string) []string {
	floor := map[string]int{}
	for i, list := range floors {
		for _, name := range list {
			floor[name] = i
		}
	}
	var wrong []string
	for name, list := range imports {
		above, known := floor[name]
		if !known && (house(name) == "e2e" || house(name) == "scripts" || house(name) == "deploy") {
			continue // tools of the tests, which nothing imports
		}
		if !known {
			wrong = append(wrong, name+" has no floor in house_test.go")
			continue
		}
		for _, to := range list {
			below, known := floor[to]
			if !known || below >= above {
				wrong = append(wrong, name+" must not import "+to)
			}
			if house(name) == "intake" && house(to) != "intake" && house(to) != "internal" {
				wrong = append(wrong, name+" must not import "+to+": intake knows only the published folder")
			}
			if house(name) == "internal" && house(to) != "internal" {
				wrong = append(wrong, name+" must not import "+to+": internal serves both programs")
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

// house is the first part of a package's path.
func house(name string) string {
	first, _, _ := strings.Cut(name, "/")
	return first
}

func TestArrowsPointDown(t *testing.T) {
	imports := map[string][]string{}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "waijiao"), "/")
		var ours []string
		for _, i := range p.Imports {
			if rest, ok := strings.CutPrefix(i, "waijiao/"); ok {
				ours = append(ours, rest)
			}
		}
		imports[name] = ours
	}
	if len(imports) < 10 {
		t.Fatalf("go list found only %d packages", len(imports))
	}
	for _, wrong := range arrows(floors(), imports) {
		t.Error(wrong)
	}
}

func TestTheArrowsAreReallyLookedAt(t *testing.T) {
	for name, c := range map[string]struct {
		imports map[string][]string
		wrong   int
	}{
		"down":              {map[string][]string{"generator/internal/load": {"generator/internal/site", "internal/locale"}}, 0},
		"up":                {map[string][]string{"generator/internal/site": {"generator/internal/load"}}, 1},
		"sideways":          {map[string][]string{"generator/internal/check": {"generator/internal/render"}}, 1},
		"intake, generator": {map[string][]string{"intake/internal/server": {"generator/internal/site"}}, 1},
		"intake, theme":     {map[string][]string{"intake": {"themes"}}, 1},
		"internal":          {map[string][]string{"internal/form": {"themes"}}, 1},
		"unknown":           {map[string][]string{"internal/somewhere": nil}, 1},
	} {
		if got := arrows(floors(), c.imports); len(got) != c.wrong {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range packages(t) {
		if p.Doc == "" {
			t.Errorf("%s has no doc comment", p.ImportPath)
		}
		if badName(p.Name) {
			t.Errorf("%s: the name %s says nothing", p.ImportPath, p.Name)
		}
	}
	for _, name := range []string{"util", "helpers"} {
		if !badName(name) {
			t.Errorf("%s was taken", name)
		}
	}
}

func badName(name string) bool {
	return slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "types", "misc", "base", "shared", "lib"}, name)
}

// eachFile calls do for every Go file that is no test.
func eachFile(t *testing.T, do func(file string, fset *token.FileSet, tree *ast.File)) {
	t.Helper()
	n := 0
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			fset := token.NewFileSet()
			file := filepath.Join(p.Dir, name)
			tree, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			do(file, fset, tree)
			n++
		}
	}
	if n < 40 {
		t.Fatalf("only %d files were found", n)
	}
}
