package form_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"waijiao/internal/form"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

const sound = `audience: school
title: {zh: 示例, en: Sample}
summary: {zh: 示例表单, en: A sample form}
submit: {zh: 提交, en: Send}
privacy: {zh: 仅供示例, en: For show only}
sections:
  - title: {zh: 一, en: One}
    why: {zh: 因为, en: Because}
    fields:
      - name: email
        type: email
        label: {zh: 邮箱, en: E-mail}
        role: email
      - name: kind
        type: choice
        label: {zh: 种类, en: Kind}
        choices:
          - {value: a, zh: 甲, en: A}
          - {value: b, zh: 乙, en: B}
      - name: note
        type: text
        label: {zh: 说明, en: Note}
        rule: min=2,max=60
        when: {field: kind, is: [b]}
      - name: many
        type: choices
        label: {zh: 多选, en: Several}
        choices:
          - {value: a, zh: 甲, en: A}
          - {value: b, zh: 乙, en: B}
      - name: amount
        type: number
        label: {zh: 数量, en: Amount}
      - name: day
        type: date
        label: {zh: 日期, en: Day}
      - name: letter
        type: file
        label: {zh: 公函, en: Letter}
        accept: [pdf]
        size: 5 MB
      - name: agree
        type: consent
        label: {zh: 我同意, en: I agree}
        version: 2026-01
`

func TestTheSoundDefinitionHasNoProblem(t *testing.T) {
	for _, src := range []string{sound, "\ufeff" + strings.ReplaceAll(sound, "\n", "\r\n")} {
		f, list := form.Parse("forms/sample.yaml", []byte(src), env())
		if len(list) > 0 || f == nil || f.ID != "sample" {
			t.Fatalf("%+v", list)
		}
	}
}

