// Package ledger is what every outbox does, said once in SQL that SQLite and
// PostgreSQL both understand: which mail is due, who holds it, when a delivery
// wrap is destroyed. Packages sqlite and postgres add what differs, above all
// how a transaction becomes durable:
//
//	type Store struct {
//		*ledger.Ledger // every method of outbox.Store but Check and Close
//		…
//	}
//	s.Ledger = ledger.New(engine, ledger.Dialect{…})
//
// The statements number their parameters $1, $2, …, keep times as
// milliseconds since 1970 (UTC), and expect these tables:
//
//	submissions(reference, form, key, digest, lang, created, status, changed, why,
//	            contact, expires, keep_after, ends, record, office_wrap, delivery_wrap)
//	messages(id, reference, kind, state, attempts, created, due, lease, last_error, parcel, wrap)
//	tasks(name, last)
//	kept(name, value)
//
// with a primary key on reference, id and name, with form and key unique where
// key is not null, and with mails that vanish together with their submission.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"waijiao/internal/locale"

	"waijiao/intake/internal/outbox"
)

// Tx runs statements on one connection.
type Tx interface {
	// Exec returns how many rows were changed.
	Exec(sql string, args ...any) (int64, error)
	// Query calls each for every row, with a function that scans it. Nothing
	// else may be run meanwhile.
	Query(each func(scan func(...any) error) error, sql string, args ...any) error
	// Destroyed tells that this transaction took away bytes that nobody shall
	// find in the files again.
	Destroyed()
}

// Engine runs transactions. Errors of do come back as they are.
type Engine interface {
	// Write commits what do wrote, durably, or changes nothing.
	Write(ctx context.Context, do func(Tx) error) error
	// Read runs statements that write nothing.
	Read(ctx context.Context, do func(Tx) error) error
	// Snapshot is Read with everything as it is at one moment.
	Snapshot(ctx context.Context, do func(Tx) error) error
}

// Dialect is what the two databases do not say in the same words. Each may be
// empty.
type Dialect struct {
	// Lock and SkipLocked end a SELECT that locks its rows, waiting for them
	// or passing over those that somebody else holds.
	Lock, SkipLocked string
	// Exclusive is a statement that keeps other writers out; Loaded is run
	// after mails were inserted under their own numbers.
	Exclusive, Loaded string
}

// Ledger is a store on an engine.
type Ledger struct {
	engine  Engine
	dialect Dialect
}

// New returns a store on the engine, whose tables exist.
func New(e Engine, d Dialect) *Ledger { return &Ledger{e, d} }

// The columns of a submission without and with its sealed contents, and those
// of a mail.
const (
	head    = "reference, form, key, digest, lang, created, status, changed, why, contact, expires, keep_after"
	full    = head + ", record, office_wrap, delivery_wrap"
	message = "id, reference, kind, state, attempts, created, due, lease, last_error, parcel, wrap"
)

func scanSubmission(scan func(...any) error, contents bool) (outbox.Submission, error) {
	var s outbox.Submission
	var key *string
	var lang, status string
	var created, changed, keep int64
	var expires *int64
	to := []any{&s.Reference, &s.Form, &key, &s.Digest, &lang, &created, &status, &changed, &s.Why, &s.Contact, &expires, &keep}
	if contents {
		to = append(to, &s.Record, &s.OfficeWrap, &s.DeliveryWrap)
	}
	if err := scan(to...); err != nil {
		return s, err
	}
	if key != nil {
		s.Key = *key
	}
	if s.Lang = locale.Lang(lang); s.Lang != locale.EN {
		s.Lang = locale.ZH
	}
	if expires != nil {
		s.Expires = time.UnixMilli(*expires)
	}
	s.Status, s.Created, s.Changed = outbox.Status(status), time.UnixMilli(created), time.UnixMilli(changed)
	s.KeepAfter = time.Duration(keep) * time.Millisecond
	return s, nil
}

func scanMessage(scan func(...any) error) (outbox.Message, error) {
	var m outbox.Message
	var reference *string
	var kind, state string
	var created, due int64
	err := scan(&m.ID, &reference, &kind, &state, &m.Attempts, &created, &due, &m.Lease, &m.LastError, &m.Parcel, &m.Wrap)
	if reference != nil {
		m.Reference = *reference
	}
	m.Kind, m.State, m.Created, m.Due = outbox.Kind(kind), outbox.State(state), time.UnixMilli(created), time.UnixMilli(due)
	return m, err
}

