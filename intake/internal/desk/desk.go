// Package desk is what an office does with a submission, without the window
// through which it came: it composes the mails and accepts it, opens its mails
// for the courier, marks it, writes what has to be told, and knows its secret
// links.
//
//	d := desk.Desk{Box: box, Keys: keys, Mail: writer, Offices: offices, …}
//	sub, fresh, err := d.Accept(ctx, desk.Sending{Form: f, Answers: a, …})
//	sub, err = d.Mark(ctx, sub.Reference, outbox.Answered, "…")
//	parcel, err := d.Open(message)
//
// Everything that a person sent is sealed here, with a data key made for that
// submission, before the store sees it: the record of the answers, and each
// mail with its envelope. The data key is wrapped to the office's key, if there
// is one, and to the delivery key.
//
// A Desk is not changed after it is made and may be used by many goroutines.
package desk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"filippo.io/age"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"waijiao/intake/internal/mail"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/seal"
	"waijiao/internal/form"
)

// Box is what a desk needs of the outbox.
type Box interface {
	Accept(ctx context.Context, s outbox.Submission, mails []outbox.Mail) (stored outbox.Submission, fresh bool, err error)
	ByKey(ctx context.Context, form, key string) (outbox.Submission, error)
	ByReference(ctx context.Context, reference string) (outbox.Submission, error)
	Look(ctx context.Context, reference string) (outbox.Entry, error)
	Messages(ctx context.Context, reference string) ([]outbox.Message, error)
	List(ctx context.Context, f outbox.Filter) ([]outbox.Entry, error)
	Release(ctx context.Context, reference string, at time.Time) (outbox.Submission, error)
	Mark(ctx context.Context, reference string, m outbox.Marking) (outbox.Submission, error)
	Revive(ctx context.Context, reference string, at time.Time, wrap []byte) (mails int, err error)
	Post(ctx context.Context, at time.Time, mails []outbox.Mail) error
	Get(ctx context.Context, name string) ([]byte, error)
	Put(ctx context.Context, name string, value []byte) error
}

// Keys are what submissions are sealed to.
type Keys struct {
	// Office is the office's public key; nil for none. Then only Delivery
	// opens what is stored, for as long as it is stored.
	Office age.Recipient
	// Delivery opens what still has to be mailed, and lives apart from the data.
	// New submissions are sealed to the first; the others open what was sealed
	// to them before the key was changed.
	Delivery []age.Identity
}

// wrap wraps a data key to the delivery key.
func (k Keys) wrap(key *seal.Key) ([]byte, error) {
	to, err := seal.RecipientOf(k.Delivery[0])
	if err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	b, err := key.Wrap(to)
	if err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	return b, nil
}

// Desk is the office's side of the counter.
type Desk struct {
	Box  Box
	Keys Keys
	Mail mail.Writer
	// Bounce is the envelope sender of all our mail, to which relays report
	// what they cannot deliver; empty for the null path, to which nobody
	// reports.
	Bounce string
	// Offices says who gets the mails of a form, by the form's id; "*" stands
	// for every form that is not named.
	Offices map[string][]string
	// Alarms are told of what waits or is dead; without any, all Offices are.
	Alarms []string
	// BaseURL begins the links in mails; empty for the site's own address, as
	// the published form knows it.
	BaseURL string
	// Forms, if given, returns the published definitions by their ids.
	Forms func() map[string]*form.Form
	// Publishes, if given, tells whether the published site has a page at a
	// Chinese address, such as /contact/.
	Publishes func(address string) bool
	// Carries, if given, returns the bytes of the largest mail that can be
	// moved on at the moment; 0 where no limit is known.
	Carries func() int64
	// Secret, of 32 bytes, keys the links and the digests.
	Secret []byte
	Now    func() time.Time
	Random io.Reader
}

// ErrNobody means that no address is configured for a form.
var ErrNobody = errors.New("desk: nobody receives this form")

// offices are the addresses that receive a form.
func (d *Desk) offices(form string) ([]string, error) {
	to := d.Offices[form]
	if len(to) == 0 {
		to = d.Offices["*"]
	}
	if len(to) == 0 {
		return nil, fmt.Errorf("%w: name an address with --to %s=ADDRESS", ErrNobody, form)
	}
	return to, nil
}

// digest is a keyed digest: of no use for testing guesses without the secret.
func (d *Desk) digest(purpose string, parts ...string) []byte {
	mac := hmac.New(sha256.New, d.Secret)
	fmt.Fprintf(mac, "%s %d", purpose, len(parts))
	for _, p := range parts {
		fmt.Fprintf(mac, " %q", p)
	}
	return mac.Sum(nil)
}

// contact is by what a person's address is known again, however it is typed.
// Nobody remembers which letters were capitals, a Chinese keyboard leaves full
// width, and an international domain has two spellings.
func (d *Desk) contact(mailbox string) []byte {
	mailbox = strings.ToLower(strings.TrimSpace(width.Narrow.String(norm.NFC.String(mailbox))))
	if plain, err := mail.ParseMailbox(mailbox); err == nil {
		mailbox = plain
	}
	return d.digest("contact", mailbox)
}
