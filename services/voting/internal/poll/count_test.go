package poll

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"testing"

	"golang.org/x/crypto/nacl/box"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

func TestCompareCodes(t *testing.T) {
	t.Parallel()
	want := []string{"0", "007", "7", "9", "10", "12345678901234567890123", "", "-1", "1a", "A", "a", "a1", "b", "一"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, compareCodes)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// largePoll is a closed budget poll of n voters, each of whose ballots approves of three of twenty projects.
func largePoll(tb testing.TB, n int) (string, *Poll, *Sealed) {
	tb.Helper()
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	id := func(i int) string {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
		return chain.ShortID(sum[:])
	}
	q := &proposalv1.Motion{Title: "Budget", BudgetFen: 100}
	for i := range 20 {
		q.Options = append(q.Options, &proposalv1.Option{Code: string(rune('a' + i)), CostFen: 11})
	}
	s := &Sealed{Roll: map[string]standing.Voter{}, Ballots: map[string]Box{}, Cast: uint32(n)}
	for i := range n {
		voter := id(i)
		s.Roll[voter] = standing.Voter{Member: voter, Heads: 1, AreaCentiM2: 80_00}
		c := &votingv1.Choice{Options: []uint32{uint32(i % 20), uint32((i + 1) % 20), uint32((i + 5) % 20)}}
		sealed, err := ballot.Seal(rand.Reader, public[:], id(-1), voter, c)
		if err != nil {
			tb.Fatal(err)
		}
		s.Ballots[voter] = Box{Sealed: sealed, Hosted: i%10 == 0}
	}
	roll, err := s.summary(1)
	if err != nil {
		tb.Fatal(err)
	}
	return id(-1), &Poll{
		Question: q, Roll: roll, BoxKey: public[:], PrivateKey: private[:],
		Rules: &communityv1.PollRules{
			Method: communityv1.Method_METHOD_BUDGET_GREEDY, Ballot: &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL},
		},
	}, s
}

func TestCountOfMany(t *testing.T) {
	t.Parallel()
	id, p, s := largePoll(t, 400)
	tally, err := Count(id, p, s)
	if err != nil {
		t.Fatal(err)
	}
	if tally.GetValid() != 400 || tally.GetHosted() != 40 || len(tally.GetWinners()) != 9 || tally.GetCostFen() != 99 {
		t.Errorf("tally %v", tally)
	}
}

// The fold waits for this: opening ten thousand boxes, counting twice (once without hosted ballots).
func BenchmarkCountTenThousand(b *testing.B) {
	id, p, s := largePoll(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Count(id, p, s); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/10_000, "µs/ballot")
}

// What of it is curve arithmetic, for comparison.
func BenchmarkOpenTenThousand(b *testing.B) {
	id, p, s := largePoll(b, 10_000)
	for b.Loop() {
		opener, err := ballot.NewOpener(p.PrivateKey, p.BoxKey, id)
		if err != nil {
			b.Fatal(err)
		}
		for voter, last := range s.Ballots {
			if _, err := opener.Open(voter, last.Sealed); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/10_000, "µs/ballot")
}

func BenchmarkSealRollTenThousand(b *testing.B) {
	_, _, s := largePoll(b, 10_000)
	for b.Loop() {
		if _, err := s.summary(1); err != nil {
			b.Fatal(err)
		}
	}
}
