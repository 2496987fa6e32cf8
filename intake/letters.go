package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"waijiao/intake/internal/courier"
	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/mail"
)

// letterFlags say who gets which mail, from whom, and how it is protected.
type letterFlags struct {
	BaseURL string   `name:"base-url" placeholder:"URL"`
	To      []string `placeholder:"FORM=ADDRESS"`
	Alarm   []string `placeholder:"ADDRESS"`
	From    string   `placeholder:"ADDRESS"`
	Bounce  string   `placeholder:"ADDRESS"`
	PGPKey  string   `name:"pgp-key" placeholder:"FILE"`
	DKIM    string   `name:"dkim" placeholder:"DOMAIN:SELECTOR:FILE"`
}

// letters is what letterFlags mean.
type letters struct {
	base    string
	bounce  string
	offices map[string][]string
	alarms  []string
	writer  mail.Writer
}

// read reads the flags and the keys that they name. smtp is the relay's
// address, or empty.
func (f letterFlags) read(w *world, smtp string) (l letters, err error) {
	host := "localhost"
	if f.BaseURL != "" {
		u, err := url.Parse(f.BaseURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			return l, usage("--base-url %s：应写成 https://www.example.org", "--base-url %s: write it as https://www.example.org", f.BaseURL)
		}
		host, l.base = u.Hostname(), u.Scheme+"://"+u.Host
	}
	if l.offices, err = parseOffices(f.To); err != nil {
		return l, err
	}
	for _, a := range f.Alarm {
		box, err := mail.ParseMailbox(strings.TrimSpace(a))
		if err != nil {
			return l, usage("--alarm %s：不是邮箱地址", "--alarm %s: not an e-mail address", a)
		}
		l.alarms = append(l.alarms, box)
	}
	if l.writer.From, err = f.sender(host, smtp); err != nil {
		return l, err
	}
	switch f.Bounce {
	case "":
		l.bounce = l.writer.From.Mailbox
	case "<>": // the null path
	default:
		if l.bounce, err = mail.ParseMailbox(f.Bounce); err != nil {
			return l, usage("--bounce %s：应写邮箱地址，或 <>", "--bounce %s: write an e-mail address, or <>", f.Bounce)
		}
	}
	l.writer.Boundary = func() string { return randomName(w.random) }
	if f.PGPKey != "" {
		if l.writer.PGP, err = readPGP(f.PGPKey, w.now()); err != nil {
			return l, err
		}
	}
	if f.DKIM != "" {
		if l.writer.DKIM, err = readDKIM(f.DKIM); err != nil {
			return l, err
		}
	}
	return l, nil
}

func readPGP(path string, now time.Time) (*mail.PGP, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	p, err := mail.ReadPGP(file, now)
	if err != nil {
		return nil, trouble("--pgp-key %s：%v", "--pgp-key %s: %v", path, err)
	}
	return p, nil
}

func readDKIM(flag string) (*mail.DKIM, error) {
	domain, selector, path, ok := dkimParts(flag)
	if !ok {
		return nil, usage("--dkim：应写成 域名:选择器:私钥文件，如 example.org:forms:/etc/intake/dkim.pem", "--dkim: write DOMAIN:SELECTOR:FILE, such as example.org:forms:/etc/intake/dkim.pem")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	d, err := mail.ReadDKIM(domain, selector, file)
	if err != nil {
		return nil, trouble("--dkim %s：%v", "--dkim %s: %v", path, err)
	}
	return d, nil
}

// dkimParts takes --dkim apart.
func dkimParts(flag string) (domain, selector, path string, ok bool) {
	parts := strings.SplitN(flag, ":", 3)
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return "", "", "", false
	}
	return parts[0], parts[1], parts[2], true
}

// desk makes the office's side of the counter.
func (l letters) desk(w *world, p *place) *desk.Desk {
	return &desk.Desk{Box: p.box, Keys: p.keys, Mail: l.writer, Bounce: l.bounce, Offices: l.offices, Alarms: l.alarms,
		BaseURL: l.base, Secret: p.secret, Now: w.now, Random: w.random}
}

