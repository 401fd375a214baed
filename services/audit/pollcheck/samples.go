package pollcheck

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"math"
	"math/big"
	"slices"
	"sort"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	whySampleSeed = because("samples.seed",
		"The samples were not drawn by the hash of the block in which the tally stands, or before it stood there.",
		"抽样所用种子不是计票所在区块的哈希，或抽样早于计票。").unless(ofPoll)
	whySampleMargin = because("samples.margin",
		"How many papers count, or how many of them would have to be wrong for another result, is not what follows from the tally.",
		"计入的纸质选票数，或足以改变结果的错误票数，与计票不符。").unless(ofPoll)
	whySampleSmall = because("samples.small",
		"A sample has fewer than the rules ask for, so that a wrong result would pass more often than they allow.",
		"抽样数量少于规则要求，错误结果漏检的机会超出规则允许。").unless(ofPoll)
	whySampleDrawn = because("samples.differ",
		"The samples are not those that the seed draws, or were drawn twice.", "样本与种子所抽出的不符，或重复抽样。").unless(ofPoll)
	whySampleOutside = because("samples.outside",
		"Somebody was called back, or a sheet was compared, who was not to be, or once more than that.",
		"回访或核对了未被抽中的对象，或重复回访、核对。").unless(ofPoll)
	whySampleRecount = because("samples.recount",
		"That all sheets are to be compared was ordered though none differed, or was not although one did.",
		"没有选票不符却下令全部核对，或有选票不符却未下令。").unless(ofPoll)
	whySampleHurried = because("samples.hurried",
		"The certificate came before the time for the audit of papers was over.", "证书在纸质选票审计期结束前出具。")
	whySampleResult = because("samples.result",
		"What the certificate says of the audit of papers is not what it came to, or it was passed over.",
		"证书所载纸质选票审计结果与实际不符，或略去未载。").unless(ofPoll)
)

var notBlocks = Words{"The blocks are not at hand, whose hash draws the samples.", "未提供区块，无法得知抽样所用的区块哈希。"}

// sealedBlock is the hash of a block, and the index behind its last commit.
type sealedBlock struct {
	until uint64
	hash  chain.Hash
}

// Block notes the hash of a block of so many commits from one on; blocks come in their order. Without them nobody can tell by what samples
// were drawn.
func (c *Checker) Block(first uint64, count uint32, hash chain.Hash) {
	c.blocks = append(c.blocks, sealedBlock{first + uint64(count), hash})
}

// sealedIn gives the hash of the block that holds a commit; false if it was not shown.
func sealedIn(blocks []sealedBlock, index uint64) (chain.Hash, bool) {
	for _, b := range blocks {
		if index < b.until {
			return b.hash, true
		}
	}
	return chain.Hash{}, false
}

// sampling is what there is to sample, as the tally left it.
type sampling struct {
	papers []string // whose ballots came on paper, ascending; of a secret poll the credentials' key ids
	asked  []string // whom to ask, ascending: these, and helped voters; of a secret poll those whom others have registered
	wrong  uint32   // how many papers must be wrong, at least, for another result
}

// samples draws again, and reckons what the audit of papers came to.
func (c *checking) samples() {
	drawn, bodies := of[*votingv1.SamplesDrawn](c.poll)
	for _, s := range drawn {
		c.is(c.tallied != nil && s.index > c.tallied.index, whySampleSeed, at(s))
	}
	paper := c.rules.GetPaper()
	if c.tallied == nil || paper == nil && len(drawn) == 0 {
		return
	}
	if c.hidden.between(c.facts[0], c.tallied) {
		c.unchecked(notShown)
		return
	}
	s := c.toSample()
	if len(s.papers) > 0 && c.weights == nil {
		c.unchecked(notEarlier)
		return
	}
	s.wrong = c.wrongLeast(s.papers)
	if len(drawn) > 0 {
		c.redraw(drawn[0], bodies[0], s)
		for _, again := range drawn[1:] {
			c.is(false, whySampleDrawn, at(again))
		}
	}
	c.audited(s, bodies)
}

