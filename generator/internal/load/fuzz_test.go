package load

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
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
	words := fixtureWords(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, kind := range []site.Kind{site.KindPolicy, site.KindGuide} {
			read := func(text []byte) *draft {
				l := &loader{site: &site.Site{}, words: words, opt: Options{Now: noon()}}
				d := newDraft(kind, "x")
				d.zh = open(d, locale.ZH, "x/zh.md", text)
				l.decode(d, true, true)
				placed(t, d.list)
				return d
			}
			d := read(src)
			if d.list.Errors() > 0 {
				continue
			}
			// What is right stays right, and the same, with other line ends.
			same := []string{string(src)}
			if !strings.Contains(string(src), "\r") {
				same = append(same, strings.ReplaceAll(string(src), "\n", "\r\n"))
			}
			for _, text := range same {
				again := read([]byte(text))
				if again.list.Errors() > 0 {
					t.Fatalf("faults the second time: %v", again.list)
				}
				if fingerprint(&d.zh.prose, nil) != fingerprint(&again.zh.prose, nil) {
					t.Error("the prose changes")
				}
				d.ZH, again.ZH = nil, nil
				if !reflect.DeepEqual(d.policy, again.policy) || !reflect.DeepEqual(d.guide, again.guide) {
					t.Errorf("the facts change: %+v, %+v", d.Document, again.Document)
				}
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
	words := fixtureWords(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, name := range []string{"districts", "zones", "schools", "teachers", "vacancies", "coverage"} {
			read := func() (*site.Site, problem.List) {
				fsys := fstest.MapFS{"directory/" + name + ".csv": &fstest.MapFile{Data: src}}
				if name != "districts" {
					fsys["directory/districts.csv"] = &fstest.MapFile{Data: []byte(districtsCSV)}
				}
				l := &loader{fsys: fsys, site: &site.Site{}, words: words, opt: Options{Now: noon()}}
				if err := l.root(); err != nil {
					t.Fatal(err)
				}
				if err := l.tables(); err != nil {
					t.Fatal(err)
				}
				placed(t, l.list)
				return l.site, l.list
			}
			s, list := read()
			again, listAgain := read()
			if !reflect.DeepEqual(s, again) || !reflect.DeepEqual(list, listAgain) {
				t.Error("the same table loads differently the second time")
			}
		}
	})
}

// fixtureWords are the vocabularies of the fixture's site.yaml.
func fixtureWords(f *testing.F) words {
	s, _ := mustLoad(f, content(nil))
	return newWords(&s.Config)
}
