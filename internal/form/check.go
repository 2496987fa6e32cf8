package form

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/go-playground/validator/v10"

	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// check finds everything that is wrong with the definition itself, in the order
// of the form. It serves what an editor wrote and what a file from elsewhere
// claims alike.
func (f *Form) check() []finding {
	c := &checker{form: f, earlier: map[string]*Field{}, validator: newValidator()}
	if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(f.ID) {
		c.say("", "bad-form-id", locale.Tf("文件名“%s”不能作网址", "the file name %q cannot be an address", f.ID),
			locale.T("只用小写字母、数字和连字符，例如 hiring-request.yaml", "use lower case letters, digits and hyphens, such as hiring-request.yaml"))
	}
	if !slices.Contains([]string{"school", "teacher", "institution", "anyone"}, f.Audience) {
		c.say("audience", "bad-value", locale.Tf("audience 不能是“%s”", "audience cannot be %q", f.Audience),
			locale.T("写 school、teacher、institution 或 anyone", "write school, teacher, institution or anyone"))
	}
	c.text("title", f.Title, true)
	c.text("summary", f.Summary, true)
	c.text("intro", f.Intro, false)
	for i, t := range f.Next {
		c.text(fmt.Sprintf("next.%d", i), t, true)
	}
	if len(f.Sections) == 0 {
		c.say("sections", "missing-key", locale.T("表单没有任何部分", "the form has no section"),
			locale.T("在 sections: 下写至少一个部分", "write at least one under sections:"))
	}
	for i, s := range f.Sections {
		path := fmt.Sprintf("sections.%d", i)
		if s == nil {
			c.say(path, "missing-key", locale.T("这个部分是空的", "the section is empty"), locale.Text{})
			continue
		}
		c.text(path+".title", s.Title, true)
		c.text(path+".why", s.Why, true)
		if len(s.Fields) == 0 {
			c.say(path+".fields", "missing-key", locale.T("这个部分没有字段", "the section has no field"),
				locale.T("在 fields: 下写至少一个字段", "write at least one under fields:"))
		}
		for j, x := range s.Fields {
			at := fmt.Sprintf("%s.fields.%d", path, j)
			if x == nil {
				c.say(at, "missing-key", locale.T("这个字段是空的", "the field is empty"), locale.Text{})
				continue
			}
			c.field(at, x)
		}
	}
	c.text("submit", f.Submit, true)
	c.text("privacy", f.Privacy, true)
	if p := f.PrivacyPage; p != "" && !regexp.MustCompile(`^/([a-z0-9-]+/)+$`).MatchString(p) {
		c.say("privacy_page", "bad-value", locale.Tf("“%s”不是站内的网址", "%q is not an address on this site", p),
			locale.T("写中文页面的网址，例如 /privacy/", "write the Chinese address of the page, such as /privacy/"))
	}
	c.dates()
	c.roles()
	c.parts()
	c.mail()
	return c.list
}

type checker struct {
	form      *Form
	earlier   map[string]*Field // the fields before the one at hand
	paths     []string          // of the fields that have files
	validator *validator.Validate
	emails    int
	group     *Field // whose fields are at hand; nil outside of groups
	list      []finding
}

func (c *checker) say(path, code string, message, hint locale.Text) {
	c.list = append(c.list, finding{path: path, code: code, message: message, hint: hint})
}

