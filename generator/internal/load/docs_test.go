package load

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/content.md describes every key, column and file type that this package
// reads, and every word that is built in.
func TestEverythingIsDescribed(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "content.md"))
	if err != nil {
		t.Fatal(err)
	}
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
	for _, name := range names {
		if !describes(doc, name) {
			t.Errorf("docs/content.md does not describe %q", name)
		}
	}
	if describes(doc, "planted_key") {
		t.Error("docs/content.md seems to describe a key that nobody has")
	}
	for _, list := range [][]string{endings(), reserved()} {
		for _, name := range list {
			if !regexp.MustCompile(`\b` + name + `\b`).Match(doc) {
				t.Errorf("docs/content.md does not name %q", name)
			}
		}
	}
}

// describes tells whether name stands in doc as code, alone or in an example.
func describes(doc []byte, name string) bool {
	return regexp.MustCompile("`(?:\\{?|[^`\n]*[ {,])" + name + "(?:[ :,}][^`\n]*)?`").Match(doc)
}
