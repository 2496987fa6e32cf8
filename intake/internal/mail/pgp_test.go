package mail

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestGnuPGOpensTheOfficesMail(t *testing.T) {
	one, two := newGPG(t), newGPG(t)
	first := one.key(t, "Sample Office 001 <officer@example.org>", "future-default", "default", "never")
	second, private := libraryKey(t)
	two.must(t, private, "--import")

	w := writer()
	w.PGP = readPGP(t, first, second)
	if got := w.PGP.Fingerprints(); len(got) != 2 || got[0] == got[1] {
		t.Fatal(got)
	}
	l := full()
	body, err := w.Office(l)
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, body)
	f := openFrame(t, body)
	// RFC 3156 section 4.
	if len(f.Defects) > 0 || f.Type != "multipart/encrypted" || f.Protocol != "application/pgp-encrypted" ||
		!slices.Equal(f.Parts, []string{"application/pgp-encrypted", "application/octet-stream"}) || strings.TrimSpace(f.Version) != "Version: 1" {
		t.Errorf("%+v", f)
	}
	// Nothing of the person is outside.
	want := []string{"Date", "From", "To", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Language", "Subject", "Content-Type"}
	if !slices.Equal(f.Fields, want) {
		t.Errorf("outside are %v", f.Fields)
	}
	if !strings.Contains(f.Shown, "Subject: [HZ-7K3F-9QXT-4] 外教聘用需求申报\n") {
		t.Error(f.Shown)
	}
	plain, err := writer().Office(l)
	if err != nil {
		t.Fatal(err)
	}
	shown := strings.Join(strings.Fields(fmt.Sprint(python(t, plain))), " ")
	for _, s := range []string{"示例教师", "联系人", "sample@", "示例学校", "余杭区", ".pdf", "/forms/office/"} {
		if strings.Contains(f.Shown, s) || strings.Contains(string(body), s) {
			t.Errorf("%q is outside", s)
		}
		if !strings.Contains(shown, s) {
			t.Errorf("%q is not even in the plain mail", s)
		}
	}
	for name, g := range map[string]gpg{"gpg's key": one, "the library's key": two} {
		inner, said, err := g.run([]byte(f.Data), "--decrypt")
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, said)
			continue
		}
		// AES-256 (9), with the modification detection of method 2 and no AEAD.
		for _, s := range []string{"DECRYPTION_OKAY", "GOODMDC", "DECRYPTION_INFO 2 9 0"} {
			if !bytes.Contains(said, []byte(s)) {
				t.Errorf("%s: no %s in\n%s", name, s, said)
			}
		}
		if !bytes.Contains(inner, []byte(`protected-headers="v1"`)) {
			t.Errorf("%.600s", inner)
		}
		wellFormed(t, inner)
		r := python(t, inner)
		if len(r.Defects) > 0 || len(r.Parts) != 5 || len(r.ReplyTo) != 1 || r.ReplyTo[0] != [2]string{l.From.Name, l.From.Mailbox} {
			t.Errorf("%v %v %d", r.Defects, r.ReplyTo, len(r.Parts))
		}
		if got := r.header(t, "Subject"); got != "[HZ-7K3F-9QXT-4] 外教聘用需求申报："+l.Subject {
			t.Error(got)
		}
		for i, a := range l.Attachments {
			if p := r.Parts[2+i]; p.Name != a.Name || p.Content != fmt.Sprintf("%x", a.Data) {
				t.Errorf("%q came as %q", a.Name, p.Name)
			}
		}
		for _, s := range []string{l.OfficeURL, "第二行 😀", "sample@example.org"} {
			if !strings.Contains(r.Parts[0].Content, s) {
				t.Errorf("inside is no %q", s)
			}
		}
	}
	// One flipped bit, and gpg refuses; nobody else's key opens it.
	damaged := []byte(f.Data)
	damaged[len(damaged)/2] ^= 1
	if _, said, err := one.run(damaged, "--decrypt"); err == nil {
		t.Errorf("gpg took a damaged message:\n%s", said)
	}
	w.PGP = readPGP(t, first)
	body, err = w.Office(l)
	if err != nil {
		t.Fatal(err)
	}
	if _, said, err := two.run([]byte(openFrame(t, body).Data), "--decrypt"); err == nil {
		t.Errorf("a foreign key opened it:\n%s", said)
	}
}

