package order_test

import (
	"fmt"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
)

// stream makes blocks of commits, each by an author of its own on a topic of its own, every second commit on that topic again.
func stream(tb testing.TB, commits, perBlock int) [][]byte {
	tb.Helper()
	w := founded(tb)
	for n := 0; n < commits; {
		for i := 0; i < perBlock && n < commits; i++ {
			topic := fmt.Sprintf("topic/t%024d", n/2)
			d := draft{
				idem: "k", key: fmt.Sprintf("%032d", n), body: `{"title":"sha256:0123456789abcdef"}`,
				changes: []chain.Change{change(topic, uint64(n%2)+1)},
			}
			w.admit("proposal", appendOf(tb, d))
			n++
		}
		w.flush()
	}
	return w.blocks
}

// BenchmarkReplay is the time to start on a chain: target well under 3 s for a million commits at 64 a block.
func BenchmarkReplay(b *testing.B) {
	const commits = 200_000
	for _, perBlock := range []int{64, 1} {
		b.Run(fmt.Sprintf("block=%d", perBlock), func(b *testing.B) {
			blocks := stream(b, commits, perBlock)
			b.ReportAllocs()
			for b.Loop() {
				m := newMachine()
				for _, raw := range blocks {
					if _, err := m.Replay(raw); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed())/float64(time.Second)/float64(b.N)*1e6/commits, "s/million")
		})
	}
}

// BenchmarkAdmit is what one commit costs beside the disk: preparing is the caller's time, the rest the sequencer's.
func BenchmarkAdmit(b *testing.B) {
	w := founded(b)
	const batch = 512
	requests := make([]*chain.Request, b.N+batch)
	for i := range requests {
		topic := fmt.Sprintf("topic/t%024d", i)
		requests[i] = appendOf(b, draft{idem: "k", key: fmt.Sprintf("%032d", i), body: `{"title":"sha256:0123456789abcdef"}`,
			changes: []chain.Change{change(topic, 1)}})
	}
	prepared := make([]order.Prepared, batch)
	var prepare, judge, seal, reply time.Duration
	var buffer []byte
	b.ResetTimer()
	for n := 0; n < b.N; n += batch {
		t0 := time.Now()
		for i := range prepared {
			w.m.Prepare(&prepared[i], "proposal", requests[n+i])
		}
		t1 := time.Now()
		for i := range prepared {
			w.m.AdmitPrepared(&prepared[i], start)
		}
		t2 := time.Now()
		buffer, _ = w.m.Seal(buffer[:0])
		verdicts := w.m.Confirm()
		t3 := time.Now()
		for i := range verdicts {
			verdicts[i].Reply(w.read)
		}
		prepare, judge, seal, reply = prepare+t1.Sub(t0), judge+t2.Sub(t1), seal+t3.Sub(t2), reply+time.Since(t3)
	}
	for name, d := range map[string]time.Duration{"prepare": prepare, "admit": judge, "seal": seal, "reply": reply} {
		b.ReportMetric(float64(d.Nanoseconds())/float64(b.N), name+"-ns/op")
	}
}
