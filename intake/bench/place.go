package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/postgres"
	"waijiao/intake/internal/outbox/postgres/pgtest"
	"waijiao/intake/internal/outbox/sqlite"
)

// place is where stores of one kind are made.
type place interface {
	// store is the address of a new one, as --store takes it.
	store(dir string) string
	open(store string) (outbox.Store, error)
	close()
}

func newPlace(kind string) (place, error) {
	switch kind {
	case "sqlite":
		return files{}, nil
	case "postgres":
		return startPostgres()
	}
	return nil, fmt.Errorf("there is no store %q: write sqlite or postgres", kind)
}

type files struct{}

func (files) store(dir string) string { return "sqlite:" + file(dir) }

func (files) open(store string) (outbox.Store, error) {
	return sqlite.Open(strings.TrimPrefix(store, "sqlite:"))
}

func (files) close() {}

// cluster is a PostgreSQL of our own.
type cluster struct {
	stage  *stage
	server *pgtest.Server
}

func startPostgres() (c *cluster, err error) {
	c = &cluster{stage: &stage{}}
	defer c.stage.caught(&err)
	c.server = pgtest.Start(c.stage)
	return c, nil
}

func (c *cluster) store(string) string { return c.server.Database(c.stage) }

func (c *cluster) open(store string) (outbox.Store, error) {
	return postgres.Open(context.Background(), store)
}

func (c *cluster) close() { c.stage.end() }

// stage is what pgtest needs of a test, outside of one.
type stage struct {
	testing.TB // what is not written below is not called
	ends       []func()
}

type stageError struct{ text string }

func (s *stage) Helper()           {}
func (s *stage) Cleanup(do func()) { s.ends = append(s.ends, do) }
func (s *stage) Error(args ...any) { panic(stageError{fmt.Sprint(args...)}) }
func (s *stage) Fatal(args ...any) { panic(stageError{fmt.Sprint(args...)}) }
func (s *stage) Fatalf(format string, args ...any) {
	panic(stageError{fmt.Sprintf(format, args...)})
}

func (s *stage) end() {
	for i := len(s.ends) - 1; i >= 0; i-- {
		s.ends[i]()
	}
	s.ends = nil
}

func (s *stage) caught(err *error) {
	if why, ok := recover().(stageError); ok {
		s.end()
		*err = fmt.Errorf("PostgreSQL: %s", why.text)
	}
}
