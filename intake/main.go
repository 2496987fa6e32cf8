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
	"slices"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"waijiao/internal/locale"
)

func main() {
	syscall.Umask(0o077) // whatever is written here is about people, or a key
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // whoever asks a second time is not made to wait
	os.Exit(command(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

// command runs one command line and returns the exit status: 0 for fine, 1 for
// trouble, 2 for wrong use.
func command(ctx context.Context, args []string, getenv func(string) string, in io.Reader, out, errOut io.Writer) int {
	lang := locale.ForMessages(args, getenv)
	var c commandLine
	helped := false
	parser, err := kong.New(&c, kong.Name("intake"), kong.Writers(out, errOut), kong.Exit(func(int) { helped = true }),
		kong.Resolvers(fromEnvironment(getenv)),
		kong.Help(func(_ kong.HelpOptions, k *kong.Context) error {
			printHelp(out, lang, k.Model, k.Selected())
			return nil
		}))
	if err != nil {
		panic(err) // the grammar is wrong
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	chosen, err := parser.Parse(args)
	if helped {
		return 0
	}
	asJSON := slices.Contains(args, "--json")
	// fail says what went wrong: in words, or to a program, as the one JSON
	// value that --json promises on standard output.
	fail := func(code string, exit int, t locale.Text) int {
		if asJSON {
			(&world{out: out}).json(map[string]any{"error": map[string]string{"code": code, "message": t.In(lang)}})
		} else {
			fmt.Fprintln(errOut, t.In(lang))
		}
		return exit
	}
	var fault locale.Text
	switch {
	case err != nil:
		fault = parseFault(err)
	case c.Lang != "" && c.Lang != string(locale.ZH) && c.Lang != string(locale.EN):
		fault = locale.Tf("--lang 只能是 zh 或 en，写的是 %s", "--lang must be zh or en, got %s", c.Lang)
	}
	if !fault.IsZero() {
		return fail("wrong-use", 2, locale.T("命令有误："+fault.ZH+"\n用 intake --help 查看写法", "wrong use: "+fault.EN+"\nintake --help shows how it is written"))
	}
	err = chosen.Run(&world{ctx: ctx, lang: lang, in: in, out: out, errOut: errOut, getenv: getenv, now: time.Now, random: rand.Reader, log: slog.New(slog.NewTextHandler(errOut, nil))})
	var wrong *usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errSaid):
		return 1
	case errors.As(err, &wrong):
		return fail("wrong-use", 2, wrong.text)
	}
	why := reason(err)
	return fail(codeOf(err), 1, locale.T("无法完成："+why.ZH, "cannot do this: "+why.EN))
}
