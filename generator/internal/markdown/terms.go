package markdown

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
)

// termIndex finds the terms of one language in a text. Most characters of a
// text begin no term, and a bitmap says so before any map is asked.
type termIndex struct {
	begins bitmap // by the first character, or the first two bytes of a Latin word
	forms  map[rune][]termForm
	open   [][]byte // by term: the tag that opens its link; nil for a quiet one
}

// termForm is one way to write a term: folded to lower case, one space between
// words.
type termForm struct {
	text     string
	term     int
	exact    bool // no ASCII in it, so nothing folds
	wordEnds bool // the last character is a Latin letter or a digit
}

type bitmap [1024]uint64

func (b *bitmap) set(r rune)      { b[uint16(r)>>6] |= 1 << (r & 63) }
func (b *bitmap) has(r rune) bool { return b[uint16(r)>>6]&(1<<(r&63)) != 0 }

func newTermIndex(terms []*site.Term, l locale.Lang) *termIndex {
	x := &termIndex{forms: map[rune][]termForm{}}
	for i, t := range terms {
		tag := `<a class="term" href="` + l.Path("/glossary/") + "#" + attribute(t.ID) + `"`
		if t.Meaning.Has(l) {
			tag += ` title="` + attribute(t.Meaning.In(l)) + `"`
		}
		open := []byte(tag + ">")
		if t.Quiet {
			// Still matched, so that no shorter term inside it is explained.
			open = nil
		}
		x.open = append(x.open, open)
		name := t.ZH
		if l == locale.EN {
			name = t.EN
		}
		for _, form := range append([]string{name}, t.Also.In(l)...) {
			form = strings.ToLower(strings.Join(strings.Fields(form), " "))
			if form == "" {
				continue
			}
			key := termKey([]byte(form))
			x.begins.set(key)
			x.forms[key] = append(x.forms[key], termForm{form, i, !strings.ContainsFunc(form, isASCII), isASCIIWord(form[len(form)-1])})
		}
	}
	for _, forms := range x.forms {
		slices.SortStableFunc(forms, func(a, b termForm) int { return len(b.text) - len(a.text) })
	}
	return x
}

// termKey is under what the forms are filed that a text beginning with s may
// hold: its first character, or the first two bytes, folded, of a Latin word.
// The latter lie above all characters, so that the two never meet.
func termKey(s []byte) rune {
	if s[0] >= utf8.RuneSelf {
		r, _ := utf8.DecodeRune(s)
		return r
	}
	second := byte(0)
	if len(s) > 1 && isASCIIWord(s[1]) {
		second = s[1] | 0x20
	}
	return rune(s[0]|0x20)<<8 | rune(second) | 1<<24
}

// match returns the longest term that begins at s[0], and its length there.
// The caller has seen that a word begins there.
func (x *termIndex) match(s []byte) (term, length int) {
	key := termKey(s)
	if !x.begins.has(key) {
		return -1, 0
	}
	for _, f := range x.forms[key] {
		if n := f.in(s); n > 0 {
			return f.term, n
		}
	}
	return -1, 0
}

// in returns the length of the form at the beginning of s, or 0.
func (f termForm) in(s []byte) int {
	if f.exact {
		if len(s) >= len(f.text) && string(s[:len(f.text)]) == f.text {
			return len(f.text)
		}
		return 0
	}
	j := 0
	for i := 0; i < len(f.text); i++ {
		if j == len(s) {
			return 0
		}
		c := s[j]
		if f.text[i] == ' ' {
			if c != ' ' && c != '\n' {
				return 0
			}
			for j++; j < len(s) && (s[j] == ' ' || s[j] == '\n'); j++ {
			}
			continue
		}
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != f.text[i] {
			return 0
		}
		j++
	}
	if f.wordEnds && j < len(s) && (isASCIIWord(s[j]) || s[j] == '-' && j+1 < len(s) && isASCIIWord(s[j+1])) {
		return 0
	}
	return j
}

// attribute escapes s for an attribute in double quotes.
func attribute(s string) string { return string(appendAttribute(nil, []byte(s))) }

func appendAttribute(dst, s []byte) []byte {
	for _, c := range s {
		switch c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		case '"':
			dst = append(dst, "&quot;"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func appendText(dst, s []byte) []byte {
	for {
		i := bytes.IndexAny(s, "&<>")
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		switch s[i] {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		default:
			dst = append(dst, "&gt;"...)
		}
		s = s[i+1:]
	}
}
