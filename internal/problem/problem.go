// Package problem is what both programs say when something in the content is
// wrong: where it is, what it is, and how to mend it, in both languages for
// people and as a code for machines.
//
// A Problem is a value. Whoever finds one appends it to a List and goes on, so
// that an editor sees all mistakes at once; whoever talks to the editor sorts
// the list and writes it with List.Write (for people) or json.Marshal (for
// machines).
package problem

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"waijiao/internal/locale"
)

// Severity says whether a problem stops the build.
type Severity string

// An Error stops the build; a Warning is told and the build goes on.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Problem is one finding.
type Problem struct {
	// Code names the kind of problem for machines, in kebab-case: unknown-key.
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	// File is the path below the content folder, with slashes.
	File string `json:"file"`
	// Line and Column begin at 1; Column counts characters, not bytes. 0 means
	// that the problem concerns the whole file or the whole line.
	Line   int `json:"line"`
	Column int `json:"column"`
	// Message says what is wrong, in one sentence without a full stop.
	Message locale.Text `json:"message"`
	// Hint says how to mend it.
	Hint locale.Text `json:"hint"`
	// Source is the offending line as it stands in the file, or empty.
	Source string `json:"-"`
}

// List is the problems of one run.
type List []Problem

// Errors counts the problems that stop a build.
func (l List) Errors() int {
	n := 0
	for _, p := range l {
		if p.Severity == Error {
			n++
		}
	}
	return n
}

// OnlyErrors returns the problems that stop a build.
func (l List) OnlyErrors() List {
	return slices.DeleteFunc(slices.Clone(l), func(p Problem) bool { return p.Severity != Error })
}

// Sort orders the list by file, line, column and code, and drops repetitions,
// so that the same content gives the same list.
func (l List) Sort() List {
	slices.SortStableFunc(l, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message.EN, b.Message.EN))
	})
	return slices.CompactFunc(l, func(a, b Problem) bool {
		return a.File == b.File && a.Line == b.Line && a.Column == b.Column && a.Code == b.Code && a.Message == b.Message
	})
}

// Locate fills in the line, column and source line of the byte at offset in
// src, the content of the file. firstLine is the number of src's first line
// (1 for a whole file).
func (p Problem) Locate(src []byte, offset, firstLine int) Problem {
	offset = min(max(offset, 0), len(src))
	start := bytes.LastIndexByte(src[:offset], '\n') + 1
	end := len(src)
	if i := bytes.IndexByte(src[offset:], '\n'); i >= 0 {
		end = offset + i
	}
	p.Line = firstLine + bytes.Count(src[:start], []byte{'\n'})
	p.Column = utf8.RuneCount(src[start:offset]) + 1
	p.Source = strings.TrimRight(string(src[start:end]), "\r")
	return p
}

// Place writes file:line:column as far as they are known.
func (p Problem) Place() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Write writes the list for people in the language l: place, severity, message
// and code on the first line, then the offending line with a mark under its
// column, then how to mend it.
func (l List) Write(w io.Writer, lang locale.Lang) error {
	var b strings.Builder
	for _, p := range l {
		word := locale.T("错误", "error")
		if p.Severity == Warning {
			word = locale.T("提醒", "warning")
		}
		fmt.Fprintf(&b, "%s: %s: %s [%s]\n", p.Place(), word.In(lang), p.Message.In(lang), p.Code)
		if p.Source != "" {
			line, at := excerpt(p.Source, p.Column)
			num := fmt.Sprint(p.Line)
			fmt.Fprintf(&b, "  %s | %s\n", num, line)
			if p.Column > 0 {
				fmt.Fprintf(&b, "  %s | %s^\n", strings.Repeat(" ", len(num)), strings.Repeat(" ", at))
			}
		}
		if !p.Hint.IsZero() {
			fmt.Fprintf(&b, "  %s%s\n", locale.T("→ ", "→ ").In(lang), p.Hint.In(lang))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// excerpt cuts a long line to the part around the column and returns it with
// the number of terminal cells before that column. Han characters and full
// width forms take two cells.
func excerpt(line string, column int) (string, int) {
	const before, after = 40, 60
	runes := []rune(strings.ReplaceAll(line, "\t", " "))
	at := min(max(column-1, 0), len(runes))
	from, to := 0, len(runes)
	if at > before {
		from = at - before
	}
	if to-at > after {
		to = at + after
	}
	cells := 0
	for _, r := range runes[from:at] {
		if wide(r) {
			cells++
		}
		cells++
	}
	out := string(runes[from:to])
	if from > 0 {
		out = "…" + out
		cells++
	}
	if to < len(runes) {
		out += "…"
	}
	return out, cells
}

// wide tells whether a terminal draws r over two cells (East Asian Width W or
// F, UAX #11, for the ranges that content in Chinese and English uses).
func wide(r rune) bool {
	return r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe4f || r >= 0xff00 && r <= 0xff60 ||
		r >= 0xffe0 && r <= 0xffe6 || r >= 0x1f300 && r <= 0x1faff || r >= 0x20000 && r <= 0x3fffd)
}
