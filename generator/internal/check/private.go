package check

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// find is a piece of private data in a text.
type find struct {
	code       string
	start, end int
}

// The kinds of private data.
const (
	codeResidentID = "private-resident-id"
	codePassport   = "private-passport"
	codeMobile     = "private-mobile"
	codeEmail      = "private-email"
)

// scanner looks for private data. It passes once over the bytes of a text and
// stops only at digits and at signs of an e-mail address, so that texts
// without either cost next to nothing.
type scanner struct {
	anyEmail bool     // no address is a fault
	allow    []string // lower case; "@host" allows a whole host
	// groups holds the digits now being looked at; kept to save memory.
	groups []group
	digits []byte
}

// group is a run of digits without a separator, as offsets in the text and in
// scanner.digits.
type group struct {
	start, end int
	at, n      int
}

func newScanner(allow []string) *scanner {
	s := &scanner{}
	for _, a := range allow {
		s.allow = append(s.allow, strings.ToLower(a))
	}
	return s
}

// scan calls found for every piece of private data in src, in order of its
// kind within a run of digits.
func (s *scanner) scan(src []byte, found func(find)) {
	for i := 0; i < len(src); {
		switch c := src[i]; {
		case c-'0' < 10:
			i = s.number(src, i, found)
		case c == '@':
			s.email(src, i, i+1, found)
			i++
		case c == 0xEF && i+2 < len(src) && src[i+1] == 0xBC:
			switch d := src[i+2]; {
			case d-0x90 < 10: // ０ to ９
				i = s.number(src, i, found)
			case d == 0xA0: // ＠
				s.email(src, i, i+3, found)
				i += 3
			default:
				i += 3
			}
		default:
			i++
		}
	}
}

// digit reads an ASCII or full-width digit at i and tells its width in bytes,
// 0 if there is none.
func digit(src []byte, i int) (value byte, width int) {
	if i >= len(src) {
		return 0, 0
	}
	if c := src[i] - '0'; c < 10 {
		return c, 1
	}
	if src[i] == 0xEF && i+2 < len(src) && src[i+1] == 0xBC && src[i+2]-0x90 < 10 {
		return src[i+2] - 0x90, 3
	}
	return 0, 0
}

// xEnd reads the X that may close a resident ID, in any width and case.
func xEnd(src []byte, i int) int {
	switch {
	case i >= len(src):
		return 0
	case src[i] == 'X' || src[i] == 'x':
		return 1
	case bytes.HasPrefix(src[i:], []byte("Ｘ")) || bytes.HasPrefix(src[i:], []byte("ｘ")):
		return 3
	}
	return 0
}

// separator reads what people put between the groups of a number: at most three
// spaces, hyphens, dots and the like.
func separator(src []byte, i int) int {
	n := 0
	for range 3 {
		if i+n >= len(src) {
			break
		}
		switch c := src[i+n]; {
		case c == ' ' || c == '-' || c == '.' || c == '_':
			n++
			continue
		case c < utf8.RuneSelf:
			return n
		}
		r, w := utf8.DecodeRune(src[i+n:])
		switch r {
		case '\u00a0', '\u2002', '\u2003', '\u2009', '\u202f', '\u3000', // spaces
			'‐', '‑', '‒', '–', '—', '−', '－', '·', '．': // hyphens and dots
			n += w
			continue
		}
		return n
	}
	return n
}

// number looks at the groups of digits that begin at i and returns where the
// search goes on.
func (s *scanner) number(src []byte, i int, found func(find)) int {
	s.groups, s.digits = s.groups[:0], s.digits[:0]
	end := i
	for at := i; ; {
		g := group{start: at, at: len(s.digits)}
		for {
			v, w := digit(src, at)
			if w == 0 {
				break
			}
			s.digits = append(s.digits, v)
			at += w
		}
		if g.n = len(s.digits) - g.at; g.n == 0 {
			break
		}
		g.end, end = at, at
		s.groups = append(s.groups, g)
		at += separator(src, at)
	}
	if len(s.digits) < 6 {
		return end
	}
	for k := 0; k < len(s.groups); k++ {
		if j := s.residentID(src, k, found); j >= 0 {
			k = j
		} else if j := s.mobile(src, k, found); j >= 0 {
			k = j
		} else {
			s.passport(src, s.groups[k], found)
		}
	}
	return end
}

