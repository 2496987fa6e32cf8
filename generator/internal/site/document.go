package site

import (
	"time"

	"waijiao/internal/locale"
)

// Kind is a kind of document, named as its folder under content/.
type Kind string

// The kinds of document.
const (
	KindPolicy Kind = "policies"
	KindNotice Kind = "notices"
	KindGuide  Kind = "guides"
	KindPage   Kind = "pages"
)

// Document is what every document has: the facts that both languages share,
// and an edition in each language that has one.
type Document struct {
	Kind        Kind
	Slug        string // the folder's name, and the permanent address
	Date        locale.Date
	Updated     locale.Date // zero where the document has not been revised
	Tags        []string
	Publish     time.Time // zero: at once
	Expire      time.Time // zero: never
	Draft       bool
	Sample      bool // made of sample data: labelled, noindex, out of feeds and sitemap
	Review      bool // an editor must still confirm it
	Aliases     []string
	Image       string
	Attachments []Attachment
	ZH, EN      *Edition // nil where the language is missing; never both

	// Hidden documents are checked but not built: drafts (unless asked for)
	// and documents whose time to publish has not come.
	Hidden bool
	// Expired documents stay at their address under a banner and leave lists,
	// feeds and search.
	Expired bool
}

// Path is the document's Chinese address: /policies/slug/, or /slug/ for a page.
func (d *Document) Path() string {
	if d.Kind == KindPage {
		return "/" + d.Slug + "/"
	}
	return "/" + string(d.Kind) + "/" + d.Slug + "/"
}

// Edition returns the edition to show to readers of l: their own, or where it
// is missing the other one. The edition's Lang tells which it is.
func (d *Document) Edition(l locale.Lang) *Edition {
	if (l == locale.EN && d.EN != nil) || d.ZH == nil {
		return d.EN
	}
	return d.ZH
}

// Has tells whether the document exists in the language l.
func (d *Document) Has(l locale.Lang) bool {
	if l == locale.EN {
		return d.EN != nil
	}
	return d.ZH != nil
}

// mentions calls found with each known document number in the texts, more than
// once where it stands more than once.
func (d *Document) mentions(found func(key string)) {
	for _, e := range []*Edition{d.ZH, d.EN} {
		if e == nil {
			continue
		}
		for _, c := range e.Body.Citations {
			if c.Known {
				found(c.Key)
			}
		}
	}
}

// Listed tells whether the document belongs in lists, feeds and search.
func (d *Document) Listed() bool { return !d.Hidden && !d.Expired }

// Edition is a document in one language.
type Edition struct {
	Lang       locale.Lang
	File       string // path below content/, with slashes
	Title      string
	Summary    string
	Translates string // en.md: the fingerprint of the Chinese text it renders
	Stale      bool   // en.md: the Chinese has changed since
	Body       Body

	Source []byte         // the whole file
	BodyAt int            // offset in Source at which the body begins
	Keys   map[string]int // offset in Source of each front matter key
}

// Body is a converted text and what was found in it. Every Pos is an offset in
// the Edition's Source.
type Body struct {
	HTML      []byte
	Headings  []Heading
	Links     []Reference
	Citations []Citation
}

// Heading is a heading of a text.
type Heading struct {
	Level int
	ID    string
	Text  string
	Pos   int
}

// Reference is a link in a text, as the author wrote it.
type Reference struct {
	To  string
	Pos int
}

// Citation is a document number found in a text.
type Citation struct {
	Key   string // canonical, see package docnumber
	Text  string // as written
	Known bool   // the library of policies has it
	Pos   int
}

// Inline is a short text with inline markdown: as written, and converted.
type Inline struct {
	Text string
	HTML string
}

// Attachment is a file beside a document.
type Attachment struct {
	Name string // file name, without a folder
	Type string // media type by its ending
	Size int64  // bytes
}

// Status is the standing of a policy (有效性).
type Status string

