package outboxtest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
)

func heldAndReleased(t *testing.T, open Open) {
	box := open(t)
	s := submission(1, "")
	s.Status, s.Why = outbox.Held, "trap"
	accept(t, box, s, mails(1))
	if due := lend(t, box, start().AddDate(0, 1, 0)); len(due) != 0 {
		t.Fatalf("%d mails of a held submission", len(due))
	}
	for _, m := range messages(t, box, s.Reference) {
		if m.State != outbox.Withheld {
			t.Errorf("%+v", m)
		}
	}
	want(t, "mark", second(box.Mark(t.Context(), s.Reference, outbox.Marking{Status: outbox.Handling, At: start()})), outbox.ErrNotOpen)
	later := start().AddDate(0, 0, 3)
	got, err := box.Release(t.Context(), s.Reference, later)
	must(t, err)
	s.Status, s.Changed = outbox.Received, later
	same(t, "released", got, s)
	want(t, "again", second(box.Release(t.Context(), s.Reference, later)), outbox.ErrNotHeld)
	want(t, "unknown", second(box.Release(t.Context(), "HZ-0404", later)), outbox.ErrNotFound)
	if early := lend(t, box, later.Add(-time.Millisecond)); len(early) != 0 {
		t.Error("due before its release")
	}
	if due := lend(t, box, later); len(due) != 2 || !due[0].Created.Equal(later) {
		t.Errorf("%+v", due)
	}
}

func heldAndClosed(t *testing.T, open Open) {
	box := open(t)
	s := submission(1, "")
	s.Status = outbox.Held
	accept(t, box, s, mails(1))
	got, err := box.Mark(t.Context(), s.Reference, outbox.Marking{Status: outbox.Closed, At: start().Add(time.Hour)})
	must(t, err)
	if got.Status != outbox.Closed || got.DeliveryWrap != nil || got.OfficeWrap == nil {
		t.Errorf("%+v", got)
	}
	if m := messages(t, box, s.Reference); len(m) != 0 {
		t.Errorf("%d mails stayed", len(m))
	}
	want(t, "release", second(box.Release(t.Context(), s.Reference, start())), outbox.ErrNotHeld)
}

func marking(t *testing.T, open Open) {
	box := open(t)
	s := accept(t, box, submission(1, ""), nil)
	for i, status := range []outbox.Status{outbox.Handling, outbox.Answered, outbox.Handling, outbox.Closed} {
		at := start().Add(time.Duration(i+1) * time.Hour)
		got, err := box.Mark(t.Context(), s.Reference, outbox.Marking{Status: status, At: at, Mails: []outbox.Mail{mail(outbox.Note, string(status))}})
		must(t, err)
		s.Status, s.Changed = status, at
		same(t, string(status), got, s)
		same(t, string(status), find(t, box, s.Reference), s)
		if early := lend(t, box, at.Add(-time.Millisecond)); len(early) != 0 {
			t.Error("a note before its time")
		}
		note := only(t, lend(t, box, at), outbox.Note)
		if string(note.Parcel) != string(status) || note.Reference != s.Reference || !note.Created.Equal(at) {
			t.Errorf("%+v", note)
		}
		must(t, box.Done(t.Context(), note))
	}
	if s := find(t, box, s.Reference); s.DeliveryWrap != nil {
		t.Error("closed, nothing waits, and the wrap is still there")
	}
	before := dump(t, box)
	closed := outbox.Marking{Status: outbox.Handling, At: start(), Mails: []outbox.Mail{mail(outbox.Note, "x")}}
	want(t, "closed", second(box.Mark(t.Context(), s.Reference, closed)), outbox.ErrNotOpen)
	want(t, "unknown", second(box.Mark(t.Context(), "HZ-0404", closed)), outbox.ErrNotFound)
	for _, status := range []outbox.Status{outbox.Received, outbox.Held, "", "lost"} {
		if _, err := box.Mark(t.Context(), s.Reference, outbox.Marking{Status: status, At: start()}); err == nil {
			t.Errorf("marked %q", status)
		}
	}
	if dump(t, box) != before {
		t.Error("something was changed by what failed")
	}
}

