package form

// What the pages offer to a script. It may check an answer as a person leaves
// the field; the server decides.
//
//   - data-checks on the element of class field: a JSON list of [code, param,
//     message], in the order in which the server tries them, with the server's
//     words in the page's language. The field is required exactly when the code
//     missing is there. The codes are those of Fault; a file's name takes the
//     place of {file}. The rules between two fields are left out.
//   - data-when on the same element: NAME=a|b, the field that decides and the
//     answers with which this one is asked.
//   - data-group, data-least and data-most on the fieldset that holds the rows
//     of a group, data-row on each row. Names and ids in a row have its number
//     (members.2.school_name, f-members-2-school_name), as has every element
//     with data-row-number. The buttons _add and _drop that are of no use at
//     the moment are hidden.

import (
	"strconv"
	"strings"
)

// control draws an input, a select or a textarea.
func (p *page) control(x *Field, wrong bool) {
	value := p.view.Answers.Get(x.Name)
	switch {
	case x.Type == Textarea:
		p.raw(`<textarea class="input" rows="`, strconv.Itoa(x.Rows), `"`)
		p.common(x, wrong)
		// A line end right after the tag is dropped by the HTML parser.
		p.raw(">\n")
		p.esc(value)
		p.raw(`</textarea>`)
	case listed(x):
		p.raw(`<select class="input"`)
		p.common(x, wrong)
		p.raw(`>`, `<option value="">`)
		p.words("请选择", "Choose one")
		p.raw(`</option>`)
		for _, c := range p.options(x) {
			p.raw(`<option`)
			p.attr("value", c.Value)
			if c.Value == value {
				p.raw(` selected`)
			}
			p.raw(`>`)
			p.text(c.Label)
			p.raw(`</option>`)
		}
		p.raw(`</select>`)
	case x.Type == Upload:
		p.raw(`<input class="input input-file" type="file"`)
		p.common(x, wrong)
		p.attr("accept", strings.Join(append(x.extensions(), x.Media()...), ","))
		if x.Limits.Files > 1 {
			p.raw(` multiple`)
		}
		p.raw(`>`)
	default:
		p.input(x, wrong, value)
	}
}

// options are the choices of a select in the order that the reader expects.
func (p *page) options(x *Field) []Choice {
	if x.Type == Country {
		return p.form.made.countries[p.lang]
	}
	return p.form.offers(x)
}

func (p *page) input(x *Field, wrong bool, value string) {
	width := x.Width
	kind, more := "text", ""
	switch x.Type {
	case Email:
		kind, more = "email", ` spellcheck="false" autocapitalize="none"`
	case Phone:
		kind = "tel"
		if width == 0 {
			width = 20
		}
	case Number:
		more = ` inputmode="numeric" pattern="-?[0-9]*"`
		if x.Limits.Decimals > 0 {
			more = ` inputmode="decimal" pattern="-?[0-9]*[.]?[0-9]*"`
		}
		if width == 0 {
			width = 10
		}
	case Date:
		// A date input shows nothing but a day: what is none has to stand in a
		// text input to be seen and mended.
		if value == "" || validDate(value) {
			kind = "date"
		}
		width = 10
	case Text:
		for _, r := range p.form.made.rules[x.Name] {
			switch r.tag {
			case "http_url":
				more = ` inputmode="url" spellcheck="false" autocapitalize="none"`
			case "numeric":
				more = ` inputmode="numeric"`
			case "uscc":
				more = ` spellcheck="false" autocapitalize="characters"`
			}
		}
	}
	p.raw(`<input class="input`)
	if width > 0 {
		p.raw(` input-`, strconv.Itoa(width))
	}
	p.raw(`" type="`, kind, `"`, more)
	p.common(x, wrong)
	if x.Limits.MaxLength > 0 {
		p.attr("maxlength", strconv.Itoa(x.Limits.MaxLength))
	}
	if value != "" {
		p.attr("value", value)
	}
	p.raw(`>`)
}

// common writes the attributes that all single controls share. A file input
// takes neither aria-required nor aria-invalid (ARIA in HTML); for it, as for
// groups, the words beside it say the same.
func (p *page) common(x *Field, wrong bool) {
	p.raw(` id="f-`, x.id(), `" name="`, x.Name, `"`)
	if x.Autocomplete != "" {
		p.attr("autocomplete", x.Autocomplete)
	}
	p.describe(x, wrong)
	p.autofocus()
	if x.Type == Upload {
		return
	}
	if x.needed() {
		p.raw(` aria-required="true"`)
	}
	if wrong {
		p.raw(` aria-invalid="true"`)
	}
}

func (p *page) autofocus() {
	if p.focus && len(p.view.Faults) == 0 && p.view.Alert.IsZero() {
		p.raw(` autofocus`)
	}
}

// needed tells whether the field is always to be filled in. A row that nobody
// has to fill in may be left blank as a whole.
func (x *Field) needed() bool {
	return !x.Optional && x.When == nil && (x.row == nil || x.row.n <= x.row.group.Least && x.row.group.needed())
}
