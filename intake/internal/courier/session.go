package courier

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// session is a connection to the relay after its greeting, EHLO, TLS and login.
type session struct {
	wire
	offers map[string]string // what EHLO offered: keyword in capitals, parameters
	since  time.Time
	mails  int // transactions begun
}

// open connects, and ends with a session that may begin a transaction.
func (r *SMTP) open(ctx context.Context) (*session, error) {
	if r.Hello == "" || strings.ContainsFunc(r.Hello, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		return nil, fmt.Errorf("%q cannot be said in EHLO: give this host's name in ASCII", r.Hello)
	}
	dial := r.dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: r.Timeout}).DialContext
	}
	conn, err := dial(ctx, "tcp", net.JoinHostPort(r.Host, r.Port))
	if err != nil {
		return nil, err
	}
	s := &session{since: time.Now()}
	s.timeout, s.end = r.Timeout, s.since.Add(r.limit())
	if end, ok := ctx.Deadline(); ok {
		s.end = end
	}
	s.use(conn)
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := r.greet(s, loopback(r.Host) && local(conn)); err != nil {
		conn.Close()
		return nil, err
	}
	return s, nil
}

// greet takes the connection through greeting, EHLO, TLS and login. Only on a
// loopback address it stays in the clear.
func (r *SMTP) greet(s *session, clear bool) error {
	if r.TLS {
		if err := s.encrypt(r.tlsConfig()); err != nil {
			return err
		}
	}
	if a, err := s.reply(s.timeout); err != nil {
		return &trouble{"the greeting", err}
	} else if a.code != 220 {
		return blame("the greeting", a)
	}
	if err := s.hello(r.Hello); err != nil {
		return err
	}
	if !r.TLS && !clear {
		if err := s.startTLS(r.tlsConfig()); err != nil {
			return err
		}
		if err := s.hello(r.Hello); err != nil { // RFC 3207: what was offered before is forgotten
			return err
		}
	}
	if r.Limit != nil {
		r.Limit.bytes.Store(s.size())
	}
	if r.User == "" {
		return nil
	}
	return s.login(r.User, r.Password)
}

func (r *SMTP) tlsConfig() *tls.Config {
	config := &tls.Config{}
	if r.TLSConfig != nil {
		config = r.TLSConfig.Clone()
	}
	config.ServerName, config.MinVersion = r.Host, max(config.MinVersion, tls.VersionTLS12)
	return config
}

// hello says EHLO, or HELO to a relay that does not know EHLO (RFC 5321
// section 3.2).
func (s *session) hello(name string) error {
	a, err := s.command("EHLO %s", name)
	if err == nil && slices.Contains([]int{500, 501, 502, 504}, a.code) {
		a, err = s.command("HELO %s", name)
		a.lines = nil
	}
	if err != nil {
		return &trouble{"EHLO", err}
	}
	if a.code != 250 {
		return blame("EHLO", a)
	}
	s.offers = map[string]string{}
	for _, line := range a.lines[min(1, len(a.lines)):] {
		keyword, rest, _ := strings.Cut(line, " ")
		s.offers[strings.ToUpper(keyword)] = strings.TrimSpace(rest)
	}
	return nil
}

