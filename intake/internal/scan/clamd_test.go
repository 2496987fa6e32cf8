package scan

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sign is a harmless text that our own signature makes clamd find.
const sign = "waijiao-harmless-sign-0001"

type clamd struct {
	unix, tcp Scanner
	stop      func()
}

// startClamd starts a real one in a folder of its own, with one signature and
// no other.
func startClamd(t *testing.T) clamd {
	t.Helper()
	program, err := exec.LookPath("clamd")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/clamd"); err != nil {
			t.Fatal("Debian's package clamav-daemon is missing: run scripts/deps.sh")
		}
	}
	// Not t.TempDir(), whose path may be too long for a socket.
	dir, err := os.MkdirTemp("", "clamd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	file := func(name string) string { return filepath.Join(dir, name) }
	// A copy, since AppArmor keeps the program in its place from our folder.
	binary, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	for name, content := range map[string]string{
		"clamd":       string(binary),
		"db/test.ndb": "Waijiao.Test:0:*:" + hex.EncodeToString([]byte(sign)) + "\n",
		"clamd.conf": fmt.Sprintf("Foreground yes\nDatabaseDirectory %s\nTemporaryDirectory %s\nLocalSocket %s\nTCPAddr 127.0.0.1\nTCPSocket %d\nStreamMaxLength 1M\nAlertExceedsMax yes\n",
			file("db"), dir, file("socket"), port),
	} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(file(name)), 0o700), os.WriteFile(file(name), []byte(content), 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	var log strings.Builder
	cmd := exec.Command(file("clamd"), "--config-file="+file("clamd.conf"))
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait(); close(ended) }()
	stop := func() {
		cmd.Process.Kill()
		<-ended
	}
	t.Cleanup(stop)
	c := clamd{stop: stop}
	for address, s := range map[string]*Scanner{"unix://" + file("socket"): &c.unix, fmt.Sprintf("tcp://127.0.0.1:%d", port): &c.tcp} {
		if *s, err = Parse(address); err != nil {
			t.Fatal(err)
		}
		for {
			version, err := s.Version(t.Context())
			if err == nil {
				t.Logf("%s: %s", address, version)
				break
			}
			select {
			case <-ended:
				t.Fatalf("clamd ended: %s", log.String())
			case <-t.Context().Done():
				t.Fatal(err)
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	return c
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestARealClamd(t *testing.T) {
	c := startClamd(t)
	for name, s := range map[string]Scanner{"unix": c.unix, "tcp": c.tcp} {
		for file, content := range map[string]string{"clean": "%PDF-1.7\nnothing\n%%EOF\n", "empty": "", "large": strings.Repeat("x", 1<<20)} {
			if got, err := s.Scan(t.Context(), strings.NewReader(content)); err != nil || got.Outcome != Clean {
				t.Errorf("%s, %s: %+v %v", name, file, got, err)
			}
		}
		// At the beginning, across two of our chunks, and at the very end.
		for _, before := range []int{0, 32<<10 - 7, 900_000} {
			got, err := s.Scan(t.Context(), strings.NewReader(strings.Repeat("x", before)+sign))
			if err != nil || got.Outcome != Infected || !strings.HasPrefix(got.Signature, "Waijiao.Test") {
				t.Errorf("%s, behind %d bytes: %+v %v", name, before, got, err)
			}
		}
		if got, err := s.Scan(t.Context(), strings.NewReader(strings.Repeat("x", 4<<20))); err == nil || got.Outcome != Unknown {
			t.Errorf("%s, larger than clamd takes: %+v %v", name, got, err)
		}
	}
	if _, err := c.unix.Scan(t.Context(), strings.NewReader(strings.Repeat("x", 4<<20))); !errors.Is(err, ErrTooLarge) {
		t.Errorf("the reason was lost: %v", err)
	}
	c.stop()
	for name, s := range map[string]Scanner{"unix": c.unix, "tcp": c.tcp} {
		if got, err := s.Scan(t.Context(), strings.NewReader("x")); err == nil || got.Outcome != Unknown {
			t.Errorf("%s, gone: %+v %v", name, got, err)
		}
	}
}
