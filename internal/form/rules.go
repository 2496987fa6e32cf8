package form

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"

	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// rule is one entry of a field's rule line.
type rule struct {
	tag, param string
	full       string // as validator takes it
	at         int    // characters before it in the line
}

func splitRules(s string) []rule {
	if s == "" {
		return nil
	}
	var out []rule
	at := 0
	for part := range strings.SplitSeq(s, ",") {
		trimmed := strings.TrimLeft(part, " ")
		r := rule{full: strings.TrimRight(trimmed, " "), at: at + len(part) - len(trimmed)}
		r.tag, r.param, _ = strings.Cut(r.full, "=")
		out = append(out, r)
		at += utf8.RuneCountInString(part) + 1
	}
	return out
}

// text is the parameter as people read it: validator writes a comma as 0x2C
// and a bar as 0x7C.
func (r rule) text() string {
	return strings.NewReplacer("0x2C", ",", "0x7C", "|").Replace(r.param)
}

func (r rule) amount() float64 {
	n, _ := strconv.ParseFloat(r.param, 64)
	return n
}

type param int

const (
	noParam param = iota
	amount        // a number; a whole one above 0 where characters, choices or months are counted
	words         // a piece of text
	another       // the name of an earlier field of the same type
)

// ruleTags are the rules that a definition may use: those for which messages.go
// has words in both languages.
func ruleTags() []string {
	return []string{"min", "max", "len", "gt", "lt", "ascii", "alpha", "alphanum", "numeric", "uppercase", "lowercase",
		"http_url", "contains", "excludes", "startswith", "endswith", "uscc", "name", "phone", "cnmobile", "cnlandline",
		"after", "notbefore", "notpast", "notfuture", "within"}
}

// ruleSpec tells which types of field take a rule, and what follows its sign.
func ruleSpec(tag string) ([]Type, param) {
	switch tag {
	case "min", "max":
		return []Type{Text, Textarea, Number, SomeOf}, amount
	case "len":
		return []Type{Text}, amount
	case "gt", "lt":
		return []Type{Number}, amount
	case "ascii", "alpha", "alphanum", "numeric", "uppercase", "lowercase", "http_url", "uscc", "name":
		return []Type{Text}, noParam
	case "contains", "excludes", "startswith", "endswith":
		return []Type{Text, Textarea, Email}, words
	case "phone", "cnmobile", "cnlandline":
		return []Type{Phone}, noParam
	case "after":
		return []Type{Date}, another
	case "notbefore":
		return []Type{Date, Number}, another
	case "notpast", "notfuture":
		return []Type{Date}, noParam
	case "within":
		return []Type{Date}, amount
	}
	return nil, noParam
}

// tagsFor are the rules that a type takes.
func tagsFor(t Type) []string {
	return slices.DeleteFunc(ruleTags(), func(tag string) bool {
		types, _ := ruleSpec(tag)
		return !slices.Contains(types, t)
	})
}

// moment is what the rules that look beyond one value need.
type moment struct {
	answers Answers
	now     time.Time
}

type momentKey struct{}

func momentOf(ctx context.Context) moment {
	m, _ := ctx.Value(momentKey{}).(moment)
	return m
}

// newValidator returns a validator that knows our own rules beside the
// library's.
func newValidator() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	plain := func(tag string, ok func(string) bool) {
		must(v.RegisterValidation(tag, func(fl validator.FieldLevel) bool { return ok(fl.Field().String()) }))
	}
	plain("uscc", validUSCC)
	plain("name", validName)
	plain("phone", validPhone)
	plain("cnmobile", validMobile)
	plain("cnlandline", validLandline)
	within := func(tag string, ok func(m moment, value, param string) bool) {
		must(v.RegisterValidationCtx(tag, func(ctx context.Context, fl validator.FieldLevel) bool {
			value := ""
			if fl.Field().CanFloat() {
				value = strconv.FormatFloat(fl.Field().Float(), 'f', -1, 64)
			} else {
				value = fl.Field().String()
			}
			return ok(momentOf(ctx), value, fl.Param())
		}))
	}
	within("after", func(m moment, value, param string) bool {
		other := m.answers.Get(param)
		return other == "" || !validDate(other) || value > other
	})
	within("notbefore", func(m moment, value, param string) bool {
		other := m.answers.Get(param)
		if other == "" || validDate(value) || validDate(other) {
			return value >= other
		}
		a, err1 := strconv.ParseFloat(value, 64)
		b, err2 := strconv.ParseFloat(other, 64)
		return err1 != nil || err2 != nil || a >= b
	})
	within("notpast", func(m moment, value, _ string) bool { return value >= locale.Today(m.now).String() })
	within("notfuture", func(m moment, value, _ string) bool { return value <= locale.Today(m.now).String() })
	within("within", func(m moment, value, param string) bool {
		months, err := strconv.Atoi(param)
		if err != nil {
			panic("within wants a number of months")
		}
		return value <= locale.DateOf(m.now.In(locale.Beijing()).AddDate(0, months, 0)).String()
	})
	return v
}

