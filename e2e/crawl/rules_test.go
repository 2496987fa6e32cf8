package crawl

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"
)

const base = "https://site.example.org"

// sound is a small site without a fault: two pages in two languages, their
// sitemap and feeds, a stylesheet, a picture.
func sound() map[string]string {
	page := func(lang, own, other, main string) string {
		twinLang, zh, en, switchWord := "en", own, other, "English"
		home := "/"
		if lang == "en" {
			twinLang, zh, en, switchWord = "zh-CN", other, own, "中文"
			home = "/en/"
		}
		return `<!doctype html><html lang="` + lang + `"><head><meta charset="utf-8"><title>Title of ` + own + `</title>
<meta name="description" content="D"><meta name="viewport" content="width=device-width">
<link rel="canonical" href="` + base + own + `">
<link rel="alternate" hreflang="zh-CN" href="` + base + zh + `">
<link rel="alternate" hreflang="en" href="` + base + en + `">
<link rel="alternate" hreflang="x-default" href="` + base + zh + `">
<link rel="alternate" type="application/atom+xml" href="` + strings.TrimSuffix(home, "/") + `/feed.atom">
<link rel="stylesheet" href="/assets/main.css">
<script src="/assets/main.js"></script>
<script type="application/ld+json">{"@context":"https://schema.org","@type":"WebPage"}</script>
</head><body><a class="skip" href="#main">1</a><a href="` + home + `">2</a>
<a class="lang-switch" lang="` + twinLang + `" hreflang="` + twinLang + `" href="` + other + `">` + switchWord + `</a>
<main id="main">` + main + `</main></body></html>`
	}
	const parts = `<form action="/guide/" method="post"><label for="name">1</label><input id="name" name="name">
<fieldset><legend>1</legend><label><input type="checkbox" name="c">1</label></fieldset>
<input type="hidden" name="_key"><button type="submit">1</button></form>
<table><tr><th scope="col">1</th></tr><tr><td>1</td></tr></table>
<img src="/assets/a.png" alt=""><svg aria-hidden="true"></svg><a href="mailto:office@example.org">1</a>
<p id="note" style-note="">1</p><p aria-describedby="note">1</p>`
	sitemapURL := func(own, zh, en string) string {
		return `<url><loc>` + base + own + `</loc>
<xhtml:link rel="alternate" hreflang="zh-CN" href="` + base + zh + `"/><xhtml:link rel="alternate" hreflang="en" href="` + base + en + `"/>
<xhtml:link rel="alternate" hreflang="x-default" href="` + base + zh + `"/></url>`
	}
	feed := func(at string) string {
		return `<feed xmlns="http://www.w3.org/2005/Atom"><id>` + base + at + `feed</id><title>F</title><updated>2026-01-02T03:04:05+08:00</updated>
<entry><id>` + base + at + `guide/</id><title>G</title><updated>2026-01-02T03:04:05+08:00</updated><link href="` + base + at + `guide/"/></entry></feed>`
	}
	return map[string]string{
		"index.html":          page("zh-CN", "/", "/en/", `<h1>首页</h1><a href="/guide/#part">到 part one two</a>`),
		"en/index.html":       page("en", "/en/", "/", `<h1>Home</h1><a href="/en/guide/#part">Guide</a> <span lang="zh-CN">指南</span>`),
		"guide/index.html":    page("zh-CN", "/guide/", "/en/guide/", `<h1>指南</h1><h2 id="part">一</h2><span lang="en">a run of four words</span>`+parts),
		"en/guide/index.html": page("en", "/en/guide/", "/guide/", `<h1>Guide</h1><h2 id="part">One</h2>`+parts),
		"sitemap.xml": `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">` +
			sitemapURL("/", "/", "/en/") + sitemapURL("/en/", "/", "/en/") +
			sitemapURL("/guide/", "/guide/", "/en/guide/") + sitemapURL("/en/guide/", "/guide/", "/en/guide/") + `</urlset>`,
		"feed.atom":       feed("/"),
		"en/feed.atom":    feed("/en/"),
		"assets/main.css": `body{background:url(data:image/svg+xml,x)}`,
		"assets/main.js":  `1`,
		"assets/a.png":    ``,
	}
}

