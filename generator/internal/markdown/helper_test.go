package markdown_test

import (
	"fmt"
	"strings"

	"waijiao/generator/internal/markdown"
	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

func library() markdown.Library {
	return markdown.Library{
		Policy: func(key string) (string, bool) {
			switch key {
			case "杭政办函〔2017〕6号":
				return "/policies/2017-resources/", true
			case "主席令第57号":
				return "/policies/exit-entry-law/", true
			}
			return "", false
		},
		Terms: []*site.Term{
			{ID: "zone", ZH: "片区", EN: "zone", Also: site.Forms{EN: []string{"zones"}}, Meaning: locale.T("相邻的“学校”", `schools that are "near"`)},
			{ID: "zone-based-hiring", ZH: "片区化聘用", EN: "zone-based hiring", Meaning: locale.T("几所学校共用教师", "schools share teachers")},
			{ID: "institution", ZH: "校外培训机构", EN: "off-campus training institution", Meaning: locale.T("校外", "off campus")},
			{ID: "area", ZH: "大片区", EN: "wide zone", Quiet: true, Meaning: locale.T("片区的总和", "all zones")},
			{ID: "z-visa", ZH: "Z字签证", EN: "Z visa", Meaning: locale.T("工作签证", "a visa for work")},
		},
	}
}

func source(l locale.Lang, text string) markdown.Source {
	return markdown.Source{
		Lang: l, File: "guides/x/" + string(l) + ".md", Text: []byte(text), Path: "/guides/x/",
		Attachment: func(name string) (site.Attachment, bool) {
			switch name {
			case "list.pdf", "核对表.pdf", "map.png", "附件 1.pdf", "100%.pdf", "图#1.png":
				return site.Attachment{Name: name, Type: "application/pdf", Size: 122880}, true
			}
			return site.Attachment{}, false
		},
	}
}

var converter = markdown.New(library())

func convert(l locale.Lang, text string) (site.Body, problem.List) {
	return converter.Convert(source(l, text))
}

func brief(l problem.List) string {
	var b []string
	for _, p := range l {
		b = append(b, fmt.Sprintf("%s@%d:%d", p.Code, p.Line, p.Column))
	}
	return strings.Join(b, " ")
}
