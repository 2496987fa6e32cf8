package mail

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

// Bulletin is what the office is told about the state of things. It holds
// reference numbers and no personal data.
type Bulletin struct {
	// To is the address of the recipient, Site the name of the site.
	To   string
	Site locale.Text
	// At is when it is written. With To it makes the Message-ID.
	At time.Time

	// Waiting are mails that have been queued for more than a day, Dead those
	// that will not be tried again, Held doubtful submissions: for an alarm.
	Waiting, Dead []Stuck
	Held          []Doubt
	// Open are the submissions that are not yet marked as handled: for the
	// weekly list.
	Open []Pending
}

// Stuck is a mail that is not delivered. One of a bulletin has no Reference.
type Stuck struct {
	Reference string
	Form      locale.Text
	Kind      outbox.Kind
	// Since is when it was queued, or when it died.
	Since time.Time
	// Reply is the last word of the relay. Addresses in it are masked.
	Reply string
}

// Doubt is a submission that is kept back, with the code of its reason: trap,
// too-fast, address-limit, form-limit, recipient-limit or not-scanned.
type Doubt struct {
	Reference string
	Form      locale.Text
	Accepted  time.Time
	Reason    string
}

// Pending is a submission that the office has not yet finished, with the
// officer's secret link.
type Pending struct {
	Reference string
	Form      locale.Text
	Accepted  time.Time
	Status    outbox.Status
	URL       string
}

// listed bounds how many rows one list of a bulletin has.
const listed = 500

// Alarm writes the mail that tells the office what is stuck: in Chinese, with
// a short English part below. It is never encrypted: it holds no secret, and
// whoever looks after the server may not have the office's key.
func (w Writer) Alarm(b Bulletin) ([]byte, error) {
	var f fields
	w.bulletin(&f, b, "alarm")
	f.text("Subject", fmt.Sprintf("表单提醒：待发 %d，送不出 %d，待放行 %d", len(b.Waiting), len(b.Dead), len(b.Held)))

	p := &page{lang: locale.ZH}
	p.para(locale.Tf("截至%s，%s有以下事项需要处理。", "As of %s, this needs somebody’s attention at %s.", when(b.At, p.lang), b.Site.In(p.lang)))
	stuck(p, locale.T("等待发送超过一天的邮件", "Mails that have waited for more than a day"), locale.T("排队时间", "Queued"), b.Waiting, false)
	if len(b.Waiting) > 0 {
		p.para(locale.T("网站仍在重试，无需重发。请检查发信服务器，或在服务器上运行 intake doctor。", "The site is still trying. Please look at the mail relay, or run intake doctor on the server."))
	}
	stuck(p, locale.T("送不出的邮件", "Mails that died"), locale.T("停止时间", "Given up"), b.Dead, true)
	if len(b.Dead) > 0 {
		p.para(locale.T("网站已停止重试。排除原因后，在服务器上运行各条下面的命令即可重发。", "The site has stopped trying. When the cause is mended, the command below each of them sends it again."))
	}
	if len(b.Held) > 0 {
		p.heading(locale.Tf("暂缓转交的提交（%d）", "Submissions that are held back (%d)", len(b.Held)).In(p.lang))
		for _, d := range first(b.Held) {
			p.entry(d.Reference, []Row{
				{locale.T("表单", "Form").In(p.lang), d.Form.In(p.lang)},
				{locale.T("收到时间", "Received").In(p.lang), when(d.Accepted, p.lang)},
				{locale.T("原因", "Reason").In(p.lang), outbox.Doubt(d.Reason).In(p.lang)},
			}, "", "intake release "+d.Reference)
		}
		more(p, len(b.Held))
		p.para(locale.T("这些提交已经保存，但有可疑之处，尚未转交，也没有发出回执。确认正常的，在服务器上运行上面的命令放行。",
			"These are stored but doubtful: they have not been passed on, and no receipt was sent. Release those that are genuine with the command above."))
	}

	p.turn(locale.EN)
	p.para(locale.Tf("截至%s：", "As of %s:", when(b.At, p.lang)))
	var lines []string
	count := func(n int, refs []string, one, many string) {
		if n == 1 {
			lines = append(lines, one+strings.Join(refs, ", "))
		} else if n > 1 {
			lines = append(lines, fmt.Sprintf(many, n)+strings.Join(refs, ", "))
		}
	}
	count(len(b.Waiting), references(b.Waiting, func(s Stuck) string { return s.name(p.lang) }),
		"1 message has waited for more than a day and is still being tried: ", "%d messages have waited for more than a day and are still being tried: ")
	count(len(b.Dead), references(b.Dead, func(s Stuck) string { return s.name(p.lang) }),
		"1 message could not be delivered and was given up; “intake retry REFERENCE” on the server sends it again: ", "%d messages could not be delivered and were given up; “intake retry REFERENCE” on the server sends them again: ")
	count(len(b.Held), references(b.Held, func(d Doubt) string { return d.Reference }),
		"1 doubtful submission is held back; “intake release REFERENCE” lets it go: ", "%d doubtful submissions are held back; “intake release REFERENCE” lets them go: ")
	p.list(lines)
	p.shut()
	return w.write(f, p, b.Site.In(locale.ZH), nil)
}

