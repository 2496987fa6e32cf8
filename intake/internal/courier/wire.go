package courier

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// wire speaks in commands and whole replies, and waits for nothing without a
// limit.
type wire struct {
	conn    net.Conn
	in      *bufio.Reader
	timeout time.Duration
	// end is when everything on this connection fails: the limit of the mail
	// that is being sent.
	end time.Time
}

const (
	longestLine  = 4096 // RFC 5321 section 4.5.3.1.5 allows a relay 512
	longestReply = 100  // lines
)

// use goes on over another connection, such as the one inside TLS.
func (w *wire) use(conn net.Conn) {
	w.conn, w.in = conn, bufio.NewReaderSize(conn, longestLine)
}

// allow sets the deadline for what follows: so many timeouts, but never
// later than the end. It is set once for a whole reply, since a peer that drips
// would win by a deadline for each read.
func (w *wire) allow(d time.Duration) {
	t := time.Now().Add(d)
	if t.After(w.end) {
		t = w.end
	}
	w.conn.SetDeadline(t)
}

// Write lets a bufio.Writer write with a deadline for each of its pieces.
func (w *wire) Write(b []byte) (int, error) {
	w.allow(w.timeout)
	return w.conn.Write(b)
}

// command says one line and returns the answer.
func (w *wire) command(format string, args ...any) (reply, error) {
	if _, err := fmt.Fprintf(w, format+"\r\n", args...); err != nil {
		return reply{}, err
	}
	return w.reply(w.timeout)
}

// reply reads one answer within the time. An answer without the end of its
// last line is none.
func (w *wire) reply(within time.Duration) (reply, error) {
	w.allow(within)
	var r reply
	for {
		line, err := w.in.ReadSlice('\n')
		if err != nil {
			if errors.Is(err, bufio.ErrBufferFull) {
				err = errors.New("the relay's answer has too long a line")
			}
			return reply{}, err
		}
		code, text, last, err := parseLine(bytes.TrimRight(line, "\r\n"))
		if err != nil {
			return reply{}, err
		}
		if r.code != 0 && r.code != code {
			return reply{}, fmt.Errorf("the relay's answer begins with %d and goes on with %d", r.code, code)
		}
		if len(r.lines) == longestReply {
			return reply{}, errors.New("the relay's answer has no end")
		}
		r.code, r.lines = code, append(r.lines, text)
		if last {
			return r, nil
		}
	}
}

func parseLine(line []byte) (code int, text string, last bool, err error) {
	code, err = strconv.Atoi(string(line[:min(3, len(line))]))
	if err != nil || code < 200 || code > 599 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0, "", false, fmt.Errorf("the relay's answer %.60q is none of RFC 5321", line)
	}
	if len(line) == 3 { // the text may be missing, and its space too
		return code, "", true, nil
	}
	return code, string(line[4:]), line[3] == ' ', nil
}

// reply is an answer of the relay.
type reply struct {
	code  int
	lines []string
}

// enhancedCode is the status of RFC 3463 at the beginning of each line.
var enhancedCode = regexp.MustCompile(`^[245]\.([0-9]{1,3})\.([0-9]{1,3})(?: |$)`)

// enhanced returns the subject and the detail of the enhanced code, without the
// class, or 0, 0.
func (r reply) enhanced() (subject, detail int) {
	if len(r.lines) == 0 {
		return 0, 0
	}
	found := enhancedCode.FindStringSubmatch(r.lines[0])
	if found == nil {
		return 0, 0
	}
	subject, _ = strconv.Atoi(found[1])
	detail, _ = strconv.Atoi(found[2])
	return subject, detail
}

// String returns the answer in one line, with the enhanced code once.
func (r reply) String() string {
	words := []string{strconv.Itoa(r.code)}
	for i, line := range r.lines {
		if i > 0 {
			line = strings.TrimPrefix(line, enhancedCode.FindString(r.lines[0]))
		}
		words = append(words, strings.Fields(line)...)
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(strings.Join(words, " "), "?"))
}
