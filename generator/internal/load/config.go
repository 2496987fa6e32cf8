package load

import (
	"net/url"
	"slices"
	"strings"

	"waijiao/generator/internal/site"
	"waijiao/internal/form"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// config reads site.yaml.
func (l *loader) config() error {
	raw, found, err := l.read("site.yaml")
	if err != nil {
		return err
	}
	c := &l.site.Config
	defer func() { l.words = newWords(c) }()
	if !found {
		l.list = append(l.list, whole(problem.Error, "no-settings", "site.yaml",
			locale.T("缺少 site.yaml", "site.yaml is missing"),
			locale.T("按 docs/content.md 写一个", "write one as docs/content.md describes")))
		return nil
	}
	l.yaml("site.yaml", raw, func(b *block, root node) {
		if m, ok := b.bind(root); ok {
			settings(m, c)
			m.finish()
		}
	})
	return nil
}

// yaml reads a whole file of YAML, and keeps the problems that it and take
// find there.
func (l *loader) yaml(name string, raw []byte, take func(*block, node)) {
	s, ok := newSource(name, raw)
	if ok {
		if b, root, ok := parse(s, 0, len(s.text)); ok {
			take(b, root)
		}
	}
	l.list = append(l.list, s.list...)
}

func settings(m *binder, c *site.Config) {
	m.both("name", &c.Name)
	m.into("base_url", &c.BaseURL)
	m.both("lead", &c.Lead)
	m.both("intro", &c.Intro)
	m.both("office", &c.Office)
	m.both("host", &c.Host)
	m.both("guided_by", &c.GuidedBy)
	m.both("site_id", &c.SiteID)
	m.both("icp", &c.ICP)
	m.both("police", &c.Police)
	m.mapping("contact", func(in *binder) {
		in.into("email", &c.Contact.Email)
		in.both("phone", &c.Contact.Phone)
		in.both("address", &c.Contact.Address)
		in.both("hours", &c.Contact.Hours)
		in.require("email", "phone", "address", "hours")
	})
	m.both("keywords", &c.Keywords)
	m.each("sections", func(in *binder) {
		var section site.Section
		in.address("path", &section.Path)
		in.both("title", &section.Title)
		in.both("description", &section.Description)
		in.require("path", "title", "description")
		if c.Section(section.Path) != nil {
			in.once(text{section.Path, in.keyAt("path")}, []string{section.Path})
			return
		}
		c.Sections = append(c.Sections, section)
	})
	m.navigation(c)
	m.each("footer", func(in *binder) { c.Footer = append(c.Footer, in.link()) })
	m.each("doors", func(in *binder) {
		var door site.Door
		in.oneOf("audience", audiences(), &door.Audience)
		in.both("title", &door.Title)
		in.each("tasks", func(task *binder) { door.Tasks = append(door.Tasks, task.link()) })
		in.require("audience", "title", "tasks")
		c.Doors = append(c.Doors, door)
	})
	m.number("per_page", 1, 500, &c.PerPage)
	m.number("mail_limit", 1, 100, &c.MailLimit)
	for _, t := range m.texts("allow_emails") {
		if at := strings.LastIndexByte(t.s, '@'); at < 0 || !strings.Contains(t.s[at:], ".") {
			m.fail("bad-email", t.at,
				locale.Tf("“%s”不是电子邮件地址", "“%s” is no e-mail address", t.s),
				locale.T("写地址，或者用 @example.org 表示整个域名", "write an address, or @example.org for a whole domain"))
		}
		c.AllowEmails = append(c.AllowEmails, t.s)
	}
	m.mapping("vocabulary", func(in *binder) {
		v := &c.Vocabulary
		in.vocabulary("subjects", &v.Subjects)
		in.vocabulary("topics", &v.Topics)
		in.vocabulary("columns", &v.Columns)
		in.vocabulary("tags", &v.Tags)
		in.vocabulary("certificates", &v.Certificates)
		in.each("issuers", func(issuer *binder) {
			var name locale.Text
			issuer.into("zh", &name.ZH)
			issuer.into("en", &name.EN)
			issuer.require("zh", "en")
			if slices.ContainsFunc(v.Issuers, func(t locale.Text) bool { return t.ZH == name.ZH }) {
				issuer.once(text{name.ZH, issuer.keyAt("zh")}, []string{name.ZH})
				return
			}
			v.Issuers = append(v.Issuers, name)
		})
		in.require("subjects", "topics", "columns", "tags", "certificates", "issuers")
	})
	m.require("name", "base_url", "lead", "intro", "office", "host", "guided_by", "site_id", "icp", "police",
		"contact", "keywords", "sections", "navigation", "footer", "doors", "per_page", "mail_limit", "vocabulary")
	m.baseURL(c.BaseURL)
}

// baseURL wants an absolute address without a path: the site stands at the root
// of its host.
func (m *binder) baseURL(s string) {
	u, err := url.Parse(s)
	if s == "" || err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		u.Path == "" && u.RawQuery == "" && !u.ForceQuery && !strings.Contains(s, "#") {
		return
	}
	m.fail("bad-address", m.keyAt("base_url"),
		locale.Tf("“%s”不是完整的网站地址", "“%s” is not the full address of a site", s),
		locale.T("写成 https://example.org，末尾没有斜杠", "write https://example.org, without a slash at the end"))
}

// navigation takes the sections at the head of every page.
func (m *binder) navigation(c *site.Config) {
	sections := vocabulary{what: locale.T("栏目", "section")}
	for _, s := range c.Sections {
		sections.keys = append(sections.keys, s.Path)
	}
	m.someOf("navigation", sections, &c.Nav)
	const most = 6
	if len(c.Nav) > most {
		m.fail("too-many", m.keyAt("navigation"),
			locale.Tf("导航有 %d 项，最多 %d 项", "the navigation has %d entries; %d is the most", len(c.Nav), most),
			locale.T("把其余的放进 footer", "move the others to footer"))
	}
}

// address takes an address within the site, in its Chinese form.
func (m *binder) address(name string, to *string) {
	t, ok := m.text(name)
	if !ok {
		return
	}
	path, _, _ := strings.Cut(t.s, "#")
	lang, _ := locale.FromPath(path)
	if !strings.HasPrefix(path, "/") || !strings.HasSuffix(path, "/") || strings.Contains(path, "//") ||
		strings.ContainsAny(path, " ?\\") || lang == locale.EN {
		m.fail("bad-address", t.at,
			locale.Tf("“%s”不是本站的网址", "“%s” is not an address of this site", t.s),
			locale.T("写中文页面的网址，前后都有斜杠，不带 /en/，例如 /guides/", "write the address of the Chinese page, with a slash at both ends and without /en/, such as /guides/"))
		return
	}
	*to = t.s
}

func (m *binder) link() (link site.Link) {
	m.address("to", &link.To)
	m.both("label", &link.Label)
	m.require("to", "label")
	return link
}

// vocabulary takes a list of keys with their names.
func (m *binder) vocabulary(name string, to *[]site.Word) {
	var before []string
	m.each(name, func(in *binder) {
		var w site.Word
		key, ok := in.text("key")
		in.into("zh", &w.ZH)
		in.into("en", &w.EN)
		in.require("key", "zh", "en")
		if !ok || !in.slug(key) || !in.once(key, before) {
			return
		}
		w.Key, before = key.s, append(before, key.s)
		*to = append(*to, w)
	})
}

func (b *block) slug(t text) bool {
	if isSlug(t.s) {
		return true
	}
	b.fail("bad-key", t.at,
		locale.Tf("“%s”不能用作键", "“%s” cannot be a key", t.s),
		locale.T("只用小写英文字母、数字和连字符", "use lower-case English letters, digits and single hyphens"))
	return false
}

// terms reads terms.yaml.
func (l *loader) terms() error {
	raw, found, err := l.read("terms.yaml")
	if err != nil || !found {
		return err
	}
	l.yaml("terms.yaml", raw, l.termbase)
	return nil
}

// termbase takes the terms out of terms.yaml.
func (l *loader) termbase(b *block, root node) {
	if root.isNull() {
		return
	}
	items, ok := b.items(root)
	if !ok {
		b.wrongType(root, locale.T("列表，每项以横杠开头", "a list, each item after a dash"))
		return
	}
	var before []string
	for _, item := range items {
		m, ok := b.bind(item)
		if !ok {
			continue
		}
		t := &site.Term{}
		id, hasID := m.text("id")
		m.into("zh", &t.ZH)
		m.into("en", &t.EN)
		m.renderings("also", &t.Also)
		m.renderings("avoid", &t.Avoid)
		m.both("meaning", &t.Meaning)
		m.flag("quiet", &t.Quiet)
		m.require("id", "zh", "en", "meaning")
		m.finish()
		if hasID && m.slug(id) && m.once(id, before) {
			t.ID, before = id.s, append(before, id.s)
			l.site.Terms = append(l.site.Terms, t)
		}
	}
}

// renderings takes {zh: […], en: […]}.
func (m *binder) renderings(name string, to *site.Forms) {
	m.mapping(name, func(in *binder) {
		for _, t := range in.texts("zh") {
			to.ZH = append(to.ZH, t.s)
		}
		for _, t := range in.texts("en") {
			to.EN = append(to.EN, t.s)
		}
	})
}

// forms reads the definitions of forms.
func (l *loader) forms() error {
	entries, err := l.listing("forms")
	if err != nil {
		return err
	}
	const mebibyte = 1 << 20
	c := &l.site.Config
	env := form.Env{SiteName: c.Name, Office: c.Office, BaseURL: c.BaseURL, MailLimit: int64(c.MailLimit) * mebibyte}
	for _, d := range l.site.Districts {
		env.Districts = append(env.Districts, form.Choice{Value: d.Code, Label: d.Name})
	}
	for _, e := range entries {
		name := "forms/" + e.Name()
		id, isYAML := strings.CutSuffix(e.Name(), ".yaml")
		if e.IsDir() || !isYAML {
			l.list = append(l.list, whole(problem.Warning, "unknown-file", name,
				locale.Tf("没有程序会读取“%s”", "nothing reads “%s”", e.Name()),
				locale.T("表单的文件名以 .yaml 结尾", "the file of a form ends in .yaml")))
			continue
		}
		if !isSlug(id) {
			l.list = append(l.list, whole(problem.Error, "bad-slug", name,
				locale.Tf("文件名“%s”不能用作网址", "the file's name “%s” cannot be an address", id),
				locale.T("只用小写英文字母、数字和连字符，例如 hiring-request.yaml", "use lower-case English letters, digits and single hyphens, such as hiring-request.yaml")))
			continue
		}
		raw, err := l.file(name)
		if err != nil {
			return err
		}
		l.formIDs = append(l.formIDs, id)
		s, ok := newSource(name, raw)
		l.list = append(l.list, s.list...)
		if !ok {
			continue
		}
		f, found := form.Parse(name, s.text, env)
		l.list = append(l.list, found...)
		if f != nil {
			l.site.Forms = append(l.site.Forms, f)
		}
	}
	return nil
}
