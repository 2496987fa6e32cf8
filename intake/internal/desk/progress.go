package desk

import (
	"context"
	"crypto/hmac"
	"errors"

	"waijiao/intake/internal/outbox"
)

// Progress looks up a submission by its reference number, as a person types
// it, and the address that stands in the form. ok is false when the pair does
// not match, whichever half is wrong; the work is the same either way.
func (d *Desk) Progress(ctx context.Context, reference, mailbox string) (e outbox.Entry, ok bool, err error) {
	e, err = d.Box.Look(ctx, Normal(reference))
	if err != nil && !errors.Is(err, outbox.ErrNotFound) {
		return outbox.Entry{}, false, err
	}
	known := e.Contact
	if len(known) == 0 {
		known = make([]byte, 32) // no digest, and compared all the same
	}
	if !hmac.Equal(known, d.contact(mailbox)) {
		return outbox.Entry{}, false, nil
	}
	return e, true, nil
}
