package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"waijiao/internal/locale"
)

// links are the secret links of the person and of the officer, as the mails
// tell them.
func (h *house) links() (person, officer string) {
	h.t.Helper()
	for _, m := range h.mails(2) {
		text := decoded(h.t, m)
		if at := regexp.MustCompile(`/forms/office/[^/\s"<]+/`).FindString(text); at != "" {
			officer = at
		} else {
			person = regexp.MustCompile(`/forms/receipt/[^/\s"<]+/`).FindString(text)
		}
	}
	if person == "" || officer == "" {
		h.t.Fatalf("no links: %q %q", person, officer)
	}
	return person, officer
}

// told is everything of an answer but the time.
func told(a answer) string {
	header := maps.Clone(a.Header)
	header.Del("Date")
	return fmt.Sprint(a.StatusCode, header, a.body)
}

const typed = "application/x-www-form-urlencoded"

func TestALinkThatIsNearlyRightIsNone(t *testing.T) {
	h := open(t)
	h.send(page, good(h.shown(page)), letter())
	person, officer := h.links()
	const chars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
	for _, link := range []string{person, officer} {
		role := link[:strings.LastIndex(strings.TrimSuffix(link, "/"), "/")+1]
		if a := h.get(link); a.StatusCode != 200 {
			t.Fatalf("the link itself: %d", a.StatusCode)
		}
		nonsense := told(h.get(role + "nonsense/"))
		capability := strings.TrimSuffix(strings.TrimPrefix(link, role), "/")
		var false []string
		for i := range capability {
			next := chars[(strings.IndexByte(chars, capability[i])+1)%len(chars)]
			false = append(false, capability[:i]+string(next)+capability[i+1:], capability[:i]+capability[i+1:], capability[:i]+string(capability[i])+capability[i:])
		}
		last := len(capability) - 1
		for _, c := range chars { // the last character has bits that base64 does not need
			if byte(c) != capability[last] {
				false = append(false, capability[:last]+string(c))
			}
		}
		reference, mac, _ := strings.Cut(capability, ".")
		false = append(false, strings.ToLower(capability), strings.ToUpper(capability), capability+"=", capability+".", "."+mac, reference, reference+".", strings.ReplaceAll(reference, "-", "")+"."+mac, reference+".."+mac, capability+"."+mac, capability+"%00", capability+"%20", "%00"+capability)
		for _, f := range false {
			if a := h.get(role + f + "/"); told(a) != nonsense {
				t.Errorf("%s: %d %v", f, a.StatusCode, a.Header)
			}
		}
		other := person
		if link == person {
			other = officer
		}
		swapped := role + strings.TrimPrefix(strings.TrimPrefix(other, "/forms/receipt/"), "/forms/office/")
		if a := h.get(swapped); told(a) != nonsense {
			t.Errorf("the other role's link: %d", a.StatusCode)
		}
		form := url.Values{"status": {"closed"}, "seen": {"x"}}.Encode()
		nonsense = told(h.do(h.request("POST", "/forms/office/nonsense/", strings.NewReader(form), "Content-Type", typed)))
		for _, at := range []string{"/forms/office/" + capability[:len(capability)-1] + "/", strings.Replace(person, "receipt", "office", 1)} {
			if a := h.do(h.request("POST", at, strings.NewReader(form), "Content-Type", typed)); told(a) != nonsense {
				t.Errorf("a post to %s: %d", at, a.StatusCode)
			}
		}
	}
}

func TestPrivatePagesAreKeptByNobody(t *testing.T) {
	h := open(t)
	h.send(page, good(h.shown(page)), letter())
	person, officer := h.links()
	status := url.Values{"reference": {"HZ-7K3F-9QXT-C"}, "email": {"sample@example.org"}}.Encode()
	for _, l := range locale.Langs() {
		for name, a := range map[string]answer{
			"receipt": h.get(l.Path(person)), "office": h.get(l.Path(officer)), "status": h.get(l.Path("/forms/status/")), "a false receipt": h.get(l.Path("/forms/receipt/x/")),
			"a false office":  h.get(l.Path("/forms/office/x/")),
			"receipt by HEAD": h.do(h.request("HEAD", l.Path(person), nil)),
			"asked":           h.do(h.request("POST", l.Path("/forms/status/"), strings.NewReader(status), "Content-Type", typed)),
			"marked wrongly":  h.do(h.request("POST", l.Path(officer), strings.NewReader("status=x"), "Content-Type", typed)),
			"form":            h.get(l.Path(page)), "faults": h.send(l.Path(page), good(nil)), "accepted": h.send(l.Path(page), good(nil), letter()),
			"refused": h.do(h.request("POST", l.Path(page), strings.NewReader("x"), "Content-Type", "text/plain")),
			"foreign": h.do(h.request("POST", l.Path(page), strings.NewReader("x"), "Content-Type", typed, "Sec-Fetch-Site", "cross-site")),
		} {
			if a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s may be cached: %q", l, name, a.Header.Get("Cache-Control"))
			}
			if p := a.Header.Get("Referrer-Policy"); p != "same-origin" && p != "no-referrer" {
				t.Errorf("%s %s tells its address to others: %s", l, name, p)
			}
			if private := !slices.Contains([]string{"form", "faults", "accepted"}, name); private && a.Header.Get("X-Robots-Tag") != "noindex" {
				t.Errorf("%s %s may be found by searching", l, name)
			}
			if len(a.Header.Values("Set-Cookie")) > 0 || a.Header.Get("ETag") != "" || a.Header.Get("Last-Modified") != "" || a.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s: %v", l, name, a.Header)
			}
			for _, foreign := range regexp.MustCompile(`(?:href|src|action)="([^"/#][^"]*|//[^"]*)"`).FindAllStringSubmatch(a.body, -1) {
				t.Errorf("%s %s leads to %s", l, name, foreign[1])
			}
		}
	}
}

