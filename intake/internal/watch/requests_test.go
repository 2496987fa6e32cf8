package watch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestRoutesHoldNothingOfTheirPath(t *testing.T) {
	for path, want := range map[string]string{
		"/":                                 "static",
		"":                                  "static",
		"/en":                               "static",
		"/entry/":                           "static",
		"/enforms/receipt/x":                "static",
		"/policies/secret":                  "static",
		"/forms/":                           "static",
		"/forms/enquiry/":                   "/forms/{form}/",
		"/en/forms/enquiry":                 "/forms/{form}/",
		"/forms/secret/form.json":           "/forms/{form}/{file}",
		"/forms/receipt/secret/":            "/forms/receipt/{link}/",
		"/en/forms/receipt/secret":          "/forms/receipt/{link}/",
		"//forms//receipt//secret//":        "/forms/receipt/{link}/",
		"/forms/./x/../receipt/secret/a/b/": "/forms/receipt/{link}/",
		"/forms/office/secret/":             "/forms/office/{link}/",
		"/en/forms/office/secret/mark":      "/forms/office/{link}/",
		"/forms/status/":                    "/forms/status/",
		"/forms/status/secret":              "/forms/status/",
		"/FORMS/receipt/secret":             "static",
		"/../../secret":                     "static",
	} {
		if got := Route(path); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}

// ledger is a log that many goroutines write.
type ledger struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *ledger) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *ledger) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestRequestsAreLoggedAndCountedWithoutAnythingOfPeople(t *testing.T) {
	m := New("")
	var logged ledger
	handler := Requests(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Hour)); err != nil {
			t.Errorf("the writer below cannot be reached: %v", err)
		}
		io.Copy(io.Discard, r.Body)
		switch r.URL.Path {
		case "/forms/receipt/secret/":
			io.WriteString(w, "your receipt")
		case "/panic":
			panic(fmt.Errorf("cannot read %s", r.URL.RawQuery))
		case "/runtime":
			var none []int
			_ = none[len(r.URL.Path)]
		case "/late":
			io.WriteString(w, strings.Repeat("x", 1<<20))
			panic("secret")
		case "/abort":
			panic(http.ErrAbortHandler)
		case "/quiet":
		default:
			w.WriteHeader(http.StatusEarlyHints)
			http.NotFound(w, r)
		}
	}), m, slog.New(slog.NewJSONHandler(&logged, nil)))
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(&logged, "", 0)
	server.Start()
	for _, path := range []string{"/forms/receipt/secret/?email=secret", "/panic?secret", "/runtime?secret", "/late?secret", "/abort?secret", "/quiet", "/secret"} {
		resp, err := http.Post(server.URL+path, "text/plain", strings.NewReader("secret"))
		status := 0
		if err == nil {
			status = resp.StatusCode
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		name, _, _ := strings.Cut(path, "?")
		want := map[string]int{"/forms/receipt/secret/": 200, "/panic": 500, "/runtime": 500, "/late": 200, "/quiet": 200, "/secret": 404}[name]
		if status != want || (err != nil) != (name == "/late" || name == "/abort") {
			t.Errorf("%s: %d %v", path, status, err)
		}
	}
	request, err := http.NewRequest("SECRET", server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	server.Close() // waits for all requests
	text := logged.String()
	shown := fmt.Sprint(metrics(t, m))
	for _, personal := range []string{"secret", "SECRET", "127.0.0.1"} {
		if strings.Contains(text, personal) {
			t.Errorf("%s is in the log:\n%s", personal, text)
		}
		if strings.Contains(shown, personal) {
			t.Errorf("%s is in the metrics", personal)
		}
	}
	if !strings.Contains(text, "index out of range") || !strings.Contains(text, "requests_test.go") {
		t.Errorf("the log does not say what was wrong and where:\n%s", text)
	}
	var line struct {
		Msg, Method, Route string
		Status, Bytes      int
	}
	first, _, _ := strings.Cut(text, "\n")
	if err := json.Unmarshal([]byte(first), &line); err != nil {
		t.Fatal(err)
	}
	if line.Msg != "request" || line.Method != "POST" || line.Route != "/forms/receipt/{link}/" || line.Status != 200 || line.Bytes != len("your receipt") {
		t.Errorf("%+v", line)
	}
	expect(t, m, map[string]string{
		`intake_request_seconds_count{method="POST",route="/forms/receipt/{link}/",status="2xx"}`: "1",
		`intake_request_seconds_count{method="POST",route="static",status="5xx"}`:                 "2",
		`intake_request_seconds_count{method="POST",route="static",status="4xx"}`:                 "1",
		`intake_request_seconds_count{method="POST",route="static",status="aborted"}`:             "1",
		`intake_request_seconds_count{method="POST",route="static",status="2xx"}`:                 "2",
		`intake_request_seconds_count{method="other",route="static",status="4xx"}`:                "1",
		`intake_panics_total`:     "3",
		`intake_requests_in_work`: "0",
		`intake_answer_bytes_total{route="/forms/receipt/{link}/"}`: "12",
	})
}

func TestABodyThatIsTooLargeIsStillNoticed(t *testing.T) {
	server := httptest.NewServer(Requests(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 10))
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	}), New(""), slog.New(slog.DiscardHandler)))
	defer server.Close()
	resp, err := http.Post(server.URL, "text/plain", strings.NewReader(strings.Repeat("x", 1000)))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Error(resp.Status)
	}
}
