package sqlite

import (
	"path/filepath"
	"testing"

	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/outboxtest"
)

func opened(t testing.TB, path string) *Store {
	t.Helper()
	box, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	return box
}

func TestStore(t *testing.T) {
	outboxtest.Run(t, func(t *testing.T) outbox.Store { return opened(t, filepath.Join(t.TempDir(), "outbox.db")) })
}

func BenchmarkAccept(b *testing.B) {
	outboxtest.BenchmarkAccept(b, func(b *testing.B) outbox.Store { return opened(b, filepath.Join(b.TempDir(), "outbox.db")) })
}
