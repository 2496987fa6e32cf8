package mail

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-message"

	"waijiao/internal/locale"
)

// Office writes the mail to the office: the answers as a table in text and in
// HTML, and the files. It is in Chinese, the office's language. A reply goes
// to the person who sent the form. With Writer.PGP nothing of that person is
// outside of what is encrypted.
func (w Writer) Office(l Letter) ([]byte, error) {
	const lang = locale.ZH
	id := l.Reference + ".office"
	if l.Copy > 1 {
		id += "." + strconv.Itoa(l.Copy)
	}
	var outer fields
	w.top(&outer, top{at: l.Accepted, to: l.To, lang: lang, site: l.Site, id: id})
	inner := outer.clone()
	if l.From.Mailbox != "" {
		inner.address("Reply-To", l.From)
	}
	subject := "[" + l.Reference + "] " + l.Form.In(lang)
	outer.text("Subject", subject)
	if l.Subject != "" {
		subject += "：" + l.Subject
	}
	inner.text("Subject", subject)
	p := officePage(l, lang, w.PGP != nil)
	if w.PGP == nil {
		return w.write(inner, p, l.Reference, l.Attachments)
	}
	return w.encrypt(outer, inner, p, l.Reference, l.Attachments)
}

// Receipt writes the mail to the person who sent the form, in the language of
// the page that was used. It goes to an address that nobody has verified, so
// nothing that the sender typed is in it.
func (w Writer) Receipt(l Letter) ([]byte, error) {
	var f fields
	w.top(&f, top{at: l.Accepted, to: l.To, lang: l.Lang, site: l.Site, id: l.Reference + ".receipt"})
	f.text("Subject", locale.Tf("已收到：%s（%s）", "Received: %s (%s)", l.Form.In(l.Lang), l.Reference).In(l.Lang))
	return w.write(f, receiptPage(l), l.Reference, nil)
}

// top is what the fields say that all our mails have.
type top struct {
	at   time.Time
	to   string
	lang locale.Lang
	site locale.Text
	// id and after are the left parts of this mail's Message-ID and of that of
	// the mail whose thread it continues; after may be empty.
	id, after string
}

// top adds those fields. No mail of ours answers another mail, so all are
// auto-generated and none auto-replied (RFC 3834 section 5), and machines do
// not answer them; X-Auto-Response-Suppress says the same to Exchange. There
// are no Precedence or List fields: each mail is for one person, who waits for
// it.
func (w Writer) top(f *fields, t top) {
	f.tokens("Date", t.at.In(locale.Beijing()).Format(time.RFC1123Z))
	from := w.From
	if from.Name == "" {
		from.Name = t.site.In(t.lang)
	}
	f.address("From", from)
	f.address("To", Address{Mailbox: t.to})
	f.messageID("Message-ID", t.id, w.From.domain())
	if t.after != "" {
		f.messageID("In-Reply-To", t.after, w.From.domain())
		f.messageID("References", t.after, w.From.domain())
	}
	f.tokens("Auto-Submitted", "auto-generated")
	f.tokens("X-Auto-Response-Suppress", "All")
	f.tokens("MIME-Version", "1.0")
	f.tokens("Content-Language", t.lang.Tag())
}

// write makes the finished message of a page and files.
func (w Writer) write(f fields, p *page, title string, files []Attachment) ([]byte, error) {
	b, err := w.entity(f, p, title, files)
	if err != nil {
		return nil, err
	}
	return w.DKIM.sign(b)
}

// entity makes a MIME entity of a page and files. The parameters are added to
// those of its Content-Type.
func (w Writer) entity(f fields, p *page, title string, files []Attachment, params ...string) ([]byte, error) {
	text, html := p.text.String(), document(p.first(), title, p.html.String())
	if !utf8.ValidString(text) || !utf8.ValidString(html) {
		return nil, errors.New("mail: an answer is not UTF-8")
	}
	kind := "multipart/alternative"
	if len(files) > 0 {
		kind = "multipart/mixed"
	}
	f.tokens("Content-Type", parameters(kind, append(parameter("boundary", w.Boundary()), params...)...)...)
	header, err := f.header()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	mw, err := message.CreateWriter(&b, header)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	alternative := mw
	if len(files) > 0 {
		var part fields
		part.tokens("Content-Type", parameters("multipart/alternative", parameter("boundary", w.Boundary())...)...)
		if alternative, err = create(mw, part); err != nil {
			return nil, err
		}
	}
	for _, body := range []struct{ kind, text string }{{"text/plain", text}, {"text/html", html}} {
		var part fields
		part.tokens("Content-Type", body.kind+";", "charset=utf-8")
		part.tokens("Content-Transfer-Encoding", "base64")
		part.tokens("Content-Language", p.first().Tag())
		if err := write(alternative, part, crlf([]byte(body.text))); err != nil {
			return nil, err
		}
	}
	if len(files) > 0 {
		if err := alternative.Close(); err != nil {
			return nil, fmt.Errorf("mail: %w", err)
		}
	}
	for _, a := range files {
		var part fields
		if !part.safe("file name", a.Name) {
			return nil, part.err
		}
		part.tokens("Content-Type", attachable(a.Type))
		part.tokens("Content-Transfer-Encoding", "base64")
		part.tokens("Content-Disposition", parameters("attachment", parameter("filename", a.Name)...)...)
		if err := write(mw, part, a.Data); err != nil {
			return nil, err
		}
	}
	if err := mw.Close(); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return b.Bytes(), nil
}

// crlf ends every line with CRLF.
func crlf(b []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
}

// attachable keeps types whose parts may be base64 without further rules: a
// message or a text has a charset, line ends and inner parts to look after.
func attachable(mediaType string) string {
	for _, kind := range []string{"application/", "image/", "audio/", "video/"} {
		if strings.HasPrefix(mediaType, kind) {
			return mediaType
		}
	}
	return "application/octet-stream"
}

func create(to *message.Writer, f fields) (*message.Writer, error) {
	header, err := f.header()
	if err != nil {
		return nil, err
	}
	part, err := to.CreatePart(header)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return part, nil
}

func write(to *message.Writer, f fields, body []byte) error {
	part, err := create(to, f)
	if err != nil {
		return err
	}
	if _, err = part.Write(body); err == nil {
		err = part.Close()
	}
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	return nil
}
