package doctor

import (
	"context"
	"errors"
	"net"
	"strings"

	"waijiao/intake/internal/mail"
	"waijiao/internal/locale"
)

// Names examines what the DNS says of the addresses that our mails come from.
type Names struct {
	Resolver *net.Resolver
	// From is the sender, and Bounce the envelope sender, empty for the null
	// path.
	From   mail.Address
	Bounce string
	DKIM   *mail.DKIM // or nil
}

// Check asks the DNS. A name server that does not answer is a warning, since
// it says nothing about the names.
func (n Names) Check(ctx context.Context) []Finding {
	domain := domainOf(n.From.Mailbox)
	out := n.reachable(ctx, domain)
	if n.Bounce != "" {
		// SPF is checked on the envelope sender (RFC 7208 section 2.4).
		out = append(out, n.spf(ctx, domainOf(n.Bounce))...)
	}
	out = append(out, n.dmarc(ctx, domain)...)
	if n.DKIM != nil {
		out = append(out, n.dkim(ctx)...)
	}
	return out
}

func domainOf(mailbox string) string {
	return strings.ToLower(mailbox[strings.LastIndex(mailbox, "@")+1:])
}

// absent tells a name that is not there from a name server that does not
// answer.
func absent(err error) bool {
	var d *net.DNSError
	return errors.As(err, &d) && d.IsNotFound
}

func silent(name, record string, err error) []Finding {
	return []Finding{warn(name, locale.Tf("查不到 %s 的 DNS 记录，域名服务器没有应答：%v", "the DNS did not answer about %s: %v", record, err),
		locale.T("请检查这台机器的域名解析，然后再运行一次。", "Check this machine's name resolution, then run this again."))}
}

// reachable tells whether a mail to the domain has somewhere to go (RFC 5321
// section 5.1, RFC 7505): many receivers refuse a sender to whom they could not
// answer.
func (n Names) reachable(ctx context.Context, domain string) []Finding {
	const name = "dns"
	mend := locale.Tf("请为 %s 设置 MX 记录，或换一个 --from。", "Give %s an MX record, or choose another --from.", domain)
	mx, err := n.Resolver.LookupMX(ctx, domain+".")
	switch {
	case len(mx) == 1 && mx[0].Host == ".":
		return []Finding{wrong(name, locale.Tf("%s 声明不收邮件（空 MX）：很多邮件服务器会拒收它寄出的信。", "%s says that it takes no mail (a null MX): many receivers refuse what comes from it.", domain), mend)}
	case len(mx) > 0:
		return []Finding{fine(name, locale.Tf("%s 有 MX 记录。", "%s has an MX record.", domain))}
	case err != nil && !absent(err):
		return silent(name, domain+" MX", err)
	}
	ips, err := n.Resolver.LookupNetIP(ctx, "ip", domain+".")
	switch {
	case len(ips) > 0:
		return []Finding{fine(name, locale.Tf("%s 没有 MX 记录，有主机地址。", "%s has no MX record, and has an address.", domain))}
	case err != nil && !absent(err):
		return silent(name, domain+" A", err)
	}
	return []Finding{wrong(name, locale.Tf("发件域名 %s 既没有 MX 记录也没有地址：很多邮件服务器会拒收。", "the sender's domain %s has neither an MX record nor an address: many receivers refuse its mail.", domain), mend)}
}

// texts are the TXT records at a name that begin with a mark.
func (n Names) texts(ctx context.Context, name, mark string) ([]string, error) {
	all, err := n.Resolver.LookupTXT(ctx, name+".")
	if err != nil && !absent(err) {
		return nil, err
	}
	var out []string
	for _, t := range all {
		if first, _, _ := strings.Cut(t, " "); strings.EqualFold(strings.TrimRight(first, ";"), mark) || strings.HasPrefix(strings.ToLower(t), strings.ToLower(mark)+";") {
			out = append(out, t)
		}
	}
	return out, nil
}

