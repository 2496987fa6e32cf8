package server

import (
	"context"
	"errors"
	"html"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"waijiao/intake/internal/listen"
	"waijiao/intake/internal/outbox"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// stage is how far a submission has come, as the person sees it.
type stage struct {
	// short stands in the table, meaning says what it means for the person.
	short, meaning locale.Text
	// title is the heading of the receipt.
	title locale.Text
	// open is set while what happens next is still ahead; stranded when nobody
	// has got it and the person has to act.
	open, stranded bool
}

// stageOf says how far a submission has come. What the relay has taken has
// reached the office's mail server; whether somebody has read it is for the
// office to say.
func stageOf(e outbox.Entry) stage {
	received := text("已收到您提交的表单", "We have received your form")
	switch e.Status {
	case outbox.Held:
		return stage{short: text("已收到，待核对", "Received, to be checked"), title: received, open: true,
			meaning: text("工作人员先核对，再交给承办人员。您不用再提交一次。", "Our staff check it first and then pass it on. You need not send it again.")}
	case outbox.Handling:
		return stage{short: text("正在办理", "Being handled"), title: text("您提交的表单正在办理", "Your form is being handled"), open: true,
			meaning: text("承办人员已经看到，正在办理。", "The office has read it and is dealing with it.")}
	case outbox.Answered:
		s := stage{short: text("已答复", "Answered"), title: text("您提交的表单已经答复", "Your form has been answered"),
			meaning: text("承办人员已经答复。没有收到答复的，请与中心联系，报上回执编号。", "The office has answered. If no answer has reached you, please contact us and give the reference number.")}
		if e.Contact == nil {
			s.meaning = text("承办人员已经有了答复。您没有留下邮箱，答复无法寄给您；想知道结果，请与中心联系，报上回执编号。",
				"The office has an answer. You gave no e-mail address, so it could not be sent to you. To learn it, please contact us and give the reference number.")
		}
		return s
	case outbox.Closed:
		return stage{short: text("已办结", "Closed"), title: text("您提交的表单已经办结", "Your form has been closed"),
			meaning: text("这件事已经办结，不再改动。到期以后记录删除，不能再查询。", "The matter is closed and nothing more will change. When its time is over the record is deleted and can no longer be looked up.")}
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
		return stage{short: text("已转交", "Passed on"), title: received, open: true,
			meaning: text("已送到承办人员的邮箱，等待办理。", "It has reached the office's mailbox and waits to be dealt with.")}
	case queued == 0 && dead > 0:
		return stage{short: text("已收到，没能转交", "Received, but not passed on"), title: received, stranded: true,
			meaning: text("没能送到承办人员的邮箱。请与中心联系，报上回执编号。您提交的资料保存完好，不用重新填写。",
				"It could not be delivered to the office's mailbox. Please contact us and give the reference number. What you sent is safe, and you need not fill it in again.")}
	}
	return stage{short: text("已收到，正在转交", "Received, being passed on"), title: received, open: true,
		meaning: text("正在送往承办人员的邮箱，一般几分钟就到。", "It is on its way to the office's mailbox, which usually takes a few minutes.")}
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

// link writes a link to a Chinese address in the page's language.
func (w *writer) link(class, at string, t locale.Text) {
	w.raw("<a")
	if class != "" {
		w.raw(` class="` + class + `"`)
	}
	w.raw(` href="`)
	w.esc(w.lang.Path(at))
	w.raw(`">`)
	w.say(t)
	w.raw("</a>")
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

// fault is something to put right: at is the control that mends it, or empty
// where there is none.
type fault struct {
	at   string
	says locale.Text
}

// mistakes are the faults of a page.
type mistakes []fault

// of returns what is wrong with a control, if anything is.
func (m mistakes) of(at string) (locale.Text, bool) {
	for _, f := range m {
		if f.at == at {
			return f.says, true
		}
	}
	return locale.Text{}, false
}

// mark begins the page's title where there are faults, as forms do.
func (m mistakes) mark(title locale.Text) locale.Text {
	if len(m) == 0 {
		return title
	}
	return text("错误："+title.ZH, "Error: "+title.EN)
}

// summary lists the faults above the form, each with a link to its control.
func (w *writer) summary(title locale.Text, m mistakes) {
	if len(m) == 0 {
		return
	}
	w.raw(`<div class="error-summary" role="alert" tabindex="-1" autofocus aria-labelledby="error-summary-title"><h2 id="error-summary-title">`)
	w.say(title)
	w.raw("</h2><ul>")
	for _, f := range m {
		w.raw("<li>")
		if f.at != "" {
			w.raw(`<a href="#` + f.at + `">`)
		}
		w.say(f.says)
		if f.at != "" {
			w.raw("</a>")
		}
		w.raw("</li>")
	}
	w.raw("</ul></div>\n")
}

// wrong writes what is wrong with a control between its hint and itself.
func (w *writer) wrong(at string, m mistakes) {
	if says, ok := m.of(at); ok {
		w.raw(`<p class="error" id="` + at + `-error"><span class="vh">`)
		w.say(text("错误：", "Error: "))
		w.raw("</span>")
		w.say(says)
		w.raw("</p>")
	}
}

// field is the class of a control's surroundings.
func (m mistakes) field(at string) string {
	if _, ok := m.of(at); ok {
		return "field field-error"
	}
	return "field"
}

// described are the attributes that tie a control to its hint and its fault.
func (m mistakes) described(at string, hint bool) string {
	var ids []string
	if hint {
		ids = append(ids, at+"-hint")
	}
	_, bad := m.of(at)
	if bad {
		ids = append(ids, at+"-error")
	}
	out := ""
	if len(ids) > 0 {
		out = ` aria-describedby="` + strings.Join(ids, " ") + `"`
	}
	if bad {
		out += ` aria-invalid="true"`
	}
	return out
}

// facts is the table of what is known about a submission without opening it.
// more are rows for the office.
func (w *writer) facts(e outbox.Entry, f *form.Form, more ...[2]locale.Text) {
	w.raw(`<dl class="record">`)
	row := func(label, value locale.Text) {
		w.raw("<div><dt>")
		w.say(label)
		w.raw("</dt><dd>")
		w.say(value)
		w.raw("</dd></div>")
	}
	row(text("进度", "Progress"), stageOf(e).short)
	if e.Changed.After(e.Created) {
		row(text("最近更新", "Last change"), moment(e.Changed))
	}
	if f != nil {
		row(text("表单", "Form"), f.Title)
	}
	row(text("收到时间", "Received"), moment(e.Created))
	for _, r := range more {
		row(r[0], r[1])
	}
	if ends := e.Ends(); !ends.IsZero() {
		label := text("最晚保存到", "Kept until, at the latest")
		if e.Status == outbox.Closed {
			label = text("记录保存到", "Record kept until")
		}
		day := locale.DateOf(ends.In(locale.Beijing()))
		row(label, text(day.In(locale.ZH), day.In(locale.EN)))
	}
	w.raw("</dl>\n")
}

// outlook says what the stage means for the person, and where to turn when
// something has gone wrong.
func (v *visit) outlook(w *writer, e outbox.Entry) {
	s := stageOf(e)
	if !s.stranded {
		w.p("form-intro", s.meaning)
		return
	}
	w.raw(`<div class="form-alert"><p>`)
	w.say(s.meaning)
	if v.published("/contact/") {
		w.raw(" ")
		w.link("", "/contact/", text("联系方式", "How to reach us"))
	}
	w.raw("</p></div>\n")
}

// published tells whether the site has a page at a Chinese address.
func (v *visit) published(at string) bool {
	_, err := v.site.Stat(v.local(at))
	return err == nil
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
// when the answer has been given already: one and the same for a link that we
// did not make and for one whose submission is gone.
func (v *visit) entry(reference string, genuine bool) (outbox.Entry, bool) {
	v.w.Header().Set("X-Robots-Tag", "noindex")
	if !genuine {
		// Nothing is looked up: the time would tell which numbers exist.
		v.refuse(deadLink())
		return outbox.Entry{}, false
	}
	e, err := v.Desk.Box.Look(context.WithoutCancel(v.r.Context()), reference)
	switch {
	case err == nil:
		return e, true
	case !errors.Is(err, outbox.ErrNotFound):
		v.Log.Error("the outbox cannot be read", "error", err.Error())
		v.refuse(outOfReach())
	default:
		v.refuse(deadLink())
	}
	return e, false
}

func deadLink() refusal {
	return refusal{http.StatusNotFound, "not-found", text("这个链接打不开", "This link does not lead anywhere"),
		text("链接可能没有复制完整；也可能保存期限已过，记录已经删除。请从邮件里重新打开完整的链接。",
			"It may not have been copied in full, or the record's time is over and it has been deleted. Please open the whole link from the mail again."), nil}
}

// outOfReach is for pages that only show something: nothing was sent that
// could have been lost.
func outOfReach() refusal {
	return refusal{http.StatusServiceUnavailable, "unavailable", text("现在查不到", "We cannot look this up at the moment"),
		text("系统暂时有故障，已经提交的表单不受影响。请过几分钟再试一次。", "Something on our side is not working. Forms that have been sent are not affected. Please try again in a few minutes."), nil}
}

// typed reads a body of at most limit bytes that one of our small forms sends.
// ok is false when the answer has been given already.
func (v *visit) typed(limit int64) (values url.Values, ok bool) {
	mediaType, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/x-www-form-urlencoded" {
		v.refuse(refusal{http.StatusUnsupportedMediaType, "unsupported-media-type", text("无法读取提交的内容", "We cannot read what was sent"),
			text("请在本网站的页面上填写，或以 application/x-www-form-urlencoded 发送。", "Please use the page on this site, or send application/x-www-form-urlencoded."), nil})
		return nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(v.w, v.r.Body, limit))
	if err == nil {
		values, err = url.ParseQuery(string(body))
	}
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return values, true
	case errors.As(err, &large):
		v.refuse(refusal{http.StatusRequestEntityTooLarge, "too-large", text("填写的内容太长", "What you entered is too long"),
			text("请返回上一页，缩短后再提交。", "Please go back, shorten it and send it again."), nil})
	case errors.Is(err, listen.ErrSlow):
		v.refuse(tooSlow())
	default:
		v.refuse(broken())
	}
	return nil, false
}
