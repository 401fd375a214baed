package sampling

import (
	"math"
	"math/big"

	"renlin.dev/services/voting/internal/tally"
)

// Entry is the record of a ballot on paper, as far as one assertion goes: what it adds according to the record, and the least that any
// ballot there could add.
type Entry struct{ Reported, Least int64 }

// Assertion is one thing that a result claims.
type Assertion struct {
	// Label tells the assertions of a poll apart: its id and the requirement's place.
	Label string
	// Margin is by how much all records together must overstate for the claim to be wrong.
	Margin int64
	// Ballots are those on paper, in an order that stood on the record before the seed.
	Ballots []Entry
}

// Verdict is how far an audit is.
type Verdict string

// The verdicts of an audit.
const (
	Confirmed Verdict = "confirmed"
	GoOn      Verdict = "go_on"
	FullCount Verdict = "full_count"
)

// Ratio is a fraction.
type Ratio struct{ Numerator, Denominator int64 }

// Found is what a paper ballot adds in truth.
type Found struct {
	// Missing: there is no such paper. It counts as the worst that could have been there.
	Missing bool
	Actual  int64
}

// State is where an audit stands.
type State struct {
	Verdict Verdict
	// Draws were made and compared.
	Draws int
	// Wanted are the places of ballots to compare next, ascending by draw, each once. It is empty unless the verdict is to go on.
	Wanted []int
}

// Judge follows the draws as far as the papers were compared: found has them by place. The first call has none and answers where to
// begin. It confirms, wants more, or gives up and asks for a full hand count: when a paper was as wrong as could be, or when an audit
// would take more draws than there are papers.
func (a Assertion) Judge(seed Seed, risk Ratio, found map[int]Found) (State, error) {
	most, weights, err := a.check(risk)
	switch {
	case err != nil:
		return State{}, err
	case a.Margin <= 0:
		return State{Verdict: FullCount}, nil
	case a.Margin > most:
		return State{Verdict: Confirmed}, nil // the papers could not change it
	}
	draws, err := newWeighted(seed, a.Label, weights)
	if err != nil {
		return State{}, err
	}
	g := game{risk: risk, most: most, margin: a.Margin, won: big.NewInt(1), staked: big.NewInt(1)}
	state := State{Verdict: GoOn}
	for ; state.Draws < a.drawsMax(); state.Draws++ {
		place := draws.next()
		f, compared := found[place]
		if !compared {
			return a.wanted(state, g, draws, place, found), nil
		}
		if state.Verdict, err = g.play(a.Ballots[place], f); err != nil || state.Verdict != GoOn {
			state.Draws++
			return state, err
		}
	}
	state.Verdict = FullCount
	return state, nil
}

// drawsMax is after how many draws a hand count of all papers is less work.
func (a Assertion) drawsMax() int { return min(len(a.Ballots), DrawsMax) }

// wanted looks ahead: which papers would confirm if all of them were as recorded.
func (a Assertion) wanted(state State, g game, draws *weighted, place int, found map[int]Found) State {
	asked := map[int]bool{}
	for ahead := state.Draws; ahead < a.drawsMax(); ahead++ {
		if _, compared := found[place]; !compared && !asked[place] {
			asked[place] = true
			state.Wanted = append(state.Wanted, place)
		}
		f, compared := found[place]
		if !compared {
			f = Found{Actual: a.Ballots[place].Reported}
		}
		verdict, err := g.play(a.Ballots[place], f)
		if err != nil || verdict != GoOn {
			return state
		}
		place = draws.next()
	}
	return State{Verdict: FullCount, Draws: state.Draws} // even then it would not be confirmed in time
}

// check refuses what cannot be audited, and answers the most that the ballots can be overstated by, in all and each.
func (a Assertion) check(risk Ratio) (most int64, weights []int64, err error) {
	if risk.Numerator <= 0 || risk.Numerator >= risk.Denominator {
		return 0, nil, ErrRisk
	}
	if len(a.Ballots) > PopulationMax || len(a.Label) > labelBytesMax {
		return 0, nil, ErrAssertion
	}
	for _, e := range a.Ballots {
		over := new(big.Int).Sub(big.NewInt(e.Reported), big.NewInt(e.Least))
		if over.Sign() < 0 || !over.IsInt64() || over.Int64() > math.MaxInt64-most {
			return 0, nil, ErrAssertion
		}
		most += over.Int64()
		weights = append(weights, over.Int64())
	}
	return most, weights, nil
}

// game is the product of the package comment, as won/staked.
type game struct {
	risk         Ratio
	most, margin int64
	won, staked  *big.Int
}

