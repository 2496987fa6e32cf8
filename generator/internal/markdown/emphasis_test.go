package markdown_test

import (
	"bytes"
	"strings"
	"testing"

	"waijiao/generator/internal/markdown"
	"waijiao/internal/locale"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

// plain converts without terms and numbers, and returns what is in the one
// paragraph.
func plain(t *testing.T, text string) string {
	t.Helper()
	body, _ := markdown.New(markdown.Library{}).Convert(source(locale.ZH, text))
	s, ok := strings.CutPrefix(strings.TrimSpace(string(body.HTML)), "<p>")
	if !ok {
		t.Fatalf("%q is not one paragraph: %s", text, body.HTML)
	}
	return strings.TrimSuffix(s, "</p>")
}

func TestChineseEmphasis(t *testing.T) {
	replace := strings.NewReplacer("⟦", "<strong>", "⟧", "</strong>", "‹", "<em>", "›", "</em>", "⟪", "<del>", "⟫", "</del>")
	for _, c := range []struct{ text, want string }{
		// Between characters and punctuation.
		{"是**“重要”**的", "是⟦“重要”⟧的"},
		{"请注意**（重要）**事项。这是**我想做的事。**所以", "请注意⟦（重要）⟧事项。这是⟦我想做的事。⟧所以"},
		{"是**重要**的", "是⟦重要⟧的"},
		{"**重要**的", "⟦重要⟧的"},
		{"是**重要**", "是⟦重要⟧"},
		{"是**‘重要’**的", "是⟦‘重要’⟧的"},
		{"是**「重要」**的", "是⟦「重要」⟧的"},
		{"是**『重要』**的", "是⟦『重要』⟧的"},
		{"依据**《实施意见》**办理", "依据⟦《实施意见》⟧办理"},
		{"依据**〔2017〕6号**办理", "依据⟦〔2017〕6号⟧办理"},
		{"依据**【通知】**办理", "依据⟦【通知】⟧办理"},
		{"先交**材料，**再登记", "先交⟦材料，⟧再登记"},
		{"**注意：**请先登记", "⟦注意：⟧请先登记"},
		{"**注意:**请先登记", "⟦注意:⟧请先登记"},
		{"**完成了！**然后", "⟦完成了！⟧然后"},
		{"**可以吗？**可以", "⟦可以吗？⟧可以"},
		{"甲、**乙、**丙", "甲、⟦乙、⟧丙"},
		{"等等**……**还有", "等等⟦……⟧还有"},
		{"时间**——**地点", "时间⟦——⟧地点"},
		{"，**重要**，", "，⟦重要⟧，"},
		{"（**重要**）", "（⟦重要⟧）"},
		{"“**重要**”", "“⟦重要⟧”"},
		{"《**意见**》", "《⟦意见⟧》"},
		{"（**“重要”**）", "（⟦“重要”⟧）"},
		{"“**（重要）**”", "“⟦（重要）⟧”"},
		{"。**（一）**范围", "。⟦（一）⟧范围"},
		{"**（一）**范围", "⟦（一）⟧范围"},
		{"**“重要”**", "⟦“重要”⟧"},
		{"**“重要”**，因为", "⟦“重要”⟧，因为"},
		// One star.
		{"是*“重要”*的", "是‹“重要”›的"},
		{"是*（重要）*的", "是‹（重要）›的"},
		{"是*重要。*所以", "是‹重要。›所以"},
		{"是*重要*的", "是‹重要›的"},
		// Several in a row.
		{"**甲**和**乙**和**丙**", "⟦甲⟧和⟦乙⟧和⟦丙⟧"},
		{"**甲**、**乙**、**丙**", "⟦甲⟧、⟦乙⟧、⟦丙⟧"},
		{"**“甲”**和**“乙”**，*（丙）*及**丁。**", "⟦“甲”⟧和⟦“乙”⟧，‹（丙）›及⟦丁。⟧"},
		{"是**（甲）**和*（乙）*的", "是⟦（甲）⟧和‹（乙）›的"},
		// Nested.
		{"**这是*重点*内容**", "⟦这是‹重点›内容⟧"},
		{"这是**重点*内容*部分**的", "这是⟦重点‹内容›部分⟧的"},
		{"这是**“重点*（内容）*部分”**的", "这是⟦“重点‹（内容）›部分”⟧的"},
		{"*这是**重点**内容*", "‹这是⟦重点⟧内容›"},
		{"是***重要***的", "是‹⟦重要⟧›的"},
		{"是***“重要”***的", "是‹⟦“重要”⟧›的"},
		{"***（重要）***事项", "‹⟦（重要）⟧›事项"},
		{"是~~**（重要）**~~的", "是⟪⟦（重要）⟧⟫的"},
		{"是**~~（重要）~~**的", "是⟦⟪（重要）⟫⟧的"},
		// Strikethrough.
		{"价格~~（旧）~~已改", "价格⟪（旧）⟫已改"},
		{"价格~~“旧”~~已改", "价格⟪“旧”⟫已改"},
		{"价格~~旧。~~已改", "价格⟪旧。⟫已改"},
		{"~~旧~~新", "⟪旧⟫新"},
		{"小学3~6年级，初中7~9年级", "小学3~6年级，初中7~9年级"},
		{"共~3人~", "共~3人~"},
		// Beside Latin and digits.
		{"使用GitHub**“重要”**的", "使用GitHub⟦“重要”⟧的"},
		{"使用GitHub**（重要）**API", "使用GitHub⟦（重要）⟧API"},
		{"是**TEFL**证书", "是⟦TEFL⟧证书"},
		{"是**\"重要\"**的", "是⟦\"重要\"⟧的"},
		{"是**(重要)**的", "是⟦(重要)⟧的"},
		{"第**3**条", "第⟦3⟧条"},
		{"在**15日**内", "在⟦15日⟧内"},
		{"**A类：**外国高端人才", "⟦A类：⟧外国高端人才"},
		{"请看**[指南](https://example.org/)**了", "请看⟦<a rel=\"noopener\" href=\"https://example.org/\">指南</a>⟧了"},
		{"运行**`make`**命令", "运行⟦<code>make</code>⟧命令"},
		{"**100%**通过", "⟦100%⟧通过"},
		{"𠮷**（野家）**𠮷", "𠮷⟦（野家）⟧𠮷"},
		// No emphasis.
		{"是** 重要 **的", "是** 重要 **的"},
		{"是**\u3000重要\u3000**的", "是**\u3000重要\u3000**的"},
		{"是**重要的", "是**重要的"},
		{"是重要**的", "是重要**的"},
		{"是\\*\\*重要\\*\\*的", "是**重要**的"},
		{"3 * 4 米，5 * 6 米", "3 * 4 米，5 * 6 米"},
		{"是_重要_的", "是_重要_的"},
		{"是__“重要”__的", "是__“重要”__的"},
		{"，_重要_，", "，‹重要›，"},
		{"`是**重要**的`", "<code>是**重要**的</code>"},
		{"是**的", "是**的"},
		{"甲****乙", "甲****乙"},
		// Over the end of a line.
		{"是**“重\n要”**的", "是⟦“重要”⟧的"},
		{"是\n**“重要”**\n的", "是⟦“重要”⟧的"},
	} {
		if got, want := plain(t, c.text), replace.Replace(c.want); got != want {
			t.Errorf("%q\n got %s\nwant %s", c.text, got, want)
		}
	}
}

func TestLatinEmphasisIsThatOfCommonMark(t *testing.T) {
	md := goldmark.New(goldmark.WithExtensions(extension.Strikethrough))
	for _, text := range []string{
		"*a*", "a * b *", "a*\"b\"*", "*\u00a0a\u00a0*", "a*b*c", "5*6*78", "_a_", "_ a_", "a_\"b\"_", "a_b_c", "5_6_78",
		"a_\"b\"_c", "a-_(b)_", "_(b_", "*(*b*)*", "*a*b", "_(a_)_", "_a_b_c_", "**a**", "** a**", "a**\"b\"**", "a**b**c",
		"__a__", "a__\"b\"__", "**a \"*b*\" c**", "**(a**)", "*(**a**)*", "**a*b**c*", "*a **b** c*", "*a**b**c*", "*a**b*",
		"***a** b*", "*a **b***", "*a**b***", "a***b***c", "a******b*********c", "*a [b](/x/)*", "**", "a *** b", "*a\nb*",
		"**Gomphocarpus (*G. physocarpus*, *A. x*)**", "**note:**text", "**“Teacher”**A", "a**“b”**c", "“**a**”c", "(**a**)b",
		"*a `*`*", "**a<https://e.org/?q=**>", "~~a~~", "a~~b~~c", "~~ a~~", "a~~\"b\"~~c", "*a _b* c_", "*a **b c*", "\\*a*",
	} {
		var b bytes.Buffer
		if err := md.Convert([]byte(text), &b); err != nil {
			t.Fatal(err)
		}
		want := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), "<p>"), "</p>")
		want = strings.NewReplacer("&quot;", `"`, `<a href="https:`, `<a rel="noopener" href="https:`).Replace(want)
		body, _ := markdown.New(markdown.Library{}).Convert(source(locale.EN, text))
		got := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(string(body.HTML)), "<p>"), "</p>")
		got = strings.ReplaceAll(got, `href="/en/x/"`, `href="/x/"`)
		if got != want {
			t.Errorf("%q\n got %s\nwant %s", text, got, want)
		}
	}
}
