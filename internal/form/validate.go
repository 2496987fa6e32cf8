package form

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"waijiao/internal/locale"
)

// Validate checks the answers and returns what has to be mended, at most one
// fault a field, in the order of the form. now is the moment of sending: the
// rules about today go by the day in Beijing. Whether the form is taken at all
// now is asked of Accepts.
func (f *Form) Validate(a Answers, now time.Time) []Fault {
	var out []Fault
	m := moment{a, now}
	for x := range f.Fields() {
		if x.Type == Group && f.shown(x, a) {
			out = append(out, f.checkGroup(x, a, m)...)
		} else if fault := f.checkField(x, a, m); fault != nil {
			out = append(out, *fault)
		}
	}
	return out
}

func (f *Form) checkField(x *Field, a Answers, m moment) *Fault {
	if x.Type == Group || !f.shown(x, a) {
		return nil
	}
	if x.Type == Upload {
		return x.checkFiles(a.Files[x.Name])
	}
	if v := a.Values[x.Name]; len(v) > 0 {
		if fault := f.checkKind(x, v); fault != nil {
			return fault
		}
		return f.checkRules(x, v, m)
	}
	if x.Optional {
		return nil
	}
	return x.fault("missing", x.missing())
}

func (x *Field) fault(code string, message locale.Text) *Fault {
	return &Fault{Field: x.Name, Code: code, Message: x.orRow(message)}
}

// checkKind finds a value that is none of the field's type.
func (f *Form) checkKind(x *Field, values []string) *Fault {
	for _, v := range values {
		bad := func(r rune) bool { return unicode.IsControl(r) || hidden(r) }
		if x.Type == Textarea {
			bad = func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || hidden(r)) }
		}
		if strings.ContainsFunc(v, bad) || !utf8.ValidString(v) {
			return x.fault("control-character", x.say("control-character", ""))
		}
		if x.Type != Number && x.Limits.MaxLength > 0 && utf8.RuneCountInString(v) > x.Limits.MaxLength {
			return x.fault("max", x.say("max", strconv.Itoa(x.Limits.MaxLength)))
		}
	}
	v := values[0]
	switch x.Type {
	case Email:
		if local, _, ok := strings.Cut(v, "@"); ok && strings.ContainsFunc(local, func(r rune) bool { return r > unicode.MaxASCII }) {
			return x.fault("email-local", x.say("email-local", ""))
		}
		if _, ok := mailbox(v); !ok {
			return x.fault("email", x.say("email", ""))
		}
	case Number:
		whole, fraction, point := strings.Cut(strings.TrimPrefix(v, "-"), ".")
		if !allDigits(whole) || len(whole) > 15 || point && !allDigits(fraction) {
			return x.fault("number", x.say("number", ""))
		}
		if len(fraction) > x.Limits.Decimals {
			if x.Limits.Decimals == 0 {
				return x.fault("whole", x.say("whole", ""))
			}
			return x.fault("decimals", x.say("decimals", strconv.Itoa(x.Limits.Decimals)))
		}
	case Date:
		if !validDate(v) {
			return x.fault("date", x.say("date", ""))
		}
	case OneOf, SomeOf, District, Country:
		for _, v := range values {
			if _, ok := f.made.offered[x.Name][v]; !ok {
				return x.fault("choice", x.say("choice", ""))
			}
		}
	case Consent:
		if v != "yes" {
			return x.fault("missing", x.missing())
		}
	}
	return nil
}

func (f *Form) checkRules(x *Field, values []string, m moment) *Fault {
	var value any = values[0]
	switch x.Type {
	case Number:
		value, _ = strconv.ParseFloat(values[0], 64)
	case SomeOf:
		value = values
	}
	for _, r := range f.made.rules[x.Name] {
		if ok, err := run(f.made.validator, m, value, r); !ok || err != nil {
			return x.fault(r.tag, f.ruleText(x, r, m))
		}
	}
	return nil
}

func (x *Field) checkFiles(files []File) *Fault {
	if len(files) == 0 {
		if x.Optional {
			return nil
		}
		return x.fault("missing", x.missing())
	}
	if len(files) > x.Limits.Files {
		return x.fault("too-many-files", x.say("too-many-files", strconv.Itoa(x.Limits.Files)))
	}
	for _, file := range files {
		if fault := x.checkFile(file); fault != nil {
			return fault
		}
	}
	return nil
}

// Takes tells whether the field takes the file, looked at by itself.
func (x *Field) Takes(file File) bool { return x.checkFile(file) == nil }

func (x *Field) checkFile(file File) *Fault {
	switch {
	case file.Size <= 0:
		return x.fault("file-empty", locale.Tf("文件“%s”是空的，请重新选择", "The file “%s” is empty. Choose it again", file.Name))
	case file.Size > x.Limits.Size:
		return x.fault("file-size", x.tooLarge(file.Name))
	case file.Refused != (locale.Text{}):
		return x.fault("file-content", locale.T("文件“"+file.Name+"”不能接收："+file.Refused.ZH, "The file “"+file.Name+"” cannot be accepted. "+file.Refused.EN))
	case !slices.Contains(x.Media(), file.Type) || !slices.Contains(x.extensions(), strings.ToLower(path.Ext(file.Name))):
		return x.fault("file-type", x.wrongKind(file.Name))
	}
	return nil
}
