// Package check judges a whole site: what a single file cannot know of itself.
//
//	problems := check.Run(s, check.Options{Content: os.DirFS("content")})
//
// Its rules, each in its own file:
//
//	links       an address or anchor that leads nowhere, in texts and in site.yaml
//	addresses   two things that want one address
//	citations   a document number that the library of policies does not know
//	private     ID, passport and mobile numbers, e-mail addresses, in every text of the content
//	unfinished  placeholders, samples and pages to be confirmed
//
// What one file can know of itself, from its keys to its translation, package
// load has already said. Positions are of the files as they were read into the
// Site. A rule reports and goes on; nothing is changed.
package check

import (
	"io/fs"
	"path"
	"runtime"
	"strings"
	"sync"

	"waijiao/generator/internal/site"
	"waijiao/internal/problem"
)

// Options say what the site is checked for.
type Options struct {
	// Live refuses what must not be seen by the public: placeholders, samples
	// and pages that an editor must still confirm. Otherwise they are counted
	// in one warning a file.
	Live bool
	// Content is the content folder from which the Site was loaded: tables,
	// settings and attachments that are text are read from it once more.
	Content fs.FS
}

// Run checks the site and returns the problems, sorted.
func Run(s *site.Site, opt Options) problem.List {
	c := &checker{site: s, opt: opt, places: newPlaces(s)}
	var list problem.List
	list = append(list, c.addresses()...)
	list = append(list, c.documents()...)
	list = append(list, c.files()...)
	list = append(list, c.rows()...)
	return list.Sort()
}

type checker struct {
	site   *site.Site
	opt    Options
	places *places
	lines  map[string][][]byte // of the tables, for the problems of their rows
}

// scanner looks for private data. Where site.yaml could not be read, nobody
// knows which addresses are the office's own, and none is reported: the fault
// of site.yaml is, and comes first.
func (c *checker) scanner() *scanner {
	s := newScanner(c.site.Config.AllowEmails)
	s.anyEmail = c.site.Config.Name.IsZero()
	return s
}

// documents applies the rules for texts to every document, on all processors.
func (c *checker) documents() problem.List {
	var all []*site.Document
	for d := range c.site.Documents() {
		all = append(all, d)
	}
	const chunk = 64
	chunks := (len(all) + chunk - 1) / chunk
	found := make([]problem.List, chunks)
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), chunks)
	for w := range workers {
		wg.Go(func() {
			scan := c.scanner()
			for i := w; i < chunks; i += workers {
				for _, d := range all[i*chunk : min((i+1)*chunk, len(all))] {
					for _, e := range []*site.Edition{d.ZH, d.EN} {
						if e != nil {
							found[i] = append(found[i], c.edition(scan, d, e)...)
						}
					}
				}
			}
		})
	}
	wg.Wait()
	var list problem.List
	for _, l := range found {
		list = append(list, l...)
	}
	return list
}

func (c *checker) edition(scan *scanner, d *site.Document, e *site.Edition) problem.List {
	var list problem.List
	list = append(list, c.links(d, e)...)
	list = append(list, citations(e)...)
	list = append(list, private(scan, e.File, e.Source)...)
	if !d.Hidden {
		list = append(list, c.placeholders(e.File, e.Source)...)
		list = append(list, c.unconfirmed(d, e)...)
	}
	return list
}

// files applies the rules for any text to what is no document: tables,
// settings, forms, and attachments that are text.
func (c *checker) files() problem.List {
	if c.opt.Content == nil {
		return nil
	}
	var names []string
	for _, pattern := range []string{"*.yaml", "forms/*.yaml", "directory/*.csv"} {
		found, err := fs.Glob(c.opt.Content, pattern)
		if err == nil { // the patterns are well formed
			names = append(names, found...)
		}
	}
	for d := range c.site.Documents() {
		for _, a := range d.Attachments {
			if isText(a) {
				names = append(names, path.Join(string(d.Kind), d.Slug, a.Name))
			}
		}
	}
	scan := c.scanner()
	var list problem.List
	for _, name := range names {
		src, err := fs.ReadFile(c.opt.Content, name)
		if err != nil {
			list = append(list, unreadable(name, err))
			continue
		}
		list = append(list, private(scan, name, src)...)
		list = append(list, c.placeholders(name, src)...)
		if name == "site.yaml" {
			list = append(list, c.settings(src)...)
		}
	}
	return list
}

// isText tells whether an attachment can be read as text.
func isText(a site.Attachment) bool {
	return strings.HasPrefix(a.Type, "text/") || a.Type == "image/svg+xml"
}