func open(t *testing.T, files map[string]string) *Site {
	t.Helper()
	folder := fstest.MapFS{}
	for name, src := range files {
		folder[name] = &fstest.MapFile{Data: []byte(src)}
	}
	site, err := Open(folder, base)
	if err != nil {
		t.Fatal(err)
	}
	return site
}

func find(rule string) func(*Site) []Fault {
	for _, r := range Rules() {
		if r.Name == rule {
			return r.Find
		}
	}
	return nil
}

func TestSoundSiteIsSilent(t *testing.T) {
	site := open(t, sound())
	for _, rule := range Rules() {
		for _, fault := range rule.Find(site) {
			t.Errorf("%s: %s", rule.Name, fault)
		}
	}
}

// plant is a change to one file of the sound site. Where old is empty the file
// is removed, or made of new alone.
type plant struct {
	rule, file, old, new string
	want                 string // part of a fault that the rule must find
}

func TestEveryRuleFindsItsFault(t *testing.T) {
	const zh, en, guide = "index.html", "en/index.html", "guide/index.html"
	plants := []plant{
		{"links", zh, `/guide/#part`, `/gone/`, "nothing is at /gone/"},
		{"links", zh, `/guide/#part`, `/guide/#gone`, `no anchor "gone"`},
		{"links", zh, `/guide/#part`, `/guide`, "slash"},
		{"links", zh, `/guide/#part`, base + `/gone/`, "nothing is at /gone/"},
		{"links", zh, `/guide/#part`, ``, "empty reference"},
		{"links", zh, `/guide/#part`, `ftp://example.org/`, `scheme "ftp"`},
		{"links", guide, `/assets/a.png`, `/assets/b.png`, "/assets/b.png"},
		{"links", guide, `<img src="/assets/a.png"`, `<img src="/assets/a.png" srcset="/assets/c.png 2x"`, "/assets/c.png"},
		{"links", guide, `action="/guide/"`, `action="/forms/x/"`, "/forms/x/"},
		{"references", guide, `aria-describedby="note"`, `aria-describedby="note gone"`, `"gone"`},
		{"references", guide, `for="name"`, `for="gone"`, `"gone"`},
		{"unique-ids", guide, `id="note"`, `id="part"`, `"part" stands 2 times`},
		{"unique-ids", guide, `id="note"`, `id=""`, `the id ""`},
		{"language", en, `<html lang="en">`, `<html lang="zh-CN">`, `want "en"`},
		{"language", zh, `<html lang="zh-CN">`, `<html>`, `want "zh-CN"`},
		{"language", en, `<span lang="zh-CN">`, `<span lang="cn">`, `lang="cn"`},
		{"foreign-runs", en, `<span lang="zh-CN">`, `<span>`, "Chinese in English"},
		{"foreign-runs", guide, `<span lang="en">`, `<span>`, "English in Chinese"},
		{"one-h1", zh, `<h1>首页</h1>`, ``, "0 h1"},
		{"one-h1", zh, `<h1>首页</h1>`, `<h1>首页</h1><h1>首页</h1>`, "2 h1"},
		{"one-h1", zh, `<h1>首页</h1>`, `<h1> </h1>`, "empty"},
		{"labels", guide, `<label for="name">1</label>`, ``, `name="name"`},
		{"labels", guide, `<label for="name">1</label>`, `<label for="name"></label>`, `name="name"`},
		{"labels", guide, `<button type="submit">1</button>`, `<button type="submit"></button>`, "<button"},
		{"labels", guide, `<legend>1</legend>`, ``, "no legend"},
		{"table-heads", guide, `<th scope="col">1</th>`, `<td>1</td>`, "no th"},
		{"table-heads", guide, ` scope="col"`, ``, "no scope"},
		{"alternatives", guide, ` alt=""`, ``, "no alt"},
		{"alternatives", guide, `<svg aria-hidden="true">`, `<svg>`, "neither hidden"},
		{"alternatives", guide, `<svg aria-hidden="true">`, `<svg role="img">`, "without a name"},
		{"inline-code", guide, `style-note=""`, `style="color:red"`, "style="},
		{"inline-code", guide, `style-note=""`, `onclick="x()"`, "onclick="},
		{"inline-code", guide, `mailto:office@example.org`, `javascript:x()`, "script for an address"},
		{"inline-code", guide, ` src="/assets/main.js"`, ``, "script element"},
		{"inline-code", guide, `<h2 `, `<style></style><h2 `, "style element"},
		{"third-parties", guide, `/assets/a.png`, `https://cdn.example.net/a.png`, "cdn.example.net"},
		{"third-parties", guide, `/assets/main.css`, `//cdn.example.net/main.css`, "cdn.example.net"},
		{"third-parties", guide, `action="/guide/"`, `action="https://cdn.example.net/"`, "cdn.example.net"},
		{"third-parties", "assets/main.css", `url(data:`, `url(https://cdn.example.net/`, "url(http"},
		{"head", zh, `<title>Title of /</title>`, ``, "no title"},
		{"head", zh, `content="D"`, `content=""`, "description"},
		{"head", zh, `charset="utf-8"`, `charset="gbk"`, "charset"},
		{"titles", guide, `Title of /guide/`, `Title of /`, "also that of /"},
		{"structured-data", zh, `{"@context"`, `{"@context`, "JSON-LD"},
		{"structured-data", zh, `"@type":"WebPage"`, `"name":"x"`, "@type"},
		{"structured-data", zh, `https://schema.org`, `https://example.org`, "@context"},
		{"canonical", zh, `rel="canonical"`, `rel="x"`, "no canonical"},
		{"canonical", zh, `rel="canonical" href="` + base, `rel="canonical" href="`, "does not begin"},
		{"canonical", zh, `rel="canonical" href="` + base + `/"`, `rel="canonical" href="` + base + `/gone/"`, "not there"},
		{"translations", zh, `hreflang="en" href="` + base + `/en/"`, `hreflang="en" href="` + base + `/en/guide/"`, "does not name the same pages"},
		{"translations", zh, `hreflang="x-default"`, `hreflang="de"`, "x-default"},
		{"translations", zh, `hreflang="zh-CN" href="` + base + `/"`, `hreflang="zh-CN" href="` + base + `/guide/"`, "not the page itself"},
		{"language-switch", guide, `hreflang="en" href="/en/guide/"`, `hreflang="en" href="/en/"`, "leads to /en/"},
		{"language-switch", guide, `class="lang-switch"`, `class="x"`, "0 language switches"},
		{"language-switch", guide, `class="lang-switch" lang="en"`, `class="lang-switch"`, "does not say lang"},
		{"sitemap", "sitemap.xml", `</urlset>`, ``, "EOF"},
		{"sitemap", "sitemap.xml", `<loc>` + base + `/guide/</loc>`, `<loc>` + base + `/gone/</loc>`, "not there"},
		{"sitemap", "sitemap.xml", `<loc>` + base + `/guide/</loc>`, `<loc>` + base + `/</loc>`, "twice"},
		{"sitemap", "sitemap.xml", `<loc>` + base + `/guide/</loc>`, `<loc>` + base + `/</loc>`, "not in the sitemap.xml"},
		{"sitemap", "sitemap.xml", `hreflang="x-default"`, `hreflang="de"`, "other hreflang"},
		{"sitemap", guide, `<meta name="description"`, `<meta name="robots" content="noindex"><meta name="description"`, "noindex"},
		{"sitemap", "sitemap.xml", "", "", "none"},
		{"feeds", "feed.atom", `</feed>`, ``, "EOF"},
		{"feeds", "feed.atom", `http://www.w3.org/2005/Atom`, `http://example.org/`, "the root is"},
		{"feeds", "feed.atom", `href="` + base + `/guide/"`, `href="` + base + `/gone/"`, "leads to no page"},
		{"feeds", "feed.atom", `05+08:00</updated>` + "\n", `05</updated>`, "updated"},
		{"feeds", guide, `<meta name="description"`, `<meta name="robots" content="noindex"><meta name="description"`, "noindex"},
		{"feeds", "en/feed.atom", "", "", "no feed in en"},
		{"feeds", "old.atom", "", `<feed xmlns="http://www.w3.org/2005/Atom"/>`, "no page names this feed"},
		{"reachable", zh, `href="/guide/#part"`, `href="/"`, ""},
	}
	tested := map[string]bool{}
	for _, p := range plants {
		tested[p.rule] = true
		t.Run(p.rule+" "+p.want, func(t *testing.T) {
			files := maps.Clone(sound())
			switch {
			case p.old == "" && p.new == "":
				delete(files, p.file)
			case p.old == "":
				files[p.file] = p.new
			case !strings.Contains(files[p.file], p.old):
				t.Fatalf("%s has no %s to change", p.file, p.old)
			default:
				files[p.file] = strings.Replace(files[p.file], p.old, p.new, 1)
			}
			if p.rule == "reachable" { // the English guide still switches to the Chinese one
				files[en] = strings.Replace(files[en], `/en/guide/#part`, `/en/`, 1)
				p.want = "no link leads here"
			}
			faults := find(p.rule)(open(t, files))
			for _, fault := range faults {
				if strings.Contains(fault.String(), p.want) {
					return
				}
			}
			t.Errorf("no fault with %q in %v", p.want, faults)
		})
	}
	for _, rule := range Rules() {
		if !tested[rule.Name] {
			t.Errorf("no fault is planted for %s", rule.Name)
		}
	}
}

