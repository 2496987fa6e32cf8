package render_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"waijiao/generator/internal/render"
	"waijiao/generator/internal/site"
	"waijiao/internal/form"
	"waijiao/internal/locale"
	"waijiao/internal/shell"
)

func TestEveryAddressExistsInBothLanguages(t *testing.T) {
	pages := draw(t, small(t), render.Options{})
	for _, path := range []string{
		"/", "/about/", "/notices/", "/notices/page/2/", "/notices/year/2026/", "/notices/n0/", "/notices/n4/", "/notices/before/",
		"/policies/", "/policies/new/", "/policies/explained/", "/guides/", "/guides/permit/", "/teachers/", "/teachers/t1/",
		"/schools/", "/schools/s1/", "/zones/", "/zones/z1/", "/vacancies/", "/vacancies/v1/", "/vacancies/v2/", "/coverage/",
		"/forms/", "/forms/request/", "/forms/shell/", "/glossary/", "/sitemap/",
	} {
		for _, l := range locale.Langs() {
			name := l.Path(path)[1:] + "index.html"
			page, ok := pages[name]
			if !ok {
				t.Errorf("no %s", name)
				continue
			}
			if !strings.Contains(page, `<html lang="`+l.Tag()+`">`) {
				t.Errorf("%s is not in %s", name, l)
			}
			if n := strings.Count(page, "<h1"); n != 1 {
				t.Errorf("%s has %d h1", name, n)
			}
			if path != "/forms/shell/" && path != "/notices/before/" && !strings.Contains(page, `hreflang="`+l.Other().Tag()+`">`) {
				t.Errorf("%s does not lead to the other language", name)
			}
		}
	}
	for _, name := range []string{"404.html", "en/404.html", "sitemap.xml", "robots.txt", "feed.xml", "en/policies/feed.xml", "forms/request/form.json", "redirects.json", "headers.nginx"} {
		if _, ok := pages[name]; !ok {
			t.Errorf("no %s", name)
		}
	}
	if _, ok := pages["notices/n3/index.html"]; ok {
		t.Error("a hidden document was drawn")
	}
}

func TestSameInputGivesTheSameBytes(t *testing.T) {
	s := small(t)
	one := draw(t, s, render.Options{Workers: 1})
	many := draw(t, s, render.Options{Workers: 8})
	if !maps.Equal(one, many) {
		for name := range one {
			if one[name] != many[name] {
				t.Errorf("%s differs", name)
			}
		}
		t.Errorf("%d pages, then %d", len(one), len(many))
	}
}

func TestTextStaysText(t *testing.T) {
	s := small(t)
	const evil = `"><script>alert('x')</script>&`
	s.Notices[0].ZH.Title, s.Notices[0].EN.Title = evil, evil
	s.Notices[0].ZH.Summary, s.Notices[0].EN.Summary = evil, evil
	s.Policies[0].ZH.Title, s.Policies[0].Number, s.Policies[0].Source = evil, evil, "https://x.example.org/"+evil
	s.Teachers[0].Name = locale.Same(evil)
	s.Schools[0].Website = "javascript:" + evil
	s.Config.Name = locale.Same(evil)
	s.Terms[0].Meaning = locale.Same(evil)
	s.Notices[2].Attachments[0].Name = evil
	s.Vacancies[0].Title = locale.Same(evil)
	for name, page := range draw(t, s, render.Options{}) {
		if strings.Contains(page, "<script>alert") && strings.HasSuffix(name, "l") {
			t.Errorf("%s runs the script", name)
		}
		if strings.Contains(page, `href="javascript:`) {
			t.Errorf("%s links to a script", name)
		}
	}
}

func TestPagesCarryNoInlineStyleOrScript(t *testing.T) {
	style := regexp.MustCompile(`<[^>]+ (style|on[a-z]+)=`)
	script := regexp.MustCompile(`<script([^>]*)>`)
	for name, page := range draw(t, small(t), render.Options{}) {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		if m := style.FindString(page); m != "" {
			t.Errorf("%s: %s", name, m)
		}
		for _, m := range script.FindAllStringSubmatch(page, -1) {
			if m[1] != ` type="application/ld+json"` && !strings.HasPrefix(m[1], ` src="/assets/`) {
				t.Errorf("%s: %s", name, m[0])
			}
		}
	}
}

