package markdown_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"waijiao/generator/internal/markdown"
	"waijiao/generator/internal/site"
	"waijiao/internal/locale"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

// sampleText makes a text of about 4 KB such as editors write: headings,
// paragraphs, a table, lists, links, a footnote, numbers and terms.
func sampleText(l locale.Lang) []byte {
	var b strings.Builder
	for i := 1; b.Len() < 4000; i++ {
		if l == locale.ZH {
			fmt.Fprintf(&b, "## %d、聘用条件与流程\n\n学校聘用外籍教师，应当依照**“准入标准”**核对材料，并在%d个工作日内完成登记。\n片区内的学校可以共用教师，详见[工作许可指南](/guides/work-permit/)和杭政办函〔2017〕6号的规定。申请人应当如实填写，不得遗漏，材料齐全的当场受理。\n\n", i, i+5)
			fmt.Fprintf(&b, "- 护照及其复印件，首页须清晰\n- 学历证书，*经认证*\n- 无犯罪记录证明，六个月内有效\n\n| 材料 | 份数 |\n|---|--:|\n| 护照 | %d |\n| 合同 | 2 |\n\n办理时限见脚注[^%d]，如有疑问请向中心咨询，工作日均可来访。\n\n[^%d]: 自受理之日起计算。\n\n", i, i, i)
		} else {
			fmt.Fprintf(&b, "## %d. Conditions and steps\n\nA school that hires a foreign teacher checks the papers against the **admission standard** and files them within %d working days.\nSchools of one zone may share a teacher; see the [guide to the work permit](/guides/work-permit/) and 杭政办函〔2017〕6号. An applicant fills in everything, and complete papers are accepted at once.\n\n", i, i+5)
			fmt.Fprintf(&b, "- passport with a copy of its first page\n- degree certificate, *authenticated*\n- certificate of no criminal record, valid for six months\n\n| Paper | Copies |\n|---|--:|\n| Passport | %d |\n| Contract | 2 |\n\nThe time limit is in the note[^%d]; whoever has a question may ask the centre on any working day.\n\n[^%d]: Counted from the day of acceptance.\n\n", i, i, i)
		}
	}
	return []byte(b.String())
}

func manyTerms() []*site.Term {
	var terms []*site.Term
	for i, c := range []rune("外准片聘登材申受学合护证办时许居留校教师") {
		for j := range 15 {
			terms = append(terms, &site.Term{
				ID: fmt.Sprintf("t%d-%d", i, j), ZH: string(c) + string(rune(0x4e00+i*40+j*7)) + "词",
				EN:      string("abcdefghijklmnoprst"[i%19]) + string("aeiou"[j%5]) + fmt.Sprintf("nword term%d", j),
				Meaning: locale.T("意思", "meaning"),
			})
		}
	}
	return append(terms, library().Terms...)
}

func BenchmarkConvert(b *testing.B) {
	lib := library()
	lib.Terms = manyTerms()
	c := markdown.New(lib)
	for _, l := range locale.Langs() {
		text := sampleText(l)
		b.Run(string(l)+"/goldmark", func(b *testing.B) {
			md := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.CJK))
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				var out bytes.Buffer
				if err := md.Convert(text, &out); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(string(l)+"/ours", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			src := source(l, string(text))
			for b.Loop() {
				if _, p := c.Convert(src); len(p) > 0 {
					b.Fatal(brief(p))
				}
			}
		})
	}
}
