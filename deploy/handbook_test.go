package deploy_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	english = "../docs/operators.md"
	chinese = "../docs/operators.zh.md"
)

// fenced are all commands of a handbook in their order.
func fenced(t *testing.T, path string) []string {
	t.Helper()
	var out []string
	for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(read(t, path), -1) {
		out = append(out, m[1])
	}
	return out
}

func TestBothHandbooksGiveTheSameCommands(t *testing.T) {
	if en, zh := fenced(t, english), fenced(t, chinese); len(en) < 10 || !slices.Equal(en, zh) {
		for i := range max(len(en), len(zh)) {
			if i >= len(en) || i >= len(zh) || en[i] != zh[i] {
				t.Fatalf("%d and %d blocks; they differ at %d", len(en), len(zh), i+1)
			}
		}
	}
	if en, zh := blocks(t, english), blocks(t, chinese); !maps.Equal(en, zh) {
		t.Error("other blocks are marked as tried")
	}
}

// entry is a line of a list.
type entry struct{ Reference, Status string }

// A server is set up, works for a day, is backed up, lost, and restored on
// another machine, by nothing but the commands of the handbook.
func TestTheCommandsOfTheHandbookWork(t *testing.T) {
	do, tried := blocks(t, english), map[string]bool{}
	step := func(m *machine, name string, pairs ...string) string {
		t.Helper()
		if do[name] == "" {
			t.Fatalf("the handbook has no commands for %s", name)
		}
		tried[name] = true
		return m.run(t, replaced(t, do[name], pairs...))
	}
	office := newMachine(t) // the machine that is never connected
	public := strings.TrimSpace(regexp.MustCompile(`(?m)^age1\w+$`).FindString(step(office, "office-key")))
	if public == "" {
		t.Fatal("no public key")
	}
	settled := func(m *machine) {
		t.Helper()
		env := filepath.Join(m.dir, "etc/intake/intake.env")
		write(t, env, strings.Replace(read(t, env), "INTAKE_SEAL_TO=\n", "INTAKE_SEAL_TO="+public+"\n", 1))
	}

	server := newMachine(t)
	step(server, "install")
	step(server, "keys")
	settled(server)
	step(server, "start")

	form := func(key string, trap ...string) string {
		t.Helper()
		kind, whole := body(t, trap...)
		status, link, answer := send(t, client(t, nil), "http://"+server.address, key, bytes.NewReader(whole), kind)
		if status != http.StatusSeeOther {
			t.Fatalf("%d %s", status, answer)
		}
		return link
	}
	mails := func(n int) {
		t.Helper()
		var files []string
		for range 600 {
			if files, _ = filepath.Glob(filepath.Join(server.dir, "var/mail/new/*")); len(files) == n {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Fatalf("%d mails, not %d", len(files), n)
	}
	list := func(m *machine, filter string) (listed []entry) {
		t.Helper()
		if err := json.Unmarshal([]byte(m.run(t, "intake-admin list --json "+filter)), &listed); err != nil {
			t.Fatal(err)
		}
		return listed
	}
	link := form("key-1")
	mails(2)
	listed := list(server, "")
	if len(listed) != 1 || listed[0].Status != "received" {
		t.Fatalf("%v", listed)
	}
	const sample = "HZ-7K3F-9QXT-C"
	ref := listed[0].Reference

	if out := step(server, "look", sample, ref); strings.Count(out, "sample@example.org") != 1 {
		t.Errorf("%s", out)
	}
	form("key-2", "_homepage", "https://spam.example.org/")
	held := list(server, "--status held")
	if len(held) != 1 {
		t.Fatalf("%v", held)
	}
	mails(2)
	step(server, "release", sample, held[0].Reference)
	step(server, "mark", sample, ref)
	mails(5)
	if out := step(server, "open", sample, ref); !strings.Contains(out, "letter.png") {
		t.Errorf("%s", out)
	}
	step(server, "retry", sample, ref)
	step(server, "export", "hiring-request", "sample-request")
	if out := step(server, "check"); !strings.Contains(out, `intake_submissions{status="handling"} 1`) {
		t.Errorf("%s", out)
	}
	step(server, "dkim")
	step(server, "backup")

	// The machine burns. Apart from it there are the backup and the keys.
	server.run(t, "systemctl stop intake; cp /var/backups/intake/*.backup "+filepath.Join(office.dir, "src/copy.backup")+"; cp /etc/intake/keys/*.key "+office.dir)
	office.run(t, "age -d -i office.key -o opened.backup copy.backup")
	if holds(t, filepath.Join(server.dir, "var/backups"), "waijiao-backup") != nil {
		t.Error("the backup is not sealed")
	}
	second := newMachine(t)
	step(second, "install")
	second.run(t, "install -m 400 "+office.dir+"/delivery.key /etc/intake/keys/; touch /etc/intake/keys/smtp-password; mv "+office.dir+"/src/opened.backup .")
	settled(second)
	step(second, "restore")
	listed = list(second, "")
	if len(listed) != 2 || listed[0] != (entry{ref, "handling"}) || listed[1] != (entry{held[0].Reference, "received"}) {
		t.Errorf("after the restoration: %v", listed)
	}
	res, err := http.Get("http://" + second.address + link)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("a link from before: %s", res.Status)
	}

	step(second, "close", sample, ref)
	second.run(t, "if intake-admin show "+ref+" --answers; then exit 1; fi; intake-admin backup "+office.dir+"/src/second.backup")
	office.run(t, "mv second.backup copy.backup")
	if out := step(office, "open-sealed", sample, ref); !strings.Contains(out, "letter.png") {
		t.Errorf("%s", out)
	}
	step(second, "erase", sample, ref)
	if listed = list(second, ""); len(listed) != 1 {
		t.Errorf("%v", listed)
	}
	step(second, "rotate-delivery-key")
	if out := second.run(t, "intake-admin show "+held[0].Reference+" --answers"); !strings.Contains(out, "sample@example.org") {
		t.Errorf("what was sealed to the former key: %s", out)
	}
	step(second, "stop")
	for name := range do {
		if !tried[name] {
			t.Errorf("nobody has tried the commands of %q", name)
		}
	}
}
