package ledger

import (
	"context"
	"fmt"
	"io"
	"time"

	"waijiao/intake/internal/outbox"
)

// Turn is described at outbox.Store.
func (l *Ledger) Turn(ctx context.Context, name string, now time.Time, every time.Duration) (turn bool, err error) {
	at, before := now.UnixMilli(), now.Add(-every).UnixMilli()
	waits := false
	err = l.engine.Read(ctx, func(tx Tx) error { // the usual case: no write, no fsync
		return wrap(tx.Query(func(func(...any) error) error { waits = true; return nil },
			"SELECT 1 FROM tasks WHERE name = $1 AND last <= $2 AND last > $3", name, at, before))
	})
	if err != nil || waits {
		return false, err
	}
	err = l.engine.Write(ctx, func(tx Tx) error {
		turn = false
		n, err := tx.Exec("INSERT INTO tasks (name, last) VALUES ($1, $2) ON CONFLICT DO NOTHING", name, at)
		if err == nil && n == 0 {
			n, err = tx.Exec("UPDATE tasks SET last = $2 WHERE name = $1 AND last <= $3", name, at, before)
		}
		if turn = n > 0; err != nil || turn {
			return wrap(err)
		}
		// The clock was set back. Counting from now on costs a period at most,
		// and two instances whose clocks differ a little do nothing twice.
		_, err = tx.Exec("UPDATE tasks SET last = $2 WHERE name = $1 AND last > $2", name, at)
		return wrap(err)
	})
	return turn && err == nil, err
}

// Put is described at outbox.Store.
func (l *Ledger) Put(ctx context.Context, name string, value []byte) error {
	return l.engine.Write(ctx, func(tx Tx) error {
		tx.Destroyed() // the old value
		if value == nil {
			_, err := tx.Exec("DELETE FROM kept WHERE name = $1", name)
			return wrap(err)
		}
		return wrap(put(tx, name, value))
	})
}

