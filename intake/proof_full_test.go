package main

import (
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk makes the folder a disk of its own, of a few megabytes in memory.
// Where this test may not mount, it runs once more inside a namespace where it
// may; then there is nothing left to do, and ok is false.
func smallDisk(t *testing.T, dir string) (ok bool) {
	t.Helper()
	const inside, options = "PROOF_NAMESPACE", "size=4m,mode=0700"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options)
	if err == nil {
		t.Cleanup(func() {
			if err := syscall.Unmount(dir, 0); err != nil {
				t.Error(err)
			}
		})
		return true
	}
	if os.Getenv(inside) != "" {
		t.Fatalf("no disk of its own for the test: %v", err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("this test needs a small disk: run it as root, or where user namespaces may be made (%v)\n%s", err, out)
	}
	return false
}

// fillUp writes a file that takes all the room.
func fillUp(t *testing.T, dir string) (name string) {
	t.Helper()
	name = filepath.Join(dir, "filler")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for chunk := make([]byte, 64<<10); len(chunk) > 0; {
		if _, err := f.Write(chunk); errors.Is(err, syscall.ENOSPC) {
			chunk = chunk[:len(chunk)/2]
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return name
}

// integrity is what SQLite finds wrong with a database, or ok.
func integrity(t *testing.T, path string) string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("PRAGMA integrity_check")
	if err != nil {
		return err.Error()
	}
	defer rows.Close()
	var said []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			t.Fatal(err)
		}
		said = append(said, one)
	}
	if err := rows.Err(); err != nil {
		return err.Error()
	}
	return strings.Join(said, "\n")
}

// The disk is full: nobody loses what was typed, nothing is damaged, and it
// goes on when there is room; over a kill too.
func TestAFullDiskLosesNothing(t *testing.T) {
	p := newProof(t, "", "--maildir")
	p.flags = append(p.flags, p.mail)
	if !smallDisk(t, p.data) {
		return
	}
	db := filepath.Join(p.data, "outbox.db")
	i := p.start()
	accepted := map[string]bool{}
	accept := func(s sample) { accepted[i.sent(s)] = true }
	for range 5 {
		accept(sample{token: newToken(), json: true})
	}
	mailed := func() {
		t.Helper()
		until(t, "all is mailed", func() bool {
			return len(files(t, filepath.Join(p.mail, "new"))) == 2*len(accepted) && len(p.listed("--queued")) == 0
		})
	}
	mailed()
	for round := range 2 {
		var waiting []sample
		for _, file := range []string{"", letterWith(strings.Repeat("x", 200<<10))} {
			key, stamp, err := i.drawn()
			if err != nil {
				t.Fatal(err)
			}
			waiting = append(waiting, sample{token: newToken(), key: key, stamp: stamp, file: file})
		}
		waiting = append(waiting, sample{token: newToken(), key: newToken(), json: true})
		filler := fillUp(t, p.data)
		// The log may have some pages left from before.
		refused := false
		for n := 0; !refused; n++ {
			r, err := i.post(sample{token: newToken(), json: true})
			switch {
			case err != nil || n == 1000:
				t.Fatalf("%d posts, and the disk is not full: %v\n%s", n, err, i.log)
			case r.acknowledged():
				accepted[r.ref] = true
			case r.status == 503 && r.header.Get("Retry-After") != "":
				refused = true
			default:
				t.Fatalf("%d %s", r.status, r.body)
			}
		}
		for _, s := range waiting {
			r, err := i.post(s)
			if err != nil || r.status != 503 || r.header.Get("Retry-After") == "" {
				t.Fatalf("%v %d %s\n%s", err, r.status, r.body, i.log)
			}
			if !s.json && (!strings.Contains(r.body, `value="`+s.token+`"`) || hidden(r.body).Get("_key") != s.key) {
				t.Errorf("what was typed is lost:\n%s", r.body)
			}
		}
		if res, err := i.client.Get(i.base + page); err != nil || res.StatusCode != 200 {
			t.Errorf("the form's page: %v %v", res, err)
		} else {
			res.Body.Close()
		}
		if said := integrity(t, db); said != "ok" {
			t.Errorf("on the full disk: %s", said)
		}
		if round == 1 {
			i.kill()
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		if round == 1 {
			p.wait(31 * time.Minute)
			i = p.start()
		}
		for _, s := range waiting {
			accept(s)
		}
		mailed()
	}
	all := p.listed()
	if len(all) != len(accepted) {
		t.Errorf("%d in the store, %d acknowledged", len(all), len(accepted))
	}
	for _, s := range all {
		if !accepted[s.Reference] {
			t.Errorf("%s was never acknowledged", s.Reference)
		}
	}
	i.end()
	if said := integrity(t, db); said != "ok" {
		t.Error(said)
	}
	// The check finds damage.
	b, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	copy(b[len(b)/2/4096*4096:], make([]byte, 4096))
	damaged := filepath.Join(t.TempDir(), "damaged.db")
	if err := os.WriteFile(damaged, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if integrity(t, damaged) == "ok" {
		t.Error("a page was wiped, and the check says ok")
	}
}
