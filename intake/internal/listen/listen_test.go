package listen

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// house is a server on a real port.
type house struct {
	t        *testing.T
	at       string
	listener *Listener
	release  func()        // lets the requests to /hold go on
	held     chan struct{} // one arrives there
	errs     chan error    // what reading a body ended with
}

// open starts a server. from, if given, says which address the n-th connection
// seems to come from.
func open(t *testing.T, c Config, from func(n int) string) *house {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, at: ln.Addr().String(), held: make(chan struct{}, 20_000), errs: make(chan error, 20_000)}
	hold := make(chan struct{})
	h.release = sync.OnceFunc(func() { close(hold) })
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	mux.HandleFunc("GET /hold", func(w http.ResponseWriter, r *http.Request) {
		h.held <- struct{}{}
		<-hold
		io.WriteString(w, "held")
	})
	mux.HandleFunc("GET /long", func(w http.ResponseWriter, r *http.Request) {
		part := make([]byte, 1<<20)
		var err error
		for i := 0; i < 32 && err == nil; i++ {
			_, err = w.Write(part)
		}
		h.errs <- err
	})
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		h.held <- struct{}{}
		n, err := io.Copy(io.Discard, r.Body)
		h.errs <- err
		if errors.Is(err, ErrSlow) {
			w.WriteHeader(http.StatusRequestTimeout)
		}
		fmt.Fprint(w, n)
	})
	if from != nil {
		ln = &disguise{Listener: ln, from: from}
	}
	srv := &http.Server{Handler: mux}
	h.listener = Apply(srv, ln, c)
	done := make(chan error)
	go func() { done <- srv.Serve(h.listener) }()
	t.Cleanup(func() {
		h.release()
		srv.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return h
}

type disguise struct {
	net.Listener
	from func(int) string
	n    int
}

func (d *disguise) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	d.n++
	return &masked{c, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(d.from(d.n - 1)))}, nil
}

type masked struct {
	net.Conn
	from net.Addr
}

func (m *masked) RemoteAddr() net.Addr { return m.from }

// dial opens a connection and sends the text.
func (h *house) dial(text string) net.Conn {
	h.t.Helper()
	c, err := net.Dial("tcp", h.at)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		h.t.Fatal(err)
	}
	return c
}

const (
	get  = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	hold = "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"
	post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"
)

// answer reads one answer, or returns the error of a connection that is closed.
func answer(c net.Conn) (string, error) {
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	return fmt.Sprint(r.StatusCode, " ", string(b)), err
}

func (h *house) served(c net.Conn, want string) {
	h.t.Helper()
	if got, err := answer(c); err != nil || got != want {
		h.t.Errorf("%q %v instead of %q", got, err, want)
	}
}

func (h *house) closed(c net.Conn) {
	h.t.Helper()
	if got, err := answer(c); err == nil {
		h.t.Errorf("%q from a connection that should be closed", got)
	}
}

func TestWhoIsSilentLongestGivesWay(t *testing.T) {
	h := open(t, Config{Most: 4}, nil)
	working := h.dial(hold)
	<-h.held
	idle := h.dial(get)
	h.served(idle, "200 hello")
	headers := h.dial("GET / HTTP/1.1\r\nHo")
	body := h.dial(post)
	<-h.held
	h.settled(1, 1)
	// The headers may still lie with the system, but for one that is accepted
	// later everything before has been accepted.
	for i := range 50 {
		c := h.dial(get)
		h.served(c, "200 hello")
		h.settled(1, 1)
		if i == 1 {
			h.closed(idle)
			h.closed(headers)
		}
		if n := h.listener.Open(); n > 4 {
			t.Fatalf("%d are open", n)
		}
	}
	io.WriteString(body, "abc")
	h.served(body, "200 3")
	h.release()
	h.served(working, "200 held")
	if n := h.listener.Counts(); n.Displaced < 48 || n.Refused != 0 || n.Slow != 0 {
		t.Errorf("%+v", n)
	}
}

