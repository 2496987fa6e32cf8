package form

import (
	"bytes"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"

	"waijiao/internal/locale"
)

// Draw writes the form as HTML, the whole of the page's form region: a word
// above it if there is one, the summary of faults, the form. The page around it
// has the h1; sections begin with h2. Everything that comes from outside is
// escaped. The same form and view give the same bytes.
//
// A whole number is asked in a text input with inputmode and pattern: browsers
// empty a type=number that holds something else, and the value could not be
// kept. A textarea has no maxlength, since browsers cut what is pasted without
// a word; its limit stands in the hint.
func (f *Form) Draw(w io.Writer, v View) error {
	p := &page{form: f, view: v, lang: v.Lang, faults: map[string]Fault{}}
	for _, x := range v.Faults {
		if _, ok := p.faults[x.Field]; !ok {
			p.faults[x.Field] = x
		}
	}
	if !v.Closed.IsZero() {
		p.raw(`<div class="form-closed" role="status"><p>`)
		p.text(v.Closed)
		p.raw(`</p></div>`, "\n")
		_, err := w.Write(p.b.Bytes())
		return err
	}
	p.alert()
	p.summary()
	if dates := f.Dates(); !dates.IsZero() {
		p.raw(`<p class="form-dates">`)
		p.text(dates)
		p.raw(`</p>`, "\n")
	}
	p.raw(`<form class="form" method="post"`)
	p.attr("action", v.Action)
	p.raw(` enctype="multipart/form-data" novalidate>`, "\n")
	p.hidden("_version", f.Version)
	if v.Key != "" {
		p.hidden("_key", v.Key)
	}
	if v.Stamp != "" {
		p.hidden("_stamp", v.Stamp)
	}
	p.raw(`<div class="trap" aria-hidden="true"><label for="f-_homepage">`)
	p.words("请勿填写此项", "Leave this empty")
	p.raw(`</label><input id="f-_homepage" name="_homepage" tabindex="-1" autocomplete="off">`)
	if len(f.made.rows) > 0 {
		// The key Enter presses the first button of a form; it shall send the
		// form, and not add a row.
		p.raw(`<button type="submit" tabindex="-1">`)
		p.text(f.Submit)
		p.raw(`</button>`)
	}
	p.raw(`</div>`, "\n")
	for _, s := range f.Sections {
		p.raw(`<fieldset class="form-section"><legend><h2>`)
		p.text(s.Title)
		p.raw(`</h2></legend>`, "\n", `<p class="form-why">`)
		p.text(s.Why)
		p.raw(`</p>`, "\n")
		for _, x := range s.Fields {
			p.field(x)
		}
		p.raw(`</fieldset>`, "\n")
	}
	p.raw(`<p class="form-privacy">`)
	p.text(f.Privacy)
	if f.PrivacyPage != "" {
		p.raw(` <a`)
		p.attr("href", v.Lang.Path(f.PrivacyPage))
		p.raw(`>`)
		p.words("阅读隐私说明", "Read the privacy notice")
		p.raw(`</a>`)
	}
	p.raw(`</p>`, "\n", `<p class="form-keep">`)
	p.text(f.Keep.sentence())
	p.raw(`</p>`, "\n", `<button class="button" type="submit">`)
	p.text(f.Submit)
	p.raw(`</button>`, "\n", `</form>`, "\n")
	_, err := w.Write(p.b.Bytes())
	return err
}

// TitleTag returns the title element of the form's page, which says at its
// beginning when there are faults.
func (f *Form) TitleTag(l locale.Lang, faults int) string {
	t := f.Title.In(l) + " – " + f.Env.SiteName.In(l)
	if faults > 0 {
		t = locale.T("错误：", "Error: ").In(l) + t
	}
	return "<title>" + html.EscapeString(t) + "</title>"
}

type page struct {
	b      bytes.Buffer
	focus  bool // the next control is where the person goes on
	form   *Form
	view   View
	lang   locale.Lang
	faults map[string]Fault
}

func (p *page) raw(parts ...string) {
	for _, s := range parts {
		p.b.WriteString(s)
	}
}

func (p *page) esc(s string)        { p.b.WriteString(html.EscapeString(s)) }
func (p *page) text(t locale.Text)  { p.esc(t.In(p.lang)) }
func (p *page) words(zh, en string) { p.text(locale.T(zh, en)) }
func (p *page) attr(name, v string) { p.raw(" ", name, `="`); p.esc(v); p.raw(`"`) }
func (p *page) hidden(name, v string) {
	p.raw(`<input type="hidden"`)
	p.attr("name", name)
	p.attr("value", v)
	p.raw(`>`, "\n")
}