// toSample finds what there is to sample.
func (c *checking) toSample() (s sampling) {
	if c.secret() {
		for _, b := range c.counting() {
			if b.sequence == sheetSequence {
				s.papers = append(s.papers, chain.KeyID(b.key))
			}
		}
		how := map[string]votingv1.Channel{}
		registered, bodies := of[*votingv1.VoterRegistered](c.poll)
		for i, r := range registered {
			how[r.last()] = shownChannel(bodies[i].GetChannel())
		}
		for _, voter := range slices.Sorted(maps.Keys(how)) {
			if how[voter] != votingv1.Channel_CHANNEL_UNSPECIFIED {
				s.asked = append(s.asked, voter)
			}
		}
		slices.Sort(s.papers)
		return s
	}
	last := map[string]*votingv1.BallotCast{}
	cast, bodies := of[*votingv1.BallotCast](c.poll)
	for i, b := range cast {
		last[b.last()] = bodies[i]
	}
	for _, voter := range slices.Sorted(maps.Keys(last)) {
		if last[voter].GetPaper() > 0 {
			s.papers = append(s.papers, voter)
		}
		if last[voter].GetPaper() > 0 || last[voter].GetMandate() != "" {
			s.asked = append(s.asked, voter)
		}
	}
	return s
}

// redraw holds the samples against those that the tally's block draws.
func (c *checking) redraw(drawn *said, b *votingv1.SamplesDrawn, s sampling) {
	where, paper := at(drawn), c.rules.GetPaper()
	c.is(b.GetPapers() == uint32(len(s.papers)) && b.GetWrongMin() == s.wrong, whySampleMargin, where)
	calls := (len(s.asked)*int(paper.GetCallBackPermille()) + 999) / 1000
	compared := 0
	if paper.GetRiskLimitPermille() > 0 {
		compared = sampleLeast(len(s.papers), int(s.wrong), paper.GetRiskLimitPermille())
	}
	c.is(len(b.GetCallBacks()) >= calls, whySampleSmall, where.of("call-backs"))
	c.is(len(b.GetCompared()) >= compared, whySampleSmall, where.of("sheets"))
	hash, shown := sealedIn(c.blocks, c.tallied.index)
	if !shown {
		c.unchecked(notBlocks)
		return
	}
	c.is(bytes.Equal(b.GetSeed(), hash[:]), whySampleSeed, where)
	c.is(slices.Equal(b.GetCallBacks(), drawnFrom(hash, c.id+"/call-back", s.asked, calls)), whySampleDrawn, where.of("call-backs"))
	c.is(slices.Equal(b.GetCompared(), drawnFrom(hash, c.id+"/comparison", s.papers, compared)), whySampleDrawn, where.of("sheets"))
}

// drawnFrom draws so many of a list, each once, by docs/format.md section 16. Ascending.
func drawnFrom(seed chain.Hash, label string, list []string, many int) (out []string) {
	prefix := append(putStr(append([]byte("renlin/sample/1\n"), seed[:]...), label), make([]byte, 8)...)
	counter := prefix[len(prefix)-8:]
	left := map[int]bool{}
	for i := range list {
		left[i] = true
	}
	for n := uint64(0); len(out) < min(many, len(list)); n++ {
		binary.BigEndian.PutUint64(counter, n)
		sum := sha256.Sum256(prefix)
		place, ok := meant(new(big.Int).SetBytes(sum[:8]), int64(len(list)))
		if ok && left[place] {
			out, left[place] = append(out, list[place]), false
		}
	}
	slices.Sort(out)
	return out
}

// meant is the place of so many that a number of 64 bits means. From their last whole multiple on not all would be as likely: these mean
// none.
func meant(x *big.Int, size int64) (place int, ok bool) {
	of := big.NewInt(size)
	rounds := new(big.Int).Quo(new(big.Int).Lsh(big.NewInt(1), 64), of)
	end := rounds.Mul(rounds, of)
	if x.Cmp(end) >= 0 {
		return 0, false
	}
	return int(new(big.Int).Mod(x, of).Int64()), true
}

// sampleLeast is how many of all papers must be drawn, at least, so that of so many wrong ones none is drawn with a chance of at most the
// risk: the ways to draw from the right ones alone, of all ways to draw.
func sampleLeast(all, wrong int, permille uint32) int {
	if wrong <= 0 {
		return 0
	}
	return sort.Search(all, func(n int) bool {
		none := new(big.Int).Binomial(int64(max(0, all-wrong)), int64(n))
		if n > all-wrong {
			none.SetInt64(0)
		}
		some := new(big.Int).Binomial(int64(all), int64(n))
		none.Mul(none, big.NewInt(1000))
		some.Mul(some, big.NewInt(int64(permille)))
		return none.Cmp(some) <= 0
	})
}

