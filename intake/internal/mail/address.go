package mail

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Address is a mailbox with an optional name for people.
type Address struct{ Name, Mailbox string }

// ParseMailbox checks one bare address, local@domain, and returns it as it may
// stand in an envelope: the domain in ASCII (RFC 5891). Quoted local parts,
// address literals and a local part outside ASCII are refused; the last needs
// SMTPUTF8 (RFC 6531) on the whole way, which nobody can promise.
func ParseMailbox(s string) (string, error) {
	local, domain, ok := strings.Cut(s, "@")
	// Punycode takes time by the square of the length.
	if !ok || local == "" || domain == "" || len(local) > 64 || len(domain) > 1024 || !utf8.ValidString(domain) {
		return "", fmt.Errorf("mail: %q is not an address of the form name@domain", s)
	}
	// Some programs decode an encoded word even here (RFC 2047 section 5
	// forbids it), and would find line ends in it.
	if strings.Contains(local, "=?") {
		return "", fmt.Errorf("mail: %q: the part before the @ looks like an encoded word", s)
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" || strings.ContainsFunc(atom, func(r rune) bool { return !atext(r) }) {
			return "", fmt.Errorf("mail: %q: the part before the @ has a character that mail cannot carry", s)
		}
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || len(local)+1+len(ascii) > 254 {
		return "", fmt.Errorf("mail: %q: the part after the @ is not a domain", s)
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") ||
			strings.ContainsFunc(label, func(r rune) bool { return !atext(r) || strings.ContainsRune("!#$%&'*+/=?^_`{|}~", r) }) {
			return "", fmt.Errorf("mail: %q: the part after the @ is not a domain", s)
		}
	}
	return local + "@" + ascii, nil
}

// ParseAddress reads `Name <local@domain>` or a bare address, as people write
// them on a command line.
func ParseAddress(s string) (Address, error) {
	if !strings.ContainsAny(s, "<\"") {
		box, err := ParseMailbox(strings.TrimSpace(s))
		return Address{Mailbox: box}, err
	}
	a, err := mail.ParseAddress(s)
	if err != nil {
		return Address{}, fmt.Errorf("mail: %q is not an address: %w", s, err)
	}
	box, err := ParseMailbox(a.Address)
	return Address{Name: a.Name, Mailbox: box}, err
}

func atext(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// Mask hides most of an address, for a page that says where a copy went:
// s•••@example.org.
func Mask(mailbox string) string {
	local, domain, ok := strings.Cut(mailbox, "@")
	if !ok || local == "" {
		return "•••"
	}
	for _, r := range local { // the first character
		return string(r) + "•••@" + domain
	}
	return "•••"
}

func (a Address) domain() string {
	_, domain, _ := strings.Cut(a.Mailbox, "@")
	return domain
}
