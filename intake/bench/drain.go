package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"waijiao/internal/locale"
)

// sessions is how many connections to the relay intake has at once.
const sessions = 4

// drain measures how long a backlog takes when the relay comes back.
func (p plan) drain(h *house, kind string) error {
	place, err := newPlace(kind)
	if err != nil {
		return err
	}
	defer place.close()
	var bare, whole []time.Duration
	for range min(p.rounds, 3) {
		took, size, err := p.backlog(h, place)
		if err != nil {
			return err
		}
		whole = append(whole, took)
		if took, err = p.source(size); err != nil {
			return err
		}
		bare = append(bare, took)
	}
	b, w := median(bare), median(whole)
	p.say("\n%s：把 %s 封邮件投递到 smtp-sink：smtp-source %.2f 秒，服务器 %.2f 秒（每秒 %s 封），比值 %.2f\n",
		"\n%s: %s mails to smtp-sink: smtp-source %.2f s, server %.2f s (%s a second), ratio %.2f\n",
		kind, locale.Number(p.mails), b.Seconds(), w.Seconds(), locale.Number(int(float64(p.mails)/w.Seconds())), w.Seconds()/b.Seconds())
	return nil
}

// backlog lets the server accept as many forms as make the mails, while the
// relay is down, and measures how long the next start takes to send them.
func (p plan) backlog(h *house, place place) (took time.Duration, size int, err error) {
	data, err := h.fresh()
	if err != nil {
		return 0, 0, err
	}
	relay, err := nobody()
	if err != nil {
		return 0, 0, err
	}
	store := place.store(data)
	server, err := h.serve(data, store, relay, nil)
	if err != nil {
		return 0, 0, err
	}
	r, err := ready(server.addr)
	var of sizes
	if err == nil {
		of, err = probe(server.addr, r, place, store)
	}
	if err == nil {
		err = fillUp(server.addr, r, p.mails/len(of.parcels))
	}
	if err = errors.Join(err, server.stop()); err != nil {
		return 0, 0, err
	}
	for _, n := range of.parcels {
		size += n / len(of.parcels)
	}
	sink, err := startSink(relay)
	if err != nil {
		return 0, 0, err
	}
	defer sink()
	var left atomic.Int64
	left.Store(int64(p.mails / len(of.parcels) * len(of.parcels)))
	done, fault := make(chan time.Time, 1), make(chan error, 1)
	begun := time.Now()
	server, err = h.serve(data, store, relay, func(line []byte) {
		switch {
		case bytes.Contains(line, []byte(`msg="mail delivered"`)):
			if left.Add(-1) == 0 {
				done <- time.Now()
			}
		case bytes.Contains(line, []byte("level=ERROR")):
			select {
			case fault <- fmt.Errorf("%s", line):
			default:
			}
		}
	})
	if err != nil {
		return 0, 0, err
	}
	defer server.stop()
	select {
	case at := <-done:
		return at.Sub(begun), size, nil
	case err := <-fault:
		return 0, 0, err
	case <-time.After(10 * time.Minute):
		return 0, 0, fmt.Errorf("%d mails were not delivered in ten minutes", left.Load())
	}
}

// fillUp sends so many forms, the first of which has been sent already.
func fillUp(addr string, r request, forms int) error {
	var next atomic.Int64
	next.Store(1)
	errs := make(chan error, 64)
	for range cap(errs) {
		go func() {
			c, err := dial(addr, r)
			for err == nil {
				n := next.Add(1)
				if n > int64(forms) {
					break
				}
				_, err = c.send(n)
			}
			if c != nil {
				c.conn.Close()
			}
			errs <- err
		}()
	}
	var all []error
	for range cap(errs) {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}

// startSink starts Postfix's smtp-sink on the address.
func startSink(addr string) (stop func(), err error) {
	cmd, err := postfix("smtp-sink", addr, "100")
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() { cmd.Process.Kill(); cmd.Wait() }
	for range 500 {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return stop, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	return nil, errors.New("smtp-sink does not listen")
}

// source lets Postfix's smtp-source send as much.
func (p plan) source(size int) (time.Duration, error) {
	addr, err := nobody()
	if err != nil {
		return 0, err
	}
	sink, err := startSink(addr)
	if err != nil {
		return 0, err
	}
	defer sink()
	cmd, err := postfix("smtp-source", "-d", "-s", strconv.Itoa(sessions), "-m", strconv.Itoa(p.mails), "-l", strconv.Itoa(size),
		"-f", "forms@example.org", "-t", "office@example.org", "inet:"+addr)
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("smtp-source: %w\n%s", err, out)
	}
	return time.Since(begun), nil
}

func postfix(name string, args ...string) (*exec.Cmd, error) {
	path := "/usr/sbin/" + name // not on everybody's PATH
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("%s is missing: apt-get install --no-install-recommends postfix", name)
	}
	if os.Geteuid() == 0 && name == "smtp-sink" {
		args = append([]string{"-u", "root"}, args...) // it demands a name
	}
	cmd := exec.Command(path, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd, nil
}
