package load

import (
	"bytes"
	"cmp"
	"slices"

	"waijiao/generator/internal/markdown"
	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// draft is a document on its way into the site. Exactly one of policy, notice,
// guide and page is set, and Document is its common part.
type draft struct {
	*site.Document
	policy *site.Policy
	notice *site.Notice
	guide  *site.Guide
	page   *site.Page

	zh, en *edition
	refs   []reference // what to look up when everything has been read
	list   problem.List
}

// reference is a mention of a policy or a form in the front matter.
type reference struct {
	in   *source
	at   int
	name string // the key in the front matter
	text string // as written
	key  string // canonical document number, or form id
}

// edition is one language's file.
type edition struct {
	*source
	lang      locale.Lang
	matter    int // offset at which the front matter begins
	body      int // offset at which the text begins
	bind      *binder
	prose     prose
	translate text
}

func newDraft(kind site.Kind, slug string) *draft {
	d := &draft{}
	switch kind {
	case site.KindPolicy:
		d.policy = &site.Policy{}
		d.Document = &d.policy.Document
	case site.KindNotice:
		d.notice = &site.Notice{}
		d.Document = &d.notice.Document
	case site.KindGuide:
		d.guide = &site.Guide{}
		d.Document = &d.guide.Document
	default:
		d.page = &site.Page{}
		d.Document = &d.page.Document
	}
	d.Kind, d.Slug = kind, slug
	return d
}

// open divides a file into front matter and text and reads the front matter's
// keys. Where that is impossible it reports why and returns nil.
func open(d *draft, lang locale.Lang, file string, raw []byte) *edition {
	s, ok := newSource(file, raw)
	defer func() { d.list = append(d.list, s.list...); s.list = nil }()
	if !ok {
		return nil
	}
	e := &edition{source: s, lang: lang}
	end, ok := e.split()
	if !ok {
		return nil
	}
	b, root, ok := parse(s, e.matter, end)
	if !ok {
		return nil
	}
	// What is missing is shown at the line that opens the front matter.
	e.bind, ok = b.bind(root)
	e.bind.at = 0
	if !ok {
		return nil
	}
	return e
}

// split finds the front matter: between a first line --- and the next one.
func (e *edition) split() (end int, ok bool) {
	first, rest := cutLine(e.text)
	if string(first) != "---" {
		e.fail("no-front-matter", 0,
			locale.T("文件开头没有前言", "the file does not begin with front matter"),
			locale.T("第一行写 ---，下面写 title、summary 等键，再写一行 ---", "begin with a line ---, then keys such as title and summary, then another line ---"))
		return 0, false
	}
	e.matter = len(e.text) - len(rest)
	for len(rest) > 0 {
		at := len(e.text) - len(rest)
		var line []byte
		line, rest = cutLine(rest)
		if string(line) == "---" {
			e.body = len(e.text) - len(rest)
			return at, true
		}
	}
	e.fail("unclosed-front-matter", 0,
		locale.T("前言没有结束", "the front matter has no end"),
		locale.T("在最后一个键的下面加一行 ---", "add a line --- below its last key"))
	return 0, false
}

// cutLine returns the first line without white space at its end, and what
// follows it.
func cutLine(text []byte) (line, rest []byte) {
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		line, rest = text[:i], text[i+1:]
	} else {
		line = text
	}
	return bytes.TrimRight(line, " \t\r"), rest
}

// decode takes facts and prose out of the editions, and compares them.
func (l *loader) decode(d *draft, hasZH, hasEN bool) {
	if d.zh != nil {
		if d.en != nil {
			d.zh.bind.said = map[string]string{}
		}
		l.prose(d, d.zh)
		l.facts(d, d.zh.bind)
		d.required(d.zh.bind)
		if d.zh.bind.has("translates") {
			d.zh.bind.taken[d.zh.bind.find("translates")] = true
			d.zh.fail("translates-in-chinese", d.zh.bind.keyAt("translates"),
				locale.T("“translates”只写在 en.md 里", "“translates” belongs in en.md only"),
				locale.T("删去这一行", "remove the line"))
		}
	}
	if d.en != nil {
		l.prose(d, d.en)
		switch {
		case d.zh != nil:
			scratch := newDraft(d.Kind, d.Slug)
			scratch.Attachments = d.Attachments
			d.en.bind.said = map[string]string{}
			l.facts(scratch, d.en.bind)
			d.compare()
		case !hasZH:
			l.facts(d, d.en.bind)
			d.required(d.en.bind)
		default:
			// zh.md holds the facts but cannot be read: what en.md repeats
			// of them is taken without asking for the rest.
			scratch := newDraft(d.Kind, d.Slug)
			scratch.Attachments = d.Attachments
			l.facts(scratch, d.en.bind)
		}
	}
	for _, e := range []*edition{d.zh, d.en} {
		if e != nil {
			e.bind.finish()
		}
	}
	d.editions(hasZH, hasEN)
	now := l.opt.Now
	d.Hidden = d.Draft && !l.opt.Drafts || now.Before(d.Publish)
	d.Expired = !d.Expire.IsZero() && !now.Before(d.Expire)
	for _, e := range []*edition{d.zh, d.en} {
		if e != nil {
			d.list = append(d.list, e.list...)
			e.list = nil
			// The tree of the front matter is large, and nobody asks it again.
			e.bind = nil
		}
	}
}

