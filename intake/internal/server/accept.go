package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"

	"waijiao/intake/internal/mail"
	"waijiao/intake/internal/outbox"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// accept composes the mails, commits them, and only then answers.
func (v *visit) accept(f *form.Form, in *sent, a form.Answers) {
	sub, fresh, err := v.store(f, in, a)
	var unwritable *unmailable
	switch {
	case errors.As(err, &unwritable):
		v.Log.Warn("a form cannot be written as a mail", "form", f.ID)
		v.back(http.StatusUnprocessableEntity, f, in, nil, unwritable.why)
		return
	case err != nil:
		// The same page may have been sent twice at once: the request that was
		// accepted takes the kept files away from the one that was not.
		if in.key != "" {
			if before, err := v.Box.ByKey(v.r.Context(), f.ID, in.key); err == nil {
				v.again(f, in, before)
				return
			}
		}
		v.Log.Error("a form cannot be accepted", "form", f.ID, "error", err.Error())
		v.back(http.StatusServiceUnavailable, f, in, nil, unavailable())
		return
	case !fresh:
		v.again(f, in, sub)
		return
	}
	v.Log.Info("accepted", "reference", sub.Reference, "form", f.ID, "lang", string(v.lang))
	if in.key != "" {
		if err := v.Uploads.Forget(in.key); err != nil {
			v.Log.Error("an upload cannot be removed", "error", err.Error())
		}
	}
	v.Accepted()
	v.done(sub)
}

// unmailable is an error that the person has to know of.
type unmailable struct {
	error
	why locale.Text
}

func (v *visit) store(f *form.Form, in *sent, a form.Answers) (outbox.Submission, bool, error) {
	for range 5 {
		sub := outbox.Submission{Form: f.ID, Key: in.key, Digest: in.digest, Lang: v.lang, Created: v.Now()}
		var err error
		if sub.Reference, err = reference(v.Random); err != nil {
			return sub, false, err
		}
		if sub.Token, err = token(v.Random); err != nil {
			return sub, false, err
		}
		mails, err := v.compose(f, in, a, &sub)
		if err != nil {
			return sub, false, err
		}
		// Whoever has sent everything shall not lose it by hanging up now.
		stored, fresh, err := v.Box.Accept(context.WithoutCancel(v.r.Context()), sub, mails)
		if !errors.Is(err, outbox.ErrReferenceTaken) {
			return stored, fresh, err
		}
	}
	return outbox.Submission{}, false, outbox.ErrReferenceTaken
}

func (v *visit) compose(f *form.Form, in *sent, a form.Answers, sub *outbox.Submission) ([]outbox.Mail, error) {
	offices := v.Offices[f.ID]
	if len(offices) == 0 {
		offices = v.Offices["*"]
	}
	if len(offices) == 0 {
		return nil, fmt.Errorf("nobody receives the form %s: name an address with --to %s=ADDRESS", f.ID, f.ID)
	}
	l := mail.Letter{Reference: sub.Reference, Accepted: sub.Created, Lang: v.lang, Form: f.Title, Site: f.Env.SiteName, Office: f.Env.Office, Next: f.Next}
	value := func(r form.Role) string {
		if x := f.ByRole(r); x != nil {
			return a.Get(x.Name)
		}
		return ""
	}
	l.From = mail.Address{Name: value(form.RoleName), Mailbox: value(form.RoleEmail)}
	subject := f.ByRole(form.RoleSubject)
	for _, s := range f.Report(a, locale.ZH) {
		section := mail.Section{Title: s.Title}
		for _, r := range s.Rows {
			if subject != nil && r.Field == subject.Name && a.Get(subject.Name) != "" {
				l.Subject = r.Value
			}
			section.Rows = append(section.Rows, mail.Row{Label: r.Label, Value: r.Value})
		}
		l.Answers = append(l.Answers, section)
	}
	for x := range f.Fields() {
		for _, file := range a.Files[x.Name] {
			data, err := in.stored[file.ID].Read()
			if err != nil {
				return nil, fmt.Errorf("an upload cannot be read: %w", err)
			}
			l.Attachments = append(l.Attachments, mail.Attachment{Name: path.Base(file.Name), Type: file.Type, Data: data})
		}
	}
	limit := f.Env.MailLimit
	if v.Carries != nil {
		// What the relay would refuse is refused while the person is still here.
		if carries := v.Carries(); carries > 0 && (limit <= 0 || carries < limit) {
			limit = carries
		}
	}
	var mails []outbox.Mail
	for _, to := range offices {
		l.To = to
		body, err := v.Mail.Office(l)
		if err != nil {
			return nil, &unmailable{err, text("您填写的内容里有无法写进邮件的字符，请检查姓名、单位名称和文件名。", "Something you filled in has characters that a mail cannot carry. Please check the names and the names of the files.")}
		}
		if limit > 0 && int64(len(body)) > limit {
			return nil, &unmailable{errors.New("too large"), text("所有附件合起来太大，无法转交。请换成较小的文件。", "All files together are too large to be passed on. Please choose smaller ones.")}
		}
		mails = append(mails, outbox.Mail{From: v.Mail.From.Mailbox, To: to, Body: body})
	}
	if l.From.Mailbox != "" {
		l.To = l.From.Mailbox
		body, err := v.Mail.Receipt(l)
		if err != nil {
			return nil, &unmailable{err, text("这个邮箱地址无法收信，请检查后重新填写。", "Mail cannot reach this e-mail address. Please check it.")}
		}
		sub.CopyTo = mail.Mask(l.To)
		mails = append(mails, outbox.Mail{From: v.Mail.From.Mailbox, To: l.To, Body: body})
	}
	return mails, nil
}

// done tells the sender that the form is accepted.
func (v *visit) done(sub outbox.Submission) {
	at := v.lang.Path(receiptPath(sub.Token))
	if v.json {
		v.w.Header().Set("Location", at)
		v.sendJSON(http.StatusCreated, "application/json", struct {
			Reference string `json:"reference"`
		}{sub.Reference})
		return
	}
	v.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.w, v.r, at, http.StatusSeeOther)
}
