package pollcheck

import (
	"slices"
	"strconv"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	whyPartTrustee = because("parts.trustee",
		"A part of the opening stands under another trustee than the one who made it.", "某解密部分记在了另一名保管人名下。")
	whyPartTwice = because("parts.twice",
		"A trustee has done their part twice, or before there was anything to open.", "某保管人重复提交解密部分，或在可开启之前提交。")
	whyPartRefused = because("parts.refused",
		"A trustee's part of the opening is not right, or was not made for these sums.", "某保管人的解密部分有误，或并非针对这些合计。")
	whyPartNumber = because("parts.number",
		"A trustee's parts are not one for each sealed total.", "某保管人的部分与密封合计并非一一对应。").unless(ofPoll)
	whyPartReaders = because("parts.readers",
		"A hidden part is not sealed to every trustee.", "某隐藏部分未封给全部保管人。")
	whyPartMissing = because("parts.missing",
		"Those who are said not to have done their part are not those who had not.", "被指未尽责的保管人与实际不符。").unless(ofPoll)
	whyOpeningFew = because("opening.few",
		"The poll was counted although too few right parts open its totals.", "可开启合计的正确部分不足，却已计票。").unless(ofPoll)
	whyOpeningTotal = because("opening.total",
		"What the parts open is no total that these ballots can have.", "解密结果不可能是这些选票的合计。")
	whyVerdictRefused = because("opening.verdict",
		"A proof about a sealed total does not hold.", "关于密封合计的某项证明不成立。").unless(ofPoll)
	whyVerdictClaims = because("opening.claims",
		"A proof does not say exactly between which thresholds a sealed total lies.", "证明未准确说明密封合计位于哪两个门槛之间。")
)

// asked is a sealed total of which something is to be proved.
type asked struct {
	name sumName
	*trustee.Total
	thresholds []uint64
	parts      []*trustee.Blinded
}

// sealedTotals are those of the list about which the trustees prove something: not what hides nothing, nor what its bound decides.
func (c *checking) sealedTotals() (list []*asked) {
	if c.encryptedTally().GetTogether() && c.shortForAll() {
		return nil
	}
	for _, t := range c.encryptedTally().GetTotals() {
		a := &asked{name: nameOf(t), thresholds: limitsOf(t), Total: &trustee.Total{
			Election: c.electionID, Sum: c.sums[nameOf(t)], Bound: uint64(t.GetBound()),
			Measure: strconv.FormatUint(uint64(t.GetOption()), 10) + "/" + measureNames[t.GetMeasure()],
		}}
		if _, public := a.Sum.Public(); !public && len(a.thresholds) > 0 {
			list = append(list, a)
		}
	}
	return list
}

