package check_test

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"waijiao/generator/internal/check"
	"waijiao/generator/internal/load"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

const settings = `name: {zh: 示例网, en: Sample site}
base_url: https://www.example.org
lead: {zh: 引语, en: Lead}
intro: {zh: 介绍, en: Introduction}
office: {zh: 示例中心, en: Sample Centre}
host: {zh: 示例大学, en: Sample University}
guided_by: {zh: 示例局, en: Sample Bureau}
site_id: {zh: 标识码, en: code}
icp: {zh: 备案号, en: filing}
police: {zh: 公安备案号, en: police filing}
contact:
  email: office@example.org
  phone: {zh: 电话, en: telephone}
  address: {zh: 地址, en: address}
  hours: {zh: 时间, en: hours}
keywords: {zh: 外教, en: teachers}
sections:
  - {path: /guides/, title: {zh: 指南, en: Guides}, description: {zh: 说明, en: How to}}
navigation: [/guides/]
footer: [{to: /about/, label: {zh: 关于, en: About}}]
doors:
  - audience: school
    title: {zh: 我是学校, en: I am a school}
    tasks: [{to: /guides/, label: {zh: 指南, en: Guides}}]
per_page: 20
mail_limit: 20
allow_emails: [office@example.org]
vocabulary:
  subjects: [{key: english, zh: 英语, en: English}]
  topics: [{key: planning, zh: 规划, en: Planning}]
  columns: [{key: training, zh: 培训, en: Training}]
  tags: [{key: hiring, zh: 聘用, en: hiring}]
  certificates: [{key: tefl, zh: TEFL 证书, en: TEFL}]
  issuers: [{zh: 教育部, en: Ministry of Education}]
`

const request = `audience: school
title: {zh: 申报, en: Request}
summary: {zh: 说明, en: About it}
next: [{zh: 答复, en: We answer}]
submit: {zh: 提交, en: Send}
privacy: {zh: 只用于办理, en: For this only}
sections:
  - title: {zh: 联系, en: Contact}
    why: {zh: 便于答复, en: To answer}
    fields:
      - {name: mail, type: email, role: email, label: {zh: 邮箱, en: E-mail}}
`

const (
	districts = "code,name_zh,name_en,column,row\n330106,西湖区,Xihu,3,1\n"
	schools   = "id,name_zh,name_en,district,stages,ownership,zone,teachers,website,sample\n"
	zones     = "id,name_zh,name_en,district,lead_school,hours_total,hours_taken,since,sample\n"
	teachers  = "id,name_zh,name_en,nationality,mother_tongue,languages,subjects,stages,district,zone,school,star,star_year,years,degree,certificates,available_from,consent,sample\n"
	vacancies = "id,school,title_zh,title_en,subject,stages,type,hours,from,to,pay_min,pay_max,housing,opens,closes,sample\n"
	coverage  = "year,district,schools,schools_with_teacher,teachers,as_of,sample\n"
)

