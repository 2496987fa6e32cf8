// Package outboxtest holds every kind of outbox to the promises of
// outbox.Store:
//
//	func TestStore(t *testing.T) {
//		outboxtest.Run(t, func(t *testing.T) outbox.Store { return open(t) })
//	}
//
// open returns a new, empty store each time and leaves closing it to
// t.Cleanup. Closing twice must be allowed.
package outboxtest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"waijiao/internal/locale"

	"waijiao/intake/internal/outbox"
)

// Open makes a new, empty store that is closed at the end of the test.
type Open func(t *testing.T) outbox.Store

// Run runs the whole suite.
func Run(t *testing.T, open func(t *testing.T) outbox.Store) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, open Open)
	}{
		{"everything comes back as it was handed over", everythingComesBack},
		{"one key gives one submission", oneKey},
		{"without a key nothing is deduplicated", noKey},
		{"a reference is taken once", referenceTaken},
		{"accepting is all or nothing", allOrNothing},
		{"odd texts", oddTexts},
		{"a held submission waits for its release", heldAndReleased},
		{"a held submission is closed", heldAndClosed},
		{"marking follows the rules", marking},
		{"of two who mark at once one is too late", markedAtOnce},
		{"the wrap stays while a mail waits", wrapWhileWaiting},
		{"the wrap goes with the last hope", wrapOfTheDead},
		{"the wrap stays without an office", wrapWithoutOffice},
		{"two mails that end at once destroy the wrap", wrapAtOnce},
		{"dead mails are revived", revive},
		{"dead bulletins are revived", reviveBulletins},
		{"erasing leaves nothing", erase},
		{"purging goes by the day", purge},
		{"purging takes old bulletins", purgeBulletins},
		{"the life of a mail", lifeOfAMail},
		{"mails come in order", order},
		{"nobody gets the mail of another", leases},
		{"no mail hangs when the clock is set back", clockSetBack},
		{"done is done", doneIsDone},
		{"follow-up mails", followUp},
		{"bulletins", bulletins},
		{"turns", turns},
		{"values", values},
		{"counts", counts},
		{"lists", lists},
		{"pages of a list", pages},
		{"a dump is loaded", func(t *testing.T, open Open) { Copy(t, open(t), open(t)) }},
		{"what is no dump changes nothing", badDumps},
		{"the check", func(t *testing.T, open Open) { must(t, open(t).Check(t.Context())) }},
		{"closed", closed},
		{"an ended context", ended},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}

// start is when the tests' stories begin.
func start() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 123e6, locale.Beijing()) }

const form = "hiring-request"

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func reference(n int) string { return fmt.Sprintf("HZ-%04d", n) }

// submission has both wraps and ends after a year.
func submission(n int, key string) outbox.Submission {
	return outbox.Submission{Reference: reference(n), Form: form, Key: key, Digest: []byte{1, 2, 0, 255}, Lang: locale.EN, Created: start(),
		Status: outbox.Received, Contact: []byte("contact"), Expires: start().AddDate(1, 0, 0), KeepAfter: 180 * 24 * time.Hour,
		Record: fmt.Appendf(nil, "record %d", n), OfficeWrap: []byte("office wrap"), DeliveryWrap: []byte("delivery wrap")}
}

func mail(kind outbox.Kind, parcel string) outbox.Mail {
	m := outbox.Mail{Kind: kind, Parcel: []byte(parcel)}
	if kind == outbox.Bulletin {
		m.Wrap = []byte("wrap of " + parcel)
	}
	return m
}

func mails(n int) []outbox.Mail {
	return []outbox.Mail{mail(outbox.ToOffice, fmt.Sprintf("to the office %d", n)), mail(outbox.Receipt, fmt.Sprintf("receipt %d", n))}
}

func accept(t *testing.T, box outbox.Store, s outbox.Submission, mails []outbox.Mail) outbox.Submission {
	t.Helper()
	stored, fresh, err := box.Accept(t.Context(), s, mails)
	if err != nil || !fresh {
		t.Fatalf("%s: fresh %v, %v", s.Reference, fresh, err)
	}
	return stored
}

// lend takes everything that is due, each until a minute later.
func lend(t *testing.T, box outbox.Store, now time.Time) []outbox.Message {
	t.Helper()
	var all []outbox.Message
	for {
		some, err := box.Next(t.Context(), now, now.Add(time.Minute), 3)
		must(t, err)
		if len(some) > 3 {
			t.Fatalf("%d mails, asked for 3", len(some))
		}
		if len(some) == 0 {
			return all
		}
		all = append(all, some...)
	}
}

// only returns the one mail of a kind.
func only(t *testing.T, mails []outbox.Message, kind outbox.Kind) outbox.Message {
	t.Helper()
	var found []outbox.Message
	for _, m := range mails {
		if m.Kind == kind {
			found = append(found, m)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d mails of the kind %s", len(found), kind)
	}
	return found[0]
}

func find(t *testing.T, box outbox.Store, reference string) outbox.Submission {
	t.Helper()
	s, err := box.ByReference(t.Context(), reference)
	must(t, err)
	return s
}

func messages(t *testing.T, box outbox.Store, reference string) []outbox.Message {
	t.Helper()
	m, err := box.Messages(t.Context(), reference)
	must(t, err)
	return m
}

// same compares two submissions in everything.
func same(t *testing.T, what string, got, want outbox.Submission) {
	t.Helper()
	if got.Reference != want.Reference || got.Form != want.Form || got.Key != want.Key || !bytes.Equal(got.Digest, want.Digest) ||
		got.Lang != want.Lang || !got.Created.Equal(want.Created) || got.Status != want.Status || !got.Changed.Equal(want.Changed) ||
		got.Why != want.Why || !bytes.Equal(got.Contact, want.Contact) || !got.Expires.Equal(want.Expires) || got.KeepAfter != want.KeepAfter ||
		!bytes.Equal(got.Record, want.Record) || !bytes.Equal(got.OfficeWrap, want.OfficeWrap) || !bytes.Equal(got.DeliveryWrap, want.DeliveryWrap) {
		t.Errorf("%s:\n%+v\nwant\n%+v", what, got, want)
	}
}

func dump(t *testing.T, box outbox.Store) string {
	t.Helper()
	var b bytes.Buffer
	must(t, box.Dump(t.Context(), &b))
	return b.String()
}
