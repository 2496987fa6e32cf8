package outboxtest

import (
	"bytes"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waijiao/internal/locale"

	"waijiao/intake/internal/outbox"
)

func turns(t *testing.T, open Open) {
	box := open(t)
	turn := func(what, name string, at time.Time, expect bool) {
		t.Helper()
		got, err := box.Turn(t.Context(), name, at, time.Hour)
		if must(t, err); got != expect {
			t.Errorf("%s: %v", what, got)
		}
	}
	for round := range 5 {
		var wg sync.WaitGroup
		var mine atomic.Int64
		for range 8 {
			wg.Go(func() {
				got, err := box.Turn(t.Context(), "digest", start().Add(time.Duration(round)*time.Hour), time.Hour)
				if err != nil {
					t.Error(err)
				}
				if got {
					mine.Add(1)
				}
			})
		}
		wg.Wait()
		if mine.Load() != 1 {
			t.Errorf("round %d: %d had the turn", round, mine.Load())
		}
	}
	turn("another task", "purge", start(), true)
	turn("too early", "purge", start().Add(time.Hour-time.Millisecond), false)
	turn("in time", "purge", start().Add(time.Hour), true)
	// The clock was a month ahead, and is set right.
	ahead := start().AddDate(0, 1, 0)
	turn("ahead", "purge", ahead, true)
	turn("set back", "purge", start(), false)
	turn("almost a period later", "purge", start().Add(time.Hour-time.Millisecond), false)
	turn("a period later", "purge", start().Add(time.Hour), true)
	// Two instances whose clocks differ by a little.
	turn("slow clock", "purge", start().Add(time.Hour-time.Second), false)
	turn("fast clock", "purge", start().Add(time.Hour+time.Second), false)
}

func values(t *testing.T, open Open) {
	box := open(t)
	get := func(expect []byte) {
		t.Helper()
		got, err := box.Get(t.Context(), "name")
		if must(t, err); !bytes.Equal(got, expect) || (got == nil) != (expect == nil) {
			t.Errorf("%q, want %q", got, expect)
		}
	}
	get(nil)
	for _, v := range [][]byte{[]byte("one"), {0, 255}, {}, nil, []byte("again")} {
		must(t, box.Put(t.Context(), "name", v))
		get(v)
	}
	if other, err := box.Get(t.Context(), "other"); err != nil || other != nil {
		t.Errorf("%q %v", other, err)
	}
}

func counts(t *testing.T, open Open) {
	box := open(t)
	count := func() outbox.Counts {
		t.Helper()
		c, err := box.Count(t.Context(), start())
		must(t, err)
		return c
	}
	if c := count(); len(c.Submissions) != 0 || len(c.Mails) != 0 || !c.OldestQueued.IsZero() {
		t.Errorf("empty: %+v", c)
	}
	held := submission(1, "")
	held.Status, held.Created = outbox.Held, start().Add(-time.Hour)
	accept(t, box, held, mails(1))
	if c := count(); c.Submissions[outbox.Held] != 1 || c.Mails[outbox.Withheld] != 2 || !c.OldestQueued.IsZero() {
		t.Errorf("held: %+v", c)
	}
	for n := 2; n < 5; n++ {
		s := submission(n, "")
		s.Created = start().Add(time.Duration(n) * time.Minute)
		accept(t, box, s, mails(n))
	}
	due := lend(t, box, start().Add(time.Hour))
	must(t, box.Done(t.Context(), due[0]))
	must(t, box.Dead(t.Context(), due[1], "550", nil))
	must(t, box.Retry(t.Context(), due[2], start().Add(9*time.Hour), "450"))
	c := count()
	if c.Submissions[outbox.Received] != 3 || c.Mails[outbox.Queued] != 4 || c.Mails[outbox.Sent] != 1 || c.Mails[outbox.Dead] != 1 || !c.OldestQueued.Equal(start().Add(3*time.Minute)) {
		t.Errorf("%+v", c)
	}
}

