package load

import (
	"strings"

	"waijiao/generator/internal/site"
	"waijiao/internal/docnumber"
	"waijiao/internal/locale"
)

// words are the vocabularies that front matter and tables draw from.
type words struct {
	subjects, topics, columns, tags, certificates, issuers vocabulary
	issuerNames                                            map[string]locale.Text
}

func newWords(c *site.Config) words {
	keys := func(what locale.Text, list []site.Word) vocabulary {
		v := vocabulary{what: what, open: len(list) == 0}
		for _, w := range list {
			v.keys = append(v.keys, w.Key)
		}
		return v
	}
	w := words{
		subjects:     keys(locale.T("学科", "subject"), c.Vocabulary.Subjects),
		topics:       keys(locale.T("主题", "topic"), c.Vocabulary.Topics),
		columns:      keys(locale.T("通知栏目", "column of notices"), c.Vocabulary.Columns),
		tags:         keys(locale.T("标签", "tag"), c.Vocabulary.Tags),
		certificates: keys(locale.T("证书种类", "kind of certificate"), c.Vocabulary.Certificates),
		issuers:      vocabulary{what: locale.T("发文机关", "issuing authority"), open: len(c.Vocabulary.Issuers) == 0},
		issuerNames:  map[string]locale.Text{},
	}
	for _, name := range c.Vocabulary.Issuers {
		w.issuers.keys = append(w.issuers.keys, name.ZH)
		w.issuerNames[name.ZH] = name
	}
	return w
}

func audiences() vocabulary {
	return vocabulary{what: locale.T("办事对象", "audience"), keys: []string{"school", "teacher", "institution"}}
}

func materialForms() vocabulary {
	return vocabulary{what: locale.T("材料形式", "form of a material"), keys: []string{"original", "copy"}}
}

func statuses() vocabulary {
	return vocabulary{what: locale.T("有效性", "status"), keys: []string{string(site.InForce), string(site.Trial),
		string(site.Amended), string(site.Lapsed), string(site.Repealed)}}
}

// facts takes the keys that both languages share into the document.
func (l *loader) facts(d *draft, m *binder) {
	m.date("date", &d.Date)
	m.date("updated", &d.Updated)
	m.someOf("tags", l.words.tags, &d.Tags)
	m.moment("publish", &d.Publish)
	m.moment("expire", &d.Expire)
	m.flag("draft", &d.Draft)
	m.flag("sample", &d.Sample)
	m.flag("review", &d.Review)
	for _, t := range m.texts("aliases") {
		if m.alias(t, d.Path()) && m.once(t, d.Aliases) {
			d.Aliases = append(d.Aliases, t.s)
		}
	}
	if t, ok := m.text("image"); ok && d.picture(m, t) {
		d.Image = t.s
	}
	if !d.Date.IsZero() {
		m.notBefore("updated", d.Updated, "date", d.Date)
	}
	if !d.Expire.IsZero() && !d.Publish.IsZero() && !d.Publish.Before(d.Expire) {
		m.fail("wrong-order", m.keyAt("expire"),
			locale.T("“expire”不晚于“publish”", "“expire” is not later than “publish”"),
			locale.T("核对两个时间", "check the two times"))
	}
	switch {
	case d.policy != nil:
		l.policy(d, m)
	case d.notice != nil:
		m.oneOf("column", l.words.columns, &d.notice.Column)
		m.flag("pinned", &d.notice.Pinned)
		m.date("deadline", &d.notice.Deadline)
	case d.guide != nil:
		m.someOf("audience", audiences(), &d.guide.Audience)
		d.guide.Basis = d.numbers(m, "basis")
		for _, t := range m.texts("forms") {
			if m.once(t, d.guide.Forms) {
				d.guide.Forms = append(d.guide.Forms, t.s)
				d.refs = append(d.refs, reference{in: m.source, at: t.at, name: "forms", text: t.s, key: t.s})
			}
		}
	}
}

// required asks for the facts that every document of the kind has.
func (d *draft) required(m *binder) {
	m.require("date")
	switch {
	case d.policy != nil:
		m.require("issuer")
		if m.has("number") {
			m.require("status")
		}
	case d.notice != nil:
		m.require("column")
	case d.guide != nil:
		m.require("audience")
	}
}

