package desk_test

import (
	"bytes"
	"context"
	"errors"
	"net/mail"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/outbox"
)

func TestANoteGoesToThePersonAndToNobodyElse(t *testing.T) {
	c, ctx := open(t), context.Background()
	sub := c.take()
	c.deliver(c.sent)
	c.now = c.now.Add(time.Hour)
	for n, note := range []string{"请补一份盖章的公函。", " \n\t ", "Please call us.\nThank you."} {
		marked, err := c.Mark(ctx, sub.Reference, outbox.Handling, note)
		if err != nil || marked.Status != outbox.Handling || marked.Changed.Before(c.now) {
			t.Fatalf("note %d: %+v, %v", n, marked, err)
		}
	}
	mails, kinds := c.letters(sub.Reference)
	if len(mails) != 5 || kinds[3] != outbox.Note || kinds[4] != outbox.Note {
		t.Fatalf("an empty note is no mail: %v", kinds)
	}
	ids := map[string]bool{}
	for i, want := range []string{"请补一份盖章的公函。", "> Please call us.\n> Thank you."} {
		m, text := mails[3+i], said(t, mails[3+i].Body)
		if m.To != address || !strings.Contains(strings.ReplaceAll(text, "\r\n", "\n"), want) || !strings.Contains(text, "/en/forms/receipt/") || strings.Contains(text, "/forms/office/") {
			t.Errorf("to %s:\n%s", m.To, text)
		}
		parsed, err := mail.ReadMessage(bytes.NewReader(m.Body))
		if err != nil {
			t.Fatal(err)
		}
		ids[parsed.Header.Get("Message-ID")] = true
	}
	if len(ids) != 2 {
		t.Errorf("Message-IDs of two notes: %v", ids)
	}
}

func TestWhatCannotBeMarked(t *testing.T) {
	c, ctx := open(t), context.Background()
	quiet := c.take(anonymous)
	if _, err := c.Mark(ctx, quiet.Reference, outbox.Handling, "a note"); !errors.Is(err, desk.ErrNoAddress) {
		t.Errorf("a note to nobody: %v", err)
	}
	if e, _ := c.box.Look(ctx, quiet.Reference); e.Status != outbox.Received {
		t.Errorf("a refused note left it %s", e.Status)
	}
	if _, err := c.Mark(ctx, quiet.Reference, outbox.Handling, ""); err != nil {
		t.Error(err)
	}
	if _, err := c.Mark(ctx, "HZ-3333-3333-3", outbox.Handling, ""); !errors.Is(err, outbox.ErrNotFound) {
		t.Errorf("an unknown number: %v", err)
	}
	if _, err := c.Mark(ctx, quiet.Reference, outbox.Held, ""); err == nil {
		t.Error("it can be marked as held")
	}

	// A note at the end goes out before the key is destroyed.
	sub := c.take()
	c.deliver(c.sent)
	if _, err := c.Mark(ctx, sub.Reference, outbox.Closed, "办好了"); err != nil {
		t.Fatal(err)
	}
	if sub, _ = c.box.ByReference(ctx, sub.Reference); len(sub.DeliveryWrap) == 0 {
		t.Fatal("the key is destroyed while a note waits")
	}
	c.deliver(func(m outbox.Message) error {
		if p, err := c.Open(m); err != nil || p.To != address {
			t.Errorf("the note: to %q, %v", p.To, err)
		}
		return c.sent(m)
	})
	sub, _ = c.box.ByReference(ctx, sub.Reference)
	if _, err := c.Record(sub); !errors.Is(err, desk.ErrSealed) || len(sub.DeliveryWrap) != 0 {
		t.Errorf("closed, and the delivery key still opens it: %v", err)
	}
	all, _ := c.box.Messages(ctx, sub.Reference)
	if _, err := c.Open(all[0]); !errors.Is(err, desk.ErrSealed) {
		t.Errorf("closed, and the courier still opens its mail: %v", err)
	}
	if _, err := c.Mark(ctx, sub.Reference, outbox.Answered, ""); !errors.Is(err, outbox.ErrNotOpen) {
		t.Errorf("closed is not closed: %v", err)
	}
}

