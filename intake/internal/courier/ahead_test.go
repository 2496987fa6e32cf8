package courier

import (
	"context"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
)

// watched is a Queue that tells of each lending and each return.
type watched struct {
	*memory
	lent     chan int
	returned chan outbox.Message
}

func (q watched) Next(ctx context.Context, now, until time.Time, n int) ([]outbox.Message, error) {
	lent, err := q.memory.Next(ctx, now, until, n)
	q.lent <- len(lent)
	return lent, err
}

func (q watched) Postpone(ctx context.Context, m outbox.Message, due time.Time) error {
	err := q.memory.Postpone(ctx, m, due)
	q.returned <- m
	return err
}

// ahead is a courier with two workers that borrows three mails more, and ten
// mails. Its clock stands, and its pauses end when the test says so.
func ahead(t *testing.T, carry carry) (c *Courier, q watched, pauses map[time.Duration]chan time.Time, run func() (stop func())) {
	t.Helper()
	q = watched{&memory{}, make(chan int, 100), make(chan outbox.Message, 100)}
	b := newBench(q, carry)
	for range 10 {
		q.add(letter(b, outbox.ToOffice, "officer@example.org"))
	}
	pauses = map[time.Duration]chan time.Time{}
	for _, d := range []time.Duration{longestAhead, firstPause, poll} {
		pauses[d] = make(chan time.Time)
	}
	c = &Courier{Queue: q, Carrier: carry, Workers: 2, Ahead: 3, Open: b.Open, Random: func() float64 { return 0 },
		Now:   func() time.Time { return b.clock.now },
		After: func(d time.Duration) <-chan time.Time { return pauses[d] }}
	return c, q, pauses, func() func() {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { c.Run(ctx, nil); close(ended) }()
		return func() { cancel(); <-ended }
	}
}

// free counts the mails that anybody may borrow now.
func free(t *testing.T, c *Courier, q watched) int {
	t.Helper()
	lent, err := q.memory.Next(t.Context(), c.Now(), c.Now().Add(time.Hour), 100)
	if err != nil {
		t.Fatal(err)
	}
	return len(lent)
}

func TestMailsAreBorrowedAhead(t *testing.T) {
	sent := make(chan string, 100)
	_, q, _, run := ahead(t, func(_ context.Context, p Parcel) error { sent <- p.ID; return nil })
	stop := run()
	seen := map[string]bool{}
	for range 10 {
		seen[<-sent] = true
	}
	stop()
	if len(seen) != 10 || len(sent) > 0 || len(q.returned) > 0 {
		t.Errorf("%v were sent, %d more, %d came back", seen, len(sent), len(q.returned))
	}
	if first := <-q.lent; first != 5 {
		t.Errorf("%d were borrowed at once", first)
	}
	if n := len(q.lent); n > 5 {
		t.Errorf("%d lendings for ten mails", n+1)
	}
}

func TestWhatWasBorrowedAheadIsGivenBack(t *testing.T) {
	for name, end := range map[string]struct {
		carry func(let chan struct{}) error
		cause func(pauses map[time.Duration]chan time.Time, stop func(), let chan struct{})
		left  int // mails that nobody has afterwards
	}{
		"after a minute": {
			func(let chan struct{}) error { <-let; return nil },
			func(pauses map[time.Duration]chan time.Time, _ func(), _ chan struct{}) {
				pauses[longestAhead] <- time.Time{}
			}, 8,
		},
		"when Run ends": {
			func(let chan struct{}) error { <-let; return nil },
			func(_ map[time.Duration]chan time.Time, stop func(), _ chan struct{}) { go stop() }, 8,
		},
		"when the way is blocked": {
			func(let chan struct{}) error { <-let; return errRelay },
			func(_ map[time.Duration]chan time.Time, _ func(), let chan struct{}) { let <- struct{}{} }, 9,
		},
	} {
		t.Run(name, func(t *testing.T) {
			let, begun := make(chan struct{}), make(chan struct{}, 10)
			c, q, pauses, run := ahead(t, func(context.Context, Parcel) error { begun <- struct{}{}; return end.carry(let) })
			stop := run()
			<-begun
			<-begun
			if n := <-q.lent; n != 5 {
				t.Fatalf("%d were borrowed", n)
			}
			end.cause(pauses, stop, let)
			for range end.left - 5 {
				<-q.returned
			}
			if n := free(t, c, q); n != end.left {
				t.Errorf("%d mails are there to be borrowed, want %d", n, end.left)
			}
			close(let)
			stop()
		})
	}
}

func TestTheLeaseOutlivesWhatIsBorrowedAhead(t *testing.T) {
	if longestAhead+carryTime >= lease {
		t.Errorf("%v and %v are not less than %v", longestAhead, carryTime, lease)
	}
}
