package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"syscall"
)

// mediaType is fixed here, so that it does not depend on the machine's tables.
func mediaType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".json":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".xml":
		if strings.HasPrefix(path.Base(name), "feed") || strings.HasPrefix(path.Base(name), "atom") {
			return "application/atom+xml; charset=utf-8"
		}
		return "application/xml; charset=utf-8"
	case ".atom":
		return "application/atom+xml; charset=utf-8"
	case ".txt", ".md":
		return "text/plain; charset=utf-8"
	case ".csv":
		return "text/csv; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".gif":
		return "image/gif"
	case ".webp":
		return "image/webp"
	case ".avif":
		return "image/avif"
	case ".ico":
		return "image/x-icon"
	case ".pdf":
		return "application/pdf"
	case ".docx":
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case ".xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case ".zip":
		return "application/zip"
	}
	return "application/octet-stream"
}

// static answers with a published file.
func (v *visit) static() {
	if v.r.Method != http.MethodGet && v.r.Method != http.MethodHead {
		v.wrongMethod()
		return
	}
	asked := v.r.URL.Path
	name := strings.TrimPrefix(path.Clean("/"+asked), "/")
	for segment := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(segment, ".") || strings.ContainsRune(segment, 0) {
			v.missing()
			return
		}
	}
	if p := path.Clean(v.path); p == "/forms/shell" || p == "/forms/shell/index.html" || p == "/404.html" {
		v.missing() // frames for other pages, not pages
		return
	}
	folder := strings.HasSuffix(asked, "/")
	if folder || name == "" {
		name = path.Join(name, "index.html")
	}
	f, err := v.site.Open(name)
	if err != nil {
		v.missing()
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		v.missing()
		return
	}
	if info.IsDir() {
		if _, err := v.site.Stat(path.Join(name, "index.html")); err != nil {
			v.missing()
			return
		}
		to := url.URL{Path: "/" + name + "/", RawQuery: v.r.URL.RawQuery}
		http.Redirect(v.w, v.r, to.String(), http.StatusMovedPermanently)
		return
	}
	if !info.Mode().IsRegular() {
		v.missing()
		return
	}
	h := v.w.Header()
	h.Set("Content-Type", mediaType(name))
	h.Set("ETag", etag(info))
	if strings.HasPrefix(name, "assets/") {
		// Their names change with their bytes.
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	http.ServeContent(v.w, v.r, "", info.ModTime(), f)
}

// etag names a state of a file. A publisher replaces files by renaming others
// over them, so the inode tells apart what size and time do not.
func etag(info fs.FileInfo) string {
	var inode uint64
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = st.Ino
	}
	return fmt.Sprintf(`"%x-%x-%x"`, info.ModTime().UnixNano(), info.Size(), inode)
}

// missing answers with the published page for what is not there.
func (v *visit) missing() {
	if v.json {
		v.problem(notFound())
		return
	}
	name := strings.TrimPrefix(v.lang.Path("/404.html"), "/")
	b, err := v.read(name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			v.Log.Error("the page for what is missing cannot be read", "error", err.Error())
		}
		v.refuse(notFound())
		return
	}
	v.html(http.StatusNotFound, b)
}

func (v *visit) wrongMethod() {
	allow := "GET, HEAD"
	if rest, ok := strings.CutPrefix(v.path, "/forms/"); ok && rest != "" && !strings.HasPrefix(rest, "receipt/") {
		allow += ", POST"
	}
	v.w.Header().Set("Allow", allow)
	v.refuse(refusal{http.StatusMethodNotAllowed, "method-not-allowed", text("不能这样访问", "This address does not work that way"),
		text("请从网站的页面上重新打开。", "Please open it again from a page of the site."), nil})
}
