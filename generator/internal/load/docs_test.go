package load

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Both manuals for editors, docs/content.md and docs/content.zh.md, describe
// every key, column and file type that this package reads, and every word that
// is built in.
func TestEverythingIsDescribed(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	key := regexp.MustCompile(`\.(?:text|prose|into|date|flag|moment|number|someOf|oneOf|texts|oneOrMore|each|mapping|both|numbers|vocabulary|renderings|address)\((?:m, )?"([a-z_]+)"`)
	columns := regexp.MustCompile(`"([a-z_]+(?:,[a-z_]+){4,})"`)
	words := regexp.MustCompile(`(?:fixed\(|keys: \[\]string\{)(.*?)[)}]`)
	quoted := regexp.MustCompile(`"([a-z0-9-]+)"`)
	var names []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllSubmatch(src, -1) {
			names = append(names, string(m[1]))
		}
		for _, m := range columns.FindAllSubmatch(src, -1) {
			names = append(names, strings.Split(string(m[1]), ",")...)
		}
		for _, m := range words.FindAllSubmatch(src, -1) {
			for _, w := range quoted.FindAllSubmatch(m[1], -1) {
				names = append(names, string(w[1]))
			}
		}
	}
	names = append(names, statuses().keys...)
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) < 90 {
		t.Errorf("found only %d names in the source: the patterns no longer fit", len(names))
	}
	// The lists that render makes below a section keep these folders.
	taken := []string{"year", "page", "subject", "stage"}
	for _, file := range manuals() {
		doc := manual(t, file)
		for _, name := range slices.Concat(names, taken) {
			if !describes(doc, name) {
				t.Errorf("docs/%s does not describe %q", file, name)
			}
		}
		if describes(doc, "planted_key") {
			t.Errorf("docs/%s seems to describe a key that nobody has", file)
		}
		for _, name := range slices.Concat(endings(), reserved()) {
			if !regexp.MustCompile(`\b` + name + `\b`).Match(doc) {
				t.Errorf("docs/%s does not name %q", file, name)
			}
		}
	}
}

// An editor finds the same thing at the same place in both manuals.
func TestTheManualsGoTogether(t *testing.T) {
	var outlines [2][]string
	for i, file := range manuals() {
		outlines[i] = outline(manual(t, file))
	}
	if len(outlines[0]) < 150 {
		t.Errorf("found only %d headings, rows and examples: the pattern no longer fits", len(outlines[0]))
	}
	for i := range max(len(outlines[0]), len(outlines[1])) {
		if i >= len(outlines[0]) || i >= len(outlines[1]) || outlines[0][i] != outlines[1][i] {
			t.Fatalf("content.md goes on with %q, content.zh.md with %q", outlines[0][min(i, len(outlines[0])):], outlines[1][min(i, len(outlines[1])):])
		}
	}
	for planted, doc := range map[string]string{
		"a row is missing":   "## A\n\n| `b` | x |\n",
		"a row is elsewhere": "## A\n\n| `b` | x |\n| `a` | x |\n",
		"another level":      "### A\n\n| `a` | x |\n| `b` | x |\n",
		"another example":    "## A\n\n| `a` | x |\n| `b` | x |\n\n```yaml\na: 1\n```\n",
	} {
		if slices.Equal(outline([]byte(doc)), outline([]byte("## 甲\n\n| `a` | 某 |\n| `b` | 某 |\n"))) {
			t.Errorf("%s, and the outlines are the same", planted)
		}
	}
}

// outline lists what a translation keeps: the levels of headings, the keys and
// columns that rows describe, and the keys that examples show.
func outline(doc []byte) []string {
	var list []string
	for _, m := range regexp.MustCompile("(?m)^(#+) |^\\| (`[^|]*`) \\||^ *```([a-z]*)$|^([a-z_]+:)").FindAllSubmatch(doc, -1) {
		list = append(list, string(slices.Concat(m[1:]...)))
	}
	return list
}

// manuals are the files of docs that describe the content, one a language.
func manuals() [2]string {
	return [2]string{"content.md", "content.zh.md"}
}

func manual(t *testing.T, file string) []byte {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", file))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// describes tells whether name stands in doc as code, alone or in an example.
func describes(doc []byte, name string) bool {
	return regexp.MustCompile("`(?:\\{?|[^`\n]*[ {,])" + name + "(?:[ :,}][^`\n]*)?`").Match(doc)
}
