package secretballot

import (
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot/internal/group"
)

// Limits of a shape, checked by arithmetic on small numbers before anything is computed in the group.
const (
	// SelectionsMax bounds the numbers in a ballot; SumsMax what is proved about them; TotalsMax what is counted.
	SelectionsMax = 512
	SumsMax       = 128
	TotalsMax     = 512
	// BranchesMax bounds the values that a single number may have.
	BranchesMax = 32
	// BallotBytesMax bounds the ballot.
	BallotBytesMax = 64 << 10
	// coefficientMax bounds a coefficient and the bounds of a sum, so that no sum of a ballot's numbers passes 2^50.
	coefficientMax = 1 << 31
	// branchesOfSum is the widest range of a sum that is proved by a branch for each value. For a wider one bits are cheaper.
	branchesOfSum = 8
)

var (
	// ErrShape: the shape contradicts itself.
	ErrShape = fault.New(fault.Invalid, "shape.invalid",
		"The form of this poll's ballots contradicts itself.", "本次表决的选票格式自相矛盾。")
	// ErrShapeSize: the shape is larger than any ballot may be.
	ErrShapeSize = fault.New(fault.TooLarge, "shape.too_large",
		"Secret ballots of this form would be too large.", "按此格式，秘密选票会过大。")
)

// Term is a multiple of one selection.
type Term struct {
	Selection   int
	Coefficient int64
}

// Sum is a rule about a choice: the sum of its terms lies between Lo and Hi, both allowed.
type Sum struct {
	Terms  []Term
	Lo, Hi int64
}

// Shape is what a ballot consists of and which choices are allowed.
type Shape struct {
	// Selections are the numbers that a voter chooses, each by the largest value it may have. The least is 0.
	Selections []int64
	// Sums are the rules about them.
	Sums []Sum
	// Totals are the sums that are counted and decrypted, over all ballots. What is in no total stays closed for ever.
	Totals [][]Term
}

// rangeProof is one statement of a ballot: the sum of the terms is one of lo, lo+1, ... lo+branches-1.
type rangeProof struct {
	terms    []Term
	lo       int64
	branches int
}

// scalars is how many a proof has: the challenges of all branches but the last, which follows from the others, and all responses.
func (r *rangeProof) scalars() int { return 2*r.branches - 1 }

// slack is what fills a sum up to its upper bound: ciphertexts of 0 or 1, beginning at first, with these weights.
type slack struct {
	sum, first int
	weights    []int64
}

// plan is a shape worked out: the ciphertexts of a ballot, chosen ones first and then those that fill sums up, and the proofs.
type plan struct {
	shape       Shape
	ciphertexts int
	slacks      []slack
	proofs      []rangeProof
	commitments int // of all proofs, in elements
	ballotBytes int
	totalsMax   []int64 // the largest value that one ballot can add to each total
}

// plan checks the shape and works it out.
func (s *Shape) plan() (*plan, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	p := &plan{shape: s.clone(), ciphertexts: len(s.Selections)}
	for i, most := range s.Selections {
		p.proofs = append(p.proofs, rangeProof{terms: []Term{{i, 1}}, branches: int(most) + 1})
	}
	sums := make([]rangeProof, 0, len(s.Sums))
	for i, sum := range s.Sums {
		if sum.Hi-sum.Lo < branchesOfSum {
			sums = append(sums, rangeProof{terms: p.shape.Sums[i].Terms, lo: sum.Lo, branches: int(sum.Hi-sum.Lo) + 1})
			continue
		}
		fill := slack{sum: i, first: p.ciphertexts, weights: weightsUpTo(sum.Hi - sum.Lo)}
		terms := append([]Term(nil), sum.Terms...)
		for _, w := range fill.weights {
			terms = append(terms, Term{p.ciphertexts, w})
			p.proofs = append(p.proofs, rangeProof{terms: []Term{{p.ciphertexts, 1}}, branches: 2})
			p.ciphertexts++
		}
		p.slacks = append(p.slacks, fill)
		sums = append(sums, rangeProof{terms: terms, lo: sum.Hi, branches: 1})
	}
	p.proofs = append(p.proofs, sums...)
	scalars := 0
	for i := range p.proofs {
		p.commitments += 2 * p.proofs[i].branches
		scalars += p.proofs[i].scalars()
	}
	p.ballotBytes = 1 + (2*p.ciphertexts+p.commitments)*group.ElementBytes + scalars*group.ScalarBytes
	if p.ciphertexts > SelectionsMax || p.ballotBytes > BallotBytesMax {
		return nil, ErrShapeSize.WithInt("bytes", int64(p.ballotBytes)).WithInt("bytes_max", BallotBytesMax)
	}
	for _, total := range s.Totals {
		p.totalsMax = append(p.totalsMax, s.most(total))
	}
	return p, nil
}

// BallotBytes is the size of every ballot of this shape, or why there is none.
func (s *Shape) BallotBytes() (int, error) {
	p, err := s.plan()
	if err != nil {
		return 0, err
	}
	return p.ballotBytes, nil
}

// weightsUpTo answers weights whose sums are all the numbers from 0 to n and no other: 1, 2, 4, ... and what is missing.
func weightsUpTo(n int64) []int64 {
	var weights []int64
	for next := int64(1); n > 0; next *= 2 {
		w := min(next, n)
		weights = append(weights, w)
		n -= w
	}
	return weights
}

