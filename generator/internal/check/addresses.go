package check

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// addresses reports what wants an address that something else has: documents,
// old addresses of documents, forms and the site's own pages.
func (c *checker) addresses() problem.List {
	var list problem.List
	var all []*site.Document
	for d := range c.site.Documents() {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b *site.Document) int { return cmp.Compare(a.Path(), b.Path()) })
	taken := map[string]locale.Text{} // address -> who has it
	for path, what := range c.places.own {
		taken[path] = what
	}
	for _, d := range all {
		if by, no := c.taken(taken, d.Path()); no {
			list = append(list, at(duplicate(d.Path(), by), firstEdition(d), 0))
			continue
		}
		taken[d.Path()] = locale.Tf("文档 %s", "the document %s", firstEdition(d).File)
	}
	for _, d := range all {
		for _, alias := range d.Aliases {
			e := firstEdition(d)
			pos := mention(e, "aliases", alias)
			if by, no := c.taken(taken, alias); no {
				list = append(list, at(duplicate(alias, by), e, pos))
				continue
			}
			taken[alias] = locale.Tf("%s 的旧网址", "an old address of %s", e.File)
		}
	}
	for _, f := range c.site.Forms {
		if by, no := drawn()[f.ID]; no {
			p := duplicate("/forms/"+f.ID+"/", by)
			p.File = "forms/" + f.ID + ".yaml"
			list = append(list, p)
		}
	}
	return list
}

// drawn are the names below /forms/ that stand for no form: intake shows there
// what became of one.
func drawn() map[string]locale.Text {
	return map[string]locale.Text{
		"shell":   locale.T("回执页的外框", "the frame of receipts"),
		"status":  locale.T("查询办理进度的页面", "the page that shows how far a form has come"),
		"receipt": locale.T("回执页", "the pages of receipts"),
		"office":  locale.T("中心工作人员办理的页面", "the pages on which the office marks a form"),
	}
}

// taken tells who has the address, or for what it is kept.
func (c *checker) taken(taken map[string]locale.Text, path string) (locale.Text, bool) {
	if by, ok := taken[path]; ok {
		return by, true
	}
	for _, kept := range []string{"/en/", "/assets/", "/search/", "/404/", "/forms/shell/", "/forms/status/", "/forms/receipt/", "/forms/office/",
		"/notices/page/", "/notices/year/", "/policies/page/", "/policies/year/", "/teachers/subject/", "/teachers/stage/"} {
		if strings.HasPrefix(path, kept) {
			return locale.T("网站自己的页面", "the site itself"), true
		}
	}
	return locale.Text{}, false
}

func duplicate(path string, by locale.Text) problem.Problem {
	return problem.Problem{Code: "duplicate-address", Severity: problem.Error,
		Message: locale.Tf("网址 %[1]s 已属于%[2]s", "the address %[1]s already belongs to %[3]s", path, by.ZH, by.EN),
		Hint:    locale.T("换一个网址；已经公开过的网址不要改，改这一个", "choose another address here; do not change one that has been public"),
	}
}

func firstEdition(d *site.Document) *site.Edition { return d.Edition(locale.ZH) }

// mention finds value behind a key of the front matter.
func mention(e *site.Edition, key, value string) int {
	from := e.Keys[key]
	if i := bytes.Index(e.Source[from:max(e.BodyAt, from)], []byte(value)); i >= 0 {
		return from + i
	}
	return from
}
