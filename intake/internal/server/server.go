// Package server answers HTTP: it shows the published site, draws its forms,
// takes in what people send, and says what became of it.
//
//	s, err := server.New(server.Config{Site: "public", Desk: d, …})
//	srv := &http.Server{Handler: s, …}
//
// It has no templates. A form's page is the published page with its marked
// regions drawn anew, and every other page of its own is the published shell.
// The published folder is opened once for each request, so that a request sees
// one release, and the next request sees the next.
//
// A form is accepted when the desk has composed its mails and the outbox has
// committed them, and not before; the answer is sent after that. What is
// doubtful is accepted too, and held until somebody releases it.
package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/gorilla/mux"
	"golang.org/x/sync/semaphore"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/guard"
	"waijiao/intake/internal/scan"
	"waijiao/intake/internal/uploads"
	"waijiao/internal/headers"
	"waijiao/internal/locale"
)

// Scanner looks into a file for malware. It fails when it cannot tell.
type Scanner interface {
	Scan(ctx context.Context, r io.Reader) (scan.Verdict, error)
}

// Observer counts what becomes of posts. Its methods must be quick.
type Observer interface {
	Accepted(form string)
	// Held is told the code of the reason, Refused that of the answer.
	Held(form, reason string)
	Refused(form, code string)
	Waited(d time.Duration)
	Uploaded(bytes int64)
}

// Config is what a server is made of. All of it is required but Trusted,
// Proxies, Scanner, Observer and Memory.
type Config struct {
	// Site is the path of the published folder; it may be a symbolic link that
	// is switched from release to release.
	Site    string
	Desk    *desk.Desk
	Uploads *uploads.Store
	Guard   *guard.Guard
	// Accepted is called after each accept: there is new mail.
	Accepted func()
	Log      *slog.Logger
	// Trusted are the foreign origins, https://host, whose pages may post here.
	Trusted []string
	// Proxies are those whose word about a visitor's address is taken.
	Proxies []netip.Prefix
	// Scanner, if given, looks into every upload. What it cannot look into is
	// set aside.
	Scanner  Scanner
	Observer Observer
	// Memory bounds the bytes of uploads that are made into mails at the same
	// time; 256 MB if it is zero. Further posts wait for their turn.
	Memory int64
}

// Server is an http.Handler.
type Server struct {
	Config
	handler http.Handler
	forms   forms
	memory  *semaphore.Weighted
	large   *semaphore.Weighted // for posts with many values
}

// New makes the server.
func New(c Config) (*Server, error) {
	if c.Memory == 0 {
		c.Memory = 256 << 20
	}
	if c.Observer == nil {
		c.Observer = unobserved{}
	}
	s := &Server{Config: c, memory: semaphore.NewWeighted(c.Memory), large: semaphore.NewWeighted(max(c.Memory/4, 2*valuesLimit))}
	cross := http.NewCrossOriginProtection()
	for _, o := range c.Trusted {
		if err := cross.AddTrustedOrigin(o); err != nil {
			return nil, fmt.Errorf("server: %q is not an origin such as https://www.example.org: %w", o, err)
		}
	}
	cross.SetDenyHandler(s.within(func(v *visit) { v.refuse(crossSite()) }))
	r := mux.NewRouter()
	for _, l := range locale.Langs() {
		r.Handle(l.Path("/forms/receipt/{capability}/"), s.within((*visit).receipt)).Methods("GET", "HEAD")
		r.Handle(l.Path("/forms/office/{capability}/"), s.within((*visit).showOffice)).Methods("GET", "HEAD")
		r.Handle(l.Path("/forms/office/{capability}/"), s.within((*visit).takeOffice)).Methods("POST")
		r.Handle(l.Path("/forms/status/"), s.within((*visit).showStatus)).Methods("GET", "HEAD")
		r.Handle(l.Path("/forms/status/"), s.within((*visit).takeStatus)).Methods("POST")
		r.Handle(l.Path("/forms/{form}/"), s.within((*visit).showForm)).Methods("GET", "HEAD")
		r.Handle(l.Path("/forms/{form}/"), s.within((*visit).takeForm)).Methods("POST")
		r.Handle(l.Path("/forms/{form}"), s.within((*visit).takeForm)).Methods("POST")
	}
	r.PathPrefix("/").Handler(s.within((*visit).static))
	r.NotFoundHandler = s.within((*visit).missing)
	r.MethodNotAllowedHandler = s.within((*visit).wrongMethod)
	s.handler = cross.Handler(r)
	return s, nil
}

// unobserved is the Observer where none is given.
type unobserved struct{}

func (unobserved) Accepted(string)        {}
func (unobserved) Held(string, string)    {}
func (unobserved) Refused(string, string) {}
func (unobserved) Waited(time.Duration)   {}
func (unobserved) Uploaded(int64)         {}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	headers.Set(w.Header())
	s.handler.ServeHTTP(w, r)
}
