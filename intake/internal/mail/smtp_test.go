package mail

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
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
	replies  map[string]string // by verb; "greeting" and "body" too
	offer    []string          // EHLO lines
	tls      *tls.Config

	gone chan struct{} // closed at the end of the test

	mu  sync.Mutex
	got []string
	wg  sync.WaitGroup
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
			r.wg.Go(func() { defer c.Close(); r.serve(c) })
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

// reply writes the reply for a verb and tells whether to go on. "hang" waits
// for the client to leave; "drop" ends the connection; "drip" says a little
// for ever; "slow" takes three of the client's timeouts to say the usual.
func (r *relay) reply(c net.Conn, verb, usual string) bool {
	s, ok := r.replies[verb]
	if !ok {
		s = usual
	}
	switch s {
	case "drop":
		return false
	case "drip":
		for {
			if _, err := fmt.Fprint(c, "250-still thinking\r\n"); err != nil {
				return false
			}
			time.Sleep(20 * time.Millisecond)
		}
	case "slow":
		time.Sleep(600 * time.Millisecond)
		s = usual
	case "hang":
		io.Copy(io.Discard, c)
		return false
	}
	fmt.Fprintf(c, "%s\r\n", s)
	return !strings.HasSuffix(s, " half")
}

func (r *relay) serve(c net.Conn) {
	if !r.reply(c, "greeting", "220 test") {
		return
	}
	in := bufio.NewReader(c)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		r.log(strings.TrimRight(line, "\r\n"))
		verb := strings.ToUpper(strings.Fields(line + " x")[0])
		usual := "250 2.0.0 ok"
		switch verb {
		case "EHLO":
			fmt.Fprint(c, "250-relay.example.org\r\n")
			for _, o := range r.offer {
				fmt.Fprintf(c, "250-%s\r\n", o)
			}
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
		case "DATA":
			if !r.reply(c, "DATA", "354 go") {
				return
			}
			if r.replies["then"] == "stop reading" {
				<-r.gone
				return
			}
			if s, ok := r.replies["DATA"]; ok && !strings.HasPrefix(s, "354") {
				continue
			}
			for line != ".\r\n" {
				if line, err = in.ReadString('\n'); err != nil {
					return
				}
				r.log(strings.TrimRight(line, "\r\n"))
			}
			verb = "body"
		case "QUIT":
			r.reply(c, verb, "221 bye")
			return
		}
		if !r.reply(c, verb, usual) {
			return
		}
	}
}