// wrongLeast is how many papers must be wrong, at least, for another result; 0 where no number would do. Where that does not follow from
// the inequalities of yes or no alone, one is held to be enough.
func (c *checking) wrongLeast(papers []string) uint32 {
	t := c.tally()
	hides := c.secret() && (t.GetSecret().GetSecrecy() != communityv1.Secrecy_SECRECY_TOTALS || len(t.GetTotals()) == 0)
	plain := c.rules.GetMethod() == communityv1.Method_METHOD_YES_NO && c.rules.GetTurnout() == nil && !measuredRules(c.rules) &&
		len(c.rules.GetRequirements()) > 0 && len(t.GetTotals()) > 0
	switch {
	case len(papers) == 0:
		return 0
	case hides || !plain:
		return 1
	}
	least := uint32(math.MaxUint32)
	for _, q := range c.rules.GetRequirements() {
		least = min(least, c.wrongFor(q, papers))
	}
	if least == math.MaxUint32 {
		return 0
	}
	return least
}

// wrongFor is the same for one requirement, MaxUint32 if none would do: denominator times the part must be at least, or more than,
// numerator times the base, and a wrong paper moves the part by its weight, and the base too where it is no fixed one.
func (c *checking) wrongFor(q *communityv1.Requirement, papers []string) uint32 {
	t, m := c.tally(), communityv1.Measure_MEASURE_HEADS
	if q.GetMeasure() == communityv1.Measure_MEASURE_AREA {
		m = q.GetMeasure()
	}
	taking := weight{heads: t.GetParticipantsHeads(), area: t.GetParticipantsAreaCentiM2()}.of(m)
	part, base, moves := taking, taking, new(big.Int).SetInt64(q.GetDenominator())
	if q.GetOf() == communityv1.Of_OF_YES {
		yes := t.GetTotals()[0]
		part = weight{heads: yes.GetHeads(), area: yes.GetAreaCentiM2()}.of(m)
	}
	switch q.GetBase() {
	case communityv1.Base_BASE_ALL:
		base = wholeOf(c.rollOrNil()).of(m)
	case communityv1.Base_BASE_VALID:
		base = weight{heads: t.GetValidHeads(), area: t.GetValidAreaCentiM2()}.of(m)
	}
	if q.GetBase() != communityv1.Base_BASE_ALL {
		moves.Add(moves, big.NewInt(q.GetNumerator()))
	}
	left := new(big.Int).Mul(big.NewInt(q.GetDenominator()), big.NewInt(part))
	right := new(big.Int).Mul(big.NewInt(q.GetNumerator()), big.NewInt(base))
	if q.GetStrict() { // more than a number is at least the next one
		right.Add(right, big.NewInt(1))
	}
	distance := new(big.Int).Sub(right, left) // up to which it does not hold yet
	if distance.Sign() <= 0 {
		distance.Sub(big.NewInt(1), distance) // or after which it holds no more
	}
	weights := make([]int64, 0, len(papers))
	for _, id := range papers {
		weights = append(weights, c.weights[id].of(m))
	}
	slices.Sort(weights)
	for n := range weights {
		distance.Sub(distance, new(big.Int).Mul(moves, big.NewInt(weights[len(weights)-1-n])))
		if distance.Sign() <= 0 {
			return uint32(n + 1)
		}
	}
	return math.MaxUint32
}

// audited follows comparisons and call-backs, and holds the certificate's account of them against what they come to.
func (c *checking) audited(s sampling, drawn []*votingv1.SamplesDrawn) {
	paper := c.rules.GetPaper()
	sample := &votingv1.SamplesDrawn{}
	if len(drawn) > 0 {
		sample = drawn[0]
	}
	recount := c.recounted(s, sample)
	if c.certified == nil {
		return
	}
	where := at(c.certified)
	if paper.GetRiskLimitPermille() > 0 {
		c.is(c.certified.time >= c.tallied.time+int64(paper.GetAuditSeconds())*1000, whySampleHurried, where)
	}
	if c.hidden.between(c.tallied, c.certified) {
		c.unchecked(notShown)
		return
	}
	got := c.certified.body.(*votingv1.CertificateIssued).GetPaperAudit()
	want := c.audit(s, sample, len(drawn) > 0, recount)
	c.is(proto.Equal(got, want), whySampleResult, where) // no word of an audit is not the same as one of nothing
}

