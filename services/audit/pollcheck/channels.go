package pollcheck

import (
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	whyChannel = because("channels.way",
		"A ballot is said to have come another way than it did.", "选票的投票渠道与实际不符。")
	whyReplaced = because("channels.replaced",
		"A ballot replaced one that it could not replace.", "选票替换了其不能替换的选票。")
	whyChannels = because("channels.report",
		"How the ballots came, or what became of the papers, is not what the tally says.", "选票渠道或纸质选票的去向与计票所述不符。").unless(ofPoll)
	whyStands = because("channels.stands",
		"Whether the result stands without some of the ballots is not what the tally says.", "剔除部分选票后结果是否不变，与计票所述不符。").unless(ofPoll)
)

// channels holds every open ballot's way against who signed, what replaces what against the rules, and the tally's sums against both.
func (c *checking) channels() {
	if c.secret() {
		return
	}
	last := map[string]*votingv1.BallotCast{}
	cast, bodies := of[*votingv1.BallotCast](c.poll)
	for i, s := range cast {
		b, where := bodies[i], at(s).of("voter %s", s.last())
		c.is(c.cameBy(s, b), whyChannel, where)
		if stood := last[s.last()]; stood != nil {
			helped, own := b.GetMandate() != "", stood.GetMandate() == ""
			c.is(!(helped && own) && (!firm(stood) || firm(b)), whyReplaced, where)
		}
		last[s.last()] = b
	}
	t := c.tally()
	switch {
	case t == nil:
	case c.open == nil:
		c.unchecked(notEarlier)
	default:
		c.reports(t, last)
	}
}

// cameBy tells whether a ballot came as it says.
func (c *checking) cameBy(s *said, b *votingv1.BallotCast) bool {
	helped, paper := b.GetMandate() != "", b.GetPaper() > 0
	if b.GetHosted() != (s.author == chain.AuthorHosted && !paper) || b.GetInPerson() != (paper || len(s.keys) > 1) {
		return false
	}
	var want votingv1.Channel
	switch {
	case c.rules.GetPaper() == nil:
		return b.GetChannel() == votingv1.Channel_CHANNEL_UNSPECIFIED && !paper
	case paper:
		want = votingv1.Channel_CHANNEL_PAPER
	case b.GetChannel() == votingv1.Channel_CHANNEL_KIOSK || b.GetChannel() == votingv1.Channel_CHANNEL_DOOR:
		return b.GetInPerson()
	case helped:
		want = votingv1.Channel_CHANNEL_HELPER
	case b.GetInPerson():
		want = votingv1.Channel_CHANNEL_IN_PERSON
	case b.GetHosted():
		want = votingv1.Channel_CHANNEL_HOSTED
	default:
		want = votingv1.Channel_CHANNEL_DEVICE
	}
	return b.GetChannel() == want
}

// reports holds the tally's sums by hand and by channel against the ballots that count.
func (c *checking) reports(t *votingv1.Tally, last map[string]*votingv1.BallotCast) {
	where := at(c.tallied)
	var hosted, inPerson uint32
	for _, b := range last { // any order: sums do not depend on it
		hosted += one(b.GetHosted())
		inPerson += one(b.GetInPerson())
	}
	c.is(t.GetHosted() == hosted && t.GetInPerson() == inPerson, whyChannels, where)
	by := c.castBy(last)
	got := proto.Clone(t).(*votingv1.Tally).GetCastBy()
	if got != nil {
		got.StandsWithoutHelpers = false
	}
	c.is(proto.Equal(by, got), whyChannels, where)
	channels := proto.Clone(t).(*votingv1.Tally).GetChannels()
	if channels != nil {
		channels.StandsWithoutPapers = false
	}
	want := c.channelReport(last)
	c.is(proto.Equal(want, channels), whyChannels, where)

	without := func(some func(b *votingv1.BallotCast) bool, said bool) {
		if stands, known := c.stands(func(voter string) bool { return !some(last[voter]) }); known {
			c.is(stands == said, whyStands, where)
		} else {
			c.unchecked(notInTime)
		}
	}
	without((*votingv1.BallotCast).GetHosted, t.GetStandsWithoutHosted())
	if by != nil {
		helped := func(b *votingv1.BallotCast) bool { return b.GetMandate() != "" }
		without(helped, t.GetCastBy().GetStandsWithoutHelpers())
	}
	if want != nil {
		onPaper := func(b *votingv1.BallotCast) bool { return b.GetPaper() > 0 }
		without(onPaper, t.GetChannels().GetStandsWithoutPapers())
	}
}

func one(is bool) uint32 {
	if is {
		return 1
	}
	return 0
}

