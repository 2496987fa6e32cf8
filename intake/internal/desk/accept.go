package desk

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"time"

	"waijiao/intake/internal/courier"
	"waijiao/intake/internal/mail"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/seal"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// Sending is what a person sent, checked and found good.
type Sending struct {
	Form    *form.Form
	Answers form.Answers
	Lang    locale.Lang
	// Key is the idempotency key, or empty; Digest tells two contents under
	// one key from each other.
	Key    string
	Digest []byte
	// Read returns the bytes of an uploaded file by its id.
	Read func(id string) ([]byte, error)
	// Held is the code of the reason why nothing is to be mailed until somebody
	// releases it; empty for none.
	Held string
}

// Unmailable is a fault of what was sent that only shows when its mails are
// written. The person is still there and can mend it.
type Unmailable struct {
	Why locale.Text
	err error
}

func (e *Unmailable) Error() string { return "desk: " + e.err.Error() }

// Unwrap returns what was found.
func (e *Unmailable) Unwrap() error { return e.err }

// StoredKey is how the outbox knows an idempotency key, which whoever sends a
// form may choose freely.
func (d *Desk) StoredKey(form, key string) string {
	if key == "" {
		return ""
	}
	return hex.EncodeToString(d.digest("idempotency", form, key)[:16])
}

// Before returns what was accepted under an idempotency key, or
// outbox.ErrNotFound.
func (d *Desk) Before(ctx context.Context, form, key string) (outbox.Submission, error) {
	return d.Box.ByKey(ctx, form, d.StoredKey(form, key))
}

// Accept composes the mails, seals everything and commits it. When it returns
// without an error the submission is on the disk. fresh is false where the key
// was accepted before; then nothing new is stored. An *Unmailable is the
// sender's matter, any other error ours.
func (d *Desk) Accept(ctx context.Context, s Sending) (stored outbox.Submission, fresh bool, err error) {
	for range 5 {
		sub, mails, err := d.compose(s)
		if err != nil {
			return outbox.Submission{}, false, err
		}
		// Whoever has sent everything shall not lose it by hanging up now.
		stored, fresh, err = d.Box.Accept(context.WithoutCancel(ctx), sub, mails)
		if !errors.Is(err, outbox.ErrReferenceTaken) {
			return stored, fresh, err
		}
	}
	return outbox.Submission{}, false, outbox.ErrReferenceTaken
}

func (d *Desk) compose(s Sending) (outbox.Submission, []outbox.Mail, error) {
	now := d.Now()
	sub := outbox.Submission{Form: s.Form.ID, Key: d.StoredKey(s.Form.ID, s.Key), Digest: s.Digest, Lang: s.Lang, Created: now,
		Status: outbox.Received, Changed: now, Why: s.Held, Expires: now.Add(days(s.Form.Keep.AtMost)), KeepAfter: days(s.Form.Keep.AfterClosing)}
	if s.Held != "" {
		sub.Status = outbox.Held
	}
	var err error
	if sub.Reference, err = reference(d.Random); err != nil {
		return sub, nil, fmt.Errorf("desk: %w", err)
	}
	r := record(s.Form, s.Answers, sub.Reference, s.Lang, now)
	if r.Email != "" {
		sub.Contact = d.contact(r.Email)
	}
	parcels, err := d.letters(s, r)
	if err != nil {
		return sub, nil, err
	}
	k, err := seal.NewKey()
	if err != nil {
		return sub, nil, fmt.Errorf("desk: %w", err)
	}
	if sub.Record, err = r.seal(k); err != nil {
		return sub, nil, err
	}
	if sub.DeliveryWrap, err = d.Keys.wrap(k); err != nil {
		return sub, nil, err
	}
	if d.Keys.Office != nil {
		if sub.OfficeWrap, err = k.Wrap(d.Keys.Office); err != nil {
			return sub, nil, fmt.Errorf("desk: %w", err)
		}
	}
	mails, err := sealed(k, sub.Reference, parcels)
	return sub, mails, err
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// parcel is a finished mail of a kind, before it is sealed.
type parcel struct {
	kind outbox.Kind
	courier.Parcel
}

// sealed makes of finished mails what the outbox keeps.
func sealed(k *seal.Key, reference string, parcels []parcel) ([]outbox.Mail, error) {
	var out []outbox.Mail
	for _, p := range parcels {
		b, err := k.Seal("mail "+reference, courier.Pack(p.Parcel))
		if err != nil {
			return nil, fmt.Errorf("desk: %w", err)
		}
		out = append(out, outbox.Mail{Kind: p.kind, Parcel: b})
	}
	return out, nil
}

// letters writes the mails to the offices and the receipt.
func (d *Desk) letters(s Sending, r Record) ([]parcel, error) {
	offices, err := d.offices(s.Form.ID)
	if err != nil {
		return nil, err
	}
	l := d.letter(r)
	l.Next, l.Keep = s.Form.Next, mail.Keep{AfterClosing: s.Form.Keep.AfterClosing, AtMost: s.Form.Keep.AtMost}
	l.Subject = subject(s.Form, s.Answers)
	for x := range s.Form.Fields() {
		for _, file := range s.Answers.Files[x.Name] {
			data, err := s.Read(file.ID)
			if err != nil {
				return nil, fmt.Errorf("desk: an upload cannot be read: %w", err)
			}
			l.Attachments = append(l.Attachments, mail.Attachment{Name: path.Base(file.Name), Type: file.Type, Data: data})
		}
	}
	limit := s.Form.Env.MailLimit
	if d.Carries != nil {
		// What the relay would refuse is refused while the person is still here.
		if carries := d.Carries(); carries > 0 && (limit <= 0 || carries < limit) {
			limit = carries
		}
	}
	var out []parcel
	for i, to := range offices {
		l.To, l.Copy = to, i+1
		body, err := d.Mail.Office(l)
		if err != nil {
			return nil, &Unmailable{locale.T("您填写的内容里有无法写进邮件的字符，请检查姓名、单位名称和文件名。", "Something you filled in has characters that a mail cannot carry. Please check the names and the names of the files."), err}
		}
		if limit > 0 && int64(len(body)) > limit {
			return nil, &Unmailable{locale.T("所有附件合起来太大，无法转交。请换成较小的文件。", "All files together are too large to be passed on. Please choose smaller ones."), errors.New("the mail is too large")}
		}
		out = append(out, parcel{outbox.ToOffice, courier.Parcel{From: d.Bounce, To: to, Body: body}})
	}
	if r.Email == "" {
		return out, nil
	}
	l.To, l.Copy = r.Email, 0
	body, err := d.Mail.Receipt(l)
	if err != nil {
		return nil, &Unmailable{locale.T("这个邮箱地址无法收信，请检查后重新填写。", "Mail cannot reach this e-mail address. Please check it."), err}
	}
	return append(out, parcel{outbox.Receipt, courier.Parcel{From: d.Bounce, To: r.Email, Body: body}}), nil
}

// subject is the answer that belongs into the office's subject line.
func subject(f *form.Form, a form.Answers) string {
	x := f.ByRole(form.RoleSubject)
	if x == nil || a.Get(x.Name) == "" {
		return ""
	}
	for _, s := range f.Report(a, locale.ZH) {
		for _, row := range s.Rows {
			if row.Field == x.Name {
				return row.Value
			}
		}
	}
	return ""
}
