package guard

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Client is the address of the visitor: that of the peer, or, where the peer
// is one of the proxies that the operator has named, the address that the
// proxies tell. Each proxy writes the address of its own peer behind what it
// was sent, and visitors can send anything; so the last address is taken that
// is none of our proxies. Where a proxy tells no address that can be read, the
// nearest one that is sure is returned: that proxy's own.
//
// X-Forwarded-For is read where there is one, else Forwarded (RFC 7239). So
// a proxy that writes only Forwarded has to take X-Forwarded-For away from
// what visitors send.
//
// The address has no zone and is never an IPv4 address in IPv6 form. It is not
// valid where the peer has none, as on a Unix socket.
func Client(r *http.Request, proxies []netip.Prefix) netip.Addr {
	sure := peer(r.RemoteAddr)
	ours := func(a netip.Addr) bool {
		return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	if !sure.IsValid() || !ours(sure) {
		return sure
	}
	header, read := "X-Forwarded-For", node
	if len(r.Header.Values(header)) == 0 {
		header, read = "Forwarded", forwarded
	}
	lines := r.Header.Values(header)
	for _, line := range slices.Backward(lines) {
		for rest, element := line, ""; rest != ""; {
			rest, element = last(rest)
			if element == "" {
				continue // RFC 9110 section 5.6.1 allows empty elements
			}
			a, ok := read(element)
			if !ok {
				return sure
			}
			if !ours(a) {
				return a
			}
			sure = a
		}
	}
	return sure
}

// last cuts the last element off a list. It reads from the end, since only the
// end was written by somebody we trust: a quotation mark that a visitor leaves
// open must not swallow what a proxy wrote behind it.
func last(list string) (rest, element string) {
	quoted := false
	for i := len(list) - 1; i >= 0; i-- {
		switch {
		case list[i] == '"' && !escaped(list[:i]):
			quoted = !quoted
		case list[i] == ',' && !quoted:
			return list[:i], strings.Trim(list[i+1:], " \t")
		}
	}
	return "", strings.Trim(list, " \t")
}

// escaped tells whether the character behind s has a backslash of its own.
func escaped(s string) bool {
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
}

// forwarded reads the parameter "for" of one element of Forwarded.
func forwarded(element string) (netip.Addr, bool) {
	found := ""
	for rest := element; rest != ""; {
		var name, value string
		var ok bool
		if name, rest, ok = strings.Cut(rest, "="); !ok || !token(strings.TrimLeft(name, " \t")) {
			return netip.Addr{}, false
		}
		if value, rest, ok = parameter(rest); !ok {
			return netip.Addr{}, false
		}
		if strings.EqualFold(strings.TrimLeft(name, " \t"), "for") {
			if found != "" || value == "" {
				return netip.Addr{}, false
			}
			found = value
		}
	}
	if strings.Count(found, ":") > 1 && found[0] != '[' {
		return netip.Addr{}, false // an IPv6 address stands in brackets here
	}
	return node(found)
}

// parameter reads a token or a quoted string and the semicolon behind it.
func parameter(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, ";")
		value = strings.TrimRight(value, " \t")
		return value, rest, token(value)
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
			b.WriteByte(s[i])
		case '"':
			rest = strings.TrimLeft(s[i+1:], " \t")
			if rest != "" && rest[0] != ';' {
				return "", "", false
			}
			return b.String(), strings.TrimPrefix(rest, ";"), true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

// token tells whether s is one by RFC 9110 section 5.6.2.
func token(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

// node reads an address as proxies write it: alone, or with a port, IPv6 with
// or without brackets.
func node(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil && strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		if a, err = netip.ParseAddr(s[1 : len(s)-1]); err == nil && !a.Is6() {
			return netip.Addr{}, false
		}
	}
	if err != nil {
		var with netip.AddrPort
		if with, err = netip.ParseAddrPort(s); err != nil {
			return netip.Addr{}, false
		}
		a = with.Addr()
	}
	a = a.Unmap().WithZone("")
	return a, !a.IsUnspecified() && !a.IsMulticast()
}

func peer(remote string) netip.Addr {
	a, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap().WithZone("")
}
