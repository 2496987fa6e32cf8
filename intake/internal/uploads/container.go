package uploads

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
)

// What a ZIP container may hold. Documents stay far below.
const (
	entriesMost  = 4000
	unpackedMost = 200 << 20 // bytes, by its directory
	ratioMost    = 200       // of one entry,
	ratioFrom    = 1 << 20   // if it has more bytes than these
	nestedMost   = 8 << 20   // bytes of a document in a document
	partMost     = 4 << 20   // bytes of a part that is read as XML
)

// container tells what an Office Open XML file is (ECMA-376, part 2), and
// whether it is one that may be opened without thought.
func container(f io.ReaderAt, size int64, depth int) (string, Why) {
	if !endsAsZIP(f, size) {
		return octets, Mixed
	}
	z, err := zip.NewReader(f, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return octets, Damaged
	}
	if why := directory(z.File); why != "" {
		return octets, why
	}
	types := map[string]bool{}
	for _, e := range z.File {
		if strings.HasSuffix(e.Name, "/") {
			continue
		}
		if why := part(e, types, depth); why != "" {
			return octets, why
		}
	}
	const main = ".main+xml"
	isDoc, isSheet := types[docx+main], types[xlsx+main]
	switch {
	case isDoc && isSheet:
		return octets, Mixed
	case isDoc:
		return docx, ""
	case isSheet:
		return xlsx, ""
	}
	return zipped, ""
}

// endsAsZIP tells whether the file begins with a local file header and ends
// with the end of the directory (APPNOTE 4.3.16) without a comment, so that
// nothing else is before or behind. Damaged ones are left to the reader.
func endsAsZIP(f io.ReaderAt, size int64) bool {
	head, err := piece(f, 0, min(size, 4))
	if err != nil || string(head) != "PK\x03\x04" {
		return false
	}
	tail, err := piece(f, max(0, size-zipEndMost), min(size, zipEndMost))
	if err != nil {
		return false
	}
	at := bytes.LastIndex(tail, []byte(zipEnd))
	return at < 0 || at+zipEndSize == len(tail) && binary.LittleEndian.Uint16(tail[at+20:]) == 0
}

// directory judges what the container says of its entries, before anything is
// unpacked.
func directory(entries []*zip.File) Why {
	if len(entries) > entriesMost {
		return Packed
	}
	const encrypted = 1 << 0
	var total uint64
	names := map[string]bool{}
	for _, e := range entries {
		name := strings.ToLower(e.Name)
		total += e.UncompressedSize64
		switch {
		case e.Flags&encrypted != 0:
			return Encrypted
		case total > unpackedMost || e.UncompressedSize64 > unpackedMost ||
			e.UncompressedSize64 > ratioFrom && e.UncompressedSize64/ratioMost > e.CompressedSize64:
			return Packed
		case names[name] || outside(name):
			return Mixed
		}
		names[name] = true
	}
	return ""
}

// outside tells whether a name leads out of the container, or is one that
// readers would not all understand alike.
func outside(name string) bool {
	return name == "" || path.IsAbs(name) || strings.ContainsAny(name, "\\:\x00\r\n") ||
		path.Clean(name) != strings.TrimSuffix(name, "/") || strings.HasPrefix(path.Clean(name), "..")
}

