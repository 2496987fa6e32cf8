package theme_test

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"waijiao/generator/internal/theme"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
	"waijiao/themes"
)

// tiny is the smallest theme with one of everything.
func tiny() fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"templates/a.html":       file("{{define \"a\"}}<p title=\"{{t \"hello\"}}\">{{t \"hello\"}} {{svg \"dot\"}} {{.}} {{count \"things\" 1}} {{count \"things\" 2000}}</p>{{end}}\n"),
		"words/zh.yaml":          file("hello: 你好\nthings: \"{n}件\"\n"),
		"words/en.yaml":          file("hello: Tom & \"Ann\" <b>\nthings: \"{n} things\"\nthings.one: \"{n} thing\"\n"),
		"assets/css/main.css":    file("@import './tokens.css';\n.a { color: var(--ink); }\n"),
		"assets/css/tokens.css":  file(":root { --ink: #000000; }\n"),
		"assets/js/main.js":      file("import { f } from './f.js';\nf();\n"),
		"assets/js/form.js":      file("import { f } from './f.js';\nf(2);\n"),
		"assets/js/f.js":         file("export function f() { document.title += '!'; }\n"),
		"assets/svg/dot.svg":     file("<svg><path d=\"M0 0\"/></svg>\n"),
		"assets/icon.svg":        file("<svg></svg>"),
		"assets/css/unused.css":  file("not css at all {"),
		"assets/notes/README.md": file("not published"),
	}
}

func load(t *testing.T, fsys fs.FS) *theme.Theme {
	t.Helper()
	th, problems := theme.Load(fsys)
	if len(problems) > 0 {
		problems.Write(os.Stderr, locale.EN)
		t.Fatal("the theme has faults")
	}
	return th
}

func TestWordsAndDrawingsAreWrittenIntoTemplates(t *testing.T) {
	th := load(t, tiny())
	for l, want := range map[locale.Lang]string{
		locale.ZH: `<p title="你好">你好 <svg><path d="M0 0"/></svg> &lt;x&gt; 1件 2,000件</p>`,
		locale.EN: `<p title="Tom &amp; &#34;Ann&#34; &lt;b&gt;">Tom &amp; &#34;Ann&#34; &lt;b&gt; <svg><path d="M0 0"/></svg> &lt;x&gt; 1 thing 2,000 things</p>`,
	} {
		var b bytes.Buffer
		if err := th.Template(l, "a").Execute(&b, "<x>"); err != nil {
			t.Fatal(err)
		}
		if b.String() != want {
			t.Errorf("%s: got %s", l, b.String())
		}
	}
	if th.Template(locale.ZH, "none") != nil {
		t.Error("there is a template that nobody wrote")
	}
}

func TestAssetsAreBundledAndNamedByContent(t *testing.T) {
	th := load(t, tiny())
	bodies := map[string]string{}
	for _, f := range th.Files() {
		bodies["/"+f.Path] = string(f.Body)
	}
	if len(bodies) != 4 {
		t.Errorf("published %v", bodies)
	}
	if css := bodies[th.Style()]; !strings.Contains(css, "--ink: #000000}.a") || strings.Contains(css, "@import") || strings.Contains(css, "\n\n") {
		t.Errorf("the style sheet is %q", css)
	}
	if js := bodies[th.Script()]; !strings.Contains(js, "document.title") || strings.Contains(js, "import") {
		t.Errorf("the script is %q", js)
	}
	if js := bodies[th.FormScript()]; !strings.Contains(js, "(2)") || th.FormScript() == th.Script() {
		t.Errorf("the forms' script at %q is %q", th.FormScript(), js)
	}
	if bodies[th.Icon()] != "<svg></svg>" {
		t.Errorf("no favicon at %q", th.Icon())
	}
	other := tiny()
	other["assets/css/tokens.css"] = &fstest.MapFile{Data: []byte(":root { --ink: #111111; }")}
	changed := load(t, other)
	if changed.Style() == th.Style() || changed.Script() != th.Script() {
		t.Error("a name does not follow its content")
	}
}

// Old telephones on slow networks load the scripts before they serve.
func TestScriptsOfLakesideAreSmall(t *testing.T) {
	th := load(t, themes.Lakeside())
	packed := map[string]int{}
	for _, f := range th.Files() {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Write(f.Body)
		w.Close()
		packed["/"+f.Path] = b.Len()
	}
	main, form := packed[th.Script()], packed[th.FormScript()]
	if main == 0 || form == 0 {
		t.Fatalf("no scripts among %v", packed)
	}
	if form > 5<<10 || main+form > 10<<10 {
		t.Errorf("packed, the forms' script has %d bytes, at most %d; all together %d, at most %d", form, 5<<10, main+form, 10<<10)
	}
}

