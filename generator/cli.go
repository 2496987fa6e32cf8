package main

import (
	"errors"
	"fmt"
	"strings"

	"waijiao/internal/locale"

	"github.com/alecthomas/kong"
)

// grammar is the command line. Its help is in help.go, in both languages.
type grammar struct {
	Lang  string   `placeholder:"zh|en"`
	JSON  bool     `name:"json"`
	Build buildCmd `cmd:""`
	Check checkCmd `cmd:""`
	Serve serveCmd `cmd:""`
}

// input is what every command is told of the site.
type input struct {
	Content string `default:"content" placeholder:"DIR"`
	Theme   string `placeholder:"DIR"`
	BaseURL string `name:"base-url" placeholder:"URL"`
	Now     string `placeholder:"TIME"`
	Drafts  bool
	Live    bool
}

type buildCmd struct {
	input `embed:""`
	Out   string `default:"public" placeholder:"DIR"`
}

type checkCmd struct {
	input `embed:""`
}

type serveCmd struct {
	input `embed:""`
	Addr  string `default:"127.0.0.1:8081" placeholder:"HOST:PORT"`
}

// exited carries an exit code out of kong, which ends after --help by calling
// its Exit function.
type exited int

// parse reads the command line. Where the program is to end at once, ok is
// false and code says how.
func (a *app) parse() (cli *grammar, command string, code int, ok bool) {
	defer func() {
		if r := recover(); r != nil {
			e, is := r.(exited)
			if !is {
				panic(r)
			}
			code, ok = int(e), false
		}
	}()
	cli = &grammar{}
	parser, err := kong.New(cli, kong.Name("generator"), kong.Writers(a.stdout, a.stderr),
		kong.Exit(func(code int) { panic(exited(code)) }), kong.Help(a.help))
	if err != nil {
		panic(err) // the grammar above is wrong
	}
	if len(a.args) == 0 {
		a.usage(a.stderr, "")
		return nil, "", exitWrongUse, false
	}
	ctx, err := parser.Parse(a.args)
	if err == nil && cli.Lang != "" && cli.Lang != string(locale.ZH) && cli.Lang != string(locale.EN) {
		err = errors.New("--lang must be one of zh,en but got " + fmt.Sprintf("%q", cli.Lang))
	}
	if err != nil {
		return nil, "", a.wrongUse(useError(err)), false
	}
	return cli, ctx.Command(), 0, true
}

// wrongUse says what is wrong with the call.
func (a *app) wrongUse(what locale.Text) int {
	fmt.Fprintf(a.stderr, "generator: %s\n", what.In(a.lang))
	fmt.Fprintln(a.stderr, locale.T("运行 generator --help 查看用法", "run generator --help for usage").In(a.lang))
	return exitWrongUse
}

// useError puts kong's message, which is English, into both languages.
func useError(err error) locale.Text {
	en := err.Error()
	zh := "命令行有误：" + en
	for _, known := range []struct{ en, zh string }{
		{"unknown flag ", "没有这个选项："},
		{"unexpected argument ", "不认识的命令或多余的参数："},
		{"expected one of ", "缺少命令，可用的有："},
		{"--lang must be one of zh,en but got ", "--lang 只能是 zh 或 en，写的是 "},
	} {
		if rest, ok := strings.CutPrefix(en, known.en); ok {
			zh = known.zh + strings.Replace(rest, ", did you mean ", "，是否想写 ", 1)
			zh = strings.Replace(zh, "one of ", "", 1)
		}
	}
	if flag, _, ok := strings.Cut(en, ": expected "); ok && strings.Contains(en, "EOL") {
		return locale.T(flag+" 后面缺少值", flag+" needs a value")
	}
	return locale.T(zh, en)
}
