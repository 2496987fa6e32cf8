package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// applicationID marks a database as an outbox of this program ("Waij"). The
// trial version's outbox had none.
const applicationID = 0x5761696a

// schema returns the steps from one version of the database to the next. The
// database's user_version counts the steps that it has taken. Steps are only
// ever appended. What the columns mean is said at outbox.Submission and
// outbox.Message; package ledger says which it needs.
func schema() []string {
	return []string{`
CREATE TABLE submissions (
	reference     TEXT PRIMARY KEY,
	form          TEXT NOT NULL,
	key           TEXT,
	digest        BLOB,
	lang          TEXT NOT NULL,
	created       INTEGER NOT NULL,
	status        TEXT NOT NULL CHECK (status IN ('held', 'received', 'handling', 'answered', 'closed')),
	changed       INTEGER NOT NULL,
	why           TEXT NOT NULL,
	contact       BLOB,
	expires       INTEGER,
	keep_after    INTEGER NOT NULL,
	ends          INTEGER,
	record        BLOB,
	office_wrap   BLOB,
	delivery_wrap BLOB
) STRICT;
CREATE UNIQUE INDEX submissions_key ON submissions (form, key) WHERE key IS NOT NULL;
CREATE INDEX submissions_created ON submissions (created, reference);
CREATE INDEX submissions_ends ON submissions (ends) WHERE ends IS NOT NULL;
CREATE INDEX submissions_status ON submissions (status);
CREATE TABLE messages (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	reference  TEXT REFERENCES submissions (reference) ON DELETE CASCADE,
	kind       TEXT NOT NULL,
	state      TEXT NOT NULL CHECK (state IN ('queued', 'held', 'sent', 'dead')),
	attempts   INTEGER NOT NULL DEFAULT 0,
	created    INTEGER NOT NULL,
	due        INTEGER NOT NULL,
	lease      INTEGER NOT NULL DEFAULT 0,
	last_error TEXT NOT NULL DEFAULT '',
	parcel     BLOB NOT NULL,
	wrap       BLOB
) STRICT;
CREATE INDEX messages_due ON messages (state, due, id);
CREATE INDEX messages_reference ON messages (reference);
CREATE INDEX messages_state ON messages (state, created);
CREATE TABLE tasks (name TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT;
CREATE TABLE kept (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE probe (n INTEGER NOT NULL) STRICT;
INSERT INTO probe (n) VALUES (0);
`}
}

// migrate makes an empty database an outbox, and an older outbox a new one.
// Others may do the same to the same file at this moment.
func migrate(conn *sql.Conn) error {
	ctx := context.Background()
	if err := recognize(ctx, conn); err != nil { // before anything is changed
		return err
	}
	if err := intoWAL(ctx, conn); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := steps(ctx, conn)
	if err == nil {
		_, err = conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		conn.ExecContext(ctx, "ROLLBACK")
	}
	return err
}

func steps(ctx context.Context, conn *sql.Conn) error {
	// Once more, since another process may have been here meanwhile.
	if err := recognize(ctx, conn); err != nil {
		return err
	}
	var version int
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	for steps := schema(); version < len(steps); version++ {
		if _, err := conn.ExecContext(ctx, fmt.Sprintf("%s PRAGMA application_id = %d; PRAGMA user_version = %d", steps[version], applicationID, version+1)); err != nil {
			return fmt.Errorf("schema version %d: %w", version+1, err)
		}
	}
	return nil
}

// recognize refuses what is neither an outbox of this program nor empty.
func recognize(ctx context.Context, conn *sql.Conn) error {
	var id, version, tables, trial int
	err := conn.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version),
(SELECT COUNT(*) FROM sqlite_schema), (SELECT COUNT(*) FROM pragma_table_info('submissions') WHERE name = 'token')`).Scan(&id, &version, &tables, &trial)
	switch {
	case err != nil:
		return err
	case id == 0 && trial > 0:
		return errors.New("this outbox was made by a trial version of intake and cannot be read any more: start with a new data folder")
	case id == 0 && version == 0 && tables == 0:
		return nil
	case id != applicationID:
		return errors.New("this database is not an outbox of intake: name another file")
	case version > len(schema()):
		return fmt.Errorf("the outbox has version %d; this program knows versions up to %d: use a newer program", version, len(schema()))
	}
	return nil
}

// intoWAL turns write-ahead logging on. SQLite does not wait by itself where
// two processes do this at once.
func intoWAL(ctx context.Context, conn *sql.Conn) error {
	const tries = 200
	for try := 1; ; try++ {
		var mode string
		err := conn.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode)
		if err == nil && mode != "wal" {
			err = fmt.Errorf("the file system allows no write-ahead log (journal_mode is %s): put the data folder on a local disk", mode)
		}
		var e *sqlite.Error
		if err == nil || try == tries || !errors.As(err, &e) || e.Code()&0xff != sqlite3.SQLITE_BUSY {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}
