package uploads

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	jpegfile "image/jpeg"
	pngfile "image/png"
	"math/rand/v2"
	"strings"
	"testing"
)

// entry is a file in an archive.
type entry struct{ name, content string }

func archive(t testing.TB, entries ...entry) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(e.content))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func declared(types ...string) entry {
	s := `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>`
	for i, t := range types {
		s += fmt.Sprintf(`<Override PartName="/p%d.xml" ContentType="%s"/>`, i, t)
	}
	return entry{"[Content_Types].xml", s + `</Types>`}
}

// document is a DOCX, with more in it.
func document(t testing.TB, more ...entry) string {
	t.Helper()
	return archive(t, append([]entry{declared(docx + ".main+xml"), {"word/document.xml", "<w:document/>"}}, more...)...)
}

func sheet(t testing.TB, more ...entry) string {
	t.Helper()
	return archive(t, append([]entry{declared(xlsx + ".main+xml"), {"xl/workbook.xml", "<workbook/>"}}, more...)...)
}

// doctored changes what the directory of an archive says of its first entry.
func doctored(t testing.TB, file string, change func(central []byte)) string {
	t.Helper()
	b := []byte(file)
	i := bytes.Index(b, []byte("PK\x01\x02"))
	if i < 0 {
		t.Fatal("no directory")
	}
	change(b[i:])
	return string(b)
}

const pdf = "%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"

// pdfWith is a PDF with more in it.
func pdfWith(more string) string { return strings.Replace(pdf, "1 0 obj", more+"\n1 0 obj", 1) }

func picture() *image.Gray {
	p := image.NewGray(image.Rect(0, 0, 64, 64))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range p.Pix {
		p.Pix[i] = byte(r.Uint32())
	}
	return p
}

func jpegOf(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := jpegfile.Encode(&b, picture(), nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func pngOf(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := pngfile.Encode(&b, picture()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gifOf(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.Black, color.White}), nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// film is what telephones put behind a moving picture.
func filmOf() string {
	box := func(name, content string) string {
		return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(content)))) + name + content
	}
	return box("ftyp", "mp42\x00\x00\x00\x00") + box("moov", "x") + box("mdat", strings.Repeat("m", 1000))
}

func samsungOf() string {
	directory := "SEFH" + strings.Repeat("\x00", 20)
	return "Image_UTC_Data1234567890" + directory + string(binary.LittleEndian.AppendUint32(nil, uint32(len(directory)))) + "SEFT"
}

func ole(names ...string) string {
	s := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 504)
	for _, n := range names {
		s += utf16le(n) + strings.Repeat("\x00", 100)
	}
	return s
}

type kindCase struct {
	content, want string
	why           Why
}

func TestWhatAnOfficeReallyGets(t *testing.T) {
	for name, c := range map[string]kindCase{
		"pdf":                            {pdf, pdfType, ""},
		"pdf, padded to a block":         {pdf + strings.Repeat("\x00", 3000), pdfType, ""},
		"pdf with links":                 {pdfWith("<</S/URI/URI(https://example.org)>>"), pdfType, ""},
		"pdf that writes of JavaScript":  {pdfWith("(on JavaScript, and /JavaScripting)"), pdfType, ""},
		"pdf, form":                      {pdfWith("<</AcroForm<</Fields[]>>>>"), pdfType, ""},
		"png":                            {pngOf(t), png, ""},
		"png, padded":                    {pngOf(t) + "\x00\x00\n", png, ""},
		"jpeg":                           {jpegOf(t), jpeg, ""},
		"jpeg, padded":                   {jpegOf(t) + strings.Repeat("\x00", 5000) + "\xff\xff", jpeg, ""},
		"jpeg, two images":               {jpegOf(t) + jpegOf(t) + "\x00" + jpegOf(t), jpeg, ""},
		"jpeg, moving":                   {jpegOf(t) + filmOf(), jpeg, ""},
		"jpeg, two images and moving":    {jpegOf(t) + jpegOf(t) + filmOf(), jpeg, ""},
		"jpeg, padded, moving, Samsung":  {jpegOf(t) + "\x00\x00\x00\x00" + filmOf() + samsungOf(), jpeg, ""},
		"jpeg of a Samsung":              {jpegOf(t) + samsungOf(), jpeg, ""},
		"docx":                           {document(t), docx, ""},
		"docx, other order":              {archive(t, entry{"docProps/app.xml", "<x/>"}, entry{"word/document.xml", "<x/>"}, declared(docx+".main+xml")), docx, ""},
		"docx, other name of the part":   {archive(t, declared(docx+".main+xml"), entry{"word/document2.xml", "<x/>"}), docx, ""},
		"docx with folders":              {document(t, entry{"word/media/", ""}, entry{"word/media/image1.jpeg", jpegOf(t)}), docx, ""},
		"docx with a chart's table":      {document(t, entry{"word/embeddings/Microsoft_Excel_Sheet1.xlsx", sheet(t)}), docx, ""},
		"docx with an equation":          {document(t, entry{"word/embeddings/oleObject1.bin", ole("Root Entry", "MathType")}), docx, ""},
		"docx with a template at home":   {document(t, rels("attachedTemplate", `file:///C:\Users\x\Normal.dotm`)), docx, ""},
		"docx with a link":               {document(t, rels("hyperlink", "https://example.org/")), docx, ""},
		"docx with a scrambled font":     {document(t, entry{"word/fonts/font1.odttf", "MZ noise"}), docx, ""},
		"xlsx":                           {sheet(t), xlsx, ""},
		"xlsx with a printer's settings": {sheet(t, entry{"xl/printerSettings/printerSettings1.bin", utf16le("Printer")}), xlsx, ""},
		"xlsx, many cells alike":         {sheet(t, entry{"xl/worksheets/sheet1.xml", strings.Repeat("<c/>", 200_000)}), xlsx, ""},
		"text":                           {"plain", "text/plain", ""},
		"script as pdf":                  {"<html><script>", "text/html", ""},
		"any archive":                    {archive(t, entry{"a.txt", "x"}), zipped, ""},
		"gif":                            {gifOf(t), "image/gif", ""},
		"empty":                          {"", octets, ""},
	} {
		check(t, name, c)
	}
}

