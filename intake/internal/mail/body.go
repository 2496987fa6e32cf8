package mail

import (
	"time"

	"waijiao/internal/locale"
)

// when writes a moment as people in Beijing read it.
func when(t time.Time, l locale.Lang) string {
	t = t.In(locale.Beijing())
	day, clock := locale.DateOf(t), t.Format("15:04")
	return locale.T(day.In(locale.ZH)+" "+clock+"（北京时间）", day.In(locale.EN)+" at "+clock+" (Beijing time)").In(l)
}

// officePage is the submission as the office reads it.
func officePage(l Letter, lang locale.Lang, encrypted bool) *page {
	p := &page{lang: lang}
	p.title(l.Form.In(lang))
	from := locale.T("中文页面", "the Chinese page")
	if l.Lang == locale.EN {
		from = locale.T("英文页面", "the English page")
	}
	p.rows([]Row{
		{locale.T("编号", "Reference").In(lang), l.Reference},
		{locale.T("表单", "Form").In(lang), l.Form.In(lang)},
		{locale.T("收到时间", "Received").In(lang), when(l.Accepted, lang)},
		{locale.T("填写页面", "Filled in on").In(lang), from.In(lang)},
	})
	for _, s := range l.Answers {
		p.heading(s.Title)
		p.rows(s.Rows)
	}
	if l.OfficeURL != "" {
		p.heading(locale.T("办理情况", "Progress").In(lang))
		p.line(locale.T("请在下面的页面上把本件标记为“正在办理”“已答复”或“已办结”：", "Mark it as being handled, answered or closed on this page:"))
		p.link(l.OfficeURL)
		p.para(officeLink(l))
	}
	p.para(officeNote(l, encrypted))
	return p
}

func officeLink(l Letter) locale.Text {
	if l.From.Mailbox == "" {
		return locale.T("提交人没有留下邮箱，只能凭自己的查询链接看到您写的说明。打开上面的链接不需要密码，回复或转发本邮件时请先删去。",
			"The sender left no e-mail address, and can read your note only through a link of their own. The link above needs no password: delete it before you reply to this message or forward it.")
	}
	return locale.T("您在页面上写的说明会用邮件转告提交人。打开上面的链接不需要密码，回复或转发本邮件时请先删去。",
		"A note that you write there is mailed to the sender. The link above needs no password: delete it before you reply to this message or forward it.")
}

func officeNote(l Letter, encrypted bool) locale.Text {
	switch {
	case l.From.Mailbox == "":
		return locale.T("本邮件由网站自动发出。提交人没有留下邮箱。", "The site sent this message by itself. The sender left no e-mail address.")
	case encrypted:
		// Not every mail program takes Reply-To from the encrypted part.
		return locale.Tf("本邮件由网站自动发出并已加密。回信前请看收件人是不是提交人的邮箱 %s，不是的话请改过来；请先核对其身份，再提供任何个人信息。",
			"The site sent this message by itself, encrypted. Before you reply, see that the reply goes to the sender’s address, %s, and correct it if not; make sure who that is before you give any personal information.", l.From.Mailbox)
	}
	return locale.T("本邮件由网站自动发出。直接回复即可写信给提交人；请先核对其身份，再提供任何个人信息。",
		"The site sent this message by itself. A reply goes to the person who sent the form; make sure who that is before you give any personal information.")
}

// receiptPage tells the person that the form has arrived.
func receiptPage(l Letter) *page {
	p := &page{lang: l.Lang}
	p.para(locale.Tf("“%s”已于%s收到。", "We received your %s on %s.", quoted(l), when(l.Accepted, l.Lang)))
	p.para(locale.T("您的回执编号是：", "Your reference number is:"))
	p.number(l.Reference)
	if len(l.Next) > 0 {
		p.para(locale.T("接下来：", "What happens next:"))
		var items []string
		for _, n := range l.Next {
			items = append(items, n.In(l.Lang))
		}
		p.list(items)
	}
	status(p, l)
	if len(l.Consents) > 0 {
		p.para(locale.T("提交时您就以下事项作出的选择：", "What you were asked to agree to, and what you chose:"))
		var items []string
		for _, c := range l.Consents {
			items = append(items, c.in(l.Lang))
		}
		p.list(items)
	}
	if l.Keep.AtMost > 0 {
		p.para(keeping(l))
	}
	p.para(locale.Tf("与我们联系时，请提供回执编号%s。%s", "Please quote %s whenever you contact us.%s", l.Reference, office(l)))
	contact(p, l)
	p.para(locale.T("如果您没有提交过这份表单，是有人误填了您的邮箱，请忽略本邮件。", "If you did not send this form, somebody entered your address by mistake; you can ignore this message."))
	p.para(locale.T("本邮件由网站自动发出。", "The site sent this message by itself."))
	p.para(l.Site)
	return p
}

// status gives the person's secret link.
func status(p *page, l Letter) {
	if l.StatusURL == "" {
		return
	}
	p.para(locale.T("随时可以在这里查看办理进度：", "You can see how far it has come at any time:"))
	p.link(l.StatusURL)
	p.para(locale.T("知道这个链接的人都能看到进度，请不要转发。", "Anybody who has this link can see it, so please keep it to yourself."))
}

// contact names the page that says how to reach the office.
func contact(p *page, l Letter) {
	if l.ContactURL != "" {
		p.para(locale.T("联系方式：", "How to reach us:"))
		p.link(l.ContactURL)
	}
}

func (c Consent) in(lang locale.Lang) string {
	chosen := locale.T("同意", "agreed")
	if !c.Given {
		chosen = locale.T("未同意", "not agreed")
	}
	if c.Version == "" {
		return locale.Tf("%s：%s", "%s: %s", c.Label.In(lang), chosen.In(lang)).In(lang)
	}
	return locale.Tf("%s（版本 %s）：%s", "%s (version %s): %s", c.Label.In(lang), c.Version, chosen.In(lang)).In(lang)
}

func keeping(l Letter) locale.Text {
	if l.Keep.AfterClosing <= 0 {
		return locale.Tf("本网站保存您提交的资料，最长至收到之日后 %s，期满删除。", "This site keeps what you sent for at most %s after it was received, and then deletes it.", days(l.Keep.AtMost, l.Lang))
	}
	return locale.Tf("本网站保存您提交的资料至办结后 %s，最长不超过收到之日后 %s，期满删除。",
		"This site keeps what you sent until %s after your case is closed, and never longer than %s after it was received; then it is deleted.",
		days(l.Keep.AfterClosing, l.Lang), days(l.Keep.AtMost, l.Lang))
}

func quoted(l Letter) string {
	if l.Lang == locale.EN {
		return "form “" + l.Form.EN + "”"
	}
	return l.Form.In(l.Lang)
}

func office(l Letter) string {
	if l.Office.IsZero() {
		return ""
	}
	return locale.Tf("承办单位：%s。", " It is being handled by: %s.", l.Office.In(l.Lang)).In(l.Lang)
}
