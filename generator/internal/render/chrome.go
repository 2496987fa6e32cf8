package render

import (
	"html/template"
	"strings"

	"waijiao/internal/locale"
)

// chrome is what surrounds the content of the pages of one section: the same
// bytes on all of them but for the address behind the language switch.
type chrome struct {
	before string // up to that address
	after  string // from there to main
	foot   string
}

type chromeKey struct {
	section string
	itself  bool // the page is the section's own, not one within
}

// navItem is an entry of the navigation.
type navItem struct {
	Href    string
	Title   string
	Current string // value of aria-current, or empty
}

type chromeView struct {
	*tongue
	Name, OtherName string
	Home            string
	Nav             []navItem
	Switch          template.URL
	SwitchName      string
	SwitchLang      string
	Host, GuidedBy  locale.Text
	Footer          []navItem
	Email           string
	Phone           locale.Text
	Changed         locale.Date
	SiteID, ICP     locale.Text
	Police          locale.Text
}

// switchMark stands for the address behind the language switch while the
// chrome is drawn.
const switchMark = "/__switch__/"

func (t *tongue) prepareChrome() error {
	for _, key := range t.chromeKeys() {
		c, err := t.drawChrome(key)
		if err != nil {
			return err
		}
		t.chr[key] = c
	}
	return nil
}

// chromeKeys are all that pages ask for: no section, and each of the
// navigation's, itself and within.
func (t *tongue) chromeKeys() []chromeKey {
	keys := []chromeKey{{}}
	for _, path := range t.s.Config.Nav {
		keys = append(keys, chromeKey{path, true}, chromeKey{path, false})
	}
	return keys
}

// chromeFor returns the chrome for pages of a section.
func (t *tongue) chromeFor(section string, itself bool) *chrome {
	if c, ok := t.chr[chromeKey{section, itself}]; ok {
		return c
	}
	return t.chr[chromeKey{}]
}

func (t *tongue) drawChrome(key chromeKey) (*chrome, error) {
	c := &t.s.Config
	v := chromeView{
		tongue: t,
		Name:   c.Name.In(t.L), OtherName: c.Name.In(t.L.Other()), Home: t.L.Path("/"),
		Switch: switchMark, SwitchLang: t.L.Other().Tag(),
		SwitchName: map[locale.Lang]string{locale.ZH: "English", locale.EN: "中文"}[t.L],
		Host:       c.Host, GuidedBy: c.GuidedBy,
		Email: c.Contact.Email, Phone: c.Contact.Phone,
		Changed: t.changed, SiteID: c.SiteID, ICP: c.ICP, Police: c.Police,
	}
	for _, path := range c.Nav {
		item := navItem{Href: t.L.Path(path), Title: t.titleAt(path)}
		if path == key.section {
			item.Current = "true"
			if key.itself {
				item.Current = "page"
			}
		}
		v.Nav = append(v.Nav, item)
	}
	for _, link := range c.Footer {
		v.Footer = append(v.Footer, navItem{Href: t.Link(link.To), Title: link.Label.In(t.L)})
	}
	top, err := t.fill("top", v)
	if err != nil {
		return nil, err
	}
	foot, err := t.fill("foot", v)
	if err != nil {
		return nil, err
	}
	before, after, ok := strings.Cut(strings.TrimSpace(top)+"\n", switchMark)
	if !ok {
		return nil, &themeError{text: locale.Tf("主题的模板 %q 里没有语言切换 {{.Switch}}", "the theme's template %q has no language switch {{.Switch}}", "top")}
	}
	return &chrome{before, after, strings.TrimSpace(foot) + "\n"}, nil
}

// titleAt names the section or the document at a Chinese address. Sections that
// the settings do not name have a name in the theme.
func (t *tongue) titleAt(path string) string {
	if s := t.s.Config.Section(path); s != nil {
		return s.Title.In(t.L)
	}
	if d := t.s.Document(path); d != nil {
		return d.Edition(t.L).Title
	}
	return t.word("section." + strings.Trim(path, "/"))
}
