// Package form is what a form is: one definition, written once in YAML, from
// which come the HTML in both languages, the reading and checking of what was
// sent, the words of every fault, and the table for the mail.
//
// The generator parses a definition and publishes it:
//
//	f, problems := form.Parse("forms/hiring-request.yaml", src, env)
//	err := f.Draw(w, form.View{Lang: locale.ZH, Action: "/forms/hiring-request/"})
//	published, err := f.Encode()
//
// intake reads what was published, and answers:
//
//	f, err := form.Decode(published)
//	a := f.Bind(r.PostForm, files)
//	if faults := f.Validate(a, now); len(faults) > 0 {
//		err = f.Draw(w, form.View{Lang: l, Action: path, Answers: a, Faults: faults, Key: key, Stamp: stamp})
//	}
//	sections := f.Report(a, l)
//
// Before that it asks whether the form is open (Notice, Accepts), and whether
// the post asks for a row of a group more or less (Rows), which is no
// submission.
//
// A Form is not changed after Parse or Decode, and may be used by many
// goroutines at once. Nothing here reads a clock, a disk or the network.
package form

import (
	"iter"
	"strings"
	"time"

	"waijiao/internal/locale"
)

// Type is the kind of a field: what is drawn and what is accepted.
type Type string

// The types of field.
const (
	Text     Type = "text"     // one line
	Textarea Type = "textarea" // several lines
	Email    Type = "email"    // one address of a mailbox
	Phone    Type = "phone"    // one telephone number
	Number   Type = "number"   // a decimal number, whole unless Limits.Decimals
	Date     Type = "date"     // a day; its clean value is YYYY-MM-DD
	OneOf    Type = "choice"   // one of Choices: radio buttons, from eight on a list
	SomeOf   Type = "choices"  // any of Choices: boxes to tick
	District Type = "district" // a district of the city by its GB/T 2260 code
	Country  Type = "country"  // a country or region, ISO 3166-1 alpha-2
	Upload   Type = "file"     // files
	Consent  Type = "consent"  // a box to tick; its clean value is "yes" or none
	Group    Type = "group"    // a few fields that are asked several times; see Field.Fields
)

// Role is what a field means to whoever handles a form without knowing it.
type Role string

// The roles. Exactly one field of a form is RoleEmail; it is always required
// and always shown, but for a form that may be sent anonymously: there it may
// be left empty, or not be asked at all.
const (
	RoleEmail   Role = "email"   // the address of the person who sends the form
	RoleName    Role = "name"    // that person's name
	RoleSubject Role = "subject" // belongs in the subject of the office's mail
)

// Env is what a definition takes from the site.
type Env struct {
	SiteName  locale.Text `json:"site_name"`
	Office    locale.Text `json:"office"`
	BaseURL   string      `json:"base_url,omitempty"` // https://www.example.org, for links in mails
	Districts []Choice    `json:"districts"`          // value: GB/T 2260 code
	MailLimit int64       `json:"mail_limit"`         // bytes of the largest mail; 0: not limited
}

// Choice is one of the answers that a field offers.
type Choice struct {
	Value string      `json:"value"`
	Label locale.Text `json:"label"`
	Hint  locale.Text `json:"hint,omitzero"`
}

// Form is the definition of a form.
type Form struct {
	// ID is the name of the file without .yaml, and the folder of the page.
	ID string `json:"id"`
	// Version is the first 12 hex digits of the SHA-256 of Encode's bytes with
	// an empty Version.
	Version string `json:"version"`
	// Audience is school, teacher, institution or anyone.
	Audience string `json:"audience"`
	// Opens and Closes are the moments between which the form is taken; zero
	// for no bound. See State and Accepts.
	Opens  time.Time `json:"opens,omitzero"`
	Closes time.Time `json:"closes,omitzero"`
	// Keep says how long what was sent is kept.
	Keep Keep `json:"keep"`
	// Anonymous allows a submission without an address.
	Anonymous bool `json:"anonymous,omitempty"`
	// Title, Summary and Intro are for the page around the form, and Next for
	// the page and the receipt; Draw draws none of them.
	Title   locale.Text   `json:"title"`
	Summary locale.Text   `json:"summary"`
	Intro   locale.Text   `json:"intro,omitzero"`
	Next    []locale.Text `json:"next,omitempty"` // what happens after sending, step by step
	// Submit and Privacy are drawn by Draw: the button and the note above it.
	Submit  locale.Text `json:"submit"`
	Privacy locale.Text `json:"privacy"`
	// PrivacyPage is the Chinese address of the page that says more, or empty.
	PrivacyPage string     `json:"privacy_page,omitempty"`
	Sections    []*Section `json:"sections"`
	Env         Env        `json:"env"`

	made *made
}

