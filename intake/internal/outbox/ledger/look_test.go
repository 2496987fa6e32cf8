package ledger_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/ledger"
)

// one is a database with one submission. It writes down what it is asked.
type one struct {
	ledger.Engine
	reference string
	asked     []string
}

func (o *one) Snapshot(_ context.Context, do func(ledger.Tx) error) error { return do(rows{o}) }

type rows struct{ *one }

func (r rows) Exec(string, ...any) (int64, error) { return 0, errors.New("a look changes nothing") }

func (r rows) Destroyed() {}

func (r rows) Query(each func(scan func(...any) error) error, sql string, args ...any) error {
	r.asked = append(r.asked, sql)
	if strings.Contains(sql, "FROM submissions") && args[0] == r.reference {
		return each(func(to ...any) error { *to[0].(*string) = r.reference; return nil })
	}
	return nil
}

// Whoever asks about numbers that are not theirs is told nothing, by the time
// that it takes either.
func TestLookingAsksTheSameWhetherThereIsOneOrNone(t *testing.T) {
	here, gone := &one{reference: "HZ-0001"}, &one{reference: "HZ-0002"}
	if _, err := ledger.New(here, ledger.Dialect{}).Look(t.Context(), "HZ-0001"); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.New(gone, ledger.Dialect{}).Look(t.Context(), "HZ-0001"); !errors.Is(err, outbox.ErrNotFound) {
		t.Fatal(err)
	}
	if !slices.Equal(here.asked, gone.asked) || len(here.asked) == 0 {
		t.Errorf("%q\nbut for one that is not there\n%q", here.asked, gone.asked)
	}
}
