package outboxtest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"waijiao/internal/locale"

	"waijiao/intake/internal/outbox"
)

func everythingComesBack(t *testing.T, open Open) {
	box := open(t)
	s := submission(1, "the-key")
	s.Created = start().Add(456789 * time.Nanosecond)
	s.Why, s.Lang = "too-fast", locale.ZH
	s.Record = []byte(strings.Repeat("\x00\xff record", 100_000))
	stored := accept(t, box, s, mails(1))
	s.Created, s.Changed = start(), start() // to the millisecond
	same(t, "stored", stored, s)
	same(t, "by reference", find(t, box, s.Reference), s)
	byKey, err := box.ByKey(t.Context(), form, "the-key")
	must(t, err)
	same(t, "by key", byKey, s)
	again, fresh, err := box.Accept(t.Context(), submission(2, "the-key"), mails(2))
	if err != nil || fresh {
		t.Errorf("again: %v %v", fresh, err)
	}
	same(t, "again", again, s)
	list := messages(t, box, s.Reference)
	if len(list) != 2 {
		t.Fatalf("%d mails", len(list))
	}
	for i, m := range list {
		if w := mails(1)[i]; m.Kind != w.Kind || string(m.Parcel) != string(w.Parcel) || m.Wrap != nil || m.Reference != s.Reference ||
			m.State != outbox.Queued || m.Attempts != 0 || m.LastError != "" || !m.Created.Equal(start()) || !m.Due.Equal(start()) {
			t.Errorf("mail %d: %+v", i, m)
		}
	}
	if m := messages(t, box, "HZ-0404"); len(m) != 0 {
		t.Errorf("mails of nobody: %v", m)
	}
	for name, err := range map[string]error{
		"reference": second(box.ByReference(t.Context(), "guessed")),
		"key":       second(box.ByKey(t.Context(), form, "guessed")),
		"no key":    second(box.ByKey(t.Context(), form, "")),
		"form":      second(box.ByKey(t.Context(), "enquiry", "the-key")),
		"look":      second(box.Look(t.Context(), "guessed")),
	} {
		want(t, name, err, outbox.ErrNotFound)
	}
	bare := accept(t, box, outbox.Submission{Reference: "HZ-BARE", Form: form, Created: start()}, nil)
	same(t, "bare", find(t, box, "HZ-BARE"), outbox.Submission{Reference: "HZ-BARE", Form: form, Lang: locale.ZH, Created: start(), Changed: start(), Status: outbox.Received})
	if bare.Status != outbox.Received || !bare.Changed.Equal(start()) {
		t.Errorf("%+v", bare)
	}
	seen, err := box.Look(t.Context(), s.Reference)
	must(t, err)
	s.Record, s.OfficeWrap, s.DeliveryWrap = nil, nil, nil
	same(t, "look", seen.Submission, s)
	if len(seen.Mails) != 2 || seen.Mails[1].Kind != outbox.Receipt || seen.Mails[1].ID != list[1].ID {
		t.Errorf("look: %+v", seen.Mails)
	}
}

func second[T any](_ T, err error) error { return err }

