package outboxtest

import (
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
)

const day = 24 * time.Hour

func erase(t *testing.T, open Open) {
	box := open(t)
	accept(t, box, submission(1, "k"), mails(1))
	accept(t, box, submission(2, ""), mails(2))
	lent := lend(t, box, start())
	must(t, box.Erase(t.Context(), reference(1)))
	want(t, "again", box.Erase(t.Context(), reference(1)), outbox.ErrNotFound)
	want(t, "none", box.Erase(t.Context(), ""), outbox.ErrNotFound)
	want(t, "find", second(box.ByReference(t.Context(), reference(1))), outbox.ErrNotFound)
	if m := messages(t, box, reference(1)); len(m) != 0 {
		t.Errorf("%d mails stayed", len(m))
	}
	want(t, "a mail that is gone, refused", box.Dead(t.Context(), lent[0], "550", []outbox.Mail{mail(outbox.Apology, "x")}), outbox.ErrLeaseLost)
	want(t, "a mail that is gone, tried again", box.Retry(t.Context(), lent[0], start(), "450"), outbox.ErrLeaseLost)
	want(t, "a mail that is gone, sent", box.Done(t.Context(), lent[0]), nil)
	if m := messages(t, box, reference(2)); len(m) != 2 {
		t.Errorf("the other's mails: %d", len(m))
	}
	accept(t, box, submission(1, "k"), mails(1)) // reference and key are free again
}

func purge(t *testing.T, open Open) {
	box := open(t)
	year := start().AddDate(1, 0, 0)
	accept(t, box, submission(1, ""), mails(1)) // ends in a year, whatever its mails do
	accept(t, box, submission(2, ""), nil)      // closed: ends half a year later
	accept(t, box, submission(3, ""), nil)      // closed late: ends in a year
	never := submission(4, "")
	never.Expires, never.KeepAfter = time.Time{}, 0
	accept(t, box, never, nil)
	mark := func(n int, at time.Time) {
		t.Helper()
		_, err := box.Mark(t.Context(), reference(n), outbox.Marking{Status: outbox.Closed, At: at})
		must(t, err)
	}
	mark(2, start().Add(10*day))
	mark(3, start().Add(300*day))
	mark(4, start())
	step := func(now time.Time, limit int, expect ...int) {
		t.Helper()
		gone, err := box.Purge(t.Context(), now, limit)
		must(t, err)
		if len(gone) != len(expect) {
			t.Fatalf("%d were erased, want %v", len(gone), expect)
		}
		for i, e := range gone {
			if e.Reference != reference(expect[i]) || e.Record != nil || e.Form != form {
				t.Errorf("%+v", e)
			}
			want(t, e.Reference, second(box.ByReference(t.Context(), e.Reference)), outbox.ErrNotFound)
			if e.Reference == reference(1) && len(e.Mails) != 2 {
				t.Errorf("%+v", e.Mails)
			}
		}
	}
	step(start().Add(190*day-time.Millisecond), 10)
	step(start().Add(190*day), 10, 2)
	step(year.Add(-time.Millisecond), 10)
	step(year.Add(time.Hour), 1, 1)
	step(year.Add(time.Hour), 10, 3)
	step(start().AddDate(50, 0, 0), 10)
	if all := messages(t, box, reference(1)); len(all) != 0 {
		t.Error("mails stayed")
	}
}

func purgeBulletins(t *testing.T, open Open) {
	box := open(t)
	must(t, box.Post(t.Context(), start(), []outbox.Mail{mail(outbox.Bulletin, "sent"), mail(outbox.Bulletin, "dead"), mail(outbox.Bulletin, "waits")}))
	must(t, box.Post(t.Context(), start().Add(day), []outbox.Mail{mail(outbox.Bulletin, "young")}))
	for _, m := range lend(t, box, start().Add(day)) {
		switch string(m.Parcel) {
		case "sent", "young":
			must(t, box.Done(t.Context(), m))
		case "dead":
			must(t, box.Dead(t.Context(), m, "550", nil))
		}
	}
	for _, step := range []struct {
		at                time.Time
		sent, dead, waits int
	}{
		{start().Add(30*day - time.Millisecond), 2, 1, 1},
		{start().Add(30 * day), 1, 0, 1},
		{start().Add(99 * day), 0, 0, 1},
	} {
		gone, err := box.Purge(t.Context(), step.at, 10)
		must(t, err)
		c, err := box.Count(t.Context(), step.at)
		must(t, err)
		if len(gone) != 0 || c.Mails[outbox.Sent] != step.sent || c.Mails[outbox.Dead] != step.dead || c.Mails[outbox.Queued] != step.waits {
			t.Errorf("%v: %+v %v", step.at, c.Mails, gone)
		}
	}
}
