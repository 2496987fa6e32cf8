package outboxtest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
)

// Copy fills the empty store from with something of everything, moves it to
// the empty store to by a dump, and asserts that to holds the same and works.
// The two may be of different kinds.
func Copy(t *testing.T, from, to outbox.Store) {
	t.Helper()
	for n := range 30 {
		s := submission(n, fmt.Sprintf("key-%d", n))
		if n%3 == 0 {
			s.Status, s.Key, s.Expires = outbox.Held, "", time.Time{}
		}
		s.Record = bytes.Repeat([]byte{0, 255, byte(n)}, 1000*n)
		accept(t, from, s, mails(n))
	}
	must(t, from.Post(t.Context(), start(), []outbox.Mail{mail(outbox.Bulletin, "news")}))
	due := lend(t, from, start())
	must(t, from.Done(t.Context(), due[0]))
	must(t, from.Dead(t.Context(), due[1], "550 编号", []outbox.Mail{mail(outbox.Apology, "sorry")}))
	must(t, from.Retry(t.Context(), due[2], start().Add(time.Hour), "450"))
	must(t, from.Erase(t.Context(), reference(29)))
	_, err := from.Mark(t.Context(), reference(28), outbox.Marking{Status: outbox.Closed, At: start()})
	must(t, err)
	must(t, second(from.Turn(t.Context(), "purge", start(), time.Hour)))
	must(t, from.Put(t.Context(), "name", []byte("value")))
	must(t, from.Put(t.Context(), "empty", []byte{}))

	first := dump(t, from)
	must(t, to.Load(t.Context(), strings.NewReader(first)))
	if again := dump(t, to); again != first {
		t.Errorf("the dump of what was loaded is another: %d and %d bytes", len(again), len(first))
	}
	want(t, "a second time", to.Load(t.Context(), strings.NewReader(first)), outbox.ErrNotEmpty)
	for n := range 29 {
		same(t, "loaded", find(t, to, reference(n)), find(t, from, reference(n)))
	}
	// It goes on where the other stopped.
	must(t, to.Done(t.Context(), due[3]))
	accept(t, to, submission(100, "new"), mails(100))
	seen := map[int64]bool{}
	for _, m := range lend(t, to, start().Add(2*time.Hour)) {
		if seen[m.ID] {
			t.Errorf("two mails have the number %d", m.ID)
		}
		seen[m.ID] = true
	}
	// 20 submissions were not held, one of them was erased (29), and its two
	// mails; a bulletin, an apology, two new ones; two sent and one dead.
	if len(seen) != 38+1+1+2-2-1 {
		t.Errorf("%d mails", len(seen))
	}
	if turn, err := to.Turn(t.Context(), "purge", start().Add(time.Minute), time.Hour); err != nil || turn {
		t.Errorf("the turn was forgotten: %v %v", turn, err)
	}
	_, fresh, err := to.Accept(t.Context(), submission(101, "key-1"), mails(101))
	if err != nil || fresh {
		t.Errorf("the key was forgotten: %v %v", fresh, err)
	}
}

func badDumps(t *testing.T, open Open) {
	from, to := open(t), open(t)
	for n := range 3 {
		accept(t, from, submission(n, ""), mails(n))
	}
	must(t, from.Put(t.Context(), "name", []byte("value")))
	good := dump(t, from)
	lines := strings.SplitAfter(strings.TrimSuffix(good, "\n"), "\n")
	empty := dump(t, to)
	for name, bad := range map[string]string{
		"nothing":                "",
		"foreign":                "BEGIN;\nCREATE TABLE x;\n",
		"foreign, one long line": strings.Repeat("x", 1<<20),
		"foreign JSON":           "{}\n{}\n",
		"cut after a line":       strings.Join(lines[:4], ""),
		"cut in a line":          good[:len(good)/2],
		"without its end":        strings.Join(lines[:len(lines)-1], ""),
		"without the last break": strings.TrimSuffix(good, "\n"),
		"a line is missing":      strings.Join(append(append([]string{}, lines[:3]...), lines[4:]...), ""),
		"lines changed places":   strings.Join(append([]string{lines[0], lines[2], lines[1]}, lines[3:]...), ""),
		"a letter changed":       strings.Replace(good, "hiring", "firing", 1),
		"something behind":       good + "x",
		"twice":                  good + good,
		"a later version":        strings.Replace(good, `"version":1`, `"version":2`, 1),
	} {
		err := to.Load(t.Context(), strings.NewReader(bad))
		if !errors.Is(err, outbox.ErrDump) {
			t.Errorf("%s: %v", name, err)
		}
		if dump(t, to) != empty {
			t.Fatalf("%s: something stayed", name)
		}
	}
	broken := errors.New("the disk is broken")
	want(t, "a broken reader", to.Load(t.Context(), &failing{strings.NewReader(good[:len(good)/2]), broken}), broken)
	want(t, "a broken writer", from.Dump(t.Context(), &failing{nil, broken}), broken)
	must(t, to.Load(t.Context(), strings.NewReader(good)))
	for name, fill := range map[string]func(outbox.Store) error{
		"a submission": func(b outbox.Store) error { return second2(b.Accept(t.Context(), submission(9, ""), nil)) },
		"a bulletin": func(b outbox.Store) error {
			return b.Post(t.Context(), start(), []outbox.Mail{mail(outbox.Bulletin, "x")})
		},
		"a value": func(b outbox.Store) error { return b.Put(t.Context(), "x", []byte("y")) },
		"a turn":  func(b outbox.Store) error { return second(b.Turn(t.Context(), "x", start(), time.Hour)) },
	} {
		box := open(t)
		must(t, fill(box))
		want(t, name, box.Load(t.Context(), strings.NewReader(good)), outbox.ErrNotEmpty)
	}
}

func second2[A, B any](_ A, _ B, err error) error { return err }

type failing struct {
	r   *strings.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.r.Len() == 0 {
		return 0, f.err
	}
	return f.r.Read(p)
}

func (f *failing) Write([]byte) (int, error) { return 0, f.err }
