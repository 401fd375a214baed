package trustee

import (
	"slices"
	"testing"

	"renlin.dev/pkg/secretballot"
)

// A whole secret poll: the trustees' key, three owners' ballots with their areas, exact totals, and the verdict that shows no total.
func TestPoll(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 3)
	shape, err := secretballot.Approval(2, 0, 2)
	w.must(err)
	election, err := secretballot.NewElection([32]byte{9}, w.seal.Key.Bytes(), shape)
	w.must(err)
	weights := []int64{8950, 12050, 500037}
	var ballots []*secretballot.Ballot
	for i, choice := range [][]int64{{1, 0}, {1, 1}, {0, 1}} {
		v := secretballot.Voter{Pseudonym: [32]byte{byte(i + 1)}, Sequence: 1}
		raw, _, err := election.Encrypt(w.rand, v, choice)
		w.must(err)
		b, err := election.Verify(v, raw)
		w.must(err)
		ballots = append(ballots, b)
	}
	hidden, bounds, err := election.Tally(ballots, weights)
	w.must(err)
	sums := &Sums{Election: [32]byte{9}, List: hidden}
	o, err := Combine(w.seal, sums, w.partials(sums, 3, 1))
	w.must(err)
	find, err := secretballot.NewTotals(slices.Max(bounds))
	w.must(err)
	want := []int64{8950 + 12050, 12050 + 500037}
	for i, value := range o.Values {
		if got, err := find.Find(value); err != nil || i >= len(want) || got != want[i] {
			t.Errorf("total %d is %d, %v, want %v", i, got, err, want)
		}
	}
	total := &Total{Election: [32]byte{9}, Measure: "0/1/area", Sum: hidden[1], Bound: uint64(bounds[1])}
	parts := w.blinded(total, 2, 3)
	opened := w.open(3, total, parts)
	value, err := find.Find(opened.Value)
	w.must(err)
	half := uint64(8950+12050+500037)/2 + 1
	v, err := opened.Prove(w.rand, uint64(value), Claim{true, half})
	w.must(err)
	if claims, err := v.Check(w.seal, total, parts); err != nil || !slices.Equal(claims, []Claim{{true, half}}) {
		t.Errorf("proves %v, %v", claims, err)
	}
}
