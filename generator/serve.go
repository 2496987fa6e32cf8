package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"waijiao/generator/internal/preview"
	"waijiao/internal/headers"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

func (a *app) serve(ctx context.Context, cmd serveCmd) int {
	src, ok := a.open(cmd.input)
	if !ok {
		return exitWrongUse
	}
	listener, err := net.Listen("tcp", cmd.Addr)
	if err != nil {
		return a.wrongUse(locale.Tf("无法监听 %s：%v。可以用 --addr 换一个端口", "cannot listen on %s: %v. Choose another port with --addr", cmd.Addr, err))
	}
	address := "http://" + listener.Addr().String()
	if src.BaseURL == "" {
		// Links in full, such as canonical ones, should stay on this machine.
		src.BaseURL = address
	}
	a.say(a.stdout, locale.T("预览 %s/ ，英文 %s/en/ ，按 Ctrl+C 结束", "preview at %s/ , in English %s/en/ ; Ctrl+C ends it"), address, address)
	folders := []string{cmd.Content}
	if cmd.Theme != "" {
		folders = append(folders, cmd.Theme)
	}
	header := http.Header{}
	headers.Set(header)
	err = preview.Run(ctx, listener, preview.Options{
		Folders: folders,
		Header:  header,
		Build:   func() (map[string][]byte, problem.List) { return a.inMemory(src) },
		Built: func(pages int, list problem.List, took time.Duration) {
			_ = list.OnlyErrors().Write(a.stderr, a.lang) // a closed terminal is no reason to stop
			a.say(a.stdout, locale.Tf("%[1]s 个页面，用时 %.1[2]f 秒；%[3]s", "%[1]s pages in %.1[2]f s; %[3]s", locale.Number(pages), took.Seconds(), "%s"), counts(list))
		},
	})
	if err != nil {
		return a.fail(err)
	}
	return exitFine
}

// inMemory builds the whole site. What goes wrong outside the content is told
// as a problem too, since the editor looks at the page.
func (a *app) inMemory(src *source) (map[string][]byte, problem.List) {
	p := a.progress()
	defer p.end()
	s, th, list, err := a.read(src, p)
	if err != nil {
		return nil, problem.List{outside(err)}
	}
	if list.Errors() > 0 {
		return nil, list
	}
	files := map[string][]byte{}
	var mu sync.Mutex
	err = src.draw(s, th, p, func(name string, body []byte) error {
		body = append([]byte(nil), body...)
		mu.Lock()
		defer mu.Unlock()
		if _, twice := files[name]; twice {
			return fmt.Errorf("two pages want the same file %s", name)
		}
		files[name] = body
		return nil
	})
	if err != nil {
		return nil, append(list, outside(err))
	}
	return files, list
}

func outside(err error) problem.Problem {
	return problem.Problem{Code: "build-failed", Severity: problem.Error, File: "generator",
		Message: locale.Tf("无法生成：%v", "the site cannot be built: %v", err),
		Hint:    locale.T("先改正上面的原因；如果与内容无关，请告诉维护网站的人", "mend the cause named here; where it is none of the content's, tell whoever maintains the site")}
}
