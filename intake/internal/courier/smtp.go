package courier

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"waijiao/intake/internal/mail"
)

// SMTP is a Carrier that hands each mail to a relay (RFC 5321). It may be used
// by many goroutines, each mail over a connection of its own; connections that
// are still good are kept for the next mail until Rest is called.
type SMTP struct {
	Host, Port     string
	User, Password string
	// TLS means TLS from the first byte (RFC 8314). Without it, STARTTLS is
	// demanded of every relay but one on a loopback address, which is spoken
	// to in the clear.
	TLS bool
	// Hello is the name that we give ourselves in EHLO.
	Hello string
	// Timeout bounds each answer and each piece that is written; the answer to
	// a whole message may take ten times as long, and one mail altogether
	// twenty-five times, or 25 minutes if that is less.
	Timeout time.Duration
	// TLSConfig is for private certificate authorities; nil for the system's.
	TLSConfig *tls.Config
	// Limit, if given, is told at each connection what the relay announces.
	Limit *Limit

	// dial replaces the network in tests of relays that are not on loopback.
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	mu   sync.Mutex
	idle []*session
}

const (
	// longestMail is shorter than the lease, whatever Timeout is.
	longestMail = 25 * time.Minute
	// Relays have limits of their own for one connection; Postfix ends one
	// that does nothing for five minutes.
	mostMails  = 100
	longestUse = 5 * time.Minute
)

// Limit is the size of the largest mail that a relay takes, as it announced
// last (SIZE, RFC 1870). It may be used by many goroutines at once.
type Limit struct{ bytes atomic.Int64 }

// Bytes returns the limit; 0 where the relay has none or has not been asked.
func (l *Limit) Bytes() int64 { return l.bytes.Load() }

// ParseSMTP reads smtp://user:password@host:port and smtps://…; the ports are
// 587 and 465 where none is given (25 for a loopback host).
func ParseSMTP(s string) (*SMTP, error) {
	u, err := url.Parse(s)
	if err != nil {
		// The text of url's error may show the password.
		return nil, errors.New("courier: the SMTP address cannot be read; write smtp://user:password@host:port and percent-encode the password")
	}
	if (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, errors.New("courier: the SMTP address must be smtp://host:port or smtps://host:port, with user:password@ before the host where the relay asks for them")
	}
	r := &SMTP{Host: u.Hostname(), Port: u.Port(), TLS: u.Scheme == "smtps", Hello: "localhost", Timeout: time.Minute}
	if u.User != nil {
		r.User = u.User.Username()
		r.Password, _ = u.User.Password()
	}
	if r.Port == "" {
		switch {
		case r.TLS:
			r.Port = "465"
		case loopback(r.Host):
			r.Port = "25"
		default:
			r.Port = "587"
		}
	}
	return r, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// local tells whether the connection really ends on this host: the name
// localhost is only a name.
func local(conn net.Conn) bool {
	host, _, err := net.SplitHostPort(conn.RemoteAddr().String())
	return err == nil && loopback(host)
}

func (r *SMTP) limit() time.Duration { return min(25*r.Timeout, longestMail) }

// Carry sends the mail. It returns a *Refusal where the mail was judged, an
// *Unanswered where nobody knows, and any other error for the relay's trouble.
func (r *SMTP) Carry(ctx context.Context, p Parcel) error {
	for _, a := range []string{p.From, p.To} {
		// Parameters may hide in what is not an address.
		if _, err := mail.ParseMailbox(a); err != nil && (a != "" || p.To == "") {
			return &Refusal{Permanent: true, Reply: "the address cannot stand in an envelope"}
		}
	}
	ctx, stop := context.WithTimeout(ctx, r.limit())
	defer stop()
	if s := r.take(); s != nil {
		if err := r.send(ctx, s, p); !stale(err) {
			return r.named(err)
		}
	}
	s, err := r.open(ctx)
	if err != nil {
		return r.named(err)
	}
	return r.named(r.send(ctx, s, p))
}

// named says which relay it was, where no mail was judged.
func (r *SMTP) named(err error) error {
	var refusal *Refusal
	if err == nil || errors.As(err, &refusal) {
		return err
	}
	return fmt.Errorf("courier: relay %s: %w", r.Host, err)
}

// send sends the mail over the session and keeps or ends it.
func (r *SMTP) send(ctx context.Context, s *session, p Parcel) error {
	s.end, _ = ctx.Deadline()
	release := context.AfterFunc(ctx, func() { s.conn.Close() })
	keep, err := s.transact(p)
	switch {
	case !keep || !release():
		release()
		s.conn.Close()
	case s.mails >= mostMails || time.Since(s.since) >= longestUse:
		s.quit()
	default:
		r.mu.Lock()
		r.idle = append(r.idle, s)
		r.mu.Unlock()
	}
	return err
}

// take returns the session that was used last and is young enough, or nil.
func (r *SMTP) take() *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.idle) > 0 {
		s := r.idle[len(r.idle)-1]
		r.idle = r.idle[:len(r.idle)-1]
		if time.Since(s.since) < longestUse {
			return s
		}
		s.conn.Close()
	}
	return nil
}

// Rest ends the connections that wait for another mail.
func (r *SMTP) Rest() {
	r.mu.Lock()
	idle := r.idle
	r.idle = nil
	r.mu.Unlock()
	var all sync.WaitGroup
	for _, s := range idle {
		all.Go(s.quit)
	}
	all.Wait()
}

// Ask connects to the relay and logs in, so that Limit is known before there is
// mail, and a wrong password too. It gives up when ctx ends.
func (r *SMTP) Ask(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, r.limit())
	defer stop()
	s, err := r.open(ctx)
	if err != nil {
		return r.named(err)
	}
	s.quit()
	return nil
}
