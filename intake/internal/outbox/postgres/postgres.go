// Package postgres is an outbox in PostgreSQL (13 or newer), for several
// instances of the server on one database:
//
//	box, err := postgres.Open(ctx, "postgres://intake@db.example.org/forms?sslmode=verify-full")
//	defer box.Close()
//
// The tables lie in the schema "intake", made if it is missing, so the
// database may serve others too. Instances lend each other nothing: a mail
// that one holds is passed over by the rest until its lease runs out.
//
// Open refuses a server that does not sync (fsync, full_page_writes) and sets
// synchronous_commit for its own connections. When the server restarts, what
// runs fails, and what comes later connects anew. A server that hangs gives an
// error after a time. The address may not lead through a pooler that gives
// every transaction another connection.
//
// A delivery wrap that is destroyed is gone for every client, but PostgreSQL
// overwrites the old row only after VACUUM, keeps it in its log (WAL) until
// that is recycled, and in whatever archives and copies are made of it. Who
// must be sure encrypts that disk and keeps no archive longer than needed.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/ledger"
)

// limits say how long is waited before an error is given.
type limits struct {
	connect   time.Duration // for a connection
	statement time.Duration // for one statement, which the server ends
	grace     time.Duration // longer than that, before we end the connection
	lock      time.Duration // for what somebody else holds
}

func usual() limits {
	return limits{connect: 10 * time.Second, statement: 30 * time.Second, grace: 5 * time.Second, lock: 15 * time.Second}
}

// Store is an outbox.Store in a PostgreSQL database.
type Store struct {
	*ledger.Ledger
	pool   *pgxpool.Pool
	limits limits
	secret []string // what no error may say
	closed atomic.Bool
	once   sync.Once
}

var _ outbox.Store = (*Store)(nil)

// Open connects to the database at the address (postgres://user@host/name),
// and makes or upgrades the tables as needed; several instances may do so at
// once.
func Open(ctx context.Context, address string) (*Store, error) { return open(ctx, address, usual()) }

func open(ctx context.Context, address string, l limits) (*Store, error) {
	s := &Store{limits: l}
	config, err := s.configure(address)
	if err != nil {
		return nil, err
	}
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, s.clean(err)
	}
	if err := s.migrate(ctx); err != nil {
		s.pool.Close()
		return nil, s.clean(err)
	}
	s.Ledger = ledger.New(engine{s}, ledger.Dialect{
		Lock: " FOR UPDATE", SkipLocked: " FOR UPDATE SKIP LOCKED",
		Exclusive: "LOCK TABLE submissions, messages, tasks, kept IN EXCLUSIVE MODE",
		Loaded:    "SELECT setval(pg_get_serial_sequence('messages', 'id'), COALESCE((SELECT MAX(id) FROM messages), 0) + 1, false)",
	})
	return s, nil
}

func (s *Store) configure(address string) (*pgxpool.Config, error) {
	const how = "write it as postgres://user@host/database"
	u, err := url.Parse(address)
	if err != nil {
		// The parser's error repeats the address, and with it the password.
		return nil, errors.New("outbox: the address of PostgreSQL cannot be read: " + how + ", with %-escapes in the password")
	}
	if u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errors.New("outbox: the address of PostgreSQL does not begin with postgres://: " + how)
	}
	if password, ok := u.User.Password(); ok && password != "" {
		s.secret = append(s.secret, password, url.QueryEscape(password), url.PathEscape(password), strings.TrimPrefix(url.UserPassword("", password).String(), ":"))
	}
	if password := u.Query().Get("password"); password != "" {
		s.secret = append(s.secret, password, url.QueryEscape(password))
	}
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, s.clean(err)
	}
	c := config.ConnConfig
	if c.Password != "" {
		s.secret = append(s.secret, c.Password)
	}
	c.ConnectTimeout = s.limits.connect
	for name, value := range map[string]string{
		"application_name": "intake", "search_path": "intake", "timezone": "UTC", "client_encoding": "UTF8",
		"statement_timeout": millis(s.limits.statement), "lock_timeout": millis(s.limits.lock), "idle_in_transaction_session_timeout": millis(2 * s.limits.statement),
	} {
		c.RuntimeParams[name] = value
	}
	if config.MaxConns < 16 && !strings.Contains(address, "pool_max_conns") {
		config.MaxConns = 16
	}
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		ctx, stop := context.WithTimeoutCause(ctx, s.limits.connect, errHung)
		defer stop()
		return late(ctx, durable(ctx, conn))
	}
	return config, nil
}

func millis(d time.Duration) string { return fmt.Sprint(d.Milliseconds()) }

// durable is run on every new connection. It refuses a server that would lose
// what it promised, and switches on what the session can switch on.
func durable(ctx context.Context, conn *pgx.Conn) error {
	var fsync, pages, commit, path string
	var standby bool
	// A stronger setting (remote_write, remote_apply) stays.
	err := conn.QueryRow(ctx, `SELECT current_setting('fsync'), current_setting('full_page_writes'),
set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN 'on' ELSE current_setting('synchronous_commit') END, false),
current_setting('search_path'), pg_is_in_recovery()`).Scan(&fsync, &pages, &commit, &path, &standby)
	if err != nil {
		return err
	}
	return judge(fsync, pages, commit, path, standby)
}

// judge says what is wrong with a server's settings.
func judge(fsync, pages, commit, path string, standby bool) error {
	switch {
	case fsync != "on":
		return errors.New("this PostgreSQL runs with fsync=" + fsync + " and would lose accepted forms when the power fails: set fsync = on in postgresql.conf")
	case pages != "on":
		return errors.New("this PostgreSQL runs with full_page_writes=" + pages + " and could be destroyed when the power fails: set full_page_writes = on in postgresql.conf")
	case commit == "off" || commit == "local":
		return errors.New("this PostgreSQL keeps synchronous_commit=" + commit + ": allow this user to set it on")
	case path != "intake":
		return errors.New("this PostgreSQL gives the search_path " + path + " instead of intake: connect without a pooler in between")
	case standby:
		return errors.New("this PostgreSQL is a standby, which cannot be written: name the primary server")
	}
	return nil
}

// Check is described at outbox.Store.
func (s *Store) Check(ctx context.Context) error {
	return s.write(ctx, func(t *tx) error {
		var fsync, pages, commit, path string
		var standby bool
		err := t.Query(func(scan func(...any) error) error { return scan(&fsync, &pages, &commit, &path, &standby) },
			`SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'), current_setting('search_path'), pg_is_in_recovery()`)
		if err == nil {
			err = judge(fsync, pages, commit, path, standby)
		}
		if err == nil {
			_, err = t.Exec("UPDATE probe SET n = n + 1")
		}
		return err
	})
}

// Close is described at outbox.Store.
func (s *Store) Close() error {
	s.once.Do(func() {
		s.closed.Store(true)
		s.pool.Close()
	})
	return nil
}

// clean takes passwords out of an error and says where it comes from.
func (s *Store) clean(err error) error {
	if err == nil {
		return nil
	}
	if s.closed.Load() {
		return outbox.ErrClosed
	}
	text := err.Error()
	for _, secret := range s.secret {
		if strings.Contains(text, secret) {
			for _, each := range s.secret {
				text = strings.ReplaceAll(text, each, "xxxxx")
			}
			return errors.New("outbox: PostgreSQL: " + text)
		}
	}
	if strings.HasPrefix(text, "outbox: ") {
		return err
	}
	return fmt.Errorf("outbox: PostgreSQL: %w", err)
}
