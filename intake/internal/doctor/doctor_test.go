package doctor

import (
	"bytes"
	"strings"
	"testing"

	"waijiao/internal/locale"
)

// want checks one finding: its name, its level and some of its words, and that
// whatever is not fine says in both languages how it is mended.
func want(t *testing.T, what string, found []Finding, name string, level Level, says string) {
	t.Helper()
	for _, f := range found {
		if f.Level != OK && (!f.Mend.Has(locale.ZH) || !f.Mend.Has(locale.EN)) {
			t.Errorf("%s: %q does not say how it is mended", what, f.What.EN)
		}
		if f.Name == name && f.Level == level && strings.Contains(f.What.EN, says) {
			return
		}
	}
	t.Errorf("%s: no %s %s with %q in %+v", what, name, level, says, found)
}

// well checks that nothing is amiss.
func well(t *testing.T, what string, found []Finding) {
	t.Helper()
	if len(found) == 0 {
		t.Errorf("%s: nothing was examined", what)
	}
	for _, f := range found {
		if f.Level != OK || !f.Mend.IsZero() {
			t.Errorf("%s: %s %s: %s", what, f.Name, f.Level, f.What.EN)
		}
	}
}

func TestAReportIsReadInBothLanguages(t *testing.T) {
	var r Report
	r.Add(fine("disk", locale.T("够用。", "roomy.")), warn("spf", locale.T("没有。", "none."), locale.T("请加上。", "Add it.")))
	if r.Failed() {
		t.Error("a warning fails the report")
	}
	r.Add(wrong("store", locale.T("坏了。", "broken."), locale.T("请修。", "Mend it.")))
	if !r.Failed() {
		t.Error("a problem does not fail the report")
	}
	for l, lines := range map[locale.Lang][]string{
		locale.EN: {"ok       disk         roomy.", "warning  spf          none.", "         Add it.", "PROBLEM  store        broken.", "Problems: 1. Warnings: 1."},
		locale.ZH: {"【正常】 disk         够用。", "【注意】 spf          没有。", "         请加上。", "【问题】 store        坏了。", "1个问题，1处需要注意。"},
	} {
		var b bytes.Buffer
		r.Write(&b, l)
		for _, line := range lines {
			if !strings.Contains(b.String(), line+"\n") {
				t.Errorf("no line %q in\n%s", line, b.String())
			}
		}
	}
	if lines := r.Lines(locale.ZH); len(lines) != 3 || lines[2] != (Line{"store", Problem, "坏了。", "请修。"}) {
		t.Errorf("%+v", lines)
	}
}
