// Bench shows what intake costs beside bare limits, measured in one run.
//
//		go run ./intake/bench [-rounds 5] [-time 3s] [-dir DIR] [-only accept,idle,drain] [-stores sqlite,postgres] [-gate]
//
//	  - accept: durable accepts per second through the whole server (a real
//	    hiring request, with --seal-to, over keep-alive connections on loopback),
//	    at 1, 8 and 64 clients. The limit is the bare store with submissions of
//	    the same sizes, at the same concurrency.
//	  - idle: memory of the server for a connection that waits for its next
//	    request. The limit is a net/http server that does nothing.
//	  - drain: 10,000 mails from the outbox to Postfix's smtp-sink. The limit is
//	    Postfix's smtp-source, which reads and records nothing, over as many
//	    connections.
//
// Contenders run in turn, each round on a new folder, since machines drift.
// Medians are printed. Everything lies on the disk of -dir, by default the
// system's temporary folder: name one on a real disk, since a sync in memory
// costs nothing.
//
// The clients are in this process and share the machine with the server. They
// are as cheap as they can be made: each has one connection and one prepared
// request, in which twenty digits are changed, and looks only for the status
// line and the end of the answer's head. The columns of CPU time say what they
// and the server took. While accepts are measured the relay is down, so that
// nothing is delivered meanwhile; the bare store delivers nothing either.
//
// With -gate it exits with 1 when the server at 64 clients makes less than 0.7
// of the bare store's accepts.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"waijiao/internal/locale"
)

// leastRatio is what -gate demands at the most clients.
const leastRatio = 0.7

// plan is what is to be measured, and how long.
type plan struct {
	lang        locale.Lang
	rounds      int
	time        time.Duration
	mails       int
	connections int
}

func main() {
	p := plan{lang: locale.ForMessages(nil, os.Getenv)}
	flag.IntVar(&p.rounds, "rounds", 5, "how often each contender runs")
	flag.DurationVar(&p.time, "time", 3*time.Second, "how long a contender accepts in each round")
	flag.IntVar(&p.mails, "mails", 10_000, "how many mails are drained")
	flag.IntVar(&p.connections, "connections", 4000, "how many idle connections are opened")
	dir := flag.String("dir", os.TempDir(), "the folder on whose disk everything lies")
	only := flag.String("only", "accept,idle,drain", "what is measured")
	stores := flag.String("stores", "sqlite,postgres", "the stores that are measured")
	gate := flag.Bool("gate", false, "exit with 1 when the server is too slow beside the store")
	bare := flag.Bool("bare", false, "be the bare HTTP server")
	flag.Parse()
	if *bare {
		fail(p.lang, serveNothing())
		return
	}
	ok, err := p.run(*dir, strings.Split(*only, ","), strings.Split(*stores, ","))
	fail(p.lang, err)
	if *gate && !ok {
		fmt.Fprintln(os.Stderr, locale.T("太慢：64个客户端时，至少应达到存储极限的0.7倍", "too slow: at 64 clients at least 0.7 of the bare store is demanded").In(p.lang))
		os.Exit(1)
	}
}

func fail(lang locale.Lang, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %s%v\n", locale.T("无法测量：", "cannot measure: ").In(lang), err)
		os.Exit(2)
	}
}

func (p plan) say(zh, en string, args ...any) {
	fmt.Print(locale.Tf(zh, en, args...).In(p.lang))
}

func (p plan) run(dir string, only, stores []string) (ok bool, err error) {
	if dir, err = os.MkdirTemp(dir, "waijiao-bench-"); err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	h, err := newHouse(dir)
	if err != nil {
		return false, err
	}
	p.say("文件系统 %s，%d 个处理器，当前负载 %s\n", "file system %s, %d processors, load %s\n", fileSystem(dir), runtime.NumCPU(), machineLoad())
	ok = true
	if slices.Contains(only, "accept") {
		for _, kind := range stores {
			good, err := p.accepts(h, kind)
			if err != nil {
				return false, fmt.Errorf("%s: %w", kind, err)
			}
			ok = ok && good
		}
	}
	if slices.Contains(only, "idle") {
		if err := p.idle(h); err != nil {
			return false, err
		}
	}
	if slices.Contains(only, "drain") {
		for _, kind := range stores {
			if err := p.drain(h, kind); err != nil {
				return false, fmt.Errorf("%s: %w", kind, err)
			}
		}
	}
	p.say("\n结束时负载 %s\n", "\nload at the end %s\n", machineLoad())
	return ok, nil
}

// machineLoad is the system's load of the last minutes: on a busy machine no
// number here means much.
func machineLoad() string {
	b, err := os.ReadFile("/proc/loadavg")
	fields := strings.Fields(string(b))
	if err != nil || len(fields) < 3 {
		return "?"
	}
	return strings.Join(fields[:3], " ")
}

// fileSystem names what a folder lies on.
func fileSystem(dir string) string {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return "?"
	}
	name, known := map[int64]string{0xef53: "ext4", 0x58465342: "xfs", 0x9123683e: "btrfs", 0x01021994: "tmpfs", 0x794c7630: "overlay", 0x2fc12fc1: "zfs"}[int64(fs.Type)]
	if !known {
		name = fmt.Sprintf("%#x", fs.Type)
	}
	return name + " (" + filepath.Dir(dir) + ")"
}

func median[T int64 | float64 | time.Duration](list []T) T {
	list = slices.Clone(list)
	slices.Sort(list)
	return list[len(list)/2]
}
