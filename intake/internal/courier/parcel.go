package courier

import (
	"bytes"
	"encoding/binary"
	"errors"
	"time"
)

// Parcel is a mail on its way.
type Parcel struct {
	ID      string // the same whenever this mail is carried again
	From    string // envelope sender, empty for the null path
	To      string
	Body    []byte // an RFC 5322 message with CRLF line ends
	Created time.Time
}

// packed is the first byte of what Pack returns: the version of its form.
const packed = 1

// Pack writes the envelope and the message as one run of bytes, to be sealed
// and stored. ID and Created are the outbox's and are left out.
func Pack(p Parcel) []byte {
	b := make([]byte, 0, 1+2*binary.MaxVarintLen64+len(p.From)+len(p.To)+len(p.Body))
	b = append(b, packed)
	for _, s := range []string{p.From, p.To} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return append(b, p.Body...)
}

// Unpack reads what Pack has written, and nothing else: for every b that it
// takes, Pack gives b again. A parcel without a recipient or a message is
// refused.
func Unpack(b []byte) (Parcel, error) {
	if len(b) == 0 || b[0] != packed {
		return Parcel{}, errors.New("courier: this is no packed mail, or one of a newer version of this program")
	}
	var p Parcel
	rest := b[1:]
	for _, s := range []*string{&p.From, &p.To} {
		n, size := binary.Uvarint(rest)
		if size <= 0 || n > uint64(len(rest)-size) {
			return Parcel{}, errors.New("courier: the packed mail is cut off")
		}
		rest = rest[size:]
		*s, rest = string(rest[:n]), rest[n:]
	}
	p.Body = bytes.Clone(rest)
	if p.To == "" || len(p.Body) == 0 {
		return Parcel{}, errors.New("courier: the packed mail has no recipient or no message")
	}
	if !bytes.Equal(Pack(p), b) {
		return Parcel{}, errors.New("courier: the packed mail is not written as we write it")
	}
	return p, nil
}
