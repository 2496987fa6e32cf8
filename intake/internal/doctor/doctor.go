// Package doctor looks at everything that a running intake depends on, and
// says what is amiss and how to mend it:
//
//	var r doctor.Report
//	r.Add(doctor.Disk(dir)...)
//	r.Add(doctor.Names{Resolver: resolver, From: from}.Check(ctx)...)
//	r.Write(os.Stdout, locale.EN)
//	failed := r.Failed()
//
// Each function is one examination and returns one Finding or a few. Nothing
// is changed by any of them: they read, ask, and leave as they came. The only
// writes are a counter in the store and a file in the data folder that is
// removed at once, since that a disk takes writes can only be seen by writing.
//
// No finding holds personal data or a secret: reference numbers, public keys
// and the operator's own settings only.
package doctor

import (
	"fmt"
	"io"
	"strings"

	"waijiao/internal/locale"
)

// Level says how bad a finding is.
type Level string

// The levels. A warning can wait and may be meant; with a problem something
// does not work, or is not safe.
const (
	OK      Level = "ok"
	Warning Level = "warning"
	Problem Level = "problem"
)

// Finding is what an examination found. Mend is empty where all is well.
type Finding struct {
	Name  string // of the examination, for machines: store, dns, …
	Level Level
	What  locale.Text
	Mend  locale.Text
}

// Fault makes a finding of what is wrong before anything can be examined, such
// as a flag that means nothing.
func Fault(name string, what locale.Text) Finding { return Finding{name, Problem, what, locale.Text{}} }

func fine(name string, what locale.Text) Finding        { return Finding{name, OK, what, locale.Text{}} }
func warn(name string, what, mend locale.Text) Finding  { return Finding{name, Warning, what, mend} }
func wrong(name string, what, mend locale.Text) Finding { return Finding{name, Problem, what, mend} }

// Report collects findings.
type Report struct{ Findings []Finding }

// Add adds findings.
func (r *Report) Add(f ...Finding) { r.Findings = append(r.Findings, f...) }

// Count is how many findings are of a level.
func (r *Report) Count(l Level) int {
	n := 0
	for _, f := range r.Findings {
		if f.Level == l {
			n++
		}
	}
	return n
}

// Failed tells whether there is a problem.
func (r *Report) Failed() bool { return r.Count(Problem) > 0 }

// Write writes the report for people.
func (r *Report) Write(w io.Writer, l locale.Lang) {
	for _, f := range r.Findings {
		fmt.Fprintf(w, "%s %-12s %s\n", f.Level.words().In(l), f.Name, f.What.In(l))
		if !f.Mend.IsZero() {
			fmt.Fprintf(w, "%s%s\n", strings.Repeat(" ", 9), f.Mend.In(l))
		}
	}
	fmt.Fprintln(w, locale.Tf("%s个问题，%s处需要注意。", "Problems: %s. Warnings: %s.", locale.Number(r.Count(Problem)), locale.Number(r.Count(Warning))).In(l))
}

// words are all of the same width, in Chinese as in English.
func (l Level) words() locale.Text {
	switch l {
	case Problem:
		return locale.T("【问题】", "PROBLEM ")
	case Warning:
		return locale.T("【注意】", "warning ")
	}
	return locale.T("【正常】", "ok      ")
}

// Line is a finding in JSON.
type Line struct {
	Name  string `json:"name"`
	Level Level  `json:"level"`
	What  string `json:"what"`
	Mend  string `json:"mend,omitempty"`
}

// Lines is the report for programs, its texts in the language.
func (r *Report) Lines(l locale.Lang) []Line {
	out := []Line{}
	for _, f := range r.Findings {
		out = append(out, Line{f.Name, f.Level, f.What.In(l), f.Mend.In(l)})
	}
	return out
}
