package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"waijiao/internal/locale"
)

// schema returns the steps from one version of the database to the next. The
// database's user_version counts the steps that it has taken. Steps are only
// ever appended.
func schema() []string {
	return []string{`
CREATE TABLE submissions (
	reference TEXT PRIMARY KEY,
	form      TEXT NOT NULL,
	key       TEXT,
	digest    BLOB,
	token     TEXT NOT NULL UNIQUE,
	lang      TEXT NOT NULL,
	copy_to   TEXT NOT NULL,
	created   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX submissions_key ON submissions (form, key) WHERE key IS NOT NULL;
CREATE TABLE messages (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	reference  TEXT NOT NULL REFERENCES submissions (reference) ON DELETE CASCADE,
	sender     TEXT NOT NULL,
	recipient  TEXT NOT NULL,
	state      TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'dead')),
	attempts   INTEGER NOT NULL DEFAULT 0,
	created    INTEGER NOT NULL,
	due        INTEGER NOT NULL,
	lease      INTEGER NOT NULL DEFAULT 0,
	last_error TEXT NOT NULL DEFAULT '',
	body       BLOB NOT NULL
) STRICT;
CREATE INDEX messages_due ON messages (due, id) WHERE state = 'queued';
CREATE INDEX messages_reference ON messages (reference);
`}
}

// pragmas are set on every connection. FULL makes each commit in WAL mode sync
// the log before it returns; with less, a loss of power loses what was
// promised.
func pragmas() []string {
	return []string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)"}
}

// SQLite is an outbox in one file, for one process.
type SQLite struct {
	db *sql.DB // readers
	wr *sql.DB // the writer's connection
	w  *writer
}

// OpenSQLite opens the database at path, making or upgrading it as needed. The
// file can be read by its owner alone; its folder must exist.
func OpenSQLite(path string) (*SQLite, error) {
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
	s := &SQLite{}
	ok := false
	defer func() {
		if !ok {
			s.Close()
		}
	}()
	if s.wr, err = sql.Open("sqlite", dsn(abs)); err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	s.wr.SetMaxOpenConns(1)
	conn, err := s.wr.Conn(context.Background())
	if err != nil {
		return nil, fmt.Errorf("outbox: %s: %w", path, err)
	}
	if err := migrate(conn); err != nil {
		return nil, fmt.Errorf("outbox: %s: %w", path, err)
	}
	if err := syncDir(filepath.Dir(abs)); err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	stmts, err := prepare(conn)
	if err != nil {
		return nil, fmt.Errorf("outbox: %s: %w", path, err)
	}
	if s.db, err = sql.Open("sqlite", dsn(abs)+"&_pragma=query_only(ON)"); err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	s.db.SetMaxOpenConns(4)
	s.w = startWriter(conn, stmts)
	ok = true
	return s, nil
}

func dsn(path string) string {
	u := url.URL{Scheme: "file", Path: path}
	return u.String() + "?_pragma=" + strings.Join(pragmas(), "&_pragma=")
}

// Close waits for what was begun and closes the database.
func (s *SQLite) Close() error {
	var errs []error
	if s.w != nil {
		s.w.close()
		errs = append(errs, s.w.conn.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.wr != nil {
		errs = append(errs, s.wr.Close())
	}
	return errors.Join(errs...)
}

func migrate(conn *sql.Conn) error {
	ctx := context.Background()
	var version int
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	steps := schema()
	if version > len(steps) {
		return fmt.Errorf("the database has version %d; this program knows versions up to %d: use a newer program", version, len(steps))
	}
	for ; version < len(steps); version++ {
		step := fmt.Sprintf("BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT", steps[version], version+1)
		if _, err := conn.ExecContext(ctx, step); err != nil {
			conn.ExecContext(ctx, "ROLLBACK")
			return fmt.Errorf("schema version %d: %w", version+1, err)
		}
	}
	return nil
}

// Accept stores the submission and its mails, due at once, and returns after
// they are on the disk. Where the form and key were accepted before, it stores
// nothing and returns the submission of that time with fresh false.
func (s *SQLite) Accept(ctx context.Context, sub Submission, mails []Mail) (stored Submission, fresh bool, err error) {
	sub.Created = time.UnixMilli(sub.Created.UnixMilli())
	err = s.w.write(ctx, func(st *statements) error {
		if sub.Key != "" {
			was, err := scanSubmission(st.byKey.QueryRow(sub.Form, sub.Key))
			if err == nil {
				stored, fresh = was, false
				return nil
			}
			if !errors.Is(err, ErrNotFound) {
				return err
			}
		}
		at := sub.Created.UnixMilli()
		key := sql.NullString{String: sub.Key, Valid: sub.Key != ""}
		_, err := st.insertSubmission.Exec(sub.Reference, sub.Form, key, sub.Digest, sub.Token, string(sub.Lang), sub.CopyTo, at)
		if isUnique(err) {
			return ErrReferenceTaken
		}
		if err != nil {
			return err
		}
		for _, m := range mails {
			if _, err := st.insertMessage.Exec(sub.Reference, m.From, m.To, at, at, m.Body); err != nil {
				return err
			}
		}
		stored, fresh = sub, true
		return nil
	})
	if err != nil {
		return Submission{}, false, err
	}
	return stored, fresh, nil
}

// ByKey finds the submission that was accepted under the form and key.
func (s *SQLite) ByKey(ctx context.Context, form, key string) (Submission, error) {
	return scanSubmission(s.db.QueryRowContext(ctx, selectSubmission+" WHERE form = ? AND key = ?", form, key))
}

// ByToken finds the submission whose receipt's address holds the token.
func (s *SQLite) ByToken(ctx context.Context, token string) (Submission, error) {
	return scanSubmission(s.db.QueryRowContext(ctx, selectSubmission+" WHERE token = ?", token))
}

func isUnique(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

func scanSubmission(row *sql.Row) (Submission, error) {
	var sub Submission
	var key sql.NullString
	var created int64
	err := row.Scan(&sub.Reference, &sub.Form, &key, &sub.Digest, &sub.Token, (*string)(&sub.Lang), &sub.CopyTo, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return Submission{}, ErrNotFound
	}
	if err != nil {
		return Submission{}, fmt.Errorf("outbox: %w", err)
	}
	sub.Key, sub.Created = key.String, time.UnixMilli(created)
	if sub.Lang != locale.EN {
		sub.Lang = locale.ZH
	}
	return sub, nil
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