func TestAMailOpensOnlyAsItself(t *testing.T) {
	c, ctx := open(t), context.Background()
	one, two := c.take(), c.take()
	a, _ := c.box.Messages(ctx, one.Reference)
	b, _ := c.box.Messages(ctx, two.Reference)
	exchanged := a[0]
	exchanged.Parcel = b[0].Parcel
	if _, err := c.Open(exchanged); err == nil {
		t.Error("the mail of another submission was opened")
	}
	exchanged = a[0]
	exchanged.Reference = "HZ-3333-3333-3"
	if _, err := c.Open(exchanged); !errors.Is(err, outbox.ErrNotFound) {
		t.Errorf("the mail of an unknown submission: %v", err)
	}
}

func TestThePersonIsToldOnceThatNoOfficeCanBeReached(t *testing.T) {
	c := open(t)
	c.Publishes = func(string) bool { return true }
	sub, quiet := c.take(), c.take(anonymous)
	died := 0
	c.deliver(func(m outbox.Message) error {
		if m.Kind != outbox.ToOffice {
			return c.sent(m)
		}
		if died++; died == 1 {
			if then, err := c.Died(context.Background(), m); err != nil || len(then) != 0 {
				t.Errorf("one office is left, and %d mails say that none is: %v", len(then), err)
			}
		}
		return c.die(m)
	})
	if died != 4 {
		t.Fatalf("%d mails to offices", died)
	}
	mails, kinds := c.letters(sub.Reference)
	if len(mails) != 4 || kinds[3] != outbox.Apology || mails[3].To != address {
		t.Fatal(kinds)
	}
	if text := said(t, mails[3].Body); !strings.Contains(text, sub.Reference) || !strings.Contains(text, "https://site.example.org/en/contact/") {
		t.Errorf("the apology:\n%s", text)
	}
	if all, _ := c.box.Messages(context.Background(), quiet.Reference); len(all) != 2 {
		t.Errorf("%d mails of an anonymous form", len(all))
	}

	// Sent again, and refused again: once is enough.
	c.deliver(c.sent) // the apology
	if n, err := c.Retry(context.Background(), sub.Reference, c.office); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	c.deliver(c.die)
	if all, _ := c.box.Messages(context.Background(), sub.Reference); len(all) != 4 {
		t.Errorf("%d mails, want 4: one apology", len(all))
	}
}

func TestARefusedReceiptNeedsNoApology(t *testing.T) {
	c := open(t)
	c.take()
	c.deliver(func(m outbox.Message) error {
		if m.Kind == outbox.ToOffice {
			return c.sent(m)
		}
		if then, err := c.Died(context.Background(), m); err != nil || len(then) != 0 {
			t.Errorf("%d mails, %v", len(then), err)
		}
		return c.die(m)
	})
}

func TestWhatIsSealedIsSentAgainWithTheOfficesKey(t *testing.T) {
	c, ctx := open(t), context.Background()
	sub := c.take()
	c.deliver(c.die)
	c.deliver(c.sent) // the apology, which is the last that waits
	if s, _ := c.box.ByReference(ctx, sub.Reference); len(s.DeliveryWrap) != 0 {
		t.Fatal("dead, and the delivery key still opens it")
	}
	if _, err := c.Retry(ctx, sub.Reference); !errors.Is(err, outbox.ErrSealed) {
		t.Errorf("without a key: %v", err)
	}
	if _, err := c.Retry(ctx, sub.Reference, identity(t)); err == nil || errors.Is(err, outbox.ErrSealed) {
		t.Errorf("with another's key: %v", err)
	}
	if n, err := c.Retry(ctx, sub.Reference, c.office); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	if n := c.deliver(func(m outbox.Message) error {
		if _, err := c.Open(m); err != nil {
			return err
		}
		return c.sent(m)
	}); n != 3 {
		t.Errorf("%d mails go out again", n)
	}
	if _, err := c.Retry(ctx, "HZ-3333-3333-3"); !errors.Is(err, outbox.ErrNotFound) {
		t.Errorf("an unknown number: %v", err)
	}
}

