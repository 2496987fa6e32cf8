package desk_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/outbox"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

func TestTheAlarmRingsWhenThereIsNewsAndOnceAWeek(t *testing.T) {
	c := open(t)
	c.Alarms = []string{"operator@example.org"}
	healthy := c.take()
	c.deliver(c.sent)
	if got := c.alarm(); len(got) != 0 {
		t.Fatalf("all is well, and there is an alarm: %v", got)
	}
	held := c.take(func(s *desk.Sending) { s.Held = "too-fast" })
	got := c.alarm()
	if text := got["operator@example.org"]; len(got) != 1 || !strings.Contains(text, held.Reference) || strings.Contains(text, healthy.Reference) || strings.Contains(text, address) || strings.Contains(text, school) {
		t.Fatalf("%v", got)
	}
	for _, wait := range []time.Duration{time.Minute, 24 * time.Hour, 5 * 24 * time.Hour} {
		c.now = c.now.Add(wait)
		if got := c.alarm(); len(got) != 0 {
			t.Errorf("the same again after %v: %v", wait, got)
		}
	}
	c.now = c.now.Add(2 * 24 * time.Hour)
	if got := c.alarm(); len(got) != 1 {
		t.Error("no reminder after a week")
	}

	dead := c.take()
	c.deliver(func(m outbox.Message) error {
		if m.Kind == outbox.ToOffice {
			return c.die(m)
		}
		return c.sent(m)
	})
	if text := c.alarm()["operator@example.org"]; !strings.Contains(text, dead.Reference) || !strings.Contains(text, held.Reference) || !strings.Contains(text, "550 5.1.1") {
		t.Errorf("a dead mail is news:\n%s", text)
	}
	// Closed by hand: nobody has to do anything about it any more.
	if _, err := c.Mark(context.Background(), dead.Reference, outbox.Closed, ""); err != nil {
		t.Fatal(err)
	}
	if text := c.alarm()["operator@example.org"]; strings.Contains(text, dead.Reference) || !strings.Contains(text, held.Reference) {
		t.Errorf("after closing:\n%s", text)
	}
	if _, err := c.Mark(context.Background(), held.Reference, outbox.Closed, ""); err != nil {
		t.Fatal(err)
	}
	if got := c.alarm(); len(got) != 0 {
		t.Errorf("all is well again, and there is an alarm: %v", got)
	}
}

func TestTheAlarmRingsForAMailThatHasWaitedForADay(t *testing.T) {
	c := open(t)
	sub := c.take()
	c.now = c.now.Add(24*time.Hour - time.Minute)
	if err := c.Alarm(context.Background()); err != nil {
		t.Fatal(err)
	}
	if counts, _ := c.box.Count(context.Background(), c.now); counts.Mails[outbox.Queued] != 3 {
		t.Fatalf("an alarm before a day has passed: %v", counts.Mails)
	}
	c.now = c.now.Add(time.Minute)
	got := c.alarm() // without addresses of its own it goes to every office
	for _, to := range []string{"one@example.org", "two@example.org"} {
		if !strings.Contains(got[to], sub.Reference) {
			t.Errorf("to %s: %q", to, got[to])
		}
	}
}

func TestEachOfficeGetsItsWeeklyList(t *testing.T) {
	c, ctx := open(t), context.Background()
	other := *c.form
	other.ID = "other"
	c.Forms = func() map[string]*form.Form { return map[string]*form.Form{"sample": c.form, "other": &other} }
	c.Offices = map[string][]string{"sample": {"one@example.org"}, "other": {"two@example.org"}, "gone": {"one@example.org"}}
	ours := c.take()
	handling := c.take()
	answered, closed := c.take(), c.take()
	theirs := c.take(func(s *desk.Sending) { s.Form = &other })
	held := c.take(func(s *desk.Sending) { s.Held = "trap" })
	gone := *c.form
	gone.ID = "gone"
	withdrawn := c.take(func(s *desk.Sending) { s.Form = &gone })
	delete(c.Offices, "gone")
	c.deliver(c.sent)
	for ref, to := range map[string]outbox.Status{handling.Reference: outbox.Handling, answered.Reference: outbox.Answered, closed.Reference: outbox.Closed} {
		if _, err := c.Mark(ctx, ref, to, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Weekly(ctx); err != nil {
		t.Fatal(err)
	}
	got := c.bulletins()
	want := map[string][]string{"one@example.org": {ours.Reference, handling.Reference, withdrawn.Reference}, "two@example.org": {theirs.Reference, withdrawn.Reference}}
	for to, refs := range want {
		for _, sub := range []outbox.Submission{ours, handling, answered, closed, theirs, held, withdrawn} {
			if listed := strings.Contains(got[to], sub.Reference); listed != slices.Contains(refs, sub.Reference) {
				t.Errorf("%s in the list of %s: %v", sub.Reference, to, listed)
			}
		}
		if !strings.Contains(got[to], c.Path(desk.Officer, refs[0], locale.ZH)) || strings.Contains(got[to], "/forms/receipt/") || strings.Contains(got[to], address) {
			t.Errorf("to %s:\n%s", to, got[to])
		}
	}

	for _, sub := range []outbox.Submission{ours, handling, theirs, withdrawn} {
		if _, err := c.Mark(ctx, sub.Reference, outbox.Closed, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Weekly(ctx); err != nil {
		t.Fatal(err)
	}
	if got := c.bulletins(); len(got) != 0 {
		t.Errorf("nothing is open: %v", fmt.Sprint(got))
	}
}
