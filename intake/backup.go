package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

// A backup begins with this line and one with the server's secret in hex; the
// dump of the store follows. With an office key all of it is an age file.
const backupMagic = "waijiao-backup/1"

type backupCommand struct {
	storeFlags
	File string `arg:"" placeholder:"FILE"`
	JSON bool   `name:"json"`
}

// Run writes the store, as it is at one moment, and the server's secret into
// one file. The server goes on meanwhile. The delivery key is not in it: it
// lives apart from the data.
func (c backupCommand) Run(w *world) (err error) {
	office, err := c.office()
	if err != nil {
		return err
	}
	p, err := c.openBox(w)
	if err != nil {
		return err
	}
	defer p.close()
	secret, err := c.loadSecret(w.random, false)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(c.File); err == nil {
		return coded("exists", trouble("%s 已经存在：请换一个文件名", "%s exists already: choose another name", c.File))
	}
	part := c.File + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if os.IsExist(err) {
		return coded("exists", trouble("%s 已经存在：另一个备份正在写，或者上次中断留下了它；确认没有在写之后请删去", "%s exists already: another backup is writing it, or was cut off. Remove it once you are sure that none is", part))
	}
	if err != nil {
		return err
	}
	defer func() {
		f.Close()
		if err != nil {
			os.Remove(part)
		}
	}()
	bar := w.bar(-1)
	defer bar.Exit()
	out := bufio.NewWriterSize(io.MultiWriter(f, bar), 1<<20)
	var to io.Writer = out
	shut := func() error { return nil }
	if office != nil {
		sealed, err := age.Encrypt(out, office)
		if err != nil {
			return err
		}
		to, shut = sealed, sealed.Close
	}
	if _, err := fmt.Fprintf(to, "%s\n%s\n", backupMagic, hex.EncodeToString(secret)); err != nil {
		return err
	}
	if err := p.box.Dump(w.ctx, to); err != nil {
		return err
	}
	if err := errors.Join(shut(), out.Flush(), f.Sync()); err != nil {
		return err
	}
	bar.Finish()
	if err := os.Rename(part, c.File); err != nil {
		return err
	}
	if err := syncFolder(filepath.Dir(c.File)); err != nil {
		return err
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	if c.JSON {
		return w.json(map[string]any{"file": c.File, "bytes": info.Size(), "sealed": office != nil})
	}
	w.say("已备份到 %s（%s）。投递密钥不在里面，请另外保管。", "backed up to %s (%s). The delivery key is not in it: keep that apart.", c.File, locale.Size(info.Size()))
	if office == nil {
		w.say("没有 --seal-to，备份没有加密外层：内容仍由投递密钥封存，但里面的服务器密钥是明文。请妥善保管。", "Without --seal-to the backup has no outer seal: contents are still sealed to the delivery key, but the server's secret in it is readable. Keep it safe.")
	}
	return nil
}

type restoreCommand struct {
	storeFlags
	File string `arg:"" placeholder:"FILE"`
	Key  string `placeholder:"FILE"`
	JSON bool   `name:"json"`
}

// Run reads a backup into an empty store, of either kind.
func (c restoreCommand) Run(w *world) error {
	office, err := identities(c.Key)
	if err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	bar := w.bar(int(info.Size()))
	defer bar.Exit()
	r := bufio.NewReaderSize(io.TeeReader(f, bar), 1<<20)
	if head, _ := r.Peek(len("age-encryption.org/")); bytes.Equal(head, []byte("age-encryption.org/")) {
		if len(office) == 0 {
			return coded("sealed", trouble("%s 是封存的备份，请用 --key 给出办公室的私钥文件", "%s is sealed: give the file of the office's secret key with --key", c.File))
		}
		opened, err := age.Decrypt(r, office...)
		if err != nil {
			return coded("wrong-key", trouble("%s：这把密钥打不开这份备份", "%s: this key does not open the backup", c.File))
		}
		r = bufio.NewReaderSize(opened, 1<<20)
	}
	broken := func() error {
		return coded("damaged", trouble("%s 不是 intake 的完整备份，或已损坏；什么也没有写入", "%s is no whole backup of intake, or is damaged; nothing was written", c.File))
	}
	first, err := r.ReadString('\n')
	if err != nil || strings.TrimSpace(first) != backupMagic {
		return broken()
	}
	second, err := r.ReadString('\n')
	secret, hexErr := hex.DecodeString(strings.TrimSpace(second))
	if err != nil || hexErr != nil || len(secret) != 32 {
		return broken()
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	held, err := holdData(c.Data)
	if err != nil {
		return err
	}
	defer held.Close()
	path := c.secretPath()
	before, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !bytes.Equal(before, secret):
		return coded("not-empty", trouble("%s 里已有另一个服务器密钥：请恢复到新的数据文件夹", "%s holds another server's secret: restore into a new data folder", path))
	}
	box, err := c.openStore(w.ctx)
	if err != nil {
		return err
	}
	defer box.Close()
	// The secret goes first: without it, a server that starts now would draw
	// another one, and every link in mails that were sent would be dead.
	if before == nil {
		if err := storeSecret(path, secret); err != nil {
			return err
		}
	}
	if err := box.Load(w.ctx, r); err != nil {
		if before == nil {
			os.Remove(path)
		}
		switch {
		case errors.Is(err, outbox.ErrNotEmpty):
			return coded("not-empty", trouble("存储里已有内容：请恢复到新的数据文件夹或空的数据库", "the store has something in it: restore into a new data folder or an empty database"))
		case errors.Is(err, outbox.ErrDump):
			return broken()
		case w.ctx.Err() != nil:
			return w.ctx.Err()
		}
		why := reason(err)
		return trouble("%[1]s 没有恢复，什么也没有写入：%[2]s", "%[1]s is not restored, and nothing was written: %[3]s", c.File, why.ZH, why.EN)
	}
	bar.Finish()
	counts, err := box.Count(w.ctx, w.now())
	if err != nil {
		return err
	}
	total := 0
	for _, n := range counts.Submissions {
		total += n
	}
	if c.JSON {
		return w.json(map[string]any{"file": c.File, "submissions": total})
	}
	w.say("已恢复%s件。备份之后发出的邮件可能会再发一次。请把投递密钥放回原处，然后运行 intake doctor。", "%s submissions are restored. Mails that went out after the backup may go out once more. Put the delivery key back in its place, then run intake doctor.", locale.Number(total))
	return nil
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
