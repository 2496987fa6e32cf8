package mail

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A real mail server takes our mail, and what it files is what we sent.
func TestARealPostfixTakesOurMail(t *testing.T) {
	p := startPostfix(t)
	r, err := ParseSMTP("smtp://" + p.addr)
	if err != nil {
		t.Fatal(err)
	}
	r.Hello = "forms.example.org"
	l := letter()
	office, err := writer().Office(l)
	if err != nil {
		t.Fatal(err)
	}
	l.To = "sample@example.org"
	receipt, err := writer().Receipt(l)
	if err != nil {
		t.Fatal(err)
	}
	sent := map[string][]byte{"officer": office, "sample": receipt}
	for to, body := range sent {
		if err := r.Carry(t.Context(), Parcel{From: "forms@example.org", To: to + "@example.org", Body: body}); err != nil {
			t.Fatalf("%v\n%s", err, p.log())
		}
	}
	for to, body := range sent {
		filed := p.wait(t, to)
		if !bytes.Contains(filed, []byte("Return-Path: <forms@example.org>")) {
			t.Errorf("envelope:\n%.300s", filed)
		}
		want := strings.ReplaceAll(string(body), "\r\n", "\n")
		if !strings.HasSuffix(string(filed), want) {
			t.Errorf("the mail to %s was changed on its way:\n%s", to, filed)
		}
		if got := python(t, filed); len(got.Defects) > 0 {
			t.Errorf("defects: %v", got.Defects)
		}
	}
	refused := r.Carry(t.Context(), Parcel{From: "forms@example.org", To: "nobody@elsewhere.example.org", Body: office})
	if refusal, ok := refused.(*Refusal); !ok || !refusal.Permanent || !strings.HasPrefix(refusal.Reply, "554 5.7.1") {
		t.Errorf("a recipient that is not ours: %v", refused)
	}
}

type postfix struct{ addr, dir string }

func (p postfix) log() string {
	b, _ := os.ReadFile(filepath.Join(p.dir, "postfix.log"))
	return string(b)
}

// wait returns the one mail in the user's Maildir when it has arrived.
func (p postfix) wait(t *testing.T, user string) []byte {
	t.Helper()
	for range 600 {
		found, err := filepath.Glob(filepath.Join(p.dir, "mail", user, "new", "*"))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 1 {
			b, err := os.ReadFile(found[0])
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("no mail for %s:\n%s", user, p.log())
	return nil
}

// startPostfix runs an instance of its own in a folder of its own, on a free
// loopback port, outside any chroot.
func startPostfix(t *testing.T) postfix {
	t.Helper()
	const command = "/usr/sbin/postfix" // not on everybody's PATH
	if _, err := os.Stat(command); err != nil {
		t.Fatal("this test delivers to a real mail server: apt-get install --no-install-recommends postfix")
	}
	if os.Geteuid() != 0 {
		t.Fatal("Postfix starts only as root: run this test as root, as `make test` in a container does")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	// Postfix's own users must be able to walk to their folders, and their
	// socket names are short; t.TempDir is neither.
	dir, err := os.MkdirTemp("", "postfix")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Chmod(dir, 0o755))
	for _, d := range []string{"etc", "queue", "data", "mail"} {
		must(os.Mkdir(filepath.Join(dir, d), 0o755))
	}
	const nobody = 65534
	must(os.Chown(filepath.Join(dir, "mail"), nobody, nobody))
	out, err := exec.Command("id", "-u", "postfix").Output()
	must(err)
	var uid int
	_, err = fmt.Sscan(string(out), &uid)
	must(err)
	must(os.Chown(filepath.Join(dir, "data"), uid, -1))
	must(os.WriteFile(filepath.Join(dir, "etc", "main.cf"), []byte(strings.ReplaceAll(`compatibility_level = 3.6
queue_directory = DIR/queue
data_directory = DIR/data
maillog_file = DIR/postfix.log
maillog_file_prefixes = DIR
myhostname = relay.example.org
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_security_level = none
virtual_mailbox_domains = example.org
virtual_mailbox_base = DIR/mail
virtual_mailbox_maps = inline:{officer@example.org=officer/, sample@example.org=sample/}
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
`, "DIR", dir)), 0o644))
	must(os.WriteFile(filepath.Join(dir, "etc", "master.cf"), []byte("127.0.0.1:"+port+` inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
postlog unix-dgram n - n - 1 postlogd
`), 0o644))
	p := postfix{addr: "127.0.0.1:" + port, dir: dir}
	if out, err := exec.Command(command, "-c", filepath.Join(dir, "etc"), "start").CombinedOutput(); err != nil {
		t.Fatalf("postfix start: %v\n%s\n%s", err, out, p.log())
	}
	t.Cleanup(func() {
		if out, err := exec.Command(command, "-c", filepath.Join(dir, "etc"), "stop").CombinedOutput(); err != nil {
			t.Errorf("postfix stop: %v\n%s", err, out)
		}
	})
	for range 200 {
		if c, err := net.Dial("tcp", p.addr); err == nil {
			c.Close()
			return p
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("postfix does not listen:\n%s", p.log())
	return p
}
