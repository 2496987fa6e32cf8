package mail

import (
	"fmt"
	"html"
	"strings"
	"time"

	"waijiao/internal/locale"
)

// when writes a moment as people in Beijing read it.
func when(t time.Time, l locale.Lang) string {
	t = t.In(locale.Beijing())
	day, clock := locale.DateOf(t), t.Format("15:04")
	return locale.T(day.In(locale.ZH)+" "+clock+"（北京时间）", day.In(locale.EN)+" at "+clock+" (Beijing time)").In(l)
}

// facts are the rows above the answers in the office's mail.
func facts(l Letter, lang locale.Lang) []Row {
	page := locale.T("中文页面", "the Chinese page")
	if l.Lang == locale.EN {
		page = locale.T("英文页面", "the English page")
	}
	return []Row{
		{locale.T("编号", "Reference").In(lang), l.Reference},
		{locale.T("表单", "Form").In(lang), l.Form.In(lang)},
		{locale.T("收到时间", "Received").In(lang), when(l.Accepted, lang)},
		{locale.T("填写页面", "Filled in on").In(lang), page.In(lang)},
	}
}

func officeNote(l Letter) locale.Text {
	if l.From.Mailbox == "" {
		return locale.T("本邮件由网站自动发出。提交人没有留下邮箱。", "The site sent this message by itself. The sender left no e-mail address.")
	}
	return locale.T("本邮件由网站自动发出。直接回复即可写信给提交人；请先核对其身份，再提供任何个人信息。",
		"The site sent this message by itself. A reply goes to the person who sent the form; make sure who that is before you give any personal information.")
}

func officeText(l Letter, lang locale.Lang) string {
	var b strings.Builder
	rows := func(rows []Row) {
		for _, r := range rows {
			sep := locale.T("：", ": ").In(lang)
			if strings.Contains(r.Value, "\n") {
				fmt.Fprintf(&b, "%s%s\n    %s\n", r.Label, strings.TrimRight(sep, " "), strings.ReplaceAll(r.Value, "\n", "\n    "))
			} else {
				fmt.Fprintf(&b, "%s%s%s\n", r.Label, sep, r.Value)
			}
		}
	}
	rows(facts(l, lang))
	for _, s := range l.Answers {
		fmt.Fprintf(&b, "\n%s\n%s\n", s.Title, strings.Repeat("-", 24))
		rows(s.Rows)
	}
	fmt.Fprintf(&b, "\n%s\n", officeNote(l).In(lang))
	return b.String()
}

// document wraps the inside of an HTML body. Styles stand in attributes, since
// mail programs drop style elements.
func document(lang locale.Lang, title, inside string) string {
	return `<!DOCTYPE html>
<html lang="` + lang.Tag() + `"><head><meta charset="utf-8"><title>` + html.EscapeString(title) + `</title></head>
<body style="font-family:sans-serif;font-size:16px;line-height:1.6;color:#1a2b2b;max-width:44em">
` + inside + `</body></html>
`
}

func table(b *strings.Builder, rows []Row) {
	b.WriteString(`<table style="border-collapse:collapse;width:100%">` + "\n")
	for _, r := range rows {
		value := strings.ReplaceAll(html.EscapeString(r.Value), "\n", "<br>")
		b.WriteString(`<tr><th scope="row" style="text-align:left;vertical-align:top;width:12em;padding:6px 12px 6px 0;border-bottom:1px solid #cdd8d6;font-weight:normal;color:#4a5c5b">` +
			html.EscapeString(r.Label) + `</th><td style="vertical-align:top;padding:6px 0;border-bottom:1px solid #cdd8d6">` + value + "</td></tr>\n")
	}
	b.WriteString("</table>\n")
}

func officeHTML(l Letter, lang locale.Lang) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<h1 style=\"font-size:20px\">%s</h1>\n", html.EscapeString(l.Form.In(lang)))
	table(&b, facts(l, lang))
	heading := func(s string) {
		fmt.Fprintf(&b, "<h2 style=\"font-size:17px;margin:24px 0 4px\">%s</h2>\n", html.EscapeString(s))
	}
	for _, s := range l.Answers {
		heading(s.Title)
		table(&b, s.Rows)
	}
	fmt.Fprintf(&b, "<p>%s</p>\n", html.EscapeString(officeNote(l).In(lang)))
	return document(lang, l.Reference, b.String())
}

// receiptParts are the paragraphs of a receipt: what stands before the list of
// what happens next, and after it.
func receiptParts(l Letter) (opening, number, next string, closing []string) {
	in := func(t locale.Text) string { return t.In(l.Lang) }
	opening = in(locale.Tf("“%s”已于%s收到。", "We received your %s on %s.", quoted(l), when(l.Accepted, l.Lang)))
	number = in(locale.T("您的回执编号是：", "Your reference number is:"))
	next = in(locale.T("接下来：", "What happens next:"))
	closing = []string{
		in(locale.Tf("与我们联系时，请提供回执编号%s。%s", "Please quote %s whenever you contact us.%s", l.Reference, office(l))),
		in(locale.T("如果您没有提交过这份表单，是有人误填了您的邮箱，请忽略本邮件。", "If you did not send this form, somebody entered your address by mistake; you can ignore this message.")),
		in(locale.T("本邮件由网站自动发出。", "The site sent this message by itself.")),
	}
	return
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

func receiptText(l Letter) string {
	opening, number, next, closing := receiptParts(l)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n\n    %s\n", opening, number, l.Reference)
	if len(l.Next) > 0 {
		fmt.Fprintf(&b, "\n%s\n", next)
		for i, n := range l.Next {
			fmt.Fprintf(&b, "%d. %s\n", i+1, n.In(l.Lang))
		}
	}
	for _, c := range closing {
		fmt.Fprintf(&b, "\n%s\n", c)
	}
	fmt.Fprintf(&b, "\n%s\n", l.Site.In(l.Lang))
	return b.String()
}

func receiptHTML(l Letter) string {
	opening, number, next, closing := receiptParts(l)
	e := html.EscapeString
	var b strings.Builder
	fmt.Fprintf(&b, "<p>%s</p>\n<p>%s</p>\n<p style=\"font-size:24px;font-weight:bold;letter-spacing:1px\">%s</p>\n", e(opening), e(number), e(l.Reference))
	if len(l.Next) > 0 {
		fmt.Fprintf(&b, "<p>%s</p>\n<ol>\n", e(next))
		for _, n := range l.Next {
			fmt.Fprintf(&b, "<li>%s</li>\n", e(n.In(l.Lang)))
		}
		b.WriteString("</ol>\n")
	}
	for _, c := range closing {
		fmt.Fprintf(&b, "<p>%s</p>\n", e(c))
	}
	fmt.Fprintf(&b, "<p>%s</p>\n", e(l.Site.In(l.Lang)))
	return document(l.Lang, l.Reference, b.String())
}
