package listen

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

var errTimeout = os.ErrDeadlineExceeded

// TestMain is also the other process: one that holds connections.
func TestMain(m *testing.M) {
	if at := os.Getenv("LISTEN_FLOOD"); at != "" {
		n, _ := strconv.Atoi(os.Getenv("LISTEN_FLOOD_COUNT"))
		if err := flood(at, os.Getenv("LISTEN_FLOOD_TEXT"), n); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// flood opens n connections, sends the text over each, says so, and holds them
// until its input ends. After a whole request it reads the answer.
func flood(at, text string, n int) error {
	conns := make([]net.Conn, 0, n)
	for range n {
		c, err := net.Dial("tcp", at)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(c, text); err != nil {
			return err
		}
		if text == get {
			if _, err := answer(c); err != nil {
				return err
			}
		}
		conns = append(conns, c)
	}
	fmt.Println("open", len(conns))
	io.Copy(io.Discard, os.Stdin)
	for _, c := range conns {
		c.Close()
	}
	return nil
}

// flood starts the other process. opened says when all connections were made.
func (h *house) flood(text string, n int) (opened <-chan string, stop func()) {
	h.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "LISTEN_FLOOD="+h.at, "LISTEN_FLOOD_TEXT="+text, "LISTEN_FLOOD_COUNT="+strconv.Itoa(n))
	var errs strings.Builder
	cmd.Stderr = &errs
	in, err := cmd.StdinPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	said := make(chan string, 1)
	go func() {
		s, _ := bufio.NewReader(out).ReadString('\n')
		said <- s
	}()
	return said, func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			h.t.Errorf("the other process: %v\n%s", err, errs.String())
		}
	}
}

func TestTenThousandIdleConnectionsShutNobodyOut(t *testing.T) {
	for name, text := range map[string]string{
		"silent":     "",
		"in headers": "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		"in a body":  post,
	} {
		h := open(t, Config{}, nil)
		if h.listener.Most() > 5000 || h.listener.Most() < 100 {
			t.Fatalf("at most %d connections", h.listener.Most())
		}
		working := h.dial(hold)
		<-h.held
		opened, stop := h.flood(text, 10_000)
		served := 0
		for said := ""; said == ""; {
			select {
			case said = <-opened:
				if said != "open 10000\n" {
					t.Errorf("%s: %q", name, said)
				}
			default:
				h.meanwhile()
				served++
			}
		}
		for range 100 {
			h.meanwhile()
		}
		if n := h.listener.Open(); n > h.listener.Most() {
			t.Errorf("%s: %d are open", name, n)
		}
		h.release()
		h.served(working, "200 held")
		stop()
		t.Logf("%s: %d requests were served during the flood and 100 after it; %+v", name, served, h.listener.Counts())
	}
}

// meanwhile is somebody else who wants a page.
func (h *house) meanwhile() {
	h.t.Helper()
	c, err := net.Dial("tcp", h.at)
	if err != nil {
		h.t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, get)
	h.served(c, "200 hello")
}

func TestMemoryOfIdleConnections(t *testing.T) {
	for name, text := range map[string]string{"that said nothing": "", "after a request": get} {
		h := open(t, Config{}, nil)
		h.meanwhile()
		n := min(2000, h.listener.Most()-1)
		before := memory()
		opened, stop := h.flood(text, n)
		<-opened
		for h.listener.Open() < n {
			runtime.Gosched()
		}
		each := (memory() - before) / int64(n)
		stop()
		t.Logf("%d bytes for each of %d connections %s", each, n, name)
		if each > 32<<10 {
			t.Errorf("%d bytes for one connection %s", each, name)
		}
	}
}

func memory() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
