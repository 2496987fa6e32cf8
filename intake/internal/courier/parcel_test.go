package courier

import (
	"bytes"
	"strings"
	"testing"
)

func TestWhatIsPackedComesOutAgain(t *testing.T) {
	for _, p := range []Parcel{
		{From: "forms@example.org", To: "officer@example.org", Body: []byte("Subject: x\r\n\r\n\x00\xff")},
		{To: "o@example.org", Body: []byte("x")},
		{From: "a\nb", To: strings.Repeat("long", 100), Body: []byte("1")},
	} {
		b := Pack(p)
		got, err := Unpack(b)
		if err != nil || got.From != p.From || got.To != p.To || !bytes.Equal(got.Body, p.Body) {
			t.Errorf("%+v became %+v, %v", p, got, err)
		}
	}
	b := Pack(Parcel{From: "f@example.org", To: "o@example.org", Body: []byte("x")})
	for n := range len(b) {
		if _, err := Unpack(b[:n]); err == nil {
			t.Errorf("taken though cut at %d", n)
		}
	}
	b[0]++
	if _, err := Unpack(b); err == nil {
		t.Error("another version was taken")
	}
	if _, err := Unpack([]byte{packed, 0x80, 0x00, 1, 'o', 'x'}); err == nil {
		t.Error("a length was taken that is not written as short as can be")
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(Pack(parcel()))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := Unpack(b); err == nil && !bytes.Equal(Pack(p), b) {
			t.Errorf("%x", b)
		}
	})
}
