package form_test

import (
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// every has a field of each type, with and without its additions.
const every = `      - {name: text, type: text, optional: true, label: {zh: 文, en: Text}, hint: {zh: 提示, en: A hint}, width: 20, autocomplete: name}
      - {name: url, type: text, rule: http_url, label: {zh: 网址, en: Web address}}
      - {name: area, type: textarea, label: {zh: 段, en: Area}}
      - {name: phone, type: phone, label: {zh: 电话, en: Telephone}}
      - {name: number, type: number, decimals: 2, label: {zh: 数, en: Number}}
      - {name: day, type: date, label: {zh: 日, en: Day}}
      - {name: radio, type: choice, label: {zh: 单选, en: Radio}, choices: [{value: a, zh: 甲, en: A, hint: {zh: 第一, en: First}}, {value: b, zh: 乙, en: B}]}
      - name: long
        type: choice
        label: {zh: 长, en: Long}
        choices: [{value: a, zh: 甲, en: A}, {value: b, zh: 乙, en: B}, {value: c, zh: 丙, en: C}, {value: d, zh: 丁, en: D}, {value: e, zh: 戊, en: E}, {value: f, zh: 己, en: F}, {value: g, zh: 庚, en: G}, {value: h, zh: 辛, en: H}]
      - {name: boxes, type: choices, label: {zh: 多选, en: Boxes}, choices: [{value: a, zh: 甲, en: A}, {value: b, zh: 乙, en: B}]}
      - {name: district, type: district, label: {zh: 区县, en: District}}
      - {name: country, type: country, label: {zh: 国籍, en: Nationality}}
      - {name: files, type: file, accept: [pdf, jpg], size: 500 KB, files: 2, label: {zh: 文件, en: Files}}
      - {name: agree, type: consent, version: 2026-01, label: {zh: 我同意, en: I agree}}
      - {name: more, type: text, when: {field: radio, is: [a, b]}, label: {zh: 更多, en: More}}
      - {name: agreed, type: text, when: {field: agree, is: [yes]}, label: {zh: 说明, en: Words}}
`

// faulty gives a view in which every field has a fault.
func faulty(f *form.Form, l locale.Lang) form.View {
	v := form.View{Lang: l, Action: "/forms/small/", Key: "k", Stamp: "s", Alert: locale.T("表单已更新", "The form has changed")}
	v.Answers = f.Bind(url.Values{"radio": {"a"}, "text": {`"><script>alert(1)</script>`}, "day": {"soon"}, "country": {"GB"}, "agree": {"yes"}, "area": {"\n<b>&amp;"}},
		map[string][]form.File{"files": {{Name: `"><img src=x>.pdf`, Size: 10, ID: `i"d`}, {Name: "b.pdf", Size: 5, ID: "2"}}})
	for x := range f.Fields() {
		v.Faults = append(v.Faults, form.Fault{Field: x.Name, Code: "x", Message: locale.T("有误 <"+x.Name+">", "wrong <"+x.Name+">")})
	}
	return v
}

func walk(n *html.Node, visit func(*html.Node)) {
	visit(n)
	for c := range n.ChildNodes() {
		walk(c, visit)
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// audit finds what would keep a person from using the form: an id that stands
// twice, a reference to none, a control without a label, a group without a
// legend, an element outside the form or a script.
func audit(t *testing.T, src string) []string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader("<main>" + src + "</main>"))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	ids, labels := map[string]int{}, map[string]int{}
	walk(doc, func(n *html.Node) {
		if id := attr(n, "id"); id != "" {
			ids[id]++
		}
		if n.Data == "label" {
			labels[attr(n, "for")]++
		}
	})
	for id, n := range ids {
		if n > 1 {
			found = append(found, "id twice: "+id)
		}
	}
	for id := range labels {
		if ids[id] == 0 {
			found = append(found, "label for nothing: "+id)
		}
	}
	walk(doc, func(n *html.Node) {
		if n.Type != html.ElementNode {
			return
		}
		for _, ref := range strings.Fields(attr(n, "aria-describedby") + " " + attr(n, "aria-labelledby") + " " + strings.TrimPrefix(attr(n, "href"), "#")) {
			if ids[ref] == 0 && !strings.HasPrefix(ref, "/") {
				found = append(found, "refers to nothing: "+ref)
			}
		}
		switch n.Data {
		case "input", "select", "textarea":
			if attr(n, "type") != "hidden" && labels[attr(n, "id")] != 1 {
				found = append(found, "no label: "+attr(n, "name"))
			}
		case "fieldset":
			if n.FirstChild == nil || n.FirstChild.Data != "legend" {
				found = append(found, "no legend")
			}
		case "script", "img", "b":
			found = append(found, "not escaped: "+n.Data)
		}
	})
	return found
}

func TestDrawnFormsAreSound(t *testing.T) {
	for _, f := range []*form.Form{hiring(t), small(t, every)} {
		for _, l := range locale.Langs() {
			for _, v := range []form.View{{Lang: l, Action: "/forms/x/"}, faulty(f, l)} {
				first := draw(t, f, v)
				if found := audit(t, first); len(found) > 0 {
					t.Errorf("%s %s: %v", f.ID, l, found)
				}
				if draw(t, f, v) != first {
					t.Error("drawn twice, two forms")
				}
			}
		}
	}
}

func TestTheAuditFindsPlantedFaults(t *testing.T) {
	for want, src := range map[string]string{
		"id twice: a":          `<p id="a"></p><p id="a"></p>`,
		"no label: n":          `<input name="n" id="x">`,
		"no legend":            `<fieldset><p></p></fieldset>`,
		"refers to nothing: y": `<p aria-describedby="y"></p>`,
		"label for nothing: z": `<label for="z"></label>`,
		"not escaped: script":  `<script></script>`,
	} {
		if found := audit(t, src); !slices.Equal(found, []string{want}) {
			t.Errorf("%s: %v", want, found)
		}
	}
}

func TestFaultsAreShownThreeTimes(t *testing.T) {
	f := small(t, every)
	for _, l := range locale.Langs() {
		v := faulty(f, l)
		out := draw(t, f, v)
		if strings.Count(out, "autofocus") != 1 || !strings.Contains(out, `<div class="error-summary" role="alert" tabindex="-1" autofocus aria-labelledby="error-summary-title">`) {
			t.Error("the summary does not take the focus")
		}
		for _, fault := range v.Faults {
			words := strings.ReplaceAll(strings.ReplaceAll(fault.Message.In(l), "<", "&lt;"), ">", "&gt;")
			link := regexp.MustCompile(`<a href="#(f-` + fault.Field + `(?:-1)?)">` + regexp.QuoteMeta(words) + `</a>`).FindStringSubmatch(out)
			if link == nil {
				t.Errorf("%s is not in the summary", fault.Field)
				continue
			}
			if !regexp.MustCompile(`<(?:input|select|textarea) [^>]*id="` + link[1] + `"`).MatchString(out) {
				t.Errorf("%s is no control", link[1])
			}
			if !strings.Contains(out, `<p class="error" id="f-`+fault.Field+`-error"><span class="vh">`+locale.T("错误：", "Error: ").In(l)+`</span>`+words+`</p>`) ||
				!strings.Contains(out, `<div class="field field-error" id="field-`+fault.Field+`"`) {
				t.Errorf("%s is not marked", fault.Field)
			}
		}
	}
}

func TestValuesAndFilesAreKept(t *testing.T) {
	f := small(t, every)
	out := draw(t, f, faulty(f, locale.EN))
	for _, want := range []string{
		`value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"`,
		`<option value="GB" selected>United Kingdom</option>`,
		`<input class="input input-10" type="text" id="f-day" name="day"`, `value="soon"`,
		`<input type="radio" id="f-radio-1" name="radio" value="a" aria-describedby="f-radio-1-hint" checked>`,
		`<input type="checkbox" id="f-agree" name="agree" value="yes" aria-describedby="f-agree-error" checked>`,
		`&lt;b&gt;&amp;amp;</textarea>`,
		`<input type="hidden" name="_file.files" value="i&#34;d">`,
		`<input type="checkbox" id="f-files-remove-2" name="_remove" value="2"><label for="f-files-remove-2">Remove “b.pdf”</label>`,
		`<input type="hidden" name="_key" value="k">`, `<input type="hidden" name="_stamp" value="s">`, `<input type="hidden" name="_version" value="` + f.Version + `">`,
		`data-when="radio=a|b"`, `Only if “Radio” is “A” or “B”`, `Only if you tick “I agree”`,
		`PDF or JPG, at most 2 files of 500 KB each.`, `accept=".pdf,.jpg,.jpeg,application/pdf,image/jpeg" multiple>`,
		`<p>The form has changed</p>`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %s", want)
		}
	}
	plain := draw(t, f, form.View{Lang: locale.EN, Action: "/en/forms/small/"})
	for _, not := range []string{"_key", "_stamp", "autofocus", "error", "checked", "_file.", "required "} {
		if strings.Contains(plain, not) {
			t.Errorf("the published form has %q", not)
		}
	}
	for _, want := range []string{`type="email"`, `type="tel"`, `type="date"`, `inputmode="decimal"`, `inputmode="url"`, `autocomplete="name"`, `maxlength="200"`, ` novalidate>`, `aria-required="true"`, `<span class="optional">(optional)</span>`,
		`<div class="trap" aria-hidden="true">`, `<form class="form" method="post" action="/en/forms/small/" enctype="multipart/form-data"`} {
		if !strings.Contains(plain, want) {
			t.Errorf("the published form lacks %s", want)
		}
	}
}

