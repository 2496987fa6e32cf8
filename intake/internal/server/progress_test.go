package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/outbox"
	"waijiao/internal/form"
	"waijiao/internal/locale"
	"waijiao/internal/shell"
)

// framed gives the bench the published frame of its own pages.
func (b *bench) framed(t *testing.T) *bench {
	t.Helper()
	for _, l := range locale.Langs() {
		dir := filepath.Join(b.Site, filepath.FromSlash(l.Path("/forms/shell")))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		page := `<html lang="` + l.Tag() + `"><head>` + shell.Mark(shell.Title, "<title>Forms – Site &amp; Co</title>") + `</head><body><a href="` + l.Other().Path("/forms/shell/") + `">switch</a>` + shell.Mark(shell.Main, "frame") + `</body></html>`
		if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// accepted puts a form into the outbox; an empty address is none.
func (b *bench) accepted(t *testing.T, address, held string) string {
	t.Helper()
	f := b.definition(t)
	a := form.Answers{Values: map[string][]string{}, Files: map[string][]form.File{}}
	if address != "" {
		a.Values["email"] = []string{address}
	}
	sub, _, err := b.Desk.Accept(context.Background(), desk.Sending{Form: f, Answers: a, Lang: locale.EN, Held: held})
	if err != nil {
		t.Fatal(err)
	}
	return sub.Reference
}

func (b *bench) definition(t *testing.T) *form.Form {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(b.Site, "forms/x/form.json"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := form.Decode(src)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (b *bench) ask(method, path string, values url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(values.Encode()))
	r.RemoteAddr = "127.0.0.1:1000" // which no limit is for
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func (b *bench) stands(t *testing.T, reference string) outbox.Entry {
	t.Helper()
	e, err := b.box.Look(context.Background(), reference)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// end ends each mail that is due, and says whether it was delivered.
func (b *bench) end(t *testing.T, delivered func(outbox.Message) bool) {
	t.Helper()
	ctx, now := context.Background(), b.Desk.Now()
	all, err := b.box.Next(ctx, now, now.Add(time.Minute), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if delivered(m) {
			err = b.box.Done(ctx, m)
		} else {
			err = b.box.Dead(ctx, m, "550 no", nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// has checks what a page says; what begins with a minus it must not say.
func has(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if unwanted, minus := strings.CutPrefix(s, "-"); minus == strings.Contains(page, unwanted) {
			t.Errorf("%q in\n%s", s, page)
		}
	}
}

func TestThePageOfEachState(t *testing.T) {
	b := newBench(t).framed(t)
	all := func(outbox.Message) bool { return true }
	mark := func(to outbox.Status) func(string) {
		return func(ref string) {
			b.end(t, all)
			if _, err := b.Desk.Mark(context.Background(), ref, to, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		held   string
		then   func(ref string)
		person []string
		office []string
	}{
		"held":     {"trap", nil, []string{"Received, to be checked", "What happens next", "Once it has been checked, a receipt goes to s•••@example.org"}, []string{"intake release HZ-", "-<form"}},
		"queued":   {"", nil, []string{"Received, being passed on", "What happens next", "A receipt goes to s•••@example.org"}, []string{"<form", "f-note"}},
		"passed":   {"", func(string) { b.end(t, all) }, []string{"<dd>Passed on</dd>", "What happens next", "A receipt has been sent to s•••@example.org", "/en/forms/status/"}, []string{"<form"}},
		"handling": {"", mark(outbox.Handling), []string{"Your form is being handled", "Last change", "What happens next"}, []string{"<dd>Being handled</dd>", "<form"}},
		"answered": {"", mark(outbox.Answered), []string{"Your form has been answered", "-What happens next"}, []string{"<dd>Answered</dd>", "<form"}},
		"closed":   {"", mark(outbox.Closed), []string{"Your form has been closed", "Record kept until", "-What happens next"}, []string{"can no longer be changed", "-<form"}},
		"dead": {"", func(string) { b.end(t, func(m outbox.Message) bool { return m.Kind != outbox.ToOffice }) },
			[]string{"form-alert", "Please contact us", "need not fill it in again", "-What happens next"}, []string{"not passed on", "<form"}},
		"receipt refused": {"", func(string) { b.end(t, func(m outbox.Message) bool { return m.Kind == outbox.ToOffice }) },
			[]string{"could not be delivered to s•••@example.org", "Passed on"}, []string{"<form"}},
	} {
		t.Run(name, func(t *testing.T) {
			ref := b.accepted(t, "sample@example.org", c.held)
			if c.then != nil {
				c.then(ref)
			}
			before := b.stands(t, ref)
			w := b.ask("GET", b.Desk.Path(desk.Person, ref, locale.EN), nil)
			has(t, w.Body.String(), append(c.person, ref, "-sample@", "-/forms/office/", `href="`+b.Desk.Path(desk.Person, ref, locale.ZH)+`"`, "– Site &amp; Co</title>")...)
			has(t, b.ask("GET", b.Desk.Path(desk.Officer, ref, locale.EN), nil).Body.String(), append(c.office, ref, "-sample@", "-s•••", "-/forms/receipt/")...)
			// The Chinese page has the same parts and no English.
			zh := b.ask("GET", b.Desk.Path(desk.Person, ref, locale.ZH), nil).Body.String()
			has(t, zh, ref, "进度", "-Progress", "-Received", "-receipt goes", "-form has")
			for _, path := range []string{b.Desk.Path(desk.Person, ref, locale.EN), b.Desk.Path(desk.Officer, ref, locale.EN)} {
				for _, method := range []string{"GET", "HEAD"} {
					w := b.ask(method, path, nil)
					if w.Code != 200 || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Robots-Tag") != "noindex" || (method == "HEAD") != (w.Body.Len() == 0) {
						t.Errorf("%s %s: %d %v, %d bytes", method, path, w.Code, w.Header(), w.Body.Len())
					}
				}
			}
			if after := b.stands(t, ref); after.Status != before.Status || !after.Changed.Equal(before.Changed) || len(after.Mails) != len(before.Mails) {
				t.Errorf("looking changed %+v to %+v", before, after)
			}
			// Number and address say the same.
			w = b.ask("POST", "/en/forms/status/", url.Values{"reference": {strings.ToLower(ref)}, "email": {"SAMPLE@example.org"}})
			if w.Code != 200 {
				t.Errorf("progress: %d", w.Code)
			}
			has(t, w.Body.String(), `id="found"`, stageOf(before).short.EN, "-/forms/receipt/", "-/forms/office/", "-error-summary", "-SAMPLE", `href="/forms/status/?reference=`+ref+`"`)
		})
	}
}

// Whoever guesses learns nothing: neither whether the number exists, nor
// whether the address is right.
func TestPairsThatDoNotMatchGetOneAnswer(t *testing.T) {
	b := newBench(t).framed(t)
	ref, other := b.accepted(t, "sample@example.org", ""), b.accepted(t, "other@example.org", "")
	const unknown = "HZ-3333-3333-3"
	var first string
	for _, pair := range [][2]string{{ref, "other@example.org"}, {other, "sample@example.org"}, {unknown, "sample@example.org"}, {unknown, "nobody@example.org"}} {
		w := b.ask("POST", "/forms/status/", url.Values{"reference": {pair[0]}, "email": {pair[1]}})
		page := strings.NewReplacer(pair[0], "NUMBER", pair[1], "ADDRESS").Replace(w.Body.String())
		if first == "" {
			first = page
		}
		if w.Code != 422 || page != first {
			t.Errorf("%v: %d\n%s\nand before\n%s", pair, w.Code, page, first)
		}
	}
	has(t, first, "没有找到", `value="NUMBER"`, `value="ADDRESS"`, `href="#f-reference"`, `href="#f-email"`, "-收到时间")
}

func TestWhatIsTypedForTheProgressIsJudgedAtItsField(t *testing.T) {
	b := newBench(t).framed(t)
	link := regexp.MustCompile(`<li><a href="#([^"]+)">`)
	for name, c := range map[string]struct {
		reference, email string
		want             string
	}{
		"nothing":            {"", "  ", "f-reference f-email"},
		"no number":          {"", "sample@example.org", "f-reference"},
		"no address":         {"HZ-3333-3333-3", "", "f-email"},
		"half a number":      {"HZ-3333", "sample@example.org", "f-reference"},
		"a misread number":   {"HZ-3333-3333-4", "sample@example.org", "f-reference"},
		"not an address":     {"HZ-3333-3333-3", "sample", "f-email"},
		"markup":             {`"><script>`, `"><b>@`, "f-reference"},
		"a number as a file": {"/forms/shell/", "@", "f-reference"},
	} {
		w := b.ask("POST", "/en/forms/status/", url.Values{"reference": {c.reference}, "email": {c.email}})
		var at []string
		for _, m := range link.FindAllStringSubmatch(w.Body.String(), -1) {
			at = append(at, m[1])
		}
		if got := strings.Join(at, " "); w.Code != 422 || got != c.want {
			t.Errorf("%s: %d, faults at %q, want %q", name, w.Code, got, c.want)
		}
		has(t, w.Body.String(), "<title>Error: ", "autofocus", "-<script>", "-\"><b>")
		if c.reference == "/forms/shell/" {
			has(t, w.Body.String(), `value="/forms/shell/"`)
		}
	}
	has(t, b.ask("GET", "/forms/status/?reference=hz33333333%203", nil).Body.String(), `value="HZ-3333-3333-3"`, "-error-summary", `href="/en/forms/status/?reference=HZ-3333-3333-3"`)
	has(t, b.ask("GET", `/forms/status/?reference="><b>&email=a@example.org`, nil).Body.String(), `name="reference" type="text"`, "-<b>", "-a@example.org")
}

func TestBodiesThatThePagesOfProgressDoNotTake(t *testing.T) {
	b := newBench(t).framed(t)
	office := b.Desk.Path(desk.Officer, b.accepted(t, "sample@example.org", ""), locale.EN)
	for _, path := range []string{"/en/forms/status/", office} {
		for name, c := range map[string]struct {
			kind, body string
			want       int
		}{
			"JSON":        {"application/json", "{}", 415},
			"multipart":   {"multipart/form-data; boundary=x", "--x--\r\n", 415},
			"no type":     {"", "a=b", 415},
			"too long":    {"application/x-www-form-urlencoded", "note=" + strings.Repeat("x", 65<<10), 413},
			"not a query": {"application/x-www-form-urlencoded", "a=%zz", 400},
		} {
			r := httptest.NewRequest("POST", path, strings.NewReader(c.body))
			r.RemoteAddr = "127.0.0.1:1000"
			if c.kind != "" {
				r.Header.Set("Content-Type", c.kind)
			}
			w := httptest.NewRecorder()
			b.ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("%s, %s: %d, want %d\n%s", path, name, w.Code, c.want, w.Body)
			}
		}
	}
}

func TestAnOfficerMarksOnce(t *testing.T) {
	b := newBench(t).framed(t)
	ref := b.accepted(t, "sample@example.org", "")
	b.end(t, func(outbox.Message) bool { return true })
	path := b.Desk.Path(desk.Officer, ref, locale.EN)
	hidden := func() string {
		return regexp.MustCompile(`name="seen" value="([^"]*)"`).FindStringSubmatch(b.ask("GET", path, nil).Body.String())[1]
	}
	notes := func() (n int) {
		for _, m := range b.stands(t, ref).Mails {
			if m.Kind == outbox.Note {
				n++
			}
		}
		return n
	}
	seen := hidden()
	for name, c := range map[string]struct {
		values url.Values
		says   []string
	}{
		"nothing chosen": {url.Values{"seen": {seen}, "note": {"kept </textarea>"}}, []string{`href="#f-status-1"`, "kept &lt;/textarea&gt;", `id="f-status-1-error"`}},
		"no such status": {url.Values{"seen": {seen}, "status": {"held"}}, []string{`href="#f-status-1"`}},
		"a long note":    {url.Values{"seen": {seen}, "status": {"answered"}, "note": {strings.Repeat("字", noteLimit+1)}}, []string{`href="#f-note"`, `value="answered" aria-describedby="f-status-2-hint" checked`, "2,001"}},
	} {
		w := b.ask("POST", path, c.values)
		if w.Code != 422 || notes() != 0 || b.stands(t, ref).Status != outbox.Received {
			t.Errorf("%s: %d, %d notes", name, w.Code, notes())
		}
		has(t, w.Body.String(), append(c.says, "<title>Error: ", "Not saved yet")...)
	}

	values := url.Values{"seen": {seen}, "status": {"handling"}, "note": {"We are on it.\u202e\r\nThank you.\x07"}}
	w := b.ask("POST", path, values)
	stored := w.Header().Get("Location")
	if w.Code != 303 || notes() != 1 || b.stands(t, ref).Status != outbox.Handling {
		t.Fatalf("%d, %d notes\n%s", w.Code, notes(), w.Body)
	}
	has(t, b.ask("GET", stored, nil).Body.String(), "Saved: Being handled.", "Your note goes to the submitter", "<dd>1 on the way</dd>")
	w = b.ask("POST", path, values)
	if w.Code != 409 || notes() != 1 {
		t.Errorf("sent twice: %d, %d notes", w.Code, notes())
	}
	has(t, w.Body.String(), "The progress has changed", "We are on it.", "checked", `value="`+hidden()+`"`)

	b.end(t, func(outbox.Message) bool { return true })
	if w := b.ask("POST", path, url.Values{"seen": {hidden()}, "status": {"closed"}}); w.Code != 303 {
		t.Fatalf("closing: %d\n%s", w.Code, w.Body)
	}
	has(t, b.ask("GET", stored, nil).Body.String(), "-Stored:", "can no longer be changed", "<dd>1 sent</dd>")
	if w := b.ask("POST", path, url.Values{"seen": {seen}, "status": {"answered"}}); w.Code != 409 || b.stands(t, ref).Status != outbox.Closed {
		t.Errorf("closed and marked again: %d", w.Code)
	}
}

func TestALinkServesItsRoleOnly(t *testing.T) {
	b := newBench(t).framed(t)
	ref := b.accepted(t, "sample@example.org", "")
	person, officer := b.Desk.Capability(desk.Person, ref), b.Desk.Capability(desk.Officer, ref)
	var first string
	for _, path := range []string{"/forms/office/" + person + "/", "/forms/receipt/" + officer + "/", "/forms/receipt/" + ref + "/", "/forms/office/" + ref + ".x/",
		"/forms/office/" + b.Desk.Capability(desk.Officer, "HZ-3333-3333-3") + "/"} {
		w := b.ask("GET", path, nil)
		if first == "" {
			first = w.Body.String()
		}
		if w.Code != 404 || w.Body.String() != first || w.Header().Get("X-Robots-Tag") != "noindex" {
			t.Errorf("%s: %d\n%s", path, w.Code, w.Body)
		}
	}
	has(t, first, "这个链接打不开", "This link does not lead anywhere", "-"+ref)
	if w := b.ask("POST", "/forms/office/"+person+"/", url.Values{"status": {"closed"}}); w.Code != 404 || b.stands(t, ref).Status != outbox.Received {
		t.Errorf("marked by the person's link: %d", w.Code)
	}
}

// unread is an outbox that cannot be read.
type unread struct{ desk.Box }

func (unread) Look(context.Context, string) (outbox.Entry, error) {
	return outbox.Entry{}, context.DeadlineExceeded
}

func TestAFaultOfTheStoreIsNoLossOfTheForm(t *testing.T) {
	b := newBench(t).framed(t)
	ref := b.accepted(t, "sample@example.org", "")
	b.Desk.Box = unread{b.box}
	for _, w := range []*httptest.ResponseRecorder{
		b.ask("GET", b.Desk.Path(desk.Person, ref, locale.EN), nil), b.ask("GET", b.Desk.Path(desk.Officer, ref, locale.EN), nil),
		b.ask("POST", "/en/forms/status/", url.Values{"reference": {ref}, "email": {"sample@example.org"}}),
	} {
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("%d %v", w.Code, w.Header())
		}
		has(t, w.Body.String(), "Forms that have been sent are not affected", "-has not been accepted")
	}
}