// Each case plants one fault: old becomes new, and the problem has to stand at
// line:column with its code.
func TestPlantedFaultsAreFoundWhereTheyStand(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown key", "audience:", "audiense:", "1:1 unknown-key"},
		{"unknown key of a field", "        role: email\n", "        roll: email\n", "13:9 unknown-key"},
		{"duplicate key", "submit:", "title: {zh: 二, en: Two}\nsubmit:", "4:1 duplicate-key"},
		{"a key without a value", "rule: min=2,max=60", "rule:", "23:9 empty-value"},
		{"syntax", "title: {zh: 示例, en: Sample}", "title: {zh: 示例, en: Sample", "3:1 yaml-syntax"},
		{"tab", "    fields:", "\tfields:", "9:1 yaml-syntax"},
		{"two documents", "sections:", "---\nsections:", "7:1 yaml-syntax"},
		{"wrong type: a list for a mapping", "{zh: 示例, en: Sample}", "[a]", "2:8 wrong-type"},
		{"wrong type: text for a mapping", "label: {zh: 说明, en: Note}", "label: 说明", "22:16 wrong-type"},
		{"wrong type: number for text", "value: a, zh: 甲, en: A}\n          - {value: b, zh: 乙, en: B}\n      - name: note", "value: 1, zh: 甲, en: A}\n          - {value: b, zh: 乙, en: B}\n      - name: note", "18:21 wrong-type"},
		{"wrong type: flag", "role: email", "optional: ja\n        role: email", "13:19 wrong-type"},
		{"wrong type: width", "rule: min=2", "width: wide\n        rule: min=2", "23:16 wrong-type"},
		{"alias", "label: {zh: 说明, en: Note}", "label: *x", "22:16 wrong-type"},
		{"missing English", "{zh: 因为, en: Because}", "{zh: 因为}", "8:10 missing-language"},
		{"missing Chinese of a choice", "{value: a, zh: 甲, en: A}", "{value: a, en: A}", "18:13 missing-language"},
		{"missing title", "title: {zh: 示例, en: Sample}\n", "", "1:1 missing-key"},
		{"missing why", "    why: {zh: 因为, en: Because}\n", "", "7:5 missing-key"},
		{"bad audience", "audience: school", "audience: schools", "1:11 bad-value"},
		{"line break in a text", "{zh: 仅供示例, en: For show only}", "{zh: 仅供示例, en: \"For\\nshow\"}", "5:26 control-character"},
		{"bad name", "name: note", "name: Note", "20:15 bad-name"},
		{"hidden name", "name: note", "name: _note", "20:15 bad-name"},
		{"reserved name", "name: note", "name: submit", "20:15 reserved-name"},
		{"duplicate name", "name: note", "name: email", "20:15 duplicate-name"},
		{"unknown type", "type: text", "type: txt", "21:15 unknown-type"},
		{"unknown rule", "rule: min=2,max=60", "rule: min=2,maks=60", "23:21 unknown-rule"},
		{"a rule of the library that has no words here", "rule: min=2,max=60", "rule: isbn", "23:15 unknown-rule"},
		{"required as a rule", "rule: min=2,max=60", "rule: required", "23:15 unknown-rule"},
		{"or", "rule: min=2,max=60", "rule: \"alpha|numeric\"", "23:16 unknown-rule"},
		{"bad parameter", "rule: min=2,max=60", "rule: min=two", "23:15 bad-rule-parameter"},
		{"no parameter", "rule: min=2,max=60", "rule: min=2, max", "23:22 bad-rule-parameter"},
		{"needless parameter", "rule: min=2,max=60", "rule: uscc=18", "23:15 bad-rule-parameter"},
		{"duplicate rule", "rule: min=2,max=60", "rule: min=2,min=3", "23:21 duplicate-rule"},
		{"min above max", "rule: min=2,max=60", "rule: min=61,max=60", "23:22 impossible-rule"},
		{"uscc shorter than a code", "rule: min=2,max=60", "rule: uscc,max=17", "23:20 impossible-rule"},
		{"no whole number between", "label: {zh: 数量, en: Amount}", "label: {zh: 数量, en: Amount}\n        rule: gt=3,lt=4", "34:20 impossible-rule"},
		{"more answers than choices", "label: {zh: 多选, en: Several}", "label: {zh: 多选, en: Several}\n        rule: min=3", "28:15 impossible-rule"},
		{"a rule on a consent", "version: 2026-01", "version: 2026-01\n        rule: min=1", "46:15 rule-not-for-type"},
		{"a rule on a file", "size: 5 MB", "size: 5 MB\n        rule: max=1", "42:15 rule-not-for-type"},
		{"uscc on a number", "label: {zh: 数量, en: Amount}", "label: {zh: 数量, en: Amount}\n        rule: uscc", "34:15 rule-not-for-type"},
		{"after an unknown day", "label: {zh: 日期, en: Day}", "label: {zh: 日期, en: Day}\n        rule: after=start", "37:15 bad-rule-parameter"},
		{"after itself", "label: {zh: 日期, en: Day}", "label: {zh: 日期, en: Day}\n        rule: after=day", "37:15 bad-rule-parameter"},
		{"after a number", "label: {zh: 日期, en: Day}", "label: {zh: 日期, en: Day}\n        rule: after=amount", "37:15 bad-rule-parameter"},
		{"when on an unknown field", "field: kind,", "field: kin,", "24:23 bad-when"},
		{"when on a later field", "field: kind,", "field: many,", "24:23 bad-when"},
		{"when on a text", "label: {zh: 公函, en: Letter}", "label: {zh: 公函, en: Letter}\n        when: {field: note, is: [x]}", "40:23 bad-when"},
		{"when on a value that is not offered", "is: [b]", "is: [c]", "24:34 bad-when"},
		{"when without a value", "is: [b]", "is: []", "24:33 bad-when"},
		{"one choice", "          - {value: b, zh: 乙, en: B}\n      - name: note", "      - name: note", "18:11 missing-key"},
		{"duplicate choice", "{value: b, zh: 乙, en: B}", "{value: a, zh: 乙, en: B}", "19:21 duplicate-choice"},
		{"bad choice", "{value: b, zh: 乙, en: B}", "{value: B C, zh: 乙, en: B}", "19:21 bad-value"},
		{"choices on a text", "rule: min=2,max=60", "choices: [{value: a, zh: 甲, en: A}]", "23:18 key-not-for-type"},
		{"no accept", "        accept: [pdf]\n", "", "37:9 missing-key"},
		{"unknown kind of file", "accept: [pdf]", "accept: [pdf, exe]", "40:23 bad-value"},
		{"no size", "        size: 5 MB\n", "", "37:9 missing-key"},
		{"unreadable size", "size: 5 MB", "size: five", "41:15 bad-size"},
		{"attachments beyond the mail", "size: 5 MB", "size: 5 MB\n        files: 3", "41:15 mail-too-large"},
		{"consent without a version", "        version: 2026-01\n", "", "42:9 missing-key"},
		{"no submitter", "        role: email\n", "", "7:3 no-submitter"},
		{"optional submitter", "role: email", "role: email\n        optional: true", "13:15 bad-role"},
		{"submitter of another type", "type: email", "type: text", "13:15 bad-role"},
		{"two submitters", "type: text\n        label: {zh: 说明, en: Note}\n        rule: min=2,max=60\n        when: {field: kind, is: [b]}", "type: email\n        label: {zh: 说明, en: Note}\n        role: email", "23:15 bad-role"},
		{"an anonymous form that needs an address", "sections:", "anonymous: true\nsections:", "14:15 bad-role"},
		{"unreadable opening", "sections:", "opens: soon\nsections:", "6:8 bad-moment"},
		{"a day that there is not", "sections:", "closes: 2026-02-30\nsections:", "6:9 bad-moment"},
		{"a second", "sections:", "closes: 2026-02-03 09:00:01\nsections:", "6:9 bad-moment"},
		{"closing before opening", "sections:", "opens: 2026-12-02\ncloses: 2026-12-01\nsections:", "7:9 bad-moment"},
		{"closing at the opening", "sections:", "opens: 2026-12-02\ncloses: 2026-12-02 00:00\nsections:", "7:9 bad-moment"},
		{"another century", "sections:", "opens: 1026-12-02\nsections:", "6:8 bad-moment"},
		{"kept for ever", "sections:", "keep: {after_closing: 180, at_most: 4000}\nsections:", "6:37 bad-value"},
		{"kept longer than at most", "sections:", "keep: {after_closing: 400}\nsections:", "6:7 bad-value"},
		{"an unknown period", "sections:", "keep: {days: 1}\nsections:", "6:8 unknown-key"},
		{"kept for no day", "sections:", "keep: {at_most: 0}\nsections:", "6:17 wrong-type"},
		{"fields of a text", "rule: min=2,max=60", "fields: [{name: a, type: text, label: {zh: 一, en: One}}]", "23:17 key-not-for-type"},
		{"a group without fields", "type: text\n        label: {zh: 说明, en: Note}\n        rule: min=2,max=60", "type: group\n        label: {zh: 说明, en: Note}\n        item: {zh: 行, en: Row}", "20:9 missing-key"},
		{"a group without an item", "rule: min=2,max=60", "optional: true\n      - {name: rows, type: group, label: {zh: 行, en: Rows}, fields: [{name: a, type: text, label: {zh: 一, en: One}}]}\n      - name: other\n        type: text\n        label: {zh: 说明, en: Note}", "24:9 missing-key"},
		{"a file in a group", "version: 2026-01", "version: 2026-01\n" + group("type: file, accept: [pdf], size: 5 KB"), "46:144 not-in-group"},
		{"a consent in a group", "version: 2026-01", "version: 2026-01\n" + group("type: consent, version: 2026-01"), "46:144 not-in-group"},
		{"a group in a group", "version: 2026-01", "version: 2026-01\n" + group("type: group, item: {zh: 行, en: Row}, fields: [{name: b, type: text, label: {zh: 一, en: One}}]"), "46:144 not-in-group"},
		{"a role in a group", "version: 2026-01", "version: 2026-01\n" + group("type: text, role: name"), "46:156 not-in-group"},
		{"a name twice in a group", "version: 2026-01", "version: 2026-01\n" + group("type: text}, {name: a, label: {zh: 二, en: Two}, type: text"), "46:158 duplicate-name"},
		{"a condition outside of the group", "version: 2026-01", "version: 2026-01\n" + group("type: text, when: {field: kind, is: [b]}"), "46:164 bad-when"},
		{"a condition on a row", "version: 2026-01", "version: 2026-01\n" + group("type: choice, choices: [{value: a, zh: 甲, en: A}, {value: b, zh: 乙, en: B}]") + "\n      - {name: z, type: text, label: {zh: 尾, en: Z}, when: {field: rows.1.a, is: [b]}}", "47:68 bad-when"},
		{"more rows than there can be", "version: 2026-01", "version: 2026-01\n" + strings.Replace(group("type: text"), "most: 3", "most: 51", 1), "46:91 bad-value"},
		{"least above most", "version: 2026-01", "version: 2026-01\n" + strings.Replace(group("type: text"), "most: 3", "most: 3, least: 4", 1), "46:101 bad-value"},
		{"more answers than a page can send", "version: 2026-01", "version: 2026-01\n" + strings.Replace(group("type: choices, choices: ["+strings.Join(twenty(), ", ")+"]"), "most: 3", "most: 50", 1), "46:103 too-much"},
		{"privacy page elsewhere", "sections:", "privacy_page: https://example.org/\nsections:", "6:15 bad-value"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(sound, c.old) {
				t.Fatal("the case plants nothing")
			}
			src := strings.Replace(sound, c.old, c.new, 1)
			f, list := form.Parse("forms/sample.yaml", []byte(src), env())
			if f != nil {
				t.Error("a form came of it")
			}
			var got []string
			for _, p := range list {
				got = append(got, fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Code))
				checkProblem(t, p, src)
			}
			if !slices.Contains(got, c.want) {
				var b strings.Builder
				_ = list.Write(&b, locale.EN)
				t.Errorf("want %s, got %v\n%s", c.want, got, b.String())
			}
			if len(got) > 2 {
				t.Errorf("one fault made %d problems: %v", len(got), got)
			}
		})
	}
}

