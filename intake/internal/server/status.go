package server

import (
	"net/http"
	"net/url"
	"strings"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

const (
	// statusPage is where a person asks how far a submission has come.
	statusPage = "/forms/status/"
	// statusLimit bounds what is typed there, in bytes.
	statusLimit = 16 << 10
	// The controls of that page.
	numberControl, addressControl = "f-reference", "f-email"
)

// showStatus draws the form that asks how far a submission has come.
func (v *visit) showStatus() {
	v.status(http.StatusOK, asked{reference: number(v.r.URL.Query().Get("reference"))})
}

// number keeps of what stands in an address only a reference number.
func number(typed string) string {
	if reference := desk.Normal(typed); strings.HasPrefix(reference, "HZ-") && len(reference) == len("HZ-7K3F-9QXT-C") {
		return reference
	}
	return ""
}

// takeStatus answers it. A pair that does not match gets one answer, whichever
// half of it is wrong, and after the same work. What cannot be a number or an
// address at all is said before anything is looked up.
func (v *visit) takeStatus() {
	if _, ok := v.admitted("status"); !ok {
		return
	}
	values, ok := v.typed(statusLimit)
	if !ok {
		return
	}
	q := asked{reference: strings.TrimSpace(values.Get("reference")), email: strings.TrimSpace(values.Get("email"))}
	switch {
	case q.reference == "":
		q.add(numberControl, text("请填写回执编号", "Enter your reference number"))
	case number(q.reference) == "":
		q.add(numberControl, text("回执编号以HZ开头，后面是九个数字和字母，请核对", "A reference number is HZ and nine letters and digits; check yours"))
	case desk.Slip(desk.Normal(q.reference)):
		q.add(numberControl, text("编号里有一个字符不对，请与回执核对", "One character of the number is wrong; check it against your receipt"))
	}
	switch {
	case q.email == "":
		q.add(addressControl, text("请填写提交表单时用的邮箱", "Enter the e-mail address that you gave in the form"))
	case !strings.ContainsAny(q.email, "@＠"):
		q.add(addressControl, text("邮箱应当像 name@example.org 这样，请核对", "An e-mail address looks like name@example.org; check yours"))
	}
	if len(q.wrong) > 0 {
		v.status(http.StatusUnprocessableEntity, q)
		return
	}
	e, ok, err := v.Desk.Progress(v.r.Context(), q.reference, q.email)
	switch {
	case err != nil:
		v.Log.Error("the outbox cannot be read", "error", err.Error())
		v.refuse(outOfReach())
	case !ok:
		q.add(numberControl, text("没有这个编号和邮箱的表单，请核对编号", "No form has this number and e-mail address; check the number"))
		q.add(addressControl, text("邮箱要与提交表单时填的一致，请核对", "The address has to be the one in the form; check it"))
		q.unmatched = true
		v.status(http.StatusUnprocessableEntity, q)
	default:
		v.status(http.StatusOK, asked{found: &e})
	}
}

// asked is what was typed, what is wrong with it, or what was found.
type asked struct {
	reference, email string
	wrong            mistakes
	unmatched        bool
	found            *outbox.Entry
}

func (q *asked) add(at string, says locale.Text) { q.wrong = append(q.wrong, fault{at, says}) }

// status draws the page: the form, and above it what is wrong or what was found.
func (v *visit) status(code int, q asked) {
	title := text("查询办理进度", "See how far your form has come")
	w := &writer{lang: v.lang}
	w.head(title, text("填写回执编号和提交表单时用的邮箱。回执邮件里的链接可以直接打开，不用填写。",
		"Enter your reference number and the e-mail address that you gave in the form. The link in your receipt leads straight to the progress."))
	heading := text("请核对填写的内容", "Check what you entered")
	if q.unmatched {
		heading = text("没有找到", "Nothing was found")
	}
	w.summary(heading, q.wrong)
	tab, again := q.wrong.mark(title), number(q.reference)
	if q.found != nil {
		short := stageOf(*q.found).short
		tab, again = text(q.found.Reference+"："+short.ZH, q.found.Reference+": "+short.EN), q.found.Reference
		w.raw(`<section aria-labelledby="found"><h2 id="found" tabindex="-1" autofocus>`)
		w.esc(q.found.Reference)
		w.raw("</h2>\n")
		v.outlook(w, *q.found)
		w.facts(*q.found, v.known(q.found.Form))
		w.raw("</section>\n<section class=\"block\"><h2>")
		w.say(text("再查一份", "Look up another form"))
		w.raw("</h2>\n")
	}
	w.raw(`<form class="form" method="post" action="` + v.lang.Path(statusPage) + `" novalidate>` + "\n")
	control := func(id, name, attributes, value string, label, hint locale.Text) {
		w.raw(`<div class="` + q.wrong.field(id) + `" id="field-` + name + `"><label for="` + id + `">`)
		w.say(label)
		w.raw(`</label><p class="hint" id="` + id + `-hint">`)
		w.say(hint)
		w.raw("</p>")
		w.wrong(id, q.wrong)
		w.raw(`<input class="input input-20" id="` + id + `" name="` + name + `"` + attributes + q.wrong.described(id, true) + ` value="`)
		w.esc(value)
		w.raw("\"></div>\n")
	}
	control(numberControl, "reference", ` type="text" autocomplete="off" autocapitalize="characters" spellcheck="false"`, q.reference,
		text("回执编号", "Reference number"), text("像 HZ-7K3F-9QXT-C 这样，大小写和横线不限。", "It looks like HZ-7K3F-9QXT-C. Capitals and hyphens do not matter."))
	control(addressControl, "email", ` type="email" autocomplete="email"`, q.email,
		text("电子邮箱", "E-mail address"), text("没有留邮箱的，只能打开回执页面的网址查看。", "If you gave none, only the address of your receipt page shows the progress."))
	w.raw(`<button class="button" type="submit">`)
	w.say(text("查询进度", "Show the progress"))
	w.raw("</button>\n</form>\n")
	if q.found != nil {
		w.raw("</section>\n")
	} else {
		w.p("block", text("过了保存期限的记录已经删除，查不到。", "Records whose time is over have been deleted and cannot be found."))
	}
	at := statusPage
	if again != "" {
		at += "?reference=" + url.QueryEscape(again)
	}
	v.shell(code, tab.In(v.lang), w.String(), at)
}
