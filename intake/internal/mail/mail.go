// Package mail turns what was sent through a form, and what the office has to
// know about the state of things, into finished messages.
//
// A Writer makes RFC 5322 bytes, each mail as text and as HTML, or says why
// that cannot be done while the person is still there to mend it:
//
//	w := mail.Writer{From: mail.Address{Name: "…", Mailbox: "forms@example.org"}, Boundary: boundary}
//	body, err := w.Office(letter)           // the submission, to the office
//	body, err = w.Receipt(letter)           // to the person, when it was accepted
//	body, err = w.Note(letter, marked)      // to the person, when the office has marked it
//	body, err = w.Apology(letter)           // to the person, when the office cannot be reached
//	body, err = w.Alarm(bulletin)           // to the office: what is stuck
//	body, err = w.Weekly(bulletin)          // to the office: what is still open
//
// The same values give the same Message-ID, so that a mail that is delivered
// twice is known for one. With Writer.PGP the mails that hold personal data or
// secret links for the office are PGP/MIME; with Writer.DKIM every mail is
// signed.
//
// The bytes of a message hold CRLF line ends and no line above 998 octets;
// headers are folded at 76 columns, but for the list of names in a signature.
package mail

import (
	"time"

	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

// Letter is what is known about a submission when its mails are written.
type Letter struct {
	Reference string
	Accepted  time.Time
	// At is when an apology is written; it is not used by the others.
	At time.Time
	// Lang is the language of the page that was used.
	Lang locale.Lang
	// Form is the form's title, Site the name of the site, Office who answers.
	Form, Site, Office locale.Text
	// Next says what happens after sending.
	Next []locale.Text

	// To is the address of this mail's recipient.
	To string
	// Copy tells the offices of one form apart, counted from 1, so that each
	// gets a Message-ID of its own. 0 is the same as 1.
	Copy int
	// From is who sent the form, for the office's Reply-To; the name may be
	// empty.
	From Address
	// Subject is the submission in a few words, for the office's subject line.
	Subject string
	// Answers is the table of answers in the office's language.
	Answers []Section
	// Attachments are the uploaded files.
	Attachments []Attachment

	// StatusURL is the person's secret link, OfficeURL the officer's. Each
	// stands only in the mails to its owner. Either may be empty.
	StatusURL, OfficeURL string
	// ContactURL is the page that says how to reach the office. It may be
	// empty.
	ContactURL string
	// Consents are what the person was asked to agree to, for the receipt.
	Consents []Consent
	// Keep is how long the submission is kept, for the receipt.
	Keep Keep
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

// Consent is one box of consent, with the words that stood beside it.
type Consent struct {
	Label   locale.Text
	Version string
	Given   bool
}

// Keep is how long a submission is kept, in days. A zero says nothing.
type Keep struct{ AfterClosing, AtMost int }

// Marked is what the office has said about a submission.
type Marked struct {
	// Status is Handling, Answered or Closed.
	Status outbox.Status
	// Text is the officer's note. It is plain text, and may be empty.
	Text string
	At   time.Time
	// N counts the notes of one submission from 1, for the Message-ID.
	N int
}

// Writer writes the mails of one site.
type Writer struct {
	// From is the site's own address; without a name it takes the site's. Its
	// domain is used for Message-ID too.
	From Address
	// Boundary returns a random string of letters and digits, at least 20.
	Boundary func() string
	// PGP is whom the office's mails are encrypted to, or nil.
	PGP *PGP
	// DKIM signs all mails, or is nil.
	DKIM *DKIM
}