func TestSameFolderGivesTheSameTheme(t *testing.T) {
	a, b := load(t, themes.Lakeside()), load(t, themes.Lakeside())
	if !reflect.DeepEqual(a.Files(), b.Files()) || a.Style() != b.Style() {
		t.Error("two loads differ")
	}
}

// Load itself walks the templates and reports every word that one of the
// languages lacks; TestFaultsAreFound plants such words.
func TestLakesideHasEveryWordInBothLanguages(t *testing.T) {
	load(t, themes.Lakeside())
}

func TestAFileThatCannotBeReadIsReported(t *testing.T) {
	for file, at := range map[string]string{"templates/a.html": "templates/a.html", "words/zh.yaml": "words/zh.yaml"} {
		fsys := tiny()
		fsys[file] = &fstest.MapFile{Mode: fs.ModeDir}
		th, list := theme.Load(fsys)
		if th != nil || len(list) == 0 || list[0].Code != "theme-unreadable" || list[0].File != at {
			t.Errorf("%s: %v", file, list)
		}
	}
}

func TestFaultsAreFound(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		code       string
		place      string
	}{
		"word that nobody has":     {"templates/b.html", "{{define \"b\"}}\n<p>{{if .}}{{t \"bye\"}}{{end}}</p>{{end}}", "theme-word-missing", "templates/b.html:2"},
		"word in a call that runs": {"templates/b.html", "{{define \"b\"}}<p>{{count \"many\" .}}</p>{{end}}", "theme-word-missing", "templates/b.html:1"},
		"word inside another call": {"templates/b.html", "{{define \"b\"}}<p>{{printf \"%s\" (t \"bye\")}}</p>{{end}}", "theme-word-missing", "templates/b.html:1"},
		"word missing in English":  {"words/zh.yaml", "hello: 你好\nthings: 件\nbye: 再见\n", "theme-word-missing", "words/en.yaml"},
		"empty word":               {"words/zh.yaml", "hello: \"\"\nthings: 件\n", "theme-word-missing", "words/zh.yaml"},
		"words that are no list":   {"words/zh.yaml", "hello: 你好\nthings: [a]\n", "theme-words", "words/zh.yaml:2"},
		"word twice":               {"words/zh.yaml", "hello: 你好\nthings: 件\nhello: 您好\n", "theme-words", "words/zh.yaml:3"},
		"missing drawing":          {"templates/b.html", "{{define \"b\"}}{{svg \"lake\"}}{{end}}", "theme-drawing-missing", "templates/b.html:1"},
		"broken template":          {"templates/b.html", "<p>\n{{if}}", "theme-template", "templates/b.html:2"},
		"unsafe place":             {"templates/b.html", "{{define \"b\"}}<a href={{.}}{{if .}} \"{{end}}>{{end}}", "theme-template", "templates"},
		"broken style sheet":       {"assets/css/main.css", "@import './none.css';", "theme-asset", "assets/css/main.css:1"},
		"broken script":            {"assets/js/f.js", "export function f( {\n", "theme-asset", "assets/js/f.js:"},
		"way out of the theme":     {"assets/css/main.css", "@import '../../../etc/passwd';", "theme-asset", "assets/css/main.css:1"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := tiny()
			fsys[c.file] = &fstest.MapFile{Data: []byte(c.text)}
			th, problems := theme.Load(fsys)
			if th != nil {
				t.Fatal("it was loaded")
			}
			for _, p := range problems {
				if p.Code == c.code && strings.HasPrefix(p.Place(), c.place) && p.Severity == problem.Error && p.Message.Has(locale.ZH) && p.Message.Has(locale.EN) {
					return
				}
			}
			problems.Write(os.Stderr, locale.EN)
			t.Errorf("not found: %s at %s", c.code, c.place)
		})
	}
	broken := tiny()
	delete(broken, "words/en.yaml")
	if _, problems := theme.Load(broken); len(problems) != 1 {
		t.Errorf("without a list of words there are %d faults instead of one", len(problems))
	}
	if th, problems := theme.Load(fstest.MapFS{}); th != nil || problems.Errors() == 0 {
		t.Error("an empty folder was loaded")
	}
}
