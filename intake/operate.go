package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"
	"golang.org/x/term"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/export"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/seal"
	"waijiao/internal/locale"
)

// notThere puts the errors of looking up a submission into words.
func notThere(reference string, err error) error {
	switch {
	case errors.Is(err, outbox.ErrNotFound) && desk.Slip(reference):
		return trouble("%s：校验字符不对，可能看错或听错了一个字符", "%s: the check character does not fit; one character was misread or misheard", reference)
	case errors.Is(err, outbox.ErrNotFound):
		return trouble("%s：没有这件，或者已经删除", "%s: there is none with this number, or it has been erased", reference)
	case errors.Is(err, outbox.ErrNotOpen):
		return trouble("%s：已经办结，或者还没有放行，不能改动", "%s: it is closed, or held and not released, and cannot be changed", reference)
	case errors.Is(err, outbox.ErrNotHeld):
		return trouble("%s：没有被拦下，不需要放行", "%s: it is not held, so there is nothing to release", reference)
	case errors.Is(err, outbox.ErrSealed), errors.Is(err, desk.ErrSealed):
		return trouble("%s：投递密钥已经打不开它，请用 --key 给出办公室的私钥文件", "%s: the delivery key no longer opens it; give the file of the office's secret key with --key", reference)
	case errors.Is(err, desk.ErrNoAddress):
		return trouble("%s：没有提交人的邮箱，附言寄不出去", "%s: the submitter's address is not known, so a note cannot be mailed", reference)
	case errors.Is(err, seal.ErrWrongKey):
		return trouble("%s：这把密钥打不开它", "%s: this key does not open it", reference)
	case errors.Is(err, seal.ErrDamaged):
		return trouble("%s：存储的内容已损坏，请从备份恢复", "%s: what is stored is damaged; restore it from a backup", reference)
	}
	return err
}

// identities reads the office's secret key for the commands that need it.
func identities(path string) ([]age.Identity, error) {
	if path == "" {
		return nil, nil
	}
	ids, err := seal.ReadIdentities(path)
	switch {
	case errors.Is(err, seal.ErrExposed):
		return nil, trouble("%s 可以被其他用户读取，请先运行 chmod 600 %[1]s", "other users can read %s; run chmod 600 %[1]s first", path)
	case errors.Is(err, seal.ErrNoKey):
		return nil, trouble("%s 里没有 age 私钥（AGE-SECRET-KEY-…）", "%s holds no secret key of age (AGE-SECRET-KEY-…)", path)
	}
	return ids, err
}

// unseal opens a submission, with the office's key if a file is given, else
// with the delivery key.
func (p *place) unseal(w *world, reference, keyFile string) (desk.Record, *seal.Key, error) {
	office, err := identities(keyFile)
	if err != nil {
		return desk.Record{}, nil, err
	}
	sub, err := p.box.ByReference(w.ctx, reference)
	if err != nil {
		return desk.Record{}, nil, notThere(reference, err)
	}
	r, k, err := p.openSubmission(sub, office)
	return r, k, notThere(reference, err)
}

func (p *place) openSubmission(sub outbox.Submission, office []age.Identity) (desk.Record, *seal.Key, error) {
	wrap, ids := sub.DeliveryWrap, p.keys.Delivery
	if len(office) > 0 {
		wrap, ids = sub.OfficeWrap, office
		if len(wrap) == 0 { // accepted before there was an office key
			wrap, ids = sub.DeliveryWrap, p.keys.Delivery
		}
	}
	if len(wrap) == 0 {
		return desk.Record{}, nil, desk.ErrSealed
	}
	k, err := seal.Unwrap(wrap, ids...)
	if err != nil {
		return desk.Record{}, nil, err
	}
	r, err := desk.OpenRecord(sub, k)
	return r, k, err
}

type retryCommand struct {
	storeFlags
	Reference string `arg:"" optional:"" placeholder:"REF"`
	All       bool
	Key       string `placeholder:"FILE"`
	JSON      bool   `name:"json"`
}

// Run sends dead mails again.
func (c retryCommand) Run(w *world) error {
	if (c.Reference == "") == !c.All {
		return usage("请写一个回执编号，或者写 --all", "give one reference number, or --all")
	}
	office, err := identities(c.Key)
	if err != nil {
		return err
	}
	p, err := c.open(w, false)
	if err != nil {
		return err
	}
	defer p.close()
	d := desk.Desk{Box: p.box, Keys: p.keys, Secret: p.secret, Now: w.now, Random: w.random}
	refs := []string{desk.Normal(c.Reference)}
	if c.All {
		dead, err := p.box.List(w.ctx, outbox.Filter{Dead: true})
		if err != nil {
			return err
		}
		refs = []string{""}
		for _, e := range dead {
			refs = append(refs, e.Reference)
		}
	} else if _, err := p.box.Look(w.ctx, refs[0]); err != nil {
		return notThere(refs[0], err)
	}
	type result struct {
		Reference string `json:"reference"`
		Mails     int    `json:"mails"`
	}
	done, total := []result{}, 0
	for _, ref := range refs {
		n, err := d.Retry(w.ctx, ref, office...)
		if err != nil && !(ref == "" && errors.Is(err, outbox.ErrNotFound)) {
			return notThere(ref, err)
		}
		if n > 0 {
			done, total = append(done, result{ref, n}), total+n
		}
	}
	if c.JSON {
		return w.json(done)
	}
	w.say("%s封邮件将重新发送。", "%s mails will be sent again.", locale.Number(total))
	return nil
}

type markCommand struct {
	storeFlags
	letterFlags
	Reference string `arg:"" placeholder:"REF"`
	Status    string `arg:"" enum:"handling,answered,closed" placeholder:"STATUS"`
	Note      string `placeholder:"TEXT"`
	JSON      bool   `name:"json"`
}

