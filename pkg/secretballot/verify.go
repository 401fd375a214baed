package secretballot

import (
	"slices"

	"renlin.dev/pkg/secretballot/internal/group"
)

// Cast is a ballot and whose it is said to be.
type Cast struct {
	Voter  Voter
	Ballot []byte
}

// Bad names a ballot that does not count, by its place in what was given, and says why.
type Bad struct {
	Index int
	Err   error
}

// Spread calls do for 0 to n-1, each once and in any order, perhaps at the same time, and returns when all have returned. It is how a
// caller gives a pure function more than one processor.
type Spread func(n int, do func(i int))

// inOrder is the Spread of who gives none.
func inOrder(n int, do func(i int)) {
	for i := range n {
		do(i)
	}
}

// Sizes of batches. A whole batch is one sum, large enough for its method to pay and small enough for its numbers to stay near the
// processor; at the least size ballots are looked at one by one.
const (
	batchBallots      = 256
	batchBallotsLeast = 4
)

// Verify checks one ballot.
func (e *Election) Verify(v Voter, raw []byte) (*Ballot, error) {
	s, err := e.state(v, raw)
	if err != nil {
		return nil, err
	}
	if !e.holds([]*stated{s}) {
		return nil, ErrUnproved
	}
	return s.ballot, nil
}

// VerifyAll checks many ballots and answers them, nil for each that is bad, and the bad ones in order. Explain says of a single one what is
// wrong with it.
func (e *Election) VerifyAll(casts []Cast, spread Spread) ([]*Ballot, []Bad) {
	if spread == nil {
		spread = inOrder
	}
	ballots := make([]*Ballot, len(casts))
	bad := make([][]Bad, (len(casts)+batchBallots-1)/batchBallots)
	spread(len(bad), func(batch int) {
		first := batch * batchBallots
		last := min(first+batchBallots, len(casts))
		var all []*stated
		for i := first; i < last; i++ {
			s, err := e.state(casts[i].Voter, casts[i].Ballot)
			if err != nil {
				bad[batch] = append(bad[batch], Bad{i, err})
				continue
			}
			s.index, ballots[i] = i, s.ballot
			all = append(all, s)
		}
		for _, i := range e.bisect(all, false) {
			bad[batch] = append(bad[batch], Bad{i, ErrUnproved})
			ballots[i] = nil
		}
		slices.SortFunc(bad[batch], func(x, y Bad) int { return x.Index - y.Index })
	})
	return ballots, slices.Concat(bad...)
}

// bisect answers the indices of the ballots whose proofs do not hold. If it is known that one of them is bad, the whole is not tried again.
func (e *Election) bisect(all []*stated, oneIsBad bool) (indices []int) {
	switch {
	case len(all) == 0 || !oneIsBad && e.holds(all):
		return nil
	case len(all) == 1:
		return []int{all[0].index}
	case len(all) <= batchBallotsLeast:
		for i := range all {
			indices = append(indices, e.bisect(all[i:i+1], false)...)
		}
		return indices
	}
	half := len(all) / 2
	indices = e.bisect(all[:half], false)
	// If the first half is good the fault is in the second, and nobody needs to ask.
	return append(indices, e.bisect(all[half:], len(indices) == 0)...)
}

// stated is a ballot with everything that its proofs say, ready to be summed up.
type stated struct {
	index       int
	ballot      *Ballot
	commitments []*group.Element
	// scalars are the proofs' in the order of the bytes: of each proof the challenges of all branches but the last and all responses.
	scalars []*group.Scalar
	// wholes are the proofs' challenges.
	wholes []*group.Scalar
	// digest binds the voter, the election and all of the ballot; coefficients are hashed from it.
	digest []byte
}

