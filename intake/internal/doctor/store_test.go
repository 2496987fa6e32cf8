package doctor

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/sqlite"
	"waijiao/intake/internal/seal"
)

func noon() time.Time { return time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC) }

func openStore(t *testing.T) *sqlite.Store {
	t.Helper()
	box, err := sqlite.Open(filepath.Join(t.TempDir(), "outbox.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return box
}

func newIdentity(t *testing.T) age.Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// put stores a submission with one mail, sealed to the delivery key.
func put(t *testing.T, box outbox.Store, reference string, at time.Time, status outbox.Status, id age.Identity, damage bool) {
	t.Helper()
	key, err := seal.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := json.Marshal(desk.Record{Reference: reference})
	if err != nil {
		t.Fatal(err)
	}
	record, err := key.Seal("record "+reference, plain)
	if err != nil {
		t.Fatal(err)
	}
	if damage {
		record[len(record)-1] ^= 1
	}
	to, err := seal.RecipientOf(id)
	if err != nil {
		t.Fatal(err)
	}
	wrap, err := key.Wrap(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := box.Accept(t.Context(), outbox.Submission{Reference: reference, Form: "sample-request", Created: at, Status: status, Record: record, DeliveryWrap: wrap},
		[]outbox.Mail{{Kind: outbox.ToOffice, Parcel: []byte("sealed")}}); err != nil {
		t.Fatal(err)
	}
}

func TestASoundStoreIsFound(t *testing.T) {
	box, id := openStore(t), newIdentity(t)
	well(t, "empty store", Store(t.Context(), box, noon()))
	well(t, "empty store's key", Delivery(t.Context(), box, []age.Identity{id}))
	put(t, box, "HZ-7K3F-9QXT-C", noon(), outbox.Received, id, false)
	well(t, "store", Store(t.Context(), box, noon().Add(time.Hour)))
	found := Delivery(t.Context(), box, []age.Identity{newIdentity(t), id})
	well(t, "key", found)
	want(t, "key", found, "delivery-key", OK, "(1 tried)")
}

func TestWhatWaitsInTheStoreIsFound(t *testing.T) {
	box, id := openStore(t), newIdentity(t)
	put(t, box, "HZ-7K3F-9QXT-C", noon(), outbox.Received, id, false)
	put(t, box, "HZ-9QXT-7K3F-C", noon(), outbox.Held, id, false)
	found := Store(t.Context(), box, noon().Add(25*time.Hour))
	want(t, "held", found, "held", Warning, "wait for a person: 1")
	want(t, "waiting", found, "waiting", Warning, "25 hours")
	mails, err := box.Next(t.Context(), noon(), noon().Add(time.Hour), 1)
	if err != nil || len(mails) != 1 {
		t.Fatal(mails, err)
	}
	if err := box.Dead(t.Context(), mails[0], "550 no", nil); err != nil {
		t.Fatal(err)
	}
	found = Store(t.Context(), box, noon().Add(25*time.Hour))
	want(t, "dead", found, "dead", Warning, "refused for good: 1")
}

func TestFaultsOfTheStoreAreFound(t *testing.T) {
	box, id := openStore(t), newIdentity(t)
	put(t, box, "HZ-7K3F-9QXT-C", noon(), outbox.Received, id, false)
	want(t, "another key", Delivery(t.Context(), box, []age.Identity{newIdentity(t)}), "delivery-key", Problem, "does not open HZ-7K3F-9QXT-C")
	put(t, box, "HZ-9QXT-7K3F-C", noon().Add(time.Hour), outbox.Received, id, true)
	found := Delivery(t.Context(), box, []age.Identity{id})
	if len(found) != 1 || found[0].Level != Problem {
		t.Errorf("damage is not found: %+v", found)
	}
	want(t, "damage", found, "delivery-key", Problem, "HZ-9QXT-7K3F-C are damaged")
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	want(t, "a store that is gone", Store(t.Context(), box, noon()), "store", Problem, "cannot be relied on")
}

func TestTheClockIsExamined(t *testing.T) {
	even := func() (bool, error) { return true, nil }
	box, id := openStore(t), newIdentity(t)
	note := func(seen, doubt time.Time) {
		b, err := json.Marshal(map[string]time.Time{"seen": seen, "doubt": doubt})
		if err == nil {
			err = box.Put(t.Context(), "clock", b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	well(t, "no store", Clock(t.Context(), nil, noon(), even))
	well(t, "a new store", Clock(t.Context(), box, noon(), even))
	note(noon(), noon().Add(-time.Hour))
	put(t, box, "HZ-7K3F-9QXT-C", noon(), outbox.Received, id, false)
	well(t, "the first day", Clock(t.Context(), box, noon(), even))

	note(noon(), noon().Add(time.Hour)) // the submission is older than the jump
	want(t, "a jump", Clock(t.Context(), box, noon().Add(2*time.Hour), even), "clock", Warning, "the clock jumped")
	note(noon().Add(26*time.Hour), noon().Add(time.Hour))
	well(t, "a day after it", Clock(t.Context(), box, noon().Add(26*time.Hour), even))
	want(t, "set back", Clock(t.Context(), box, noon().Add(20*time.Hour), even), "clock", Problem, "it is earlier now")
	want(t, "not synchronised", Clock(t.Context(), nil, noon(), func() (bool, error) { return false, nil }), "clock", Warning, "not synchronised")
	want(t, "unknown", Clock(t.Context(), nil, noon(), func() (bool, error) { return false, errors.New("denied") }), "clock", Warning, "does not tell")
}

// The kernel answers, whatever it says of this machine.
func TestTheKernelCanBeAsked(t *testing.T) {
	if _, err := Synchronised(); err != nil {
		t.Error(err)
	}
}
