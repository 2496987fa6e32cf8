package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"waijiao/intake/internal/outbox"
)

// Accept is described at outbox.Store.
func (l *Ledger) Accept(ctx context.Context, s outbox.Submission, mails []outbox.Mail) (stored outbox.Submission, fresh bool, err error) {
	if s.Status == "" {
		s.Status = outbox.Received
	}
	if s.Changed.IsZero() {
		s.Changed = s.Created
	}
	s.Created, s.Changed, s.Expires = whole(s.Created), whole(s.Changed), whole(s.Expires)
	switch {
	case s.Reference == "" || s.Form == "":
		return outbox.Submission{}, false, errors.New("outbox: a submission without a reference number or a form")
	case !storable(s.Reference, s.Form, s.Key, s.Why):
		return outbox.Submission{}, false, errors.New("outbox: a submission with a text that is no UTF-8")
	case s.Status != outbox.Received && s.Status != outbox.Held:
		return outbox.Submission{}, false, fmt.Errorf("outbox: a submission cannot begin with the status %q", s.Status)
	}
	if err := check(mails, false); err != nil {
		return outbox.Submission{}, false, err
	}
	state := outbox.Queued
	if s.Status == outbox.Held {
		state = outbox.Withheld
	}
	err = l.engine.Write(ctx, func(tx Tx) error {
		n, err := insertSubmission(tx, s)
		if err != nil {
			return wrap(err)
		}
		if n == 0 {
			if s.Key == "" {
				return outbox.ErrReferenceTaken
			}
			was, err := get(tx, "", "form = $1 AND key = $2", s.Form, s.Key)
			if errors.Is(err, outbox.ErrNotFound) {
				return outbox.ErrReferenceTaken
			}
			stored, fresh = was, false
			return err
		}
		stored, fresh = s, true
		return queue(tx, s.Reference, state, s.Created, mails)
	})
	if err != nil {
		return outbox.Submission{}, false, err
	}
	return stored, fresh, nil
}

// ByKey is described at outbox.Store.
func (l *Ledger) ByKey(ctx context.Context, form, key string) (outbox.Submission, error) {
	if !storable(form, key) {
		return outbox.Submission{}, outbox.ErrNotFound
	}
	return l.find(ctx, "form = $1 AND key = $2", form, key)
}

// ByReference is described at outbox.Store.
func (l *Ledger) ByReference(ctx context.Context, reference string) (outbox.Submission, error) {
	if !storable(reference) {
		return outbox.Submission{}, outbox.ErrNotFound
	}
	return l.find(ctx, "reference = $1", reference)
}

func (l *Ledger) find(ctx context.Context, where string, args ...any) (s outbox.Submission, err error) {
	err = l.engine.Read(ctx, func(tx Tx) error {
		s, err = get(tx, "", where, args...)
		return err
	})
	return s, err
}

