package form

import "waijiao/internal/locale"

// Answers is what a person sent, cleaned by Bind. What stands in the rows of a
// group has names such as members.2.school_name, as in a POST.
type Answers struct {
	Values map[string][]string
	Files  map[string][]File
}

// File is an uploaded file. Its bytes are somewhere else.
type File struct {
	Name string `json:"name"`
	Type string `json:"type"` // media type, as found in the bytes and not as the client claims
	Size int64  `json:"size"`
	ID   string `json:"id"` // intake's handle for the stored bytes

	// Refused says why no field takes the file, and what helps, if something in
	// it is the reason.
	Refused locale.Text `json:"-"`
}

// Get returns the first value of the field, or nothing.
func (a Answers) Get(name string) string {
	if v := a.Values[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Fault is one thing that a person has to mend before the form can be sent.
type Fault struct {
	Field   string      `json:"field"`
	Code    string      `json:"code"` // kebab-case: missing, min, email …
	Message locale.Text `json:"message"`
}

// View is how a form is to be drawn.
type View struct {
	Lang    locale.Lang
	Action  string // where to post
	Answers Answers
	Faults  []Fault
	Key     string // idempotency key; empty in the published page
	Stamp   string // signed time; empty in the published page
	// Alert is a word above the form, such as that the form has changed since
	// it was opened.
	Alert locale.Text
	// Closed is drawn in place of the form: what Notice says of a form that is
	// not open. It is left empty while the form is to be filled in, and so for
	// answers that Accepts still takes and that have to be mended.
	Closed locale.Text
	// Rows is how many rows are drawn at least of a group, and Focus the row
	// where the person goes on; see Form.Rows.
	Rows  map[string]int
	Focus string
}

// ReportSection is a part of the table for the mail.
type ReportSection struct {
	Title string
	Rows  []ReportRow
}

// ReportRow is one answer in words.
type ReportRow struct {
	Field string // the field's name
	Label string
	Value string // may have several lines, divided by LF
}