func (r *relay) client(t *testing.T) SMTP {
	t.Helper()
	s, err := ParseSMTP("smtp://" + r.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s.Hello, s.Timeout = "forms.example.org", 200*time.Millisecond
	return s
}

func parcel() Parcel {
	return Parcel{ID: "1", From: "forms@example.org", To: "officer@example.org", Body: []byte("Subject: x\r\n\r\n.\r\n..two\r\nend\r\n")}
}

func TestWhatJudgesAMail(t *testing.T) {
	for name, c := range map[string]struct {
		replies map[string]string
		want    string // refusal, waits, dies or sent
	}{
		"good":              {nil, "sent"},
		"mail 451":          {map[string]string{"MAIL": "451 4.3.0 later"}, "later"},
		"mail 550":          {map[string]string{"MAIL": "550 5.7.1 no"}, "dies"},
		"rcpt 450":          {map[string]string{"RCPT": "450 4.2.1 greylisted"}, "later"},
		"rcpt 550":          {map[string]string{"RCPT": "550 5.1.1 nobody"}, "dies"},
		"data 452":          {map[string]string{"DATA": "452 4.3.1 full"}, "later"},
		"data 554":          {map[string]string{"DATA": "554 5.5.1 no"}, "dies"},
		"body 451":          {map[string]string{"body": "451 4.3.0 later"}, "later"},
		"body 552":          {map[string]string{"body": "552 5.3.4 too big"}, "dies"},
		"421 at rcpt":       {map[string]string{"RCPT": "421 4.3.2 going down"}, "waits"},
		"greeting 554":      {map[string]string{"greeting": "554 go away"}, "waits"},
		"greeting 421":      {map[string]string{"greeting": "421 busy"}, "waits"},
		"greeting nothing":  {map[string]string{"greeting": "hang"}, "waits"},
		"ehlo 550":          {map[string]string{"EHLO": "550 no"}, "waits"},
		"drop at rcpt":      {map[string]string{"RCPT": "drop"}, "waits"},
		"hang at data":      {map[string]string{"DATA": "hang"}, "waits"},
		"half an answer":    {map[string]string{"body": "250-2.0.0 half"}, "waits"},
		"no answer to body": {map[string]string{"body": "hang"}, "waits"},
		"slow to answer":    {map[string]string{"body": "slow"}, "sent"},
		"no end of answers": {map[string]string{"RCPT": "drip"}, "waits"},
		"login wanted":      {map[string]string{"MAIL": "530 5.7.0 authentication required"}, "waits"},
		"TLS wanted":        {map[string]string{"RCPT": "530 5.7.0 must issue STARTTLS first"}, "waits"},
		"quit refused":      {map[string]string{"QUIT": "500 no"}, "sent"},
		"quit dropped":      {map[string]string{"QUIT": "drop"}, "sent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := startRelay(t, c.replies).client(t).Carry(t.Context(), parcel())
			var refusal *Refusal
			got := "waits"
			switch {
			case err == nil:
				got = "sent"
			case errors.As(err, &refusal) && refusal.Permanent:
				got = "dies"
			case errors.As(err, &refusal):
				got = "later"
			}
			if got != c.want {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
			for _, r := range c.replies {
				if refusal != nil && refusal.Reply != r {
					t.Errorf("the reply %q is kept as %q", r, refusal.Reply)
				}
			}
		})
	}
}

func TestAPeerThatStopsReadingIsLeft(t *testing.T) {
	r := startRelay(t, map[string]string{"then": "stop reading"})
	big := parcel()
	big.Body = []byte(strings.Repeat("0123456789abcdef\r\n", 1<<20))
	if err := r.client(t).Carry(t.Context(), big); err == nil || errors.As(err, new(*Refusal)) {
		t.Error(err)
	}
}

func TestTheWordsOnTheWire(t *testing.T) {
	r := startRelay(t, nil, "SIZE 1000", "8BITMIME", "AUTH PLAIN LOGIN")
	c := r.client(t)
	c.User, c.Password = "user", "p"
	if err := c.Carry(t.Context(), parcel()); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{"EHLO forms.example.org", "AUTH PLAIN AHVzZXIAcA==", "MAIL FROM:<forms@example.org> BODY=8BITMIME SIZE=29", "RCPT TO:<officer@example.org>", "DATA",
		"Subject: x", "", "..", "...two", "end", ".", "QUIT"}, "\n")
	if got := r.lines(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	big := parcel()
	big.Body = make([]byte, 1001)
	var refusal *Refusal
	if err := c.Carry(t.Context(), big); !errors.As(err, &refusal) || !refusal.Permanent {
		t.Errorf("larger than the relay's SIZE: %v", err)
	}
	odd := parcel()
	odd.To = "a@b> NOTIFY=NEVER"
	if err := c.Carry(t.Context(), odd); !errors.As(err, &refusal) || strings.Contains(r.lines(), "NOTIFY") {
		t.Errorf("parameters in an address: %v", err)
	}
	null := parcel()
	null.From = ""
	if err := c.Carry(t.Context(), null); err != nil || !strings.Contains(r.lines(), "MAIL FROM:<>") {
		t.Errorf("null path: %v", err)
	}
	strict := startRelay(t, map[string]string{"AUTH": "535 5.7.8 wrong"}, "AUTH PLAIN").client(t)
	strict.User, strict.Password = "user", "wrong"
	if err := strict.Carry(t.Context(), parcel()); err == nil || errors.As(err, new(*Refusal)) {
		t.Errorf("a refused login judged the mail: %v", err)
	}
}

func TestTheRelaysLimitIsRememberedAtEachConnection(t *testing.T) {
	r := startRelay(t, nil, "SIZE 1000")
	c := r.client(t)
	c.Limit = &Limit{}
	if err := c.Ask(t.Context()); err != nil || c.Limit.Bytes() != 1000 {
		t.Errorf("asked: %d %v", c.Limit.Bytes(), err)
	}
	if got := r.lines(); got != "EHLO forms.example.org\nQUIT" {
		t.Errorf("asking said\n%s", got)
	}
	for offer, want := range map[string]int64{"SIZE 2000": 2000, "SIZE": 0, "SIZE 0": 0, "8BITMIME": 0} {
		next := startRelay(t, nil, offer).client(t)
		next.Limit = c.Limit
		if err := next.Carry(t.Context(), parcel()); err != nil || c.Limit.Bytes() != want {
			t.Errorf("%s: %d %v", offer, c.Limit.Bytes(), err)
		}
	}
	// A relay that says nothing is left when the asker's time is up, and what
	// was known stays.
	if err := c.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	silent := startRelay(t, map[string]string{"greeting": "hang"}).client(t)
	silent.Limit, silent.Timeout = c.Limit, time.Hour
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if err := silent.Ask(ctx); err == nil || c.Limit.Bytes() != 1000 {
		t.Errorf("silent: %d %v", c.Limit.Bytes(), err)
	}
}

func TestTLSIsDemandedOfEveryRelayButLoopback(t *testing.T) {
	cert, pool := certificate(t, "relay.example.org")
	far := func(r *relay) SMTP {
		return SMTP{Host: "relay.example.org", Port: "587", Hello: "forms.example.org", Timeout: time.Second, TLSConfig: &tls.Config{RootCAs: pool},
			dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, r.listener.Addr().String())
			}}
	}
	plain := startRelay(t, nil, "SIZE")
	if err := far(plain).Carry(t.Context(), parcel()); err == nil || strings.Contains(plain.lines(), "MAIL") {
		t.Errorf("sent in the clear: %v\n%s", err, plain.lines())
	}
	secure := startRelay(t, nil, "STARTTLS")
	secure.tls = &tls.Config{Certificates: []tls.Certificate{cert}}
	if err := far(secure).Carry(t.Context(), parcel()); err != nil {
		t.Fatal(err)
	}
	if got := secure.lines(); !strings.HasPrefix(got, "EHLO forms.example.org\nSTARTTLS\n(tls)\nEHLO forms.example.org\nMAIL FROM") {
		t.Error(got)
	}
	unknown := far(secure)
	unknown.TLSConfig = nil
	if err := unknown.Carry(t.Context(), parcel()); err == nil {
		t.Error("an unknown certificate was trusted")
	}
	other := far(secure)
	other.Host = "other.example.org"
	if err := other.Carry(t.Context(), parcel()); err == nil {
		t.Error("a certificate for another name was trusted")
	}
	injected := startRelay(t, map[string]string{"injected": "250 AUTH PLAIN\r\n"}, "STARTTLS")
	injected.tls = secure.tls
	if err := far(injected).Carry(t.Context(), parcel()); err == nil {
		t.Error("words from before TLS were believed")
	}
	direct := far(secure)
	direct.TLS = true
	direct.dial = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go secure.serve(tls.Server(theirs, secure.tls))
		return ours, nil
	}
	if err := direct.Carry(t.Context(), parcel()); err != nil {
		t.Error(err)
	}
}

func certificate(t *testing.T, name string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestParseSMTP(t *testing.T) {
	for in, want := range map[string]string{
		"smtp://relay.example.org":               "relay.example.org 587 false  ",
		"smtp://127.0.0.1":                       "127.0.0.1 25 false  ",
		"smtps://u%40x:p%2Fw@relay.example.org":  "relay.example.org 465 true u@x p/w",
		"smtp://user:pw@relay.example.org:2525/": "relay.example.org 2525 false user pw",
	} {
		r, err := ParseSMTP(in)
		if got := fmt.Sprintf("%s %s %v %s %s", r.Host, r.Port, r.TLS, r.User, r.Password); err != nil || got != want {
			t.Errorf("%s: %s %v", in, got, err)
		}
	}
	for _, bad := range []string{"", "relay.example.org:25", "http://relay.example.org", "smtp://", "smtp://u:secret%zz@h", "smtp://h/path", "smtp://h?x=y"} {
		if _, err := ParseSMTP(bad); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
