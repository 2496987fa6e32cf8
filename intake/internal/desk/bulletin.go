package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"waijiao/intake/internal/courier"
	"waijiao/intake/internal/mail"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/seal"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

const (
	// patience is how long a mail may wait before the office is told.
	patience = 24 * time.Hour
	// reminder is how often the office is told the same again.
	reminder = 7 * 24 * time.Hour
)

// Alarm tells the office of mails that have waited for a day, of mails that
// are dead, and of submissions that are held: when there is news, and once a
// week as long as there is none. Relay trouble is told by log and metrics too,
// since this mail goes by the same relay.
func (d *Desk) Alarm(ctx context.Context) error {
	const told = "alarm told"
	b, news, err := d.stuck(ctx)
	if err != nil {
		return err
	}
	before, err := d.Box.Get(ctx, told)
	if err != nil {
		return err
	}
	what, when, _ := strings.Cut(string(before), " ")
	last, _ := time.Parse(time.RFC3339, when)
	// What was told in the future was told by a wrong clock.
	if age := b.At.Sub(last); what == news && (news == "" || age >= 0 && age < reminder) {
		return nil
	}
	if news != "" {
		if err := d.post(ctx, d.alarmed(), b, d.Mail.Alarm); err != nil {
			return err
		}
	}
	return d.Box.Put(ctx, told, []byte(news+" "+b.At.UTC().Format(time.RFC3339)))
}

// stuck gathers what does not move. news is a digest of it, by which one state
// is told from the next; empty when all is well.
func (d *Desk) stuck(ctx context.Context) (b mail.Bulletin, news string, err error) {
	b = mail.Bulletin{At: d.Now(), Site: d.site()}
	var state strings.Builder
	seen := map[string]bool{}
	for _, f := range []outbox.Filter{{Dead: true}, {Queued: true}, {Statuses: []outbox.Status{outbox.Held}}} {
		entries, err := d.Box.List(ctx, f)
		if err != nil {
			return b, "", err
		}
		for _, e := range entries {
			if seen[e.Reference] {
				continue
			}
			seen[e.Reference] = true
			title := d.title(e.Form)
			if e.Status == outbox.Held {
				b.Held = append(b.Held, mail.Doubt{Reference: e.Reference, Form: title, Accepted: e.Created, Reason: e.Why})
				fmt.Fprintf(&state, "held %s\n", e.Reference)
			}
			for _, m := range e.Mails {
				s := mail.Stuck{Reference: e.Reference, Form: title, Kind: m.Kind, Since: m.Created, Reply: m.LastError}
				switch {
				case m.State == outbox.Dead && e.Status != outbox.Closed:
					s.Since = m.Due
					b.Dead = append(b.Dead, s)
				case m.State == outbox.Queued && b.At.Sub(m.Created) >= patience:
					b.Waiting = append(b.Waiting, s)
				default:
					continue
				}
				fmt.Fprintf(&state, "%s %s %d\n", m.State, e.Reference, m.ID)
			}
		}
	}
	if state.Len() == 0 {
		return b, "", nil
	}
	sum := sha256.Sum256([]byte(state.String()))
	return b, hex.EncodeToString(sum[:]), nil
}

// Weekly sends to each office the list of its submissions that are not yet
// answered or closed: that a relay has taken a mail does not mean that anybody
// has seen it.
func (d *Desk) Weekly(ctx context.Context) error {
	entries, err := d.Box.List(ctx, outbox.Filter{Statuses: []outbox.Status{outbox.Received, outbox.Handling}})
	if err != nil {
		return err
	}
	open := map[string][]mail.Pending{}
	for _, e := range entries {
		to, err := d.offices(e.Form)
		if err != nil {
			to = d.everyOffice() // the form has been withdrawn, its submissions have not
		}
		for _, office := range to {
			open[office] = append(open[office], mail.Pending{Reference: e.Reference, Form: d.title(e.Form), Accepted: e.Created, Status: e.Status,
				URL: d.URL(Officer, e.Reference, locale.ZH, d.siteURL())})
		}
	}
	for _, office := range d.everyOffice() {
		if len(open[office]) == 0 {
			continue
		}
		b := mail.Bulletin{At: d.Now(), Site: d.site(), Open: open[office]}
		if err := d.post(ctx, []string{office}, b, d.Mail.Weekly); err != nil {
			return err
		}
	}
	return nil
}

// post writes a bulletin to each address and queues it, each under a key of
// its own.
func (d *Desk) post(ctx context.Context, to []string, b mail.Bulletin, write func(mail.Bulletin) ([]byte, error)) error {
	var mails []outbox.Mail
	for _, b.To = range to {
		body, err := write(b)
		if err != nil {
			return fmt.Errorf("desk: %w", err)
		}
		k, err := seal.NewKey()
		if err != nil {
			return fmt.Errorf("desk: %w", err)
		}
		m := outbox.Mail{Kind: outbox.Bulletin}
		if m.Wrap, err = d.Keys.wrap(k); err != nil {
			return err
		}
		if m.Parcel, err = k.Seal("bulletin", courier.Pack(courier.Parcel{From: d.Bounce, To: b.To, Body: body})); err != nil {
			return fmt.Errorf("desk: %w", err)
		}
		mails = append(mails, m)
	}
	return d.Box.Post(ctx, d.Now(), mails)
}

func (d *Desk) alarmed() []string {
	if len(d.Alarms) > 0 {
		return d.Alarms
	}
	return d.everyOffice()
}

// everyOffice is each address once that receives any form.
func (d *Desk) everyOffice() []string {
	var out []string
	for _, to := range d.Offices {
		out = append(out, to...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// title is the form's name, as long as it is published.
func (d *Desk) title(id string) locale.Text {
	if f := d.published(id); f != nil {
		return f.Title
	}
	return locale.Same(id)
}

func (d *Desk) published(id string) *form.Form {
	if d.Forms == nil {
		return nil
	}
	return d.Forms()[id]
}

// site and siteURL are what any published form says of the site.
func (d *Desk) site() locale.Text {
	if f := d.anyForm(); f != nil {
		return f.Env.SiteName
	}
	return locale.T("外教资源服务网", "Foreign Teacher Resource Service Network")
}

func (d *Desk) siteURL() string {
	if f := d.anyForm(); f != nil {
		return f.Env.BaseURL
	}
	return ""
}

func (d *Desk) anyForm() *form.Form {
	if d.Forms == nil {
		return nil
	}
	for _, f := range d.Forms() {
		return f
	}
	return nil
}
