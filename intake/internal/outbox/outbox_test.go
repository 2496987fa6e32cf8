package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"waijiao/internal/locale"
)

func start() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, locale.Beijing()) }

func open(t *testing.T, path string) *SQLite {
	t.Helper()
	box, err := OpenSQLite(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return box
}

func submission(n int, key string) Submission {
	return Submission{Reference: fmt.Sprintf("HZ-%04d", n), Form: "hiring-request", Key: key, Digest: []byte{1, 2},
		Token: fmt.Sprintf("token-%d", n), Lang: locale.EN, CopyTo: "s•••@example.org", Created: start()}
}

func mails(n int) []Mail {
	return []Mail{
		{From: "office@example.org", To: "officer@example.org", Body: fmt.Appendf(nil, "Subject: %d\r\n\r\nofficer", n)},
		{From: "office@example.org", To: "school@example.org", Body: fmt.Appendf(nil, "Subject: %d\r\n\r\nreceipt", n)},
	}
}

func TestEveryConnectionIsDurable(t *testing.T) {
	odd := filepath.Join(t.TempDir(), "a folder? with #signs%20")
	if err := os.Mkdir(odd, 0o700); err != nil {
		t.Fatal(err)
	}
	box := open(t, filepath.Join(odd, "outbox.db"))
	if _, err := os.Stat(filepath.Join(odd, "outbox.db-wal")); err != nil {
		t.Error(err)
	}
	reader, err := box.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "10000", "foreign_keys": "1", "user_version": fmt.Sprint(len(schema()))} {
		var got, read string
		if err := box.w.conn.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if err := reader.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&read); err != nil {
			t.Fatal(err)
		}
		if got != want || read != want {
			t.Errorf("%s is %s (readers: %s), want %s", name, got, read, want)
		}
	}
	if _, err := reader.ExecContext(t.Context(), "DELETE FROM submissions"); err == nil {
		t.Error("a reader's connection can write")
	}
}

