package render

import (
	"bytes"
	"html/template"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// tongue is what is prepared once for a language. Templates call its exported
// methods on the value that they are given.
type tongue struct {
	*renderer
	L    locale.Lang
	chr  map[chromeKey]*chrome
	head string // the head's part that is the same on every page
	tail string // the end of every page's head
}

func newTongue(r *renderer, l locale.Lang) (*tongue, error) {
	t := &tongue{renderer: r, L: l, chr: map[chromeKey]*chrome{}}
	if err := t.prepareHead(); err != nil {
		return nil, err
	}
	if err := t.prepareChrome(); err != nil {
		return nil, err
	}
	return t, nil
}

// word returns a word of the theme.
func (t *tongue) word(key string) string { return t.th.Word(t.L, key) }

// Text writes a text of this language; runs of the other get their lang.
func (t *tongue) Text(s string) template.HTML {
	var w buf
	w.mark(t.L, s)
	return template.HTML(w.b)
}

// TextIn writes a text of the language l into a page of this one.
func (t *tongue) TextIn(l locale.Lang, s string) template.HTML {
	if l == t.L {
		return t.Text(s)
	}
	var w buf
	w.html(`<span lang="`, l.Tag(), `">`)
	w.mark(l, s)
	w.html(`</span>`)
	return template.HTML(w.b)
}

// TextOf writes a text that exists in both languages, or in the other one.
func (t *tongue) TextOf(s locale.Text) template.HTML {
	if s.Has(t.L) {
		return t.Text(s.In(t.L))
	}
	return t.TextIn(t.L.Other(), s.In(t.L))
}

// Other writes the other language's form of a text, without markup: the
// element around it carries OtherTag.
func (t *tongue) Other(s locale.Text) string { return s.In(t.L.Other()) }

// Tag and OtherTag are the values of lang.
func (t *tongue) Tag() string      { return t.L.Tag() }
func (t *tongue) OtherTag() string { return t.L.Other().Tag() }

// Link returns the address, in this language, of a page of the site. Other
// addresses stay as they are.
func (t *tongue) Link(to string) string {
	if len(to) > 0 && to[0] == '/' {
		return t.L.Path(to)
	}
	return to
}

// Exists tells whether readers find a document at a Chinese address. A theme
// asks before it leads to a page that an editor may take away.
func (t *tongue) Exists(path string) bool {
	d := t.s.Document(path)
	return d != nil && !d.Hidden
}

// Date writes a day.
func (t *tongue) Date(d locale.Date) template.HTML {
	if d.IsZero() {
		return ""
	}
	return template.HTML(`<time datetime="` + d.String() + `">` + d.In(t.L) + `</time>`)
}

// Number writes a number with its commas.
func (t *tongue) Number(n int) string { return locale.Number(n) }

// Size writes a number of bytes.
func (t *tongue) Size(n int64) string { return locale.Size(n) }

func (t *tongue) find(words []site.Word, key string) string {
	name, ok := site.Find(words, key)
	if !ok {
		return key
	}
	return name.In(t.L)
}

// The names of keys in tables and front matter.
func (t *tongue) Subject(key string) string { return t.find(t.s.Config.Vocabulary.Subjects, key) }
func (t *tongue) Topic(key string) string   { return t.find(t.s.Config.Vocabulary.Topics, key) }
func (t *tongue) Column(key string) string  { return t.find(t.s.Config.Vocabulary.Columns, key) }
func (t *tongue) Keyword(key string) string { return t.find(t.s.Config.Vocabulary.Tags, key) }
func (t *tongue) Certificate(key string) string {
	return t.find(t.s.Config.Vocabulary.Certificates, key)
}

// Fixed returns the name of a key that the program itself knows: stage.primary,
// ownership.public, post.zone, housing.none, degree.master, status.trial,
// audience.school.
func (t *tongue) Fixed(group, key string) string { return t.word(group + "." + key) }

// District returns the name of a district by its code.
func (t *tongue) District(code string) string {
	if d := t.s.District(code); d != nil {
		return d.Name.In(t.L)
	}
	return code
}

// Country returns the name of a country by its ISO 3166-1 code.
func (t *tongue) Country(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	if name := display.Regions(t.display()).Name(region); name != "" {
		return name
	}
	return code
}

// Language returns the name of a language by its ISO 639-1 code.
func (t *tongue) Language(code string) string {
	tag, err := language.Parse(code)
	if err != nil {
		return code
	}
	if name := display.Languages(t.display()).Name(tag); name != "" {
		return name
	}
	return code
}

func (t *tongue) display() language.Tag {
	if t.L == locale.EN {
		return language.BritishEnglish
	}
	return language.SimplifiedChinese
}

// Join writes names with the language's comma between them.
func (t *tongue) Join(names []string) string {
	sep := "、"
	if t.L == locale.EN {
		sep = ", "
	}
	var b []byte
	for i, n := range names {
		if i > 0 {
			b = append(b, sep...)
		}
		b = append(b, n...)
	}
	return string(b)
}

// fill runs a template of the theme.
func (t *tongue) fill(name string, data any) (string, error) {
	var b bytes.Buffer
	err := t.run(&b, name, data)
	return b.String(), err
}
