package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

type listCommand struct {
	storeFlags
	Form   string   `placeholder:"FORM"`
	Status []string `enum:"held,received,handling,answered,closed" placeholder:"STATUS"`
	Dead   bool
	Queued bool
	Before string `placeholder:"DAY"`
	JSON   bool   `name:"json"`
}

// Run lists submissions without opening them.
func (c listCommand) Run(w *world) error {
	f := outbox.Filter{Form: c.Form, Statuses: statuses(c.Status), Dead: c.Dead, Queued: c.Queued}
	if c.Before != "" {
		day, err := time.ParseInLocation("2006-01-02", c.Before, locale.Beijing())
		if err != nil {
			return usage("--before：日期应写成 2027-03-01", "--before: write the day as 2027-03-01")
		}
		f.Before = day
	}
	p, err := c.openBox(w)
	if err != nil {
		return err
	}
	defer p.close()
	entries, err := p.box.List(w.ctx, f)
	if err != nil {
		return err
	}
	if c.JSON {
		out := []listed{}
		for _, e := range entries {
			out = append(out, listing(e))
		}
		return w.json(out)
	}
	for _, e := range entries {
		fmt.Fprintf(w.out, "%s  %s  %-18s  %s%s\n", e.Reference, e.Created.In(locale.Beijing()).Format("2006-01-02 15:04"), e.Form, e.Status.Text().In(w.lang), w.mailWords(e))
	}
	w.say("共%s件。", "%s in all.", locale.Number(len(entries)))
	return nil
}

// mailWords says in short what is amiss with the mails of a submission.
func (w *world) mailWords(e outbox.Entry) string {
	var parts []string
	say := func(t locale.Text) { parts = append(parts, t.In(w.lang)) }
	if e.Status == outbox.Held {
		say(outbox.Doubt(e.Why))
	}
	for _, m := range e.Mails {
		switch {
		case m.State == outbox.Dead:
			say(locale.Tf("邮件被退：%s", "mail refused: %s", harmless(m.LastError)))
		case m.State == outbox.Queued && m.Attempts > 0:
			say(locale.Tf("邮件待重试（已试%d次）：%s", "mail waits (tried %d times): %s", m.Attempts, harmless(m.LastError)))
		case m.State == outbox.Queued:
			say(locale.T("邮件待发", "mail waits"))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "  " + strings.Join(parts, locale.T("；", "; ").In(w.lang))
}

// listed is how a submission stands in JSON. Programs rely on these names.
type listed struct {
	Reference string        `json:"reference"`
	Form      string        `json:"form"`
	Lang      locale.Lang   `json:"lang"`
	Status    outbox.Status `json:"status"`
	Held      string        `json:"held,omitempty"`
	Accepted  time.Time     `json:"accepted"`
	Changed   time.Time     `json:"changed"`
	Expires   time.Time     `json:"expires"` // as it stands now, when it is erased
	Mails     []listedMail  `json:"mails"`
}

type listedMail struct {
	ID       int64        `json:"id"`
	Kind     outbox.Kind  `json:"kind"`
	State    outbox.State `json:"state"`
	Attempts int          `json:"attempts"`
	Due      *time.Time   `json:"due,omitempty"`
	Error    string       `json:"last_error,omitempty"`
}

func listing(e outbox.Entry) listed {
	l := listed{Reference: e.Reference, Form: e.Form, Lang: e.Lang, Status: e.Status, Held: e.Why, Accepted: e.Created.UTC(), Changed: e.Changed.UTC(), Expires: e.Ends().UTC(), Mails: []listedMail{}}
	for _, m := range e.Mails {
		one := listedMail{ID: m.ID, Kind: m.Kind, State: m.State, Attempts: m.Attempts, Error: m.LastError}
		if m.State == outbox.Queued {
			due := m.Due.UTC()
			one.Due = &due
		}
		l.Mails = append(l.Mails, one)
	}
	return l
}

func (w *world) json(v any) error {
	e := json.NewEncoder(w.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type showCommand struct {
	storeFlags
	Reference string `arg:"" placeholder:"REF"`
	Answers   bool
	Key       string `placeholder:"FILE"`
	JSON      bool   `name:"json"`
}

// Run shows one submission and its mails; what the person sent only if asked.
func (c showCommand) Run(w *world) error {
	office, err := identities(c.Key)
	if err != nil {
		return err
	}
	open := func() (*place, error) { return c.openBox(w) }
	if c.Answers || c.Key != "" {
		open = func() (*place, error) { return c.openWith(w, office) }
	}
	p, err := open()
	if err != nil {
		return err
	}
	defer p.close()
	ref := desk.Normal(c.Reference)
	e, err := p.box.Look(w.ctx, ref)
	if err != nil {
		return notThere(ref, err)
	}
	var record *desk.Record
	if c.Answers || c.Key != "" {
		opened, _, err := p.unseal(w, ref, office)
		if err != nil {
			return err
		}
		record = &opened
	}
	if c.JSON {
		return w.json(struct {
			listed
			Record *desk.Record `json:"record,omitempty"`
		}{listing(e), record})
	}
	w.say("%s  %s", "%s  %s", e.Reference, e.Status.Text().In(w.lang))
	at := func(t time.Time) string {
		if t.IsZero() {
			return "—"
		}
		return t.In(locale.Beijing()).Format("2006-01-02 15:04:05")
	}
	w.say("表单：%s    语言：%s", "form: %s    language: %s", e.Form, e.Lang)
	w.say("收到：%s    更新：%s    最迟删除：%s（北京时间）", "accepted: %s    changed: %s    erased by: %s (Beijing time)", at(e.Created), at(e.Changed), at(e.Ends()))
	if e.Why != "" {
		w.say("曾被拦下：%s", "set aside: %s", outbox.Doubt(e.Why).In(w.lang))
	}
	for _, m := range e.Mails {
		w.say("邮件 %d：%s，%s，失败%d次%s", "mail %d: %s, %s, refused %d times%s", m.ID, m.Kind.Text().In(w.lang), m.State.Text().In(w.lang), m.Attempts, after(m.LastError))
	}
	if record != nil {
		writeAnswers(w.out, *record)
	}
	return nil
}

func after(reply string) string {
	if reply == "" {
		return ""
	}
	return ": " + harmless(reply)
}

func writeAnswers(out io.Writer, r desk.Record) {
	for _, s := range r.Answers {
		fmt.Fprintf(out, "\n%s\n", s.Title)
		for _, a := range s.Rows {
			fmt.Fprintf(out, "  %s: %s\n", a.Label, strings.ReplaceAll(harmless(a.Value), "\n", "\n    "))
		}
	}
}

// harmless takes from what strangers have written the characters that a
// terminal obeys.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if unprintable(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

func unprintable(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