// compare refuses facts in en.md that zh.md does not say.
func (d *draft) compare() {
	zh, en := d.zh.bind.said, d.en.bind.said
	for _, e := range d.en.bind.entries {
		value, said := en[e.key]
		if !said || zh[e.key] == value {
			continue
		}
		hint := locale.T("事实只写在 zh.md；删去 en.md 里的这一行，或者改成一样的值", "facts are written in zh.md; remove this line from en.md, or give it the same value")
		if !d.zh.bind.has(e.key) {
			d.en.fail("contradiction", e.keyAt,
				locale.Tf("en.md 写了“%s”，zh.md 没有写", "en.md gives “%s”, zh.md does not", e.key),
				locale.T("把这一行移到 zh.md", "move the line to zh.md"))
			continue
		}
		d.en.fail("contradiction", e.value.at,
			locale.Tf("“%s”与 zh.md 不一致", "“%s” is not what zh.md says", e.key), hint)
	}
}

// editions makes the site's editions and looks after the translation.
func (d *draft) editions(hasZH, hasEN bool) {
	if d.zh != nil {
		d.ZH = d.zh.edition()
	}
	if d.en != nil {
		d.EN = d.en.edition()
	}
	switch {
	case d.zh != nil && !hasEN:
		d.zh.warn("missing-translation", d.zh.bind.keyAt("title"),
			locale.T("还没有英文版", "there is no English version yet"),
			locale.T("在同一文件夹里写 en.md", "write en.md in the same folder"))
	case d.en != nil && !hasZH:
		d.en.warn("missing-translation", d.en.bind.keyAt("title"),
			locale.T("还没有中文版", "there is no Chinese version yet"),
			locale.T("在同一文件夹里写 zh.md", "write zh.md in the same folder"))
	case d.zh != nil && d.en != nil:
		d.translation()
	}
}

// translation judges whether en.md still renders the Chinese as it stands.
func (d *draft) translation() {
	want := fingerprint(&d.zh.prose, d.zh.text[d.zh.body:])
	got := d.en.translate
	d.EN.Translates = got.s
	add := locale.Tf("核对译文以后写 translates: %[1]s", "when the translation has been checked, write translates: %[1]s", want)
	switch {
	case got.s == want:
	case got.s == "":
		if d.en.bind.has("translates") {
			return // left empty or of a wrong type: reported already
		}
		d.en.warn("missing-translates", d.en.bind.keyAt("title"),
			locale.T("没有写明译自哪一版中文", "the file does not say which Chinese text it translates"), add)
	case !isFingerprint(got.s):
		d.en.warn("bad-translates", got.at,
			locale.Tf("“%s”不是指纹（八位十六进制数）", "“%s” is not a fingerprint of eight hexadecimal digits", got.s), add)
	default:
		d.EN.Stale = true
		d.en.warn("stale-translation", got.at,
			locale.T("翻译以后中文又改过", "the Chinese text has changed since it was translated"), add)
	}
}

// edition makes the site's value of what has been read; its Body comes with
// convert.
func (e *edition) edition() *site.Edition {
	keys := make(map[string]int, len(e.bind.entries))
	for _, k := range e.bind.entries {
		if _, taken := keys[k.key]; !taken {
			keys[k.key] = k.keyAt
		}
	}
	return &site.Edition{Lang: e.lang, File: e.file, Title: e.prose.title.s, Summary: e.prose.summary.s,
		Source: e.text, BodyAt: e.body, Keys: keys}
}

// convert turns the markdown of both editions into HTML.
func (d *draft) convert(c *markdown.Converter) {
	for _, e := range []*edition{d.zh, d.en} {
		if e == nil {
			continue
		}
		out := d.ZH
		if e.lang == locale.EN {
			out = d.EN
		}
		from := markdown.Source{Lang: e.lang, File: e.file, Text: e.text, BodyAt: e.body, Path: d.Path(), Attachment: d.attachment}
		var body site.Body
		if d.guide != nil {
			from.Taken = site.GuideParts()
			said, found := e.prose.convert(c, from, &body)
			if e.lang == locale.EN {
				d.guide.ENProse = said
			} else {
				d.guide.ZHProse = said
			}
			d.list = append(d.list, found...)
		}
		converted, found := c.Convert(from)
		d.list = append(d.list, found...)
		converted.HTML = bytes.Clone(converted.HTML) // without the spare room of a buffer
		converted.Links = append(body.Links, converted.Links...)
		converted.Citations = append(body.Citations, converted.Citations...)
		slices.SortStableFunc(converted.Links, func(a, b site.Reference) int { return cmp.Compare(a.Pos, b.Pos) })
		slices.SortStableFunc(converted.Citations, func(a, b site.Citation) int { return cmp.Compare(a.Pos, b.Pos) })
		out.Body = converted
	}
}

func (d *draft) attachment(name string) (site.Attachment, bool) {
	for _, a := range d.Attachments {
		if a.Name == name {
			return a, true
		}
	}
	return site.Attachment{}, false
}
