package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/ledger"
)

// engine runs the ledger's transactions.
type engine struct{ s *Store }

func (e engine) Write(ctx context.Context, do func(ledger.Tx) error) error {
	return e.s.w.write(ctx, func(t *tx) error { return do(t) })
}

func (e engine) Read(ctx context.Context, do func(ledger.Tx) error) error {
	return e.judge(ctx, do(&tx{known: e.s.known, ctx: ctx}))
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
	return e.judge(ctx, err)
}

// judge names the errors of a reading.
func (e engine) judge(ctx context.Context, err error) error {
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

// tx runs statements prepared on the writer's connection, prepared on any
// reader's, or on one reader's.
type tx struct {
	prepare   func(string) (*sql.Stmt, error)
	known     *known
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
	switch {
	case t.known != nil:
		st, err := t.known.prepare(t.ctx, text)
		if err != nil {
			return nil, err
		}
		return st.QueryContext(t.ctx, args...)
	case t.prepare == nil:
		return t.conn.QueryContext(t.ctx, numbered(text), args...)
	}
	st, err := t.prepare(text)
	if err != nil {
		return nil, err
	}
	return st.Query(args...)
}

// known are the readers' prepared statements. The texts that Read is given are
// few: they are written in package ledger.
type known struct {
	db *sql.DB
	mu sync.Mutex
	st map[string]*sql.Stmt
}

func (k *known) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if st, ok := k.st[text]; ok {
		return st, nil
	}
	// On connections that come later it is prepared again.
	st, err := k.db.PrepareContext(ctx, numbered(text))
	if err == nil {
		k.st[text] = st
	}
	return st, err
}
