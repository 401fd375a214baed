package tally_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"renlin.dev/pkg/realdata"
	"renlin.dev/services/voting/count"
	"renlin.dev/services/voting/internal/tally"
)

// BenchmarkEqualShares counts the largest published budget at hand, and the largest that its city counted by equal shares, without
// completion and then with add-one. plain/ours is how many times longer a straightforward count in fractions takes for the same purchases.
func BenchmarkEqualShares(b *testing.B) {
	for _, file := range []string{"Poland_Wroclaw_2016_Rejon_nr_8_250.pb", "Poland_Swiecie_2023.pb"} {
		poll, ballots := budgetFile(b, file)
		b.Run(file+"/none", func(b *testing.B) {
			var got tally.Result
			b.ReportAllocs()
			for b.Loop() {
				got = counted(b, poll, ballots)
			}
			ours := b.Elapsed() / time.Duration(b.N)
			start := time.Now()
			want := tally.PlainShares(poll, ballots)
			plain := time.Since(start)
			if !slices.Equal(want, got.Winners) {
				b.Fatalf("got %v, plainly %v", got.Winners, want)
			}
			b.ReportMetric(float64(plain)/float64(ours), "plain/ours")
		})
		b.Run(file+"/add1", func(b *testing.B) {
			poll := poll
			poll.Completion = tally.CompletionAddOne
			var got tally.Result
			for b.Loop() {
				got = counted(b, poll, ballots)
			}
			b.ReportMetric(float64(got.Shares.Raises), "raises")
		})
	}
}

func counted(b *testing.B, poll tally.Poll, ballots []tally.Ballot) tally.Result {
	b.Helper()
	got, err := poll.Count(ballots, nil)
	if err != nil {
		b.Fatal(err)
	}
	return got
}

// budgetFile reads a real budget as a poll by equal shares.
func budgetFile(b *testing.B, name string) (tally.Poll, []tally.Ballot) {
	b.Helper()
	f, err := os.Open(realdata.Name(b, "pabulib", name))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	e, rows, err := count.ReadPabulib(f)
	if err != nil || len(rows) > 0 {
		b.Fatal(err, rows)
	}
	poll := tally.Poll{
		Method: tally.MethodBudgetShares, Utility: tally.UtilityCost, Budget: tally.Budget{Budget: e.Meta.Budget},
		Form: tally.Form{Kind: tally.KindApproval, Options: uint32(len(e.Projects))},
	}
	for _, p := range e.Projects {
		poll.Form.Costs = append(poll.Form.Costs, p.Cost)
	}
	var ballots []tally.Ballot
	for _, v := range e.Votes {
		ballots = append(ballots, tally.Ballot{Voter: v.Voter, Choices: v.Choices})
	}
	return poll, ballots
}