// get reads one submission; ending may lock it.
func get(tx Tx, ending, where string, args ...any) (outbox.Submission, error) {
	var s outbox.Submission
	found := false
	err := tx.Query(func(scan func(...any) error) (err error) {
		found = true
		s, err = scanSubmission(scan, true)
		return err
	}, "SELECT "+full+" FROM submissions WHERE "+where+ending, args...)
	if err == nil && !found {
		err = outbox.ErrNotFound
	}
	if err != nil {
		return outbox.Submission{}, wrap(err)
	}
	return s, nil
}

func insertSubmission(tx Tx, s outbox.Submission) (int64, error) {
	return tx.Exec("INSERT INTO submissions ("+full+", ends) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT DO NOTHING",
		s.Reference, s.Form, text(s.Key), blob(s.Digest), string(s.Lang), s.Created.UnixMilli(), string(s.Status), s.Changed.UnixMilli(), s.Why,
		blob(s.Contact), moment(s.Expires), s.KeepAfter.Milliseconds(), blob(s.Record), blob(s.OfficeWrap), blob(s.DeliveryWrap), moment(s.Ends()))
}

// queue inserts new mails of a submission, or of none.
func queue(tx Tx, reference string, state outbox.State, at time.Time, mails []outbox.Mail) error {
	const group = 20 // mails in a statement
	for len(mails) > 0 {
		n := min(group, len(mails))
		var values []string
		var args []any
		for i, m := range mails[:n] {
			p := 7 * i
			values = append(values, fmt.Sprintf("($%d, $%d, $%d, $%d, $%d, $%d, $%d)", p+1, p+2, p+3, p+4, p+5, p+6, p+7))
			args = append(args, text(reference), string(m.Kind), string(state), at.UnixMilli(), at.UnixMilli(), m.Parcel, blob(m.Wrap))
		}
		if _, err := tx.Exec("INSERT INTO messages (reference, kind, state, created, due, parcel, wrap) VALUES "+strings.Join(values, ", "), args...); err != nil {
			return wrap(err)
		}
		mails = mails[n:]
	}
	return nil
}

// settle destroys the delivery wrap where its time has come.
func settle(tx Tx, reference string) error {
	n, err := tx.Exec(`UPDATE submissions SET delivery_wrap = NULL WHERE reference = $1
AND delivery_wrap IS NOT NULL AND office_wrap IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.reference = $1 AND m.state IN ('queued', 'held'))
AND (status = 'closed' OR (
	EXISTS (SELECT 1 FROM messages m WHERE m.reference = $1 AND m.kind = 'office' AND m.state = 'dead')
	AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.reference = $1 AND m.kind = 'office' AND m.state = 'sent')))`, reference)
	if n > 0 {
		tx.Destroyed()
	}
	return wrap(err)
}

// check refuses mails that could never be sent, before anything is written.
func check(mails []outbox.Mail, bulletins bool) error {
	for _, m := range mails {
		switch m.Kind {
		case outbox.ToOffice, outbox.Receipt, outbox.Note, outbox.Apology:
		case outbox.Bulletin:
			if len(m.Wrap) == 0 {
				return errors.New("outbox: a bulletin without a wrap")
			}
		default:
			return fmt.Errorf("outbox: a mail of the unknown kind %q", m.Kind)
		}
		if (m.Kind == outbox.Bulletin) != bulletins {
			return fmt.Errorf("outbox: a mail of the kind %s in the wrong place", m.Kind)
		}
		if len(m.Parcel) == 0 {
			return errors.New("outbox: a mail without a parcel")
		}
	}
	return nil
}

// storable tells whether both databases can keep a text: PostgreSQL takes
// neither the character NUL nor what is no UTF-8.
func storable(texts ...string) bool {
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			return false
		}
	}
	return true
}

// reply is what is kept of the other side's reply, which may be any bytes.
func reply(s string) string {
	const most = 2000 // bytes; RFC 5321 allows lines of 512
	if len(s) > most {
		s = s[:most]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// text, blob and moment turn what is empty into NULL.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func blob(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

func moment(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := t.UnixMilli()
	return &ms
}

// whole cuts a time to the millisecond.
func whole(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.UnixMilli(t.UnixMilli())
}

// wrap says where an error comes from, once.
func wrap(err error) error {
	if err == nil || strings.HasPrefix(err.Error(), "outbox: ") {
		return err
	}
	return fmt.Errorf("outbox: %w", err)
}
