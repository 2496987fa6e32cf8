package courier

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"
)

func TestTLSIsDemandedOfEveryRelayButLoopback(t *testing.T) {
	cert, pool := certificate(t, "relay.example.org")
	plain := startRelay(t, nil, "SIZE")
	if err := plain.far(t, pool).Carry(t.Context(), parcel()); err == nil || strings.Contains(plain.lines(), "MAIL") {
		t.Errorf("sent in the clear: %v\n%s", err, plain.lines())
	}
	// The name alone makes no loopback.
	named := plain.client(t)
	named.Host = "localhost"
	named.dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, plain.listener.Addr().String())
		return elsewhere{conn}, err
	}
	if err := named.Carry(t.Context(), parcel()); err == nil || strings.Contains(plain.lines(), "MAIL") {
		t.Errorf("sent in the clear: %v\n%s", err, plain.lines())
	}
	secure := startRelay(t, nil, "STARTTLS", "AUTH PLAIN")
	secure.tls = &tls.Config{Certificates: []tls.Certificate{cert}}
	good := secure.far(t, pool)
	good.User, good.Password = "user", "p"
	for range 2 {
		if err := good.Carry(t.Context(), parcel()); err != nil {
			t.Fatal(err)
		}
	}
	if got := secure.lines(); !strings.HasPrefix(got, "EHLO forms.example.org\nSTARTTLS\n(tls)\nEHLO forms.example.org\nAUTH PLAIN AHVzZXIAcA==\nMAIL FROM") || strings.Count(got, "(tls)") != 1 {
		t.Error(got)
	}
	unknown := secure.far(t, pool)
	unknown.TLSConfig = nil
	if err := unknown.Carry(t.Context(), parcel()); err == nil {
		t.Error("an unknown certificate was trusted")
	}
	other := secure.far(t, pool)
	other.Host = "other.example.org"
	if err := other.Carry(t.Context(), parcel()); err == nil {
		t.Error("a certificate for another name was trusted")
	}
	injected := startRelay(t, map[string]string{"injected": "250 AUTH PLAIN\r\n"}, "STARTTLS")
	injected.tls = secure.tls
	if err := injected.far(t, pool).Carry(t.Context(), parcel()); err == nil {
		t.Error("words from before TLS were believed")
	}
	direct := secure.far(t, pool)
	direct.TLS = true
	direct.dial = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() { secure.serve(tls.Server(theirs, secure.tls)); theirs.Close() }()
		return ours, nil
	}
	if err := direct.Carry(t.Context(), parcel()); err != nil {
		t.Error(err)
	}
}

// elsewhere is a connection to a host that is not this one.
type elsewhere struct{ net.Conn }

func (elsewhere) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 25} }

func TestParseSMTP(t *testing.T) {
	for in, want := range map[string]string{
		"smtp://relay.example.org":               "relay.example.org 587 false  ",
		"smtp://127.0.0.1":                       "127.0.0.1 25 false  ",
		"smtp://[::1]":                           "::1 25 false  ",
		"smtps://u%40x:p%2Fw@relay.example.org":  "relay.example.org 465 true u@x p/w",
		"smtp://user:pw@relay.example.org:2525/": "relay.example.org 2525 false user pw",
	} {
		r, err := ParseSMTP(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
		} else if got := fmt.Sprintf("%s %s %v %s %s", r.Host, r.Port, r.TLS, r.User, r.Password); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
	for _, bad := range []string{"", "relay.example.org:25", "http://relay.example.org", "smtp://", "smtp://u:secret%zz@h", "smtp://h/path", "smtp://h?x=y"} {
		if _, err := ParseSMTP(bad); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
