package render_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"waijiao/generator/internal/render"
	"waijiao/generator/internal/site"
	"waijiao/generator/internal/theme"
	"waijiao/internal/form"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
	"waijiao/themes"
)

// now is the moment for which the test's sites are built.
func now() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, locale.Beijing()) }

func day(y int, m time.Month, d int) locale.Date { return locale.Date{Year: y, Month: m, Day: d} }

func lakeside(t testing.TB) *theme.Theme {
	t.Helper()
	th, problems := theme.Load(themes.Lakeside())
	if th == nil {
		problems.Write(os.Stderr, locale.EN)
		t.Fatal("the theme has faults")
	}
	return th
}

// draw draws the site and returns its pages by their paths.
func draw(t testing.TB, s *site.Site, opt render.Options) map[string]string {
	t.Helper()
	pages := map[string]string{}
	var mu sync.Mutex
	err := render.Pages(s, lakeside(t), opt, func(p render.Page) error {
		mu.Lock()
		defer mu.Unlock()
		if _, twice := pages[p.Path]; twice {
			t.Errorf("%s was drawn twice", p.Path)
		}
		pages[p.Path] = string(p.Body)
		if p.Source != "" {
			pages[p.Path] = "copy of " + p.Source
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func edition(l locale.Lang, title, summary, body string) *site.Edition {
	return &site.Edition{Lang: l, Title: title, Summary: summary, Body: site.Body{HTML: []byte(body)}}
}

func document(kind site.Kind, slug string, date locale.Date, zh, en string) site.Document {
	d := site.Document{Kind: kind, Slug: slug, Date: date}
	if zh != "" {
		d.ZH = edition(locale.ZH, zh, zh+"的摘要", "<h2 id=\"a\">正文</h2><p>"+zh+"</p>")
	}
	if en != "" {
		d.EN = edition(locale.EN, en, "Summary of "+en, "<h2 id=\"a\">Text</h2><p>"+en+"</p>")
	}
	return d
}

func inline(s string) site.Inline { return site.Inline{Text: s, HTML: s} }

// small is a site with one of everything.
func small(t testing.TB) *site.Site {
	t.Helper()
	words := func(keys ...string) []site.Word {
		var list []site.Word
		for _, k := range keys {
			list = append(list, site.Word{Key: k, ZH: "名" + k, EN: "Name " + k})
		}
		return list
	}
	s := &site.Site{Now: now()}
	s.Config = site.Config{
		Name: locale.T("外教网", "Teacher Network"), BaseURL: "https://site.example.org", Lead: locale.T("一句话", "One sentence"),
		Intro: locale.T("简介", "Introduction"), Office: locale.T("中心", "The Centre"), Host: locale.T("主办", "Host"),
		Contact:  site.Contact{Email: "office@example.org"},
		Keywords: locale.T("外教", "foreign teachers"), PerPage: 3,
		Nav:   []string{"/notices/", "/policies/", "/about/"},
		Doors: []site.Door{{Title: locale.T("我是学校", "I am a school"), Tasks: []site.Link{{To: "/forms/request/", Label: locale.T("申报", "Apply")}}}},
		Sections: []site.Section{
			{Path: "/notices/", Title: locale.T("通知", "Notices"), Description: locale.T("通知的说明", "About notices")},
			{Path: "/policies/", Title: locale.T("政策", "Policies"), Description: locale.T("政策的说明", "About policies")},
		},
		Vocabulary: site.Vocabulary{Subjects: words("english", "music"), Topics: words("planning"), Columns: words("training"), Tags: words("visa"), Certificates: words("tefl")},
	}
	s.Terms = []*site.Term{{ID: "zone", ZH: "片区", EN: "zone", Meaning: locale.T("共用教师的学校", "Schools that share teachers")}}
	s.Districts = []*site.District{{Code: "330106", Name: locale.T("西湖区", "Xihu"), Column: 3, Top: 1}}
	s.Policies = []*site.Policy{
		{Document: document(site.KindPolicy, "new", day(2026, 3, 1), "新政策", "New policy"), Number: "杭政办函〔2026〕1号", NumberKey: "n1",
			Status: site.InForce, Supersedes: []string{"n0"}, Issuers: []locale.Text{locale.T("市教育局", "Education Bureau")}, Topic: "planning", Issued: day(2026, 2, 1)},
		{Document: document(site.KindPolicy, "old", day(2020, 3, 1), "旧政策", "Old policy"), Number: "杭政办函〔2020〕1号", NumberKey: "n0", Status: site.Repealed},
		{Document: document(site.KindPolicy, "explained", day(2020, 2, 1), "解读", ""), ExplainsKey: "n1"},
	}
	for i := range 7 {
		n := &site.Notice{Document: document(site.KindNotice, fmt.Sprintf("n%d", i), day(2026-i/4, 12-time.Month(i), 3), fmt.Sprintf("通知%d", i), fmt.Sprintf("Notice %d", i))}
		s.Notices = append(s.Notices, n)
	}
	s.Notices[6].Pinned, s.Notices[6].Column, s.Notices[6].Deadline = true, "training", day(2026, 12, 1)
	s.Notices[5].Sample = true
	s.Notices[4].Expired = true
	s.Notices[3].Hidden = true
	s.Notices[2].Attachments = []site.Attachment{{Name: "表 1.pdf", Type: "application/pdf", Size: 2048}}
	s.Notices[1].Aliases = []string{"/notices/before/"}
	prose := func(who string) *site.GuideProse {
		return &site.GuideProse{
			Conditions: []site.Inline{inline("<strong>one</strong>")},
			Materials:  []site.Material{{Name: inline("passport"), Copies: 2, Form: "copy", Within: 6}},
			Steps:      []site.Step{{Who: inline(who), What: inline("do it"), Days: site.Days{Working: 10}}},
			TimeLimit:  inline("20"), Fee: inline("none"), Contact: inline("office"),
			FAQ: []site.Question{{Question: inline("q"), Answer: inline("a")}},
		}
	}
	s.Guides = []*site.Guide{{
		Document: document(site.KindGuide, "permit", day(2026, 1, 1), "办证", "Permit"), Audience: []string{"school", "teacher"},
		Basis: []string{"n1"}, Forms: []string{"request"}, ZHProse: prose("学校"), ENProse: prose("School"),
	}}
	s.Pages = []*site.Page{{Document: document(site.KindPage, "about", day(2026, 1, 1), "关于", "About")}}
	s.Schools = []*site.School{{ID: "s1", Name: locale.T("示例小学 01", "Sample School 01"), District: "330106", Stages: []string{"primary"}, Ownership: "public", Zone: "z1", Teachers: 1}}
	s.Zones = []*site.Zone{{ID: "z1", Name: locale.T("示例片区", "Sample Zone"), District: "330106", LeadSchool: "s1", HoursTotal: 10, HoursTaken: 4, Since: locale.Date{Year: 2024, Month: 9}}}
	s.Teachers = []*site.Teacher{{ID: "t1", Name: locale.T("示例教师 001", "Sample Teacher 001"), Nationality: "GB", MotherTongue: "en", Languages: []string{"en", "fr"},
		Subjects: []string{"english", "music"}, Stages: []string{"junior"}, District: "330106", Zone: "z1", School: "s1", Star: 4, StarYear: 2025, Years: 1, Degree: "master", Certificates: []string{"tefl"}, Sample: true}}
	s.Vacancies = []*site.Vacancy{
		{ID: "v1", School: "s1", Title: locale.T("英语外教", "English teacher"), Subject: "english", Stages: []string{"primary"}, Type: "full-time", Hours: 16, From: day(2027, 2, 1), To: day(2027, 7, 1), PayMin: 16000, PayMax: 20000, Housing: "provided", Opens: day(2026, 11, 1), Closes: day(2026, 12, 31)},
		{ID: "v2", School: "s1", Title: locale.T("旧岗位", "Old post"), Subject: "music", Type: "zone", Housing: "none", Opens: day(2026, 1, 1), Closes: day(2026, 2, 1)},
	}
	s.Coverage = []*site.Coverage{
		{Year: 2024, District: "330106", Schools: 3, SchoolsWithTeacher: 1, Teachers: 2, AsOf: day(2024, 12, 31)},
		{Year: 2025, District: "330106", Schools: 3, SchoolsWithTeacher: 2, Teachers: 5, AsOf: day(2025, 12, 31)},
	}
	f, problems := form.Parse("forms/request.yaml", []byte(requestForm), form.Env{SiteName: s.Config.Name, Office: s.Config.Office})
	if problems.Errors() > 0 {
		var b strings.Builder
		problem.List(problems).Write(&b, locale.EN)
		t.Fatal(b.String())
	}
	s.Forms = []*form.Form{f}
	s.Index()
	return s
}

const requestForm = `
audience: school
title: {zh: 需求申报, en: Request}
summary: {zh: 填写需求, en: Say what you need}
submit: {zh: 提交需求, en: Send request}
privacy: {zh: 只用于办理, en: Used for this only}
next: [{zh: 我们回复您, en: We answer}]
sections:
  - title: {zh: 联系人, en: Contact}
    why: {zh: 便于答复, en: So that we can answer}
    fields:
      - {name: mail, type: email, role: email, label: {zh: 电子邮箱, en: E-mail}}
`
