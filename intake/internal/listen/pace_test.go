package listen

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"
)

// line is a client that moves n bytes in every d, by a clock of its own.
type line struct {
	at, by time.Time
	n      int
	d      time.Duration
	moved  int
}

func (l *line) Read(p []byte) (int, error) {
	if l.at.Add(l.d).After(l.by) {
		l.at = l.by
		return 0, os.ErrDeadlineExceeded
	}
	l.at = l.at.Add(l.d)
	n := min(l.n, len(p))
	l.moved += n
	return n, nil
}

func (l *line) Close() error { return nil }

func (l *line) body(c Config) *body {
	l.at = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	c = c.filled()
	return &body{
		in: l, now: func() time.Time { return l.at }, deadline: func(t time.Time) error { l.by = t; return nil },
		wait: func() {}, work: func() {}, slow: func() {}, pace: c.pace(), till: l.at.Add(c.Longest),
	}
}

func TestThePaceOfABody(t *testing.T) {
	const hour = time.Hour
	for name, c := range map[string]struct {
		line line
		cut  time.Duration // after which it is cut, 0 if not within an hour
	}{
		"nothing at all":           {line{n: 1, d: 2 * hour}, 20 * time.Second},
		"2 KB in a second":         {line{n: 2048, d: time.Second}, 0},
		"2 KB/s in lumps":          {line{n: 30 << 10, d: 15 * time.Second}, 0},
		"just at the pace":         {line{n: 1024, d: time.Second}, 0},
		"10 MB/s":                  {line{n: 100 << 10, d: 10 * time.Millisecond}, 0},
		"half of the pace":         {line{n: 512, d: time.Second}, 40 * time.Second},
		"a byte in a second":       {line{n: 1, d: time.Second}, 20 * time.Second},
		"a byte in nineteen":       {line{n: 1, d: 19 * time.Second}, 20 * time.Second},
		"a lump in half a minute":  {line{n: 1 << 20, d: 30 * time.Second}, 20 * time.Second},
		"a lump in twenty seconds": {line{n: 64 << 10, d: 20 * time.Second}, 0},
	} {
		l := c.line
		b := l.body(Config{})
		begin := l.at
		buf := make([]byte, 128<<10)
		var err error
		for err == nil && l.at.Sub(begin) < hour {
			_, err = b.Read(buf)
		}
		took := l.at.Sub(begin)
		switch {
		case c.cut == 0 && err != nil:
			t.Errorf("%s: cut after %v", name, took)
		case c.cut > 0 && (!errors.Is(err, ErrSlow) || took < c.cut-time.Second || took > c.cut+time.Second):
			t.Errorf("%s: %v after %v", name, err, took)
		case c.cut > 0:
			if _, err := b.Read(buf); !errors.Is(err, ErrSlow) {
				t.Errorf("%s: goes on after it was cut: %v", name, err)
			}
		}
	}
}

func TestNobodyRestsOnHavingBeenFast(t *testing.T) {
	l := &line{n: 64 << 10, d: time.Millisecond}
	b := l.body(Config{})
	buf := make([]byte, 64<<10)
	for range 1000 {
		if _, err := b.Read(buf); err != nil {
			t.Fatal(err)
		}
	}
	fast := l.at
	l.d = time.Hour
	if _, err := b.Read(buf); !errors.Is(err, ErrSlow) || l.at.Sub(fast) != 20*time.Second {
		t.Errorf("%v after %v", err, l.at.Sub(fast))
	}
}

func TestTheTimeOfTheHandlerDoesNotCount(t *testing.T) {
	l := &line{n: 1024, d: time.Second}
	b := l.body(Config{})
	for range 10 {
		if _, err := b.Read(make([]byte, 1024)); err != nil {
			t.Fatal(err)
		}
		l.at = l.at.Add(time.Minute)
	}
}

func TestABodyEndsAtLast(t *testing.T) {
	l := &line{n: 4096, d: time.Second}
	b := l.body(Config{})
	begin := l.at
	for {
		if _, err := b.Read(make([]byte, 4096)); err != nil {
			if !errors.Is(err, ErrSlow) || l.at.Sub(begin) != 2*time.Hour {
				t.Errorf("%v after %v", err, l.at.Sub(begin))
			}
			break
		}
	}
	b = (&line{}).body(Config{})
	b.in = io.NopCloser(io.LimitReader(b.in, 0))
	if _, err := b.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("an empty body: %v", err)
	}
}