// stands counts again with some of the ballots only, against the same roll, and tells whether result and winners are the same.
func (c *checking) stands(counts func(voter string) bool) (same, known bool) {
	if !slices.ContainsFunc(c.voted, func(voter string) bool { return !counts(voter) }) {
		return true, true
	}
	all := c.outcome(low)
	rest := *c
	rest.open = rest.countOpen(counts)
	rest.results.count = &rest.open.count
	without := rest.outcome(low)
	same = all.result == without.result && slices.Equal(slices.Sorted(slices.Values(all.won())), slices.Sorted(slices.Values(without.won())))
	return same, !all.long && !without.long
}

// castBy tells the ballots apart by whose hand cast them, if a helper cast any.
func (c *checking) castBy(last map[string]*votingv1.BallotCast) *votingv1.CastBy {
	out := &votingv1.CastBy{Device: &votingv1.CastShare{}, Hosted: &votingv1.CastShare{}, Helper: &votingv1.CastShare{}}
	for voter, b := range last { // any order: sums do not depend on it
		share := out.Device
		switch {
		case b.GetMandate() != "":
			share = out.Helper
		case b.GetHosted():
			share = out.Hosted
		case b.GetPaper() > 0:
			if out.Paper == nil {
				out.Paper = &votingv1.CastShare{}
			}
			share = out.Paper
		}
		c.addCast(share, c.weights[voter])
	}
	if out.Helper.GetBallots() == 0 {
		return nil
	}
	return out
}

// addCast adds a ballot to those that one kind of hand cast.
func (c *checking) addCast(share *votingv1.CastShare, w weight) {
	share.Ballots, share.Heads, share.AreaCentiM2 = share.GetBallots()+1, share.GetHeads()+w.heads, share.GetAreaCentiM2()+w.area
	if measuredRules(c.rules) {
		share.Measured = &votingv1.Measured{
			Households: share.GetMeasured().GetHouseholds() + w.households, Weight: share.GetMeasured().GetWeight() + w.classes,
		}
	}
}

// addShare adds a ballot to those that came by a channel.
func addShare(shares map[votingv1.Channel]*votingv1.ChannelShare, channel votingv1.Channel, w weight) {
	share := shares[channel]
	if share == nil {
		share = &votingv1.ChannelShare{Channel: channel}
		shares[channel] = share
	}
	share.Ballots, share.Heads, share.AreaCentiM2 = share.GetBallots()+1, share.GetHeads()+w.heads, share.GetAreaCentiM2()+w.area
}

// ascending gives each channel's share once, in order.
func ascending(shares map[votingv1.Channel]*votingv1.ChannelShare) (list []*votingv1.ChannelShare) {
	for _, channel := range slices.Sorted(maps.Keys(shares)) {
		list = append(list, shares[channel])
	}
	return list
}

// over are the operators who entered more of the papers that count than the rules let one of them, ascending.
func (c *checking) over(entered map[string]uint32, counted int64) (list []*votingv1.OperatorShare) {
	most := int64(c.rules.GetPaper().GetOperatorPermilleMax()) * counted
	for _, operator := range slices.Sorted(maps.Keys(entered)) {
		if most > 0 && int64(entered[operator])*1000 > most {
			list = append(list, &votingv1.OperatorShare{Operator: operator, Papers: entered[operator]})
		}
	}
	return list
}

// channelReport says by which channels ballots came and what became of the papers, where the rules know of paper.
func (c *checking) channelReport(last map[string]*votingv1.BallotCast) *votingv1.ChannelReport {
	if c.rules.GetPaper() == nil {
		return nil
	}
	shares := map[votingv1.Channel]*votingv1.ChannelShare{}
	for voter, b := range last { // any order: sums do not depend on it
		addShare(shares, b.GetChannel(), c.weights[voter])
	}
	out := &votingv1.ChannelReport{Channels: ascending(shares)}
	entered, counted := map[string]uint32{}, int64(0)
	for voter, sheets := range c.sheets { // any order: sums do not depend on it
		for _, sh := range sheets {
			counts := last[voter].GetPaper() == sh.number
			counted += int64(one(counts))
			out.PapersIssued++
			sh.report(out, counts, entered)
		}
	}
	out.OperatorsOver = c.over(entered, counted)
	return out
}

// report counts a sheet under what became of it, and its entries; one that counts, or that nobody has entered, under nothing. Of one that
// counts it is told who entered it.
func (sh *sheet) report(out *votingv1.ChannelReport, counts bool, entered map[string]uint32) {
	for _, e := range sh.entries {
		out.EntriesAtNight += one(e.night)
		if counts {
			entered[e.operator]++
		}
	}
	switch {
	case counts:
	case sh.voided:
		out.PapersVoided++
	case sh.agreement == votingv1.Agreement_AGREEMENT_DISPUTED:
		out.PapersDisputed++
	case sh.agreement == votingv1.Agreement_AGREEMENT_UNRESOLVED:
		out.PapersUnresolved++
	case len(sh.entries) == 1:
		out.PapersHalfEntered++
	case len(sh.entries) > 1:
		out.PapersSuperseded++
	}
}
