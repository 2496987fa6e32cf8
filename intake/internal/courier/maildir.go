package courier

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Maildir is a Carrier that files every mail in one Maildir, whoever its
// recipient is (cr.yp.to/proto/maildir.html). A mail appears in new/ whole or
// not at all, and stays there over a loss of power.
//
// The envelope is kept in Return-Path and Delivered-To lines at the top.
type Maildir struct {
	Dir  string
	Host string // part of the file names
}

// Carry files the mail. The name is made of its id, so that a mail which is
// carried again, after a crash between filing and recording, takes the same
// place.
func (m Maildir) Carry(_ context.Context, p Parcel) error {
	if err := m.file(p); err != nil {
		return fmt.Errorf("courier: %w", err)
	}
	return nil
}

func (m Maildir) file(p Parcel) error {
	for _, d := range []string{"tmp", "cur", "new"} {
		if err := makeDir(filepath.Join(m.Dir, d)); err != nil {
			return err
		}
	}
	name := fmt.Sprintf("%d.%s.%s", p.Created.Unix(), p.ID, strings.Map(plain, m.Host))
	tmp, final := filepath.Join(m.Dir, "tmp", name), filepath.Join(m.Dir, "new", name)
	// A reader may have moved it on to cur since then; that reader has it.
	seen, err := os.ReadDir(filepath.Join(m.Dir, "cur"))
	if err != nil {
		return err
	}
	for _, e := range seen {
		if bare, _, _ := strings.Cut(e.Name(), ":"); bare == name {
			return nil
		}
	}
	os.Remove(tmp) // left by a crash: only the borrower of this mail writes it
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(tmp)
	head := fmt.Sprintf("Return-Path: <%s>\nDelivered-To: %s\n", p.From, p.To)
	_, err = f.WriteString(head + strings.ReplaceAll(string(p.Body), "\r\n", "\n"))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp, final); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Join(m.Dir, "new"))
}

// makeDir makes a folder and those above it, each of which survives a loss of
// power.
func makeDir(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	above := filepath.Dir(dir)
	if above != dir {
		if err := makeDir(above); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(above)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// plain keeps what a file name of a Maildir may hold without an escape.
func plain(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
		return r
	}
	return '-'
}
