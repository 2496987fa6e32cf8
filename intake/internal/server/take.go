package server

import (
	"bytes"
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"time"

	"waijiao/intake/internal/guard"
	"waijiao/intake/internal/mail"
	"waijiao/intake/internal/outbox"
	"waijiao/internal/form"
	"waijiao/internal/locale"
	"waijiao/internal/shell"
)

// showForm draws a form for somebody who begins.
func (v *visit) showForm() {
	f, ok := v.form()
	if !ok {
		return
	}
	key, err := token(v.Random)
	if err != nil {
		v.refuse(trouble())
		return
	}
	v.draw(http.StatusOK, f, form.View{Answers: f.Prefill(v.r.URL.Query()), Key: key, Stamp: v.Guard.Stamp(f.ID)})
}

func (v *visit) draw(status int, f *form.Form, view form.View) {
	at := "/forms/" + f.ID + "/"
	view.Lang, view.Action = v.lang, v.lang.Path(at)
	var b bytes.Buffer
	err := f.Draw(&b, view)
	if err == nil {
		err = v.page(status, v.local(at), map[shell.Region][]byte{
			shell.Title: []byte(f.TitleTag(v.lang, len(view.Faults))),
			shell.Form:  b.Bytes(),
		})
	}
	if err != nil {
		v.Log.Error("a form's page cannot be filled", "form", f.ID, "error", err.Error())
		v.refuse(trouble())
	}
}

// takeForm takes in what somebody sends.
func (v *visit) takeForm() {
	f, ok := v.form()
	if !ok {
		return
	}
	wait, ok := v.Guard.Admit(v.from())
	if !ok {
		v.refuse(tooMany())
		return
	}
	if wait > 0 {
		select {
		case <-time.After(wait):
		case <-v.r.Context().Done():
			return
		}
	}
	in, no := v.parse(f)
	defer func() {
		if err := in.batch.End(); err != nil {
			v.Log.Error("an upload cannot be removed", "error", err.Error())
		}
	}()
	if no != nil {
		v.refuse(*no)
		return
	}
	if in.key != "" {
		switch before, err := v.Box.ByKey(v.r.Context(), f.ID, in.key); {
		case err == nil:
			v.again(f, in, before)
			return
		case !errors.Is(err, outbox.ErrNotFound):
			v.Log.Error("the outbox cannot be read", "error", err.Error())
			v.back(http.StatusServiceUnavailable, f, in, v.bind(f, in), nil, unavailable())
			return
		}
	}
	answers, faults, ok := v.check(f, in)
	if ok {
		v.accept(f, in, answers)
		return
	}
	v.back(http.StatusUnprocessableEntity, f, in, answers, faults, v.doubt(f, in))
}

// bind makes answers of what was sent, whatever it is worth.
func (v *visit) bind(f *form.Form, in *sent) form.Answers {
	if in.json != nil {
		a, _ := f.BindJSON(in.json)
		return a
	}
	return f.Bind(in.values, in.files)
}

// check tells whether the answers can be accepted.
func (v *visit) check(f *form.Form, in *sent) (form.Answers, []form.Fault, bool) {
	if in.json != nil {
		a, err := f.BindJSON(in.json)
		var body *form.BodyError
		if errors.As(err, &body) {
			return a, []form.Fault{{Field: body.Field, Code: "body", Message: body.Message}}, false
		}
		faults := v.faults(f, a)
		return a, faults, err == nil && len(faults) == 0
	}
	a := v.bind(f, in)
	if changed(f, in) {
		// Whoever ticked a box saw another text beside it.
		for x := range f.Fields() {
			if x.Type == form.Consent {
				delete(a.Values, x.Name)
			}
		}
		return a, nil, false
	}
	faults := v.faults(f, a)
	return a, faults, len(faults) == 0 && v.doubt(f, in).IsZero()
}

func (v *visit) faults(f *form.Form, a form.Answers) []form.Fault {
	faults := f.Validate(a, v.Now())
	if x := f.ByRole(form.RoleEmail); x != nil && a.Get(x.Name) != "" && !slices.ContainsFunc(faults, func(y form.Fault) bool { return y.Field == x.Name }) {
		if _, err := mail.ParseMailbox(a.Get(x.Name)); err != nil {
			faults = append(faults, form.Fault{Field: x.Name, Code: "email", Message: text("这个邮箱地址无法收信，请检查后重新填写", "Mail cannot reach this address. Check it and enter it again")})
		}
	}
	return faults
}

func changed(f *form.Form, in *sent) bool {
	version := in.values.Get("_version")
	return version != "" && version != f.Version
}

// doubt says why the form should be sent once more although nothing in it need
// be mended; nothing when there is no reason.
func (v *visit) doubt(f *form.Form, in *sent) locale.Text {
	if in.json != nil {
		return locale.Text{}
	}
	if changed(f, in) {
		return text("您打开页面之后，这份表单有了更新。您填写的内容已保留，请从头核对、重新勾选同意项，再提交一次。",
			"This form has changed since you opened it. What you filled in is kept: please check it from the top, tick the consents again and send it once more.")
	}
	pageKey := in.values.Get("_key")
	if pageKey == "" && in.values.Get("_stamp") == "" && in.key != "" {
		return locale.Text{} // a program with its own key
	}
	switch v.Guard.Look(guard.Post{Form: f.ID, Key: pageKey, Stamp: in.values.Get("_stamp"), Trap: in.values.Get("_homepage")}) {
	case guard.Trapped:
		return text("有一个隐藏的栏目被填上了内容，可能是浏览器自动填写的。我们已经清空它，请核对后再提交一次。",
			"A hidden field was filled in, perhaps by your browser. We have emptied it: please check the form and send it once more.")
	case guard.TooFast:
		return text("表单在打开后马上就提交了。请核对填写的内容，再提交一次。",
			"The form was sent the moment it was opened. Please check what you filled in and send it once more.")
	case guard.Stale:
		return text("页面打开得太久了，我们需要您再确认一次。您填写的内容已保留，请核对后再提交一次。",
			"The page had been open for a long time, so we have to ask once more. What you filled in is kept: please check it and send it again.")
	}
	return locale.Text{}
}

