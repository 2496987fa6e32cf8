package form

import (
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

var extensionDigits = regexp.MustCompile(`^[0-9]{1,6}$`)

// phoneDigits strips what people write between digits, and splits off an
// extension. It reports false where anything else stands in the number.
func phoneDigits(s string) (digits, extension string, ok bool) {
	s = strings.ToLower(s)
	for _, sep := range []string{"转", "ext.", "ext", "x", "#"} {
		if before, after, found := strings.Cut(s, sep); found {
			s, extension = before, strings.Trim(after, " .-")
			if !extensionDigits.MatchString(extension) {
				return "", "", false
			}
			break
		}
	}
	var b strings.Builder
	for i, r := range strings.TrimSpace(s) {
		switch {
		case r >= '0' && r <= '9', r == '+' && i == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" -().", r):
		default:
			return "", "", false
		}
	}
	return b.String(), extension, true
}

// national cuts the country code of China off, however it was dialled, and
// puts back the trunk zero of a fixed line.
func national(digits string) string {
	for _, code := range []string{"+86", "0086"} {
		if rest, ok := strings.CutPrefix(digits, code); ok {
			if strings.HasPrefix(rest, "1") && len(rest) == 11 || strings.HasPrefix(rest, "0") || strings.HasPrefix(rest, "400") {
				return rest
			}
			return "0" + rest
		}
	}
	return digits
}

// validMobile knows the mobile numbers of China: eleven digits from 13 to 19.
func validMobile(s string) bool {
	d, ext, ok := phoneDigits(s)
	d = national(d)
	return ok && ext == "" && len(d) == 11 && d[0] == '1' && d[1] >= '3' && allDigits(d)
}

// validLandline knows the fixed lines of China: 010 and 02x with eight digits,
// 03xx to 09xx with seven or eight, and the 400 and 800 numbers of offices.
func validLandline(s string) bool {
	d, _, ok := phoneDigits(s)
	d = national(d)
	if !ok || len(d) < 10 || !allDigits(d) {
		return false
	}
	if strings.HasPrefix(d, "400") || strings.HasPrefix(d, "800") {
		return len(d) == 10
	}
	if d[0] != '0' {
		return false
	}
	if d[1] == '1' || d[1] == '2' {
		return len(d) == 11 && d[3] != '0' && d[3] != '1' && (d[1] == '2' || d[2] == '0')
	}
	return d[1] >= '3' && (len(d) == 11 || len(d) == 12) && d[4] != '0' && d[4] != '1'
}

// validPhone takes a Chinese number, or any other with its country code
// (ITU-T E.164: at most fifteen digits).
func validPhone(s string) bool {
	if validMobile(s) || validLandline(s) {
		return true
	}
	d, _, ok := phoneDigits(s)
	return ok && strings.HasPrefix(d, "+") && !strings.HasPrefix(d, "+86") && !strings.HasPrefix(d, "+0") && len(d) >= 8 && len(d) <= 16 && allDigits(d[1:])
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// mailbox reads an address as every relay takes it: an ASCII dot-atom of at
// most 64 octets (RFC 5321, 4.5.3.1.1), an @, a domain of at least two labels.
// The domain comes back in lower case as A-labels (RFC 5891). Quoted local
// parts, comments and address literals are refused: nobody who fills in a form
// has one, and each is a way to smuggle commands.
func mailbox(s string) (string, bool) {
	local, domain, ok := strings.Cut(s, "@")
	// Punycode takes time by the square of the length, so that a domain which
	// cannot be one is not tried: 253 ASCII characters are not made of more.
	if !ok || len(local) == 0 || len(local) > 64 || len(domain) > 1024 || strings.Contains(domain, "@") {
		return "", false
	}
	// Some programs decode an encoded word even here (RFC 2047 section 5
	// forbids it), and would find line ends in it.
	if strings.Contains(local, "=?") {
		return "", false
	}
	for part := range strings.SplitSeq(local, ".") {
		if part == "" {
			return "", false
		}
		for i := range len(part) {
			if c := part[i]; !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9') && strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) < 0 {
				return "", false
			}
		}
	}
	domain, err := idna.Lookup.ToASCII(domain)
	if err != nil || len(domain) > 253 || len(local)+1+len(domain) > 254 {
		return "", false
	}
	labels := strings.Split(domain, ".")
	if len(labels) < 2 || allDigits(labels[len(labels)-1]) {
		return "", false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return "", false
		}
		for i := range len(l) {
			if c := l[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
				return "", false
			}
		}
	}
	return local + "@" + domain, true
}

// validDate tells whether s is a day as YYYY-MM-DD of a year that people can
// mean.
func validDate(s string) bool {
	t, err := time.Parse("2006-01-02", s)
	return err == nil && t.Year() >= 1900 && t.Year() < 2200
}
