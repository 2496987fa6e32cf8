package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"waijiao/intake/internal/mail"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/seal"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// Record is what is kept, sealed, about what a person sent. It can be read
// without the form's definition, which may have changed or gone since.
type Record struct {
	Reference string      `json:"reference"`
	Form      string      `json:"form"`
	Version   string      `json:"version"` // of the form's definition
	Lang      locale.Lang `json:"lang"`
	Accepted  time.Time   `json:"accepted"`
	Title     locale.Text `json:"title"`
	Site      locale.Text `json:"site"`
	SiteURL   string      `json:"site_url,omitempty"`
	Office    locale.Text `json:"office"`
	Name      string      `json:"name,omitempty"`
	Email     string      `json:"email,omitempty"`
	// Values are the answers by the names of the fields, Answers the same in
	// words, as the office's mail shows them.
	Values   map[string][]string `json:"values"`
	Answers  []Section           `json:"answers"`
	Files    []File              `json:"files,omitempty"`
	Consents []Consent           `json:"consents,omitempty"`
}

// Section is a part of the answers under its heading.
type Section struct {
	Title string   `json:"title"`
	Rows  []Answer `json:"rows"`
}

// Answer is one answer in words, in the office's language, and the name of its
// field.
type Answer struct {
	Field string `json:"field"`
	Label string `json:"label"`
	Value string `json:"value"`
}

// File is what the record says of an uploaded file. Its bytes are in the
// office's mail.
type File struct {
	Field string `json:"field"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	Size  int64  `json:"size"`
}

// Consent is a decision that a person was asked for, with the wording.
type Consent struct {
	Field   string      `json:"field"`
	Version string      `json:"version"`
	Label   locale.Text `json:"label"`
	Given   bool        `json:"given"`
}

// record gathers what is kept. The answers of fields that were not asked have
// been dropped by then.
func record(f *form.Form, a form.Answers, reference string, l locale.Lang, at time.Time) Record {
	r := Record{Reference: reference, Form: f.ID, Version: f.Version, Lang: l, Accepted: at, Title: f.Title,
		Site: f.Env.SiteName, SiteURL: f.Env.BaseURL, Office: f.Env.Office, Values: a.Values}
	value := func(role form.Role) string {
		if x := f.ByRole(role); x != nil {
			return a.Get(x.Name)
		}
		return ""
	}
	r.Name, r.Email = value(form.RoleName), value(form.RoleEmail)
	asked := map[string]bool{}
	for _, s := range f.Report(a, locale.ZH) {
		section := Section{Title: s.Title}
		for _, row := range s.Rows {
			asked[row.Field] = true
			section.Rows = append(section.Rows, Answer(row))
		}
		r.Answers = append(r.Answers, section)
	}
	for x := range f.Fields() {
		if x.Type == form.Consent && asked[x.Name] {
			r.Consents = append(r.Consents, Consent{x.Name, x.Version, x.Label, a.Get(x.Name) != ""})
		}
		for _, file := range a.Files[x.Name] {
			r.Files = append(r.Files, File{x.Name, file.Name, file.Type, file.Size})
		}
	}
	return r
}

// seal makes the bytes that are stored.
func (r Record) seal(k *seal.Key) ([]byte, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	return k.Seal("record "+r.Reference, b)
}

// ErrSealed means that the key at hand does not open the submission: its
// delivery wrap is destroyed, and only the office's key will do.
var ErrSealed = errors.New("desk: only the office's key opens this submission")

// OpenRecord opens what a person sent, with the data key.
func OpenRecord(s outbox.Submission, k *seal.Key) (Record, error) {
	var r Record
	b, err := k.Open("record "+s.Reference, s.Record)
	if err != nil {
		return r, fmt.Errorf("desk: %s: %w", s.Reference, err)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("desk: %s: the record cannot be read: %w", s.Reference, err)
	}
	return r, nil
}

// Key returns the data key of a submission as the delivery key opens it, or
// ErrSealed.
func (d *Desk) Key(s outbox.Submission) (*seal.Key, error) {
	if len(s.DeliveryWrap) == 0 {
		return nil, ErrSealed
	}
	k, err := seal.Unwrap(s.DeliveryWrap, d.Keys.Delivery...)
	if err != nil {
		return nil, fmt.Errorf("desk: %s: %w", s.Reference, err)
	}
	return k, nil
}

// Record opens what a person sent with the delivery key, or fails with
// ErrSealed.
func (d *Desk) Record(s outbox.Submission) (Record, error) {
	k, err := d.Key(s)
	if err != nil {
		return Record{}, err
	}
	return OpenRecord(s, k)
}

// contactPage says how to reach the office, where the site has such a page.
const contactPage = "/contact/"

// letter begins a mail about a submission.
func (d *Desk) letter(r Record) mail.Letter {
	l := mail.Letter{Reference: r.Reference, Accepted: r.Accepted, Lang: r.Lang, Form: r.Title, Site: r.Site, Office: r.Office,
		From:      mail.Address{Name: r.Name, Mailbox: r.Email},
		StatusURL: d.URL(Person, r.Reference, r.Lang, r.SiteURL), OfficeURL: d.URL(Officer, r.Reference, locale.ZH, r.SiteURL)}
	if d.Publishes != nil && d.Publishes(contactPage) {
		l.ContactURL = d.base(r.SiteURL) + r.Lang.Path(contactPage)
	}
	for _, s := range r.Answers {
		section := mail.Section{Title: s.Title}
		for _, a := range s.Rows {
			section.Rows = append(section.Rows, mail.Row{Label: a.Label, Value: a.Value})
		}
		l.Answers = append(l.Answers, section)
	}
	for _, c := range r.Consents {
		l.Consents = append(l.Consents, mail.Consent{Label: c.Label, Version: c.Version, Given: c.Given})
	}
	return l
}
