package render_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"waijiao/generator/internal/render"
	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
)

// has reports what each page lacks, and what it has where the text begins with
// a minus.
func has(t *testing.T, pages map[string]string, want map[string][]string) {
	t.Helper()
	for name, texts := range want {
		page, ok := pages[name]
		if !ok {
			t.Errorf("no %s", name)
			continue
		}
		for _, text := range texts {
			if unwanted, minus := strings.CutPrefix(text, "-"); minus {
				if strings.Contains(page, unwanted) {
					t.Errorf("%s has %s", name, unwanted)
				}
			} else if !strings.Contains(page, text) {
				t.Errorf("%s lacks %s", name, text)
			}
		}
	}
}

func TestAYearListsEachHeadingOnce(t *testing.T) {
	s := small(t)
	s.Config.PerPage = 10
	s.Notices[1].Pinned = true
	pages := draw(t, s, render.Options{})
	for name, h2 := range map[string]int{"notices/index.html": 3, "notices/year/2026/index.html": 1} {
		main, _, _ := strings.Cut(pages[name], "<footer")
		if n := strings.Count(main, "<h2 id="); n != h2 {
			t.Errorf("%s has %d headings, want %d", name, n, h2)
		}
	}
}

func TestExpiredPagesLeaveTheSitemap(t *testing.T) {
	pages := draw(t, small(t), render.Options{})
	has(t, pages, map[string][]string{"sitemap.xml": {"/notices/n0/", "-/notices/n4/"}, "notices/n4/index.html": {"noindex"}})
}

func TestAPolicyPastItsLastDayHasLapsed(t *testing.T) {
	s := small(t)
	p := s.Policies[0]
	p.Until = day(2026, 11, 22)
	has(t, draw(t, s, render.Options{}), map[string][]string{"policies/new/index.html": {"badge-in-force", "-本文件已失效", "legislationLegalForce\":\"https://schema.org/InForce"}})
	p.Until = day(2026, 11, 21)
	has(t, draw(t, s, render.Options{}), map[string][]string{
		"policies/new/index.html":    {"-badge-in-force", `banner-seal" role="note"><strong>本文件已失效`, "https://schema.org/NotInForce"},
		"policies/index.html":        {"-badge-in-force", "badge-lapsed"},
		"guides/permit/index.html":   {"badge-lapsed"},
		"en/policies/old/index.html": {"badge-lapsed"},
	})
}

func TestAPolicyBeforeItsFirstDayIsNotInForce(t *testing.T) {
	s := small(t)
	s.Policies[0].Effective = day(2026, 11, 23)
	has(t, draw(t, s, render.Options{}), map[string][]string{
		"policies/new/index.html":    {"本文件尚未施行", "-badge-in-force", "<dd>尚未施行</dd>", "https://schema.org/NotInForce"},
		"en/policies/new/index.html": {"Not yet in force"},
	})
	s.Policies[0].Effective = day(2026, 11, 22)
	has(t, draw(t, s, render.Options{}), map[string][]string{"policies/new/index.html": {"-尚未施行", "badge-in-force"}})
}

func TestPoliciesSayWhatTheyReplaceAndWhatReplacesThem(t *testing.T) {
	s := small(t)
	s.Policies[1].Status = site.InForce
	pages := draw(t, s, render.Options{})
	has(t, pages, map[string][]string{
		"en/policies/old/index.html": {"A later document replaces this one", `In force now: <a href="/en/policies/new/">New policy</a>`},
		"en/policies/new/index.html": {`<dt>Replaces</dt><dd><a href="/en/policies/old/">Old policy</a>`, "-Documents it cites"},
	})
	s.Policies[0].Supersedes, s.Policies[0].Amends = nil, []string{"n0"}
	s.Index()
	has(t, draw(t, s, render.Options{}), map[string][]string{
		"en/policies/old/index.html": {`banner-amber" role="note"><strong>This document has been amended`, `Amended by: <a href="/en/policies/new/">`},
		"en/policies/new/index.html": {`<dt>Amends</dt><dd><a href="/en/policies/old/">`},
	})
	s.Policies[0].Effective = day(2026, 11, 23)
	has(t, draw(t, s, render.Options{}), map[string][]string{"en/policies/old/index.html": {"-has been amended"}})
}

