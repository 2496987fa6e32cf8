package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // mails of ours are UTF-8, but what they hold may say otherwise

	"waijiao/intake/internal/courier"
	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/export"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/seal"
	"waijiao/internal/locale"
)

type openCommand struct {
	storeFlags
	Reference string `arg:"" placeholder:"REF"`
	Out       string `required:"" placeholder:"DIR"`
	Key       string `placeholder:"FILE"`
	JSON      bool   `name:"json"`
}

// Run writes one submission into a folder: the answers, the mails as they went
// out, and the files that were attached.
func (c openCommand) Run(w *world) (err error) {
	office, err := identities(c.Key)
	if err != nil {
		return err
	}
	p, err := c.openWith(w, office)
	if err != nil {
		return err
	}
	defer p.close()
	ref := desk.Normal(c.Reference)
	r, k, err := p.unseal(w, ref, office)
	if err != nil {
		return err
	}
	messages, err := p.box.Messages(w.ctx, ref)
	if err != nil {
		return err
	}
	dir := filepath.Join(c.Out, ref)
	if err := os.MkdirAll(c.Out, 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		if os.IsExist(err) {
			return coded("exists", trouble("%s 已经存在：请删去它，或换一个 --out", "%s exists already: remove it, or choose another --out", dir))
		}
		return err
	}
	defer func() {
		if err != nil { // half of it would be taken for all of it
			os.RemoveAll(dir)
		}
	}()
	folder, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	written := []string{}
	put := func(name string, data []byte) error {
		f, err := folder.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		if err = errors.Join(err, f.Close()); err == nil {
			written = append(written, filepath.Join(dir, name))
		}
		return err
	}
	var answers bytes.Buffer
	fmt.Fprintf(&answers, "%s\n%s\n", ref, r.Title.In(locale.ZH))
	writeAnswers(&answers, r)
	if err := put("answers.txt", answers.Bytes()); err != nil {
		return err
	}
	var record bytes.Buffer
	if err := (&world{out: &record}).json(r); err != nil {
		return err
	}
	if err := put("record.json", record.Bytes()); err != nil {
		return err
	}
	taken, encrypted := false, false
	for _, m := range messages {
		b, err := k.Open("mail "+ref, m.Parcel)
		if err != nil {
			return notThere(ref, err)
		}
		parcel, err := courier.Unpack(b)
		if err != nil {
			return err
		}
		if err := put(fmt.Sprintf("mail-%d-%s.eml", m.ID, m.Kind), parcel.Body); err != nil {
			return err
		}
		if m.Kind != outbox.ToOffice || taken {
			continue
		}
		taken = true
		if encrypted, err = attachments(parcel.Body, put); err != nil {
			return err
		}
	}
	if c.JSON {
		return w.json(map[string]any{"files": written, "encrypted": encrypted})
	}
	for _, name := range written {
		fmt.Fprintln(w.out, name)
	}
	if encrypted && len(r.Files) > 0 {
		w.say("附件在用 PGP 加密的邮件里，请用办公室的 PGP 私钥打开那封邮件。", "The files are in the mail that is encrypted by PGP: open that mail with the office's PGP secret key.")
	}
	w.say("里面有个人信息，用完请删除。", "This holds personal data: delete it when it has served its purpose.")
	return nil
}

// attachments takes the files out of a mail to the office. One that is
// encrypted to the officer is left as it is.
func attachments(body []byte, put func(string, []byte) error) (encrypted bool, err error) {
	e, err := message.Read(bytes.NewReader(body))
	if err != nil {
		return false, fmt.Errorf("the mail cannot be read: %w", err)
	}
	if kind, _, _ := e.Header.ContentType(); kind == "multipart/encrypted" {
		return true, nil
	}
	n := 0
	return false, e.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil {
			return err
		}
		disposition, params, _ := part.Header.ContentDisposition()
		if disposition != "attachment" {
			return nil
		}
		data, err := io.ReadAll(part.Body)
		if err != nil {
			return err
		}
		n++
		return put(localName(n, params["filename"]), data)
	})
}

