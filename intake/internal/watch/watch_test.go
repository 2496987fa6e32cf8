package watch

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func ask(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Code, w.Body.String()
}

// metrics returns the samples by their names and labels.
func metrics(t *testing.T, m *Metrics) map[string]string {
	t.Helper()
	status, body := ask(t, Handler(m, nil, time.Second), "/metrics")
	if status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	all := map[string]string{}
	for line := range strings.Lines(body) {
		if at := strings.LastIndexByte(line, ' '); at > 0 && line[0] != '#' {
			all[line[:at]] = strings.TrimSpace(line[at:])
		}
	}
	return all
}

func expect(t *testing.T, m *Metrics, want map[string]string) {
	t.Helper()
	got := metrics(t, m)
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q instead of %q", name, got[name], value)
		}
	}
}

func TestWhatHappensIsCounted(t *testing.T) {
	m := New("1.2.3")
	m.Accepted("enquiry")
	m.Accepted("enquiry")
	m.Held("enquiry", "form-limit")
	m.Refused("enquiry", "too-large")
	m.Waited(3 * time.Second)
	m.Uploaded(1000)
	m.Uploaded(24)
	m.Mailed("receipt", "delivered")
	m.Mailed("office", "dead")
	m.MailBlocked()
	m.Upkeep("purge", nil)
	m.Upkeep("purge", errors.New("no"))
	m.Gauge("connections_open", "Open connections.", func() float64 { return 7 })
	m.Total("connections_displaced_total", "Displaced.", func() float64 { return 8 })
	expect(t, m, map[string]string{
		`intake_posts_total{form="enquiry",outcome="accepted",reason=""}`:         "2",
		`intake_posts_total{form="enquiry",outcome="held",reason="form-limit"}`:   "1",
		`intake_posts_total{form="enquiry",outcome="refused",reason="too-large"}`: "1",
		`intake_wait_seconds_sum`:                                "3",
		`intake_upload_bytes_total`:                              "1024",
		`intake_mails_total{kind="receipt",outcome="delivered"}`: "1",
		`intake_mails_total{kind="office",outcome="dead"}`:       "1",
		`intake_mail_blocked_total`:                              "1",
		`intake_upkeep_total{outcome="done",task="purge"}`:       "1",
		`intake_upkeep_total{outcome="failed",task="purge"}`:     "1",
		`intake_connections_open`:                                "7",
		`intake_connections_displaced_total`:                     "8",
	})
	var build, runtime bool
	for name := range metrics(t, m) {
		build = build || strings.HasPrefix(name, "intake_build_info{") && strings.Contains(name, `version="1.2.3"`)
		runtime = runtime || name == "go_goroutines"
	}
	if !build || !runtime {
		t.Error("the build or the runtime is not shown")
	}
	New("1.2.3") // a second one is no conflict: nothing is global
}

func TestLabelsAreBoundedAndHoldNothingOfPeople(t *testing.T) {
	m := New("")
	for _, odd := range []string{"a@example.org", "Wang", "../x", "", "王", strings.Repeat("x", 100), "a\nb"} {
		m.Accepted(odd)
		m.Held("enquiry", odd)
	}
	for i := range 1000 {
		m.Accepted("form-" + strings.Repeat("i", i%30) + string(rune('a'+i/30%26)) + string(rune('a'+i/780)))
	}
	n := 0
	for name := range metrics(t, m) {
		if strings.HasPrefix(name, "intake_posts_total") {
			n++
		}
		for _, odd := range []string{"@", "Wang", "..", "王", strings.Repeat("x", 50)} {
			if strings.Contains(name, odd) {
				t.Error(name)
			}
		}
	}
	if n > mostForms+10 {
		t.Errorf("%d series", n)
	}
}

