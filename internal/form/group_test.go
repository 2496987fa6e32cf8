package form_test

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// zone asks for member schools; in each row the last field hangs on the one
// before it.
const zone = `      - name: members
        type: group
        label: {zh: 成员学校, en: Member schools}
        hint: {zh: 每所学校填一项。, en: One entry for each school.}
        item: {zh: 学校, en: School}
        least: 2
        most: 4
        fields:
          - {name: school_name, type: text, label: {zh: 名称, en: Name}, rule: min=4}
          - {name: founded, type: date, optional: true, label: {zh: 成立日期, en: Founded}}
          - {name: joined, type: date, optional: true, rule: after=founded, label: {zh: 加入日期, en: Joined}}
          - {name: kind, type: choice, label: {zh: 性质, en: Kind}, choices: [{value: public, zh: 公办, en: Public}, {value: private, zh: 民办, en: Private}]}
          - {name: licence, type: text, when: {field: kind, is: [private]}, label: {zh: 许可证号, en: Licence number}}
          - {name: place, type: district, optional: true, label: {zh: 区县, en: District}}
`

// school are the answers of one row.
func school(in url.Values, n int, name, kind string) url.Values {
	if in == nil {
		in = url.Values{"email": {"office@example.org"}}
	}
	in.Set(fmt.Sprintf("members.%d.school_name", n), name)
	in.Set(fmt.Sprintf("members.%d.kind", n), kind)
	return in
}

func TestBlankRowsAreDroppedAndTheRestNumberedAnew(t *testing.T) {
	f := small(t, zone)
	in := school(nil, 2, "示例小学 01", "public")
	in = school(in, 11, " 示例小学 02 ", "private")
	in.Set("members.11.licence", "001")
	in = school(in, 5, " ", "")
	for _, name := range []string{"members.02.school_name", "members.x.school_name", "members.-1.school_name", "members..school_name", "members.0.school_name", "members.3.other", "members", "members.1", "others.1.school_name"} {
		in.Set(name, "nobody asks for this")
	}
	want := map[string][]string{"email": {"office@example.org"}, "members.1.school_name": {"示例小学 01"}, "members.1.kind": {"public"},
		"members.2.school_name": {"示例小学 02"}, "members.2.kind": {"private"}, "members.2.licence": {"001"}}
	a := f.Bind(in, nil)
	if !reflect.DeepEqual(a.Values, want) {
		t.Errorf("%q", a.Values)
	}
	if faults := f.Validate(a, now()); len(faults) > 0 {
		t.Errorf("%+v", faults)
	}
	// What nobody asks does not make a row, and goes as it does elsewhere.
	in = school(school(nil, 1, "示例小学 01", "public"), 2, "示例小学 02", "public")
	in.Set("members.1.licence", "001")
	in.Set("members.3.licence", "002")
	a = f.Bind(in, nil)
	if a.Get("members.1.licence") != "" || a.Get("members.3.licence") != "" {
		t.Errorf("%q", a.Values)
	}
	if a = f.BindAll(in, nil); a.Get("members.1.licence") != "001" || a.Get("members.3.licence") != "" {
		t.Errorf("%q", a.Values)
	}
}

func TestFaultsOfRowsNameTheirRow(t *testing.T) {
	f := small(t, zone)
	for want, in := range map[string]url.Values{
		"members:missing":                             {},
		"members:min":                                 school(nil, 3, "示例小学 01", "public"),
		"members:max":                                 school(school(school(school(school(nil, 1, "示例小学 01", "public"), 2, "示例小学 02", "public"), 3, "示例小学 03", "public"), 4, "示例小学 04", "public"), 5, "示例小学 05", "public"),
		"members.2.school_name:min":                   school(school(nil, 1, "示例小学 01", "public"), 3, "小学", "public"),
		"members.2.licence:missing":                   school(school(nil, 1, "示例小学 01", "public"), 2, "示例小学 02", "private"),
		"members.1.kind:choice members.2.kind:choice": school(school(nil, 1, "示例小学 01", "other"), 2, "示例小学 02", "PUBLIC"),
	} {
		if got := strings.Join(codes(f, in), " "); got != want {
			t.Errorf("want %s, got %s", want, got)
		}
	}
	in := school(school(nil, 1, "示例小学 01", "public"), 7, "示例小学 02", "public")
	in.Set("members.1.founded", "2020-01-01")
	in.Set("members.7.founded", "2020-01-01")
	in.Set("members.1.joined", "2020-01-02")
	in.Set("members.7.joined", "2019-01-01")
	faults := f.Validate(f.Bind(in, nil), now())
	if len(faults) != 1 || faults[0].Field != "members.2.joined" || faults[0].Code != "after" ||
		faults[0].Message != locale.T("学校2：“加入日期”要晚于“成立日期”（2020年1月1日）", "School 2: “Joined” must be after “Founded” (1 January 2020)") {
		t.Errorf("%+v", faults)
	}
	// An optional group may be left out, but not filled in by halves.
	f = small(t, strings.Replace(zone, "type: group", "type: group\n        optional: true", 1))
	if got := codes(f, url.Values{}); len(got) > 0 {
		t.Error(got)
	}
	if got := codes(f, school(nil, 1, "示例小学 01", "public")); !slices.Equal(got, []string{"members:min"}) {
		t.Error(got)
	}
}

