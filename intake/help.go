package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"waijiao/internal/locale"
)

// help describes the program, its command and each option.
func help() map[string]locale.Text {
	t := locale.T
	return map[string]locale.Text{
		"about":    t("展示已发布的网站，接收网站上的表单，并以邮件转交。", "Shows the published site, takes in its forms and passes them on by mail."),
		"serve":    t("启动服务。", "Serve the site and its forms."),
		"help":     t("显示这段说明。", "Show this help."),
		"lang":     t("提示所用的语言，中文（zh）或英文（en）；不写时看环境变量 LANG。", "Language of the messages, zh or en; else LANG decides."),
		"site":     t("generator 发布的文件夹，也可以是指向当前版本的符号链接。", "The folder that the generator published, or a symbolic link to the current release."),
		"data":     t("本程序保存数据的文件夹：发件箱、上传的文件、密钥。", "The folder for what must not be lost: the outbox, uploads, the secret."),
		"addr":     t("监听的地址和端口。", "Address and port to listen on."),
		"base-url": t("读者看到的网址，如 https://www.example.org。", "The address that readers see, such as https://www.example.org."),
		"smtp":     t("转发邮件的服务器：smtp://用户:密码@主机:端口 或 smtps://…；不写时看环境变量 SMTP_URL。", "The mail relay: smtp://user:password@host:port or smtps://…; else SMTP_URL of the environment."),
		"maildir":  t("没有 --smtp（或 SMTP_URL）时，把邮件存入这个 Maildir；不写则存入数据文件夹下的 mail。", "Where mail is filed when there is neither --smtp nor SMTP_URL; else in mail below the data folder."),
		"to":       t("谁接收哪份表单，可写多次；FORM 写 * 表示其余所有表单。", "Who receives which form; may be repeated. * stands for every other form."),
		"from":     t("发件地址，可带名称：\"名称 <forms@example.org>\"；不写时看环境变量 MAIL_FROM。", "The sender's address, with a name if you like: \"Name <forms@example.org>\"; else MAIL_FROM of the environment."),
		"helo":     t("向邮件服务器自报的主机名；不写时用本机名。", "The name given to the mail relay; else this machine's name."),
		"trust":    t("允许向这里提交表单的其他网站，如 https://cdn.example.org；可写多次。", "Another origin whose pages may post here, such as https://cdn.example.org; may be repeated."),
	}
}

// printHelp writes how to call the program, or one of its commands.
func printHelp(w io.Writer, lang locale.Lang, app *kong.Application, command *kong.Node) {
	say := func(zh, en string, args ...any) { fmt.Fprint(w, locale.Tf(zh, en, args...).In(lang)) }
	words := help()
	if command == nil {
		say("用法：intake <命令> [选项]\n\n%s\n\n命令：\n", "Usage: intake <command> [options]\n\n%s\n\nCommands:\n", words["about"].In(lang))
		for _, node := range app.Children {
			fmt.Fprintf(w, "  %-8s %s\n", node.Name, words[node.Name].In(lang))
		}
		say("\n所有命令共有的选项：\n", "\nOptions of every command:\n")
	} else {
		say("用法：intake %s [选项]\n\n%s\n\n必须写的选项：\n", "Usage: intake %s [options]\n\n%s\n\nOptions that must be given:\n", command.Name, words[command.Name].In(lang))
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
	if f.HasDefault && f.Default != "" {
		text += locale.Tf("（默认 %s）", " (default %s)", f.Default).In(lang)
	}
	fmt.Fprintf(w, "  %s%s %s\n", name, strings.Repeat(" ", max(20-len(name), 1)), text)
}
