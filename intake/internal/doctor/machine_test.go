package doctor

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"waijiao/intake/internal/mail"
)

func file(t *testing.T, dir, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func private(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTheMachineIsExamined(t *testing.T) {
	dir := private(t)
	well(t, "folder", Folder(dir))
	well(t, "disk", []Finding{disk(dir, 100<<30, nil)})
	want(t, "a real disk", Disk(t.Context(), filepath.Join(dir, "nowhere")), "disk", Problem, "nowhere")
	for _, f := range Disk(t.Context(), dir) {
		if f.Name != "disk" || !strings.Contains(f.What.EN, " left.") {
			t.Errorf("%+v", f)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("something was left in the folder: %v %v", left, err)
	}
	want(t, "little room", []Finding{disk(dir, 1<<30, nil)}, "disk", Warning, "1.0 GB left")
	want(t, "no room", []Finding{disk(dir, 1<<20, nil)}, "disk", Problem, "1.0 MB left")
	want(t, "no writing", []Finding{disk(dir, 100<<30, syscall.EROFS)}, "disk", Problem, "cannot be written")

	want(t, "no folder", Folder(filepath.Join(dir, "nowhere")), "data", Warning, "not there yet")
	want(t, "a file", Folder(file(t, dir, "x", "", 0o600)), "data", Problem, "not a folder")
	want(t, "somebody else's", []Finding{owned(dir, 1, 2)}, "data", Warning, "belongs to user 1")
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	want(t, "open to a group", Folder(dir), "data", Problem, "mode 750")

	well(t, "files", []Finding{openFiles(524288)})
	want(t, "few files", []Finding{openFiles(1024)}, "open-files", Warning, "1024 files")
}

func TestARunningServerIsFound(t *testing.T) {
	lock := file(t, t.TempDir(), "lock", "", 0o600)
	want(t, "none", Server(lock), "server", OK, "not running")
	want(t, "nowhere", Server(lock+"-not"), "server", OK, "not running")
	var s syscall.Stat_t
	if err := syscall.Stat(lock, &s); err != nil {
		t.Fatal(err)
	}
	list := file(t, t.TempDir(), "locks", fmt.Sprintf("1: POSIX  ADVISORY  WRITE 7 08:01:%[1]d 0 EOF\n2: FLOCK  ADVISORY  WRITE 8 08:01:9%[1]d 0 EOF\n3: FLOCK  ADVISORY  WRITE 4711 08:01:%[1]d 0 EOF\n", s.Ino), 0o600)
	if pid := holder(list, lock); pid != 4711 {
		t.Errorf("the lock's holder is %d", pid)
	}
}

func TestKeysThatOthersCanReadAreFound(t *testing.T) {
	dir := private(t)
	if found := Secret("dkim", file(t, dir, "good", "key", 0o600)); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	if found := Secret("dkim", filepath.Join(dir, "nowhere")); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	want(t, "open", Secret("dkim", file(t, dir, "bad", "key", 0o640)), "dkim", Problem, "other users can read")
	want(t, "in the data folder", Apart(filepath.Join(dir, "delivery.key"), dir), "delivery-key", Warning, "lies in the data folder")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	want(t, "by another way", Apart(filepath.Join(link, "delivery.key"), dir), "delivery-key", Warning, "lies in the data folder")
	if found := Apart(filepath.Join(t.TempDir(), "delivery.key"), dir); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	well(t, "an office's key", Office(true))
	want(t, "no office's key", Office(false), "office-key", Warning, "no --seal-to")
}

// pgp is a key that expires after so many days, or never.
func pgp(t *testing.T, days int) *mail.PGP {
	t.Helper()
	e, err := openpgp.NewEntity("Sample Office", "", "office@example.org", &packet.Config{Time: noon, KeyLifetimeSecs: uint32(days * 86400), Algorithm: packet.PubKeyAlgoEdDSA})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	w, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Serialize(w); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := mail.ReadPGP(strings.NewReader(b.String()), noon().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAPGPKeyThatExpiresIsFound(t *testing.T) {
	for _, days := range []int{0, 400} {
		p := pgp(t, days)
		found := PGP(p, noon())
		well(t, "good for long", found)
		want(t, "fingerprint", found, "pgp-key", OK, p.Fingerprints()[0])
	}
	want(t, "soon", PGP(pgp(t, 20), noon()), "pgp-key", Warning, "expires on 2026-03-21")
	want(t, "gone", PGP(pgp(t, 20), noon().Add(21*24*time.Hour)), "pgp-key", Warning, "expires on 2026-03-21")
}

func TestTheAddressIsExamined(t *testing.T) {
	proxy := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	well(t, "https", Address("https://www.example.org", "127.0.0.1:8080", proxy))
	for base, c := range map[string]struct {
		level Level
		says  string
	}{
		"": {Warning, "no --base-url"}, "http://localhost:8080": {Warning, "this machine alone"}, "http://127.0.0.1:8080": {Warning, "this machine alone"},
		"http://www.example.org": {Problem, "not encrypted"}, "https://www.example.org": {Warning, "no --proxy"},
	} {
		want(t, base, Address(base, "127.0.0.1:8080", nil), "base-url", c.level, c.says)
	}
}
