package load

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// source is a file being read, and the problems found in it.
type source struct {
	file string // path below content/
	text []byte // without a byte order mark
	list problem.List
}

// newSource takes the bytes of a file. It returns false where they are not
// text: then nothing more can be said about the file.
func newSource(file string, raw []byte) (*source, bool) {
	s := &source{file: file, text: bytes.TrimPrefix(raw, []byte("\ufeff"))}
	if utf8.Valid(s.text) {
		at := firstControl(s.text)
		if at < 0 {
			return s, true
		}
		s.fail("control-character", at,
			locale.Tf("文件里有看不见的控制字符 U+%04X", "the file holds the invisible control character U+%04X", s.text[at]),
			locale.T("删去这个字符；它多半是从别的软件粘贴时带进来的", "delete it; it was probably pasted in from another program"))
		return s, false
	}
	at := 0
	for at < len(s.text) {
		r, n := utf8.DecodeRune(s.text[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	s.fail("not-utf-8", at,
		locale.T("文件不是 UTF-8 编码", "the file is not encoded in UTF-8"),
		locale.T("用 UTF-8 编码另存（在 Excel 中选“CSV UTF-8”）", "save it again as UTF-8 (in Excel: “CSV UTF-8”)"))
	last := &s.list[len(s.list)-1]
	last.Source = strings.ToValidUTF8(last.Source, "\ufffd")
	return s, false
}

// firstControl returns the offset of the first control character, or -1. They
// are all ASCII, so that no letter has to be decoded.
func firstControl(text []byte) int {
	for i, c := range text {
		if (c < ' ' || c == 0x7f) && control(rune(c)) {
			return i
		}
	}
	return -1
}

// control tells whether r is a control character that no text needs.
func control(r rune) bool {
	return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f
}

func (s *source) add(severity problem.Severity, code string, at int, message, hint locale.Text) {
	p := problem.Problem{Code: code, Severity: severity, File: s.file, Message: message, Hint: hint}
	s.list = append(s.list, p.Locate(s.text, at, 1))
}

// fail reports an error at the byte offset at.
func (s *source) fail(code string, at int, message, hint locale.Text) {
	s.add(problem.Error, code, at, message, hint)
}

// warn reports a warning at the byte offset at.
func (s *source) warn(code string, at int, message, hint locale.Text) {
	s.add(problem.Warning, code, at, message, hint)
}

// didYouMean is the hint for a word that is not among the known ones: the
// nearest of them, if any is near, and the list, unless it is too long to read.
func didYouMean(word string, known []string) locale.Text {
	const most = 24
	if len(known) == 0 {
		return locale.T("现在一个也没有登记", "none are known at present")
	}
	hint := locale.T("可以写："+strings.Join(known, "、"), "known: "+strings.Join(known, ", "))
	if len(known) > most {
		hint = locale.T("请核对写法", "check the spelling")
	}
	if best := problem.Nearest(word, known); best != "" {
		hint.ZH = "是不是“" + best + "”？" + hint.ZH
		hint.EN = "did you mean “" + best + "”? " + hint.EN
	}
	return hint
}

// isSlug tells whether s may be part of an address: lower-case ASCII letters
// and digits, in groups divided by single hyphens.
func isSlug(s string) bool {
	for part := range strings.SplitSeq(s, "-") {
		if part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
	}
	return true
}

// vocabulary is a set of keys that a value must come from.
type vocabulary struct {
	what locale.Text
	keys []string
	// open vocabularies take every word: the file that should list them could
	// not be read, and has a problem of its own.
	open bool
}

func (v vocabulary) has(key string) bool { return v.open || slices.Contains(v.keys, key) }

func (v vocabulary) unknown(key string) (message, hint locale.Text) {
	return locale.Tf("没有“%[2]s”这个%[1]s", "there is no %[3]s “%[2]s”", v.what.ZH, key, v.what.EN), didYouMean(key, v.keys)
}
