package watch

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics counts what happens. It has a registry of its own. Its methods may
// be called by many goroutines.
type Metrics struct {
	registry *prometheus.Registry

	posts    *prometheus.CounterVec
	mails    *prometheus.CounterVec
	blocked  *prometheus.CounterVec
	uploaded prometheus.Counter
	requests *prometheus.HistogramVec
	bytes    *prometheus.CounterVec
	inFlight prometheus.Gauge
	panics   prometheus.Counter
	upkeep   *prometheus.CounterVec
	waited   prometheus.Histogram

	mu    sync.Mutex
	forms map[string]bool
}

// mostForms bounds the values of the label form.
const mostForms = 200

// New makes metrics. The version is that of the program.
func New(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), forms: map[string]bool{}}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "intake", Name: name, Help: help}, labels)
		m.registry.MustRegister(v)
		return v
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "intake", Name: name, Help: help, Buckets: buckets}, labels)
		m.registry.MustRegister(v)
		return v
	}
	m.posts = counter("posts_total", "Forms that were sent, by what became of them.", "form", "outcome", "reason")
	m.mails = counter("mails_total", "Attempts to hand on a mail, by how they ended.", "kind", "outcome")
	m.blocked = counter("mail_blocked_total", "How often the way of the mail was found blocked.")
	m.uploaded = counter("upload_bytes_total", "Bytes of uploads that were taken in.").WithLabelValues()
	m.bytes = counter("answer_bytes_total", "Bytes of the bodies of answers.", "route")
	m.panics = counter("panics_total", "Requests that ended in a fault of the program.").WithLabelValues()
	m.upkeep = counter("upkeep_total", "Runs of the server's own tasks, by how they ended.", "task", "outcome")
	m.requests = histogram("request_seconds", "How long requests took, their bodies included.",
		[]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}, "route", "method", "status")
	m.waited = histogram("wait_seconds", "How long posts were held back by the limits.",
		[]float64{.1, .5, 1, 2, 5, 10}).WithLabelValues().(prometheus.Histogram)
	m.inFlight = prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "intake", Name: "requests_in_work", Help: "Requests that are being answered."})
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "intake", Name: "build_info", Help: "Which program this is; always 1."},
		[]string{"version", "revision", "go"})
	revision, goVersion := built()
	build.WithLabelValues(version, revision, goVersion).Set(1)
	m.registry.MustRegister(m.inFlight, build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func built() (revision, goVersion string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = s.Value
		}
	}
	return revision, info.GoVersion
}

// Accepted counts a post that was accepted and is mailed.
func (m *Metrics) Accepted(form string) { m.post(form, "accepted", "") }

// Held counts a post that was accepted and set aside.
func (m *Metrics) Held(form, reason string) { m.post(form, "held", reason) }

// Refused counts a post that was not accepted. The reason is the code that
// programs get.
func (m *Metrics) Refused(form, reason string) { m.post(form, "refused", reason) }

func (m *Metrics) post(form, outcome, reason string) {
	m.posts.WithLabelValues(m.form(form), outcome, code(reason)).Inc()
}

// form lets no more than so many forms become labels, and nothing that is not
// a form's id.
func (m *Metrics) form(id string) string {
	if code(id) != id || id == "" {
		return "other"
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.forms[id] {
		if len(m.forms) >= mostForms {
			return "other"
		}
		m.forms[id] = true
	}
	return id
}

// code is s if it is in kebab-case and short, as all codes of ours are.
func code(s string) string {
	if len(s) > 40 {
		return "other"
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return "other"
		}
	}
	return s
}

// Waited records how long a post was held back.
func (m *Metrics) Waited(d time.Duration) { m.waited.Observe(d.Seconds()) }

// Uploaded counts bytes of an upload that was taken in.
func (m *Metrics) Uploaded(bytes int64) { m.uploaded.Add(float64(max(bytes, 0))) }

// Mailed counts one attempt to hand on a mail: its kind (package outbox), and
// how it ended (package courier).
func (m *Metrics) Mailed(kind, outcome string) {
	m.mails.WithLabelValues(code(kind), code(outcome)).Inc()
}

// MailBlocked counts that the way of the mail was found blocked, which says
// nothing about any one mail.
func (m *Metrics) MailBlocked() { m.blocked.WithLabelValues().Inc() }

// Upkeep counts a run of a task such as purge, sweep, weekly-list.
func (m *Metrics) Upkeep(task string, err error) {
	outcome := "done"
	if err != nil {
		outcome = "failed"
	}
	m.upkeep.WithLabelValues(code(task), outcome).Inc()
}

// Gauge shows a number that is asked for whenever the metrics are read. The
// name is without its prefix: Gauge("connections_open", "…", f). It is called
// before the first request, once for each name; a name that is no name or is
// taken panics.
func (m *Metrics) Gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "intake", Name: name, Help: help}, value))
}

// Total is a Gauge of a number that only grows.
func (m *Metrics) Total(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "intake", Name: name, Help: help}, value))
}

// Stock is what the store holds, by state.
type Stock struct {
	Submissions map[string]int
	Mails       map[string]int
	// OldestQueued is since when the mail waits that has waited longest; zero
	// where none does.
	OldestQueued time.Time
}

// Stock shows what the store holds whenever the metrics are read. When count
// fails or takes longer than the deadline, those metrics are missing from the
// answer and intake_stock_up is 0.
func (m *Metrics) Stock(count func(context.Context) (Stock, error), now func() time.Time, deadline time.Duration) {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("intake_"+name, help, labels, nil)
	}
	m.registry.MustRegister(&stock{
		count: count, now: now, deadline: deadline,
		up:          desc("stock_up", "Whether the store could be asked what it holds."),
		submissions: desc("submissions", "Submissions in the store.", "status"),
		mails:       desc("mails", "Mails in the store.", "state"),
		oldest:      desc("oldest_queued_seconds", "How long the mail has waited that has waited longest; 0 when none waits."),
	})
}

type stock struct {
	count                          func(context.Context) (Stock, error)
	now                            func() time.Time
	deadline                       time.Duration
	up, submissions, mails, oldest *prometheus.Desc
}

// Describe names the metrics.
func (s *stock) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.up, s.submissions, s.mails, s.oldest} {
		ch <- d
	}
}

// Collect asks the store.
func (s *stock) Collect(ch chan<- prometheus.Metric) {
	ctx, stop := context.WithTimeout(context.Background(), s.deadline)
	defer stop()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	held, err := s.count(ctx)
	if err != nil {
		gauge(s.up, 0)
		return
	}
	gauge(s.up, 1)
	for status, n := range held.Submissions {
		gauge(s.submissions, float64(n), code(status))
	}
	for state, n := range held.Mails {
		gauge(s.mails, float64(n), code(state))
	}
	age := 0.0
	if !held.OldestQueued.IsZero() {
		age = max(s.now().Sub(held.OldestQueued).Seconds(), 0)
	}
	gauge(s.oldest, age)
}
