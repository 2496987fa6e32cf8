package mail

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"waijiao/intake/internal/outbox"
)

// pkcs8 writes a private key as openssl genpkey does.
func pkcs8(t *testing.T, key crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func rsaKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func signed(t *testing.T, key crypto.Signer) (Writer, *DKIM) {
	t.Helper()
	d, err := ReadDKIM("example.org", "intake-2026", strings.NewReader(pkcs8(t, key)))
	if err != nil {
		t.Fatal(err)
	}
	w := writer()
	w.DKIM = d
	return w, d
}

// opendkim tells whether OpenDKIM accepts the message, with the DNS records of
// d in a file, and what it says.
func opendkim(t *testing.T, d *DKIM, message []byte) (bool, string) {
	t.Helper()
	const command = "/usr/sbin/opendkim" // not on everybody's PATH
	if _, err := os.Stat(command); err != nil {
		t.Fatal("this test has signatures checked by OpenDKIM: apt-get install --no-install-recommends opendkim")
	}
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	records := file("dns", d.Name()+" "+d.Record()+"\n")
	conf := file("conf", "Mode v\nTestDNSData file:"+records+"\nOn-BadSignature reject\nOn-NoSignature reject\nOn-Security reject\nOn-KeyNotFound reject\nOn-InternalError reject\n")
	out, err := exec.Command(command, "-x", conf, "-vvv", "-t", file("message", string(message))).CombinedOutput()
	if err != nil {
		t.Fatalf("opendkim: %v\n%s", err, out)
	}
	accepted := bytes.Contains(out, []byte("mlfi_eom() returned SMFIS_ACCEPT")) && bytes.Contains(out, []byte("dkim=pass"))
	rejected := bytes.Contains(out, []byte("returned SMFIS_REJECT"))
	if accepted == rejected {
		t.Fatalf("opendkim is of two minds:\n%s", out)
	}
	return accepted, string(out)
}

func TestOpenDKIMAcceptsEveryMailThatWeSign(t *testing.T) {
	for name, key := range map[string]crypto.Signer{"rsa": rsaKey(t, 2048), "ed25519": ed25519.NewKeyFromSeed(make([]byte, 32))} {
		w, d := signed(t, key)
		l := full()
		for kind, write := range map[string]func() ([]byte, error){
			"office":   func() ([]byte, error) { return w.Office(l) },
			"receipt":  func() ([]byte, error) { return w.Receipt(l) },
			"note":     func() ([]byte, error) { return w.Note(l, Marked{Status: outbox.Closed, At: l.At, N: 1, Text: "x"}) },
			"apology":  func() ([]byte, error) { return w.Apology(l) },
			"alarm":    func() ([]byte, error) { return w.Alarm(bulletin()) },
			"weekly":   func() ([]byte, error) { return w.Weekly(bulletin()) },
			"unsigned": func() ([]byte, error) { return writer().Receipt(l) },
		} {
			body, err := write()
			if err != nil {
				t.Fatal(err)
			}
			if ok, said := opendkim(t, d, body); ok != (kind != "unsigned") {
				t.Errorf("%s, %s: %v\n%s", name, kind, ok, said)
			}
			if r := python(t, body); len(r.Defects) > 0 {
				t.Errorf("%s: %v", kind, r.Defects)
			}
			lines(t, body)
		}
	}
}

// lines checks the limits that remain when a signature is there.
func lines(t *testing.T, body []byte) {
	t.Helper()
	if bytes.Count(body, []byte("\n")) != bytes.Count(body, []byte("\r\n")) || bytes.Count(body, []byte("\r")) != bytes.Count(body, []byte("\n")) {
		t.Error("there is a bare CR or LF")
	}
	if !bytes.HasSuffix(body, []byte("\r\n")) {
		t.Error("the message does not end with CRLF")
	}
	signature := false
	for line := range strings.SplitSeq(string(body), "\r\n") {
		signature = strings.HasPrefix(line, "DKIM-Signature:") || signature && strings.HasPrefix(line, " ")
		if len(line) > 998 || len(line) > width && !signature {
			t.Errorf("a line of %d: %s", len(line), line)
		}
	}
}

func TestOpenDKIMRefusesWhatWasChanged(t *testing.T) {
	w, d := signed(t, rsaKey(t, 2048))
	message, err := w.Office(full())
	if err != nil {
		t.Fatal(err)
	}
	if ok, said := opendkim(t, d, message); !ok {
		t.Fatal(said)
	}
	text := string(message)
	head := strings.Index(text, "\r\n\r\n")
	letter := func(b byte) bool {
		return b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z'
	}
	// One bit, at the place or at the first one behind it where that turns a
	// letter or digit into another.
	flip := func(at int) []byte {
		b := bytes.Clone(message)
		for !letter(b[at]) || !letter(b[at]^1) {
			at++
		}
		b[at] ^= 1
		return b
	}
	after := func(s string, from int) int {
		i := strings.Index(text[from:], s)
		if i < 0 {
			t.Fatalf("no %q", s)
		}
		return from + i + len(s)
	}
	changed := map[string][]byte{
		"subject":      flip(after("\r\nSubject: =?UTF-8?B?W0", 0)),
		"sender":       flip(after("<form", 0)),
		"reply":        flip(after("<sampl", 0)),
		"recipient":    flip(after("\r\nTo: of", 0)),
		"date":         flip(after("\r\nDate: Sun, 01 Mar 202", 0)),
		"message id":   flip(after("\r\nMessage-ID: <HZ-7K", 0)),
		"type":         flip(after("boundary=\"boundary000", 0)),
		"body":         flip(after("Content-Language: zh-CN\r\n\r\n", head) + 20),
		"late in body": flip(after("filename*0*=", head) + 9),
		"signature":    flip(after("\r\n b=", 0) + 30),
		"body's end":   append(bytes.Clone(message), "more\r\n"...),
	}
	for _, field := range []string{"From: other@example.org", "To: other@example.org", "Cc: other@example.org", "Subject: x", "Reply-To: other@example.org",
		"Date: Sun, 01 Mar 2026 09:05:06 +0800", "Message-ID: <x@example.org>", "Content-Type: text/plain", "MIME-Version: 1.0", "References: <x@example.org>", "Content-Transfer-Encoding: 8bit"} {
		changed["added "+field] = append([]byte(field+"\r\n"), message...)
	}
	for what, b := range changed {
		if ok, said := opendkim(t, d, b); ok {
			t.Errorf("%s was changed, and OpenDKIM says\n%s", what, said)
		}
	}
	// What a forwarder does on the way is no forgery.
	forwarded := append([]byte("Received: from a.example.org by b.example.org; Sun, 01 Mar 2026 09:05:06 +0800\r\n"), message...)
	if ok, said := opendkim(t, d, forwarded); !ok {
		t.Error(said)
	}
}

func TestWhichKeysSign(t *testing.T) {
	good := pkcs8(t, ed25519.NewKeyFromSeed(make([]byte, 32)))
	d, err := ReadDKIM("例子.example.org", "s1.mail", strings.NewReader(good))
	if err != nil || d.Name() != "s1.mail._domainkey.xn--fsqu00a.example.org" || !strings.HasPrefix(d.Record(), "v=DKIM1; k=ed25519; p=") {
		t.Errorf("%v %v", d, err)
	}
	if !d.Aligned(Address{Mailbox: "a@xn--fsqu00a.example.org"}) || !d.Aligned(Address{Mailbox: "a@mail.xn--fsqu00a.example.org"}) || d.Aligned(Address{Mailbox: "a@example.org"}) {
		t.Error("alignment")
	}
	old := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey(t, 2048))})
	if _, err := ReadDKIM("example.org", "s", bytes.NewReader(old)); err != nil {
		t.Error(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&rsaKey(t, 2048).PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string][3]string{
		"1024 bits":       {"example.org", "s", pkcs8(t, rsaKey(t, 1024))},
		"not PEM":         {"example.org", "s", "key"},
		"in the DNS":      {"example.org", "s", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))},
		"a password":      {"example.org", "s", string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: der}))},
		"damaged":         {"example.org", "s", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))},
		"not a domain":    {"example.org; d=x", "s", good},
		"the selector":    {"example.org", "s;t", good},
		"the selector \"": {"example.org", "", good},
	} {
		if _, err := ReadDKIM(c[0], c[1], strings.NewReader(c[2])); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