// markedAtOnce is two officers, or one who presses a button twice.
func markedAtOnce(t *testing.T, open Open) {
	box := open(t)
	s := accept(t, box, submission(1, ""), nil)
	const officers = 8
	results := make(chan error, officers)
	for range officers {
		go func() {
			_, err := box.Mark(t.Context(), s.Reference, outbox.Marking{Status: outbox.Handling, At: start(), Seen: s.Changed, Mails: []outbox.Mail{mail(outbox.Note, "x")}})
			results <- err
		}()
	}
	late := 0
	for range officers {
		if err := <-results; errors.Is(err, outbox.ErrChanged) {
			late++
		} else {
			must(t, err)
		}
	}
	if m := messages(t, box, s.Reference); late != officers-1 || len(m) != 1 {
		t.Errorf("%d were too late, and %d notes go out", late, len(m))
	}
}

func wrapWhileWaiting(t *testing.T, open Open) {
	box := open(t)
	accept(t, box, submission(1, ""), mails(1))
	wrapped := func(what string, yes bool) {
		t.Helper()
		s := find(t, box, reference(1))
		if (s.DeliveryWrap != nil) != yes || s.OfficeWrap == nil || s.Record == nil {
			t.Errorf("%s: the wrap is %q", what, s.DeliveryWrap)
		}
	}
	_, err := box.Mark(t.Context(), reference(1), outbox.Marking{Status: outbox.Closed, At: start()})
	must(t, err)
	wrapped("closed, two wait", true)
	two := lend(t, box, start())
	must(t, box.Done(t.Context(), only(t, two, outbox.ToOffice)))
	wrapped("closed, one waits", true)
	must(t, box.Retry(t.Context(), only(t, two, outbox.Receipt), start(), "450"))
	wrapped("closed, one is tried again", true)
	must(t, box.Dead(t.Context(), only(t, lend(t, box, start()), outbox.Receipt), "550", nil))
	wrapped("closed, nothing waits", false)

	accept(t, box, submission(2, ""), mails(2))
	for _, m := range lend(t, box, start()) {
		must(t, box.Done(t.Context(), m))
	}
	if find(t, box, reference(2)).DeliveryWrap == nil {
		t.Error("destroyed while the office works on it")
	}
	_, err = box.Mark(t.Context(), reference(2), outbox.Marking{Status: outbox.Closed, At: start()})
	must(t, err)
	if find(t, box, reference(2)).DeliveryWrap != nil {
		t.Error("not destroyed by closing")
	}
}

func wrapOfTheDead(t *testing.T, open Open) {
	box := open(t)
	accept(t, box, submission(1, ""), mails(1))
	two := lend(t, box, start())
	must(t, box.Dead(t.Context(), only(t, two, outbox.ToOffice), "550", []outbox.Mail{mail(outbox.Apology, "sorry")}))
	must(t, box.Done(t.Context(), only(t, two, outbox.Receipt)))
	if find(t, box, reference(1)).DeliveryWrap == nil {
		t.Fatal("destroyed while the apology waits")
	}
	must(t, box.Done(t.Context(), only(t, lend(t, box, start()), outbox.Apology)))
	if find(t, box, reference(1)).DeliveryWrap != nil {
		t.Error("dead, and not destroyed")
	}
	note := outbox.Marking{Status: outbox.Handling, At: start(), Mails: []outbox.Mail{mail(outbox.Note, "x")}}
	want(t, "a note that nobody could send", second(box.Mark(t.Context(), reference(1), note)), outbox.ErrSealed)
	note.Mails = nil
	if _, err := box.Mark(t.Context(), reference(1), note); err != nil {
		t.Error(err)
	}

	// Two officers, of whom one was reached; and a dead receipt alone.
	accept(t, box, submission(2, ""), []outbox.Mail{mail(outbox.ToOffice, "one"), mail(outbox.ToOffice, "two")})
	two = lend(t, box, start())
	must(t, box.Done(t.Context(), two[0]))
	must(t, box.Dead(t.Context(), two[1], "550", nil))
	accept(t, box, submission(3, ""), mails(3))
	two = lend(t, box, start())
	must(t, box.Dead(t.Context(), only(t, two, outbox.Receipt), "550", nil))
	must(t, box.Done(t.Context(), only(t, two, outbox.ToOffice)))
	for _, n := range []int{2, 3} {
		if find(t, box, reference(n)).DeliveryWrap == nil {
			t.Errorf("%s: destroyed though the office was reached", reference(n))
		}
	}
}