// part looks at one entry, and notes the content types that the container
// declares.
func part(e *zip.File, types map[string]bool, depth int) Why {
	name := strings.ToLower(e.Name)
	for _, sign := range []string{"vbaproject", "vbadata", "macrosheets/", "xl/dialogsheets/", "activex/"} {
		if strings.Contains(name, sign) {
			return Active
		}
	}
	r, err := e.Open()
	if err != nil {
		return Damaged
	}
	defer r.Close()
	// A directory may lie about the size.
	in := io.LimitReader(r, unpackedMost)
	head := make([]byte, 8)
	n, err := io.ReadFull(in, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return Damaged
	}
	head = head[:n]
	in = io.MultiReader(bytes.NewReader(head), in)
	switch {
	case name == "[content_types].xml":
		return contentTypes(in, types)
	case strings.HasSuffix(name, ".rels"):
		return relationships(in)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return oleObject(in)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return nested(name, in, depth)
	case bytes.HasPrefix(head, []byte("Rar!\x1a\x07")), bytes.HasPrefix(head, []byte("7z\xbc\xaf\x27\x1c")):
		return Packed
	case bytes.HasPrefix(head, []byte("MZ")) && path.Ext(name) != ".odttf", // a font, scrambled to noise
		bytes.HasPrefix(head, []byte("\x7fELF")):
		return Active
	}
	return ""
}

// contentTypes reads [Content_Types].xml (ECMA-376, part 2, 7.2.3).
func contentTypes(in io.Reader, types map[string]bool) Why {
	why := Why("")
	err := elements(in, func(_ string, attr map[string]string) {
		t := strings.ToLower(strings.TrimSpace(attr["ContentType"]))
		types[t] = true
		for _, sign := range []string{"macroenabled", "vbaproject", "vbadata", "macrosheet", "activex"} {
			if strings.Contains(t, sign) {
				why = Active
			}
		}
	})
	if err != nil {
		return Damaged
	}
	return why
}

// relationships finds templates and objects that a document would fetch from
// another machine when it is opened, and with them their macros.
func relationships(in io.Reader) Why {
	why := Why("")
	err := elements(in, func(_ string, attr map[string]string) {
		target := strings.ToLower(strings.TrimSpace(attr["Target"]))
		if !strings.EqualFold(attr["TargetMode"], "External") {
			return
		}
		switch strings.ToLower(path.Base(attr["Type"])) {
		case "attachedtemplate", "oleobject", "frame", "subdocument":
			local := strings.HasPrefix(target, "file:///") && !strings.Contains(target, `\\`) && !strings.HasPrefix(target, "file:////")
			if !local && strings.Contains(target, ":") || strings.HasPrefix(target, `\\`) || strings.HasPrefix(target, "//") {
				why = Active
			}
		}
	})
	if err != nil {
		return Damaged
	}
	return why
}

// elements calls with every element of an XML part and its attributes. What is
// not UTF-8 or declares entities is an error: Office writes neither, and
// readers differ in what they make of it.
func elements(in io.Reader, each func(name string, attr map[string]string)) error {
	b, err := io.ReadAll(io.LimitReader(in, partMost+1))
	if err != nil {
		return err
	}
	if len(b) > partMost {
		return errors.New("too long")
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.Directive:
			return errors.New("a document type")
		case xml.StartElement:
			attr := map[string]string{}
			for _, a := range t.Attr {
				attr[a.Name.Local] = a.Value
			}
			each(t.Name.Local, attr)
		}
	}
}

// oleObject looks into an object of the older format for macros and for files
// of any kind that are packed as objects.
func oleObject(in io.Reader) Why {
	found, err := seen(in, utf16le("_VBA_PROJECT"), utf16le("Macros"), utf16le("Ole10Native"), utf16le("EncryptedPackage"))
	switch {
	case err != nil:
		return Damaged
	case slices.Contains(found, true):
		return Active
	}
	return ""
}

// nested lets a document hold documents, such as the tables behind its charts,
// but these nothing more, and no other archive.
func nested(name string, in io.Reader, depth int) Why {
	if ext := path.Ext(name); depth > 0 || ext != ".xlsx" && ext != ".docx" {
		return Packed
	}
	b, err := io.ReadAll(io.LimitReader(in, nestedMost+1))
	if err != nil {
		return Damaged
	}
	if len(b) > nestedMost {
		return Packed
	}
	t, why := container(bytes.NewReader(b), int64(len(b)), depth+1)
	if why == "" && t != docx && t != xlsx {
		return Packed
	}
	return why
}