func TestIDsAreUniqueAndTargetsExist(t *testing.T) {
	id := regexp.MustCompile(` id="([^"]+)"`)
	target := regexp.MustCompile(` (?:href="#|for="|aria-labelledby="|aria-describedby=")([^" ]+)`)
	for name, page := range draw(t, small(t), render.Options{}) {
		seen := map[string]bool{}
		for _, m := range id.FindAllStringSubmatch(page, -1) {
			if seen[m[1]] {
				t.Errorf("%s has the id %q twice", name, m[1])
			}
			seen[m[1]] = true
		}
		for _, m := range target.FindAllStringSubmatch(page, -1) {
			if !seen[m[1]] {
				t.Errorf("%s leads to the id %q, which it lacks", name, m[1])
			}
		}
	}
}

func TestDataBlocksAreJSON(t *testing.T) {
	block := regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`)
	s := small(t)
	s.Policies[0].ZH.Title = "“\"</script>\\\u2028\x01<!--"
	found := map[string]bool{}
	for name, page := range draw(t, s, render.Options{}) {
		for _, m := range block.FindAllStringSubmatch(page, -1) {
			var v struct {
				Context string `json:"@context"`
				Type    string `json:"@type"`
				Name    string `json:"name"`
			}
			if err := json.Unmarshal([]byte(m[1]), &v); err != nil || v.Context != "https://schema.org" {
				t.Errorf("%s: %v in %s", name, err, m[1])
			}
			found[v.Type] = true
			if v.Type == "Legislation" && name == "policies/new/index.html" && v.Name != s.Policies[0].ZH.Title {
				t.Errorf("the title came back as %q", v.Name)
			}
		}
	}
	for _, kind := range []string{"GovernmentOrganization", "BreadcrumbList", "Legislation", "Article", "GovernmentService", "JobPosting", "DefinedTermSet", "School", "Dataset", "WebSite"} {
		if !found[kind] {
			t.Errorf("no %s", kind)
		}
	}
}

func TestFeedsAndSitemapLeaveOutWhatIsNotForAll(t *testing.T) {
	pages := draw(t, small(t), render.Options{})
	for _, name := range []string{"feed.xml", "en/feed.xml", "notices/feed.xml", "sitemap.xml"} {
		d := xml.NewDecoder(strings.NewReader(pages[name]))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if strings.Contains(pages[name], "/notices/n5/") {
			t.Errorf("%s lists a sample", name)
		}
		if !strings.Contains(pages[name], "/notices/n0/") {
			t.Errorf("%s lacks a notice", name)
		}
		if strings.Contains(pages[name], "/teachers/t1/") {
			t.Errorf("%s lists a sample teacher", name)
		}
		if name != "sitemap.xml" && strings.Contains(pages[name], "/notices/n4/") {
			t.Errorf("%s lists an expired notice", name)
		}
	}
	if strings.Contains(pages["sitemap.xml"], "/en/policies/explained/") {
		t.Error("the sitemap lists a translation that does not exist")
	}
	if strings.Contains(pages["en/policies/feed.xml"], "/explained/") {
		t.Error("a feed lists a text in the other language")
	}
	if !strings.Contains(pages["sitemap.xml"], `<xhtml:link rel="alternate" hreflang="x-default" href="https://site.example.org/notices/n0/"/>`) {
		t.Error("the sitemap lacks x-default")
	}
}

func TestUntranslatedPageIsHonest(t *testing.T) {
	page := draw(t, small(t), render.Options{})["en/policies/explained/index.html"]
	for _, want := range []string{
		`<link rel="canonical" href="https://site.example.org/policies/explained/">`, `<h1 lang="zh-CN">`, `<div class="prose" lang="zh-CN">`, "There is no English version",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("lacks %s", want)
		}
	}
	if strings.Contains(page, `rel="alternate" hreflang`) {
		t.Error("it names alternates")
	}
}

func TestBannersSayWhatDoesNotHold(t *testing.T) {
	s := small(t)
	s.Pages[0].Review = true
	s.Notices[0].EN.Stale = true
	pages := draw(t, s, render.Options{})
	for name, want := range map[string]string{
		"policies/old/index.html":    `banner-seal" role="note"><strong>本文件已废止</strong>`,
		"en/policies/old/index.html": `In force now: <a href="/en/policies/new/">New policy</a>`,
		"notices/n4/index.html":      "本页已过期",
		"notices/n5/index.html":      `<meta name="robots" content="noindex">`,
		"en/notices/n0/index.html":   "Translation out of date",
		"about/index.html":           "待核实",
		"en/vacancies/v2/index.html": "The closing date has passed",
		"teachers/t1/index.html":     `<meta name="robots" content="noindex">`,
		"en/teachers/t1/index.html":  "Sample data",
	} {
		if !strings.Contains(pages[name], want) {
			t.Errorf("%s lacks %s", name, want)
		}
	}
	if strings.Contains(pages["teachers/index.html"], "noindex") {
		t.Error("the list is kept from search engines")
	}
	if strings.Contains(draw(t, s, render.Options{Live: true})["about/index.html"], "待核实") {
		t.Error("the editors' note is shown on the live site")
	}
}

