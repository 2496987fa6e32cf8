package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"

	"waijiao/intake/internal/watch"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// Site examines the published site: that it is whole, that every form can be
// read and that somebody receives it. offices are the recipients by form, "*"
// for the rest. It returns the forms that it could read.
func Site(ctx context.Context, dir string, offices map[string][]string) ([]Finding, []*form.Form) {
	const name = "site"
	publish := locale.T("请用 generator build 重新发布网站，并检查 --site。", "Publish the site anew with generator build, and check --site.")
	if err := watch.Site(dir).Run(ctx); err != nil {
		return []Finding{wrong(name, locale.Tf("网站不完整或读不到：%v", "the site is not whole, or cannot be read: %v", err), publish)}, nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return []Finding{wrong(name, locale.Tf("网站读不到：%v", "the site cannot be read: %v", err), publish)}, nil
	}
	defer root.Close()
	found, err := fs.Glob(root.FS(), "forms/*/form.json")
	if err != nil {
		return []Finding{wrong(name, locale.Same(err.Error()), publish)}, nil
	}
	var out []Finding
	var forms []*form.Form
	ids := map[string]bool{}
	for _, file := range found {
		id := path.Base(path.Dir(file))
		ids[id] = true
		f, err := read(root.FS(), file)
		switch {
		case err != nil:
			out = append(out, wrong(name, locale.Tf("表单 %s 读不到：%v", "the form %s cannot be read: %v", id, err), publish))
			continue
		case len(offices[id]) == 0 && len(offices["*"]) == 0:
			out = append(out, wrong("offices", locale.Tf("没有人接收表单 %s。", "nobody receives the form %s.", id),
				locale.Tf("请加上 --to %s=邮箱。", "Add --to %s=ADDRESS.", id)))
		}
		forms = append(forms, f)
	}
	for _, id := range slices.Sorted(names(offices)) {
		if id != "*" && !ids[id] {
			out = append(out, warn("offices", locale.Tf("--to 写了没有发布的表单 %s。", "--to names the form %s, which is not published.", id),
				locale.T("请检查拼写；如果表单已经撤下，可以删去这一项。", "Check its spelling; if the form was withdrawn, take the entry away.")))
		}
	}
	if len(out) == 0 {
		out = append(out, fine(name, locale.Tf("已发布，共%s份表单，每份都有人接收。", "published, with %s forms, and somebody receives each.", locale.Number(len(forms)))))
	}
	return out, forms
}

func read(dir fs.FS, file string) (*form.Form, error) {
	b, err := fs.ReadFile(dir, file)
	if err != nil {
		return nil, err
	}
	return form.Decode(b)
}

func names(m map[string][]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// Address examines the address that readers see, and whether visitors can be
// told apart behind the reverse proxy that it takes to serve https.
func Address(base, listen string, proxies []netip.Prefix) []Finding {
	const name = "base-url"
	if base == "" {
		return []Finding{warn(name, locale.T("没有 --base-url：邮件里的链接用网站发布时写的网址。", "there is no --base-url: links in mails begin with the address that the site was published for."),
			locale.T("请写上读者看到的网址，如 https://www.example.org。", "Give the address that readers see, such as https://www.example.org."))}
	}
	u, err := url.Parse(base)
	if err != nil {
		return []Finding{Fault(name, locale.Same(err.Error()))}
	}
	host := strings.ToLower(u.Hostname())
	ip, _ := netip.ParseAddr(host)
	switch {
	case u.Scheme == "https" && len(proxies) == 0:
		return []Finding{warn(name, locale.T("网址是 https，但没有 --proxy：在反向代理后面，所有访客都会被当成同一个地址，提交限制会落到所有人身上。",
			"the address is https, but there is no --proxy: behind the reverse proxy all visitors look like one address, and the limits meet everybody."),
			locale.T("请用 --proxy 写明反向代理的地址，如 127.0.0.1。", "Name the reverse proxy's address with --proxy, such as 127.0.0.1."))}
	case u.Scheme == "https":
		return []Finding{fine(name, locale.Same(base))}
	case host == "localhost" || ip.IsLoopback():
		return []Finding{warn(name, locale.Tf("%s 只在这台机器上打得开。", "%s opens on this machine alone.", base), locale.T("正式运行时，请写读者看到的 https 网址。", "For the public, give the https address that readers see."))}
	}
	return []Finding{wrong(name, locale.Tf("%s 没有加密：填写的内容和链接会在路上被看到。", "%s is not encrypted: answers and links can be read on their way.", base),
		locale.Tf("请在反向代理上启用 TLS（它转到 %s），再写 https 网址。", "Let a reverse proxy with TLS stand before %s, and give the https address.", fmt.Sprint(listen)))}
}
