package deploy_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// machine is a folder that stands for a server: the paths of the handbook lie
// below it. The unit's command line, the settings, intake-admin and intake are
// the real ones; systemd and the system's users are not there.
type machine struct {
	dir, address string
	paths        *strings.Replacer
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	program(t, "age-keygen", "age")
	m := &machine{dir: t.TempDir()}
	port, private := freePort(t), freePort(t)
	m.address = "127.0.0.1:" + port
	var pairs []string
	for _, p := range []string{"/etc/intake", "/etc/systemd/system", "/var/lib/intake", "/var/backups/intake", "/run/intake-out", "/srv/waijiao", "/usr/local/bin", "/usr/local/sbin"} {
		pairs = append(pairs, p, m.dir+p)
		if !strings.HasSuffix(p, "/intake") && !strings.HasPrefix(p, "/run/") { // those the handbook makes
			if err := os.MkdirAll(m.dir+p, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	m.paths = strings.NewReplacer(append(pairs, "127.0.0.1:8080", m.address, "127.0.0.1:9180", "127.0.0.1:"+private,
		"INTAKE_SMTP=smtp://forms@relay.example.org:587", "INTAKE_MAILDIR="+m.dir+"/var/mail",
		" -o intake -g intake", "", " -o root -g intake", "",
		"setpriv --reuid=intake --regid=intake --init-groups --no-new-privs -- ", "")...)
	publish(t, filepath.Join(m.dir, "srv/waijiao/public"))
	built, err := exec.LookPath("intake")
	if err != nil {
		t.Fatal(err)
	}
	// The sources, as they are copied from on a server.
	for _, name := range []string{"intake.service", "intake.env", "intake-admin", "intake-backup.service", "intake-backup.timer"} {
		write(t, filepath.Join(m.dir, "src/deploy", name), m.paths.Replace(read(t, name)))
	}
	if err := os.MkdirAll(filepath.Join(m.dir, "src/bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(built, filepath.Join(m.dir, "src/bin/intake")); err != nil {
		t.Fatal(err)
	}
	m.stub(t, "useradd", ":")
	m.stub(t, "chown", ":")
	m.stub(t, "systemctl", m.systemctl())
	t.Cleanup(func() { m.stop(t) })
	return m
}

// stub puts a command of the machine's own before the system's.
func (m *machine) stub(t *testing.T, name, script string) {
	t.Helper()
	path := filepath.Join(m.dir, "stubs", name)
	write(t, path, "#!/bin/bash\n"+script+"\n")
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

// systemctl starts and stops what the unit says, with its credentials, folder
// and settings.
func (m *machine) systemctl() string {
	host, port, _ := net.SplitHostPort(m.address)
	return fmt.Sprintf(`set -eu
cd %[1]s
case "$1 ${2:-}" in
"start intake")
	mkdir -p -m 700 run var/lib/intake
	set -a; . etc/intake/intake.env; set +a
	unset INTAKE_DELIVERY_KEY INTAKE_SECRET INTAKE_SMTP_PASSWORD
	line="$(sed -n 's/^ExecStart=//p' etc/systemd/system/intake.service)"
	nohup ${line//%%d/%[1]s/etc/intake/keys} >log 2>&1 </dev/null &
	echo $! >pid
	for i in $(seq 200); do
		if (exec 3<>/dev/tcp/%[2]s/%[3]s) 2>/dev/null; then exit 0; fi
		kill -0 "$(cat pid)" 2>/dev/null || { cat log; exit 1; }
		sleep .05
	done
	exit 1 ;;
"stop intake")
	kill -TERM "$(cat pid)"
	while kill -0 "$(cat pid)" 2>/dev/null; do sleep .05; done
	rm pid ;;
"restart intake")
	systemctl stop intake
	systemctl start intake ;;
esac`, m.dir, host, port)
}

func (m *machine) stop(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(m.dir, "pid"))
	if err != nil {
		return
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	syscall.Kill(pid, syscall.SIGTERM)
	for range 600 {
		if syscall.Kill(pid, 0) != nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	syscall.Kill(pid, syscall.SIGKILL)
	t.Error("the server did not end")
}

// run runs commands of the handbook, each of which has to succeed.
func (m *machine) run(t *testing.T, commands string) string {
	t.Helper()
	cmd := exec.Command("bash", "-eu", "-o", "pipefail", "-c", m.paths.Replace(commands))
	cmd.Dir = filepath.Join(m.dir, "src")
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(m.dir, "stubs")+":"+filepath.Join(m.dir, "usr/local/sbin")+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(m.dir, "log"))
		t.Fatalf("%s\n%v\n%s\n%s", commands, err, out, log)
	}
	return string(out)
}

// blocks are the commands of the handbook that are marked as tried, by their
// names.
func blocks(t *testing.T, path string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, m := range regexp.MustCompile("(?s)<!-- tried: ([a-z-]+) -->\n+```sh\n(.*?)```").FindAllStringSubmatch(read(t, path), -1) {
		out[m[1]] = m[2]
	}
	return out
}
