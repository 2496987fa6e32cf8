package form

import (
	"slices"
	"strings"
	"unicode"

	"waijiao/internal/locale"
)

func oneOf(t Type, among ...Type) bool { return slices.Contains(among, t) }

// joinHan takes out the spaces that YAML puts where a line of Chinese is
// broken: none stands between two Han characters or their punctuation.
func joinHan(s string) string {
	if !strings.Contains(s, " ") {
		return s
	}
	runes := []rune(s)
	out := runes[:0:0]
	for i, r := range runes {
		if r == ' ' && i > 0 && i+1 < len(runes) && han(runes[i-1]) && han(runes[i+1]) {
			continue
		}
		out = append(out, r)
	}
	return string(out)
}

func han(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3001 && r <= 0x303f || r >= 0xff01 && r <= 0xff5e
}

// orList is the hint of an unknown word: what was perhaps meant, else all that
// there is.
func orList(near string, known []string) locale.Text {
	if near != "" {
		return locale.Tf("是不是想写“%s”？", "did you mean %s?", near)
	}
	return locale.T("可以写的有："+strings.Join(known, "、"), "these are known: "+strings.Join(known, ", "))
}