func rels(kind, target string) entry {
	return entry{"word/_rels/settings.xml.rels", `<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/` + kind + `" Target="` + target + `" TargetMode="External"/></Relationships>`}
}

func TestWhatIsNoKindAtAll(t *testing.T) {
	inside := archive(t, entry{"evil.js", "x"})
	commented := func() string { // an archive that ends like a PDF
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		z.SetComment("\n%%EOF\n")
		z.Create("evil.js")
		z.Close()
		return b.String()
	}()
	many := make([]entry, entriesMost+1)
	for i := range many {
		many[i].name = fmt.Sprint("x", i)
	}
	const macroMain = "application/vnd.ms-word.document.macroEnabled.main+xml"
	for name, c := range map[string]kindCase{
		// Two in one.
		"gif and pdf":                   {gifOf(t)[:len(gifOf(t))-1] + "\x21\xfe\x09%PDF-1.7\n" + pdf, octets, Mixed},
		"jpeg and pdf":                  {strings.Replace(jpegOf(t), "\xff\xd8", "\xff\xd8\xff\xfe\x00\x0b%PDF-1.7\n", 1), octets, Mixed},
		"archive and pdf":               {archive(t, entry{"%PDF-1.7", pdf}), octets, Mixed},
		"text before a pdf":             {"hello\n" + pdf, octets, Mixed},
		"pdf with an archive behind":    {pdf + inside, octets, Mixed},
		"pdf and archive, ends as both": {strings.TrimSuffix(pdf, "%%EOF\n") + commented, octets, Mixed},
		"pdf with an archive inside":    {pdfWith("stream\n"+inside+"\nendstream") + strings.Repeat(" ", 3000), octets, Mixed},
		"pdf with a rar inside":         {pdfWith("stream\nRar!\x1a\x07\x00\nendstream"), octets, Mixed},
		"pdf with html in its head":     {pdfWith("<HTML><body>"), octets, Mixed},
		"pdf with text behind":          {pdf + "<script>", octets, Mixed},
		"jpeg with an archive behind":   {jpegOf(t) + inside, octets, Mixed},
		"jpeg with text behind":         {jpegOf(t) + "<?php", octets, Mixed},
		"jpeg, film, archive":           {jpegOf(t) + filmOf() + inside, octets, Mixed},
		"jpeg, Samsung's end only":      {jpegOf(t) + "xxxxxxxxxxxxxxxxxx\xff\xff\x00\x00SEFT", octets, Mixed},
		"jpeg with a rar in a film":     {jpegOf(t) + strings.Replace(filmOf(), "mmmmmmm", "Rar!\x1a\x07\x00", 1), octets, Mixed},
		"png with an archive behind":    {pngOf(t) + inside, octets, Mixed},
		"png with text behind":          {pngOf(t) + "x", octets, Mixed},
		"png with a script in it":       {scripted(t), octets, Mixed},
		"docx with text behind":         {document(t) + "x", octets, Mixed},
		"docx with a comment":           {commented, octets, Mixed},
		"docx, one name twice":          {document(t, entry{"Word/Document.xml", "<x/>"}), octets, Mixed},
		"docx and xlsx":                 {archive(t, declared(docx+".main+xml", xlsx+".main+xml")), octets, Mixed},
		"path upwards":                  {document(t, entry{"../evil", "x"}), octets, Mixed},
		"path upwards, inside":          {document(t, entry{"word/../../evil", "x"}), octets, Mixed},
		"absolute path":                 {document(t, entry{"/etc/passwd", "x"}), octets, Mixed},
		"path of Windows":               {document(t, entry{`word\evil.exe`, "x"}), octets, Mixed},
		"drive":                         {document(t, entry{`C:evil`, "x"}), octets, Mixed},

		// What acts.
		"pdf, script":             {pdfWith("<</S/JavaScript/JS(app.alert\\(1\\))>>"), octets, Active},
		"pdf, escaped script":     {pdfWith("<</S/J#61vaScr#69pt/JS(x)>>"), octets, Active},
		"pdf, launch":             {pdfWith("<</S /Launch /F(cmd.exe)>>"), octets, Active},
		"pdf, script far inside":  {pdfWith(strings.Repeat("x", 65_536-100) + "/JavaScript " + strings.Repeat("y", 100_000)), octets, Active},
		"pdf, files":              {pdfWith("<</Names<</EmbeddedFiles 2 0 R>>>>"), octets, Attached},
		"docm dressed as docx":    {document(t, entry{"word/vbaProject.bin", "x"}), octets, Active},
		"macros elsewhere":        {document(t, entry{"customXml/VBAproject2.bin", "x"}), octets, Active},
		"declares macros":         {archive(t, declared(macroMain), entry{"word/document.xml", "<x/>"}), octets, Active},
		"declares macros, hidden": {archive(t, declared(docx+".main+xml", "application/vnd.ms-office.&#118;baProject")), octets, Active},
		"excel 4 macros":          {sheet(t, entry{"xl/macrosheets/sheet1.xml", "<x/>"}), octets, Active},
		"activex":                 {document(t, entry{"word/activeX/activeX1.xml", "<x/>"}), octets, Active},
		"object with macros":      {document(t, entry{"word/embeddings/oleObject1.bin", ole("Root Entry", "_VBA_PROJECT")}), octets, Active},
		"object under any name":   {document(t, entry{"word/media/image1.png", ole(strings.Repeat("x", 40_000), "Macros")}), octets, Active},
		"packed program":          {document(t, entry{"word/embeddings/oleObject1.bin", ole("\x01Ole10Native")}), octets, Active},
		"program":                 {document(t, entry{"word/media/image1.png", "MZ\x90\x00"}), octets, Active},
		"template elsewhere":      {document(t, rels("attachedTemplate", "https://evil.example.org/x.dotm")), octets, Active},
		"template on a share":     {document(t, rels("attachedTemplate", `file:///\\evil.example.org\x.dotm`)), octets, Active},
		"object elsewhere":        {document(t, rels("oleObject", "mhtml:https://evil.example.org/x!x")), octets, Active},
		"macros in a table":       {document(t, entry{"word/embeddings/Sheet.xlsx", sheet(t, entry{"xl/vbaProject.bin", "x"})}), octets, Active},

		// What unpacks to more.
		"bomb, one entry":       {document(t, entry{"word/a.xml", strings.Repeat("\x00", 2<<20)}), octets, Packed},
		"bomb, as declared":     {doctored(t, document(t), func(b []byte) { binary.LittleEndian.PutUint32(b[24:], 3<<30) }), octets, Packed},
		"thousands of entries":  {archive(t, many...), octets, Packed},
		"archive in a document": {document(t, entry{"word/embeddings/a.zip", inside}), octets, Packed},
		"archive as a picture":  {document(t, entry{"word/media/image1.png", inside}), octets, Packed},
		"archive as a table":    {document(t, entry{"word/embeddings/a.xlsx", inside}), octets, Packed},
		"nested twice":          {document(t, entry{"word/embeddings/a.xlsx", sheet(t, entry{"xl/embeddings/a.docx", document(t)})}), octets, Packed},
		"rar in a document":     {document(t, entry{"word/embeddings/a.bin", "Rar!\x1a\x07\x00"}), octets, Packed},

		"encrypted entry":              {doctored(t, document(t), func(b []byte) { b[8] |= 1 }), octets, Encrypted},
		"document in a safe":           {ole("Root Entry", "EncryptionInfo", "EncryptedPackage"), octets, Encrypted},
		"pdf, cut off":                 {pdf[:len(pdf)-8], octets, Damaged},
		"png, cut off":                 {pngOf(t)[:len(pngOf(t))-9], octets, Damaged},
		"png, signature only":          {"\x89PNG\r\n\x1a\n", octets, Damaged},
		"jpeg, cut off":                {jpegOf(t)[:len(jpegOf(t))-2], octets, Damaged},
		"jpeg, beginning only":         {"\xff\xd8\xff\xe0", octets, Damaged},
		"archive, cut off":             {document(t)[:200], octets, Damaged},
		"archive, broken":              {"PK\x03\x04broken", octets, Damaged},
		"unknown compression":          {doctored(t, document(t), func(b []byte) { b[10] = 99 }), octets, Damaged},
		"entries before the file":      {"PK\x03\x04PK\x01\x0200000000000000000000000\x00\x13\x00\x00\x00\x00\x00000000000\x00\x00\x000000000000000000000PK\x01\x0200000000000000000000000\x00\x11\x00\x00\x00\x00\x0000000000000000000000000000000PK\x05\x06000000\x02\x00\x80\x00\x00\x000000\x00\x00", octets, Damaged},
		"declares in another encoding": {archive(t, entry{"[Content_Types].xml", "\xff\xfe" + utf16le("<Types/>")}), octets, Damaged},
		"declares with entities":       {archive(t, entry{"[Content_Types].xml", `<!DOCTYPE x [<!ENTITY a "b">]><Types/>`}), octets, Damaged},
	} {
		check(t, name, c)
		if c.why != "" && (c.why.Text().ZH == "" || c.why.Text().EN == "") {
			t.Errorf("%s has no text", c.why)
		}
	}
}

