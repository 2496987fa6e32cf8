package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/jackc/pgx/v5"
)

// half is a post of which only the first half has been sent.
type half struct {
	conn net.Conn
	rest []byte
}

// begin sends the first half of a sample with a large upload, and waits until
// that is on the disk.
func (i *instance) begin(s sample) half {
	i.t.Helper()
	contentType, body := s.body()
	conn, err := net.Dial("tcp", strings.TrimPrefix(i.base, "http://"))
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\r\n",
		page, conn.RemoteAddr(), contentType, len(body))
	if _, err := conn.Write(body[:len(body)/2]); err != nil {
		i.t.Fatal(err)
	}
	until(i.t, "a quarter of the upload is on the disk", func() bool { return i.uploaded() > int64(len(s.file)/4) })
	return half{conn, body[len(body)/2:]}
}

// uploaded is how many bytes of uploads are on the disk.
func (p *proof) uploaded() (n int64) {
	for _, name := range files(p.t, filepath.Join(p.data, "uploads")) {
		if info, err := os.Stat(filepath.Join(p.data, "uploads", name)); err == nil {
			n += info.Size()
		}
	}
	return n
}

// The server is killed while a file comes in. Nothing of what was typed or
// uploaded can be read from the disk, and the next start clears it away.
func TestKilledInTheMiddleOfAnUpload(t *testing.T) {
	p := newProof(t, "")
	i := p.start("--maildir", p.mail)
	s := sample{token: newToken()}
	inside := newToken()
	s.file = letterWith(strings.Repeat(inside+" "+s.token+"\n% ", 80_000))
	i.begin(s)
	i.kill()
	words := newSearch(s.token, inside, "示例教师 001")
	found, looked := words.below(t, p.data, p.temp)
	if len(found) > 0 || int64(looked) < p.uploaded() || p.uploaded() < 500_000 {
		t.Errorf("in %d bytes, %d of them uploads: %v", looked, p.uploaded(), found)
	}
	if err := os.WriteFile(filepath.Join(p.temp, "multipart-1"), []byte(s.file[:40<<10]), 0o600); err != nil {
		t.Fatal(err)
	}
	if found, _ := words.below(t, p.data, p.temp); len(found) == 0 {
		t.Error("a temporary file in the clear was not found")
	}
	i = p.start("--maildir", p.mail)
	if left := files(t, filepath.Join(p.data, "uploads")); len(left) > 0 {
		t.Errorf("stayed behind: %v", left)
	}
	i.sent(s)
}

