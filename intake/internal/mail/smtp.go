package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// SMTP is a Carrier that hands each mail to a relay (RFC 5321), over a
// connection of its own and in a transaction of its own.
type SMTP struct {
	Host, Port     string
	User, Password string
	// TLS means TLS from the first byte (RFC 8314). Without it, STARTTLS is
	// demanded of every relay but one on a loopback address, which is spoken
	// to in the clear.
	TLS bool
	// Hello is the name that we give ourselves.
	Hello string
	// Timeout bounds each read and each write; the answer to a whole message
	// may take ten times as long, and one mail altogether twenty-five times.
	Timeout time.Duration
	// TLSConfig is for private certificate authorities; nil for the system's.
	TLSConfig *tls.Config
	// Limit, if given, is told at each connection what the relay announces.
	Limit *Limit

	// dial replaces the network in tests of relays that are not on loopback.
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Limit is the size of the largest mail that a relay takes, as it announced
// last (SIZE, RFC 1870). It may be used by many goroutines at once.
type Limit struct{ bytes atomic.Int64 }

// Bytes returns the limit; 0 where the relay has none or has not been asked.
func (l *Limit) Bytes() int64 { return l.bytes.Load() }

// ParseSMTP reads smtp://user:password@host:port and smtps://…; the ports are
// 587 and 465 where none is given (25 for a loopback host).
func ParseSMTP(s string) (SMTP, error) {
	u, err := url.Parse(s)
	if err != nil {
		// The text of url's error may show the password.
		return SMTP{}, errors.New("mail: the SMTP address cannot be read; write smtp://user:password@host:port and percent-encode the password")
	}
	if (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return SMTP{}, errors.New("mail: the SMTP address must be smtp://host:port or smtps://host:port, with user:password@ before the host where the relay asks for them")
	}
	r := SMTP{Host: u.Hostname(), Port: u.Port(), TLS: u.Scheme == "smtps", Hello: "localhost", Timeout: time.Minute}
	if u.User != nil {
		r.User = u.User.Username()
		r.Password, _ = u.User.Password()
	}
	if r.Port == "" {
		switch {
		case r.TLS:
			r.Port = "465"
		case r.loopback():
			r.Port = "25"
		default:
			r.Port = "587"
		}
	}
	return r, nil
}

func (r SMTP) loopback() bool {
	if r.Host == "localhost" {
		return true
	}
	ip := net.ParseIP(r.Host)
	return ip != nil && ip.IsLoopback()
}

// Carry sends the mail. Only replies to MAIL, RCPT and DATA become a Refusal;
// a refused connection, greeting, login or a broken line judges nobody.
func (r SMTP) Carry(ctx context.Context, p Parcel) error {
	for _, a := range []string{p.From, p.To} {
		// go-smtp would pass on parameters that hide in an address.
		if _, err := ParseMailbox(a); err != nil && a != "" || p.To == "" {
			return &Refusal{Permanent: true, Reply: "the address cannot stand in an envelope"}
		}
	}
	c, line, err := r.connect(ctx)
	if err != nil {
		return fmt.Errorf("mail: relay %s: %w", r.Host, err)
	}
	defer c.Close()
	if max, ok := c.MaxMessageSize(); ok && max > 0 && len(p.Body) > max {
		return &Refusal{Permanent: true, Reply: fmt.Sprintf("the relay takes messages of up to %d bytes; this one has %d", max, len(p.Body))}
	}
	if err := c.Mail(p.From, &smtp.MailOptions{Size: int64(len(p.Body))}); err != nil {
		return verdict(err)
	}
	if err := c.Rcpt(p.To, nil); err != nil {
		return verdict(err)
	}
	w, err := c.Data()
	if err != nil {
		return verdict(err)
	}
	if _, err := w.Write(p.Body); err != nil {
		return verdict(err)
	}
	// A relay that looks into the mail takes its time (RFC 5321 section
	// 4.5.3.2.6 asks for ten minutes). Whoever hangs up before it answers sends
	// the mail again, and the recipient has it twice.
	line.timeout = 10 * r.Timeout
	err = w.Close()
	line.timeout = r.Timeout
	if err != nil {
		return verdict(err)
	}
	// The relay has answered for the mail; how it says goodbye is all one.
	c.Quit()
	return nil
}

// Ask connects to the relay, so that Limit is known before there is mail. It
// gives up when ctx ends.
func (r SMTP) Ask(ctx context.Context) error {
	dial := r.dialer()
	r.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { conn.Close() })
		}
		return conn, err
	}
	c, _, err := r.connect(ctx)
	if err != nil {
		return fmt.Errorf("mail: relay %s: %w", r.Host, err)
	}
	defer c.Close()
	c.Quit()
	return nil
}

