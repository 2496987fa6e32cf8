package server

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"github.com/gorilla/mux"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

const (
	// noteLimit bounds the officer's note, in characters.
	noteLimit = 2000
	// officeLimit bounds the whole body, in bytes.
	officeLimit = 64 << 10
)

// The controls of the officer's page.
const (
	stepControl = "f-status-1"
	noteControl = "f-note"
)

// showOffice shows an officer where a submission stands. It changes nothing:
// mail programs follow links by themselves.
func (v *visit) showOffice() {
	e, ok := v.entry(v.Desk.Reference(desk.Officer, mux.Vars(v.r)["capability"]))
	if !ok {
		return
	}
	q := v.r.URL.Query()
	v.office(http.StatusOK, e, marked{stored: q.Get("stored") == seen(e), mailed: q.Has("mailed")})
}

// takeOffice marks a submission.
func (v *visit) takeOffice() {
	e, ok := v.entry(v.Desk.Reference(desk.Officer, mux.Vars(v.r)["capability"]))
	if !ok {
		return
	}
	values, ok := v.typed(officeLimit)
	if !ok {
		return
	}
	m := marked{to: outbox.Status(values.Get("status")), note: plain(values.Get("note"))}
	if m.to != outbox.Handling && m.to != outbox.Answered && m.to != outbox.Closed {
		m.wrong = append(m.wrong, fault{stepControl, text("请选择办理到了哪一步", "Choose how far the matter has come")})
	}
	if length := len([]rune(m.note)); length > noteLimit {
		m.wrong = append(m.wrong, fault{noteControl, text("说明最多"+locale.Number(noteLimit)+"字，现在有"+locale.Number(length)+"字，请缩短",
			"The note may have at most "+locale.Number(noteLimit)+" characters; it has "+locale.Number(length)+"; shorten it")})
	}
	if len(m.wrong) > 0 {
		v.office(http.StatusUnprocessableEntity, e, m)
		return
	}
	// Sent twice, or a colleague was quicker: a note must not go out twice.
	sub, err := outbox.Submission{}, outbox.ErrChanged
	if values.Get("seen") == seen(e) {
		sub, err = v.Desk.MarkSeen(v.r.Context(), e.Reference, e.Changed, m.to, m.note)
	}
	switch {
	case err == nil:
		v.Log.Info("marked", "reference", e.Reference, "status", string(m.to), "note", m.note != "")
		v.Accepted()
		v.w.Header().Set("Cache-Control", "no-store")
		at := v.Desk.Path(desk.Officer, e.Reference, v.lang) + "?stored=" + seen(outbox.Entry{Submission: sub})
		if m.note != "" {
			at += "&mailed"
		}
		http.Redirect(v.w, v.r, at, http.StatusSeeOther)
	case errors.Is(err, outbox.ErrChanged):
		if e, ok = v.entry(e.Reference, true); ok {
			m.wrong = mistakes{{"", text("您打开本页之后，进度有了变化。现在的进度在下面；还需要改的，请再保存一次。",
				"The progress has changed since you opened this page. It now stands as shown below; if your change is still needed, store it once more.")}}
			v.office(http.StatusConflict, e, m)
		}
	case errors.Is(err, outbox.ErrNotOpen):
		if e, ok = v.entry(e.Reference, true); ok {
			m.wrong = mistakes{{"", text("这件事已经办结，或者还没有放行，不能改动。", "This matter is closed, or not released yet, and cannot be changed.")}}
			v.office(http.StatusConflict, e, m)
		}
	case errors.Is(err, desk.ErrNoAddress), errors.Is(err, outbox.ErrSealed):
		m.wrong = mistakes{{noteControl, text("寄不出说明：提交人没有留下邮箱，或者邮箱已经封存。请清空说明再保存",
			"The note cannot be mailed: the submitter gave no e-mail address, or it is sealed by now. Empty the note and store this once more")}}
		v.office(http.StatusUnprocessableEntity, e, m)
	case errors.Is(err, outbox.ErrNotFound):
		v.refuse(deadLink())
	default:
		v.Log.Error("a submission cannot be marked", "reference", e.Reference, "error", err.Error())
		v.w.Header().Set("Retry-After", "120")
		m.wrong = mistakes{{"", text("现在无法保存，请过几分钟再保存一次。您填写的都在下面。", "This cannot be saved at the moment. What you entered is below; please save it again in a few minutes.")}}
		v.office(http.StatusServiceUnavailable, e, m)
	}
}

// seen tells one state of a submission from the next.
func seen(e outbox.Entry) string {
	return string(e.Status) + strconv.FormatInt(e.Changed.UnixMilli(), 36)
}

// plain keeps the lines of a note and takes out what controls or hides.
func plain(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\t", " ").Replace(strings.ToValidUTF8(s, "\ufffd"))
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d') {
			return -1
		}
		return r
	}, s))
}

// marked is what an officer entered, what is wrong with it, or that it is
// stored.
type marked struct {
	to             outbox.Status
	note           string
	wrong          mistakes
	stored, mailed bool
}

