package site_test

import (
	"slices"
	"testing"
	"time"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
)

func day(t *testing.T, s string) locale.Date {
	t.Helper()
	d, err := locale.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What a page says of a policy has to be true on the day on which it is read,
// whether or not an editor has been back to it.
func TestStandingFollowsTheDay(t *testing.T) {
	from, until := day(t, "2019-03-01"), day(t, "2021-12-31")
	for _, c := range []struct {
		policy site.Policy
		on     string
		want   site.Status
	}{
		{site.Policy{Status: site.InForce, Effective: from, Until: until}, "2019-02-28", site.Pending},
		{site.Policy{Status: site.InForce, Effective: from, Until: until}, "2019-03-01", site.InForce},
		{site.Policy{Status: site.Trial, Effective: from, Until: until}, "2021-12-31", site.Trial},
		{site.Policy{Status: site.Trial, Effective: from, Until: until}, "2022-01-01", site.Lapsed},
		{site.Policy{Status: site.Repealed, Until: until}, "2019-03-01", site.Repealed},
		{site.Policy{Status: site.InForce}, "2030-01-01", site.InForce},
		{site.Policy{}, "2030-01-01", site.Unadopted},
		{site.Policy{ExplainsKey: "外专发〔2017〕40号"}, "2030-01-01", ""},
	} {
		if got := c.policy.Standing(day(t, c.on)); got != c.want {
			t.Errorf("%s on %s is %q, want %q", c.policy.Status, c.on, got, c.want)
		}
	}
}

func policy(slug, number string, cites ...string) *site.Policy {
	p := &site.Policy{NumberKey: number, Cites: cites}
	p.Kind, p.Slug = site.KindPolicy, slug
	p.ZH = &site.Edition{Lang: locale.ZH}
	return p
}

func TestCitationsAreFoundFromBothEnds(t *testing.T) {
	law := policy("law", "甲〔2017〕1号")
	rule := policy("rule", "甲〔2018〕2号", "甲〔2017〕1号", "甲〔2018〕2号")
	rule.ZH.Body.Citations = []site.Citation{{Key: "甲〔2017〕1号", Known: true}, {Key: "乙〔2000〕9号"}}
	draft := policy("draft", "甲〔2019〕3号", "甲〔2017〕1号")
	draft.Hidden = true
	explained := policy("explained", "")
	explained.ExplainsKey = "甲〔2017〕1号"
	explained.ZH.Body.Citations = []site.Citation{{Key: "甲〔2017〕1号", Known: true}, {Key: "甲〔2018〕2号", Known: true}}
	// Our summary of the law names the rule. The law itself does not cite it.
	law.ZH.Body.Citations = []site.Citation{{Key: "甲〔2018〕2号", Known: true}, {Key: "甲〔2017〕1号", Known: true}, {Key: "甲〔2018〕2号", Known: true}}
	guide := &site.Guide{Basis: []string{"甲〔2017〕1号"}}
	guide.Kind, guide.Slug, guide.ZH = site.KindGuide, "guide", &site.Edition{Lang: locale.ZH}
	gone := &site.Notice{}
	gone.Expired, gone.ZH = true, rule.ZH
	s := &site.Site{Policies: []*site.Policy{law, rule, draft, explained}, Guides: []*site.Guide{guide}, Notices: []*site.Notice{gone}}
	s.Index()

	if got := rule.CiteKeys(); !slices.Equal(got, []string{"甲〔2017〕1号"}) {
		t.Errorf("cites %v: each once, not itself, not what is unknown", got)
	}
	if got := s.CitedBy("甲〔2017〕1号"); !slices.Equal(got, []*site.Policy{rule}) {
		t.Errorf("cited by %d policies, want the visible one alone", len(got))
	}
	if got := law.CiteKeys(); len(got) != 0 {
		t.Errorf("the law cites %v, which our summary of it names", got)
	}
	if got := s.CitedBy("甲〔2018〕2号"); len(got) != 0 {
		t.Errorf("a mention counts as a citation: %d", len(got))
	}
	if got := s.MentionedBy("甲〔2018〕2号"); !slices.Equal(got, []*site.Document{&law.Document, &explained.Document}) {
		t.Errorf("%d pages mention the rule, want two, each once", len(got))
	}
	if got := s.MentionedBy("甲〔2017〕1号"); !slices.Equal(got, []*site.Document{&guide.Document}) {
		t.Errorf("%d pages mention the law, want the guide alone: the others cite or explain it, or are gone", len(got))
	}
	if got := s.Explanations("甲〔2017〕1号"); !slices.Equal(got, []*site.Policy{explained}) {
		t.Errorf("%d explanations", len(got))
	}
	if s.Policy("甲〔2018〕2号") != rule || s.Document("/policies/law/") != &law.Document || s.Policy("丙〔2000〕1号") != nil {
		t.Error("look-ups do not find what is there, or find what is not")
	}
}

func TestEditionsFallBackToTheOtherLanguage(t *testing.T) {
	zh, en := &site.Edition{Lang: locale.ZH}, &site.Edition{Lang: locale.EN}
	for _, c := range []struct {
		doc    site.Document
		lang   locale.Lang
		edited *site.Edition
	}{
		{site.Document{ZH: zh, EN: en}, locale.EN, en},
		{site.Document{ZH: zh, EN: en}, locale.ZH, zh},
		{site.Document{ZH: zh}, locale.EN, zh},
		{site.Document{EN: en}, locale.ZH, en},
	} {
		if c.doc.Edition(c.lang) != c.edited {
			t.Errorf("wrong edition for %s", c.lang)
		}
	}
	g := site.Guide{ENProse: &site.GuideProse{}}
	if g.Prose(locale.ZH) != g.ENProse {
		t.Error("a guide without Chinese prose shows none")
	}
}

func TestVacancyIsOpenThroughItsLastDay(t *testing.T) {
	v := site.Vacancy{Opens: day(t, "2026-10-12"), Closes: day(t, "2027-01-08")}
	for on, want := range map[string]bool{"2026-10-11": false, "2026-10-12": true, "2027-01-08": true, "2027-01-09": false} {
		if v.Open(day(t, on)) != want {
			t.Errorf("open on %s: %t", on, !want)
		}
	}
	if !(&site.Vacancy{}).Open(locale.Today(time.Unix(0, 0))) {
		t.Error("a vacancy without dates is closed")
	}
}

func TestAddresses(t *testing.T) {
	page := site.Document{Kind: site.KindPage, Slug: "about"}
	guide := site.Document{Kind: site.KindGuide, Slug: "hire"}
	if page.Path() != "/about/" || guide.Path() != "/guides/hire/" {
		t.Errorf("%s %s", page.Path(), guide.Path())
	}
	if (&site.Document{Hidden: true}).Listed() || (&site.Document{Expired: true}).Listed() || !(&site.Document{}).Listed() {
		t.Error("Listed")
	}
}
