// Package headers is the one list of HTTP headers that every answer of the
// site carries, whoever serves it. intake sets them by Set; the generator
// publishes them as files that other web servers include:
//
//	nginx:  include /srv/waijiao/public/headers.nginx;
//	Caddy:  import /srv/waijiao/public/headers.caddy
package headers

import (
	"net/http"
	"strings"
)

// Header is one field and its value. No value has a quotation mark of the
// double kind, so that it can stand in quotes anywhere.
type Header struct{ Name, Value string }

// All returns the headers, in a fixed order.
func All() []Header {
	return []Header{
		// Nothing but our own files, and no code or style inside a page.
		{"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"},
		{"X-Content-Type-Options", "nosniff"},
		// Not no-referrer: a form's POST would then say Origin: null, and be
		// refused as cross-site by browsers that send no Sec-Fetch-Site.
		{"Referrer-Policy", "same-origin"},
		{"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
	}
}

// Set sets the headers on an answer.
func Set(h http.Header) {
	for _, f := range All() {
		h.Set(f.Name, f.Value)
	}
}

// Nginx returns the headers as a file for nginx's include, to stand in a
// server or location block. nginx inherits add_header only into blocks that
// have none of their own, so each such block needs the include again.
func Nginx() []byte {
	var b strings.Builder
	for _, f := range All() {
		b.WriteString("add_header " + f.Name + ` "` + f.Value + `" always;` + "\n")
	}
	return []byte(b.String())
}

// Caddy returns the headers as a file for Caddy's import, to stand in a site
// block.
func Caddy() []byte {
	var b strings.Builder
	b.WriteString("header {\n")
	for _, f := range All() {
		b.WriteString("\t" + f.Name + ` "` + f.Value + `"` + "\n")
	}
	b.WriteString("}\n")
	return []byte(b.String())
}
