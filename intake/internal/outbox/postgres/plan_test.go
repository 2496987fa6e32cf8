package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/ledger"
	"waijiao/intake/internal/outbox/postgres/pgtest"
)

// explaining is an engine that asks for the plan of each SELECT before it runs
// it.
type explaining struct {
	ledger.Engine
	plans *[]string
}

func (e explaining) Write(ctx context.Context, do func(ledger.Tx) error) error {
	return e.Engine.Write(ctx, func(tx ledger.Tx) error { return do(explainingTx{tx, e.plans}) })
}

// Read is in a transaction too, for its settings.
func (e explaining) Read(ctx context.Context, do func(ledger.Tx) error) error {
	return e.Engine.Write(ctx, func(tx ledger.Tx) error { return do(explainingTx{tx, e.plans}) })
}

type explainingTx struct {
	ledger.Tx
	plans *[]string
}

func (t explainingTx) Query(each func(scan func(...any) error) error, text string, args ...any) error {
	var values []string
	for _, a := range args {
		values = append(values, fmt.Sprint(a)) // numbers, all of them
	}
	if _, err := t.Exec("PREPARE asked AS " + text); err != nil {
		return err
	}
	// With these values, and for any, as PostgreSQL plans a statement that it
	// has seen several times.
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		if _, err := t.Exec("SET LOCAL plan_cache_mode = " + mode); err != nil {
			return err
		}
		lines := []string{mode}
		err := t.Tx.Query(func(scan func(...any) error) error {
			var line string
			err := scan(&line)
			lines = append(lines, line)
			return err
		}, "EXPLAIN EXECUTE asked ("+strings.Join(values, ", ")+")")
		if err != nil {
			return err
		}
		*t.plans = append(*t.plans, strings.Join(lines, "\n"))
	}
	if _, err := t.Exec("DEALLOCATE asked"); err != nil {
		return err
	}
	return t.Tx.Query(each, text, args...)
}

// fill queues ten thousand mails.
func fill(t *testing.T, box *Store) {
	t.Helper()
	for range 20 {
		batch := make([]outbox.Mail, 500)
		for i := range batch {
			batch[i] = outbox.Mail{Kind: outbox.Bulletin, Parcel: make([]byte, 1500), Wrap: []byte("wrap")}
		}
		must(t, box.Post(t.Context(), start(), batch))
	}
}

// Who lends a few mails of a long queue does not read and sort all of it, also
// before PostgreSQL has gathered statistics, and where it has old ones.
func TestTheNextMailIsFoundByTheIndex(t *testing.T) {
	server := pgtest.Start(t)
	for _, c := range []struct {
		name   string
		before []string // what happens to an earlier queue
		after  bool     // statistics are gathered when the queue is there
	}{
		{"no statistics", nil, false},
		{"statistics", nil, true},
		{"statistics of an empty table", []string{"DELETE FROM intake.messages", "ANALYZE intake.messages"}, false},
		{"statistics of a time without a queue", []string{"UPDATE intake.messages SET state = 'sent'", "ANALYZE intake.messages"}, false},
		{"behind a long history", []string{"UPDATE intake.messages SET state = 'sent'"}, true},
	} {
		address := server.Database(t)
		box := opened(t, address)
		if len(c.before) > 0 {
			fill(t, box)
			admin(t, address, c.before...)
		}
		fill(t, box)
		if c.after {
			admin(t, address, "ANALYZE intake.messages")
		}
		plans := asked(t, box)
		for _, plan := range plans {
			if long(plan) {
				t.Errorf("%s:\n%s", c.name, plan)
			}
		}
		if len(plans) < 12 {
			t.Errorf("only %d plans", len(plans))
		}
		admin(t, address, "DROP INDEX intake.messages_due")
		if plans := asked(t, box); !slices.ContainsFunc(plans, long) {
			t.Errorf("nobody notices that the index is missing: %s", plans)
		}
	}
}

// asked lends a few mails three times and returns the plans.
func asked(t *testing.T, box *Store) (plans []string) {
	t.Helper()
	l := ledger.New(explaining{engine{box}, &plans}, ledger.Dialect{Lock: " FOR UPDATE", SkipLocked: " FOR UPDATE SKIP LOCKED"})
	for range 3 {
		lent, err := l.Next(t.Context(), start().Add(time.Second), start().Add(time.Hour), 4)
		if err != nil || len(lent) != 4 {
			t.Fatal(len(lent), err)
		}
	}
	return plans
}

// long tells that a plan reads more than it returns.
func long(plan string) bool {
	return strings.Contains(plan, "Sort") || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Bitmap")
}
