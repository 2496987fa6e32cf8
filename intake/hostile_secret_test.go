package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever loses the server's secret must not lose every link without a word.
func TestAMissingSecretIsNotReplacedUnderAStoreInUse(t *testing.T) {
	var o options
	h := open(t, func(p *options) { o = *p })
	receipt := h.send(page, good(h.shown(page)), letter()).Header.Get("Location")
	h.mails(2)
	h.stop()
	secret := filepath.Join(h.data, "secret")
	kept, err := os.ReadFile(secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(secret); err != nil {
		t.Fatal(err)
	}
	var why *troubleError
	if err := Run(o); !errors.As(err, &why) || !strings.Contains(err.Error(), secret) {
		t.Fatalf("started with another secret: %v", err)
	}
	if _, err := os.Stat(secret); err == nil {
		t.Fatal("another secret was drawn")
	}
	if err := os.WriteFile(secret, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	h.start(o)
	if a := h.get(receipt); a.StatusCode != 200 {
		t.Errorf("the link after the secret came back: %d", a.StatusCode)
	}
}
