package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRecipients(t *testing.T) {
	id, quantum := x25519(t), hybrid(t)
	for _, s := range []string{id.Recipient().String(), " " + id.Recipient().String() + "\n", quantum.Recipient().String()} {
		r, err := ParseRecipient(s)
		if err != nil || fmt.Sprint(r) != strings.TrimSpace(s) {
			t.Errorf("%.30s: %v %v", s, r, err)
		}
	}
	two := id.Recipient().String() + "\n" + id.Recipient().String()
	for s, want := range map[string]error{
		"": ErrNoKey, "age1": ErrNoKey, "office@example.org": ErrNoKey, two: ErrNoKey, id.Recipient().String() + "x": ErrNoKey,
		id.String(): ErrSecretKey, strings.ToLower(id.String()): ErrSecretKey, quantum.String(): ErrSecretKey,
	} {
		_, err := ParseRecipient(s)
		if !errors.Is(err, want) {
			t.Errorf("%.30s: %v", s, err)
		}
		if err != nil && len(s) > 30 && strings.Contains(err.Error(), s) {
			t.Error("the error repeats a key")
		}
	}
	if r, err := RecipientOf(quantum); err != nil || fmt.Sprint(r) != quantum.Recipient().String() {
		t.Error(r, err)
	}
	if _, err := RecipientOf(nil); !errors.Is(err, ErrNoKey) {
		t.Error(err)
	}
}

func TestKeyFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "delivery.key")
	if _, err := ReadIdentities(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	made, err := MakeIdentity(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := MakeIdentity(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a key was written over: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
	ids, err := ReadIdentities(path)
	if err != nil || len(ids) != 1 || fmt.Sprint(ids[0]) != fmt.Sprint(made) {
		t.Fatal(ids, err)
	}
	if _, err := MakeIdentity(filepath.Join(dir, "none", "key")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}

	quantum := hybrid(t).String()
	several := filepath.Join(dir, "several")
	if err := os.WriteFile(several, []byte("# an older key\n"+fmt.Sprint(made)+"\n\n"+quantum+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if ids, err := ReadIdentities(several); err != nil || len(ids) != 2 {
		t.Error(ids, err)
	}
	for name, content := range map[string]string{"empty": "", "public": fmt.Sprint(x25519(t).Recipient()), "broken": quantum[:40]} {
		bad := filepath.Join(dir, name)
		if err := os.WriteFile(bad, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadIdentities(bad)
		if !errors.Is(err, ErrNoKey) || !strings.Contains(err.Error(), bad) || content != "" && strings.Contains(err.Error(), content) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadIdentities(dir); !errors.Is(err, ErrNoKey) {
		t.Error(err)
	}
}

func TestKeyFilesThatOthersCanReadAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if _, err := MakeIdentity(path); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []fs.FileMode{0o604, 0o602, 0o620, 0o644, 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadIdentities(path); !errors.Is(err, ErrExposed) || !strings.Contains(err.Error(), "chmod 600 "+path) {
			t.Errorf("%o: %v", mode, err)
		}
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadIdentities(path); err != nil {
		t.Error(err)
	}
	if !Exposed(ownerless{0o440}) || Exposed(ownerless{0o400}) {
		t.Error("a group's right to read")
	}
}

// ownerless is a file of which only the mode is known.
type ownerless struct{ mode fs.FileMode }

func (o ownerless) Name() string           { return "key" }
func (o ownerless) Size() int64            { return 1 }
func (o ownerless) Mode() fs.FileMode      { return o.mode }
func (o ownerless) ModTime() (t time.Time) { return t }
func (o ownerless) IsDir() bool            { return false }
func (o ownerless) Sys() any               { return nil }
