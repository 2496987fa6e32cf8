// Package listen bounds what strangers can hold of an HTTP server by doing
// little or nothing.
//
//	srv := &http.Server{Handler: handler, ErrorLog: …}
//	ln = listen.Apply(srv, ln, listen.Config{Proxies: proxies})
//	err := srv.Serve(ln)
//
// So many connections are open at the same time and no more, altogether and
// for one address. When one more comes, it is not turned away: the connection
// is closed that has waited longest between requests or in the headers of
// one, or, where there are few of those, the one whose client has been silent
// longest in the middle of a body or an answer. A request that is being worked on is never cut off for
// another's sake; while nothing but such requests is open, new connections
// wait in the system's queue.
//
// A body has to come, and an answer to be taken, at some pace. So a small
// upload over a bad line goes through, however long it takes, and one that
// drips to hold the connection does not.
package listen

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Config says how much is allowed. Zero means the default.
type Config struct {
	// Most is how many connections are open at the same time: 5,000. It is
	// lowered to half of the files that the process may have open
	// (RLIMIT_NOFILE), since requests need files too.
	Most int
	// PerAddress is how many of them one address may have, an IPv6 address
	// with its /64: a fifth of Most. A whole school may stand behind one.
	PerAddress int
	// Proxies are those of the operator. They and loopback addresses, behind
	// which everybody stands, are not counted by address.
	Proxies []netip.Prefix
	// Slowest is the pace in bytes a second below which a body or an answer
	// falls behind: 1,024.
	Slowest int
	// Grace is how far it may fall behind before it is cut: 20 seconds. So a
	// client that does nothing at all is cut after that time.
	Grace time.Duration
	// Longest bounds how long bodies are read, at whatever pace: two hours.
	Longest time.Duration
}

func (c Config) filled() Config {
	number := func(n *int, d int) {
		if *n <= 0 {
			*n = d
		}
	}
	duration := func(n *time.Duration, d time.Duration) {
		if *n <= 0 {
			*n = d
		}
	}
	number(&c.Most, 5000)
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil {
		c.Most = int(min(uint64(c.Most), max(files.Cur/2, 1)))
	}
	number(&c.PerAddress, max(c.Most/5, 1))
	number(&c.Slowest, 1024)
	duration(&c.Grace, 20*time.Second)
	duration(&c.Longest, 2*time.Hour)
	return c
}

// Apply makes the server and the listener keep to the bounds. Serve must then
// be called with the listener that is returned.
//
// It wraps srv.Handler and chains srv.ConnState and srv.ConnContext. It sets
// ReadTimeout and WriteTimeout to zero, since they would cut whoever is slow and
// honest, and gives a value to each other time and bound of srv that has none:
// ReadHeaderTimeout 10 s, IdleTimeout 2 min, MaxHeaderBytes 32 KB.
func Apply(srv *http.Server, ln net.Listener, c Config) *Listener {
	l := &Listener{Listener: ln, config: c.filled(), groups: map[netip.Prefix]*scope{}}
	l.free = sync.NewCond(&l.mu)
	srv.ReadTimeout, srv.WriteTimeout = 0, 0
	if srv.ReadHeaderTimeout <= 0 {
		srv.ReadHeaderTimeout = 10 * time.Second
	}
	if srv.IdleTimeout <= 0 {
		srv.IdleTimeout = 2 * time.Minute
	}
	if srv.MaxHeaderBytes <= 0 {
		srv.MaxHeaderBytes = 32 << 10
	}
	next, state, begin := srv.Handler, srv.ConnState, srv.ConnContext
	if next == nil {
		next = http.DefaultServeMux
	}
	srv.Handler = l.paced(next)
	srv.ConnState = func(nc net.Conn, s http.ConnState) {
		if c := ours(nc); c != nil {
			switch s {
			case http.StateActive:
				c.begin()
			case http.StateIdle:
				l.move(c, silent)
			}
		}
		if state != nil {
			state(nc, s)
		}
	}
	srv.ConnContext = func(ctx context.Context, nc net.Conn) context.Context {
		if begin != nil {
			ctx = begin(ctx, nc)
		}
		return context.WithValue(ctx, connKey{}, ours(nc))
	}
	return l
}