func TestSilentBodiesGiveWayToo(t *testing.T) {
	const ready = "HTTP/1.1 100 Continue\r\n\r\n"
	for _, more := range []string{"", "Expect: 100-continue\r\n"} {
		h := open(t, Config{Most: 3}, nil)
		var bodies []net.Conn
		for range 3 {
			b := h.dial(strings.Replace(post, "\r\n\r\n", "\r\n"+more+"\r\n", 1))
			<-h.held
			if more != "" {
				if _, err := io.ReadFull(b, make([]byte, len(ready))); err != nil {
					t.Fatal(err)
				}
			}
			h.settled(len(bodies)+1, 0)
			bodies = append(bodies, b)
		}
		h.served(h.dial(get), "200 hello")
		h.closed(bodies[0])
		for _, b := range bodies[1:] {
			io.WriteString(b, "abc")
			h.served(b, "200 3")
		}
	}
}

// settled comes back when so many clients are waited for in their bodies, and
// so many requests are in work. The server is not done with a request yet when
// its answer has come.
func (h *house) settled(bodies, work int) {
	for {
		h.listener.mu.Lock()
		all := &h.listener.all
		done := all.stalled.Len() == bodies && all.n-all.silent.Len()-bodies == work
		h.listener.mu.Unlock()
		if done {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func TestRequestsInWorkAreNotCutAndNewOnesWait(t *testing.T) {
	h := open(t, Config{Most: 2}, nil)
	first, second := h.dial(hold), h.dial(hold)
	<-h.held
	<-h.held
	third, fourth := h.dial(get), h.dial(get)
	if n := h.listener.Open(); n != 2 {
		t.Errorf("%d are open", n)
	}
	h.release()
	for _, c := range []net.Conn{first, second} {
		h.served(c, "200 held")
	}
	h.served(third, "200 hello")
	h.served(fourth, "200 hello")
}

func TestTheListenerClosesWhileItWaitsForRoom(t *testing.T) {
	h := open(t, Config{Most: 1}, nil)
	first := h.dial(hold)
	<-h.held
	late := h.dial(get)
	h.listener.Close()
	h.closed(late)
	h.release()
	h.served(first, "200 held")
}

func TestOneAddressHasItsShare(t *testing.T) {
	for name, addresses := range map[string][2]string{
		"IPv4":    {"192.0.2.1:80", "192.0.2.2:80"},
		"IPv6":    {"[2001:db8::%x]:80", "[2001:db8:0:1::1]:80"},
		"clothes": {"[::ffff:192.0.2.1]:80", "192.0.2.2:80"},
	} {
		h := open(t, Config{Most: 100, PerAddress: 3}, func(n int) string {
			if n < 2 {
				return addresses[1]
			}
			if strings.Contains(addresses[0], "%x") {
				return fmt.Sprintf(addresses[0], n)
			}
			return addresses[0]
		})
		others := []net.Conn{h.dial(get), h.dial("GET / ")}
		h.served(others[0], "200 hello")
		for range 20 {
			h.served(h.dial(get), "200 hello")
		}
		if n := h.listener.Open(); n > 5 {
			t.Errorf("%s: %d are open", name, n)
		}
		io.WriteString(others[0], get)
		h.served(others[0], "200 hello")
		io.WriteString(others[1], "HTTP/1.1\r\nHost: x\r\n\r\n")
		h.served(others[1], "200 hello")
		// An address that has its share in work gets no more.
		for i := range 3 {
			h.settled(0, i)
			h.dial(hold)
			<-h.held
		}
		h.closed(h.dial(get))
		if n := h.listener.Counts(); n.Refused != 1 {
			t.Errorf("%s: %+v", name, n)
		}
	}
}

func TestProxiesAndOurselvesAreNotCountedByAddress(t *testing.T) {
	for _, from := range []string{"10.0.0.1:80", "[::ffff:10.0.0.1]:80", "127.0.0.1:80", "[::1]:80"} {
		h := open(t, Config{PerAddress: 1, Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}}, func(int) string { return from })
		first := h.dial(get)
		h.served(first, "200 hello")
		h.served(h.dial(get), "200 hello")
		io.WriteString(first, get)
		h.served(first, "200 hello")
	}
}
