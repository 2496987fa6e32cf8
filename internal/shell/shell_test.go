package shell_test

import (
	"testing"

	"waijiao/internal/shell"
)

func TestFillReplacesMarksAndContent(t *testing.T) {
	page := []byte("<head>" + shell.Mark(shell.Title, "<title>a</title>") + "</head><main>" + shell.Mark(shell.Form, "<form></form>") + "</main>")
	out, err := shell.Fill(page, map[shell.Region][]byte{shell.Title: []byte("<title>b</title>"), shell.Form: []byte("<p>$1</p>")})
	if err != nil {
		t.Fatal(err)
	}
	if want := "<head><title>b</title></head><main><p>$1</p></main>"; string(out) != want {
		t.Errorf("got %s", out)
	}
}

func TestFillRefusesAPageWithoutTheRegion(t *testing.T) {
	for _, page := range []string{"", "<!--waijiao:form-->", "<!--/waijiao:form--><!--waijiao:form-->"} {
		if _, err := shell.Fill([]byte(page), map[shell.Region][]byte{shell.Form: nil}); err == nil {
			t.Errorf("%q was filled", page)
		}
	}
}