func lastKey(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// text wants a text in both languages, on one line, or none at all where none
// is needed.
func (c *checker) text(path string, t locale.Text, required bool) {
	if t.IsZero() {
		if required {
			c.say(path, "missing-key", locale.Tf("缺少“%s”", "%s is missing", lastKey(path)),
				locale.Tf("加上 %[1]s: {zh: …, en: …}", "add %[1]s: {zh: …, en: …}", lastKey(path)))
		}
		return
	}
	for _, l := range locale.Langs() {
		if !t.Has(l) {
			name := locale.T("中文", "Chinese")
			if l == locale.EN {
				name = locale.T("英文", "English")
			}
			c.say(path, "missing-language", locale.T("缺少"+name.ZH, "the "+name.EN+" is missing"),
				locale.Tf("加上 %[1]s: …", "add %[1]s: …", l))
			continue
		}
		if strings.ContainsFunc(t.In(l), func(r rune) bool { return unicode.IsControl(r) || hidden(r) }) {
			c.say(path+"."+string(l), "control-character", locale.T("文字里有换行或看不见的控制字符", "the text has line breaks or invisible control characters"),
				locale.T("把文字写在一行里", "write it on one line"))
		}
	}
}

func types() []Type {
	return []Type{Text, Textarea, Email, Phone, Number, Date, OneOf, SomeOf, District, Country, Upload, Consent, Group}
}

func strs[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}

// reserved are names that a form's own controls and properties have in the
// browser, where a field of that name would take their place.
func reserved() []string {
	return []string{"action", "elements", "enctype", "id", "length", "method", "reset", "submit", "target"}
}

func (c *checker) field(path string, x *Field) {
	if !regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`).MatchString(x.Name) {
		c.say(path+".name", "bad-name", locale.Tf("字段名“%s”不能用", "%q cannot be the name of a field", x.Name),
			locale.T("以小写字母开头，只用小写字母、数字和下划线，最多 40 个；以下划线开头的名称留给程序", "begin with a lower case letter, then lower case letters, digits and underscores, 40 at most; names that begin with an underscore belong to the program"))
	} else if slices.Contains(reserved(), x.Name) {
		c.say(path+".name", "reserved-name", locale.Tf("“%s”是浏览器保留的名称", "%q is a name that browsers use themselves", x.Name),
			locale.Tf("换一个更具体的，例如 school_%s", "choose a more specific name, such as school_%s", x.Name))
	} else if c.earlier[x.Name] != nil {
		c.say(path+".name", "duplicate-name", locale.Tf("字段名“%s”用了两次", "two fields are called %q", x.Name),
			locale.T("给其中一个换名称", "give one of them another name"))
	}
	if !slices.Contains(types(), x.Type) {
		c.say(path+".type", "unknown-type", locale.Tf("没有“%s”这种字段", "there is no field of type %q", x.Type),
			orList(problem.Nearest(string(x.Type), strs(types())), strs(types())))
		if x.Name != "" && c.earlier[x.Name] == nil {
			c.earlier[x.Name] = x
		}
		return
	}
	c.text(path+".label", x.Label, true)
	c.text(path+".short", x.Short, false)
	c.text(path+".hint", x.Hint, false)
	c.text(path+".missing", x.Missing, false)
	c.keys(path, x)
	c.choices(path, x)
	c.when(path, x)
	c.rows(path, x)
	c.list = append(c.list, x.checkRules(path, c.validator, c.earlier)...)
	if c.earlier[x.Name] == nil {
		c.earlier[x.Name] = x
	}
}

// keys finds keys that have no meaning for the field's type, and values that
// a key does not take.
func (c *checker) keys(path string, x *Field) {
	only := func(key string, set bool, types ...Type) {
		if set && !oneOf(x.Type, types...) {
			c.say(path+"."+key, "key-not-for-type", locale.Tf("%s 类型的字段不用“%s”", "a field of type %s has no %s", x.Type, key),
				locale.Tf("删去它；它属于：%s", "take it out; it belongs to: %s", strings.Join(strs(types), ", ")))
		}
	}
	among := func(key, value string, values ...string) {
		if value != "" && !slices.Contains(values, value) {
			c.say(path+"."+key, "bad-value", locale.Tf("%s 不能是“%s”", "%s cannot be %q", key, value), orList(problem.Nearest(value, values), values))
		}
	}
	l := x.Limits
	only("choices", len(x.Choices) > 0, OneOf, SomeOf)
	only("accept", len(l.Accept) > 0, Upload)
	only("size", l.Size != 0, Upload)
	only("files", l.Files != 0, Upload)
	only("decimals", l.Decimals != 0, Number)
	only("rows", x.Rows != 0, Textarea)
	only("version", x.Version != "", Consent)
	only("width", x.Width != 0, Text, Email, Phone, Number)
	only("autocomplete", x.Autocomplete != "", Text, Textarea, Email, Phone, Country)
	only("item", !x.Item.IsZero(), Group)
	only("least", x.Least != 0, Group)
	only("most", x.Most != 0, Group)
	only("fields", len(x.Fields) > 0, Group)
	only("prefill", x.Prefill, Text, Textarea, Number, Date, OneOf, SomeOf, District, Country)
	among("role", string(x.Role), string(RoleEmail), string(RoleName), string(RoleSubject))
	among("autocomplete", x.Autocomplete, "name", "organization", "organization-title", "email", "tel", "street-address", "country", "url", "off")
	if x.Width != 0 {
		among("width", fmt.Sprint(x.Width), "2", "4", "10", "20")
	}
	if l.Size < 0 || l.Size > 1<<40 {
		c.say(path+".size", "bad-value", locale.T("size 超出范围", "size is out of range"), locale.T("例如 5 MB", "for instance 5 MB"))
	}
	if l.Decimals < 0 || l.Decimals > 4 {
		c.say(path+".decimals", "bad-value", locale.T("decimals 只能是 1 到 4", "decimals is from 1 to 4"), locale.T("整数不写 decimals", "leave it out for whole numbers"))
	}
	if x.Rows < 0 || x.Rows > 40 {
		c.say(path+".rows", "bad-value", locale.T("rows 只能是 1 到 40", "rows is from 1 to 40"), locale.Text{})
	}
	switch x.Type {
	case Upload:
		c.paths = append(c.paths, path)
		if len(l.Accept) == 0 {
			c.say(path+".accept", "missing-key", locale.T("缺少“accept”", "accept is missing"), locale.T("例如 accept: [pdf]", "for instance accept: [pdf]"))
		}
		for i, kind := range l.Accept {
			if mediaType(kind) == "" {
				c.say(fmt.Sprintf("%s.accept.%d", path, i), "bad-value", locale.Tf("不收“%s”这种文件", "files of kind %q are not accepted", kind), orList(problem.Nearest(kind, kinds()), kinds()))
			}
		}
		if l.Size <= 0 {
			c.say(path+".size", "missing-key", locale.T("缺少“size”", "size is missing"), locale.T("例如 size: 5 MB", "for instance size: 5 MB"))
		}
		if l.Files < 0 || l.Files > 20 {
			c.say(path+".files", "bad-value", locale.T("files 只能是 1 到 20", "files is from 1 to 20"), locale.Text{})
		}
	case Consent:
		if !regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z.-]{0,31}$`).MatchString(x.Version) {
			c.say(path+".version", "missing-key", locale.T("同意项缺少“version”", "a consent needs a version"),
				locale.T("例如 version: 2026-01；改动措辞时也改它", "for instance version: 2026-01; change it whenever the wording changes"))
		}
	case District:
		if len(c.form.Env.Districts) == 0 {
			c.say(path+".type", "no-districts", locale.T("网站没有区、县（市）表", "the site has no districts"),
				locale.T("补上 directory/districts.csv", "fill in directory/districts.csv"))
		}
	}
	c.role(path, x)
}