// scripted is a PNG with HTML in a comment at its beginning.
func scripted(t testing.TB) string {
	t.Helper()
	chunk := "tEXt<script>alert(1)</script>"
	whole := string(binary.BigEndian.AppendUint32(nil, uint32(len(chunk)-4))) + chunk + string(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(chunk))))
	p := pngOf(t)
	return p[:33] + whole + p[33:]
}

func check(t *testing.T, name string, c kindCase) {
	t.Helper()
	got, why, err := kind(strings.NewReader(c.content), int64(len(c.content)))
	if err != nil || got != c.want || why != c.why {
		t.Errorf("%s: %s %q %v, want %s %q", name, got, why, err, c.want, c.why)
	}
}

// A fault of the disk is not the file's.
func TestAFaultOfTheDiskIsTold(t *testing.T) {
	fault := errors.New("input/output error")
	for name, content := range map[string]string{"pdf": pdf, "docx": document(t), "png": pngOf(t), "jpeg": jpegOf(t)} {
		for good := range 3 {
			d := &faulty{strings.NewReader(content), good, fault}
			if _, _, err := kind(d, int64(len(content))); !errors.Is(err, fault) {
				t.Errorf("%s, read %d: %v", name, good, err)
			}
		}
	}
}

type faulty struct {
	*strings.Reader
	good int
	err  error
}

