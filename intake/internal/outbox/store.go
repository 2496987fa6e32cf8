package outbox

import (
	"context"
	"errors"
	"io"
	"time"
)

// Status is how far the office has come with a submission.
type Status string

// The statuses. A held submission is doubtful: it is kept, and nothing of it
// is mailed until somebody releases it. A closed one stays closed.
const (
	Held     Status = "held"
	Received Status = "received"
	Handling Status = "handling"
	Answered Status = "answered"
	Closed   Status = "closed"
)

// Kind is what a mail is for.
type Kind string

// The kinds. Bulletins belong to no submission.
const (
	ToOffice Kind = "office"   // the submission itself
	Receipt  Kind = "receipt"  // to the submitter, when it was accepted
	Note     Kind = "note"     // to the submitter, when the office has marked it
	Apology  Kind = "apology"  // to the submitter, when the office cannot be reached
	Bulletin Kind = "bulletin" // to the office, about the state of things
)

// Store is what every outbox does. SQLite and PostgreSQL keep the same
// promises, and one suite of tests (package outboxtest) holds both to them.
// All methods may be called by many goroutines. Times are kept to the
// millisecond. An error means that nothing has been changed, but for one: when
// the connection to PostgreSQL breaks during a commit, nobody knows; repeating
// Accept with the same key is safe.
type Store interface {
	// Accept stores the submission and its mails and returns after they are on
	// the disk. The mails are due at once, or held with a submission whose
	// Status is Held. Where the form and key were accepted before, it stores
	// nothing and returns the submission of that time with fresh false. It
	// fails with ErrReferenceTaken where the reference number exists. A
	// submission without a Status is received, and one without Changed has
	// been so since Created.
	Accept(ctx context.Context, s Submission, mails []Mail) (stored Submission, fresh bool, err error)
	// ByKey finds the submission that was accepted under the form and key, or
	// fails with ErrNotFound.
	ByKey(ctx context.Context, form, key string) (Submission, error)
	// ByReference finds a submission, or fails with ErrNotFound.
	ByReference(ctx context.Context, reference string) (Submission, error)
	// Messages returns the mails of a submission in the order in which they
	// were handed over; none for an unknown one.
	Messages(ctx context.Context, reference string) ([]Message, error)
	// Look finds a submission with how far its mails have come, without its
	// Record and wraps, or fails with ErrNotFound.
	Look(ctx context.Context, reference string) (Entry, error)
	// List returns submissions without their Record and wraps, the oldest
	// first. It fails with ErrNotFound where f.After is gone.
	List(ctx context.Context, f Filter) ([]Entry, error)

	// Mark changes the status and queues the mails that say so. It fails with
	// ErrNotFound, with ErrChanged where it does not stand as m.Seen says, with
	// ErrNotOpen for a closed submission, and for a held one unless it is to be
	// closed; then its unsent mails are taken away. With mails it fails with
	// ErrSealed where the delivery wrap is destroyed, since nobody could send
	// them.
	Mark(ctx context.Context, reference string, m Marking) (Submission, error)
	// Release makes a held submission received and its mails due at once. It
	// fails with ErrNotFound, and with ErrNotHeld for any other.
	Release(ctx context.Context, reference string, at time.Time) (Submission, error)
	// Revive makes the dead mails of a submission due again, with a new count
	// of attempts and a new age, and returns how many they were. wrap, if not
	// nil, is the new delivery wrap; without one it fails with ErrSealed where
	// the old one is destroyed and a mail is dead. It fails with ErrNotFound
	// for an unknown submission. The reference "" stands for the bulletins.
	Revive(ctx context.Context, reference string, at time.Time, wrap []byte) (mails int, err error)
	// Erase removes a submission and its mails for good, whatever their state,
	// or fails with ErrNotFound.
	Erase(ctx context.Context, reference string) error
	// Purge erases up to limit submissions that expire at or before now, and
	// sent or dead bulletins older than 30 days, and returns the submissions
	// that were erased. It takes first what has been due longest.
	Purge(ctx context.Context, now time.Time, limit int) ([]Entry, error)

	// Post queues mails that belong to no submission. Each carries its Wrap.
	Post(ctx context.Context, at time.Time, mails []Mail) error
	// Next lends up to n of the mails that have been due longest at the time
	// now, until the time until. It returns none when none is due. One that is
	// due in more than two days is due now: the clock was set back.
	Next(ctx context.Context, now, until time.Time, n int) ([]Message, error)
	// Done records that the mail has been handed on, whoever says so.
	Done(ctx context.Context, m Message) error
	// Retry records a temporary refusal with its reply; the mail is due again
	// at the time due. It fails with ErrLeaseLost where somebody else holds
	// the mail, as do Postpone and Dead.
	Retry(ctx context.Context, m Message, due time.Time, reply string) error
	// Postpone gives the mail back untried: the way was blocked, which says
	// nothing about this mail.
	Postpone(ctx context.Context, m Message, due time.Time) error
	// Dead records that the mail was refused for good, and queues the mails
	// that say so, due at once.
	Dead(ctx context.Context, m Message, reply string, then []Mail) error

	// Turn reports whether it is this caller's turn to do the named task, which
	// is done once in every period; it is nobody else's turn until the period
	// has passed since now. A clock that was set back does not stop the task
	// for longer than a period.
	Turn(ctx context.Context, name string, now time.Time, every time.Duration) (bool, error)
	// Put keeps a small value under a name, and Get returns it, or nil.
	Put(ctx context.Context, name string, value []byte) error
	Get(ctx context.Context, name string) ([]byte, error)

	// Count tells how much of what there is.
	Count(ctx context.Context, now time.Time) (Counts, error)
	// Check proves that the store can be written durably: its settings hold
	// and a transaction commits.
	Check(ctx context.Context) error
	// Dump writes everything, as it is at one moment, in a form that Load of
	// any store reads into an empty one. Load fails with ErrNotEmpty where
	// there is anything, if only a value or a turn, and with ErrDump where what
	// it reads is not a whole dump.
	Dump(ctx context.Context, w io.Writer) error
	Load(ctx context.Context, r io.Reader) error
	// Close waits for what was begun and closes the store.
	Close() error
}

