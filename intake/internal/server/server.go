// Package server answers HTTP: it shows the published site, draws its forms,
// takes in what people send, and says what became of it.
//
//	s, err := server.New(server.Config{Site: "public", Box: box, …})
//	srv := &http.Server{Handler: s, …}
//
// It has no templates. A form's page is the published page with its marked
// regions drawn anew, and every other page of its own is the published shell.
// The published folder is opened once for each request, so that a request sees
// one release, and the next request sees the next.
//
// A form is accepted when its mails have been composed and committed by Box,
// and not before; the answer is sent after that.
package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"waijiao/intake/internal/guard"
	"waijiao/intake/internal/mail"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/uploads"
	"waijiao/internal/headers"
	"waijiao/internal/locale"
)

// Box is what the server needs of the outbox.
type Box interface {
	Accept(ctx context.Context, s outbox.Submission, mails []outbox.Mail) (stored outbox.Submission, fresh bool, err error)
	ByKey(ctx context.Context, form, key string) (outbox.Submission, error)
	ByToken(ctx context.Context, token string) (outbox.Submission, error)
}

// Config is what a server is made of. All of it is required but Trusted
// and Carries.
type Config struct {
	// Site is the path of the published folder; it may be a symbolic link that
	// is switched from release to release.
	Site    string
	Box     Box
	Uploads *uploads.Store
	Guard   *guard.Guard
	Mail    mail.Writer
	// Offices says who gets the mails of a form, by the form's id; "*" stands
	// for every form that is not named.
	Offices map[string][]string
	// Carries, if given, returns the bytes of the largest mail that can be moved
	// on at the moment; 0 where no limit is known.
	Carries func() int64
	// Secret, of 32 bytes, keys the digests of what was sent.
	Secret []byte
	Now    func() time.Time
	Random io.Reader
	// Accepted is called after each accept: there is new mail.
	Accepted func()
	Log      *slog.Logger
	// Trusted are the foreign origins, https://host, whose pages may post here.
	Trusted []string
}

// Server is an http.Handler.
type Server struct {
	Config
	handler http.Handler
	forms   forms
}

// New makes the server.
func New(c Config) (*Server, error) {
	s := &Server{Config: c}
	cross := http.NewCrossOriginProtection()
	for _, o := range c.Trusted {
		if err := cross.AddTrustedOrigin(o); err != nil {
			return nil, fmt.Errorf("server: %q is not an origin such as https://www.example.org: %w", o, err)
		}
	}
	cross.SetDenyHandler(s.within(func(v *visit) { v.refuse(crossSite()) }))
	r := mux.NewRouter()
	for _, l := range locale.Langs() {
		r.Handle(l.Path("/forms/receipt/{token}/"), s.within((*visit).receipt)).Methods("GET", "HEAD")
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

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	headers.Set(w.Header())
	s.handler.ServeHTTP(w, r)
}
