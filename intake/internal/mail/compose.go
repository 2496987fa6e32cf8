package mail

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-message"

	"waijiao/internal/locale"
)

// Office writes the mail to the office: the answers as a table in text and in
// HTML, and the files. It is in Chinese, the office's language. A reply goes
// to the person who sent the form.
func (w Writer) Office(l Letter) ([]byte, error) {
	const lang = locale.ZH
	var f fields
	w.common(&f, l, lang, "office")
	if l.From.Mailbox != "" {
		f.address("Reply-To", l.From)
	}
	subject := "[" + l.Reference + "] " + l.Form.In(lang)
	if l.Subject != "" {
		subject += "：" + l.Subject
	}
	f.text("Subject", subject)
	return w.assemble(f, lang, officeText(l, lang), officeHTML(l, lang), l.Attachments)
}

// Receipt writes the mail to the person who sent the form, in the language of
// the page that was used. It goes to an address that nobody has verified, so
// nothing that the sender typed is in it.
func (w Writer) Receipt(l Letter) ([]byte, error) {
	var f fields
	w.common(&f, l, l.Lang, "receipt")
	f.text("Subject", locale.Tf("已收到：%s（%s）", "Received: %s (%s)", l.Form.In(l.Lang), l.Reference).In(l.Lang))
	return w.assemble(f, l.Lang, receiptText(l), receiptHTML(l), nil)
}

// common adds the fields that all our mails have. Auto-Submitted (RFC 3834)
// keeps other machines from answering; X-Auto-Response-Suppress says the same
// to Exchange.
func (w Writer) common(f *fields, l Letter, lang locale.Lang, role string) {
	f.tokens("Date", l.Accepted.In(locale.Beijing()).Format(time.RFC1123Z))
	from := w.From
	if from.Name == "" {
		from.Name = l.Site.In(lang)
	}
	f.address("From", from)
	f.address("To", Address{Mailbox: l.To})
	f.tokens("Message-ID", "<"+l.Reference+"."+role+"@"+w.From.domain()+">")
	f.tokens("Auto-Submitted", "auto-generated")
	f.tokens("X-Auto-Response-Suppress", "All")
	f.tokens("MIME-Version", "1.0")
	f.tokens("Content-Language", lang.Tag())
}

func (w Writer) assemble(f fields, lang locale.Lang, text, html string, files []Attachment) ([]byte, error) {
	if !utf8.ValidString(text) || !utf8.ValidString(html) {
		return nil, errors.New("mail: an answer is not UTF-8")
	}
	kind := "multipart/alternative"
	if len(files) > 0 {
		kind = "multipart/mixed"
	}
	f.tokens("Content-Type", parameters(kind, parameter("boundary", w.Boundary())...)...)
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
		part.tokens("Content-Language", lang.Tag())
		crlf := strings.ReplaceAll(strings.ReplaceAll(body.text, "\r\n", "\n"), "\n", "\r\n")
		if err := write(alternative, part, []byte(crlf)); err != nil {
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
