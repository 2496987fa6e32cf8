package load

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"waijiao/generator/internal/markdown"
	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// prose is what each language says for itself: the keys of a front matter that
// are translated, in the order in which the fingerprint takes them.
type prose struct {
	title, summary text
	conditions     []text
	materials      []material
	steps          []step
	timeLimit      text
	fee            text
	contact        text
	faq            []question
}

type material struct {
	at         int
	name, note text
	copies     int
	form       string
	within     int
}

type step struct {
	at        int
	who, what text
	days      site.Days
}

type question struct {
	question, answer text
}

// prose takes the prose keys of an edition.
func (l *loader) prose(d *draft, e *edition) {
	m, p := e.bind, &e.prose
	p.title, _ = m.text("title")
	p.summary, _ = m.prose("summary")
	m.require("title", "summary")
	if e.lang == locale.EN {
		e.translate, _ = m.text("translates")
	}
	if d.guide == nil {
		return
	}
	p.conditions = m.texts("conditions")
	m.each("materials", func(in *binder) {
		it := material{at: in.at}
		it.name, _ = in.prose("name")
		in.number("copies", 1, 99, &it.copies)
		in.oneOf("form", materialForms(), &it.form)
		it.note, _ = in.prose("note")
		in.number("within", 1, 120, &it.within)
		in.require("name")
		p.materials = append(p.materials, it)
	})
	m.each("steps", func(in *binder) {
		it := step{at: in.at}
		it.who, _ = in.prose("who")
		it.what, _ = in.prose("what")
		in.mapping("days", func(days *binder) {
			days.number("working", 1, 999, &it.days.Working)
			days.number("calendar", 1, 999, &it.days.Calendar)
			if days.has("working") == days.has("calendar") {
				days.fail("bad-days", days.at,
					locale.T("工作日和日历日要写一种，也只能写一种", "give either working or calendar days"),
					locale.T("写成 {working: 10} 或 {calendar: 15}", "write {working: 10} or {calendar: 15}"))
			}
		})
		in.require("who", "what")
		p.steps = append(p.steps, it)
	})
	p.timeLimit, _ = m.prose("time_limit")
	p.fee, _ = m.prose("fee")
	p.contact, _ = m.prose("contact")
	m.each("faq", func(in *binder) {
		var it question
		it.question, _ = in.prose("question")
		it.answer, _ = in.prose("answer")
		in.require("question", "answer")
		p.faq = append(p.faq, it)
	})
	e.complete()
	if e.lang == locale.EN && d.zh != nil {
		e.agree(d.zh)
	}
}

// complete asks for the six elements that the national inspection of
// government websites looks for in a service guide.
func (e *edition) complete() {
	p := &e.prose
	elements := []struct {
		key     string
		written bool
		name    locale.Text
	}{
		{"conditions", len(p.conditions) > 0, locale.T("办理条件", "conditions")},
		{"materials", len(p.materials) > 0, locale.T("申请材料", "materials")},
		{"steps", len(p.steps) > 0, locale.T("办理步骤", "steps")},
		{"time_limit", p.timeLimit.s != "", locale.T("办理时限", "time limit")},
		{"fee", p.fee.s != "", locale.T("收费", "fee")},
		{"contact", p.contact.s != "", locale.T("联系方式", "contact")},
	}
	var keys, zh, en []string
	for _, el := range elements {
		if !el.written {
			keys, zh, en = append(keys, el.key), append(zh, el.name.ZH), append(en, el.name.EN)
		}
	}
	if len(keys) == 0 {
		return
	}
	e.fail("guide-incomplete", e.bind.keyAt("title"),
		locale.T("指南缺少："+strings.Join(zh, "、"), "the guide lacks: "+strings.Join(en, ", ")),
		locale.T("补上这些键："+strings.Join(keys, "、"), "add the keys: "+strings.Join(keys, ", ")))
}

// agree compares what the two languages of a guide must have in common.
func (e *edition) agree(zh *edition) {
	count := func(key string, want, got int) bool {
		if want == got {
			return true
		}
		e.fail("guide-differs", e.bind.keyAt(key),
			locale.Tf("“%s”在 zh.md 里有 %d 项，这里有 %d 项", "the items of “%s” number %d in zh.md and %d here", key, want, got),
			locale.T("两种语言逐项对应，顺序也一样", "give the same items in the same order in both languages"))
		return false
	}
	fact := func(at int, key string, same bool) {
		if !same {
			e.fail("guide-differs", at,
				locale.Tf("这一项的“%s”与 zh.md 不一致", "“%s” of this item is not what zh.md says", key),
				locale.T("两处写成一样的值", "write the same value in both files"))
		}
	}
	z, p := &zh.prose, &e.prose
	if count("materials", len(z.materials), len(p.materials)) {
		for i, it := range p.materials {
			fact(it.at, "copies", it.copies == z.materials[i].copies)
			fact(it.at, "form", it.form == z.materials[i].form)
			fact(it.at, "within", it.within == z.materials[i].within)
		}
	}
	if count("steps", len(z.steps), len(p.steps)) {
		for i, it := range p.steps {
			fact(it.at, "days", it.days == z.steps[i].days)
		}
	}
	count("faq", len(z.faq), len(p.faq))
}

