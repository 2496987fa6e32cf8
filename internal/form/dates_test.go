package form_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// dated is the sound form with more keys at its head.
func dated(t *testing.T, head string) *form.Form {
	t.Helper()
	f, list := form.Parse("forms/sample.yaml", []byte(head+sound), env())
	if len(list) > 0 {
		var b strings.Builder
		_ = list.Write(&b, locale.EN)
		t.Fatal(b.String())
	}
	return f
}

func beijing(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", s, locale.Beijing())
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

func TestAFormOpensAndCloses(t *testing.T) {
	for _, c := range []struct {
		head, at string
		state    form.State
		accepts  bool
	}{
		{"", "1999-01-01 00:00:00", form.Open, true},
		{"opens: 2026-12-01\n", "2026-11-30 23:59:59", form.NotYet, false},
		{"opens: 2026-12-01\n", "2026-12-01 00:00:00", form.Open, true},
		{"opens: 2026-12-01 09:00\n", "2026-12-01 08:59:59", form.NotYet, false},
		{"opens: 2026-12-01 09:00\n", "2026-12-01 09:00:00", form.Open, true},
		// A day that ends something counts to its end, a minute to its beginning;
		// then come two hours of grace.
		{"closes: 2026-12-01\n", "2026-12-01 23:59:59", form.Open, true},
		{"closes: 2026-12-01\n", "2026-12-02 00:00:00", form.Over, true},
		{"closes: 2026-12-01\n", "2026-12-02 01:59:59", form.Over, true},
		{"closes: 2026-12-01\n", "2026-12-02 02:00:00", form.Over, false},
		{"closes: 2026-12-01 17:00\n", "2026-12-01 16:59:59", form.Open, true},
		{"closes: 2026-12-01 17:00\n", "2026-12-01 17:00:00", form.Over, true},
		{"closes: 2026-12-01 17:00\n", "2026-12-01 19:00:00", form.Over, false},
		{"opens: 2026-12-01\ncloses: 2026-12-01\n", "2026-12-01 12:00:00", form.Open, true},
	} {
		f := dated(t, c.head)
		at := beijing(t, c.at)
		if f.State(at) != c.state || f.Accepts(at) != c.accepts {
			t.Errorf("%q at %s: %s, accepts: %v", c.head, c.at, f.State(at), f.Accepts(at))
		}
		if f.Notice(at).IsZero() != (c.state == form.Open) {
			t.Errorf("%q at %s: %+v", c.head, c.at, f.Notice(at))
		}
	}
}

func TestAFormSaysItsDates(t *testing.T) {
	f := dated(t, "opens: 2026-12-01 09:00\ncloses: 2026-12-31\n")
	if got, want := f.Dates(), locale.T("受理时间：北京时间2026年12月1日9:00至2026年12月31日24:00。", "Open from 09:00 on 1 December 2026 until the end of 31 December 2026, Beijing time."); got != want {
		t.Errorf("%+v", got)
	}
	if got, want := f.Notice(beijing(t, "2026-11-30 00:00:00")), locale.T("本表单将于2026年12月1日9:00（北京时间）开放，届时请再来填写。", "This form opens at 09:00 on 1 December 2026 (Beijing time). Please come back then."); got != want {
		t.Errorf("%+v", got)
	}
	if got, want := f.Notice(beijing(t, "2027-01-01 00:00:00")), locale.T("本表单已于2026年12月31日24:00（北京时间）截止，不再受理。", "This form closed at the end of 31 December 2026 (Beijing time) and is no longer accepted."); got != want {
		t.Errorf("%+v", got)
	}
	for _, head := range []string{"opens: 2026-12-01\n", "closes: 2026-12-31\n", "opens: 2026-12-01\ncloses: 2026-12-31\n", ""} {
		f := dated(t, head)
		for _, l := range locale.Langs() {
			out := draw(t, f, form.View{Lang: l})
			if strings.Contains(out, `<p class="form-dates">`+f.Dates().In(l)+`</p>`) != (head != "") {
				t.Errorf("%q %s: %+v", head, l, f.Dates())
			}
		}
	}
}

// A form that is not open cannot be filled in.
func TestAClosedFormIsNotDrawn(t *testing.T) {
	f := dated(t, "opens: 2026-12-01\n")
	for _, l := range locale.Langs() {
		notice := f.Notice(now())
		if got, want := draw(t, f, form.View{Lang: l, Closed: notice, Key: "k"}), `<div class="form-closed" role="status"><p>`+notice.In(l)+"</p></div>\n"; got != want {
			t.Errorf("%s", got)
		}
	}
}

// What is published is the moment, whatever the zone of the machine that reads
// it.
func TestDatesSurviveTheirPublication(t *testing.T) {
	f := dated(t, "opens: 2026-12-01 09:00\ncloses: 2026-12-31\nkeep: {after_closing: 30, at_most: 60}\n")
	b, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), `"opens": "2026-12-01T09:00:00+08:00"`) || !strings.Contains(string(b), `"closes": "2027-01-01T00:00:00+08:00"`) ||
		!strings.Contains(string(b), `"after_closing": 30`) {
		t.Error(string(b))
	}
	g, err := form.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := g.Encode(); err != nil || string(again) != string(b) || !g.Opens.Equal(f.Opens) || g.Keep != f.Keep {
		t.Errorf("%v, %s", err, again)
	}
	for name, change := range map[string][2]string{
		"closing first": {"2027-01-01T00", "2026-01-01T00"},
		"never kept":    {`"after_closing": 30`, `"after_closing": 0`},
		"no moment":     {`"2026-12-01T09:00:00+08:00"`, `"2026-12-01"`},
		"another site":  {`"env": {`, `"env": {"base_url": "javascript:alert(1)",`},
	} {
		changed := strings.Replace(string(b), change[0], change[1], 1)
		if _, err := form.Decode([]byte(changed)); changed == string(b) || err == nil || strings.Contains(err.Error(), "changed after") {
			t.Errorf("%s was believed: %v", name, err)
		}
	}
}

