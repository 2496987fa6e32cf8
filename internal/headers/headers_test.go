package headers_test

import (
	"net/http"
	"strings"
	"testing"

	"waijiao/internal/headers"
)

func TestEveryWebServerGetsTheSameHeaders(t *testing.T) {
	h := http.Header{}
	headers.Set(h)
	nginx, caddy := string(headers.Nginx()), string(headers.Caddy())
	for _, f := range headers.All() {
		if strings.ContainsAny(f.Value, "\"\r\n;$") && f.Name != "Content-Security-Policy" || strings.ContainsAny(f.Value, "\"\r\n$") {
			t.Errorf("%s cannot stand in quotes: %s", f.Name, f.Value)
		}
		if h.Get(f.Name) != f.Value || !strings.Contains(nginx, "add_header "+f.Name+` "`+f.Value+`" always;`) || !strings.Contains(caddy, "\t"+f.Name+` "`+f.Value+`"`) {
			t.Errorf("%s is not everywhere the same", f.Name)
		}
	}
	if len(h) != strings.Count(nginx, "\n") || len(h) != strings.Count(caddy, "\n\t") {
		t.Error("a file has other headers")
	}
}

func TestNothingInlineIsAllowed(t *testing.T) {
	h := http.Header{}
	headers.Set(h)
	csp := h.Get("Content-Security-Policy")
	for _, word := range []string{"unsafe", "*", "http:", "https:"} {
		if strings.Contains(csp, word) {
			t.Errorf("the policy says %s", word)
		}
	}
	if !strings.HasPrefix(csp, "default-src 'none'; ") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Error(csp)
	}
}
