package outbox

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"waijiao/internal/locale"
)

// dumpFormat and dumpVersion open every dump.
const (
	dumpFormat  = "waijiao-outbox-dump"
	dumpVersion = 1
)

// Row is one thing in a dump: exactly one of its pointers is set. Submissions
// come before their mails.
type Row struct {
	Submission *Submission
	Message    *Message
	Task       *Task
	Value      *Value
}

// Task is when a task of Turn was done last, and Value what Put keeps.
type Task struct {
	Name string
	Last time.Time
}

// Value is what Put keeps under a name.
type Value struct {
	Name  string `json:"name"`
	Value []byte `json:"value"`
}

// dumpLine is a line of a dump: JSON, times in milliseconds since 1970 (UTC),
// bytes in Base64. The last line counts the lines before it and carries their
// SHA-256, so that a dump that was cut off or changed is noticed.
type dumpLine struct {
	Format  string `json:"format,omitempty"`
	Version int    `json:"version,omitempty"`

	Submission *dumpSubmission `json:"submission,omitempty"`
	Mail       *dumpMail       `json:"mail,omitempty"`
	Task       *dumpTask       `json:"task,omitempty"`
	Value      *Value          `json:"value,omitempty"`
	End        *dumpEnd        `json:"end,omitempty"`
}

type dumpSubmission struct {
	Reference    string      `json:"reference"`
	Form         string      `json:"form"`
	Key          string      `json:"key,omitempty"`
	Digest       []byte      `json:"digest,omitempty"`
	Lang         locale.Lang `json:"lang"`
	Created      int64       `json:"created"`
	Status       Status      `json:"status"`
	Changed      int64       `json:"changed"`
	Why          string      `json:"why,omitempty"`
	Contact      []byte      `json:"contact,omitempty"`
	Expires      *int64      `json:"expires,omitempty"`
	KeepAfter    int64       `json:"keepAfter,omitempty"` // milliseconds
	Record       []byte      `json:"record,omitempty"`
	OfficeWrap   []byte      `json:"officeWrap,omitempty"`
	DeliveryWrap []byte      `json:"deliveryWrap,omitempty"`
}

type dumpMail struct {
	ID        int64  `json:"id"`
	Reference string `json:"reference,omitempty"`
	Kind      Kind   `json:"kind"`
	State     State  `json:"state"`
	Attempts  int    `json:"attempts,omitempty"`
	Created   int64  `json:"created"`
	Due       int64  `json:"due"`
	Lease     int64  `json:"lease,omitempty"`
	LastError string `json:"lastError,omitempty"`
	Parcel    []byte `json:"parcel"`
	Wrap      []byte `json:"wrap,omitempty"`
}

type dumpTask struct {
	Name string `json:"name"`
	Last int64  `json:"last"`
}

type dumpEnd struct {
	Lines  int    `json:"lines"`
	SHA256 string `json:"sha256"`
}

// DumpWriter writes a dump: NewDumpWriter, then Row for everything, then End.
type DumpWriter struct {
	w     *bufio.Writer
	sum   hash.Hash
	lines int
}

// NewDumpWriter begins a dump on w.
func NewDumpWriter(w io.Writer) (*DumpWriter, error) {
	d := &DumpWriter{w: bufio.NewWriterSize(w, 1<<16), sum: sha256.New()}
	return d, d.line(dumpLine{Format: dumpFormat, Version: dumpVersion})
}

// Row writes one row.
func (d *DumpWriter) Row(r Row) error {
	switch {
	case r.Submission != nil:
		s := r.Submission
		out := dumpSubmission{Reference: s.Reference, Form: s.Form, Key: s.Key, Digest: s.Digest, Lang: s.Lang, Created: s.Created.UnixMilli(),
			Status: s.Status, Changed: s.Changed.UnixMilli(), Why: s.Why, Contact: s.Contact, KeepAfter: s.KeepAfter.Milliseconds(),
			Record: s.Record, OfficeWrap: s.OfficeWrap, DeliveryWrap: s.DeliveryWrap}
		if !s.Expires.IsZero() {
			at := s.Expires.UnixMilli()
			out.Expires = &at
		}
		return d.line(dumpLine{Submission: &out})
	case r.Message != nil:
		m := r.Message
		return d.line(dumpLine{Mail: &dumpMail{ID: m.ID, Reference: m.Reference, Kind: m.Kind, State: m.State, Attempts: m.Attempts,
			Created: m.Created.UnixMilli(), Due: m.Due.UnixMilli(), Lease: m.Lease, LastError: m.LastError, Parcel: m.Parcel, Wrap: m.Wrap}})
	case r.Task != nil:
		return d.line(dumpLine{Task: &dumpTask{Name: r.Task.Name, Last: r.Task.Last.UnixMilli()}})
	case r.Value != nil:
		return d.line(dumpLine{Value: r.Value})
	}
	return errors.New("outbox: an empty row")
}

