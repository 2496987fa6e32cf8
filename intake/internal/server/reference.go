package server

import (
	"encoding/base64"
	"io"
	"strings"
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

// token draws 128 bits as 22 characters that an address can hold.
func token(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}