// state makes the cheap checks, decodes the proofs and hashes their challenges.
func (e *Election) state(v Voter, raw []byte) (*stated, error) {
	b, err := e.Decode(raw)
	if err != nil {
		return nil, err
	}
	if b.repeated() {
		return nil, ErrRepeated
	}
	s := &stated{ballot: b, commitments: make([]*group.Element, e.plan.commitments)}
	r := reader{rest: b.commitments()}
	for i := range s.commitments {
		s.commitments[i] = r.element()
	}
	r.rest = b.scalars()
	s.scalars = make([]*group.Scalar, len(r.rest)/group.ScalarBytes)
	for i := range s.scalars {
		s.scalars[i] = r.scalar()
	}
	if r.err != nil {
		return nil, r.err
	}
	t := e.transcript(v, b.ciphertexts(), b.commitments())
	s.wholes = make([]*group.Scalar, len(e.plan.proofs))
	for i := range s.wholes {
		s.wholes[i] = challenge(t, i)
	}
	t.Append("scalars", b.scalars())
	digest := t.Digest("ballot")
	s.digest = digest[:]
	return s, nil
}

// holds tells whether all proofs of all the ballots hold. Each proof says of each branch j, with value n = lo+j, challenge c and
// response s:
//
//	s·G = a + c·A    and    s·Y = b + c·(B - n·G)
//
// All these equations are multiplied by coefficients of 128 bits and added up. If one of them is wrong the sum is zero with probability
// 2^-128, because the coefficients are hashed from all that is in the equations.
func (e *Election) holds(all []*stated) bool {
	draw := newCoefficients(all)
	m := newSums(len(all) * (2*e.plan.ciphertexts + e.plan.commitments))
	for _, s := range all {
		e.add(m, draw, s, 0, len(e.plan.proofs))
	}
	return m.isZero(e.key)
}

// add adds the equations of a ballot's proofs, from one to before another.
func (e *Election) add(m *sums, draw *coefficients, s *stated, from, to int) {
	weightsA, weightsB := m.terms(s.ballot.a), m.terms(s.ballot.b)
	commitments, scalars := s.commitments, s.scalars
	for i := range to {
		p := &e.plan.proofs[i]
		if i >= from {
			e.addProof(m, draw, p, proofNumbers{commitments, scalars, s.wholes[i]}, weightsA, weightsB)
		}
		commitments, scalars = commitments[2*p.branches:], scalars[p.scalars():]
	}
}

// proofNumbers begin with the numbers of one proof.
type proofNumbers struct {
	commitments []*group.Element
	scalars     []*group.Scalar
	whole       *group.Scalar
}

func (e *Election) addProof(m *sums, draw *coefficients, p *rangeProof, n proofNumbers, weightsA, weightsB []*group.Scalar) {
	last := group.NewScalar().Set(n.whole)
	sumA, sumB, t := group.NewScalar(), group.NewScalar(), group.NewScalar()
	for j := range p.branches {
		c, response := last, n.scalars[p.branches-1+j]
		if j < p.branches-1 {
			c = n.scalars[j]
			last.Subtract(last, c)
		}
		first, second := draw.next(), draw.next()
		m.term(first, n.commitments[2*j])
		m.term(second, n.commitments[2*j+1])
		m.base.Subtract(m.base, t.Multiply(first, response))
		m.key.Subtract(m.key, t.Multiply(second, response))
		sumA.Add(sumA, first.Multiply(first, c))
		sumB.Add(sumB, second.Multiply(second, c))
		m.base.Subtract(m.base, t.Multiply(second, group.ScalarOf(uint64(p.lo+int64(j)))))
	}
	for _, term := range p.terms {
		w := group.ScalarOf(uint64(term.Coefficient))
		weightsA[term.Selection].Add(weightsA[term.Selection], t.Multiply(w, sumA))
		weightsB[term.Selection].Add(weightsB[term.Selection], t.Multiply(w, sumB))
	}
}

// Explain is Verify that takes its time: of a ballot whose proofs do not all hold it says which one is the first that does not. Proofs
// are numbered as in the ballot: those of the selections, of what fills sums up, of the sums.
func (e *Election) Explain(v Voter, raw []byte) error {
	s, err := e.state(v, raw)
	if err != nil {
		return err
	}
	for i := range e.plan.proofs {
		m := newSums(2*e.plan.ciphertexts + e.plan.commitments)
		e.add(m, newCoefficients([]*stated{s}), s, i, i+1)
		if !m.isZero(e.key) {
			return ErrUnproved.WithInt("proof", int64(i))
		}
	}
	return nil
}
