package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"waijiao/generator/internal/check"
	"waijiao/generator/internal/load"
	"waijiao/generator/internal/publish"
	"waijiao/generator/internal/render"
	"waijiao/generator/internal/site"
	"waijiao/generator/internal/theme"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
	"waijiao/themes"
)

// app is one run of the program.
type app struct {
	world
	lang locale.Lang
	json bool
}

// source is the input of a run, opened.
type source struct {
	input
	content fs.FS
	theme   fs.FS
	now     time.Time // zero: the clock decides, at each build
}

// open looks whether the input is there. Where it is not, it has said so.
func (a *app) open(in input) (*source, bool) {
	src := &source{input: in, content: os.DirFS(in.Content), theme: themes.Lakeside()}
	for _, dir := range []struct{ flag, path string }{{"--content", in.Content}, {"--theme", in.Theme}} {
		if dir.path == "" && dir.flag == "--theme" {
			continue
		}
		if info, err := os.Stat(dir.path); err != nil || !info.IsDir() {
			a.wrongUse(locale.Tf("没有 %[2]s 这个文件夹（%[1]s）", "there is no folder %[2]s (%[1]s)", dir.flag, dir.path))
			return nil, false
		}
	}
	if in.Theme != "" {
		src.theme = os.DirFS(in.Theme)
	}
	if in.BaseURL != "" {
		u, err := url.Parse(in.BaseURL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
			a.wrongUse(locale.Tf("--base-url 应当像 https://www.example.org，写的是 %q", "--base-url must look like https://www.example.org, got %q", in.BaseURL))
			return nil, false
		}
		src.BaseURL = strings.TrimRight(in.BaseURL, "/")
	}
	if in.Now != "" {
		now, err := moment(in.Now)
		if err != nil {
			a.wrongUse(locale.Tf("--now 应当像 2026-03-01 或 2026-03-01T08:00:00+08:00，写的是 %q", "--now must look like 2026-03-01 or 2026-03-01T08:00:00+08:00, got %q", in.Now))
			return nil, false
		}
		src.now = now
	}
	return src, true
}

// moment reads a time (RFC 3339); a time without a zone, or a day, is Beijing's.
func moment(s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	var first error
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		t, err := time.ParseInLocation(layout, s, locale.Beijing())
		if err == nil {
			return t, nil
		}
		first = cmp.Or(first, err)
	}
	return time.Time{}, first
}

// read loads and checks the content and the theme.
func (a *app) read(src *source, p *progress) (*site.Site, *theme.Theme, problem.List, error) {
	now := src.now
	if now.IsZero() {
		now = a.now()
	}
	p.phase(locale.T("读取内容", "reading"))
	s, list, err := load.Load(src.content, load.Options{Now: now, Drafts: src.Drafts, BaseURL: src.BaseURL})
	if err != nil {
		return nil, nil, nil, err
	}
	p.phase(locale.T("检查", "checking"))
	list = append(list, check.Run(s, check.Options{Live: src.Live, Content: src.content})...)
	// Nobody asks for the texts as they were written any more.
	for d := range s.Documents() {
		for _, e := range []*site.Edition{d.ZH, d.EN} {
			if e != nil {
				e.Source = nil
			}
		}
	}
	th, found := theme.Load(src.theme)
	for _, p := range found {
		// The places of other problems are below the content folder.
		p.File = path.Join(cmp.Or(src.Theme, "themes/lakeside"), p.File)
		list = append(list, p)
	}
	return s, th, list.Sort(), nil
}

// draw renders the site and gives every file of it to add, from several
// goroutines at once.
func (src *source) draw(s *site.Site, th *theme.Theme, p *progress, add func(name string, body []byte) error) error {
	p.phase(locale.T("生成页面", "drawing pages"))
	return render.Pages(s, th, render.Options{BaseURL: src.BaseURL, Live: src.Live}, func(page render.Page) error {
		body := page.Body
		if page.Source != "" {
			var err error
			if body, err = fs.ReadFile(src.content, page.Source); err != nil {
				return err
			}
		}
		p.step()
		return add(page.Path, body)
	})
}

