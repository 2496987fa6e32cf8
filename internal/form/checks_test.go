package form_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// offered reads what a page gives a script to check: field, then code, then
// message.
func offered(t *testing.T, f *form.Form, l locale.Lang) map[string]map[string]string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(draw(t, f, form.View{Lang: l})))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	walk(doc, func(n *html.Node) {
		raw := attr(n, "data-checks")
		if raw == "" {
			return
		}
		var list [][3]string
		if err := json.Unmarshal([]byte(raw), &list); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		checks := map[string]string{}
		for _, c := range list {
			if _, twice := checks[c[0]]; twice || c[2] == "" {
				t.Errorf("%s twice or without words: %s", c[0], raw)
			}
			checks[c[0]] = c[2]
		}
		out[strings.ReplaceAll(strings.TrimPrefix(attr(n, "id"), "field-"), "-", ".")] = checks
	})
	return out
}

// What a page tells its script to say is what the server says.
func TestThePageHasTheServersWords(t *testing.T) {
	f := small(t, every+zone+`      - {name: code, type: text, rule: 'uscc,max=18', label: {zh: 代码, en: Code}}
      - {name: person, type: text, rule: 'min=2,max=4,name', label: {zh: 姓名, en: Name}, missing: {zh: 请写姓名, en: Give a name}}
      - {name: whole, type: number, rule: 'min=2,max=3', label: {zh: 整数, en: Whole}}
      - {name: soon, type: date, rule: 'notpast,within=2', label: {zh: 近日, en: Soon}}
      - {name: mobile, type: phone, rule: cnmobile, label: {zh: 手机, en: Mobile}}
      - {name: few, type: choices, rule: 'min=2', label: {zh: 几项, en: Few}, choices: [{value: a, zh: 甲, en: A}, {value: b, zh: 乙, en: B}]}
`)
	wrong := map[string][]string{
		"email":  {"", "x", "外@example.org"},
		"area":   {"", strings.Repeat("字", 2001)},
		"url":    {"", "x"},
		"phone":  {"", "1"},
		"number": {"", "x", "1.234"},
		"day":    {"", "soon"},
		"radio":  {""}, "long": {""}, "boxes": {""}, "district": {""}, "country": {""}, "agree": {""},
		"code":                  {"", "91350100M000100Y44", strings.Repeat("9", 19)},
		"person":                {"", "一", "五个字的名", "12"},
		"whole":                 {"", "x", "1.5", "1", "4"},
		"soon":                  {"", "x", "2020-01-01", "2030-01-01"},
		"mobile":                {"", "1"},
		"few":                   {"", "a"},
		"members.1.school_name": {"", "校"},
		"members.1.kind":        {""},
	}
	for _, l := range locale.Langs() {
		page := offered(t, f, l)
		for name, values := range wrong {
			for _, v := range values {
				in := url.Values{name: {v}, "members.1.founded": {"2020-01-01"}}
				i := slices.IndexFunc(f.Validate(f.Bind(in, nil), now()), func(x form.Fault) bool { return x.Field == name })
				if i < 0 {
					t.Errorf("%s takes %q", name, v)
					continue
				}
				fault := f.Validate(f.Bind(in, nil), now())[i]
				// A script knows in which row it is.
				want := strings.TrimPrefix(strings.TrimPrefix(fault.Message.In(l), "学校1："), "School 1: ")
				if got := page[name][fault.Code]; got != want {
					t.Errorf("%s %q: the page says %q, the server %q (%s)", name, v, got, want, fault.Code)
				}
			}
		}
		if page["text"]["missing"] != "" || page["more"]["missing"] == "" || page["members"]["missing"] == "" {
			t.Error("what is required is not told")
		}
		files := page["files"]
		if !strings.Contains(files["file-size"], "{file}") || !strings.Contains(files["file-size"], "500 KB") || !strings.Contains(files["file-type"], "JPG") || files["too-many-files"] == "" {
			t.Errorf("%v", files)
		}
		if len(page["members.1.joined"]) != 1 || page["members.2.school_name"]["min"] != page["members.1.school_name"]["min"] {
			t.Errorf("%v", page["members.1.joined"])
		}
	}
}
