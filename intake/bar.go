package main

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar shows on a terminal how far a long command has come; elsewhere nothing.
// total is -1 where nobody knows.
func (w *world) bar(total int) *progressbar.ProgressBar {
	to := io.Discard
	if f, ok := w.errOut.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		to = f
	}
	return progressbar.NewOptions(total, progressbar.OptionSetWriter(to), progressbar.OptionClearOnFinish(), progressbar.OptionShowCount(),
		progressbar.OptionSetRenderBlankState(true))
}