func TestAGroupHangsOnACondition(t *testing.T) {
	f := small(t, "      - {name: shared, type: choice, label: {zh: 共享, en: Shared}, choices: [{value: yes, zh: 是, en: Yes}, {value: no, zh: 否, en: No}]}\n"+
		strings.Replace(zone, "type: group", "type: group\n        when: {field: shared, is: [yes]}", 1))
	in := school(nil, 1, "示例小学 01", "public")
	in.Set("shared", "no")
	if a := f.Bind(in, nil); len(a.Values) != 2 || len(f.Validate(a, now())) > 0 {
		t.Errorf("%q", a.Values)
	}
	in.Set("shared", "yes")
	if got := codes(f, in); !slices.Equal(got, []string{"members:min"}) {
		t.Error(got)
	}
}

func TestRowsAreAskedForAndTakenOut(t *testing.T) {
	f := small(t, zone)
	if _, turned := f.Rows(school(nil, 1, "示例小学 01", "public")); turned {
		t.Error("a submission was taken for a row")
	}
	for _, c := range []struct {
		name          string
		in            url.Values
		button, value string
		left          string // the schools, by rows
		count         int
		focus         string
	}{
		{"one more than is drawn", url.Values{}, "_add", "members", "", 3, "members.3"},
		{"one more", school(school(nil, 1, "甲校", ""), 2, "乙校", ""), "_add", "members", "甲校 乙校", 3, "members.3"},
		{"blank rows go behind", school(school(nil, 1, "", ""), 2, "乙校", ""), "_add", "members", "乙校", 3, "members.3"},
		{"not above the most", school(school(school(school(nil, 1, "甲校", ""), 2, "乙校", ""), 3, "丙校", ""), 4, "丁校", ""), "_add", "members", "甲校 乙校 丙校 丁校", 4, "members.4"},
		{"one less", school(school(school(nil, 1, "甲校", ""), 2, "乙校", ""), 3, "丙校", ""), "_drop", "members.2", "甲校 丙校", 2, "members.2"},
		{"the last one", school(nil, 1, "甲校", ""), "_drop", "members.1", "", 0, "members.1"},
		{"another group", school(nil, 1, "甲校", ""), "_add", "nothing", "甲校", 1, ""},
		{"no such row", school(nil, 1, "甲校", ""), "_drop", "members.7", "甲校", 1, ""},
		{"nonsense", school(nil, 1, "甲校", ""), "_drop", "members", "甲校", 1, ""},
	} {
		c.in.Set(c.button, c.value)
		r, turned := f.Rows(c.in)
		a := f.BindAll(r.Values, nil)
		var left []string
		for n := 1; n <= 5; n++ {
			if name := a.Get(fmt.Sprintf("members.%d.school_name", n)); name != "" {
				left = append(left, name)
			}
		}
		if !turned || strings.Join(left, " ") != c.left || r.Count["members"] != c.count || r.Focus != c.focus {
			t.Errorf("%s: %v, %q, %d rows, %q", c.name, turned, left, r.Count["members"], r.Focus)
		}
		out := draw(t, f, form.View{Lang: locale.EN, Answers: a, Rows: r.Count, Focus: r.Focus})
		if n := strings.Count(out, " data-row="); n != max(c.count, 2) {
			t.Errorf("%s: %d rows are drawn", c.name, n)
		}
		if n := strings.Count(out, " autofocus"); (n == 1) != (c.focus != "") || n > 1 {
			t.Errorf("%s: the focus is set %d times", c.name, n)
		}
	}
}

