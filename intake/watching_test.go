package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fetch gets a page of the private address.
func fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func TestTheOperatorSeesHowItIs(t *testing.T) {
	var private string
	h := open(t, func(o *options) {
		o.Private = "127.0.0.1:0"
		o.world.private = func(addr string) { private = "http://" + addr }
	})
	if a := h.send(page, good(h.shown(page)), letter()); a.StatusCode != 303 {
		t.Fatal(a.StatusCode)
	}
	if a := h.send(page, with(h.shown(page))); a.StatusCode != 422 {
		t.Fatal(a.StatusCode)
	}
	if a := h.send(page, with(good(h.shown(page)), "_homepage", "x"), letter()); a.StatusCode != 303 {
		t.Fatal(a.StatusCode)
	}
	h.mails(2)
	for path, status := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200} {
		if got, body := fetch(t, private+path); got != status {
			t.Errorf("%s: %d %s", path, got, body)
		}
		if a := h.get(path); a.StatusCode != 404 {
			t.Errorf("the public address shows %s: %d", path, a.StatusCode)
		}
	}
	_, metrics := fetch(t, private+"/metrics")
	for _, want := range []string{`intake_posts_total{form="sample-request",outcome="accepted",reason=""} 1`, `intake_posts_total{form="sample-request",outcome="held",reason="trap"} 1`,
		`intake_posts_total{form="sample-request",outcome="refused",reason="invalid-answers"} 1`, `outcome="delivered"`, "intake_connections_open", `intake_upkeep_total{outcome="done",task="retention"}`, "intake_stock_up 1"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %s in\n%s", want, metrics)
		}
	}
	if strings.Contains(metrics, "intake_upload_bytes_total 0\n") || !strings.Contains(metrics, "intake_upload_bytes_total ") {
		t.Error("no bytes of uploads are counted")
	}
	for _, person := range []string{"sample@example.org", "officer@example.org", "示例", "HZ-"} {
		if strings.Contains(metrics, person) {
			t.Errorf("the metrics say %s", person)
		}
	}
	if err := os.Rename(h.site, filepath.Join(t.TempDir(), "gone")); err != nil {
		t.Fatal(err)
	}
	if status, body := fetch(t, private+"/readyz"); status != 503 || !strings.Contains(body, "site") {
		t.Errorf("without a site: %d %s", status, body)
	}
}