func TestAFormSaysHowLongItIsKept(t *testing.T) {
	for head, want := range map[string]struct {
		keep form.Keep
		says locale.Text
	}{
		"": {form.Keep{AfterClosing: 180, AtMost: 365}, locale.T("事项办结180天后，我们删除您提交的内容；无论是否办结，最迟在提交后365天删除。",
			"We delete what you send 180 days after the matter is closed, and in any case no later than 365 days after you send it.")},
		"keep: {after_closing: 1}\n":               {form.Keep{AfterClosing: 1, AtMost: 365}, locale.T("事项办结1天后", "1 day after")},
		"keep: {at_most: 200}\n":                   {form.Keep{AfterClosing: 180, AtMost: 200}, locale.T("提交后200天删除", "200 days after you send it")},
		"keep: {after_closing: 30, at_most: 30}\n": {form.Keep{AfterClosing: 30, AtMost: 30}, locale.T("最多保留30天", "for at most 30 days")},
	} {
		f := dated(t, head)
		if f.Keep != want.keep {
			t.Errorf("%q: %+v", head, f.Keep)
		}
		for _, l := range locale.Langs() {
			_, after, found := strings.Cut(draw(t, f, form.View{Lang: l}), `<p class="form-keep">`)
			if said, _, _ := strings.Cut(after, "</p>"); !found || !strings.Contains(said, want.says.In(l)) {
				t.Errorf("%q says %q", head, said)
			}
		}
	}
}

func TestAFormMayBeAnonymous(t *testing.T) {
	for name, address := range map[string]string{
		"optional": "        role: email\n        optional: true\n",
		"asked":    "        role: email\n        when: {field: kind, is: [b]}\n",
		"none":     "",
	} {
		src := sound
		if name == "asked" { // the address stands behind what it hangs on
			i, j := strings.Index(src, "      - name: email"), strings.Index(src, "      - name: kind")
			k := strings.Index(src, "      - name: note")
			src = src[:i] + src[j:k] + src[i:j] + src[k:]
		}
		src = strings.Replace(src, "        role: email\n", address, 1)
		if f, list := form.Parse("forms/sample.yaml", []byte(src), env()); f != nil || len(list) != 1 || list[0].Code != "bad-role" && list[0].Code != "no-submitter" {
			t.Errorf("%s, without the key: %+v", name, list)
		}
		f, list := form.Parse("forms/sample.yaml", []byte("anonymous: true\n"+src), env())
		if f == nil || len(list) > 0 {
			t.Fatalf("%s: %+v", name, list)
		}
		if name == "none" {
			continue
		}
		a := f.Bind(map[string][]string{"kind": {"a"}}, nil)
		for _, fault := range f.Validate(a, now()) {
			if fault.Field == "email" {
				t.Errorf("%s: %+v", name, fault)
			}
		}
	}
}

// The example in the manual works as it stands there.
func TestTheManualsExampleWorks(t *testing.T) {
	manual, err := os.ReadFile("../../docs/forms.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(manual), "```yaml\n")
	example, _, found := strings.Cut(after, "```")
	if !found {
		t.Fatal("no example")
	}
	f := small(t, "      "+strings.ReplaceAll(strings.TrimSpace(example), "\n", "\n      ")+"\n")
	if x := f.Field("members.2.licence"); x == nil || x.When.Field != "members.2.kind" {
		t.Errorf("%+v", x)
	}
}
