package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	selectSubmission = "SELECT reference, form, key, digest, token, lang, copy_to, created FROM submissions"
	selectMessage    = "SELECT id, reference, sender, recipient, state, attempts, created, due, lease, last_error, body FROM messages"
)

// statements are prepared on the writer's connection.
type statements struct {
	insertSubmission, insertMessage, byKey, next, lend, done, retry, postpone, dead *sql.Stmt
}

func prepare(conn *sql.Conn) (*statements, error) {
	st := &statements{}
	for _, p := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&st.insertSubmission, "INSERT INTO submissions (reference, form, key, digest, token, lang, copy_to, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
		{&st.insertMessage, "INSERT INTO messages (reference, sender, recipient, state, created, due, body) VALUES (?, ?, ?, 'queued', ?, ?, ?)"},
		{&st.byKey, selectSubmission + " WHERE form = ? AND key = ?"},
		{&st.next, selectMessage + " WHERE state = 'queued' AND due <= ? ORDER BY due, id LIMIT 1"},
		{&st.lend, "UPDATE messages SET lease = lease + 1, due = ? WHERE id = ?"},
		// A delivered mail is delivered, whoever says so.
		{&st.done, "UPDATE messages SET state = 'sent', last_error = '' WHERE id = ? AND state <> 'sent'"},
		{&st.retry, "UPDATE messages SET attempts = attempts + 1, due = ?, last_error = ? WHERE id = ? AND lease = ? AND state = 'queued'"},
		{&st.postpone, "UPDATE messages SET due = ? WHERE id = ? AND lease = ? AND state = 'queued'"},
		{&st.dead, "UPDATE messages SET state = 'dead', attempts = attempts + 1, last_error = ? WHERE id = ? AND lease = ? AND state = 'queued'"},
	} {
		var err error
		if *p.to, err = conn.PrepareContext(context.Background(), p.text); err != nil {
			return nil, err
		}
	}
	return st, nil
}

// Next lends the mail that has been due longest at the time now, until the
// time until. It returns ok false when no mail is due.
func (s *SQLite) Next(ctx context.Context, now, until time.Time) (m Message, ok bool, err error) {
	var any bool
	err = s.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM messages WHERE state = 'queued' AND due <= ?)", now.UnixMilli()).Scan(&any)
	if err != nil || !any { // the usual case: no write, no fsync
		if err != nil {
			err = fmt.Errorf("outbox: %w", err)
		}
		return Message{}, false, err
	}
	err = s.w.write(ctx, func(st *statements) error {
		var err error
		m, err = scanMessage(st.next.QueryRow(now.UnixMilli()))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := st.lend.Exec(until.UnixMilli(), m.ID); err != nil {
			return err
		}
		m.lease++
		m.Due, ok = until, true
		return nil
	})
	if err != nil {
		return Message{}, false, err
	}
	return m, ok, nil
}

// Done records that the mail has been handed on.
func (s *SQLite) Done(ctx context.Context, m Message) error {
	return s.w.write(ctx, func(st *statements) error {
		_, err := st.done.Exec(m.ID)
		return err
	})
}

// Retry records a temporary refusal of this mail, with the reply, and makes it
// due again at the time due.
func (s *SQLite) Retry(ctx context.Context, m Message, due time.Time, reply string) error {
	return s.w.write(ctx, func(st *statements) error {
		return held(st.retry.Exec(due.UnixMilli(), reply, m.ID, m.lease))
	})
}

// Postpone gives the mail back untried: the way was blocked, which says
// nothing about this mail.
func (s *SQLite) Postpone(ctx context.Context, m Message, due time.Time) error {
	return s.w.write(ctx, func(st *statements) error {
		return held(st.postpone.Exec(due.UnixMilli(), m.ID, m.lease))
	})
}

// Dead records that the mail was refused for good, with the reply.
func (s *SQLite) Dead(ctx context.Context, m Message, reply string) error {
	return s.w.write(ctx, func(st *statements) error {
		return held(st.dead.Exec(reply, m.ID, m.lease))
	})
}

func held(r sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(ErrLeaseLost, err)
	}
	return nil
}

// Buried returns how many mails are dead, and the references of the
// submissions to which they belong, the oldest first.
func (s *SQLite) Buried(ctx context.Context) (mails int, references []string, err error) {
	rows, err := s.db.QueryContext(ctx, "SELECT reference, COUNT(*) FROM messages WHERE state = 'dead' GROUP BY reference ORDER BY MIN(id)")
	if err != nil {
		return 0, nil, fmt.Errorf("outbox: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var reference string
		var n int
		if err := rows.Scan(&reference, &n); err != nil {
			return 0, nil, fmt.Errorf("outbox: %w", err)
		}
		mails, references = mails+n, append(references, reference)
	}
	return mails, references, rows.Err()
}

// Revival is the statement by which an operator makes a dead mail due again,
// with the program sqlite3 and whether or not the outbox is open.
func Revival(id int64) string {
	return fmt.Sprintf("UPDATE messages SET state = 'queued', due = 0 WHERE id = %d AND state = 'dead'", id)
}

// Messages returns the mails of a submission in the order in which they were
// handed over.
func (s *SQLite) Messages(ctx context.Context, reference string) ([]Message, error) {
	rows, err := s.db.QueryContext(ctx, selectMessage+" WHERE reference = ? ORDER BY id", reference)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	defer rows.Close()
	var out []Message
	for rows.Next() {
		m, err := scanMessage(rows)
		if err != nil {
			return nil, fmt.Errorf("outbox: %w", err)
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

func scanMessage(row interface{ Scan(...any) error }) (Message, error) {
	var m Message
	var created, due int64
	err := row.Scan(&m.ID, &m.Reference, &m.From, &m.To, (*string)(&m.State), &m.Attempts, &created, &due, &m.lease, &m.LastError, &m.Body)
	m.Created, m.Due = time.UnixMilli(created), time.UnixMilli(due)
	return m, err
}