func TestAddressesInTheHeadAreEncoded(t *testing.T) {
	s := small(t)
	s.Pages[0].Image = "图 1%.png"
	s.Policies[0].Source = "https://x.example.org/a b?q=<c>"
	const image = `content="https://site.example.org/about/%E5%9B%BE%201%25.png"`
	has(t, draw(t, s, render.Options{}), map[string][]string{
		"about/index.html":        {`property="og:image" ` + image, `name="Image" ` + image},
		"policies/new/index.html": {`href="https://x.example.org/a%20b?q=%3Cc%3E"`},
	})
}

func TestAFileIsNotNamedTwiceHoweverItsLinkIsSpelled(t *testing.T) {
	s := small(t)
	s.Pages[0].Attachments = []site.Attachment{{Name: "表 1.pdf", Size: 1}}
	s.Pages[0].ZH.Body.Links = []site.Reference{{To: "%E8%A1%A8%201.pdf#page=2"}}
	has(t, draw(t, s, render.Options{}), map[string][]string{"about/index.html": {`-class="attachments"`}})
}

func TestPageTags(t *testing.T) {
	s := small(t)
	s.Config.SiteID = locale.Same("3301000000")
	s.Notices[0].Tags, s.Notices[0].Image = []string{"visa"}, "a.png"
	s.Notices[0].Publish = time.Date(2026, 11, 2, 1, 5, 0, 0, time.UTC)
	own := []string{`<meta name="SiteName" content="外教网">`, `<meta name="SiteDomain" content="site.example.org">`, `<meta name="SiteIDCode" content="3301000000">`}
	column := []string{`<meta name="ColumnName" content="通知">`, `<meta name="ColumnDescription" content="通知的说明">`,
		`<meta name="ColumnKeywords" content="外教">`, `<meta name="ColumnType" content="通知">`}
	article := []string{`<meta name="ArticleTitle" content="通知0">`, `<meta name="PubDate" content="2026-11-02 09:05">`, `<meta name="ContentSource" content="中心">`,
		`<meta name="Keywords" content="名visa">`, `<meta name="Author" content="中心">`, `<meta name="Description" content="通知0的摘要">`,
		`<meta name="Image" content="https://site.example.org/notices/n0/a.png">`, `<meta name="Url" content="https://site.example.org/notices/n0/">`}
	pages := draw(t, s, render.Options{})
	has(t, pages, map[string][]string{
		"index.html": own, "notices/index.html": append(own, column...), "notices/n0/index.html": append(append(own, column...), article...),
		"forms/shell/index.html": own,
	})
	name := regexp.MustCompile(`<meta (?:name|property)="([^"]+)"`)
	for file, page := range pages {
		seen := map[string]bool{"theme-color": true}
		for _, m := range name.FindAllStringSubmatch(page, -1) {
			key := strings.ToLower(m[1])
			if seen[key] && key != "theme-color" {
				t.Errorf("%s says %s twice", file, key)
			}
			seen[key] = true
		}
	}
}

func TestARevisionIsNotBeforeItsPublication(t *testing.T) {
	s := small(t)
	s.Notices[0].Publish = time.Date(2026, 11, 3, 9, 30, 0, 0, locale.Beijing())
	s.Notices[0].Updated = day(2026, 11, 3)
	has(t, draw(t, s, render.Options{}), map[string][]string{
		"feed.xml": {"<published>2026-11-03T09:30:00+08:00</published>\n<updated>2026-11-03T09:30:00+08:00</updated>"},
	})
}

func TestGuidesHaveAFeedOfTheirOwn(t *testing.T) {
	s := small(t)
	sample := &site.Guide{Document: document(site.KindGuide, "trial", day(2026, 1, 2), "试办", "Trial")}
	sample.Sample = true
	s.Guides = append(s.Guides, sample, &site.Guide{Document: document(site.KindGuide, "local", day(2026, 1, 3), "只有中文", "")})
	s.Index()
	has(t, draw(t, s, render.Options{}), map[string][]string{
		"guides/index.html":    {`type="application/atom+xml" href="/guides/feed.xml" title="办事指南 – 外教网"`},
		"en/guides/index.html": {`type="application/atom+xml" href="/en/guides/feed.xml" title="Service guides – Teacher Network"`},
		"guides/feed.xml":      {"/guides/permit/", "/guides/local/", "-/guides/trial/", "-/notices/n0/", `href="https://site.example.org/guides/"`},
		"en/guides/feed.xml":   {"https://site.example.org/en/guides/permit/", "-/guides/local/", "-/policies/"},
	})
}

