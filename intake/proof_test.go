package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"waijiao/intake/internal/outbox/postgres/pgtest"
	"waijiao/internal/locale"
)

// The proofs run the program as a process of its own, which can be killed. It
// is this test's own binary under the name intake-at; the one thing that it
// does not do as the real program is to read the clock: its time stands in a
// file, and only moves when a proof moves it.
const clockFile = "PROOF_CLOCK"

// at is the program with its clock in a file.
func at() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	path := os.Getenv(clockFile)
	w := &world{ctx: ctx, lang: locale.EN, in: os.Stdin, out: os.Stdout, errOut: os.Stderr, getenv: os.Getenv, random: rand.Reader,
		log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		now: func() time.Time {
			b, err := os.ReadFile(path)
			if err != nil {
				panic(err)
			}
			t, err := time.Parse(time.RFC3339Nano, string(b))
			if err != nil {
				panic(err)
			}
			return t.In(locale.Beijing())
		}}
	var c commandLine
	chosen, err := kong.Must(&c).Parse(os.Args[1:])
	if err == nil && os.Getenv("PROOF_HASTY") != "" {
		err = hasty(c.Serve, w)
	} else if err == nil {
		err = chosen.Run(w)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, reason(err).EN)
		os.Exit(1)
	}
}

// proofForm is a form whose files are optional, so that programs can send it.
const proofForm = `audience: school
title: {zh: 示例申报, en: Sample request}
summary: {zh: 一份示例表单。, en: A sample form.}
next:
  - {zh: 三个工作日内答复。, en: We answer within three working days.}
submit: {zh: 提交, en: Send}
privacy: {zh: 只用于办理。, en: Used for this request only.}
sections:
  - title: {zh: 内容, en: Content}
    why: {zh: 用于测试。, en: For the tests.}
    fields:
      - {name: school, type: text, label: {zh: 学校名称, en: School}, role: subject}
      - {name: contact, type: text, label: {zh: 联系人, en: Contact}, role: name}
      - {name: email, type: email, label: {zh: 邮箱, en: E-mail}, role: email}
      - {name: letter, type: file, label: {zh: 公函, en: Letter}, accept: [pdf], size: 5 MB, optional: true}
      - name: consent
        type: consent
        label: {zh: 同意, en: I agree}
        version: 2026-01
`

// proof is a published site, a place for data, and a clock.
type proof struct {
	t                             *testing.T
	site, data, temp, mail, clock string
	store                         string // for --store
	secret, key                   string // of all instances
	flags                         []string

	mu  sync.Mutex
	now time.Time
}

func newProof(t *testing.T, store string, flags ...string) *proof {
	t.Helper()
	dir := t.TempDir()
	p := &proof{t: t, site: filepath.Join(dir, "site"), data: filepath.Join(dir, "data"), temp: filepath.Join(dir, "tmp"), mail: filepath.Join(dir, "mail"),
		clock: filepath.Join(dir, "clock"), secret: filepath.Join(dir, "secret"), key: filepath.Join(dir, "delivery.key"),
		store: store, flags: flags, now: time.Date(2026, 3, 2, 9, 0, 0, 0, locale.Beijing())}
	if p.store == "" {
		p.store = "sqlite:" + filepath.Join(p.data, "outbox.db")
	}
	if err := os.Mkdir(p.temp, 0o700); err != nil {
		t.Fatal(err)
	}
	publish(t, p.site, proofForm)
	secret := make([]byte, 32)
	rand.Read(secret)
	if err := os.WriteFile(p.secret, secret, 0o600); err != nil {
		t.Fatal(err)
	}
	p.wait(0)
	return p
}

// wait moves the clock of all instances, which may be running.
func (p *proof) wait(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(d)
	next := p.clock + ".new"
	if err := os.WriteFile(next, []byte(p.now.Format(time.RFC3339Nano)), 0o600); err != nil {
		p.t.Error(err)
	}
	if err := os.Rename(next, p.clock); err != nil {
		p.t.Error(err)
	}
}

func (p *proof) storeFlags() []string {
	return []string{"--data", p.data, "--store", p.store, "--secret", p.secret, "--delivery-key", p.key}
}