// office draws the officer's page.
func (v *visit) office(code int, e outbox.Entry, m marked) {
	f := v.known(e.Form)
	title := text("办理 "+e.Reference, "Handle "+e.Reference)
	w := &writer{lang: v.lang}
	w.head(title, text("本页供中心工作人员使用，请不要转给提交人。填写的内容和附件在通知邮件里。", "This page is for the office's staff; please do not pass it on to the submitter. The answers and the files are in the mail that announced the form."))
	w.summary(text("还没有保存", "Not saved yet"), m.wrong)
	if m.stored {
		w.raw(`<div class="form-stored" role="status" tabindex="-1" autofocus><p>`)
		short := stageOf(e).short
		w.say(text("已保存："+short.ZH+"。", "Saved: "+short.EN+"."))
		if m.mailed {
			w.raw(" ")
			w.say(text("您的说明会寄给提交人。", "Your note goes to the submitter by e-mail."))
		}
		w.raw("</p></div>\n")
	}
	var more [][2]locale.Text
	if notes := noted(e); !notes.IsZero() {
		more = append(more, [2]locale.Text{text("给提交人的说明", "Notes to the submitter"), notes})
	}
	w.facts(e, f, more...)
	switch e.Status {
	case outbox.Closed:
		w.p("", text("这件事已经办结，不能再改。记录到期删除，本页随之失效。", "This matter is closed and can no longer be changed. When its time is over the record is deleted, and this page with it."))
	case outbox.Held:
		w.p("", text("这份表单有疑点，还没有放行，不能办理。请系统管理员核对后放行：", "There are doubts about this form. It has not been released, so it cannot be handled. The operator can look at it and release it:"))
		w.raw("<p><code>intake release " + e.Reference + "</code></p>\n")
	default:
		v.marking(w, e, m)
	}
	v.shell(code, m.wrong.mark(title).In(v.lang), w.String(), v.Desk.Path(desk.Officer, e.Reference, locale.ZH))
}

// marking is the form on which the officer marks the submission.
func (v *visit) marking(w *writer, e outbox.Entry, m marked) {
	w.raw(`<form class="form" method="post" action="` + v.Desk.Path(desk.Officer, e.Reference, v.lang) + `" novalidate>` + "\n")
	w.raw(`<input type="hidden" name="seen" value="` + seen(e) + `">` + "\n")
	w.raw(`<div class="` + m.wrong.field(stepControl) + `"><fieldset class="choices"` + strings.TrimSuffix(m.wrong.described(stepControl, false), ` aria-invalid="true"`) + `><legend>`)
	w.say(text("办理到了哪一步", "How far has it come?"))
	w.raw("</legend>")
	w.wrong(stepControl, m.wrong)
	for i, c := range []struct {
		status outbox.Status
		label  locale.Text
		hint   locale.Text
	}{
		{outbox.Handling, text("正在办理", "Being handled"), text("已经看到，正在办。", "Somebody has read it and is dealing with it.")},
		{outbox.Answered, text("已答复", "Answered"), text("已经答复提交人，还可能有后续。", "The submitter has been answered; more may follow.")},
		{outbox.Closed, text("已办结", "Closed"), text("以后不能再改，记录到期删除。", "Nothing more can be changed, and the record is deleted when its time is over.")},
	} {
		id := "f-status-" + strconv.Itoa(i+1)
		w.raw(`<div class="choice"><input type="radio" name="status" id="` + id + `" value="` + string(c.status) + `" aria-describedby="` + id + `-hint"`)
		if c.status == m.to {
			w.raw(" checked")
		}
		w.raw(`><label for="` + id + `">`)
		w.say(c.label)
		w.raw(`</label><p class="hint" id="` + id + `-hint">`)
		w.say(c.hint)
		w.raw("</p></div>")
	}
	w.raw("</fieldset></div>\n")
	if e.Contact == nil {
		w.p("form-why field", text("提交人没有留下邮箱，无法寄去说明。对方能在自己的页面上看到进度。", "The submitter gave no e-mail address, so no note can be sent. The progress shows on the submitter's own page."))
	} else {
		w.raw(`<div class="` + m.wrong.field(noteControl) + `"><label for="f-note">`)
		w.say(text("给提交人的说明", "Note to the submitter"))
		w.raw(` <span class="optional">`)
		w.say(text("（选填）", "(optional)"))
		w.raw(`</span></label><p class="hint" id="f-note-hint">`)
		w.say(text("保存后寄到对方邮箱，最多"+locale.Number(noteLimit)+"字。邮件不加密，请不要写证件号码等敏感信息。",
			"Mailed to the submitter when you save this; at most "+locale.Number(noteLimit)+" characters. Ordinary mail is not secret, so please leave out identity numbers and the like."))
		w.raw("</p>")
		w.wrong(noteControl, m.wrong)
		w.raw(`<textarea class="input" id="f-note" name="note" rows="6"` + m.wrong.described(noteControl, true) + ">\n")
		w.esc(m.note)
		w.raw("</textarea></div>\n")
	}
	w.raw(`<button class="button" type="submit">`)
	w.say(text("保存进度", "Save progress"))
	w.raw("</button>\n</form>\n")
}

// noted says what became of the notes that were sent so far.
func noted(e outbox.Entry) locale.Text {
	sent, dead, queued := 0, 0, 0
	for _, m := range e.Mails {
		switch {
		case m.Kind != outbox.Note:
		case m.State == outbox.Sent:
			sent++
		case m.State == outbox.Dead:
			dead++
		default:
			queued++
		}
	}
	var zh, en []string
	for _, c := range []struct {
		n      int
		zh, en string
	}{{sent, "已寄出", "sent"}, {queued, "正在寄", "on the way"}, {dead, "没能寄到", "not delivered"}} {
		if c.n > 0 {
			n := strconv.Itoa(c.n)
			zh, en = append(zh, c.zh+n+"封"), append(en, n+" "+c.en)
		}
	}
	return text(strings.Join(zh, "，"), strings.Join(en, ", "))
}
