package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"waijiao/internal/locale"
)

// help describes the program, its commands, arguments and options.
func help() map[string]locale.Text {
	t := locale.T
	return map[string]locale.Text{
		"about":   t("展示已发布的网站，接收网站上的表单，并以邮件转交。", "Shows the published site, takes in its forms and passes them on by mail."),
		"serve":   t("启动服务。", "Serve the site and its forms."),
		"list":    t("列出收到的表单，不打开内容。", "List what was accepted, without opening it."),
		"show":    t("显示一件表单和它的邮件；加上 --answers 也显示填写的内容。", "Show one submission and its mails, with --answers what was filled in too."),
		"mark":    t("标记一件为 handling（正在办理）、answered（已答复）或 closed（已办结）。\n办结的不能再改。被拦下的只能标记为 closed：弃置垃圾内容，它的邮件不会寄出。", "Mark one as handling, answered or closed.\nA closed one stays closed. A held one can only be marked as closed: that discards spam, and its mails are never sent."),
		"release": t("放行一件被拦下的表单。", "Let the mails of a held submission go out."),
		"retry":   t("把退回的邮件重新发送。\n--all 会跳过只有办公室密钥能打开的，其余照发；有跳过的，退出码是 1。", "Send dead mails again.\n--all goes on past those that only the office's key opens, names them, and exits with 1."),
		"open":    t("把一件的答案、邮件和附件写入文件夹。", "Write one submission's answers, mails and files into a folder."),
		"export":  t("把许多件的答案写成一张表（CSV 或 XLSX）。\n打不开的不写入，另外列出编号。表里是明文的个人信息，用完请删除。", "Write the answers of many into one table (CSV or XLSX).\nThose that cannot be opened are left out and named. The table holds personal data in the clear: delete it after use."),
		"erase":   t("永久删除一件：个人的权利。\n只删除这里的存储；已寄出的邮件、备份和导出的表格里的副本，要到那里另行删除。", "Erase one for good: a person's right.\nOnly the store is erased. Copies in mails that were sent, in backups and in exported tables have to be deleted there."),
		"purge":   t("永久删除很久以前收到的，不论办到哪一步；用 --form 和 --status 缩小范围。", "Erase for good what was accepted long ago, however far it has come; --form and --status choose less."),
		"backup":  t("把存储备份到一个文件，服务可以同时运行。", "Back the store up into one file while the server goes on."),
		"restore": t("把备份读入空的存储，SQLite 或 PostgreSQL 都可以。", "Read a backup into an empty store, be it SQLite or PostgreSQL."),
		"doctor":  t("检查配置、域名、邮件服务器、磁盘、时钟和密钥；选项与 serve 相同，什么也不改动。\n有问题时退出码是 1。", "Check the configuration, DNS, the relay, disk, clock and keys. It takes the options of serve and changes nothing.\nIt exits with 1 where there is a problem."),

		"help":          t("显示这段说明。", "Show this help."),
		"lang":          t("提示所用的语言，中文（zh）或英文（en）；不写时看环境变量 LANG。", "Language of the messages, zh or en; else LANG decides."),
		"data":          t("本程序保存数据的文件夹：发件箱、上传的文件、密钥。", "The folder for what must not be lost: the outbox, uploads, the secret."),
		"store":         t("发件箱在哪里：sqlite:路径，或 postgres://用户@主机/数据库；不写则是数据文件夹下的 outbox.db。", "Where the outbox is: sqlite:PATH or postgres://user@host/database; else outbox.db below the data folder."),
		"delivery-key":  t("投递密钥文件（age 私钥）；不写则是数据文件夹下的 delivery.key，第一次启动时生成。", "The file of the delivery key (a secret key of age); else delivery.key below the data folder, made at the first start."),
		"secret":        t("服务器密钥文件（32 字节），用于签名链接；不写则是数据文件夹下的 secret。", "The file of the server's secret (32 bytes), which signs the links; else secret below the data folder."),
		"new-secret":    t("服务器密钥是有意更换的：带它启动一次。以前邮件里的链接将全部失效。", "The server's secret was changed on purpose: start with this once. No link in earlier mails works any more."),
		"seal-to":       t("办公室的 age 公钥（age1…）。办结之后，只有对应的私钥能打开内容。", "The office's public key of age (age1…). Once a matter is closed, only its secret key opens the contents."),
		"site":          t("generator 发布的文件夹，也可以是指向当前版本的符号链接。", "The folder that the generator published, or a symbolic link to the current release."),
		"addr":          t("监听的地址和端口。", "Address and port to listen on."),
		"private":       t("监控用的内部地址和端口：/healthz、/readyz、/metrics；不写则不开。", "A private address and port for /healthz, /readyz and /metrics; else there is none."),
		"base-url":      t("读者看到的网址，如 https://www.example.org；邮件里的链接也用它。", "The address that readers see, such as https://www.example.org; links in mails begin with it."),
		"smtp":          t("转发邮件的服务器：smtp://用户:密码@主机:端口 或 smtps://…；不写时看环境变量 SMTP_URL。", "The mail relay: smtp://user:password@host:port or smtps://…; else SMTP_URL of the environment."),
		"smtp-password": t("邮件服务器密码所在的文件，可以代替网址里的密码。", "A file with the relay's password, instead of writing it into the address."),
		"maildir":       t("没有 --smtp（或 SMTP_URL）时，把邮件存入这个 Maildir；不写则存入数据文件夹下的 mail。", "Where mail is filed when there is neither --smtp nor SMTP_URL; else in mail below the data folder."),
		"to":            t("谁接收哪份表单，可写多次；FORM 写 * 表示其余所有表单。", "Who receives which form; may be repeated. * stands for every other form."),
		"alarm":         t("邮件积压、被退或有待放行时通知谁，可写多次；不写则通知所有 --to 的邮箱。", "Who is told of mail that waits or is dead, and of what is held; may be repeated; else every address in --to."),
		"from":          t("发件地址，可带名称：\"名称 <forms@example.org>\"；不写时看环境变量 MAIL_FROM。", "The sender's address, with a name if you like: \"Name <forms@example.org>\"; else MAIL_FROM of the environment."),
		"bounce":        t("退信寄到哪里（信封发件人），<> 表示不要退信；不写则同 --from。", "Where bounces go (the envelope sender), <> for nowhere; else as --from."),
		"pgp-key":       t("办公室的 PGP 公钥文件：寄给办公室的邮件用它加密。", "A file with the office's PGP public key: mails to the office are encrypted to it."),
		"dkim":          t("给邮件签名：域名:选择器:私钥文件。", "Sign mails: DOMAIN:SELECTOR:FILE of the private key."),
		"helo":          t("向邮件服务器自报的主机名；不写时用本机名。", "The name given to the mail relay; else this machine's name."),
		"give-up":       t("邮件暂时发不出去时，重试多久后放弃。", "How long mail is tried again before it is given up."),
		"trust":         t("允许向这里提交表单的其他网站，如 https://cdn.example.org；可写多次。", "Another origin whose pages may post here, such as https://cdn.example.org; may be repeated."),
		"proxy":         t("可信的反向代理地址或网段，如 127.0.0.1；可写多次。只有它们说的来访地址才算数。", "A trusted reverse proxy's address or network, such as 127.0.0.1; may be repeated. Only their word about a visitor's address counts."),
		"scan":          t("用 clamd 扫描上传的文件：tcp://主机:端口 或 unix:///路径。", "Scan uploads with clamd: tcp://host:port or unix:///path."),
		"memory":        t("同时制作邮件的附件最多占多少内存（MB）。", "How much memory, in MB, the uploads may take that are made into mails at the same time."),

		"arg.reference": t("回执编号；大小写和横线不限。", "A reference number; capitals and hyphens do not matter."),
		"arg.status":    t("handling、answered 或 closed。", "handling, answered or closed."),
		"arg.file":      t("备份文件。", "The backup file."),
		"form":          t("只看这份表单。", "Only of this form."),
		"status":        t("只看这些状态：held、received、handling、answered、closed。", "Only these statuses: held, received, handling, answered, closed."),
		"dead":          t("只看有邮件被退的。", "Only those with a dead mail."),
		"queued":        t("只看有邮件待发的。", "Only those with a mail that waits."),
		"before":        t("只看这一天之前收到的，如 2027-03-01。", "Only what was accepted before this day, such as 2027-03-01."),
		"json":          t("输出 JSON，供程序使用；出错时是 {\"error\":{\"code\":…,\"message\":…}}，也写到标准输出。", "Write one JSON value to standard output, for programs; after an error it is {\"error\":{\"code\":…,\"message\":…}}."),
		"answers":       t("也显示填写的内容。", "Show the answers too."),
		"key":           t("办公室的 age 私钥文件；投递密钥打不开时需要。", "The file of the office's secret key of age; needed where the delivery key does not open it."),
		"all":           t("所有退回的邮件。", "All dead mails."),
		"note":          t("写给提交人的附言，会寄给对方；写 - 则从标准输入读取。", "A note that is mailed to the submitter; - reads it from standard input."),
		"yes":           t("不再询问，直接删除；不在终端上运行时必须写。", "Erase without asking; must be given where nobody sits at a terminal."),
		"older-than":    t("多少天以前，如 400d。", "How many days ago, such as 400d."),
		"dry-run":       t("只说会删除什么，不删除。", "Only say what would be erased."),
		"out":           t("写到哪里：open 写文件夹，export 写 .csv 或 .xlsx 文件。", "Where to write: a folder for open, a .csv or .xlsx file for export."),
	}
}

