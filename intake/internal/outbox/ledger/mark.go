package ledger

import (
	"context"
	"fmt"
	"time"

	"waijiao/intake/internal/outbox"
)

// bulletinLife is how long a bulletin stays that is sent or dead.
const bulletinLife = 30 * 24 * time.Hour

func scanDelivery(scan func(...any) error, reference *string) (outbox.Delivery, error) {
	var d outbox.Delivery
	var kind, state string
	var created, due int64
	err := scan(reference, &d.ID, &kind, &state, &d.Attempts, &created, &due, &d.LastError)
	d.Kind, d.State, d.Created, d.Due = outbox.Kind(kind), outbox.State(state), time.UnixMilli(created), time.UnixMilli(due)
	return d, err
}

// sealed tells whether the delivery wrap is destroyed.
func sealed(s outbox.Submission) bool { return len(s.DeliveryWrap) == 0 && len(s.OfficeWrap) > 0 }

// change runs do on a submission that nobody else can change meanwhile, and
// returns it as it is afterwards.
func (l *Ledger) change(ctx context.Context, reference string, do func(Tx, *outbox.Submission) error) (s outbox.Submission, err error) {
	if !storable(reference) {
		return s, outbox.ErrNotFound
	}
	err = l.engine.Write(ctx, func(tx Tx) error {
		if s, err = get(tx, l.dialect.Lock, "reference = $1", reference); err != nil {
			return err
		}
		if err := do(tx, &s); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE submissions SET status = $2, changed = $3, ends = $4 WHERE reference = $1",
			reference, string(s.Status), s.Changed.UnixMilli(), moment(s.Ends())); err != nil {
			return wrap(err)
		}
		if err := settle(tx, reference); err != nil {
			return err
		}
		s, err = get(tx, "", "reference = $1", reference)
		return err
	})
	if err != nil {
		return outbox.Submission{}, err
	}
	return s, nil
}

// Mark is described at outbox.Store.
func (l *Ledger) Mark(ctx context.Context, reference string, m outbox.Marking) (outbox.Submission, error) {
	switch m.Status {
	case outbox.Handling, outbox.Answered, outbox.Closed:
	default:
		return outbox.Submission{}, fmt.Errorf("outbox: a submission cannot be marked %q", m.Status)
	}
	if err := check(m.Mails, false); err != nil {
		return outbox.Submission{}, err
	}
	return l.change(ctx, reference, func(tx Tx, s *outbox.Submission) error {
		switch {
		case s.Status == outbox.Closed, s.Status == outbox.Held && m.Status != outbox.Closed:
			return outbox.ErrNotOpen
		case !m.Seen.IsZero() && !s.Changed.Equal(whole(m.Seen)):
			return outbox.ErrChanged
		case len(m.Mails) > 0 && sealed(*s):
			return outbox.ErrSealed
		case s.Status == outbox.Held:
			if _, err := tx.Exec("DELETE FROM messages WHERE reference = $1 AND state <> 'sent'", reference); err != nil {
				return wrap(err)
			}
			tx.Destroyed()
		}
		was := s.Changed
		s.Status, s.Changed = m.Status, m.At
		if !m.Seen.IsZero() && !whole(m.At).After(was) {
			s.Changed = was.Add(time.Millisecond) // whoever saw what was is too late, by any clock
		}
		return queue(tx, reference, outbox.Queued, m.At, m.Mails)
	})
}

// Release is described at outbox.Store.
func (l *Ledger) Release(ctx context.Context, reference string, at time.Time) (outbox.Submission, error) {
	return l.change(ctx, reference, func(tx Tx, s *outbox.Submission) error {
		if s.Status != outbox.Held {
			return outbox.ErrNotHeld
		}
		s.Status, s.Changed = outbox.Received, at
		_, err := tx.Exec("UPDATE messages SET state = 'queued', created = $2, due = $2 WHERE reference = $1 AND state = 'held'", reference, at.UnixMilli())
		return wrap(err)
	})
}

// Revive is described at outbox.Store.
func (l *Ledger) Revive(ctx context.Context, reference string, at time.Time, newWrap []byte) (mails int, err error) {
	if !storable(reference) {
		return 0, outbox.ErrNotFound
	}
	err = l.engine.Write(ctx, func(tx Tx) error {
		mails = 0
		which := "reference IS NULL"
		args := []any{at.UnixMilli()}
		var s outbox.Submission
		if reference != "" {
			if s, err = get(tx, l.dialect.Lock, "reference = $1", reference); err != nil {
				return err
			}
			which, args = "reference = $2", append(args, reference)
		}
		n, err := tx.Exec("UPDATE messages SET state = 'queued', attempts = 0, created = $1, due = $1 WHERE state = 'dead' AND "+which, args...)
		if err != nil || n == 0 || reference == "" {
			mails = int(n)
			return wrap(err)
		}
		if len(newWrap) == 0 && sealed(s) {
			return outbox.ErrSealed
		}
		if len(newWrap) > 0 {
			if _, err := tx.Exec("UPDATE submissions SET delivery_wrap = $2 WHERE reference = $1", reference, newWrap); err != nil {
				return wrap(err)
			}
			tx.Destroyed() // the old one, if there was one
		}
		mails = int(n)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return mails, nil
}

// Erase is described at outbox.Store.
func (l *Ledger) Erase(ctx context.Context, reference string) error {
	if !storable(reference) {
		return outbox.ErrNotFound
	}
	return l.engine.Write(ctx, func(tx Tx) error {
		n, err := erase(tx, reference)
		if err == nil && n == 0 {
			err = outbox.ErrNotFound
		}
		return err
	})
}

func erase(tx Tx, reference string) (int64, error) {
	n, err := tx.Exec("DELETE FROM submissions WHERE reference = $1", reference)
	tx.Destroyed()
	return n, wrap(err)
}

// Purge is described at outbox.Store.
func (l *Ledger) Purge(ctx context.Context, now time.Time, limit int) ([]outbox.Entry, error) {
	var gone []outbox.Entry
	old := now.Add(-bulletinLife).UnixMilli()
	idle := true
	err := l.engine.Read(ctx, func(tx Tx) error { // the usual case: no write, no fsync
		return wrap(tx.Query(func(scan func(...any) error) error { idle = false; return nil },
			`SELECT 1 WHERE EXISTS (SELECT 1 FROM submissions WHERE ends <= $1)
OR EXISTS (SELECT 1 FROM messages WHERE reference IS NULL AND state IN ('sent', 'dead') AND created <= $2)`, now.UnixMilli(), old))
	})
	if err != nil || idle {
		return nil, err
	}
	err = l.engine.Write(ctx, func(tx Tx) error {
		gone = nil
		// Locked first by themselves: whoever finds them locked goes on.
		if gone, err = entries(tx, " FROM submissions WHERE ends <= $1 ORDER BY ends, reference LIMIT $2"+l.dialect.SkipLocked,
			now.UnixMilli(), int64(max(limit, 0))); err != nil {
			return err
		}
		for _, e := range gone {
			if _, err := erase(tx, e.Reference); err != nil {
				return err
			}
		}
		n, err := tx.Exec("DELETE FROM messages WHERE reference IS NULL AND state IN ('sent', 'dead') AND created <= $1", old)
		if n > 0 {
			tx.Destroyed()
		}
		return wrap(err)
	})
	if err != nil {
		return nil, err
	}
	return gone, nil
}