// recounted holds every comparison and call-back to be of the sample, and tells whether all sheets were to be compared.
func (c *checking) recounted(s sampling, sample *votingv1.SamplesDrawn) (recount bool) {
	compared, answers, differs := map[string]bool{}, map[string]votingv1.Answer{}, map[uint64]bool{}
	var ordered []*said
	for _, f := range c.facts {
		where := at(f).of("%s", f.last())
		switch b := f.body.(type) {
		case *votingv1.BallotCompared:
			drawn := slices.Contains(sample.GetCompared(), f.last()) || recount && slices.Contains(s.papers, f.last())
			c.is(drawn && !compared[f.last()], whySampleOutside, where)
			compared[f.last()] = true
			if b.GetDiffers() && !recount {
				differs[f.index] = true
			}
			recount = recount || b.GetDiffers()
		case *votingv1.CallBackRecorded:
			before := answers[f.last()]
			open := before == votingv1.Answer_ANSWER_UNSPECIFIED || before == votingv1.Answer_ANSWER_UNREACHED
			c.is(open && slices.Contains(sample.GetCallBacks(), f.last()), whySampleOutside, where)
			answers[f.last()] = b.GetAnswer()
		case *votingv1.RecountOrdered:
			ordered = append(ordered, f)
		}
	}
	for _, f := range ordered {
		c.is(differs[f.index], whySampleRecount, at(f))
		delete(differs, f.index)
	}
	for index := range differs { // any order: there is one at most
		c.is(false, whySampleRecount, place{index: index})
	}
	return len(ordered) > 0
}

// audit is what the checks after the count came to; nil where there was nothing to check.
func (c *checking) audit(s sampling, sample *votingv1.SamplesDrawn, drawn, recount bool) *votingv1.PaperAudit {
	risk, papers := c.rules.GetPaper().GetRiskLimitPermille(), uint32(len(s.papers))
	if c.rules.GetPaper() == nil || !drawn && (risk == 0 || papers == 0) {
		return nil
	}
	out := &votingv1.PaperAudit{RiskLimitPermille: risk, Papers: papers}
	if !drawn {
		out.Verdict = votingv1.PaperVerdict_PAPER_VERDICT_UNFINISHED
		return out
	}
	out.WrongMin, out.Sampled, out.CallBacks = s.wrong, uint32(len(sample.GetCompared())), uint32(len(sample.GetCallBacks()))
	_, comparisons := of[*votingv1.BallotCompared](c.poll)
	for _, b := range comparisons {
		out.Compared++
		out.Differing += one(b.GetDiffers())
	}
	answers := map[string]votingv1.Answer{}
	called, calls := of[*votingv1.CallBackRecorded](c.poll)
	for i, f := range called {
		answers[f.last()] = calls[i].GetAnswer()
	}
	for _, answer := range answers { // any order: sums do not depend on it
		out.Confirmed += one(answer == votingv1.Answer_ANSWER_CONFIRMED)
		out.Denied += one(answer == votingv1.Answer_ANSWER_DENIED)
		out.Unreached += one(answer == votingv1.Answer_ANSWER_UNREACHED)
	}
	if risk == 0 || papers == 0 {
		return out
	}
	switch all := out.GetCompared() >= papers; {
	case s.wrong == 0:
		out.Verdict = votingv1.PaperVerdict_PAPER_VERDICT_NOT_NEEDED
	case !recount && out.GetCompared() == out.GetSampled():
		out.Verdict = votingv1.PaperVerdict_PAPER_VERDICT_CONFIRMED
	case !recount || !all:
		out.Verdict = votingv1.PaperVerdict_PAPER_VERDICT_UNFINISHED
	case out.GetDiffering() < s.wrong:
		out.Verdict = votingv1.PaperVerdict_PAPER_VERDICT_RECOUNTED
	default:
		out.Verdict = votingv1.PaperVerdict_PAPER_VERDICT_DOUBTFUL
	}
	return out
}