// play books one comparison.
func (g *game) play(e Entry, f Found) (Verdict, error) {
	left := new(big.Int)
	if !f.Missing {
		if left.Sub(big.NewInt(f.Actual), big.NewInt(e.Least)); left.Sign() < 0 {
			return GoOn, ErrFound
		}
	}
	if left.Sign() == 0 {
		return FullCount, nil // nothing is left to win back with
	}
	possible := new(big.Int).Sub(big.NewInt(e.Reported), big.NewInt(e.Least))
	g.won = left.Mul(left, big.NewInt(g.most)).Mul(left, g.won)
	g.staked = possible.Mul(possible, big.NewInt(g.most-g.margin)).Mul(possible, g.staked)
	limit := new(big.Int).Mul(g.staked, big.NewInt(g.risk.Denominator))
	if new(big.Int).Mul(g.won, big.NewInt(g.risk.Numerator)).Cmp(limit) >= 0 {
		return Confirmed, nil
	}
	return GoOn, nil
}

// Together judges a result that rests on several assertions, each of which must be confirmed.
func Together(verdicts ...Verdict) Verdict {
	all := Confirmed
	for _, v := range verdicts {
		switch {
		case v == FullCount:
			return FullCount
		case v == GoOn:
			all = GoOn
		}
	}
	if len(verdicts) == 0 {
		return FullCount // nothing was claimed that could be confirmed
	}
	return all
}

// Vote is what stands on a ballot, as far as a requirement goes. An abstention is a blank or spoilt ballot too.
type Vote string

// The votes. VoteNone is no ballot at all.
const (
	VoteFor     Vote = "for"
	VoteAgainst Vote = "against"
	VoteAbstain Vote = "abstain"
	VoteNone    Vote = "none"
)

// Paper is a ballot on paper as it was recorded.
type Paper struct {
	Weight   tally.Weight
	Recorded Vote
}

// Claim makes the assertion that a requirement holds, or fails, as the figures of all ballots say.
func Claim(label string, r tally.Requirement, f tally.Figures, papers []Paper) (Assertion, error) {
	outcome, err := tally.Evaluate([]tally.Requirement{r}, f)
	if err != nil {
		return Assertion{}, err
	}
	holds := outcome.Inequalities[0].Holds
	a := Assertion{Label: label}
	for _, p := range papers {
		e := Entry{Least: math.MaxInt64}
		for _, v := range []Vote{VoteFor, VoteAgainst, VoteAbstain, VoteNone} {
			adds, err := Adds(r, holds, p.Weight, v)
			if err != nil {
				return Assertion{}, err
			}
			if e.Least = min(e.Least, adds); v == p.Recorded {
				e.Reported = adds
			}
		}
		switch p.Recorded {
		case VoteFor, VoteAgainst, VoteAbstain:
		default:
			return Assertion{}, ErrAssertion
		}
		a.Ballots = append(a.Ballots, e)
	}
	margin, one := claimed(r, f), big.NewInt(1)
	if !holds {
		margin.Neg(margin)
	}
	if holds != r.Strict { // at zero it still holds, or still fails: it takes one more to be wrong
		margin.Add(margin, one)
	}
	if !margin.IsInt64() {
		return Assertion{}, ErrAssertion
	}
	a.Margin = margin.Int64()
	return a, nil
}

// claimed is Denominator·part - Numerator·base.
func claimed(r tally.Requirement, f tally.Figures) *big.Int {
	part, base := f.Option.Of(r.Measure), f.Valid.Of(r.Measure)
	if r.Of == tally.PartParticipants {
		part = f.Participants.Of(r.Measure)
	}
	switch r.Base {
	case tally.BaseAll:
		base = f.All.Of(r.Measure)
	case tally.BaseParticipants:
		base = f.Participants.Of(r.Measure)
	}
	left := new(big.Int).Mul(big.NewInt(r.Denominator), big.NewInt(part))
	return left.Sub(left, new(big.Int).Mul(big.NewInt(r.Numerator), big.NewInt(base)))
}

// Adds is what a ballot adds to the claim that a requirement holds, or that it fails.
func Adds(r tally.Requirement, holds bool, weight tally.Weight, v Vote) (int64, error) {
	var one tally.Figures
	switch v {
	case VoteFor:
		one = tally.Figures{Participants: weight, Valid: weight, Option: weight}
	case VoteAgainst:
		one = tally.Figures{Participants: weight, Valid: weight}
	case VoteAbstain:
		one = tally.Figures{Participants: weight}
	case VoteNone:
	default:
		return 0, ErrFound
	}
	adds := claimed(r, one) // all are all, with or without this ballot
	if !holds {
		adds.Neg(adds)
	}
	if !adds.IsInt64() {
		return 0, ErrAssertion
	}
	return adds.Int64(), nil
}
