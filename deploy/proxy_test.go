package deploy_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// picture is a PNG that holds the text, uncompressed.
func picture(text string) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		panic(err)
	}
	const head = 8 + 25 // the signature and the first chunk
	chunk := append([]byte("tEXtComment\x00"), text...)
	size := binary.BigEndian.AppendUint32(nil, uint32(len(chunk)-4))
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(chunk))
	return bytes.Join([][]byte{b.Bytes()[:head], size, chunk, sum, b.Bytes()[head:]}, nil)
}

// front is a web server in front of intake, in a folder of its own.
type front struct {
	base   string
	client *http.Client
	dir    string // everything that it writes
	pid    int
	said   string // the file of what it says
}

// opened tells whether a file that the web server holds open has the text in
// it. nginx takes the names of its temporary files away as soon as it has made
// them; their bytes are on the disk all the same.
func (f front) opened(text string) bool {
	list, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", f.pid))
	for _, name := range list {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if b, err := os.ReadFile(name); err == nil && bytes.Contains(b, []byte(text)) {
			return true
		}
	}
	return false
}

func client(t *testing.T, trust *x509.CertPool) *http.Client {
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trust, ServerName: "www.example.org"}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// nginx runs the example, with the pairs of words replaced, before intake at
// the address.
func nginx(t *testing.T, upstream string, pairs ...string) front {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	secure, clear := freePort(t), freePort(t)
	trust := certify(t, dir)
	site := replaced(t, read(t, "nginx.conf"), append([]string{
		"listen 80;", "listen 127.0.0.1:" + clear + ";", "\tlisten [::]:80;\n", "",
		"listen 443 ssl http2;", "listen 127.0.0.1:" + secure + " ssl http2;", "\tlisten [::]:443 ssl http2;\n", "",
		"127.0.0.1:8080", upstream, "/var/log/nginx", dir,
		"/etc/letsencrypt/live/www.example.org/fullchain.pem", filepath.Join(dir, "cert.pem"),
		"/etc/letsencrypt/live/www.example.org/privkey.pem", filepath.Join(dir, "key.pem")}, pairs...)...)
	temp := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temp += kind + "_temp_path " + dir + "/" + kind + ";\n"
	}
	main := filepath.Join(dir, "main.conf")
	write(t, main, "daemon off; master_process off; worker_rlimit_nofile 1024; pid "+dir+"/pid; error_log "+dir+"/main.log;\nevents { worker_connections 256; }\nhttp {\ninclude /etc/nginx/mime.types;\n"+temp+site+"}\n")
	path := program(t, "nginx", "nginx-light")
	ran(t, path, "-t", "-q", "-c", main)
	cmd := exec.Command(path, "-c", main)
	said := start(t, "127.0.0.1:"+secure, cmd)
	return front{"https://127.0.0.1:" + secure, client(t, trust), dir, cmd.Process.Pid, said}
}

// certify writes a certificate of the example's host.
func certify(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "www.example.org"}, DNSNames: []string{"www.example.org"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "cert.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return pool
}

// caddy runs the example before intake at the address.
func caddy(t *testing.T, upstream string, pairs ...string) front {
	t.Helper()
	dir, port := t.TempDir(), freePort(t)
	config := filepath.Join(dir, "Caddyfile")
	// Its certificates come from the network, so the test goes without TLS.
	write(t, config, replaced(t, read(t, "Caddyfile"), append([]string{"{\n\t# What Caddy", "{\n\tadmin off\n\tauto_https off\n\t# What Caddy",
		"www.example.org {", "http://127.0.0.1:" + port + " {", "127.0.0.1:8080", upstream}, pairs...)...))
	path := program(t, "caddy", "caddy")
	env := append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir, "TMPDIR="+dir)
	check := exec.Command(path, "validate", "--config", config, "--adapter", "caddyfile")
	check.Env = env
	if out, err := check.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(path, "run", "--config", config, "--adapter", "caddyfile")
	cmd.Env = env
	said := start(t, "127.0.0.1:"+port, cmd)
	return front{"http://127.0.0.1:" + port, client(t, nil), dir, cmd.Process.Pid, said}
}

