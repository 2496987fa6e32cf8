package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
)

func start() time.Time { return time.UnixMilli(1_772_326_800_000) }

func submission(n int) outbox.Submission {
	return outbox.Submission{Reference: fmt.Sprintf("HZ-%04d", n), Form: "hiring-request", Created: start(), OfficeWrap: []byte("office"), DeliveryWrap: []byte("delivery")}
}

func mails(n int) []outbox.Mail {
	return []outbox.Mail{{Kind: outbox.ToOffice, Parcel: fmt.Appendf(nil, "parcel %d", n)}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func accept(t *testing.T, box *Store, s outbox.Submission) {
	t.Helper()
	if _, fresh, err := box.Accept(t.Context(), s, mails(1)); err != nil || !fresh {
		t.Fatal(fresh, err)
	}
}

func TestEveryConnectionIsDurable(t *testing.T) {
	odd := filepath.Join(t.TempDir(), "a folder? with #signs%20")
	must(t, os.Mkdir(odd, 0o700))
	box := opened(t, filepath.Join(odd, "outbox.db"))
	if _, err := os.Stat(filepath.Join(odd, "outbox.db-wal")); err != nil {
		t.Error(err)
	}
	reader, err := box.readers.Conn(t.Context())
	must(t, err)
	defer reader.Close()
	list := append(settings(), setting{"user_version", fmt.Sprint(len(schema()))}, setting{"application_id", fmt.Sprint(applicationID)})
	for _, p := range list {
		var wrote, read string
		must(t, box.w.conn.QueryRowContext(t.Context(), "PRAGMA "+p.name).Scan(&wrote))
		must(t, reader.QueryRowContext(t.Context(), "PRAGMA "+p.name).Scan(&read))
		if wrote != p.want || read != p.want {
			t.Errorf("%s is %s (readers: %s), want %s", p.name, wrote, read, p.want)
		}
	}
	if _, err := reader.ExecContext(t.Context(), "DELETE FROM submissions"); err == nil {
		t.Error("a reader's connection can write")
	}
}

// The check is shown each setting changed, and must find it.
func TestCheckFindsWhatIsNotDurable(t *testing.T) {
	for _, planted := range []string{"synchronous = OFF", "synchronous = NORMAL", "secure_delete = OFF", "foreign_keys = OFF", "journal_mode = DELETE"} {
		box := opened(t, filepath.Join(t.TempDir(), "outbox.db"))
		must(t, box.Check(t.Context()))
		must(t, box.w.exec("PRAGMA "+planted))
		name, _, _ := strings.Cut(planted, " ")
		if err := box.Check(t.Context()); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", planted, err)
		}
	}
}

func TestFilesAreForTheOwnerAlone(t *testing.T) {
	dir := t.TempDir()
	box := opened(t, filepath.Join(dir, "outbox.db"))
	accept(t, box, submission(1))
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < 2 {
		t.Fatalf("%v %v", entries, err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", e.Name(), info.Mode(), err)
		}
	}
}

func TestWhatACrashLeavesIsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox.db")
	box := opened(t, path)
	accept(t, box, submission(7))
	// The files as a crash would leave them: nobody closed the database.
	crashed := filepath.Join(t.TempDir(), "outbox.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		must(t, err)
		must(t, os.WriteFile(crashed+suffix, b, 0o600))
	}
	again := opened(t, crashed)
	if s, err := again.ByReference(t.Context(), "HZ-0007"); err != nil || string(s.DeliveryWrap) != "delivery" {
		t.Errorf("%+v %v", s, err)
	}
	if m, err := again.Next(t.Context(), start(), start(), 9); err != nil || len(m) != 1 || string(m[0].Parcel) != "parcel 1" {
		t.Errorf("%+v %v", m, err)
	}
}

func TestWritersShareACommit(t *testing.T) {
	box := opened(t, filepath.Join(t.TempDir(), "outbox.db"))
	before := box.w.commits.Load()
	// Hold the writer inside an operation, so that the others pile up behind it.
	inside, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		box.w.write(context.Background(), func(*tx) error { close(inside); <-release; return nil })
	})
	<-inside
	for i := range 100 {
		wg.Go(func() {
			// One of them fails, and disturbs nobody.
			_, _, err := box.Accept(t.Context(), submission(min(i, 98)), mails(i))
			if err != nil && (i < 98 || err != outbox.ErrReferenceTaken) {
				t.Error(err)
			}
		})
	}
	for len(box.w.queue) < 100 {
		time.Sleep(time.Millisecond)
	}
	close(release)
	wg.Wait()
	if n := box.w.commits.Load() - before; n != 2 {
		t.Errorf("101 writes took %d commits", n)
	}
	if c, err := box.Count(t.Context(), start()); err != nil || c.Submissions[outbox.Received] != 99 || c.Mails[outbox.Queued] != 99 {
		t.Errorf("%+v %v", c, err)
	}
}

// database makes a database of somebody else.
func database(t *testing.T, path, script string) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path))
	must(t, err)
	_, err = db.Exec(script)
	must(t, err)
	must(t, db.Close())
}

func TestOtherDatabasesAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ script, says string }{
		"trial": {`PRAGMA journal_mode = WAL; CREATE TABLE submissions (reference TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE);
CREATE TABLE messages (id INTEGER PRIMARY KEY); PRAGMA user_version = 1`, "trial version of intake and cannot be read any more: start with a new data folder"},
		"foreign":       {"CREATE TABLE songs (name TEXT)", "not an outbox of intake"},
		"another's id":  {"PRAGMA application_id = 7", "not an outbox of intake"},
		"later version": {fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = 99", applicationID), "use a newer program"},
	} {
		path := filepath.Join(t.TempDir(), "outbox.db")
		database(t, path, c.script)
		before, err := os.ReadFile(path)
		must(t, err)
		_, err = Open(path)
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: the file was changed (%v)", name, err)
		}
	}
	path := filepath.Join(t.TempDir(), "outbox.db")
	must(t, os.WriteFile(path, []byte(strings.Repeat("no database at all\n", 1000)), 0o600))
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("no database: %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "missing", "outbox.db")); err == nil {
		t.Error("a folder that does not exist")
	}
}

func TestManyOpenOneFileAtOnce(t *testing.T) {
	for range 5 {
		path := filepath.Join(t.TempDir(), "outbox.db")
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				box, err := Open(path)
				if err != nil {
					t.Error(err)
					return
				}
				defer box.Close()
				for i := range 10 {
					if _, _, err := box.Accept(t.Context(), submission(100*n+i), mails(i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if c, err := opened(t, path).Count(t.Context(), start()); err != nil || c.Submissions[outbox.Received] != 80 {
			t.Errorf("%+v %v", c, err)
		}
	}
}
