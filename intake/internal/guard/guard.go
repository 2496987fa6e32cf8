// Package guard tells people who fill in a form from programs that fill in
// every form they find, and keeps one sender from taking all the room.
//
//	g := guard.New(secret, time.Now)
//	page.Stamp = g.Stamp("hiring-request")
//	…
//	from := guard.Client(r, proxies)
//	switch v := g.Admit(from, "hiring-request"); { … } // before the body is read
//	doubt := g.Look(guard.Post{Form: "hiring-request", Stamp: stamp, Trap: trap})
//	reason := g.Receipt("teacher@example.org") // before a receipt is mailed
//
// A whole school or a carrier may stand behind one address, so nobody is
// turned away early. There are large bursts; then posts wait; then they are
// set aside: accepted, with a reference number, but held until a person
// releases them. Only absurd excess is refused. What is set aside has a
// Reason.
//
// The limits live in memory and survive a restart by Save and Load. They hold
// keyed digests in place of addresses and mailboxes, and each only for as long
// as it still limits anything. Several instances count each for itself.
package guard

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync"
	"time"
)

const (
	// fastest is how soon after the page was drawn a person may have sent it.
	fastest = 2 * time.Second
	// oldest is how long a page may stay open. Its stamp is worth nothing to a
	// program after that.
	oldest = 48 * time.Hour
)

// Guard looks at posts. It is safe for many goroutines.
type Guard struct {
	secret []byte
	now    func() time.Time
	limits Limits

	mu      sync.Mutex
	tables  [kinds]*table
	waiting []int64 // until when those posts wait that were told to
	changed bool    // since the last SaveFile

	saving sync.Mutex // held by SaveFile, whose calls share a temporary name
}

// New makes a guard with the usual limits, which signs its stamps with the
// secret, of 32 bytes.
func New(secret []byte, now func() time.Time) *Guard {
	return NewLimited(secret, now, Limits{})
}

// NewLimited makes a guard with limits of the operator's choice.
func NewLimited(secret []byte, now func() time.Time, l Limits) *Guard {
	g := &Guard{secret: secret, now: now, limits: l.filled()}
	for k := range g.tables {
		g.tables[k] = newTable(g.limits.rate(kind(k)), g.limits.cap(kind(k)), g.limits.Remembered)
	}
	return g
}

// Post is what the guard looks at.
type Post struct {
	Form  string
	Key   string // the page's key; without one there is no stamp to ask for
	Stamp string
	Trap  string // what stands in the field that no person sees
}

// Doubt is what is odd about a post.
type Doubt string

// The doubts. None means that there is none.
const (
	None    Doubt = ""
	Trapped Doubt = "trapped"  // the hidden field was filled in
	TooFast Doubt = "too-fast" // sent before anybody could have read the page
	Stale   Doubt = "stale"    // the stamp is too old, or not ours: send once more
)

// Aside is the reason to set the post aside, or empty: a page that was open for
// too long says nothing against whoever sends it, and is sent once more.
func (d Doubt) Aside() Reason {
	switch d {
	case Trapped:
		return ByTrap
	case TooFast:
		return ByHaste
	}
	return ""
}

// Reason is why a post is set aside, in kebab-case, for machines.
type Reason string

// The reasons.
const (
	ByTrap      Reason = "trap"
	ByHaste     Reason = "too-fast"
	ByAddress   Reason = "address-limit"
	ByForm      Reason = "form-limit"
	ByRecipient Reason = "recipient-limit"
)

// Stamp returns the present time, signed for the form.
func (g *Guard) Stamp(form string) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(g.now().UnixMilli()))
	return base64.RawURLEncoding.EncodeToString(append(b, g.mac("stamp", form, b)...))
}

// mac signs b, or names it, for one purpose and subject.
func (g *Guard) mac(purpose, subject string, b []byte) []byte {
	mac := hmac.New(sha256.New, g.secret)
	mac.Write([]byte(purpose + "\x00" + subject + "\x00"))
	mac.Write(b)
	return mac.Sum(nil)[:digestSize]
}

// Look judges a post. A page without key and stamp was drawn by another web
// server than us; then there is only the trap.
func (g *Guard) Look(p Post) Doubt {
	if p.Trap != "" {
		return Trapped
	}
	if p.Key == "" && p.Stamp == "" {
		return None
	}
	b, err := base64.RawURLEncoding.DecodeString(p.Stamp)
	if err != nil || len(b) != 8+digestSize || !hmac.Equal(b[8:], g.mac("stamp", p.Form, b[:8])) {
		return Stale
	}
	switch age := g.now().Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(b[:8])))); {
	case age > oldest, age < 0: // or the clock was set back since
		return Stale
	case age < fastest:
		return TooFast
	}
	return None
}