// residentID looks for a resident ID (GB 11643: six digits of a place, the day
// of birth, three digits, a check character) that begins with the group k. It
// returns the last group of the number, or -1.
func (s *scanner) residentID(src []byte, k int, found func(find)) int {
	first := s.groups[k]
	if s.digits[first.at] == 0 {
		return -1
	}
	for j := k; j < len(s.groups); j++ {
		g := s.groups[j]
		n, end := g.at+g.n-first.at, g.end
		last := byte(255)
		switch {
		case n == 18:
			last = s.digits[g.at+g.n-1]
		case n == 17:
			// The X may stand after a separator of its own.
			at := end
			w := xEnd(src, at)
			if w == 0 {
				at += separator(src, at)
				w = xEnd(src, at)
			}
			if w == 0 || letter(src, at+w) {
				continue
			}
			last, end = 10, at+w
		case n > 18:
			return -1
		default:
			continue
		}
		if d := s.digits[first.at : first.at+17]; plausibleBirth(d) && checkDigit(d) == last {
			found(find{codeResidentID, first.start, end})
			return j
		}
	}
	return -1
}

// plausibleBirth tells whether digits 7 to 14 can be a day of birth.
func plausibleBirth(d []byte) bool {
	year := int(d[6])*1000 + int(d[7])*100 + int(d[8])*10 + int(d[9])
	month, day := d[10]*10+d[11], d[12]*10+d[13]
	return year >= 1800 && year < 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31
}

// checkDigit computes the check character of 17 digits (ISO 7064, MOD 11-2); 10
// stands for X.
func checkDigit(d []byte) byte {
	sum := 0
	for _, v := range d {
		sum = (sum + int(v)) * 2 % 11
	}
	return byte((12 - sum) % 11)
}

// mobile looks for a mobile number of the mainland that begins with the group
// k: 1, then 3 to 9, eleven digits in all, in the groups that people use, with
// or without the country code. It returns the last group of the number, or -1.
func (s *scanner) mobile(src []byte, k int, found func(find)) int {
	first := s.groups[k]
	d := s.digits[first.at : first.at+first.n]
	skip := 0
	for _, code := range []string{"\x08\x06", "\x00\x00\x08\x06", "\x00"} {
		if bytes.HasPrefix(d, []byte(code)) && len(d) > len(code)+2 {
			skip = len(code)
			break
		}
	}
	if d = d[skip:]; len(d) < 3 || len(d) > 11 || d[0] != 1 || d[1] < 3 {
		return -1
	}
	// 0.13812345678 is a number, not a telephone.
	if first.start > 1 && src[first.start-1] == '.' && src[first.start-2]-'0' < 10 {
		return -1
	}
	shape := len(d)
	for j := k; ; {
		switch shape {
		case 0xB, 0x344, 0x38, 0x74, 0x434: // the lengths of the groups
			if letter(src, s.groups[j].end) {
				return -1
			}
			found(find{codeMobile, first.start, s.groups[j].end})
			return j
		}
		if j++; j == len(s.groups) || j == k+3 || s.groups[j].n > 15 {
			return -1
		}
		shape = shape*16 + s.groups[j].n
	}
}

// near is how far from a number, in bytes, the word passport may stand: some
// sixteen Chinese characters.
const near = 48

