package render_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"waijiao/generator/internal/render"
	"waijiao/generator/internal/theme"
	"waijiao/internal/locale"
)

// A theme whose templates can be read may still lack one, or ask for what no
// page has. That is told in both languages, once.
func TestFaultsOfAThemeAreTold(t *testing.T) {
	words := &fstest.MapFile{Data: []byte("a: b\n")}
	for name, c := range map[string]struct{ templates, zh, en string }{
		"missing":   {`{{define "head"}}{{end}}`, `主题缺少模板 "top"`, `the theme has no template "top"`},
		"no switch": {`{{define "head"}}{{end}}{{define "top"}}{{end}}{{define "foot"}}{{end}}`, "没有语言切换", "no language switch"},
		"field":     {`{{define "head"}}{{.Foo}}{{end}}`, `主题的模板 "head" 有误`, `a fault in the theme's template "head"`},
	} {
		th, problems := theme.Load(fstest.MapFS{"templates/a.html": {Data: []byte(c.templates)}, "words/zh.yaml": words, "words/en.yaml": words})
		if th == nil {
			t.Fatal(problems)
		}
		err := render.Pages(small(t), th, render.Options{}, func(render.Page) error { return nil })
		told, ok := err.(interface{ Message() locale.Text })
		if !ok {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m := told.Message(); !strings.Contains(m.ZH, c.zh) || !strings.Contains(m.EN, c.en) {
			t.Errorf("%s: %+v", name, m)
		}
	}
}
