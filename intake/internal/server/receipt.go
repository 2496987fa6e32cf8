package server

import (
	"errors"
	"html"
	"io/fs"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"waijiao/intake/internal/outbox"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

func receiptPath(token string) string { return "/forms/receipt/" + token + "/" }

// receipt shows the reference number, to whoever has the secret address.
func (v *visit) receipt() {
	v.w.Header().Set("X-Robots-Tag", "noindex")
	sub, err := v.Box.ByToken(v.r.Context(), mux.Vars(v.r)["token"])
	if errors.Is(err, outbox.ErrNotFound) {
		v.missing()
		return
	}
	if err != nil {
		v.Log.Error("the outbox cannot be read", "error", err.Error())
		v.refuse(trouble())
		return
	}
	f, err := v.definition(sub.Form)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		v.Log.Error("a form cannot be read", "form", sub.Form, "error", err.Error())
	}
	title := text("已收到您提交的表单", "We have received your form")
	site := ""
	if f != nil {
		site = " – " + f.Env.SiteName.In(v.lang)
	}
	v.shell(http.StatusOK, title.In(v.lang)+site, receiptMain(sub, f, title, v.lang), receiptPath(sub.Token))
}

func receiptMain(sub outbox.Submission, f *form.Form, title locale.Text, l locale.Lang) string {
	var b strings.Builder
	p := func(class string, t locale.Text) {
		b.WriteString(`<p`)
		if class != "" {
			b.WriteString(` class="` + class + `"`)
		}
		b.WriteString(`>` + html.EscapeString(t.In(l)) + "</p>\n")
	}
	b.WriteString(`<div class="receipt"><header class="page-head"><h1>` + html.EscapeString(title.In(l)) + "</h1>\n")
	if f != nil {
		p("lead", f.Title)
	}
	b.WriteString("</header>\n")
	p("", text("您的回执编号：", "Your reference number:"))
	p("reference", locale.Same(sub.Reference))
	created := sub.Created.In(locale.Beijing())
	at := locale.DateOf(created)
	clock := created.Format("15:04")
	p("", text("收到时间："+at.In(locale.ZH)+" "+clock+"（北京时间）。", "Received on "+at.In(locale.EN)+" at "+clock+" (Beijing time)."))
	p("", text("请打印或保存本页，以便日后查询时核对。", "Print or save this page, so that you have the number and the time when you ask about your form."))
	if sub.CopyTo != "" {
		p("", text("回执正发往 "+sub.CopyTo+"。如果没有收到，请查看垃圾邮件；没有回执也不影响办理，请记下上面的编号。",
			"A receipt is on its way to "+sub.CopyTo+". If it does not come, look among your spam; your form is in good hands without it. Please note the number above."))
	}
	if f != nil && len(f.Next) > 0 {
		b.WriteString(`<section class="block"><h2>` + html.EscapeString(text("接下来", "What happens next").In(l)) + "</h2>\n<div class=\"prose\"><ol>\n")
		for _, n := range f.Next {
			b.WriteString("<li>" + html.EscapeString(n.In(l)) + "</li>\n")
		}
		b.WriteString("</ol></div></section>\n")
	}
	b.WriteString(`<p class="block"><a class="button button-quiet" href="` + l.Path("/") + `">` + html.EscapeString(text("返回首页", "Back to the home page").In(l)) + "</a></p></div>")
	return b.String()
}
