package markdown_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"waijiao/internal/locale"

	"golang.org/x/net/html"
)

// unsafe says what is wrong with HTML that was made from any text at all:
// unbalanced tags, or what no editor may put on a page.
func unsafe(t *testing.T, doc string) string {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(doc))
	var open []string
	ids := map[string]bool{}
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return err.Error()
			}
			if len(open) > 0 {
				return "not closed: " + strings.Join(open, " ")
			}
			return ""
		case html.CommentToken, html.DoctypeToken:
			return "comment " + z.Token().String()
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			switch tok.Data {
			case "script", "style", "iframe", "object", "embed", "form", "base", "meta", "link", "b":
				return "element " + tok.Data
			case "a":
				for _, o := range open {
					if o == "a" {
						return "a link in a link"
					}
				}
			case "br", "hr", "img", "input":
			default:
			}
			if tok.Data != "br" && tok.Data != "hr" && tok.Data != "img" && tok.Data != "input" {
				open = append(open, tok.Data)
			}
			seen := map[string]bool{}
			for _, a := range tok.Attr {
				if seen[a.Key] {
					return "twice the attribute " + a.Key
				}
				seen[a.Key] = true
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.ContainsAny(a.Key, "<\"'`=") {
					return "attribute " + a.Key
				}
				if a.Key == "id" {
					if ids[a.Val] {
						return "twice the id " + a.Val
					}
					ids[a.Val] = true
				}
				if a.Key == "href" || a.Key == "src" {
					v := strings.ToLower(strings.TrimLeft(a.Val, " \t\r\n\x00\x01"))
					scheme, _, ok := strings.Cut(v, ":")
					if ok && !strings.ContainsAny(scheme, "/?#") && scheme != "http" && scheme != "https" && scheme != "mailto" && scheme != "tel" {
						return "address " + a.Val
					}
				}
			}
		case html.EndTagToken:
			name := z.Token().Data
			if len(open) == 0 || open[len(open)-1] != name {
				return "</" + name + "> closes " + strings.Join(open, " ")
			}
			open = open[:len(open)-1]
		}
	}
}

func TestTheSafetyCheckFindsFaults(t *testing.T) {
	for _, doc := range []string{"<p>", "<p></b>", "<p style='x'></p>", "<i onclick=x></i>", "<script></script>", "<!-- x -->",
		"<a href=/x/><a href=/y/></a></a>", "<a href='java&Tab;script:x'></a>", "<p id=a></p><p id=a></p>"} {
		if unsafe(t, doc) == "" {
			t.Errorf("nothing found in %s", doc)
		}
	}
}

func FuzzConvert(f *testing.F) {
	f.Add(string(sampleText(locale.ZH)))
	f.Add(string(sampleText(locale.EN)))
	for _, s := range []string{
		"[a]{lang=en} [b [c]{lang=zh} `]{` d]{lang=en}", "[a [b](/x/)]{lang=en}](/y/)", "**[a**]{lang=en}*", "[*a]{lang=en}*",
		"> [!note] a **b\n> c** | d\n> |---|\n> e", "a[^1]\n\n[^1]: b[^1]\n\n    - c\n\n[^2]: d", "[a[^1]](/x/)\n\n[^1]: n",
		"[<https://example.org>](/x/) ![[^1]](map.png)", "<script>alert(1)</script>", "## a {#b}\n## a {#b}\n# {}\n## fn-1", "- [ ] [x] y", "## fn-1\n## A {#fnref-1}\n\na[^1]\n\n[^1]: b",
		"t\n: a\n  : b\n", "杭政办函\\[2017\\]6&#x53f7;", "[x](javascript&#58;alert(1))", "a\\\nb  \nc\n~~~ <b> \" onclick=x\n", "&#0;\x00&bogus;",
		"是**“重要\n”**的~~（x）~~", "[a]{lang=\"en\" style=x}", "http://a.b/c'd\"e<f> x@y.zz://q", "| a | b |\n|:-:|--|\n| `\\|` | c", "[a\n> b]{lang=en}\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, l := range locale.Langs() {
			src := source(l, s)
			body, problems := converter.Convert(src)
			if fault := unsafe(t, string(body.HTML)); fault != "" {
				t.Fatalf("%s: %q came out as %s", fault, s, body.HTML)
			}
			if !utf8.Valid(body.HTML) {
				t.Fatalf("%q came out as %q", s, body.HTML)
			}
			for _, p := range problems {
				if p.Line < 1 || p.Column < 1 {
					t.Fatalf("%q: %+v has no place", s, p)
				}
			}
			for _, r := range body.Links {
				if r.Pos < 0 || r.Pos >= len(s) {
					t.Fatalf("%q: link %+v", s, r)
				}
			}
			for _, c := range body.Citations {
				if c.Pos < 0 || c.Pos >= len(s) {
					t.Fatalf("%q: citation %+v", s, c)
				}
			}
			for _, h := range body.Headings {
				if h.Pos < 0 || h.Pos > len(s) || h.ID == "" {
					t.Fatalf("%q: heading %+v", s, h)
				}
			}
			fragment, _ := converter.Inline(src, s, 0)
			if fault := unsafe(t, fragment.HTML); fault != "" {
				t.Fatalf("%s: %q came out inline as %s", fault, s, fragment.HTML)
			}
		}
	})
}
