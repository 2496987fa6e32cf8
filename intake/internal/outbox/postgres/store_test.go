package postgres

import (
	"path/filepath"
	"testing"

	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/outboxtest"
	"waijiao/intake/internal/outbox/postgres/pgtest"
	"waijiao/intake/internal/outbox/sqlite"
)

func opened(t testing.TB, address string) *Store {
	t.Helper()
	box, err := Open(t.Context(), address)
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
	server := pgtest.Start(t)
	outboxtest.Run(t, func(t *testing.T) outbox.Store { return opened(t, server.Database(t)) })
}

func file(t *testing.T) outbox.Store {
	t.Helper()
	box, err := sqlite.Open(filepath.Join(t.TempDir(), "outbox.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return box
}

func TestADumpMovesToTheOtherKindOfStore(t *testing.T) {
	server := pgtest.Start(t)
	t.Run("from SQLite", func(t *testing.T) { outboxtest.Copy(t, file(t), opened(t, server.Database(t))) })
	t.Run("from PostgreSQL", func(t *testing.T) { outboxtest.Copy(t, opened(t, server.Database(t)), file(t)) })
}

func BenchmarkAccept(b *testing.B) {
	server := pgtest.Start(b)
	outboxtest.BenchmarkAccept(b, func(b *testing.B) outbox.Store { return opened(b, server.Database(b)) })
}