// convert makes the guide's prose for the site, and adds to body the links and
// document numbers in it.
func (p *prose) convert(c *markdown.Converter, from markdown.Source, body *site.Body) (*site.GuideProse, problem.List) {
	var list problem.List
	inline := func(t text) site.Inline {
		if t.s == "" {
			return site.Inline{}
		}
		f, found := c.Inline(from, t.s, t.at)
		list = append(list, found...)
		body.Links = append(body.Links, f.Links...)
		body.Citations = append(body.Citations, f.Citations...)
		return f.Inline
	}
	g := &site.GuideProse{TimeLimit: inline(p.timeLimit), Fee: inline(p.fee), Contact: inline(p.contact)}
	for _, t := range p.conditions {
		g.Conditions = append(g.Conditions, inline(t))
	}
	for _, it := range p.materials {
		g.Materials = append(g.Materials, site.Material{Name: inline(it.name), Copies: it.copies, Form: it.form,
			Note: inline(it.note), Within: it.within})
	}
	for _, it := range p.steps {
		g.Steps = append(g.Steps, site.Step{Who: inline(it.who), What: inline(it.what), Days: it.days})
	}
	for _, it := range p.faq {
		g.FAQ = append(g.FAQ, site.Question{Question: inline(it.question), Answer: inline(it.answer)})
	}
	return g, list
}

// Fingerprint returns what `translates` in en.md has to say to be a translation
// of zhmd, the content of the zh.md beside it: the first 8 hex digits of the
// SHA-256 of its prose keys and its text (architecture, contract 1). It returns
// false where zhmd has no front matter that can be read.
func Fingerprint(kind site.Kind, zhmd []byte) (string, bool) {
	d := newDraft(kind, "")
	e := open(d, locale.ZH, "zh.md", zhmd)
	if e == nil {
		return "", false
	}
	(&loader{}).prose(d, e)
	return fingerprint(&e.prose, e.text[e.body:]), true
}

func fingerprint(p *prose, body []byte) string {
	h := sha256.New()
	say := func(key, value string) {
		if value != "" {
			h.Write([]byte(key + "\x00" + value + "\n"))
		}
	}
	say("title", p.title.s)
	say("summary", p.summary.s)
	var conditions []string
	for _, t := range p.conditions {
		conditions = append(conditions, t.s)
	}
	type item struct {
		Name   string `json:"name,omitempty"`
		Copies int    `json:"copies,omitempty"`
		Form   string `json:"form,omitempty"`
		Note   string `json:"note,omitempty"`
		Within int    `json:"within,omitempty"`
	}
	var materials []item
	for _, it := range p.materials {
		materials = append(materials, item{it.name.s, it.copies, it.form, it.note.s, it.within})
	}
	type act struct {
		Who  string    `json:"who,omitempty"`
		What string    `json:"what,omitempty"`
		Days site.Days `json:"days,omitzero"`
	}
	var steps []act
	for _, it := range p.steps {
		steps = append(steps, act{it.who.s, it.what.s, it.days})
	}
	type asked struct {
		Question string `json:"question,omitempty"`
		Answer   string `json:"answer,omitempty"`
	}
	var faq []asked
	for _, it := range p.faq {
		faq = append(faq, asked{it.question.s, it.answer.s})
	}
	say("conditions", compact(conditions))
	say("materials", compact(materials))
	say("steps", compact(steps))
	say("time_limit", p.timeLimit.s)
	say("fee", p.fee.s)
	say("contact", p.contact.s)
	say("faq", compact(faq))
	if bytes.IndexByte(body, '\r') >= 0 {
		body = bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n"))
	}
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil)[:4])
}

// compact writes a list as JSON in its shortest form, and an empty one as
// nothing.
func compact[T any](list []T) string {
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(list); err != nil {
		panic(err) // strings and numbers always encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func isFingerprint(s string) bool {
	return len(s) == 8 && strings.Trim(s, "0123456789abcdef") == ""
}
