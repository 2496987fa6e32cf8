package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/ledger"
)

// engine runs the ledger's transactions.
type engine struct{ s *Store }

func (e engine) Write(ctx context.Context, do func(ledger.Tx) error) error {
	return e.s.w.write(ctx, func(t *tx) error { return do(t) })
}

func (e engine) Read(ctx context.Context, do func(ledger.Tx) error) error {
	return e.read(ctx, func(conn *sql.Conn) error { return do(&tx{conn: conn, ctx: ctx}) })
}

func (e engine) Snapshot(ctx context.Context, do func(ledger.Tx) error) error {
	return e.read(ctx, func(conn *sql.Conn) error {
		if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
			return err
		}
		// Without the context: the connection goes on living.
		defer conn.ExecContext(context.Background(), "ROLLBACK")
		return do(&tx{conn: conn, ctx: ctx})
	})
}

func (e engine) read(ctx context.Context, do func(*sql.Conn) error) error {
	conn, err := e.s.readers.Conn(ctx)
	if err == nil {
		err = do(conn)
		conn.Close()
	}
	if err == nil {
		return nil
	}
	select {
	case <-e.s.w.quit:
		return outbox.ErrClosed
	default:
	}
	if end := ctx.Err(); end != nil && !errors.Is(err, end) {
		return end // the driver says "interrupted"
	}
	return err
}

// tx runs statements on the writer's connection, prepared, or on a reader's.
type tx struct {
	prepare   func(string) (*sql.Stmt, error)
	conn      *sql.Conn
	ctx       context.Context
	destroyed bool
}

func (t *tx) Destroyed() { t.destroyed = true }

func (t *tx) Exec(text string, args ...any) (int64, error) {
	if t.prepare == nil {
		return 0, errors.New("a write where only reading is allowed")
	}
	st, err := t.prepare(text)
	if err != nil {
		return 0, err
	}
	r, err := st.Exec(args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (t *tx) Query(each func(scan func(...any) error) error, text string, args ...any) error {
	rows, err := t.rows(text, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (t *tx) rows(text string, args []any) (*sql.Rows, error) {
	if t.prepare == nil {
		return t.conn.QueryContext(t.ctx, numbered(text), args...)
	}
	st, err := t.prepare(text)
	if err != nil {
		return nil, err
	}
	return st.Query(args...)
}
