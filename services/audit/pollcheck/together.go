package pollcheck

import (
	"slices"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var whySumsTogether = because("sums.together",
	"Totals are judged together though the rules do not say so, or apart though they do.", "规则未规定而合并判定合计，或规定合并而分别判定。")

// togetherRuled tells whether what is listed is to be judged together: the rules say so, and there is something to judge.
func (c *checking) togetherRuled(e *votingv1.EncryptedTally) bool {
	return len(e.GetTotals()) > 0 && c.greatestOnly(e.GetSecrecy())
}

// greatestOnly tells whether of each total only its greatest threshold is asked.
func (p *poll) greatestOnly(level communityv1.Secrecy) bool {
	return p.rules.GetSecrecy().GetTogether() && level == communityv1.Secrecy_SECRECY_PASS_FAIL
}

// greatest is the threshold that decides of a total; 0 for none.
func greatest(t *votingv1.EncryptedTotal) (most int64) {
	for _, claim := range t.GetClaims() {
		most = max(most, claim.GetThreshold())
	}
	return most
}

// shortForAll tells whether everybody sees that one of the totals is below its threshold, so that nothing is asked of the others: no
// ballots can reach it, or the sum hides nothing.
func (c *checking) shortForAll() bool {
	return slices.ContainsFunc(c.encryptedTally().GetTotals(), func(t *votingv1.EncryptedTotal) bool {
		if greatest(t) > t.GetBound() {
			return true
		}
		hidden, public := c.sums[nameOf(t)].Public()
		if !public {
			return false
		}
		find, err := secretballot.NewTotals(t.GetBound())
		if err != nil {
			return false
		}
		n, err := find.Find(hidden)
		return err == nil && n < greatest(t)
	})
}

// judged reads the one verdict about all totals that are asked. If they are not all reached, nothing is known of any, unless one was alone.
func (c *checking) judged(proof *votingv1.TotalsProved, where place) bool {
	verdict, err := trustee.DecodeJoint(proof.GetVerdicts()[0])
	var thresholds []uint64
	if err == nil {
		c.is(verdict.Trustee == int(proof.GetTrustee()), whyVerdictTrustee, where)
		totals, parts := make([]*trustee.Total, len(c.asked)), make([][]*trustee.Blinded, len(c.asked))
		for i, a := range c.asked {
			totals[i], parts[i] = a.Total, a.parts
		}
		thresholds, err = verdict.Check(c.seal, totals, parts)
	}
	if !c.is(err == nil, whyVerdictRefused, where.because(err)) {
		return false
	}
	c.together = votingv1.Together_TOGETHER_SHORT
	if verdict.Reached {
		c.together = votingv1.Together_TOGETHER_REACHED
	}
	for i, a := range c.asked {
		threshold := a.thresholds[len(a.thresholds)-1]
		if !c.is(thresholds[i] == threshold, whyVerdictClaims, where.of("total %d", i+1)) {
			return false
		}
		s := span{0, int64(a.Bound)}
		switch {
		case verdict.Reached:
			s.low = int64(threshold)
		case len(c.asked) == 1:
			s.high = int64(threshold) - 1
		}
		c.known[a.name] = s
		for _, q := range verdict.Each[i].Quorum {
			c.used = append(c.used, uint32(q))
		}
	}
	return true
}
