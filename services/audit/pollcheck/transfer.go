package pollcheck

import (
	"math/big"
	"slices"

	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// transferring is a count of transferable votes: the weight that each heap still carries, and for which option it counts; -1 for none.
type transferring struct {
	heaps   []heap
	carries []*big.Rat
	counts  []int
	stands  []bool // neither elected nor eliminated
	seats   int
	quota   *big.Rat
	elected []int
	surplus []int // elected options whose surplus is still to be passed on
}

// transfer elects by transferable votes: more than the weight divided by one more than the seats elects; what an elected option has above
// that goes on, every ballot with the same share of what it carries, the greatest surplus first; then whoever has least is out.
func transfer(heaps []heap, n, seats int, u *umpire) []int {
	t := &transferring{heaps: heaps, seats: seats, stands: make([]bool, n)}
	whole := int64(0)
	for o := range t.stands {
		t.stands[o] = true
	}
	for i, h := range heaps {
		whole += h.weight
		t.carries, t.counts = append(t.carries, new(big.Rat).SetInt64(h.weight)), append(t.counts, -1)
		t.move(i)
	}
	t.quota = big.NewRat(whole, int64(seats)+1)
	for t.step(u) {
	}
	return t.elected
}

// move has a heap count for its best option that stands.
func (t *transferring) move(i int) {
	t.counts[i] = -1
	for _, o := range t.heaps[i].options {
		if t.stands[o] {
			t.counts[i] = o
			return
		}
	}
}

// sums are what counts for each option.
func (t *transferring) sums() []*big.Rat {
	sums := make([]*big.Rat, len(t.stands))
	for o := range sums {
		sums[o] = new(big.Rat)
	}
	for i, o := range t.counts {
		if o >= 0 {
			sums[o].Add(sums[o], t.carries[i])
		}
	}
	return sums
}

// step elects whoever is to be, and then passes one surplus on or eliminates one option; false if nothing is left to do.
func (t *transferring) step(u *umpire) bool {
	sums := t.sums()
	bySum := func(a, b int) int { return sums[a].Cmp(sums[b]) }
	standing := slices.DeleteFunc(upTo(len(sums)), func(o int) bool { return !t.stands[o] })
	all := len(standing)+len(t.elected) <= t.seats
	step := &votingv1.CountStep{}
	u.note(step)
	for _, o := range u.order {
		if t.stands[o] || slices.Contains(t.surplus, o) {
			step.Options, step.Figures = append(step.Options, uint32(o)), append(step.Figures, sums[o].RatString())
		}
	}
	now := slices.DeleteFunc(slices.Clone(standing), func(o int) bool {
		return sums[o].Sign() == 0 || !all && sums[o].Cmp(t.quota) <= 0
	})
	for _, o := range sortedCopy(sortedCopy(now, u.prefers), func(a, b int) int { return bySum(b, a) }) {
		t.elected, t.stands[o] = append(t.elected, o), false
		step.Won = append(step.Won, uint32(o))
		if sums[o].Cmp(t.quota) > 0 {
			t.surplus = append(t.surplus, o)
		}
	}
	standing = slices.DeleteFunc(standing, func(o int) bool { return !t.stands[o] })
	if len(t.elected) == t.seats || len(standing) == 0 {
		return false
	}
	if len(t.surplus) > 0 {
		best := extreme(t.surplus, 1, bySum)
		from := u.first(best, broken{value: sums[best[0]].RatString()})
		t.surplus = slices.DeleteFunc(t.surplus, func(o int) bool { return o == from })
		share := new(big.Rat).Sub(sums[from], t.quota)
		t.leave(from, share.Quo(share, sums[from]))
		return true
	}
	worst := extreme(standing, -1, bySum)
	out := u.last(worst, broken{value: sums[worst[0]].RatString()})
	t.stands[out], step.Out = false, []uint32{uint32(out)}
	t.leave(out, big.NewRat(1, 1))
	return true
}

// leave has everything that counts for an option go on with a share of what it carries.
func (t *transferring) leave(option int, share *big.Rat) {
	for i, o := range t.counts {
		if o == option {
			t.carries[i].Mul(t.carries[i], share)
			t.move(i)
		}
	}
}
