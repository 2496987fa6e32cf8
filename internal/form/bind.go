package form

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Bind takes from a POST what belongs to the form, and cleans it: texts in
// Unicode NFC, trimmed, with LF ends; one line where one is asked for; full
// width digits in numbers, days and telephone numbers as plain ones; days as
// YYYY-MM-DD; codes in capitals; the domain of an address as A-labels. Control
// characters, and the marks that turn the direction of text, are taken out or
// become spaces. What the form does not ask, or asks only under a condition
// that does not hold, is left out. A value that cannot be understood stays as
// it was typed, so that it can be shown again; Validate finds it.
//
// The rows of a group that have no answer are dropped, and the others numbered
// anew without gaps.
//
// Of a field that takes one file the last counts: a new upload stands behind
// the one that was kept, and replaces it.
func (f *Form) Bind(values url.Values, files map[string][]File) Answers {
	return f.bind(values, files, f.shown)
}

// BindAll is Bind for a form that is shown again: it keeps also what stands in
// fields whose condition does not hold. Whoever forgot the answer on which they
// depend has not typed them in vain.
func (f *Form) BindAll(values url.Values, files map[string][]File) Answers {
	return f.bind(values, files, func(*Field, Answers) bool { return true })
}

func (f *Form) bind(values url.Values, files map[string][]File, asked func(*Field, Answers) bool) Answers {
	a := Answers{Values: map[string][]string{}, Files: map[string][]File{}}
	for x := range f.Fields() {
		if !asked(x, a) {
			continue
		}
		if x.Type == Group {
			f.bindRows(x, values, a, asked)
			continue
		}
		if x.Type == Upload {
			if got := files[x.Name]; len(got) > 0 {
				if x.Limits.Files == 1 {
					got = got[len(got)-1:]
				}
				kept := slices.Clone(got)
				for i := range kept {
					kept[i].Name = fileName(kept[i].Name)
				}
				a.Files[x.Name] = kept
			}
			continue
		}
		if v := x.clean(f, values[x.Name]); len(v) > 0 {
			a.Values[x.Name] = v
		}
	}
	return a
}

// Prefill takes from an address's query the values of the fields that allow it
// (prefill: true), and of those only what the field would accept.
func (f *Form) Prefill(query url.Values) Answers {
	allowed := url.Values{}
	for x := range f.Fields() {
		if x.Prefill && query.Has(x.Name) {
			allowed[x.Name] = query[x.Name]
		}
	}
	a := Answers{Values: map[string][]string{}, Files: map[string][]File{}}
	for x := range f.Fields() {
		v := x.clean(f, allowed[x.Name])
		if len(v) == 0 {
			continue
		}
		if fault := f.checkKind(x, v); fault == nil {
			a.Values[x.Name] = v
		}
	}
	return a
}

// shown tells whether the field is asked, given the answers to the fields
// before it.
func (f *Form) shown(x *Field, a Answers) bool {
	if x.When == nil {
		return true
	}
	for _, v := range a.Values[x.When.Field] {
		if slices.Contains(x.When.Is, v) {
			other := f.Field(x.When.Field)
			return other != nil && f.shown(other, a)
		}
	}
	return false
}

func (x *Field) clean(f *Form, in []string) []string {
	if len(in) == 0 {
		return nil
	}
	if x.Type == SomeOf {
		return x.several(in)
	}
	s := in[0]
	switch x.Type {
	case Textarea:
		s = manyLines(s)
	case Consent:
		if s = oneLine(s); s != "yes" {
			return nil
		}
	case Country:
		s = strings.ToUpper(oneLine(s))
	case Email:
		s = halfWidth(oneLine(s))
		if m, ok := mailbox(s); ok {
			s = m
		}
	case Phone:
		s = oneLine(halfWidth(oneLine(s)))
	case Number:
		s = cleanNumber(s)
	case Date:
		s = cleanDate(s)
	default:
		s = oneLine(s)
		if slices.ContainsFunc(splitRules(x.Rule), func(r rule) bool { return r.tag == "uscc" }) {
			s = strings.NewReplacer(" ", "", "-", "").Replace(strings.ToUpper(halfWidth(s)))
		}
	}
	if s == "" {
		return nil
	}
	return []string{s}
}