func TestOtherMethods(t *testing.T) {
	h := open(t)
	h.send(page, good(h.shown(page)), letter())
	person, officer := h.links()
	before := hidden(h.get(officer).body).Get("seen")
	for _, at := range []string{person, officer, "/forms/status/", page, "/", "/guides/x/"} {
		for _, method := range []string{"OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "QUERY"} {
			a := h.do(h.request(method, at, strings.NewReader("status=closed&seen=x"), "Content-Type", typed))
			if a.StatusCode != 405 || !strings.HasPrefix(a.Header.Get("Allow"), "GET, HEAD") || strings.Contains(a.body, "status=closed") {
				t.Errorf("%s %s: %d %q", method, at, a.StatusCode, a.Header.Get("Allow"))
			}
		}
		a, b := h.do(h.request("HEAD", at, nil)), h.get(at)
		if a.StatusCode != b.StatusCode || a.body != "" || a.Header.Get("Content-Type") != b.Header.Get("Content-Type") || a.Header.Get("Cache-Control") != b.Header.Get("Cache-Control") {
			t.Errorf("HEAD %s: %d %v", at, a.StatusCode, a.Header)
		}
	}
	// A method that a header or a value claims is none.
	h.do(h.request("GET", officer+"?status=closed&_method=POST", nil, "X-HTTP-Method-Override", "POST"))
	if before == "" || hidden(h.get(officer).body).Get("seen") != before {
		t.Error("something was marked")
	}
}

func TestNoOtherSitePostsHere(t *testing.T) {
	h := open(t, func(o *options) { o.Trust = []string{"https://www.example.org"} })
	h.send(page, good(h.shown(page)), letter())
	_, officer := h.links()
	before := hidden(h.get(officer).body).Get("seen")
	for _, site := range []string{"", "same-origin", "none", "same-site", "cross-site", "nonsense"} {
		for _, origin := range []string{"", "null", h.base, "https://www.example.org", "https://evil.example.org", "http://www.example.org", "https://www.example.org.evil.example.org", "nonsense", strings.ToUpper(h.base)} {
			trusted := origin == "https://www.example.org"
			ours := site == "same-origin" || site == "none" || site == "" && (origin == "" || strings.EqualFold(origin, h.base))
			if site != "" && site != "same-origin" && site != "none" {
				ours = false
			}
			for _, at := range []string{page, officer, "/forms/status/"} {
				r := h.request("POST", at, strings.NewReader("status=nonsense"), "Content-Type", typed)
				if site != "" {
					r.Header.Set("Sec-Fetch-Site", site)
				}
				if origin != "" {
					r.Header.Set("Origin", origin)
				}
				a := h.do(r)
				if (a.StatusCode == 403) == (ours || trusted) && !(site == "" && origin == strings.ToUpper(h.base)) {
					t.Errorf("Sec-Fetch-Site %q, Origin %q, %s: %d", site, origin, at, a.StatusCode)
				}
				if a.Header.Get("Access-Control-Allow-Origin") != "" {
					t.Error("others may read it")
				}
			}
		}
	}
	if before == "" || hidden(h.get(officer).body).Get("seen") != before {
		t.Error("something was marked")
	}
}

func TestANoteThatIsSentTwiceGoesOutOnce(t *testing.T) {
	h := open(t)
	h.send(page, good(h.shown(page)), letter())
	_, officer := h.links()
	values := hidden(h.get(officer).body)
	h.wait(time.Minute)
	values.Set("status", "handling")
	values.Set("note", "Sample note.")
	codes := map[int]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			r, err := http.NewRequest("POST", h.base+officer, strings.NewReader(values.Encode()))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("Content-Type", typed)
			res, err := h.client.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			res.Body.Close()
			mu.Lock()
			codes[res.StatusCode]++
			mu.Unlock()
		})
	}
	all.Wait()
	if codes[303] != 1 || codes[409] != 11 {
		t.Errorf("%v", codes)
	}
	h.mails(3)
}