// size is what the relay announces as its limit, or 0.
func (s *session) size() int64 {
	n, err := strconv.ParseInt(s.offers["SIZE"], 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func (s *session) startTLS(config *tls.Config) error {
	if _, offered := s.offers["STARTTLS"]; !offered {
		return errors.New("the relay does not offer STARTTLS, and mail is not sent in the clear")
	}
	if a, err := s.command("STARTTLS"); err != nil {
		return &trouble{"STARTTLS", err}
	} else if a.code != 220 {
		return blame("STARTTLS", a)
	}
	// Whatever came in the clear after the answer was put there by somebody
	// between us and the relay.
	if s.in.Buffered() > 0 {
		return errors.New("the relay spoke before TLS had begun")
	}
	return s.encrypt(config)
}

func (s *session) encrypt(config *tls.Config) error {
	secure := tls.Client(s.conn, config)
	s.allow(s.timeout)
	if err := secure.Handshake(); err != nil {
		return &trouble{"TLS", err}
	}
	s.use(secure)
	return nil
}

// login speaks PLAIN (RFC 4616), or LOGIN to those that know only that.
func (s *session) login(user, password string) error {
	encode := base64.StdEncoding.EncodeToString
	offered := strings.Fields(strings.ToUpper(s.offers["AUTH"]))
	var first string
	var then []string
	switch {
	case slices.Contains(offered, "PLAIN"):
		first = "AUTH PLAIN " + encode([]byte("\x00"+user+"\x00"+password))
	case slices.Contains(offered, "LOGIN"):
		first, then = "AUTH LOGIN", []string{encode([]byte(user)), encode([]byte(password))}
	default:
		return errors.New("the relay offers neither PLAIN nor LOGIN, and a user was given")
	}
	a, err := s.command("%s", first)
	for err == nil && a.code == 334 && len(then) > 0 {
		a, err = s.command("%s", then[0])
		then = then[1:]
	}
	if err != nil {
		return &trouble{"AUTH", err}
	}
	if a.code != 235 {
		return blame("AUTH", a)
	}
	return nil
}

// transact sends one mail. keep tells whether the connection is good for
// another.
func (s *session) transact(p Parcel) (keep bool, err error) {
	if most := s.size(); most > 0 && int64(len(p.Body)) > most {
		return true, &Refusal{Permanent: true, Reply: fmt.Sprintf("the relay takes messages of up to %d bytes; this one has %d", most, len(p.Body))}
	}
	s.mails++
	if s.mails > 1 {
		if a, err := s.command("RSET"); err != nil {
			return false, &trouble{"RSET", err}
		} else if a.code/100 != 2 {
			return false, blame("RSET", a)
		}
	}
	sender := "MAIL FROM:<" + p.From + ">"
	if _, ok := s.offers["SIZE"]; ok {
		sender += fmt.Sprintf(" SIZE=%d", len(p.Body))
	}
	if _, ok := s.offers["8BITMIME"]; ok && slices.ContainsFunc(p.Body, func(b byte) bool { return b >= 0x80 }) {
		sender += " BODY=8BITMIME"
	}
	for _, step := range []struct {
		stage, line string
		hoped       int // first digit
	}{{stageMail, sender, 2}, {stageRcpt, "RCPT TO:<" + p.To + ">", 2}, {stageData, "DATA", 3}} {
		a, err := s.command("%s", step.line)
		if err != nil {
			return false, &trouble{step.stage, err}
		}
		if a.code/100 != step.hoped {
			return judged(judge(step.stage, a))
		}
	}
	if err := s.message(p.Body); err != nil {
		// Some refuse in the middle of the message and leave: what they have
		// said may still be read.
		a, none := s.reply(min(s.timeout, time.Second))
		if none != nil || a.code < 400 {
			return false, &Unanswered{err}
		}
		_, err := judged(judge(stageDot, a))
		return false, err
	}
	// A relay that looks into the mail takes its time (RFC 5321 section
	// 4.5.3.2.6 asks for ten minutes). Whoever hangs up before it answers sends
	// the mail again, and the recipient has it twice.
	a, err := s.reply(10 * s.timeout)
	if err != nil {
		return false, &Unanswered{err}
	}
	if a.code/100 != 2 {
		return judged(judge(stageDot, a))
	}
	return true, nil
}

// judged keeps the connection after a verdict, and not after trouble.
func judged(err error) (keep bool, _ error) {
	var refusal *Refusal
	return errors.As(err, &refusal), err
}

// message writes the message with its dots doubled, and the dot that ends it.
// Line ends become CRLF whatever they were: a lone CR or LF is read as a line
// end by some, which would end the message where we do not (RFC 5321 section
// 2.3.8).
func (s *session) message(body []byte) error {
	out := bufio.NewWriterSize(s, 32<<10)
	for len(body) > 0 {
		line := body
		n := bytes.IndexAny(body, "\r\n")
		if n < 0 {
			body = nil
		} else {
			line = body[:n]
			if body[n] == '\r' && n+1 < len(body) && body[n+1] == '\n' {
				n++
			}
			body = body[n+1:]
		}
		if len(line) > 0 && line[0] == '.' {
			out.WriteByte('.')
		}
		out.Write(line)
		out.WriteString("\r\n")
	}
	out.WriteString(".\r\n")
	return out.Flush()
}

// quit ends the session as RFC 5321 wants it, without waiting long.
func (s *session) quit() {
	s.end = time.Now().Add(min(s.timeout, 5*time.Second))
	s.command("QUIT")
	s.conn.Close()
}
