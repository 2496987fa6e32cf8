package markdown_test

import (
	"strings"
	"testing"

	"waijiao/generator/internal/markdown"
	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// Each text has one fault, at the place marked by ¦ (which is taken out), or
// none where there is no mark.
func TestProblems(t *testing.T) {
	for _, c := range []struct {
		code string
		lang locale.Lang
		text string
	}{
		{"raw-html", "zh", "正文¦<b>粗"},
		{"raw-html", "zh", "正文¦</b>粗"},
		{"raw-html", "zh", "段落\n\n¦<div>块</div>\n\n后"},
		{"raw-html", "zh", "- 项\n\n  ¦<div>块</div>\n"},
		{"raw-html", "zh", "¦<!-- 注释 -->"},
		{"raw-html", "zh", "文¦<!-- 注释 -->字"},
		{"raw-html", "en", "> a ¦<br/> b"},
		{"", "zh", "用 `<b>` 与 \\<b>，a < b"},
		{"heading-one", "zh", "¦# 标题"},
		{"heading-one", "zh", "¦标题\n==="},
		{"heading-skipped", "en", "## A\n\n¦#### B"},
		{"", "en", "## A\n\n### B\n\n#### C\n\n## D"},
		{"empty-heading", "zh", "甲\n\n¦##\n\n乙"},
		{"empty-heading", "zh", "¦## {#x}\n\n乙"},
		{"duplicate-anchor", "en", "## A {#x}\n\n¦## B {#x}"},
		{"unknown-attribute", "zh", "是[文字]{¦class=red}"},
		{"unknown-attribute", "zh", "是[文字]{lang=en ¦onclick=alert(1)}"},
		{"unknown-attribute", "zh", "是[文字]{¦}"},
		{"unknown-attribute", "zh", "## 标题 ¦{.big}"},
		{"unknown-attribute", "zh", "## 标题 ¦{#A B}"},
		{"unknown-attribute", "zh", "[文字](/x/)¦{lang=en}"},
		{"unknown-attribute", "zh", "**文字**¦{.big}"},
		{"unknown-attribute", "zh", "![图](map.png)¦{width=3}"},
		{"", "zh", "集合{a}与[文字]\\{x}"},
		{"unknown-language", "zh", "是[文字]{¦lang=english!}"},
		{"unknown-language", "zh", "是[文字]{¦lang=}"},
		{"", "zh", "[Un texte en français]{lang=fr}与[a b c d e]{lang=en-GB}"},
		{"unknown-callout", "zh", "> ¦[!danger] 危险\n> 内容"},
		{"", "zh", "> [!NOTE]\n> 内容"},
		{"unknown-footnote", "zh", "正文¦[^甲]。"},
		{"unknown-footnote", "zh", "¦[^甲]与\\[^乙]。"},
		{"unused-footnote", "zh", "正文。\n\n¦[^甲]: 无人引用"},
		{"empty-link", "zh", "见¦[](/x/)"},
		{"empty-link", "zh", "见¦[这里]()"},
		{"bad-link", "zh", "见¦[这里](//example.org/)"},
		{"bad-link", "zh", "见¦[这里](/\\example.org/)"},
		{"bad-scheme", "zh", "见¦[这里](javascript:alert(1))"},
		{"bad-scheme", "zh", "见¦[这里](JavaScript&colon;alert)"},
		{"bad-scheme", "zh", "见¦[这里](data:text/html,x)"},
		{"bad-link", "zh", "见¦[这里](java&#10;script:alert)"},
		{"bad-link", "zh", "见¦[这里](<&#1;javascript:alert>)"},
		{"bad-scheme", "zh", "见¦<file:///etc/passwd>"},
		{"bad-scheme", "zh", "见¦[这里][a]。\n\n[a]: vbscript:x"},
		{"relative-link", "zh", "见¦[这里](../y/)"},
		{"relative-link", "zh", "见¦[这里](y/z.pdf)"},
		{"missing-file", "zh", "见¦[这里](no.pdf)"},
		{"missing-file", "zh", "¦![图](no.png)"},
		{"", "zh", "见[这里](list.pdf)与[表](核对表.pdf)、[电话](tel:10000)"},
		{"missing-alt", "zh", "¦![](map.png)"},
		{"missing-alt", "en", "¦![ ](map.png)"},
		{"external-image", "zh", "¦![图](https://example.org/a.png)"},
		{"bad-scheme", "zh", "¦![图](data:image/png;base64,AAAA)"},
		{"latin-run", "zh", "中心名为¦Hangzhou Foreign Teachers Service Center，简称"},
		{"latin-run", "zh", "名为¦Hangzhou **Foreign Teachers**\nService。"},
		{"latin-run", "zh", "名为¦École de la rue。"},
		{"latin-run", "zh", "## 关于 ¦one two three four"},
		{"latin-run", "zh", "| 甲 |\n|---|\n| ¦one two three four |"},
		{"latin-run", "zh", "[¦one two three four](/x/)"},
		{"latin-run", "zh", "![¦one two three four](map.png)"},
		{"latin-run", "zh", "&amp;&amp; ¦one two three four"},
		{"", "zh", "[one two three four]{lang=en}，one two three，`a b c d e`，HSK/TEFL/TESOL/CELTA a b"},
		{"", "zh", "见 https://example.org/a/b/c/d 与 office@example.org 与 a.b.c@example.org"},
		{"", "en", "one two three four 一二三四五"},
		{"not-utf8", "zh", "正文¦\xff"},
	} {
		front := "---\ntitle: 题\n---\n"
		text, _, marked := cut(c.text)
		src := source(c.lang, front+text)
		src.BodyAt = len(front)
		body, problems := converter.Convert(src)
		if !marked {
			if len(problems) > 0 {
				t.Errorf("%q: %s", c.text, brief(problems))
			}
			continue
		}
		before, _, _ := strings.Cut(front+c.text, "¦")
		want := problem.Problem{}.Locate([]byte(before), len(before), 1)
		if len(problems) != 1 || problems[0].Code != c.code || problems[0].Line != want.Line || problems[0].Column != want.Column {
			t.Errorf("%q: got %s, want %s@%d:%d", c.text, brief(problems), c.code, want.Line, want.Column)
			continue
		}
		p := problems[0]
		if p.File != src.File || p.Message.ZH == "" || p.Message.EN == "" || p.Hint.ZH == "" || p.Hint.EN == "" || p.Source == "" {
			t.Errorf("%q: the problem is not told in full: %+v", c.text, p)
		}
		for _, never := range []string{"javascript", "vbscript", "data:", "onclick", "<b>", "<!--", "file:", "//example.org"} {
			if c.code != "external-image" && strings.Contains(strings.ToLower(string(body.HTML)), `="`+never) {
				t.Errorf("%q came out as %s", c.text, body.HTML)
			}
		}
	}
}

func cut(s string) (string, int, bool) {
	i := strings.Index(s, "¦")
	if i < 0 {
		return s, 0, false
	}
	return s[:i] + s[i+len("¦"):], i, true
}

func TestReferencesAndCitationsHavePlaces(t *testing.T) {
	front := "---\n题: 一\n---\n"
	text := "见[指南](/guides/work-permit/#a)与\n杭政办函 [2017] 第6号，\\[注\\]国办发〔2017〕47号，<https://example.org/>。\n\n> 另见[表][1]、https://example.org/b\n> 与主席令第五十\n> 七号\n\n[1]: list.pdf\n"
	src := source(locale.ZH, front+text)
	src.BodyAt = len(front)
	body, problems := converter.Convert(src)
	if len(problems) > 0 {
		t.Fatal(brief(problems))
	}
	at := func(s string) int { return strings.Index(front+text, s) }
	links := []site.Reference{
		{To: "/guides/work-permit/#a", Pos: at("[指南]")}, {To: "https://example.org/", Pos: at("<https")},
		{To: "list.pdf", Pos: at("[表]")}, {To: "https://example.org/b", Pos: at("https://example.org/b")},
	}
	if len(body.Links) != len(links) {
		t.Fatalf("links: %+v", body.Links)
	}
	for i, l := range links {
		if body.Links[i] != l {
			t.Errorf("link %+v, want %+v", body.Links[i], l)
		}
	}
	cites := []site.Citation{
		{Key: "杭政办函〔2017〕6号", Text: "杭政办函 [2017] 第6号", Known: true, Pos: at("杭政办函")},
		{Key: "国办发〔2017〕47号", Text: "国办发〔2017〕47号", Pos: at("国办发")},
		{Key: "主席令第57号", Text: "主席令第五十七号", Known: true, Pos: at("主席令")},
	}
	if len(body.Citations) != len(cites) {
		t.Fatalf("citations: %+v", body.Citations)
	}
	for i, c := range cites {
		if body.Citations[i] != c {
			t.Errorf("citation %+v, want %+v", body.Citations[i], c)
		}
	}
}

func TestInline(t *testing.T) {
	front := "---\nfee: 不收费\nnote: \"按**“标准”**，见[表](no.pdf)\"\nlong: >\n  折行\n---\n"
	src := source(locale.ZH, front)
	at := func(s string) int { return strings.Index(front, s) }
	f, problems := converter.Inline(src, "按**“标准”**，见[表](no.pdf)", at(`"按`))
	if f.HTML != "按<strong>“标准”</strong>，见表" || brief(problems) != "missing-file@3:19" {
		t.Errorf("%s %s", f.HTML, brief(problems))
	}
	for text, want := range map[string]string{
		"1. 片区内的学校":              "1. 片区内的学校",
		"# 一":                    "# 一",
		"- 依据杭政办函[2017]6号和`a<b`": `- 依据<a class="docnumber" href="/policies/2017-resources/">杭政办函[2017]6号</a>和<code>a&lt;b</code>`,
		"    见[指南](/guides/y/)":  `见<a href="/guides/y/">指南</a>`,
		"":                       "",
		"上\n下":                   "上下",
	} {
		f, problems := converter.Inline(src, text, at(">\n"))
		if f.HTML != want || f.Text != text || len(problems) > 0 {
			t.Errorf("Inline(%q) = %s %s", text, f.HTML, brief(problems))
		}
	}
	_, problems = converter.Inline(src, "<b>", at(">\n"))
	if brief(problems) != "raw-html@4:7" {
		t.Error(brief(problems))
	}
}

func TestUnknownPagesLeadToTheOtherLanguage(t *testing.T) {
	lib := library()
	lib.Has = func(path string, l locale.Lang) bool { return l == locale.ZH || path != "/guides/y/" }
	body, _ := markdown.New(lib).Convert(source(locale.EN, "[a](/guides/y/#z) [b](/about/)"))
	want := `<p><a hreflang="zh-CN" href="/guides/y/#z">a<span class="link-lang"> (in Chinese)</span></a> <a href="/en/about/">b</a></p>`
	if got := strings.TrimSpace(string(body.HTML)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