func TestAGroupIsDrawn(t *testing.T) {
	f := small(t, zone)
	in := school(school(school(nil, 1, "示例小学 01", "private"), 2, `"><script>`, "public"), 3, "校", "public")
	v := form.View{Lang: locale.ZH, Action: "/forms/small/", Answers: f.BindAll(in, nil)}
	v.Faults = f.Validate(f.Bind(in, nil), now())
	for _, l := range locale.Langs() {
		v.Lang = l
		if found := audit(t, draw(t, f, v)); len(found) > 0 {
			t.Errorf("%s: %v", l, found)
		}
	}
	v.Lang = locale.ZH
	out := draw(t, f, v)
	for _, want := range []string{
		`<div class="field group" id="field-members" data-checks="[[&#34;missing&#34;,&#34;&#34;,&#34;“成员学校”至少要填一项&#34;]]">`,
		`data-group="members" data-least="2" data-most="4"`,
		`<fieldset class="group-row" data-row="3" id="row-members-3"><legend>学校<span data-row-number>3</span></legend>`,
		`<label for="f-members-3-school_name">名称</label>`,
		`id="f-members-3-school_name" name="members.3.school_name"`,
		`<a href="#f-members-3-school_name">学校3：“名称”至少要写4个字</a>`,
		`<input type="radio" id="f-members-3-kind-2" name="members.3.kind" value="private">`,
		`<div class="field" id="field-members-3-licence" data-when="members.3.kind=private"`,
		`仅在“性质”选择“民办”时填写`,
		`<button class="button button-quiet group-drop" type="submit" name="_drop" value="members.3" formnovalidate>移除<span class="vh"> 学校<span data-row-number>3</span></span></button>`,
		`<button class="button button-quiet" type="submit" name="_add" value="members" formnovalidate>添加学校</button>`,
		`value="&#34;&gt;&lt;script&gt;"`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %s", want)
		}
	}
	plain := draw(t, f, form.View{Lang: locale.EN})
	if strings.Count(plain, " data-row=") != 2 || strings.Count(plain, "formnovalidate hidden>Remove") != 2 || !strings.Contains(plain, ">Add another school</button>") {
		t.Error("the published page has not the least rows")
	}
	// The key Enter presses the first button of the form.
	first := plain[strings.Index(plain, "<button"):]
	if !strings.HasPrefix(first, `<button type="submit" tabindex="-1">Send</button></div>`) {
		t.Errorf("Enter presses %.80s", first)
	}
	if !strings.Contains(draw(t, f, form.View{Lang: locale.EN, Rows: map[string]int{"members": 9}}), `value="members" formnovalidate hidden>`) {
		t.Error("more than the most can be added")
	}
}

func TestAFaultOfAGroupLeadsToItsFirstControl(t *testing.T) {
	f := small(t, zone)
	out := draw(t, f, form.View{Lang: locale.EN, Faults: f.Validate(f.Bind(url.Values{"email": {"a@example.org"}}, nil), now())})
	if !strings.Contains(out, `<a href="#f-members-1-school_name">Fill in at least one entry for “Member schools”</a>`) ||
		!strings.Contains(out, `<p class="error" id="f-members-error">`) {
		t.Error(out)
	}
	if found := audit(t, out); len(found) > 0 {
		t.Error(found)
	}
}

func TestAnOptionalGroupNeedsNothing(t *testing.T) {
	f := small(t, strings.Replace(zone, "type: group", "type: group\n        optional: true", 1))
	doc, err := html.Parse(strings.NewReader(draw(t, f, form.View{Lang: locale.ZH})))
	if err != nil {
		t.Fatal(err)
	}
	needed := 0
	walk(doc, func(n *html.Node) {
		if strings.HasPrefix(attr(n, "name"), "members.") && attr(n, "aria-required") != "" {
			needed++
		}
	})
	if needed > 0 {
		t.Errorf("%d fields say that they must be filled in", needed)
	}
}

