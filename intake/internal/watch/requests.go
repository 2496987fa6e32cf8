package watch

import (
	"errors"
	"log/slog"
	"net/http"
	"path"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// Requests wraps the handler of the public address: each request becomes one
// line in the log, at the level Info, and goes into the metrics. A request
// that panics is logged without its address, which net/http would write, and
// ends with 500 where nothing was answered yet.
func Requests(next http.Handler, m *Metrics, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		seen := &recorder{ResponseWriter: w}
		route, method := Route(r.URL.Path), method(r.Method)
		m.inFlight.Inc()
		defer func() {
			fault := recover()
			cut := fault != nil && (seen.status != 0 || isAbort(fault))
			if fault != nil && !isAbort(fault) {
				m.panics.Inc()
				log.Error("a request ended in a fault of the program", "method", method, "route", route, "fault", kindOf(fault), "stack", string(debug.Stack()))
				if !cut {
					http.Error(seen, "请稍后再试。\nPlease try again in a moment.", http.StatusInternalServerError)
				}
			}
			m.inFlight.Dec()
			took := time.Since(begun)
			status, class := seen.status, "aborted"
			if status == 0 && !cut {
				status = http.StatusOK // what net/http answers when nobody says anything
			}
			if status > 0 {
				class = strconv.Itoa(status/100) + "xx"
			}
			m.requests.WithLabelValues(route, method, class).Observe(took.Seconds())
			m.bytes.WithLabelValues(route).Add(float64(seen.bytes))
			log.Info("request", "method", method, "route", route, "status", status, "bytes", seen.bytes, "milliseconds", took.Milliseconds())
			if cut {
				panic(http.ErrAbortHandler) // closes the connection in silence
			}
		}()
		next.ServeHTTP(seen, r)
	})
}

func isAbort(fault any) bool {
	err, ok := fault.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}

// kindOf says what went wrong, but not with which words: those may hold what
// somebody sent. A runtime error has only indexes and types in it.
func kindOf(fault any) string {
	if err, ok := fault.(runtime.Error); ok {
		return err.Error()
	}
	return "panic"
}

// Route is the kind of page at the path, with the names of the parts that can
// be secret or about somebody in place of what stands there. Nothing of the
// path itself is in it, however it is written.
func Route(p string) string {
	p = path.Clean("/" + p)
	p = strings.TrimPrefix(p, "/en")
	if p != "" && p[0] != '/' {
		return "static" // such as /entry
	}
	parts := strings.Split(strings.Trim(p, "/"), "/")
	switch {
	case len(parts) < 2 || parts[0] != "forms":
		return "static"
	case parts[1] == "receipt":
		return "/forms/receipt/{link}/"
	case parts[1] == "office":
		return "/forms/office/{link}/"
	case parts[1] == "status":
		return "/forms/status/"
	case len(parts) == 2:
		return "/forms/{form}/"
	}
	return "/forms/{form}/{file}"
}

// method keeps what clients may invent out of the labels.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions, http.MethodPut, http.MethodDelete, http.MethodPatch:
		return m
	}
	return "other"
}

// recorder sees what is answered.
type recorder struct {
	http.ResponseWriter
	status int // 0 before there is one
	bytes  int64
}

// Unwrap lets http.ResponseController find the writer below.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader records the status; those below 200 are not the answer yet.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}