// Run marks a submission, as the officer's page does.
func (c markCommand) Run(w *world) error {
	p, err := c.open(w, false)
	if err != nil {
		return err
	}
	defer p.close()
	letters, err := c.read(w, "")
	if err != nil {
		return err
	}
	d := letters.desk(w, p)
	note := c.Note
	if note == "-" {
		b, err := io.ReadAll(io.LimitReader(w.in, 64<<10))
		if err != nil {
			return err
		}
		note = string(b)
	}
	ref := desk.Normal(c.Reference)
	sub, err := d.Mark(w.ctx, ref, outbox.Status(c.Status), note)
	if err != nil {
		return notThere(ref, err)
	}
	return w.changed(p, sub.Reference, c.JSON)
}

type releaseCommand struct {
	storeFlags
	Reference string `arg:"" placeholder:"REF"`
	JSON      bool   `name:"json"`
}

// Run lets the mails of a held submission go out.
func (c releaseCommand) Run(w *world) error {
	p, err := c.open(w, false)
	if err != nil {
		return err
	}
	defer p.close()
	ref := desk.Normal(c.Reference)
	if _, err := p.box.Release(w.ctx, ref, w.now()); err != nil {
		return notThere(ref, err)
	}
	return w.changed(p, ref, c.JSON)
}

// changed says how a submission stands now.
func (w *world) changed(p *place, reference string, asJSON bool) error {
	e, err := p.box.Look(w.ctx, reference)
	if err != nil {
		return notThere(reference, err)
	}
	if asJSON {
		return w.json(listing(e))
	}
	w.say("%s：现在的状态是“%s”。", "%s is now %s.", reference, export.Status(e.Status).In(w.lang))
	return nil
}

type eraseCommand struct {
	storeFlags
	Reference string `arg:"" placeholder:"REF"`
	Yes       bool
	JSON      bool `name:"json"`
}

// Run erases one submission for good: a person's right.
func (c eraseCommand) Run(w *world) error {
	p, err := c.open(w, false)
	if err != nil {
		return err
	}
	defer p.close()
	ref := desk.Normal(c.Reference)
	if _, err := p.box.Look(w.ctx, ref); err != nil {
		return notThere(ref, err)
	}
	if err := w.confirm(c.Yes, ref, locale.Tf("将永久删除 %s 和它的邮件，不能恢复；已寄出的邮件和备份里的副本要另行删除。", "%s and its mails will be erased for good. Mails already sent, and copies in backups, have to be deleted there.", ref)); err != nil {
		return err
	}
	if err := p.box.Erase(w.ctx, ref); err != nil {
		return notThere(ref, err)
	}
	w.log.Info("erased by the operator", "reference", ref)
	if c.JSON {
		return w.json(map[string][]string{"erased": {ref}})
	}
	w.say("%s 已删除。", "%s is erased.", ref)
	return nil
}

// confirm asks somebody at a terminal to type a word, and demands --yes of
// everybody else.
func (w *world) confirm(yes bool, word string, what locale.Text) error {
	if yes {
		return nil
	}
	f, isFile := w.in.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return usage("这个命令会永久删除数据，请加上 --yes", "this command erases data for good: add --yes")
	}
	fmt.Fprintf(w.errOut, "%s\n%s ", what.In(w.lang), locale.Tf("确定的话，请输入 %s：", "To go on, type %s: ", word).In(w.lang))
	line, err := bufio.NewReader(w.in).ReadString('\n')
	if err != nil || strings.TrimSpace(line) != word && desk.Normal(line) != word {
		return trouble("没有删除任何内容", "nothing was erased")
	}
	return nil
}

type purgeCommand struct {
	storeFlags
	OlderThan string `required:"" name:"older-than" placeholder:"DAYS"`
	DryRun    bool   `name:"dry-run"`
	Yes       bool
	JSON      bool `name:"json"`
}

// Run erases what was accepted long ago, whatever its state.
func (c purgeCommand) Run(w *world) error {
	days, err := strconv.Atoi(strings.TrimSuffix(c.OlderThan, "d"))
	if err != nil || days < 1 || days > 36500 {
		return usage("--older-than：请写天数，如 365d", "--older-than: write a number of days, such as 365d")
	}
	p, err := c.open(w, false)
	if err != nil {
		return err
	}
	defer p.close()
	old, err := p.box.List(w.ctx, outbox.Filter{Before: w.now().AddDate(0, 0, -days)})
	if err != nil {
		return err
	}
	gone := []string{}
	for _, e := range old {
		gone = append(gone, e.Reference)
	}
	if !c.DryRun && len(old) > 0 {
		if err := w.confirm(c.Yes, strconv.Itoa(len(old)), locale.Tf("将永久删除 %s 以前收到的 %d 件。", "%[2]d submissions accepted before %[1]s will be erased for good.", w.now().AddDate(0, 0, -days).In(locale.Beijing()).Format(time.DateOnly), len(old))); err != nil {
			return err
		}
		bar := w.bar(len(old))
		for _, e := range old {
			if err := p.box.Erase(w.ctx, e.Reference); err != nil && !errors.Is(err, outbox.ErrNotFound) {
				return err
			}
			w.log.Info("erased by the operator", "reference", e.Reference)
			bar.Add(1)
		}
		bar.Finish()
	}
	if c.JSON {
		return w.json(map[string][]string{map[bool]string{true: "would_erase", false: "erased"}[c.DryRun]: gone})
	}
	if c.DryRun {
		w.say("会删除%s件；没有删除任何内容。", "%s would be erased; nothing was.", locale.Number(len(old)))
		return nil
	}
	w.say("已删除%s件。", "%s erased.", locale.Number(len(old)))
	return nil
}
