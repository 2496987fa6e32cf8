package form

import (
	"strings"

	"waijiao/internal/locale"
)

// Report writes the answers in words for a mail in the language l: what was
// asked, in the order of the form, with a word where an optional answer was
// left out. Fields whose condition does not hold were not asked and are not
// there, nor is a section without any. Each row of a group has a line for each
// of its fields. What people typed stands as they typed
// it: whoever writes HTML of it has to escape it.
func (f *Form) Report(a Answers, l locale.Lang) []ReportSection {
	var out []ReportSection
	for _, s := range f.Sections {
		section := ReportSection{Title: s.Title.In(l)}
		for _, x := range s.Fields {
			if !f.shown(x, a) {
				continue
			}
			n := 0
			if x.Type == Group {
				n = f.filled(x, a)
			}
			if n == 0 {
				section.Rows = append(section.Rows, ReportRow{Field: x.Name, Label: x.Title().In(l), Value: f.human(x, a, l)})
				continue
			}
			for _, fields := range f.made.rows[x.Name][:n] {
				for _, y := range fields {
					if f.shown(y, a) {
						section.Rows = append(section.Rows, ReportRow{Field: y.Name, Label: y.fullTitle().In(l), Value: f.human(y, a, l)})
					}
				}
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

// Column is one field in a table of many submissions.
type Column struct {
	Key   string // as in Answers and in JSON: uscc, or members.2.school_name
	Title locale.Text
}

// Columns are the fields of a table of many submissions, in the order of the
// form: always the same for one definition, so that a group has as many columns
// as its rows can fill. Cell gives what stands in them.
func (f *Form) Columns() []Column {
	var out []Column
	for x := range f.Fields() {
		if x.Type != Group {
			out = append(out, Column{x.Name, x.Title()})
			continue
		}
		for _, fields := range f.made.rows[x.Name][:x.Most] {
			for _, y := range fields {
				out = append(out, Column{y.Name, y.fullTitle()})
			}
		}
	}
	return out
}

// Cell writes the answer in a column for people, in the language l: as Report
// does, but for nothing where there is no answer. It is nothing too for a key
// that the form does not have.
func (f *Form) Cell(a Answers, key string, l locale.Lang) string {
	x := f.Field(key)
	if x == nil || len(a.Values[key]) == 0 && len(a.Files[key]) == 0 {
		return ""
	}
	return f.human(x, a, l)
}

// fullTitle is the field's title with the row in which it stands.
func (x *Field) fullTitle() locale.Text {
	if x.row == nil {
		return x.Title()
	}
	return x.orRow(x.Title())
}