func put(tx Tx, name string, value []byte) error {
	_, err := tx.Exec("INSERT INTO kept (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return err
}

// Get is described at outbox.Store.
func (l *Ledger) Get(ctx context.Context, name string) (value []byte, err error) {
	err = l.engine.Read(ctx, func(tx Tx) error {
		return wrap(tx.Query(func(scan func(...any) error) error {
			if err := scan(&value); err != nil {
				return err
			}
			if value == nil { // SQLite's driver reads an empty value so
				value = []byte{}
			}
			return nil
		}, "SELECT value FROM kept WHERE name = $1", name))
	})
	return value, err
}

// Count is described at outbox.Store.
func (l *Ledger) Count(ctx context.Context, _ time.Time) (outbox.Counts, error) {
	c := outbox.Counts{Submissions: map[outbox.Status]int{}, Mails: map[outbox.State]int{}}
	err := l.engine.Snapshot(ctx, func(tx Tx) error {
		err := tx.Query(func(scan func(...any) error) error {
			var status string
			var n int
			err := scan(&status, &n)
			c.Submissions[outbox.Status(status)] = n
			return err
		}, "SELECT status, COUNT(*) FROM submissions GROUP BY status")
		if err != nil {
			return wrap(err)
		}
		return wrap(tx.Query(func(scan func(...any) error) error {
			var state string
			var n int
			var oldest int64
			err := scan(&state, &n, &oldest)
			c.Mails[outbox.State(state)] = n
			if outbox.State(state) == outbox.Queued {
				c.OldestQueued = time.UnixMilli(oldest)
			}
			return err
		}, "SELECT state, COUNT(*), MIN(created) FROM messages GROUP BY state"))
	})
	if err != nil {
		return outbox.Counts{}, err
	}
	return c, nil
}

// Dump is described at outbox.Store.
func (l *Ledger) Dump(ctx context.Context, w io.Writer) error {
	return l.engine.Snapshot(ctx, func(tx Tx) error {
		d, err := outbox.NewDumpWriter(w)
		if err != nil {
			return err
		}
		for _, part := range []func(Tx, *outbox.DumpWriter) error{dumpSubmissions, dumpMessages, dumpTasks, dumpKept} {
			if err := part(tx, d); err != nil {
				return wrap(err)
			}
		}
		return d.End()
	})
}

// page is how many rows are read at once: who reads the dump may be slow, and
// no statement waits for him.
const page = 20

func dumpSubmissions(tx Tx, d *outbox.DumpWriter) error {
	for last := ""; ; {
		var rows []outbox.Submission
		err := tx.Query(func(scan func(...any) error) error {
			s, err := scanSubmission(scan, true)
			rows = append(rows, s)
			return err
		}, "SELECT "+full+" FROM submissions WHERE reference > $1 ORDER BY reference LIMIT $2", last, int64(page))
		if err != nil || len(rows) == 0 {
			return err
		}
		for i := range rows {
			if err := d.Row(outbox.Row{Submission: &rows[i]}); err != nil {
				return err
			}
		}
		last = rows[len(rows)-1].Reference
	}
}

func dumpMessages(tx Tx, d *outbox.DumpWriter) error {
	for last := int64(-1); ; {
		var rows []outbox.Message
		err := tx.Query(func(scan func(...any) error) error {
			m, err := scanMessage(scan)
			rows = append(rows, m)
			return err
		}, "SELECT "+message+" FROM messages WHERE id > $1 ORDER BY id LIMIT $2", last, int64(page))
		if err != nil || len(rows) == 0 {
			return err
		}
		for i := range rows {
			if err := d.Row(outbox.Row{Message: &rows[i]}); err != nil {
				return err
			}
		}
		last = rows[len(rows)-1].ID
	}
}

func dumpTasks(tx Tx, d *outbox.DumpWriter) error {
	var rows []outbox.Row
	err := tx.Query(func(scan func(...any) error) error {
		var name string
		var last int64
		err := scan(&name, &last)
		rows = append(rows, outbox.Row{Task: &outbox.Task{Name: name, Last: time.UnixMilli(last)}})
		return err
	}, "SELECT name, last FROM tasks ORDER BY name")
	return writeRows(d, rows, err)
}

func dumpKept(tx Tx, d *outbox.DumpWriter) error {
	var rows []outbox.Row
	err := tx.Query(func(scan func(...any) error) error {
		v := &outbox.Value{}
		rows = append(rows, outbox.Row{Value: v})
		err := scan(&v.Name, &v.Value)
		if v.Value == nil {
			v.Value = []byte{}
		}
		return err
	}, "SELECT name, value FROM kept ORDER BY name")
	return writeRows(d, rows, err)
}

func writeRows(d *outbox.DumpWriter, rows []outbox.Row, err error) error {
	for _, r := range rows {
		if err != nil {
			break
		}
		err = d.Row(r)
	}
	return err
}

// Load is described at outbox.Store.
func (l *Ledger) Load(ctx context.Context, r io.Reader) error {
	return l.engine.Write(ctx, func(tx Tx) error {
		if l.dialect.Exclusive != "" {
			if _, err := tx.Exec(l.dialect.Exclusive); err != nil {
				return wrap(err)
			}
		}
		empty := true
		for _, table := range []string{"submissions", "messages", "tasks", "kept"} {
			if err := tx.Query(func(func(...any) error) error { empty = false; return nil }, "SELECT 1 FROM "+table+" LIMIT 1"); err != nil {
				return wrap(err)
			}
		}
		if !empty {
			return outbox.ErrNotEmpty
		}
		known := map[string]bool{"": true} // the references so far
		if err := outbox.ReadDump(r, func(row outbox.Row) error { return load(tx, row, known) }); err != nil {
			return err
		}
		if l.dialect.Loaded != "" {
			return wrap(tx.Query(func(func(...any) error) error { return nil }, l.dialect.Loaded))
		}
		return nil
	})
}

func load(tx Tx, row outbox.Row, known map[string]bool) (err error) {
	n := int64(1)
	switch {
	case row.Submission != nil:
		known[row.Submission.Reference] = true
		n, err = insertSubmission(tx, *row.Submission)
	case row.Message != nil:
		m := row.Message
		if !known[m.Reference] {
			return fmt.Errorf("%w: a mail of the submission %s, which is missing", outbox.ErrDump, m.Reference)
		}
		n, err = tx.Exec("INSERT INTO messages ("+message+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
			m.ID, text(m.Reference), string(m.Kind), string(m.State), int64(m.Attempts), m.Created.UnixMilli(), m.Due.UnixMilli(), m.Lease, m.LastError, m.Parcel, blob(m.Wrap))
	case row.Task != nil:
		n, err = tx.Exec("INSERT INTO tasks (name, last) VALUES ($1, $2) ON CONFLICT DO NOTHING", row.Task.Name, row.Task.Last.UnixMilli())
	case row.Value != nil:
		value := row.Value.Value
		if value == nil {
			value = []byte{}
		}
		err = put(tx, row.Value.Name, value)
	}
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: one thing is in it twice", outbox.ErrDump)
	}
	return wrap(err)
}
