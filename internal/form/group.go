package form

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"waijiao/internal/locale"
)

// mostRows is how many rows a group can have at most.
const mostRows = 50

// row is a place in a group, counted from 1.
type row struct {
	group *Field
	n     int
}

func rowName(group string, n int) string { return group + "." + strconv.Itoa(n) }

// name is the name that a field of the group has in this row.
func (r *row) name(field string) string { return rowName(r.group.Name, r.n) + "." + field }

// twin is the name of the same field in the first row.
func (r *row) twin(x *Field) string {
	return rowName(r.group.Name, 1) + strings.TrimPrefix(x.Name, rowName(r.group.Name, r.n))
}

// title calls the row by its item and number: “School 2”.
func (r *row) title() locale.Text {
	n := strconv.Itoa(r.n)
	return locale.T(r.group.Item.ZH+n, r.group.Item.EN+" "+n)
}

// inRow makes the fields of one row: copies that are named after it, and whose
// conditions point into it.
func (x *Field) inRow(n int) []*Field {
	at := &row{x, n}
	out := make([]*Field, len(x.Fields))
	for i, field := range x.Fields {
		y := *field
		y.Name, y.row = at.name(field.Name), at
		if y.When != nil {
			y.When = &When{Field: at.name(field.When.Field), Is: field.When.Is}
		}
		out[i] = &y
	}
	return out
}

