package deploy_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// units copies the units into a folder where their programs and files exist,
// and returns their paths. change may plant a fault into one of them.
func units(t *testing.T, change func(name, text string) string) []string {
	t.Helper()
	dir := t.TempDir()
	found, err := filepath.Glob("*.service")
	if err != nil || len(found) != 2 {
		t.Fatal(found, err)
	}
	var paths []string
	for _, name := range append(found, "intake-backup.timer") {
		text := read(t, name)
		if strings.HasSuffix(name, ".service") {
			text = strings.ReplaceAll(text, "/usr/local/bin/intake", "/bin/true")
		}
		path := filepath.Join(dir, name)
		write(t, path, change(name, text))
		paths = append(paths, path)
	}
	return paths
}

func same(_, text string) string { return text }

func verify(t *testing.T, paths []string) (string, error) {
	cmd := exec.Command(program(t, "systemd-analyze", "systemd"), append([]string{"verify", "--man=no", "--recursive-errors=no"}, paths...)...)
	cmd.Env = append(os.Environ(), "SYSTEMD_LOG_COLOR=0", "SYSTEMD_PAGER=")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestSystemdUnderstandsTheUnits(t *testing.T) {
	if out, err := verify(t, units(t, same)); err != nil || strings.Contains(out, "intake") {
		t.Errorf("%v\n%s", err, out)
	}
	planted := units(t, func(_, text string) string { return strings.ReplaceAll(text, "ProtectSystem=", "ProtectSytem=") })
	if out, _ := verify(t, planted); !strings.Contains(out, "ProtectSytem") {
		t.Errorf("a misspelt setting is not seen:\n%s", out)
	}
}

// exposure is systemd's judgement of a sandbox: 0 is tight, 10 is none.
func exposure(t *testing.T, path string) float64 {
	out, err := exec.Command(program(t, "systemd-analyze", "systemd"), "security", "--no-pager", "--offline=true", path).CombinedOutput()
	m := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	level, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return level
}

func TestTheSandboxIsTight(t *testing.T) {
	for _, path := range units(t, same) {
		if strings.HasSuffix(path, ".service") {
			if level := exposure(t, path); level > 2 {
				t.Errorf("%s: exposure %.1f", filepath.Base(path), level)
			}
		}
	}
	loose := regexp.MustCompile(`(?m)^(Protect|Private|Restrict|SystemCall|Capability|NoNew|Memory|Lock|Remove).*\n`)
	for _, path := range units(t, func(_, text string) string { return loose.ReplaceAllString(text, "") }) {
		if strings.HasSuffix(path, ".service") {
			if level := exposure(t, path); level < 5 {
				t.Errorf("a unit without a sandbox has exposure %.1f", level)
			}
		}
	}
}

// allowed are the system calls that a unit's filters let through.
func allowed(t *testing.T, unit string) map[string]bool {
	t.Helper()
	analyze := program(t, "systemd-analyze", "systemd")
	set := map[string]bool{}
	var expand func(name string, on bool)
	expand = func(name string, on bool) {
		if !strings.HasPrefix(name, "@") {
			set[name] = on
			return
		}
		for line := range strings.Lines(ran(t, analyze, "syscall-filter", name)) {
			line = strings.TrimSpace(line)
			if line != "" && line != name && !strings.HasPrefix(line, "#") {
				expand(line, on)
			}
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^SystemCallFilter=(~?)(.*)$`).FindAllStringSubmatch(unit, -1) {
		for name := range strings.FieldsSeq(m[2]) {
			expand(name, m[1] == "")
		}
	}
	return set
}

// The system calls of a server that takes a form in, mails it and stops are
// among those that the unit allows.
func TestTheFilterLetsTheServerWork(t *testing.T) {
	strace := program(t, "strace", "strace")
	dir := t.TempDir()
	publish(t, filepath.Join(dir, "site"))
	trace, port := filepath.Join(dir, "trace"), freePort(t)
	cmd := exec.Command(strace, "-f", "-qq", "-o", trace, "intake", "serve", "--site", filepath.Join(dir, "site"), "--data", filepath.Join(dir, "data"),
		"--addr", "127.0.0.1:"+port, "--private", "127.0.0.1:"+freePort(t), "--to", "*=office@example.org")
	address := "127.0.0.1:" + port
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			syscall.Kill(pid, syscall.SIGKILL)
			cmd.Wait()
		}
	})
	nobody := make(chan error)
	listening(t, address, nobody, os.DevNull)
	first, _, _ := strings.Cut(read(t, trace), " ")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	kind, whole := body(t)
	if status, _, answer := send(t, http.DefaultClient, "http://"+address, "key-1", bytes.NewReader(whole), kind); status >= 400 {
		t.Fatalf("%d %s", status, answer)
	}
	mails := filepath.Join(dir, "data/mail/new/*")
	for range 200 {
		if list, _ := filepath.Glob(mails); len(list) == 2 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if list, _ := filepath.Glob(mails); len(list) != 2 {
		t.Fatalf("%d mails\n%s", len(list), said.String())
	}
	http.DefaultClient.CloseIdleConnections()
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	calls := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\d+ +([a-z0-9_]+)\(`).FindAllStringSubmatch(read(t, trace), -1) {
		calls[m[1]] = true
	}
	if len(calls) < 20 || !calls["fsync"] && !calls["fdatasync"] {
		t.Fatalf("traced only %v", calls)
	}
	if os.Geteuid() == 0 {
		delete(calls, "fchown") // SQLite gives its files to the owner of the database, if it may
	}
	denied := func(unit string) (list []string) {
		ok := allowed(t, unit)
		for name := range calls {
			if !ok[name] {
				list = append(list, name)
			}
		}
		slices.Sort(list)
		return list
	}
	unit := read(t, "intake.service")
	if list := denied(unit); len(list) > 0 {
		t.Errorf("the unit forbids %v", list)
	}
	if list := denied(unit + "SystemCallFilter=~@network-io\n"); !slices.Contains(list, "accept4") {
		t.Errorf("a filter that forbids the network is not seen: %v", list)
	}
}

// The example of the settings is understood, all of it: every variable is one
// of serve's, and the server starts with it by the unit's command line.
func TestTheServerStartsByTheUnit(t *testing.T) {
	help := ran(t, "intake", "serve", "--help", "--lang", "en")
	for _, m := range regexp.MustCompile(`(?m)^#?(INTAKE_[A-Z_]+)=`).FindAllStringSubmatch(read(t, "intake.env"), -1) {
		if !strings.Contains(help, "["+m[1]+"]") {
			t.Errorf("%s is no setting", m[1])
		}
	}
	m := newMachine(t)
	m.run(t, blocks(t, english)["install"])
	m.run(t, "age-keygen -o /etc/intake/keys/delivery.key && head -c 32 /dev/urandom > /etc/intake/keys/secret && : > /etc/intake/keys/smtp-password && chmod 400 /etc/intake/keys/*")
	m.run(t, "systemctl start intake")
	res, err := http.Get("http://" + m.address + "/en/forms/sample-request/")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Error(res.Status)
	}
	for _, name := range []string{"secret", "delivery.key"} {
		if _, err := os.Stat(filepath.Join(m.dir, "var/lib/intake", name)); err == nil {
			t.Errorf("%s lies in the data folder", name)
		}
	}
	if out := m.run(t, "intake-admin list"); !strings.Contains(out, "0 in all") {
		t.Error(out)
	}
}
