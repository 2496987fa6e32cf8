package form

import (
	"cmp"
	"path"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// Parse reads the definition of a form from YAML. file is its path below the
// content folder; its last part without .yaml is the form's ID. docs/forms.md
// describes the keys.
//
// Every problem has a line and a column, and all that can be found are found
// at once. With a problem of severity Error the form is nil.
func Parse(file string, src []byte, env Env) (*Form, problem.List) {
	f := &Form{ID: strings.TrimSuffix(path.Base(file), ".yaml"), Env: env}
	r, root := newReader(file, src)
	if root == nil {
		return nil, r.list.Sort()
	}
	o, ok := r.object(root, "", formKeys()...)
	if !ok {
		return nil, r.list.Sort()
	}
	f.Audience, _ = o.scalar("audience")
	f.Title, f.Summary, f.Intro = o.text("title"), o.text("summary"), o.text("intro")
	f.Submit, f.Privacy = o.text("submit"), o.text("privacy")
	f.PrivacyPage, _ = o.scalar("privacy_page")
	f.Opens, f.Closes = o.moment("opens", false), o.moment("closes", true)
	f.Anonymous = o.flag("anonymous")
	if e, ok := o.entries["keep"]; ok {
		if k, ok := r.object(e.value, "keep", "after_closing", "at_most"); ok {
			f.Keep = Keep{AfterClosing: k.number("after_closing"), AtMost: k.number("at_most")}
		}
	}
	o.list("next", func(n ast.Node, path string) { f.Next = append(f.Next, r.text(n, path)) })
	o.list("sections", func(n ast.Node, path string) { f.Sections = append(f.Sections, r.section(n, path)) })

	f.complete()
	for _, x := range f.check() {
		r.report(x)
	}
	if r.list.Errors() > 0 {
		return nil, r.list.Sort()
	}
	v, err := f.hash()
	if err != nil {
		r.report(finding{code: "cannot-encode", message: locale.Same(err.Error())})
		return nil, r.list
	}
	f.Version = v
	f.made = prepare(f)
	return f, r.list.Sort()
}

func formKeys() []string {
	return []string{"audience", "opens", "closes", "keep", "anonymous", "title", "summary", "intro", "next", "submit", "privacy", "privacy_page", "sections"}
}

func fieldKeys() []string {
	return []string{"name", "type", "label", "short", "hint", "missing", "optional", "rule", "when", "choices",
		"decimals", "files", "size", "accept", "prefill", "role", "version", "autocomplete", "width", "rows",
		"item", "least", "most", "fields"}
}

func (r *reader) section(n ast.Node, path string) *Section {
	s := &Section{}
	o, ok := r.object(n, path, "title", "why", "fields")
	if !ok {
		return s
	}
	s.Title, s.Why = o.text("title"), o.text("why")
	o.list("fields", func(n ast.Node, path string) { s.Fields = append(s.Fields, r.field(n, path)) })
	return s
}

func (r *reader) field(n ast.Node, path string) *Field {
	x := &Field{}
	o, ok := r.object(n, path, fieldKeys()...)
	if !ok {
		return x
	}
	x.Name, _ = o.scalar("name")
	kind, _ := o.scalar("type")
	x.Type = Type(kind)
	x.Label, x.Short, x.Hint, x.Missing = o.text("label"), o.text("short"), o.text("hint"), o.text("missing")
	x.Optional, x.Prefill = o.flag("optional"), o.flag("prefill")
	x.Rule, _ = o.scalar("rule")
	role, _ := o.scalar("role")
	x.Role = Role(role)
	x.Version, _ = o.scalar("version")
	x.Autocomplete, _ = o.scalar("autocomplete")
	x.Width, x.Rows = o.number("width"), o.number("rows")
	x.Limits.Decimals, x.Limits.Files = o.number("decimals"), o.number("files")
	x.Limits.Accept = o.words("accept")
	x.Limits.Size = r.size(o)
	x.Item, x.Least, x.Most = o.text("item"), o.number("least"), o.number("most")
	o.list("fields", func(n ast.Node, path string) { x.Fields = append(x.Fields, r.field(n, path)) })
	o.list("choices", func(n ast.Node, path string) { x.Choices = append(x.Choices, r.choice(n, path)) })
	if e, ok := o.entries["when"]; ok {
		x.When = &When{}
		if w, ok := r.object(e.value, o.at("when"), "field", "is"); ok {
			x.When.Field, _ = w.scalar("field")
			x.When.Is = w.words("is")
		}
	}
	return x
}

func (r *reader) choice(n ast.Node, path string) Choice {
	c := Choice{}
	o, ok := r.object(n, path, "value", "zh", "en", "hint")
	if !ok {
		return c
	}
	c.Value, _ = o.scalar("value")
	c.Label = o.pair()
	c.Hint = o.text("hint")
	return c
}

// size reads "5 MB" or "500 KB", in steps of 1,024.
func (r *reader) size(o object) int64 {
	s, ok := o.scalar("size")
	if !ok {
		return 0
	}
	unit := int64(0)
	digits, isMB := strings.CutSuffix(s, "MB")
	if isMB {
		unit = 1 << 20
	} else if digits, ok = strings.CutSuffix(s, "KB"); ok {
		unit = 1 << 10
	}
	n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 32)
	if err != nil || unit == 0 || n < 1 || n > 100_000 {
		r.fail(o.at("size"), r.places[o.at("size")], finding{code: "bad-size",
			message: locale.Tf("看不懂大小“%s”", "%q is not a size", s),
			hint:    locale.T("例如 5 MB 或 500 KB", "for instance 5 MB or 500 KB")})
		return 0
	}
	return n * unit
}

// complete fills in what a definition may leave out, so that the published
// form says all of it.
func (f *Form) complete() {
	f.Keep.AfterClosing = cmp.Or(f.Keep.AfterClosing, 180)
	f.Keep.AtMost = cmp.Or(f.Keep.AtMost, 365)
	f.definitions(func(x, _ *Field) { x.complete() })
}

func (x *Field) complete() {
	switch x.Type {
	case Text:
		x.Limits.MaxLength = 200
	case Textarea:
		x.Limits.MaxLength = 2000
		x.Rows = cmp.Or(x.Rows, 5)
	case Email:
		x.Limits.MaxLength = 254
		if x.Role == RoleEmail {
			x.Autocomplete = cmp.Or(x.Autocomplete, "email")
		}
	case Phone:
		x.Limits.MaxLength = 32
	case Number:
		x.Limits.MaxLength = 20
	case Upload:
		x.Limits.Files = cmp.Or(x.Limits.Files, 1)
	case Group:
		x.Least = cmp.Or(x.Least, 1)
		x.Most = cmp.Or(x.Most, 20)
	}
	for _, r := range splitRules(x.Rule) {
		if n, err := strconv.Atoi(r.param); err == nil && n > 0 && (r.tag == "max" || r.tag == "len") && oneOf(x.Type, Text, Textarea) {
			x.Limits.MaxLength = n
		}
	}
}