// must is for registrations that fail only when a rule here has an empty or a
// reserved name, which every test would show.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// run tries one rule on a value. validator panics at use on a tag or parameter
// that it does not understand; that comes back as an error.
func run(v *validator.Validate, m moment, value any, r rule) (ok bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return v.VarCtx(context.WithValue(context.Background(), momentKey{}, m), value, r.full) == nil, nil
}

// checkRules finds what is wrong with a field's rules. earlier holds the fields
// before it.
func (x *Field) checkRules(path string, v *validator.Validate, earlier map[string]*Field) []finding {
	var out []finding
	seen := map[string]rule{}
	for _, r := range splitRules(x.Rule) {
		say := func(code string, message, hint locale.Text) {
			out = append(out, finding{path: path + ".rule", offset: r.at, code: code, message: message, hint: hint})
		}
		types, takes := ruleSpec(r.tag)
		_, twice := seen[r.tag]
		switch {
		case r.tag == "required" || r.tag == "omitempty" || strings.HasPrefix(r.tag, "required_"):
			say("unknown-rule", locale.Tf("规则里不能写“%s”", "%q cannot be used as a rule", r.tag),
				locale.T("字段默认必填；选填写 optional: true，有条件的写 when:", "a field is required by itself: write optional: true or when: instead"))
			continue
		case strings.ContainsAny(r.full, "|"):
			say("unknown-rule", locale.T("规则之间不能用“|”", "rules cannot be joined by |"),
				locale.T("只能用逗号，意思是都要满足；字面上的竖线写作 0x7C", "use commas, which mean that all must hold; a literal bar is written 0x7C"))
			continue
		case len(types) == 0:
			known := tagsFor(x.Type)
			if len(known) == 0 {
				known = ruleTags()
			}
			say("unknown-rule", locale.Tf("没有“%s”这条规则", "there is no rule %q", r.tag), orList(problem.Nearest(r.tag, known), known))
			continue
		case !slices.Contains(types, x.Type):
			hint := locale.Tf("%s 类型的字段不带规则，请删去", "a field of type %s takes no rule: take it out", x.Type)
			if known := tagsFor(x.Type); len(known) > 0 {
				hint = orList("", known)
			}
			say("rule-not-for-type", locale.Tf("规则“%s”不能用在 %s 类型的字段上", "the rule %q is not for a field of type %s", r.tag, x.Type), hint)
			continue
		case twice:
			say("duplicate-rule", locale.Tf("规则“%s”写了两次", "the rule %q appears twice", r.tag), locale.T("删去其中一条", "take one of them out"))
			continue
		}
		if fault, hint := x.checkParam(r, takes, earlier); !fault.IsZero() {
			say("bad-rule-parameter", fault, hint)
			continue
		}
		if _, err := run(v, moment{}, x.sample(), r); err != nil {
			say("bad-rule-parameter", locale.Tf("规则“%s”无法执行：%v", "the rule %q cannot be run: %v", r.full, err),
				locale.T("检查“=”后面的内容", "look at what follows its ="))
			continue
		}
		seen[r.tag] = r
	}
	if a, b, clash := x.clash(seen); clash {
		out = append(out, finding{path: path + ".rule", offset: max(a.at, b.at), code: "impossible-rule",
			message: locale.Tf("没有任何答案能同时满足“%s”和“%s”", "no answer can meet both %q and %q", a.full, b.full),
			hint:    locale.T("改动其中一条", "change one of them")})
	} else if r, never := x.never(seen); never {
		out = append(out, finding{path: path + ".rule", offset: r.at, code: "impossible-rule",
			message: locale.Tf("没有任何答案能满足“%s”", "no answer can meet %q", r.full),
			hint:    locale.T("改动这条规则", "change the rule")})
	}
	return out
}

// sample is a value of the type that the field's rules are run on.
func (x *Field) sample() any {
	switch x.Type {
	case Number:
		return float64(1)
	case SomeOf:
		return []string{"x"}
	}
	return "x"
}

