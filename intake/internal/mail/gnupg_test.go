package mail

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// gpg is a GnuPG home of its own.
type gpg struct{ home string }

func newGPG(t *testing.T) gpg {
	t.Helper()
	for _, name := range []string{"gpg", "gpgconf"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Fatal("this test has mail opened by GnuPG: apt-get install --no-install-recommends gnupg gpg-agent")
		}
	}
	// The agent's socket must have a short name, which t.TempDir has not.
	home, err := os.MkdirTemp("", "gpg")
	if err != nil {
		t.Fatal(err)
	}
	g := gpg{home}
	t.Cleanup(func() {
		if out, err := g.command("gpgconf", "--kill", "all").CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		os.RemoveAll(home)
	})
	return g
}

func (g gpg) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "GNUPGHOME="+g.home, "LC_ALL=C")
	return cmd
}

// run runs gpg and returns what it writes and what it says.
func (g gpg) run(in []byte, args ...string) (out, said []byte, err error) {
	cmd := g.command("gpg", append([]string{"--batch", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "", "--status-fd", "2"}, args...)...)
	var o, e bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &o, &e
	err = cmd.Run()
	return o.Bytes(), e.Bytes(), err
}

func (g gpg) must(t *testing.T, in []byte, args ...string) []byte {
	t.Helper()
	out, said, err := g.run(in, args...)
	if err != nil {
		t.Fatalf("gpg %v: %v\n%s", args, err, said)
	}
	return out
}

// key makes a key and returns its public half.
func (g gpg) key(t *testing.T, user string, kind ...string) []byte {
	t.Helper()
	g.must(t, nil, append([]string{"--quick-generate-key", user}, kind...)...)
	return g.must(t, nil, "--armor", "--export", user)
}

func armored(t *testing.T, kind string, write func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b, raw bytes.Buffer
	if err := write(&raw); err != nil {
		t.Fatal(err)
	}
	w, err := armor.Encode(&b, kind, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(raw.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// libraryKey is a key made by the library: public and private.
func libraryKey(t *testing.T) (public, private []byte) {
	t.Helper()
	e, err := openpgp.NewEntity("Sample Office 002", "", "second@example.org", &packet.Config{RSABits: 2048, DefaultCipher: packet.CipherAES256})
	if err != nil {
		t.Fatal(err)
	}
	private = armored(t, openpgp.PrivateKeyType, func(b *bytes.Buffer) error { return e.SerializePrivate(b, nil) })
	return armored(t, openpgp.PublicKeyType, func(b *bytes.Buffer) error { return e.Serialize(b) }), private
}

// outside prints the frame of a PGP/MIME message and what it holds.
const outside = `
import sys, json
from email import policy
from email.parser import BytesParser
m = BytesParser(policy=policy.default).parsebytes(sys.stdin.buffer.read())
parts = list(m.iter_parts())
print(json.dumps({"defects": [repr(d) for p in m.walk() for d in p.defects] + [repr(d) for p in m.walk() for v in p.values() for d in v.defects],
  "type": m.get_content_type(), "protocol": m.get_param("protocol"), "fields": m.keys(), "shown": "\n".join("%s: %s" % x for x in m.items()),
  "parts": [p.get_content_type() for p in parts], "version": parts[0].get_content().decode(), "data": parts[1].get_content().decode()}))
`

type frame struct {
	Defects, Fields, Parts               []string
	Type, Protocol, Shown, Version, Data string
}

func openFrame(t *testing.T, message []byte) frame {
	t.Helper()
	cmd := exec.Command("python3", "-c", outside)
	cmd.Stdin = bytes.NewReader(message)
	out, err := cmd.CombinedOutput()
	var f frame
	if err != nil || json.Unmarshal(out, &f) != nil {
		t.Fatalf("%v\n%s\n%s", err, out, message)
	}
	return f
}

func readPGP(t *testing.T, keys ...[]byte) *PGP {
	t.Helper()
	p, err := ReadPGP(bytes.NewReader(bytes.Join(keys, []byte("\n"))), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func fingerprint(t *testing.T, g gpg, user string) []byte {
	t.Helper()
	for line := range strings.SplitSeq(string(g.must(t, nil, "--with-colons", "--fingerprint", user)), "\n") {
		if f := strings.Split(line, ":"); f[0] == "fpr" {
			return []byte(f[9])
		}
	}
	t.Fatal("no fingerprint")
	return nil
}