// checkProblem holds for every problem: a place inside the file, the line that
// is there, and words in both languages.
func checkProblem(t *testing.T, p problem.Problem, src string) {
	t.Helper()
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(src, "\ufeff"))
	lines := strings.Split(text, "\n")
	if p.File != "forms/sample.yaml" || p.Line < 1 || p.Line > len(lines) || p.Column < 1 {
		t.Errorf("place %s of %d lines", p.Place(), len(lines))
	} else if p.Source != lines[p.Line-1] {
		t.Errorf("%s shows %q", p.Place(), p.Source)
	}
	if p.Code == "" || p.Severity != problem.Error || !p.Message.Has(locale.ZH) || !p.Message.Has(locale.EN) ||
		p.Hint.Has(locale.ZH) != p.Hint.Has(locale.EN) {
		t.Errorf("incomplete: %+v", p)
	}
}

// group is a group whose rows have one field.
func group(field string) string {
	return "      - {name: rows, type: group, label: {zh: 行, en: Rows}, item: {zh: 行, en: Row}, most: 3, fields: [{name: a, label: {zh: 一, en: One}, " + field + "}]}"
}

func twenty() []string {
	var out []string
	for i := range 20 {
		out = append(out, fmt.Sprintf("{value: v%d, zh: 选项, en: Choice}", i))
	}
	return out
}