// printHelp writes how to call the program, or one of its commands.
func printHelp(w io.Writer, lang locale.Lang, app *kong.Application, command *kong.Node) {
	say := func(zh, en string, args ...any) { fmt.Fprint(w, locale.Tf(zh, en, args...).In(lang)) }
	words := help()
	if command == nil {
		say("用法：intake <命令> [选项]\n\n%s\n\n命令：\n", "Usage: intake <command> [options]\n\n%s\n\nCommands:\n", words["about"].In(lang))
		for _, node := range app.Children {
			short, _, _ := strings.Cut(words[node.Name].In(lang), "\n")
			fmt.Fprintf(w, "  %-8s %s\n", node.Name, short)
		}
		say("\n所有命令共有的选项：\n", "\nOptions of every command:\n")
	} else {
		call := command.Name
		for _, p := range command.Positional {
			name := p.Tag.PlaceHolder
			if !p.Required {
				name = "[" + name + "]"
			}
			call += " " + name
		}
		say("用法：intake %s [选项]\n\n%s\n", "Usage: intake %s [options]\n\n%s\n", call, words[command.Name].In(lang))
		for _, p := range command.Positional {
			fmt.Fprintf(w, "  %-20s %s\n", p.Tag.PlaceHolder, words["arg."+p.Name].In(lang))
		}
		say("\n必须写的选项：\n", "\nOptions that must be given:\n")
		for _, f := range command.Flags {
			if f.Required {
				printFlag(w, lang, f)
			}
		}
		say("\n其他选项：\n", "\nOther options:\n")
		for _, f := range command.Flags {
			if !f.Required {
				printFlag(w, lang, f)
			}
		}
	}
	for _, f := range app.Flags {
		printFlag(w, lang, f)
	}
	if command == nil {
		say("\n用 intake <命令> --help 查看该命令的选项。\n退出码：0 正常，1 无法运行，2 用法不对。\n",
			"\nUse intake <command> --help for the options of a command.\nExit codes: 0 fine, 1 unable to run, 2 wrong use.\n")
	}
}

func printFlag(w io.Writer, lang locale.Lang, f *kong.Flag) {
	name := "--" + f.Name
	if f.Short != 0 {
		name = fmt.Sprintf("-%c, %s", f.Short, name)
	}
	if !f.IsBool() {
		name += " " + f.PlaceHolder
	}
	text := help()[f.Name].In(lang)
	if name := variable(f.Name); name != "" {
		text += locale.Tf("［%s］", " [%s]", name).In(lang)
	}
	if f.HasDefault && f.Default != "" {
		text += locale.Tf("（默认 %s）", " (default %s)", f.Default).In(lang)
	}
	fmt.Fprintf(w, "  %s%s %s\n", name, strings.Repeat(" ", max(20-len(name), 1)), text)
}
