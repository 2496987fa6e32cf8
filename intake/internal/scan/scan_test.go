package scan

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"tcp://127.0.0.1:3310": "tcp 127.0.0.1:3310", "tcp://[::1]:3310": "tcp [::1]:3310", "tcp://clamd:3310": "tcp clamd:3310",
		"unix:///run/clamav/clamd.ctl": "unix /run/clamav/clamd.ctl",
	} {
		s, err := Parse(in)
		if err != nil || s.network+" "+s.address != want {
			t.Errorf("%s: %+v %v", in, s, err)
		}
	}
	for _, in := range []string{"", "clamd", "127.0.0.1:3310", "tcp://127.0.0.1", "tcp://:3310", "tcp://h:1/path", "tcp://u@h:1", "unix://run/x", "unix:///", "unix:", "http://h:1", "tcp://h:1?x", "tcp://h:x"} {
		if s, err := Parse(in); !errors.Is(err, ErrAddress) {
			t.Errorf("%s: %+v %v", in, s, err)
		}
	}
}

// clamd that is told how to behave. It reads whole streams first, unless it is
// to be rude.
func fake(t *testing.T, rude bool, behave func(c net.Conn)) Scanner {
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
				if rude || whole(c) {
					behave(c)
				}
			}()
		}
	}()
	s, err := Parse("tcp://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s.Timeout = 10 * time.Second
	return s
}

func whole(c net.Conn) bool {
	command := make([]byte, len("zINSTREAM\x00"))
	if _, err := io.ReadFull(c, command); err != nil || string(command) != "zINSTREAM\x00" {
		return false
	}
	for {
		var n uint32
		if err := binary.Read(c, binary.BigEndian, &n); err != nil {
			return false
		}
		if n == 0 {
			return true
		}
		if _, err := io.CopyN(io.Discard, c, int64(n)); err != nil {
			return false
		}
	}
}

func TestEverythingButAWholeAnswerIsAnError(t *testing.T) {
	say := func(s string) func(net.Conn) { return func(c net.Conn) { io.WriteString(c, s) } }
	end := make(chan struct{})
	t.Cleanup(func() { close(end) })
	hang := func(c net.Conn) { io.Copy(io.Discard, c) }
	big := func() io.Reader { return io.LimitReader(zeros{}, 8<<20) }
	for name, c := range map[string]struct {
		rude   bool
		behave func(net.Conn)
		file   io.Reader
		want   Verdict
		says   string
	}{
		"clean":                     {false, say("stream: OK\x00"), nil, Verdict{Outcome: Clean}, ""},
		"found":                     {false, say("stream: Waijiao.Test FOUND\x00"), nil, Verdict{Infected, "Waijiao.Test"}, ""},
		"nothing":                   {false, say(""), nil, Verdict{}, "hung up"},
		"half an answer":            {false, say("stream: OK"), nil, Verdict{}, "hung up"},
		"half a find":               {false, say("stream: Waijiao.Te"), nil, Verdict{}, "hung up"},
		"an answer of another kind": {false, say("OK\x00"), nil, Verdict{}, `answered "OK"`},
		"an empty answer":           {false, say("\x00"), nil, Verdict{}, "answered"},
		"an error":                  {false, say("stream: lstat() failed: No such file or directory. ERROR\x00"), nil, Verdict{}, "lstat"},
		"a find without a name":     {false, say("stream:  FOUND\x00"), nil, Verdict{}, "answered"},
		"OK of another file":        {false, say("/etc/passwd: OK\x00"), nil, Verdict{}, "answered"},
		"OK and more":               {false, say("stream: OK FOUND?\x00"), nil, Verdict{}, "answered"},
		"an unknown command":        {false, say("UNKNOWN COMMAND\x00"), nil, Verdict{}, "UNKNOWN"},
		"garbage":                   {false, say(strings.Repeat("\xff\xfe", 10_000)), nil, Verdict{}, "hung up"},
		"garbage without end":       {true, func(c net.Conn) { io.Copy(c, zeros{1}) }, nil, Verdict{}, "hung up"},
		"too large for clamd":       {false, say("INSTREAM size limit exceeded. ERROR\x00"), nil, Verdict{}, "StreamMaxLength"},
		"hangs":                     {false, hang, nil, Verdict{}, "did not answer"},
		"hangs at once":             {true, func(net.Conn) { <-end }, big(), Verdict{}, "did not answer"},
		"hangs up in the middle":    {true, func(c net.Conn) { io.CopyN(io.Discard, c, 1000) }, big(), Verdict{}, "hung up"},
		"says OK too early":         {true, func(c net.Conn) { io.CopyN(io.Discard, c, 1000); io.WriteString(c, "stream: OK\x00") }, big(), Verdict{}, "clamd"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fake(t, c.rude, c.behave)
			if strings.HasPrefix(name, "hangs") && !strings.HasPrefix(name, "hangs up") {
				s.Timeout = 200 * time.Millisecond
			}
			file := c.file
			if file == nil {
				file = strings.NewReader("a file")
			}
			got, err := s.Scan(t.Context(), file)
			if got != c.want || (err == nil) != (c.says == "") {
				t.Fatalf("%+v %v", got, err)
			}
			if err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want it to say %q", err, c.says)
			}
		})
	}
}

// zeros gives one byte for ever.
type zeros [1]byte

func (z zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = z[0]
	}
	return len(p), nil
}

func TestNothingUnfinishedIsScanned(t *testing.T) {
	s := fake(t, false, func(c net.Conn) { io.WriteString(c, "stream: OK\x00") })
	cut := errors.New("the upload is damaged")
	if got, err := s.Scan(t.Context(), io.MultiReader(strings.NewReader("x"), iotest.ErrReader(cut))); !errors.Is(err, cut) || got.Outcome != Unknown {
		t.Error(got, err)
	}
	s.Limit = 100
	if got, err := s.Scan(t.Context(), bytes.NewReader(make([]byte, 101))); !errors.Is(err, ErrTooLarge) || got.Outcome != Unknown {
		t.Error(got, err)
	}
	if got, err := s.Scan(t.Context(), bytes.NewReader(make([]byte, 100))); err != nil || got.Outcome != Clean {
		t.Error(got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := s.Scan(ctx, strings.NewReader("x")); !errors.Is(err, context.Canceled) || got.Outcome != Unknown {
		t.Error(got, err)
	}
	// The person hangs up while clamd thinks.
	ctx, cancel = context.WithCancel(t.Context())
	slow := fake(t, false, func(c net.Conn) { cancel(); io.Copy(io.Discard, c) })
	if got, err := slow.Scan(ctx, strings.NewReader("x")); !errors.Is(err, context.Canceled) || got.Outcome != Unknown {
		t.Error(got, err)
	}
	if got, err := (Scanner{network: "unix", address: t.TempDir() + "/none"}).Scan(t.Context(), strings.NewReader("x")); err == nil || got.Outcome != Unknown {
		t.Error(got, err)
	}
}
