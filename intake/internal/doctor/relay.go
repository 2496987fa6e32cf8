package doctor

import (
	"context"
	"strings"
	"time"

	"waijiao/intake/internal/courier"
	"waijiao/intake/internal/mail"
	"waijiao/intake/internal/scan"
	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// Relay examines whether the mail relay answers, lets us log in, and takes the
// largest mail that a form can become.
func Relay(ctx context.Context, relay *courier.SMTP, writer mail.Writer, forms []*form.Form) []Finding {
	const name = "smtp"
	var limit courier.Limit
	relay.Limit = &limit
	if err := relay.Ask(ctx); err != nil {
		return []Finding{wrong(name, locale.Tf("邮件服务器没有照常应答：%v", "the mail relay does not answer as it should: %v", err),
			locale.T("请检查 --smtp 的主机、端口、用户和密码，以及防火墙。表单照常接收，邮件会等着。", "Check host, port, user and password in --smtp, and the firewall. Forms are accepted meanwhile, and their mails wait."))}
	}
	takes := limit.Bytes()
	var out []Finding
	for _, f := range forms {
		if largest := writer.Largest(f.LargestMail()); takes > 0 && largest > takes {
			out = append(out, warn(name, locale.Tf("表单 %s 的邮件最大可达 %s，邮件服务器只收 %s：附件多的人会交不上去。", "a mail of the form %s can reach %s, and the relay takes %s: whoever sends large files is turned away.", f.ID, locale.Size(largest), locale.Size(takes)),
				locale.T("请调低表单里的 size 或 files，或提高邮件服务器的限额。", "Lower size or files in the form, or raise the relay's limit.")))
		}
	}
	if len(out) > 0 {
		return out
	}
	if takes == 0 {
		return []Finding{fine(name, locale.Tf("%s 可以登录，没有宣布邮件大小限额。", "%s lets us in, and announces no limit of size.", relay.Host))}
	}
	return []Finding{fine(name, locale.Tf("%s 可以登录，最大收 %s。", "%s lets us in, and takes mails up to %s.", relay.Host, locale.Size(takes)))}
}

// Filed says that mail is not sent at all.
func Filed(dir string) []Finding {
	return []Finding{warn("smtp", locale.Tf("没有 --smtp：邮件只存入 %s，不会寄出。", "there is no --smtp: mails are filed in %s and not sent.", dir),
		locale.T("正式运行时，请用 --smtp 写明邮件服务器。", "For the public, name the mail relay with --smtp."))}
}

// stale is from what age on clamd's signatures are told of.
const stale = 7 * 24 * time.Hour

// Scanner examines whether clamd answers and knows recent malware.
func Scanner(ctx context.Context, s scan.Scanner, now time.Time) []Finding {
	const name = "scan"
	version, err := s.Version(ctx)
	if err != nil {
		return []Finding{wrong(name, locale.Tf("clamd 没有应答：%v", "clamd does not answer: %v", err),
			locale.T("请检查 clamd 是否在运行、--scan 是否正确。在此之前，有附件的表单都会被拦下。", "See that clamd runs and --scan is right. Until then, forms with files are set aside."))}
	}
	return []Finding{signatures(version, now)}
}

// signatures judges clamd's version, such as
// "ClamAV 1.4.3/27800/Mon Nov 23 09:00:00 2026".
func signatures(version string, now time.Time) Finding {
	const name = "scan"
	update := locale.T("请检查 freshclam 是否在运行。", "See that freshclam runs.")
	parts := strings.SplitN(version, "/", 3)
	if len(parts) < 3 {
		return wrong(name, locale.Tf("%s 没有病毒特征库。", "%s has no signatures.", version), update)
	}
	made, err := time.Parse(time.ANSIC, strings.TrimSpace(parts[2]))
	if err != nil || now.Sub(made) > stale {
		return warn(name, locale.Tf("%s 的病毒特征库已旧：%s。", "the signatures of %s are old: %s.", parts[0], parts[2]), update)
	}
	return fine(name, locale.Tf("%s，特征库 %s。", "%s, signatures of %s.", parts[0], parts[2]))
}