// localName is under what name the n-th file is written. It begins with
// letters of ours, so that no name means a device, a hidden file or an option,
// and keeps of the sender's what any disk takes and no terminal obeys.
func localName(n int, name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`/\:*?"<>|`, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return '_'
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r): // with what turns the direction of writing
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, ". ")
	// The ending tells what opens it, so the beginning goes.
	for runes := []rune(name); len(name) > 200; name = string(runes) {
		runes = runes[1:]
	}
	if name == "" {
		name = "unnamed"
	}
	return fmt.Sprintf("file-%02d-%s", n, name)
}

type exportCommand struct {
	storeFlags
	Form   string   `placeholder:"FORM"`
	Status []string `enum:"held,received,handling,answered,closed" placeholder:"STATUS"`
	Out    string   `required:"" placeholder:"FILE"`
	Key    string   `placeholder:"FILE"`
	JSON   bool     `name:"json"`
}

// Run writes the answers of many submissions into one table.
func (c exportCommand) Run(w *world) (err error) {
	ending := strings.ToLower(filepath.Ext(c.Out))
	if ending != ".csv" && ending != ".xlsx" {
		return usage("--out：文件名要以 .csv 或 .xlsx 结尾", "--out: the file's name must end in .csv or .xlsx")
	}
	office, err := identities(c.Key)
	if err != nil {
		return err
	}
	p, err := c.openWith(w, office)
	if err != nil {
		return err
	}
	defer p.close()
	entries, err := p.box.List(w.ctx, outbox.Filter{Form: c.Form, Statuses: statuses(c.Status)})
	if err != nil {
		return err
	}
	out, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if os.IsExist(err) {
		return coded("exists", trouble("%s 已经存在：请删去它，或换一个文件名", "%s exists already: remove it, or choose another name", c.Out))
	}
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, out.Close()); err != nil {
			os.Remove(c.Out)
		}
	}()
	table := export.Table{Lang: w.lang}
	said := exported{File: c.Out, Sealed: []string{}, Damaged: []string{}}
	bar := w.bar(len(entries))
	defer bar.Exit()
	for _, e := range entries {
		bar.Add(1)
		sub, err := p.box.ByReference(w.ctx, e.Reference)
		if errors.Is(err, outbox.ErrNotFound) {
			continue // erased since
		}
		if err != nil {
			return err
		}
		r, _, err := p.openSubmission(sub, office)
		switch {
		case errors.Is(err, desk.ErrSealed), errors.Is(err, seal.ErrWrongKey):
			said.Sealed = append(said.Sealed, e.Reference)
		case err != nil: // one that is damaged does not keep the others from being seen
			said.Damaged = append(said.Damaged, e.Reference)
		default:
			table.Add(export.Entry{Status: e.Status, Record: r})
			said.Rows++
		}
	}
	bar.Finish()
	write := table.CSV
	if ending == ".xlsx" {
		write = table.XLSX
	}
	if err := write(out); err != nil {
		return err
	}
	if c.JSON {
		return w.json(said)
	}
	w.say("已把%s件写入 %s。里面有个人信息，用完请删除。", "%s submissions are written to %s. It holds personal data: delete it when it has served its purpose.", locale.Number(said.Rows), c.Out)
	if len(said.Sealed) > 0 {
		w.say("还有%s件打不开，没有写入；请用 --key 给出办公室的私钥文件：%s", "%s more could not be opened and are left out; give the file of the office's secret key with --key: %s", locale.Number(len(said.Sealed)), strings.Join(said.Sealed, " "))
	}
	if len(said.Damaged) > 0 {
		w.say("还有%s件已损坏，没有写入，请从备份恢复：%s", "%s more are damaged and left out; restore them from a backup: %s", locale.Number(len(said.Damaged)), strings.Join(said.Damaged, " "))
	}
	return nil
}

// exported is what export says in JSON.
type exported struct {
	File    string   `json:"file"`
	Rows    int      `json:"rows"`
	Sealed  []string `json:"sealed"`
	Damaged []string `json:"damaged"`
}
