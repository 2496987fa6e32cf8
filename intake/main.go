// Intake shows the published site, takes in its forms, and mails them.
//
//	intake serve --site public --data var --to hiring-request=office@example.org
//
// It needs nothing but the folder that the generator published and a folder of
// its own for what it must not lose.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"waijiao/internal/locale"
)

// serveFlags are the flags of the command serve.
type serveFlags struct {
	Site    string   `required:"" placeholder:"DIR" help:"${site}"`
	Data    string   `required:"" placeholder:"DIR" help:"${data}"`
	Addr    string   `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"${addr}"`
	BaseURL string   `name:"base-url" placeholder:"URL" help:"${base}"`
	SMTP    string   `name:"smtp" xor:"way" placeholder:"URL" help:"${smtp}"`
	Maildir string   `xor:"way" placeholder:"DIR" help:"${maildir}"`
	To      []string `sep:"none" required:"" placeholder:"FORM=ADDRESS" help:"${to}"`
	From    string   `env:"MAIL_FROM" placeholder:"ADDRESS" help:"${from}"`
	Helo    string   `placeholder:"NAME" help:"${helo}"`
	Trust   []string `sep:"none" placeholder:"ORIGIN" help:"${trust}"`
}

type commandLine struct {
	Lang  string     `placeholder:"zh|en" help:"${lang}"`
	Serve serveFlags `cmd:"" help:"${serve}"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // whoever asks a second time is not made to wait
	os.Exit(command(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// command runs one command line and returns the exit status: 0 for fine, 1 for
// trouble, 2 for wrong use.
func command(ctx context.Context, args []string, getenv func(string) string, out, errOut io.Writer) int {
	lang := language(args, getenv)
	say := func(t locale.Text) { fmt.Fprintln(errOut, t.In(lang)) }
	var c commandLine
	exit := -1
	parser, err := kong.New(&c, kong.Name("intake"), kong.Description(help()["about"].In(lang)), words(lang),
		kong.Writers(out, errOut), kong.Exit(func(n int) { exit = n }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		say(locale.Same(err.Error()))
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	_, err = parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		say(locale.Tf("命令有误：%v。用 intake serve --help 查看写法", "wrong use: %v; intake serve --help shows how it is written", err))
		return 2
	}
	if c.Serve.SMTP == "" && c.Serve.Maildir == "" {
		c.Serve.SMTP = getenv("SMTP_URL")
	}
	o := options{serveFlags: c.Serve, lang: lang, out: out, now: time.Now, random: rand.Reader,
		log: slog.New(slog.NewTextHandler(errOut, nil))}
	err = Run(ctx, o)
	var wrong *usageError
	switch {
	case errors.As(err, &wrong):
		say(wrong.text)
		return 2
	case err != nil:
		say(locale.Tf("无法运行：%v", "cannot run: %v", err))
		return 1
	}
	return 0
}

// language looks for --lang before the command line is parsed, since the help
// is in that language too.
func language(args []string, getenv func(string) string) locale.Lang {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--lang="); ok {
			return locale.FromEnviron(v)
		}
		if a == "--lang" && i+1 < len(args) {
			return locale.FromEnviron(args[i+1])
		}
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			return locale.FromEnviron(v)
		}
	}
	return locale.EN
}

func help() map[string]locale.Text {
	t := locale.T
	return map[string]locale.Text{
		"about":   t("展示已发布的网站，接收网站上的表单，并以邮件转交。", "Shows the published site, takes in its forms and passes them on by mail."),
		"serve":   t("启动服务。", "Serve the site and its forms."),
		"lang":    t("提示所用的语言；不写时看 LANG。", "Language of the messages; else LANG decides."),
		"site":    t("generator 发布的文件夹，也可以是指向当前版本的符号链接。", "The folder that the generator published, or a symbolic link to the current release."),
		"data":    t("本程序保存数据的文件夹：收件箱、上传的文件、密钥。", "The folder for what must not be lost: the outbox, uploads, the secret."),
		"addr":    t("监听的地址和端口。", "Address and port to listen on."),
		"base":    t("读者看到的网址，如 https://www.example.org。", "The address that readers see, such as https://www.example.org."),
		"smtp":    t("转发邮件的服务器：smtp://用户:密码@主机:端口 或 smtps://…。", "The mail relay: smtp://user:password@host:port or smtps://…"),
		"maildir": t("没有 --smtp（或 SMTP_URL）时，把邮件存入这个 Maildir；不写则存入数据文件夹下的 mail。", "Where mail is filed when there is neither --smtp nor SMTP_URL; else in mail below the data folder."),
		"to":      t("谁接收哪份表单，可写多次；FORM 写 * 表示其余所有表单。", "Who receives which form; may be repeated. * stands for every other form."),
		"from":    t("发件地址，可带名称：\"名称 <forms@example.org>\"。", "The sender's address, with a name if you like: \"Name <forms@example.org>\"."),
		"helo":    t("向邮件服务器自报的主机名；不写时用本机名。", "The name given to the mail relay; else this machine's name."),
		"trust":   t("允许向这里提交表单的其他网站，如 https://cdn.example.org。", "Another origin whose pages may post here, such as https://cdn.example.org."),
	}
}

func words(lang locale.Lang) kong.Vars {
	vars := kong.Vars{}
	for name, text := range help() {
		vars[name] = text.In(lang)
	}
	return vars
}
