// Package load reads the content folder: documents in two languages, directory
// tables, settings, terms and forms. It decodes them strictly, converts the
// markdown, and returns a *site.Site together with every problem that it found
// on the way:
//
//	s, problems, err := load.Load(os.DirFS("content"), load.Options{Now: now})
//
// An error means that the folder could not be read at all. Whatever an editor
// can mend is a problem instead, with file, line and column; Load goes on after
// each of them, so that one run shows all. Where a value is wrong, the Site
// holds the zero value in its place, and a document whose front matter cannot
// be read is left out: a Site that came with errors is good for more checks,
// not for publishing.
//
// What every file may hold is described in docs/content.md. Rules that need the
// whole site (links, anchors, addresses, private data) belong to package check.
package load

import (
	"cmp"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"waijiao/generator/internal/markdown"
	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// Options say for whom the content is read.
type Options struct {
	// Now is the moment for which the site is built: it decides what is not
	// yet published and what has expired.
	Now time.Time
	// Drafts shows documents marked as drafts.
	Drafts bool
	// BaseURL stands for the base_url of site.yaml; empty to take that.
	BaseURL string
}

// Load reads the content folder fsys. The problems are sorted. fsys may be read
// by several goroutines at a time.
func Load(fsys fs.FS, opt Options) (*site.Site, problem.List, error) {
	l := &loader{fsys: fsys, opt: opt, site: &site.Site{Now: opt.Now}}
	if err := l.load(); err != nil {
		return nil, nil, err
	}
	return l.site, l.list.Sort(), nil
}

// loader is one run of Load.
type loader struct {
	fsys  fs.FS
	opt   Options
	site  *site.Site
	words words
	list  problem.List
	// top is what lies at the top of the folder and may be read.
	top map[string]bool
	// formIDs are the forms that have a file, readable or not.
	formIDs []string
}

func (l *loader) load() error {
	if err := l.root(); err != nil {
		return err
	}
	if err := l.config(); err != nil {
		return err
	}
	if l.opt.BaseURL != "" {
		l.site.Config.BaseURL = l.opt.BaseURL
	}
	if err := l.terms(); err != nil {
		return err
	}
	if err := l.tables(); err != nil {
		return err
	}
	if err := l.forms(); err != nil {
		return err
	}
	drafts, err := l.documents()
	if err != nil {
		return err
	}
	l.references(drafts)
	l.convert(drafts)
	for _, d := range drafts {
		l.list = append(l.list, d.list...)
		l.keep(d)
	}
	l.order()
	l.site.Index()
	return nil
}

// root looks at what lies at the top of the content folder.
func (l *loader) root() error {
	entries, err := fs.ReadDir(l.fsys, ".")
	if err != nil {
		return err
	}
	folder := map[string]bool{"directory": true, "forms": true, "guides": true, "notices": true,
		"pages": true, "policies": true, "site.yaml": false, "terms.yaml": false}
	l.top = make(map[string]bool)
	for _, e := range entries {
		if hidden(e.Name()) || l.irregular(e, e.Name()) {
			continue
		}
		if want, known := folder[e.Name()]; !known || want != e.IsDir() {
			l.list = append(l.list, stray(e.Name(), slices.Collect(maps.Keys(folder))))
			continue
		}
		l.top[e.Name()] = true
	}
	return nil
}

// keep puts a document where it belongs. One that has no readable edition is
// left out.
func (l *loader) keep(d *draft) {
	if d.ZH == nil && d.EN == nil {
		return
	}
	switch {
	case d.policy != nil:
		l.site.Policies = append(l.site.Policies, d.policy)
	case d.notice != nil:
		l.site.Notices = append(l.site.Notices, d.notice)
	case d.guide != nil:
		l.site.Guides = append(l.site.Guides, d.guide)
	default:
		l.site.Pages = append(l.site.Pages, d.page)
	}
}

// order puts the newest documents first, and those of one day by their slug.
func (l *loader) order() {
	newest := func(a, b *site.Document) int {
		return cmp.Or(b.Date.Compare(a.Date), cmp.Compare(a.Slug, b.Slug))
	}
	slices.SortFunc(l.site.Policies, func(a, b *site.Policy) int { return newest(&a.Document, &b.Document) })
	slices.SortFunc(l.site.Notices, func(a, b *site.Notice) int { return newest(&a.Document, &b.Document) })
	slices.SortFunc(l.site.Guides, func(a, b *site.Guide) int { return newest(&a.Document, &b.Document) })
	slices.SortFunc(l.site.Pages, func(a, b *site.Page) int { return newest(&a.Document, &b.Document) })
}

// convert turns all markdown into HTML.
func (l *loader) convert(drafts []*draft) {
	documents := make(map[string]*site.Document, len(drafts))
	numbers := make(map[string]string)
	for _, d := range drafts {
		documents[d.Path()] = d.Document
		if d.policy != nil && d.policy.NumberKey != "" && !d.Hidden {
			if _, taken := numbers[d.policy.NumberKey]; !taken {
				numbers[d.policy.NumberKey] = d.Path()
			}
		}
	}
	converter := markdown.New(markdown.Library{
		Policy: func(key string) (string, bool) {
			path, ok := numbers[key]
			return path, ok
		},
		Has: func(path string, lang locale.Lang) bool {
			d := documents[path]
			return d == nil || d.Has(lang)
		},
		Terms: l.site.Terms,
	})
	each(len(drafts), func(i int) error {
		drafts[i].convert(converter)
		return nil
	})
}

// each calls do for every index below n, from as many goroutines as the
// processor runs, and returns the error of the lowest index that has one.
func each(n int, do func(i int) error) error {
	var next atomic.Int64
	var group sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), n)
	failed := make([]error, n)
	for range workers {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				failed[i] = do(i)
			}
		})
	}
	group.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// read reads a file at the top of the folder that need not be there.
func (l *loader) read(name string) (raw []byte, found bool, err error) {
	if !l.top[name] {
		return nil, false, nil
	}
	raw, err = l.file(name)
	return raw, err == nil, err
}

func (l *loader) file(name string) ([]byte, error) { return fs.ReadFile(l.fsys, name) }
