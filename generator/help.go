package main

import (
	"fmt"
	"io"
	"strings"

	"waijiao/internal/locale"

	"github.com/alecthomas/kong"
)

// commands describes each command in one line.
func commands(name string) locale.Text {
	switch name {
	case "build":
		return locale.T("把内容生成为网站；内容有错误时不写入任何文件", "build the site; where the content has errors, nothing is written")
	case "check":
		return locale.T("只检查内容，不写入任何文件", "check the content and write nothing")
	default:
		return locale.T("在本机预览；内容一改就重新生成，并刷新浏览器", "show the site on this machine; on every change build it again and reload the browser")
	}
}

// flags describes each option.
func flags(name string) locale.Text {
	switch name {
	case "lang":
		return locale.T("消息用中文（zh）还是英文（en）；不写则看环境变量 LANG", "language of messages, zh or en; else that of LANG")
	case "json":
		return locale.T("把问题以 JSON 列表写到标准输出", "write the problems to standard output as a JSON list")
	case "content":
		return locale.T("内容文件夹", "the content folder")
	case "theme":
		return locale.T("主题文件夹；不写则用自带的 lakeside", "a theme's folder; else the built-in lakeside")
	case "base-url":
		return locale.T("网站的完整网址，代替 site.yaml 里的 base_url", "the site's full address, in place of base_url in site.yaml")
	case "now":
		return locale.T("按这个时刻生成，例如 2026-03-01 或 2026-03-01T08:00:00+08:00；不写则为现在", "build as of this moment, such as 2026-03-01 or 2026-03-01T08:00:00+08:00; else now")
	case "drafts":
		return locale.T("连草稿一起生成", "include drafts")
	case "live":
		return locale.T("为正式发布而生成：不允许占位文字、示例数据和待核实的页面", "build for the public: refuse placeholders, sample data and pages to be confirmed")
	case "out":
		return locale.T("网站写到哪个文件夹", "the folder for the site")
	case "addr":
		return locale.T("预览监听的地址", "the address to listen on")
	default:
		return locale.T("显示这段说明", "show this help")
	}
}

// help is kong's help printer.
func (a *app) help(_ kong.HelpOptions, ctx *kong.Context) error {
	command := ""
	if node := ctx.Selected(); node != nil {
		command = node.Name
	}
	a.usage(a.stdout, command)
	return nil
}

// usage writes how to call the program, or one of its commands.
func (a *app) usage(w io.Writer, command string) {
	app, err := kong.New(&grammar{}, kong.Name("generator"))
	if err != nil {
		panic(err) // the grammar is wrong
	}
	say := func(t locale.Text) string { return t.In(a.lang) }
	options := say(locale.T("[选项]", "[options]"))
	if command == "" {
		fmt.Fprintf(w, say(locale.T("用法：generator <命令> %s\n\n命令：\n", "Usage: generator <command> %s\n\nCommands:\n")), options)
		for _, node := range app.Model.Children {
			fmt.Fprintf(w, "  %-8s %s\n", node.Name, say(commands(node.Name)))
		}
		fmt.Fprint(w, say(locale.T("\n所有命令共有的选项：\n", "\nOptions of every command:\n")))
	} else {
		fmt.Fprintf(w, say(locale.T("用法：generator %s %s\n\n%s。\n\n选项：\n", "Usage: generator %s %s\n\n%s.\n\nOptions:\n")), command, options, say(commands(command)))
	}
	for _, node := range app.Model.Children {
		if node.Name != command {
			continue
		}
		for _, f := range node.Flags {
			a.flag(w, f)
		}
	}
	for _, f := range app.Model.Flags {
		a.flag(w, f)
	}
	if command == "" {
		fmt.Fprint(w, say(locale.T("\n用 generator <命令> --help 查看该命令的选项。\n退出码：0 正常，1 内容有错误，2 用法不对或无法运行。\n",
			"\nUse generator <command> --help for the options of a command.\nExit codes: 0 fine, 1 errors in the content, 2 wrong use or unable to run.\n")))
	}
}

func (a *app) flag(w io.Writer, f *kong.Flag) {
	name := "--" + f.Name
	if f.Short != 0 {
		name = fmt.Sprintf("-%c, %s", f.Short, name)
	}
	if !f.IsBool() {
		name += " " + f.PlaceHolder
	}
	text := flags(f.Name).In(a.lang)
	if f.HasDefault && f.Default != "" {
		text += fmt.Sprintf(locale.T("（默认 %s）", " (default %s)").In(a.lang), f.Default)
	}
	fmt.Fprintf(w, "  %s%s %s\n", name, strings.Repeat(" ", max(20-len(name), 1)), text)
}