// office is a new pair of keys of an office: the public one, and the file of
// the secret one.
func office(t *testing.T) (to, file string) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "office.key")
	if err := os.WriteFile(file, []byte(id.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return id.Recipient().String(), file
}

// A hundred people send forms; some of them are held, refused, marked, sent
// back with faults. Whoever gets the disk, but not the keys, reads none of it.
func aSealedStoreHoldsNothingReadable(t *testing.T, store string) {
	relay := newSink(t)
	relay.set(func(s *sink) {
		s.refuse = func(to string) string { // and says whose mail it refuses
			switch {
			case strings.HasPrefix(to, "later"):
				return "450 4.2.1 <" + to + "> is busy, ask " + strings.ToUpper(to)
			case strings.HasPrefix(to, "never"):
				return "550 5.1.1 <" + to + ">: no " + to + " here"
			}
			return ""
		}
	})
	to, _ := office(t)
	p := newProof(t, store, "--smtp", relay.url(), "--seal-to", to)
	folders := []string{p.data, p.temp}
	if u, err := url.Parse(p.store); err == nil && u.Query().Get("host") != "" {
		folders = append(folders, filepath.Join(u.Query().Get("host"), "data"))
	}
	i := p.start()
	words := newSearch("示例教师 001", "Sample Teacher 001")
	refs := map[string]sample{}
	for n := range 100 {
		s := sample{token: newToken(), json: n%3 == 0}
		switch n % 20 {
		case 7:
			s.token = "later" + s.token
		case 8:
			s.token = "never" + s.token
		}
		inside := newToken()
		words.add(s.token)
		words.add(inside)
		if !s.json {
			s.file = letterWith(strings.Repeat(inside+"\n% ", 1+n*10))
		}
		var err error
		if n%2 == 0 && !s.json {
			if s.key, s.stamp, err = i.drawn(); err != nil {
				t.Fatal(err)
			}
		}
		refs[i.sent(s)] = s
	}
	// Kept with a page that has faults, and held by the trap.
	faulty := sample{token: newToken(), file: letterWith("kept for the page " + newToken())}
	words.add(faulty.token)
	faulty.key, faulty.stamp, _ = i.drawn()
	faulty.stamp = "stale"
	if r, err := i.post(faulty); err != nil || r.status != 422 || !strings.Contains(r.body, faulty.token) || p.uploaded() == 0 {
		t.Fatalf("%v %d %s", err, r.status, r.body)
	}
	hasty := sample{token: newToken(), file: letterWith("held " + newToken())}
	words.add(hasty.token)
	if hasty.key, hasty.stamp, _ = i.drawn(); hasty.key == "" {
		t.Fatal(i.log)
	}
	p.wait(-2 * time.Second) // sent too soon
	ref := i.sent(hasty)
	p.wait(2 * time.Second)
	if held := p.listed("--status", "held"); len(held) != 1 || held[0].Reference != ref {
		t.Errorf("held: %+v", held)
	}
	note := "note" + newToken()
	words.add(note)
	n := 0
	for ref, s := range refs {
		if n++; n%10 == 0 && !strings.HasPrefix(s.token, "later") && !strings.HasPrefix(s.token, "never") {
			if _, err := p.operator("mark", ref, "answered", "--note", note, "--from", "forms@example.org"); err != nil {
				t.Error(err)
			}
		}
		if n%20 == 1 {
			body := url.Values{"reference": {ref}, "email": {s.email()}}
			if r, err := i.client.PostForm(i.base+"/forms/status/", body); err != nil {
				t.Error(err)
			} else {
				r.Body.Close()
			}
		}
	}
	i.sent(sample{token: newToken(), json: true}) // wakes the courier, which the operator's command cannot
	until(t, "all but what is refused for now has been tried", func() bool {
		left := 0
		for _, s := range p.listed("--queued") {
			for _, m := range s.Mails {
				if m.State == "queued" && m.Attempts == 0 {
					left++
				}
			}
		}
		return left == 0 && len(p.listed("--dead")) == 5
	})
	check := func(when string) {
		t.Helper()
		if len(folders) > 2 {
			execute(t, p.store, "CHECKPOINT")
		}
		found, looked := words.below(t, folders...)
		if len(found) > 0 || looked < 2<<20 {
			t.Errorf("%s, in %d bytes: %v", when, looked, found)
		}
		if found := words.in([]byte(i.log.String())); len(found) > 0 {
			t.Errorf("%s the log holds %v", when, found)
		}
	}
	check("while the server runs")
	i.kill()
	check("after it was killed")
	i = p.start()
	i.end()
	check("after it ended")
	// The search would have found it in the store.
	for _, s := range refs {
		text := "answers: " + s.token + strings.Repeat(" and the same again", 1000)
		if len(folders) > 2 {
			execute(t, p.store, "CREATE TABLE leak (b text)", "INSERT INTO leak VALUES ('"+text+"')", "CHECKPOINT")
		} else if err := os.WriteFile(filepath.Join(p.data, "leak"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		break
	}
	if found, _ := words.below(t, folders...); len(found) == 0 {
		t.Error("what was planted in the store is not found")
	}
}

// execute runs statements in PostgreSQL.
func execute(t *testing.T, store string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	for _, s := range statements {
		if _, err := conn.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

// finish sends the rest of a post and returns the status and the reference.
func (h half) finish(t *testing.T) (status, location string) {
	t.Helper()
	if _, err := h.conn.Write(h.rest); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(h.conn)
	for in.Scan() && in.Text() != "" {
		if status == "" {
			status = in.Text()
		}
		if at, ok := strings.CutPrefix(in.Text(), "Location: "); ok {
			location = at
		}
	}
	return status, location
}
