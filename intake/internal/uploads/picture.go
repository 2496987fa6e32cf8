package uploads

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// checkPNG walks the chunks of a PNG (W3C PNG, 5.3) from IHDR to IEND, behind
// which there is nothing but a little padding.
func checkPNG(f io.ReaderAt, size int64) (Why, error) {
	const signature, most, spare = 8, 200_000, 64 << 10
	at := int64(signature)
	for n := range most {
		head, err := piece(f, at, 8)
		if err != nil {
			return Damaged, notEOF(err)
		}
		length, name := int64(binary.BigEndian.Uint32(head)), string(head[4:])
		if n == 0 && name != "IHDR" || length > 1<<31-1 {
			return Damaged, nil
		}
		at += 8 + length + 4
		if at > size {
			return Damaged, nil
		}
		if name == "IEND" {
			if size-at > spare {
				return Mixed, nil
			}
			rest, err := piece(f, at, size-at)
			if err != nil || padding(rest) {
				return "", notEOF(err)
			}
			return Mixed, nil
		}
	}
	return Damaged, nil
}

// checkJPEG walks the segments of a JPEG (ITU T.81, annex B) to the end of the
// image. Behind it may stand what telephones put there: further images (CIPA
// DC-007), the film of a moving picture (ISO base media), Samsung's notes.
func checkJPEG(f io.ReaderAt, size int64) (Why, error) {
	at := int64(0)
	for range 16 {
		length, err := jpegLength(f, at, size)
		if err != nil {
			if errors.Is(err, errNoImage) {
				err = nil
			}
			return Damaged, notEOF(err)
		}
		at += length
		const spare = 64 << 10
		rest, err := piece(f, at, min(size-at, spare))
		if err != nil {
			return "", notEOF(err)
		}
		next := bytes.TrimLeft(rest, "\x00 \t\r\n\f")
		behind := at + int64(len(rest)-len(next))
		switch {
		case padding(next) && behind+int64(len(next)) == size:
			return "", nil
		case bytes.HasPrefix(next, []byte{0xff, 0xd8, 0xff}):
			at = behind
			continue
		}
		ok := false
		// The name of the first box stands behind its length.
		if i := bytes.Index(rest, []byte("ftyp")); i >= 4 && padding(rest[:i-4]) {
			ok, err = film(f, at+int64(i-4), size)
		} else {
			ok, err = samsung(f, behind, size)
		}
		if ok {
			return "", nil
		}
		return Mixed, notEOF(err)
	}
	return Mixed, nil
}

var errNoImage = errors.New("not a JPEG image")

// jpegLength is the number of bytes from SOI to EOI.
func jpegLength(f io.ReaderAt, at, size int64) (int64, error) {
	in := &counter{r: bufio.NewReaderSize(io.NewSectionReader(f, at, size-at), 64<<10)}
	const soi, eoi, sos, tem, rst0, rst7 = 0xd8, 0xd9, 0xda, 0x01, 0xd0, 0xd7
	if in.next() != 0xff || in.next() != soi {
		return 0, errors.Join(errNoImage, in.err)
	}
	marker := in.marker(false)
	for in.err == nil {
		switch {
		case marker == eoi:
			return in.n, nil
		case marker == tem || marker >= rst0 && marker <= rst7:
			marker = in.marker(false)
			continue
		case marker == soi || marker == 0:
			return 0, errNoImage
		}
		length := int(in.next())<<8 | int(in.next())
		if length < 2 {
			return 0, errNoImage
		}
		in.skip(length - 2)
		marker = in.marker(marker == sos)
	}
	return 0, in.err
}

type counter struct {
	r   *bufio.Reader
	n   int64
	err error
}

func (c *counter) next() byte {
	b, err := c.r.ReadByte()
	if err != nil {
		if c.err == nil {
			c.err = err
		}
		return 0
	}
	c.n++
	return b
}

func (c *counter) skip(n int) {
	got, err := c.r.Discard(n)
	c.n += int64(got)
	if c.err == nil {
		c.err = err
	}
}

// marker reads the next one, behind 0xFF, which may stand several times. Behind
// a start of scan everything up to it is the image; between segments nothing
// else may stand, and the marker is zero.
func (c *counter) marker(scan bool) byte {
	for c.err == nil {
		if c.next() != 0xff {
			if !scan {
				return 0
			}
			continue
		}
		m := c.next()
		for m == 0xff && c.err == nil {
			m = c.next()
		}
		if scan && (m == 0 || m >= 0xd0 && m <= 0xd7) {
			continue // a 0xFF of the image itself, or a restart
		}
		return m
	}
	return 0
}

// film walks the boxes of an ISO base media file (ISO/IEC 14496-12, 4.2) from a
// place to the end, behind which Samsung's notes may stand.
func film(f io.ReaderAt, at, size int64) (bool, error) {
	for n := range 1000 {
		if at == size {
			return n > 0, nil
		}
		head, err := piece(f, at, 8)
		if err != nil {
			return false, notEOF(err)
		}
		length := int64(binary.BigEndian.Uint32(head))
		switch {
		case length == 0:
			length = size - at
		case length == 1:
			large, err := piece(f, at+8, 8)
			if err != nil {
				return false, notEOF(err)
			}
			length = int64(binary.BigEndian.Uint64(large))
		}
		if length < 8 || length > size-at {
			if n == 0 {
				return false, nil
			}
			return samsung(f, at, size)
		}
		at += length
	}
	return false, nil
}

// samsung finds the directory that Samsung's telephones write behind an image:
// its length and SEFT at the very end, SEFH at its beginning.
func samsung(f io.ReaderAt, at, size int64) (bool, error) {
	if size-at < 16 {
		return false, nil
	}
	end, err := piece(f, size-8, 8)
	if err != nil || string(end[4:]) != "SEFT" {
		return false, notEOF(err)
	}
	start := size - 8 - int64(binary.LittleEndian.Uint32(end))
	if start < at {
		return false, nil
	}
	mark, err := piece(f, start, 4)
	return err == nil && string(mark) == "SEFH", notEOF(err)
}

// notEOF drops the end of a file that came too early: that is the file's
// fault.
func notEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
