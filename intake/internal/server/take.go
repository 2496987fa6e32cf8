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
	if f.State(v.Desk.Now()) != form.Open {
		v.draw(http.StatusOK, f, form.View{Closed: f.Notice(v.Desk.Now())})
		return
	}
	key, err := token(v.Desk.Random)
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

// admitted slows down whoever sends very much. ok is false when the answer has
// been given already; else aside is the reason to set aside what is sent.
func (v *visit) admitted(form string) (aside guard.Reason, ok bool) {
	verdict := v.Guard.Admit(guard.Client(v.r, v.Proxies), form)
	if verdict.Refuse {
		v.Observer.Refused(form, "too-many-requests")
		v.refuse(tooMany())
		return "", false
	}
	if verdict.Wait > 0 {
		timer := time.NewTimer(verdict.Wait)
		defer timer.Stop()
		v.Observer.Waited(verdict.Wait)
		select {
		case <-timer.C:
		case <-v.r.Context().Done():
			return "", false
		}
	}
	return verdict.Aside, true
}

// takeForm takes in what somebody sends.
func (v *visit) takeForm() {
	f, ok := v.form()
	if !ok {
		return
	}
	aside, ok := v.admitted(f.ID)
	if !ok {
		return
	}
	in, no := v.parse(f)
	defer v.end(in)
	if no != nil {
		v.Observer.Refused(f.ID, no.code)
		v.refuse(*no)
		return
	}
	if rows, turned := f.Rows(in.values); turned && in.json == nil {
		v.turn(f, in, rows)
		return
	}
	if in.key != "" {
		switch before, err := v.Desk.Before(v.r.Context(), f.ID, in.key); {
		case err == nil:
			v.again(f, in, before)
			return
		case !errors.Is(err, outbox.ErrNotFound):
			v.Log.Error("the outbox cannot be read", "error", err.Error())
			v.back(http.StatusServiceUnavailable, f, in, nil, unavailable())
			return
		}
	}
	if !f.Accepts(v.Desk.Now()) {
		v.shut(f)
		return
	}
	if in.trouble != nil {
		v.Log.Error("an upload cannot be stored", "error", in.trouble.Error())
		v.back(http.StatusServiceUnavailable, f, in, nil, unavailable())
		return
	}
	answers, faults := v.check(f, in)
	once := v.once(f, in)
	if len(faults) > 0 || !once.IsZero() {
		v.Observer.Refused(f.ID, "invalid-answers")
		v.back(http.StatusUnprocessableEntity, f, in, faults, once)
		return
	}
	v.accept(f, in, answers, v.doubt(f, in, answers, aside))
}

// shut refuses a form that is not open.
func (v *visit) shut(f *form.Form) {
	v.Observer.Refused(f.ID, "not-open")
	if v.json {
		v.refuse(refusal{http.StatusForbidden, "not-open", text("这份表单现在不受理", "This form is not open"), f.Notice(v.Desk.Now()), nil})
		return
	}
	v.draw(http.StatusForbidden, f, form.View{Closed: f.Notice(v.Desk.Now())})
}

// check tells whether the answers can be accepted.
func (v *visit) check(f *form.Form, in *sent) (form.Answers, []form.Fault) {
	if in.json != nil {
		return v.checkJSON(f, in.json)
	}
	a := f.Bind(in.values, in.files)
	if changed(f, in) {
		return a, nil
	}
	return a, v.faults(f, a)
}

// checkJSON finds what is wrong with the keys of a JSON body and, in what is
// left without them, with the answers.
func (v *visit) checkJSON(f *form.Form, body []byte) (form.Answers, []form.Fault) {
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
			return a, faults
		}
		faults = append(faults, form.Fault{Field: bad.Field, Code: "body", Message: bad.Message})
		var keys map[string]json.RawMessage
		if bad.Field == "" || len(faults) == most || json.Unmarshal(body, &keys) != nil {
			return a, faults
		}
		delete(keys, bad.Field)
		if body, err = json.Marshal(keys); err != nil {
			return a, faults
		}
	}
}

func (v *visit) faults(f *form.Form, a form.Answers) []form.Fault {
	faults := f.Validate(a, v.Desk.Now())
	if x := f.ByRole(form.RoleEmail); x != nil && a.Get(x.Name) != "" && !slices.ContainsFunc(faults, func(y form.Fault) bool { return y.Field == x.Name }) {
		if _, err := mail.ParseMailbox(a.Get(x.Name)); err != nil {
			faults = append(faults, form.Fault{Field: x.Name, Code: "email", Message: text("这个邮箱地址无法收信，请检查后重新填写", "Mail cannot reach this address. Check it and enter it again")})
		}
	}
	return faults
}

// changed tells whether the form was published anew since the page was drawn.
func changed(f *form.Form, in *sent) bool {
	version := in.values.Get("_version")
	return version != "" && version != f.Version
}

// once says why the form should be sent once more although nothing in it need
// be mended; nothing when there is no reason.
func (v *visit) once(f *form.Form, in *sent) locale.Text {
	switch {
	case in.json != nil:
		return locale.Text{}
	case changed(f, in):
		return text("您打开页面之后，这份表单有了更新。您填写的内容已保留，请从头核对、重新勾选同意项，再提交一次。",
			"This form has changed since you opened it. What you filled in is kept: please check it from the top, tick the consents again and send it once more.")
	case v.look(f, in) == guard.Stale:
		return text("页面打开得太久了，我们需要您再确认一次。您填写的内容已保留，请核对后再提交一次。",
			"The page had been open for a long time, so we have to ask once more. What you filled in is kept: please check it and send it again.")
	}
	return locale.Text{}
}

// look is what the guard thinks of the page that was sent.
func (v *visit) look(f *form.Form, in *sent) guard.Doubt {
	pageKey, stamp, trap := in.values.Get("_key"), in.values.Get("_stamp"), in.values.Get("_homepage")
	if in.json != nil || pageKey == "" && stamp == "" && trap == "" && in.key != "" {
		return guard.None // a program with its own key
	}
	return v.Guard.Look(guard.Post{Form: f.ID, Key: pageKey, Stamp: stamp, Trap: trap})
}

// doubt is the code of the reason for which a form is to be held, or nothing.
func (v *visit) doubt(f *form.Form, in *sent, a form.Answers, aside guard.Reason) string {
	if why := v.look(f, in).Aside(); why != "" {
		return string(why)
	}
	if aside != "" {
		return string(aside)
	}
	if x := f.ByRole(form.RoleEmail); x != nil && a.Get(x.Name) != "" {
		return string(v.Guard.Receipt(a.Get(x.Name)))
	}
	return ""
}
