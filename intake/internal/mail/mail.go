// Package mail turns what was sent through a form into finished messages, and
// moves finished messages to where they belong.
//
// Writing: a Writer makes the office's mail and the submitter's receipt as
// RFC 5322 bytes, or says why that cannot be done while the person is still
// there to mend it.
//
//	w := mail.Writer{From: mail.Address{Name: "…", Mailbox: "forms@example.org"}, Boundary: boundary}
//	body, err := w.Office(letter)
//	body, err = w.Receipt(letter)
//
// Moving: a Courier takes the mails that are due from the outbox, one by one,
// hands them to a Carrier (a Maildir or an SMTP relay) and records the result.
//
//	go mail.Courier{Queue: box, Carrier: mail.Maildir{Dir: dir}, …}.Run(ctx, wake)
//
// The bytes of a message hold CRLF line ends and no line above 998 octets;
// headers are folded at 76 columns.
package mail

import (
	"time"

	"waijiao/internal/locale"
)

// Letter is what is known about a submission when its mails are written.
type Letter struct {
	Reference string
	Accepted  time.Time
	// Lang is the language of the page that was used.
	Lang locale.Lang
	// Form is the form's title, Site the name of the site, Office who answers.
	Form, Site, Office locale.Text
	// Next says what happens after sending.
	Next []locale.Text

	// To is the address of this mail's recipient.
	To string
	// From is who sent the form, for the office's Reply-To; the name may be
	// empty.
	From Address
	// Subject is the submission in a few words, for the office's subject line.
	Subject string
	// Answers is the table of answers in the office's language.
	Answers []Section
	// Attachments are the uploaded files.
	Attachments []Attachment
}

// Section is a part of the table of answers.
type Section struct {
	Title string
	Rows  []Row
}

// Row is one answer. The value may have several lines.
type Row struct{ Label, Value string }

// Attachment is an uploaded file.
type Attachment struct {
	Name string // without a path
	Type string // media type, such as application/pdf
	Data []byte
}

// Writer writes the mails of one site.
type Writer struct {
	// From is the site's own address; without a name it takes the site's. Its
	// domain is used for Message-ID too.
	From Address
	// Boundary returns a random string of letters and digits, at least 20.
	Boundary func() string
}