// sentRows are the numbers of the group's rows in a POST, in order, whether
// they have answers or not.
func (x *Field) sentRows(values url.Values) []int {
	found := map[int]bool{}
	for name := range values {
		rest, ok := strings.CutPrefix(name, x.Name+".")
		if !ok {
			continue
		}
		digits, _, ok := strings.Cut(rest, ".")
		if n, err := strconv.Atoi(digits); ok && err == nil && n > 0 && n < 10_000 && strconv.Itoa(n) == digits {
			found[n] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// bindRows takes the rows that have an answer, and numbers them anew.
func (f *Form) bindRows(x *Field, values url.Values, a Answers, asked func(*Field, Answers) bool) {
	rows, n := f.made.rows[x.Name], 0
	for _, sent := range x.sentRows(values) {
		if n == len(rows) {
			return
		}
		filled := false
		for i, y := range rows[n] {
			if !asked(y, a) {
				continue
			}
			if v := y.clean(f, values[rowName(x.Name, sent)+"."+x.Fields[i].Name]); len(v) > 0 {
				a.Values[y.Name] = v
				filled = filled || f.shown(y, a)
			}
		}
		if filled {
			n++
			continue
		}
		for _, y := range rows[n] {
			delete(a.Values, y.Name)
		}
	}
}

// filled tells how many rows of the group the answers have.
func (f *Form) filled(x *Field, a Answers) int {
	rows := f.made.rows[x.Name]
	for n := len(rows); n > 0; n-- {
		for _, y := range rows[n-1] {
			if len(a.Values[y.Name]) > 0 {
				return n
			}
		}
	}
	return 0
}

// checkGroup returns what has to be mended in a group.
func (f *Form) checkGroup(x *Field, a Answers, m moment) []Fault {
	var out []Fault
	n := f.filled(x, a)
	switch {
	case n == 0 && x.Optional:
	case n == 0:
		out = append(out, *x.fault("missing", x.missing()))
	case n < x.Least:
		out = append(out, *x.fault("min", x.say("min", strconv.Itoa(x.Least))))
	case n > x.Most:
		out = append(out, *x.fault("max", x.say("max", strconv.Itoa(x.Most))))
	}
	for _, fields := range f.made.rows[x.Name][:n] {
		for _, y := range fields {
			if fault := f.checkField(y, a, m); fault != nil {
				out = append(out, *fault)
			}
		}
	}
	return out
}

// Rows is a form of which a person wants a row more or less, not yet to send it.
type Rows struct {
	Values url.Values     // what was typed, without the row that goes
	Count  map[string]int // how many rows to draw of each group, for View.Rows
	Focus  string         // where the person goes on, for View.Focus
}

// Rows reads the buttons of groups from a POST: _add=members asks for one more
// row, _drop=members.2 for the second to go. It reports false where neither was
// pressed; then the POST is a submission. Otherwise it is none: nothing is to
// be checked, and the page is drawn again with BindAll of Values. Rows without
// an answer move behind those that have one.
func (f *Form) Rows(values url.Values) (Rows, bool) {
	if !values.Has("_add") && !values.Has("_drop") {
		return Rows{}, false
	}
	out := Rows{Values: values, Count: map[string]int{}}
	dropped, number, _ := strings.Cut(values.Get("_drop"), ".")
	for x := range f.Fields() {
		if x.Type != Group {
			continue
		}
		sent := x.sentRows(values)
		count := len(sent)
		gone, _ := strconv.Atoi(number)
		switch {
		case values.Get("_add") == x.Name:
			count = min(max(count, f.drawnRows(x, View{}))+1, x.Most)
			out.Focus = rowName(x.Name, count)
		case dropped == x.Name && slices.Contains(sent, gone):
			out.Values = maps.Clone(values)
			maps.DeleteFunc(out.Values, func(name string, _ []string) bool {
				return strings.HasPrefix(name, rowName(x.Name, gone)+".")
			})
			count--
			out.Focus = rowName(x.Name, min(gone, max(count, 1)))
		}
		out.Count[x.Name] = count
	}
	return out, true
}

// drawnRows is how many rows of the group a page shows.
func (f *Form) drawnRows(x *Field, v View) int {
	return max(f.filled(x, v.Answers), min(max(x.Least, v.Rows[x.Name], 1), x.Most))
}

// group draws a group: its rows, each with a button that takes it out, and a
// button for one more. The buttons post the form, so that they work without a
// script; those of no use are hidden and stay for the script to show.
func (p *page) group(x *Field, fault Fault, wrong bool) {
	p.raw(`<fieldset class="group-rows" data-group="`, x.Name, `" data-least="`, strconv.Itoa(x.Least), `" data-most="`, strconv.Itoa(x.Most), `"`)
	p.describe(x, wrong)
	p.raw(`><legend>`)
	p.label(x)
	p.raw(`</legend>`)
	p.notes(x, fault, wrong)
	n := p.form.drawnRows(x, p.view)
	for i, fields := range p.form.made.rows[x.Name][:n] {
		at := row{x, i + 1}
		number := strconv.Itoa(at.n)
		name := rowName(x.Name, at.n)
		p.raw("\n", `<fieldset class="group-row" data-row="`, number, `" id="row-`, x.Name, `-`, number, `"><legend>`)
		p.rowTitle(at)
		p.raw(`</legend>`, "\n")
		for j, y := range fields {
			p.focus = j == 0 && p.view.Focus == name
			p.field(y)
		}
		p.focus = false
		p.raw(`<button class="button button-quiet group-drop" type="submit" name="_drop" value="`, name, `" formnovalidate`)
		if n <= max(x.Least, 1) {
			p.raw(` hidden`)
		}
		p.raw(`>`)
		p.words("移除", "Remove")
		p.raw(`<span class="vh"> `)
		p.rowTitle(at)
		p.raw(`</span></button></fieldset>`)
	}
	p.raw("\n", `<p class="group-add"><button class="button button-quiet" type="submit" name="_add" value="`, x.Name, `" formnovalidate`)
	if n >= x.Most {
		p.raw(` hidden`)
	}
	p.raw(`>`)
	p.words("添加"+x.Item.ZH, "Add another "+lowerFirst(x.Item.EN))
	p.raw(`</button></p></fieldset>`)
}

// rowTitle writes a row's name with its number in an element of its own.
func (p *page) rowTitle(at row) {
	p.text(at.group.Item)
	if p.lang == locale.EN {
		p.raw(` `)
	}
	p.raw(`<span data-row-number>`, strconv.Itoa(at.n), `</span>`)
}

// lowerFirst puts a noun into the middle of an English phrase; an abbreviation
// stays as it is.
func lowerFirst(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if second, _ := utf8.DecodeRuneInString(s[size:]); !unicode.IsLower(second) {
		return s
	}
	return string(unicode.ToLower(first)) + s[size:]
}

// orRow is the row's title before the words about one of its fields, since a
// summary names many rows.
func (x *Field) orRow(t locale.Text) locale.Text {
	if x.row == nil {
		return t
	}
	title := x.row.title()
	return locale.T(title.ZH+"："+t.ZH, title.EN+": "+t.EN)
}

// definitions are all fields as they are written, the groups and then what
// they ask.
func (f *Form) definitions(visit func(x, group *Field)) {
	for x := range f.Fields() {
		visit(x, nil)
		for _, y := range x.Fields {
			if y != nil {
				visit(y, x)
			}
		}
	}
}

// copies is how many times a page can ask the field.
func copies(group *Field) int64 {
	if group == nil {
		return 1
	}
	return int64(cmp.Or(group.Most, 1))
}
