package desk_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/outbox"
)

func TestATakenReferenceIsDrawnAgain(t *testing.T) {
	c := open(t)
	random := &repeated{}
	c.Random = random
	first := c.take()
	random.again = bytes.NewReader(bytes.Clone(random.first.Bytes()))
	second := c.take()
	if random.again.Len() > 0 || first.Reference == second.Reference {
		t.Fatalf("%s, %s; %d bytes left", first.Reference, second.Reference, random.again.Len())
	}
	if mails, _ := c.letters(second.Reference); !strings.Contains(said(t, mails[2].Body), second.Reference) {
		t.Error("the receipt names another number")
	}
	c.Random = strings.NewReader("")
	if _, _, err := c.Accept(context.Background(), c.sending()); !errors.Is(err, io.EOF) {
		t.Errorf("without randomness: %v", err)
	}
}

func TestOneKeyIsAcceptedOnce(t *testing.T) {
	c := open(t)
	key := func(s *desk.Sending) { s.Key = "key-1" }
	first := c.take(key)
	again, fresh, err := c.Accept(context.Background(), c.sending(key))
	if err != nil || fresh || again.Reference != first.Reference {
		t.Errorf("%s again as %s, fresh %v, %v", first.Reference, again.Reference, fresh, err)
	}
	if before, err := c.Before(context.Background(), "sample", "key-1"); err != nil || before.Reference != first.Reference {
		t.Error(before.Reference, err)
	}
	if _, err := c.Before(context.Background(), "other", "key-1"); !errors.Is(err, outbox.ErrNotFound) {
		t.Errorf("the key of another form: %v", err)
	}
	if strings.Contains(first.Key, "key-1") || first.Key == "" {
		t.Errorf("stored as %q", first.Key)
	}
	c.take()
	c.take() // without a key nothing is the same
}

func TestAHeldFormIsMailedWhenItIsReleased(t *testing.T) {
	c := open(t)
	sub := c.take(func(s *desk.Sending) { s.Held = "trap" })
	if sub.Status != outbox.Held || sub.Why != "trap" {
		t.Fatal(sub.Status, sub.Why)
	}
	if n := c.deliver(c.sent); n != 0 {
		t.Fatalf("%d mails go out of a held form", n)
	}
	for _, note := range []string{"", "a note"} {
		if _, err := c.Mark(context.Background(), sub.Reference, outbox.Handling, note); !errors.Is(err, outbox.ErrNotOpen) && !errors.Is(err, desk.ErrNoAddress) {
			t.Errorf("marked while it is held: %v", err)
		}
	}
	if _, err := c.box.Release(context.Background(), sub.Reference, c.now); err != nil {
		t.Fatal(err)
	}
	if n := c.deliver(c.sent); n != 3 {
		t.Errorf("%d mails go out after the release", n)
	}
}
