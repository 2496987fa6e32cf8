package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/emersion/go-message"
	"github.com/rogpeppe/go-internal/testscript"

	"waijiao/intake/internal/courier"
	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/mail"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/sqlite"
	"waijiao/intake/internal/seal"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// hostile is a file's name that wants to get out of its folder and to be read
// by a shell.
const hostile = `..\..\evil|sh <x>.exe`

// cabinet is a data folder in which there is one submission of each kind, made
// without a server. refs are their reference numbers by the names under which
// scripts know them:
//
//	NEW     received; its mails wait
//	DONE    received; its mails were sent
//	ANON    received, from somebody who left no address
//	HELD    set aside
//	DEAD    its receipt was refused for good
//	SEALED  its mail to the office was, and only the office's key opens it
//	OLD     accepted 400 days ago
type cabinet struct {
	t    *testing.T
	box  outbox.Store
	desk desk.Desk
	refs map[string]string
}

func fill(t *testing.T, dir string) map[string]string {
	t.Helper()
	published := publish(t, filepath.Join(dir, "site"), definition)
	anonymous := publish(t, t.TempDir(), "anonymous: true\n"+strings.Replace(definition, "role: email}", "role: email, optional: true}", 1))
	data := filepath.Join(dir, "var")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	secret := []byte(strings.Repeat("s", 32))
	if err := storeSecret(filepath.Join(data, "secret"), secret); err != nil {
		t.Fatal(err)
	}
	delivery := identity(t, filepath.Join(data, "delivery.key"))
	office := identity(t, filepath.Join(dir, "office.key"))
	identity(t, filepath.Join(dir, "other.key"))
	to, err := seal.RecipientOf(office)
	if err != nil {
		t.Fatal(err)
	}
	box, err := sqlite.Open(filepath.Join(data, "outbox.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	now := time.Now
	c := &cabinet{t: t, box: box, refs: map[string]string{"OFFICE": to.(*age.X25519Recipient).String()}, desk: desk.Desk{Box: box, Keys: desk.Keys{Office: to, Delivery: []age.Identity{delivery}},
		Mail:   mail.Writer{From: mail.Address{Mailbox: "forms@example.org"}, Boundary: func() string { return randomName(rand.Reader) }},
		Bounce: "forms@example.org", Offices: map[string][]string{"*": {"officer@example.org"}}, Secret: secret, Random: rand.Reader, Now: func() time.Time { return now() }}}

	now = func() time.Time { return time.Now().AddDate(0, 0, -400) }
	c.accept("OLD", published, "")
	now = time.Now
	for _, name := range []string{"DONE", "DEAD", "SEALED"} {
		c.accept(name, published, "")
	}
	c.accept("ANON", anonymous, "")
	c.deliver()
	c.accept("HELD", published, "too-fast")
	c.accept("NEW", published, "")
	return c.refs
}

func identity(t *testing.T, path string) age.Identity {
	t.Helper()
	id, err := seal.MakeIdentity(path)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (c *cabinet) accept(name string, f *form.Form, held string) {
	c.t.Helper()
	values := map[string][]string{"school": {"=示例学校"}, "contact": {"示例教师 001"}, "consent": {"yes"}}
	if name != "ANON" {
		values["email"] = []string{"sample@example.org"}
	}
	sub, _, err := c.desk.Accept(c.t.Context(), desk.Sending{Form: f, Lang: locale.EN, Held: held, Read: func(string) ([]byte, error) { return []byte(pdf), nil },
		Answers: form.Answers{Values: values, Files: map[string][]form.File{"letter": {{Name: hostile, Type: "application/pdf", Size: int64(len(pdf)), ID: "1"}}}}})
	if err != nil {
		c.t.Fatal(err)
	}
	c.refs[name] = sub.Reference
}

// deliver moves all mails on, but for those that are to die.
func (c *cabinet) deliver() {
	c.t.Helper()
	mails, err := c.box.Next(c.t.Context(), time.Now(), time.Now().Add(time.Hour), 100)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, m := range mails {
		switch {
		case m.Reference == c.refs["DEAD"] && m.Kind == outbox.Receipt, m.Reference == c.refs["SEALED"] && m.Kind == outbox.ToOffice:
			err = c.box.Dead(c.t.Context(), m, "550 5.1.1 no such \x1b[31mmailbox", nil)
		default:
			err = c.box.Done(c.t.Context(), m)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
}

// Every script begins beside a cabinet: its data in var, the published site in
// site, the office's key in office.key and another one in other.key. Reference
// numbers are in variables. Beyond the usual commands it may say
//
//	status N CMD…    the command exits with N
//	queued FILE      the mails that are due, as they would go out, are in the file
func TestOperatorScripts(t *testing.T) {
	dir := t.TempDir()
	refs := fill(t, dir)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/operate", RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"LC_ALL", "LC_MESSAGES", "SMTP_URL", "MAIL_FROM"} {
				env.Setenv(name, "")
			}
			env.Setenv("LANG", "en_GB.UTF-8")
			env.Setenv("INTAKE_DATA", "var")
			for name, ref := range refs {
				env.Setenv(name, ref)
			}
			return copyAll(env.WorkDir, dir)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"status": exits, "queued": queued},
	})
}

// copyAll copies a folder with the modes of its files.
func copyAll(to, from string) error {
	return filepath.Walk(from, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if info.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), info.Mode().Perm())
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), b, info.Mode().Perm())
	})
}

