package main

import (
	"context"
	"crypto/rand"
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
	"sync"
	"time"

	"waijiao/intake/internal/guard"
	"waijiao/intake/internal/mail"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/server"
	"waijiao/intake/internal/uploads"
	"waijiao/internal/locale"
)

// options are what Run needs: the flags, and the world around them.
type options struct {
	serveFlags
	lang   locale.Lang
	out    io.Writer
	log    *slog.Logger
	now    func() time.Time
	random io.Reader
	// ready, if given, is called with the address that was bound.
	ready func(addr string)
}

// usageError is a flag that cannot mean anything.
type usageError struct{ text locale.Text }

func (e *usageError) Error() string { return e.text.EN }

func usage(zh, en string, args ...any) error { return &usageError{locale.Tf(zh, en, args...)} }

// troubleError is what keeps the program from running although it was called
// rightly.
type troubleError struct{ text locale.Text }

func (e *troubleError) Error() string { return e.text.EN }

const (
	// graceful is how long requests that have begun may take to finish.
	graceful = 30 * time.Second
	sweep    = 5 * time.Minute
)

// Run serves until ctx ends, then finishes what it began and returns.
func Run(ctx context.Context, o options) error {
	if o.random == nil {
		o.random = rand.Reader
	}
	offices, err := parseOffices(o.To)
	if err != nil {
		return err
	}
	for _, origin := range o.Trust {
		if err := http.NewCrossOriginProtection().AddTrustedOrigin(origin); err != nil {
			return usage("--trust 应当像 https://www.example.org，写的是 %s", "--trust must look like https://www.example.org, got %s", origin)
		}
	}
	from, carrier, err := o.post()
	if err != nil {
		return err
	}
	if err := o.checkSite(offices); err != nil {
		return err
	}
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return err
	}
	held, err := holdData(o.Data)
	if err != nil {
		return err
	}
	defer held.Close()
	secret, err := loadSecret(filepath.Join(o.Data, "secret"), o.random)
	if err != nil {
		return err
	}
	name := func() string { return randomName(o.random) }
	store, err := uploads.Open(filepath.Join(o.Data, "uploads"), uploads.Config{Secret: secret, Now: o.now, Name: name})
	if err != nil {
		return err
	}
	box, err := outbox.OpenSQLite(filepath.Join(o.Data, "outbox.db"))
	if err != nil {
		return err
	}
	defer box.Close()
	if err := o.reportBuried(ctx, box); err != nil {
		return err
	}

	var limit mail.Limit
	relay, far := carrier.(mail.SMTP)
	if far {
		relay.Limit = &limit
		carrier = relay
	}
	wake := make(chan struct{}, 1)
	trusted := o.Trust
	if o.BaseURL != "" {
		// A proxy that changes Host makes our own pages look foreign to
		// browsers that send no Sec-Fetch-Site.
		u, _ := url.Parse(o.BaseURL)
		trusted = append([]string{u.Scheme + "://" + u.Host}, trusted...)
	}
	handler, err := server.New(server.Config{
		Site: o.Site, Box: box, Uploads: store, Guard: guard.New(secret, o.now), Mail: mail.Writer{From: from, Boundary: name},
		Offices: offices, Secret: secret, Now: o.now, Random: o.random, Log: o.log, Trusted: trusted, Carries: limit.Bytes,
		Accepted: func() {
			select {
			case wake <- struct{}{}:
			default: // it is awake already
			}
		},
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return cannotListen(o.Addr, err)
	}
	srv := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Minute, WriteTimeout: 11 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(o.log.Handler(), slog.LevelWarn),
	}
	o.announce(listener.Addr().String())

	// The courier outlives the server, so that what is accepted last is sent.
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var work sync.WaitGroup
	courier := mail.Courier{Queue: box, Carrier: carrier, Now: o.now, Random: func() float64 { return randomFraction(o.random) }, Log: o.log}
	work.Go(func() { courier.Run(background, wake) })
	if far {
		work.Go(func() { askRelay(background, relay, o.Site, o.log) })
	}
	work.Go(func() { sweeper(background, store, o.log) })

	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(listener) }()
	select {
	case err = <-failed:
	case <-ctx.Done():
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceful)
		defer cancel()
		if err = srv.Shutdown(limit); err != nil {
			srv.Close()
		}
	}
	stop()
	work.Wait()
	return err
}

// reportBuried reminds the operator of the mails that nobody has read.
func (o options) reportBuried(ctx context.Context, box *outbox.SQLite) error {
	mails, references, err := box.Buried(ctx)
	if err != nil || mails == 0 {
		return err
	}
	const most = 50
	o.log.Warn("mails were refused for good and wait in outbox.db; each was logged with its remedy when it was refused",
		"mails", mails, "references", strings.Join(references[:min(len(references), most)], " "), "more", max(len(references)-most, 0))
	return nil
}