func wrapWithoutOffice(t *testing.T, open Open) {
	box := open(t)
	s := submission(1, "")
	s.OfficeWrap = nil
	accept(t, box, s, mails(1))
	two := lend(t, box, start())
	for _, m := range two {
		must(t, box.Dead(t.Context(), m, "550", nil))
	}
	_, err := box.Mark(t.Context(), reference(1), outbox.Marking{Status: outbox.Closed, At: start()})
	must(t, err)
	if find(t, box, reference(1)).DeliveryWrap == nil {
		t.Error("now nobody can read it")
	}
	if n, err := box.Revive(t.Context(), reference(1), start(), nil); n != 2 || err != nil {
		t.Errorf("%d %v", n, err)
	}
}

// wrapAtOnce would find a store that looks at the other mail before it has
// locked the submission.
func wrapAtOnce(t *testing.T, open Open) {
	box := open(t)
	for n := range 20 {
		accept(t, box, submission(n, ""), mails(n))
		_, err := box.Mark(t.Context(), reference(n), outbox.Marking{Status: outbox.Closed, At: start()})
		must(t, err)
		var wg sync.WaitGroup
		for _, m := range lend(t, box, start()) {
			wg.Go(func() {
				if err := box.Done(t.Context(), m); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if find(t, box, reference(n)).DeliveryWrap != nil {
			t.Fatal("both mails ended, and the wrap is still there")
		}
	}
}

func revive(t *testing.T, open Open) {
	box := open(t)
	accept(t, box, submission(1, ""), mails(1))
	for _, m := range lend(t, box, start()) {
		must(t, box.Retry(t.Context(), m, start(), "450"))
	}
	two := lend(t, box, start())
	must(t, box.Dead(t.Context(), only(t, two, outbox.ToOffice), "550", nil))
	later := start().AddDate(0, 0, 9)
	if n, err := box.Revive(t.Context(), reference(1), later, nil); n != 1 || err != nil {
		t.Fatalf("with the wrap there: %d %v", n, err)
	}
	again := only(t, lend(t, box, later), outbox.ToOffice)
	if again.Attempts != 0 || !again.Created.Equal(later) || again.State != outbox.Queued {
		t.Errorf("%+v", again)
	}
	want(t, "the holder of its earlier life", box.Retry(t.Context(), only(t, two, outbox.ToOffice), later, "x"), outbox.ErrLeaseLost)
	must(t, box.Dead(t.Context(), again, "550", nil))
	must(t, box.Done(t.Context(), only(t, two, outbox.Receipt)))

	before := dump(t, box)
	want(t, "without the wrap", second(box.Revive(t.Context(), reference(1), later, nil)), outbox.ErrSealed)
	want(t, "unknown", second(box.Revive(t.Context(), "HZ-0404", later, nil)), outbox.ErrNotFound)
	if dump(t, box) != before {
		t.Error("what failed has changed something")
	}
	if n, err := box.Revive(t.Context(), reference(1), later, []byte("new wrap")); n != 1 || err != nil {
		t.Fatalf("%d %v", n, err)
	}
	if w := find(t, box, reference(1)).DeliveryWrap; string(w) != "new wrap" {
		t.Errorf("the wrap is %q", w)
	}
	must(t, box.Done(t.Context(), only(t, lend(t, box, later), outbox.ToOffice)))
	if find(t, box, reference(1)).DeliveryWrap == nil {
		t.Error("the office was reached now, and works on it")
	}
	if n, err := box.Revive(t.Context(), reference(1), later, []byte("unneeded")); n != 0 || err != nil {
		t.Errorf("nothing is dead: %d %v", n, err)
	}
	if w := find(t, box, reference(1)).DeliveryWrap; string(w) != "new wrap" {
		t.Errorf("the wrap is %q", w)
	}
}

func reviveBulletins(t *testing.T, open Open) {
	box := open(t)
	accept(t, box, submission(1, ""), mails(1))
	must(t, box.Post(t.Context(), start(), []outbox.Mail{mail(outbox.Bulletin, "news"), mail(outbox.Bulletin, "more news")}))
	for _, m := range lend(t, box, start()) {
		must(t, box.Dead(t.Context(), m, "550", nil))
	}
	later := start().Add(time.Hour)
	if n, err := box.Revive(t.Context(), "", later, nil); n != 2 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	due := lend(t, box, later)
	if len(due) != 2 || due[0].Kind != outbox.Bulletin || string(due[0].Wrap) != "wrap of news" {
		t.Errorf("%+v", due)
	}
}
