package load

import (
	"reflect"
	"strings"
	"testing"

	"waijiao/internal/problem"
)

// placed asks that every problem says where it is, in both languages.
func placed(t *testing.T, list problem.List) {
	for _, p := range list {
		if p.File == "" || p.Line < 1 || p.Column < 1 {
			t.Errorf("problem without a place: %+v", p)
		}
		if p.Message.ZH == "" || p.Message.EN == "" || p.Hint.ZH == "" || p.Hint.EN == "" {
			t.Errorf("problem without words: %+v", p)
		}
		if len(p.Source) > 0 && p.Column > len(p.Source)+1 {
			t.Errorf("column %d is outside of the line %q", p.Column, p.Source)
		}
	}
}

func FuzzFrontMatter(f *testing.F) {
	for _, p := range plantedFaults() {
		for name, text := range p.changes {
			if strings.HasSuffix(name, ".md") {
				f.Add([]byte(text))
			}
		}
	}
	f.Add([]byte(guideZH))
	f.Add([]byte(policyZH))
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, slug := range []string{"policies/x", "guides/x"} {
			fsys := content(map[string]string{slug + "/zh.md": string(src) + " "})
			fsys[slug+"/zh.md"].Data = src
			s, list := mustLoad(t, fsys)
			placed(t, list)
			again, _ := mustLoad(t, fsys)
			if list.Errors() == 0 && (!reflect.DeepEqual(s.Policies, again.Policies) || !reflect.DeepEqual(s.Guides, again.Guides)) {
				t.Error("the same file loads differently the second time")
			}
			if list.Errors() > 0 {
				continue
			}
			// What is right with LF is right, and the same, with CR LF.
			if strings.Contains(string(src), "\r") {
				continue
			}
			fsys[slug+"/zh.md"].Data = []byte(strings.ReplaceAll(string(src), "\n", "\r\n"))
			dos, list := mustLoad(t, fsys)
			if list.Errors() > 0 {
				t.Errorf("CR LF makes a fault: %v", list)
			} else if s.Document("/"+slug+"/").ZH.Title != dos.Document("/"+slug+"/").ZH.Title {
				t.Error("CR LF changes the title")
			}
		}
	})
}

func FuzzCSV(f *testing.F) {
	for _, text := range []string{districtsCSV, zonesCSV, schoolsCSV, teachersCSV, vacanciesCSV, coverageCSV} {
		f.Add([]byte(text))
	}
	for _, p := range plantedFaults() {
		for name, text := range p.changes {
			if strings.HasSuffix(name, ".csv") {
				f.Add([]byte(text))
			}
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, name := range []string{"schools", "teachers", "coverage"} {
			fsys := content(nil)
			delete(fsys, "pages/about/zh.md")
			delete(fsys, "policies/guide-36/zh.md")
			fsys["directory/"+name+".csv"].Data = src
			s, list := mustLoad(t, fsys)
			placed(t, list)
			again, _ := mustLoad(t, fsys)
			if !reflect.DeepEqual(s.Schools, again.Schools) || !reflect.DeepEqual(s.Teachers, again.Teachers) || !reflect.DeepEqual(s.Coverage, again.Coverage) {
				t.Error("the same file loads differently the second time")
			}
		}
	})
}
