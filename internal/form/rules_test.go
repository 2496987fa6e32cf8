package form

import (
	"os"
	"strings"
	"testing"

	"waijiao/internal/locale"
)

// usccParts makes a code of its parts by the standards' own tables of weights,
// rather than by powers as the program does.
func usccParts(head, org string) string {
	sum := 0
	for i, w := range []int{3, 7, 9, 10, 5, 8, 4, 2} {
		sum += w * strings.IndexByte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", org[i])
	}
	check := 11 - sum%11
	code := head + org + string("0123456789X0"[check])
	sum = 0
	for i, w := range []int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28} {
		sum += w * strings.IndexByte("0123456789ABCDEFGHJKLMNPQRTUWXY", code[i])
	}
	return code + string("0123456789ABCDEFGHJKLMNPQRTUWXY0"[31-sum%31])
}

func TestUSCC(t *testing.T) {
	// The example that the standard itself gives.
	if got := usccParts("91350100", "M000100Y"); got != "91350100M000100Y43" {
		t.Fatalf("the test computes %s", got)
	}
	for _, good := range []string{usccParts("91350100", "M000100Y"), usccParts("12330100", "00000000"), usccParts("52330106", "MJ000000"),
		usccParts("11100000", "00000001"), usccParts("A1990000", "ABCDEFGH"), usccParts("N2330100", "0000QRTU"), usccParts("Y1810000", "12345678"), usccParts("12330100", "00000009")} {
		if !validUSCC(good) {
			t.Errorf("%s is refused", good)
			continue
		}
		// Both check characters are looked at: no other one will do.
		for _, place := range []int{16, 17} {
			for _, c := range "0123456789ABCDEFGHJKLMNPQRTUWXYIOSVZa" {
				if other := good[:place] + string(c) + good[place+1:]; other != good && validUSCC(other) {
					t.Errorf("%s is taken beside %s", other, good)
				}
			}
		}
	}
	for what, bad := range map[string]string{
		"an authority that there is not": usccParts("B1330100", "00000000"),
		"no kind of body":                usccParts("10330100", "00000000"),
		"a letter for a kind":            usccParts("1A330100", "00000000"),
		"no province":                    usccParts("12160000", "00000000"),
		"a letter in the division":       usccParts("1233A100", "00000000"),
		"a wrong code of the body":       "12330100000000001" + string(mustCheck("12330100000000001")),
		"nothing":                        "",
		"too short":                      "91350100M000100Y4",
		"too long":                       "91350100M000100Y433",
		"two characters exchanged":       "91350100M000100Y34",
		"the first two exchanged":        "19350100M000100Y43",
		"the letter O":                   "913501O0M000100Y43",
		"small letters":                  "91350100m000100y43",
		"other letters":                  "外教",
	} {
		if validUSCC(bad) {
			t.Errorf("%s is taken: %s", what, bad)
		}
	}
}

func mustCheck(s string) byte {
	c, ok := usccCheck(s)
	if !ok {
		panic(s)
	}
	return c
}

func TestEveryRuleHasWordsInBothLanguages(t *testing.T) {
	kinds := []string{"control-character", "email", "email-local", "number", "whole", "decimals", "date", "choice", "too-many-files"}
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
		"13" + strings.Repeat("0", 9):        {true, false, true},
		"+86 19" + strings.Repeat("0", 9):    {true, false, true},
		"008613" + strings.Repeat("0", 9):    {true, false, true},
		"12" + strings.Repeat("0", 9):        {false, false, false},
		"13" + strings.Repeat("0", 8):        {false, false, false},
		"0571-" + eight:                      {false, true, true},
		"(0571) 2222 2222":                   {false, true, true},
		"+86 571 " + eight:                   {false, true, true},
		"010-" + eight + " ext. 12":          {false, true, true},
		"0571" + eight + "转":                 {false, false, false},
		"0571-" + strings.Repeat("2", 6):     {false, false, false},
		"0571-" + strings.Repeat("1", 8):     {false, false, false},
		"400 " + strings.Repeat("0", 7):      {false, true, true},
		eight:                                {false, false, false},
		"+44 20 7946 0000":                   {false, false, true},
		"+" + strings.Repeat("4", 16):        {false, false, false},
		"+86 1":                              {false, false, false},
		"+0123456789":                        {false, false, false},
		"tel:" + eight:                       {false, false, false},
		"":                                   {false, false, false},
		"++44 20 7946 0000":                  {false, false, false},
		"+44 (0)20-7946.0000":                {false, false, true},
		"+" + strings.Repeat("4", 15):        {false, false, true},
		"+" + strings.Repeat("4", 6):         {false, false, false},
		"+44 20 7946 0000 ext. 12":           {false, false, true},
		"+44 20 7946 0000 ext. 1234567":      {false, false, false},
		"020-" + eight:                       {false, true, true},
		"020-" + strings.Repeat("2", 7):      {false, false, false},
		"011-" + eight:                       {false, false, false},
		"0310-" + strings.Repeat("2", 7):     {false, true, true},
		"+86 (0)571 " + eight + "转801":       {false, true, true},
		"800-" + strings.Repeat("0", 7):      {false, true, true},
		"400-" + strings.Repeat("0", 8):      {false, false, false},
		"13" + strings.Repeat("0", 9) + "转1": {false, false, false},
		"13" + strings.Repeat("0", 9) + "a":  {false, false, false},
	} {
		if got := [3]bool{validMobile(s), validLandline(s), validPhone(s)}; got != want {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, good := range []string{"示例教师 001", "尼格买提·热合曼", "扎西•次仁", "Zoë O’Brien-Smith", "J. R. Sample, Jr.", "D'Arcy", "Jos\u00e9 Mar\u0301ia", "Нина Образцова", "נועה", "ن\u200cمونه", "หทัย", "サンプル・太郎",
		"示例小学（东校区）", "示例 1 号", "ʻOkina", "नमूना", "𠮷田"} {
		if !validName(good) {
			t.Errorf("%q is refused", good)
		}
	}
	for _, bad := range []string{"", " ", "12345", "１２３", "·", "...", "a@example.org", "<b>x</b>", "https://example.org", "x/y", "a=b", "x_y", "😀", "张😀", "a;b", "a\tb", "x\u202ey", "a\nb", "#a", "\"a\""} {
		if validName(bad) {
			t.Errorf("%q is taken", bad)
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
