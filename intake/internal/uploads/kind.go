package uploads

import (
	"archive/zip"
	"io"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

const (
	octets = "application/octet-stream"
	docx   = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	xlsx   = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// kind finds a file's media type in its bytes. What the client says about it
// is of no interest. A ZIP container is opened, since documents with macros
// look from outside like those without: with them it is no kind at all.
func kind(f io.ReaderAt, size int64) (string, error) {
	if size == 0 {
		return octets, nil
	}
	m, err := mimetype.DetectReader(io.NewSectionReader(f, 0, size))
	if err != nil {
		return "", err
	}
	for p := m; p != nil; p = p.Parent() {
		if p.Is("application/zip") {
			return container(f, size), nil
		}
	}
	mediaType, _, _ := strings.Cut(m.String(), ";")
	return mediaType, nil
}

// container tells what an Office Open XML file is (ECMA-376, part 2). Only the
// directory is read, nothing is unpacked.
func container(f io.ReaderAt, size int64) string {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return octets
	}
	found := "application/zip"
	for _, e := range z.File {
		name := strings.ToLower(e.Name)
		switch {
		case strings.Contains(name, "vbaproject") || strings.Contains(name, "vbadata") || strings.HasSuffix(name, ".bin") && strings.Contains(name, "macro"):
			return octets
		case name == "word/document.xml":
			found = docx
		case name == "xl/workbook.xml":
			found = xlsx
		}
	}
	return found
}