// sender is the address that our mails come from. A relay would refuse an
// address that we made up, and the mails would be dead before anybody noticed.
func (f letterFlags) sender(host, smtp string) (mail.Address, error) {
	text := f.From
	if text == "" && smtp == "" {
		text = "forms@" + host
	}
	if u, err := url.Parse(smtp); text == "" && err == nil && strings.Contains(u.User.Username(), "@") {
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

// parseOffices reads FORM=ADDRESS.
func parseOffices(to []string) (map[string][]string, error) {
	out := map[string][]string{}
	for _, t := range to {
		id, address, ok := strings.Cut(t, "=")
		id = strings.TrimSpace(id)
		box, err := mail.ParseMailbox(strings.TrimSpace(address))
		if !ok || id == "" || err != nil {
			return nil, usage("--to %s：应写成 表单=邮箱，例如 --to hiring-request=office@example.org", "--to %s: write FORM=ADDRESS, such as --to hiring-request=office@example.org", t)
		}
		out[id] = append(out[id], box)
	}
	return out, nil
}

// relayFlags say by which way mail goes out.
type relayFlags struct {
	SMTP     string        `name:"smtp" xor:"way" placeholder:"URL"`
	Password string        `name:"smtp-password" placeholder:"FILE"`
	Maildir  string        `xor:"way" placeholder:"DIR"`
	Helo     string        `placeholder:"NAME"`
	GiveUp   time.Duration `name:"give-up" default:"120h" placeholder:"TIME"`
}

// way chooses between the flags and the environment: a flag of either way
// outdoes every variable, and INTAKE_SMTP is asked before SMTP_URL.
func (f relayFlags) way(getenv func(string) string) (smtp, maildir string) {
	if f.SMTP != "" || f.Maildir != "" {
		return f.SMTP, f.Maildir
	}
	return cmp.Or(getenv("INTAKE_SMTP"), getenv("SMTP_URL")), getenv("INTAKE_MAILDIR")
}

// carrier is the way out: a relay, which is returned as such too, or a Maildir
// below the data folder.
func (f relayFlags) carrier(w *world, data string) (courier.Carrier, *courier.SMTP, error) {
	machine, err := os.Hostname()
	if err != nil {
		machine = "localhost"
	}
	if f.GiveUp < time.Hour || f.GiveUp > 30*24*time.Hour {
		return nil, nil, usage("--give-up：应在 1h 到 720h 之间", "--give-up: from 1h to 720h")
	}
	smtp, dir := f.way(w.getenv)
	if smtp == "" {
		if dir == "" {
			dir = filepath.Join(data, "mail")
		}
		return courier.Maildir{Dir: dir, Host: machine}, nil, nil
	}
	relay, err := courier.ParseSMTP(smtp)
	if err != nil {
		return nil, nil, usage("--smtp：应写成 smtp://用户:密码@主机:端口 或 smtps://…，密码中的特殊字符用百分号编码", "--smtp: write smtp://user:password@host:port or smtps://…, with special characters of the password percent-encoded")
	}
	if f.Password != "" {
		b, err := os.ReadFile(f.Password)
		if err != nil {
			return nil, nil, err
		}
		relay.Password = strings.TrimRight(string(b), "\r\n")
	}
	relay.Hello = machine
	if f.Helo != "" {
		relay.Hello = f.Helo
	}
	if strings.ContainsFunc(relay.Hello, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, nil, usage("--helo：主机名里不能有空格等字符", "--helo: a host name has no spaces")
	}
	return relay, relay, nil
}

// parseProxies reads addresses and networks.
func parseProxies(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	var errs []error
	for _, s := range list {
		s = strings.TrimSpace(s)
		if a, err := netip.ParseAddr(s); err == nil {
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			errs = append(errs, fmt.Errorf("%q", s))
			continue
		}
		out = append(out, p.Masked())
	}
	if err := errors.Join(errs...); err != nil {
		return nil, usage("--proxy：应写成 127.0.0.1 或 10.0.0.0/8，写的是 %s", "--proxy: write 127.0.0.1 or 10.0.0.0/8, got %s", strings.Join(list, " "))
	}
	return out, nil
}