func unavailable() locale.Text {
	return text("现在无法保存您的表单，还没有提交成功。您填写的内容都在下面，请过几分钟再提交一次。",
		"We cannot store your form at the moment, so it has not been accepted. Everything you filled in is below: please send it again in a few minutes.")
}

// back answers with the same page again, with everything kept that can be.
func (v *visit) back(status int, f *form.Form, in *sent, a form.Answers, faults []form.Fault, alert locale.Text) {
	if v.json {
		r := refusal{status, "invalid-answers", text("有需要更正的内容", "Some answers have to be put right"), alert, faults}
		if status == http.StatusServiceUnavailable {
			r = trouble()
		} else if len(faults) == 0 {
			r.code, r.title = "send-again", text("请再提交一次", "Please send this once more")
		}
		v.refuse(r)
		return
	}
	view := form.View{Answers: a, Faults: faults, Alert: alert, Key: in.key, Stamp: in.values.Get("_stamp")}
	var err error
	if view.Key == "" {
		if view.Key, err = token(v.Random); err != nil {
			v.refuse(trouble())
			return
		}
	}
	if v.Guard.Look(guard.Post{Form: f.ID, Key: view.Key, Stamp: view.Stamp}) == guard.Stale {
		view.Stamp = v.Guard.Stamp(f.ID)
	}
	if err := v.keep(f, in, &view); err != nil {
		v.Log.Error("an upload cannot be kept", "error", err.Error())
		view.Alert = unavailable()
		status = http.StatusServiceUnavailable
	}
	if status == http.StatusServiceUnavailable {
		v.w.Header().Set("Retry-After", "120")
	}
	v.draw(status, f, view)
}

// keep gives the files of this request to the page that is shown again. Where
// a field has a fault, the new files were at fault, and what it had before
// stays.
func (v *visit) keep(f *form.Form, in *sent, view *form.View) error {
	var errs []error
	for x := range f.Fields() {
		if x.Type != form.Upload {
			continue
		}
		if slices.ContainsFunc(view.Faults, func(y form.Fault) bool { return y.Field == x.Name }) {
			view.Answers.Files[x.Name] = in.kept[x.Name]
		}
		var now []form.File
		for _, file := range view.Answers.Files[x.Name] {
			isKept := func(k form.File) bool { return k.ID == file.ID }
			if !slices.ContainsFunc(in.kept[x.Name], isKept) {
				if err := in.batch.Keep(view.Key, file.ID); err != nil {
					errs = append(errs, err)
					continue
				}
			}
			now = append(now, file)
		}
		for _, k := range in.kept[x.Name] {
			if !slices.ContainsFunc(now, func(n form.File) bool { return n.ID == k.ID }) {
				errs = append(errs, v.Uploads.Remove(in.key, k.ID)) // replaced
			}
		}
		if view.Answers.Files != nil {
			view.Answers.Files[x.Name] = now
		}
	}
	return errors.Join(errs...)
}

// again answers a request whose key was accepted before: the same content gets
// the same receipt; another content gets the page back, since it would
// otherwise be lost in silence.
func (v *visit) again(f *form.Form, in *sent, before outbox.Submission) {
	if hmac.Equal(before.Digest, in.digest) {
		v.done(before)
		return
	}
	said := text("这一页此前已经提交成功，编号是 "+before.Reference+"。如果要把下面改动后的内容另外提交一份，请再提交一次。",
		"This page has already been sent; its reference number is "+before.Reference+". To send the changed answers below as a new form, send them once more.")
	if v.json {
		v.refuse(refusal{http.StatusUnprocessableEntity, "idempotency-key-reused", text("这个幂等键已用于另一份内容", "The idempotency key was used for another content"), said, nil})
		return
	}
	in.key, in.kept = "", map[string][]form.File{} // a new page
	v.back(http.StatusUnprocessableEntity, f, in, v.bind(f, in), nil, said)
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

// accept composes the mails, commits them, and only then answers.
func (v *visit) accept(f *form.Form, in *sent, a form.Answers) {
	sub, fresh, err := v.store(f, in, a)
	var unwritable *unmailable
	switch {
	case errors.As(err, &unwritable):
		v.Log.Warn("a form cannot be written as a mail", "form", f.ID)
		v.back(http.StatusUnprocessableEntity, f, in, a, nil, unwritable.why)
		return
	case err != nil:
		v.Log.Error("a form cannot be accepted", "form", f.ID, "error", err.Error())
		v.back(http.StatusServiceUnavailable, f, in, a, nil, unavailable())
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
	var mails []outbox.Mail
	for _, to := range offices {
		l.To = to
		body, err := v.Mail.Office(l)
		if err != nil {
			return nil, &unmailable{err, text("您填写的内容里有无法写进邮件的字符，请检查姓名、单位名称和文件名。", "Something you filled in has characters that a mail cannot carry. Please check the names and the names of the files.")}
		}
		if max := f.Env.MailLimit; max > 0 && int64(len(body)) > max {
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