func TestAnOldDeliveryKeyOpensWhatWasSealedToIt(t *testing.T) {
	c := open(t)
	before := c.take()
	old := c.Keys.Delivery
	c.Keys.Delivery = append([]age.Identity{identity(t)}, old...)
	after := c.take()
	for _, sub := range []outbox.Submission{before, after} {
		if _, err := c.Record(sub); err != nil {
			t.Error(err)
		}
	}
	c.letters(before.Reference)
	c.Keys.Delivery = old
	if _, err := c.Record(after); err == nil {
		t.Error("the old key opens what came after it")
	}
}

func TestLinksAreForOneRoleAndOneSubmission(t *testing.T) {
	c := open(t)
	const ref = "HZ-7K3F-9QXT-C"
	for _, role := range []desk.Role{desk.Person, desk.Officer} {
		link := c.Capability(role, ref)
		if got, ok := c.Reference(role, link); got != ref || !ok {
			t.Errorf("%s: %s, %v", role, got, ok)
		}
		for _, other := range []desk.Role{desk.Person, desk.Officer} {
			if _, ok := c.Reference(other, link); ok != (other == role) {
				t.Errorf("the link of %s as one of %s: %v", role, other, ok)
			}
		}
		_, mac, _ := strings.Cut(link, ".")
		for _, forged := range []string{"", ".", ref, ref + ".", ref + "." + mac[1:], ref + "." + mac + "A", "HZ-3333-3333-3." + mac, strings.ToLower(ref) + "." + mac, link + " ", "\x00" + link} {
			if _, ok := c.Reference(role, forged); ok {
				t.Errorf("%q is taken", forged)
			}
		}
		if len(mac) != 22 {
			t.Errorf("%d characters of 6 bits", len(mac))
		}
	}
	c2 := *c.Desk
	c2.Secret = bytes.Repeat([]byte{8}, 32)
	if _, ok := c2.Reference(desk.Person, c.Capability(desk.Person, ref)); ok {
		t.Error("a link of another installation is taken")
	}
}

func TestThePairIsFoundHoweverItIsTyped(t *testing.T) {
	c, ctx := open(t), context.Background()
	sub := c.take()
	c.take(func(s *desk.Sending) { s.Answers.Values["email"] = []string{"other@example.org"} })
	plain := strings.ReplaceAll(sub.Reference, "-", "")
	for _, typed := range [][2]string{{sub.Reference, address}, {strings.ToLower(sub.Reference), " Sample@EXAMPLE.org "}, {plain, address}, {plain[2:], address},
		{" " + strings.ReplaceAll(sub.Reference, "-", "－") + "　", "ｓａｍｐｌｅ＠ｅｘａｍｐｌｅ．ｏｒｇ"}} {
		e, ok, err := c.Progress(ctx, typed[0], typed[1])
		if err != nil || !ok || e.Reference != sub.Reference {
			t.Errorf("%q: %v, %v", typed, ok, err)
		}
	}
	for _, typed := range [][2]string{{sub.Reference, ""}, {sub.Reference, "other@example.org"}, {sub.Reference, "sample@example.org.example.org"},
		{"HZ-3333-3333-3", address}, {"", address}, {"", ""}, {"' OR 1=1", address}, {sub.Reference + "\x00", address}} {
		e, ok, err := c.Progress(ctx, typed[0], typed[1])
		if err != nil || ok || e.Reference != "" {
			t.Errorf("%q: found %q, %v, %v", typed, e.Reference, ok, err)
		}
	}

	// Stored by its A-label, typed as it is written.
	idn := c.take(func(s *desk.Sending) { s.Answers.Values["email"] = []string{"clerk@xn--fsqu00a.example.org"} })
	if _, ok, err := c.Progress(ctx, idn.Reference, "clerk@例子.example.org"); !ok || err != nil {
		t.Errorf("an international domain: %v, %v", ok, err)
	}
}

// bulletins sends what waits and returns the bulletins among it by recipient.
func (c *counter) bulletins() map[string]string {
	c.t.Helper()
	out := map[string]string{}
	c.deliver(func(m outbox.Message) error {
		p, err := c.Open(m)
		if err != nil {
			return err
		}
		if m.Kind == outbox.Bulletin {
			out[p.To] += said(c.t, p.Body)
		}
		return c.sent(m)
	})
	return out
}

func (c *counter) alarm() map[string]string {
	c.t.Helper()
	if err := c.Alarm(context.Background()); err != nil {
		c.t.Fatal(err)
	}
	return c.bulletins()
}
