package markdown

// isHan tells whether r is a Chinese character.
func isHan(r rune) bool {
	return r >= 0x4e00 && r <= 0x9fff || r == '〇' || r >= 0x3400 && r <= 0x4dbf || r >= 0xf900 && r <= 0xfaff || r >= 0x20000 && r <= 0x3ffff
}

// isCJK tells whether r takes the width of a Chinese character and leaves no
// space around it: characters, kana, hangul, and the punctuation and full
// width forms that go with them.
func isCJK(r rune) bool {
	return r >= 0x2e80 && (r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff ||
		r >= 0xfe10 && r <= 0xfe1f || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xffef ||
		r >= 0x1aff0 && r <= 0x1b16f || r >= 0x20000 && r <= 0x3ffff || r >= 0xe0100 && r <= 0xe01ef)
}

// isQuote tells whether r is punctuation that Chinese shares with Latin
// scripts, so that only its neighbours tell which of them it belongs to.
func isQuote(r rune) bool {
	return r == '“' || r == '”' || r == '‘' || r == '’' || r == '…' || r == '—' || r == '·'
}

func isASCIILetter(c byte) bool { c |= 0x20; return c >= 'a' && c <= 'z' }

func isASCIIDigit(c byte) bool { return c >= '0' && c <= '9' }

func isASCIIWord(c byte) bool { return isASCIILetter(c) || isASCIIDigit(c) }

// isLatin tells whether r is a letter of a Latin word.
func isLatin(r rune) bool {
	return r < 0x80 && isASCIILetter(byte(r)) || r >= 0xc0 && r < 0x250 && r != '×' && r != '÷' || r >= 0x1e00 && r < 0x1f00
}

func isASCII(r rune) bool { return r < 0x80 }
