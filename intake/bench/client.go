package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// step does the operation with the number n once.
type step func(n int64) error

// cost is what a run of operations gave and took.
type cost struct {
	rate      float64       // operations per second
	cpu, ours time.Duration // for one operation: of the server, and of this process
}

// load runs the steps of so many clients at once for a time, after a while to
// warm up. numbers goes on counting over all runs.
func load(steps []step, d time.Duration, numbers *atomic.Int64) (done int64, took time.Duration, err error) {
	const warm = 300 * time.Millisecond
	var count atomic.Int64
	var counting, over atomic.Bool
	errs := make([]error, len(steps))
	var wg sync.WaitGroup
	for i, do := range steps {
		wg.Go(func() {
			for !over.Load() && errs[i] == nil {
				errs[i] = do(numbers.Add(1))
				if counting.Load() {
					count.Add(1)
				}
			}
		})
	}
	time.Sleep(min(warm, d))
	start := time.Now()
	counting.Store(true)
	time.Sleep(d)
	done, took = count.Load(), time.Since(start)
	over.Store(true)
	wg.Wait()
	return done, took, errors.Join(errs...)
}

// client sends forms over one connection.
type client struct {
	conn    net.Conn
	request request
	buffer  [4096]byte
}

func dial(addr string, r request) (*client, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	r.bytes = slices.Clone(r.bytes)
	return &client{conn: conn, request: r}, nil
}

// send sends the form and reads the head of the answer, which has no body. It
// returns the head, which is the client's until the next call.
func (c *client) send(n int64) ([]byte, error) {
	c.request.fill(n)
	if _, err := c.conn.Write(c.request.bytes); err != nil {
		return nil, err
	}
	have := 0
	for {
		got, err := c.conn.Read(c.buffer[have:])
		have += got
		head := c.buffer[:have]
		switch {
		case bytes.HasSuffix(head, []byte("\r\n\r\n")):
			if !bytes.HasPrefix(head, []byte("HTTP/1.1 303 ")) || !bytes.Contains(head, []byte("/forms/receipt/")) {
				return nil, fmt.Errorf("a form was not accepted: %q", head)
			}
			return head, nil
		case err != nil:
			return nil, fmt.Errorf("%w after %q", err, head)
		case have == len(c.buffer):
			return nil, fmt.Errorf("a form was not accepted: %q", head)
		}
	}
}

// page fetches the form's page and returns what it carries by itself.
func page(addr string) (map[string]string, error) {
	r, err := http.Get("http://" + addr + "/forms/" + formID + "/")
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`).FindAllStringSubmatch(string(b), -1) {
		out[m[1]] = m[2]
	}
	if out["_stamp"] == "" || out["_version"] == "" {
		return nil, fmt.Errorf("the form's page carries no stamp: %d %.200q", r.StatusCode, b)
	}
	return out, nil
}

// used is the CPU time of this process so far.
func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
