package sqlite

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/outboxtest"
)

// A fault is a store that breaks one promise, and the part of the suite that
// must find it.
type fault struct {
	part  string
	store func(*Store) outbox.Store
}

func faults() map[string]fault {
	return map[string]fault{
		"forgets keys":           {"one_key_gives_one_submission", func(s *Store) outbox.Store { return forgetful{s} }},
		"lends twice":            {"nobody_gets_the_mail_of_another", func(s *Store) outbox.Store { return generous{s} }},
		"ignores leases":         {"the_life_of_a_mail", func(s *Store) outbox.Store { return credulous{s} }},
		"loses follow-up mails":  {"follow-up_mails", func(s *Store) outbox.Store { return terse{s} }},
		"says done and is not":   {"the_wrap_stays_while_a_mail_waits", func(s *Store) outbox.Store { return idle{s} }},
		"is always on turn":      {"turns", func(s *Store) outbox.Store { return eager{s} }},
		"keeps what is erased":   {"erasing_leaves_nothing", func(s *Store) outbox.Store { return hoarder{s} }},
		"purges too much":        {"purging_goes_by_the_day", func(s *Store) outbox.Store { return zealot{s} }},
		"lists without end":      {"pages_of_a_list", func(s *Store) outbox.Store { return loose{s} }},
		"loads half a dump":      {"what_is_no_dump_changes_nothing", func(s *Store) outbox.Store { return trusting{s} }},
		"revives what is sealed": {"dead_mails_are_revived", func(s *Store) outbox.Store { return medium{s} }},
		"releases anything":      {"a_held_submission_waits_for_its_release", func(s *Store) outbox.Store { return lax{s} }},
	}
}

func TestTheSuiteFindsBrokenStores(t *testing.T) {
	if name := os.Getenv("OUTBOX_FAULT"); name != "" {
		outboxtest.Run(t, func(t *testing.T) outbox.Store {
			return faults()[name].store(opened(t, filepath.Join(t.TempDir(), "outbox.db")))
		})
		return
	}
	for name, f := range faults() {
		cmd := exec.Command(os.Args[0], "-test.run=^TestTheSuiteFindsBrokenStores$/^"+regexp.QuoteMeta(f.part)+"$", "-test.timeout=1m")
		cmd.Env = append(os.Environ(), "OUTBOX_FAULT="+name)
		out, err := cmd.CombinedOutput()
		if err == nil || !bytes.Contains(out, []byte("--- FAIL: TestTheSuiteFindsBrokenStores/"+f.part)) {
			t.Errorf("a store that %s passed (%v):\n%s", name, err, out)
		}
	}
}

type (
	forgetful struct{ *Store }
	generous  struct{ *Store }
	credulous struct{ *Store }
	terse     struct{ *Store }
	idle      struct{ *Store }
	eager     struct{ *Store }
	hoarder   struct{ *Store }
	zealot    struct{ *Store }
	loose     struct{ *Store }
	trusting  struct{ *Store }
	medium    struct{ *Store }
	lax       struct{ *Store }
)

func (s forgetful) Accept(ctx context.Context, sub outbox.Submission, mails []outbox.Mail) (outbox.Submission, bool, error) {
	sub.Key = ""
	return s.Store.Accept(ctx, sub, mails)
}

func (s generous) Next(ctx context.Context, now, until time.Time, n int) ([]outbox.Message, error) {
	got, err := s.Store.Next(ctx, now, until, n)
	for _, m := range got[:min(1, len(got))] {
		if m.ID%10 == 0 && m.Lease < 3 {
			s.Postpone(ctx, m, now)
		}
	}
	return got, err
}

func (s credulous) Retry(ctx context.Context, m outbox.Message, due time.Time, reply string) error {
	s.Store.Retry(ctx, m, due, reply)
	return nil
}

func (s terse) Dead(ctx context.Context, m outbox.Message, reply string, _ []outbox.Mail) error {
	return s.Store.Dead(ctx, m, reply, nil)
}

func (s idle) Done(context.Context, outbox.Message) error { return nil }

func (s eager) Turn(ctx context.Context, name string, now time.Time, every time.Duration) (bool, error) {
	_, err := s.Store.Turn(ctx, name, now, every)
	return true, err
}

func (s hoarder) Erase(ctx context.Context, reference string) error {
	_, err := s.ByReference(ctx, reference)
	return err
}

func (s zealot) Purge(ctx context.Context, now time.Time, limit int) ([]outbox.Entry, error) {
	return s.Store.Purge(ctx, now.Add(time.Millisecond), limit)
}

func (s loose) List(ctx context.Context, f outbox.Filter) ([]outbox.Entry, error) {
	if f.After != "" {
		f.Limit = 0
	}
	got, err := s.Store.List(ctx, f)
	return got[min(len(got), max(0, len(got)-3)):], err
}

func (s trusting) Load(ctx context.Context, r io.Reader) error {
	s.Store.Load(ctx, r)
	return nil
}

func (s medium) Revive(ctx context.Context, reference string, at time.Time, wrap []byte) (int, error) {
	if wrap == nil {
		wrap = []byte("old wrap")
	}
	return s.Store.Revive(ctx, reference, at, wrap)
}

func (s lax) Release(ctx context.Context, reference string, at time.Time) (outbox.Submission, error) {
	got, err := s.Store.Release(ctx, reference, at)
	if err == outbox.ErrNotHeld {
		return s.ByReference(ctx, reference)
	}
	return got, err
}
