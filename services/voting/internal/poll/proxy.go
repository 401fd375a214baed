package poll

import (
	"math/big"
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// Proxy is aggregate poll/<id>/proxy/<helper>: for whom a helper has cast, and what they weigh, where the rules bound that. Who has been
// counted stays counted, even if they vote themselves later: otherwise the bound would be another at every ballot.
type Proxy struct {
	Voters      []string `json:"voters"`
	Heads       int64    `json:"heads"`
	AreaCentiM2 int64    `json:"area_centi_m2"`
}

// Clone is shallow: Evolve replaces the list whole.
func (p *Proxy) Clone() *Proxy { dup := *p; return &dup }

func evolveProxy(p *Proxy, e decider.Event) {
	if b, ok := e.Body.(*votingv1.ProxyCounted); ok {
		p.Voters = append(slices.Clone(p.Voters), b.GetVoter())
		p.Heads, p.AreaCentiM2 = p.Heads+b.GetHeads(), p.AreaCentiM2+b.GetAreaCentiM2()
	}
}

func proxyPath(poll, helper string) string { return Path(poll) + "/proxy/" + helper }

// countProxy holds a helper's ballot, or registration for a secret one, against the greatest share of all that one helper may cast for
// others, and gives what has to be
// noted beside it. Heads are held to it always, area where a requirement counts by area.
func countProxy(v *decider.View, cmd *decider.Command, p *Poll, poll, member string) ([]decider.Change, error) {
	num, den := p.Rules.GetTurnout().GetProxyShareNumerator(), p.Rules.GetTurnout().GetProxyShareDenominator()
	if cmd.Mandate == "" || den == 0 {
		return nil, nil
	}
	path, roll := proxyPath(poll, cmd.Through), p.Roll
	if p.secret() {
		roll = p.Secret.Roll
	}
	held := Proxy{}
	if h, ok := decider.Get[Proxy](v, path); ok {
		held = *h
	}
	if slices.Contains(held.Voters, member) {
		return nil, nil
	}
	voter := rollOf(v, poll)[member]
	exceeds := exceedsShare(held.Heads+voter.Heads, roll.GetAllHeads(), num, den) ||
		counts(p.Rules, tally.Area) && exceedsShare(held.AreaCentiM2+voter.AreaCentiM2, roll.GetAllAreaCentiM2(), num, den)
	if exceeds {
		return nil, ErrBallotProxyShare
	}
	return []decider.Change{decider.On(path, &votingv1.ProxyCounted{
		Voter: member, Heads: voter.Heads, AreaCentiM2: voter.AreaCentiM2,
	})}, nil
}

// exceedsShare tells whether a part is more than num/den of a whole, in integers of any size.
func exceedsShare(part, whole, num, den int64) bool {
	left := new(big.Int).Mul(big.NewInt(part), big.NewInt(den))
	return left.Cmp(new(big.Int).Mul(big.NewInt(whole), big.NewInt(num))) > 0
}

// rollOf gives the sealed roll of a poll, which was fixed when its key was held; nil where there is none.
func rollOf(v *decider.View, poll string) map[string]standing.Voter {
	sealed := decider.FixedOf[Book](v, Path(poll)).Polls[poll]
	if sealed == nil {
		return nil
	}
	return sealed.Roll
}