func (p *proof) command(args []string) *exec.Cmd {
	cmd := exec.Command("intake-at", args...)
	cmd.Env = []string{clockFile + "=" + p.clock, "TMPDIR=" + p.temp, "LANG=C.UTF-8", "PATH=" + os.Getenv("PATH")}
	cmd.Dir = p.temp
	return cmd
}

// operator runs a command of the operator.
func (p *proof) operator(args ...string) (out string, err error) {
	var stdout, stderr bytes.Buffer
	cmd := p.command(append(args, p.storeFlags()...))
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("intake %s: %w: %s", args[0], err, stderr.String())
	}
	return stdout.String(), nil
}

// listed is what the operator sees of the store.
func (p *proof) listed(flags ...string) []listed {
	p.t.Helper()
	out, err := p.operator(append([]string{"list", "--json"}, flags...)...)
	if err != nil {
		p.t.Fatal(err)
	}
	var all []listed
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		p.t.Fatalf("%v\n%s", err, out)
	}
	return all
}

// instance is one running server.
type instance struct {
	*proof
	cmd    *exec.Cmd
	base   string
	log    *record
	client *http.Client
	ended  chan struct{}
	err    error // after ended
}

// start starts a server and waits until it listens. It is killed at the end of
// the test if it still runs.
func (p *proof) start(flags ...string) *instance { return p.startWith(nil, flags...) }

