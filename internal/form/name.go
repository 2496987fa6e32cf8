package form

import (
	"strings"
	"unicode"
)

// validName takes a person's or a body's name in any script: letters with
// their marks, digits, spaces, and the signs that join and divide names, such
// as 尼格买提·热合曼, O’Brien, Jean-Luc, J. R. R. Tolkien, 示例小学（东校区）. There must
// be a letter. Digits by themselves, an address and markup are no name.
func validName(s string) bool {
	letter := false
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			letter = true
		case unicode.IsMark(r), unicode.Is(unicode.Nd, r), r == '\u200c', r == '\u200d':
		case strings.ContainsRune(" ·•・‧．.,，、'’‘ʼ`´-‐‑–()（）&", r):
		default:
			return false
		}
	}
	return letter
}
