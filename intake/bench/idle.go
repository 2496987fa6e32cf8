package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"waijiao/internal/locale"
)

// serveNothing is the least that a server in Go does.
func serveNothing() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return err
	}
	fmt.Printf("http://localhost:%s/\n", port)
	return http.Serve(l, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
}

// idle measures what connections cost that wait for their next request.
func (p plan) idle(h *house) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var bare, whole []int64
	for range p.rounds {
		server, err := start(nil, self, "-bare")
		if err != nil {
			return err
		}
		n, err := p.idling(server)
		server.cmd.Process.Kill()
		server.cmd.Wait()
		if err != nil {
			return err
		}
		bare = append(bare, n)
		data, err := h.fresh()
		if err != nil {
			return err
		}
		relay, err := nobody()
		if err != nil {
			return err
		}
		if server, err = h.serve(data, "", relay, nil); err != nil {
			return err
		}
		n, err = p.idling(server)
		server.stop()
		if err != nil {
			return err
		}
		whole = append(whole, n)
	}
	b, w := median(bare), median(whole)
	p.say("\n%d 个空闲连接，每个占用的内存（不计内核）：net/http %s KB，服务器 %s KB，比值 %.2f\n",
		"\n%d idle connections, memory of each without the kernel's: net/http %s KB, server %s KB, ratio %.2f\n",
		p.connections, locale.Number(int(b>>10)), locale.Number(int(w>>10)), float64(w)/float64(b))
	return nil
}

// idling opens the connections, asks for something small on each, and returns
// what one of them costs in bytes.
func (p plan) idling(server *program) (int64, error) {
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	var before int64
	buffer := make([]byte, 4096)
	for i := range p.connections + 1 {
		c, err := net.Dial("tcp", server.addr)
		if err != nil {
			return 0, err
		}
		open = append(open, c)
		if _, err := c.Write([]byte("HEAD /favicon.ico HTTP/1.1\r\nHost: " + server.addr + "\r\n\r\n")); err != nil {
			return 0, err
		}
		for have := 0; !bytes.HasSuffix(buffer[:have], []byte("\r\n\r\n")); {
			n, err := c.Read(buffer[have:])
			if have += n; err != nil {
				return 0, err
			}
		}
		if i == 0 {
			if before, err = server.memory(); err != nil {
				return 0, err
			}
		}
	}
	time.Sleep(time.Second)
	after, err := server.memory()
	return (after - before) / int64(p.connections), err
}
