package voting_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// act is one attempt to cast.
type act struct {
	voter    string
	option   uint32 // 3 is no answer: an invalid ballot
	inPerson bool
}

// played holds a poll of owners of 1, 2, 3… m² in which the attempts were made in order, and answers its tally.
func played(t tester, voters int, acts []act) (*world, *votingv1.Tally) {
	w := newWorld(t)
	for i := range voters {
		n := fmt.Sprint("voter ", i)
		w.admit(n)
		w.unit("flat of "+n, n, int64(i+1)*100)
	}
	p := w.motion("roof", yesNo(communityv1.Electorate_ELECTORATE_OWNERS), question)
	w.open(p)
	for _, a := range acts {
		var with []string
		if a.inPerson {
			with = []string{officer}
		}
		if got := code(w.vote(p, a.voter, []uint32{a.option}, with...)); got != "" && got != "ballot.in_person_stands" {
			t.Fatalf("refused: %s", got)
		}
	}
	return w, w.count(p)
}

func drawActs(t *rapid.T, voters int) []act {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) act {
		return act{
			voter:  fmt.Sprint("voter ", rapid.IntRange(0, voters-1).Draw(t, "voter")),
			option: rapid.Uint32Range(0, 3).Draw(t, "option"), inPerson: rapid.IntRange(0, 3).Draw(t, "in person") == 0,
		}
	}), 0, 12).Draw(t, "acts")
}

// Each voter counts once, with the last ballot that the rule of in-person ballots lets stand, and every weight goes to one place.
func TestOneVoterCountsOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		voters := rapid.IntRange(1, 5).Draw(t, "voters")
		acts := drawActs(t, voters)
		last, cast := map[string]act{}, uint32(0)
		for _, a := range acts {
			if !last[a.voter].inPerson || a.inPerson {
				last[a.voter] = a
				cast++
			}
		}
		var want [4]int64
		var area int64
		for i := range voters {
			if a, ok := last[fmt.Sprint("voter ", i)]; ok {
				want[a.option]++
				area += int64(i+1) * 100
			}
		}
		_, got := played(t, voters, acts)
		for o := range 3 {
			if got.GetTotals()[o].GetHeads() != want[o] {
				t.Fatalf("answer %d has %d heads, want %d", o, got.GetTotals()[o].GetHeads(), want[o])
			}
		}
		heads := int64(len(last))
		if got.GetParticipantsHeads() != heads || got.GetParticipantsAreaCentiM2() != area || int64(got.GetBallots()) != heads {
			t.Fatalf("%d voters of area %d took part, the tally says %v", heads, area, got)
		}
		if got.GetReplaced() != cast-uint32(heads) || int64(got.GetInvalid()) != want[3] || got.GetValid()+got.GetInvalid() != got.GetBallots() {
			t.Fatalf("%d cast, %d invalid, the tally says %v", cast, want[3], got)
		}
		var sum int64
		for _, o := range got.GetTotals() {
			sum += o.GetAreaCentiM2()
		}
		if sum > area || want[3] == 0 && sum != area {
			t.Fatalf("area %d took part, %d is accounted for", area, sum)
		}
	})
}

// Whoever comes first, the tally is the same, as long as each voter's own ballots keep their order.
func TestTallyIndependentOfOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		voters := rapid.IntRange(1, 4).Draw(t, "voters")
		acts := drawActs(t, voters)
		_, first := played(t, voters, acts)
		order := rapid.Permutation(acts).Draw(t, "order")
		shuffled := make([]act, len(order)) // a voter's k-th turn in the new order is that voter's k-th act
		turns := map[string]int{}
		for i, a := range order {
			own := slices.DeleteFunc(slices.Clone(acts), func(b act) bool { return b.voter != a.voter })
			shuffled[i] = own[turns[a.voter]]
			turns[a.voter]++
		}
		_, second := played(t, voters, shuffled)
		if diff := cmp.Diff(first, second, protocmp.Transform()); diff != "" {
			t.Fatalf("another order gives another tally:\n%s", diff)
		}
	})
}

// A thousand ballots by one voter are one.
func TestThousandBallotsByOneVoter(t *testing.T) {
	t.Parallel()
	acts := make([]act, 1000)
	for i := range acts {
		acts[i] = act{voter: "voter 0", option: uint32(i+1) % 2}
	}
	_, got := played(t, 2, acts)
	if got.GetBallots() != 1 || got.GetReplaced() != 999 || got.GetTotals()[0].GetHeads() != 1 || got.GetTotals()[1].GetHeads() != 0 {
		t.Errorf("tally %v", got)
	}
}
