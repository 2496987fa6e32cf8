package courier

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// relay is a line-by-line SMTP server whose replies a test chooses.
type relay struct {
	listener net.Listener
	// replies are what is said instead of the usual, by verb; "greeting" and
	// "dot" too. With a number, as in "MAIL 2", only to that many-th such verb
	// on one connection. answer says what the special ones do.
	replies map[string]string
	offer   []string // EHLO lines
	tls     *tls.Config

	gone chan struct{} // closed at the end of the test

	mu    sync.Mutex
	got   []string
	calls int // connections
	wg    sync.WaitGroup
}

func startRelay(t *testing.T, replies map[string]string, offer ...string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{listener: l, replies: replies, offer: offer, gone: make(chan struct{})}
	r.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r.mu.Lock()
			r.calls++
			r.mu.Unlock()
			r.wg.Go(func() {
				defer c.Close()
				go func() { <-r.gone; c.Close() }()
				r.serve(c)
			})
		}
	})
	t.Cleanup(func() { close(r.gone); l.Close(); r.wg.Wait() })
	return r
}

func (r *relay) log(s string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, s)
}

func (r *relay) lines() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.got, "\n")
}

func (r *relay) connections() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls
}

// answer writes the reply for a verb and tells whether to go on. "drop" ends
// the connection; "hang" waits for the client to leave; "drip" says a reply
// byte by byte; "endless" says one without an end; "slow" takes three of the
// client's timeouts to say the usual; "cut" breaks off within a line; a reply
// that ends in " (bye)" ends the connection.
func (r *relay) answer(c net.Conn, verb string, n int, usual string) bool {
	s, ok := r.replies[verb]
	if one, only := r.replies[fmt.Sprint(verb, " ", n)]; only {
		s, ok = one, true
	}
	if !ok {
		s = usual
	}
	switch s {
	case "drop":
		return false
	case "drip":
		for _, b := range []byte("250 " + strings.Repeat("and then ", 1000)) {
			if _, err := c.Write([]byte{b}); err != nil {
				return false
			}
			time.Sleep(20 * time.Millisecond)
		}
	case "endless":
		for {
			if _, err := fmt.Fprint(c, "250-still thinking\r\n"); err != nil {
				return false
			}
		}
	case "slow":
		time.Sleep(600 * time.Millisecond)
		s = usual
	case "hang":
		io.Copy(io.Discard, c)
		return false
	}
	if cut, ok := strings.CutSuffix(s, " (cut)"); ok {
		fmt.Fprint(c, cut)
		return false
	}
	last, bye := strings.CutSuffix(s, " (bye)")
	fmt.Fprintf(c, "%s\r\n", strings.ReplaceAll(last, "|", "\r\n"))
	return !bye
}

func (r *relay) serve(c net.Conn) {
	if !r.answer(c, "greeting", 1, "220 test") {
		return
	}
	in := bufio.NewReader(c)
	seen := map[string]int{}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		r.log(strings.TrimRight(line, "\r\n"))
		verb := strings.ToUpper(strings.Fields(line + " x")[0])
		seen[verb]++
		usual := "250 2.0.0 ok"
		switch verb {
		case "EHLO":
			usual = "250-relay.example.org|"
			for _, o := range r.offer {
				usual += "250-" + o + "|"
			}
			usual += "250 HELP"
		case "STARTTLS":
			fmt.Fprintf(c, "220 go\r\n%s", r.replies["injected"])
			secure := tls.Server(c, r.tls)
			if secure.Handshake() != nil {
				return
			}
			c, in = secure, bufio.NewReader(secure)
			r.log("(tls)")
			continue
		case "AUTH":
			usual = "235 2.7.0 welcome"
			if strings.TrimSpace(line) == "AUTH LOGIN" {
				for range 2 {
					fmt.Fprint(c, "334 VXNlcm5hbWU6\r\n")
					line, _ = in.ReadString('\n')
					r.log(strings.TrimRight(line, "\r\n"))
				}
			}
		case "DATA":
			if !r.answer(c, verb, seen[verb], "354 go") {
				return
			}
			if s, ok := r.replies[verb]; ok && !strings.HasPrefix(s, "354") {
				continue
			}
			switch r.replies["then"] {
			case "stop reading":
				<-r.gone
				return
			case "refuse":
				io.CopyN(io.Discard, in, 100<<10)
				fmt.Fprint(c, "552 5.3.4 too big\r\n")
				c.(*net.TCPConn).CloseWrite()
				<-r.gone
				return
			}
			for line != ".\r\n" {
				if line, err = in.ReadString('\n'); err != nil {
					return
				}
				r.log(strings.TrimSuffix(line, "\r\n"))
			}
			verb = "dot"
			seen[verb]++
		case "QUIT":
			r.answer(c, verb, seen[verb], "221 bye")
			return
		}
		if !r.answer(c, verb, seen[verb], usual) {
			return
		}
	}
}

// client speaks to the relay, with much patience.
func (r *relay) client(t *testing.T) *SMTP {
	t.Helper()
	return clientOf(t, r.listener.Addr().String())
}

func clientOf(t testing.TB, address string) *SMTP {
	t.Helper()
	s, err := ParseSMTP("smtp://" + address)
	if err != nil {
		t.Fatal(err)
	}
	s.Hello, s.Timeout = "forms.example.org", 20*time.Second
	t.Cleanup(s.Rest)
	return s
}

// far makes a client believe that the relay is somewhere else.
func (r *relay) far(t *testing.T, pool *x509.CertPool) *SMTP {
	s := r.client(t)
	s.Host, s.Port = "relay.example.org", "587"
	s.TLSConfig = &tls.Config{RootCAs: pool}
	s.dial = to(r.listener.Addr().String())
	return s
}

func parcel() Parcel {
	return Parcel{ID: "1", From: "forms@example.org", To: "officer@example.org", Body: []byte("Subject: x\r\n\r\n.\r\n..two\r\nend\r\n")}
}

// certificate is one for the name, signed by a new authority, which the pool
// trusts.
func certificate(t *testing.T, name string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	made := func(c, by *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if signer == nil {
			by, signer = c, key
		}
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, c, by, &key.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return parsed, key
	}
	root, signer := made(&x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	leaf, key := made(&x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, root, signer)
	pool := x509.NewCertPool()
	pool.AddCert(root)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}, pool
}
