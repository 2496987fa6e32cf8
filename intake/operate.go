package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"filippo.io/age"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/seal"
	"waijiao/internal/locale"
)

// notThere puts the errors of looking up a submission into words.
func notThere(reference string, err error) error {
	switch {
	case errors.Is(err, outbox.ErrNotFound) && desk.Slip(reference):
		return coded("misread", trouble("%s：校验字符不对，可能看错或听错了一个字符", "%s: the check character does not fit; one character was misread or misheard", reference))
	case errors.Is(err, outbox.ErrNotFound):
		return coded("not-found", trouble("%s：没有这件，或者已经删除", "%s: there is none with this number, or it has been erased", reference))
	case errors.Is(err, outbox.ErrNotOpen):
		return coded("not-open", trouble("%s：已经办结，或者被拦下还没有放行，不能改动", "%s: it is closed, or held and not released, and cannot be changed", reference))
	case errors.Is(err, outbox.ErrNotHeld):
		return coded("not-held", trouble("%s：没有被拦下，不需要放行", "%s: it is not held, so there is nothing to release", reference))
	case errors.Is(err, outbox.ErrSealed), errors.Is(err, desk.ErrSealed):
		return coded("sealed", trouble("%s：投递密钥已经打不开它，请用 --key 给出办公室的私钥文件", "%s: the delivery key no longer opens it; give the file of the office's secret key with --key", reference))
	case errors.Is(err, desk.ErrNoAddress):
		return coded("no-address", trouble("%s：附言寄不出去：提交人没有留邮箱，或者这件被拦下，或者只有办公室的密钥能打开；状态没有改动", "%s: a note cannot be mailed, since the submitter left no e-mail address, or it is held, or only the office's key opens it; the status is as it was", reference))
	case errors.Is(err, seal.ErrWrongKey):
		return coded("wrong-key", trouble("%s：这把密钥打不开它", "%s: this key does not open it", reference))
	case errors.Is(err, seal.ErrDamaged), errors.Is(err, seal.ErrOtherPurpose):
		return coded("damaged", trouble("%s：存储的内容已损坏，请从备份恢复", "%s: what is stored is damaged; restore it from a backup", reference))
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

// unseal opens a submission, with the office's keys if there are any, else with
// the delivery key.
func (p *place) unseal(w *world, reference string, office []age.Identity) (desk.Record, *seal.Key, error) {
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
	if len(wrap) == 0 || len(ids) == 0 {
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
		refs = []string{""} // the bulletins
		for _, e := range dead {
			refs = append(refs, e.Reference)
		}
	} else if _, err := p.box.Look(w.ctx, refs[0]); err != nil {
		return notThere(refs[0], err)
	}
	said := retried{Retried: []retriedOne{}, Sealed: []string{}}
	total := 0
	for _, ref := range refs {
		n, err := d.Retry(w.ctx, ref, office...)
		switch {
		case ref == "" && errors.Is(err, outbox.ErrNotFound):
		case c.All && errors.Is(err, outbox.ErrNotFound): // erased since
		case c.All && (errors.Is(err, outbox.ErrSealed) || errors.Is(err, seal.ErrWrongKey)):
			said.Sealed = append(said.Sealed, ref)
		case err != nil:
			return notThere(ref, err)
		case n > 0:
			said.Retried, total = append(said.Retried, retriedOne{ref, n}), total+n
		}
	}
	if c.JSON {
		if err := w.json(said); err != nil {
			return err
		}
	} else {
		w.say("%s封邮件将重新发送。", "%s mails will be sent again.", locale.Number(total))
	}
	if len(said.Sealed) > 0 {
		fmt.Fprintln(w.errOut, locale.Tf("还有%s件打不开，没有重发；请用 --key 给出办公室的私钥文件：%s", "%s more could not be opened and are not sent again; give the file of the office's secret key with --key: %s",
			locale.Number(len(said.Sealed)), strings.Join(said.Sealed, " ")).In(w.lang))
		return errSaid
	}
	return nil
}

// retried is what retry says in JSON. The bulletins have no reference.
type retried struct {
	Retried []retriedOne `json:"retried"`
	Sealed  []string     `json:"sealed"`
}

type retriedOne struct {
	Reference string `json:"reference"`
	Mails     int    `json:"mails"`
}

type markCommand struct {
	storeFlags
	letterFlags
	Reference string `arg:"" placeholder:"REF"`
	Status    string `arg:"" enum:"handling,answered,closed" placeholder:"STATUS"`
	Note      string `placeholder:"TEXT"`
	JSON      bool   `name:"json"`
}

// noteLimit bounds a note, in characters, as the officer's page does.
const noteLimit = 2000

// Run marks a submission, as the officer's page does.
func (c markCommand) Run(w *world) error {
	note := c.Note
	if note == "-" {
		b, err := io.ReadAll(io.LimitReader(w.in, 1<<20))
		if err != nil {
			return err
		}
		note = string(b)
	}
	if note = strings.ReplaceAll(note, "\r\n", "\n"); !utf8.ValidString(note) || strings.ContainsFunc(note, unprintable) {
		return usage("--note：附言应是 UTF-8 文本，不含控制字符", "--note: the note must be UTF-8 text without control characters")
	}
	if len([]rune(note)) > noteLimit {
		return usage("--note：附言最多%s字", "--note: a note has %s characters at most", locale.Number(noteLimit))
	}
	p, err := c.open(w, false)
	if err != nil {
		return err
	}
	defer p.close()
	smtp, _ := relayFlags{}.way(w.getenv) // most relays' senders are who logs in
	letters, err := c.read(w, smtp)
	if err != nil {
		return err
	}
	d := letters.desk(w, p)
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
	p, err := c.openBox(w)
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
	w.say("%s：现在的状态是“%s”。", "%s is now %s.", reference, e.Status.Text().In(w.lang))
	return nil
}