// check looks at sizes first, so that a monster costs nothing.
func (s *Shape) check() error {
	switch {
	case len(s.Selections) > SelectionsMax:
		return ErrShapeSize.WithInt("selections", int64(len(s.Selections))).WithInt("selections_max", SelectionsMax)
	case len(s.Sums) > SumsMax:
		return ErrShapeSize.WithInt("sums", int64(len(s.Sums))).WithInt("sums_max", SumsMax)
	case len(s.Totals) > TotalsMax:
		return ErrShapeSize.WithInt("totals", int64(len(s.Totals))).WithInt("totals_max", TotalsMax)
	case len(s.Totals) == 0: // each of which has a term, and so the ballot a selection
		return ErrShape
	}
	for _, most := range s.Selections {
		if most < 1 {
			return ErrShape
		}
		if most >= BranchesMax {
			return ErrShapeSize.WithInt("values", most).WithInt("values_max", BranchesMax-1)
		}
	}
	for _, sum := range s.Sums {
		if err := s.checkTerms(sum.Terms); err != nil {
			return err
		}
		if sum.Lo < 0 || sum.Lo > sum.Hi || sum.Hi > s.most(sum.Terms) {
			return ErrShape
		}
	}
	for _, total := range s.Totals {
		if err := s.checkTerms(total); err != nil {
			return err
		}
	}
	return nil
}

// checkTerms: terms ascend by selection, so that a sum has one spelling, and no coefficient is so large that a sum could wrap around.
func (s *Shape) checkTerms(terms []Term) error {
	if len(terms) == 0 {
		return ErrShape
	}
	last := -1
	for _, t := range terms {
		if t.Selection <= last || t.Selection >= len(s.Selections) || t.Coefficient < 1 || t.Coefficient > coefficientMax {
			return ErrShape
		}
		last = t.Selection
	}
	return nil
}

// most is the largest value that the terms can have: below 512·31·2^31 < 2^50.
func (s *Shape) most(terms []Term) int64 {
	var n int64
	for _, t := range terms {
		n += t.Coefficient * s.Selections[t.Selection]
	}
	return n
}

// clone copies the shape, so that its maker cannot change an election.
func (s *Shape) clone() Shape {
	c := Shape{Selections: append([]int64(nil), s.Selections...)}
	for _, sum := range s.Sums {
		sum.Terms = append([]Term(nil), sum.Terms...)
		c.Sums = append(c.Sums, sum)
	}
	for _, total := range s.Totals {
		c.Totals = append(c.Totals, append([]Term(nil), total...))
	}
	return c
}

// digest hashes the whole shape.
func (s *Shape) digest() []byte {
	t := group.NewTranscript("renlin/vote/v1/shape")
	t.AppendInt("selections", uint64(len(s.Selections)))
	for _, most := range s.Selections {
		t.AppendInt("max", uint64(most))
	}
	t.AppendInt("sums", uint64(len(s.Sums)))
	for _, sum := range s.Sums {
		appendTerms(t, sum.Terms)
		t.AppendInt("lo", uint64(sum.Lo))
		t.AppendInt("hi", uint64(sum.Hi))
	}
	t.AppendInt("totals", uint64(len(s.Totals)))
	for _, total := range s.Totals {
		appendTerms(t, total)
	}
	digest := t.Digest("shape")
	return digest[:]
}

func appendTerms(t *group.Transcript, terms []Term) {
	t.AppendInt("terms", uint64(len(terms)))
	for _, term := range terms {
		t.AppendInt("selection", uint64(term.Selection))
		t.AppendInt("coefficient", uint64(term.Coefficient))
	}
}

// values answers what is encrypted: the choice, and what fills its sums up.
func (p *plan) values(choice []int64) ([]int64, error) {
	if len(choice) != len(p.shape.Selections) {
		return nil, ErrChoice.WithInt("numbers", int64(len(choice))).WithInt("numbers_wanted", int64(len(p.shape.Selections)))
	}
	for i, v := range choice {
		if v < 0 || v > p.shape.Selections[i] {
			return nil, ErrChoice.WithInt("selection", int64(i))
		}
	}
	for i, sum := range p.shape.Sums {
		if n := valueOf(sum.Terms, choice); n < sum.Lo || n > sum.Hi {
			return nil, ErrChoice.WithInt("sum", int64(i))
		}
	}
	values := append([]int64(nil), choice...)
	for _, fill := range p.slacks {
		sum := p.shape.Sums[fill.sum]
		values = append(values, split(sum.Hi-valueOf(sum.Terms, choice), fill.weights)...)
	}
	return values, nil
}

// split writes n as a sum of some of the weights, largest first, as 0 or 1 for each weight. All weights are visited and each step is
// the same arithmetic, so that the time does not tell n.
func split(n int64, weights []int64) []int64 {
	out := make([]int64, len(weights))
	rest := weights[len(weights)-1]
	// The last weight is what the powers of two leave over; it is taken when they alone cannot reach n.
	powers := int64(1)<<(len(weights)-1) - 1
	take := greater(n, powers)
	out[len(weights)-1] = take
	n -= take * rest
	for i := len(weights) - 2; i >= 0; i-- {
		out[i] = n >> i & 1
	}
	return out
}

// greater is 1 if a > b and else 0, without a branch.
func greater(a, b int64) int64 { return int64(uint64(b-a) >> 63) }

// valueOf is the sum of the terms over the values.
func valueOf(terms []Term, values []int64) int64 {
	var n int64
	for _, t := range terms {
		n += t.Coefficient * values[t.Selection]
	}
	return n
}