func (c *checker) choices(path string, x *Field) {
	if !oneOf(x.Type, OneOf, SomeOf) {
		return
	}
	if len(x.Choices) < 2 {
		c.say(path+".choices", "missing-key", locale.T("至少要有两个选项", "there must be at least two choices"),
			locale.T("在 choices: 下各写一行 {value: …, zh: …, en: …}", "write each as {value: …, zh: …, en: …} under choices:"))
	}
	seen := map[string]bool{}
	for i, ch := range x.Choices {
		at := fmt.Sprintf("%s.choices.%d", path, i)
		if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(ch.Value) {
			c.say(at+".value", "bad-value", locale.Tf("选项的值“%s”不能用", "%q cannot be the value of a choice", ch.Value),
				locale.T("只用小写字母、数字和连字符；显示的文字写在 zh 和 en 里", "use lower case letters, digits and hyphens; the words go into zh and en"))
		} else if seen[ch.Value] {
			c.say(at+".value", "duplicate-choice", locale.Tf("选项“%s”出现了两次", "the choice %q appears twice", ch.Value), locale.T("删去其中一个", "take one of them out"))
		}
		seen[ch.Value] = true
		if ch.Label.IsZero() {
			c.say(at, "missing-key", locale.T("选项没有文字", "the choice has no words"), locale.T("写上 zh 和 en", "write zh and en"))
		} else {
			c.text(at, ch.Label, true)
		}
		c.text(at+".hint", ch.Hint, false)
	}
}

func (c *checker) when(path string, x *Field) {
	if x.When == nil {
		return
	}
	at := path + ".when"
	other := c.earlier[x.When.Field]
	if other == nil {
		hint := locale.T("条件只能指前面的字段", "a condition can only name an earlier field")
		if x.When.Field != "" && c.form.Field(x.When.Field) != nil {
			hint = locale.T("把那个字段移到前面，或者把这个移到后面", "move that field before this one, or this one behind it")
		}
		if c.group != nil {
			hint = locale.T("group 里的条件只能指同一行前面的字段；整个 group 的条件写在 group 上", "a condition in a group can only name an earlier field of the same row; a condition for all rows goes to the group itself")
		}
		c.say(at+".field", "bad-when", locale.Tf("前面没有“%s”这个字段", "there is no field %q before this one", x.When.Field), hint)
		return
	}
	if !oneOf(other.Type, OneOf, SomeOf, District, Country, Consent) {
		c.say(at+".field", "bad-when", locale.Tf("“%s”不是选择类的字段，不能作条件", "%q offers no choices and cannot be a condition", x.When.Field),
			locale.T("条件要指 choice、choices、district、country 或 consent 类型的字段", "name a field of type choice, choices, district, country or consent"))
		return
	}
	if len(x.When.Is) == 0 {
		c.say(at+".is", "bad-when", locale.T("条件没有写值", "the condition has no value"), locale.T("例如 is: [zone]", "for instance is: [zone]"))
	}
	offered := c.form.offers(other)
	for i, v := range x.When.Is {
		if !slices.ContainsFunc(offered, func(ch Choice) bool { return ch.Value == v }) {
			var values []string
			for _, ch := range offered {
				values = append(values, ch.Value)
			}
			if len(values) > 20 {
				values = append(values[:20], "…")
			}
			c.say(fmt.Sprintf("%s.is.%d", at, i), "bad-when", locale.Tf("“%s”没有“%s”这个选项", "%q does not offer %q", other.Name, v), orList(problem.Nearest(v, values), values))
		}
	}
}
