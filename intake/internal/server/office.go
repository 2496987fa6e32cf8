package server

import (
	"errors"
	"io"
	"net/http"
	"net/url"
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

// showOffice shows an officer where a submission stands. It changes nothing:
// mail programs follow links by themselves.
func (v *visit) showOffice() {
	if e, ok := v.entry(v.Desk.Reference(desk.Officer, mux.Vars(v.r)["capability"])); ok {
		v.office(http.StatusOK, e, "", "", locale.Text{})
	}
}

// takeOffice marks a submission.
func (v *visit) takeOffice() {
	e, ok := v.entry(v.Desk.Reference(desk.Officer, mux.Vars(v.r)["capability"]))
	if !ok {
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(v.w, v.r.Body, officeLimit))
	if err != nil {
		v.refuse(tooLarge(officeLimit))
		return
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		v.refuse(broken())
		return
	}
	to, note := outbox.Status(values.Get("status")), plain(values.Get("note"))
	again := func(code int, wrong locale.Text) { v.office(code, e, to, note, wrong) }
	switch {
	case to != outbox.Handling && to != outbox.Answered && to != outbox.Closed:
		again(http.StatusUnprocessableEntity, text("请选择办理到了哪一步", "Choose how far the matter has come"))
		return
	case len([]rune(note)) > noteLimit:
		again(http.StatusUnprocessableEntity, text("附言最多"+locale.Number(noteLimit)+"字", "The note may have at most "+locale.Number(noteLimit)+" characters"))
		return
	case values.Get("seen") != seen(e):
		// Sent twice, or a colleague was quicker: a note must not go out twice.
		again(http.StatusConflict, text("您打开本页之后，这件事的进度有了变化。请看一下现在的进度，需要的话再提交一次。",
			"The progress has changed since you opened this page. Look at how it stands now, and send this once more if it is still needed."))
		return
	}
	_, err = v.Desk.Mark(v.r.Context(), e.Reference, to, note)
	switch {
	case err == nil:
		v.Log.Info("marked", "reference", e.Reference, "status", string(to), "note", note != "")
		v.Accepted()
		v.w.Header().Set("Cache-Control", "no-store")
		http.Redirect(v.w, v.r, v.Desk.Path(desk.Officer, e.Reference, v.lang), http.StatusSeeOther)
	case errors.Is(err, outbox.ErrNotOpen):
		again(http.StatusConflict, text("这件事已经办结，或者还没有放行，不能改动。", "This matter is closed, or not released yet, and cannot be changed."))
	case errors.Is(err, desk.ErrNoAddress):
		again(http.StatusUnprocessableEntity, text("提交人没有留下邮箱，或者邮箱已经封存，附言寄不出去。请清空附言再提交。",
			"The submitter gave no e-mail address, or it is sealed by now, so a note cannot be mailed. Empty the note and send this once more."))
	case errors.Is(err, outbox.ErrNotFound):
		v.missing()
	default:
		v.Log.Error("a submission cannot be marked", "reference", e.Reference, "error", err.Error())
		again(http.StatusServiceUnavailable, text("现在无法保存，请过几分钟再提交一次。", "This cannot be stored at the moment. Please send it once more in a few minutes."))
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

// office draws the officer's page. chosen and note are what was typed into it.
func (v *visit) office(code int, e outbox.Entry, chosen outbox.Status, note string, wrong locale.Text) {
	f := v.known(e.Form)
	at := v.Desk.Path(desk.Officer, e.Reference, locale.ZH)
	title := text("办理 "+e.Reference, "Handle "+e.Reference)
	w := &writer{lang: v.lang}
	w.head(title, text("本页供中心工作人员使用。内容和附件在通知邮件里。", "This page is for the office's staff. The answers and the files are in the mail that announced the form."))
	if !wrong.IsZero() {
		w.raw(`<div class="error-summary" role="alert" tabindex="-1" autofocus aria-labelledby="error-summary-title"><h2 id="error-summary-title">`)
		w.say(text("还没有保存", "Not stored yet"))
		w.raw(`</h2><ul><li><a href="#f-status-1">`)
		w.say(wrong)
		w.raw("</a></li></ul></div>\n")
	}
	w.facts(e, f)
	switch e.Status {
	case outbox.Closed:
		w.p("", text("这件事已经办结。记录在 "+moment(e.Expires).ZH+" 前删除，本页随之失效。", "This matter is closed. Its record is deleted by "+moment(e.Expires).EN+", and this page with it."))
		v.shell(code, title.In(v.lang)+suffix(f, v.lang), w.String(), at)
		return
	case outbox.Held:
		w.p("", text("这份表单有疑点，还没有放行。放行由系统管理员办理：intake release "+e.Reference, "There are doubts about this form and it has not been released. The operator does that: intake release "+e.Reference))
		v.shell(code, title.In(v.lang)+suffix(f, v.lang), w.String(), at)
		return
	}
	w.raw(`<form class="form block" method="post" action="` + v.Desk.Path(desk.Officer, e.Reference, v.lang) + `" novalidate>` + "\n")
	w.raw(`<input type="hidden" name="seen" value="` + seen(e) + `">` + "\n")
	w.raw(`<div class="field"><fieldset class="choices"><legend>`)
	w.say(text("办理到了哪一步", "How far has it come?"))
	w.raw("</legend>")
	for i, c := range []struct {
		status outbox.Status
		label  locale.Text
		hint   locale.Text
	}{
		{outbox.Handling, text("正在办理", "Being handled"), text("已经看到，正在处理。", "Somebody has read it and is dealing with it.")},
		{outbox.Answered, text("已答复", "Answered"), text("已经答复提交人，可能还有后续。", "The submitter has been answered; more may follow.")},
		{outbox.Closed, text("已办结", "Closed"), text("不再改动；记录按规定期限删除。", "Nothing more will change; the record is deleted when its time is over.")},
	} {
		id := "f-status-" + strconv.Itoa(i+1)
		w.raw(`<div class="choice"><input type="radio" name="status" id="` + id + `" value="` + string(c.status) + `" aria-describedby="` + id + `-hint"`)
		if c.status == chosen {
			w.raw(" checked")
		}
		w.raw(`><label for="` + id + `">`)
		w.say(c.label)
		w.raw(`</label><p class="hint" id="` + id + `-hint">`)
		w.say(c.hint)
		w.raw("</p></div>")
	}
	w.raw("</fieldset></div>\n")
	if e.Contact != nil {
		w.raw(`<div class="field"><label for="f-note">`)
		w.say(text("附言", "Note"))
		w.raw(` <span class="optional">`)
		w.say(text("（选填）", "(optional)"))
		w.raw(`</span></label><p class="hint" id="f-note-hint">`)
		w.say(text("写给提交人，会寄到对方邮箱。最多"+locale.Number(noteLimit)+"字，请不要写证件号码等信息。", "To the submitter, sent to their e-mail address. At most "+locale.Number(noteLimit)+" characters; please do not write identity numbers and the like."))
		w.raw(`</p><textarea class="input" id="f-note" name="note" rows="6" aria-describedby="f-note-hint">`)
		w.raw("\n")
		w.esc(note)
		w.raw("</textarea></div>\n")
	}
	w.raw(`<button class="button" type="submit">`)
	w.say(text("保存进度", "Store the progress"))
	w.raw("</button>\n</form>\n")
	v.shell(code, title.In(v.lang)+suffix(f, v.lang), w.String(), at)
}
