package markdown

import (
	"bytes"
	"strings"

	"waijiao/generator/internal/site"
)

// addresses finds bare web and e-mail addresses in a run. Unlike GFM's
// extension it does so after Chinese too, where no space stands before them.
func (r *rendering) addresses(stops []stop, s []byte) []stop {
	add := func(start, end int, prefix, attrs string) {
		href := prefix + string(s[start:end])
		r.body.Links = append(r.body.Links, site.Reference{To: href, Pos: r.offset(r.pos(start))})
		stops = append(stops, stop{start, end, EscapeURL(href), attrs})
	}
	for at := 0; ; {
		i := bytes.Index(s[at:], []byte("://"))
		if i < 0 {
			break
		}
		i += at
		start := i
		for start > at && isASCIILetter(s[start-1]) {
			start--
		}
		at = i + 3
		scheme := strings.ToLower(string(s[start:i]))
		end := at + addressEnd(s[at:])
		if scheme != "http" && scheme != "https" || end == at || !isASCIIWord(s[at]) {
			continue
		}
		add(start, end, "", ` rel="noopener"`)
		at = end
	}
	for at := 0; ; {
		i := bytes.IndexByte(s[at:], '@')
		if i < 0 {
			break
		}
		i += at
		start, end := i, i+1
		for start > at && (isASCIIWord(s[start-1]) || bytes.IndexByte([]byte("._%+-"), s[start-1]) >= 0) {
			start--
		}
		for end < len(s) && (isASCIIWord(s[end]) || s[end] == '.' || s[end] == '-') {
			end++
		}
		for end > i && !isASCIIWord(s[end-1]) {
			end--
		}
		at = max(end, i+1)
		if start == i || bytes.IndexByte(s[i:at], '.') < 2 || inside(stops, start) {
			continue
		}
		add(start, end, "mailto:", "")
	}
	return stops
}

func inside(stops []stop, at int) bool {
	for _, p := range stops {
		if at >= p.start && at < p.end {
			return true
		}
	}
	return false
}

// addressEnd returns the length of what may belong to a web address at the
// beginning of s, without punctuation that ends the sentence around it.
func addressEnd(s []byte) int {
	n, parens := 0, 0
	for n < len(s) && s[n] > ' ' && s[n] < 0x7f && bytes.IndexByte([]byte("<>\"`{}|\\^"), s[n]) < 0 {
		switch s[n] {
		case '(':
			parens++
		case ')':
			if parens--; parens < 0 {
				return trimAddress(s[:n])
			}
		}
		n++
	}
	return trimAddress(s[:n])
}

func trimAddress(s []byte) int { return len(bytes.TrimRight(s, ".,:;!?'*_~")) }

const hexDigits = "0123456789ABCDEF"

// EscapeURL percent-encodes what a URL may not hold. Characters beyond ASCII
// stay as they are: HTML allows them, and readers of the source can read them.
func EscapeURL(s string) string {
	bad := func(c byte) bool { return c <= ' ' || c == 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 }
	i := 0
	for i < len(s) && !bad(s[i]) {
		i++
	}
	if i == len(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; bad(c) {
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
