package markdown_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
)

func TestConvert(t *testing.T) {
	for _, c := range []struct {
		name string
		lang locale.Lang
		text string
		want string
	}{
		{"number", "zh", "根据杭政办函（2017）6号。", `<p>根据<a class="docnumber" href="/policies/2017-resources/">杭政办函（2017）6号</a>。</p>`},
		{"number in English", "en", "Under 杭政办函[2017]6号.", `<p>Under <a class="docnumber" lang="zh-CN" href="/en/policies/2017-resources/">杭政办函[2017]6号</a>.</p>`},
		{"number over lines", "zh", "> 根据杭政办函\n> 〔2017〕6号", "<blockquote>\n<p>根据<a class=\"docnumber\" href=\"/policies/2017-resources/\">杭政办函〔2017〕6号</a></p>\n</blockquote>"},
		{"number in a link", "zh", "[杭政办函〔2017〕6号](/x/)", `<p><a href="/x/">杭政办函〔2017〕6号</a></p>`},
		{"number in code", "zh", "`杭政办函〔2017〕6号`", `<p><code>杭政办函〔2017〕6号</code></p>`},
		{"number in a heading", "zh", "## 杭政办函〔2017〕6号 说明", `<h2 id="杭政办函20176号-说明"><a class="docnumber" href="/policies/2017-resources/">杭政办函〔2017〕6号</a> 说明</h2>`},
		{"unknown number", "zh", "国办发〔2017〕47号", `<p>国办发〔2017〕47号</p>`},

		{"term once", "zh", "片区与片区", `<p><a class="term" href="/glossary/#zone" title="相邻的“学校”">片区</a>与片区</p>`},
		{"longest term", "zh", "片区化聘用，片区", `<p><a class="term" href="/glossary/#zone-based-hiring" title="几所学校共用教师">片区化聘用</a>，<a class="term" href="/glossary/#zone" title="相邻的“学校”">片区</a></p>`},
		{"quiet term hides a shorter one", "zh", "大片区", `<p>大片区</p>`},
		{"quiet term in English", "en", "A wide zone", `<p>A wide zone</p>`},
		{"term at words", "en", "Zones, ozone, zoned and zone-wide", `<p><a class="term" href="/en/glossary/#zone" title="schools that are &quot;near&quot;">Zones</a>, ozone, zoned and zone-wide</p>`},
		{"term over lines", "en", "an off-campus\ntraining institution", "<p>an <a class=\"term\" href=\"/en/glossary/#institution\" title=\"off campus\">off-campus\ntraining institution</a></p>"},
		{"no term in headings, links, code", "en", "## Zone\n\n[zone](/x/) `zone` [zone]{lang=fr}", "<h2 id=\"zone\">Zone</h2>\n<p><a href=\"/en/x/\">zone</a> <code>zone</code> <span lang=\"fr\">zone</span></p>"},
		{"Latin term in Chinese", "zh", "办理Z字签证", `<p>办理<a class="term" href="/glossary/#z-visa" title="工作签证">Z字签证</a></p>`},

		{"soft break", "zh", "第一行\n第二行，\n第三行\nabc\n第四行", "<p>第一行第二行，第三行\nabc\n第四行</p>"},
		{"soft break beside markup", "zh", "第一行\n**第二行**\n第三行\n[第四行](/x/)\n`c`", "<p>第一行<strong>第二行</strong>第三行<a href=\"/x/\">第四行</a>\n<code>c</code></p>"},
		{"hard break", "zh", "甲  \n乙\\\n丙", "<p>甲<br>\n乙<br>\n丙</p>"},
		{"escapes", "en", "a \\* b &amp; c &lt;d&gt; &#x4e2d; \\[x\\] &copy; &nosuch; \"q\"", `<p>a * b &amp; c &lt;d&gt; <span lang="zh-CN">中</span> [x] © &amp;nosuch; "q"</p>`},

		{"Chinese in English", "en", "The 片区 (2017年第3号) of “外教A类”, 中 文", "<p>The <span lang=\"zh-CN\">片区</span> (2017<span lang=\"zh-CN\">年第3号</span>) of “<span lang=\"zh-CN\">外教A类</span>”, <span lang=\"zh-CN\">中</span> <span lang=\"zh-CN\">文</span></p>"},
		{"Chinese in parts of English", "en", "## On 片区\n\n[a 片区](/x/)\n\n| 片 |\n|---|\n| `区` |", "<h2 id=\"on-片区\">On <span lang=\"zh-CN\">片区</span></h2>\n<p><a href=\"/en/x/\">a <span lang=\"zh-CN\">片区</span></a></p>\n<div class=\"table-scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table 1: On 片区\"><table>\n<thead>\n<tr>\n<th scope=\"col\"><span lang=\"zh-CN\">片</span></th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td><code>区</code></td>\n</tr>\n</tbody>\n</table></div>"},
		{"marked Chinese", "en", "a [片区 **内**]{lang=zh} b", `<p>a <span lang="zh-CN">片区 <strong>内</strong></span> b</p>`},
		{"marked English", "zh", "即[Foreign *Teachers* Service\nCenter]{lang=en}。", "<p>即<span lang=\"en\">Foreign <em>Teachers</em> Service\nCenter</span>。</p>"},
		{"span in link", "zh", "[[one two three four]{lang=en}](/x/) [a [b](/y/)]{lang=en}", `<p><a href="/x/"><span lang="en">one two three four</span></a> <span lang="en">a <a href="/y/">b</a></span></p>`},

		{"link addresses", "en", "[a](/x/?q=1&r#z) [b](/en/y/) [c](/files/a.pdf) [d](#e) [f](mailto:office@example.org) [g](https://example.org/中 \"T&quot;\")", `<p><a href="/en/x/?q=1&amp;r#z">a</a> <a href="/en/y/">b</a> <a href="/files/a.pdf">c</a> <a href="#e">d</a> <a href="mailto:office@example.org">f</a> <a rel="noopener" href="https://example.org/中" title="T&quot;">g</a></p>`},
		{"link to the English page", "zh", "[English](/en/about/)", `<p><a hreflang="en" href="/en/about/">English</a></p>`},
		{"bare addresses", "zh", "网址https://example.org/a_b?c=d，邮箱office@example.org。（http://example.org）", `<p>网址<a rel="noopener" href="https://example.org/a_b?c=d">https://example.org/a_b?c=d</a>，邮箱<a href="mailto:office@example.org">office@example.org</a>。（<a rel="noopener" href="http://example.org">http://example.org</a>）</p>`},
		{"file", "zh", "[表](list.pdf#p2)", `<p><a class="file" href="/guides/x/list.pdf#p2">表<span class="file-meta">（PDF，120 KB）</span></a></p>`},
		{"file with a space", "zh", "[表](<附件 1.pdf>)", `<p><a class="file" href="/guides/x/%E9%99%84%E4%BB%B6%201.pdf">表<span class="file-meta">（PDF，120 KB）</span></a></p>`},
		{"file percent-encoded", "zh", "[表](附件%201.pdf#p2)", `<p><a class="file" href="/guides/x/%E9%99%84%E4%BB%B6%201.pdf#p2">表<span class="file-meta">（PDF，120 KB）</span></a></p>`},
		{"file with a percent sign", "zh", "[表](100%.pdf)", `<p><a class="file" href="/guides/x/100%25.pdf">表<span class="file-meta">（PDF，120 KB）</span></a></p>`},
		{"image with a hash", "zh", "![图](图#1.png)", `<p><img src="/guides/x/%E5%9B%BE%231.png" alt="图" loading="lazy"></p>`},
		{"file in English", "en", "[list](list.pdf)", `<p><a class="file" href="/guides/x/list.pdf">list<span class="file-meta"> (PDF, 120 KB)</span></a></p>`},
		{"image", "zh", "![图 *一*](map.png \"题\")", `<p><img src="/guides/x/map.png" alt="图 一" title="题" loading="lazy"></p>`},

		{"table", "zh", "| 甲 | 乙 | 丙 |  |\n|:--|:-:|--:|---|\n| 1 | 2 | a\\|b | 4 |", "<div class=\"table-scroll\" role=\"region\" tabindex=\"0\" aria-label=\"表 1\"><table>\n<thead>\n<tr>\n<th scope=\"col\" class=\"left\">甲</th>\n<th scope=\"col\" class=\"center\">乙</th>\n<th scope=\"col\" class=\"right\">丙</th>\n<td></td>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td class=\"left\">1</td>\n<td class=\"center\">2</td>\n<td class=\"right\">a|b</td>\n<td>4</td>\n</tr>\n</tbody>\n</table></div>"},
		{"tasks", "zh", "- [x] 已交\n- [ ] 未交", "<ul>\n<li class=\"task\"><label><input type=\"checkbox\" disabled checked> 已交</label></li>\n<li class=\"task\"><label><input type=\"checkbox\" disabled> 未交</label></li>\n</ul>"},
		{"lists", "en", "3. a\n4. b\n\n   - c\n   - d", "<ol start=\"3\">\n<li><p>a</p>\n</li>\n<li><p>b</p>\n<ul>\n<li>c</li>\n<li>d</li>\n</ul>\n</li>\n</ol>"},
		{"footnotes", "zh", "甲[^a]乙[^a]\n\n[^a]: 注", "<p>甲<sup class=\"footnote-ref\" id=\"fnref-1\"><a role=\"doc-noteref\" href=\"#fn-1\" aria-label=\"脚注 1\">1</a></sup>乙<sup class=\"footnote-ref\" id=\"fnref-1-2\"><a role=\"doc-noteref\" href=\"#fn-1\" aria-label=\"脚注 1\">1</a></sup></p>\n<section class=\"footnotes\" role=\"doc-endnotes\" aria-label=\"脚注\">\n<ol>\n<li id=\"fn-1\"><p>注 <a class=\"footnote-back\" role=\"doc-backlink\" href=\"#fnref-1\" aria-label=\"返回正文 1\">↩</a> <a class=\"footnote-back\" role=\"doc-backlink\" href=\"#fnref-1-2\" aria-label=\"返回正文 1-2\">↩</a></p>\n</li>\n</ol>\n</section>"},
		{"definitions", "zh", "甲\n: 解释\n\n乙\n: 一\n: 二", "<dl>\n<dt>甲</dt>\n<dd>解释</dd>\n<dt>乙</dt>\n<dd>一</dd>\n<dd>二</dd>\n</dl>"},
		{"callouts", "zh", "> [!warning]\n> 内容\n\n> [!tip] 看*这里*\n>\n> - 一", "<div class=\"callout callout-warning\" role=\"note\">\n<p class=\"callout-title\">注意</p>\n<p>内容</p>\n</div>\n<div class=\"callout callout-tip\" role=\"note\">\n<p class=\"callout-title\">看<em>这里</em></p>\n<ul>\n<li>一</li>\n</ul>\n</div>"},
		{"code", "en", "```go\na < b\n```\n\n    c & d", "<pre tabindex=\"0\"><code class=\"language-go\">a &lt; b\n</code></pre>\n<pre tabindex=\"0\"><code>c &amp; d\n</code></pre>"},
		{"rule and quote", "en", "> a\n\n---", "<blockquote>\n<p>a</p>\n</blockquote>\n<hr>"},
	} {
		body, problems := convert(c.lang, c.text)
		if got := strings.TrimSpace(string(body.HTML)); got != c.want || len(problems) > 0 {
			t.Errorf("%s: %s\n got %s\nwant %s", c.name, brief(problems), got, c.want)
		}
	}
}

