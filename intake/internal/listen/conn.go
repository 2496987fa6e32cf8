package listen

import (
	"container/list"
	"net"
	"net/netip"
	"sync"
	"time"
)

// doing is what a connection is at.
type doing int

const (
	gone    doing = iota // closed
	silent               // between requests, or in the headers of one
	stalled              // in the midst of a body or an answer, waiting for the client
	busy                 // ours to work on
)

// scope is some of the connections: all, or those of one address.
type scope struct {
	n               int
	silent, stalled list.List // of *conn; who began to wait first is in front
}

// longest is the connection that gives way, or nil. It is a silent one as long
// as there are many of them, a quarter of those that may be open. When nearly
// all are stalled or busy, the few silent ones have only just come, and their
// requests are on the way.
func (s *scope) longest(most int) *conn {
	few := s.silent.Len() < max(most/4, 2)
	first, second := s.silent.Front(), s.stalled.Front()
	if few && second != nil || first == nil {
		first = second
	}
	if first == nil {
		return nil
	}
	return first.Value.(*conn)
}

func (s *scope) list(d doing) *list.List {
	switch d {
	case silent:
		return &s.silent
	case stalled:
		return &s.stalled
	}
	return nil
}

// conn is a connection that the listener keeps count of.
type conn struct {
	net.Conn
	of     *Listener
	prefix netip.Prefix
	group  *scope // of its address, or nil

	// Under the listener's lock:
	doing doing
	since time.Time
	at    [2]*list.Element // in the lists of all and of group

	mu   sync.Mutex
	pace pace      // of the answer
	till time.Time // the server's own deadline for writing, if any
}

func (c *conn) scopes() []*scope {
	if c.group == nil {
		return []*scope{&c.of.all}
	}
	return []*scope{&c.of.all, c.group}
}

// place counts a new connection.
func (l *Listener) place(c *conn, d doing) {
	for _, s := range c.scopes() {
		s.n++
	}
	l.put(c, d)
}

// take counts a connection out.
func (l *Listener) take(c *conn) {
	if c.doing == gone {
		return
	}
	l.put(c, gone)
	for _, s := range c.scopes() {
		s.n--
	}
	if c.group != nil && c.group.n == 0 {
		delete(l.groups, c.prefix)
	}
	l.free.Signal()
}

func (l *Listener) put(c *conn, d doing) {
	for i, s := range c.scopes() {
		if from := s.list(c.doing); from != nil {
			from.Remove(c.at[i])
		}
		c.at[i] = nil
		if to := s.list(d); to != nil {
			c.at[i] = to.PushBack(c)
		}
	}
	c.doing, c.since = d, time.Now()
}

// move says what a connection is at now, and returns what it was at. One that
// is nobody's, or gone, stays so.
func (l *Listener) move(c *conn, d doing) (before doing) {
	if c == nil {
		return gone
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if before = c.doing; before == gone || before == d && d == busy {
		return before
	}
	l.put(c, d)
	if d != busy {
		l.free.Signal()
	}
	return before
}

// begin is called when the headers of a request have been read.
func (c *conn) begin() {
	c.of.move(c, busy)
	c.mu.Lock()
	c.pace = c.of.config.pace()
	c.mu.Unlock()
}

// Close closes the connection and makes room for another.
func (c *conn) Close() error {
	c.of.mu.Lock()
	c.of.take(c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// CloseWrite lets the server end an answer while the client still sends.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Conn.Close()
}

// portion is how much of an answer is written under one deadline.
const portion = 16 << 10

// Write writes at the client's pace as long as that is fast enough.
func (c *conn) Write(b []byte) (n int, err error) {
	// It may be in the midst of a body, where the server says "100 Continue".
	defer c.of.move(c, c.of.move(c, stalled))
	for more := true; more && err == nil; more = n < len(b) {
		part := b[n:min(len(b), n+portion)]
		begun := time.Now()
		c.mu.Lock()
		// By then the whole portion has to be written.
		by := begun.Add(c.pace.left() + c.pace.earns(len(part)))
		if !c.till.IsZero() && c.till.Before(by) {
			by = c.till
		}
		c.mu.Unlock()
		if err = c.Conn.SetWriteDeadline(by); err != nil {
			break
		}
		var w int
		w, err = c.Conn.Write(part)
		n += w
		c.mu.Lock()
		c.pace.took(w, time.Since(begun))
		c.mu.Unlock()
	}
	if timedOut(err) {
		c.of.slow()
	}
	return n, err
}

// SetWriteDeadline remembers the server's own deadline.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	c.till = t
	c.mu.Unlock()
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline sets both deadlines.
func (c *conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}
