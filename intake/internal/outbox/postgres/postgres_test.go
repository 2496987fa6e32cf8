package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/postgres/pgtest"
)

func start() time.Time { return time.UnixMilli(1_772_326_800_000) }

func submission(n int) outbox.Submission {
	return outbox.Submission{Reference: fmt.Sprintf("HZ-%04d", n), Form: "hiring-request", Created: start()}
}

func mails() []outbox.Mail { return []outbox.Mail{{Kind: outbox.ToOffice, Parcel: []byte("parcel")}} }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func accept(t *testing.T, box *Store, n int) {
	t.Helper()
	if _, fresh, err := box.Accept(t.Context(), submission(n), mails()); err != nil || !fresh {
		t.Fatal(fresh, err)
	}
}

// admin runs statements as the administrator would, with psql.
func admin(t *testing.T, address string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	must(t, err)
	defer conn.Close(context.Background())
	for _, s := range statements {
		if _, err := conn.Exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestEveryConnectionIsDurable(t *testing.T) {
	server := pgtest.Start(t)
	for _, weak := range []string{"off", "local"} {
		address := server.Database(t)
		u, err := url.Parse(address)
		must(t, err)
		name := strings.TrimPrefix(u.Path, "/")
		admin(t, address, "ALTER DATABASE "+name+" SET synchronous_commit = "+weak)
		box := opened(t, address+"&synchronous_commit="+weak)
		must(t, box.Check(t.Context()))
		for setting, want := range map[string]string{"synchronous_commit": "on", "fsync": "on", "full_page_writes": "on", "search_path": "intake",
			"statement_timeout": "30s", "lock_timeout": "15s", "idle_in_transaction_session_timeout": "1min"} {
			var got string
			must(t, box.pool.QueryRow(t.Context(), "SELECT current_setting($1)", setting).Scan(&got))
			if got != want {
				t.Errorf("%s is %s, want %s", setting, got, want)
			}
		}
		// The check finds what was changed behind its back.
		must(t, box.with(t.Context(), "", "", func(t *tx) error {
			_, err := t.Exec("SET synchronous_commit = off")
			return err
		}))
		if err := box.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "synchronous_commit") {
			t.Errorf("%v", err)
		}
	}
}

func TestAServerThatDoesNotSyncIsRefused(t *testing.T) {
	server := pgtest.Start(t)
	address := server.Database(t)
	box := opened(t, address)
	accept(t, box, 1)
	for _, setting := range []string{"fsync", "full_page_writes"} {
		server.Stop(t)
		server.Run(t, setting+"=off")
		second, err := Open(t.Context(), address)
		if err == nil {
			second.Close()
		}
		if err == nil || !strings.Contains(err.Error(), setting+" = on in postgresql.conf") {
			t.Errorf("%s: %v", setting, err)
		}
		// The store that was open before notices too.
		if _, _, err := box.Accept(t.Context(), submission(2), nil); err == nil {
			t.Errorf("%s=off: accepted", setting)
		}
		if err := box.Check(t.Context()); err == nil || !strings.Contains(err.Error(), setting) {
			t.Errorf("%s: %v", setting, err)
		}
	}
	server.Stop(t)
	server.Run(t)
	accept(t, box, 3)
}

func TestItConnectsAgainWhenTheServerRestarts(t *testing.T) {
	server := pgtest.Start(t)
	box := opened(t, server.Database(t))
	var wg sync.WaitGroup
	for n := range 16 { // fill the pool with connections
		wg.Go(func() {
			if _, _, err := box.Accept(t.Context(), submission(n), mails()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for round, end := range []func(testing.TB){server.Stop, server.Crash} {
		end(t)
		if _, _, err := box.Accept(t.Context(), submission(900), nil); err == nil {
			t.Error("accepted without a server")
		}
		if _, err := box.Count(t.Context(), start()); err == nil {
			t.Error("counted without a server")
		}
		server.Run(t)
		// Every connection of the pool is dead, and nobody sees an error.
		accept(t, box, 100+round)
		if s, err := box.ByReference(t.Context(), "HZ-0007"); err != nil || s.Form == "" {
			t.Errorf("%v", err)
		}
		c, err := box.Count(t.Context(), start())
		if must(t, err); c.Submissions[outbox.Received] != 17+round {
			t.Errorf("%+v", c)
		}
	}
}

func TestManyInstancesStartAtOnce(t *testing.T) {
	server := pgtest.Start(t)
	address := server.Database(t)
	admin(t, address, "CREATE TABLE submissions (name text)", "INSERT INTO submissions VALUES ('of somebody else')")
	var wg sync.WaitGroup
	for n := range 5 {
		wg.Go(func() {
			box, err := Open(t.Context(), address)
			if err != nil {
				t.Error(err)
				return
			}
			defer box.Close()
			if _, _, err := box.Accept(t.Context(), submission(n), mails()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	box := opened(t, address)
	if c, err := box.Count(t.Context(), start()); err != nil || c.Submissions[outbox.Received] != 5 {
		t.Errorf("%+v %v", c, err)
	}
	var version, others int
	must(t, box.pool.QueryRow(t.Context(), "SELECT (SELECT n FROM intake.version), (SELECT COUNT(*) FROM public.submissions)").Scan(&version, &others))
	if version != len(schema()) || others != 1 {
		t.Errorf("version %d, %d rows of somebody else", version, others)
	}
	admin(t, address, "UPDATE intake.version SET n = 99")
	if _, err := Open(t.Context(), address); err == nil || !strings.Contains(err.Error(), "use a newer program") {
		t.Errorf("a later version: %v", err)
	}
}

func TestAUserWithFewRights(t *testing.T) {
	server := pgtest.Start(t)
	address := server.Database(t)
	admin(t, address, "CREATE ROLE clerk LOGIN", "REVOKE CREATE ON DATABASE "+strings.Split(strings.TrimPrefix(address, "postgres://intake@/"), "?")[0]+" FROM PUBLIC")
	clerk := strings.Replace(address, "intake@", "clerk@", 1)
	if _, err := Open(t.Context(), clerk); err == nil || !strings.Contains(err.Error(), "the schema intake cannot be made") {
		t.Errorf("%v", err)
	}
	admin(t, address, "CREATE SCHEMA intake AUTHORIZATION clerk")
	accept(t, opened(t, clerk), 1)
}

// A server that hangs is one that takes the connection and says nothing more.
func TestAServerThatHangsGivesAnError(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer silent.Close()
	short := usual()
	short.connect = 300 * time.Millisecond
	if _, err := open(t.Context(), "postgres://intake:example-password@"+silent.Addr().String()+"/forms?sslmode=disable", short); err == nil || strings.Contains(err.Error(), "example-password") {
		t.Errorf("silent: %v", err)
	}

	server := pgtest.Start(t)
	address := server.Database(t)
	box := opened(t, address)
	var pid int
	must(t, box.pool.QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&pid))
	must(t, syscall.Kill(pid, syscall.SIGSTOP))
	box.limits.statement, box.limits.grace = 0, 300*time.Millisecond
	_, _, err = box.Accept(t.Context(), submission(1), mails())
	box.limits = usual()
	must(t, syscall.Kill(pid, syscall.SIGCONT))
	if !errors.Is(err, errHung) {
		t.Errorf("hung: %v", err)
	}

	// Somebody else's lock: the server itself gives up.
	accept(t, box, 2)
	short = usual()
	short.lock = 50 * time.Millisecond
	impatient, err := open(t.Context(), address, short)
	must(t, err)
	defer impatient.Close()
	must(t, box.write(t.Context(), func(hold *tx) error {
		if _, err := hold.Exec("SELECT 1 FROM submissions FOR UPDATE"); err != nil {
			return err
		}
		if err := impatient.Erase(t.Context(), "HZ-0002"); err == nil || !strings.Contains(err.Error(), "lock timeout") {
			t.Errorf("locked: %v", err)
		}
		return nil
	}))
}

func TestNoErrorSaysThePassword(t *testing.T) {
	const password = "p%40ss:/w0rd+%25" // p@ss:/w0rd+%
	for name, address := range map[string]string{
		"refused":          "postgres://intake:" + password + "@127.0.0.1:1/forms?sslmode=disable",
		"unreadable":       "postgres://intake:p%zzss:/w0rd@127.0.0.1:1/forms",
		"a bad port":       "postgres://intake:" + password + "@127.0.0.1:port/forms",
		"a bad setting":    "postgres://intake:" + password + "@127.0.0.1:1/forms?sslmode=p%40ss:%2Fw0rd%2B%25",
		"in the query":     "postgres://intake@127.0.0.1:1/forms?sslmode=nonsense&password=" + password,
		"another database": "mysql://intake:" + password + "@127.0.0.1:1/forms",
		"words":            "host=127.0.0.1 password=p@ss:/w0rd+% user=intake",
	} {
		_, err := Open(t.Context(), address)
		if err == nil {
			t.Fatalf("%s: opened", name)
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			for _, secret := range []string{password, "p@ss", "w0rd", "p%zzss"} {
				if strings.Contains(e.Error(), secret) {
					t.Errorf("%s: %v", name, e)
				}
			}
		}
		if !strings.Contains(err.Error(), "PostgreSQL") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
