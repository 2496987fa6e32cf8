package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
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
	verdict := v.Guard.Admit(v.from(), f.ID)
	if verdict.Refuse {
		v.refuse(tooMany())
		return
	}
	if verdict.Wait > 0 {
		select {
		case <-time.After(verdict.Wait):
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
	if rows, turned := f.Rows(in.values); turned && in.json == nil {
		v.turn(f, in, rows)
		return
	}
	if in.key != "" {
		switch before, err := v.Box.ByKey(v.r.Context(), f.ID, in.key); {
		case err == nil:
			v.again(f, in, before)
			return
		case !errors.Is(err, outbox.ErrNotFound):
			v.Log.Error("the outbox cannot be read", "error", err.Error())
			v.back(http.StatusServiceUnavailable, f, in, nil, unavailable())
			return
		}
	}
	if in.trouble != nil {
		v.Log.Error("an upload cannot be stored", "error", in.trouble.Error())
		v.back(http.StatusServiceUnavailable, f, in, nil, unavailable())
		return
	}
	answers, faults, ok := v.check(f, in)
	if ok {
		v.accept(f, in, answers)
		return
	}
	v.back(http.StatusUnprocessableEntity, f, in, faults, v.doubt(f, in))
}

// check tells whether the answers can be accepted.
func (v *visit) check(f *form.Form, in *sent) (form.Answers, []form.Fault, bool) {
	if in.json != nil {
		return v.checkJSON(f, in.json)
	}
	a := f.Bind(in.values, in.files)
	if changed(f, in) {
		return a, nil, false
	}
	faults := v.faults(f, a)
	return a, faults, len(faults) == 0 && v.doubt(f, in).IsZero()
}

// checkJSON finds what is wrong with the keys of a JSON body and, in what is
// left without them, with the answers.
func (v *visit) checkJSON(f *form.Form, body []byte) (form.Answers, []form.Fault, bool) {
	const most = 20 // bad keys that are named at once
	var faults []form.Fault
	for {
		a, err := f.BindJSON(body)
		var bad *form.BodyError
		if !errors.As(err, &bad) {
			known := func(name string) bool {
				return slices.ContainsFunc(faults, func(x form.Fault) bool { return x.Field == name })
			}
			for _, x := range v.faults(f, a) {
				if !known(x.Field) {
					faults = append(faults, x)
				}
			}
			return a, faults, err == nil && len(faults) == 0
		}
		faults = append(faults, form.Fault{Field: bad.Field, Code: "body", Message: bad.Message})
		var keys map[string]json.RawMessage
		if bad.Field == "" || len(faults) == most || json.Unmarshal(body, &keys) != nil {
			return a, faults, false
		}
		delete(keys, bad.Field)
		if body, err = json.Marshal(keys); err != nil {
			return a, faults, false
		}
	}
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
