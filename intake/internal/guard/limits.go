package guard

import (
	"math"
	"net/netip"
	"strings"
	"time"
)

// Rate is how often something may happen: Burst times at once, and each of
// them again after Every. A negative Burst is no limit.
type Rate struct {
	Burst int
	Every time.Duration // at least a millisecond
}

// Limits are the numbers that an operator may set. Zero means the default.
type Limits struct {
	// Address is for one address, an IPv6 address with its /64: 100 posts,
	// then one in three seconds.
	Address Rate
	// Form is for one form, whoever sends it: 500 posts, then one a second. It
	// is well above Address, so that no single address can use it up.
	Form Rate
	// Recipient is for the receipts to one mailbox, which whoever fills in a
	// form may choose: 20, then one in a quarter of an hour.
	Recipient Rate
	// Longest is how long a post waits at most: ten seconds. What would have
	// to wait for longer is set aside at once.
	Longest time.Duration
	// Waiting is how many posts wait at the same time: 200. Further ones are
	// set aside at once, since a post that waits holds a connection.
	Waiting int
	// Refuse is how many posts over its rate are set aside for one address
	// before further ones are refused: 1,000.
	Refuse int
	// Remembered bounds the addresses, the forms and the mailboxes that are
	// remembered, each: 50,000, which is about four megabytes.
	Remembered int
}

func (l Limits) filled() Limits {
	rate := func(r *Rate, d Rate) {
		if r.Burst == 0 {
			r.Burst = d.Burst
		}
		if r.Every <= 0 {
			r.Every = d.Every
		}
		r.Every = max(r.Every, time.Millisecond)
	}
	rate(&l.Address, Rate{100, 3 * time.Second})
	rate(&l.Form, Rate{500, time.Second})
	rate(&l.Recipient, Rate{20, 15 * time.Minute})
	number := func(n *int, d int) {
		if *n <= 0 {
			*n = d
		}
	}
	number(&l.Waiting, 200)
	number(&l.Refuse, 1000)
	number(&l.Remembered, 50_000)
	if l.Longest <= 0 {
		l.Longest = 10 * time.Second
	}
	return l
}

func (l Limits) rate(k kind) Rate { return [kinds]Rate{l.Address, l.Form, l.Recipient}[k] }

// cap is how far ahead of the clock counting can bring a bucket: to the point
// where nothing is counted any more.
func (l Limits) cap(k kind) time.Duration {
	over := time.Duration(0)
	if k == ofAddress {
		over = time.Duration(l.Refuse) * l.Address.Every
	}
	if k != ofRecipient {
		over += l.Longest
	}
	r := l.rate(k)
	return time.Duration(r.Burst)*r.Every + over
}

// kind is what a bucket is for.
type kind uint8

const (
	ofAddress kind = iota
	ofForm
	ofRecipient
	kinds = 3
)

// Verdict is what becomes of a post.
type Verdict struct {
	// Wait is how long to hold the post back before anything else is done.
	Wait time.Duration
	// Aside, if not empty, is the reason to set it aside.
	Aside Reason
	// Refuse is set when it must not be accepted now.
	Refuse bool
}

// Admit judges a post to the form, which must be one that exists, by how much
// has come from the address and to the form of late. Call it once for each
// post, before the body is read.
//
// A loopback address is this machine, or a proxy of ours that is not named as
// one, behind which everybody stands, and is never limited. All addresses that
// are not valid count as one.
func (g *Guard) Admit(from netip.Addr, form string) Verdict {
	if from.Unmap().IsLoopback() {
		return Verdict{}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now().UnixMilli()
	g.changed = true
	longest := g.limits.Longest.Milliseconds()

	address, at := g.bucket(ofAddress, sender(from), now)
	if at.delay > longest+int64(g.limits.Refuse)*address.every {
		return Verdict{Refuse: true}
	}
	address.count(at, now)
	if at.delay > longest {
		return Verdict{Aside: ByAddress}
	}
	// What is held because of the form leads to no mail and is not counted, so
	// that a flood is over for the form when it is over.
	all, to := g.bucket(ofForm, form, now)
	if to.delay > longest {
		return Verdict{Aside: ByForm}
	}
	wait, why := at.delay, ByAddress
	if to.delay > wait {
		wait, why = to.delay, ByForm
	}
	if wait > 0 && !g.mayWait(now, now+wait) {
		return Verdict{Aside: why}
	}
	all.count(to, now)
	return Verdict{Wait: time.Duration(max(wait, 0)) * time.Millisecond}
}

// Receipt is called once for each receipt that is to be mailed. The reason, if
// not empty, is to set the post aside: somebody has many receipts sent to this
// mailbox. Letter case, what stands behind a + and dots before the @ make no
// new mailbox here, since with many providers all of these reach one person.
func (g *Guard) Receipt(mailbox string) Reason {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now().UnixMilli()
	t, at := g.bucket(ofRecipient, person(mailbox), now)
	if at.delay > 0 {
		return ByRecipient
	}
	t.count(at, now)
	g.changed = true
	return ""
}

func (g *Guard) bucket(k kind, subject string, now int64) (*table, bucket) {
	t := g.tables[k]
	return t, t.look(digest(g.mac("limit "+string('0'+rune(k)), subject, nil)), now)
}

// mayWait books a place to wait until then, if one is free. A post whose
// sender has gone keeps its place until its time is over.
func (g *Guard) mayWait(now, until int64) bool {
	left := g.waiting[:0]
	for _, u := range g.waiting {
		if u > now && u <= now+g.limits.Longest.Milliseconds() {
			left = append(left, u)
		}
	}
	g.waiting = left
	if len(left) >= g.limits.Waiting {
		return false
	}
	g.waiting = append(left, until)
	return true
}

// sender is what counts as one address.
func sender(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// person is what counts as one mailbox.
func person(mailbox string) string {
	mailbox = strings.ToLower(strings.TrimSpace(mailbox))
	at := strings.LastIndexByte(mailbox, '@')
	if at < 0 {
		return mailbox
	}
	local, domain := strings.Trim(mailbox[:at], `"`), strings.TrimSuffix(mailbox[at+1:], ".")
	if i := strings.IndexByte(local, '+'); i > 0 {
		local = local[:i]
	}
	return strings.ReplaceAll(local, ".", "") + "@" + domain
}

// unlimited is the delay of what is never limited.
const unlimited = math.MinInt64
