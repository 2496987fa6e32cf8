package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"waijiao/intake/internal/outbox"
)

// mostLent bounds how many mails are lent at once.
const mostLent = 500

// farthest is longer than any mail is made to wait. What is due later was
// queued or tried while the clock was wrong, and would hang until it is there.
const farthest = 48 * time.Hour

// Post is described at outbox.Store.
func (l *Ledger) Post(ctx context.Context, at time.Time, mails []outbox.Mail) error {
	if err := check(mails, true); err != nil {
		return err
	}
	return l.engine.Write(ctx, func(tx Tx) error { return queue(tx, "", outbox.Queued, at, mails) })
}

// Next is described at outbox.Store.
func (l *Ledger) Next(ctx context.Context, now, until time.Time, n int) ([]outbox.Message, error) {
	idle := true
	err := l.engine.Read(ctx, func(tx Tx) error { // the usual case: no write, no fsync
		// The two ends of an index, however long the queue is.
		const first, last = "(SELECT MIN(due) FROM messages WHERE state = 'queued')", "(SELECT MAX(due) FROM messages WHERE state = 'queued')"
		return wrap(tx.Query(func(func(...any) error) error { idle = false; return nil },
			"SELECT 1 WHERE "+first+" <= $1 OR "+last+" > $2", now.UnixMilli(), now.Add(farthest).UnixMilli()))
	})
	if err != nil || idle || n <= 0 {
		return nil, err
	}
	var lent []outbox.Message
	err = l.engine.Write(ctx, func(tx Tx) error {
		lent = nil
		err := tx.Query(func(scan func(...any) error) error {
			m, err := scanMessage(scan)
			lent = append(lent, m)
			return err
		}, "SELECT "+message+" FROM messages WHERE state = 'queued' AND (due <= $1 OR due > $3) ORDER BY due, id LIMIT $2"+l.dialect.SkipLocked, now.UnixMilli(), int64(min(n, mostLent)), now.Add(farthest).UnixMilli())
		if err != nil || len(lent) == 0 {
			return wrap(err)
		}
		ids, args := make([]string, len(lent)), []any{until.UnixMilli()}
		for i := range lent {
			m := &lent[i]
			m.Lease++
			m.Lent, m.Due = whole(now), whole(until)
			args = append(args, m.ID)
			ids[i] = fmt.Sprintf("$%d", len(args))
		}
		_, err = tx.Exec("UPDATE messages SET lease = lease + 1, due = $1 WHERE id IN ("+strings.Join(ids, ", ")+")", args...)
		return wrap(err)
	})
	if err != nil {
		return nil, err
	}
	return slices.Clip(lent), nil
}

// owner locks the submission of a mail, so that of two mails that end at once
// the later one sees what became of the other. known is false for a mail that
// is gone.
func (l *Ledger) owner(tx Tx, id int64) (reference string, known bool, err error) {
	var r *string
	err = tx.Query(func(scan func(...any) error) error { known = true; return scan(&r) }, "SELECT reference FROM messages WHERE id = $1", id)
	if err != nil || r == nil {
		return "", known, wrap(err)
	}
	err = tx.Query(func(func(...any) error) error { return nil }, "SELECT 1 FROM submissions WHERE reference = $1"+l.dialect.Lock, *r)
	return *r, known, wrap(err)
}

// Done is described at outbox.Store.
func (l *Ledger) Done(ctx context.Context, m outbox.Message) error {
	return l.engine.Write(ctx, func(tx Tx) error {
		reference, known, err := l.owner(tx, m.ID)
		if err != nil || !known {
			return err
		}
		if _, err := tx.Exec("UPDATE messages SET state = 'sent', last_error = '' WHERE id = $1 AND state <> 'sent'", m.ID); err != nil {
			return wrap(err)
		}
		return settle(tx, reference)
	})
}

// Retry is described at outbox.Store.
func (l *Ledger) Retry(ctx context.Context, m outbox.Message, due time.Time, answer string) error {
	return l.engine.Write(ctx, func(tx Tx) error {
		return held(tx.Exec("UPDATE messages SET attempts = attempts + 1, due = $3, last_error = $4 WHERE id = $1 AND lease = $2 AND state = 'queued'",
			m.ID, m.Lease, due.UnixMilli(), reply(answer)))
	})
}

// Postpone is described at outbox.Store.
func (l *Ledger) Postpone(ctx context.Context, m outbox.Message, due time.Time) error {
	return l.engine.Write(ctx, func(tx Tx) error {
		return held(tx.Exec("UPDATE messages SET due = $3 WHERE id = $1 AND lease = $2 AND state = 'queued'", m.ID, m.Lease, due.UnixMilli()))
	})
}

// Dead is described at outbox.Store.
func (l *Ledger) Dead(ctx context.Context, m outbox.Message, answer string, then []outbox.Mail) error {
	return l.engine.Write(ctx, func(tx Tx) error {
		reference, known, err := l.owner(tx, m.ID)
		if err == nil && !known {
			err = outbox.ErrLeaseLost // erased meanwhile
		}
		if err != nil {
			return err
		}
		if err := check(then, reference == ""); err != nil {
			return err
		}
		if err := held(tx.Exec("UPDATE messages SET state = 'dead', attempts = attempts + 1, last_error = $3, due = $4 WHERE id = $1 AND lease = $2 AND state = 'queued'",
			m.ID, m.Lease, reply(answer), m.Lent.UnixMilli())); err != nil {
			return err
		}
		// Due at once: at the time at which this one was lent.
		at := m.Lent
		if at.Before(m.Created) {
			at = m.Created
		}
		if err := queue(tx, reference, outbox.Queued, at, then); err != nil {
			return err
		}
		return settle(tx, reference)
	})
}

func held(n int64, err error) error {
	if err == nil && n == 0 {
		return outbox.ErrLeaseLost
	}
	return wrap(err)
}
