package uploads

import "waijiao/internal/locale"

// Why is the code of a reason for which a file is of no kind at all.
type Why string

// The reasons. They are those that a person can do something about.
const (
	Damaged   Why = "damaged"        // cut off, or not what it begins as
	Mixed     Why = "two-in-one"     // more than one kind at once
	Active    Why = "active-content" // macros, scripts, programs, templates from elsewhere
	Attached  Why = "attached-files" // a PDF with files in it
	Encrypted Why = "encrypted"      // opens with a password only
	Packed    Why = "packed"         // unpacks to too much, or to more archives
)

// Text says the reason, and what helps, as the sentence behind a file's name.
func (w Why) Text() locale.Text {
	switch w {
	case Damaged:
		return locale.T("文件不完整或已损坏。请确认它能正常打开，另存一份后再上传。",
			"It is incomplete or damaged. Check that it opens, save it anew and attach it again.")
	case Mixed:
		return locale.T("文件里还夹带着另一种文件。请重新导出或另存一份后再上传。",
			"Another file is hidden in it. Export it or save it anew, and attach it again.")
	case Active:
		return locale.T("文件里有宏、脚本、程序，或要从别处调用模板。请去掉后另存，或者打印成 PDF 再上传。",
			"It contains macros, scripts or programs, or fetches a template from elsewhere. Save it without them, or print it to a PDF, and attach that.")
	case Attached:
		return locale.T("这份 PDF 里还附有别的文件。请把它打印成一份新的 PDF，附件另行上传。",
			"This PDF has other files attached inside. Print it to a new PDF, and attach the others by themselves.")
	case Encrypted:
		return locale.T("文件设了密码，我们打不开。请去掉密码后再上传。",
			"It is protected by a password, so we cannot open it. Remove the password and attach it again.")
	case Packed:
		return locale.T("文件解开后过大，或者里面还有压缩包。请另存一份普通文件，或者打印成 PDF 再上传。",
			"It unpacks to far too much, or contains archives. Save it as an ordinary document, or print it to a PDF, and attach that.")
	}
	return locale.Text{}
}
