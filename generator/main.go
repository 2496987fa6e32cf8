// Generator turns the content folder into the public site.
//
//	generator build    build the site into public/
//	generator check    look for problems and write nothing
//	generator serve    show the site, and build it again on every change
//
// It exits with 0 when all is well, with 1 when the content has problems, and
// with 2 when it was called wrongly or cannot do its work. generator --help
// lists the options.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"waijiao/internal/locale"
)

func main() {
	// A build is short, and its rubbish is mostly thrown away with the process:
	// collecting rarely makes it faster. The limit keeps big sites from paying
	// for that with memory.
	debug.SetGCPercent(300)
	debug.SetMemoryLimit(310 << 20)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, world{
		args: os.Args[1:], getenv: os.Getenv, now: time.Now, stdout: os.Stdout, stderr: os.Stderr, patience: time.Second,
	}))
}

// The ways to exit.
const (
	exitFine     = 0
	exitProblems = 1
	exitWrongUse = 2
)

// world is all that the program knows of what is around it.
type world struct {
	args   []string
	getenv func(string) string
	now    func() time.Time
	stdout io.Writer
	stderr io.Writer
	// patience is how long a run may last on a terminal before it shows what
	// it is doing.
	patience time.Duration
}

// run is the whole program.
func run(ctx context.Context, w world) int {
	app := &app{world: w, lang: locale.ForMessages(w.args, w.getenv)}
	cli, command, code, ok := app.parse()
	if !ok {
		return code
	}
	app.json = cli.JSON
	switch command {
	case "build":
		return app.build(cli.Build)
	case "check":
		return app.check(cli.Check)
	default:
		return app.serve(ctx, cli.Serve)
	}
}
