package preview

import (
	"bytes"
	_ "embed"
	"fmt"
	"html"
	"strings"

	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

//go:embed preview.js
var script string

//go:embed preview.css
var style string

// blank is the page that carries the problems while there is no other.
const blank = `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>预览 · Preview</title></head><body></body></html>
`

// dress adds to a page what makes it load anew, and the problems.
func (now state) dress(page []byte) []byte {
	head := fmt.Sprintf("<link rel=\"stylesheet\" href=\"%spreview.css\"><script src=\"%spreview.js\" data-build=\"%d\" defer></script>", own, own, now.number)
	out := make([]byte, 0, len(page)+len(head)+512*len(now.problems))
	i := max(bytes.Index(page, []byte("</head>")), 0)
	out = append(append(out, page[:i]...), head...)
	j := bytes.LastIndex(page, []byte("</body>"))
	if j < i {
		j = len(page)
	}
	out = append(out, page[i:j]...)
	out = append(out, list(now.problems)...)
	return append(out, page[j:]...)
}

// most is how many problems are shown; the terminal has them all.
const most = 50

// list draws the problems, errors first. It needs no script: it opens and
// closes as a details element.
func list(problems problem.List) string {
	if len(problems) == 0 {
		return ""
	}
	errors := problems.Errors()
	warnings := len(problems) - errors
	open, word := "", locale.Tf("%d 个提醒", "%d warnings", warnings)
	if warnings == 1 {
		word.EN = "1 warning"
	}
	if errors > 0 {
		open, word = " open", locale.Tf("%d 个错误，页面停在上一次", "%d errors, these pages are the last good ones", errors)
		if errors == 1 {
			word.EN = "1 error, these pages are the last good ones"
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<details class=\"waijiao-preview\"%s><summary>", open)
	both(&b, "span", "", word)
	b.WriteString("</summary><ol>")
	shown := 0
	for _, severity := range []problem.Severity{problem.Error, problem.Warning} {
		for _, p := range problems {
			if p.Severity != severity || shown == most {
				continue
			}
			shown++
			fmt.Fprintf(&b, "<li class=\"waijiao-preview-%s\"><code>%s</code>", severity, html.EscapeString(p.Place()))
			both(&b, "p", "", p.Message)
			if p.Source != "" {
				fmt.Fprintf(&b, "<pre>%s</pre>", html.EscapeString(strings.TrimSpace(p.Source)))
			}
			if !p.Hint.IsZero() {
				both(&b, "p", "→ ", p.Hint)
			}
			b.WriteString("</li>")
		}
	}
	b.WriteString("</ol>")
	if rest := len(problems) - shown; rest > 0 {
		both(&b, "p", "", locale.Tf("另有 %d 个，见终端。", "%d more are in the terminal.", rest))
	}
	b.WriteString("</details>")
	return b.String()
}

// both writes a text in both languages, each marked as what it is.
func both(b *strings.Builder, tag, before string, t locale.Text) {
	for _, l := range locale.Langs() {
		fmt.Fprintf(b, "<%s lang=%q>%s%s</%s>", tag, l.Tag(), before, html.EscapeString(t.In(l)), tag)
	}
}
