package server

import (
	"context"
	"errors"
	"html"
	"io/fs"
	"strings"
	"time"

	"waijiao/intake/internal/outbox"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// standing says how far a submission has come. What the relay has taken has
// reached the office's mail server; whether somebody has read it is for the
// office to say.
func standing(e outbox.Entry) locale.Text {
	switch e.Status {
	case outbox.Held:
		return text("已收到，核对后转交中心", "Received; it will be checked before it is passed on to the office")
	case outbox.Handling:
		return text("正在办理", "Being handled")
	case outbox.Answered:
		return text("已答复", "Answered")
	case outbox.Closed:
		return text("已办结", "Closed")
	}
	sent, dead, queued := 0, 0, 0
	for _, m := range e.Mails {
		if m.Kind != outbox.ToOffice {
			continue
		}
		switch m.State {
		case outbox.Sent:
			sent++
		case outbox.Dead:
			dead++
		default:
			queued++
		}
	}
	switch {
	case sent > 0:
		return text("已转交中心", "Passed on to the office")
	case queued == 0 && dead > 0:
		return text("已收到，但没能转交中心；请带上回执编号与中心联系", "Received, but it could not be passed on; please contact the office and give the reference number")
	}
	return text("已收到，正在转交中心", "Received; being passed on to the office")
}

// moment writes a time for people, in Beijing.
func moment(t time.Time) locale.Text {
	b := t.In(locale.Beijing())
	at, clock := locale.DateOf(b), b.Format("15:04")
	return text(at.In(locale.ZH)+" "+clock+"（北京时间）", at.In(locale.EN)+" at "+clock+" (Beijing time)")
}

// writer writes a page's main part.
type writer struct {
	strings.Builder
	lang locale.Lang
}

func (w *writer) raw(s string)      { w.WriteString(s) }
func (w *writer) esc(s string)      { w.WriteString(html.EscapeString(s)) }
func (w *writer) say(t locale.Text) { w.esc(t.In(w.lang)) }
func (w *writer) p(class string, t locale.Text) {
	w.raw("<p")
	if class != "" {
		w.raw(` class="` + class + `"`)
	}
	w.raw(">")
	w.say(t)
	w.raw("</p>\n")
}

func (w *writer) head(title, lead locale.Text) {
	w.raw(`<header class="page-head"><h1>`)
	w.say(title)
	w.raw("</h1>\n")
	if !lead.IsZero() {
		w.p("lead", lead)
	}
	w.raw("</header>\n")
}

// facts is the table of what is known about a submission without opening it.
func (w *writer) facts(e outbox.Entry, f *form.Form) {
	w.raw(`<dl class="record">`)
	row := func(label, value locale.Text) {
		w.raw("<div><dt>")
		w.say(label)
		w.raw("</dt><dd>")
		w.say(value)
		w.raw("</dd></div>")
	}
	row(text("进度", "Progress"), standing(e))
	if e.Changed.After(e.Created) {
		row(text("最近更新", "Last change"), moment(e.Changed))
	}
	if f != nil {
		row(text("表单", "Form"), f.Title)
	}
	row(text("收到时间", "Received"), moment(e.Created))
	w.raw("</dl>\n")
}

// known returns the definition of a submission's form, or nil where it is not
// published any more.
func (v *visit) known(id string) *form.Form {
	f, err := v.definition(id)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		v.Log.Error("a form cannot be read", "form", id, "error", err.Error())
	}
	return f
}

// entry looks a submission up by the capability in the address. ok is false
// when the answer has been given already.
func (v *visit) entry(reference string, genuine bool) (outbox.Entry, bool) {
	e, err := v.Desk.Box.Look(context.WithoutCancel(v.r.Context()), reference)
	switch {
	case err == nil && genuine:
		return e, true
	case err != nil && !errors.Is(err, outbox.ErrNotFound):
		v.Log.Error("the outbox cannot be read", "error", err.Error())
		v.refuse(trouble())
	default:
		v.missing()
	}
	return e, false
}

// suffix is what stands behind a page's title.
func suffix(f *form.Form, l locale.Lang) string {
	if f == nil {
		return ""
	}
	return " – " + f.Env.SiteName.In(l)
}
