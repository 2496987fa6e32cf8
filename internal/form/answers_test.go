package form_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// small makes a form of the given fields, which stand between an e-mail field
// and the end.
func small(t testing.TB, fields string) *form.Form {
	t.Helper()
	f, list := form.Parse("forms/small.yaml", []byte(`audience: teacher
title: {zh: 小, en: Small}
summary: {zh: 小, en: Small}
submit: {zh: 提交, en: Send}
privacy: {zh: 小, en: Small}
sections:
  - title: {zh: 一, en: One}
    why: {zh: 因为, en: Because}
    fields:
      - {name: email, type: email, role: email, label: {zh: 邮箱, en: E-mail}}
`+fields), env())
	if len(list) > 0 {
		var b strings.Builder
		_ = list.Write(&b, locale.EN)
		t.Fatal(b.String())
	}
	return f
}

// one makes a form with one more field, x.
func one(t testing.TB, kind, more string) *form.Form {
	return small(t, "      - {name: first, type: "+firstType(kind)+", optional: true, label: {zh: 甲, en: First}}\n"+
		"      - {name: x, type: "+kind+", label: {zh: 乙, en: Second}"+more+"}\n")
}

func firstType(kind string) string {
	if kind == "date" || kind == "number" {
		return kind
	}
	return "text"
}

func codes(f *form.Form, in url.Values) []string {
	if !in.Has("email") {
		in.Set("email", "office@example.org")
	}
	var out []string
	for _, x := range f.Validate(f.Bind(in, nil), now()) {
		out = append(out, x.Field+":"+x.Code)
	}
	return out
}

