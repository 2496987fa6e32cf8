package courier

import (
	"regexp"
	"strings"

	"waijiao/intake/internal/outbox"
)

// address finds what may be a mailbox in a relay's words.
var address = regexp.MustCompile(`[^\s<>()\[\]{},;:"'=|]+@[^\s<>()\[\]{},;:"'=|]+`)

// word finds what may be a part of one, standing alone.
var word = regexp.MustCompile(`[^\s<>()\[\]{},;:"'=|@]+`)

// discreet takes personal data out of a relay's words: every address, and the
// two halves of the recipient's where they stand alone. The office's own
// address is nobody's secret and tells the operator what to mend. What is left
// is cut to 500 bytes.
func discreet(reply string, p Parcel, kind outbox.Kind) string {
	known := kind == outbox.ToOffice || kind == outbox.Bulletin
	reply = address.ReplaceAllStringFunc(reply, func(s string) string {
		if known && strings.EqualFold(strings.TrimRight(s, ".!?"), p.To) {
			return s
		}
		return "[address]"
	})
	if !known {
		local, domain, _ := strings.Cut(p.To, "@")
		reply = word.ReplaceAllStringFunc(reply, func(s string) string {
			bare := strings.TrimRight(s, ".!?")
			switch {
			case bare != "" && strings.EqualFold(bare, local):
				return "[name]" + s[len(bare):]
			case bare != "" && strings.EqualFold(bare, domain):
				return "[domain]" + s[len(bare):]
			}
			return s
		})
	}
	return strings.ToValidUTF8(reply[:min(len(reply), 500)], "")
}
