package problem_test

import (
	"encoding/json"
	"strings"
	"testing"

	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

func sample() problem.Problem {
	src := []byte("---\ntitle: 好\n外教tite: x\n---\n")
	p := problem.Problem{Code: "unknown-key", Severity: problem.Error, File: "notices/a/zh.md",
		Message: locale.T("不认识的键 tite", "unknown key tite"),
		Hint:    locale.T("是否想写 title？", "did you mean title?")}
	return p.Locate(src, strings.Index(string(src), "tite"), 1)
}

func TestLocateCountsCharacters(t *testing.T) {
	p := sample()
	if p.Line != 3 || p.Column != 3 || p.Source != "外教tite: x" {
		t.Errorf("got %d:%d %q", p.Line, p.Column, p.Source)
	}
	if p.Place() != "notices/a/zh.md:3:3" {
		t.Error(p.Place())
	}
}

func TestWriteShowsTheLineAndTheMending(t *testing.T) {
	var b strings.Builder
	if err := (problem.List{sample()}).Write(&b, locale.EN); err != nil {
		t.Fatal(err)
	}
	want := "notices/a/zh.md:3:3: error: unknown key tite [unknown-key]\n" +
		"  3 | 外教tite: x\n" +
		"    |     ^\n" +
		"  → did you mean title?\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	b.Reset()
	if err := (problem.List{sample()}).Write(&b, locale.ZH); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "错误: 不认识的键 tite") {
		t.Error(b.String())
	}
}

func TestLongLinesAreCutAroundTheColumn(t *testing.T) {
	p := problem.Problem{File: "f", Line: 1, Column: 201, Source: strings.Repeat("a", 200) + "X" + strings.Repeat("b", 200)}
	var b strings.Builder
	if err := (problem.List{p}).Write(&b, locale.EN); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	col := strings.Index(lines[2], "^")
	if col < 0 || []rune(lines[1])[col] != 'X' {
		t.Errorf("the mark is not under X:\n%s", b.String())
	}
}

func TestJSONHasTheAgreedKeys(t *testing.T) {
	out, err := json.Marshal(sample())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"code":"unknown-key","severity":"error","file":"notices/a/zh.md","line":3,"column":3,` +
		`"message":{"zh":"不认识的键 tite","en":"unknown key tite"},"hint":{"zh":"是否想写 title？","en":"did you mean title?"}}`
	if string(out) != want {
		t.Errorf("got %s", out)
	}
}

func TestSortDropsRepetitions(t *testing.T) {
	a, b := sample(), sample()
	b.Line = 2
	l := problem.List{a, b, a}.Sort()
	if len(l) != 2 || l[0].Line != 2 {
		t.Errorf("got %v", l)
	}
	if l.Errors() != 2 {
		t.Error("errors")
	}
}

func TestNearestIsNearAndStable(t *testing.T) {
	known := []string{"title", "summary", "date", "tags", "updated", "标签"}
	for word, want := range map[string]string{
		"titel": "title", "Title": "title", "sumary": "summary", "dat": "date", "update": "updated",
		"tagz": "tags", "colour": "", "x": "", "": "", "标题": "标签",
	} {
		if got := problem.Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
	for range 10 {
		if got := problem.Nearest("bat", []string{"cat", "rat", "hat"}); got != "cat" {
			t.Fatalf("of equally near words %q was taken", got)
		}
	}
}