// connKey is under which a request's context holds its *conn.
type connKey struct{}

// ours finds our connection, also below TLS.
func ours(nc net.Conn) *conn {
	for nc != nil {
		if c, ok := nc.(*conn); ok {
			return c
		}
		in, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			return nil
		}
		nc = in.NetConn()
	}
	return nil
}

// Listener is a net.Listener that keeps the bounds.
type Listener struct {
	net.Listener
	config Config

	mu     sync.Mutex
	free   *sync.Cond // a connection has gone, or its client has become silent
	all    scope
	groups map[netip.Prefix]*scope // by address
	closed bool
	counts Counts
}

// Counts is what has happened since the start.
type Counts struct {
	// Displaced connections were closed to make room for new ones.
	Displaced int
	// Refused ones were closed at once: their address had too many requests
	// in work.
	Refused int
	// Slow bodies and answers fell behind and were cut.
	Slow int
}

// Most is how many connections may be open at the same time.
func (l *Listener) Most() int { return l.config.Most }

// Open tells how many connections are open.
func (l *Listener) Open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.n
}

// Counts tells what has happened.
func (l *Listener) Counts() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts
}

// Accept waits for a connection and, if need be, for room.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		nc, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &conn{Conn: nc, of: l, pace: l.config.pace()}
		switch displaced, ok, err := l.add(c); {
		case err != nil:
			nc.Close()
			return nil, err
		case !ok:
			nc.Close()
		default:
			for _, d := range displaced {
				d.Conn.Close()
			}
			return c, nil
		}
	}
}

// Close closes the listener, and none of the connections.
func (l *Listener) Close() error {
	l.mu.Lock()
	l.closed = true
	l.free.Broadcast()
	l.mu.Unlock()
	return l.Listener.Close()
}

// reading is how long it takes at most to read a request that has come with its
// connection, while the machine has much to do.
const reading = 100 * time.Millisecond

// add makes room for the connection and returns those that had to give way.
// It is not ok where there is no room for one more of its address.
func (l *Listener) add(c *conn) (displaced []*conn, ok bool, err error) {
	prefix := l.prefix(c.RemoteAddr())
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.closed {
		full, most := &l.all, l.config.Most
		if g := l.groups[prefix]; g != nil && g.n >= l.config.PerAddress {
			full, most = g, l.config.PerAddress
		} else if l.all.n < l.config.Most {
			if prefix.IsValid() {
				if g == nil {
					g = &scope{}
					l.groups[prefix] = g
				}
				c.group = g
			}
			c.prefix = prefix
			l.place(c, silent)
			return displaced, true, nil
		}
		d := full.longest(most)
		if d != nil && full == &l.all && d.doing == silent && time.Since(d.since) < reading {
			time.AfterFunc(reading, l.free.Broadcast)
			l.free.Wait()
			continue
		}
		switch {
		case d != nil:
			l.counts.Displaced++
			l.take(d)
			displaced = append(displaced, d)
		case full != &l.all:
			l.counts.Refused++
			return nil, false, nil
		default:
			l.free.Wait()
		}
	}
	return nil, false, net.ErrClosed
}

// prefix is what counts as one address; not valid for what is not counted.
func (l *Listener) prefix(remote net.Addr) netip.Prefix {
	peer, err := netip.ParseAddrPort(remote.String())
	if err != nil {
		return netip.Prefix{}
	}
	a := peer.Addr().Unmap().WithZone("")
	if a.IsLoopback() || slices.ContainsFunc(l.config.Proxies, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return netip.Prefix{}
	}
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