// The statuses. The zero value is a text that was never in force.
const (
	InForce  Status = "in-force"
	Trial    Status = "trial"
	Amended  Status = "amended"
	Lapsed   Status = "lapsed"
	Repealed Status = "repealed"

	// Pending is what a policy is before its first day. Nobody writes it: see
	// Policy.Standing.
	Pending Status = "pending"

	// Unadopted is a text that never came into force, such as a draft for
	// comment: it has neither a number nor a status. Nobody writes it either.
	Unadopted Status = "unadopted"
)

// Policy is a legal or policy document, or an explanation of one.
type Policy struct {
	Document
	Number      string // as written for display, with 〔 〕; empty for an explanation
	NumberKey   string // canonical
	Issuers     []locale.Text
	Index       string // 索引号
	Topic       string
	Issued      locale.Date // 成文日期
	Effective   locale.Date
	Until       locale.Date
	Status      Status
	Cites       []string // canonical keys, as the next three
	Supersedes  []string
	Amends      []string
	ExplainsKey string
	Source      string
}

// Standing is the status on a day. Whether or not an editor has said so yet,
// what is past its last day has lapsed, and what is before its first day is
// Pending. An explanation has no standing of its own.
func (p *Policy) Standing(day locale.Date) Status {
	switch p.Status {
	case InForce, Trial, Amended:
		switch {
		case !p.Until.IsZero() && p.Until.Before(day):
			return Lapsed
		case day.Before(p.Effective):
			return Pending
		}
	case "":
		if p.ExplainsKey == "" {
			return Unadopted
		}
	}
	return p.Status
}

// CiteKeys returns the keys of all policies that this one cites, replaces or
// amends, each once. Only its front matter counts: a page here is our own
// summary, and what that mentions the document itself need not cite.
func (p *Policy) CiteKeys() []string {
	seen := map[string]bool{p.NumberKey: true, "": true}
	var keys []string
	add := func(key string) {
		if !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	for _, list := range [][]string{p.Supersedes, p.Amends, p.Cites} {
		for _, key := range list {
			add(key)
		}
	}
	return keys
}

// Notice is an announcement.
type Notice struct {
	Document
	Column   string
	Pinned   bool
	Deadline locale.Date
}

// Page is a document without facts of its own.
type Page struct{ Document }

// Guide is a service guide (办事指南).
type Guide struct {
	Document
	Audience []string // school, teacher, institution
	Basis    []string // canonical document numbers
	Forms    []string // form ids
	ZHProse  *GuideProse
	ENProse  *GuideProse
}

// Prose returns what the edition of d that readers of l see says.
func (g *Guide) Prose(l locale.Lang) *GuideProse {
	if (l == locale.EN && g.ENProse != nil) || g.ZHProse == nil {
		return g.ENProse
	}
	return g.ZHProse
}

// GuideParts are the ids of the parts of a guide's page, the same in every
// theme, so that links may lead to them.
func GuideParts() []string {
	return []string{"conditions", "materials", "steps", "basis", "questions"}
}

// GuideProse is the part of a guide that each language carries for itself.
type GuideProse struct {
	Conditions []Inline
	Materials  []Material
	Steps      []Step
	TimeLimit  Inline
	Fee        Inline
	Contact    Inline
	FAQ        []Question
}

// Material is something to hand in.
type Material struct {
	Name   Inline
	Copies int    // 0: not said
	Form   string // original, copy, or empty
	Note   Inline
	Within int // issued within so many months; 0: no limit
}

// Step is one step of a procedure.
type Step struct {
	Who  Inline
	What Inline
	Days Days
}

// Days is a time limit, in working or in calendar days. At most one is set.
type Days struct {
	Working  int `yaml:"working" json:"working,omitempty"`
	Calendar int `yaml:"calendar" json:"calendar,omitempty"`
}

// Question is a question with its answer.
type Question struct {
	Question Inline
	Answer   Inline
}