func (x *Field) checkParam(r rule, takes param, earlier map[string]*Field) (fault, hint locale.Text) {
	hasParam := strings.Contains(r.full, "=")
	switch takes {
	case noParam:
		if hasParam {
			return locale.Tf("规则“%s”后面不带“=”", "the rule %q takes no =", r.tag), locale.Tf("只写 %[1]s", "write %[1]s alone", r.tag)
		}
	case amount:
		n, err := strconv.ParseFloat(r.param, 64)
		counted := x.Type != Number
		plain := regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`).MatchString(r.param)
		if err != nil || !plain || math.Abs(n) > 1e15 || counted && (n != math.Trunc(n) || n < 1 || n > 20_000) {
			want := locale.T("一个数字", "a number")
			if counted {
				want = locale.T("1 到 20000 的整数", "a whole number from 1 to 20000")
			}
			return locale.Tf("规则“%s”的“=”后面不对", "the rule %q has a wrong parameter", r.full),
				locale.T("应当写"+want.ZH+"，例如 "+r.tag+"=2", "it takes "+want.EN+", for instance "+r.tag+"=2")
		}
	case words:
		if r.param == "" {
			return locale.Tf("规则“%s”的“=”后面缺少文字", "the rule %q lacks the text after its =", r.tag), locale.Tf("例如 %s=.edu.cn", "for instance %s=.edu.cn", r.tag)
		}
	case another:
		other := earlier[r.param]
		if other == nil || other.Type != x.Type {
			return locale.Tf("“%s”不是前面的一个同类字段", "%q is not an earlier field of the same type", r.param),
				locale.Tf("“=”后面写前面一个 %s 类型字段的 name", "after = write the name of an earlier field of type %s", x.Type)
		}
	}
	return locale.Text{}, locale.Text{}
}

// clash finds two rules that exclude each other.
func (x *Field) clash(rules map[string]rule) (a, b rule, found bool) {
	type bound struct {
		r      rule
		n      float64
		strict bool
		set    bool
	}
	var lo, hi bound
	whole := x.Type != Number || x.Limits.Decimals == 0
	for _, tag := range []string{"min", "len", "gt"} {
		r, ok := rules[tag]
		if !ok {
			continue
		}
		n, strict := r.amount(), tag == "gt"
		if whole && strict {
			n, strict = math.Floor(n)+1, false
		} else if whole {
			n = math.Ceil(n)
		}
		if !lo.set || n > lo.n {
			lo = bound{r, n, strict, true}
		}
	}
	for _, tag := range []string{"max", "len", "lt"} {
		r, ok := rules[tag]
		if !ok {
			continue
		}
		n, strict := r.amount(), tag == "lt"
		if whole && strict {
			n, strict = math.Ceil(n)-1, false
		} else if whole {
			n = math.Floor(n)
		}
		if !hi.set || n < hi.n {
			hi = bound{r, n, strict, true}
		}
	}
	if lo.set && hi.set && (lo.n > hi.n || lo.n == hi.n && (lo.strict || hi.strict)) {
		return lo.r, hi.r, true
	}
	for _, pair := range [][2]string{{"uppercase", "lowercase"}, {"alpha", "numeric"}, {"cnmobile", "cnlandline"}, {"uscc", "lowercase"},
		{"uscc", "alpha"}, {"uscc", "http_url"}, {"http_url", "alphanum"}, {"http_url", "alpha"}, {"http_url", "numeric"},
		{"name", "numeric"}, {"name", "uscc"}, {"name", "http_url"}} {
		a, ok1 := rules[pair[0]]
		b, ok2 := rules[pair[1]]
		if ok1 && ok2 {
			return a, b, true
		}
	}
	if u, ok := rules["uscc"]; ok {
		if lo.set && lo.n > usccLength {
			return u, lo.r, true
		}
		if hi.set && hi.n < usccLength {
			return u, hi.r, true
		}
	}
	a, ok1 := rules["contains"]
	b, ok2 := rules["excludes"]
	if ok1 && ok2 && strings.Contains(a.text(), b.text()) {
		return a, b, true
	}
	return rule{}, rule{}, false
}

// never finds a rule that the field's own limits or choices exclude.
func (x *Field) never(rules map[string]rule) (rule, bool) {
	r, ok := rules["min"]
	switch {
	case !ok:
	case x.Type == SomeOf && r.amount() > float64(len(x.Choices)):
		return r, true
	case oneOf(x.Type, Text, Textarea) && r.amount() > float64(x.Limits.MaxLength):
		return r, true
	}
	return rule{}, false
}