func (l *loader) policy(d *draft, m *binder) {
	p := d.policy
	if t, ok := m.text("number"); ok {
		if key, ok := number(m, t); ok {
			m.note("number", key)
			p.NumberKey, p.Number = key, docnumber.Display(t.s)
		}
	}
	for _, t := range m.oneOrMore("issuer") {
		if !m.known(t, l.words.issuers) {
			continue
		}
		name, ok := l.words.issuerNames[t.s]
		if !ok {
			name = locale.Text{ZH: t.s}
		}
		p.Issuers = append(p.Issuers, name)
	}
	m.into("index", &p.Index)
	m.oneOf("topic", l.words.topics, &p.Topic)
	m.date("issued", &p.Issued)
	m.date("effective", &p.Effective)
	m.date("until", &p.Until)
	m.oneOf("status", statuses(), (*string)(&p.Status))
	p.Cites = d.numbers(m, "cites")
	p.Supersedes = d.numbers(m, "supersedes")
	p.Amends = d.numbers(m, "amends")
	if t, ok := m.text("explains"); ok {
		if key, ok := number(m, t); ok {
			m.note("explains", key)
			p.ExplainsKey = key
			d.refs = append(d.refs, reference{in: m.source, at: t.at, name: "explains", text: t.s, key: key})
		}
	}
	m.into("source", &p.Source)
	if !p.Effective.IsZero() {
		m.notBefore("until", p.Until, "effective", p.Effective)
	}
	if today := locale.Today(l.opt.Now); p.Standing(today) == site.Lapsed && p.Status != site.Lapsed {
		m.warn("until-passed", m.keyAt("status"),
			locale.Tf("有效期（%[2]s）已过，“status”还是 %[1]s；页面按失效显示", "“status” is %[1]s, but the last day was %[2]s; the page shows the policy as lapsed", p.Status, p.Until),
			locale.T("改为 lapsed；如果文件延期了，改 until", "write lapsed or, if the document was extended, mend until"))
	}
}

// numbers takes a list of document numbers and returns their keys.
func (d *draft) numbers(m *binder, name string) []string {
	var keys []string
	for _, t := range m.texts(name) {
		key, ok := number(m, t)
		if !ok {
			continue
		}
		if d.policy != nil && key == d.policy.NumberKey {
			m.fail("own-number", t.at,
				locale.Tf("“%s”是本文件自己的发文字号", "“%s” is this document's own number", t.s),
				locale.T("删去它", "remove it"))
			continue
		}
		if m.once(text{key, t.at}, keys) {
			keys = append(keys, key)
			d.refs = append(d.refs, reference{in: m.source, at: t.at, name: name, text: t.s, key: key})
		}
	}
	if m.has(name) {
		m.note(name, strings.Join(keys, "\x00"))
	}
	return keys
}

func number(m *binder, t text) (string, bool) {
	key, ok := docnumber.Key(t.s)
	if !ok {
		m.fail("bad-number", t.at,
			locale.Tf("“%s”不是发文字号", "“%s” is not a document number", t.s),
			locale.T("例如 杭政办函〔2017〕6号、国务院令第637号", "such as 杭政办函〔2017〕6号 or 国务院令第637号"))
	}
	return key, ok
}

// alias accepts an old address of the site, in its Chinese form.
func (b *block) alias(t text, own string) bool {
	ok := len(t.s) > 2 && t.s[0] == '/' && t.s[len(t.s)-1] == '/' && t.s != own
	for part := range strings.SplitSeq(strings.Trim(t.s, "/"), "/") {
		if part == "" || strings.Trim(part, ".") == "" || strings.ContainsFunc(part, notInAddress) {
			ok = false
		}
	}
	if lang, _ := locale.FromPath(t.s); lang == locale.EN {
		ok = false
	}
	if !ok {
		b.fail("bad-alias", t.at,
			locale.Tf("“%s”不能用作旧网址", "“%s” cannot be an old address", t.s),
			locale.T("写本站的旧网址，前后都有斜杠，不带 /en/，例如 /policies/old-name/", "write an old address of this site, with a slash at both ends and without /en/, such as /policies/old-name/"))
	}
	return ok
}

