package server

import (
	"net/http"

	"github.com/gorilla/mux"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/mail"
	"waijiao/internal/locale"
)

// receipt shows the reference number and how far the submission has come, to
// whoever has the secret address.
func (v *visit) receipt() {
	v.w.Header().Set("X-Robots-Tag", "noindex")
	e, ok := v.entry(v.Desk.Reference(desk.Person, mux.Vars(v.r)["capability"]))
	if !ok {
		return
	}
	f := v.known(e.Form)
	title := text("已收到您提交的表单", "We have received your form")
	w := &writer{lang: v.lang}
	w.raw(`<div class="receipt">`)
	lead := locale.Text{}
	if f != nil {
		lead = f.Title
	}
	w.head(title, lead)
	w.p("", text("您的回执编号：", "Your reference number:"))
	w.p("reference", locale.Same(e.Reference))
	w.facts(e, nil)
	if copyTo := v.copyTo(e.Reference); copyTo != "" {
		w.p("", text("请打印或保存本页，以便日后查询时核对。", "Print or save this page, so that you have the number and the time when you ask about your form."))
		w.p("", text("回执发往 "+copyTo+"。如果没有收到，请查看垃圾邮件；没有回执也不影响办理，请记下上面的编号。",
			"A receipt goes to "+copyTo+". If it does not come, look among your spam; your form is in good hands without it. Please note the number above."))
	} else if e.Contact == nil {
		w.p("", text("您没有留下邮箱，我们不会发送回执邮件。请收藏或保存本页的网址：以后只能从这里查看进度，请不要告诉他人。",
			"You gave no e-mail address, so there is no receipt by mail. Please bookmark or save the address of this page: it is the only way to see the progress later. Keep it to yourself."))
	}
	if f != nil && len(f.Next) > 0 {
		w.raw(`<section class="block"><h2>`)
		w.say(text("接下来", "What happens next"))
		w.raw("</h2>\n<div class=\"prose\"><ol>\n")
		for _, n := range f.Next {
			w.raw("<li>")
			w.say(n)
			w.raw("</li>\n")
		}
		w.raw("</ol></div></section>\n")
	}
	w.raw(`<p class="block"><a class="button button-quiet" href="` + v.lang.Path("/") + `">`)
	w.say(text("返回首页", "Back to the home page"))
	w.raw("</a></p></div>")
	v.shell(http.StatusOK, title.In(v.lang)+suffix(f, v.lang), w.String(), v.Desk.Path(desk.Person, e.Reference, locale.ZH))
}

// copyTo is the masked address to which the receipt goes, as long as we can
// read it.
func (v *visit) copyTo(reference string) string {
	sub, err := v.Desk.Box.ByReference(v.r.Context(), reference)
	if err != nil {
		return ""
	}
	r, err := v.Desk.Record(sub)
	if err != nil || r.Email == "" {
		return ""
	}
	return mail.Mask(r.Email)
}
