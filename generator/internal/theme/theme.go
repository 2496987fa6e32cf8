// Package theme loads how the site looks: templates, words and assets, from
// one folder.
//
//	templates/*.html     html/template files; each {{define}} is one template
//	words/zh.yaml        flat mapping of key to word, in Chinese
//	words/en.yaml        the same keys in English
//	assets/css/main.css  bundled, minified, published as /assets/main-<hash>.css
//	assets/js/main.js    the same
//	assets/js/form.js    the same, for the pages of forms and their receipts
//	assets/svg/*.svg     written into pages by {{svg "name"}}
//	assets/icon.svg      the favicon
//
// Beside the functions of html/template a template has:
//
//	{{t "key"}}        the word of that key
//	{{svg "name"}}     assets/svg/name.svg
//	{{count "key" n}}  the word of that key with its {n} replaced; in English
//	                   the word key.one is taken where n is 1
//
// A word and a drawing do not depend on the page, so their places are filled
// once, when the theme is loaded, and cost a page nothing. A key that either
// language lacks is a problem. The same folder always gives the same Theme.
package theme

import (
	"errors"
	"html/template"
	"io/fs"
	"path"
	"strings"

	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// Theme is a loaded theme. It is only read after Load, by several goroutines
// at a time.
type Theme struct {
	templates map[locale.Lang]*template.Template
	words     map[locale.Lang]map[string]string
	files     []File
	style     string
	script    string
	icon      string

	formScript string
}

// File is an asset to publish. Its name changes with its content.
type File struct {
	Path string // below the published folder, with slashes
	Body []byte
}

// Load reads a theme. Where the list holds an error, the Theme is nil.
func Load(fsys fs.FS) (*Theme, problem.List) {
	th := &Theme{templates: map[locale.Lang]*template.Template{}, words: map[locale.Lang]map[string]string{}}
	var problems problem.List
	for _, l := range locale.Langs() {
		words, list := readWords(fsys, l)
		th.words[l] = words
		problems = append(problems, list...)
	}
	if problems.Errors() > 0 {
		// Without the words every place that asks for one would be a fault.
		return nil, problems.Sort()
	}
	problems = append(problems, sameWords(th.words)...)
	problems = append(problems, th.bundle(fsys)...)

	drawings, list := readDrawings(fsys)
	problems = append(problems, list...)
	sources, list := readTemplates(fsys)
	problems = append(problems, list...)
	for _, l := range locale.Langs() {
		set, list := parseSet(sources, th, l, drawings)
		th.templates[l] = set
		problems = append(problems, list...)
	}
	problems = problems.Sort()
	if problems.Errors() > 0 {
		return nil, problems
	}
	return th, problems
}

// Template returns the template of this name with the words of the language,
// or nil.
func (t *Theme) Template(l locale.Lang, name string) *template.Template {
	return t.templates[l].Lookup(name)
}

// Word returns the word of key, or key in brackets where there is none, so
// that the gap is seen.
func (t *Theme) Word(l locale.Lang, key string) string {
	if w, ok := t.words[l][key]; ok {
		return w
	}
	return "[" + key + "]"
}

// Count returns the word of key with its {n} replaced by the number.
func (t *Theme) Count(l locale.Lang, key string, n int) string {
	if one, ok := t.words[l][key+".one"]; ok && n == 1 {
		return strings.ReplaceAll(one, "{n}", "1")
	}
	return strings.ReplaceAll(t.Word(l, key), "{n}", locale.Number(n))
}

// Files returns the assets to publish, in the order of their paths.
func (t *Theme) Files() []File { return t.files }

// Style, Script and Icon return the addresses of the style sheet, the script
// and the favicon, each empty where the theme has none.
func (t *Theme) Style() string  { return t.style }
func (t *Theme) Script() string { return t.script }
func (t *Theme) Icon() string   { return t.icon }

// FormScript returns the address of the script that only pages with a form and
// those that intake fills load; empty where the theme has none.
func (t *Theme) FormScript() string { return t.formScript }

// source is one file of the theme, as text.
type source struct {
	name string // below the theme's folder
	text string
}

// readAll reads the files that match the pattern.
func readAll(fsys fs.FS, pattern string) ([]source, problem.List) {
	names, err := fs.Glob(fsys, pattern)
	if err != nil {
		return nil, problem.List{unreadable(path.Dir(pattern), err)}
	}
	var list []source
	var problems problem.List
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			problems = append(problems, unreadable(name, err))
			continue
		}
		list = append(list, source{name, string(text)})
	}
	return list, problems
}

func readTemplates(fsys fs.FS) ([]source, problem.List) {
	list, problems := readAll(fsys, "templates/*.html")
	if len(list)+len(problems) == 0 {
		problems = problem.List{unreadable("templates", errors.New("no templates/*.html"))}
	}
	return list, problems
}

// readDrawings reads assets/svg. Space at the ends of a file is not part of
// the drawing.
func readDrawings(fsys fs.FS) (map[string]string, problem.List) {
	list, problems := readAll(fsys, "assets/svg/*.svg")
	drawings := map[string]string{}
	for _, file := range list {
		drawings[strings.TrimSuffix(path.Base(file.name), ".svg")] = strings.TrimSpace(file.text)
	}
	return drawings, problems
}

func unreadable(file string, err error) problem.Problem {
	return problem.Problem{
		Code: "theme-unreadable", Severity: problem.Error, File: file,
		Message: locale.Tf("主题文件读不出来：%v", "the theme's file cannot be read: %v", err),
		Hint:    locale.T("核对主题文件夹是否完整", "see whether the theme's folder is complete"),
	}
}
