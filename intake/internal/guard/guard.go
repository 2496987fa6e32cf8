// Package guard tells people who fill in a form from programs that fill in
// every form they find, and keeps one address from taking all the room.
//
//	g := guard.New(secret, time.Now)
//	page.Stamp = g.Stamp("hiring-request")
//	…
//	switch g.Look(guard.Post{Form: "hiring-request", Stamp: stamp, Trap: trap}) { … }
//
// Nothing is turned away for good: whoever is doubted is asked to send once
// more, with everything kept. A whole school may stand behind one address, so
// Admit slows down long before it refuses.
package guard

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// fastest is how soon after the page was drawn a person may have sent it.
	fastest = 2 * time.Second
	// oldest is how long a page may stay open. Its stamp is worth nothing to a
	// program after that.
	oldest = 48 * time.Hour

	// burst posts at once from one address, then perSecond.
	burst     = 60
	perSecond = 1
	// longestWait is how long a post is held back before it is refused.
	longestWait = 10 * time.Second
	// addresses bounds what is remembered.
	addresses = 20_000
)

// Guard looks at posts. It is safe for many goroutines.
type Guard struct {
	secret []byte
	now    func() time.Time

	mu   sync.Mutex
	seen map[netip.Prefix]*rate.Limiter
}

// New makes a guard that signs its stamps with the secret, of 32 bytes.
func New(secret []byte, now func() time.Time) *Guard {
	return &Guard{secret: secret, now: now, seen: map[netip.Prefix]*rate.Limiter{}}
}

// Post is what the guard looks at.
type Post struct {
	Form  string
	Key   string // the page's key; without one there is no stamp to ask for
	Stamp string
	Trap  string // what stands in the field that no person sees
}

// Doubt is why a post is to be sent once more.
type Doubt string

// The doubts. None means that there is none.
const (
	None    Doubt = ""
	Trapped Doubt = "trapped"  // the hidden field was filled in
	TooFast Doubt = "too-fast" // sent before anybody could have read the page
	Stale   Doubt = "stale"    // the stamp is too old, or not ours
)

// Stamp returns the present time, signed for the form.
func (g *Guard) Stamp(form string) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(g.now().UnixMilli()))
	return base64.RawURLEncoding.EncodeToString(append(b, g.sign(form, b)...))
}

func (g *Guard) sign(form string, at []byte) []byte {
	mac := hmac.New(sha256.New, g.secret)
	mac.Write([]byte("stamp\x00" + form + "\x00"))
	mac.Write(at)
	return mac.Sum(nil)[:16]
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
	if err != nil || len(b) != 24 || !hmac.Equal(b[8:], g.sign(p.Form, b[:8])) {
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

// Admit tells how long a post from the address must wait, or ok false when it
// would be too long. An IPv6 address counts with its /64. A loopback address
// is a proxy of our own, behind which everybody stands, and never waits.
func (g *Guard) Admit(from netip.Addr) (wait time.Duration, ok bool) {
	from = from.Unmap()
	if !from.IsValid() || from.IsLoopback() {
		return 0, true
	}
	bits := 32
	if from.Is6() {
		bits = 64
	}
	prefix, err := from.WithZone("").Prefix(bits)
	if err != nil {
		return 0, true
	}
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.seen[prefix]
	if l == nil {
		if len(g.seen) >= addresses {
			g.forget(now)
		}
		l = rate.NewLimiter(perSecond, burst)
		g.seen[prefix] = l
	}
	r := l.ReserveN(now, 1)
	if wait = r.DelayFrom(now); wait > longestWait {
		r.CancelAt(now)
		return 0, false
	}
	return wait, true
}

// forget drops the addresses that have their whole burst again, and, under an
// attack from more addresses than can be remembered, all.
func (g *Guard) forget(now time.Time) {
	for p, l := range g.seen {
		if l.TokensAt(now) >= burst {
			delete(g.seen, p)
		}
	}
	if len(g.seen) >= addresses {
		clear(g.seen)
	}
}
