package server

import (
	"crypto/hmac"
	"errors"
	"net/http"
	"slices"

	"waijiao/intake/internal/guard"
	"waijiao/intake/internal/outbox"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

func unavailable() locale.Text {
	return text("现在无法保存您的表单，还没有提交成功。您填写的内容都在下面，请过几分钟再提交一次。",
		"We cannot store your form at the moment, so it has not been accepted. Everything you filled in is below: please send it again in a few minutes.")
}

// back answers with the same page again, with everything kept that can be.
func (v *visit) back(status int, f *form.Form, in *sent, faults []form.Fault, alert locale.Text) {
	if v.json {
		r := refusal{status, "invalid-answers", text("有需要更正的内容", "Some answers have to be put right"), alert, faults}
		if status == http.StatusServiceUnavailable {
			r = trouble()
		} else if len(faults) > 0 {
			r.detail = text("表单还没有提交。请逐项更正 errors 中列出的内容，再发送一次。", "The form has not been accepted. Put right what errors lists, and send it once more.")
		} else {
			r.code, r.title = "send-again", text("请再提交一次", "Please send this once more")
		}
		v.refuse(r)
		return
	}
	a := f.BindAll(in.values, in.files)
	if changed(f, in) {
		// Whoever ticked a box saw another text beside it.
		for x := range f.Fields() {
			if x.Type == form.Consent {
				delete(a.Values, x.Name)
			}
		}
	}
	view := form.View{Answers: a, Faults: faults, Alert: alert, Key: in.key, Stamp: in.values.Get("_stamp"), Rows: in.rows.Count, Focus: in.rows.Focus}
	var err error
	if view.Key == "" {
		if view.Key, err = token(v.Desk.Random); err != nil {
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

// turn answers a person who wants a row of a group more or less: the same page,
// with nothing checked.
func (v *visit) turn(f *form.Form, in *sent, rows form.Rows) {
	in.values, in.rows = rows.Values, rows
	status, alert := http.StatusOK, locale.Text{}
	switch {
	case in.trouble != nil:
		v.Log.Error("an upload cannot be stored", "error", in.trouble.Error())
		status, alert = http.StatusServiceUnavailable, unavailable()
	case changed(f, in):
		alert = v.once(f, in)
	}
	v.back(status, f, in, nil, alert)
}

// keep gives the files of this request to the page that is shown again, those
// that are not at fault by themselves. Where none is left, or where there are
// too many to tell which are meant, what the page had before stays.
func (v *visit) keep(f *form.Form, in *sent, view *form.View) error {
	var errs []error
	for x := range f.Fields() {
		if x.Type != form.Upload {
			continue
		}
		before := in.kept[x.Name]
		was := func(id string) bool {
			return slices.ContainsFunc(before, func(k form.File) bool { return k.ID == id })
		}
		good := slices.DeleteFunc(view.Answers.Files[x.Name], func(file form.File) bool { return !x.Takes(file) })
		if len(good) == 0 || len(good) > x.Limits.Files {
			good = before
		}
		var now []form.File
		for _, file := range good {
			if !was(file.ID) {
				if err := in.batch.Keep(view.Key, file.ID); err != nil {
					errs = append(errs, err)
					continue
				}
			}
			now = append(now, file)
		}
		for _, k := range before {
			if !slices.ContainsFunc(now, func(n form.File) bool { return n.ID == k.ID }) {
				errs = append(errs, v.Uploads.Remove(in.key, k.ID)) // replaced
			}
		}
		view.Answers.Files[x.Name] = now
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
	if v.json {
		// No number: another program may have chosen the same key by chance.
		v.refuse(refusal{http.StatusUnprocessableEntity, "idempotency-key-reused", text("这个幂等键已用于另一份内容", "The idempotency key was used for another content"),
			text("请给每份表单一个新的、随机的幂等键。", "Give each form a new random key."), nil})
		return
	}
	said := text("这一页此前已经提交成功，回执编号是"+before.Reference+"。如果要把下面改动后的内容另外提交一份，请再提交一次。",
		"This page has already been sent; its reference number is "+before.Reference+". To send the changed answers below as a new form, send them once more.")
	// A new page, to which what the old one kept does not belong.
	for name, kept := range in.kept {
		in.files[name] = in.files[name][len(kept):]
	}
	in.key, in.kept = "", map[string][]form.File{}
	v.back(http.StatusUnprocessableEntity, f, in, nil, said)
}
