// Package crawl reads a built site from a folder and looks for faults that a
// visitor, a search engine or a screen reader would meet: links and anchors that
// lead nowhere, missing languages and labels, scripts that the Content-Security-
// Policy would stop, translations that do not point at each other.
//
// Open reads the folder; each rule is a function over the site that returns the
// faults it found:
//
//	site, err := crawl.Open(os.DirFS("public"), "https://example.org")
//	for _, fault := range crawl.Links(site) { … }
//
// Rules lists them all. What vnu finds better (nesting, attributes, ARIA) is
// left to it.
package crawl

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Fault is something wrong on a page. At is its address, or the address of the
// file if the fault is not on a page.
type Fault struct {
	At, What string
}

func (f Fault) String() string { return f.At + ": " + f.What }

// Page is one HTML file of the site.
type Page struct {
	Address string // as a visitor writes it: /guides/ or /404.html
	doc     *html.Node
	ids     map[string]int
}

// Site is a built site: its pages by address, and the names of all its files
// as absolute addresses.
type Site struct {
	Base  string // where the site says it stands, without a slash at the end
	Pages map[string]*Page
	files map[string][]byte // what is not HTML
}

// Open reads every file of the folder. base is the address that the site was
// built for; a canonical link to it counts as internal.
func Open(folder fs.FS, base string) (*Site, error) {
	site := &Site{Base: strings.TrimSuffix(base, "/"), Pages: map[string]*Page{}, files: map[string][]byte{}}
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		src, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		if path.Ext(name) != ".html" {
			site.files["/"+name] = src
			return nil
		}
		doc, err := html.Parse(strings.NewReader(string(src)))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		page := &Page{Address: address(name), doc: doc, ids: map[string]int{}}
		for n := range elements(doc) {
			if id, ok := attr(n, "id"); ok {
				page.ids[id]++
			}
		}
		site.Pages[page.Address] = page
		return nil
	})
	return site, err
}

// address is where a visitor finds the file.
func address(name string) string {
	if folder, ok := strings.CutSuffix("/"+name, "/index.html"); ok {
		return folder + "/"
	}
	return "/" + name
}

// Addresses returns the addresses of all pages in order.
func (s *Site) Addresses() []string {
	all := make([]string, 0, len(s.Pages))
	for a := range s.Pages {
		all = append(all, a)
	}
	slices.Sort(all)
	return all
}

// eachPage applies a rule for one page to all of them, in the order of their
// addresses.
func eachPage(s *Site, rule func(p *Page, fault func(format string, args ...any))) []Fault {
	var faults []Fault
	for _, a := range s.Addresses() {
		rule(s.Pages[a], func(format string, args ...any) {
			faults = append(faults, Fault{a, fmt.Sprintf(format, args...)})
		})
	}
	return faults
}

// Rule is a named rule over the whole site.
type Rule struct {
	Name string
	Find func(*Site) []Fault
}

// Rules returns every rule that needs no more than the site itself.
func Rules() []Rule {
	return []Rule{
		{"links", Links},
		{"references", References},
		{"unique-ids", UniqueIDs},
		{"language", Language},
		{"foreign-runs", ForeignRuns},
		{"one-h1", OneH1},
		{"labels", Labels},
		{"table-heads", TableHeads},
		{"alternatives", Alternatives},
		{"inline-code", InlineCode},
		{"third-parties", ThirdParties},
		{"head", Head},
		{"titles", Titles},
		{"structured-data", StructuredData},
		{"canonical", Canonical},
		{"translations", Translations},
		{"language-switch", LanguageSwitch},
		{"sitemap", Sitemap},
		{"feeds", Feeds},
		{"reachable", Reachable},
	}
}
