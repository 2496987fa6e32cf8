package listen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestABodyThatDripsIsCutAndASlowOneIsNot(t *testing.T) {
	h := open(t, Config{Grace: 300 * time.Millisecond}, nil)
	head := strings.Replace(post, "3", "10000000", 1)
	drip := h.dial(head)
	go func() {
		for {
			if _, err := io.WriteString(drip, "."); err != nil {
				return
			}
			time.Sleep(10 * time.Millisecond) // a tenth of the pace
		}
	}()
	if got, err := answer(drip); err != nil || !strings.HasPrefix(got, "408 ") {
		t.Errorf("%q %v", got, err)
	}
	if err := <-h.errs; !errors.Is(err, ErrSlow) {
		t.Errorf("%v", err)
	}
	if n := h.listener.Counts(); n.Slow != 1 {
		t.Errorf("%+v", n)
	}

	h = open(t, Config{Grace: 3 * time.Second, Slowest: 100}, nil)
	slow := h.dial(strings.Replace(post, "3", "2000", 1))
	for range 200 { // longer than the grace, and at a fair pace
		io.WriteString(slow, strings.Repeat(".", 10))
		time.Sleep(20 * time.Millisecond)
	}
	h.served(slow, "200 2000")
}

func TestAnAnswerThatNobodyTakesIsCut(t *testing.T) {
	h := open(t, Config{Grace: 200 * time.Millisecond, Slowest: 1 << 20}, nil)
	h.dial("GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
	if err := <-h.errs; !errors.Is(err, errTimeout) {
		t.Errorf("%v", err)
	}
	if n := h.listener.Counts(); n.Slow != 1 {
		t.Errorf("%+v", n)
	}
	h = open(t, Config{}, nil)
	taken, err := answer(h.dial("GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
	if err := <-h.errs; err != nil {
		t.Error(err)
	}
	if err != nil || len(taken) != len("200 ")+32<<20 {
		t.Errorf("%d bytes: %v", len(taken), err)
	}
}

func TestAClientThatStopsInItsHeadersIsCut(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{ReadHeaderTimeout: 100 * time.Millisecond, Handler: http.NotFoundHandler()}
	l := Apply(srv, ln, Config{})
	go srv.Serve(l)
	defer srv.Close()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET / HTTP/1.1\r\n")
	go func() {
		for {
			if _, err := io.WriteString(c, "X-Drip: 1\r\n"); err != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	if got, err := answer(c); err == nil && strings.HasPrefix(got, "2") {
		t.Errorf("answered: %q", got)
	}
}

func TestTheServersOwnHooksStillRun(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	type key struct{}
	var states atomic.Int32
	srv := &http.Server{
		ReadTimeout: time.Nanosecond, WriteTimeout: time.Nanosecond,
		ConnState:   func(net.Conn, http.ConnState) { states.Add(1) },
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context { return context.WithValue(ctx, key{}, "ours") },
		Handler:     http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Context().Value(key{})) }),
	}
	l := Apply(srv, ln, Config{})
	done := make(chan error)
	go func() { done <- srv.Serve(l) }()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, get)
	if got, err := answer(c); got != "200 ours" || states.Load() < 2 {
		t.Errorf("%q %v, %d states", got, err, states.Load())
	}
	if err := srv.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) || l.Open() != 0 {
		t.Errorf("%v, %d are open", err, l.Open())
	}
}