// limitsOf are a total's thresholds that its bound does not decide.
func limitsOf(t *votingv1.EncryptedTotal) (out []uint64) {
	for _, claim := range t.GetClaims() {
		if n := claim.GetThreshold(); n >= 1 && n <= t.GetBound() {
			out = append(out, uint64(n))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// exactSums are all sums that are opened together.
func (c *checking) exactSums() *trustee.Sums {
	sums := &trustee.Sums{Election: c.electionID}
	for _, t := range c.encryptedTally().GetTotals() {
		sums.List = append(sums.List, c.sums[nameOf(t)])
	}
	return sums
}

// nothing tells whether there is nothing for a trustee to do.
func (c *checking) nothing() bool {
	if c.encryptedTally().GetSecrecy() != communityv1.Secrecy_SECRECY_TOTALS {
		return len(c.sealedTotals()) == 0
	}
	return !slices.ContainsFunc(c.exactSums().List, func(s secretballot.Ciphertext) bool { _, public := s.Public(); return !public })
}

// parts checks what every trustee published towards the opening.
func (c *checking) parts() {
	if !c.secret() || c.encrypted == nil && c.closed == nil {
		return
	}
	if c.encryptedTally() == nil || len(c.encryptedTally().GetTotals()) > 0 && (c.sums == nil || c.seal == nil) {
		if c.tallied != nil {
			c.unchecked(notEarlier)
		}
		return
	}
	c.asked = c.sealedTotals()
	exact := c.encryptedTally().GetSecrecy() == communityv1.Secrecy_SECRECY_TOTALS
	done := map[uint32]bool{}
	for _, s := range c.facts {
		switch b := s.body.(type) {
		case *votingv1.TotalsDecrypted:
			where := c.partOf(s, b.GetTrustee(), done)
			part, err := trustee.DecodePartial(b.GetMessage())
			if err == nil {
				c.is(part.Trustee == int(b.GetTrustee()), whyPartTrustee, where)
				err = part.Check(c.seal, c.exactSums())
			}
			if c.is(err == nil && exact, whyPartRefused, where.because(err)) {
				c.partials = append(c.partials, part)
			}
		case *votingv1.TotalsBlinded:
			where := c.partOf(s, b.GetTrustee(), done)
			if c.is(len(b.GetMessages()) == len(c.asked) && !exact, whyPartNumber, where) {
				c.blinded(b, where)
			}
		case *votingv1.SharesMissing:
			var missing []uint32
			for i := range c.terms().GetTrustees() {
				if !done[uint32(i+1)] && !c.nothing() {
					missing = append(missing, uint32(i+1))
				}
			}
			c.is(slices.Equal(missing, b.GetTrustees()), whyPartMissing, at(s))
		}
	}
}

// partOf notes who speaks, whether it is their turn, and whether they have spoken before.
func (c *checking) partOf(s *said, number uint32, done map[uint32]bool) place {
	where := at(s).of("trustee %d", number)
	terms := c.terms().GetTrustees()
	c.is(number >= 1 && int(number) <= len(terms) && terms[number-1].GetMember() == s.actor, whyPartTrustee, where)
	c.is(!done[number] && s.index > c.encrypted.index, whyPartTwice, where)
	done[number] = true
	return where
}

func (c *checking) blinded(b *votingv1.TotalsBlinded, where place) {
	for i, message := range b.GetMessages() {
		where = where.of("trustee %d, total %d", b.GetTrustee(), i+1)
		part, err := trustee.DecodeBlinded(message)
		if err == nil {
			c.is(part.Trustee == int(b.GetTrustee()), whyPartTrustee, where)
			c.is(len(part.Openings.Readers) == len(c.seal.Keys), whyPartReaders, where) // they ascend, and none is above
			err = part.Check(c.seal, c.asked[i].Total)
		}
		if c.is(err == nil, whyPartRefused, where.because(err)) {
			c.asked[i].parts = append(c.asked[i].parts, part)
		}
	}
}

// opening puts the parts together, and finds what is known of every total that is listed.
func (c *checking) opening() {
	e := c.encryptedTally()
	switch {
	case !c.secret() || c.tallied == nil:
		return
	case e == nil || len(e.GetTotals()) > 0 && (c.sums == nil || c.seal == nil):
		c.unchecked(notEarlier)
		return
	}
	c.known = map[sumName]span{}
	if len(e.GetTotals()) == 0 {
		return
	}
	right := false
	if e.GetSecrecy() == communityv1.Secrecy_SECRECY_TOTALS {
		right = c.combine(e)
	} else {
		right = c.proved(e)
	}
	if !right {
		c.known = nil
	}
}

// combine opens all totals.
func (c *checking) combine(e *votingv1.EncryptedTally) bool {
	where := at(c.tallied)
	opened, err := trustee.Combine(c.seal, c.exactSums(), c.partials)
	if !c.is(err == nil, whyOpeningFew, where.because(err)) {
		return false
	}
	totals, ok := c.figures(e.GetTotals(), func(f *secretballot.Totals, i int) (int64, error) { return f.Find(opened.Values[i]) })
	for i, n := range totals {
		c.known[nameOf(e.GetTotals()[i])] = span{n, n}
	}
	return ok
}

// figures finds the totals of what was opened, or of what hides nothing.
func (c *checking) figures(
	list []*votingv1.EncryptedTotal, find func(f *secretballot.Totals, i int) (int64, error),
) (totals []int64, ok bool) {
	var most int64
	for _, t := range list {
		most = max(most, t.GetBound())
	}
	finder, err := secretballot.NewTotals(most)
	for i, t := range list {
		n := int64(0)
		if err == nil {
			n, err = find(finder, i)
		}
		if !c.is(err == nil && n <= t.GetBound(), whyOpeningTotal, at(c.encrypted).of("total %d", i+1).because(err)) {
			return nil, false
		}
		totals = append(totals, n)
	}
	return totals, true
}

// proved reads, for every sealed total, between which thresholds it is proved to lie; what hides nothing is looked up.
func (c *checking) proved(e *votingv1.EncryptedTally) bool {
	facts, proofs := of[*votingv1.TotalsProved](c.poll)
	where := at(c.tallied)
	apart, verdicts := c.asked, len(c.asked)
	if e.GetTogether() {
		apart, verdicts = nil, min(1, verdicts)
	}
	if len(c.asked) > 0 {
		if !c.is(len(proofs) > 0 && len(proofs[0].GetVerdicts()) == verdicts, whyOpeningFew, where) {
			return false
		}
		where = at(facts[0])
	}
	if e.GetTogether() && len(c.asked) > 0 && !c.judged(proofs[0], where) {
		return false
	}
	for i, a := range apart {
		here := where.of("total %d", i+1)
		verdict, err := trustee.DecodeVerdict(proofs[0].GetVerdicts()[i])
		var claims []trustee.Claim
		if err == nil {
			c.is(verdict.Trustee == int(proofs[0].GetTrustee()), whyVerdictTrustee, here)
			claims, err = verdict.Check(c.seal, a.Total, a.parts)
		}
		if !c.is(err == nil, whyVerdictRefused, here.because(err)) {
			return false
		}
		s, ok := a.between(claims)
		if !c.is(ok, whyVerdictClaims, here) {
			return false
		}
		c.known[a.name] = s
		for _, q := range verdict.Quorum {
			c.used = append(c.used, uint32(q))
		}
	}
	slices.Sort(c.used)
	c.used = slices.Compact(c.used)
	for _, t := range e.GetTotals() {
		if _, have := c.known[nameOf(t)]; have {
			continue
		}
		s := span{0, t.GetBound()}
		if hidden, public := c.sums[nameOf(t)].Public(); public {
			n, ok := c.figures([]*votingv1.EncryptedTotal{t}, func(f *secretballot.Totals, _ int) (int64, error) { return f.Find(hidden) })
			if !ok {
				return false
			}
			s = cut(limitsOf(t), uint64(t.GetBound()), uint64(n[0]))
		}
		c.known[nameOf(t)] = s
	}
	return true
}

var whyVerdictTrustee = because("opening.trustee",
	"A proof stands under another trustee than the one who made it.", "某项证明记在了另一名保管人名下。")

// cut tells between which thresholds a number lies.
func cut(thresholds []uint64, bound, n uint64) span {
	s := span{0, int64(bound)}
	for _, t := range thresholds {
		if n < t {
			s.high = int64(t) - 1
			break
		}
		s.low = int64(t)
	}
	return s
}

// between tells where claims say that the total lies: exactly between two neighbouring thresholds, or the proof says too little or too
// much.
func (a *asked) between(claims []trustee.Claim) (span, bool) {
	at := uint64(0)
	for _, c := range claims {
		if c.Reached {
			at = c.Threshold
		}
	}
	s := cut(a.thresholds, a.Bound, at)
	var want []trustee.Claim
	if s.low > 0 {
		want = append(want, trustee.Claim{Reached: true, Threshold: uint64(s.low)})
	}
	if uint64(s.high) < a.Bound {
		want = append(want, trustee.Claim{Threshold: uint64(s.high) + 1})
	}
	return s, slices.Equal(claims, want)
}