// Messages is described at outbox.Store.
func (l *Ledger) Messages(ctx context.Context, reference string) ([]outbox.Message, error) {
	if !storable(reference) {
		return nil, nil
	}
	var out []outbox.Message
	err := l.engine.Read(ctx, func(tx Tx) error {
		return wrap(tx.Query(func(scan func(...any) error) error {
			m, err := scanMessage(scan)
			out = append(out, m)
			return err
		}, "SELECT "+message+" FROM messages WHERE reference = $1 ORDER BY id", reference))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Look is described at outbox.Store.
func (l *Ledger) Look(ctx context.Context, reference string) (outbox.Entry, error) {
	if !storable(reference) {
		return outbox.Entry{}, outbox.ErrNotFound
	}
	var found []outbox.Entry
	err := l.engine.Snapshot(ctx, func(tx Tx) (err error) {
		found, err = entries(tx, " FROM submissions WHERE reference = $1", reference)
		if err == nil && len(found) == 0 {
			// The same work as for one that exists, so that the time does not
			// tell a stranger which numbers do.
			err = deliveries(tx, []string{"$1"}, []any{reference}, nil)
		}
		return err
	})
	if err == nil && len(found) == 0 {
		err = outbox.ErrNotFound
	}
	if err != nil {
		return outbox.Entry{}, err
	}
	return found[0], nil
}

// List is described at outbox.Store.
func (l *Ledger) List(ctx context.Context, f outbox.Filter) ([]outbox.Entry, error) {
	var out []outbox.Entry
	err := l.engine.Snapshot(ctx, func(tx Tx) error {
		where, args, err := condition(tx, f)
		if err != nil {
			return err
		}
		query := " FROM submissions WHERE " + where + " ORDER BY created, reference"
		if f.Limit > 0 {
			args = append(args, int64(f.Limit))
			query += fmt.Sprintf(" LIMIT $%d", len(args))
		}
		out, err = entries(tx, query, args...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// condition writes a filter as a condition.
func condition(tx Tx, f outbox.Filter) (string, []any, error) {
	var where []string
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if !storable(f.Form, f.After) {
		return "", nil, outbox.ErrNotFound
	}
	if f.Form != "" {
		where = append(where, "form = "+arg(f.Form))
	}
	if len(f.Statuses) > 0 {
		var list []string
		for _, s := range f.Statuses {
			list = append(list, arg(string(s)))
		}
		where = append(where, "status IN ("+strings.Join(list, ", ")+")")
	}
	if !f.Before.IsZero() {
		where = append(where, "created < "+arg(f.Before.UnixMilli()))
	}
	const has = "EXISTS (SELECT 1 FROM messages m WHERE m.reference = submissions.reference AND m.state = "
	if f.Dead {
		where = append(where, has+"'dead')")
	}
	if f.Queued {
		where = append(where, has+"'queued')")
	}
	if f.After != "" {
		var created int64
		found := false
		err := tx.Query(func(scan func(...any) error) error { found = true; return scan(&created) },
			"SELECT created FROM submissions WHERE reference = $1", f.After)
		if err == nil && !found {
			err = outbox.ErrNotFound
		}
		if err != nil {
			return "", nil, wrap(err)
		}
		where = append(where, "(created, reference) > ("+arg(created)+", "+arg(f.After)+")")
	}
	if len(where) == 0 {
		return "1 = 1", nil, nil
	}
	return strings.Join(where, " AND "), args, nil
}

// entries reads submissions without their contents, and how far their mails
// have come. query goes on behind the columns.
func entries(tx Tx, query string, args ...any) ([]outbox.Entry, error) {
	var out []outbox.Entry
	err := tx.Query(func(scan func(...any) error) error {
		s, err := scanSubmission(scan, false)
		out = append(out, outbox.Entry{Submission: s})
		return err
	}, "SELECT "+head+query, args...)
	if err != nil {
		return nil, wrap(err)
	}
	at := map[string]*outbox.Entry{}
	for i := range out {
		at[out[i].Reference] = &out[i]
	}
	const group = 200 // references in a statement
	for from := 0; from < len(out); from += group {
		var list []string
		var references []any
		for _, e := range out[from:min(from+group, len(out))] {
			references = append(references, e.Reference)
			list = append(list, fmt.Sprintf("$%d", len(references)))
		}
		if err := deliveries(tx, list, references, at); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// deliveries adds how far the mails have come to the entries of the references,
// which stand in the places of the list.
func deliveries(tx Tx, list []string, references []any, at map[string]*outbox.Entry) error {
	return wrap(tx.Query(func(scan func(...any) error) error {
		var reference string
		d, err := scanDelivery(scan, &reference)
		if e := at[reference]; err == nil && e != nil {
			e.Mails = append(e.Mails, d)
		}
		return err
	}, "SELECT reference, id, kind, state, attempts, created, due, last_error FROM messages WHERE reference IN ("+strings.Join(list, ", ")+") ORDER BY id", references...))
}
