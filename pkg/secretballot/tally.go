package secretballot

import (
	"encoding/binary"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot/internal/group"
)

// TotalMax bounds every total: a hundred square kilometres in 0.01 m² is a tenth of it. A total is found by search, so it must be known
// before anything is decrypted that the search will end.
const TotalMax = 100_000_000_000

var (
	// ErrWeight: a negative weight, or not one for each ballot.
	ErrWeight = fault.New(fault.Invalid, "ballot_weight.invalid",
		"The weights of the ballots are not right: there must be one for each, and none below zero.", "选票权重有误：每张选票须有一个权重，且不得为负。")
	// ErrOverflow: a total could become larger than any that can be found.
	ErrOverflow = fault.New(fault.TooLarge, "ballot_total.overflow",
		"The weights of this poll's voters add up to more than can be counted.", "本次表决的权重总和超出可计票的范围。")
	// ErrForeign: a ballot that this Election did not decode, or none.
	ErrForeign = fault.New(fault.Invalid, "ballot.foreign",
		"A ballot of another poll cannot be counted here.", "不能在此计入其他表决的选票。")
	// ErrSum: bytes that are no sum of ballots.
	ErrSum = fault.New(fault.Invalid, "ballot_sum.malformed",
		"This is not a sum of secret ballots.", "这不是秘密选票的加密合计。")
	// ErrTotal: no total within the bound is what was decrypted.
	ErrTotal = fault.New(fault.Refused, "ballot_total.not_found",
		"What was decrypted is no total that these ballots can have.", "解密得到的结果不可能是这些选票的合计。")
)

// Bounds answers the largest value that each total can have if all voters of the roll, with these weights, vote. It refuses what could
// not be found: polls ask before they open. Without weights, give one 1 for each voter.
func (e *Election) Bounds(weights []int64) ([]int64, error) {
	var all int64
	for _, w := range weights {
		if w < 0 {
			return nil, ErrWeight
		}
		if w > TotalMax-all {
			return nil, ErrOverflow
		}
		all += w
	}
	bounds := make([]int64, len(e.plan.totalsMax))
	for i, most := range e.plan.totalsMax {
		if all > 0 && most > TotalMax/all {
			return nil, ErrOverflow.WithInt("total", int64(i))
		}
		bounds[i] = most * all
	}
	return bounds, nil
}

// Tally adds up ballots, each with its weight, and answers what hides each total of the shape and how large the total can be. Everybody
// who has the ballots computes the same. The ballots have been verified, and none is superseded.
func (e *Election) Tally(ballots []*Ballot, weights []int64) (totals []Ciphertext, bounds []int64, err error) {
	if len(ballots) != len(weights) {
		return nil, nil, ErrWeight
	}
	if bounds, err = e.Bounds(weights); err != nil {
		return nil, nil, err
	}
	scalars := make([]*group.Scalar, len(weights))
	for i, w := range weights {
		scalars[i] = group.ScalarOf(uint64(w))
		if ballots[i] == nil || ballots[i].plan != e.plan {
			return nil, nil, ErrForeign.WithInt("index", int64(i))
		}
	}
	columns := make([]Ciphertext, len(e.plan.shape.Selections))
	points := make([]*group.Element, len(ballots))
	for j := range columns {
		for i, b := range ballots {
			points[i] = b.a[j]
		}
		columns[j].A = group.MSM(scalars, points)
		for i, b := range ballots {
			points[i] = b.b[j]
		}
		columns[j].B = group.MSM(scalars, points)
	}
	for _, terms := range e.plan.shape.Totals {
		totals = append(totals, combine(terms, columns))
	}
	return totals, bounds, nil
}

// combine is the sum of the terms, hidden.
func combine(terms []Term, columns []Ciphertext) Ciphertext {
	var scalars []*group.Scalar
	var as, bs []*group.Element
	for _, t := range terms {
		scalars = append(scalars, group.ScalarOf(uint64(t.Coefficient)))
		as, bs = append(as, columns[t.Selection].A), append(bs, columns[t.Selection].B)
	}
	return Ciphertext{group.MSM(scalars, as), group.MSM(scalars, bs)}
}

// Public answers T·G where it is no secret: if A is the identity, then B is T·G for everyone to see. So it is when no ballot counts, and
// when all voters of the sum whose ballots count, none missing, chose their random numbers together so that they cancel.
func (c Ciphertext) Public() (total *group.Element, public bool) {
	if !group.IsIdentity(c.A) {
		return nil, false
	}
	return group.NewElement().Set(c.B), true
}

// Bytes is the encoding, A and then B.
func (c Ciphertext) Bytes() []byte { return append(c.A.Bytes(), c.B.Bytes()...) }

// Totals finds totals from what was decrypted, T·G: it knows the first multiples of G by heart and goes back from the number that it was
// given in strides of that many. Making one takes longer than asking it; it serves all totals of a poll, may be used by several
// goroutines and does not change.
type Totals struct {
	bound  int64
	known  map[uint64]uint32
	stride *group.Element // that many times -G
	size   int64
}

// Limits of what is known by heart: a few megabytes, made within seconds.
const (
	knownLeast = 1 << 8
	knownMost  = 1 << 20
)

// NewTotals prepares finding totals from 0 up to a bound.
func NewTotals(bound int64) (*Totals, error) {
	if bound < 0 || bound > TotalMax {
		return nil, ErrOverflow
	}
	size := int64(knownLeast)
	for size < knownMost && size < bound/size {
		size *= 2
	}
	t := &Totals{bound: bound, size: size, known: make(map[uint64]uint32, size)}
	e, base := group.NewElement(), group.Base()
	for i := range size {
		t.known[short(e)] = uint32(i)
		e.Add(e, base)
	}
	t.stride = e.Negate(e)
	return t, nil
}

// short cuts an encoding to 8 bytes. Whatever is found by it is checked.
func short(e *group.Element) uint64 { return binary.LittleEndian.Uint64(e.Bytes()) }

// Find answers T for T·G. How long it takes tells about how large T is: it is for totals that are published.
func (t *Totals) Find(hidden *group.Element) (int64, error) {
	n, _, err := t.find(hidden, false)
	return n, err
}

// FindSealed answers as Find does, for totals that nobody else may learn: it goes all the way whatever T is, so that whoever waits for what
// follows from T cannot read T off the clock.
func (t *Totals) FindSealed(hidden *group.Element) (int64, error) {
	n, _, err := t.find(hidden, true)
	return n, err
}

func (t *Totals) find(hidden *group.Element, allTheWay bool) (n int64, strides int, err error) {
	n = -1
	e := group.NewElement().Set(hidden)
	for from := int64(0); from <= t.bound && (n < 0 || allTheWay); from += t.size {
		if i, ok := t.known[short(e)]; ok {
			at := from + int64(i)
			if at <= t.bound && group.NewElement().ScalarBaseMult(group.ScalarOf(uint64(at))).Equal(hidden) == 1 {
				n = at
			}
		}
		e.Add(e, t.stride)
		strides++
	}
	if n < 0 {
		return 0, strides, ErrTotal
	}
	return n, strides, nil
}