func TestCountriesAreSortedForEachLanguage(t *testing.T) {
	f := small(t, every)
	zh, en := draw(t, f, form.View{Lang: locale.ZH}), draw(t, f, form.View{Lang: locale.EN})
	order := func(s string, words ...string) {
		last := -1
		for _, w := range words {
			i := strings.Index(s, ">"+w+"</option>")
			if i <= last {
				t.Errorf("%s stands at %d, after %d", w, i, last)
			}
			last = i
		}
	}
	order(zh, "阿根廷", "德国", "法国", "美国", "英国", "中国", "中国台湾", "中国香港")
	order(en, "Åland Islands", "Argentina", "France", "Germany", "Taiwan, China", "United Kingdom", "United States")
	if n := strings.Count(en, `<option value="`); n < 255 || n > 280 {
		t.Errorf("%d options", n)
	}
	for _, not := range []string{"EU", "UN", "ZZ", "XK", "QO", "AC", "SU"} {
		if strings.Contains(en, `<option value="`+not+`"`) {
			t.Errorf("%s is no country of ISO 3166-1", not)
		}
	}
}

func TestTitleTag(t *testing.T) {
	f := hiring(t)
	if got := f.TitleTag(locale.EN, 0); got != "<title>Foreign teacher hiring request – Hangzhou Foreign Teacher Resource Service Network</title>" {
		t.Error(got)
	}
	if got := f.TitleTag(locale.ZH, 2); got != "<title>错误：外教聘用需求申报 – 杭州市外教资源服务网</title>" {
		t.Error(got)
	}
}