// passport looks for what can be a passport number, with the word passport or
// 护照 near it in the same line.
func (s *scanner) passport(src []byte, g group, found func(find)) {
	start, letters := g.start, 0
	for start > 0 && letters < 3 && letter(src, start-1) {
		start--
		letters++
	}
	if letters == 0 && start > 1 && src[start-1] == ' ' && src[start-2] >= 'A' && src[start-2] <= 'Z' {
		// "E 12345678": a letter or two, then a space. A word is no letter.
		at := start - 2
		if at > 0 && src[at-1] >= 'A' && src[at-1] <= 'Z' {
			at--
		}
		if at == 0 || !letter(src, at-1) {
			letters, start = g.start-1-at, at
		}
	}
	if letters > 2 || letter(src, g.end) || start > 0 && src[start-1]-'0' < 10 {
		return
	}
	switch {
	case letters == 0 && g.n == 9 && !joined(src, g):
	case letters == 1 && g.n >= 7 && g.n <= 8:
	case letters == 2 && g.n >= 6 && g.n <= 7:
	default:
		return
	}
	from, to := max(start-near, 0), min(g.end+near, len(src))
	before, after := src[from:start], src[g.end:to]
	before = before[bytes.LastIndexByte(before, '\n')+1:]
	if i := bytes.IndexByte(after, '\n'); i >= 0 {
		after = after[:i]
	}
	if saysPassport(before) || saysPassport(after) {
		found(find{codePassport, start, g.end})
	}
}

func saysPassport(b []byte) bool {
	if bytes.Contains(b, []byte("护照")) {
		return true
	}
	return bytes.Contains(bytes.ToLower(b), []byte("passport"))
}

// joined tells whether a hyphen ties the digits to what stands beside them, as
// in a telephone number with its area code.
func joined(src []byte, g group) bool {
	return g.start > 0 && src[g.start-1] == '-' || g.end < len(src) && src[g.end] == '-'
}

func letter(src []byte, i int) bool {
	return i >= 0 && i < len(src) && src[i]|0x20 >= 'a' && src[i]|0x20 <= 'z'
}

// email looks at the address around a sign that begins at and ends at after.
func (s *scanner) email(src []byte, at, after int, found func(find)) {
	start := at
	for start > 0 && localPart(src[start-1]) {
		start--
	}
	for start < at && src[start] == '.' {
		start++
	}
	end := after
	for end < len(src) && (alnum(src[end]) || src[end] == '-' || src[end] == '.') {
		end++
	}
	// A full stop or a hyphen after the address is not part of it.
	for end > after && !alnum(src[end-1]) {
		end--
	}
	dot := after + bytes.LastIndexByte(src[after:end], '.')
	if start == at || dot <= after || end-dot < 3 || !letter(src, dot+1) || !letter(src, dot+2) {
		return
	}
	// photo@2x.png is a picture for fine screens.
	switch string(src[dot+1 : end]) {
	case "png", "jpg", "jpeg", "webp", "gif", "svg", "avif":
		return
	}
	local, host := strings.ToLower(string(src[start:at])), strings.ToLower(string(src[after:end]))
	if s.anyEmail {
		return
	}
	for _, a := range s.allow {
		if a == "@"+host || a == local+"@"+host {
			return
		}
	}
	found(find{codeEmail, start, end})
}

func alnum(c byte) bool { return c-'0' < 10 || c|0x20 >= 'a' && c|0x20 <= 'z' }

func localPart(c byte) bool {
	return alnum(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '%'
}

// privateProblem says what was found, and how to mend it.
func privateProblem(code string) problem.Problem {
	p := problem.Problem{Code: code, Severity: problem.Error}
	switch code {
	case codeResidentID:
		p.Message = locale.T("这里有一个居民身份证号码", "this is a Chinese resident ID number")
		p.Hint = locale.T("删去它；网站内容里不得出现任何人的身份证号码", "remove it; no one's ID number may stand in the content of the site")
	case codePassport:
		p.Message = locale.T("这里像是一个护照号码", "this looks like a passport number")
		p.Hint = locale.T("删去它；网站内容里不得出现任何人的护照号码", "remove it; no one's passport number may stand in the content of the site")
	case codeMobile:
		p.Message = locale.T("这里有一个手机号码", "this is a mobile phone number")
		p.Hint = locale.T("删去它；对外联系请写办公电话", "remove it; give an office telephone for contact instead")
	case codeEmail:
		p.Message = locale.T("这个电子邮箱不在允许公开的名单里", "this e-mail address is not on the list of those that may be shown")
		p.Hint = locale.T("删去它；如果是办公邮箱，把它加进 site.yaml 的 allow_emails", "remove it or, if it is an office address, add it to allow_emails in site.yaml")
	}
	return p
}
