package render_test

import (
	"bytes"
	"fmt"
	"testing"

	"waijiao/generator/internal/render"
	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
)

// BenchmarkPages draws a large site with one worker and tells the time a page.
func BenchmarkPages(b *testing.B) {
	s := small(b)
	body := bytes.Repeat([]byte("<p>聘请外籍教师的学校应当在合同开始之日三十个工作日前提交申请材料。</p>\n"), 40)
	s.Config.PerPage = 20
	for i := range 1000 {
		d := document(site.KindNotice, fmt.Sprintf("bench-%d", i), day(2010+i%16, 3, 1+i%28), "关于聘请外籍教师的通知", "On hiring a foreign teacher")
		d.ZH.Body.HTML, d.EN.Body.HTML = body, body
		s.Notices = append(s.Notices, &site.Notice{Document: d, Column: "training"})
		d.Kind = site.KindPolicy
		s.Policies = append(s.Policies, &site.Policy{
			Document: d, Number: fmt.Sprintf("杭政办函〔2017〕%d号", i+10), NumberKey: fmt.Sprint(i),
			Status: site.Trial, Issuers: []locale.Text{locale.T("市教育局", "Education Bureau")}, Topic: "planning", Cites: []string{"n1"},
		})
		d.Kind = site.KindGuide
		g := *s.Guides[0]
		g.Document = d
		s.Guides = append(s.Guides, &g)
	}
	s.Index()
	th := lakeside(b)
	pages := 0
	b.ReportAllocs()
	for b.Loop() {
		if err := render.Pages(s, th, render.Options{Workers: 1}, func(render.Page) error { pages++; return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(pages), "µs/page")
}
