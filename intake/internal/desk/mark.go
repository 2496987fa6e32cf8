package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"waijiao/intake/internal/courier"
	"waijiao/intake/internal/mail"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/seal"

	"filippo.io/age"
)

// ErrNoAddress means that there is a note and nobody to whom it could be
// mailed: the form was sent without an address, or the address is sealed.
var ErrNoAddress = errors.New("desk: the submitter's address is not known, so a note cannot be mailed")

// Mark records that the office is handling a submission, has answered or has
// closed it. A note, plain text, is mailed to the submitter. It fails with
// outbox.ErrNotFound, outbox.ErrNotOpen or ErrNoAddress.
func (d *Desk) Mark(ctx context.Context, reference string, to outbox.Status, note string) (sub outbox.Submission, err error) {
	for range 5 { // notes are numbered, so that two at once have to be written one after the other
		if sub, err = d.Box.ByReference(ctx, reference); err != nil {
			return sub, err
		}
		if sub, err = d.MarkSeen(ctx, reference, sub.Changed, to, note); !errors.Is(err, outbox.ErrChanged) {
			break
		}
	}
	return sub, err
}

// MarkSeen is Mark for somebody who has seen how the submission stands since
// the time seen. Where it was marked meanwhile it fails with outbox.ErrChanged,
// so that a note which is sent twice goes out once.
func (d *Desk) MarkSeen(ctx context.Context, reference string, seen time.Time, to outbox.Status, note string) (outbox.Submission, error) {
	sub, err := d.Box.ByReference(ctx, reference)
	if err != nil {
		return sub, err
	}
	m := outbox.Marking{Status: to, At: d.Now(), Seen: seen}
	if note = strings.TrimSpace(note); note != "" {
		if m.Mails, err = d.note(ctx, sub, mail.Marked{Status: to, Text: note, At: m.At}); err != nil {
			return sub, err
		}
	}
	return d.Box.Mark(ctx, reference, m)
}

func (d *Desk) note(ctx context.Context, sub outbox.Submission, n mail.Marked) ([]outbox.Mail, error) {
	if sub.Contact == nil || sub.Status == outbox.Held {
		return nil, ErrNoAddress
	}
	k, err := d.Key(sub)
	if errors.Is(err, ErrSealed) {
		return nil, ErrNoAddress
	}
	if err != nil {
		return nil, err
	}
	r, err := OpenRecord(sub, k)
	if err != nil {
		return nil, err
	}
	before, err := d.Box.Messages(ctx, sub.Reference)
	if err != nil {
		return nil, err
	}
	n.N = 1
	for _, m := range before {
		if m.Kind == outbox.Note {
			n.N++
		}
	}
	l := d.letter(r)
	l.To = r.Email
	body, err := d.Mail.Note(l, n)
	if err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	return sealed(k, sub.Reference, []parcel{{outbox.Note, courier.Parcel{From: d.Bounce, To: r.Email, Body: body}}})
}

// Open opens a mail for the courier. It fails with ErrSealed where only the
// office's key would do.
func (d *Desk) Open(m outbox.Message) (courier.Parcel, error) {
	wrap, purpose := m.Wrap, "bulletin"
	if m.Reference != "" {
		sub, err := d.Box.ByReference(context.Background(), m.Reference)
		if err != nil {
			return courier.Parcel{}, fmt.Errorf("desk: %w", err)
		}
		wrap, purpose = sub.DeliveryWrap, "mail "+m.Reference
	}
	if len(wrap) == 0 {
		return courier.Parcel{}, ErrSealed
	}
	k, err := seal.Unwrap(wrap, d.Keys.Delivery...)
	if err != nil {
		return courier.Parcel{}, fmt.Errorf("desk: %w", err)
	}
	b, err := k.Open(purpose, m.Parcel)
	if err != nil {
		return courier.Parcel{}, fmt.Errorf("desk: %w", err)
	}
	return courier.Unpack(b)
}

// Died writes the mails that have to go out because a mail was refused for
// good: when no office can be reached any more, the submitter is told.
func (d *Desk) Died(ctx context.Context, m outbox.Message) ([]outbox.Mail, error) {
	if m.Kind != outbox.ToOffice {
		return nil, nil
	}
	all, err := d.Box.Messages(ctx, m.Reference)
	if err != nil {
		return nil, err
	}
	for _, other := range all {
		if other.Kind == outbox.Apology || other.Kind == outbox.ToOffice && other.ID != m.ID && other.State != outbox.Dead {
			return nil, nil // told already, or another office may have it
		}
	}
	sub, err := d.Box.ByReference(ctx, m.Reference)
	if err != nil || sub.Contact == nil {
		return nil, err
	}
	k, err := d.Key(sub)
	if err != nil {
		return nil, err
	}
	r, err := OpenRecord(sub, k)
	if err != nil {
		return nil, err
	}
	l := d.letter(r)
	l.To, l.At = r.Email, d.Now()
	body, err := d.Mail.Apology(l)
	if err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	return sealed(k, m.Reference, []parcel{{outbox.Apology, courier.Parcel{From: d.Bounce, To: r.Email, Body: body}}})
}

// Retry makes the dead mails of a submission due again and returns how many
// they were. Where only the office's key opens them it has to be given, else
// it fails with outbox.ErrSealed. The reference "" stands for the bulletins.
func (d *Desk) Retry(ctx context.Context, reference string, office ...age.Identity) (int, error) {
	mails, err := d.Box.Revive(ctx, reference, d.Now(), nil)
	if !errors.Is(err, outbox.ErrSealed) || len(office) == 0 {
		return mails, err
	}
	sub, err := d.Box.ByReference(ctx, reference)
	if err != nil {
		return 0, err
	}
	k, err := seal.Unwrap(sub.OfficeWrap, office...)
	if err != nil {
		return 0, fmt.Errorf("desk: %s: %w", reference, err)
	}
	wrap, err := d.Keys.wrap(k)
	if err != nil {
		return 0, err
	}
	return d.Box.Revive(ctx, reference, d.Now(), wrap)
}