func TestRulesTakeAndRefuse(t *testing.T) {
	const choices = ", choices: [{value: a, zh: 甲, en: A}, {value: b, zh: 乙, en: B}, {value: c, zh: 丙, en: C}]"
	local := "0571 " + strings.Repeat("2", 8)
	for _, c := range []struct{ kind, more, good, bad, code string }{
		{"text", ", rule: min=2", "外教", "外", "min"},
		{"textarea", ", rule: max=3", "外教好", "外教好吗", "max"},
		{"text", ", rule: len=4", "abcd", "abc", "len"},
		{"text", ", rule: ascii", "abc", "外", "ascii"},
		{"text", ", rule: alpha", "abc", "ab1", "alpha"},
		{"text", ", rule: alphanum", "ab1", "ab-1", "alphanum"},
		{"text", ", rule: numeric", "123", "12a", "numeric"},
		{"text", ", rule: uppercase", "ABC", "aBC", "uppercase"},
		{"text", ", rule: lowercase", "abc", "aBC", "lowercase"},
		{"text", ", rule: http_url", "https://example.org/", "javascript:alert(1)", "http_url"},
		{"text", ", rule: contains=学", "小学", "幼儿园", "contains"},
		{"text", ", rule: excludes=学", "幼儿园", "小学", "excludes"},
		{"text", ", rule: startswith=AB", "ABC", "BC", "startswith"},
		{"email", ", rule: endswith=@example.org", "a@example.org", "a@example.com", "endswith"},
		{"text", ", rule: uscc", "9135 0100-m000100y43", "91350100M000100Y44", "uscc"},
		{"text", ", rule: name", "尼格买提·热合曼", "12345", "name"},
		{"number", ", rule: 'min=1,max=9'", "９", "10", "max"},
		{"number", ", rule: min=1", "1,200", "0", "min"},
		{"number", ", rule: gt=3", "4", "3", "gt"},
		{"number", ", rule: lt=3", "2", "3", "lt"},
		{"number", "", "12", "1.5", "whole"},
		{"number", ", decimals: 1", "1.50", "1.25", "decimals"},
		{"number", "", "007", "seven", "number"},
		{"number", "", "-3", "99999999999999999999999", "number"},
		{"date", "", "2027年3月1日", "2027-02-30", "date"},
		{"date", "", "2027/3/1", "0001-01-01", "date"},
		{"date", ", rule: notpast", "2026-11-23", "2026-11-22", "notpast"},
		{"date", ", rule: notfuture", "2026-11-23", "2026-11-24", "notfuture"},
		{"date", ", rule: within=2", "2027-01-23", "2027-01-24", "within"},
		{"phone", "", local, "12345", "phone"},
		{"phone", "", "+44 (20) 7946-0000", "+44", "phone"},
		{"phone", ", rule: cnlandline", "+86-571-" + strings.Repeat("2", 8) + " 转 12", strings.Repeat("2", 8), "cnlandline"},
		{"phone", ", rule: cnmobile", "+86 13" + strings.Repeat("0", 9), "12" + strings.Repeat("0", 9), "cnmobile"},
		{"phone", "", "13" + strings.Repeat("0", 9), local + "\r\nBcc: a@example.org", "phone"},
		{"email", "", "Office@Example.ORG", "office@example", "email"},
		{"choice", choices, "a", "d", "choice"},
		{"district", "", "330106", "110101", "choice"},
		{"country", "", "gb", "XX", "choice"},
		{"text", "", "x", strings.Repeat("字", 201), "max"},
	} {
		f := one(t, c.kind, c.more)
		if got := codes(f, url.Values{"x": {c.good}}); len(got) > 0 {
			t.Errorf("%s%s refuses %q: %v", c.kind, c.more, c.good, got)
		}
		if got := codes(f, url.Values{"x": {c.bad}}); !slices.Equal(got, []string{"x:" + c.code}) {
			t.Errorf("%s%s on %q: %v, want %s", c.kind, c.more, c.bad, got, c.code)
		}
		if got := codes(f, url.Values{"x": {" \t"}}); !slices.Equal(got, []string{"x:missing"}) {
			t.Errorf("%s%s empty: %v", c.kind, c.more, got)
		}
	}
	f := one(t, "choices", choices+", rule: 'min=2,max=2'")
	for want, in := range map[string][]string{"[]": {"b", "a", "a"}, "[x:min]": {"a", "a"}, "[x:max]": {"a", "b", "c"}, "[x:choice]": {"a", "z"}} {
		if got := codes(f, url.Values{"x": in}); "["+strings.Join(got, " ")+"]" != want {
			t.Errorf("choices %v: %v", in, got)
		}
	}
	for _, c := range []struct{ kind, rule, first, good, bad, words string }{
		{"date", "after", "2027-03-01", "2027-03-02", "2027-03-01", "“First” (1 March 2027)"},
		{"date", "notbefore", "2027-03-01", "2027-03-01", "2027-02-28", "“First” (1 March 2027)"},
		{"number", "notbefore", "9000", "10000", "8000", "“First” (9,000)"},
	} {
		f := one(t, c.kind, ", rule: "+c.rule+"=first")
		if got := codes(f, url.Values{"first": {c.first}, "x": {c.good}}); len(got) > 0 {
			t.Errorf("%s %s: %v", c.kind, c.rule, got)
		}
		if got := codes(f, url.Values{"x": {c.bad}}); len(got) > 0 {
			t.Errorf("%s %s beside nothing: %v", c.kind, c.rule, got)
		}
		faults := f.Validate(f.Bind(url.Values{"email": {"a@example.org"}, "first": {c.first}, "x": {c.bad}}, nil), now())
		if len(faults) != 1 || faults[0].Code != c.rule || !strings.Contains(faults[0].Message.EN, c.words) {
			t.Errorf("%s %s: %+v", c.kind, c.rule, faults)
		}
	}
}

