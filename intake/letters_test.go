package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/emersion/go-message"
	"github.com/emersion/go-msgauth/dkim"
)

// With --pgp-key the office's mail is encrypted, with the sender's address
// inside, and the receipt is not; with --dkim both are signed. That other
// programs open and verify such mails is shown in package mail.
func TestTheKeysOfTheCommandLineAreUsed(t *testing.T) {
	dir := t.TempDir()
	officer, err := openpgp.NewEntity("Sample Office 001", "", "officer@example.org", &packet.Config{Time: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	var public bytes.Buffer
	w, err := armor.Encode(&public, openpgp.PublicKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := officer.Serialize(w); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	signer, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		t.Fatal(err)
	}
	pgp, pemFile := filepath.Join(dir, "office.asc"), filepath.Join(dir, "dkim.pem")
	if err := os.WriteFile(pgp, public.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pemFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600); err != nil {
		t.Fatal(err)
	}
	record, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		t.Fatal(err)
	}
	verified := func(m string) bool {
		_, m, _ = strings.Cut(m, "\n") // of what the Maildir added before it
		for strings.HasPrefix(m, "Delivered-To: ") || strings.HasPrefix(m, "Return-Path: ") {
			_, m, _ = strings.Cut(m, "\n")
		}
		all, err := dkim.VerifyWithOptions(strings.NewReader(strings.ReplaceAll(strings.ReplaceAll(m, "\r\n", "\n"), "\n", "\r\n")), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
			if name != "forms._domainkey.example.org" {
				t.Errorf("%s is asked", name)
			}
			return []string{"v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(record)}, nil
		}})
		return err == nil && len(all) == 1 && all[0].Err == nil && all[0].Domain == "example.org"
	}

	h := open(t, func(o *options) { o.PGPKey, o.DKIM = pgp, "example.org:forms:"+pemFile })
	if a := h.send(page, good(h.shown(page)), letter()); a.StatusCode != 303 {
		t.Fatalf("%d\n%s", a.StatusCode, a.body)
	}
	for to, m := range h.mails(2) {
		if !verified(m) {
			t.Errorf("to %s: no good signature:\n%s", to, m)
		}
		if verified(strings.Replace(m, "Subject: ", "Subject: x", 1)) {
			t.Errorf("to %s: a changed subject is not noticed", to)
		}
		e, err := message.Read(strings.NewReader(m))
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := e.Header.ContentType()
		if !strings.HasPrefix(to, "officer") {
			if kind == "multipart/encrypted" || !strings.HasPrefix(to, "sample@example.org ") {
				t.Errorf("to %s: %s", to, kind)
			}
			continue
		}
		if kind != "multipart/encrypted" || strings.Contains(m, "sample@example.org") || e.Header.Has("Reply-To") {
			t.Fatalf("the office's mail is %s:\n%s", kind, m)
		}
		_, sealed, _ := strings.Cut(m, "-----BEGIN PGP MESSAGE-----")
		block, err := armor.Decode(strings.NewReader("-----BEGIN PGP MESSAGE-----" + sealed))
		if err != nil {
			t.Fatal(err)
		}
		opened, err := openpgp.ReadMessage(block.Body, openpgp.EntityList{officer}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		inside, err := io.ReadAll(opened.UnverifiedBody)
		if err != nil {
			t.Fatal(err)
		}
		if text, files, err := contents(inside); err != nil || files != pdf || !strings.Contains(text, "示例教师 001") || !strings.Contains(string(inside), "Reply-To: ") {
			t.Errorf("%v: inside is\n%s", err, inside)
		}
	}
}
