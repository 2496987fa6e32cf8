package form

import "strings"

const usccLength = 18

// usccAlphabet is the character set of GB 32100-2015: the digits and the
// capital letters without I, O, S, V and Z. A character's place is its value.
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// usccCheck computes the check character of GB 32100-2015 over the first 17
// characters: weights 3^(i-1) mod 31. It reports false for a foreign character.
func usccCheck(s string) (byte, bool) {
	sum, weight := 0, 1
	for i := range usccLength - 1 {
		v := strings.IndexByte(usccAlphabet, s[i])
		if v < 0 {
			return 0, false
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return usccAlphabet[(31-sum%31)%31], true
}

// orgCheck computes the check digit of an organisation's own code (GB
// 11714-1997) over its first eight characters, digits and capital letters:
// weights 3, 7, 9, 10, 5, 8, 4, 2 mod 11, with X for 10.
func orgCheck(s string) byte {
	weights := [...]int{3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		v := int(s[i] - '0')
		if s[i] >= 'A' {
			v = int(s[i]-'A') + 10
		}
		sum += v * w
	}
	return "0123456789X"[(11-sum%11)%11]
}

// validUSCC tells whether s is a unified social credit code, by its parts: the
// authority that registers, the kind of body, six digits of the administrative
// division, nine characters of the body's own code with its check digit, the
// check character.
//
// Of the kinds of body, which are still being added to, only the range is
// looked at, and of the division only the province, since codes outlive the
// counties where they were given.
func validUSCC(s string) bool {
	if len(s) != usccLength {
		return false
	}
	want, ok := usccCheck(s)
	return ok && want == s[usccLength-1] &&
		strings.IndexByte("123456789ANY", s[0]) >= 0 &&
		s[1] >= '1' && s[1] <= '9' &&
		allDigits(s[2:8]) && province(s[2:4]) &&
		orgCheck(s[8:16]) == s[16]
}

// province tells whether two digits begin administrative codes: those of GB/T
// 2260, 10 for bodies that are registered with the State, 83 for Taiwan beside
// 71, and 99, which the Xinjiang Production and Construction Corps registers
// under.
func province(s string) bool {
	return strings.Contains(" 10 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 99 ", " "+s+" ")
}
