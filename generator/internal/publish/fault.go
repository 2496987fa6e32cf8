package publish

import (
	"errors"
	"io/fs"
	"syscall"

	"waijiao/internal/locale"
)

// fault is an error that people read, in both languages. Whoever shows it asks
// for Message.
type fault struct {
	text  locale.Text
	cause error
}

func (f *fault) Error() string        { return f.text.EN }
func (f *fault) Unwrap() error        { return f.cause }
func (f *fault) Message() locale.Text { return f.text }

func cannotWrite(out string, err error) error {
	var known *fault
	if errors.As(err, &known) {
		return err
	}
	text := locale.Tf("无法写入 %s：%v", "cannot write to %s: %v", out, err)
	switch {
	case errors.Is(err, fs.ErrPermission):
		text = locale.Tf("无法写入 %s：%v。请让运行本程序的用户对该文件夹及其上级文件夹有写权限，或用 --out 另选一处",
			"cannot write to %s: %v. Let the user who runs this write to the folder and to its parent, or choose another place with --out", out, err)
	case errors.Is(err, syscall.ENOSPC):
		text = locale.Tf("无法写入 %s：磁盘已满（%v）。已发布的页面没有损坏，腾出空间后重新生成即可",
			"cannot write to %s: the disk is full (%v). The published pages are whole; make room and build again", out, err)
	case errors.Is(err, syscall.ENOTDIR):
		text = locale.Tf("无法写入 %s：路径中有一段是文件而不是文件夹（%v）。请用 --out 另选一处",
			"cannot write to %s: a part of the path is a file, not a folder (%v). Choose another place with --out", out, err)
	}
	return &fault{text: text, cause: err}
}

func notOurs(out string) error {
	return &fault{text: locale.Tf("文件夹 %s 里有不是本程序生成的文件，为免误删，没有写入。请先清空它，或用 --out 另选一处",
		"the folder %s holds files that no build has made, and nothing was written lest they be lost. Empty it first, or choose another place with --out", out)}
}

func busy(out string) error {
	return &fault{text: locale.Tf("另一个生成正在写入 %s，请等它结束后再试", "another build is writing to %s; try again when it has ended", out)}
}

func addedTwice(name string) error {
	return &fault{text: locale.Tf("两个页面要写到同一个文件 %s", "two pages want the same file %s", name)}
}

func badName(name string) error {
	return &fault{text: locale.Tf("%q 不能作为站点中的文件路径", "%q cannot be the path of a file in the site", name)}
}
