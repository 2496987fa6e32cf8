// Package scan asks a clamd (ClamAV) on this machine or near it what it thinks
// of a file.
//
//	s, err := scan.Parse("unix:///run/clamav/clamd.ctl")
//	verdict, err := s.Scan(ctx, file)
//
// A file is clean only if clamd has said so of all of its bytes in a whole
// answer. Everything else is an error: clamd is not there, hangs, hangs up, has
// read too little, or answers with something else. A caller must treat an error
// like a find, and never let the file through.
//
// The bytes go to clamd as they are (INSTREAM, see clamd(8)), and nothing is
// written here. clamd itself may keep them in files of its TemporaryDirectory
// while it looks; that should be a file system in memory. A tcp address should
// be on the same machine, since the connection is not encrypted.
//
// clamd says OK too of what it gave up on, unless its configuration says
// AlertExceedsMax yes, and of archives that it cannot open, unless that says
// AlertEncrypted yes. Its StreamMaxLength must be as large as the largest
// upload.
package scan

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"
)

// What Scanner means by zero.
const (
	DefaultTimeout = 30 * time.Second
	DefaultLimit   = 64 << 20
)

// ErrAddress means that an address is neither tcp://host:port nor unix:///path.
var ErrAddress = errors.New("scan: write tcp://host:port or unix:///path")

// ErrTooLarge means that there were more bytes than Limit, or than clamd takes.
var ErrTooLarge = errors.New("scan: too large to be scanned")

// Scanner is a clamd's address. It is safe for use by many goroutines; every
// call has a connection of its own.
type Scanner struct {
	network, address string
	Timeout          time.Duration // for a whole call, from the dial to the answer
	Limit            int64         // the most bytes that are sent, in bytes
}

// Parse reads an address: tcp://host:port or unix:///path. The error is
// ErrAddress.
func Parse(address string) (Scanner, error) {
	u, err := url.Parse(address)
	if err != nil || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return Scanner{}, ErrAddress
	}
	switch u.Scheme {
	case "tcp":
		if u.Hostname() == "" || u.Port() == "" || u.Path != "" {
			return Scanner{}, ErrAddress
		}
		return Scanner{network: "tcp", address: u.Host}, nil
	case "unix":
		if u.Host != "" || len(u.Path) < 2 {
			return Scanner{}, ErrAddress
		}
		return Scanner{network: "unix", address: u.Path}, nil
	}
	return Scanner{}, ErrAddress
}

// Outcome is what clamd said. The zero value says nothing, so that a forgotten
// error is not taken for a clean file.
type Outcome int

// The outcomes.
const (
	Unknown Outcome = iota
	Clean
	Infected
)

// Verdict is clamd's answer.
type Verdict struct {
	Outcome   Outcome
	Signature string // of what was found, such as "Eicar-Test-Signature"
}

// Scan sends all that r gives and waits for the answer. An error of r comes
// back as it is; with any error the outcome is Unknown.
func (s Scanner) Scan(ctx context.Context, r io.Reader) (Verdict, error) {
	c, err := s.dial(ctx)
	if err != nil {
		return Verdict{}, err
	}
	defer c.close()
	if err := c.stream(r, s.limit()); err != nil {
		return Verdict{}, err
	}
	answer, err := c.answer()
	if err != nil {
		return Verdict{}, err
	}
	return judge(answer)
}

// Version asks clamd for its version and the age of its signatures, such as
// "ClamAV 1.4.3/27800/Mon Nov 23 09:00:00 2026". Without signatures there is
// only the first part.
func (s Scanner) Version(ctx context.Context) (string, error) {
	c, err := s.dial(ctx)
	if err != nil {
		return "", err
	}
	defer c.close()
	if _, err := io.WriteString(c, "zVERSION\x00"); err != nil {
		return "", c.fault(err)
	}
	answer, err := c.answer()
	if err == nil && !strings.HasPrefix(answer, "ClamAV ") {
		err = fmt.Errorf("scan: clamd answered %q", answer)
	}
	if err != nil {
		return "", err
	}
	return answer, nil
}

func (s Scanner) limit() int64 {
	if s.Limit > 0 {
		return s.Limit
	}
	return DefaultLimit
}

func judge(answer string) (Verdict, error) {
	what, ok := strings.CutPrefix(answer, "stream: ")
	if ok && what == "OK" {
		return Verdict{Outcome: Clean}, nil
	}
	if name, found := strings.CutSuffix(what, " FOUND"); ok && found && name != "" {
		return Verdict{Infected, name}, nil
	}
	if strings.Contains(answer, "size limit exceeded") {
		return Verdict{}, fmt.Errorf("%w: clamd's StreamMaxLength is too small", ErrTooLarge)
	}
	return Verdict{}, fmt.Errorf("scan: clamd answered %q", answer)
}

// conn is a connection that ends with its context.
type conn struct {
	net.Conn
	ctx  context.Context
	stop []func()
}

func (s Scanner) dial(ctx context.Context) (*conn, error) {
	timeout := s.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	raw, err := (&net.Dialer{}).DialContext(ctx, s.network, s.address)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("scan: clamd cannot be reached: %w", err)
	}
	// Closing is what wakes a read or a write that hangs.
	unwatch := context.AfterFunc(ctx, func() { raw.Close() })
	return &conn{raw, ctx, []func(){func() { unwatch() }, cancel}}, nil
}

func (c *conn) close() {
	for _, f := range c.stop {
		f()
	}
	c.Conn.Close()
}

// fault says what an error of the connection was: its own, or the end of the
// time.
func (c *conn) fault(err error) error {
	if e := c.ctx.Err(); e != nil {
		return fmt.Errorf("scan: clamd did not answer: %w", e)
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("scan: clamd hung up: %w", err)
}

// stream sends INSTREAM: chunks, each behind its length in four bytes, and an
// empty one at the end. A stream that is not whole is never ended.
func (c *conn) stream(r io.Reader, limit int64) error {
	if _, err := io.WriteString(c, "zINSTREAM\x00"); err != nil {
		return c.fault(err)
	}
	buf := make([]byte, 4+32<<10)
	for {
		n, err := r.Read(buf[4:])
		if limit -= int64(n); limit < 0 {
			return ErrTooLarge
		}
		if n > 0 {
			binary.BigEndian.PutUint32(buf, uint32(n))
			if _, err := c.Write(buf[:4+n]); err != nil {
				return c.early(err)
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if _, err := c.Write(make([]byte, 4)); err != nil {
		return c.early(err)
	}
	return nil
}

// early finds out why clamd hung up in the middle of a stream: what it has said
// before may still be there. Whatever that is, the file was not scanned.
func (c *conn) early(err error) error {
	answer, e := c.answer()
	if e != nil {
		return c.fault(err)
	}
	if _, e := judge(answer); e != nil {
		return e
	}
	return fmt.Errorf("scan: clamd answered %q before it had everything", answer)
}

// answer reads up to the zero byte that ends a whole answer.
func (c *conn) answer() (string, error) {
	const longest = 4096
	b, err := bufio.NewReader(io.LimitReader(c, longest)).ReadString(0)
	if err != nil {
		return "", c.fault(err)
	}
	return strings.ToValidUTF8(strings.TrimSuffix(b, "\x00"), "\ufffd"), nil
}