// listed makes five submissions: 1 held, 2 received with a dead mail, 3 closed
// and sent, 4 received, 5 received on another form. 4 was accepted first.
func listed(t *testing.T, open Open) outbox.Store {
	box := open(t)
	for n := 1; n <= 5; n++ {
		s := submission(n, "")
		s.Created = start().Add(time.Duration(n) * time.Minute)
		switch n {
		case 1:
			s.Status = outbox.Held
		case 4:
			s.Created = start()
		case 5:
			s.Form = "enquiry"
			s.Created = start().Add(3 * time.Minute) // with 3
		}
		accept(t, box, s, mails(n))
	}
	for _, m := range lend(t, box, start().Add(time.Hour)) {
		switch {
		case m.Reference == reference(2) && m.Kind == outbox.ToOffice:
			must(t, box.Dead(t.Context(), m, "550", nil))
		case m.Reference == reference(3):
			must(t, box.Done(t.Context(), m))
		}
	}
	_, err := box.Mark(t.Context(), reference(3), outbox.Marking{Status: outbox.Closed, At: start()})
	must(t, err)
	return box
}

func list(t *testing.T, box outbox.Store, f outbox.Filter) string {
	t.Helper()
	entries, err := box.List(t.Context(), f)
	must(t, err)
	var got []string
	for _, e := range entries {
		if e.Record != nil || e.OfficeWrap != nil || e.DeliveryWrap != nil {
			t.Errorf("%s: a list with contents", e.Reference)
		}
		if len(e.Mails) != 2 || e.Mails[0].Kind != outbox.ToOffice || e.Mails[1].Kind != outbox.Receipt {
			t.Errorf("%s: %+v", e.Reference, e.Mails)
		}
		got = append(got, strings.TrimPrefix(e.Reference, "HZ-000"))
	}
	return strings.Join(got, " ")
}

func lists(t *testing.T, open Open) {
	box := listed(t, open)
	for _, c := range []struct {
		name   string
		filter outbox.Filter
		want   string
	}{
		{"all", outbox.Filter{}, "4 1 2 3 5"},
		{"form", outbox.Filter{Form: "enquiry"}, "5"},
		{"no such form", outbox.Filter{Form: "nothing"}, ""},
		{"status", outbox.Filter{Statuses: []outbox.Status{outbox.Received}}, "4 2 5"},
		{"statuses", outbox.Filter{Statuses: []outbox.Status{outbox.Held, outbox.Closed}}, "1 3"},
		{"before", outbox.Filter{Before: start().Add(2 * time.Minute)}, "4 1"},
		{"dead", outbox.Filter{Dead: true}, "2"},
		{"queued", outbox.Filter{Queued: true}, "4 2 5"},
		{"both", outbox.Filter{Dead: true, Queued: true}, "2"},
		{"everything together", outbox.Filter{Form: form, Statuses: []outbox.Status{outbox.Received}, Before: start().Add(time.Hour), Queued: true, After: reference(4), Limit: 1}, "2"},
	} {
		if got := list(t, box, c.filter); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	entries, err := box.List(t.Context(), outbox.Filter{Dead: true})
	must(t, err)
	if d := entries[0].Mails[0]; d.State != outbox.Dead || d.Attempts != 1 || d.LastError != "550" || d.ID == 0 || d.Due.IsZero() {
		t.Errorf("%+v", d)
	}
	if entries[0].Lang != locale.EN || string(entries[0].Contact) != "contact" || !entries[0].Expires.Equal(start().AddDate(1, 0, 0)) {
		t.Errorf("%+v", entries[0])
	}
}

func pages(t *testing.T, open Open) {
	box := listed(t, open)
	var got []string
	for after := ""; ; {
		entries, err := box.List(t.Context(), outbox.Filter{After: after, Limit: 2})
		must(t, err)
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			after = e.Reference
			got = append(got, strings.TrimPrefix(after, "HZ-000"))
		}
	}
	if s := strings.Join(got, " "); s != "4 1 2 3 5" {
		t.Error(s)
	}
	want(t, "after one that is gone", second(box.List(t.Context(), outbox.Filter{After: "HZ-0404"})), outbox.ErrNotFound)
	for n := 10; n < 300; n++ { // more than one statement asks for
		accept(t, box, submission(n, ""), mails(n))
	}
	if n := len(strings.Fields(list(t, box, outbox.Filter{}))); n != 295 {
		t.Errorf("%d entries", n)
	}
}