// End writes the last line, without which nobody loads the dump.
func (d *DumpWriter) End() error {
	err := d.line(dumpLine{End: &dumpEnd{Lines: d.lines, SHA256: hex.EncodeToString(d.sum.Sum(nil))}})
	return errors.Join(err, d.w.Flush())
}

func (d *DumpWriter) line(l dumpLine) error {
	b, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("outbox: dump: %w", err)
	}
	b = append(b, '\n')
	d.sum.Write(b)
	d.lines++
	if _, err := d.w.Write(b); err != nil {
		return fmt.Errorf("outbox: dump: %w", err)
	}
	return nil
}

// ReadDump calls each for every row of a dump. Only when it returns nil was the
// dump whole, so the caller keeps what it made of the rows only then. What is
// no dump, is cut off or was changed fails with ErrDump.
func ReadDump(r io.Reader, each func(Row) error) error {
	in := bufio.NewReaderSize(r, 1<<16)
	sum := sha256.New()
	for n := 1; ; n++ {
		if n == 1 {
			// What is no dump may be a single line of any length.
			if start, _ := in.Peek(1024); bytes.IndexByte(start, '\n') < 0 {
				return fmt.Errorf("%w: the first line does not say so", ErrDump)
			}
		}
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return fmt.Errorf("%w: it is cut off in line %d", ErrDump, n)
		}
		if err != nil {
			return fmt.Errorf("outbox: load: %w", err)
		}
		var l dumpLine
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&l); err != nil {
			return fmt.Errorf("%w: line %d: %v", ErrDump, n, err)
		}
		if l.End != nil {
			return l.End.check(n, sum, in)
		}
		sum.Write(line)
		if n == 1 {
			if l.Format != dumpFormat {
				return fmt.Errorf("%w: the first line does not say so", ErrDump)
			}
			if l.Version != dumpVersion {
				return fmt.Errorf("%w: it has version %d, and this program reads version %d", ErrDump, l.Version, dumpVersion)
			}
			continue
		}
		row, ok := l.row()
		if !ok {
			return fmt.Errorf("%w: line %d holds nothing", ErrDump, n)
		}
		if err := each(row); err != nil {
			return err
		}
	}
}

func (e *dumpEnd) check(n int, sum hash.Hash, rest *bufio.Reader) error {
	if n == 1 || e.Lines != n-1 {
		return fmt.Errorf("%w: it has %d lines instead of %d", ErrDump, n-1, e.Lines)
	}
	if e.SHA256 != hex.EncodeToString(sum.Sum(nil)) {
		return fmt.Errorf("%w: its checksum is wrong", ErrDump)
	}
	if _, err := rest.ReadByte(); err != io.EOF {
		return fmt.Errorf("%w: it goes on behind its end", ErrDump)
	}
	return nil
}

func (l dumpLine) row() (Row, bool) {
	switch {
	case l.Submission != nil:
		in := l.Submission
		s := &Submission{Reference: in.Reference, Form: in.Form, Key: in.Key, Digest: in.Digest, Lang: in.Lang, Created: time.UnixMilli(in.Created),
			Status: in.Status, Changed: time.UnixMilli(in.Changed), Why: in.Why, Contact: in.Contact, KeepAfter: time.Duration(in.KeepAfter) * time.Millisecond,
			Record: in.Record, OfficeWrap: in.OfficeWrap, DeliveryWrap: in.DeliveryWrap}
		if in.Expires != nil {
			s.Expires = time.UnixMilli(*in.Expires)
		}
		return Row{Submission: s}, true
	case l.Mail != nil:
		in := l.Mail
		return Row{Message: &Message{Mail: Mail{Kind: in.Kind, Parcel: in.Parcel, Wrap: in.Wrap}, ID: in.ID, Reference: in.Reference, State: in.State,
			Attempts: in.Attempts, Created: time.UnixMilli(in.Created), Due: time.UnixMilli(in.Due), LastError: in.LastError, Lease: in.Lease}}, true
	case l.Task != nil:
		return Row{Task: &Task{Name: l.Task.Name, Last: time.UnixMilli(l.Task.Last)}}, true
	case l.Value != nil:
		return Row{Value: l.Value}, true
	}
	return Row{}, false
}
