package main

import (
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// serveCommand is the command serve. The help of all flags is in help.go, in
// both languages.
type serveCommand struct {
	storeFlags
	letterFlags
	relayFlags
	Site      string   `required:"" placeholder:"DIR"`
	Addr      string   `default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Private   string   `placeholder:"HOST:PORT"`
	Trust     []string `placeholder:"ORIGIN"`
	Proxy     []string `placeholder:"NETWORK"`
	Scan      string   `placeholder:"URL"`
	NewSecret bool     `name:"new-secret"`
	Memory    int64    `default:"256" placeholder:"MB"`
}

// Run serves until the program is told to end.
func (c serveCommand) Run(w *world) error { return Run(options{c, *w}) }

func (c serveCommand) checkOrigins() error {
	if len(c.To) == 0 {
		return usage("缺少选项：--to FORM=ADDRESS", "missing flags: --to=FORM=ADDRESS")
	}
	for _, origin := range c.Trust {
		if err := http.NewCrossOriginProtection().AddTrustedOrigin(origin); err != nil {
			return usage("--trust 应当像 https://www.example.org，写的是 %s", "--trust must look like https://www.example.org, got %s", origin)
		}
	}
	if c.Memory < 64 {
		return usage("--memory 至少是 64", "--memory must be 64 at least")
	}
	return nil
}

// trusted are the origins whose pages may post here. A proxy that changes Host
// makes our own pages look foreign to browsers that send no Sec-Fetch-Site.
func (c serveCommand) trusted() []string {
	if c.BaseURL == "" {
		return c.Trust
	}
	u, _ := url.Parse(c.BaseURL)
	return append([]string{u.Scheme + "://" + u.Host}, c.Trust...)
}

// checkSite finds what would only show when somebody sends a form.
func (c serveCommand) checkSite(w *world, offices map[string][]string) error {
	site, err := os.OpenRoot(c.Site)
	if err != nil {
		why := reason(err)
		return &usageError{locale.T("--site："+why.ZH+"。请先用 generator build 发布网站", "--site: "+why.EN+"; publish the site with generator build first")}
	}
	defer site.Close()
	found, err := fs.Glob(site.FS(), "forms/*/form.json")
	if err != nil {
		return err
	}
	ids := map[string]bool{}
	for _, f := range found {
		id := filepath.Base(filepath.Dir(f))
		ids[id] = true
		if offices[id] == nil && offices["*"] == nil {
			return usage("没有人接收表单 %[1]s：请加上 --to %[1]s=邮箱", "nobody receives the form %[1]s: add --to %[1]s=ADDRESS", id)
		}
	}
	for id := range offices {
		if id != "*" && !ids[id] {
			w.log.Warn("--to names a form that is not published", "form", id)
		}
	}
	return nil
}

// published reads the definitions of the forms that are published now.
func published(dir string, log *slog.Logger) map[string]*form.Form {
	out := map[string]*form.Form{}
	site, err := os.OpenRoot(dir)
	if err != nil {
		return out // the server says so at each request
	}
	defer site.Close()
	found, err := fs.Glob(site.FS(), "forms/*/form.json")
	if err != nil {
		return out
	}
	for _, name := range found {
		b, err := fs.ReadFile(site.FS(), name)
		if err != nil {
			continue
		}
		f, err := form.Decode(b)
		if err != nil {
			log.Warn("a form cannot be read", "file", name, "error", err.Error())
			continue
		}
		out[f.ID] = f
	}
	return out
}

// announce prints the addresses to open.
func (c serveCommand) announce(w *world, bound string) {
	base := strings.TrimSuffix(c.BaseURL, "/")
	if base == "" {
		host, port, _ := net.SplitHostPort(bound)
		if ip := net.ParseIP(host); ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
			host = "localhost"
		}
		base = "http://" + net.JoinHostPort(host, port)
	}
	fmt.Fprintln(w.out, locale.Tf("网站已打开：\n  中文  %s/\n  英文  %s/en/\n按 Ctrl+C 停止。", "The site is open:\n  Chinese  %s/\n  English  %s/en/\nPress Ctrl+C to stop.", base, base).In(w.lang))
	if w.ready != nil {
		w.ready(bound)
	}
}

func randomName(random io.Reader) string {
	const letters = "0123456789abcdefghijklmnopqrstuv"
	b := make([]byte, 26)
	if _, err := io.ReadFull(random, b); err != nil {
		panic(err) // the system's source does not fail; see crypto/rand
	}
	for i := range b {
		b[i] = letters[b[i]%32]
	}
	return string(b)
}

func randomFraction(random io.Reader) float64 {
	var b [2]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return 0.5
	}
	return float64(int(b[0])<<8|int(b[1])) / (1 << 16)
}
