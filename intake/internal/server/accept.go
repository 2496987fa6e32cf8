package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/scan"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// scanTime bounds how long all files of one form are looked into.
const scanTime = time.Minute

// accept lets the desk compose the mails and commit them, and only then
// answers. held is the code of the reason to set the submission aside.
func (v *visit) accept(f *form.Form, in *sent, a form.Answers, held string) {
	ctx := v.r.Context()
	if v.Scanner != nil {
		faults, unsure := v.scan(f, in, a)
		if len(faults) > 0 {
			v.Observer.Refused(f.ID, "malware")
			if err := v.drop(in, faults); err != nil {
				v.Log.Error("an upload cannot be removed", "error", err.Error())
			}
			v.back(http.StatusUnprocessableEntity, f, in, faults, locale.Text{})
			return
		}
		if unsure && held == "" {
			held = "not-scanned"
		}
	}
	// Not before the scan, which streams: a scanner that hangs must not keep
	// the others from being accepted.
	weight := in.weight(v.Memory)
	if err := v.memory.Acquire(ctx, weight); err != nil {
		return // the client has gone
	}
	defer v.memory.Release(weight)
	sub, fresh, err := v.Desk.Accept(ctx, desk.Sending{Form: f, Answers: a, Lang: v.lang, Key: in.key, Digest: in.digest, Held: held,
		Read: func(id string) ([]byte, error) { return in.stored[id].Read() }})
	var unmailable *desk.Unmailable
	switch {
	case errors.As(err, &unmailable):
		v.Log.Warn("a form cannot be written as a mail", "form", f.ID)
		v.Observer.Refused(f.ID, "invalid-answers")
		v.back(http.StatusUnprocessableEntity, f, in, nil, unmailable.Why)
		return
	case err != nil:
		// The same page may have been sent twice at once: the request that was
		// accepted takes the kept files away from the one that was not.
		if in.key != "" {
			if before, err := v.Desk.Before(ctx, f.ID, in.key); err == nil {
				v.again(f, in, before)
				return
			}
		}
		v.Log.Error("a form cannot be accepted", "form", f.ID, "error", err.Error())
		v.Observer.Refused(f.ID, "unavailable")
		v.back(http.StatusServiceUnavailable, f, in, nil, unavailable())
		return
	case !fresh:
		v.again(f, in, sub)
		return
	}
	if sub.Status == outbox.Held {
		v.Log.Warn("accepted and held: release it when it is genuine", "reference", sub.Reference, "form", f.ID, "lang", string(v.lang), "why", held)
		v.Observer.Held(f.ID, held)
	} else {
		v.Log.Info("accepted", "reference", sub.Reference, "form", f.ID, "lang", string(v.lang))
		v.Observer.Accepted(f.ID)
	}
	if in.key != "" {
		if err := v.Uploads.Forget(in.key); err != nil {
			v.Log.Error("an upload cannot be removed", "error", err.Error())
		}
	}
	v.Accepted()
	v.done(sub)
}

// scan looks into every upload. unsure tells that one could not be looked
// into: then nobody has said that it is clean.
func (v *visit) scan(f *form.Form, in *sent, a form.Answers) (faults []form.Fault, unsure bool) {
	ctx, stop := context.WithTimeout(v.r.Context(), scanTime)
	defer stop()
	for x := range f.Fields() {
		for _, file := range a.Files[x.Name] {
			verdict, err := v.verdict(ctx, in, file)
			if err != nil || verdict.Outcome == scan.Unknown {
				v.Log.Error("an upload cannot be scanned; its form is held", "form", f.ID, "error", fmt.Sprint(err))
				unsure = true
			}
			if verdict.Outcome == scan.Infected {
				v.Log.Warn("an upload has malware and was refused", "form", f.ID, "signature", verdict.Signature)
				faults = append(faults, form.Fault{Field: x.Name, Code: "malware",
					Message: text("在文件“"+file.Name+"”里发现了恶意程序，不能接收。请换一个干净的文件", "Malware was found in the file “"+file.Name+"”, so it cannot be taken. Choose a clean file")})
				break
			}
		}
	}
	return faults, unsure
}

func (v *visit) verdict(ctx context.Context, in *sent, file form.File) (scan.Verdict, error) {
	r, err := in.stored[file.ID].Open()
	if err != nil {
		return scan.Verdict{}, err
	}
	defer r.Close()
	return v.Scanner.Scan(ctx, r)
}

// done tells the sender that the form is accepted.
func (v *visit) done(sub outbox.Submission) {
	at := v.Desk.Path(desk.Person, sub.Reference, v.lang)
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