// content is a small site without a fault, with changes.
func content(changes map[string]string) fstest.MapFS {
	files := map[string]string{
		"site.yaml":               settings,
		"terms.yaml":              "- id: zone\n  zh: 片区\n  en: zone\n  also: {zh: [], en: []}\n  avoid: {zh: [], en: []}\n  meaning: {zh: 相邻的学校, en: Neighbouring schools.}\n",
		"directory/districts.csv": districts,
		"directory/schools.csv":   schools + "s01,某校,A school,330106,primary,public,,1,,\n",
		"directory/zones.csv":     zones, "directory/teachers.csv": teachers,
		"directory/vacancies.csv": vacancies, "directory/coverage.csv": coverage,
		"pages/about/zh.md": page("关于", "", "## 工作\n\n正文。\n"),
		"pages/about/en.md": page("About", "", "## Work\n\nText.\n"),
		"policies/p/zh.md":  "---\ntitle: 通知\nsummary: 摘要\ndate: 2026-01-05\nnumber: 外专发〔2017〕36号\nissuer: 教育部\nstatus: in-force\n---\n正文。\n",
	}
	maps.Copy(files, changes)
	fsys := fstest.MapFS{}
	for name, text := range files {
		if text != "" {
			fsys[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return fsys
}

func page(title, keys, body string) string {
	return "---\ntitle: " + title + "\nsummary: 摘要\ndate: 2026-01-05\n" + keys + "---\n" + body
}

// guide is the front matter of a guide, without its end.
const guide = `---
title: 指南
summary: 摘要
date: 2026-01-05
audience: [school]
conditions: [依法设立]
materials: [{name: 护照}]
steps: [{who: 学校, what: 申请}]
time_limit: 十日
fee: 不收费
contact: 窗口
`

func run(t *testing.T, live bool, changes map[string]string) problem.List {
	t.Helper()
	fsys := content(changes)
	s, list, err := load.Load(fsys, load.Options{Now: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	if list.Errors() > 0 {
		t.Errorf("the test's own content is at fault: %v", list)
	}
	found := check.Run(s, check.Options{Live: live, Content: fsys})
	for _, p := range found {
		for _, l := range locale.Langs() {
			if !p.Message.Has(l) || !p.Hint.Has(l) {
				t.Errorf("%s: no message or no hint in %s", p.Code, l)
			}
		}
		if p.Line > 0 && p.Source == "" {
			t.Errorf("%s at %s does not show its line", p.Code, p.Place())
		}
	}
	return found
}

// brief writes problems as "code place", warnings with a question mark.
func brief(list problem.List) string {
	var out []string
	for _, p := range list {
		mark := ""
		if p.Severity == problem.Warning {
			mark = "?"
		}
		out = append(out, p.Code+mark+" "+p.Place())
	}
	return strings.Join(out, "\n")
}

func TestRules(t *testing.T) {
	const x = "pages/x/zh.md"
	link := func(to string) map[string]string {
		return map[string]string{x: page("某页", "", "见[链接]("+to+")。\n")}
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"nothing": {nil, ""},

		"link to nowhere":      {link("/abuot/"), "broken-link pages/x/zh.md:6:2"},
		"link to a page":       {link("/about/"), ""},
		"link home":            {link("/"), ""},
		"link without a slash": {link("/about"), "broken-link pages/x/zh.md:6:2"},
		"link to a section":    {link("/coverage/"), ""},
		"link to a row":        {link("/schools/s01/"), ""},
		"link to no row":       {link("/schools/s02/"), "broken-link pages/x/zh.md:6:2"},
		"link to English":      {link("/en/about/#work"), ""},
		"link to no English":   {link("/en/abuot/"), "broken-link pages/x/zh.md:6:2"},
		"link to a feed":       {link("/policies/feed.xml"), ""},
		"link to no feed":      {link("/schools/feed.xml"), "broken-link pages/x/zh.md:6:2"},
		"link to search":       {link("/search/"), "broken-link pages/x/zh.md:6:2"},
		"link to another site": {link("https://other.example.org/abuot/"), ""},
		"own host in full":     {link("https://www.example.org/abuot/"), "broken-link pages/x/zh.md:6:2"},
		"own host's page":      {link("https://www.example.org/about/"), ""},
		"link with a query":    {link("/about/?from=x#工作"), ""},
		"link to a file":       {map[string]string{x: page("某页", "", "见[表](list.csv)和[表](/x/list.csv)。\n"), "pages/x/list.csv": "a,b\n"}, ""},

		"link to the progress":            {map[string]string{x: page("某页", "", "见[它](/forms/status/)。\n"), "forms/ask.yaml": request}, ""},
		"link to the progress of nothing": {link("/forms/status/"), "broken-link pages/x/zh.md:6:2"},
		"link to a receipt":               {map[string]string{x: page("某页", "", "见[它](/forms/receipt/)。\n"), "forms/ask.yaml": request}, "broken-link pages/x/zh.md:6:2"},
		"form at the frame":               {map[string]string{"forms/shell.yaml": request}, "duplicate-address forms/shell.yaml"},
		"form at the progress":            {map[string]string{"forms/status.yaml": request}, "duplicate-address forms/status.yaml"},
		"form at the receipts":            {map[string]string{"forms/receipt.yaml": request}, "duplicate-address forms/receipt.yaml"},
		"form at the office":              {map[string]string{"forms/office.yaml": request}, "duplicate-address forms/office.yaml"},
		"alias on a receipt":              {map[string]string{x: page("某页", "aliases: [/forms/receipt/]\n", "文。\n")}, "duplicate-address pages/x/zh.md:5:11"},

		"anchor of the page":       {link("/about/#工作"), ""},
		"anchor, escaped":          {link("/about/#%E5%B7%A5%E4%BD%9C"), ""},
		"anchor of the other text": {link("/about/#work"), "broken-anchor pages/x/zh.md:6:2"},
		"anchor in English": {map[string]string{"pages/x/en.md": page("X", "", "See [it](/about/#work).\n"),
			x: page("某页", "", "正文。\n")}, ""},
		"anchor not in English": {map[string]string{"pages/x/en.md": page("X", "", "See [it](/about/#工作).\n"),
			x: page("某页", "", "正文。\n")}, "broken-anchor pages/x/en.md:6:5"},
		"anchor of itself":     {map[string]string{x: page("某页", "", "## 甲\n\n[上](#甲)\n")}, ""},
		"anchor not of itself": {map[string]string{x: page("某页", "", "## 甲\n\n[上](#乙)\n")}, "broken-anchor pages/x/zh.md:8:1"},
		"anchor of a term":     {link("/glossary/#zone"), ""},
		"anchor of no term":    {link("/glossary/#zoo"), "broken-anchor pages/x/zh.md:6:2"},

		"anchor of a guide's part": {map[string]string{x: page("某页", "", "[甲](/guides/g/#materials)[乙](/guides/g/#questions)\n"), "guides/g/zh.md": guide + "faq: [{question: 问, answer: 答}]\n---\n文。\n"}, ""},
		"anchor of a part that is not there": {map[string]string{x: page("某页", "", "[甲](/guides/g/#materials)[乙](/guides/g/#questions)\n"), "guides/g/zh.md": guide + "---\n文。\n"},
			"broken-anchor pages/x/zh.md:6:26"},

		"link to a draft": {map[string]string{x: page("某页", "", "见[它](/y/)。\n"), "pages/y/zh.md": page("草稿", "draft: true\n", "文。\n")},
			"link-to-hidden pages/x/zh.md:6:2"},
		"link to what is not yet public": {map[string]string{x: page("某页", "", "见[它](/y/)。\n"), "pages/y/zh.md": page("将来", "publish: 2027-01-01T00:00:00Z\n", "文。\n")},
			"link-to-hidden pages/x/zh.md:6:2"},
		"link from draft to draft": {map[string]string{x: page("某页", "draft: true\n", "见[它](/y/)。\n"), "pages/y/zh.md": page("草稿", "draft: true\n", "文。\n")}, ""},

		"settings": {map[string]string{"site.yaml": strings.Replace(settings, "to: /about/", "to: /abuot/", 1)},
			"broken-link site.yaml:20:15"},

		"alias on a page":    {map[string]string{x: page("某页", "aliases: [/about/]\n", "文。\n")}, "duplicate-address pages/x/zh.md:5:11"},
		"alias on a section": {map[string]string{x: page("某页", "aliases: [/old/, /schools/]\n", "文。\n")}, "duplicate-address pages/x/zh.md:5:18"},
		"alias on search":    {map[string]string{x: page("某页", "aliases: [/search/]\n", "文。\n")}, "duplicate-address pages/x/zh.md:5:11"},
		"alias on a list":    {map[string]string{x: page("某页", "aliases: [/policies/page/2/]\n", "文。\n")}, "duplicate-address pages/x/zh.md:5:11"},
		"alias on a facet":   {map[string]string{x: page("某页", "aliases: [/teachers/stage/primary/]\n", "文。\n")}, "duplicate-address pages/x/zh.md:5:11"},
		"feeds and facets": {map[string]string{x: page("某页", "", "[甲](/guides/feed.xml)[乙](/teachers/subject/english/)[丙](/teachers/stage/primary/)\n"),
			"directory/teachers.csv": teachers + "t1,示例教师 001,Sample Teacher 001,GB,en,en,english,primary,330106,,,,,3,master,,,2026-01-01,\n"}, ""},
		"facet of nobody":     {map[string]string{x: page("某页", "", "[乙](/teachers/subject/english/)\n")}, "broken-link pages/x/zh.md:6:1"},
		"alias on an alias":   {map[string]string{x: page("某页", "aliases: [/old/]\n", "文。\n"), "pages/y/zh.md": page("又页", "aliases: [/old/]\n", "文。\n")}, "duplicate-address pages/y/zh.md:5:11"},
		"alias of its own":    {map[string]string{x: page("某页", "aliases: [/policies/old/, /searching/]\n", "文。\n")}, ""},
		"unknown number":      {map[string]string{x: page("某页", "", "依据外专发〔2017〕37号。\n")}, "unknown-number? pages/x/zh.md:6:3"},
		"known number":        {map[string]string{x: page("某页", "", "依据外专发[2017]36号。\n")}, ""},
		"private in a text":   {map[string]string{x: page("某页", "", "正文。\n电话"+mobile+"\n")}, "private-mobile pages/x/zh.md:7:3"},
		"private in the keys": {map[string]string{x: page("电话"+mobile, "", "正文。\n")}, "private-mobile pages/x/zh.md:2:10"},
		"private in a table": {map[string]string{"directory/schools.csv": schools + "s01,某校" + mobile + ",A school,330106,primary,public,,1,,\n"},
			"private-mobile directory/schools.csv:2:7"},
		"private in settings": {map[string]string{"site.yaml": strings.Replace(settings, "zh: 时间", "zh: 时间"+mobile, 1)}, "private-mobile site.yaml:15:17"},
		"private in terms": {map[string]string{"terms.yaml": "- id: a\n  zh: 甲\n  en: a\n  also: {zh: [], en: []}\n  avoid: {zh: [], en: []}\n  meaning: {zh: 写信给 a@b.example.net, en: x.}\n"},
			"private-email terms.yaml:6:21"},
		"private in an attachment": {map[string]string{x: page("某页", "", "见[表](list.csv)。\n"), "pages/x/list.csv": "a,b\n1," + mobile + "\n"},
			"private-mobile pages/x/list.csv:2:3"},
		"private in an attachment that is no text": {map[string]string{x: page("某页", "", "见[表](list.zip)。\n"), "pages/x/list.zip": mobile}, ""},
		"allowed address":                          {map[string]string{x: page("某页", "", "office@example.org\n")}, ""},

		"placeholders":   {map[string]string{x: page("某页", "", "电话：（待补：电话）。地址：（待补：地址）。\n")}, "placeholder? pages/x/zh.md:6:4"},
		"no placeholder": {map[string]string{x: page("某页", "", "（待补充材料）\n")}, ""},
		"sample and review": {map[string]string{x: page("某页", "sample: true\nreview: true\n", "文。\n"), "pages/x/en.md": page("X", "", "Text.\n")},
			"sample? pages/x/zh.md:5:1\nreview? pages/x/zh.md:6:1"},
		"sample rows": {map[string]string{"directory/schools.csv": schools + "s01,某校,A school,330106,primary,public,,1,,true\ns02,某校,A school,330106,primary,public,,1,,true\n"},
			"sample? directory/schools.csv:2:43"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := brief(run(t, false, c.files)); got != c.want {
				t.Errorf("found\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

const mobile = "138" + "0013" + "8000"

func TestLiveRefusesWhatIsUnfinished(t *testing.T) {
	got := run(t, true, map[string]string{
		"pages/x/zh.md":         page("某页", "sample: true\nreview: true\n", "电话：（待补：电话）。地址：（待补：地址）。\n"),
		"pages/x/en.md":         page("X", "", "Call (to be supplied: telephone).\n"),
		"pages/y/zh.md":         page("草稿", "draft: true\nreview: true\n", "（待补：全部）\n"),
		"site.yaml":             strings.Replace(settings, "zh: 备案号", "zh: （待补：备案号）", 1),
		"directory/schools.csv": schools + "s01,某校,A school,330106,primary,public,,1,,true\ns02,某校,A school,330106,primary,public,,1,,\n",
	})
	want := `sample directory/schools.csv:2:43
placeholder pages/x/en.md:6:6
sample pages/x/zh.md:5:1
review pages/x/zh.md:6:1
placeholder pages/x/zh.md:8:4
placeholder pages/x/zh.md:8:15
placeholder site.yaml:9:11`
	if brief(got) != want {
		t.Errorf("found\n%s\nwant\n%s", brief(got), want)
	}
	if got := brief(run(t, true, nil)); got != "" {
		t.Errorf("a finished site: %s", got)
	}
}

func TestHintsNameWhatWasMeant(t *testing.T) {
	for to, want := range map[string]string{"/abuot/": "/about/", "/about": "/about/", "/guides/about/": "/about/", "/about.html": "/about/"} {
		list := run(t, false, map[string]string{"pages/x/zh.md": page("某页", "", "见[链接]("+to+")。\n")})
		if len(list) != 1 || list[0].Hint.EN != "did you mean "+want+"?" {
			t.Errorf("%s: %v", to, list)
		}
	}
	list := run(t, false, map[string]string{"pages/x/zh.md": page("某页", "", "见[链接](/about/#work)。\n")})
	if len(list) != 1 || !strings.HasSuffix(list[0].Hint.EN, ": 工作") {
		t.Errorf("%v", list)
	}
}

func TestTheSameContentGivesTheSameList(t *testing.T) {
	files := map[string]string{}
	for _, slug := range []string{"a", "b", "c", "d"} {
		files["pages/"+slug+"/zh.md"] = page("某页", "aliases: [/old/]\n", "见[链接](/nowhere/)和[链接](/abut/)。\n")
	}
	first := run(t, false, files)
	for range 5 {
		if !slices.Equal(first, run(t, false, files)) {
			t.Fatal("two runs differ")
		}
	}
}

// A slip in site.yaml must not bury itself under faults that it causes.
func TestBrokenSettingsBlameNoAddress(t *testing.T) {
	fsys := content(map[string]string{
		"site.yaml":     strings.Replace(settings, "zh: 示例网", `zh: "示例网" x`, 1),
		"pages/x/zh.md": page("某页", "", "office@example.org，电话"+mobile+"\n"),
	})
	s, list, err := load.Load(fsys, load.Options{Now: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	if list.Errors() == 0 {
		t.Fatal("site.yaml was read; the test needs a slip that breaks it")
	}
	got := brief(check.Run(s, check.Options{Content: fsys}))
	if got != "private-mobile pages/x/zh.md:6:22" {
		t.Errorf("found\n%s", got)
	}
}

// What cannot be read between loading and checking is a fault, not a pass.
func TestAFileThatCannotBeReadIsReported(t *testing.T) {
	fsys := content(nil)
	s, _, err := load.Load(fsys, load.Options{Now: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	fsys["directory/schools.csv"] = &fstest.MapFile{Mode: fs.ModeDir}
	if got := brief(check.Run(s, check.Options{Content: fsys})); got != "unreadable-file directory/schools.csv" {
		t.Errorf("found\n%s", got)
	}
}
