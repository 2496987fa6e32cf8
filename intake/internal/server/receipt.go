package server

import (
	"net/http"

	"github.com/gorilla/mux"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/mail"
	"waijiao/intake/internal/outbox"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// receipt shows the reference number and how far the submission has come, to
// whoever has the secret address.
func (v *visit) receipt() {
	e, ok := v.entry(v.Desk.Reference(desk.Person, mux.Vars(v.r)["capability"]))
	if !ok {
		return
	}
	f, s := v.known(e.Form), stageOf(e)
	at := v.Desk.Path(desk.Person, e.Reference, locale.ZH)
	w := &writer{lang: v.lang}
	w.raw(`<div class="receipt">`)
	lead := locale.Text{}
	if f != nil {
		lead = f.Title
	}
	w.head(s.title, lead)
	w.p("", text("回执编号", "Reference number"))
	w.p("reference", locale.Same(e.Reference))
	v.outlook(w, e)
	w.facts(e, nil)
	v.keepIt(w, e, f)
	if f != nil && len(f.Next) > 0 && s.open {
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
	w.raw(`<p class="block">`)
	w.link("button button-quiet", "/", text("返回首页", "Back to the home page"))
	w.raw("</p></div>")
	v.shell(http.StatusOK, s.title.In(v.lang), w.String(), at)
}

// keepIt says where the copy goes and how to come back here.
func (v *visit) keepIt(w *writer, e outbox.Entry, f *form.Form) {
	if e.Contact == nil {
		w.raw(`<section class="block"><h2>`)
		w.say(text("请存好本页的网址", "Save the address of this page"))
		w.raw("</h2>\n")
		w.p("form-intro", text("您没有留下邮箱，我们不寄任何邮件。以后只能从这个网址查看进度，请收藏或者抄下来，不要告诉他人。",
			"You gave no e-mail address, so we send no mail. This address is the only way to see the progress later: please bookmark it or copy it, and keep it to yourself."))
		site := ""
		if f != nil {
			site = f.Env.BaseURL
		}
		w.raw(`<p class="receipt-link">`)
		w.esc(v.Desk.URL(desk.Person, e.Reference, v.lang, site))
		w.raw("</p></section>\n")
		return
	}
	to := v.copyTo(e.Reference)
	if to == "" {
		return // only the office can read the address by now
	}
	w.raw("<div class=\"prose\">\n")
	switch {
	case e.Status == outbox.Held:
		w.p("", text("核对以后，回执会寄到 "+to+"。", "Once it has been checked, a receipt goes to "+to+"."))
	case mailed(e, outbox.Dead):
		w.p("", text("回执没能寄到 "+to+"。如果这个邮箱写错了，请与中心联系更正，否则答复也寄不到。",
			"The receipt could not be delivered to "+to+". If this address is wrong, please contact us to have it put right; otherwise our answer will not reach you either."))
	case mailed(e, outbox.Sent):
		w.p("", text("回执已经寄往 "+to+"。没有收到的，请看看垃圾邮件；收不到回执不影响办理。",
			"A receipt has been sent to "+to+". If you cannot find it, look in your junk mail. We have your form either way."))
	default:
		w.p("", text("回执寄往 "+to+"。没有收到的，请看看垃圾邮件；收不到回执不影响办理。",
			"A receipt goes to "+to+". If it does not come, look in your junk mail. We have your form either way."))
	}
	w.raw("<p>")
	w.say(text("请记下编号，或者打印本页。以后打开回执邮件里的链接，或者", "Note the number, or print this page. To see the progress later, follow the link in the receipt or"))
	if w.lang == locale.EN {
		w.raw(" ")
	}
	w.link("", "/forms/status/", text("用编号和邮箱查询", "enter number and e-mail address"))
	w.say(text("，就能看到进度。", "."))
	w.raw("</p>\n</div>\n")
}

// mailed tells whether the receipt has come to a state.
func mailed(e outbox.Entry, to outbox.State) bool {
	for _, m := range e.Mails {
		if m.Kind == outbox.Receipt && m.State == to {
			return true
		}
	}
	return false
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