func TestAFormComesThroughTheProxies(t *testing.T) {
	for name, open := range map[string]func(*testing.T, string) front{
		"nginx": func(t *testing.T, upstream string) front { return nginx(t, upstream) },
		"caddy": func(t *testing.T, upstream string) front { return caddy(t, upstream) },
	} {
		t.Run(name, func(t *testing.T) {
			address, data := served(t, "--base-url", "https://www.example.org", "--proxy", "127.0.0.1", "--proxy", "203.0.113.0/24")
			f := open(t, address)
			kind, whole := body(t)
			status, link, answer := send(t, f.client, f.base, "key-1", bytes.NewReader(whole), kind, "Origin", "https://www.example.org", "X-Forwarded-For", "203.0.113.9")
			if status != http.StatusSeeOther || !strings.HasPrefix(link, "/en/forms/receipt/") {
				t.Fatalf("%d %s\n%s", status, link, answer)
			}
			res, err := f.client.Get(f.base + link)
			if err != nil {
				t.Fatal(err)
			}
			page, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if res.StatusCode != http.StatusOK || !strings.Contains(string(page), `<p class="reference">HZ-`) || res.Header.Get("Content-Security-Policy") == "" || res.Header.Get("Strict-Transport-Security") == "" {
				t.Errorf("%d %v\n%s", res.StatusCode, res.Header, page)
			}
			if res, err = f.client.Get(f.base + "/nowhere/"); err != nil || res.StatusCode != http.StatusNotFound {
				t.Errorf("%v %v", res, err)
			}
			res.Body.Close()
			// A body that intake itself would still read comes through too.
			large := append(bytes.Clone(whole), make([]byte, 60<<20)...)
			if status, _, answer = send(t, f.client, f.base, "key-2", bytes.NewReader(large), kind); status >= 500 || strings.Contains(answer, "<center>nginx") {
				t.Errorf("a large body: %d %.200s", status, answer)
			}
			for _, secret := range []string{strings.TrimSuffix(strings.TrimPrefix(link, "/en/forms/receipt/"), "/"), "203.0.113.9", plain, "sample@example.org"} {
				if found := holds(t, f.dir, secret); len(found) > 0 {
					t.Errorf("%v hold %s", found, secret)
				}
				if found := holds(t, filepath.Dir(data), secret); secret != plain && len(found) > 0 && !strings.Contains(found[0], "/mail/") {
					t.Errorf("%v hold %s", found, secret)
				}
			}
		})
	}
}

// While a body is on its way, nothing of it stands in the proxy's files. The
// planted fault, a proxy that collects bodies first, is seen.
func TestNginxWritesNoUploadInTheClear(t *testing.T) {
	for name, c := range map[string]struct {
		pairs []string
		clear bool
	}{
		"as it is":  {nil, false},
		"buffering": {[]string{"proxy_request_buffering off;", "proxy_request_buffering on;"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			address, _ := served(t, "--proxy", "127.0.0.1")
			f := nginx(t, address, c.pairs...)
			kind, whole := body(t)
			half, rest := io.Pipe()
			done := make(chan int, 1)
			go func() {
				status, _, _ := send(t, f.client, f.base, "key-1", half, kind)
				done <- status
			}()
			if _, err := rest.Write(whole[:len(whole)*3/4]); err != nil {
				t.Fatal(err)
			}
			seen := false
			for range 40 { // two seconds at most, less where it is found
				if seen = f.opened(plain) || len(holds(t, f.dir, plain)) > 0; seen {
					break
				}
				time.Sleep(50 * time.Millisecond)
			}
			if _, err := rest.Write(whole[len(whole)*3/4:]); err != nil {
				t.Fatal(err)
			}
			rest.Close()
			if status := <-done; status != http.StatusSeeOther {
				t.Errorf("the form: %d", status)
			}
			if seen != c.clear {
				t.Errorf("plaintext in the proxy's files: %v", seen)
			}
		})
	}
}