// Section is a group of fields under a heading.
type Section struct {
	Title  locale.Text `json:"title"`
	Why    locale.Text `json:"why"` // why we ask
	Fields []*Field    `json:"fields"`
}

// Field is one question.
type Field struct {
	// Name is the field's key in a POST, in JSON and in exports: lower case
	// letters, digits and underscores.
	Name  string      `json:"name"`
	Type  Type        `json:"type"`
	Label locale.Text `json:"label"`
	// Short stands for the label in reports, in exports and in messages, where
	// the label is a sentence; it is empty where the label will do.
	Short locale.Text `json:"short,omitzero"`
	Hint  locale.Text `json:"hint,omitzero"`
	// Missing is what to say when no answer is given; empty for the usual words.
	Missing  locale.Text `json:"missing,omitzero"`
	Optional bool        `json:"optional,omitempty"`
	// Rule is a list of rules as go-playground/validator writes them.
	Rule string `json:"rule,omitempty"`
	// When says when the field is shown and asked; nil for always.
	When    *When    `json:"when,omitempty"`
	Choices []Choice `json:"choices,omitempty"`
	Limits  Limits   `json:"limits,omitzero"`
	// Prefill lets an address fill in the field: ?name=value.
	Prefill bool `json:"prefill,omitempty"`
	Role    Role `json:"role,omitempty"`
	// Version names the wording of a consent, so that it can be shown later
	// what a person agreed to.
	Version string `json:"version,omitempty"`
	// Autocomplete is the HTML autofill field name.
	Autocomplete string `json:"autocomplete,omitempty"`
	// Width is the width of a short input in characters: 2, 4, 10 or 20; 0 for
	// the whole column. Rows is the height of a textarea.
	Width int `json:"width,omitempty"`
	Rows  int `json:"rows,omitempty"`
	// Fields are what a group asks in each of its rows. A row is called Item,
	// and there are from Least to Most of them; of an optional group there may
	// be none. Answers and faults have the names NAME.ROW.FIELD, such as
	// members.2.school_name; rows count from 1.
	Item   locale.Text `json:"item,omitzero"`
	Least  int         `json:"least,omitempty"`
	Most   int         `json:"most,omitempty"`
	Fields []*Field    `json:"fields,omitempty"`

	row *row // of a field that stands in a row of a group
}

// When is a condition: the earlier field has one of the values.
type When struct {
	Field string   `json:"field"`
	Is    []string `json:"is"`
}

// Limits bound what a field takes.
type Limits struct {
	MaxLength int      `json:"max_length,omitempty"` // characters of a text
	Decimals  int      `json:"decimals,omitempty"`   // digits after the point of a number
	Files     int      `json:"files,omitempty"`      // how many files
	Size      int64    `json:"size,omitempty"`       // bytes of one file
	Accept    []string `json:"accept,omitempty"`     // kinds of file: pdf, docx, xlsx, jpg, png
}

// Fields returns the fields in the order of the form. A group counts as one.
func (f *Form) Fields() iter.Seq[*Field] {
	return func(yield func(*Field) bool) {
		for _, s := range f.Sections {
			if s == nil {
				continue
			}
			for _, field := range s.Fields {
				if field != nil && !yield(field) {
					return
				}
			}
		}
	}
}

// Field returns the field of that name, or nil. It knows the fields in the rows
// of groups too, by names such as members.2.school_name.
func (f *Form) Field(name string) *Field {
	if strings.Contains(name, ".") {
		if f.made == nil {
			return nil
		}
		return f.made.inRows[name]
	}
	for field := range f.Fields() {
		if field.Name == name {
			return field
		}
	}
	return nil
}

// ByRole returns the first field with the role, or nil.
func (f *Form) ByRole(r Role) *Field {
	for field := range f.Fields() {
		if field.Role == r {
			return field
		}
	}
	return nil
}

// Title returns the field's short name, or its label where it has none.
func (f *Field) Title() locale.Text {
	if f.Short.IsZero() {
		return f.Label
	}
	return f.Short
}
