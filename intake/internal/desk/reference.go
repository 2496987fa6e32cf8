package desk

import (
	"io"
	"strings"
	"unicode"
)

// alphabet has no two characters that look or sound alike when they are read
// aloud over the telephone in a hurry, and a prime number of them, so that the
// check character finds every single slip and every exchange of neighbours.
const alphabet = "34679ACDEFGHJKMNPQRTWXY"

// reference draws a number such as HZ-7K3F-9QXT-4: eight random characters (36
// bits) and one that checks them.
func reference(random io.Reader) (string, error) {
	var out [8]byte
	for i := 0; i < len(out); {
		var b [1]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", err
		}
		// 253 is the largest multiple of 23 in a byte: no character is likelier.
		if int(b[0]) < 253 {
			out[i] = alphabet[int(b[0])%len(alphabet)]
			i++
		}
	}
	s := string(out[:])
	return "HZ-" + s[:4] + "-" + s[4:] + "-" + string(check(s)), nil
}

// check is the sum of the characters' places in the alphabet, each by its
// weight 1 to 8, modulo 23.
func check(s string) byte {
	sum := 0
	for i := range len(s) {
		sum += (i + 1) * strings.IndexByte(alphabet, s[i])
	}
	return alphabet[sum%len(alphabet)]
}

// Normal writes a reference number as we do, however a person has typed it:
// in small letters, without hyphens, with the spaces of somebody who takes it
// down from the telephone. What cannot be one is returned as it is.
func Normal(typed string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r == '-' || r == ' ' || r == '\u3000' || r == '－' || r == '–' || r == '—' || r == '‐' || r == '‑':
			return -1
		case r >= '！' && r <= '～': // full width, as a Chinese keyboard leaves it
			r -= '！' - '!'
		}
		return unicode.ToUpper(r)
	}, typed)
	plain = strings.TrimPrefix(plain, "HZ")
	if len(plain) != 9 || strings.ContainsFunc(plain, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }) {
		return strings.TrimSpace(typed)
	}
	return "HZ-" + plain[:4] + "-" + plain[4:8] + "-" + plain[8:]
}

// Slip tells whether a number has our form but a wrong check character: it was
// misread or mistyped.
func Slip(reference string) bool {
	plain := strings.ReplaceAll(strings.TrimPrefix(reference, "HZ-"), "-", "")
	return len(plain) == 9 && !strings.ContainsFunc(plain, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }) && check(plain[:8]) != plain[8]
}
