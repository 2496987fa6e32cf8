package markdown

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/yuin/goldmark/util"
)

// piece says that the text from offset at on stands in the source from offset
// src on.
type piece struct{ at, src int }

// needsDecoding tells whether raw text holds escapes, references or NUL.
func needsDecoding(raw []byte) bool {
	return bytes.IndexByte(raw, '\\') >= 0 || bytes.IndexByte(raw, '&') >= 0 || bytes.IndexByte(raw, 0) >= 0
}

// decode appends to dst what raw means: backslash escapes and character
// references resolved (CommonMark 2.4 and 2.5). src is where raw stands.
func decode(dst, raw []byte, pieces []piece, src int) ([]byte, []piece) {
	pieces = append(pieces, piece{len(dst), src})
	from := 0
	put := func(i, length int, value string) {
		dst = append(dst, raw[from:i]...)
		pieces = append(pieces, piece{len(dst), src + i})
		dst = append(dst, value...)
		from = i + length
		pieces = append(pieces, piece{len(dst), src + from})
	}
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			if i+1 < len(raw) && util.IsPunct(raw[i+1]) {
				put(i, 2, string(raw[i+1:i+2]))
				i++
			}
		case '&':
			if value, length := reference(raw[i:]); length > 0 {
				put(i, length, value)
				i += length - 1
			}
		case 0:
			put(i, 1, "\ufffd")
		}
	}
	return append(dst, raw[from:]...), pieces
}

// reference reads the character reference at the beginning of s.
func reference(s []byte) (value string, length int) {
	end := bytes.IndexByte(s[:min(len(s), 40)], ';')
	if end < 2 {
		return "", 0
	}
	if s[1] != '#' {
		if e, ok := util.LookUpHTML5EntityByName(string(s[1:end])); ok {
			return string(e.Characters), end + 1
		}
		return "", 0
	}
	digits, base, most := string(s[2:end]), 10, 7
	if digits != "" && digits[0]|0x20 == 'x' {
		digits, base, most = digits[1:], 16, 6
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || len(digits) > most {
		return "", 0
	}
	if n == 0 || !utf8.ValidRune(rune(n)) {
		n = utf8.RuneError
	}
	return string(rune(n)), end + 1
}

// decoded returns what raw means.
func decoded(raw []byte) []byte {
	if !needsDecoding(raw) {
		return raw
	}
	out, _ := decode(nil, raw, nil, 0)
	return out
}
