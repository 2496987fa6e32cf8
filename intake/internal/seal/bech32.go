package seal

import (
	"errors"
	"strings"
)

// Bech32 as in BIP 173, without its bound on the length, as age writes its keys.

const bech32Letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

var errBech32 = errors.New("not in Bech32")

// bech32Sum is the checksum's state after five more bits.
func bech32Sum(sum uint32, five byte) uint32 {
	top := sum >> 25
	sum = sum&0x1ffffff<<5 ^ uint32(five)
	for i, generator := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 == 1 {
			sum ^= generator
		}
	}
	return sum
}

// bech32Prefix is the state after what stands before the data.
func bech32Prefix(hrp string) uint32 {
	sum := uint32(1)
	for i := range len(hrp) {
		sum = bech32Sum(sum, hrp[i]>>5)
	}
	sum = bech32Sum(sum, 0)
	for i := range len(hrp) {
		sum = bech32Sum(sum, hrp[i]&31)
	}
	return sum
}

// encodeBech32 writes data behind the prefix hrp, in its case.
func encodeBech32(hrp string, data []byte) string {
	sum := bech32Prefix(strings.ToLower(hrp))
	out := make([]byte, 0, len(hrp)+1+(len(data)*8+4)/5+6)
	out = append(append(out, hrp...), '1')
	put := func(five byte) {
		sum = bech32Sum(sum, five)
		out = append(out, bech32Letters[five])
	}
	bits, have := uint32(0), 0
	for _, b := range data {
		bits, have = bits<<8|uint32(b), have+8
		for have >= 5 {
			have -= 5
			put(byte(bits >> have & 31))
		}
	}
	if have > 0 {
		put(byte(bits << (5 - have) & 31))
	}
	for range 6 {
		sum = bech32Sum(sum, 0)
	}
	sum ^= 1
	for i := range 6 {
		out = append(out, bech32Letters[sum>>(5*(5-i))&31])
	}
	if hrp == strings.ToUpper(hrp) {
		return strings.ToUpper(string(out))
	}
	return string(out)
}

// decodeBech32 reads what encodeBech32 wrote, and nothing else.
func decodeBech32(s string) (hrp string, data []byte, err error) {
	lower := strings.ToLower(s)
	at := strings.LastIndexByte(s, '1')
	if at < 1 || at+7 > len(s) || s != lower && s != strings.ToUpper(s) {
		return "", nil, errBech32
	}
	sum := bech32Prefix(lower[:at])
	bits, have := uint32(0), 0
	for i := at + 1; i < len(lower); i++ {
		five := strings.IndexByte(bech32Letters, lower[i])
		if five < 0 {
			return "", nil, errBech32
		}
		sum = bech32Sum(sum, byte(five))
		if i >= len(lower)-6 {
			continue // the checksum itself
		}
		if bits, have = bits<<5|uint32(five), have+5; have >= 8 {
			have -= 8
			data = append(data, byte(bits>>have))
		}
	}
	if sum != 1 || have >= 5 || bits&(1<<have-1) != 0 {
		return "", nil, errBech32
	}
	return s[:at], data, nil
}
