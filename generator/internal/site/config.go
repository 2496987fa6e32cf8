package site

import "waijiao/internal/locale"

// Config is content/site.yaml: who we are and how the site is laid out.
type Config struct {
	Name      locale.Text `yaml:"name"`      // the site's name
	BaseURL   string      `yaml:"base_url"`  // https://host, without a slash at the end
	Lead      locale.Text `yaml:"lead"`      // one sentence on what the office does
	Intro     locale.Text `yaml:"intro"`     // a short introduction for the home page
	Office    locale.Text `yaml:"office"`    // the centre's name
	Host      locale.Text `yaml:"host"`      // 主办单位
	GuidedBy  locale.Text `yaml:"guided_by"` // 指导单位
	SiteID    locale.Text `yaml:"site_id"`   // 网站标识码
	ICP       locale.Text `yaml:"icp"`       // ICP filing number
	Police    locale.Text `yaml:"police"`    // public-security filing number
	Contact   Contact     `yaml:"contact"`
	Keywords  locale.Text `yaml:"keywords"`   // for the page tags of 国办发〔2017〕47号
	Sections  []Section   `yaml:"sections"`   // every section that has a list of its own
	Nav       []string    `yaml:"navigation"` // section paths at the head, six at most
	Footer    []Link      `yaml:"footer"`
	Doors     []Door      `yaml:"doors"`      // the three doors of the home page
	PerPage   int         `yaml:"per_page"`   // entries on a page of a list
	MailLimit int         `yaml:"mail_limit"` // largest mail that a form may become, MiB
	// AllowEmails are the addresses that content may show; "@example.org"
	// allows a whole domain.
	AllowEmails []string   `yaml:"allow_emails"`
	Vocabulary  Vocabulary `yaml:"vocabulary"`
}

// Contact is how to reach the office.
type Contact struct {
	Email   string      `yaml:"email"`
	Phone   locale.Text `yaml:"phone"`
	Address locale.Text `yaml:"address"`
	Hours   locale.Text `yaml:"hours"`
}

// Section is one part of the site, such as /policies/.
type Section struct {
	Path        string      `yaml:"path"`
	Title       locale.Text `yaml:"title"`
	Description locale.Text `yaml:"description"` // one sentence under the heading
}

// Link is a labelled address within the site (its Chinese form).
type Link struct {
	To    string      `yaml:"to"`
	Label locale.Text `yaml:"label"`
}

// Door is one of the ways in on the home page.
type Door struct {
	Audience string      `yaml:"audience"` // school, teacher, institution
	Title    locale.Text `yaml:"title"`
	Tasks    []Link      `yaml:"tasks"`
}

// Vocabulary names the keys that front matter and tables use.
type Vocabulary struct {
	Subjects     []Word        `yaml:"subjects"`
	Topics       []Word        `yaml:"topics"`
	Columns      []Word        `yaml:"columns"`
	Tags         []Word        `yaml:"tags"`
	Certificates []Word        `yaml:"certificates"`
	Issuers      []locale.Text `yaml:"issuers"`
}

// Word is a stable English key with its name in both languages.
type Word struct {
	Key string `yaml:"key"`
	ZH  string `yaml:"zh"`
	EN  string `yaml:"en"`
}

// Name returns the word's name.
func (w Word) Name() locale.Text { return locale.Text{ZH: w.ZH, EN: w.EN} }

// Find returns the name of key in words, and whether it is there.
func Find(words []Word, key string) (locale.Text, bool) {
	for _, w := range words {
		if w.Key == key {
			return w.Name(), true
		}
	}
	return locale.Text{}, false
}

// Section returns the section at path, or nil.
func (c *Config) Section(path string) *Section {
	for i := range c.Sections {
		if c.Sections[i].Path == path {
			return &c.Sections[i]
		}
	}
	return nil
}

// Term is an entry of content/terms.yaml: one notion, what it is called in each
// language, and what it means.
type Term struct {
	ID      string      `yaml:"id"` // the anchor in /glossary/
	ZH      string      `yaml:"zh"`
	EN      string      `yaml:"en"`
	Also    Forms       `yaml:"also"`  // other forms that count as the term
	Avoid   Forms       `yaml:"avoid"` // renderings that are wrong here
	Meaning locale.Text `yaml:"meaning"`
	// Quiet terms stand in the glossary but are not explained in running text:
	// everyday words whose meaning a reader knows.
	Quiet bool `yaml:"quiet"`
}

// Forms are words in each language.
type Forms struct {
	ZH []string `yaml:"zh"`
	EN []string `yaml:"en"`
}

// In returns the forms in the language l.
func (f Forms) In(l locale.Lang) []string {
	if l == locale.EN {
		return f.EN
	}
	return f.ZH
}

// Name returns the term in both languages.
func (t *Term) Name() locale.Text { return locale.Text{ZH: t.ZH, EN: t.EN} }
