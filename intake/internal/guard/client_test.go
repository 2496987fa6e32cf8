package guard

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func TestTheVisitorBehindOurProxies(t *testing.T) {
	const ours = "10.0.0.1:4000"
	for name, c := range map[string]struct {
		peer string
		xff  []string
		fwd  []string
		want string
	}{
		"no proxy":                    {peer: "192.0.2.7:1", want: "192.0.2.7"},
		"a stranger tells tales":      {peer: "192.0.2.7:1", xff: []string{"198.51.100.1"}, fwd: []string{"for=198.51.100.2"}, want: "192.0.2.7"},
		"our proxy says nothing":      {peer: ours, want: "10.0.0.1"},
		"our proxy says it":           {peer: ours, xff: []string{"192.0.2.7"}, want: "192.0.2.7"},
		"two of ours":                 {peer: ours, xff: []string{"192.0.2.7, 10.0.0.2"}, want: "192.0.2.7"},
		"the visitor says more":       {peer: ours, xff: []string{"127.0.0.1, 10.0.0.9, 198.51.100.1, 192.0.2.7"}, want: "192.0.2.7"},
		"several headers":             {peer: ours, xff: []string{"198.51.100.1", "192.0.2.7", "10.0.0.2"}, want: "192.0.2.7"},
		"an empty header last":        {peer: ours, xff: []string{"192.0.2.7", ""}, want: "192.0.2.7"},
		"empty elements":              {peer: ours, xff: []string{",192.0.2.7,, ,"}, want: "192.0.2.7"},
		"only ours":                   {peer: ours, xff: []string{"10.0.0.3, 10.0.0.2"}, want: "10.0.0.3"},
		"garbage before":              {peer: ours, xff: []string{"<script>, 192.0.2.7"}, want: "192.0.2.7"},
		"garbage from ours":           {peer: ours, xff: []string{"192.0.2.7, unknown"}, want: "10.0.0.1"},
		"garbage behind a second":     {peer: ours, xff: []string{"192.0.2.7, unknown, 10.0.0.2"}, want: "10.0.0.2"},
		"no address at all":           {peer: ours, xff: []string{"0.0.0.0"}, want: "10.0.0.1"},
		"a group":                     {peer: ours, xff: []string{"ff02::1"}, want: "10.0.0.1"},
		"with a port":                 {peer: ours, xff: []string{"192.0.2.7:5060"}, want: "192.0.2.7"},
		"IPv6":                        {peer: ours, xff: []string{"2001:db8::7"}, want: "2001:db8::7"},
		"IPv6 in brackets":            {peer: ours, xff: []string{"[2001:db8::7]"}, want: "2001:db8::7"},
		"IPv6 with a port":            {peer: ours, xff: []string{"[2001:db8::7]:443"}, want: "2001:db8::7"},
		"IPv6 with a zone":            {peer: ours, xff: []string{"fe80::7%eth0"}, want: "fe80::7"},
		"IPv4 in brackets":            {peer: ours, xff: []string{"[192.0.2.7]"}, want: "10.0.0.1"},
		"IPv4 in IPv6":                {peer: ours, xff: []string{"::ffff:192.0.2.7"}, want: "192.0.2.7"},
		"ours in IPv6 clothes":        {peer: "[::ffff:10.0.0.1]:4000", xff: []string{"192.0.2.7, ::ffff:10.0.0.2"}, want: "192.0.2.7"},
		"a peer with a zone":          {peer: "[fe80::1%eth0]:9", want: "fe80::1"},
		"ours by IPv6":                {peer: "[fd00::5]:9", xff: []string{"192.0.2.7"}, want: "192.0.2.7"},
		"not quite ours":              {peer: "[fd01::5]:9", xff: []string{"192.0.2.7"}, want: "fd01::5"},
		"a peer without address":      {peer: "@", xff: []string{"192.0.2.7"}, want: "invalid IP"},
		"Forwarded":                   {peer: ours, fwd: []string{"for=192.0.2.7;proto=https;by=10.0.0.1"}, want: "192.0.2.7"},
		"Forwarded, spelt freely":     {peer: ours, fwd: []string{`Proto=http; FOR="192.0.2.7:99" ; host="a,b;c"`}, want: "192.0.2.7"},
		"Forwarded, IPv6":             {peer: ours, fwd: []string{`for="[2001:db8:cafe::17]:4711"`}, want: "2001:db8:cafe::17"},
		"Forwarded, bare IPv6":        {peer: ours, fwd: []string{`for="2001:db8:cafe::17"`}, want: "10.0.0.1"},
		"Forwarded, unquoted":         {peer: ours, fwd: []string{`for=[2001:db8:cafe::17]`}, want: "10.0.0.1"},
		"Forwarded, hidden":           {peer: ours, fwd: []string{`for=192.0.2.7, for=_secret`}, want: "10.0.0.1"},
		"Forwarded, unknown":          {peer: ours, fwd: []string{`for=192.0.2.7, for=unknown, for=10.0.0.2`}, want: "10.0.0.2"},
		"Forwarded, twice":            {peer: ours, fwd: []string{`for=192.0.2.7;for=192.0.2.8`}, want: "10.0.0.1"},
		"Forwarded, without for":      {peer: ours, fwd: []string{`proto=https`}, want: "10.0.0.1"},
		"Forwarded, several":          {peer: ours, fwd: []string{"for=198.51.100.1", "for=192.0.2.7, for=10.0.0.2"}, want: "192.0.2.7"},
		"an open quotation mark":      {peer: ours, fwd: []string{`for="198.51.100.1, for=192.0.2.7`}, want: "192.0.2.7"},
		"an open mark, then a quoted": {peer: ours, fwd: []string{`for="x\, for="[2001:db8::7]:1"`}, want: "2001:db8::7"},
		"a quoted comma":              {peer: ours, fwd: []string{`for=192.0.2.7;host="a, for=198.51.100.1"`}, want: "192.0.2.7"},
		"a quoted mark":               {peer: ours, fwd: []string{`for=192.0.2.7;host="a\", for=198.51.100.1"`}, want: "192.0.2.7"},
		"a backslash at the end":      {peer: ours, fwd: []string{`for="192.0.2.7\`}, want: "10.0.0.1"},
		"both headers":                {peer: ours, xff: []string{"192.0.2.7"}, fwd: []string{"for=198.51.100.1"}, want: "192.0.2.7"},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{}}
		for _, v := range c.xff {
			r.Header.Add("X-Forwarded-For", v)
		}
		for _, v := range c.fwd {
			r.Header.Add("Forwarded", v)
		}
		proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24"), netip.MustParsePrefix("fd00::/64")}
		if got := Client(r, proxies).String(); got != c.want {
			t.Errorf("%s: %s instead of %s", name, got, c.want)
		}
		if got, alone := Client(r, nil).String(), peer(c.peer).String(); got != alone {
			t.Errorf("%s, without proxies: %s instead of %s", name, got, alone)
		}
	}
}

func FuzzAVisitorCannotChooseTheAddress(f *testing.F) {
	f.Add("198.51.100.1", `for="198.51.100.1`)
	f.Add("127.0.0.1,", `for=1;host="\`)
	f.Add(`"`, `"\"`)
	f.Fuzz(func(t *testing.T, xff, fwd string) {
		if strings.ContainsAny(xff+fwd, "\r\n") {
			return
		}
		proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}
		// What a visitor sent, and our proxy wrote behind it.
		for header, value := range map[string]string{
			"X-Forwarded-For": xff + ", 192.0.2.7",
			"Forwarded":       fwd + `, for="192.0.2.7:80"`,
		} {
			r := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{header: {value}}}
			if got := Client(r, proxies).String(); got != "192.0.2.7" {
				t.Errorf("%s: %q: %s", header, value, got)
			}
		}
	})
}