func (a *app) check(cmd checkCmd) int {
	src, ok := a.open(cmd.input)
	if !ok {
		return exitWrongUse
	}
	p := a.progress()
	s, _, list, err := a.read(src, p)
	p.end()
	if err != nil {
		return a.fail(err)
	}
	a.report(list)
	if !a.json {
		documents := 0
		for range s.Documents() {
			documents++
		}
		a.say(a.stdout, locale.Tf("检查了 %s 份文档：%s", "%s documents checked: %s", locale.Number(documents), "%s"), counts(list))
	}
	return verdict(list)
}

func (a *app) build(cmd buildCmd) int {
	start := time.Now()
	src, ok := a.open(cmd.input)
	if !ok {
		return exitWrongUse
	}
	if inside(cmd.Out, cmd.Content) || inside(cmd.Content, cmd.Out) {
		return a.wrongUse(locale.T("--out 和 --content 不能是同一个文件夹，也不能一个套着另一个", "--out and --content must be two folders, neither inside the other"))
	}
	p := a.progress()
	s, th, list, err := a.read(src, p)
	if err != nil {
		p.end()
		return a.fail(err)
	}
	if list.Errors() > 0 {
		p.end()
		a.report(list)
		a.say(a.stderr, locale.T("%s；没有写入任何文件", "%s; nothing was written"), counts(list))
		return exitProblems
	}
	result, err := a.publish(src, s, th, cmd.Out, p)
	p.end()
	if err != nil {
		return a.fail(err)
	}
	if a.json {
		a.report(list)
		return exitFine
	}
	a.say(a.stdout, locale.Tf("%[1]s 个页面，%[2]s 个有变化，用时 %.1[3]f 秒", "%[1]s pages, %[2]s changed, in %.1[3]f s",
		locale.Number(result.Pages), locale.Number(result.Changed), time.Since(start).Seconds()))
	if len(list) > 0 {
		a.say(a.stdout, locale.Tf("有 %[1]d 个提醒；运行 generator check 逐条查看", "%[2]s; generator check lists them", len(list), number(len(list), "warning")))
	}
	return exitFine
}

// publish draws the site into the folder out.
func (a *app) publish(src *source, s *site.Site, th *theme.Theme, out string, p *progress) (publish.Result, error) {
	u, err := publish.Begin(out)
	if err != nil {
		return publish.Result{}, err
	}
	defer u.Abort()
	if err := src.draw(s, th, p, u.Add); err != nil {
		return publish.Result{}, err
	}
	return u.Commit()
}

// inside tells whether the folder a is b, or lies in it.
func inside(a, b string) bool {
	full := func(p string) string {
		p, err := filepath.Abs(p)
		if real, fail := filepath.EvalSymlinks(p); err == nil && fail == nil {
			return real
		}
		return p
	}
	rel, err := filepath.Rel(full(b), full(a))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// report tells the problems.
func (a *app) report(list problem.List) {
	if !a.json {
		_ = list.Write(a.stderr, a.lang) // nobody is left to tell
		return
	}
	if list == nil {
		list = problem.List{}
	}
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(list)
}

func (a *app) say(w interface{ Write([]byte) (int, error) }, format locale.Text, args ...any) {
	for i, arg := range args {
		if t, ok := arg.(locale.Text); ok {
			args[i] = t.In(a.lang)
		}
	}
	fmt.Fprintf(w, format.In(a.lang)+"\n", args...)
}

// counts says how many problems there are.
func counts(list problem.List) locale.Text {
	errors, warnings := list.Errors(), len(list)-list.Errors()
	return locale.T(fmt.Sprintf("%d 个错误，%d 个提醒", errors, warnings), number(errors, "error")+", "+number(warnings, "warning"))
}

// number counts in English.
func number(n int, word string) string {
	switch n {
	case 0:
		return "no " + word + "s"
	case 1:
		return "1 " + word
	}
	return locale.Number(n) + " " + word + "s"
}

func verdict(list problem.List) int {
	if list.Errors() > 0 {
		return exitProblems
	}
	return exitFine
}

// fail tells an error that is no fault of the content.
func (a *app) fail(err error) int {
	var known interface{ Message() locale.Text }
	text := locale.Tf("无法完成：%v", "cannot go on: %v", err)
	if errors.As(err, &known) {
		text = known.Message()
	}
	fmt.Fprintf(a.stderr, "generator: %s\n", text.In(a.lang))
	return exitWrongUse
}