func TestWhatIsEncrypted(t *testing.T) {
	g := newGPG(t)
	w := writer()
	w.PGP = readPGP(t, g.key(t, "officer@example.org", "future-default"))
	l := full()
	for name, c := range map[string]struct {
		write  func() ([]byte, error)
		sealed bool
	}{
		"receipt": {func() ([]byte, error) { return w.Receipt(l) }, false},
		"apology": {func() ([]byte, error) { return w.Apology(l) }, false},
		"alarm":   {func() ([]byte, error) { return w.Alarm(bulletin()) }, false},
		"weekly":  {func() ([]byte, error) { return w.Weekly(bulletin()) }, true},
	} {
		body, err := c.write()
		if err != nil {
			t.Fatal(err)
		}
		if !c.sealed {
			if r := python(t, body); r.Type != "multipart/alternative" || len(r.Defects) > 0 {
				t.Errorf("%s: %s %v", name, r.Type, r.Defects)
			}
			continue
		}
		f := openFrame(t, body)
		if f.Type != "multipart/encrypted" || len(f.Defects) > 0 {
			t.Errorf("%s: %s %v", name, f.Type, f.Defects)
		}
		r := clean(t, g.must(t, []byte(f.Data), "--decrypt"), nil)
		r.says(t, []string{"https://forms.example.org/forms/office/6/"})
	}
	// A signature outside of the encryption.
	w2, d := signed(t, rsaKey(t, 2048))
	w2.PGP = w.PGP
	body, err := w2.Office(l)
	if err != nil {
		t.Fatal(err)
	}
	if ok, said := opendkim(t, d, body); !ok {
		t.Error(said)
	}
	if r := python(t, g.must(t, []byte(openFrame(t, body).Data), "--decrypt")); len(r.Defects) > 0 || len(r.Parts) != 5 {
		t.Errorf("%v", r.Defects)
	}
}

func TestWhichKeysAreTaken(t *testing.T) {
	g := newGPG(t)
	good := g.key(t, "good@example.org", "future-default", "default", "2y")
	now := time.Now()
	p, err := ReadPGP(bytes.NewReader(good), now)
	if err != nil {
		t.Fatal(err)
	}
	if years := p.Expires().Sub(now).Hours() / 24 / 365; years < 1.9 || years > 2.1 {
		t.Errorf("it expires %v", p.Expires())
	}
	if never := readPGP(t, g.key(t, "never@example.org", "future-default", "default", "never")); !never.Expires().IsZero() {
		t.Errorf("it expires %v", never.Expires())
	}
	_, private := libraryKey(t)
	g.key(t, "revoked@example.org", "future-default")
	revocation, err := filepath.Glob(filepath.Join(g.home, "openpgp-revocs.d", strings.Fields(string(fingerprint(t, g, "revoked@example.org")))[0]+".rev"))
	if err != nil || len(revocation) != 1 {
		t.Fatal(revocation, err)
	}
	rev, err := os.ReadFile(revocation[0])
	if err != nil {
		t.Fatal(err)
	}
	g.must(t, bytes.ReplaceAll(rev, []byte("\n:-----"), []byte("\n-----")), "--import")
	signs := g.key(t, "signs@example.org", "ed25519", "sign")
	now = time.Now() // later than what gpg has made
	for what, c := range map[string]struct {
		key  []byte
		at   time.Time
		want string
	}{
		"private":      {private, now, "private"},
		"gpg's":        {g.must(t, nil, "--armor", "--export-secret-keys", "good@example.org"), now, "private"},
		"signs only":   {signs, now, "can only sign"},
		"second signs": {append(slices.Clone(good), signs...), now, "can only sign"},
		"expired":      {good, now.AddDate(3, 0, 0), "has expired"},
		"too early":    {good, now.AddDate(-1, 0, 0), "clock"},
		"revoked":      {g.must(t, nil, "--armor", "--export", "revoked@example.org"), now, "is revoked"},
		"binary":       {g.must(t, nil, "--export", "good@example.org"), now, "no armored PGP key"},
		"empty":        {nil, now, "no armored PGP key"},
		"a message":    {g.must(t, []byte("x"), "--armor", "--trust-model", "always", "-r", "good@example.org", "--encrypt"), now, "no public PGP key"},
		"cut":          {good[:len(good)/2], now, "damaged"},
	} {
		if _, err := ReadPGP(bytes.NewReader(c.key), c.at); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", what, err, c.want)
		}
	}
}

