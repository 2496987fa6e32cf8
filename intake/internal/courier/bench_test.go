package courier

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
)

// memory is a Queue for tests of the Courier alone; the tests against real
// peers use a real store.
type memory struct {
	mu    sync.Mutex
	all   []*outbox.Message
	fails map[string]error // what a method answers, by its name
}

func (q *memory) add(mails ...outbox.Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range mails {
		m.ID, m.State = int64(len(q.all)+1), outbox.Queued
		q.all = append(q.all, &m)
	}
}

func (q *memory) Next(_ context.Context, now, until time.Time, n int) ([]outbox.Message, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.fails["Next"]; err != nil {
		return nil, err
	}
	due := slices.Clone(q.all)
	slices.SortStableFunc(due, func(a, b *outbox.Message) int { return a.Due.Compare(b.Due) })
	var lent []outbox.Message
	for _, m := range due {
		if m.State == outbox.Queued && !m.Due.After(now) && len(lent) < n {
			m.Due = until
			lent = append(lent, *m)
		}
	}
	return lent, nil
}

func (q *memory) end(what string, m outbox.Message, do func(*outbox.Message)) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.fails[what]; err != nil {
		return err
	}
	kept := q.all[m.ID-1]
	if !kept.Due.Equal(m.Due) {
		return outbox.ErrLeaseLost
	}
	do(kept)
	return nil
}

func (q *memory) Done(_ context.Context, m outbox.Message) error {
	return q.end("Done", m, func(k *outbox.Message) { k.State = outbox.Sent })
}

func (q *memory) Retry(_ context.Context, m outbox.Message, due time.Time, reply string) error {
	return q.end("Retry", m, func(k *outbox.Message) { k.Attempts, k.Due, k.LastError = k.Attempts+1, due, reply })
}

func (q *memory) Postpone(_ context.Context, m outbox.Message, due time.Time) error {
	return q.end("Postpone", m, func(k *outbox.Message) { k.Due = due })
}

func (q *memory) Dead(_ context.Context, m outbox.Message, reply string, then []outbox.Mail) error {
	err := q.end("Dead", m, func(k *outbox.Message) { k.State, k.Attempts, k.LastError = outbox.Dead, k.Attempts+1, reply })
	for _, mail := range then {
		q.add(outbox.Message{Mail: mail, Reference: m.Reference, Created: m.Created})
	}
	return err
}

func (q *memory) mail(id int64) outbox.Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	return *q.all[id-1]
}

func (q *memory) fail(what string, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fails == nil {
		q.fails = map[string]error{}
	}
	q.fails[what] = err
}

// states counts the mails in each state.
func (q *memory) states() map[outbox.State]int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := map[outbox.State]int{}
	for _, m := range q.all {
		n[m.State]++
	}
	return n
}

// clock is set by the pauses of the Courier alone: whenever it would wait, the
// time has passed. It stands still while mails are being carried, and while no
// test waits for something.
type clock struct {
	mu      sync.Mutex
	now     time.Time
	waits   []time.Duration // but not those between two looks
	carried int
	goal    func() bool
	reached chan struct{}
	parked  *pause
}

type pause struct {
	d  time.Duration
	ch chan time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	p := &pause{d, make(chan time.Time, 1)}
	c.mu.Lock()
	c.parked = p // the latest is the one that is waited for
	if d != poll {
		c.waits = append(c.waits, d)
	}
	c.mu.Unlock()
	c.pass(p)
	return p.ch
}

// pass lets the time pass, unless there is a reason to stand still.
func (c *clock) pass(p *pause) {
	c.mu.Lock()
	goal, still := c.goal, c.carried > 0 || c.parked != p
	c.mu.Unlock()
	if still || goal == nil {
		return
	}
	reached := goal()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.parked != p || c.goal == nil {
		return // somebody else was faster
	}
	if reached {
		c.goal = nil
		close(c.reached)
		return
	}
	c.parked = nil
	c.now = c.now.Add(p.d)
	p.ch <- c.now
}

func (c *clock) add(n int) {
	c.mu.Lock()
	c.carried += n
	p := c.parked
	c.mu.Unlock()
	if p != nil && p.d != poll { // else the end of the mail wakes the Courier
		c.pass(p)
	}
}

// until lets the time pass until the Courier waits and the condition holds.
func (c *clock) until(t *testing.T, holds func() bool) {
	t.Helper()
	c.mu.Lock()
	c.goal, c.reached = holds, make(chan struct{})
	p, reached := c.parked, c.reached
	c.mu.Unlock()
	if p != nil {
		c.pass(p)
	}
	select {
	case <-reached:
	case <-time.After(time.Minute):
		t.Fatal("never")
	}
}

// counted tells the clock of mails that are with a worker.
type counted struct {
	Queue
	clock *clock
}

func (q counted) Next(ctx context.Context, now, until time.Time, n int) ([]outbox.Message, error) {
	lent, err := q.Queue.Next(ctx, now, until, n)
	q.clock.add(len(lent))
	return lent, err
}

// watch is an Observer for tests.
type watch struct {
	mu      sync.Mutex
	tried   map[Outcome]int
	blocked []error
	clock   *clock
}

func (w *watch) Tried(_ outbox.Kind, o Outcome) {
	w.mu.Lock()
	w.tried[o]++
	w.mu.Unlock()
	w.clock.add(-1)
}

func (w *watch) Blocked(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.blocked = append(w.blocked, err)
}

func (w *watch) count(o Outcome) int { return w.outcomes()[o] }

func (w *watch) outcomes() map[Outcome]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.tried)
}

// bench is a Courier with everything around it that a test may set or see.
type bench struct {
	Courier
	clock *clock
	watch *watch
	log   *record
}

func newBench(q Queue, c Carrier) *bench {
	b := &bench{clock: newClock(), log: &record{}}
	b.watch = &watch{tried: map[Outcome]int{}, clock: b.clock}
	b.Courier = Courier{
		Queue: counted{q, b.clock}, Carrier: c, Open: func(m outbox.Message) (Parcel, error) { return Unpack(m.Parcel) },
		Now: b.clock.Now, After: b.clock.After, Random: func() float64 { return 0.5 },
		Log: slog.New(slog.NewTextHandler(b.log, nil)), Observer: b.watch,
	}
	return b
}

// start runs the Courier until the test ends or stop is called.
func (b *bench) start(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { b.Run(ctx, nil); close(ended) }()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

// record keeps what is logged.
type record struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

// carrier answers with what the test says, in order; then with nil.
type carrier struct {
	mu      sync.Mutex
	answers []error
	took    []Parcel
}

func (c *carrier) Carry(_ context.Context, p Parcel) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.took = append(c.took, p)
	if len(c.answers) == 0 {
		return nil
	}
	err := c.answers[0]
	c.answers = c.answers[1:]
	return err
}

func (c *carrier) parcels() []Parcel {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.took)
}

// letter is a queued mail to somebody.
func letter(b *bench, kind outbox.Kind, to string) outbox.Message {
	p := Parcel{From: "forms@example.org", To: to, Body: []byte("Message-ID: <1@example.org>\r\nSubject: x\r\n\r\nbody\r\n")}
	return outbox.Message{Reference: "HZ-1", Created: b.clock.Now(), Due: b.clock.Now(), Mail: outbox.Mail{Kind: kind, Parcel: Pack(p)}}
}

func repeat(err error, n int) []error {
	return slices.Repeat([]error{err}, n)
}

var errRelay = errors.New("connection refused")