func TestPagesThatStandAtOtherAddressesNameNoneOfTheirOwn(t *testing.T) {
	pages := draw(t, small(t), render.Options{})
	for name, twin := range map[string]string{"404.html": "/en/", "en/404.html": "/", "forms/shell/index.html": "/en/forms/shell/", "en/forms/shell/index.html": "/forms/shell/"} {
		has(t, pages, map[string][]string{name: {"-og:url", "-print-only", "-/404/", "og:title", `class="lang-switch" href="` + twin + `"`}})
		if n := strings.Count(pages[name], "/forms/shell/"); n > 0 && (n > 1 || !strings.Contains(name, "shell")) {
			t.Errorf("%s names the frame %d times, want only its language switch", name, n)
		}
	}
	has(t, pages, map[string][]string{"en/about/index.html": {
		`property="og:url" content="https://site.example.org/en/about/"`, `<p class="print-only">Address of this page: https://site.example.org/en/about/</p>`,
	}})
}

func TestSchoolsFiguresAndTheSiteDescribeThemselves(t *testing.T) {
	s := small(t)
	s.Schools[0].Website = "https://school.example.org/"
	has(t, draw(t, s, render.Options{}), map[string][]string{
		"index.html": {`"@type":"WebSite","name":"外教网","alternateName":"Teacher Network","url":"https://site.example.org/"`, `"@type":"GovernmentOrganization"`},
		"schools/s1/index.html": {`"@type":"School","name":"示例小学 01","alternateName":"Sample School 01","url":"https://site.example.org/schools/s1/","sameAs":"https://school.example.org/"`,
			`"addressLocality":"西湖区"`},
		"en/coverage/index.html": {`"@type":"Dataset","name":"Coverage"`, `"dateModified":"2025-12-31","temporalCoverage":"2024/2025"`, `"creator":{"@type":"GovernmentOrganization"`},
	})
	s.Schools[0].Sample, s.Coverage[0].Sample = true, true
	has(t, draw(t, s, render.Options{}), map[string][]string{
		"schools/s1/index.html": {`-"@type":"School"`}, "coverage/index.html": {`-"@type":"Dataset"`},
	})
}

func TestTeachersAreListedBySubjectAndByStage(t *testing.T) {
	s := small(t)
	s.Districts = append(s.Districts, &site.District{Code: "330105", Name: locale.T("拱墅区", "Gongshu"), Column: 4, Top: 1})
	s.Teachers = append(s.Teachers,
		&site.Teacher{ID: "t2", Name: locale.T("示例教师 002", "Sample Teacher 002"), Subjects: []string{"english"}, Stages: []string{"primary", "junior"}, District: "330105"})
	s.Index()
	pages := draw(t, s, render.Options{})
	has(t, pages, map[string][]string{
		"teachers/index.html": {
			`<a href="/teachers/subject/english/">名english <span class="facet-count">2</span></a>`, `<a href="/teachers/subject/music/">名music <span class="facet-count">1</span></a>`,
			`<a href="/teachers/stage/primary/">小学 <span class="facet-count">1</span></a>`, `<a href="/teachers/stage/junior/">初中 <span class="facet-count">2</span></a>`,
			`<a href="#d-330106">西湖区`, "-/teachers/stage/senior/", `-facet-count">0<`,
		},
		"teachers/subject/english/index.html": {
			`<h1>名english外教</h1>`, `<p class="count">2位外教</p>`, `<a href="/teachers/subject/english/" aria-current="page">`,
			`<li><a href="/teachers/">外教资源库</a></li><li><span aria-current="page">`, `<a href="/teachers/">全部 <span class="facet-count">2</span></a>`,
			`<link rel="canonical" href="https://site.example.org/teachers/subject/english/">`, `hreflang="en" href="https://site.example.org/en/teachers/subject/english/"`,
			`href="/teachers/t1/"`, `href="/teachers/t2/"`, `id="d-330105"`, "-/teachers/stage/", "-noindex",
		},
		"en/teachers/stage/primary/index.html": {
			`<h1>Foreign teachers by stage: primary</h1>`, `<p class="count">1 foreign teacher</p>`, `href="/en/teachers/t2/"`, "-/teachers/t1/", "-/teachers/subject/",
		},
		// Nothing but samples: labelled, and not for search engines.
		"teachers/subject/music/index.html": {`<meta name="robots" content="noindex">`, `banner-amber`, `href="/teachers/t1/"`, "-/teachers/t2/"},
		"sitemap.xml":                       {"/teachers/subject/english/", "/en/teachers/stage/primary/", "-/teachers/subject/music/"},
		"schools/index.html":                {"-/schools/subject/", "-class=\"filters\""},
	})
	if _, ok := pages["teachers/stage/senior/index.html"]; ok {
		t.Error("a stage that nobody teaches has a page")
	}
}