func (p *page) alert() {
	if p.view.Alert.IsZero() {
		return
	}
	p.raw(`<div class="form-alert" role="alert" tabindex="-1"`)
	if len(p.view.Faults) == 0 {
		p.raw(` autofocus`)
	}
	p.raw(`><p>`)
	p.text(p.view.Alert)
	p.raw(`</p></div>`, "\n")
}

// summary lists the faults in the order in which they are given, each with a
// link to the control that mends it.
func (p *page) summary() {
	n := len(p.view.Faults)
	if n == 0 {
		return
	}
	p.raw(`<div class="error-summary" role="alert" tabindex="-1" autofocus aria-labelledby="error-summary-title"><h2 id="error-summary-title">`)
	count := strconv.Itoa(n)
	p.words("还有"+count+"处需要更正", "There "+plural(count, "is 1 thing", "are "+count+" things")+" to put right")
	p.raw(`</h2><ul>`)
	for _, x := range p.view.Faults {
		p.raw(`<li>`)
		if field := p.form.Field(x.Field); field != nil {
			p.raw(`<a href="#`, p.firstControl(field), `">`)
			p.text(x.Message)
			p.raw(`</a>`)
		} else {
			p.text(x.Message)
		}
		p.raw(`</li>`)
	}
	p.raw(`</ul></div>`, "\n")
}

// listed tells whether the choices of a field are a select rather than radio
// buttons.
func listed(x *Field) bool {
	return oneOf(x.Type, District, Country) || x.Type == OneOf && len(x.Choices) > 7
}

// id is the field's name as it stands in the ids of HTML.
func (x *Field) id() string { return strings.ReplaceAll(x.Name, ".", "-") }

func (p *page) firstControl(x *Field) string {
	if x.Type == Group {
		x = p.form.made.rows[x.Name][0][0]
	}
	if oneOf(x.Type, OneOf, SomeOf) && !listed(x) {
		return "f-" + x.id() + "-1"
	}
	return "f-" + x.id()
}

func (p *page) field(x *Field) {
	fault, wrong := p.faults[x.Name]
	p.raw(`<div class="field`)
	if x.Type == Group {
		p.raw(` group`)
	}
	if wrong {
		p.raw(` field-error`)
	}
	p.raw(`" id="field-`, x.id(), `"`)
	if x.When != nil {
		p.attr("data-when", x.When.Field+"="+strings.Join(x.When.Is, "|"))
	}
	p.checks(x)
	p.raw(`>`)
	switch {
	case x.Type == Group:
		p.group(x, fault, wrong)
	case x.Type == Consent:
		p.notes(x, fault, wrong)
		p.raw(`<div class="choice"><input type="checkbox" id="f-`, x.id(), `" name="`, x.Name, `" value="yes"`)
		p.describe(x, wrong)
		if p.view.Answers.Get(x.Name) == "yes" {
			p.raw(` checked`)
		}
		p.raw(`><label for="f-`, x.id(), `">`)
		p.label(x)
		p.raw(`</label></div>`)
	case oneOf(x.Type, OneOf, SomeOf) && !listed(x):
		p.raw(`<fieldset class="choices`)
		if len(x.Choices) > 7 && !slices.ContainsFunc(x.Choices, func(c Choice) bool { return !c.Hint.IsZero() }) {
			p.raw(` choices-short`)
		}
		p.raw(`"`)
		p.describe(x, wrong)
		p.raw(`><legend>`)
		p.label(x)
		p.raw(`</legend>`)
		p.notes(x, fault, wrong)
		p.choices(x)
		p.raw(`</fieldset>`)
	default:
		p.raw(`<label for="f-`, x.id(), `">`)
		p.label(x)
		p.raw(`</label>`)
		p.notes(x, fault, wrong)
		if x.Type == Upload {
			p.kept(x)
		}
		p.control(x, wrong)
	}
	p.raw(`</div>`, "\n")
}

func (p *page) label(x *Field) {
	p.text(x.Label)
	if x.Optional {
		p.raw(` <span class="optional">`)
		p.words("（选填）", "(optional)")
		p.raw(`</span>`)
	}
}

// notes are what stands between a label and its control: when it is asked, the
// hint, the fault. Each has an id that describe names.
func (p *page) notes(x *Field, fault Fault, wrong bool) {
	if x.When != nil {
		p.raw(`<p class="when" id="f-`, x.id(), `-when">`)
		p.text(p.condition(x))
		p.raw(`</p>`)
	}
	if hint := x.hint(); !hint.IsZero() {
		p.raw(`<p class="hint" id="f-`, x.id(), `-hint">`)
		p.text(hint)
		p.raw(`</p>`)
	}
	if wrong {
		p.raw(`<p class="error" id="f-`, x.id(), `-error"><span class="vh">`)
		p.words("错误：", "Error: ")
		p.raw(`</span>`)
		p.text(fault.Message)
		p.raw(`</p>`)
	}
}