func (n Names) spf(ctx context.Context, domain string) []Finding {
	const name = "spf"
	found, err := n.texts(ctx, domain, "v=spf1")
	switch {
	case err != nil:
		return silent(name, domain+" TXT", err)
	case len(found) > 1:
		return []Finding{wrong(name, locale.Tf("%s 有%d条 SPF 记录，按规定等于出错。", "%s has %d SPF records, which counts as an error (RFC 7208 section 4.5).", domain, len(found)),
			locale.T("请合并成一条。", "Make one of them."))}
	case len(found) == 0:
		return []Finding{warn(name, locale.Tf("%s 没有 SPF 记录，邮件容易被当作垃圾邮件。", "%s has no SPF record, so mail from it is easily taken for spam.", domain),
			locale.Tf("请在 %s 加一条 TXT 记录，列出邮件服务器，如 v=spf1 mx -all。", "Add a TXT record at %s that names the mail relay, such as v=spf1 mx -all.", domain))}
	}
	return []Finding{fine(name, locale.Same(domain+" "+found[0]))}
}

// dmarc looks at the domain and then at those above it, as receivers do (RFC
// 7489 section 6.6.3). They know which of them is somebody's own by a list; we
// stop at the last two labels.
func (n Names) dmarc(ctx context.Context, domain string) []Finding {
	const name = "dmarc"
	for at := domain; strings.Contains(at, "."); _, at, _ = strings.Cut(at, ".") {
		found, err := n.texts(ctx, "_dmarc."+at, "v=DMARC1")
		if err != nil {
			return silent(name, "_dmarc."+at+" TXT", err)
		}
		if len(found) > 0 {
			return []Finding{fine(name, locale.Same("_dmarc."+at+" "+found[0]))}
		}
	}
	return []Finding{warn(name, locale.Tf("%s 没有 DMARC 记录，别人容易冒用这个域名发信。", "%s has no DMARC record, so others can easily send in its name.", domain),
		locale.Tf("请在 _dmarc.%s 加一条 TXT 记录，如 v=DMARC1; p=quarantine。", "Add a TXT record at _dmarc.%s, such as v=DMARC1; p=quarantine.", domain))}
}

// dkim compares the key in the DNS with ours (RFC 6376 section 3.6.1).
func (n Names) dkim(ctx context.Context) []Finding {
	const name = "dkim"
	var out []Finding
	if !n.DKIM.Aligned(n.From) {
		out = append(out, wrong(name, locale.Tf("签名的域名与发件地址 %s 不一致：收信方不会认这个签名。", "the signature's domain does not fit the sender %s: receivers do not count the signature.", n.From.Mailbox),
			locale.T("请让 --dkim 的域名与 --from 的域名相同。", "Let the domain in --dkim be that of --from.")))
	}
	mend := locale.Tf("请在 %s 放一条 TXT 记录：%s", "Put this TXT record at %s: %s", n.DKIM.Name(), n.DKIM.Record())
	found, err := n.Resolver.LookupTXT(ctx, n.DKIM.Name()+".")
	switch {
	case err != nil && !absent(err):
		return append(out, silent(name, n.DKIM.Name()+" TXT", err)...)
	case len(found) == 0:
		return append(out, wrong(name, locale.Tf("%s 没有 DKIM 记录：收信方会把签名当作无效。", "there is no DKIM record at %s: receivers take the signature for invalid.", n.DKIM.Name()), mend))
	case len(found) > 1:
		return append(out, wrong(name, locale.Tf("%s 有%d条记录，收信方用哪一条没有规定。", "there are %[2]d records at %[1]s, and nothing says which of them receivers take.", n.DKIM.Name(), len(found)), mend))
	}
	here, there := tags(n.DKIM.Record()), tags(found[0])
	switch {
	case there["p"] != here["p"] || there["k"] != "" && there["k"] != here["k"] || there["k"] == "" && here["k"] != "rsa":
		return append(out, wrong(name, locale.Tf("%s 的公钥与 --dkim 的私钥不是一对。", "the public key at %s does not belong to the private one of --dkim.", n.DKIM.Name()), mend))
	case strings.Contains(":"+there["t"]+":", ":y:"):
		return append(out, warn(name, locale.Tf("%s 的记录写着 t=y（试用），收信方可以不理会签名。", "the record at %s says t=y (testing), so receivers may ignore the signature.", n.DKIM.Name()), mend))
	}
	if len(out) == 0 {
		out = append(out, fine(name, locale.Tf("%s 的记录与私钥相符。", "the record at %s belongs to the key.", n.DKIM.Name())))
	}
	return out
}

// tags reads a list of tag=value (RFC 6376 section 3.2), without white space.
func tags(s string) map[string]string {
	out := map[string]string{}
	for part := range strings.SplitSeq(s, ";") {
		tag, value, _ := strings.Cut(part, "=")
		out[strings.TrimSpace(tag)] = strings.Join(strings.Fields(value), "")
	}
	return out
}
