package markdown

import (
	"bytes"
	"strconv"

	"waijiao/internal/locale"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

func (r *rendering) put(s string) { r.out = append(r.out, s...) }

// in picks the words in the language of the page.
func (r *rendering) in(zh, en string) string { return locale.T(zh, en).In(r.src.Lang) }

// blocks writes the children of n.
func (r *rendering) blocks(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		r.block(c)
	}
}

func (r *rendering) wrap(before string, n ast.Node, after string) {
	r.put(before)
	r.blocks(n)
	r.put(after)
}

func (r *rendering) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Paragraph:
		r.put("<p>")
		r.paragraph(n)
		r.put("</p>\n")
	case *ast.TextBlock:
		r.paragraph(n)
		if n.NextSibling() != nil {
			r.put("\n")
		}
	case *ast.Heading:
		r.heading(n)
	case *ast.List:
		r.list(n)
	case *ast.ListItem:
		r.put("<li")
		if first := n.FirstChild(); first != nil && first.FirstChild() != nil && first.FirstChild().Kind() == extast.KindTaskCheckBox {
			r.put(` class="task"`)
		}
		r.wrap(">", n, "</li>\n")
	case *ast.Blockquote:
		if title, ok := n.FirstChild().(*calloutTitle); ok {
			r.callout(n, title)
			return
		}
		r.wrap("<blockquote>\n", n, "</blockquote>\n")
	case *ast.FencedCodeBlock:
		r.put("<pre tabindex=\"0\"><code")
		if language := n.Language(r.text); len(language) > 0 {
			r.put(` class="language-`)
			r.out = appendAttribute(r.out, decoded(language))
			r.put(`"`)
		}
		r.code(n)
	case *ast.CodeBlock:
		r.put("<pre tabindex=\"0\"><code")
		r.code(n)
	case *ast.ThematicBreak:
		r.put("<hr>\n")
	case *ast.HTMLBlock:
		r.report(rawHTML(), n.Pos())
	case *extast.Table:
		r.table(n)
	case *extast.DefinitionList:
		r.wrap("<dl>\n", n, "</dl>\n")
	case *extast.DefinitionTerm:
		r.put("<dt>")
		r.line(n)
		r.put("</dt>\n")
	case *extast.DefinitionDescription:
		r.wrap("<dd>", n, "</dd>\n")
	case *extast.FootnoteList:
		r.put(`<section class="footnotes" role="doc-endnotes" aria-label="` + r.in("脚注", "Footnotes"))
		r.wrap("\">\n<ol>\n", n, "</ol>\n</section>\n")
	case *extast.Footnote:
		r.put(`<li id="fn-` + strconv.Itoa(n.Index))
		r.wrap("\">", n, "</li>\n")
	case *extast.FootnoteBacklink:
		r.backlink(n)
	}
}

// paragraph writes the text of n, within a label if it begins with the box of
// a task.
func (r *rendering) paragraph(n ast.Node) {
	box, ok := n.FirstChild().(*extast.TaskCheckBox)
	if !ok {
		r.line(n)
		return
	}
	r.put(`<label><input type="checkbox" disabled`)
	if box.IsChecked {
		r.put(" checked")
	}
	r.put("> ")
	r.line(n)
	r.put("</label>")
}

func (r *rendering) list(n *ast.List) {
	if !n.IsOrdered() {
		r.wrap("<ul>\n", n, "</ul>\n")
		return
	}
	r.put("<ol")
	if n.Start != 1 {
		r.put(` start="` + strconv.Itoa(n.Start) + `"`)
	}
	r.wrap(">\n", n, "</ol>\n")
}

func (r *rendering) code(n ast.Node) {
	r.put(">")
	lines := n.Lines()
	for i := range lines.Len() {
		line := lines.At(i)
		value := line.Value(r.text)
		if bytes.IndexByte(value, 0) >= 0 {
			value = bytes.ReplaceAll(value, []byte{0}, []byte("\ufffd"))
		}
		r.out = appendText(r.out, bytes.ReplaceAll(value, []byte("\r\n"), []byte("\n")))
	}
	r.put("</code></pre>\n")
}

// calloutName returns the title that a callout of this kind gets where the
// author gives none, and whether there is such a kind.
func calloutName(word string) (locale.Text, bool) {
	switch word {
	case "note":
		return locale.T("说明", "Note"), true
	case "tip":
		return locale.T("提示", "Tip"), true
	case "important":
		return locale.T("重要", "Important"), true
	case "warning":
		return locale.T("注意", "Warning"), true
	}
	return locale.Text{}, false
}

// callout writes a callout as a note, not as an aside: an aside inside the
// article would be a landmark of its own, and there may be many.
func (r *rendering) callout(n *ast.Blockquote, title *calloutTitle) {
	word := string(bytes.ToLower(title.word))
	name, known := calloutName(word)
	if !known {
		r.report(unknownCallout(string(title.word)), title.Pos())
		word = "note"
		name, _ = calloutName(word)
	}
	r.put(`<div class="callout callout-` + word + `" role="note">` + "\n" + `<p class="callout-title">`)
	if title.HasChildren() {
		r.line(title)
	} else {
		r.put(name.In(r.src.Lang))
	}
	r.put("</p>\n")
	for c := title.NextSibling(); c != nil; c = c.NextSibling() {
		r.block(c)
	}
	r.put("</div>\n")
}

// table writes a table inside a region that a keyboard can scroll. The region
// has to have a name that no other has, so tables are counted.
func (r *rendering) table(n *extast.Table) {
	r.tables++
	number := strconv.Itoa(r.tables)
	r.put(`<div class="table-scroll" role="region" tabindex="0" aria-label="` + r.in("表 ", "Table ") + number)
	if r.section != "" {
		r.put(r.in("：", ": "))
		r.out = appendAttribute(r.out, []byte(r.section))
	}
	r.put("\"><table>\n")
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		header := row.Kind() == extast.KindTableHeader
		if header {
			r.put("<thead>\n")
		} else if row.PreviousSibling() != nil && row.PreviousSibling().Kind() == extast.KindTableHeader {
			r.put("<tbody>\n")
		}
		r.put("<tr>\n")
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			r.cell(c.(*extast.TableCell), header)
		}
		r.put("</tr>\n")
		if header {
			r.put("</thead>\n")
		} else if row.NextSibling() == nil {
			r.put("</tbody>\n")
		}
	}
	r.put("</table></div>\n")
}

func (r *rendering) cell(c *extast.TableCell, header bool) {
	tag := "td"
	// A header cell without text would be a header without a name.
	if header && c.HasChildren() {
		tag = "th"
		r.put(`<th scope="col"`)
	} else {
		r.put("<td")
	}
	if c.Alignment != extast.AlignNone {
		r.put(` class="` + c.Alignment.String() + `"`)
	}
	r.put(">")
	r.line(c)
	r.put("</" + tag + ">\n")
}

func (r *rendering) backlink(n *extast.FootnoteBacklink) {
	id := footnoteID(n.Index, n.RefIndex)
	r.put(` <a class="footnote-back" role="doc-backlink" href="#fnref-` + id + `" aria-label="`)
	r.put(r.in("返回正文 ", "Back to the text ") + id + `">↩</a>`)
}

// footnoteID names a reference to a footnote: the number of the footnote, and
// from the second reference on which one it is.
func footnoteID(index, ref int) string {
	id := strconv.Itoa(index)
	if ref > 0 {
		id += "-" + strconv.Itoa(ref+1)
	}
	return id
}
