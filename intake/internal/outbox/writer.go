package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// maxGroup bounds how many operations share one commit, and with it how long
// the first of them waits for the others.
const maxGroup = 128

// operation is a write that waits for its commit.
type operation struct {
	ctx  context.Context
	do   func(*statements) error
	done chan error
}

// writer owns the only connection that writes. Operations that arrive while a
// commit is running wait and then share the next one: one fsync for all.
type writer struct {
	conn  *sql.Conn
	stmts *statements
	queue chan *operation
	quit  chan struct{}
	ended chan struct{}
	once  sync.Once

	mu      sync.Mutex
	commits int // how many transactions were committed; for the tests
}

func startWriter(conn *sql.Conn, stmts *statements) *writer {
	w := &writer{conn: conn, stmts: stmts, queue: make(chan *operation, maxGroup), quit: make(chan struct{}), ended: make(chan struct{})}
	go w.run()
	return w
}

// write runs do in a transaction and returns after its commit. An error of do
// undoes do alone. When ctx ends before do has begun, do is not run; when it
// ends later, write still waits for the commit, since the answer must be true.
func (w *writer) write(ctx context.Context, do func(*statements) error) error {
	op := &operation{ctx: ctx, do: do, done: make(chan error, 1)}
	select {
	case w.queue <- op:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return ErrClosed
	}
	select {
	case err := <-op.done:
		return err
	case <-w.ended:
		select {
		case err := <-op.done:
			return err
		default:
			return ErrClosed
		}
	}
}

func (w *writer) close() {
	w.once.Do(func() { close(w.quit) })
	<-w.ended
}

func (w *writer) run() {
	defer close(w.ended)
	for {
		select {
		case op := <-w.queue:
			w.commit(w.gather(op))
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

func (w *writer) transaction(group []*operation, results []error) error {
	// Not the operation's context: the driver would interrupt a statement that
	// belongs to the others too.
	ctx := context.Background()
	exec := func(s string) error {
		_, err := w.conn.ExecContext(ctx, s)
		return err
	}
	if err := exec("BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("outbox: begin: %w", err)
	}
	for i, op := range group {
		if results[i] = op.ctx.Err(); results[i] != nil {
			continue
		}
		if err := exec("SAVEPOINT operation"); err != nil {
			return errors.Join(err, exec("ROLLBACK"))
		}
		if results[i] = op.do(w.stmts); results[i] != nil {
			// A full disk makes SQLite end the whole transaction by itself;
			// then there is no savepoint left, and none of the group is stored.
			if err := exec("ROLLBACK TO operation"); err != nil {
				exec("ROLLBACK")
				return fmt.Errorf("outbox: %w", results[i])
			}
		}
		if err := exec("RELEASE operation"); err != nil {
			return errors.Join(err, exec("ROLLBACK"))
		}
	}
	if err := exec("COMMIT"); err != nil {
		exec("ROLLBACK")
		return fmt.Errorf("outbox: commit: %w", err)
	}
	w.mu.Lock()
	w.commits++
	w.mu.Unlock()
	return nil
}
