// Command gotest reads the output of `go test -json` and prints what a person
// wants of it: a line for each package, the whole output of each test that
// failed, and the name of each test that skipped itself. It exits with 1 if
// anything failed or nothing ran, and with -strict also if anything was skipped.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	strict := flag.Bool("strict", false, "fail if a test skipped itself")
	flag.Parse()
	ok, err := report(os.Stdin, os.Stdout, *strict)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// event is a line of `go test -json` (go doc test2json) or `go build -json`.
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Elapsed    float64
	Output     string
}

type test struct{ pkg, name string }

// report reads events from r, writes the digest to w and tells whether the run
// was good. A line that is no event is passed on as it stands.
func report(r io.Reader, w io.Writer, strict bool) (bool, error) {
	output := map[test][]string{}
	var skipped []test
	passed, failed := 0, 0
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) != nil {
				fmt.Fprint(w, line)
				continue
			}
			at := test{e.Package, e.Test}
			switch e.Action {
			case "output":
				output[at] = append(output[at], e.Output)
			case "build-output":
				fmt.Fprint(w, e.Output)
			case "build-fail":
				failed++
			case "pass":
				if e.Test == "" {
					fmt.Fprintf(w, "ok    %s %.1fs\n", e.Package, e.Elapsed)
				} else {
					passed++
				}
				delete(output, at)
			case "skip":
				if e.Test != "" {
					skipped = append(skipped, at)
				}
				delete(output, at)
			case "fail":
				failed++
				for _, text := range output[at] {
					fmt.Fprint(w, text)
				}
				if e.Test == "" {
					fmt.Fprintf(w, "FAIL  %s %.1fs\n", e.Package, e.Elapsed)
				}
				delete(output, at)
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return false, err
		}
	}
	for _, s := range skipped {
		fmt.Fprintf(w, "skipped: %s %s\n", s.pkg, s.name)
	}
	fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", passed, failed, len(skipped))
	return failed == 0 && passed > 0 && !(strict && len(skipped) > 0), nil
}
