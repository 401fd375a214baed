package poll

import (
	"maps"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// registered books a registration, which replaces the voter's last. Who gave a sheet out is remembered even then. What comes after the
// opening, against all rules, changes nothing.
func (c *Credentials) registered(e decider.Event, b *votingv1.VoterRegistered) {
	if c.Registered == nil {
		return
	}
	voter := lastOf(e.Aggregate)
	c.Registered[voter] = true
	delete(c.Brought, voter)
	if channel := shownChannel(b.GetChannel()); channel != votingv1.Channel_CHANNEL_UNSPECIFIED {
		if c.Brought == nil {
			c.Brought = map[string]votingv1.Channel{}
		}
		c.Brought[voter] = channel
	}
	if b.GetOrg() != "" {
		if c.Givers == nil {
			c.Givers = map[string]bool{}
		}
		c.Givers[e.Actor] = true
	}
}

// entered books an entry of a sheet.
func (c *Credentials) entered(e decider.Event, night bool, a votingv1.Agreement) {
	if c.Sheets == nil {
		c.Sheets = map[string]FiledSheet{}
	}
	s := c.Sheets[lastOf(e.Aggregate)]
	s.Entries, s.Agreement = append(slices.Clone(s.Entries), FiledEntry{Operator: e.Actor, AtNight: night}), a
	c.Sheets[lastOf(e.Aggregate)] = s
}

// onSheet tells whether what counts for a credential stands on its sheet.
func (c *Credentials) onSheet(id string) bool {
	sent, cast := c.Last[id]
	return cast && sent.Sequence == sheetSequence
}

// sheets are the credentials for which their sheets count, by key id, ascending.
func (c *Credentials) sheets() (ids []string) {
	for id := range c.Last { // any order: sorted below
		if c.onSheet(id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// channelOf is how what counts for a credential came.
func (c *Credentials) channelOf(row *Credential) votingv1.Channel {
	switch {
	case c.onSheet(keyID(*row)):
		return votingv1.Channel_CHANNEL_PAPER
	case row.Channel == votingv1.Channel_CHANNEL_HELPER:
		return votingv1.Channel_CHANNEL_HELPER
	}
	return votingv1.Channel_CHANNEL_DEVICE
}

// report says by which channels a secret poll's ballots came, and what became of its sheets. All of it everybody sees.
func (c *Credentials) report(r *communityv1.PaperRules) *votingv1.ChannelReport {
	if r == nil {
		return nil
	}
	out, shares := &votingv1.ChannelReport{}, map[votingv1.Channel]*votingv1.ChannelShare{}
	for _, row := range c.voted() {
		channel := c.channelOf(&row)
		share := shares[channel]
		if share == nil {
			share = &votingv1.ChannelShare{Channel: channel}
			shares[channel] = share
		}
		share.Ballots, share.Heads, share.AreaCentiM2 = share.Ballots+1, share.Heads+row.Weight.Heads, share.AreaCentiM2+row.Weight.Area
	}
	for _, channel := range slices.Sorted(maps.Keys(shares)) {
		out.Channels = append(out.Channels, shares[channel])
	}
	for _, row := range c.Rows { // any order: how many there are does not depend on it
		out.PapersIssued += one(row.Channel == votingv1.Channel_CHANNEL_PAPER)
	}
	operators := map[string]uint32{}
	for id, sheet := range c.Sheets { // any order: sums do not depend on it
		counts := c.onSheet(id)
		for _, e := range sheet.Entries {
			out.EntriesAtNight += one(e.AtNight)
			operators[e.Operator] += one(counts)
		}
		sheet.report(out, counts)
	}
	counted := uint64(len(c.sheets()))
	for _, operator := range slices.Sorted(maps.Keys(operators)) {
		most := uint64(r.GetOperatorPermilleMax()) * counted
		if n := operators[operator]; most > 0 && uint64(n)*thousand > most {
			out.OperatorsOver = append(out.OperatorsOver, &votingv1.OperatorShare{Operator: operator, Papers: n})
		}
	}
	return out
}

// castBy tells a secret poll's ballots apart by whose hand cast them; nil where no helper's did. What the result were without them nobody
// can tell.
func (c *Credentials) castBy(measured bool) *votingv1.CastBy {
	sums := map[votingv1.Channel]*tally.Weight{}
	by := &votingv1.CastBy{Device: &votingv1.CastShare{}, Hosted: &votingv1.CastShare{}, Helper: &votingv1.CastShare{}}
	for _, row := range c.voted() {
		share, channel := by.Device, c.channelOf(&row)
		switch channel {
		case votingv1.Channel_CHANNEL_HELPER:
			share = by.Helper
		case votingv1.Channel_CHANNEL_PAPER:
			if by.Paper == nil {
				by.Paper = &votingv1.CastShare{}
			}
			share = by.Paper
		}
		if sums[channel] == nil {
			sums[channel] = &tally.Weight{}
		}
		w := sums[channel]
		w.Heads, w.Area = w.Heads+row.Weight.Heads, w.Area+row.Weight.Area
		w.Households, w.Classes = w.Households+row.Weight.Households, w.Classes+row.Weight.Classes
		share.Ballots, share.Heads, share.AreaCentiM2 = share.Ballots+1, w.Heads, w.Area
		if measured {
			share.Measured = measuredOf(*w)
		}
	}
	if by.Helper.GetBallots() == 0 {
		return nil
	}
	return by
}

// brought are the voters whose own device did not register them, ascending: whom to ask whether they know of it.
func (c *Credentials) brought() []string { return slices.Sorted(maps.Keys(c.Brought)) }

// paperWeights are what the ballots weigh that came on paper, of an open poll and of a secret one.
func (s *Sealed) paperWeights() (weights []tally.Weight) {
	for _, id := range s.Papers.OnPaper {
		if s.Secret != nil {
			weights = append(weights, s.Secret.Rows[id].Weight)
			continue
		}
		weights = append(weights, weightOf(s.Roll[id]))
	}
	return weights
}

// sheetChecker is checker for what is asked about a voter whom somebody else has registered: no auditor of that organisation asks.
func sheetChecker(v *decider.View, cmd *decider.Command, poll, voter string) error {
	org, err := auditorOrg(v, cmd)
	if err != nil {
		return err
	}
	r, ok := decider.Get[Registration](v, registrationPath(poll, voter))
	if !ok || cmd.Actor == voter || r.Org == org || r.Giver == cmd.Actor || r.Helper == cmd.Actor {
		return ErrAuditor
	}
	return nil
}

func auditorOrg(v *decider.View, cmd *decider.Command) (string, error) {
	m, err := standing.Active(v, cmd.Actor)
	if err != nil {
		return "", err
	}
	org := m.Roles[communityv1.Role_ROLE_AUDITOR]
	if org == "" {
		return "", ErrAuditor
	}
	return org, nil
}

// CompareSecretPaper notes whether from a sheet follows the ballot that counts. The auditor's device makes it again from the sheet's code
// and what is marked there, and the sheet signs that it is the same; what it says is on no record. The first that differs has all compared.
// Who gave sheets out may know whose a sheet is, and would learn a vote by its name.
func CompareSecretPaper(v *decider.View, cmd *decider.Command, b *votingv1.CompareSecretPaper) ([]decider.Change, error) {
	p, s, err := sampled(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case !p.secret():
		return nil, ErrNotSecret
	}
	id := chain.KeyID(b.GetKey())
	path := comparisons(b.GetPoll()) + "/" + id
	sealed := decider.FixedOf[Book](v, Path(b.GetPoll())).Polls[b.GetPoll()]
	switch {
	case sealed == nil || !sealed.Secret.onSheet(id),
		!slices.Contains(s.Compared, id) && !s.Recount:
		return nil, ErrSampleOutside
	case v.Exists(path):
		return nil, ErrCompared
	}
	org, err := auditorOrg(v, cmd)
	if err != nil {
		return nil, err
	}
	sheet, ok := decider.Get[SecretSheet](v, SecretPaperPath(b.GetPoll(), b.GetKey()))
	involved := func(e SheetEntry) bool { return e.Org == org || e.Operator == cmd.Actor }
	if gaveSheets(v, b.GetPoll(), cmd.Actor) || !ok || slices.ContainsFunc(sheet.Entries, involved) {
		return nil, ErrAuditor
	}
	compared := &votingv1.BallotCompared{Differs: b.GetDiffers()}
	if !b.GetDiffers() {
		input := SheetAuditInput(b.GetPoll(), cmd.Actor, SheetMark(sealed.Secret.Last[id].Ballot))
		if !signedBySheet(sealed.Secret.Rows[id].Key, input, b.GetProof()) { // by the credential itself, not by what has its id
			return nil, ErrSheetCompared
		}
		compared.Proof = b.GetProof()
	}
	changes := []decider.Change{decider.On(path, compared)}
	if b.GetDiffers() && !s.Recount {
		changes = append(changes, decider.On(samplePath(b.GetPoll()), &votingv1.RecountOrdered{}))
	}
	return changes, nil
}
