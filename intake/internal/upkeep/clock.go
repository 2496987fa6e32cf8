package upkeep

import (
	"context"
	"encoding/json"
	"time"
)

const (
	// A clock that goes back by more than backward, or forward by more than
	// forward since the last look, is in doubt: it was set, or we did not run.
	backward = 5 * time.Minute
	forward  = 48 * time.Hour
	// settled is how long it has to go on without another jump before anything
	// is erased by it.
	settled = 24 * time.Hour
)

// clock is what is remembered of the clock, in the store.
type clock struct {
	Seen  time.Time `json:"seen"`
	Doubt time.Time `json:"doubt"` // since when it has gone evenly
}

// believe tells whether the clock has gone evenly for long enough that what
// expires by it may be erased. What is erased too late can be erased tomorrow;
// what is erased too early is lost.
func (u Upkeep) believe(ctx context.Context, now time.Time) (bool, error) {
	const name = "clock"
	var c clock
	b, err := u.Box.Get(ctx, name)
	if err != nil {
		return false, err
	}
	if json.Unmarshal(b, &c) != nil || c.Seen.IsZero() {
		c.Doubt = now
	} else if jump := now.Sub(c.Seen); jump < -backward || jump > forward {
		u.Log.Warn("the clock has jumped, or we did not run: nothing is erased until it has gone evenly for a day",
			"was", c.Seen.UTC().Format(time.RFC3339), "is", now.UTC().Format(time.RFC3339))
		c.Doubt = now
	}
	c.Seen = now
	if b, err = json.Marshal(c); err != nil {
		return false, err
	}
	if err := u.Box.Put(ctx, name, b); err != nil {
		return false, err
	}
	even := now.Sub(c.Doubt)
	return even >= settled, nil
}
