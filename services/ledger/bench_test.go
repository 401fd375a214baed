package ledger_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/services/ledger"
)

// paidOut is a record of many payments, proposed and approved, and how many entries in accounts they make.
func paidOut(b *testing.B, payments int) (log []*chain.Commit, raws [][]byte, postings int) {
	b.Helper()
	k := newBooks(b)
	founded := len(k.Log)
	for range payments {
		k.approve("omar", k.propose("olga", true, line(k.envelope, k.company, 1), line(k.envelope, k.bob, 1)))
	}
	for i, c := range k.Log {
		raws = append(raws, k.Encode(c))
		if i < founded {
			continue
		}
		for _, ch := range c.Changes {
			for _, e := range ch.Events {
				switch e.Type {
				case "renlin.ledger.v1.Reserved", "renlin.ledger.v1.Released", "renlin.ledger.v1.Debited", "renlin.ledger.v1.Credited":
					postings++
				}
			}
		}
	}
	return k.Log, raws, postings
}

const benchPayments = 300

// BenchmarkFold applies entries to accounts, reservations among them, in memory, as a service does with every block, beside adding the same
// amounts in a plain map.
func BenchmarkFold(b *testing.B) {
	log, _, postings := paidOut(b, benchPayments)
	model := ledger.Model()
	var plain time.Duration
	for b.Loop() {
		s := decider.NewState(model)
		for _, c := range log {
			if err := s.Apply(c, c.Time); err != nil {
				b.Fatal(err)
			}
		}
		began := time.Now()
		sums := map[string]int64{}
		for i := range postings {
			sums[log[i%len(log)].Changes[0].Aggregate]++
		}
		plain += time.Since(began)
	}
	report(b, postings, plain, "map")
}

// BenchmarkReplay takes the commits' bytes, hashes and reads them, and folds them, beside hashing the same bytes alone.
func BenchmarkReplay(b *testing.B) {
	_, raws, postings := paidOut(b, benchPayments)
	model := ledger.Model()
	var plain time.Duration
	for b.Loop() {
		s, hashes := decider.NewState(model), [sha256.Size]byte{}
		for _, raw := range raws {
			hashes = sha256.Sum256(raw)
			c, err := chain.DecodeCommit(raw)
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Apply(c, c.Time); err != nil {
				b.Fatal(err)
			}
		}
		began := time.Now()
		for _, raw := range raws {
			hashes = sha256.Sum256(raw)
		}
		plain += time.Since(began)
		_ = hashes
	}
	report(b, postings, plain, "sha256")
}

// BenchmarkDecide judges payments one upon another, as a lane does with those that wait.
func BenchmarkDecide(b *testing.B) {
	k := newBooks(b)
	body := k.proposal(true, line(k.envelope, k.company, 1))
	in := k.Input("olga", "ledger.propose", body)
	for b.Loop() {
		if v := k.State.Judge(in); v.Err != nil {
			b.Fatal(v.Err)
		}
	}
}

func report(b *testing.B, postings int, plain time.Duration, limit string) {
	b.Helper()
	rate := float64(postings) * float64(b.N) / (b.Elapsed() - plain).Seconds()
	b.ReportMetric(rate, "postings/s")
	b.ReportMetric((b.Elapsed()-plain).Seconds()/plain.Seconds(), "x-"+limit)
	b.ReportMetric(0, "ns/op")
}
