package courier

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/seal"
)

// BenchmarkDrain sends 10,000 sealed mails of 6 KB, or as many as DRAIN_MAILS
// says, from the SQLite outbox to smtp-sink. Each mail has a data key of its
// own, as each submission has.
func BenchmarkDrain(b *testing.B) {
	mails := 10_000
	if s := os.Getenv("DRAIN_MAILS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			b.Fatalf("DRAIN_MAILS=%s is no number of mails", s)
		}
		mails = n
	}
	delivery, err := seal.MakeIdentity(filepath.Join(b.TempDir(), "delivery.key"))
	if err != nil {
		b.Fatal(err)
	}
	recipient, err := seal.RecipientOf(delivery)
	if err != nil {
		b.Fatal(err)
	}
	open := func(m outbox.Message) (Parcel, error) {
		key, err := seal.Unwrap(m.Wrap, delivery)
		if err != nil {
			return Parcel{}, err
		}
		plain, err := key.Open("bulletin", m.Parcel)
		if err != nil {
			return Parcel{}, err
		}
		return Unpack(plain)
	}
	for _, workers := range []int{1, 4, 16} {
		b.Run(fmt.Sprint("workers=", workers), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				store := openStore(b)
				now := time.Now()
				var batch []outbox.Mail
				for n := range mails {
					body := fmt.Sprintf("Message-ID: <%d@example.org>\r\nSubject: x\r\n\r\n%s", n, strings.Repeat("0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr\r\n", 6<<10/66))
					key, err := seal.NewKey()
					if err != nil {
						b.Fatal(err)
					}
					parcel, err := key.Seal("bulletin", Pack(Parcel{From: "forms@example.org", To: "officer@example.org", Body: []byte(body)}))
					if err != nil {
						b.Fatal(err)
					}
					wrap, err := key.Wrap(recipient)
					if err != nil {
						b.Fatal(err)
					}
					batch = append(batch, outbox.Mail{Kind: outbox.Bulletin, Parcel: parcel, Wrap: wrap})
					if len(batch) == 500 || n == mails-1 {
						if err := store.Post(b.Context(), now, batch); err != nil {
							b.Fatal(err)
						}
						batch = nil
					}
				}
				s := startSink(b, "")
				watch := &tally{left: mails, done: make(chan struct{})}
				c := Courier{Queue: store, Carrier: clientOf(b, s.addr), Open: open, Workers: workers, Observer: watch}
				ctx, cancel := context.WithCancel(b.Context())
				ended := make(chan struct{})
				b.StartTimer()
				go func() { c.Run(ctx, nil); close(ended) }()
				<-watch.done
				b.StopTimer()
				cancel()
				<-ended
				if ids, _ := s.took(b); len(ids) != mails {
					b.Fatalf("%d mails came", len(ids))
				}
				s.stop()
				b.StartTimer()
			}
			b.ReportMetric(float64(mails*b.N)/b.Elapsed().Seconds(), "mails/s")
		})
	}
}

// tally closes done when so many mails are delivered.
type tally struct {
	mu   sync.Mutex
	left int
	done chan struct{}
}

func (t *tally) Tried(_ outbox.Kind, o Outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if o == Delivered {
		if t.left--; t.left == 0 {
			close(t.done)
		}
	}
}

func (t *tally) Blocked(error) {}
