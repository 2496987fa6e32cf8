package form

import (
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"waijiao/internal/locale"
)

// made is what Parse and Decode work out once, for reading by many.
type made struct {
	validator *validator.Validate
	rules     map[string][]rule
	offered   map[string]map[string]locale.Text // field, value: words
	countries map[locale.Lang][]Choice          // in the order of each language
	rows      map[string][][]*Field             // group: row: its fields
	inRows    map[string]*Field                 // the same by their names
}

func prepare(f *Form) *made {
	m := &made{validator: newValidator(), rules: map[string][]rule{}, offered: map[string]map[string]locale.Text{},
		rows: map[string][][]*Field{}, inRows: map[string]*Field{}}
	for x := range f.Fields() {
		if x.Type != Group {
			m.add(f, x)
			continue
		}
		// One row more than are taken can be shown, so that a person sees which
		// one to take out.
		for n := 1; n <= x.Most+1; n++ {
			fields := x.inRow(n)
			m.rows[x.Name] = append(m.rows[x.Name], fields)
			for _, y := range fields {
				m.inRows[y.Name] = y
				m.add(f, y)
			}
		}
	}
	return m
}

func (m *made) add(f *Form, x *Field) {
	rules := splitRules(x.Rule)
	if x.Type == Phone && len(rules) == 0 {
		rules = splitRules("phone")
	}
	if x.row != nil {
		for i, r := range rules {
			if _, takes := ruleSpec(r.tag); takes == another {
				rules[i].param = x.row.name(r.param)
				rules[i].full = r.tag + "=" + rules[i].param
			}
		}
	}
	m.rules[x.Name] = rules
	if x.Type == Country && m.countries == nil {
		all := countries()
		m.countries = map[locale.Lang][]Choice{locale.ZH: sorted(all, locale.ZH), locale.EN: sorted(all, locale.EN)}
	}
	if !oneOf(x.Type, OneOf, SomeOf, District, Country) {
		return
	}
	if x.row != nil && x.row.n > 1 {
		m.offered[x.Name] = m.offered[x.row.twin(x)]
		return
	}
	values := map[string]locale.Text{}
	for _, c := range f.offers(x) {
		values[c.Value] = c.Label
	}
	m.offered[x.Name] = values
}

// offers are the values that a field takes, in the order of its definition.
func (f *Form) offers(x *Field) []Choice {
	switch x.Type {
	case OneOf, SomeOf:
		return x.Choices
	case District:
		return f.Env.Districts
	case Country:
		if f.made != nil {
			return f.made.countries[locale.ZH]
		}
		return countries()
	case Consent:
		return []Choice{{Value: "yes", Label: locale.T("同意", "Yes")}}
	}
	return nil
}

// countries are the countries and regions of ISO 3166-1 with the names that
// CLDR gives them, but for the three that are written with their country, as
// public offices here do.
func countries() []Choice {
	zh, en := display.Regions(language.SimplifiedChinese), display.Regions(language.English)
	var out []Choice
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string(a) + string(b)
			r, err := language.ParseRegion(code)
			// X and what follows QM are for private use; CLDR marks what is not
			// in ISO 3166-1 by having no ISO 3 code or another canonical form.
			if err != nil || !r.IsCountry() || a == 'X' || code >= "QM" && code <= "QZ" || code == "ZZ" ||
				r.Canonicalize().String() != code || slices.Contains([]string{"AC", "CP", "CQ", "DG", "EA", "IC", "TA", "EU", "EZ", "UN", "QO"}, code) {
				continue
			}
			name := locale.T(zh.Name(r), en.Name(r))
			switch code {
			case "HK":
				name = locale.T("中国香港", "Hong Kong, China")
			case "MO":
				name = locale.T("中国澳门", "Macao, China")
			case "TW":
				name = locale.T("中国台湾", "Taiwan, China")
			}
			if name.ZH != "" && name.EN != "" {
				out = append(out, Choice{Value: code, Label: name})
			}
		}
	}
	return out
}

// sorted orders choices as a reader of the language looks for them: Chinese by
// pinyin, English by letter.
func sorted(in []Choice, l locale.Lang) []Choice {
	c := collate.New(language.Make(l.Tag()))
	out := slices.Clone(in)
	slices.SortStableFunc(out, func(a, b Choice) int { return c.CompareString(a.Label.In(l), b.Label.In(l)) })
	return out
}

func kinds() []string { return []string{"pdf", "docx", "xlsx", "jpg", "png"} }

// mediaType is the media type of a kind of file, or nothing for a kind that is
// not taken.
func mediaType(kind string) string {
	switch kind {
	case "pdf":
		return "application/pdf"
	case "docx":
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case "xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case "jpg":
		return "image/jpeg"
	case "png":
		return "image/png"
	}
	return ""
}

// Media returns the media types of the files that the field takes.
func (f *Field) Media() []string {
	var out []string
	for _, k := range f.Limits.Accept {
		out = append(out, mediaType(k))
	}
	return out
}

// extensions are the endings of file names that the field takes.
func (f *Field) extensions() []string {
	var out []string
	for _, k := range f.Limits.Accept {
		out = append(out, "."+k)
		if k == "jpg" {
			out = append(out, ".jpeg")
		}
	}
	return out
}

// kindNames writes the kinds for people: PDF, DOCX.
func (f *Field) kindNames() locale.Text {
	upper := strings.ToUpper(strings.Join(f.Limits.Accept, ","))
	parts := strings.Split(upper, ",")
	if len(parts) < 2 {
		return locale.Same(upper)
	}
	last := parts[len(parts)-1]
	first := parts[:len(parts)-1]
	return locale.T(strings.Join(first, "、")+"或"+last, strings.Join(first, ", ")+" or "+last)
}
