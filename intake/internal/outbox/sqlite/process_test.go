package sqlite

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"waijiao/intake/internal/outbox"
)

// The operator's commands run beside the server, each a process of its own.
func TestAnotherProcessWorksOnTheSameFile(t *testing.T) {
	const each = 60
	work := func(box *Store, from int) {
		for n := from; n < from+each; n++ {
			accept(t, box, submission(n))
			if n%3 == 0 {
				must(t, box.Erase(t.Context(), submission(n).Reference))
			}
		}
	}
	if path := os.Getenv("OUTBOX_BESIDE"); path != "" {
		from, err := strconv.Atoi(os.Getenv("OUTBOX_FROM"))
		must(t, err)
		for round := range 3 { // a command opens and closes
			work(opened(t, path), from+round*each)
		}
		return
	}
	path := filepath.Join(t.TempDir(), "outbox.db")
	box := opened(t, path)
	var commands []*exec.Cmd
	for n := range 2 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestAnotherProcessWorksOnTheSameFile$")
		cmd.Env = append(os.Environ(), "OUTBOX_BESIDE="+path, "OUTBOX_FROM="+strconv.Itoa(1000*(n+1)))
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		must(t, cmd.Start())
		commands = append(commands, cmd)
	}
	work(box, 0)
	for _, cmd := range commands {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	c, err := box.Count(t.Context(), start())
	if must(t, err); c.Submissions[outbox.Received] != 7*each*2/3 || c.Mails[outbox.Queued] != 7*each*2/3 {
		t.Errorf("%+v", c)
	}
	must(t, box.Check(t.Context()))
}
