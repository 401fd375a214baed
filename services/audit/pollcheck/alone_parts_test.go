package pollcheck

import (
	"testing"

	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

const (
	headsMeasure = communityv1.Measure_MEASURE_HEADS
	areaMeasure  = communityv1.Measure_MEASURE_AREA
)

// sumsOf are those of the yes, in heads and area: hidden of one ballot, or of none, which hides nothing.
func sumsOf(t *testing.T, ballots int) map[sumName]secretballot.Ciphertext {
	t.Helper()
	h := newHands(t, 1)
	shape, err := secretballot.Approval(3, 1, 1)
	h.must(err)
	election, err := secretballot.NewElection([32]byte{}, h.keys[0].Public().Bytes(), shape)
	h.must(err)
	var list []*secretballot.Ballot
	var weights []int64
	random := chance()
	for range ballots {
		raw, _, err := election.Encrypt(random, secretballot.Voter{Sequence: 1}, []int64{1, 0, 0})
		h.must(err)
		b, err := election.Decode(raw)
		h.must(err)
		list, weights = append(list, b), append(weights, 1)
	}
	sums, _, err := election.Tally(list, weights)
	h.must(err)
	return map[sumName]secretballot.Ciphertext{{headsMeasure, 0}: sums[0], {areaMeasure, 0}: sums[0]}
}

// listed is a total of the yes, held against thresholds.
func listed(m communityv1.Measure, bound int64, thresholds ...int64) *votingv1.EncryptedTotal {
	t := &votingv1.EncryptedTotal{Measure: m, Bound: bound}
	for _, n := range thresholds {
		t.Claims = append(t.Claims, &votingv1.TotalClaim{Threshold: n})
	}
	return t
}

// opened is a poll with such an encrypted tally.
func opened(sums map[sumName]secretballot.Ciphertext, e *votingv1.EncryptedTally) *checking {
	return alone(secretRules(1), saying(&votingv1.EncryptedTallyRecorded{Tally: e})).having(func(c *checking) {
		c.sums, c.known = sums, map[sumName]span{}
	})
}

// TestNothingToDo: trustees owe a part where a sum hides something that is asked.
func TestNothingToDo(t *testing.T) {
	t.Parallel()
	const exact, sealed = communityv1.Secrecy_SECRECY_TOTALS, communityv1.Secrecy_SECRECY_PASS_FAIL
	hidden, public := sumsOf(t, 1), sumsOf(t, 0)
	for i, v := range []struct {
		sums map[sumName]secretballot.Ciphertext
		e    *votingv1.EncryptedTally
		asks int
		want bool
	}{
		{hidden, &votingv1.EncryptedTally{Secrecy: exact, Totals: []*votingv1.EncryptedTotal{listed(headsMeasure, 1)}}, 0, false},
		{public, &votingv1.EncryptedTally{Secrecy: exact, Totals: []*votingv1.EncryptedTotal{listed(headsMeasure, 1)}}, 0, true},
		{hidden, &votingv1.EncryptedTally{Secrecy: exact}, 0, true},
		{hidden, &votingv1.EncryptedTally{Secrecy: sealed, Totals: []*votingv1.EncryptedTotal{listed(headsMeasure, 1, 1)}}, 1, false},
		{hidden, &votingv1.EncryptedTally{Secrecy: sealed, Totals: []*votingv1.EncryptedTotal{listed(headsMeasure, 1)}}, 0, true},
		{hidden, &votingv1.EncryptedTally{Secrecy: sealed, Totals: []*votingv1.EncryptedTotal{listed(headsMeasure, 1, 0, 2)}}, 0, true},
		{public, &votingv1.EncryptedTally{Secrecy: sealed, Totals: []*votingv1.EncryptedTotal{listed(headsMeasure, 1, 1)}}, 0, true},
		{hidden, &votingv1.EncryptedTally{Secrecy: sealed, Totals: []*votingv1.EncryptedTotal{
			listed(headsMeasure, 1, 2), listed(areaMeasure, 1, 1),
		}}, 1, false},
		{hidden, &votingv1.EncryptedTally{Secrecy: sealed, Together: true, Totals: []*votingv1.EncryptedTotal{
			listed(headsMeasure, 1, 2), listed(areaMeasure, 1, 1),
		}}, 0, true},
		{hidden, &votingv1.EncryptedTally{Secrecy: sealed, Together: true, Totals: []*votingv1.EncryptedTotal{
			listed(headsMeasure, 1, 1), listed(areaMeasure, 1, 1),
		}}, 2, false},
	} {
		c := opened(v.sums, v.e)
		if asks := len(c.sealedTotals()); asks != v.asks || c.nothing() != v.want {
			t.Errorf("%d: %d are asked, nothing is to be done: %v", i, asks, c.nothing())
		}
	}
}

// TestFigures: a total is found, and is no greater than its bound.
func TestFigures(t *testing.T) {
	t.Parallel()
	c := opened(nil, &votingv1.EncryptedTally{})
	for n, want := range []bool{true, true, true, false} {
		got, ok := c.figures([]*votingv1.EncryptedTotal{listed(headsMeasure, 2)}, func(*secretballot.Totals, int) (int64, error) {
			return int64(n), nil
		})
		if ok != want || ok && got[0] != int64(n) || !ok && got != nil {
			t.Errorf("%d of 2: %v, %v", n, got, ok)
		}
	}
}

// TestProvedOfNothing: what hides nothing is looked up, and needs no proof; what cannot be found is not known.
func TestProvedOfNothing(t *testing.T) {
	t.Parallel()
	for _, together := range []bool{false, true} {
		for bound, want := range map[int64]bool{5: true, secretballot.TotalMax + 1: false} {
			e := &votingv1.EncryptedTally{
				Secrecy: communityv1.Secrecy_SECRECY_PASS_FAIL, Together: together,
				Totals: []*votingv1.EncryptedTotal{listed(headsMeasure, bound, 2)},
			}
			c := opened(sumsOf(t, 0), e)
			if got := c.proved(e); got != want || want && c.known[sumName{headsMeasure, 0}] != (span{0, 1}) {
				t.Errorf("bound %d, together %v: %v, %v", bound, together, got, c.known)
			}
		}
	}
}
