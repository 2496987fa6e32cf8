// Package shell marks the regions of a published page that intake fills in
// later, and fills them. A region stands between two HTML comments:
//
//	<!--waijiao:form-->…<!--/waijiao:form-->
//
// The generator writes the marks with Mark; intake replaces what stands between
// them with Fill. The marks go with what they enclose, so that a page that was
// filled shows no trace of them.
package shell

import (
	"bytes"
	"fmt"
)

// Region names a region of a page.
type Region string

// The regions. Title is the whole title element (comments would be shown
// inside it); Form is the place of a form; Main is the whole of main's content
// in the page that carries receipts and errors.
const (
	Title Region = "title"
	Form  Region = "form"
	Main  Region = "main"
)

func begin(r Region) string  { return "<!--waijiao:" + string(r) + "-->" }
func finish(r Region) string { return "<!--/waijiao:" + string(r) + "-->" }

// Mark encloses html in the marks of the region.
func Mark(r Region, html string) string { return begin(r) + html + finish(r) }

// Fill returns page with each region's marks and content replaced. A region
// that the page lacks, or has without an end, is an error: the page and the
// program do not belong together.
func Fill(page []byte, regions map[Region][]byte) ([]byte, error) {
	out := page
	for r, html := range regions {
		before, rest, ok := bytes.Cut(out, []byte(begin(r)))
		if !ok {
			return nil, fmt.Errorf("the page has no region %q", r)
		}
		_, after, ok := bytes.Cut(rest, []byte(finish(r)))
		if !ok {
			return nil, fmt.Errorf("the region %q has no end", r)
		}
		out = bytes.Join([][]byte{before, html, after}, nil)
	}
	return out, nil
}