func TestFilesAreForTheOwnerAlone(t *testing.T) {
	dir := t.TempDir()
	box := open(t, filepath.Join(dir, "outbox.db"))
	if _, _, err := box.Accept(t.Context(), submission(1, ""), mails(1)); err != nil {
		t.Fatal(err)
	}
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

func TestOneKeyGivesOneSubmission(t *testing.T) {
	box := open(t, filepath.Join(t.TempDir(), "outbox.db"))
	var wg sync.WaitGroup
	got := make([]Submission, 100)
	fresh := make([]bool, 100)
	for i := range got {
		wg.Go(func() {
			var err error
			if got[i], fresh[i], err = box.Accept(t.Context(), submission(i, "the-key"), mails(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	count := 0
	for i := range got {
		if got[i].Reference != got[0].Reference || got[i].Token != got[0].Token {
			t.Errorf("%s beside %s", got[i].Reference, got[0].Reference)
		}
		if fresh[i] {
			count++
		}
	}
	if count != 1 {
		t.Errorf("%d were fresh", count)
	}
	if n := drain(t, box, start()); len(n) != 2 {
		t.Errorf("%d mails", len(n))
	}
	other := submission(200, "the-key")
	other.Form = "enquiry"
	if _, ok, err := box.Accept(t.Context(), other, nil); err != nil || !ok {
		t.Errorf("the same key on another form: %v %v", ok, err)
	}
}

func TestWithoutAKeyNothingIsDeduplicated(t *testing.T) {
	box := open(t, filepath.Join(t.TempDir(), "outbox.db"))
	for i := range 2 {
		if _, fresh, err := box.Accept(t.Context(), submission(i, ""), mails(i)); err != nil || !fresh {
			t.Fatal(fresh, err)
		}
	}
}

func drain(t *testing.T, box *SQLite, now time.Time) []Message {
	t.Helper()
	var out []Message
	for {
		m, ok, err := box.Next(t.Context(), now, now.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return out
		}
		out = append(out, m)
	}
}

func TestReopeningFindsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox.db")
	box := open(t, path)
	want := submission(7, "k")
	if _, _, err := box.Accept(t.Context(), want, mails(7)); err != nil {
		t.Fatal(err)
	}
	// The files as a crash would leave them: nobody closed the database.
	crashed := filepath.Join(t.TempDir(), "outbox.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(crashed+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, crashed)
	for name, find := range map[string]func() (Submission, error){
		"key":   func() (Submission, error) { return again.ByKey(t.Context(), "hiring-request", "k") },
		"token": func() (Submission, error) { return again.ByToken(t.Context(), "token-7") },
	} {
		got, err := find()
		if err != nil || got.Reference != want.Reference || !got.Created.Equal(want.Created) || got.Lang != want.Lang ||
			got.CopyTo != want.CopyTo || !bytes.Equal(got.Digest, want.Digest) || got.Key != "k" || got.Form != want.Form {
			t.Errorf("by %s: %+v %v", name, got, err)
		}
	}
	found := drain(t, again, start())
	if len(found) != 2 || !bytes.Equal(found[0].Body, mails(7)[0].Body) || found[1].To != "school@example.org" || found[0].From != "office@example.org" {
		t.Errorf("%+v", found)
	}
	if _, err := again.ByToken(t.Context(), "guessed"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestAcceptIsAllOrNothing(t *testing.T) {
	box := open(t, filepath.Join(t.TempDir(), "outbox.db"))
	if _, _, err := box.Accept(t.Context(), submission(1, "a"), mails(1)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := box.Accept(t.Context(), submission(1, "b"), mails(1)); !errors.Is(err, ErrReferenceTaken) {
		t.Errorf("the same reference: %v", err)
	}
	bad := mails(2)
	bad[1].Body = nil // violates NOT NULL after the first insert succeeded
	if _, _, err := box.Accept(t.Context(), submission(2, "c"), bad); err == nil {
		t.Error("a mail without a body was accepted")
	}
	if _, err := box.ByKey(t.Context(), "hiring-request", "c"); !errors.Is(err, ErrNotFound) {
		t.Errorf("half of a submission stayed: %v", err)
	}
	if n := drain(t, box, start()); len(n) != 2 {
		t.Errorf("%d mails", len(n))
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := box.Accept(ended, submission(3, "d"), mails(3)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestTheLifeOfAMail(t *testing.T) {
	box := open(t, filepath.Join(t.TempDir(), "outbox.db"))
	now := start()
	if _, _, err := box.Accept(t.Context(), submission(1, ""), mails(1)); err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	two := drain(t, box, now)
	if len(two) != 2 || two[0].ID >= two[1].ID {
		t.Fatalf("not in order: %+v", two)
	}
	if lent := drain(t, box, now.Add(59*time.Second)); len(lent) != 0 {
		t.Error("a lent mail was lent again")
	}
	must(box.Retry(t.Context(), two[0], now.Add(time.Hour), "450 4.2.0 later"))
	must(box.Postpone(t.Context(), two[1], now.Add(2*time.Hour)))

	back := drain(t, box, now.Add(3*time.Hour))
	if len(back) != 2 || back[0].ID != two[0].ID || back[0].Attempts != 1 || back[0].LastError != "450 4.2.0 later" || back[1].Attempts != 0 {
		t.Fatalf("%+v", back)
	}
	// The first borrower comes back late and must not disturb the second.
	if err := box.Retry(t.Context(), two[0], now, "late"); !errors.Is(err, ErrLeaseLost) {
		t.Error(err)
	}
	if err := box.Dead(t.Context(), two[0], "late"); !errors.Is(err, ErrLeaseLost) {
		t.Error(err)
	}
	must(box.Dead(t.Context(), back[0], "550 5.1.1 nobody"))
	must(box.Done(t.Context(), two[1])) // delivered is delivered
	if left := drain(t, box, now.Add(1000*time.Hour)); len(left) != 0 {
		t.Errorf("%+v", left)
	}
	all, err := box.Messages(t.Context(), "HZ-0001")
	must(err)
	if len(all) != 2 || all[0].State != Dead || all[0].LastError != "550 5.1.1 nobody" || all[0].Attempts != 2 || all[1].State != Sent {
		t.Errorf("%+v", all)
	}
}

func TestWritersShareACommit(t *testing.T) {
	box := open(t, filepath.Join(t.TempDir(), "outbox.db"))
	// Hold the writer inside an operation, so that the others pile up behind it.
	inside, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		box.w.write(context.Background(), func(*statements) error { close(inside); <-release; return nil })
	})
	<-inside
	for i := range 100 {
		wg.Go(func() {
			if _, _, err := box.Accept(t.Context(), submission(i, ""), mails(i)); err != nil {
				t.Error(err)
			}
		})
	}
	for len(box.w.queue) < 100 {
		time.Sleep(time.Millisecond)
	}
	close(release)
	wg.Wait()
	box.w.mu.Lock()
	defer box.w.mu.Unlock()
	if box.w.commits != 2 {
		t.Errorf("101 writes took %d commits", box.w.commits)
	}
}

func TestClosedAndFromTheFuture(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox.db")
	box := open(t, path)
	if _, err := box.w.conn.ExecContext(t.Context(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := box.Accept(t.Context(), submission(1, ""), nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if _, err := OpenSQLite(path); err == nil {
		t.Error("a database of a later program was opened")
	}
}
