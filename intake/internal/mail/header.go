package mail

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-message"
)

// width is the column at which header lines are folded (RFC 2047 section 2
// allows lines of 76 with encoded words).
const width = 76

// fields collects header fields in the order in which they shall stand.
// go-message keeps them the other way round, folds none, and finds a line
// break in a value only while writing, so each field is made here as raw bytes.
type fields struct {
	raw []string
	err error
}

func (f *fields) header() (message.Header, error) {
	var h message.Header
	for i := len(f.raw) - 1; i >= 0; i-- {
		h.AddRaw([]byte(f.raw[i]))
	}
	return h, f.err
}

// clone returns the same fields, for two headers that begin alike.
func (f *fields) clone() fields { return fields{raw: slices.Clone(f.raw), err: f.err} }

// messageID adds a field with one Message-ID (RFC 5322 section 3.6.4).
func (f *fields) messageID(name, left, domain string) {
	for atom := range strings.SplitSeq(left, ".") {
		if atom == "" || strings.ContainsFunc(atom, func(r rune) bool { return !atext(r) }) {
			f.fail(name, left, "cannot be in a Message-ID")
			return
		}
	}
	f.tokens(name, "<"+left+"@"+domain+">")
}

func (f *fields) fail(name, value, why string) {
	if f.err == nil {
		f.err = fmt.Errorf("mail: %s: %q %s", name, value, why)
	}
}

// safe refuses what must not be in a header: text that is not UTF-8, control
// characters (with them every way to begin a new line), and characters that
// turn the direction of the text around and so disguise it.
func (f *fields) safe(name, value string) bool {
	if !utf8.ValidString(value) {
		f.fail(name, value, "is not UTF-8")
		return false
	}
	for _, r := range value {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			f.fail(name, value, fmt.Sprintf("has the character %U, which a header cannot carry", r))
			return false
		}
	}
	return true
}

// tokens adds a field of structured ASCII. The parts are kept whole; a fold
// may come between them.
func (f *fields) tokens(name string, parts ...string) {
	for _, p := range parts {
		if !f.safe(name, p) {
			return
		}
		if len(p) > 900 || strings.ContainsFunc(p, func(r rune) bool { return r > unicode.MaxASCII }) {
			f.fail(name, p, "is too long or not ASCII")
			return
		}
	}
	var b strings.Builder
	b.WriteString(name + ":")
	column := len(name) + 1
	for _, p := range parts {
		if column+1+len(p) > width && column > len(name)+1 {
			b.WriteString("\r\n")
			column = 0
		}
		b.WriteString(" " + p)
		column += 1 + len(p)
	}
	f.raw = append(f.raw, b.String()+"\r\n")
}

// text adds an unstructured field (RFC 5322 section 2.2.1), encoded by
// RFC 2047 where it is not plain ASCII. Runs of blanks become one.
func (f *fields) text(name, value string) {
	if f.safe(name, value) {
		f.tokens(name, words(value, len(name)+2)...)
	}
}

// address adds a field with one mailbox (RFC 5322 section 3.4).
func (f *fields) address(name string, a Address) {
	box, err := ParseMailbox(a.Mailbox)
	if err != nil {
		if f.err == nil {
			f.err = err
		}
		return
	}
	if !f.safe(name, a.Name) {
		return
	}
	switch parts := words(a.Name, len(name)+2); {
	case a.Name == "":
		f.tokens(name, box)
	case len(parts) > 0 && strings.HasPrefix(parts[0], "=?"):
		f.tokens(name, append(parts, "<"+box+">")...)
	case strings.ContainsFunc(a.Name, func(r rune) bool { return !atext(r) && r != ' ' }):
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(strings.Join(parts, " "))
		f.tokens(name, append(strings.Split(`"`+quoted+`"`, " "), "<"+box+">")...)
	default:
		f.tokens(name, append(parts, "<"+box+">")...)
	}
}

// words splits a text into the parts of a header line: itself at its blanks if
// it is ASCII, else encoded words of at most 75 characters that each hold
// whole characters (RFC 2047 sections 2 and 5). at is the column of the first.
func words(s string, at int) []string {
	plain := strings.Fields(s)
	s = strings.Join(plain, " ")
	ascii := !strings.Contains(s, "=?")
	for _, w := range plain {
		ascii = ascii && len(w) <= 900 && !strings.ContainsFunc(w, func(r rune) bool { return r > unicode.MaxASCII })
	}
	if ascii {
		return plain
	}
	const open, shut = "=?UTF-8?B?", "?="
	var out []string
	room := max((width-at-len(open)-len(shut))/4*3, 12)
	for s != "" {
		n := 0
		for n < len(s) {
			_, size := utf8.DecodeRuneInString(s[n:])
			if n+size > room {
				break
			}
			n += size
		}
		out = append(out, open+base64.StdEncoding.EncodeToString([]byte(s[:n]))+shut)
		s = s[n:]
		room = (width - 1 - len(open) - len(shut)) / 4 * 3
	}
	return out
}

// parameter writes a parameter of a MIME field. A value outside plain ASCII is
// written as RFC 2231 says, in pieces where it is long; go-message would put
// an RFC 2047 word into quotes, which RFC 2047 section 5 forbids.
func parameter(name, value string) []string {
	simple := len(value) <= 60 && value != "" && !strings.Contains(value, "=?")
	for _, r := range value {
		simple = simple && r < unicode.MaxASCII && r >= ' ' && r != '"' && r != '\\' && r != '%'
	}
	if simple {
		return []string{name + `="` + value + `"`}
	}
	const piece = 52
	var encoded []string
	line := "UTF-8''"
	for _, r := range value { // whole characters: some readers decode piece by piece
		c := string(r)
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_') {
			c = percent(string(r))
		}
		if len(line)+len(c) > piece {
			encoded, line = append(encoded, line), ""
		}
		line += c
	}
	encoded = append(encoded, line)
	if len(encoded) == 1 {
		return []string{name + "*=" + encoded[0]}
	}
	out := make([]string, len(encoded))
	for i, e := range encoded {
		out[i] = fmt.Sprintf("%s*%d*=%s", name, i, e)
	}
	return out
}

func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// parameters joins a value and its parameters into parts with semicolons.
func parameters(value string, params ...string) []string {
	parts := append([]string{value}, params...)
	for i := range parts[:len(parts)-1] {
		parts[i] += ";"
	}
	return parts
}