func TestAnchors(t *testing.T) {
	text := `## 一、适用范围
## 适用范围
### 适用范围
## 适用范围-2
## What *it*: a/b & ` + "`3`" + `
## 申请（2017 年）
## ？！
## Main
## 范围 {#scope}
标题[^1]
---
## [链接](/x/)与<https://example.org/>

[^1]: 注
`
	body, problems := convert(locale.ZH, text)
	var ids []string
	for _, h := range body.Headings {
		ids = append(ids, h.ID)
		if !strings.Contains(string(body.HTML), `<h`+string('0'+rune(h.Level))+` id="`+h.ID+`">`) {
			t.Errorf("%s is not in the HTML", h.ID)
		}
	}
	want := []string{"一适用范围", "适用范围", "适用范围-2", "适用范围-2-2", "what-it-a-b-3", "申请2017-年", "section", "main-2", "scope", "标题", "链接与https-exampleorg"}
	if !slices.Equal(ids, want) {
		t.Errorf("got  %q\nwant %q", ids, want)
	}
	if got := body.Headings[8]; got != (site.Heading{Level: 2, ID: "scope", Text: "范围", Pos: strings.Index(text, "## 范围 {")}) {
		t.Errorf("%+v", got)
	}
	if brief(problems) != "" {
		t.Error(brief(problems))
	}
}