func oneKey(t *testing.T, open Open) {
	box := open(t)
	const n = 100
	var wg sync.WaitGroup
	got := make([]outbox.Submission, n)
	fresh := make([]bool, n)
	for i := range n {
		wg.Go(func() {
			var err error
			if got[i], fresh[i], err = box.Accept(t.Context(), submission(i, "the-key"), mails(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	count := 0
	for i := range n {
		if got[i].Reference != got[0].Reference || string(got[i].Record) != string(got[0].Record) {
			t.Errorf("%s beside %s", got[i].Reference, got[0].Reference)
		}
		if fresh[i] {
			count++
		}
	}
	if count != 1 {
		t.Errorf("%d were fresh", count)
	}
	if all := lend(t, box, start()); len(all) != 2 {
		t.Errorf("%d mails", len(all))
	}
	other := submission(n, "the-key")
	other.Form = "enquiry"
	accept(t, box, other, nil)
}

func noKey(t *testing.T, open Open) {
	box := open(t)
	accept(t, box, submission(1, ""), mails(1))
	accept(t, box, submission(2, ""), mails(2))
}

func referenceTaken(t *testing.T, open Open) {
	box := open(t)
	accept(t, box, submission(1, "a"), mails(1))
	for _, key := range []string{"b", ""} {
		_, fresh, err := box.Accept(t.Context(), submission(1, key), mails(1))
		want(t, "the same reference", err, outbox.ErrReferenceTaken)
		if fresh {
			t.Error("fresh")
		}
	}
	_, _, err := box.Accept(t.Context(), submission(1, "a"), mails(1))
	want(t, "the same reference and key", err, nil)
	if n := len(lend(t, box, start())); n != 2 {
		t.Errorf("%d mails", n)
	}
}

func allOrNothing(t *testing.T, open Open) {
	box := open(t)
	for name, change := range map[string]func(*outbox.Submission, []outbox.Mail){
		"no parcel":       func(_ *outbox.Submission, m []outbox.Mail) { m[1].Parcel = nil },
		"no kind":         func(_ *outbox.Submission, m []outbox.Mail) { m[1].Kind = "" },
		"unknown kind":    func(_ *outbox.Submission, m []outbox.Mail) { m[1].Kind = "letter" },
		"a bulletin":      func(_ *outbox.Submission, m []outbox.Mail) { m[1] = mail(outbox.Bulletin, "x") },
		"no reference":    func(s *outbox.Submission, _ []outbox.Mail) { s.Reference = "" },
		"no form":         func(s *outbox.Submission, _ []outbox.Mail) { s.Form = "" },
		"already closed":  func(s *outbox.Submission, _ []outbox.Mail) { s.Status = outbox.Closed },
		"unknown status":  func(s *outbox.Submission, _ []outbox.Mail) { s.Status = "lost" },
		"no text as key":  func(s *outbox.Submission, _ []outbox.Mail) { s.Key = "a\x00b" },
		"not UTF-8 as id": func(s *outbox.Submission, _ []outbox.Mail) { s.Reference = "HZ-\xff" },
	} {
		s, m := submission(1, "k"), mails(1)
		change(&s, m)
		if _, fresh, err := box.Accept(t.Context(), s, m); err == nil || fresh {
			t.Errorf("%s was accepted", name)
		}
	}
	c, err := box.Count(t.Context(), start())
	if must(t, err); len(c.Submissions) != 0 || len(c.Mails) != 0 {
		t.Errorf("half of a submission stayed: %+v", c)
	}
	many := make([]outbox.Mail, 45)
	for i := range many {
		many[i] = mail(outbox.Receipt, strings.Repeat("x", i+1))
	}
	accept(t, box, submission(1, "k"), many)
	for i, m := range messages(t, box, reference(1)) {
		if len(m.Parcel) != i+1 {
			t.Fatalf("mail %d is another", i)
		}
	}
}

func oddTexts(t *testing.T, open Open) {
	box := open(t)
	s := submission(1, "'; DROP TABLE submissions; -- 编号 $1 ?1 😀")
	s.Reference = "HZ-'\"%_$1"
	accept(t, box, s, mails(1))
	if got, err := box.ByKey(t.Context(), form, s.Key); err != nil || got.Key != s.Key {
		t.Errorf("%q %v", got.Key, err)
	}
	for _, odd := range []string{"a\x00b", "\xff\xfe"} {
		want(t, "by key", second(box.ByKey(t.Context(), form, odd)), outbox.ErrNotFound)
		want(t, "by reference", second(box.ByReference(t.Context(), odd)), outbox.ErrNotFound)
		want(t, "look", second(box.Look(t.Context(), odd)), outbox.ErrNotFound)
		want(t, "mark", second(box.Mark(t.Context(), odd, outbox.Marking{Status: outbox.Closed, At: start()})), outbox.ErrNotFound)
		want(t, "erase", box.Erase(t.Context(), odd), outbox.ErrNotFound)
		want(t, "messages", second(box.Messages(t.Context(), odd)), nil)
	}
	// A relay may answer anything at all.
	two := lend(t, box, start())
	must(t, box.Retry(t.Context(), two[0], start(), "450 \xff\x00 "+strings.Repeat("长", 9000)))
	must(t, box.Dead(t.Context(), two[1], "550 \xff\x00", nil))
	for _, m := range messages(t, box, s.Reference) {
		if !strings.HasPrefix(m.LastError, "450 \uFFFD") && m.LastError != "550 \uFFFD\uFFFD" || len(m.LastError) > 3000 {
			t.Errorf("%.20q, %d bytes", m.LastError, len(m.LastError))
		}
	}
}

func ended(t *testing.T, open Open) {
	box := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := box.Accept(ctx, submission(1, "d"), mails(1))
	want(t, "accept", err, context.Canceled)
	want(t, "by key", second(box.ByKey(ctx, form, "d")), context.Canceled)
	want(t, "by key", second(box.ByKey(t.Context(), form, "d")), outbox.ErrNotFound)
	for n := range 40 {
		s := submission(n, "")
		s.Record = make([]byte, 20_000)
		accept(t, box, s, mails(n)) // the store is none the worse
	}
	ctx, cancel = context.WithCancel(t.Context())
	want(t, "a dump that is broken off", box.Dump(ctx, brake(cancel)), context.Canceled)
}

// brake is a writer that ends a context.
type brake func()

func (b brake) Write(p []byte) (int, error) {
	b()
	return len(p), nil
}

func closed(t *testing.T, open Open) {
	box := open(t)
	accept(t, box, submission(1, "k"), mails(1))
	due := lend(t, box, start())
	must(t, box.Close())
	must(t, box.Close())
	ctx := t.Context()
	for name, err := range map[string]error{
		"accept":   func() error { _, _, err := box.Accept(ctx, submission(2, ""), nil); return err }(),
		"by key":   second(box.ByKey(ctx, form, "k")),
		"list":     second(box.List(ctx, outbox.Filter{})),
		"look":     second(box.Look(ctx, reference(1))),
		"messages": second(box.Messages(ctx, reference(1))),
		"next":     second(box.Next(ctx, start(), start(), 1)),
		"done":     box.Done(ctx, due[0]),
		"turn":     second(box.Turn(ctx, "x", start(), time.Hour)),
		"put":      box.Put(ctx, "x", nil),
		"get":      second(box.Get(ctx, "x")),
		"check":    box.Check(ctx),
		"count":    second(box.Count(ctx, start())),
		"dump":     box.Dump(ctx, &strings.Builder{}),
		"load":     box.Load(ctx, strings.NewReader("")),
		"purge":    second(box.Purge(ctx, start(), 1)),
	} {
		if !errors.Is(err, outbox.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
