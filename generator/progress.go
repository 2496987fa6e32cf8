package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"waijiao/internal/locale"

	"golang.org/x/term"
)

// progress shows on a terminal what a long run is doing, on one line that is
// gone when the run ends. A short run shows nothing, nor does one whose output
// nobody watches.
type progress struct {
	w     io.Writer
	lang  locale.Lang
	wait  time.Duration // before anything is shown
	what  atomic.Pointer[locale.Text]
	count atomic.Int64
	stop  chan struct{}
	done  sync.WaitGroup
}

const refresh = 150 * time.Millisecond // between two looks

func (a *app) progress() *progress {
	p := &progress{w: a.stderr, lang: a.lang, wait: a.patience}
	if f, ok := a.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.stop = make(chan struct{})
	}
	return p
}

// phase says what is being done from now on. The first one begins the watch,
// so that there is always something to show.
func (p *progress) phase(what locale.Text) {
	first := p.what.Swap(&what) == nil
	p.count.Store(0)
	if first && p.stop != nil {
		p.done.Go(p.show)
	}
}

// step counts one page more.
func (p *progress) step() { p.count.Add(1) }

// end wipes the line.
func (p *progress) end() {
	if p.stop != nil {
		close(p.stop)
		p.done.Wait()
		p.stop = nil
	}
}

func (p *progress) show() {
	const wipe = "\r\x1b[K" // ECMA-48: to the line's begin, erase to its end
	wait, shown := p.wait, false
	for {
		select {
		case <-p.stop:
			if shown {
				fmt.Fprint(p.w, wipe)
			}
			return
		case <-time.After(wait):
		}
		wait, shown = refresh, true
		line := p.what.Load().In(p.lang)
		if n := p.count.Load(); n > 0 {
			line += fmt.Sprintf(" %s", locale.Number(int(n)))
		}
		fmt.Fprint(p.w, wipe+line+" …")
	}
}