func notInAddress(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.~", r))
}

// picture accepts an image that lies beside the text.
func (d *draft) picture(m *binder, t text) bool {
	a, ok := d.attachment(t.s)
	if ok && strings.HasPrefix(a.Type, "image/") {
		return true
	}
	var names []string
	for _, a := range d.Attachments {
		if strings.HasPrefix(a.Type, "image/") {
			names = append(names, a.Name)
		}
	}
	hint := didYouMean(t.s, names)
	if len(names) == 0 {
		hint = locale.T("把图片放进文档的文件夹，这里写它的文件名", "put the picture into the document's folder and write its file name here")
	}
	m.fail("no-image", t.at,
		locale.Tf("文件夹里没有图片“%s”", "the folder holds no picture “%s”", t.s), hint)
	return false
}

// notBefore reports a day that comes before another one that it follows.
func (m *binder) notBefore(name string, day locale.Date, after string, first locale.Date) {
	if !day.IsZero() && day.Before(first) {
		m.fail("wrong-order", m.keyAt(name),
			locale.Tf("“%s”（%s）早于“%s”（%s）", "“%s” (%s) comes before “%s” (%s)", name, day, after, first),
			locale.T("核对两个日期", "check the two dates"))
	}
}

// superseded warns where a policy still claims to be in force although by has
// replaced it.
func (d *draft) superseded(by *site.Policy) {
	switch d.policy.Status {
	case site.InForce, site.Trial, site.Amended:
	default:
		return
	}
	e := d.first()
	e.warn("superseded", d.Document.Edition(e.lang).Keys["status"],
		locale.Tf("%[1]s 已替代本文件，“status”还是 %[2]s", "%[1]s replaces this document, but “status” is %[2]s", by.Path(), d.policy.Status),
		locale.T("改为 repealed 或 lapsed；如果没有全文替代，在那份文件里用 amends", "write repealed or lapsed; if it replaces only parts, use amends there"))
	d.list, e.list = append(d.list, e.list...), nil
}

// first is the edition in which the facts stand.
func (d *draft) first() *edition {
	if d.zh != nil {
		return d.zh
	}
	return d.en
}

// references looks up the document numbers and forms that front matter names,
// and finds numbers that two policies claim.
func (l *loader) references(drafts []*draft) {
	owner := map[string]*draft{}
	var known []string
	for _, d := range drafts {
		if d.policy == nil || d.policy.NumberKey == "" {
			continue
		}
		key := d.policy.NumberKey
		first, taken := owner[key]
		if !taken {
			owner[key] = d
			known = append(known, d.policy.Number)
			continue
		}
		e := d.first()
		e.fail("duplicate-number", d.Document.Edition(e.lang).Keys["number"],
			locale.Tf("%[1]s 已经是 %[2]s 的发文字号", "%[1]s is already the number of %[2]s", d.policy.Number, first.Path()),
			locale.T("核对发文字号；解读用 explains", "check the number; an explanation uses explains"))
		d.list, e.list = append(d.list, e.list...), nil
	}
	today := locale.Today(l.opt.Now)
	for _, d := range drafts {
		if d.policy == nil || d.Hidden || today.Before(d.policy.Effective) {
			continue
		}
		for _, key := range d.policy.Supersedes {
			if old := owner[key]; old != nil {
				old.superseded(d.policy)
			}
		}
	}
	formIDs := vocabulary{what: locale.T("表单", "form"), keys: l.formIDs}
	for _, d := range drafts {
		for _, r := range d.refs {
			s := &source{file: r.in.file, text: r.in.text}
			switch {
			case r.name == "forms":
				if !formIDs.has(r.key) {
					message, hint := formIDs.unknown(r.text)
					s.fail("unknown-form", r.at, message, hint)
				}
			case owner[r.key] == nil:
				hint := didYouMean(docnumber.Display(r.text), known)
				s.fail("unknown-number", r.at,
					locale.Tf("政策库里没有发文字号“%s”", "no policy has the document number “%s”", r.text),
					hint)
			}
			d.list = append(d.list, s.list...)
		}
	}
}
