package uploads

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

const (
	octets  = "application/octet-stream"
	zipped  = "application/zip"
	pdfType = "application/pdf"
	jpeg    = "image/jpeg"
	png     = "image/png"
	docx    = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	xlsx    = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// headSize is where readers of PDF look for its beginning, and browsers for
// HTML.
const headSize = 1024

// The end of a ZIP's directory (APPNOTE 4.3.16): its first bytes, its size
// without a comment, and how far from the end it can begin.
const (
	zipEnd     = "PK\x05\x06"
	zipEndSize = 22
	zipEndMost = zipEndSize + 65535
)

// kind finds a file's media type in its bytes. What the client says about it
// is of no interest. Of the kinds that forms take, the whole file is looked at:
// where it is cut off, is another kind as well, or holds what acts by itself,
// it is no kind at all, and the second value tells why.
//
// This is no scanner for malware: what is compressed inside a PDF, for one, is
// not looked into.
func kind(f io.ReaderAt, size int64) (string, Why, error) {
	if size == 0 {
		return octets, "", nil
	}
	d := &disk{r: f}
	mediaType, why, err := look(d, size)
	if d.err != nil {
		return "", "", d.err
	}
	if err != nil {
		return "", "", err
	}
	if why != "" {
		mediaType = octets
	}
	return mediaType, why, nil
}

// disk remembers an error of the disk, which the readers of formats would take
// for a fault of the file.
type disk struct {
	r   io.ReaderAt
	err error
}

func (d *disk) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errPlace // archive/zip computes it from what the file says
	}
	n, err := d.r.ReadAt(p, off)
	if err != nil && err != io.EOF {
		d.err = err
	}
	return n, err
}

var errPlace = errors.New("no such place")

func look(f io.ReaderAt, size int64) (string, Why, error) {
	m, err := mimetype.DetectReader(io.NewSectionReader(f, 0, size))
	if err != nil {
		return "", "", err
	}
	head, err := piece(f, 0, min(size, headSize))
	if err != nil {
		return "", "", err
	}
	// A PDF may begin a little later than at the start, for most readers, so
	// that its beginning can be another file.
	if bytes.Contains(head, []byte("%PDF-")) && !bytes.HasPrefix(head, []byte("%PDF-")) {
		return octets, Mixed, nil
	}
	mediaType, _, _ := strings.Cut(m.String(), ";")
	for p := m; p != nil; p = p.Parent() {
		switch {
		case p.Is(pdfType), p.Is(jpeg), p.Is(png):
			return single(f, size, head, mediaType)
		case p.Is(zipped):
			t, why := container(f, size, 0)
			return t, why, nil
		case p.Is("application/x-ole-storage"):
			// Office encrypts a document into the container of its older format.
			found, err := seen(io.NewSectionReader(f, 0, size), utf16le("EncryptedPackage"))
			if err == nil && found[0] {
				return octets, Encrypted, nil
			}
			return mediaType, "", err
		}
	}
	return mediaType, "", nil
}

// single looks at a file of a kind that is no container.
func single(f io.ReaderAt, size int64, head []byte, mediaType string) (string, Why, error) {
	lower := bytes.ToLower(head)
	for _, tag := range []string{"<html", "<script", "<!doctype html"} {
		if bytes.Contains(lower, []byte(tag)) {
			return octets, Mixed, nil
		}
	}
	// Archives are read from their end, or from wherever they begin.
	tail, err := piece(f, max(0, size-zipEndMost), min(size, zipEndMost))
	if err != nil {
		return "", "", err
	}
	if bytes.Contains(tail, []byte(zipEnd)) {
		return octets, Mixed, nil
	}
	found, err := seen(io.NewSectionReader(f, 0, size), zipEnd+"\x00\x00\x00\x00", "Rar!\x1a\x07", "7z\xbc\xaf\x27\x1c")
	if err != nil {
		return "", "", err
	}
	if slices.Contains(found, true) {
		return octets, Mixed, nil
	}
	var why Why
	switch mediaType {
	case pdfType:
		why, err = checkPDF(f, size)
	case jpeg:
		why, err = checkJPEG(f, size)
	case png:
		why, err = checkPNG(f, size)
	}
	return mediaType, why, err
}

// piece reads n bytes at the place.
func piece(f io.ReaderAt, at, n int64) ([]byte, error) {
	b := make([]byte, n)
	got, err := f.ReadAt(b, at)
	if got == len(b) {
		err = nil
	}
	return b[:got], err
}

// seen reads all of it and tells which of the needles it has.
func seen(in io.Reader, needles ...string) ([]bool, error) {
	found := make([]bool, len(needles))
	err := windows(in, func(w []byte) bool {
		for i, n := range needles {
			found[i] = found[i] || bytes.Contains(w, []byte(n))
		}
		return true
	})
	return found, err
}

// windows calls with every part of what it reads. Each overlaps the one before
// by 256 bytes, the longest that a needle may be. It stops when the function
// says no.
func windows(in io.Reader, each func([]byte) bool) error {
	const overlap = 256
	buf := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := io.ReadFull(in, buf[kept:])
		w := buf[:kept+n]
		if n > 0 && !each(w) {
			return nil
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		}
		if err != nil {
			return err
		}
		kept = copy(buf, w[len(w)-overlap:])
	}
}

func utf16le(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		b.WriteByte(0)
	}
	return b.String()
}

// padding tells whether there is nothing but zeros, 0xFF and white space.
func padding(b []byte) bool {
	return len(bytes.Trim(b, "\x00\xff \t\r\n\f")) == 0
}