// verdict makes a Refusal of a reply. 421 ends the connection and may answer
// any command (RFC 5321 section 3.8); 530 and 538 ask for a login or for TLS
// (RFC 4954 section 6, RFC 3207 section 4). Those are the relay's trouble, not
// the mail's.
func verdict(err error) error {
	var reply *smtp.SMTPError
	if !errors.As(err, &reply) || reply.Code == 421 || reply.Code == 530 || reply.Code == 538 || reply.Code < 400 {
		return fmt.Errorf("mail: %w", err)
	}
	text := fmt.Sprint(reply.Code)
	if e := reply.EnhancedCode; e[0] > 0 {
		text += fmt.Sprintf(" %d.%d.%d", e[0], e[1], e[2])
	}
	text += " " + strings.ToValidUTF8(reply.Message, "?")
	return &Refusal{Permanent: reply.Code >= 500, Reply: text[:min(len(text), 500)]}
}

func (r SMTP) dialer() func(ctx context.Context, network, address string) (net.Conn, error) {
	if r.dial != nil {
		return r.dial
	}
	return (&net.Dialer{Timeout: r.Timeout}).DialContext
}

func (r SMTP) connect(ctx context.Context) (*smtp.Client, *impatient, error) {
	raw, err := r.dialer()(ctx, "tcp", net.JoinHostPort(r.Host, r.Port))
	if err != nil {
		return nil, nil, err
	}
	line := &impatient{Conn: raw, timeout: r.Timeout, end: time.Now().Add(25 * r.Timeout)}
	conn := net.Conn(line)
	config := &tls.Config{}
	if r.TLSConfig != nil {
		config = r.TLSConfig.Clone()
	}
	config.ServerName, config.MinVersion = r.Host, tls.VersionTLS12
	switch {
	case r.TLS:
		conn = tls.Client(conn, config)
	case !r.loopback():
		if conn, err = r.startTLS(conn, config); err != nil {
			raw.Close()
			return nil, nil, err
		}
	}
	c := smtp.NewClient(conn)
	err = c.Hello(r.Hello)
	if err == nil && r.Limit != nil {
		size, _ := c.MaxMessageSize() // 0 for one without a limit
		r.Limit.bytes.Store(int64(max(size, 0)))
	}
	if err == nil && r.User != "" {
		err = r.login(c)
	}
	if err != nil {
		c.Close()
		return nil, nil, err
	}
	return c, line, nil
}

func (r SMTP) login(c *smtp.Client) error {
	if c.SupportsAuth(sasl.Plain) {
		return c.Auth(sasl.NewPlainClient("", r.User, r.Password))
	}
	if c.SupportsAuth(sasl.Login) {
		return c.Auth(sasl.NewLoginClient(r.User, r.Password))
	}
	return errors.New("the relay offers neither PLAIN nor LOGIN, and a user was given")
}

// startTLS speaks the first words itself, since go-smtp says "localhost"
// before STARTTLS whatever its caller wants.
func (r SMTP) startTLS(conn net.Conn, config *tls.Config) (net.Conn, error) {
	text := textproto.NewConn(conn)
	if _, _, err := text.ReadResponse(220); err != nil {
		return nil, err
	}
	if err := text.PrintfLine("EHLO %s", r.Hello); err != nil {
		return nil, err
	}
	_, offer, err := text.ReadResponse(250)
	if err != nil {
		return nil, err
	}
	if !strings.Contains("\n"+strings.ToUpper(offer)+"\n", "\nSTARTTLS\n") {
		return nil, errors.New("the relay does not offer STARTTLS, and mail is not sent in the clear")
	}
	if err := text.PrintfLine("STARTTLS"); err != nil {
		return nil, err
	}
	if _, _, err := text.ReadResponse(220); err != nil {
		return nil, err
	}
	// Whatever came in the clear after the reply was put there by somebody
	// between us and the relay.
	if text.R.Buffered() > 0 {
		return nil, errors.New("the relay spoke before TLS had begun")
	}
	return &greeted{Conn: tls.Client(conn, config), rest: "220 TLS\r\n"}, nil
}

// greeted gives go-smtp the greeting for which it waits, since after STARTTLS
// a server sends none.
type greeted struct {
	net.Conn
	rest string
}

func (g *greeted) Read(b []byte) (int, error) {
	if g.rest != "" {
		n := copy(b, g.rest)
		g.rest = g.rest[n:]
		return n, nil
	}
	return g.Conn.Read(b)
}

// impatient sets a deadline before each read and write, and one for all of
// them, which a peer that drips would otherwise never reach. go-smtp sets its
// own and takes them away again, and has none while it writes a message.
type impatient struct {
	net.Conn
	timeout time.Duration
	end     time.Time
}

func (c *impatient) deadline() time.Time {
	if d := time.Now().Add(c.timeout); d.Before(c.end) {
		return d
	}
	return c.end
}

func (c *impatient) Read(b []byte) (int, error) {
	c.Conn.SetReadDeadline(c.deadline())
	return c.Conn.Read(b)
}

func (c *impatient) Write(b []byte) (int, error) {
	c.Conn.SetWriteDeadline(c.deadline())
	return c.Conn.Write(b)
}

func (c *impatient) SetDeadline(time.Time) error      { return nil }
func (c *impatient) SetReadDeadline(time.Time) error  { return nil }
func (c *impatient) SetWriteDeadline(time.Time) error { return nil }
