package server

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
	"sync"

	"github.com/gorilla/mux"

	"waijiao/internal/form"
	"waijiao/internal/locale"
	"waijiao/internal/shell"
)

// visit is one request and the release that it sees.
type visit struct {
	*Server
	w    http.ResponseWriter
	r    *http.Request
	site *os.Root
	lang locale.Lang
	path string // the Chinese address of what was asked for
	json bool   // the client is a program
}

// within opens the release for the time of one request.
func (s *Server) within(do func(*visit)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{Server: s, w: w, r: r}
		v.lang, v.path = locale.FromPath(r.URL.Path)
		v.json = isJSON(r.Header.Get("Content-Type")) || isJSON(r.Header.Get("Accept"))
		site, err := os.OpenRoot(s.Site)
		if err != nil {
			s.Log.Error("the published site cannot be opened", "error", err.Error())
			http.Error(w, "网站正在更新，请稍后再试。\nThe site is being updated. Please try again in a moment.", http.StatusServiceUnavailable)
			return
		}
		defer site.Close()
		v.site = site
		do(v)
	})
}

// isJSON looks at the first media type of a header. Case does not matter in it
// (RFC 9110 section 8.3.1).
func isJSON(header string) bool {
	first, _, _ := strings.Cut(header, ",")
	first, _, _ = strings.Cut(first, ";")
	first = strings.ToLower(strings.TrimSpace(first))
	return first == "application/json" || first == "application/problem+json"
}

// read returns a file of the release by its slashed path.
func (v *visit) read(name string) ([]byte, error) {
	f, err := v.site.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// forms remembers the definitions that were decoded last, by their bytes.
type forms struct {
	mu    sync.Mutex
	known map[string]known
}

type known struct {
	bytes string
	form  *form.Form
}

// form returns the definition that the address names. ok is false when there
// is none, or, with the answer already given, when it cannot be read.
func (v *visit) form() (*form.Form, bool) {
	id := mux.Vars(v.r)["form"]
	f, err := v.definition(id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		v.missing()
		return nil, false
	case err != nil:
		v.Log.Error("a form cannot be read", "form", id, "error", err.Error())
		v.refuse(trouble())
		return nil, false
	}
	return f, true
}

func (v *visit) definition(id string) (*form.Form, error) {
	if !plainName(id) {
		return nil, fs.ErrNotExist
	}
	b, err := v.read(path.Join("forms", id, "form.json"))
	if err != nil {
		return nil, err
	}
	v.forms.mu.Lock()
	defer v.forms.mu.Unlock()
	if k, ok := v.forms.known[id]; ok && k.bytes == string(b) {
		return k.form, nil
	}
	f, err := form.Decode(b)
	if err != nil {
		return nil, err
	}
	if f.ID != id {
		return nil, fmt.Errorf("form.json in the folder %s is of the form %s", id, f.ID)
	}
	if v.forms.known == nil {
		v.forms.known = map[string]known{}
	}
	v.forms.known[id] = known{string(b), f}
	return f, nil
}

// plainName tells whether s can be a form's id: lower case letters, digits and
// hyphens, and no more of them than a file system takes.
func plainName(s string) bool {
	return s != "" && len(s) <= 200 && !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' })
}

// page answers with the published page at the site path, its regions filled.
func (v *visit) page(status int, name string, regions map[shell.Region][]byte) error {
	b, err := v.read(name)
	if err != nil {
		return err
	}
	if b, err = shell.Fill(b, regions); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	v.html(status, b)
	return nil
}

func (v *visit) html(status int, b []byte) {
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.lang.Tag())
	h.Set("Cache-Control", "no-store")
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		v.w.Write(b)
	}
}

// local turns a Chinese site path into the name of the page's file in the
// visitor's language.
func (v *visit) local(p string) string {
	return strings.TrimPrefix(v.lang.Path(p), "/") + "index.html"
}

// shell answers with a page of our own in the published frame. at is the
// Chinese address to which the frame's language switch leads. The title is
// followed by the site's name as the frame has it.
func (v *visit) shell(status int, title, main, at string) {
	b, err := v.read(v.local("/forms/shell/"))
	title = html.EscapeString(title)
	if err == nil {
		if head, _, ok := bytes.Cut(b, []byte("</title>")); ok {
			if i := bytes.LastIndex(head, []byte(" – ")); i > bytes.LastIndex(head, []byte("<title>")) {
				title += string(head[i:])
			}
		}
		b, err = shell.Fill(bytes.ReplaceAll(b, []byte("/forms/shell/"), []byte(html.EscapeString(at))), map[shell.Region][]byte{
			shell.Title: []byte("<title>" + title + "</title>"),
			shell.Main:  []byte(main),
		})
	}
	if err != nil {
		v.Log.Error("the shell page cannot be filled", "error", err.Error())
		b = []byte("<!DOCTYPE html><html lang=\"" + v.lang.Tag() + "\"><head><meta charset=\"utf-8\"><title>" + title + "</title></head><body><main>" + main + "</main></body></html>")
	}
	v.w.Header().Set("X-Robots-Tag", "noindex")
	v.html(status, b)
}
