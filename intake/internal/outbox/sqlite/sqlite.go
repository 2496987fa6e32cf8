// Package sqlite is an outbox in one file, for one server:
//
//	box, err := sqlite.Open(filepath.Join(data, "outbox.db"))
//	defer box.Close()
//
// The operator's commands may open the same file while the server runs: a
// write waits for the other's, up to ten seconds.
//
// The database is in WAL mode with synchronous=FULL, so that each commit is on
// the disk before it is answered. All writes of one process go through one
// connection, and those that arrive while a commit runs share the next one.
//
// What is destroyed (a delivery wrap, an erased submission) is overwritten in
// the database by secure_delete. The write-ahead log keeps its old pages until
// it is truncated, which happens some seconds after such a transaction, and on
// Close; while somebody reads for longer, say for a dump, it happens after him.
// What a file system or a disk keeps of overwritten blocks is out of reach.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver

	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/ledger"
)

// scrubAfter is how soon the log is truncated when something was destroyed.
const scrubAfter = 5 * time.Second

// pragmas are set on every connection. FULL makes each commit in WAL mode sync
// the log before it returns; with less, a loss of power loses what was
// promised. Temporary tables stay off the disk.
func pragmas() []string {
	return []string{"busy_timeout(10000)", "synchronous(FULL)", "foreign_keys(ON)", "secure_delete(ON)", "temp_store(MEMORY)"}
}

// Store is an outbox.Store in a file.
type Store struct {
	*ledger.Ledger
	path    string
	writes  *sql.DB // holds the writer's connection
	readers *sql.DB
	known   *known
	w       *writer
	once    sync.Once
	closing error
}

var _ outbox.Store = (*Store)(nil)

// Open opens the database at path, making or upgrading it as needed. The file
// can be read by its owner alone; its folder must exist.
func Open(path string) (*Store, error) { return open(path, scrubAfter) }

func open(path string, scrub time.Duration) (*Store, error) {
	// SQLite gives its log files the mode of the database.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	f.Close()
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	s := &Store{path: path}
	if err := s.start(abs, scrub); err != nil {
		s.Close()
		return nil, fmt.Errorf("outbox: %s: %w", path, err)
	}
	return s, nil
}

func (s *Store) start(path string, scrub time.Duration) error {
	var err error
	if s.writes, err = sql.Open("sqlite", dsn(path)); err != nil {
		return err
	}
	s.writes.SetMaxOpenConns(1)
	conn, err := s.writes.Conn(context.Background())
	if err != nil {
		return err
	}
	if err := migrate(conn); err != nil {
		return errors.Join(err, conn.Close())
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return errors.Join(err, conn.Close())
	}
	if s.readers, err = sql.Open("sqlite", dsn(path)+"&_pragma=query_only(ON)"); err != nil {
		return errors.Join(err, conn.Close())
	}
	s.readers.SetMaxOpenConns(4)
	s.readers.SetMaxIdleConns(4) // with their statements
	s.known = &known{db: s.readers, st: map[string]*sql.Stmt{}}
	s.w = startWriter(conn, scrub)
	s.Ledger = ledger.New(engine{s}, ledger.Dialect{})
	return nil
}

func dsn(path string) string {
	u := url.URL{Scheme: "file", Path: path}
	return u.String() + "?_pragma=" + strings.Join(pragmas(), "&_pragma=")
}

// Check is described at outbox.Store.
func (s *Store) Check(ctx context.Context) error {
	return s.w.write(ctx, func(tx *tx) error {
		for _, p := range settings() {
			var got string
			if err := tx.Query(func(scan func(...any) error) error { return scan(&got) }, "PRAGMA "+p.name); err != nil {
				return fmt.Errorf("outbox: %s: %w", s.path, err)
			}
			if got != p.want {
				return fmt.Errorf("outbox: %s: %s is %s instead of %s", s.path, p.name, got, p.want)
			}
		}
		_, err := tx.Exec("UPDATE probe SET n = n + 1")
		if err != nil {
			err = fmt.Errorf("outbox: %s: %w", s.path, err)
		}
		return err
	})
}

// setting is what a pragma reads as when it holds.
type setting struct{ name, want string }

func settings() []setting {
	return []setting{{"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"}, {"secure_delete", "1"}, {"busy_timeout", "10000"}, {"temp_store", "2"}}
}

// Close waits for what was begun, truncates the log and closes the database.
func (s *Store) Close() error {
	s.once.Do(func() {
		var errs []error
		if s.w != nil {
			s.w.stop()
		}
		if s.readers != nil {
			errs = append(errs, s.readers.Close())
		}
		if s.w != nil {
			// Last, since a reader would be in the way. Readers of another
			// process are gone soon.
			for tries := 0; s.w.scrub() != nil && s.w.destroyed && tries < 100; tries++ {
				time.Sleep(20 * time.Millisecond)
			}
			errs = append(errs, s.w.conn.Close())
		}
		if s.writes != nil {
			errs = append(errs, s.writes.Close())
		}
		s.closing = errors.Join(errs...)
	})
	return s.closing
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
