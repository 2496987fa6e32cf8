package form

import (
	"os"
	"strings"
	"testing"

	"waijiao/internal/locale"
)

// The check character of GB 32100-2015 makes the weighted sum of all eighteen
// characters, the last with weight 3^17 taken as 1, a multiple of 31. This is
// worked out here from the standard's table of weights rather than by powers.
func TestUSCC(t *testing.T) {
	weights := []int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}
	for _, first := range []string{"91350100M000100Y4", "12330100000000001", "52330106MJ0000000", "11330000000000000", "A1330100ABCDEFGHJ", "5233010600000QRTU"} {
		sum := 0
		for i, w := range weights {
			sum += w * strings.IndexByte("0123456789ABCDEFGHJKLMNPQRTUWXY", first[i])
		}
		right := ""
		for _, c := range "0123456789ABCDEFGHJKLMNPQRTUWXYIOSVZa" {
			if validUSCC(first + string(c)) {
				right += string(c)
			}
		}
		if len(right) != 1 || (sum+strings.Index("0123456789ABCDEFGHJKLMNPQRTUWXY", right))%31 != 0 {
			t.Errorf("%s takes the check characters %q", first, right)
		}
	}
	// The example that the standard itself gives.
	if !validUSCC("91350100M000100Y43") {
		t.Error("the example of the standard is refused")
	}
	for _, bad := range []string{"", "91350100M000100Y4", "91350100M000100Y433", "91350100M000100Y34", "19350100M000100Y43", "913501O0M000100Y43", "9135A100M000100Y43", "91350100m000100y43", "外教"} {
		if validUSCC(bad) {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestEveryRuleHasWordsInBothLanguages(t *testing.T) {
	kinds := []string{"control-character", "email", "number", "whole", "decimals", "date", "choice", "too-many-files"}
	for _, kind := range types() {
		x := &Field{Name: "x", Type: kind, Label: locale.T("标签", "Label")}
		for _, code := range append(tagsFor(kind), kinds...) {
			m := x.say(code, "2")
			if !strings.Contains(m.ZH, "标签") || !strings.Contains(m.EN, "Label") || m.ZH == m.EN {
				t.Errorf("%s %s: %+v", kind, code, m)
			}
		}
		if m := x.missing(); !strings.Contains(m.ZH, "标签") || !strings.Contains(m.EN, "Label") {
			t.Errorf("%s missing: %+v", kind, m)
		}
	}
	x := &Field{Type: Text, Label: locale.T("标签", "Label")}
	if m := x.say("no-such-rule", "2"); !m.IsZero() {
		t.Errorf("a rule that does not exist has words: %+v", m)
	}
}

func TestEveryRuleBelongsToATypeAndRuns(t *testing.T) {
	v := newValidator()
	for _, tag := range ruleTags() {
		kinds, takes := ruleSpec(tag)
		if len(kinds) == 0 {
			t.Errorf("%s belongs to no type", tag)
		}
		r := rule{tag: tag, full: tag}
		if takes != noParam {
			r.full += "=2"
		}
		for _, kind := range kinds {
			if _, err := run(v, moment{}, (&Field{Type: kind}).sample(), r); err != nil {
				t.Errorf("%s on %s: %v", tag, kind, err)
			}
		}
	}
	for _, full := range []string{"nosuchrule", "min=two", "max="} {
		if _, err := run(v, moment{}, float64(1), rule{full: full}); err == nil {
			t.Errorf("%q runs", full)
		}
	}
}

func TestTelephoneNumbers(t *testing.T) {
	eight := strings.Repeat("2", 8)
	for s, want := range map[string][3]bool{ // mobile, landline, any
		"13" + strings.Repeat("0", 9):       {true, false, true},
		"+86 19" + strings.Repeat("0", 9):   {true, false, true},
		"008613" + strings.Repeat("0", 9):   {true, false, true},
		"12" + strings.Repeat("0", 9):       {false, false, false},
		"13" + strings.Repeat("0", 8):       {false, false, false},
		"0571-" + eight:                     {false, true, true},
		"(0571) 2222 2222":                  {false, true, true},
		"+86 571 " + eight:                  {false, true, true},
		"010-" + eight + " ext. 12":         {false, true, true},
		"0571" + eight + "转":                {false, false, false},
		"0571-" + strings.Repeat("2", 6):    {false, false, false},
		"0571-" + strings.Repeat("1", 8):    {false, false, false},
		"400 " + strings.Repeat("0", 7):     {false, true, true},
		eight:                               {false, false, false},
		"+44 20 7946 0000":                  {false, false, true},
		"+" + strings.Repeat("4", 16):       {false, false, false},
		"+86 1":                             {false, false, false},
		"+0123456789":                       {false, false, false},
		"tel:" + eight:                      {false, false, false},
		"":                                  {false, false, false},
		"++44 20 7946 0000":                 {false, false, false},
		"13" + strings.Repeat("0", 9) + "a": {false, false, false},
	} {
		if got := [3]bool{validMobile(s), validLandline(s), validPhone(s)}; got != want {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	}
}

func TestTheLargestMailCountsBase64(t *testing.T) {
	f := &Form{Sections: []*Section{{Fields: []*Field{{Type: Upload, Limits: Limits{Files: 2, Size: 57 * 1000}}}}}}
	// 57 bytes are one line of 76 characters and CRLF.
	if got, least := f.LargestMail(), int64(2*78*1000); got < least || got > least+64<<10 {
		t.Errorf("%d bytes for %d of attachments", got, least)
	}
}

func TestTheManualNamesEverything(t *testing.T) {
	manual, err := os.ReadFile("../../docs/forms.md")
	if err != nil {
		t.Fatal(err)
	}
	english, chinese, _ := strings.Cut(string(manual), "## 怎样写一份表单")
	for _, tag := range ruleTags() {
		if !strings.Contains(english, "`"+tag+"`") && !strings.Contains(english, "`"+tag+"=") {
			t.Errorf("the manual lacks the rule %s", tag)
		}
	}
	_, tables, _ := strings.Cut(english, "### Types and their rules")
	for _, kind := range types() {
		want := "\n| `" + string(kind) + "` | "
		if !strings.Contains(tables, want) || !strings.Contains(chinese, want) {
			t.Errorf("the manual lacks the type %s", kind)
			continue
		}
		// The rules in the type's row are those that it takes.
		row := tables[strings.Index(tables, want)+1:]
		row = row[:strings.IndexByte(row, '\n')]
		cells := strings.Split(row, "|")
		if got, rules := strings.Join(strings.FieldsFunc(cells[4], func(r rune) bool { return strings.ContainsRune("` |", r) }), " "), strings.Join(tagsFor(kind), " "); got != rules {
			t.Errorf("%s: the manual has the rules %q, the program %q", kind, got, rules)
		}
	}
	for _, key := range append(formKeys(), fieldKeys()...) {
		want := "\n| `" + key + "` | "
		if !strings.Contains(english, want) || !strings.Contains(chinese, want) {
			t.Errorf("the manual lacks the key %s", key)
		}
	}
	for _, name := range reserved() {
		if !strings.Contains(english, "`"+name+"`") {
			t.Errorf("the manual lacks the reserved name %s", name)
		}
	}
}
