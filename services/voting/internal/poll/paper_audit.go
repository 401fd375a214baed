package poll

import (
	"crypto/ed25519"
	"math/big"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/sampling"
	"renlin.dev/services/voting/internal/tally"
)

// Sample is aggregate poll/<id>/sample/main: whom to call back, and whose sheets to compare.
type Sample struct {
	CallBacks []string `json:"call_backs,omitempty"` // members, ascending
	Compared  []string `json:"compared,omitempty"`   // members, ascending
	Papers    uint32   `json:"papers"`
	WrongMin  uint32   `json:"wrong_min"` // how many must be wrong, at least, for another result; 0: no number would do
	Recount   bool     `json:"recount,omitempty"`
}

// Comparison is aggregate poll/<id>/comparison/<voter>.
type Comparison struct {
	Auditor string `json:"auditor"` // member
	Differs bool   `json:"differs,omitempty"`
}

// CallBack is aggregate poll/<id>/call-back/<voter>.
type CallBack struct {
	Auditor string          `json:"auditor"` // member
	Answer  votingv1.Answer `json:"answer"`
}

// Clone is shallow: Evolve replaces the lists whole.
func (s *Sample) Clone() *Sample { dup := *s; return &dup }

func evolveSample(s *Sample, e decider.Event) {
	switch b := e.Body.(type) {
	case *votingv1.SamplesDrawn:
		*s = Sample{CallBacks: b.GetCallBacks(), Compared: b.GetCompared(), Papers: b.GetPapers(), WrongMin: b.GetWrongMin()}
	case *votingv1.RecountOrdered:
		s.Recount = true
	}
}

func samplePath(poll string) string { return Path(poll) + "/sample/main" }

func comparisons(poll string) string { return Path(poll) + "/comparison" }

func callBacks(poll string) string { return Path(poll) + "/call-back" }

// auditUntil is how long the audit of papers may take; 0 where there is none.
func (p *Poll) auditUntil(tallied int64) int64 {
	if p.Rules.GetPaper().GetRiskLimitPermille() == 0 {
		return 0
	}
	return after(tallied, p.Rules.GetPaper().GetAuditSeconds())
}

// counted finds a poll that is counted and not certified.
func counted(v *decider.View, id string) (*Poll, error) {
	p, err := find(v, id)
	switch {
	case err != nil:
		return nil, err
	case p.Tally == nil:
		return nil, ErrTallyMissing
	case p.Certified:
		return nil, ErrCertified
	}
	return p, nil
}

// DrawSamples draws by the hash of the block that holds the tally. Which block that is the record says, and its header is signed with the
// community's key, so whoever sends it has no choice.
func DrawSamples(v *decider.View, _ *decider.Command, b *votingv1.DrawSamples) ([]decider.Change, error) {
	p, err := counted(v, b.GetPoll())
	if err != nil {
		return nil, err
	}
	if v.Exists(samplePath(b.GetPoll())) {
		return nil, ErrSampleDrawn
	}
	sealed := decider.FixedOf[Book](v, Path(b.GetPoll())).Polls[b.GetPoll()]
	if sealed == nil || sealed.Papers == nil || len(sealed.Papers.OnPaper)+len(sealed.Papers.Helped) == 0 {
		return nil, ErrSampleNone
	}
	f, rules := sealed.Papers, p.Rules.GetPaper()
	seed, ok := f.block(v, b.GetBlock())
	if !ok {
		return nil, ErrSampleBlock
	}
	out := &votingv1.SamplesDrawn{Seed: seed[:], Papers: uint32(len(f.OnPaper)), WrongMin: wrongMin(p, sealed)}
	asked := f.Helped // of a secret poll, whose sheets have no names
	if !p.secret() {
		asked = slices.Sorted(slices.Values(slices.Concat(f.OnPaper, f.Helped)))
	}
	out.CallBacks, err = draw(seed, b.GetPoll()+"/call-back", asked, share(len(asked), rules.GetCallBackPermille()))
	if risk := rules.GetRiskLimitPermille(); err == nil && risk > 0 {
		n := sampleSize(len(f.OnPaper), int(out.GetWrongMin()), risk)
		out.Compared, err = draw(seed, b.GetPoll()+"/comparison", f.OnPaper, n)
	}
	if err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(samplePath(b.GetPoll()), out)}, nil
}

// block gives the hash of the block that holds the tally, if that is what the header is of.
func (f *Filed) block(v *decider.View, header []byte) (chain.Hash, bool) {
	s, err := chain.DecodeSealed(header)
	if err != nil || s.First+1 > f.Position || s.First+uint64(s.Count) < f.Position {
		return chain.Hash{}, false
	}
	c, ok := decider.Get[standing.Community](v, standing.CommunityPath)
	if !ok || s.CheckSignature(ed25519.PublicKey(c.EpochKey)) != nil {
		return chain.Hash{}, false
	}
	return s.Hash(), true
}