func (f *faulty) ReadAt(p []byte, off int64) (int, error) {
	if f.good--; f.good < 0 {
		return 0, f.err
	}
	return f.Reader.ReadAt(p, off)
}

func FuzzKind(f *testing.F) {
	for _, s := range []string{pdf, document(f), sheet(f), pngOf(f), jpegOf(f), jpegOf(f) + filmOf(), jpegOf(f) + samsungOf(), ole("EncryptedPackage"), archive(f, entry{"a", "b"})} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, why, err := kind(bytes.NewReader(b), int64(len(b)))
		if err != nil || got == "" || why != "" && got != octets {
			t.Fatal(got, why, err)
		}
		if got == pdfType && (!bytes.HasPrefix(b, []byte("%PDF-")) || !bytes.Contains(b, []byte("%%EOF"))) {
			t.Fatal("not a PDF")
		}
	})
}

func TestNamesAreCleaned(t *testing.T) {
	for in, want := range map[string]string{
		"letter.pdf": "letter.pdf", "../../etc/passwd": "passwd", `C:\Users\x\公函 1.pdf`: "公函 1.pdf", `..\..\x.pdf`: "x.pdf",
		"a\r\nBcc: x@example.org.pdf": "a Bcc: x@example.org.pdf", "a\x00b\u2028c\u2029d\x7f.pdf": "a b c d .pdf",
		"photo\u202egpj.exe": "photogpj.exe", "\u2066x\u2069\u200b\ufeff.pdf": "x.pdf", "Cafe\u0301.pdf": "Café.pdf",
		"": "file", "..": "file", "/": "file", "\u202e": "file", "\u061cx": "x", " . ": "file", "\xff.pdf": "\ufffd.pdf", "می\u200cخواهم.pdf": "می\u200cخواهم.pdf",
	} {
		if got := cleanName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if got := cleanName(want); got != want {
			t.Errorf("%q is cleaned again: %q", want, got)
		}
	}
	long := cleanName(strings.Repeat("长", 400) + ".docx")
	if len([]rune(long)) != 255 || !strings.HasSuffix(long, ".docx") || !strings.Contains(long, "…") {
		t.Errorf("%d %s", len([]rune(long)), long)
	}
}
