package mail

import (
	"fmt"
	"strconv"
	"strings"

	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

// Note writes the mail that tells the person what the office has marked, in the
// language of the submission. The officer's text stands in it as it is. It
// belongs to the thread of the receipt. It fails for a status that no officer
// can choose.
func (w Writer) Note(l Letter, n Marked) ([]byte, error) {
	opening, ok := progress(n.Status)
	if !ok {
		return nil, fmt.Errorf("mail: no note can say that a submission is %q", n.Status)
	}
	var f fields
	w.top(&f, top{at: n.At, to: l.To, lang: l.Lang, site: l.Site, id: l.Reference + ".note." + strconv.Itoa(n.N), after: l.Reference + ".receipt"})
	f.text("Subject", locale.Tf("办理进展：%s（%s）", "Progress of your form: %s (%s)", l.Form.In(l.Lang), l.Reference).In(l.Lang))

	p := &page{lang: l.Lang}
	p.para(locale.Tf(opening.ZH, opening.EN, l.Form.In(l.Lang), l.Reference))
	p.para(locale.Tf("标记时间：%s。", "Marked on %s.", when(n.At, l.Lang)))
	if strings.TrimSpace(n.Text) != "" {
		p.para(locale.T("承办人员的说明：", "The office writes:"))
		p.quote(n.Text)
	} else if n.Status == outbox.Answered {
		p.para(locale.T("答复内容由承办单位另行告知您。", "The answer itself reaches you separately, from the office."))
	}
	status(p, l)
	p.para(locale.Tf("如需补充材料或询问，请与%s联系，并提供回执编号%s。请不要直接回复本邮件。",
		"To add something or to ask, please contact %s and quote %s. Please do not reply to this message.", who(l), l.Reference))
	contact(p, l)
	p.para(l.Site)
	return w.write(f, p, l.Reference, nil)
}

// progress is a sentence with the form's title and the reference number.
func progress(s outbox.Status) (locale.Text, bool) {
	switch s {
	case outbox.Handling:
		return locale.T("您提交的“%s”（编号%s）正在办理。", "Your form “%s” (%s) is now being handled."), true
	case outbox.Answered:
		return locale.T("您提交的“%s”（编号%s）已经答复。", "Your form “%s” (%s) has been answered."), true
	case outbox.Closed:
		return locale.T("您提交的“%s”（编号%s）已经办结。", "Your form “%s” (%s) has been closed."), true
	}
	return locale.Text{}, false
}

// Apology writes the mail that tells the person that the submission could not
// be delivered to the office, and what to do, in the language of the
// submission. It belongs to the thread of the receipt.
func (w Writer) Apology(l Letter) ([]byte, error) {
	at := l.At
	if at.IsZero() {
		at = l.Accepted
	}
	var f fields
	w.top(&f, top{at: at, to: l.To, lang: l.Lang, site: l.Site, id: l.Reference + ".apology", after: l.Reference + ".receipt"})
	f.text("Subject", locale.Tf("请与我们联系：%s未能送达承办人员（%s）", "Please contact us: %s has not reached the office (%s)", l.Form.In(l.Lang), l.Reference).In(l.Lang))

	p := &page{lang: l.Lang}
	p.para(locale.Tf("非常抱歉。您提交的“%s”已于%s收到，但网站未能把它送到承办人员的邮箱，现已停止重试。到目前为止，承办人员还没有看到它。",
		"We are sorry. We received your %s on %s, but the site could not deliver it to the officers’ mailbox and has stopped trying. They have not seen it yet.",
		quoted(l), when(l.Accepted, l.Lang)))
	p.para(locale.Tf("您提交的资料完好地保存着，不必重新填写。请联系%s，告知下面的编号，承办人员凭编号即可调取。如果事情有期限，请尽早联系。",
		"What you sent is safe with us, and you need not fill it in again. Please contact %s and give this number, by which the officers can fetch it. If there is a deadline, please do so soon.", who(l)))
	p.number(l.Reference)
	contact(p, l)
	status(p, l)
	p.para(locale.T("本邮件由网站自动发出，请不要直接回复。", "The site sent this message by itself. Please do not reply to it."))
	p.para(l.Site)
	return w.write(f, p, l.Reference, nil)
}

// who is whom to contact.
func who(l Letter) string {
	if l.Office.IsZero() {
		return locale.T("我们", "us").In(l.Lang)
	}
	return l.Office.In(l.Lang)
}