// Weekly writes the list of what is not yet marked as handled: in Chinese,
// with a short English part below. It holds the officer's secret links, so it
// is encrypted where the office's mails are.
func (w Writer) Weekly(b Bulletin) ([]byte, error) {
	var f fields
	w.bulletin(&f, b, "weekly")
	f.text("Subject", fmt.Sprintf("每周待办：%d 份提交尚未办完", len(b.Open)))

	p := &page{lang: locale.ZH}
	if len(b.Open) == 0 {
		p.para(locale.Tf("截至%s，%s的提交都已办完。", "As of %s, everything sent to %s has been dealt with.", when(b.At, p.lang), b.Site.In(p.lang)))
	} else {
		p.para(locale.Tf("截至%s，%s有 %d 份提交尚未标记为已答复或已办结。请打开各自的链接标记；链接不需要密码，请勿转发。",
			"As of %s, %s has %d submissions that are not yet marked as answered or closed. Please mark them by their links, which need no password: do not pass them on.", when(b.At, p.lang), b.Site.In(p.lang), len(b.Open)))
	}
	for _, o := range first(b.Open) {
		p.entry(o.Reference+"　"+o.Form.In(p.lang), []Row{
			{locale.T("收到时间", "Received").In(p.lang), when(o.Accepted, p.lang)},
			{locale.T("状态", "Status").In(p.lang), o.Status.Text().In(p.lang)},
		}, o.URL, "")
	}
	more(p, len(b.Open))

	p.turn(locale.EN)
	switch len(b.Open) {
	case 0:
		p.para(locale.Tf("截至%s没有待办事项。", "As of %s nothing is waiting for you.", when(b.At, p.lang)))
	case 1:
		p.para(locale.Tf("截至%s有 1 份提交待办，请用上面的链接标记。", "As of %s, 1 submission is not yet marked as answered or closed. Please mark it by its link above.", when(b.At, p.lang)))
	default:
		p.para(locale.Tf("截至%s有 %d 份提交待办，请用上面的链接标记。", "As of %s, %d submissions are not yet marked as answered or closed. Please mark them by their links above.", when(b.At, p.lang), len(b.Open)))
	}
	p.shut()
	if w.PGP == nil {
		return w.write(f, p, b.Site.In(locale.ZH), nil)
	}
	return w.encrypt(f, f.clone(), p, b.Site.In(locale.ZH), nil)
}

// bulletin adds the fields of a bulletin. The recipient is in the Message-ID
// as a hash: two offices get two, and each the same one again.
func (w Writer) bulletin(f *fields, b Bulletin, role string) {
	to := sha256.Sum256([]byte(b.To))
	w.top(f, top{at: b.At, to: b.To, lang: locale.ZH, site: b.Site,
		id: role + "." + b.At.UTC().Format("20060102T150405.000") + "." + hex.EncodeToString(to[:4])})
}

func stuck(p *page, heading, since locale.Text, list []Stuck, again bool) {
	if len(list) == 0 {
		return
	}
	p.heading(locale.Tf("%s（%d）", "%s (%d)", heading.In(p.lang), len(list)).In(p.lang))
	for _, s := range first(list) {
		facts := []Row{{locale.T("邮件", "Mail").In(p.lang), s.Kind.Text().In(p.lang)}}
		if !s.Form.IsZero() {
			facts = append(facts, Row{locale.T("表单", "Form").In(p.lang), s.Form.In(p.lang)})
		}
		facts = append(facts, Row{since.In(p.lang), when(s.Since, p.lang)})
		if reply := harmless(s.Reply); reply != "" {
			facts = append(facts, Row{locale.T("对方最近的答复", "Last reply").In(p.lang), reply})
		}
		command := ""
		if again && s.Reference != "" {
			command = "intake retry " + s.Reference
		}
		p.entry(s.name(p.lang), facts, "", command)
	}
	more(p, len(list))
}

func (s Stuck) name(lang locale.Lang) string {
	if s.Reference == "" {
		return locale.T("（网站给办公室的通知）", "(a bulletin to the office)").In(lang)
	}
	return s.Reference
}

// more says how many are left out of a list.
func more(p *page, n int) {
	if n > listed {
		p.para(locale.Tf("另有 %d 份没有列出，请在服务器上运行 intake list 查看。", "%d more are not shown: run intake list on the server.", n-listed))
	}
}

func first[T any](list []T) []T { return list[:min(len(list), listed)] }

// references are the names of a list for a sentence, and no more than twenty.
func references[T any](list []T, name func(T) string) []string {
	const most = 20
	var out []string
	for i, x := range list {
		if i == most {
			return append(out, "…")
		}
		out = append(out, name(x))
	}
	return out
}

// addressPattern finds what looks like an address in a relay's reply.
var addressPattern = regexp.MustCompile(`[^\s<>()\[\]{}"'“”,;:=@]+@[^\s<>()\[\]{}"'“”,;:=@]+`)

// harmless makes a relay's reply fit for a bulletin: one line, no addresses,
// nothing that only machines see.
func harmless(reply string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(reply, "?"))
	clean = strings.Join(strings.Fields(addressPattern.ReplaceAllString(clean, "•••@•••")), " ")
	if runes := []rune(clean); len(runes) > 300 {
		clean = string(runes[:300]) + "…"
	}
	return clean
}
