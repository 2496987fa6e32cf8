package main

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"

	"waijiao/intake/internal/outbox"
)

// clamd answers as clamd does by INSTREAM: FOUND where the bytes hold the
// marker, OK for others. Package scan is tried on the real one; this one shows
// what the server makes of each answer.
func clamd(t *testing.T, marker string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				r := bufio.NewReader(c)
				if _, err := r.ReadString(0); err != nil {
					return
				}
				var all []byte
				for {
					var n uint32
					if binary.Read(r, binary.BigEndian, &n) != nil {
						return
					}
					if n == 0 {
						break
					}
					b := make([]byte, n)
					if _, err := io.ReadFull(r, b); err != nil {
						return
					}
					all = append(all, b...)
				}
				if strings.Contains(string(all), marker) {
					io.WriteString(c, "stream: Sample-Marker FOUND\x00")
					return
				}
				io.WriteString(c, "stream: OK\x00")
			}()
		}
	}()
	return "tcp://" + l.Addr().String()
}

func TestAFileWithMalwareIsRefusedAndNotKept(t *testing.T) {
	scanner := clamd(t, "sample-malware-marker")
	h := open(t, func(o *options) { o.Scan = scanner })
	bad := upload{"letter", "bad.pdf", "application/pdf", strings.Replace(pdf, "\n", "\n%sample-malware-marker\n", 1)}
	a := h.send(page, good(h.shown(page)), bad)
	next := hidden(a.body)
	if a.StatusCode != 422 || !strings.Contains(a.body, "恶意程序") || next.Get("_file.letter") != "" || !strings.Contains(a.body, `value="示例学校"`) {
		t.Fatalf("%d\n%s", a.StatusCode, a.body)
	}
	if a := h.send(page, good(next), letter()); a.StatusCode != 303 {
		t.Fatalf("a clean file: %d\n%s", a.StatusCode, a.body)
	}
	h.mails(2)
	h.tidy()
}

func TestWhatCannotBeScannedIsHeld(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close() // nobody answers there now
	h := open(t, func(o *options) { o.Scan = "tcp://" + l.Addr().String() })
	if a := h.send(page, good(h.shown(page)), letter()); a.StatusCode != 303 {
		t.Fatalf("%d\n%s", a.StatusCode, a.body)
	}
	held, err := h.box(t).List(t.Context(), outbox.Filter{Statuses: []outbox.Status{outbox.Held}})
	if err != nil || len(held) != 1 || held[0].Why != "not-scanned" {
		t.Fatalf("%+v %v", held, err)
	}
	if _, err := h.box(t).Release(t.Context(), held[0].Reference, h.clock()); err != nil {
		t.Fatal(err)
	}
	h.mails(2)
	h.tidy()
}