// share gives so many thousandths of a number, rounded up.
func share(n int, permille uint32) int {
	return int((int64(n)*int64(permille) + thousand - 1) / thousand)
}

// draw takes so many of some members without replacement. Ascending.
func draw(seed chain.Hash, label string, from []string, many int) ([]string, error) {
	places, err := sampling.Draw(sampling.Seed(seed), label, len(from), many)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, place := range places {
		out = append(out, from[place])
	}
	slices.Sort(out)
	return out, nil
}

// sampleSize is the least number of papers of which at least one is wrong, but for a chance of risk thousandths, if wrong of all are:
// C(all-wrong, n) / C(all, n) <= risk/1000. None are drawn where no number of wrong ones would matter.
func sampleSize(all, wrong int, risk uint32) int {
	if wrong == 0 {
		return 0
	}
	missed, drawn := big.NewInt(thousand), big.NewInt(int64(risk))
	n := 0
	for ; missed.Cmp(drawn) > 0; n++ {
		missed.Mul(missed, big.NewInt(int64(all-wrong-n)))
		drawn.Mul(drawn, big.NewInt(int64(all-n)))
	}
	return n
}

// wrongMin is how many papers must be wrong, at least, for another result; 0 if not even all would do. For yes and no it follows from the
// inequalities: none changes before the heaviest papers together weigh as much as what is between its two sides. It never says too many.
// What else decides a poll, households and weight classes among it, is not bounded in this way: there one wrong paper is held to be enough.
func wrongMin(p *Poll, s *Sealed) uint32 {
	papers := s.paperWeights()
	if len(papers) == 0 {
		return 0
	}
	if p.secret() && (p.Tally.GetSecret().GetSecrecy() != communityv1.Secrecy_SECRECY_TOTALS || len(p.Tally.GetTotals()) == 0) {
		return 1 // between what there is, nobody knows
	}
	switch r := p.Rules; {
	case r.GetMethod() != communityv1.Method_METHOD_YES_NO, r.GetTurnout() != nil, len(r.GetRequirements()) == 0, measured(r):
		return 1
	}
	least := uint32(0)
	for _, r := range p.Rules.GetRequirements() {
		if n := wrongFor(p, papers, r); n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	return least
}

// wrongFor is wrongMin for one inequality, numerator*base against denominator*part. A wrong paper moves each side by its weight at most.
func wrongFor(p *Poll, papers []tally.Weight, r *communityv1.Requirement) uint32 {
	num, den := big.NewInt(r.GetNumerator()), big.NewInt(r.GetDenominator())
	part, base := sides(p, r)
	margin := new(big.Int).Sub(new(big.Int).Mul(den, big.NewInt(part)), new(big.Int).Mul(num, big.NewInt(base)))
	holds := margin.Sign() > 0 || margin.Sign() == 0 && !r.GetStrict()
	margin.Abs(margin)
	if holds != r.GetStrict() { // it changes beyond equality only
		margin.Add(margin, big.NewInt(1))
	}
	each := new(big.Int).Set(den)
	if r.GetBase() != communityv1.Base_BASE_ALL {
		each.Add(each, num)
	}
	weights := make([]int64, 0, len(papers))
	for _, w := range papers {
		if r.GetMeasure() == communityv1.Measure_MEASURE_AREA {
			weights = append(weights, w.Area)
			continue
		}
		weights = append(weights, w.Heads)
	}
	slices.Sort(weights)
	slices.Reverse(weights)
	moved := new(big.Int)
	for i, w := range weights {
		moved.Add(moved, new(big.Int).Mul(each, big.NewInt(w)))
		if moved.Cmp(margin) >= 0 {
			return uint32(i + 1)
		}
	}
	return 0
}

// sides gives the sums on both sides of an inequality, as the tally has them.
func sides(p *Poll, r *communityv1.Requirement) (part, base int64) {
	t := p.Tally
	pick := func(heads, area int64) int64 {
		if r.GetMeasure() == communityv1.Measure_MEASURE_AREA {
			return area
		}
		return heads
	}
	taking := pick(t.GetParticipantsHeads(), t.GetParticipantsAreaCentiM2())
	part = taking
	if r.GetOf() == communityv1.Of_OF_YES {
		part = pick(t.GetTotals()[0].GetHeads(), t.GetTotals()[0].GetAreaCentiM2())
	}
	switch r.GetBase() {
	case communityv1.Base_BASE_ALL:
		return part, pick(p.Roll.GetAllHeads(), p.Roll.GetAllAreaCentiM2())
	case communityv1.Base_BASE_VALID:
		return part, pick(t.GetValidHeads(), t.GetValidAreaCentiM2())
	}
	return part, taking
}
