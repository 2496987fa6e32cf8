package mail

import (
	"fmt"
	"html"
	"strconv"
	"strings"

	"waijiao/internal/locale"
)

// page is a message's body that is written as text and as HTML at once, so
// that neither says what the other does not.
type page struct {
	lang       locale.Lang
	main       locale.Lang // where the language has turned: the first one
	text, html strings.Builder
}

// gap sets a blank line between two blocks of the text.
func (p *page) gap() {
	if p.text.Len() > 0 {
		p.text.WriteByte('\n')
	}
}

// para is a paragraph of its own, line one that follows what stands above it.
func (p *page) para(t locale.Text) {
	p.gap()
	p.line(t)
}

func (p *page) line(t locale.Text) {
	s := t.In(p.lang)
	fmt.Fprintf(&p.text, "%s\n", s)
	fmt.Fprintf(&p.html, "<p>%s</p>\n", html.EscapeString(s))
}

// title is only in the HTML: a text begins with what it has to say.
func (p *page) title(s string) {
	fmt.Fprintf(&p.html, "<h1 style=\"font-size:20px\">%s</h1>\n", html.EscapeString(s))
}

func (p *page) heading(s string) {
	p.gap()
	fmt.Fprintf(&p.text, "%s\n%s\n", s, strings.Repeat("-", 24))
	fmt.Fprintf(&p.html, "<h2 style=\"font-size:17px;margin:24px 0 4px\">%s</h2>\n", html.EscapeString(s))
}

// number is the reference number, large and on a line of its own.
func (p *page) number(s string) {
	p.gap()
	fmt.Fprintf(&p.text, "    %s\n", s)
	fmt.Fprintf(&p.html, "<p style=\"font-size:24px;font-weight:bold;letter-spacing:1px\">%s</p>\n", html.EscapeString(s))
}

// link is an address alone on its line, where every mail program finds it.
func (p *page) link(url string) {
	fmt.Fprintf(&p.text, "%s\n", url)
	fmt.Fprintf(&p.html, "<p>%s</p>\n", anchor(url))
}

func anchor(url string) string {
	e := html.EscapeString(url)
	return `<a href="` + e + `" style="color:#0a5c50">` + e + `</a>`
}

func (p *page) list(items []string) {
	p.html.WriteString("<ol>\n")
	for i, s := range items {
		fmt.Fprintf(&p.text, "%d. %s\n", i+1, s)
		fmt.Fprintf(&p.html, "<li>%s</li>\n", html.EscapeString(s))
	}
	p.html.WriteString("</ol>\n")
}

// quote shows somebody else's words as they are.
func (p *page) quote(s string) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	p.gap()
	for line := range strings.SplitSeq(s, "\n") {
		fmt.Fprintf(&p.text, "> %s\n", line)
	}
	fmt.Fprintf(&p.html, "<blockquote dir=\"auto\" lang=\"\" style=\"margin:12px 0;padding:8px 16px;border-left:3px solid #0a5c50;background:#e2f0ec\">%s</blockquote>\n", broken(s))
}

// broken escapes a text and keeps its lines.
func broken(s string) string { return strings.ReplaceAll(html.EscapeString(s), "\n", "<br>") }

func (p *page) rows(rows []Row) {
	sep := locale.T("：", ": ").In(p.lang)
	p.html.WriteString(`<table style="border-collapse:collapse;width:100%">` + "\n")
	for _, r := range rows {
		if strings.Contains(r.Value, "\n") {
			fmt.Fprintf(&p.text, "%s%s\n    %s\n", r.Label, strings.TrimRight(sep, " "), strings.ReplaceAll(r.Value, "\n", "\n    "))
		} else {
			fmt.Fprintf(&p.text, "%s%s%s\n", r.Label, sep, r.Value)
		}
		p.html.WriteString(`<tr><th scope="row" style="text-align:left;vertical-align:top;width:12em;padding:6px 12px 6px 0;border-bottom:1px solid #cdd8d6;font-weight:normal;color:#4a5c5b">` +
			html.EscapeString(r.Label) + `</th><td style="vertical-align:top;padding:6px 0;border-bottom:1px solid #cdd8d6">` + broken(r.Value) + "</td></tr>\n")
	}
	p.html.WriteString("</table>\n")
}

// entry is one of many: a first line in bold, then facts, a link and a command,
// of which the last two may be empty.
func (p *page) entry(first string, facts []Row, url, command string) {
	p.gap()
	fmt.Fprintf(&p.text, "%s\n", first)
	fmt.Fprintf(&p.html, "<p style=\"margin:12px 0\"><strong>%s</strong>", html.EscapeString(first))
	sep := locale.T("：", ": ").In(p.lang)
	for _, f := range facts {
		fmt.Fprintf(&p.text, "    %s%s%s\n", f.Label, sep, f.Value)
		fmt.Fprintf(&p.html, "<br>%s%s%s", html.EscapeString(f.Label), sep, html.EscapeString(f.Value))
	}
	if url != "" {
		fmt.Fprintf(&p.text, "    %s\n", url)
		fmt.Fprintf(&p.html, "<br>%s", anchor(url))
	}
	if command != "" {
		fmt.Fprintf(&p.text, "    %s\n", command)
		fmt.Fprintf(&p.html, "<br><code>%s</code>", html.EscapeString(command))
	}
	p.html.WriteString("</p>\n")
}

// turn goes on in the other language.
func (p *page) turn(to locale.Lang) {
	p.gap()
	p.text.WriteString(strings.Repeat("=", 24) + "\n")
	fmt.Fprintf(&p.html, "<hr>\n<div lang=\"%s\">\n", to.Tag())
	p.lang, p.main = to, p.first()
}

// shut ends the part that turn began.
func (p *page) shut() { p.html.WriteString("</div>\n") }

// first is the language in which the page begins.
func (p *page) first() locale.Lang {
	if p.main != "" {
		return p.main
	}
	return p.lang
}

// document wraps the HTML. Styles stand in attributes, since mail programs drop
// style elements.
func document(lang locale.Lang, title, inside string) string {
	return `<!DOCTYPE html>
<html lang="` + lang.Tag() + `"><head><meta charset="utf-8"><title>` + html.EscapeString(title) + `</title></head>
<body style="font-family:sans-serif;font-size:16px;line-height:1.6;color:#1a2b2b;max-width:44em">
` + inside + `</body></html>
`
}

// days writes a number of days.
func days(n int, lang locale.Lang) string {
	if n == 1 {
		return locale.T("1 天", "1 day").In(lang)
	}
	return locale.T(strconv.Itoa(n)+" 天", strconv.Itoa(n)+" days").In(lang)
}
