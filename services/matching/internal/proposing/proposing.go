// Package proposing works out a plan that the rules will take: a cheapest flow from what waits to what is free, with standbys behind each
// match, the prices that show it, and for each match why this provider and what the next best would cost.
//
// Each skill is a network of its own: a need sends its units to offers that fit, at the cost of serving, or past all of them, at
// the cost of leaving it unserved; an offer takes no more than it has free. The potentials of the cheapest flow are the prices that
// package dispatch holds the plan against. Where the rulebook bounds what one organisation may be given, its offers go to the sink
// through a node of its own that lets no more pass, and what another unit of that would save is in the prices of all of them. Of
// the needs that somebody could serve the most urgent come first, as many as one plan can name; what is left comes with the next.
//
// Standbys are chosen afterwards, the cheapest first, each of another organisation and another person's, within what an offer may stand
// by for. So no match is ever made worse for the sake of a standby.
package proposing

import (
	"cmp"
	"slices"
	"strings"

	"renlin.dev/pkg/flow"
	"renlin.dev/pkg/fullplan"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// linesMax is how many lines a plan may have; needsMax how many needs are looked at, so that one look never keeps a service for long.
const (
	linesMax = 100
	needsMax = 80
)

// Need is one of those that wait.
type Need struct {
	ID string
	*supply.Need
}

// Input is what there is. Suppliers are those of each skill.
type Input struct {
	Needs     []Need
	Suppliers map[string][]*supply.Supplier
	Rules     supply.Rules
	Now       int64
	Standbys  int
	// Block is the signed header of the last block that all this was folded from, and Seed its hash.
	Block, Seed []byte
}

// Why explains one match: what a unit costs and of what that is made up, and who would be next.
type Why struct {
	Need     string      `json:"need"`
	Provider string      `json:"provider"`
	Quantity int64       `json:"quantity"`
	Cost     supply.Cost `json:"cost"`
	// Next is the provider that would serve it if this one did not, Extra what a unit would cost more then, others' matches included as
	// far as the prices tell. Nobody: Next is empty, and Extra is what leaving it unserved would cost more.
	Next  string `json:"next,omitempty"`
	Extra int64  `json:"extra"`
}

// Proposal is a plan with its explanations.
type Proposal struct {
	Plan *matchingv1.AdoptPlan
	Why  []Why
	// Whole is the network of all skills, of which the plan has the digest.
	Whole fullplan.Plan
}

// Propose works out a plan of all skills; nil when nothing can be said that is not said already.
func Propose(in *Input) (*Proposal, error) {
	out := &Proposal{Plan: &matchingv1.AdoptPlan{Claim: matchingv1.Claim_CLAIM_OPTIMAL, PlannedAt: in.Now, Block: in.Block}}
	needs := slices.DeleteFunc(slices.Clone(in.Needs), func(n Need) bool { return n.State != supply.Open || n.Waiting <= 0 })
	slices.SortStableFunc(needs, func(a, b Need) int {
		urgent := cmp.Compare(supply.UnservedCost(b.Need, in.Now), supply.UnservedCost(a.Need, in.Now))
		return cmp.Or(urgent, cmp.Compare(a.WaitingSince, b.WaitingSince), strings.Compare(a.ID, b.ID))
	})
	needs = in.worthwhile(needs)
	bySkill := map[string][]Need{}
	var skills []string
	for _, n := range needs {
		if bySkill[n.Skill] == nil {
			skills = append(skills, n.Skill)
		}
		bySkill[n.Skill] = append(bySkill[n.Skill], n)
	}
	for _, skill := range skills {
		if err := out.solve(in, skill, bySkill[skill]); err != nil {
			return nil, err
		}
	}
	if len(out.Plan.GetMatches())+len(out.Plan.GetUnserved()) == 0 {
		return nil, nil
	}
	out.publish(in)
	return out, nil
}

// worthwhile gives so many needs as are looked at: first those that somebody could serve now, then those of which it is to be said why
// nobody can. So whoever waits for what nobody brings keeps nobody else waiting, however many they are and however long they have waited.
func (in *Input) worthwhile(needs []Need) []Need {
	var served, left []Need
	for _, n := range needs {
		if len(served) == needsMax {
			break
		}
		if slices.ContainsFunc(in.Suppliers[n.Skill], func(s *supply.Supplier) bool { return in.serves(n, s) }) {
			served = append(served, n)
		} else if len(left) < needsMax && in.shortage(n) != n.Shortage {
			left = append(left, n)
		}
	}
	return append(served, left[:min(len(left), needsMax-len(served))]...)
}

// serves tells whether a supplier could serve some of a need now.
func (in *Input) serves(n Need, s *supply.Supplier) bool {
	return s.Free() > 0 && supply.Serves(n.Need, s, in.Rules, in.Now) == nil
}

// network is one skill's.
type network struct {
	in     *Input
	skill  string
	needs  []Need
	offers []*offer
	n      flow.Network
	arcs   [][]flow.ArcID // from need to offer, none where the one may not serve the other
	left   []flow.ArcID   // from need past all of them
	ties   []int64        // the second cost of each arc
	sink   flow.Node
	// bounded tells whether the rulebook bounds what one organisation may be given.
	bounded bool
	proof   *flow.Proof
	second  []int64 // potentials that show that among the cheapest flows this one has the least second cost
}

// none stands for an arc that is not there.
const none flow.ArcID = -1

// offer is a supplier that can take something.
type offer struct {
	*supply.Supplier
	free  int64
	node  flow.Node
	price supply.Margin
	// stands is for how much more it may stand by.
	stands int64
	// share is the place of its organisation's in the network; nil where nothing bounds it.
	share *share
}

// share is what one organisation may be given, where it has more than that.
type share struct {
	node flow.Node
	arc  flow.ArcID // to the sink
	most int64
}

// solve adds one skill's matches and what they leave. Where they need more lines than a plan has left, the whole skill waits for the next
// plan; where they need more than any plan has, the needs that alone do are left out, and otherwise the less urgent half: so nobody is
// passed over for somebody less urgent.
func (p *Proposal) solve(in *Input, skill string, needs []Need) error {
	room := linesMax - len(p.Plan.GetMatches()) - len(p.Plan.GetUnserved())
	for len(needs) > 0 {
		s, err := solved(in, skill, needs)
		if err != nil {
			return err
		}
		part := s.part()
		lines := len(part.Plan.GetMatches()) + len(part.Plan.GetUnserved())
		if lines > room && room < linesMax {
			return nil
		}
		if lines == 0 {
			return nil
		}
		if lines <= room {
			if n := s.leftOut(); n > 0 {
				p.Plan.LeftOut = append(p.Plan.LeftOut, &matchingv1.LeftOut{Skill: skill, Needs: n})
			}
			p.Plan.Matches = append(p.Plan.Matches, part.Plan.GetMatches()...)
			p.Plan.Unserved = append(p.Plan.Unserved, part.Plan.GetUnserved()...)
			p.Plan.Prices = append(p.Plan.Prices, part.Plan.GetPrices()...)
			p.Why = append(p.Why, part.Why...)
			p.Whole.Skills = append(p.Whole.Skills, s.whole(part.Plan))
			return nil
		}
		of := map[string]int{}
		for _, m := range part.Plan.GetMatches() {
			of[m.GetNeed()]++
		}
		for _, u := range part.Plan.GetUnserved() {
			of[u.GetNeed()]++
		}
		small := slices.DeleteFunc(slices.Clone(needs), func(n Need) bool { return of[n.ID] > linesMax })
		if len(small) == len(needs) {
			small = needs[:len(needs)/2]
		}
		needs = small
	}
	return nil
}

// solved makes a skill's network and gives it the one among its cheapest flows that the seed picks.
func solved(in *Input, skill string, needs []Need) (*network, error) {
	s := newNetwork(in, skill, needs)
	var err error
	if s.proof, err = flow.Solve(&s.n); err != nil {
		return nil, err
	}
	if err := s.pick(); err != nil {
		return nil, err
	}
	s.readPrices()
	return s, nil
}

// arc adds one with its second cost.
func (s *network) arc(a flow.Arc, tie int64) flow.ArcID {
	s.ties = append(s.ties, tie)
	return s.n.AddArc(a)
}

// pick solves the network of all cheapest flows by the second cost: an arc that the prices hold at a bound is so in each of them.
func (s *network) pick() error {
	face := flow.Network{Supply: slices.Clone(s.n.Supply)}
	var ids []flow.ArcID
	for i, a := range s.n.Arcs {
		id := flow.ArcID(i)
		if s.proof.Reduced(&s.n, id) != 0 {
			face.Supply[a.From] -= s.proof.Flow[i]
			face.Supply[a.To] += s.proof.Flow[i]
			continue
		}
		a.Cost = s.ties[i]
		face.AddArc(a)
		ids = append(ids, id)
	}
	second, err := flow.Solve(&face)
	if err != nil {
		return err
	}
	for i, id := range ids {
		s.proof.Flow[id] = second.Flow[i]
	}
	s.second = second.Potential
	return nil
}

// leftOut counts the needs of the skill that the plan does not name although somebody would serve them for less than leaving them costs.
func (s *network) leftOut() (count uint32) {
	for _, n := range s.in.Needs {
		if n.Skill != s.skill || n.State != supply.Open || n.Waiting <= 0 ||
			slices.ContainsFunc(s.needs, func(named Need) bool { return named.ID == n.ID }) {
			continue
		}
		leaving := supply.Leaving(n.Need, s.in.Now)
		if slices.ContainsFunc(s.offers, func(o *offer) bool {
			return o.node >= 0 && supply.Serves(n.Need, o.Supplier, s.in.Rules, s.in.Now) == nil &&
				supply.Serving(s.in.Seed, n.ID, n.Need, o.Supplier, s.in.Now).Plus(o.price).Less(leaving)
		}) {
			count++
		}
	}
	return count
}

func newNetwork(in *Input, skill string, needs []Need) *network {
	s := &network{in: in, skill: skill, needs: needs}
	for _, n := range needs {
		s.n.AddNode(n.Waiting)
	}
	for _, sup := range in.Suppliers[skill] {
		o := &offer{Supplier: sup, free: sup.Free(), node: -1, stands: sup.FreeStandby(in.Rules)}
		if sup.Answers(in.Now) != nil {
			o.free = 0
		} else if sup.Conduct.OpenUntil != 0 { // it has been silent: one thing is tried
			o.free = min(o.free, 1)
		}
		if o.free > 0 {
			o.node = s.n.AddNode(0)
		}
		s.offers = append(s.offers, o)
	}
	total := int64(0)
	for _, n := range needs {
		total += n.Waiting
	}
	shares := s.shares(total)
	s.sink = s.n.AddNode(-total)
	for i, n := range needs {
		cost := supply.UnservedCost(n.Need, in.Now)
		s.left = append(s.left, s.arc(flow.Arc{From: flow.Node(i), To: s.sink, Upper: n.Waiting + 1, Cost: cost}, supply.LeavingTie))
		row := make([]flow.ArcID, len(s.offers))
		s.arcs = append(s.arcs, row)
		for j, o := range s.offers {
			if row[j] = none; o.node < 0 || supply.Serves(n.Need, o.Supplier, in.Rules, in.Now) != nil {
				continue
			}
			// A unit more than can flow, so that the arc is never full and its price is exact.
			serving := supply.Serving(in.Seed, n.ID, n.Need, o.Supplier, in.Now)
			row[j] = s.arc(flow.Arc{From: flow.Node(i), To: o.node, Upper: n.Waiting + 1, Cost: serving.Cost}, serving.Tie)
		}
	}
	for _, o := range s.offers {
		if o.node < 0 {
			continue
		}
		to := s.sink
		if o.share != nil {
			to = o.share.node
		}
		s.arc(flow.Arc{From: o.node, To: to, Upper: o.free}, 0)
	}
	for _, sh := range shares {
		sh.arc = s.arc(flow.Arc{From: sh.node, To: s.sink, Upper: sh.most}, 0)
	}
	return s
}

// shares gives each organisation that has more free than a plan may give it a node.
func (s *network) shares(waits int64) (out []*share) {
	most, bounded := s.in.Rules.ShareMax(waits)
	s.bounded = bounded
	if !bounded {
		return nil
	}
	free, of := map[string]int64{}, map[string]*share{}
	for _, o := range s.offers {
		free[o.Party()] += o.free
	}
	for _, o := range s.offers {
		party := o.Party()
		if o.node < 0 || free[party] <= most {
			continue
		}
		if of[party] == nil {
			of[party] = &share{node: s.n.AddNode(0), most: most}
			out = append(out, of[party])
		}
		o.share = of[party]
	}
	return out
}

// readPrices gives each offer the price at which it is full: what one unit more of it would save, in the second cost too.
func (s *network) readPrices() {
	for _, o := range s.offers {
		if o.node < 0 {
			continue
		}
		o.price = supply.Margin{
			Cost: s.proof.Potential[s.sink] - s.proof.Potential[o.node], Tie: s.second[s.sink] - s.second[o.node],
		}
		floor := supply.Margin{}
		if o.share != nil {
			floor = supply.Margin{
				Cost: s.proof.Potential[s.sink] - s.proof.Potential[o.share.node], Tie: s.second[s.sink] - s.second[o.share.node],
			}
			if floor.Less(supply.Margin{}) {
				floor = supply.Margin{}
			}
		}
		if o.price.Less(floor) { // nobody takes from it, at no lower price either
			o.price = floor
		}
	}
}

// part gives the plan of the skill.
func (s *network) part() *Proposal {
	out := &Proposal{Plan: &matchingv1.AdoptPlan{}}
	used := map[int]bool{}
	// The bound rests on what waits of all needs of the skill that the plan names, so where it gives anything away it names all.
	all := s.bounded && s.gives()
	for i, n := range s.needs {
		matched := false
		for j := range s.offers {
			arc := s.arcs[i][j]
			if arc == none || s.proof.Flow[arc] == 0 {
				continue
			}
			matched, used[j] = true, true
			q := s.proof.Flow[arc]
			out.Plan.Matches = append(out.Plan.Matches, &matchingv1.Match{
				Need: n.ID, Quantity: q, Providers: append([]string{s.offers[j].ID}, s.standbys(i, j, q)...),
			})
			out.Why = append(out.Why, s.why(i, j, q))
		}
		unserved := s.proof.Flow[s.left[i]]
		why := s.in.shortage(n)
		if s.heldBack(i) {
			why = matchingv1.Shortage_SHORTAGE_SHARE
		}
		if unserved > 0 && (matched || all || why != n.Shortage) {
			out.Plan.Unserved = append(out.Plan.Unserved, &matchingv1.Unserved{Need: n.ID, Quantity: unserved, Shortage: why})
		}
	}
	for j, o := range s.offers {
		if used[j] && o.price != (supply.Margin{}) {
			out.Plan.Prices = append(out.Plan.Prices, &matchingv1.ShadowPrice{
				Provider: o.ID, Skill: s.skill, Price: o.price.Cost, Tie: o.price.Tie,
			})
		}
	}
	return out
}

// gives tells whether anything of the skill is matched at all.
func (s *network) gives() bool {
	return slices.ContainsFunc(s.arcs, func(row []flow.ArcID) bool {
		return slices.ContainsFunc(row, func(id flow.ArcID) bool { return id != none && s.proof.Flow[id] > 0 })
	})
}

// heldBack tells whether somebody could serve more of a need if their organisation did not have its share.
func (s *network) heldBack(i int) bool {
	for j, o := range s.offers {
		if s.arcs[i][j] != none && o.share != nil && s.proof.Flow[o.share.arc] == o.share.most {
			taken := int64(0)
			for k := range s.needs {
				if arc := s.arcs[k][j]; arc != none {
					taken += s.proof.Flow[arc]
				}
			}
			if taken < o.free {
				return true
			}
		}
	}
	return false
}

// shortage says why a need is left: what stopped the supplier that came nearest to serving it.
func (in *Input) shortage(n Need) matchingv1.Shortage {
	nearest := matchingv1.Shortage_SHORTAGE_SKILL
	rank := func(x matchingv1.Shortage) int {
		return slices.Index([]matchingv1.Shortage{
			matchingv1.Shortage_SHORTAGE_SKILL, matchingv1.Shortage_SHORTAGE_DISTANCE, matchingv1.Shortage_SHORTAGE_TIME,
			matchingv1.Shortage_SHORTAGE_PERSON, matchingv1.Shortage_SHORTAGE_ANSWER, matchingv1.Shortage_SHORTAGE_CAPACITY,
		}, x)
	}
	for _, o := range in.Suppliers[n.Skill] {
		why := matchingv1.Shortage_SHORTAGE_CAPACITY
		if err := supply.Serves(n.Need, o, in.Rules, in.Now); err != nil {
			why = supply.ShortageOf(err)
		}
		if rank(why) > rank(nearest) {
			nearest = why
		}
	}
	return nearest
}
