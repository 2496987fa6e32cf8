package check

import (
	"bytes"
	"io/fs"

	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// private reports the private data in a text.
func private(scan *scanner, file string, src []byte) problem.List {
	var list problem.List
	scan.scan(src, func(f find) {
		p := privateProblem(f.code)
		p.File = file
		list = append(list, p.Locate(src, f.start, 1))
	})
	return list
}

func unreadable(file string, err error) problem.Problem {
	return problem.Problem{Code: "unreadable-file", Severity: problem.Error, File: file,
		Message: locale.Tf("读不出这个文件：%v", "the file cannot be read: %v", err),
		Hint:    locale.T("核对文件的权限", "check its permissions")}
}

// line returns a line of a file of the content folder, or nothing.
func (c *checker) line(file string, number int) string {
	if c.opt.Content == nil {
		return ""
	}
	if c.lines == nil {
		c.lines = map[string][][]byte{}
	}
	lines, read := c.lines[file]
	if !read {
		if src, err := fs.ReadFile(c.opt.Content, file); err == nil {
			lines = bytes.Split(bytes.TrimPrefix(src, []byte("\ufeff")), []byte("\n"))
		}
		c.lines[file] = lines
	}
	if number < 1 || number > len(lines) {
		return ""
	}
	return string(bytes.TrimRight(lines[number-1], "\r"))
}