func TestListsByYear(t *testing.T) {
	pages := draw(t, small(t), render.Options{})
	first, second := pages["notices/index.html"], pages["notices/page/2/index.html"]
	if at, other := strings.Index(first, "通知6"), strings.Index(first, "通知0"); at < 0 || other < at {
		t.Error("what is pinned does not stand first")
	}
	if !strings.Contains(first, `rel="next" href="/notices/page/2/"`) || !strings.Contains(second, `rel="prev" href="/notices/"`) {
		t.Error("the pages are not linked")
	}
	if all := first + second; strings.Contains(all, "通知4") || strings.Contains(all, "通知3") {
		t.Error("something expired or hidden is listed")
	}
	if year := pages["en/notices/year/2025/index.html"]; !strings.Contains(year, "Notice 5") || strings.Contains(year, "Notice 0") {
		t.Error("the year does not hold its own notices")
	}
	if !strings.Contains(pages["en/policies/index.html"], "In Chinese only") {
		t.Error("an untranslated policy is not listed as such")
	}
	vacancies := pages["vacancies/index.html"]
	if !strings.Contains(vacancies, "英语外教") || strings.Contains(vacancies, "旧岗位") {
		t.Error("the vacancies do not list what is open, and only that")
	}
}

func TestFormPageCanBeFilledByIntake(t *testing.T) {
	pages := draw(t, small(t), render.Options{})
	for _, name := range []string{"forms/request/index.html", "en/forms/request/index.html"} {
		if !strings.Contains(pages[name], `name="mail"`) {
			t.Errorf("%s shows no form", name)
		}
		out, err := shell.Fill([]byte(pages[name]), map[shell.Region][]byte{shell.Title: []byte("<title>x</title>"), shell.Form: []byte("<p>y</p>")})
		if err != nil || !strings.Contains(string(out), "<title>x</title>") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"forms/shell/index.html", "en/forms/shell/index.html"} {
		if _, err := shell.Fill([]byte(pages[name]), map[shell.Region][]byte{shell.Title: nil, shell.Main: nil}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whoever is stuck is led on with what we know already filled in.
func TestPagesLeadToTheFormsThatHelp(t *testing.T) {
	s := small(t)
	s.Config.Sections = append(s.Config.Sections, site.Section{Path: "/forms/", Title: locale.T("表单", "Forms")})
	has(t, draw(t, s, render.Options{}), map[string][]string{
		"forms/index.html":         {`href="/forms/status/">查询办理进度`},
		"en/forms/index.html":      {`href="/en/forms/status/">`},
		"sitemap/index.html":       {`href="/forms/status/"`},
		"sitemap.xml":              {"-/forms/status/"},
		"forms/request/index.html": {"-/forms/enquiry/", "mailto:"},
		"teachers/t1/index.html":   {"-/forms/star-nomination/"},
	})

	for id, field := range map[string]string{"enquiry": "page", "star-nomination": "teacher"} {
		src := strings.Replace(requestForm, "    fields:\n", "    fields:\n      - {name: "+field+", type: text, prefill: true, label: {zh: 甲, en: A}}\n", 1)
		f, problems := form.Parse("forms/"+id+".yaml", []byte(src), form.Env{SiteName: s.Config.Name, Office: s.Config.Office})
		if problems.Errors() > 0 {
			t.Fatal(problems)
		}
		s.Forms = append(s.Forms, f)
	}
	s.Index()
	has(t, draw(t, s, render.Options{}), map[string][]string{
		"forms/request/index.html":    {`href="/forms/enquiry/?page=%2Fforms%2Frequest%2F"`},
		"en/forms/request/index.html": {`href="/en/forms/enquiry/?page=%2Fen%2Fforms%2Frequest%2F"`},
		"forms/enquiry/index.html":    {"-?page="},
		"en/teachers/t1/index.html":   {`href="/en/forms/star-nomination/?teacher=t1"`},
	})
	s.Forms = nil
	s.Index()
	has(t, draw(t, s, render.Options{}), map[string][]string{"forms/index.html": {"-/forms/status/"}, "sitemap/index.html": {"-/forms/status/"}})
}

func TestGuideCarriesItsParts(t *testing.T) {
	page := draw(t, small(t), render.Options{})["en/guides/permit/index.html"]
	for _, want := range []string{
		"<li><strong>one</strong></li>", `<label for="material_1"><input type="checkbox" id="material_1">`, "2 photocopies, issued within 6 months",
		"10 working days", `<details class="faq">`, `<a class="button" href="/en/forms/request/">Request</a>`, "Schools, foreign teachers", `<a href="/en/policies/new/">`,
		`<span lang="zh-CN">杭政办函〔2026〕1号</span>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("lacks %s", want)
		}
	}
}

func TestNamesFromTheLanguagesTables(t *testing.T) {
	pages := draw(t, small(t), render.Options{})
	for name, words := range map[string][]string{
		"teachers/t1/index.html":     {"英国", "英语、法语", "硕士", "4星级", "（2025年评定）", `<span class="stars" aria-hidden="true">★★★★☆</span>`},
		"en/teachers/t1/index.html":  {"United Kingdom", "English, French", "Master&#39;s", "4 stars", "1 year<", `lang="zh-CN">示例教师 001</p>`},
		"coverage/index.html":        {"67%", "33%", `class="tile-district col-3 row-1"`},
		"en/vacancies/v1/index.html": {"16,000 to 20,000 yuan", "1 February 2027"},
	} {
		for _, want := range words {
			if !strings.Contains(pages[name], want) {
				t.Errorf("%s lacks %s", name, want)
			}
		}
	}
}

func TestAttachmentsAreCopied(t *testing.T) {
	pages := draw(t, small(t), render.Options{})
	if got := pages["notices/n2/表 1.pdf"]; got != "copy of notices/n2/表 1.pdf" {
		t.Errorf("got %q", got)
	}
	if !strings.Contains(pages["en/notices/n2/index.html"], `href="/notices/n2/%E8%A1%A8%201.pdf"`) {
		t.Error("the attachment is not linked")
	}
	s := small(t)
	s.Pages[0].Attachments = []site.Attachment{{Name: "a.pdf", Size: 1}, {Name: "b.pdf", Size: 1}}
	s.Pages[0].ZH.Body.Links = []site.Reference{{To: "a.pdf"}}
	about := draw(t, s, render.Options{})["about/index.html"]
	if strings.Contains(about, `href="/about/a.pdf"`) || !strings.Contains(about, `href="/about/b.pdf"`) {
		t.Error("a page names again the file that its text links to, or hides another")
	}
}

func TestRunsOfTheOtherLanguageAreMarked(t *testing.T) {
	s := small(t)
	s.Notices[0].EN.Title = "About 杭政办函〔2017〕6号 and 2017"
	s.Notices[0].ZH.Title = "介绍 Every school has a teacher 和 Z visa"
	pages := draw(t, s, render.Options{})
	if want := `<h1>About <span lang="zh-CN">杭政办函〔2017〕6号</span> and 2017</h1>`; !strings.Contains(pages["en/notices/n0/index.html"], want) {
		t.Errorf("lacks %s", want)
	}
	if want := `<h1>介绍 <span lang="en">Every school has a teacher</span> 和 Z visa</h1>`; !strings.Contains(pages["notices/n0/index.html"], want) {
		t.Errorf("lacks %s", want)
	}
}

func TestErrorsOfTheCallerEndTheWork(t *testing.T) {
	full := errors.New("the disk is full")
	err := render.Pages(small(t), lakeside(t), render.Options{}, func(render.Page) error { return full })
	if !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

func TestEmptySite(t *testing.T) {
	s := &site.Site{Now: now()}
	s.Index()
	pages := draw(t, s, render.Options{BaseURL: "https://other.example.org/"})
	if !strings.Contains(pages["index.html"], `<link rel="canonical" href="https://other.example.org/">`) {
		t.Error("the address of the options is not used")
	}
	if got := slices.Sorted(maps.Keys(pages)); len(got) < 30 {
		t.Errorf("only %v", got)
	}
}
