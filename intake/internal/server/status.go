package server

import (
	"io"
	"net/http"
	"net/url"

	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

// statusLimit bounds what is typed into the form for the progress, in bytes.
const statusLimit = 16 << 10

// showStatus draws the form that asks how far a submission has come.
func (v *visit) showStatus() {
	v.status(http.StatusOK, v.r.URL.Query().Get("reference"), "", locale.Text{}, nil)
}

// takeStatus answers it. A pair that does not match gets one answer, whichever
// half of it is wrong, and after the same work.
func (v *visit) takeStatus() {
	if _, ok := v.admitted("status"); !ok {
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(v.w, v.r.Body, statusLimit))
	if err != nil {
		v.refuse(tooLarge(statusLimit))
		return
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		v.refuse(broken())
		return
	}
	reference, email := values.Get("reference"), values.Get("email")
	e, ok, err := v.Desk.Progress(v.r.Context(), reference, email)
	switch {
	case err != nil:
		v.Log.Error("the outbox cannot be read", "error", err.Error())
		v.refuse(trouble())
	case !ok:
		v.status(http.StatusUnprocessableEntity, reference, email,
			text("没有找到这一组编号和邮箱。请核对回执编号，并填写提交表单时所用的邮箱。如果已过保存期限，记录会被删除。",
				"Nothing was found for this number and address. Check the reference number, and enter the e-mail address that you gave in the form. Records are deleted when their time is over."), nil)
	default:
		v.status(http.StatusOK, e.Reference, email, locale.Text{}, &e)
	}
}

// status draws the page: the form, and above it what is wrong or what was found.
func (v *visit) status(code int, reference, email string, wrong locale.Text, found *outbox.Entry) {
	at := "/forms/status/"
	title := text("查询办理进度", "See how far your form has come")
	w := &writer{lang: v.lang}
	w.head(title, text("填写回执编号和提交表单时所用的邮箱。回执邮件里的链接可以直接打开进度，不必填写。",
		"Enter your reference number and the e-mail address that you gave in the form. The link in your receipt leads straight to the progress."))
	if !wrong.IsZero() {
		w.raw(`<div class="error-summary" role="alert" tabindex="-1" autofocus aria-labelledby="error-summary-title"><h2 id="error-summary-title">`)
		w.say(text("没有找到", "Nothing was found"))
		w.raw(`</h2><ul><li><a href="#f-reference">`)
		w.say(wrong)
		w.raw("</a></li></ul></div>\n")
	}
	if found != nil {
		w.raw(`<section class="block" role="status" tabindex="-1" autofocus><h2>`)
		w.esc(found.Reference)
		w.raw("</h2>\n")
		w.facts(*found, v.known(found.Form))
		w.raw("</section>\n")
	}
	w.raw(`<form class="form" method="post" action="` + v.lang.Path(at) + `" novalidate>` + "\n")
	field := func(name, kind, auto, value string, label, hint locale.Text) {
		w.raw(`<div class="field" id="field-` + name + `"><label for="f-` + name + `">`)
		w.say(label)
		w.raw(`</label><p class="hint" id="f-` + name + `-hint">`)
		w.say(hint)
		w.raw(`</p><input class="input" type="` + kind + `" id="f-` + name + `" name="` + name + `" aria-describedby="f-` + name + `-hint" autocomplete="` + auto + `" autocapitalize="off" spellcheck="false" value="`)
		w.esc(value)
		w.raw("\"></div>\n")
	}
	field("reference", "text", "off", reference, text("回执编号", "Reference number"), text("例如 HZ-7K3F-9QXT-C；大小写和横线不影响查询。", "Such as HZ-7K3F-9QXT-C; capitals and hyphens do not matter."))
	field("email", "email", "email", email, text("电子邮箱", "E-mail address"), text("提交表单时填写的邮箱。", "The one that you gave in the form."))
	w.raw(`<button class="button" type="submit">`)
	w.say(text("查询进度", "Show the progress"))
	w.raw("</button>\n</form>\n")
	v.shell(code, title.In(v.lang), w.String(), at)
}