func TestSamples(t *testing.T) {
	files := sound()
	for _, name := range []string{"guide/index.html", "en/guide/index.html"} {
		files[name] = strings.Replace(files[name], `<meta name="description"`, `<meta name="robots" content="noindex"><meta name="description"`, 1)
	}
	files["guide/index.html"] = strings.Replace(files["guide/index.html"], "<h2", `<div class="banner">示例</div><h2`, 1)
	files["en/guide/index.html"] = strings.Replace(files["en/guide/index.html"], "<h2", `<div class="banner">Sample</div><h2`, 1)
	if faults := Samples(open(t, files), []string{"/guide/"}); len(faults) > 0 {
		t.Errorf("labelled samples: %v", faults)
	}
	if faults := Samples(open(t, sound()), []string{"/guide/"}); len(faults) != 4 {
		t.Errorf("two pages without noindex and banner: %v", faults)
	}
	if faults := Samples(open(t, sound()), []string{"/gone/"}); len(faults) != 2 {
		t.Errorf("two pages that are not there: %v", faults)
	}
}

func TestPagesOfOtherKinds(t *testing.T) {
	files := sound()
	const head = `<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="w"><meta name="robots" content="noindex"><title>Title of /</title></head>
<a class="lang-switch" lang="en" hreflang="en" href="/en/">English</a>`
	files["404.html"] = strings.Replace(head, "Title of /", "404", 1) + `<h1>404</h1></html>`
	files["shell/index.html"] = head + `<main><!--waijiao:main--><h1>1</h1><!--/waijiao:main--></main></html>`
	files["old/index.html"] = `<html lang="zh-CN"><meta http-equiv="refresh" content="0; url=/"><title>x</title></html>`
	site := open(t, files)
	for _, rule := range Rules() {
		for _, fault := range rule.Find(site) {
			t.Errorf("%s: %s", rule.Name, fault)
		}
	}
	files["404.html"] = strings.Replace(files["404.html"], `href="/en/"`, `href="/"`, 1)
	if faults := LanguageSwitch(open(t, files)); len(faults) != 1 {
		t.Errorf("a switch that switches nothing: %v", faults)
	}
	files["past/index.html"] = `<html lang="zh-CN"><span class="badge badge-closed">x</span></html>`
	if faults := Reachable(open(t, files)); len(faults) > 0 {
		t.Error(faults)
	}
	files["island/index.html"] = `<html lang="zh-CN"></html>`
	if faults := Reachable(open(t, files)); len(faults) != 1 {
		t.Errorf("an island: %v", faults)
	}
}