// Whatever a visitor says about addresses, intake is told the one that the
// proxy has seen.
func TestAVisitorCannotInventAddresses(t *testing.T) {
	for name, open := range map[string]func(*testing.T, string) front{
		"nginx": func(t *testing.T, upstream string) front { return nginx(t, upstream) },
		"caddy": func(t *testing.T, upstream string) front { return caddy(t, upstream) },
	} {
		t.Run(name, func(t *testing.T) {
			told := make(chan http.Header, 1)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			upstream := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				told <- r.Header.Clone()
			})}
			go upstream.Serve(l)
			t.Cleanup(func() { upstream.Close() })
			f := open(t, l.Addr().String())
			r, _ := http.NewRequest("GET", f.base+"/forms/sample-request/", nil)
			r.Header.Set("X-Forwarded-For", "198.51.100.7")
			r.Header.Set("Forwarded", "for=198.51.100.7")
			res, err := f.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			h := <-told
			if got := h.Values("X-Forwarded-For"); len(got) != 1 || got[0] != "127.0.0.1" || h.Get("Forwarded") != "" {
				t.Errorf("intake is told %v, %q", got, h.Get("Forwarded"))
			}
		})
	}
}

// The other way that the example offers: nginx shows the published files by
// itself, with the headers, and passes on the forms.
func TestNginxShowsThePublishedFiles(t *testing.T) {
	address, data := served(t, "--proxy", "127.0.0.1")
	example := read(t, "nginx.conf")
	at := strings.Index(example, "\tlocation / {\n\t\tgzip on;")
	proxied, other, found := strings.Cut(example[at:], "\t# Or let nginx")
	if at < 0 || !found {
		t.Fatal("the example has changed")
	}
	other = other[strings.Index(other, "\n")+1:]
	f := nginx(t, address, proxied, "", other, strings.ReplaceAll(other, "\t#", "\t"), "/srv/waijiao/public", filepath.Join(filepath.Dir(data), "site"))
	for at, want := range map[string]string{"/": "200 home zh", "/en/": "200 home en", "/guides/x/": "200 guide", "/nowhere/": "404 nothing here zh", "/en/nowhere": "404 nothing here en"} {
		res, err := f.client.Get(f.base + at)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if got := fmt.Sprint(res.StatusCode, " ", string(b)); got != want {
			t.Errorf("%s: %s", at, got)
		}
		if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") || res.Header.Get("Content-Security-Policy") == "" || res.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("%s: %v", at, res.Header)
		}
	}
	kind, whole := body(t)
	if status, link, answer := send(t, f.client, f.base, "key-1", bytes.NewReader(whole), kind); status != http.StatusSeeOther {
		t.Errorf("%d %s %s", status, link, answer)
	}
}

// When intake does not answer, what the web servers say of it names neither the
// secret link nor the question behind it. The planted fault, a log as it is
// without our settings, is seen.
func TestNoLogNamesASecretLink(t *testing.T) {
	const link, question = "HZ-7K3F-9QXT-C.sampleofasecret", "sample-question"
	for name, c := range map[string]struct {
		open func(string) front
		says bool
	}{
		"nginx": {func(up string) front { return nginx(t, up) }, false},
		"caddy": {func(up string) front { return caddy(t, up) }, false},
		"nginx as usual": {func(up string) front {
			return nginx(t, up, "intake.error.log crit;", "intake.error.log;")
		}, true},
		"caddy as usual": {func(up string) front { return caddy(t, up, "request delete", "nothing delete") }, true},
	} {
		f := c.open("127.0.0.1:" + freePort(t))
		res, err := f.client.Get(f.base + "/forms/office/" + link + "/?q=" + question)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusBadGateway {
			t.Errorf("%s: %s", name, res.Status)
		}
		for _, secret := range []string{link, question} {
			if said := strings.Contains(read(t, f.said), secret) || len(holds(t, f.dir, secret)) > 0; said != c.says {
				t.Errorf("%s: it says %s: %v", name, secret, said)
			}
		}
	}
}