func TestEncodeAndDecode(t *testing.T) {
	f := hiring(t)
	b, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	g, err := form.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	again, err := g.Encode()
	if err != nil || string(again) != string(b) {
		t.Errorf("the bytes change: %v", err)
	}
	if !regexp.MustCompile(`^[0-9a-f]{12}$`).MatchString(f.Version) || f.Version != g.Version {
		t.Errorf("version %q, %q", f.Version, g.Version)
	}
	v := faulty(f, locale.ZH)
	if draw(t, f, v) != draw(t, g, v) {
		t.Error("drawn otherwise")
	}
	for name, change := range map[string][2]string{
		"other words":  {"学校名称", "学校名字"},
		"unknown key":  {`"audience"`, `"audiences"`},
		"unknown rule": {`"rule": "uscc"`, `"rule": "boom"`},
		"bad name":     {`"name": "uscc"`, `"name": "\"><script>"`},
		"no fields":    {`"fields": [`, `"fields": null, "title": [`},
		"cut short":    {"}\n", ""},
		"something more": {`"mail_limit": 20971520
 }
}`, `"mail_limit": 20971520
 }
} {}`},
	} {
		if !strings.Contains(string(b), change[0]) {
			t.Errorf("%s plants nothing", name)
		}
		if _, err := form.Decode([]byte(strings.Replace(string(b), change[0], change[1], 1))); err == nil {
			t.Errorf("%s was believed", name)
		}
	}
	for _, src := range []string{"", "null", "{}", "[]", `{"sections":[null]}`, `{"sections":[{"fields":[null]}]}`, `{"sections":[{"fields":[{"type":"file","limits":{"size":9223372036854775807,"files":9}}]}]}`} {
		if _, err := form.Decode([]byte(src)); err == nil {
			t.Errorf("%s was believed", src)
		}
	}
}

func FuzzDecode(f *testing.F) {
	b, err := hiring(f).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(b))
	f.Add(`{"sections":[{"fields":[{"rule":"min=","when":{}}]}]}`)
	f.Fuzz(func(t *testing.T, src string) {
		if g, err := form.Decode([]byte(src)); err == nil {
			draw(t, g, form.View{Lang: locale.ZH})
		}
	})
}

func BenchmarkDraw(b *testing.B) {
	f := hiring(b)
	for _, v := range []form.View{{Lang: locale.ZH}, faulty(f, locale.ZH)} {
		b.Run(fmt.Sprintf("faults=%d", len(v.Faults)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f.Draw(io.Discard, v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkValidate(b *testing.B) {
	f, in, at := hiring(b), good(), now()
	b.ReportAllocs()
	for b.Loop() {
		if faults := f.Validate(f.Bind(in, nil), at); len(faults) > 0 {
			b.Fatal(faults)
		}
	}
}