func (p *proof) startWith(change func(*exec.Cmd), flags ...string) *instance {
	p.t.Helper()
	args := append([]string{"serve", "--site", p.site, "--addr", "127.0.0.1:0", "--to", "sample-request=officer@example.org", "--from", "forms@example.org"}, p.storeFlags()...)
	args = append(append(args, p.flags...), flags...)
	i := &instance{proof: p, cmd: p.command(args), log: &record{}, ended: make(chan struct{})}
	if change != nil {
		change(i.cmd)
	}
	var said record
	i.cmd.Stdout, i.cmd.Stderr = &said, i.log
	if i.cmd.SysProcAttr == nil {
		i.cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	i.cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL // should the test be killed
	if err := i.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() { i.err = i.cmd.Wait(); close(i.ended) }()
	p.t.Cleanup(i.kill)
	i.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	listens := regexp.MustCompile(`http://localhost:([0-9]+)/en/\n`)
	for range 30000 {
		if found := listens.FindStringSubmatch(said.String()); found != nil {
			i.base = "http://127.0.0.1:" + found[1]
			return i
		}
		select {
		case <-i.ended:
			p.t.Fatalf("the program ended with %v:\n%s", i.err, i.log)
		case <-time.After(2 * time.Millisecond):
		}
	}
	p.t.Fatalf("the program does not listen:\n%s", i.log)
	return nil
}

// kill ends the server as nothing can prepare for.
func (i *instance) kill() {
	i.cmd.Process.Kill()
	<-i.ended
	i.client.CloseIdleConnections()
}

// end asks the server to end and waits until it has.
func (i *instance) end() {
	i.t.Helper()
	i.client.CloseIdleConnections()
	i.cmd.Process.Signal(syscall.SIGTERM)
	<-i.ended
	if i.err != nil {
		i.t.Errorf("the program ended with %v:\n%s", i.err, i.log)
	}
}

// sample is what one person or program sends.
type sample struct {
	token string // in the answers and the address, and nowhere else
	key   string // the idempotency key, or none
	json  bool
	file  string // the bytes of the upload, or none
	stamp string // of the page, for browsers
}

func (s sample) email() string { return s.token + "@example.org" }

// drawn opens the form's page, as a browser does, and waits as a person does.
func (i *instance) drawn() (key, stamp string, err error) {
	res, err := i.client.Get(i.base + page)
	if err != nil {
		return "", "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return "", "", err
	}
	i.wait(3 * time.Second)
	h := hidden(string(b))
	if h.Get("_key") == "" || h.Get("_stamp") == "" {
		return "", "", fmt.Errorf("the page of the form: %d\n%s", res.StatusCode, b)
	}
	return h.Get("_key"), h.Get("_stamp"), nil
}

// body is the sample as it goes over the wire.
func (s sample) body() (contentType string, b []byte) {
	if s.json {
		b, err := json.Marshal(map[string]any{"school": s.token, "contact": "Sample Teacher 001", "email": s.email(), "consent": true})
		if err != nil {
			panic(err)
		}
		return "application/json", b
	}
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for _, f := range [][2]string{{"_key", s.key}, {"_stamp", s.stamp}, {"school", s.token}, {"contact", "示例教师 001"}, {"email", s.email()}, {"consent", "yes"}} {
		if f[1] != "" {
			w.WriteField(f[0], f[1])
		}
	}
	if s.file != "" {
		part, _ := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="letter"; filename="` + s.token + `.pdf"`}, "Content-Type": {"application/pdf"}})
		io.WriteString(part, s.file)
	}
	w.Close()
	return w.FormDataContentType(), buf.Bytes()
}

// reply is what the server answered.
type reply struct {
	status   int
	ref      string // the reference number, where it is acknowledged
	location string
	body     string
	header   http.Header
}

func (r reply) acknowledged() bool { return r.ref != "" && (r.status == 303 || r.status == 201) }

func (i *instance) post(s sample, headers ...string) (reply, error) {
	contentType, body := s.body()
	r, err := http.NewRequest("POST", i.base+page, bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	r.Header.Set("Content-Type", contentType)
	switch {
	case !s.json:
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	case s.key != "":
		r.Header.Set("Idempotency-Key", `"`+s.key+`"`)
	}
	for n := 0; n+1 < len(headers); n += 2 {
		r.Header.Set(headers[n], headers[n+1])
	}
	return i.exchange(r)
}

func (i *instance) exchange(r *http.Request) (reply, error) {
	res, err := i.client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return reply{}, err
	}
	out := reply{status: res.StatusCode, location: res.Header.Get("Location"), body: string(b), header: res.Header}
	if m := regexp.MustCompile(`HZ-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]`).FindString(out.location); m != "" {
		out.ref = m
	}
	return out, nil
}

// sent posts what has to be acknowledged and returns its reference number.
func (i *instance) sent(s sample, headers ...string) string {
	i.t.Helper()
	r, err := i.post(s, headers...)
	if err != nil || !r.acknowledged() {
		i.t.Fatalf("%v %d %s\n%s", err, r.status, r.body, i.log)
	}
	return r.ref
}

// letterWith is a PDF that holds the text.
func letterWith(text string) string { return strings.Replace(pdf, "\n", "\n% "+text+"\n", 1) }

// token draws a word that occurs nowhere else.
func newToken() string { return randomName(rand.Reader)[:20] }

// The proofs that are the same on both stores, with one PostgreSQL for all.
func TestProofs(t *testing.T) {
	proofs := []struct {
		name  string
		prove func(t *testing.T, store string)
	}{
		{"a sealed store holds nothing readable", aSealedStoreHoldsNothingReadable},
		{"nothing is lost by twenty kills", nothingIsLostByTwentyKills},
		{"a hundred posts of one key are one", aHundredPostsOfOneKeyAreOne},
		{"a day without a relay", aDayWithoutARelay},
		{"a graceful stop finishes a slow upload", aGracefulStopFinishesASlowUpload},
		{"the delivery key opens only what is not closed", theDeliveryKeyOpensOnlyWhatIsNotClosed},
	}
	t.Run("sqlite", func(t *testing.T) {
		for _, p := range proofs {
			t.Run(p.name, func(t *testing.T) { p.prove(t, "") })
		}
	})
	t.Run("postgres", func(t *testing.T) {
		server := pgtest.Start(t)
		for _, p := range proofs {
			t.Run(p.name, func(t *testing.T) { p.prove(t, server.Database(t)) })
		}
		t.Run("one of two servers is killed while it sends", func(t *testing.T) {
			oneOfTwoServersIsKilledWhileItSends(t, server.Database(t))
		})
	})
}

// until waits for something that another process does.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(10 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("it never came to this: %s", what)
}
