// Bench shows what a build costs beside the bare limit: reading the same
// texts, converting them with goldmark and writing them, and nothing else.
//
//	go run ./generator/bench [-n 5000] [-rounds 5] [-gate]
//
// It makes n documents in each language from a fixed seed, between 3 and 5 KB
// each, adds them to a copy of content/, and lets the two contenders run in
// turn, each as a process of its own and into an empty folder, since machines
// drift. It prints medians. On memory (/dev/shm) where there is room: on a slow
// disk the writing weighs more than all else, for everybody.
//
// With -gate it exits with 1 when the build takes more than twice the limit's
// time or more than 400 MB.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"

	"waijiao/internal/locale"
)

// What -gate allows.
const (
	mostRatio  = 2.0
	mostMemory = 400 << 20 // bytes
)

func main() {
	n := flag.Int("n", 5000, "documents in each language")
	rounds := flag.Int("rounds", 5, "how often each contender runs")
	gate := flag.Bool("gate", false, "exit with 1 when the build costs too much")
	content := flag.String("content", "content", "the content folder to add the documents to")
	asLimit := flag.String("limit", "", "be the bare limit: convert the texts in this folder")
	out := flag.String("out", "", "with -limit: where to write")
	flag.Parse()
	lang := locale.ForMessages(nil, os.Getenv)
	if *asLimit != "" {
		if err := limit(*asLimit, *out); err != nil {
			fail(lang, err)
		}
		return
	}
	ok, err := bench(lang, *content, *n, *rounds)
	if err != nil {
		fail(lang, err)
	}
	if *gate && !ok {
		fmt.Fprintln(os.Stderr, locale.T("超过了上限：时间至多为极限的 2 倍，内存至多 400 MB",
			"too much: at most 2 times the limit's time and 400 MB of memory are allowed").In(lang))
		os.Exit(1)
	}
}

func fail(lang locale.Lang, err error) {
	fmt.Fprintf(os.Stderr, "bench: %s%v\n", locale.T("无法测量：", "cannot measure: ").In(lang), err)
	os.Exit(2)
}

// room is how much memory the folders of a run take, generously.
func room(n int) uint64 { return uint64(n) * 400 << 10 }

// workplace makes a temporary folder, in memory where there is room.
func workplace(n int) (dir string, inMemory bool, err error) {
	var fs syscall.Statfs_t
	if syscall.Statfs("/dev/shm", &fs) == nil && fs.Bavail*uint64(fs.Bsize) > room(n) {
		if dir, err = os.MkdirTemp("/dev/shm", "waijiao-bench-"); err == nil {
			return dir, true, nil
		}
	}
	dir, err = os.MkdirTemp("", "waijiao-bench-")
	return dir, false, err
}

func bench(lang locale.Lang, content string, n, rounds int) (ok bool, err error) {
	dir, inMemory, err := workplace(n)
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	corpus, generator := filepath.Join(dir, "content"), filepath.Join(dir, "generator")
	if err := os.CopyFS(corpus, os.DirFS(content)); err != nil {
		return false, err
	}
	if err := write(corpus, n); err != nil {
		return false, err
	}
	build := exec.Command("go", "build", "-trimpath", "-o", generator, "./generator")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return false, err
	}
	self, err := os.Executable()
	if err != nil {
		return false, err
	}
	var limits, builds, again []cost
	for range rounds {
		into := func(name string) string { return filepath.Join(dir, name) }
		if err := os.RemoveAll(into("limit")); err != nil {
			return false, err
		}
		if err := os.RemoveAll(into("public")); err != nil {
			return false, err
		}
		for _, run := range []struct {
			list *[]cost
			args []string
		}{
			{&limits, []string{self, "-limit", corpus, "-out", into("limit")}},
			{&builds, []string{generator, "build", "--content", corpus, "--out", into("public"), "--now", "2026-11-20"}},
			{&again, []string{generator, "build", "--content", corpus, "--out", into("public"), "--now", "2026-11-20"}},
		} {
			c, err := measure(run.args)
			if err != nil {
				return false, err
			}
			*run.list = append(*run.list, c)
		}
	}
	l, b, a := median(limits), median(builds), median(again)
	where := locale.T("磁盘", "on disk")
	if inMemory {
		where = locale.T("内存盘", "in memory")
	}
	fmt.Printf(locale.T("%s 份文档（中英文各 %s 份），%s，%d 个处理器，各 %d 轮的中位数\n\n",
		"%s documents (%s in each language), %s, %d processors, medians of %d rounds\n\n").In(lang),
		locale.Number(2*n), locale.Number(n), where.In(lang), runtime.NumCPU(), rounds)
	row := func(name locale.Text, c cost) {
		fmt.Printf("%-24s %7.2f s %7.2f s CPU %6d MB\n", name.In(lang), c.wall.Seconds(), c.cpu.Seconds(), c.memory>>20)
	}
	row(locale.T("极限 limit", "bare limit"), l)
	row(locale.T("生成 build", "build"), b)
	row(locale.T("无变化 unchanged", "build, nothing changed"), a)
	ratio := b.wall.Seconds() / l.wall.Seconds()
	fmt.Printf("%-24s %7.2f   %7.2f CPU\n", locale.T("比值 ratio", "ratio").In(lang), ratio, b.cpu.Seconds()/l.cpu.Seconds())
	return ratio <= mostRatio && b.memory <= mostMemory, nil
}

// cost is what one process took.
type cost struct {
	wall, cpu time.Duration
	memory    int64 // bytes, at its largest
}

func measure(args []string) (cost, error) {
	cmd := exec.Command(args[0], args[1:]...)
	start := time.Now()
	said, err := cmd.CombinedOutput()
	wall := time.Since(start)
	if err != nil {
		return cost{}, fmt.Errorf("%v: %w\n%s", args, err, said[max(0, len(said)-2000):])
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return cost{wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), usage.Maxrss << 10}, nil
}

// median takes each measure by itself.
func median(list []cost) cost {
	mid := func(less func(a, b cost) int) cost {
		slices.SortFunc(list, less)
		return list[len(list)/2]
	}
	return cost{
		wall:   mid(func(a, b cost) int { return int(a.wall - b.wall) }).wall,
		cpu:    mid(func(a, b cost) int { return int(a.cpu - b.cpu) }).cpu,
		memory: mid(func(a, b cost) int { return int(a.memory - b.memory) }).memory,
	}
}
