// Package outbox is where a submission becomes accepted: it keeps submissions
// and the finished mails that came of them until each mail has been moved on.
//
// Store says what every outbox does. Package sqlite keeps one in a file, for
// one server; package postgres in a database, for several. A caller composes
// the mails first and then hands everything over at once:
//
//	box, err := sqlite.Open(filepath.Join(data, "outbox.db"))
//	stored, fresh, err := box.Accept(ctx, submission, mails)
//
// When Accept returns without an error, the submission and its mails are on
// the disk and survive a loss of power. A second Accept with the same form and
// key stores nothing and returns what the first one stored.
//
// Who delivers takes mails by Next, which lends them until a given time, and
// ends each with Done, Retry, Postpone or Dead. A lender who dies gives the
// mail back by the time running out, so that delivery happens at least once.
//
// What people sent comes in sealed and stays so: nothing here looks inside a
// Record, a Parcel or a wrap.
package outbox

import (
	"errors"
	"time"

	"waijiao/internal/locale"
)

// Submission is what is kept about a form that somebody sent.
type Submission struct {
	// Reference is the number that people quote, unique: HZ-7K3F-9QXT-4.
	Reference string
	// Form is the form's id.
	Form string
	// Key is the idempotency key, or empty: then nothing is deduplicated.
	Key string
	// Digest tells two different contents under one key from each other.
	Digest []byte
	// Lang is the language of the page that was used.
	Lang locale.Lang
	// Created is when it was accepted, to the millisecond.
	Created time.Time
	// Status, and since when.
	Status  Status
	Changed time.Time
	// Why is the code of the reason for which it is, or was, held; or empty.
	Why string
	// Contact is a keyed digest of the submitter's address, by which a person
	// who knows the address is known again; nil for none.
	Contact []byte
	// Expires is when it is erased at the latest, zero for never; KeepAfter is
	// how long it is kept after it was closed, if that is sooner, and zero
	// where closing makes no difference. Ends tells what comes of both.
	Expires   time.Time
	KeepAfter time.Duration
	// Record is what the person sent, sealed with the data key.
	Record []byte
	// OfficeWrap and DeliveryWrap are the data key, wrapped to the office's
	// key and to the delivery key. A store destroys the delivery wrap when no
	// mail of the submission waits and either it is closed, or none of its
	// mails to the office was sent and one is dead; but only where there is an
	// office wrap, since otherwise nobody could read it again.
	OfficeWrap, DeliveryWrap []byte
}

// Ends is when the submission is due for erasure as it stands now; zero for
// never.
func (s Submission) Ends() time.Time {
	if s.Status == Closed && s.KeepAfter > 0 {
		if end := s.Changed.Add(s.KeepAfter); s.Expires.IsZero() || end.Before(s.Expires) {
			return end
		}
	}
	return s.Expires
}

// Mail is one finished message to one recipient.
type Mail struct {
	Kind Kind
	// Parcel is the envelope and the message, sealed.
	Parcel []byte
	// Wrap is the data key of a mail that belongs to no submission, wrapped to
	// the delivery key. The others are opened with their submission's.
	Wrap []byte
}

// State tells how far a mail has come.
type State string

// The states of a mail. A dead mail is never sent again by itself. A withheld
// one waits for the release of its submission, and is not lent before.
const (
	Queued   State = "queued"
	Withheld State = "held"
	Sent     State = "sent"
	Dead     State = "dead"
)

// Message is a mail in the outbox.
type Message struct {
	Mail
	ID        int64
	Reference string
	State     State
	// Attempts counts the refusals so far.
	Attempts int
	// Created is since when it waits: when it was handed over, released or
	// revived. Due is when it may next be tried.
	Created, Due time.Time
	// LastError is the latest reply of the other side, or empty.
	LastError string

	// Lease proves that the holder is the latest borrower; Lent is when Next
	// lent it to him.
	Lease int64
	Lent  time.Time
}

// ErrReferenceTaken means that the reference number exists already: draw
// another, compose again and repeat.
var ErrReferenceTaken = errors.New("outbox: the reference number is taken")

// ErrNotFound means that no submission has the given key or reference.
var ErrNotFound = errors.New("outbox: no such submission")

// ErrLeaseLost means that the time ran out and somebody else holds the mail.
var ErrLeaseLost = errors.New("outbox: the mail has been lent to somebody else")

// ErrClosed means that the outbox has been closed.
var ErrClosed = errors.New("outbox: closed")
