package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"
)

// sink is a mail relay that remembers what it took, from whom and when.
type sink struct {
	t    *testing.T
	addr string

	mu     sync.Mutex
	l      net.Listener
	open   map[net.Conn]bool
	life   int // of the program, counted by the proof
	taken  []taken
	delay  func(m taken)          // before the answer to a message
	refuse func(to string) string // the answer to a recipient, or none
	ended  sync.WaitGroup
}

// taken is one message that the relay took.
type taken struct {
	life     int // in which the connection was made
	hello    string
	from, to string
	id       string // Message-ID
	body     []byte
}

func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{t: t, addr: "127.0.0.1:0", open: map[net.Conn]bool{}}
	s.listen()
	t.Cleanup(s.close)
	return s
}

func (s *sink) url() string { return "smtp://" + s.addr }

// listen opens the relay, after close at the same address.
func (s *sink) listen() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.l, s.addr = l, l.Addr().String()
	s.mu.Unlock()
	s.ended.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open[c] = true
			life := s.life
			s.mu.Unlock()
			s.ended.Go(func() {
				s.talk(c, life)
				c.Close()
				s.mu.Lock()
				delete(s.open, c)
				s.mu.Unlock()
			})
		}
	})
}

func (s *sink) close() {
	s.mu.Lock()
	s.l.Close()
	for c := range s.open {
		c.Close()
	}
	s.mu.Unlock()
	s.ended.Wait()
}

func (s *sink) talk(c net.Conn, life int) {
	in := textproto.NewReader(bufio.NewReader(c))
	say := func(line string) { fmt.Fprintf(c, "%s\r\n", line) }
	say("220 relay.example.org")
	m := taken{life: life}
	for {
		line, err := in.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			m.hello = rest
			say("250-relay.example.org")
			say("250 8BITMIME")
		case "MAIL":
			m.from = mailbox(rest)
			say("250 2.1.0 ok")
		case "RCPT":
			m.to = mailbox(rest)
			s.mu.Lock()
			refuse := s.refuse
			s.mu.Unlock()
			if refuse != nil {
				if no := refuse(m.to); no != "" {
					say(no)
					continue
				}
			}
			say("250 2.1.5 ok")
		case "DATA":
			say("354 go on")
			body, err := io.ReadAll(in.DotReader())
			if err != nil {
				return
			}
			m.body, m.id = body, messageID(body)
			s.mu.Lock()
			s.taken = append(s.taken, m)
			delay := s.delay
			s.mu.Unlock()
			if delay != nil {
				delay(m)
			}
			say("250 2.0.0 taken")
		case "RSET", "NOOP":
			say("250 2.0.0 ok")
		case "QUIT":
			say("221 2.0.0 bye")
			return
		default:
			say("502 5.5.1 what?")
		}
	}
}

// mailbox is the address in <>.
func mailbox(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}

func messageID(body []byte) string {
	h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(body))).ReadMIMEHeader()
	if err != nil {
		return ""
	}
	return h.Get("Message-ID")
}

// set changes how the relay behaves.
func (s *sink) set(change func(*sink)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// took returns what came so far.
func (s *sink) took() []taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]taken(nil), s.taken...)
}

// times counts the messages by Message-ID and recipient.
func times(all []taken) map[string]int {
	out := map[string]int{}
	for _, m := range all {
		out[m.id+" "+m.to]++
	}
	return out
}

// contents are the texts and the files of a mail, and its subject.
func contents(body []byte) (text, files string, err error) {
	e, err := message.Read(bytes.NewReader(body))
	if err != nil {
		return "", "", err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(e.Header.Get("Subject"))
	if err != nil {
		return "", "", err
	}
	err = e.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil {
			return err
		}
		if part.MultipartReader() != nil {
			return nil
		}
		b, err := io.ReadAll(part.Body)
		if disposition, _, _ := part.Header.ContentDisposition(); disposition == "attachment" {
			files += string(b)
		} else {
			text += string(b)
		}
		return err
	})
	return subject + "\n" + text, files, err
}
