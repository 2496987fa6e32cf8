package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	const pass = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}
{"Action":"pass","Package":"p","Elapsed":0.2}
`
	const skip = `{"Action":"output","Package":"p","Test":"TestB","Output":"no Postfix\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
`
	tests := []struct {
		name, in   string
		strict, ok bool
		has, hasNo string
	}{
		{"all passed", pass, true, true, "1 passed, 0 failed, 0 skipped", "chatter"},
		{"a failure shows its output", pass + `{"Action":"output","Package":"p","Test":"TestC","Output":"want 1, got 2\n"}
{"Action":"fail","Package":"p","Test":"TestC"}
{"Action":"fail","Package":"p"}
`, false, false, "want 1, got 2", "chatter"},
		{"a skip passes", pass + skip, false, true, "skipped: p TestB", ""},
		{"a skip fails when strict", pass + skip, true, false, "skipped: p TestB", ""},
		{"a package without tests is no skip", pass + `{"Action":"skip","Package":"q"}
`, true, true, "0 skipped", "skipped: q"},
		{"what does not build fails", pass + `{"ImportPath":"q","Action":"build-output","Output":"q.go:1:1: undefined\n"}
{"ImportPath":"q","Action":"build-fail"}
`, false, false, "undefined", ""},
		{"nothing ran", "", false, false, "0 passed", ""},
		{"a line of another kind is passed on", "go: trouble\n" + pass, false, true, "go: trouble", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			ok, err := report(strings.NewReader(test.in), &out, test.strict)
			if err != nil {
				t.Fatal(err)
			}
			if ok != test.ok {
				t.Errorf("good: %v, want %v", ok, test.ok)
			}
			if !strings.Contains(out.String(), test.has) {
				t.Errorf("%q lacks %q", out.String(), test.has)
			}
			if test.hasNo != "" && strings.Contains(out.String(), test.hasNo) {
				t.Errorf("%q has %q", out.String(), test.hasNo)
			}
		})
	}
}