func sweeper(ctx context.Context, store *uploads.Store, log *slog.Logger) {
	tick := time.NewTicker(sweep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := store.Sweep(); err != nil {
				log.Error("old uploads cannot be removed", "error", err.Error())
			}
		}
	}
}

// parseOffices reads FORM=ADDRESS.
func parseOffices(to []string) (map[string][]string, error) {
	out := map[string][]string{}
	for _, t := range to {
		id, address, ok := strings.Cut(t, "=")
		box, err := mail.ParseMailbox(strings.TrimSpace(address))
		if !ok || id == "" || err != nil {
			return nil, usage("--to %s：应写成 表单=邮箱，例如 --to hiring-request=office@example.org", "--to %s: write FORM=ADDRESS, such as --to hiring-request=office@example.org", t)
		}
		out[id] = append(out[id], box)
	}
	return out, nil
}

// post decides who sends the mail, and by which way.
func (o options) post() (mail.Address, mail.Carrier, error) {
	host := "localhost"
	if o.BaseURL != "" {
		u, err := url.Parse(o.BaseURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			return mail.Address{}, nil, usage("--base-url %s：应写成 https://www.example.org", "--base-url %s: write it as https://www.example.org", o.BaseURL)
		}
		host = u.Hostname()
	}
	from, err := o.sender(host)
	if err != nil {
		return mail.Address{}, nil, err
	}
	machine, err := os.Hostname()
	if err != nil {
		machine = "localhost"
	}
	if o.SMTP == "" {
		dir := o.Maildir
		if dir == "" {
			dir = filepath.Join(o.Data, "mail")
		}
		return from, mail.Maildir{Dir: dir, Host: machine}, nil
	}
	relay, err := mail.ParseSMTP(o.SMTP)
	if err != nil {
		return mail.Address{}, nil, usage("--smtp：应写成 smtp://用户:密码@主机:端口 或 smtps://…，密码中的特殊字符用百分号编码", "--smtp: write smtp://user:password@host:port or smtps://…, with special characters of the password percent-encoded")
	}
	relay.Hello = machine
	if o.Helo != "" {
		relay.Hello = o.Helo
	}
	if strings.ContainsFunc(relay.Hello, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return mail.Address{}, nil, usage("--helo：主机名里不能有空格等字符", "--helo: a host name has no spaces")
	}
	return from, relay, nil
}

// sender is the address that our mails come from. A relay would refuse an
// address that we made up, and the mails would be dead before anybody noticed.
func (o options) sender(host string) (mail.Address, error) {
	text := o.From
	if text == "" && o.SMTP == "" {
		text = "forms@" + host
	}
	if u, err := url.Parse(o.SMTP); text == "" && err == nil && strings.Contains(u.User.Username(), "@") {
		text = u.User.Username() // most relays take only the address that logs in
	}
	if text == "" {
		return mail.Address{}, usage("用 SMTP 发信时，请用 --from（或 MAIL_FROM）写明发件地址", "mail that goes out by SMTP needs a sender's address: give --from, or MAIL_FROM in the environment")
	}
	from, err := mail.ParseAddress(text)
	if err != nil {
		return mail.Address{}, usage("--from %s：不是邮箱地址", "--from %s: not an e-mail address", text)
	}
	return from, nil
}

// checkSite finds what would only show when somebody sends a form.
func (o options) checkSite(offices map[string][]string) error {
	site, err := os.OpenRoot(o.Site)
	if err != nil {
		why := reason(err)
		return &usageError{locale.T("--site："+why.ZH+"。请先用 generator build 发布网站", "--site: "+why.EN+"; publish the site with generator build first")}
	}
	defer site.Close()
	found, err := fs.Glob(site.FS(), "forms/*/form.json")
	if err != nil {
		return err
	}
	published := map[string]bool{}
	for _, f := range found {
		id := filepath.Base(filepath.Dir(f))
		published[id] = true
		if offices[id] == nil && offices["*"] == nil {
			return usage("没有人接收表单 %[1]s：请加上 --to %[1]s=邮箱", "nobody receives the form %[1]s: add --to %[1]s=ADDRESS", id)
		}
	}
	for id := range offices {
		if id != "*" && !published[id] {
			o.log.Warn("--to names a form that is not published", "form", id)
		}
	}
	return nil
}

// announce prints the addresses to open.
func (o options) announce(bound string) {
	base := strings.TrimSuffix(o.BaseURL, "/")
	if base == "" {
		host, port, _ := net.SplitHostPort(bound)
		if ip := net.ParseIP(host); ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
			host = "localhost"
		}
		base = "http://" + net.JoinHostPort(host, port)
	}
	fmt.Fprintln(o.out, locale.Tf("网站已打开：\n  中文  %s/\n  英文  %s/en/\n按 Ctrl+C 停止。", "The site is open:\n  Chinese  %s/\n  English  %s/en/\nPress Ctrl+C to stop.", base, base).In(o.lang))
	if o.ready != nil {
		o.ready(bound)
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