func TestAnOldAddressNamesTheAddressThatCounts(t *testing.T) {
	s := small(t)
	s.Policies[2].Aliases = []string{"/policies/before/"}
	has(t, draw(t, s, render.Options{}), map[string][]string{
		"en/notices/before/index.html":  {`rel="canonical" href="https://site.example.org/en/notices/n1/"`, `url=/en/notices/n1/`},
		"en/policies/before/index.html": {`rel="canonical" href="https://site.example.org/policies/explained/"`, `url=/en/policies/explained/`, `<span lang="zh-CN">解读</span>`},
	})
}

func TestWhatATableLeavesOutIsLeftOut(t *testing.T) {
	s := small(t)
	v := s.Vacancies[0]
	v.Hours, v.From, v.To, v.Housing, v.PayMin, v.Closes = 0, locale.Date{}, locale.Date{}, "", 0, locale.Date{}
	x := s.Teachers[0]
	x.Languages, x.Certificates, x.Zone, x.School, x.Star, x.StarYear = nil, nil, "", "", 0, 0
	pages := draw(t, s, render.Options{})
	for _, name := range []string{"vacancies/v1/index.html", "en/vacancies/v1/index.html", "vacancies/index.html", "en/teachers/t1/index.html", "en/teachers/index.html"} {
		has(t, pages, map[string][]string{name: {"-<dd></dd>", "-[housing", "-<p class=\"row-meta\"></p>", "-0 lessons", "-每周0"}})
	}
	has(t, pages, map[string][]string{"en/vacancies/v1/index.html": {"up to 20,000 yuan", `"unitText":"MONTH","maxValue":20000`}})
}

func TestEmptyListsSayThatTheyAreEmpty(t *testing.T) {
	s := &site.Site{Now: now()}
	s.Index()
	pages := draw(t, s, render.Options{BaseURL: "https://other.example.org"})
	for _, path := range []string{"notices", "policies", "guides", "teachers", "schools", "zones", "vacancies", "coverage", "forms", "glossary"} {
		has(t, pages, map[string][]string{path + "/index.html": {"目前没有内容", "-<ul class=\"rows\">", "-<dl class=\"glossary\">", "-<ul class=\"entries\">"}})
	}
}

func TestSectionsThatTheSettingsDoNotNameHaveAName(t *testing.T) {
	s := small(t)
	s.Config.Sections = nil
	has(t, draw(t, s, render.Options{}), map[string][]string{
		"en/notices/n0/index.html":  {`<a href="/en/notices/">Notices</a>`},
		"en/notices/feed.xml":       {"<title>Notices – Teacher Network</title>"},
		"en/teachers/t1/index.html": {`<a href="/en/teachers/">Teacher directory</a>`},
	})
}

func TestTheThemeLeadsOnlyToPagesThatExist(t *testing.T) {
	s := small(t)
	want := func(mark string) {
		t.Helper()
		has(t, draw(t, s, render.Options{}), map[string][]string{
			"index.html": {mark + `class="more" href="/about/"`}, "teachers/t1/index.html": {mark + `href="/privacy/"`}, "forms/request/index.html": {mark + `href="/privacy/"`},
			"coverage/index.html": {mark + `href="/every-school/"`}, "vacancies/v1/index.html": {mark + `href="/contact/"`},
			"zones/index.html": {mark + `href="/guides/join-a-zone/"`}, "zones/z1/index.html": {mark + `href="/guides/join-a-zone/"`},
		})
	}
	for _, slug := range []string{"privacy", "every-school", "contact"} {
		s.Pages = append(s.Pages, &site.Page{Document: document(site.KindPage, slug, day(2026, 1, 1), slug, "")})
	}
	s.Guides = append(s.Guides, &site.Guide{Document: document(site.KindGuide, "join-a-zone", day(2026, 1, 1), "片区", "")})
	s.Index()
	want("")
	for d := range s.Documents() {
		d.Hidden = true
	}
	want("-")
}

func TestAPolicyLeadsToThePagesThatRestOnIt(t *testing.T) {
	s := small(t)
	key := s.Guides[0].Basis[0]
	path := strings.TrimPrefix(s.Policy(key).Path(), "/")
	has(t, draw(t, s, render.Options{}), map[string][]string{
		path + "index.html":         {"本站提到本文件的页面", `<li><a href="/guides/permit/">`},
		"en/" + path + "index.html": {"Pages here that refer to it", `<li><a href="/en/guides/permit/">`},
	})
}
