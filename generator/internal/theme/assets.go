package theme

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"waijiao/internal/locale"
	"waijiao/internal/problem"

	"github.com/evanw/esbuild/pkg/api"
)

// bundle makes the files to publish from assets/. Names carry a hash of the
// content, so that browsers may keep them for ever.
func (t *Theme) bundle(fsys fs.FS) problem.List {
	var entries []string
	for _, name := range []string{"css/main.css", "js/main.js", "js/form.js"} {
		if _, err := fs.Stat(fsys, "assets/"+name); err == nil {
			entries = append(entries, name)
		}
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:       entries,
		EntryNames:        "[name]-[hash]",
		AssetNames:        "[name]-[hash]",
		Outdir:            "/assets",
		AbsWorkingDir:     "/",
		Bundle:            true,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Format:            api.FormatIIFE,
		LegalComments:     api.LegalCommentsNone,
		Charset:           api.CharsetUTF8,
		LogLevel:          api.LogLevelSilent,
		// The oldest browsers in which pages must look as meant; older ones
		// get the plain page.
		Engines: []api.Engine{
			{Name: api.EngineChrome, Version: "100"},
			{Name: api.EngineFirefox, Version: "100"},
			{Name: api.EngineSafari, Version: "15.4"},
		},
		Plugins: []api.Plugin{reader(fsys)},
	})
	var problems problem.List
	for _, m := range result.Errors {
		problems = append(problems, assetProblem(m, problem.Error))
	}
	for _, m := range result.Warnings {
		problems = append(problems, assetProblem(m, problem.Warning))
	}
	for _, out := range result.OutputFiles {
		name := path.Base(strings.ReplaceAll(out.Path, `\`, "/"))
		t.files = append(t.files, File{"assets/" + name, out.Contents})
		switch {
		case strings.HasPrefix(name, "main-") && strings.HasSuffix(name, ".css"):
			t.style = "/assets/" + name
		case strings.HasPrefix(name, "main-") && strings.HasSuffix(name, ".js"):
			t.script = "/assets/" + name
		case strings.HasPrefix(name, "form-") && strings.HasSuffix(name, ".js"):
			t.formScript = "/assets/" + name
		}
	}
	if icon, err := fs.ReadFile(fsys, "assets/icon.svg"); err == nil {
		sum := sha256.Sum256(icon)
		name := "icon-" + strings.ToUpper(hex.EncodeToString(sum[:4])) + ".svg"
		t.files = append(t.files, File{"assets/" + name, icon})
		t.icon = "/assets/" + name
	}
	slices.SortFunc(t.files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return problems
}

// reader lets esbuild read from fsys. Nothing is looked up on the disk.
func reader(fsys fs.FS) api.Plugin {
	const namespace = "theme"
	return api.Plugin{Name: namespace, Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: `.*`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			if strings.HasPrefix(a.Path, "data:") {
				return api.OnResolveResult{Path: a.Path, External: true}, nil
			}
			name := a.Path
			if a.Kind != api.ResolveEntryPoint {
				name = path.Join(path.Dir(a.Importer), a.Path)
			}
			if !fs.ValidPath("assets/" + name) {
				return api.OnResolveResult{}, fmt.Errorf("%q lies outside the theme's assets", a.Path)
			}
			return api.OnResolveResult{Path: name, Namespace: namespace}, nil
		})
		build.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: namespace}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			src, err := fs.ReadFile(fsys, "assets/"+a.Path)
			if err != nil {
				return api.OnLoadResult{}, err
			}
			text := string(src)
			loader := api.LoaderFile
			switch path.Ext(a.Path) {
			case ".css":
				loader = api.LoaderCSS
			case ".js":
				loader = api.LoaderJS
			}
			return api.OnLoadResult{Contents: &text, Loader: loader}, nil
		})
	}}
}

func assetProblem(m api.Message, severity problem.Severity) problem.Problem {
	p := problem.Problem{
		Code: "theme-asset", Severity: severity, File: "assets",
		Message: locale.Tf("样式或者脚本有误：%s", "a fault in a style sheet or script: %s", m.Text),
		Hint:    locale.T("改正这一处", "mend this place"),
	}
	if l := m.Location; l != nil {
		p.File = "assets/" + strings.TrimPrefix(l.File, "theme:")
		p.Line, p.Column, p.Source = l.Line, l.Column+1, l.LineText
	}
	return p
}
