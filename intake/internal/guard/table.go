package guard

import (
	"cmp"
	"slices"
	"time"
)

// digestSize is enough that no two subjects meet by chance or by design: the
// digests are keyed.
const digestSize = 16

type digest [digestSize]byte

// table holds the buckets of one kind by the generic cell rate algorithm: one
// time for each, at which the bucket would be full again. A bucket that is
// full is the same as none, and is dropped when room is needed.
//
// When there are more buckets than the table may hold, those are forgotten
// that are nearest to being full, which are those of whoever sent least. So
// somebody with many addresses cannot make us forget the one that is limited.
type table struct {
	every, slack, cap int64 // milliseconds
	most              int
	off               bool
	full              map[digest]int64 // Unix milliseconds
}

func newTable(r Rate, cap time.Duration, most int) *table {
	every := r.Every.Milliseconds()
	return &table{every: every, slack: int64(r.Burst-1) * every, cap: cap.Milliseconds(), most: most, off: r.Burst < 0, full: map[digest]int64{}}
}

// bucket is one that was looked up.
type bucket struct {
	of    digest
	full  int64 // when it is full again; not before now
	delay int64 // how long until it lets one through, if above zero
}

func (t *table) look(d digest, now int64) bucket {
	if t.off {
		return bucket{delay: unlimited}
	}
	full := t.full[d]
	if !t.holds(full, now) {
		full = now
	}
	return bucket{d, full, full - t.slack - now}
}

// count takes one from the bucket.
func (t *table) count(b bucket, now int64) {
	if t.off {
		return
	}
	if _, known := t.full[b.of]; !known && len(t.full) >= t.most {
		t.forget(now)
	}
	t.full[b.of] = b.full + t.every
}

// forget makes room for at least one more.
func (t *table) forget(now int64) {
	t.clean(now)
	// A quarter at once, so that this is seldom.
	if room := max(t.most/4, 1); len(t.full) > t.most-room {
		type held struct {
			of   digest
			full int64
		}
		list := make([]held, 0, len(t.full))
		for d, full := range t.full {
			list = append(list, held{d, full})
		}
		slices.SortFunc(list, func(a, b held) int { return cmp.Compare(a.full, b.full) })
		for _, h := range list[:len(list)-(t.most-room)] {
			delete(t.full, h.of)
		}
	}
}

// clean drops the buckets that hold nobody back.
func (t *table) clean(now int64) {
	for d, full := range t.full {
		if !t.holds(full, now) {
			delete(t.full, d)
		}
	}
}

// holds tells whether the time says anything. One that is far beyond what
// counting can reach is from before the clock was set back, and must not limit
// anybody until the clock has come there again.
func (t *table) holds(full, now int64) bool {
	return full > now && full <= now+2*t.cap
}
