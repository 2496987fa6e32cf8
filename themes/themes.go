// Package themes embeds the themes that come with the generator.
//
//	th, problems := theme.Load(themes.Lakeside())
//
// A theme is a folder with templates/ (html/template), words/zh.yaml and
// words/en.yaml, and assets/ (css/main.css, js/main.js, svg/, icon.svg). See
// package theme in the generator for what each of them may hold.
package themes

import (
	"embed"
	"io/fs"
)

//go:embed lakeside
var files embed.FS

// Lakeside returns the theme lakeside, rooted at its own folder.
func Lakeside() fs.FS {
	sub, err := fs.Sub(files, "lakeside")
	if err != nil {
		panic(err) // the name is a constant and valid
	}
	return sub
}