// Filter chooses submissions. The zero value chooses all.
type Filter struct {
	Form     string
	Statuses []Status
	// Before chooses what was accepted before that time, if it is not zero.
	Before time.Time
	// Dead chooses those with a dead mail, Queued those with one that waits to
	// be sent (a withheld one does not); with both, those that have both.
	Dead, Queued bool
	// After goes on behind the entry with that reference; Limit bounds how
	// many are returned, 0 for all.
	After string
	Limit int
}

// Entry is a submission in a list.
type Entry struct {
	Submission
	Mails []Delivery
}

// Delivery is how far one mail of a submission has come.
type Delivery struct {
	ID       int64
	Kind     Kind
	State    State
	Attempts int
	// Created is since when it waits. Due is when it may next be tried, and of
	// a dead one when it was tried last.
	Created, Due time.Time
	LastError    string
}

// Marking is a change of status.
type Marking struct {
	Status Status // Handling, Answered or Closed
	At     time.Time
	Mails  []Mail
	// Seen, if not zero, is the time of the latest change that whoever marks
	// knows of. Of two who saw the same, one is too late.
	Seen time.Time
}

// Counts is how much of what there is.
type Counts struct {
	Submissions map[Status]int
	Mails       map[State]int
	// OldestQueued is since when the mail that has waited longest is queued;
	// zero where none waits.
	OldestQueued time.Time
}

// ErrNotOpen means that the submission is closed, or held, and cannot be
// marked.
var ErrNotOpen = errors.New("outbox: the submission is not open")

// ErrChanged means that somebody else has marked the submission meanwhile.
var ErrChanged = errors.New("outbox: the submission has been marked meanwhile")

// ErrNotHeld means that there is nothing to release.
var ErrNotHeld = errors.New("outbox: the submission is not held")

// ErrSealed means that the delivery wrap is destroyed: only the office's key
// opens the mails.
var ErrSealed = errors.New("outbox: only the office's key opens this submission")

// ErrNotEmpty means that a store which has something in it cannot be loaded.
var ErrNotEmpty = errors.New("outbox: the store is not empty")

// ErrDump means that what was to be loaded is not a whole dump of an outbox.
var ErrDump = errors.New("outbox: not a whole dump of an outbox")