func TestTheStock(t *testing.T) {
	m := New("")
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	held := Stock{
		Submissions: map[string]int{"held": 2, "received": 40}, Mails: map[string]int{"queued": 3, "sent": 77, "dead": 1},
		OldestQueued: now.Add(-time.Hour),
	}
	var fail error
	m.Stock(func(ctx context.Context) (Stock, error) {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("no deadline")
		}
		return held, fail
	}, func() time.Time { return now }, time.Minute)
	expect(t, m, map[string]string{
		`intake_submissions{status="held"}`: "2", `intake_mails{state="queued"}`: "3", `intake_mails{state="dead"}`: "1",
		`intake_mails{state="sent"}`: "77", `intake_oldest_queued_seconds`: "3600", `intake_stock_up`: "1",
	})
	held.OldestQueued = time.Time{}
	expect(t, m, map[string]string{`intake_oldest_queued_seconds`: "0"})
	fail = errors.New("the store is away")
	expect(t, m, map[string]string{`intake_stock_up`: "0", `intake_oldest_queued_seconds`: "", `intake_panics_total`: "0"})
}

type report struct {
	Ready  bool
	Checks []struct {
		Name  string
		OK    bool
		Error string
	}
}

func TestReadiness(t *testing.T) {
	var trouble atomic.Value
	trouble.Store("")
	hang := make(chan struct{})
	var runs atomic.Int32
	slow := Check{"slow", func(context.Context) error {
		if trouble.Load() == "hang" {
			runs.Add(1)
			<-hang // whatever the context says
		}
		return nil
	}}
	h := Handler(New(""), []Check{
		{"store", func(ctx context.Context) error {
			if _, ok := ctx.Deadline(); !ok {
				return errors.New("no deadline")
			}
			if trouble.Load() == "panic" {
				panic("oh")
			}
			return nil
		}},
		Mail(func() string {
			if trouble.Load() == "mail" {
				return "the relay asks for a password"
			}
			return ""
		}),
		slow,
	}, 50*time.Millisecond)
	for what, wrong := range map[string]string{"": "", "mail": "mail", "panic": "store"} {
		trouble.Store(what)
		status, body := ask(t, h, "/readyz")
		var r report
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			t.Fatal(err)
		}
		if r.Ready != (wrong == "") || status != map[bool]int{true: 200, false: 503}[r.Ready] || len(r.Checks) != 3 {
			t.Errorf("%s: %d %s", what, status, body)
		}
		for _, c := range r.Checks {
			if c.OK != (c.Name != wrong) || c.OK != (c.Error == "") {
				t.Errorf("%s: %+v", what, c)
			}
		}
	}
	trouble.Store("hang")
	for range 5 {
		if status, body := ask(t, h, "/readyz"); status != 503 || !strings.Contains(body, "no answer in time") {
			t.Errorf("%d %s", status, body)
		}
	}
	if n := runs.Load(); n != 1 {
		t.Errorf("the check that hangs was started %d times", n)
	}
	trouble.Store("")
	close(hang)
	for status := 0; status != 200; {
		status, _ = ask(t, h, "/readyz") // as soon as the one that hung has come back
	}
	if status, body := ask(t, h, "/healthz"); status != 200 || body != "ok\n" {
		t.Errorf("%d %s", status, body)
	}
	for path, method := range map[string]string{"/": "GET", "/readyz": "POST", "/debug/pprof/": "GET"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		if w.Code < 400 {
			t.Errorf("%s %s: %d", method, path, w.Code)
		}
	}
}

func TestTheChecksFindWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	run := func(c Check) error { return c.Run(context.Background()) }
	site := Site(dir)
	if run(site) == nil {
		t.Error("an empty site is ready")
	}
	for _, name := range []string{"forms/enquiry/form.json", "forms/shell/index.html", "en/forms/shell/index.html"} {
		if run(site) == nil {
			t.Errorf("ready without %s", name)
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755), os.WriteFile(filepath.Join(dir, name), nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(site); err != nil {
		t.Error(err)
	}
	if err := run(Site(filepath.Join(dir, "gone"))); err == nil {
		t.Error("a site that is gone is ready")
	}
	data := t.TempDir()
	if err := run(Room(data, 1)); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(data); len(left) > 0 {
		t.Errorf("%v stays behind", left)
	}
	if err := run(Room(data, 1<<62)); err == nil || !strings.Contains(err.Error(), "free") {
		t.Errorf("room for four exabytes: %v", err)
	}
	if err := run(Room(filepath.Join(data, "gone"), 1)); err == nil {
		t.Error("a folder that is gone has room")
	}
}
