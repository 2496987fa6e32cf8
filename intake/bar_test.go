package main

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// On a terminal, what may take long shows how far it has come, and wipes that
// out at the end; in a pipe there is no trace of it. The program script, which
// every Debian has, makes the terminal.
func TestLongCommandsShowHowFarTheyAre(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	run := func(name string, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
		cmd.Env = append(os.Environ(), "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TERM=xterm")
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out.String())
		}
		return out.String()
	}
	shown := regexp.MustCompile(`\r.*([0-9]+%|[|/⠋-])`) // a share, or something that turns
	for _, c := range []struct{ command, again, says string }{
		{"backup a.backup --data var", "backup b.backup --data var", "backed up to"},
		{"restore a.backup --data a", "restore a.backup --data b", "7 submissions are restored"},
		{"export --out a.csv --data var", "export --out b.csv --data var", "6 submissions are written"},
		{"purge --older-than 300d --yes --data a", "purge --older-than 300d --yes --data b", "1 erased"},
	} {
		if out := run("script", "-qec", "intake "+c.command, "/dev/null"); !strings.Contains(out, c.says) || !shown.MatchString(out) {
			t.Errorf("%s on a terminal: %q", c.command, out)
		}
		if out := run("intake", strings.Fields(c.again)...); !strings.Contains(out, c.says) || strings.Contains(out, "\r") {
			t.Errorf("%s in a pipe: %q", c.again, out)
		}
	}
}
