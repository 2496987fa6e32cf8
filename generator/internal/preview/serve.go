package preview

import (
	"fmt"
	"maps"
	"net/http"
	"path"
	"strings"

	"waijiao/internal/locale"
)

// own is the address below which the preview keeps what is its own.
const own = "/_preview/"

func isPage(name string) bool { return strings.HasSuffix(name, ".html") }

// ServeHTTP answers from the latest build. A request that comes before the
// first build is done waits for it.
func (s *show) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case <-s.first:
	case <-r.Context().Done():
		return
	}
	maps.Copy(w.Header(), s.opt.Header)
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		said := locale.T("预览只显示页面，不收表单。要试表单，请运行 make run。",
			"The preview only shows pages and takes no forms. To try a form, use make run.")
		http.Error(w, said.ZH+"\n"+said.EN, http.StatusMethodNotAllowed)
		return
	}
	switch now := s.state(); r.URL.Path {
	case own + "events":
		s.events(w, r, now)
	case own + "preview.js":
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		fmt.Fprint(w, script)
	case own + "preview.css":
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		fmt.Fprint(w, style)
	default:
		now.page(w, r)
	}
}

// page answers with a file of the site.
func (now state) page(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if strings.HasSuffix(r.URL.Path, "/") {
		name = path.Join(name, "index.html")
	}
	status := http.StatusOK
	body, found := now.files[name]
	if !found {
		if _, folder := now.files[path.Join(name, "index.html")]; folder {
			http.Redirect(w, r, "/"+name+"/", http.StatusMovedPermanently)
			return
		}
		status = http.StatusNotFound
		l, _ := locale.FromPath(r.URL.Path)
		name = strings.TrimPrefix(l.Path("/404.html"), "/")
		if body, found = now.files[name]; !found {
			// No build has succeeded yet.
			status, body = http.StatusServiceUnavailable, []byte(blank)
		}
	}
	w.Header().Set("Content-Type", contentType(name))
	if isPage(name) {
		body = now.dress(body)
	}
	w.WriteHeader(status)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the browser may be gone
	}
}

// contentType goes by the ending and not by the operating system's table.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".webp":
		return "image/webp"
	case ".xml":
		return "application/xml; charset=utf-8"
	case ".json":
		return "application/json; charset=utf-8"
	case ".pdf":
		return "application/pdf"
	case ".txt", ".csv", ".conf":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// events tells a browser of every build, the present one at once, as
// server-sent events (HTML Standard, section 9.2).
func (s *show) events(w http.ResponseWriter, r *http.Request, now state) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	for {
		if _, err := fmt.Fprintf(w, "retry: 500\ndata: %d\n\n", now.number); err != nil {
			return
		}
		if out.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-now.next:
			now = s.state()
		}
	}
}
