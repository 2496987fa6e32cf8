package crawl

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

const (
	chinese = "zh-CN"
	english = "en"
)

// tongue is the language that the address of a page promises.
func tongue(address string) string {
	if strings.HasPrefix(address, "/en/") {
		return english
	}
	return chinese
}

// twin is the address of the same page in the other language.
func twin(address string) string {
	if rest, ok := strings.CutPrefix(address, "/en/"); ok {
		return "/" + rest
	}
	return "/en" + address
}

// Language finds pages whose html element does not carry the language that the
// address promises, and lang attributes with anything but the two languages.
func Language(s *Site) []Fault {
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		for n := range elements(p.doc) {
			lang, ok := attr(n, "lang")
			switch {
			case n.Data == "html" && lang != tongue(p.Address):
				fault("html has lang=%q, want %q", lang, tongue(p.Address))
			case ok && lang != chinese && lang != english && lang != "zh":
				fault("%s has lang=%q", describe(n), lang)
			}
		}
	})
}

// latinRun is four words or more of Latin letters in a row, as a reader aloud
// would stumble over in a Chinese sentence.
var latinRun = regexp.MustCompile(`\p{Latin}[\p{Latin}'’.-]*(?:[\s,;:&()]+\p{Latin}[\p{Latin}'’.-]*){3,}`)

// ForeignRuns finds text that would be read aloud in the wrong language: Han
// letters where the language is English, four Latin words or more where it is
// Chinese.
func ForeignRuns(s *Site) []Fault {
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		for n := range named(p.doc, "body") {
			for c := range n.Descendants() {
				if c.Type != html.TextNode || silent(c) {
					continue
				}
				lang := languageOf(c)
				if lang == english && strings.ContainsFunc(c.Data, han) {
					fault("Chinese in English: %q", shorten(c.Data))
				}
				if run := latinRun.FindString(c.Data); lang == chinese && run != "" {
					fault("English in Chinese: %q", run)
				}
			}
		}
	})
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

// silent tells whether the text is not read at all.
func silent(n *html.Node) bool {
	return up(n.Parent, func(e *html.Node) bool { return e.Data == "script" || e.Data == "style" }) != nil
}

func languageOf(n *html.Node) string {
	e := up(n.Parent, func(e *html.Node) bool { _, ok := attr(e, "lang"); return ok })
	if e == nil {
		return ""
	}
	if lang := value(e, "lang"); lang != "zh" {
		return lang
	}
	return chinese
}

func shorten(s string) string {
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return string(runes)
}

// LanguageSwitch finds pages whose switch (a.lang-switch) does not lead to the
// same page in the other language. A page that stands for many addresses (an
// error page, one that intake fills) cannot know its twin: its switch need only
// change the language.
func LanguageSwitch(s *Site) []Fault {
	return eachPage(s, func(p *Page, fault func(string, ...any)) {
		if moved(p) {
			return
		}
		count := 0
		for n := range named(p.doc, "a") {
			if !hasWord(n, "class", "lang-switch") {
				continue
			}
			count++
			other := twin(p.Address)
			t, err := s.resolve(p, value(n, "href"))
			if errorPage(p) || isShell(p) {
				if err != nil || tongue(t.path) != tongue(other) {
					fault("the language switch leads to %s", value(n, "href"))
				}
			} else if err != nil || t.path != other {
				fault("the language switch leads to %s, want %s", value(n, "href"), other)
			}
			if lang := tongue(other); value(n, "lang") != lang || value(n, "hreflang") != lang {
				fault("the language switch does not say lang and hreflang %q", lang)
			}
		}
		if count != 1 {
			fault("%d language switches, want 1", count)
		}
	})
}
