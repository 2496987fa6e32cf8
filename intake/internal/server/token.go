package server

import (
	"encoding/base64"
	"io"
)

// token draws 128 bits as 22 characters that an address can hold.
func token(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}
