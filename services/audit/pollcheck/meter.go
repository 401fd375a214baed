package pollcheck

import (
	"math/big"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Limits of what is reckoned here, and of what may become known: in rules that name none, a voter is hidden among five.
const (
	choicesMax  = 64
	figuresMax  = 8
	waysMax     = 500_000 // sums that are looked at
	anonymous   = 5
	million     = 1_000_000
	pinnedAbove = 950_000 // millionths
	chanceMax   = 10_000
)

// publication is what becomes known of the ballots.
type publication struct {
	choices  int // in which a ballot can be filled in
	figures  []figure
	together bool  // whether all figures are reached is one answer
	answers  int64 // that a ballot gives, of which one is looked at for all
	ways     int   // instead of figures: how many filled their ballots in in each of so many ways is known by heads
}

// figure is a sum over all ballots, each adding its voter's weight times the points of its choice: the sum itself, divided by the width and
// rounded down; or, without a width, whether it is at least so much.
type figure struct {
	measure      communityv1.Measure
	points       []int64
	width, least int64
}

// sums are one for each figure.
type sums [figuresMax]int64

func (p *publication) fits() bool { return p.choices <= choicesMax && len(p.figures) <= figuresMax }

// coarse tells whether nothing but whether sums are reached becomes known.
func (p *publication) coarse() bool {
	for _, f := range p.figures {
		if f.width > 0 {
			return false
		}
	}
	return p.ways == 0
}

// seen is what is published of sums.
func (p *publication) seen(s sums) sums {
	all := int64(1)
	for i, f := range p.figures {
		switch {
		case f.width > 0:
			s[i] /= f.width
		case s[i] >= f.least:
			s[i] = 1
		default:
			s[i], all = 0, 0
		}
	}
	if p.together {
		return sums{all}
	}
	return s
}

// added is what a ballot adds with a choice.
func (p *publication) added(choice int, w weight) (s sums) {
	for i, f := range p.figures {
		s[i] = f.points[choice] * w.of(f.measure)
	}
	return s
}

// kind is the voters of one weight, one at least.
type kind struct {
	weight
	took int64
}

// crowd is who took part.
type crowd []kind

// filled counts in how many ways the ballots can be filled in to give each sum, without one of a kind; nil if that is too much work.
func (p *publication) filled(who crowd, without int, work *int) map[sums]*big.Int {
	at := map[sums]*big.Int{{}: big.NewInt(1)}
	for i, k := range who {
		steps := map[sums]int64{}
		for choice := range p.choices {
			steps[p.added(choice, k.weight)]++
		}
		voters := k.took
		if i == without {
			voters--
		}
		for range voters {
			if *work += len(at) * len(steps); *work > waysMax {
				return nil
			}
			next := make(map[sums]*big.Int, len(at)+len(steps))
			for s, many := range at { // any order: sums do not depend on it
				for by, alike := range steps { // any order: likewise
					for f := range by {
						by[f] += s[f]
					}
					if next[by] == nil {
						next[by] = new(big.Int)
					}
					next[by].Add(next[by], new(big.Int).Mul(many, big.NewInt(alike)))
				}
			}
			at = next
		}
	}
	return at
}

// reckoned is what a publication tells of single voters: how sure one can be of a choice of somebody at most, and how likely it is that one
// can be too sure of somebody's.
type reckoned struct{ posterior, chance *big.Rat }

// reckon counts all ways in which the ballots can be filled in, each as likely as every other, of which only those are left that give what
// is published, and in how many of these a voter made a choice. Of one publication alone, or of all that there may be. Nil if it is too
// much work, or none gives it.
func (p *publication) reckon(who crowd, only *sums) *reckoned {
	if p.ways > 0 {
		return p.spread(who, only)
	}
	work, whole := 0, new(big.Int)
	cells := map[sums]*big.Int{}
	all := p.filled(who, -1, &work)
	for s, many := range all { // any order: sums do not depend on it
		seen := p.seen(s)
		if only != nil && seen != *only {
			continue
		}
		if cells[seen] == nil {
			cells[seen] = new(big.Int)
		}
		cells[seen].Add(cells[seen], many)
		whole.Add(whole, many)
	}
	if len(cells) == 0 {
		return nil
	}
	out, pinned := &reckoned{new(big.Rat), new(big.Rat)}, map[sums]bool{}
	for i, k := range who {
		others := p.filled(who, i, &work)
		if others == nil {
			return nil
		}
		tried := map[sums]bool{}
		for choice := range p.choices {
			by := p.added(choice, k.weight)
			if tried[by] {
				continue // no surer of the one than of the other
			}
			tried[by] = true
			p.look(others, by, cells, pinned, out)
		}
	}
	for seen := range pinned { // any order: sums do not depend on it
		out.chance.Add(out.chance, new(big.Rat).SetFrac(cells[seen], whole))
	}
	return out
}

// look finds how sure one can be of a choice with each publication.
func (p *publication) look(others map[sums]*big.Int, by sums, cells map[sums]*big.Int, pinned map[sums]bool, out *reckoned) {
	made := map[sums]*big.Int{}
	for s, many := range others { // any order: sums do not depend on it
		for f := range s {
			s[f] += by[f]
		}
		seen := p.seen(s)
		if cells[seen] == nil {
			continue
		}
		if made[seen] == nil {
			made[seen] = new(big.Int)
		}
		made[seen].Add(made[seen], many)
	}
	for seen, many := range made { // any order: the greatest is sought
		sure := new(big.Rat).SetFrac(many, cells[seen])
		if sure.Cmp(out.posterior) > 0 {
			out.posterior = sure
		}
		if sure.Cmp(big.NewRat(pinnedAbove, million)) > 0 {
			pinned[seen] = true
		}
	}
}

// spread is reckon where everybody weighs the same in heads, or nothing: who chose a way is as likely anybody as anybody else, so that how
// sure one can be is the share that chose it. Without one publication everybody may agree.
func (p *publication) spread(who crowd, only *sums) *reckoned {
	voters, each, ways := int64(0), int64(0), int64(p.ways)
	for _, k := range who {
		switch {
		case k.heads == 0:
		case each > 0 && each != k.heads:
			return nil
		default:
			each, voters = k.heads, voters+k.took
		}
	}
	out := &reckoned{big.NewRat(1, ways), new(big.Rat)}
	if voters == 0 {
		return out
	}
	if only != nil {
		if most := big.NewRat(only[0], voters*each); most.Cmp(out.posterior) > 0 {
			out.posterior = most
		}
		if out.posterior.Cmp(big.NewRat(pinnedAbove, million)) > 0 {
			out.chance.SetInt64(1)
		}
		return out
	}
	out.posterior.SetInt64(1)
	agree := new(big.Int) // how many ways there are for more than 19 of 20 to choose the first way
	for n := voters; n*million > voters*pinnedAbove; n-- {
		others := new(big.Int).Exp(big.NewInt(ways-1), big.NewInt(voters-n), nil)
		agree.Add(agree, others.Mul(others, new(big.Int).Binomial(voters, n)))
	}
	agree.Mul(agree, big.NewInt(ways)) // no two ways can have that many
	out.chance.SetFrac(agree, new(big.Int).Exp(big.NewInt(ways), big.NewInt(voters), nil))
	return out
}

// hidden is among how many who took part the one is hidden whom fewest are like: by what each weighs in measures of which a sum is told. By
// households and classes voters are told apart in any case.
func (p *publication) hidden(who crowd) (least int64) {
	told := map[communityv1.Measure]bool{communityv1.Measure_MEASURE_HEADS: p.ways > 0}
	for _, f := range p.figures {
		told[f.measure] = told[f.measure] || f.width == 1
	}
	sets := map[weight]int64{}
	for _, k := range who {
		for _, m := range []communityv1.Measure{communityv1.Measure_MEASURE_HEADS, communityv1.Measure_MEASURE_AREA} {
			if !told[m] {
				k.weight = k.with(m, 0)
			}
		}
		sets[k.weight] += k.took
	}
	for _, n := range sets { // any order: the least is sought
		if n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	return least
}

// micros is a number in millionths, rounded up.
func micros(x *big.Rat) int64 {
	n := new(big.Int).Mul(x.Num(), big.NewInt(million))
	n.Add(n, new(big.Int).Sub(x.Denom(), big.NewInt(1)))
	return n.Quo(n, x.Denom()).Int64()
}

// report is what the meter would say, exactly; the second word says of a report, of whatever figures, why it must not be published.
func (p *publication) report(who crowd, r *reckoned, hiddenMin int64, byChance bool) *votingv1.LeakReport {
	out := &votingv1.LeakReport{
		AnonymityMin: p.hidden(who), PosteriorMicros: micros(r.posterior), ChanceMicros: min(micros(r.chance)*max(1, p.answers), million),
		Exact: true,
	}
	out.Refused = p.refused(out, hiddenMin, byChance)
	return out
}

// refused is why what has these figures must not be published; empty if it may.
func (p *publication) refused(r *votingv1.LeakReport, hiddenMin int64, byChance bool) string {
	pinned := r.GetPosteriorMicros() > pinnedAbove
	if byChance {
		pinned = r.GetChanceMicros() > chanceMax
	}
	if p.answers > 1 && r.GetChanceMicros() > chanceMax {
		pinned = true
	}
	switch {
	case r.GetAnonymityMin() == 0:
		return "" // nobody took part
	case r.GetAnonymityMin() < hiddenMin:
		return "leak.class_small"
	case pinned && (r.GetExact() || p.answers > 1):
		return "leak.voter_pinned"
	case pinned:
		return "leak.not_shown_safe"
	}
	return ""
}
