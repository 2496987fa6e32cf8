package form_test

import (
	"io"
	"testing"

	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// What a form takes from the heap is counted, since time cannot be tested on a
// machine that others use. Nothing may creep in that costs half as much again.
func TestWhatAFormTakesFromTheHeap(t *testing.T) {
	f, in, at := hiring(t), good(), now()
	for _, c := range []struct {
		name string
		most float64
		do   func()
	}{
		{"drawing it", 950, func() {
			if err := f.Draw(io.Discard, form.View{Lang: locale.ZH}); err != nil {
				t.Fatal(err)
			}
		}},
		{"drawing it with faults", 1300, func() {
			if err := f.Draw(io.Discard, faulty(f, locale.ZH)); err != nil {
				t.Fatal(err)
			}
		}},
		{"binding and checking it", 200, func() {
			if faults := f.Validate(f.Bind(in, nil), at); len(faults) > 0 {
				t.Fatal(faults)
			}
		}},
	} {
		if got := testing.AllocsPerRun(20, c.do); got > c.most {
			t.Errorf("%s takes %v objects, at most %v are allowed", c.name, got, c.most)
		}
	}
}
