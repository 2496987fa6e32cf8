// Package pgtest starts a real PostgreSQL for a test, from the programs that
// Debian's package postgresql brings, and leaves nothing behind:
//
//	server := pgtest.Start(t)
//	box, err := postgres.Open(ctx, server.Database(t)) // new and empty
//
// The server listens only on a Unix socket in a temporary folder of its own.
// It syncs to the disk as in life. Start takes about a second, so one server
// serves all subtests of a test, each with a database of its own.
package pgtest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a PostgreSQL that runs until the end of the test.
type Server struct {
	bin, dir  string
	cred      *syscall.Credential
	cmd       *exec.Cmd
	log       bytes.Buffer
	databases atomic.Int64
}

// Start starts a server. It fails the test where PostgreSQL is not installed.
func Start(t testing.TB) *Server {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		t.Fatal("this test needs a real PostgreSQL: apt-get install --no-install-recommends postgresql")
	}
	slices.Sort(found)
	s := &Server{bin: filepath.Dir(found[len(found)-1]), cred: credential(t)}
	// The server's user must be able to walk to it, and a socket's name is
	// short; t.TempDir is neither.
	if s.dir, err = os.MkdirTemp("/tmp", "pg"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(s.dir); err != nil {
			t.Error(err)
		}
	})
	if s.cred != nil {
		if err := os.Chown(s.dir, int(s.cred.Uid), int(s.cred.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	init := s.command("initdb", "-D", s.data(), "-U", "intake", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := init.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	t.Cleanup(func() { s.Crash(t) }) // nobody reads the data again
	s.Run(t)
	return s
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// credential is the user as whom PostgreSQL runs where the test runs as root,
// which PostgreSQL refuses.
func credential(t testing.TB) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// command ends with the test's process, should that be killed.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred, Pdeathsig: syscall.SIGINT}
	return cmd
}

// Run starts the server after Stop, with the same data and at the same
// address; settings are more of them, as in "fsync=off".
func (s *Server) Run(t testing.TB, settings ...string) {
	t.Helper()
	args := []string{"-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-c", "max_connections=100", "-c", "shared_buffers=32MB"}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	s.log.Reset()
	s.cmd = s.command("postgres", args...)
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var err error
	for range 600 {
		var conn *pgx.Conn
		if conn, err = pgx.Connect(context.Background(), s.url("postgres")); err == nil {
			conn.Close(context.Background())
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.Stop(t)
	t.Fatalf("PostgreSQL does not answer: %v\n%s", err, s.log.String())
}

// Stop ends the server as an administrator does who does not wait for its
// clients. It may be run again.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.end(t, syscall.SIGINT)
}

// Crash ends the server as a loss of power would, as far as a process can: it
// writes nothing any more and recovers when it runs again.
func (s *Server) Crash(t testing.TB) {
	t.Helper()
	s.end(t, syscall.SIGQUIT)
}

func (s *Server) end(t testing.TB, signal syscall.Signal) {
	t.Helper()
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	if err := s.cmd.Process.Signal(signal); err != nil {
		t.Error(err)
	}
	err := s.cmd.Wait()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Error(err)
	}
	s.cmd = nil
}

// PID is the server's process, its postmaster.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Database makes a new, empty database and returns its address.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", s.databases.Add(1))
	conn, err := pgx.Connect(context.Background(), s.url("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return s.url(name)
}

func (s *Server) url(database string) string {
	return "postgres://intake@/" + database + "?host=" + s.dir
}
