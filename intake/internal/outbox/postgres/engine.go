package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/ledger"
)

// engine runs the ledger's transactions.
type engine struct{ s *Store }

func (e engine) Write(ctx context.Context, do func(ledger.Tx) error) error {
	return e.s.write(ctx, func(t *tx) error { return do(t) })
}

func (e engine) Read(ctx context.Context, do func(ledger.Tx) error) error {
	return e.s.with(ctx, "", "", func(t *tx) error { return do(t) })
}

func (e engine) Snapshot(ctx context.Context, do func(ledger.Tx) error) error {
	// Who reads a dump may be slow.
	const begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0"
	return e.s.with(ctx, begin, "COMMIT", func(t *tx) error {
		t.reading = true
		return do(t)
	})
}

func (s *Store) write(ctx context.Context, do func(*tx) error) error {
	return s.with(ctx, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", "COMMIT", do)
}

// with runs do between two statements on one connection, of which both may be
// empty. An error of do undoes it and comes back as it is.
func (s *Store) with(ctx context.Context, begin, commit string, do func(*tx) error) error {
	for try := 1; ; try++ {
		t, err := s.begin(ctx, begin)
		if err == nil {
			err = t.finish(begin, commit, do)
			// A reading that has not yet shown anything is begun again where
			// the connection was a dead one.
			if again := err != nil && begin == "" && t.rows == 0 && t.conn.Conn().IsClosed(); again && !errors.Is(err, errHung) && try < retries {
				t.conn.Release()
				time.Sleep(retryPause)
				continue
			}
			t.conn.Release()
		}
		return s.clean(err)
	}
}

// begin gives a connection in a new transaction. Nothing is done before, so a
// connection that turns out to be dead is replaced.
func (s *Store) begin(ctx context.Context, statement string) (*tx, error) {
	for try := 1; ; try++ {
		if s.closed.Load() {
			return nil, outbox.ErrClosed
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		conn, err := s.acquire(ctx)
		if err != nil {
			return nil, err
		}
		t := &tx{s: s, ctx: ctx, conn: conn}
		if statement == "" {
			return t, nil
		}
		if _, err = t.Exec(statement); err == nil {
			return t, nil
		}
		broken := conn.Conn().IsClosed()
		conn.Release()
		if !broken || errors.Is(err, errHung) || try == retries {
			return nil, err
		}
		time.Sleep(retryPause)
	}
}

func (s *Store) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	bound, stop := context.WithTimeoutCause(ctx, s.limits.connect+s.limits.grace, errHung)
	defer stop()
	conn, err := s.pool.Acquire(bound)
	if err != nil && ctx.Err() == nil && bound.Err() != nil {
		err = errHung
	}
	return conn, err
}

// tx runs statements on one connection.
type tx struct {
	s    *Store
	ctx  context.Context
	conn *pgxpool.Conn
	rows int // how many were shown

	// reading tells that nothing is lost by stopping between two statements.
	reading bool
}

func (t *tx) finish(begin, commit string, do func(*tx) error) error {
	if err := do(t); err != nil {
		if begin != "" {
			t.Exec("ROLLBACK") // where that fails, the pool throws the connection away
		}
		return err
	}
	if commit == "" {
		return nil
	}
	ctx, stop := t.s.patient(t.ctx)
	defer stop()
	tag, err := t.conn.Exec(ctx, commit)
	if err == nil && tag.String() != "COMMIT" {
		err = errors.New("the transaction was rolled back")
	}
	if err != nil {
		return fmt.Errorf("commit: %w", late(ctx, err))
	}
	return nil
}

// Destroyed is described at ledger.Tx. PostgreSQL overwrites in its own time.
func (t *tx) Destroyed() {}

func (t *tx) Exec(text string, args ...any) (int64, error) {
	ctx, stop := t.s.patient(t.ctx)
	defer stop()
	tag, err := t.conn.Exec(ctx, text, args...)
	if err != nil {
		return 0, late(ctx, err)
	}
	return tag.RowsAffected(), nil
}

func (t *tx) Query(each func(scan func(...any) error) error, text string, args ...any) error {
	if err := t.ctx.Err(); t.reading && err != nil {
		return err
	}
	ctx, stop := t.s.patient(t.ctx)
	defer stop()
	rows, err := t.conn.Query(ctx, text, args...)
	if err != nil {
		return late(ctx, err)
	}
	defer rows.Close()
	for rows.Next() {
		t.rows++
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return late(ctx, rows.Err())
}

// late names a server that hangs as what it is.
func late(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && context.Cause(ctx) == errHung {
		return errHung
	}
	return err
}
