package postgres

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"waijiao/intake/internal/outbox/postgres/pgtest"
)

// What SQLite's test shows for the file, this one shows for the server: the
// process that serves us syncs its log between our COMMIT and its answer.
func TestTheSyncComesBeforeTheAnswer(t *testing.T) {
	server := pgtest.Start(t)
	server.Stop(t)
	server.Run(t, "wal_writer_delay=10s") // nobody else syncs meanwhile
	box := opened(t, server.Database(t))
	trace := watch(t, box, func() { accept(t, box, 1) })
	if err := ordered(trace); err != nil {
		t.Errorf("%v\n%s", err, trace)
	}
	planted := watch(t, box, func() {
		must(t, box.write(t.Context(), func(t *tx) error {
			if _, err := t.Exec("SET LOCAL synchronous_commit = off"); err != nil {
				return err
			}
			_, err := t.Exec("UPDATE probe SET n = n + 1")
			return err
		}))
	})
	if ordered(planted) == nil {
		t.Errorf("synchronous_commit = off was not noticed:\n%s", planted)
	}
}

// watch traces the one process of the server that serves box.
func watch(t *testing.T, box *Store, do func()) string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test watches system calls: apt-get install --no-install-recommends strace")
	}
	var pid int
	must(t, box.pool.QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&pid))
	out := filepath.Join(t.TempDir(), "trace")
	said := &said{}
	cmd := exec.Command(strace, "-y", "-s", "200", "-e", "trace=recvfrom,sendto,pwrite64,fsync,fdatasync", "-o", out, "-p", strconv.Itoa(pid))
	cmd.Stderr = said
	must(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for !strings.Contains(said.String(), "attached") {
		select {
		case err := <-ended:
			t.Fatalf("strace: %v\n%s", err, said)
		case <-time.After(5 * time.Millisecond):
		}
	}
	do()
	must(t, cmd.Process.Signal(os.Interrupt))
	<-ended // by the signal
	trace, err := os.ReadFile(out)
	must(t, err)
	return string(trace)
}

// said is what a program says while it runs.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// ordered reads a trace of one process.
func ordered(trace string) error {
	synced := regexp.MustCompile(`^f(data)?sync\(\d+<[^>]*/pg_wal/[^>]*>\)\s*= 0$`)
	asked, durable := false, false
	for line := range strings.Lines(trace) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "recvfrom(") && strings.Contains(line, `COMMIT\0`):
			asked, durable = true, false
		case asked && synced.MatchString(line):
			durable = true
		case strings.HasPrefix(line, "sendto(") && strings.Contains(line, `COMMIT\0`):
			if !asked || !durable {
				return fmt.Errorf("the answer came before the log was synced")
			}
			return nil
		}
	}
	return fmt.Errorf("the trace shows no answer to a commit")
}
