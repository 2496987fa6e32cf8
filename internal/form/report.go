package form

import (
	"strings"

	"waijiao/internal/locale"
)

// Report writes the answers in words for a mail in the language l: what was
// asked, in the order of the form, with a word where an optional answer was
// left out. Fields whose condition does not hold were not asked and are not
// there, nor is a section without any. What people typed stands as they typed
// it: whoever writes HTML of it has to escape it.
func (f *Form) Report(a Answers, l locale.Lang) []ReportSection {
	var out []ReportSection
	for _, s := range f.Sections {
		section := ReportSection{Title: s.Title.In(l)}
		for _, x := range s.Fields {
			if f.shown(x, a) {
				section.Rows = append(section.Rows, ReportRow{Field: x.Name, Label: x.Title().In(l), Value: f.human(x, a, l)})
			}
		}
		if len(section.Rows) > 0 {
			out = append(out, section)
		}
	}
	return out
}

func (f *Form) human(x *Field, a Answers, l locale.Lang) string {
	var parts []string
	if x.Type == Upload {
		for _, file := range a.Files[x.Name] {
			open, shut := "（", "）"
			if l == locale.EN {
				open, shut = " (", ")"
			}
			parts = append(parts, file.Name+open+locale.Size(file.Size)+shut)
		}
	} else {
		for _, v := range a.Values[x.Name] {
			parts = append(parts, f.humanOne(x, v, l))
		}
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, locale.T("、", ", ").In(l))
	case x.Type == Consent:
		return locale.T("不同意（文本版本"+x.Version+"）", "No (wording "+x.Version+")").In(l)
	}
	return locale.T("未填写", "not given").In(l)
}
