package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waijiao/intake/internal/seal"
)

// refusal starts the program and returns why it does not run.
func refusal(o options) string {
	var why *troubleError
	if err := Run(o); errors.As(err, &why) {
		return why.text.EN
	}
	return ""
}

func TestAnotherSecretIsNotTakenForTheStores(t *testing.T) {
	var o options
	h := open(t, func(p *options) { o = *p })
	if a := h.send(page, good(h.shown(page)), letter()); a.StatusCode != 303 {
		t.Fatal(a.StatusCode)
	}
	h.mails(2)
	h.stop()
	if err := os.WriteFile(filepath.Join(h.data, "secret"), make([]byte, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	if why := refusal(o); !strings.Contains(why, "--new-secret") {
		t.Fatalf("it says %q", why)
	}
	o.NewSecret = true
	h.start(o)
	h.stop()
	o.NewSecret = false // the new one is known now
	h.start(o)
}

func TestAnotherDeliveryKeyIsNotTakenForTheStores(t *testing.T) {
	block := filepath.Join(t.TempDir(), "mail")
	if err := os.WriteFile(block, nil, 0o600); err != nil { // no folder can be here yet
		t.Fatal(err)
	}
	var o options
	h := open(t, func(p *options) { p.Maildir = block; o = *p })
	if a := h.send(page, good(h.shown(page)), letter()); a.StatusCode != 303 {
		t.Fatal(a.StatusCode)
	}
	h.stop()
	path := filepath.Join(h.data, "delivery.key")
	right, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.MakeIdentity(path); err != nil {
		t.Fatal(err)
	}
	if why := refusal(o); !strings.Contains(why, "delivery key does not open") {
		t.Fatalf("it says %q", why)
	}
	wrong, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The new key first, the old one below it: what waits goes out.
	if err := os.WriteFile(path, append(wrong, right...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(block); err != nil {
		t.Fatal(err)
	}
	h.start(o)
	h.wait(24 * time.Hour)
	for tries := 0; len(files(t, filepath.Join(block, "new"))) < 2; tries++ {
		if tries > 3000 {
			t.Fatal("the mails do not go out")
		}
		time.Sleep(10 * time.Millisecond)
	}
}
