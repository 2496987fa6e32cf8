package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"waijiao/intake/internal/outbox"
)

// maxGroup bounds how many operations share one commit, and with it how long
// the first of them waits for the others.
const maxGroup = 128

// operation is a write that waits for its commit.
type operation struct {
	ctx  context.Context
	do   func(*tx) error
	done chan error
}

// writer owns the only connection that writes. Operations that arrive while a
// commit is running wait and then share the next one: one fsync for all.
type writer struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	queue chan *operation
	quit  chan struct{}
	ended chan struct{}
	once  sync.Once

	// destroyed tells that the log holds what was to be destroyed, and pause
	// how long it may. It is so at the start: a process that was killed may
	// have left such a log.
	destroyed bool
	pause     time.Duration

	commits atomic.Int64 // how many transactions were committed
	scrubs  atomic.Int64 // how often the log was truncated
}

func startWriter(conn *sql.Conn, pause time.Duration) *writer {
	w := &writer{conn: conn, stmts: map[string]*sql.Stmt{}, queue: make(chan *operation, maxGroup),
		quit: make(chan struct{}), ended: make(chan struct{}), pause: pause, destroyed: true}
	go w.run()
	return w
}

// write runs do in a transaction and returns after its commit. An error of do
// undoes do alone. When ctx ends before do has begun, do is not run; when it
// ends later, write still waits for the commit, since the answer must be true.
func (w *writer) write(ctx context.Context, do func(*tx) error) error {
	op := &operation{ctx: ctx, do: do, done: make(chan error, 1)}
	select {
	case <-w.quit:
		return outbox.ErrClosed
	default:
	}
	select {
	case w.queue <- op:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return outbox.ErrClosed
	}
	select {
	case err := <-op.done:
		return err
	case <-w.ended:
		select {
		case err := <-op.done:
			return err
		default:
			return outbox.ErrClosed
		}
	}
}

// stop does what is queued and ends the writer; its connection stays.
func (w *writer) stop() {
	w.once.Do(func() { close(w.quit) })
	<-w.ended
}

func (w *writer) run() {
	defer close(w.ended)
	var due <-chan time.Time // when the log is to be truncated
	for {
		if w.destroyed && due == nil {
			due = time.After(w.pause)
		}
		select {
		case op := <-w.queue:
			w.commit(w.gather(op))
		case <-due:
			due = nil
			// Where it fails, a reader is in the way: it is tried again.
			w.destroyed = w.scrub() != nil
		case <-w.quit:
			for {
				select {
				case op := <-w.queue:
					w.commit(w.gather(op))
				default:
					return
				}
			}
		}
	}
}

// gather takes whatever else is waiting already. It does not wait for more:
// under load the commits themselves make the groups.
func (w *writer) gather(first *operation) []*operation {
	group := []*operation{first}
	for len(group) < maxGroup {
		select {
		case op := <-w.queue:
			group = append(group, op)
		default:
			return group
		}
	}
	return group
}

func (w *writer) commit(group []*operation) {
	results := make([]error, len(group))
	err := w.transaction(group, results)
	for i, op := range group {
		if err != nil && results[i] == nil {
			results[i] = err
		}
		op.done <- results[i]
	}
}

func (w *writer) exec(sql string) error {
	// Not the operation's context: the driver would interrupt a statement that
	// belongs to the others too.
	_, err := w.conn.ExecContext(context.Background(), sql)
	return err
}

func (w *writer) transaction(group []*operation, results []error) error {
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("outbox: begin: %w", err)
	}
	destroyed := false
	for i, op := range group {
		if results[i] = op.ctx.Err(); results[i] != nil {
			continue
		}
		if err := w.exec("SAVEPOINT operation"); err != nil {
			return errors.Join(err, w.exec("ROLLBACK"))
		}
		t := &tx{prepare: w.prepare}
		if results[i] = op.do(t); results[i] != nil {
			// A full disk makes SQLite end the whole transaction by itself;
			// then there is no savepoint left, and none of the group is stored.
			if err := w.exec("ROLLBACK TO operation"); err != nil {
				w.exec("ROLLBACK")
				return fmt.Errorf("outbox: %w", results[i])
			}
		}
		destroyed = destroyed || t.destroyed
		if err := w.exec("RELEASE operation"); err != nil {
			return errors.Join(err, w.exec("ROLLBACK"))
		}
	}
	if err := w.exec("COMMIT"); err != nil {
		w.exec("ROLLBACK")
		return fmt.Errorf("outbox: commit: %w", err)
	}
	w.destroyed = w.destroyed || destroyed
	w.commits.Add(1)
	return nil
}

// scrub moves the log into the database and truncates it. It fails, without
// waiting, where somebody else reads or writes.
func (w *writer) scrub() error {
	if err := w.exec("PRAGMA busy_timeout = 0"); err != nil {
		return err
	}
	var busy, log, moved int
	err := w.conn.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved)
	if e := w.exec("PRAGMA busy_timeout = 10000"); e != nil {
		return e
	}
	if err == nil && busy != 0 {
		err = errors.New("outbox: somebody reads the log")
	}
	if err == nil {
		w.scrubs.Add(1)
	}
	return err
}

// prepare makes a statement once. The texts are few: they are written in
// package ledger.
func (w *writer) prepare(text string) (*sql.Stmt, error) {
	if st, ok := w.stmts[text]; ok {
		return st, nil
	}
	st, err := w.conn.PrepareContext(context.Background(), numbered(text))
	if err == nil {
		w.stmts[text] = st
	}
	return st, err
}

// numbered writes $1 as ?1. No statement holds a dollar sign otherwise.
func numbered(text string) string { return strings.ReplaceAll(text, "$", "?") }
