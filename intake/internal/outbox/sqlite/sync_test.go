package sqlite

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The traced process says on its standard output when it asks and when it has
// been answered.
const asks, answered = "now it asks\n", "now it is answered\n"

// A kill cannot show a missing sync, since the kernel keeps what was written.
// So the system calls are watched: between the question and the answer the log
// is written, and synced after that.
func TestTheSyncComesBeforeTheAnswer(t *testing.T) {
	if path := os.Getenv("OUTBOX_TRACED"); path != "" {
		traced(t, path, os.Getenv("OUTBOX_PRAGMA"))
		return
	}
	if trace := watch(t, ""); judge(trace) != nil {
		t.Errorf("%v\n%s", judge(trace), trace)
	}
	for _, planted := range []string{"synchronous = OFF", "synchronous = NORMAL"} {
		if trace := watch(t, planted); judge(trace) == nil {
			t.Errorf("%s was not noticed:\n%s", planted, trace)
		}
	}
}

// traced accepts one submission.
func traced(t *testing.T, path, pragma string) {
	box := opened(t, path)
	if pragma != "" {
		must(t, box.w.exec("PRAGMA "+pragma))
	}
	os.Stdout.WriteString(asks)
	accept(t, box, submission(1))
	os.Stdout.WriteString(answered)
}

// watch runs this test again in a process of its own, under strace.
func watch(t *testing.T, pragma string) string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test watches system calls: apt-get install --no-install-recommends strace")
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "trace")
	cmd := exec.Command(strace, "-f", "-y", "-s", "40", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o", out,
		os.Args[0], "-test.run=^TestTheSyncComesBeforeTheAnswer$")
	cmd.Env = append(os.Environ(), "OUTBOX_TRACED="+filepath.Join(dir, "outbox.db"), "OUTBOX_PRAGMA="+pragma)
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("strace: %v\n%s", err, b)
	}
	trace, err := os.ReadFile(out)
	must(t, err)
	return string(trace)
}

// judge reads a trace. A call that another thread interrupts takes two lines,
// of which the second tells that it is done.
func judge(trace string) error {
	wrote, synced := false, false
	asked, done := false, false
	call := regexp.MustCompile(`^(\d+) +(?:<\.\.\. )?(\w+)(.*)$`)
	open := map[string]string{} // thread -> file of its unfinished call
	for line := range strings.Lines(trace) {
		m := call.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		thread, name, rest := m[1], m[2], m[3]
		log := strings.Contains(rest, "outbox.db-wal>")
		if strings.HasPrefix(rest, " resumed>") {
			log = open[thread] == "log"
			delete(open, thread)
		}
		if strings.Contains(rest, "<unfinished") && log {
			open[thread] = "log"
		}
		switch {
		case name == "write" && strings.Contains(rest, strings.TrimSpace(asks)):
			asked = true
		case name == "write" && strings.Contains(rest, strings.TrimSpace(answered)):
			done = true
		case !asked || done || !log:
		case name == "pwrite64" || name == "write":
			wrote, synced = true, false
		case (name == "fsync" || name == "fdatasync") && strings.HasSuffix(rest, "= 0"):
			synced = wrote
		}
	}
	switch {
	case !asked || !done:
		return fmt.Errorf("the trace does not show the question (%v) or the answer (%v)", asked, done)
	case !wrote:
		return fmt.Errorf("nothing was written to the log before the answer")
	case !synced:
		return fmt.Errorf("the answer came before the log was synced")
	}
	return nil
}
