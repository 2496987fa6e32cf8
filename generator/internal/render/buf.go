package render

import (
	"html/template"
	"strings"
	"unicode"
	"unicode/utf8"

	"waijiao/internal/locale"
)

// buf is a page being written. Text goes in escaped, unless it is said to be
// HTML already.
type buf struct{ b []byte }

// Write lets templates write HTML.
func (w *buf) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}

// take returns what was written as HTML for a template, and begins anew.
func (w *buf) take() template.HTML {
	s := template.HTML(w.b)
	w.b = w.b[:0]
	return s
}

// html writes HTML as it is.
func (w *buf) html(parts ...string) {
	for _, s := range parts {
		w.b = append(w.b, s...)
	}
}

// text writes s escaped for text and for quoted attributes.
func (w *buf) text(s string) {
	last := 0
	for i := 0; i < len(s); i++ {
		var entity string
		switch s[i] {
		case '&':
			entity = "&amp;"
		case '<':
			entity = "&lt;"
		case '>':
			entity = "&gt;"
		case '"':
			entity = "&#34;"
		case '\'':
			entity = "&#39;"
		default:
			continue
		}
		w.b = append(w.b, s[last:i]...)
		w.b = append(w.b, entity...)
		last = i + 1
	}
	w.b = append(w.b, s[last:]...)
}

// attr writes an attribute with its leading space.
func (w *buf) attr(name, value string) {
	w.html(" ", name, `="`)
	w.text(value)
	w.html(`"`)
}

// meta writes a meta element, or nothing where content is empty.
func (w *buf) meta(key, name, content string) {
	if content == "" {
		return
	}
	w.html("<meta ", key, `="`, name, `" content="`)
	w.text(content)
	w.html("\">\n")
}

// mark writes the text s, which is in the language l, and gives runs of the
// other language their own lang: Han runs in English, and in Chinese Latin
// runs of four words or more.
func (w *buf) mark(l locale.Lang, s string) {
	for s != "" {
		from, to := foreign(l, s)
		w.text(s[:from])
		if from == to {
			return
		}
		w.html(`<span lang="`, l.Other().Tag(), `">`)
		w.text(s[from:to])
		w.html("</span>")
		s = s[to:]
	}
}

// foreign finds the first run of the other language in s. Where there is none
// both ends are len(s).
func foreign(l locale.Lang, s string) (from, to int) {
	if l == locale.EN {
		return hanRun(s)
	}
	return latinRun(s)
}

func hanRun(s string) (from, to int) {
	from = strings.IndexFunc(s, han)
	if from < 0 {
		return len(s), len(s)
	}
	to = from
	for i, r := range s[from:] {
		switch {
		case han(r):
			to = from + i + utf8.RuneLen(r)
		case r >= '0' && r <= '9', r == '〔', r == '〕', r == '（', r == '）', r == '、', r == '《', r == '》', r == '—':
			// Part of the run only where Han characters follow.
		default:
			return from, to
		}
	}
	return from, to
}

func han(r rune) bool { return r >= 0x2e80 && unicode.Is(unicode.Han, r) }

// latinRun finds four Latin words or more in a row.
func latinRun(s string) (from, to int) {
	const words = 4
	for i := 0; i < len(s); {
		c := s[i]
		if !latin(c) {
			i++
			continue
		}
		start, end, n := i, i, 0
		for i < len(s) && (latin(s[i]) || strings.IndexByte(" ,.;:'()/&-0123456789", s[i]) >= 0) {
			if latin(s[i]) {
				if i == start || s[i-1] == ' ' || s[i-1] == '(' {
					n++
				}
				end = i + 1
			}
			i++
		}
		if n >= words {
			return start, end
		}
	}
	return len(s), len(s)
}

func latin(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// replaceAll puts values into the places of a word: replaceAll(w, "{n}", "2").
func replaceAll(word string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		word = strings.ReplaceAll(word, pairs[i], pairs[i+1])
	}
	return word
}