// condition says in words when the field is to be filled in.
func (p *page) condition(x *Field) locale.Text {
	other := p.form.Field(x.When.Field)
	if other.Type == Consent {
		return locale.T("仅在勾选“"+other.Title().ZH+"”时填写", "Only if you tick “"+other.Title().EN+"”")
	}
	var zh, en []string
	for _, v := range x.When.Is {
		words := p.form.made.offered[other.Name][v]
		zh, en = append(zh, "“"+words.ZH+"”"), append(en, "“"+words.EN+"”")
	}
	t := other.Title()
	return locale.T("仅在“"+t.ZH+"”选择"+strings.Join(zh, "或")+"时填写", "Only if “"+t.EN+"” is "+strings.Join(en, " or "))
}

// hint is the field's own hint and what its limits add to it.
func (x *Field) hint() locale.Text {
	h := x.Hint
	var more locale.Text
	switch x.Type {
	case Textarea:
		n := locale.Number(x.Limits.MaxLength)
		more = locale.T("最多"+n+"字。", "At most "+n+" characters.")
	case Upload:
		names, size := x.kindNames(), locale.Size(x.Limits.Size)
		size = strings.Replace(size, ".0 MB", " MB", 1)
		more = locale.T(names.ZH+"格式，不超过"+size+"。", names.EN+", at most "+size+".")
		if x.Limits.Files > 1 {
			n := strconv.Itoa(x.Limits.Files)
			more = locale.T(names.ZH+"格式，最多"+n+"个文件，每个不超过"+size+"。", names.EN+", at most "+n+" files of "+size+" each.")
		}
	default:
		return h
	}
	if h.IsZero() {
		return more
	}
	return locale.T(h.ZH+more.ZH, h.EN+" "+more.EN)
}

func (p *page) describe(x *Field, wrong bool) {
	var ids []string
	if x.When != nil {
		ids = append(ids, "f-"+x.id()+"-when")
	}
	if !x.hint().IsZero() {
		ids = append(ids, "f-"+x.id()+"-hint")
	}
	if wrong {
		ids = append(ids, "f-"+x.id()+"-error")
	}
	if len(ids) > 0 {
		p.attr("aria-describedby", strings.Join(ids, " "))
	}
}

func (p *page) choices(x *Field) {
	kind := "radio"
	if x.Type == SomeOf {
		kind = "checkbox"
	}
	chosen := p.view.Answers.Values[x.Name]
	for i, c := range x.Choices {
		id := "f-" + x.id() + "-" + strconv.Itoa(i+1)
		p.raw(`<div class="choice"><input type="`, kind, `" id="`, id, `" name="`, x.Name, `"`)
		p.attr("value", c.Value)
		if !c.Hint.IsZero() {
			p.attr("aria-describedby", id+"-hint")
		}
		if slices.Contains(chosen, c.Value) {
			p.raw(` checked`)
		}
		if i == 0 {
			p.autofocus()
		}
		p.raw(`><label for="`, id, `">`)
		p.text(c.Label)
		p.raw(`</label>`)
		if !c.Hint.IsZero() {
			p.raw(`<p class="hint" id="`, id, `-hint">`)
			p.text(c.Hint)
			p.raw(`</p>`)
		}
		p.raw(`</div>`)
	}
}

// kept lists the files that came with an earlier attempt.
func (p *page) kept(x *Field) {
	files := p.view.Answers.Files[x.Name]
	if len(files) == 0 {
		return
	}
	p.raw(`<div class="kept"><ul class="files">`)
	for i, file := range files {
		id := "f-" + x.id() + "-remove-" + strconv.Itoa(i+1)
		p.raw(`<li><span class="file-name">`)
		p.esc(file.Name)
		p.raw(`</span> <span class="file-size">`)
		p.esc(locale.Size(file.Size))
		p.raw(`</span> `)
		if file.ID != "" {
			p.raw(`<input type="hidden"`)
			p.attr("name", "_file."+x.Name)
			p.attr("value", file.ID)
			p.raw(`><div class="choice"><input type="checkbox" id="`, id, `" name="_remove"`)
			p.attr("value", file.ID)
			p.raw(`><label for="`, id, `">`)
			p.words("移除“"+file.Name+"”", "Remove “"+file.Name+"”")
			p.raw(`</label></div>`)
		}
		p.raw(`</li>`)
	}
	p.raw(`</ul>`)
	if x.Limits.Files == 1 {
		p.raw(`<p class="file-kept">`)
		p.words("已附上，不必重新选择；另选文件会替换它。", "Attached: there is no need to choose it again. Another file will replace it.")
		p.raw(`</p>`)
	}
	p.raw(`</div>`)
}
