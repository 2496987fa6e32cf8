package uploads

import (
	"bytes"
	"encoding/hex"
	"io"
)

// checkPDF wants a PDF (ISO 32000-2) from the first byte to the last, without
// scripts, programs to launch and files attached inside. Scanners and word
// processors write none of these. Names are found where they stand in the
// clear, escaped (#4A) or not; compressed object streams (7.5.7) are not looked
// into.
func checkPDF(f io.ReaderAt, size int64) (Why, error) {
	head, err := piece(f, 0, min(size, 5))
	if err != nil || string(head) != "%PDF-" {
		return Damaged, err
	}
	// Writers that pad to whole blocks exist.
	const tailSize = 4096 + 1024
	tail, err := piece(f, max(0, size-tailSize), min(size, tailSize))
	if err != nil {
		return Damaged, err
	}
	end := bytes.LastIndex(tail, []byte("%%EOF"))
	switch {
	case end < 0:
		return Damaged, nil
	case !padding(tail[end+len("%%EOF"):]):
		return Mixed, nil
	}
	why := Why("")
	err = windows(io.NewSectionReader(f, 0, size), func(w []byte) bool {
		if why = active(w); why == "" && bytes.IndexByte(w, '#') >= 0 {
			why = active(unescape(w))
		}
		return why == ""
	})
	return why, err
}

func active(w []byte) Why {
	switch {
	case hasName(w, "/JavaScript"), hasName(w, "/Launch"):
		return Active
	case hasName(w, "/EmbeddedFile"), hasName(w, "/EmbeddedFiles"):
		return Attached
	}
	return ""
}

// hasName finds a whole name: one that ends where a delimiter or white space
// stands (7.2.3).
func hasName(w []byte, name string) bool {
	for {
		i := bytes.Index(w, []byte(name))
		if i < 0 {
			return false
		}
		w = w[i+len(name):]
		// At the end of a window: the next one shows what follows.
		if len(w) > 0 && bytes.IndexByte([]byte("\x00\t\n\f\r ()<>[]{}/%"), w[0]) >= 0 {
			return true
		}
	}
}

// unescape writes out the #xx of names (7.3.5).
func unescape(w []byte) []byte {
	out := make([]byte, 0, len(w))
	for i := 0; i < len(w); i++ {
		var b [1]byte
		if w[i] == '#' && i+2 < len(w) {
			if _, err := hex.Decode(b[:], w[i+1:i+3]); err == nil {
				out = append(out, b[0])
				i += 2
				continue
			}
		}
		out = append(out, w[i])
	}
	return out
}