func TestNoHeadingTakesAnIDOfThePage(t *testing.T) {
	src := source(locale.EN, "## Steps\n\n## Fees\n")
	src.Taken = []string{"steps"}
	body, problems := converter.Convert(src)
	want := "<h2 id=\"steps-2\">Steps</h2>\n<h2 id=\"fees\">Fees</h2>\n"
	if string(body.HTML) != want || len(problems) != 0 {
		t.Errorf("%s%s", body.HTML, brief(problems))
	}
}

func TestConcurrentUse(t *testing.T) {
	var group sync.WaitGroup
	for i := range 8 {
		l := locale.Langs()[i%2]
		text := string(sampleText(l))
		want, _ := convert(l, text)
		group.Go(func() {
			for range 20 {
				if got, _ := convert(l, text); string(got.HTML) != string(want.HTML) {
					t.Error("the same text came out otherwise")
				}
			}
		})
	}
	group.Wait()
}

func TestAPageDoesNotLinkToItself(t *testing.T) {
	src := source(locale.ZH, "杭政办函〔2017〕6号")
	src.Path = "/policies/2017-resources/"
	body, _ := converter.Convert(src)
	if got := strings.TrimSpace(string(body.HTML)); got != "<p>杭政办函〔2017〕6号</p>" || len(body.Citations) != 1 || !body.Citations[0].Known {
		t.Errorf("%s %+v", got, body.Citations)
	}
}
