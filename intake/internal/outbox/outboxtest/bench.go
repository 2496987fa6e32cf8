package outboxtest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"waijiao/intake/internal/outbox"
)

// BenchmarkAccept measures durable accepts per second with 1, 8 and 64 clients
// at once: a record of 1 KiB and two parcels of 6 KiB each. open returns a new,
// empty store.
func BenchmarkAccept(b *testing.B, open func(b *testing.B) outbox.Store) {
	for _, clients := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			box := open(b)
			var next atomic.Int64
			var wg sync.WaitGroup
			b.ResetTimer()
			for range clients {
				wg.Go(func() {
					for {
						n := int(next.Add(1))
						if n > b.N {
							return
						}
						s, m := sized(n)
						if _, fresh, err := box.Accept(b.Context(), s, m); err != nil || !fresh {
							b.Error(fresh, err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "accepts/s")
		})
	}
}
