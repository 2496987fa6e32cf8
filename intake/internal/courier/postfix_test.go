package courier

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
)

// A real mail server takes what is in a real outbox, several mails over each
// connection, in the clear on loopback and by both ways of TLS, and files the
// bytes that were queued.
func TestARealPostfixTakesOurMail(t *testing.T) {
	p := startPostfix(t)
	for way, port := range map[string]string{"clear": p.clear, "starttls": p.startTLS, "tls": p.tls} {
		client := clientOf(t, port)
		if way != "clear" {
			client.Host, client.TLS = "relay.example.org", way == "tls"
			client.TLSConfig, client.dial = p.trust, to(port)
		}
		client.Limit = &Limit{}
		store := openStore(t)
		b := newBench(store, client)
		const mails = 12
		for n := range mails {
			accept(t, store, fmt.Sprintf("%s-%d", way, n), b.clock.Now(), 6000)
		}
		stop := b.start(t)
		b.clock.until(t, func() bool {
			counts, err := store.Count(context.WithoutCancel(t.Context()), b.clock.Now())
			return err != nil || counts.Mails[outbox.Sent] == mails || len(b.watch.blocked) > 0
		})
		stop()
		if len(b.watch.blocked) > 0 {
			t.Fatalf("%s\n%s", b.log, p.log())
		}
		if client.Limit.Bytes() != 10240000 {
			t.Errorf("%s: SIZE %d", way, client.Limit.Bytes())
		}
		for n := range mails {
			m := mailOf(t, store, fmt.Sprintf("%s-%d", way, n))
			parcel, err := Unpack(m.Parcel)
			if err != nil {
				t.Fatal(err)
			}
			filed := p.wait(t, "officer", "<"+m.Reference+"@example.org>")
			if !bytes.Contains(filed, []byte("Return-Path: <forms@example.org>")) || !bytes.HasSuffix(filed, bytes.ReplaceAll(parcel.Body, []byte("\r\n"), []byte("\n"))) {
				t.Errorf("the mail was changed on its way:\n%.1000s", filed)
			}
		}
		// It refuses, and the same connection is good for the next.
		refused := client.Carry(t.Context(), Parcel{From: "forms@example.org", To: "nobody@elsewhere.example.org", Body: []byte("x")})
		if refusal, ok := refused.(*Refusal); !ok || !refusal.Permanent || !strings.HasPrefix(refusal.Reply, "554 5.7.1") {
			t.Errorf("a recipient that is not ours: %v", refused)
		}
		if err := client.Carry(t.Context(), Parcel{To: "sample@example.org", Body: []byte("Message-ID: <" + way + "@example.org>\r\n\r\nx\r\n")}); err != nil {
			t.Error(err)
		}
		if filed := p.wait(t, "sample", "<"+way+"@example.org>"); !bytes.Contains(filed, []byte("Return-Path: <>")) {
			t.Errorf("%s", filed)
		}
	}
	if n := strings.Count(p.log(), " connect from "); n > 3*6 { // four workers, and a bit
		t.Errorf("%d connections:\n%s", n, p.log())
	}
	// Where TLS is demanded, the clear is refused, and that judges no mail.
	if err := clientOf(t, p.startTLS).Carry(t.Context(), parcel()); verdictOf(err) != "blocked" {
		t.Error(err)
	}
}

type postfix struct {
	clear, startTLS, tls string // addresses
	trust                *tls.Config
	dir                  string
}

func (p postfix) log() string {
	b, _ := os.ReadFile(filepath.Join(p.dir, "postfix.log"))
	return string(b)
}

// wait returns the mail in the user's Maildir that holds the words, when it has
// arrived.
func (p postfix) wait(t *testing.T, user, words string) []byte {
	t.Helper()
	for range 600 {
		found, err := filepath.Glob(filepath.Join(p.dir, "mail", user, "new", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(b, []byte(words)) {
				return b
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("no mail for %s with %s:\n%s", user, words, p.log())
	return nil
}

// startPostfix runs an instance of its own in a folder of its own, on free
// loopback ports, outside any chroot.
func startPostfix(t *testing.T) postfix {
	t.Helper()
	const command = "/usr/sbin/postfix" // not on everybody's PATH
	if _, err := os.Stat(command); err != nil {
		t.Fatal("this test delivers to a real mail server: apt-get install --no-install-recommends postfix")
	}
	if os.Geteuid() != 0 {
		t.Fatal("Postfix starts only as root: run this test as root, as `make test` in a container does")
	}
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
	cert, pool := certificate(t, "relay.example.org")
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	must(err)
	chain := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})...)
	must(os.WriteFile(filepath.Join(dir, "etc", "chain.pem"), chain, 0o600))
	p := postfix{clear: freePort(t), startTLS: freePort(t), tls: freePort(t), trust: &tls.Config{RootCAs: pool}, dir: dir}
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
smtpd_tls_chain_files = DIR/etc/chain.pem
smtpd_tls_session_cache_database =
virtual_mailbox_domains = example.org
virtual_mailbox_base = DIR/mail
virtual_mailbox_maps = inline:{officer@example.org=officer/, sample@example.org=sample/}
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
`, "DIR", dir)), 0o644))
	must(os.WriteFile(filepath.Join(dir, "etc", "master.cf"), []byte(p.clear+` inet n - n - - smtpd
`+p.startTLS+` inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
`+p.tls+` inet n - n - - smtpd -o smtpd_tls_security_level=encrypt -o smtpd_tls_wrappermode=yes
tlsmgr unix - - n 1000? 1 tlsmgr
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
	if out, err := exec.Command(command, "-c", filepath.Join(dir, "etc"), "start").CombinedOutput(); err != nil {
		t.Fatalf("postfix start: %v\n%s\n%s", err, out, p.log())
	}
	t.Cleanup(func() {
		if out, err := exec.Command(command, "-c", filepath.Join(dir, "etc"), "stop").CombinedOutput(); err != nil {
			t.Errorf("postfix stop: %v\n%s", err, out)
		}
	})
	for range 200 {
		if c, err := net.Dial("tcp", p.tls); err == nil {
			c.Close()
			return p
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("postfix does not listen:\n%s", p.log())
	return p
}
