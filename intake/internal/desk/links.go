package desk

import (
	"crypto/hmac"
	"encoding/base64"
	"strings"

	"waijiao/internal/locale"
)

// Role is for whom a secret link is.
type Role string

// The roles. The link of one role is of no use for the other.
const (
	Person  Role = "receipt" // sees how far the submission has come
	Officer Role = "office"  // marks it
)

// Capability returns the secret part of a link: the reference number, and 128
// bits that only we can work out. Nothing of it is stored; it ends when the
// submission is erased.
func (d *Desk) Capability(role Role, reference string) string {
	return reference + "." + base64.RawURLEncoding.EncodeToString(d.digest("link", string(role), reference)[:16])
}

// Reference reads a capability; ok is false for one that we did not make.
func (d *Desk) Reference(role Role, capability string) (reference string, ok bool) {
	reference, _, _ = strings.Cut(capability, ".")
	return reference, hmac.Equal([]byte(capability), []byte(d.Capability(role, reference)))
}

// Path is the address of a secret link on the site.
func (d *Desk) Path(role Role, reference string, l locale.Lang) string {
	return l.Path("/forms/" + string(role) + "/" + d.Capability(role, reference) + "/")
}

// URL is a secret link in full. site is the address of the published site, for
// where none is configured.
func (d *Desk) URL(role Role, reference string, l locale.Lang, site string) string {
	return d.base(site) + d.Path(role, reference, l)
}

// base begins the links in mails.
func (d *Desk) base(site string) string {
	if d.BaseURL != "" {
		site = d.BaseURL
	}
	return strings.TrimSuffix(site, "/")
}