func TestAddressesThatCouldCarryCommandsAreRefused(t *testing.T) {
	f := one(t, "email", "")
	for _, bad := range []string{"a@b> NOTIFY=NEVER", "a@example.org> NOTIFY=NEVER", "<a@example.org>", "a@example.org\r\nBcc: b@example.org", "a b@example.org", "\"a b\"@example.org",
		"a@[127.0.0.1]", "a@127.0.0.1", "a@@example.org", "a@b@example.org", ".a@example.org", "a..b@example.org", "a.@example.org", "外教@example.org", "a@example..org", "a@-example.org",
		"a@exa_mple.org", "a,b@example.org", "a@example.org,b@example.org", "Office <a@example.org>", strings.Repeat("a", 65) + "@example.org", "a@" + strings.Repeat("a", 64) + ".org",
		"a@" + strings.Repeat("abcdefgh.", 30) + "org", "a@example.org\x00", "a(c)@example.org"} {
		if got := codes(f, url.Values{"x": {bad}}); len(got) != 1 || !slices.Contains([]string{"x:email", "x:email-local", "x:max"}, got[0]) {
			// A trailing control character is taken out before the check.
			if bad != "a@example.org\x00" {
				t.Errorf("%q: %v", bad, got)
			}
		}
	}
	for in, want := range map[string]string{"O'Brien+x@EXAMPLE.org ": "O'Brien+x@example.org", "office@例子.example": "office@xn--fsqu00a.example", "office＠example．org": "office@example.org"} {
		if got := f.Bind(url.Values{"x": {in}}, nil).Get("x"); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

// A letter before the @ that is not plain English has words of its own: the
// address may be right, and still we cannot write to it (RFC 6531).
func TestALocalPartInAnotherScript(t *testing.T) {
	f := one(t, "email", "")
	for in, want := range map[string]string{"外教@example.org": "email-local", "zoë@例子.example": "email-local", "外教": "email", "office@例子": "email", "office＠外教.example": ""} {
		got := f.Validate(f.Bind(url.Values{"email": {"a@example.org"}, "x": {in}}, nil), now())
		if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || got[0].Code != want) {
			t.Errorf("%s: %+v", in, got)
		}
		if want == "email-local" && (!strings.Contains(got[0].Message.ZH, "@前面") || !strings.Contains(got[0].Message.EN, "before the @")) {
			t.Errorf("%+v", got[0].Message)
		}
	}
}

func TestBindCleans(t *testing.T) {
	f := small(t, "      - {name: line, type: text, label: {zh: 行, en: Line}}\n      - {name: lines, type: textarea, label: {zh: 文, en: Text}}\n"+
		"      - {name: choice, type: choice, label: {zh: 选, en: Choice}, choices: [{value: a, zh: 甲, en: A}, {value: b, zh: 乙, en: B}]}\n"+
		"      - {name: when_b, type: text, label: {zh: 乙, en: B}, when: {field: choice, is: [b]}}\n")
	a := f.Bind(url.Values{"line": {"  Zoe\u0308\r\n\u202eevil\u0000 x\u2029y "}, "lines": {"\r\n a \r\nb\rc\u2028d\u0007\u202e\n\n"}, "choice": {"a"}, "when_b": {"hidden"}, "other": {"x"}, "_key": {"k"}}, nil)
	want := map[string][]string{"line": {"Zoë evil x y"}, "lines": {"a\nb\nc\nd"}, "choice": {"a"}}
	if !reflect.DeepEqual(a.Values, want) {
		t.Errorf("%q", a.Values)
	}
	a = f.Bind(url.Values{"choice": {"b"}, "when_b": {"shown"}}, nil)
	if a.Get("when_b") != "shown" {
		t.Errorf("%q", a.Values)
	}
	if got := codes(f, url.Values{"line": {"x"}, "lines": {"x"}, "choice": {"b"}}); !slices.Equal(got, []string{"when_b:missing"}) {
		t.Error(got)
	}
	// Answers that did not come through Bind are not believed.
	raw := form.Answers{Values: map[string][]string{"email": {"a@example.org"}, "line": {"a\nb"}, "lines": {"a\u202e"}, "choice": {"a"}}}
	if got := f.Validate(raw, now()); len(got) != 2 || got[0].Code != "control-character" || got[1].Code != "control-character" {
		t.Errorf("%+v", got)
	}
}

// Everything that a zone's request requires, but for the kind of post.
func TestFaultsComeInTheOrderOfTheForm(t *testing.T) {
	f := hiring(t)
	var order []string
	for x := range f.Fields() {
		order = append(order, x.Name)
	}
	faults := f.Validate(f.Bind(url.Values{"post_type": {"zone"}}, nil), now())
	last := -1
	for _, x := range faults {
		i := slices.Index(order, x.Field)
		if i <= last {
			t.Errorf("%s stands too late", x.Field)
		}
		last = i
	}
	if len(faults) != 19 {
		t.Errorf("%d faults: %+v", len(faults), faults)
	}
}

func TestFiles(t *testing.T) {
	f := hiring(t)
	good := form.File{Name: "公函.PDF", Type: "application/pdf", Size: 1000, ID: "1"}
	for code, change := range map[string]func(*form.File){
		"":           func(*form.File) {},
		"file-size":  func(x *form.File) { x.Size = 5<<20 + 1 },
		"file-empty": func(x *form.File) { x.Size = 0 },
		"file-type":  func(x *form.File) { x.Type = "image/png" },
	} {
		file := good
		change(&file)
		checkFile(t, f, file, code)
	}
	checkFile(t, f, form.File{Name: "letter.pdf.exe", Type: "application/pdf", Size: 10}, "file-type")
	a := f.Bind(url.Values{}, map[string][]form.File{"letter": {{Name: "old.pdf"}, {Name: "new\r\n.pdf"}}, "unknown": {good}})
	if len(a.Files) != 1 || len(a.Files["letter"]) != 1 || a.Files["letter"][0].Name != "new .pdf" {
		t.Errorf("%+v", a.Files)
	}
	many := one(t, "file", ", accept: [pdf, jpg], size: 500 KB, files: 2")
	three := []form.File{good, good, good}
	if got := many.Validate(many.Bind(url.Values{"email": {"a@example.org"}}, map[string][]form.File{"x": three}), now()); len(got) != 1 || got[0].Code != "too-many-files" {
		t.Errorf("%+v", got)
	}
	if got := many.Validate(many.Bind(url.Values{"email": {"a@example.org"}}, nil), now()); len(got) != 1 || got[0].Code != "missing" {
		t.Errorf("%+v", got)
	}
}

func checkFile(t *testing.T, f *form.Form, file form.File, code string) {
	t.Helper()
	got := f.Validate(f.Bind(good(), map[string][]form.File{"letter": {file}}), now())
	if code == "" && len(got) > 0 || code != "" && (len(got) != 1 || got[0].Code != code || got[0].Field != "letter") {
		t.Errorf("%+v: want %q, got %+v", file, code, got)
	}
}

func TestPrefillTakesOnlyWhatIsDeclaredAndFits(t *testing.T) {
	a := hiring(t).Prefill(url.Values{"school_name": {"示例小学 01"}, "district": {"999"}, "post_type": {"zone"}, "contact_name": {"x"}, "consent_processing": {"yes"}})
	if want := map[string][]string{"school_name": {"示例小学 01"}, "post_type": {"zone"}}; !reflect.DeepEqual(a.Values, want) {
		t.Errorf("%v", a.Values)
	}
}

func TestJSON(t *testing.T) {
	f := hiring(t)
	body := map[string]any{}
	for k, v := range good() {
		body[k] = v[0]
	}
	body["teachers"], body["subjects"], body["consent_processing"], body["mobile"], body["_key"] = 2, []string{"music", "english"}, true, nil, "k"
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	a, err := f.BindJSON(b)
	if err != nil {
		t.Fatal(err)
	}
	if faults := f.Validate(a, now()); len(faults) > 0 {
		t.Errorf("%+v", faults)
	}
	if got := a.Values["subjects"]; !slices.Equal(got, []string{"english", "music"}) {
		t.Error(got)
	}
	for in, field := range map[string]string{`[]`: "", `{`: "", `{} {}`: "", `null`: "", `{"nobody":1}`: "nobody", `{"uscc":"a","uscc":"b"}`: "uscc", `{"uscc":1}`: "uscc",
		`{"uscc":["a"]}`: "uscc", `{"uscc":true}`: "uscc", `{"subjects":[1]}`: "subjects", `{"letter":"x"}`: "letter", `{"uscc":{}}`: "uscc", "": ""} {
		_, err := f.BindJSON([]byte(in))
		var e *form.BodyError
		if !errors.As(err, &e) || e.Field != field || !e.Message.Has(locale.ZH) || !e.Message.Has(locale.EN) {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestReport(t *testing.T) {
	f := hiring(t)
	in := good()
	in.Set("post_type", "zone")
	in.Set("sharing_schools", "示例小学 02\n示例小学 03")
	in.Set("pay_min", "12000")
	a := f.Bind(in, map[string][]form.File{"letter": {{Name: "公函.pdf", Size: 2048}}})
	find := func(l locale.Lang, field string) string {
		for _, s := range f.Report(a, l) {
			for _, r := range s.Rows {
				if r.Field == field {
					return s.Title + "|" + r.Label + "|" + r.Value
				}
			}
		}
		return ""
	}
	for field, want := range map[string][2]string{
		"district":           {"学校|所在区、县（市）|西湖区", "The school|District|Xihu"},
		"start_date":         {"聘用需求|开始日期|2027年2月15日", "What the school needs|Start date|15 February 2027"},
		"sharing_schools":    {"聘用需求|共同聘用的学校|示例小学 02\n示例小学 03", "What the school needs|Schools that will share the teacher|示例小学 02\n示例小学 03"},
		"pay_min":            {"聘用需求|月薪下限（元）|12,000", "What the school needs|Monthly pay, from (yuan)|12,000"},
		"pay_max":            {"聘用需求|月薪上限（元）|未填写", "What the school needs|Monthly pay, up to (yuan)|not given"},
		"letter":             {"附件|学校公函|公函.pdf（2 KB）", "Attachment|The school's letter|公函.pdf (2 KB)"},
		"consent_processing": {"同意事项|同意为办理需求使用个人信息|同意（文本版本2026-01）", "Your consent|Consent to use personal details for this request|Yes (wording 2026-01)"},
		"consent_zone":       {"同意事项|同意向片区内学校提供联系方式|不同意（文本版本2026-01）", "Your consent|Consent to share contact details within the zone|No (wording 2026-01)"},
	} {
		for i, l := range locale.Langs() {
			if got := find(l, field); got != want[i] {
				t.Errorf("%s %s: %q, want %q", l, field, got, want[i])
			}
		}
	}
	a = f.Bind(good(), nil)
	if got := find(locale.ZH, "zone_name"); got != "" {
		t.Errorf("not asked, and in the report: %s", got)
	}
}

func FuzzBind(f *testing.F) {
	definition := hiring(f)
	f.Add("a@b> NOTIFY=NEVER", "zone")
	f.Add("a\r\nBcc: x\x00\u2028\u202e\u200f", "part-time")
	f.Add("１２，０００．５０", "full-time")
	f.Add("2027年3月1日", "")
	f.Add("\u0085\ufeff\u00ad\xff\U000e0041", "zone")
	f.Fuzz(func(t *testing.T, s, kind string) {
		in := url.Values{}
		for x := range definition.Fields() {
			in[x.Name] = []string{s, kind}
		}
		in["post_type"] = []string{kind}
		a := definition.Bind(in, map[string][]form.File{"letter": {{Name: s}}})
		for name, values := range a.Values {
			x := definition.Field(name)
			for _, v := range values {
				for _, r := range v {
					if x.Type == form.Textarea && r == '\n' {
						continue
					}
					if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u200e' || r == '\u200f' {
						t.Fatalf("%s keeps %U in %q", name, r, v)
					}
				}
				if x.Type == form.Email && strings.ContainsAny(v, " <>\"") {
					for _, fault := range definition.Validate(a, time.Time{}) {
						if fault.Field == name {
							return
						}
					}
					t.Fatalf("the address %q was taken", v)
				}
			}
		}
		if again := definition.Bind(a.Values, a.Files); !reflect.DeepEqual(again.Values, a.Values) {
			t.Fatalf("cleaning twice differs: %q, then %q", a.Values, again.Values)
		}
		for _, fault := range definition.Validate(a, now()) {
			if !fault.Message.Has(locale.ZH) || !fault.Message.Has(locale.EN) {
				t.Fatalf("no words for %+v", fault)
			}
		}
	})
}
