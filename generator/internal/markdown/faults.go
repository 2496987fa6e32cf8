package markdown

import (
	"strconv"

	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// fault is a problem without a place.
type fault struct {
	code     string
	severity problem.Severity
	message  locale.Text
	hint     locale.Text
}

// report adds a fault at an offset of the parsed text.
func (r *rendering) report(f fault, at int) {
	p := problem.Problem{Code: f.code, Severity: f.severity, File: r.src.File, Message: f.message, Hint: f.hint}
	if p.Severity == "" {
		p.Severity = problem.Error
	}
	r.problems = append(r.problems, p.Locate(r.src.Text, r.offset(at), 1))
}

func notUTF8() fault {
	return fault{code: "not-utf8",
		message: locale.T("文本不是有效的 UTF-8", "the text is not valid UTF-8"),
		hint:    locale.T("请在编辑器中以 UTF-8 编码重新保存此文件", "save the file again as UTF-8")}
}

func rawHTML() fault {
	return fault{code: "raw-html",
		message: locale.T("正文中有 HTML 标签或注释，不会输出", "there is HTML here, which is never published"),
		hint:    locale.T("请改用 Markdown 写法；要显示尖括号本身，写作 \\<", "write it in Markdown; to show the bracket itself, write \\<")}
}

func levelOne() fault {
	return fault{code: "heading-one",
		message: locale.T("正文中不能使用一级标题，页面标题是唯一的一级标题", "a heading of level 1 stands in the text, but the title of the page is the only one"),
		hint:    locale.T("标题从 ## 开始", "begin headings with ##")}
}

func emptyHeading() fault {
	return fault{code: "empty-heading",
		message: locale.T("标题没有文字", "the heading has no text"),
		hint:    locale.T("在 ## 后面写上标题，或者删去这一行", "write the heading after ##, or delete the line")}
}

func emptyLink() fault {
	return fault{code: "empty-link",
		message: locale.T("链接没有文字或者没有地址", "the link has no text or no address"),
		hint:    locale.T("写作 [文字](/地址/)", "write [text](/address/)")}
}

func missingAlt() fault {
	return fault{code: "missing-alt",
		message: locale.T("图片没有替代文字", "the image has no alternative text"),
		hint:    locale.T("在方括号中说明图片内容：![说明](文件名)", "say in the square brackets what it shows: ![what it shows](file)")}
}

func externalImage() fault {
	return fault{code: "external-image",
		message: locale.T("图片来自其他网站", "the image comes from another site"),
		hint:    locale.T("请把图片文件放在本文件夹中，再用文件名引用", "put the file into this folder and refer to it by its name")}
}

func unusedFootnote() fault {
	return fault{code: "unused-footnote",
		message: locale.T("正文没有引用这条脚注，它不会显示", "nothing in the text refers to this footnote, so it is not shown"),
		hint:    locale.T("在正文中写 [^名称] 引用它，或者删去", "refer to it by [^name] in the text, or delete it")}
}

func levelSkipped(level, want int) fault {
	return fault{code: "heading-skipped", severity: problem.Warning,
		message: locale.Tf("标题从上一级跳到了第 %d 级", "the heading jumps to level %d", level),
		hint:    locale.Tf("这里应当使用第 %d 级或更高的标题", "use level %d or above here", want)}
}

func duplicateAnchor(id string) fault {
	return fault{code: "duplicate-anchor",
		message: locale.Tf("锚点 %s 在本页已经用过", "the anchor %s is taken in this page", id),
		hint:    locale.T("请换一个锚点", "choose another")}
}

func unknownAttribute(s string) fault {
	return fault{code: "unknown-attribute",
		message: locale.Tf("此处不能使用属性 {%s}", "the attribute {%s} cannot stand here", s),
		hint: locale.T("只有两种写法：[文字]{lang=en} 和标题末尾的 {#锚点}；要显示花括号本身，写作 \\{",
			"there are only two: [text]{lang=en}, and {#anchor} at the end of a heading; to show the brace itself, write \\{")}
}

func unknownLanguage(tag string) fault {
	return fault{code: "unknown-language",
		message: locale.Tf("%q 不是语言代码", "%q is not the code of a language", tag),
		hint:    locale.T("英文写 lang=en，中文写 lang=zh", "write lang=en for English, lang=zh for Chinese")}
}

func unknownFootnote(name string) fault {
	return fault{code: "unknown-footnote",
		message: locale.Tf("没有名为 %s 的脚注", "there is no footnote %s", name),
		hint:    locale.Tf("另起一行写 [^%[1]s]: 脚注内容", "write [^%[1]s]: and its text on a line of its own", name)}
}

func unknownCallout(word string) fault {
	return fault{code: "unknown-callout",
		message: locale.Tf("没有 [!%s] 这种提示框", "there is no callout [!%s]", word),
		hint:    locale.T("可用的有 [!note]、[!tip]、[!important]、[!warning]", "there are [!note], [!tip], [!important] and [!warning]")}
}

func badLink(to string) fault {
	return fault{code: "bad-link",
		message: locale.Tf("链接地址 %q 不完整或含有不允许的字符", "the address %q is incomplete or holds characters that it may not", to),
		hint:    locale.T("站内写 /地址/，站外写 https:// 开头的完整地址", "write /address/ for a page of this site, and the whole address from https:// on for another")}
}

func badScheme(scheme string) fault {
	return fault{code: "bad-scheme",
		message: locale.Tf("链接不能使用 %s:", "a link cannot begin with %s:", scheme),
		hint:    locale.T("可用的有 https:、http:、mailto: 和 tel:", "use https:, http:, mailto: or tel:")}
}

func relativeLink(to string) fault {
	return fault{code: "relative-link",
		message: locale.Tf("%q 不是本文件夹中的文件名", "%q is not the name of a file in this folder", to),
		hint:    locale.T("链接到页面时写从 / 开始的中文地址，例如 /guides/work-permit/", "for a page, write its Chinese address from / on, such as /guides/work-permit/")}
}

func missingFile(name string) fault {
	return fault{code: "missing-file",
		message: locale.Tf("本文件夹中没有文件 %s", "there is no file %s in this folder", name),
		hint:    locale.T("请把文件放在文章的文件夹中，或者改正文件名", "put the file into the folder of the text, or mend its name")}
}

func latinRun(words int) fault {
	n := strconv.Itoa(words)
	return fault{code: "latin-run",
		message: locale.T("中文页面里有连续 "+n+" 个外文单词，没有标明语言", n+" foreign words in a row stand in a Chinese page without their language"),
		hint:    locale.T("写作 [English words]{lang=en}，读屏软件才能正确朗读", "write [English words]{lang=en}, so that screen readers can read them out")}
}