// What Largest foretells is kept, also by files that cannot be compressed, and
// it is not much more than needed.
func TestLargestIsNeverExceeded(t *testing.T) {
	g := newGPG(t)
	compresses := g.key(t, "officer@example.org", "future-default")
	plainly, _ := libraryKey(t)
	l := full()
	noise := make([]byte, 1<<20)
	rand.Read(noise)
	l.Attachments = []Attachment{{"a.pdf", "application/pdf", noise}, {"b.pdf", "application/pdf", make([]byte, 1<<20)}, {"c.pdf", "application/pdf", noise}}
	l.Answers = []Section{{"内容", []Row{{"内容", strings.Repeat("国\n", 20000)}}}}
	plain, err := writer().Office(l)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		keys [][]byte
		key  *rsa.PrivateKey
		near float64
	}{
		"plain":              {nil, nil, 1},
		"signed":             {nil, rsaKey(t, 2048), 1.01},
		"a key like gpg's":   {[][]byte{compresses}, rsaKey(t, 2048), 1.75}, // one file is nothing but zeros
		"no compression":     {[][]byte{plainly}, nil, 1.05},
		"both kinds of keys": {[][]byte{compresses, plainly}, nil, 1.05},
	} {
		w := writer()
		if c.key != nil {
			w, _ = signed(t, c.key)
		}
		if c.keys != nil {
			w.PGP = readPGP(t, c.keys...)
		}
		body, err := w.Office(l)
		if err != nil {
			t.Fatal(err)
		}
		if told, is := w.Largest(int64(len(plain))), int64(len(body)); told < is || float64(told) > float64(is)*c.near {
			t.Errorf("%s: %d bytes were foretold and it has %d", name, told, is)
		}
	}
	// Where nothing can be compressed, the bound is near too.
	l.Attachments[1].Data, l.Answers = noise, nil
	w := writer()
	w.PGP = readPGP(t, compresses)
	plain, body := must(writer().Office(l)), must(w.Office(l))
	if told, is := w.Largest(int64(len(plain))), int64(len(body)); told < is || told > is+is/20 {
		t.Errorf("%d bytes were foretold and it has %d", told, is)
	}
}

// One Writer serves all requests at once.
func TestManyWriteAtOnce(t *testing.T) {
	g := newGPG(t)
	w, _ := signed(t, rsaKey(t, 2048))
	w.PGP = readPGP(t, g.key(t, "officer@example.org", "future-default"))
	w.Boundary = rand.Text
	var all sync.WaitGroup
	bodies := make([][]byte, 8)
	for i := range bodies {
		all.Go(func() {
			l := full()
			l.Subject = strings.Repeat("示例", i+1)
			bodies[i] = must(w.Office(l))
		})
	}
	all.Wait()
	for i, body := range bodies {
		r := python(t, g.must(t, []byte(openFrame(t, body).Data), "--decrypt"))
		if got := r.header(t, "Subject"); !strings.HasSuffix(got, "："+strings.Repeat("示例", i+1)) {
			t.Errorf("%d: %s", i, got)
		}
	}
}