func TestOtherFilesAndSites(t *testing.T) {
	for name, want := range map[string]string{"": "empty-file", "# only a comment\n": "empty-file", "hello": "wrong-type", "title: \xff": "not-utf8"} {
		_, list := form.Parse("forms/sample.yaml", []byte(name), env())
		if len(list) == 0 || list[0].Code != want {
			t.Errorf("%q: %+v", name, list)
		}
	}
	if _, list := form.Parse("forms/Hiring Request.yaml", []byte(sound), env()); len(list) != 1 || list[0].Code != "bad-form-id" {
		t.Errorf("%+v", list)
	}
	src := strings.Replace(sound, "type: date", "type: district", 1)
	if _, list := form.Parse("forms/sample.yaml", []byte(src), form.Env{}); len(list) != 1 || list[0].Code != "no-districts" {
		t.Errorf("%+v", list)
	}
}

func TestAWordNearlyRightIsProposed(t *testing.T) {
	_, list := form.Parse("forms/sample.yaml", []byte(sound+"summry: x\n"), env())
	if len(list) != 1 || !strings.Contains(list[0].Hint.EN, "summary") || !strings.Contains(list[0].Hint.ZH, "summary") {
		t.Errorf("%+v", list)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sound)
	f.Add("opens: 2026-12-01 09:00\ncloses: 2026-12-31\nanonymous: true\nkeep: {at_most: 400}\n" + strings.Replace(sound, "role: email", "optional: true", 1) + group("type: text, rule: name"))
	for _, s := range []string{"", "a: [", "- - -", "&a {a: *a}", "? x", "!!binary a", "title: |\n  x\n", "sections: [{fields: [{rule: 'min=2,,=,|', type: text, when: {}}]}]",
		"sections:\n- fields:\n  - {name: a, type: number, rule: 'min=9999999999999999999'}\n", "\r\n\r\nx: 1\r", "\"\\u0000\": 1", "<<: {a: 1}", "title: !x {zh: a}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		parsed, list := form.Parse("forms/sample.yaml", []byte(src), env())
		if (parsed == nil) != (list.Errors() > 0) {
			t.Fatalf("form %v with %d errors", parsed != nil, list.Errors())
		}
		for _, p := range list {
			if p.Code == "not-utf8" {
				continue // the line shown is not text
			}
			checkProblem(t, p, src)
		}
		if parsed == nil {
			return
		}
		b, err := parsed.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := form.Decode(b); err != nil {
			t.Fatalf("what was published cannot be read: %v", err)
		}
	})
}
