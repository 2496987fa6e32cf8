// Package locale holds what the house knows about its two languages: the pair
// of texts that every message is, the tags and address prefixes of Chinese and
// English, and dates and numbers as each of them writes these.
//
// A text that a person will read is a Text and is written in both languages at
// once, in the place where it is needed:
//
//	locale.T("缺少标题", "the title is missing")
//
// Chinese is the default language: it stands at the root of the site and takes
// the place of a text whose English is empty.
package locale

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Lang is one of the two languages.
type Lang string

// The languages. No others exist.
const (
	ZH Lang = "zh"
	EN Lang = "en"
)

// Langs returns both languages, the default one first.
func Langs() [2]Lang { return [2]Lang{ZH, EN} }

// Tag returns the BCP 47 tag for lang attributes: zh-CN or en.
func (l Lang) Tag() string {
	if l == EN {
		return "en"
	}
	return "zh-CN"
}

// Other returns the other language.
func (l Lang) Other() Lang {
	if l == EN {
		return ZH
	}
	return EN
}

// Prefix returns what comes before every address in this language: nothing
// for Chinese, "/en" for English.
func (l Lang) Prefix() string {
	if l == EN {
		return "/en"
	}
	return ""
}

// Path returns the address, in this language, of a page whose Chinese address
// is p. p begins with a slash.
func (l Lang) Path(p string) string { return l.Prefix() + p }

// FromPath tells in which language the page at the site address p is written,
// and its Chinese address.
func FromPath(p string) (Lang, string) {
	if p == "/en" {
		return EN, "/"
	}
	if rest, ok := strings.CutPrefix(p, "/en/"); ok {
		return EN, "/" + rest
	}
	return ZH, p
}

// ForMessages picks the language in which a program speaks to whoever called
// it: what its flag --lang says (zh or en), else the locale of the environment
// in the order of POSIX: LC_ALL, LC_MESSAGES, LANG. Values such as zh_CN.UTF-8
// are Chinese, all else is English. It reads the arguments before they are
// parsed, since their faults are told in that language too.
func ForMessages(args []string, getenv func(string) string) Lang {
	for i, arg := range args {
		value, ok := strings.CutPrefix(arg, "--lang=")
		if arg == "--lang" && i+1 < len(args) {
			value, ok = args[i+1], true
		}
		if ok && (value == string(ZH) || value == string(EN)) {
			return Lang(value)
		}
	}
	if strings.HasPrefix(strings.ToLower(cmp.Or(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"))), "zh") {
		return ZH
	}
	return EN
}

// Text is one text in both languages.
type Text struct {
	ZH string `json:"zh" yaml:"zh"`
	EN string `json:"en" yaml:"en"`
}

// T makes a Text.
func T(zh, en string) Text { return Text{ZH: zh, EN: en} }

// Tf makes a Text from two formats that take the same arguments. Where the
// languages order them differently, the formats use indexes (%[2]s).
func Tf(zh, en string, args ...any) Text {
	return Text{ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)}
}

// Same makes a Text that reads the same in both languages, such as a name
// that is never translated.
func Same(s string) Text { return Text{ZH: s, EN: s} }

// In returns the text in the language l, or in Chinese where the English is
// empty, or in English where the Chinese is.
func (t Text) In(l Lang) string {
	if (l == EN && t.EN != "") || t.ZH == "" {
		return t.EN
	}
	return t.ZH
}

// Has tells whether the text exists in the language l.
func (t Text) Has(l Lang) bool {
	if l == EN {
		return t.EN != ""
	}
	return t.ZH != ""
}

// IsZero tells whether the text is empty in both languages.
func (t Text) IsZero() bool { return t.ZH == "" && t.EN == "" }

// Number writes n with a comma between groups of three digits, as both
// languages do.
func Number(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Size writes a number of bytes for people: "820 B", "12 KB", "1.4 MB", in
// steps of 1,024.
func Size(n int64) string {
	switch {
	case n < 1024:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1024*1024:
		return strconv.FormatInt((n+512)/1024, 10) + " KB"
	}
	return strconv.FormatFloat(float64(n)/(1024*1024), 'f', 1, 64) + " MB"
}