// exits runs a command that has to end with a status.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// queued writes the mails that are due, opened with the delivery key, into a
// file, as the courier would send them.
func queued(ts *testscript.TestScript, _ bool, args []string) {
	data := ts.MkAbs("var")
	box, err := sqlite.Open(filepath.Join(data, "outbox.db"))
	ts.Check(err)
	defer box.Close()
	ids, err := seal.ReadIdentities(filepath.Join(data, "delivery.key"))
	ts.Check(err)
	d := desk.Desk{Box: box, Keys: desk.Keys{Delivery: ids}}
	mails, err := box.Next(context.Background(), time.Now(), time.Now().Add(-time.Hour), 100)
	ts.Check(err)
	var out strings.Builder
	for _, m := range mails {
		var p courier.Parcel
		p, err = d.Open(m)
		ts.Check(err)
		out.WriteString("MAIL " + m.Reference + " " + string(m.Kind) + " " + p.From + " " + p.To + "\n")
		e, err := message.Read(strings.NewReader(string(p.Body)))
		ts.Check(err)
		ts.Check(e.Walk(func(_ []int, part *message.Entity, err error) error {
			if kind, _, _ := part.Header.ContentType(); err != nil || kind != "text/plain" {
				return err
			}
			_, err = io.Copy(&out, part.Body)
			return err
		}))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(out.String()), 0o600))
}

func TestAFilesNameDoesNoHarm(t *testing.T) {
	for name, want := range map[string]string{
		"公函 最终.pdf": "file-01-公函 最终.pdf", "../../etc/passwd": "file-01-_.._etc_passwd", `..\x`: "file-01-_x", "": "file-01-unnamed", "...": "file-01-unnamed",
		"NUL": "file-01-NUL", ".bashrc": "file-01-bashrc", "a\u202efdp.exe": "file-01-afdp.exe", "a\x1b[2J\r\n\x00b": "file-01-a[2Jb", "a\u2028b": "file-01-a_b", "a:b": "file-01-a_b",
		"\xff.pdf": "file-01-\uFFFD.pdf", strings.Repeat("长", 100) + ".pdf": "file-01-" + strings.Repeat("长", 65) + ".pdf",
	} {
		if got := localName(1, name); got != want {
			t.Errorf("localName(%q) = %q, want %q", name, got, want)
		}
	}
}