// several keeps each value once, those that are offered in the order of the
// form.
func (x *Field) several(in []string) []string {
	var got, out []string
	for _, v := range in {
		if v = oneLine(v); v != "" && !slices.Contains(got, v) && len(got) <= len(x.Choices) {
			got = append(got, v)
		}
	}
	for _, c := range x.Choices {
		if slices.Contains(got, c.Value) {
			out = append(out, c.Value)
		}
	}
	for _, v := range got {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// hidden tells whether r is invisible and changes how its neighbours look:
// format characters (Unicode Cf) but for the joiners that some scripts need,
// and the line and paragraph separators.
func hidden(r rune) bool {
	return r != '\u200c' && r != '\u200d' && unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}

// oneLine makes one line of s: every run of spaces, line ends and control
// characters becomes one space, what is hidden goes.
func oneLine(s string) string {
	if plainASCII(s) {
		return strings.TrimSpace(s)
	}
	var b strings.Builder
	space := false
	for _, r := range norm.NFC.String(strings.ToValidUTF8(s, "\ufffd")) {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r), r == '\u2028', r == '\u2029':
			space = b.Len() > 0
		case hidden(r):
		default:
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// fileName makes one line of a file's name and takes out the middle of one that
// is longer than any system allows, so that its ending stays.
func fileName(s string) string {
	const longest, ending = 255, 24
	runes := []rune(oneLine(s))
	if len(runes) > longest {
		return string(runes[:longest-ending-1]) + "…" + string(runes[len(runes)-ending:])
	}
	return string(runes)
}

// plainASCII tells whether s has printable ASCII alone and no two spaces in a
// row.
func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e || s[i] == ' ' && i > 0 && s[i-1] == ' ' {
			return false
		}
	}
	return true
}

// manyLines keeps the lines of s, with LF ends and tabs as spaces, and takes
// out whatever else controls or hides.
func manyLines(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n", "\t", " ").Replace(strings.ToValidUTF8(s, "\ufffd"))
	s = strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || hidden(r)) {
			return -1
		}
		return r
	}, norm.NFC.String(s))
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRightFunc(lines[i], unicode.IsSpace)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// halfWidth writes full width ASCII (U+FF01 to U+FF5E) as ASCII, as a Chinese
// keyboard leaves it behind.
func halfWidth(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xff01 && r <= 0xff5e:
			return r - 0xfee0
		case r == 0x3000:
			return ' '
		case r == '‐' || r == '‑' || r == '–' || r == '—' || r == '−':
			return '-'
		}
		return r
	}, s)
}

// How numbers and days are typed.
var (
	thousands = regexp.MustCompile(`^-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$`)
	decimal   = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)
	typedDay  = regexp.MustCompile(`^([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?$`)
)

func cleanNumber(s string) string {
	plain := halfWidth(oneLine(s))
	n := strings.ReplaceAll(plain, " ", "")
	if thousands.MatchString(n) {
		n = strings.ReplaceAll(n, ",", "")
	}
	if !decimal.MatchString(n) {
		return plain
	}
	n = strings.TrimPrefix(n, "+")
	sign := ""
	if n[0] == '-' {
		sign, n = "-", n[1:]
	}
	if whole, fraction, ok := strings.Cut(n, "."); ok {
		fraction = strings.TrimRight(fraction, "0")
		n = whole
		if fraction != "" {
			n += "." + fraction
		}
	}
	n = strings.TrimLeft(n, "0")
	if n == "" || n[0] == '.' {
		n = "0" + n
	}
	if n == "0" {
		return n
	}
	return sign + n
}

// cleanDate reads the ways in which a day is typed here: 2026-9-1, 2026/9/1,
// 2026.9.1, 2026年9月1日.
func cleanDate(s string) string {
	plain := halfWidth(oneLine(s))
	m := typedDay.FindStringSubmatch(plain)
	if m == nil {
		return plain
	}
	out := fmt.Sprintf("%s-%02s-%02s", m[1], m[2], m[3])
	if !validDate(out) {
		return plain
	}
	return out
}