func TestGroupsInJSON(t *testing.T) {
	f := small(t, zone)
	a, err := f.BindJSON([]byte(`{"email":"a@example.org","members":[{"school_name":"示例小学 01","kind":"public"},{},{"school_name":null},{"kind":"private","school_name":"示例小学 02","licence":"001"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if a.Get("members.2.licence") != "001" || len(f.Validate(a, now())) > 0 {
		t.Errorf("%q", a.Values)
	}
	many := strings.Repeat(`{"school_name":"示例小学 01","kind":"public"},`, 70)
	if a, err = f.BindJSON([]byte(`{"email":"a@example.org","members":[` + strings.TrimSuffix(many, ",") + `]}`)); err != nil {
		t.Fatal(err)
	}
	if faults := f.Validate(a, now()); len(faults) != 1 || faults[0].Field != "members" || faults[0].Code != "max" {
		t.Errorf("%+v", faults)
	}
	for body, says := range map[string]string{
		`{"members":"x"}`:                     `"members" must be a list`,
		`{"members":{"school_name":"x"}}`:     `"members" must be a list`,
		`{"members":["x"]}`:                   `"members.1" must be a JSON object`,
		`{"members":[null]}`:                  `"members.1" must be a JSON object`,
		`{"members":[{},{"name":"x"}]}`:       `no field "members.2.name"`,
		`{"members":[{"kind":1}]}`:            `"members.1.kind" is of the wrong kind`,
		`{"members":[{"kind":"","kind":""}]}`: `"members.1.kind" appears twice`,
		`{"members":[{"members":[]}]}`:        `no field "members.1.members"`,
		`{"members.1.school_name":"x"}`:       `no field "members.1.school_name"`,
	} {
		_, err := f.BindJSON([]byte(body))
		var e *form.BodyError
		if !errors.As(err, &e) || !strings.Contains(e.Message.EN, says) || e.Message.ZH == e.Message.EN {
			t.Errorf("%s: %v", body, err)
		} else if e.Field != "members" && says[0] == '"' {
			t.Errorf("%s names %q", body, e.Field)
		}
	}
}

func TestGroupsInReportsAndTables(t *testing.T) {
	f := small(t, zone)
	in := school(school(nil, 1, "示例小学 01", "public"), 2, "示例小学 02", "private")
	in.Set("members.2.licence", "001")
	a := f.Bind(in, nil)
	var rows []string
	for _, s := range f.Report(a, locale.EN) {
		for _, r := range s.Rows {
			rows = append(rows, r.Field+"|"+r.Label+"|"+r.Value)
		}
	}
	want := []string{"email|E-mail|office@example.org",
		"members.1.school_name|School 1: Name|示例小学 01", "members.1.founded|School 1: Founded|not given", "members.1.joined|School 1: Joined|not given", "members.1.kind|School 1: Kind|Public", "members.1.place|School 1: District|not given",
		"members.2.school_name|School 2: Name|示例小学 02", "members.2.founded|School 2: Founded|not given", "members.2.joined|School 2: Joined|not given", "members.2.kind|School 2: Kind|Private", "members.2.licence|School 2: Licence number|001", "members.2.place|School 2: District|not given"}
	if !slices.Equal(rows, want) {
		t.Errorf("%q", rows)
	}
	columns := f.Columns()
	if len(columns) != 1+4*6 || columns[0].Key != "email" || columns[7].Key != "members.2.school_name" || columns[7].Title.ZH != "学校2：名称" {
		t.Errorf("%+v", columns)
	}
	cells := ""
	for _, c := range columns {
		if v := f.Cell(a, c.Key, locale.ZH); v != "" {
			cells += c.Key + "=" + v + " "
		}
	}
	if cells != "email=office@example.org members.1.school_name=示例小学 01 members.1.kind=公办 members.2.school_name=示例小学 02 members.2.kind=民办 members.2.licence=001 " {
		t.Error(cells)
	}
	if got := f.Cell(a, "no.such.column", locale.ZH); got != "" {
		t.Error(got)
	}
	// An optional group without rows is one line.
	f = small(t, strings.Replace(zone, "type: group", "type: group\n        optional: true", 1))
	if s := f.Report(f.Bind(url.Values{}, nil), locale.EN); len(s[0].Rows) != 2 || s[0].Rows[1].Label != "Member schools" || s[0].Rows[1].Value != "not given" {
		t.Errorf("%+v", s)
	}
}

func TestAGroupSurvivesItsPublication(t *testing.T) {
	f := small(t, zone)
	b, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	g, err := form.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	in := school(nil, 3, "校", "private")
	if x, y := f.Validate(f.Bind(in, nil), now()), g.Validate(g.Bind(in, nil), now()); !reflect.DeepEqual(x, y) || len(x) != 3 {
		t.Errorf("%+v, then %+v", x, y)
	}
	for name, change := range map[string][2]string{
		"too many rows":   {`"most": 4`, `"most": 51`},
		"no rows":         {`"most": 4`, `"most": -1`},
		"no item":         {`"zh": "学校"`, `"zh": ""`},
		"a file in a row": {`"type": "district"`, `"type": "file"`},
	} {
		if !strings.Contains(string(b), change[0]) {
			t.Errorf("%s plants nothing", name)
		}
		if _, err := form.Decode([]byte(strings.Replace(string(b), change[0], change[1], 1))); err == nil || strings.Contains(err.Error(), "changed after") {
			t.Errorf("%s was believed: %v", name, err)
		}
	}
}
