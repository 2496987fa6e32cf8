package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// Package sqlite shows that its log is synced before Accept returns. This one
// looks at the whole program: between the last bytes of a form that come in and
// the first of its acknowledgement, the log of the store is written and then
// synced. A program that answers first is found out.
func TestTheProgramSyncsBeforeItAcknowledges(t *testing.T) {
	trace := traced(t)
	if err := answeredAfterSync(trace); err != nil {
		t.Errorf("%v\n%s", err, trace)
	}
	// A log that is written once more after its sync is not synced.
	late := regexp.MustCompile(`(?m)^(\d+ +write\(.*"HTTP/1.1 201 )`).ReplaceAllString(trace, "1 pwrite64(9</x/outbox.db-wal>, \"\", 1, 0) = 1\n$1")
	if late == trace || answeredAfterSync(late) == nil {
		t.Errorf("a missing sync was not noticed:\n%s", late)
	}
	if trace := traced(t, "PROOF_HASTY=1"); !strings.Contains(fmt.Sprint(answeredAfterSync(trace)), "before the answer") {
		t.Errorf("an answer before the commit was not noticed:\n%s", trace)
	}
}

// traced is what the program asks of the system while it takes one form.
func traced(t *testing.T, env ...string) string {
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
		cmd.Path, cmd.Env = strace, append(cmd.Env, env...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	})
	t.Cleanup(func() { syscall.Kill(-i.cmd.Process.Pid, syscall.SIGKILL) }) // the traced program too
	i.sent(sample{token: "sample", json: true})
	syscall.Kill(-i.cmd.Process.Pid, syscall.SIGTERM)
	<-i.ended
	trace, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(trace)
}

// answeredAfterSync reads a trace. A call that another thread interrupts takes
// two lines, of which the second tells that it is done.
func answeredAfterSync(trace string) error {
	call := regexp.MustCompile(`^(\d+) +(?:<\.\.\. )?(\w+)(.*)$`)
	unfinished := map[string]bool{} // threads in a call on the log
	asked, wrote, synced := false, false, false
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
		switch {
		case name == "read" && strings.Contains(rest, `"POST /forms/`):
			asked, wrote, synced = true, false, false
		case !asked:
		case name == "write" && strings.Contains(rest, `"HTTP/1.1 201 `):
			switch {
			case !wrote:
				return fmt.Errorf("nothing was written to the log before the answer")
			case !synced:
				return fmt.Errorf("the answer came before the log was synced")
			}
			return nil
		case log && (name == "pwrite64" || name == "write"):
			wrote, synced = true, false
		case log && (name == "fsync" || name == "fdatasync") && strings.HasSuffix(rest, "= 0"):
			synced = wrote
		}
	}
	return fmt.Errorf("the trace shows no form (%v) or no answer", asked)
}
