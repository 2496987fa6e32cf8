package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Package sqlite shows that its log is synced before Accept returns. This one
// looks at the whole program: between the first bytes of a form that come in
// and the first of its acknowledgement, all of it is written to the log of the
// store and then synced.
func TestTheProgramSyncsBeforeItAcknowledges(t *testing.T) {
	trace := traced(t)
	if err := acknowledgedAfterSync(trace); err != nil {
		t.Errorf("%v\n%s", err, trace)
	}
	answer := regexp.MustCompile(`(?m)^.* write\(.*"HTTP/1\.1 303 .*\n`)
	for what, planted := range map[string]string{
		"a missing sync":   regexp.MustCompile(`(?m)^.*f(data)?sync.*\n`).ReplaceAllString(trace, ""),
		"an early answer":  regexp.MustCompile(`(?m)^.*"POST /forms/.*\n`).ReplaceAllStringFunc(trace, func(line string) string { return line + answer.FindString(trace) }),
		"an answer missed": answer.ReplaceAllString(trace, ""),
	} {
		if acknowledgedAfterSync(planted) == nil {
			t.Errorf("%s was not noticed:\n%s", what, planted)
		}
	}
}

// large is the size of the letter, so that the form's own writing can be told
// from what the server writes meanwhile.
const large = 200 << 10

// traced is what the program asks of the system while it takes one form.
func traced(t *testing.T) string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test watches system calls: apt-get install --no-install-recommends strace")
	}
	p := newProof(t, "")
	p.flags = append(p.flags, "--maildir", p.mail)
	out := filepath.Join(t.TempDir(), "trace")
	i := p.startWith(func(cmd *exec.Cmd) {
		cmd.Args = append([]string{strace, "-f", "-y", "-s", "60", "-e", "trace=read,write,pwrite64,fsync,fdatasync", "-o", out, cmd.Path}, cmd.Args[1:]...)
		cmd.Path = strace
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	})
	t.Cleanup(func() { syscall.Kill(-i.cmd.Process.Pid, syscall.SIGKILL) }) // the traced program too
	i.sent(sample{token: "sample", file: letterWith(strings.Repeat("x", large))})
	syscall.Kill(-i.cmd.Process.Pid, syscall.SIGTERM)
	<-i.ended
	trace, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(trace)
}

// acknowledgedAfterSync reads a trace. A call that another thread interrupts
// takes two lines, of which the second tells that it is done.
func acknowledgedAfterSync(trace string) error {
	call := regexp.MustCompile(`^(\d+) +(?:<\.\.\. )?(\w+)(.*)$`)
	result := regexp.MustCompile(`= (\d+)$`)
	unfinished := map[string]bool{} // threads in a call on the log
	asked, synced, wrote := false, false, 0
	for line := range strings.Lines(trace) {
		m := call.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		thread, name, rest := m[1], m[2], m[3]
		log := strings.Contains(rest, "outbox.db-wal>")
		if strings.HasPrefix(rest, " resumed>") {
			log = unfinished[thread]
			delete(unfinished, thread)
		}
		if log && strings.Contains(rest, "<unfinished") {
			unfinished[thread] = true
		}
		done := result.FindStringSubmatch(rest)
		switch {
		case name == "read" && strings.Contains(rest, `"POST /forms/`):
			asked = true
		case !asked:
		case name == "write" && strings.Contains(rest, `"HTTP/1.1 303 `):
			if !synced {
				return fmt.Errorf("the answer came before the log was synced, with %d bytes in it", wrote)
			}
			return nil
		case log && done != nil && (name == "pwrite64" || name == "write"):
			n, err := strconv.Atoi(done[1])
			if err != nil {
				return err
			}
			wrote += n
		case log && done != nil && (name == "fsync" || name == "fdatasync"):
			synced = synced || done[1] == "0" && wrote > large
		}
	}
	return fmt.Errorf("the trace shows no form (%v) or no answer", asked)
}
