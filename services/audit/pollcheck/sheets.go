package pollcheck

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	whySheetForeign = because("sheets.foreign",
		"A sheet was entered that is on no row of the roster as one.", "所录入的纸面凭证不在凭证名册的纸面凭证之列。").unless(ofPoll)
	whySheetUnread = because("sheets.unread",
		"An entry or a comparison does not bear the sheet's signature.", "录入或核对没有该纸面凭证的签名。")
	whySheetOperators = because("sheets.operators",
		"A sheet was entered twice by one operator, or for one organisation, or by who gave sheets out.",
		"纸面凭证由同一人或同一组织重复录入，或由发放人录入。").unless(ofPoll)
	whySheetTwin = because("sheets.twin",
		"What the entries of a sheet come to is not what they say.", "对录入一致与否的认定与录入内容不符。").unless(ofPoll)
	whySheetCast = because("sheets.cast",
		"A ballot from a sheet is not the one that two operators have read, or a device voted by its credential.",
		"纸面凭证的选票并非两名录入人所读的选票，或有设备使用该凭证投票。").unless(ofPoll)
	whySheetNight = because("sheets.night",
		"An entry of a sheet is said to be by night, or by day, and was not.", "录入纸面凭证是否在夜间的说明与时间不符。")
	whySheetCounts = because("sheets.counts",
		"The tally says otherwise how the ballots came.", "计票所载选票来源与记录不符。")
)

// sheetSequence numbers what stands on a credential's sheet.
const sheetSequence = 0

// shownChannel is what a row says of how its voter came to the credential.
func shownChannel(c votingv1.Channel) votingv1.Channel {
	switch c {
	case votingv1.Channel_CHANNEL_KIOSK, votingv1.Channel_CHANNEL_DOOR, votingv1.Channel_CHANNEL_PAPER:
		return votingv1.Channel_CHANNEL_PAPER
	case votingv1.Channel_CHANNEL_HELPER:
		return votingv1.Channel_CHANNEL_HELPER
	}
	return votingv1.Channel_CHANNEL_UNSPECIFIED
}

// alike are credentials that a roster does not tell apart but by their keys.
type alike struct {
	weight
	channel votingv1.Channel
}

// worth orders ways to register.
func worth(c votingv1.Channel) int {
	switch shownChannel(c) {
	case votingv1.Channel_CHANNEL_HELPER:
		return 0
	case votingv1.Channel_CHANNEL_PAPER:
		return 1
	}
	return 2
}

// registeredBy tells whether a registration is by whom it may be: the voter, a helper whom the commit names beside them, or, of a sheet,
// somebody else for an organisation; and in a way that is worth what stands, a sheet being no more than another officer's.
func (c *checking) registeredBy(s *said, b *votingv1.VoterRegistered, before *said) bool {
	stands, another := true, false
	if before != nil {
		last := before.body.(*votingv1.VoterRegistered)
		stands, another = worth(b.GetChannel()) >= worth(last.GetChannel()), last.GetOrg() != "" && before.actor != s.actor
	}
	switch shownChannel(b.GetChannel()) {
	case votingv1.Channel_CHANNEL_PAPER:
		return stands && !another && s.actor != s.last() && b.GetOrg() != "" && b.GetMandate() == "" && c.rules.GetPaper() != nil
	case votingv1.Channel_CHANNEL_HELPER:
		return stands && s.actor == s.last() && b.GetOrg() == "" && b.GetMandate() != ""
	}
	return s.actor == s.last() && b.GetOrg() == "" && b.GetMandate() == "" // nothing is worth more
}

// sheetState is what was read of one sheet so far.
type sheetState struct {
	operators, orgs []string
	marks           [][]byte
	agreement       votingv1.Agreement
	entries         []sheetEntry // all of them, as operators and nights
}

func sheetMark(ballot []byte) []byte {
	sum := sha256.Sum256(append([]byte("renlin/sheet/mark/1\n"), ballot...))
	return sum[:]
}

// sheetInput is what a sheet signs.
func sheetInput(what, poll, who string, mark []byte) []byte {
	return append(putStr(putStr([]byte("renlin/sheet/"+what+"/1\n"), poll), who), mark...)
}

func signs(key, input, proof []byte) bool {
	return !chain.WeakKey(key) && ed25519.Verify(key, input, proof) // what is no key is a weak one
}

// checkSheets is a part of the check of ballots. It follows every sheet from entry to entry: that each operator had it before them, that
// what the record says of them agreeing follows from their marks, and that the ballot is the one whose mark two have. What stands on the
// sheet nobody here can tell.
func (c *checking) checkSheets() {
	states, cast, given := map[string]*sheetState{}, map[string][]byte{}, map[string]bool{}
	c.sheetStates = states
	for _, s := range c.facts {
		switch b := s.body.(type) {
		case *votingv1.VoterRegistered:
			given[s.actor] = given[s.actor] || b.GetOrg() != ""
		case *votingv1.SecretBallotCast:
			if b.GetSequence() == sheetSequence {
				cast[s.last()] = b.GetBallot() // what the second operator said stands behind it
				continue
			}
			c.ofDevice(s)
		case *votingv1.SecretBallotChallenged:
			c.ofDevice(s)
		case *votingv1.SecretPaperEntered:
			state := c.sheetOf(s, b, states, given)
			c.is(len(state.marks) == 0 && b.GetOrg() != "", whySheetOperators, at(s).of("sheet %s", s.last()))
			c.is(signs(b.GetKey(), sheetInput("entry", c.id, s.actor, b.GetSealedMark()), b.GetProof()), whySheetUnread,
				at(s).of("sheet %s", s.last()))
			state.operators, state.orgs, state.marks = []string{s.actor}, []string{b.GetOrg()}, [][]byte{b.GetSealedMark()}
		case *votingv1.SecretPaperReentered:
			c.reentered(s, b, c.sheetOf(s, b, states, given), cast[s.last()])
			delete(cast, s.last())
		}
	}
	for id := range cast { // any order: each is named
		c.is(false, whySheetCast, at(c.facts[0]).of("sheet %s", id))
	}
	c.compared()
}

// ofDevice holds what a device sent to be of no sheet's credential. Others' are not counted as looked at: released records have no sheets.
func (c *checking) ofDevice(s *said) {
	if c.channelOf[s.last()] == votingv1.Channel_CHANNEL_PAPER {
		c.is(false, whySheetCast, at(s).of("sheet %s", s.last()))
	}
}

// keyed is what both entries of a sheet have.
type keyed interface {
	GetKey() []byte
	GetAtNight() bool
}

// sheetOf finds the state of a sheet, and holds whoever enters it to what is asked of all.
func (c *checking) sheetOf(s *said, b keyed, states map[string]*sheetState, given map[string]bool) *sheetState {
	where := at(s).of("sheet %s", s.last())
	state := states[s.last()]
	if state == nil {
		state = &sheetState{}
		states[s.last()] = state
	}
	if c.channelOf != nil {
		c.is(c.channelOf[s.last()] == votingv1.Channel_CHANNEL_PAPER && chain.KeyID(b.GetKey()) == s.last(), whySheetForeign, where)
	}
	open := state.agreement == votingv1.Agreement_AGREEMENT_UNSPECIFIED || state.agreement == votingv1.Agreement_AGREEMENT_DISPUTED
	c.is(open && !slices.Contains(state.operators, s.actor) && !given[s.actor], whySheetOperators, where)
	if b.GetAtNight() != byNight(s.time) {
		c.is(false, whySheetNight, where)
	}
	state.entries = append(state.entries, sheetEntry{operator: s.actor, night: b.GetAtNight()})
	return state
}

// reentered holds what the entries come to against what is said of it, and against the ballot that was cast.
func (c *checking) reentered(s *said, b *votingv1.SecretPaperReentered, state *sheetState, ballot []byte) {
	where := at(s).of("sheet %s", s.last())
	if len(state.marks) == 0 || len(state.marks) > 2 {
		c.is(false, whySheetTwin, where)
		return
	}
	two := len(state.marks) == 2
	c.is(b.GetOrg() != "" && slices.Contains(state.orgs, b.GetOrg()) == two, whySheetOperators, where)
	c.is(signs(b.GetKey(), sheetInput("entry", c.id, s.actor, b.GetMark()), b.GetProof()), whySheetUnread, where)
	sealed := sha256.Sum256(append([]byte("renlin/paper/seal/1\n"+state.operators[0]), b.GetMark()...))
	want, twin := votingv1.Agreement_AGREEMENT_CAST, uint32(0)
	switch {
	case bytes.Equal(sealed[:], state.marks[0]):
		twin = 1
	case two && bytes.Equal(state.marks[1], b.GetMark()):
		twin = 2
	case two:
		want = votingv1.Agreement_AGREEMENT_UNRESOLVED
	default:
		want = votingv1.Agreement_AGREEMENT_DISPUTED
	}
	c.is(b.GetAgreement() == want && b.GetTwin() == twin, whySheetTwin, where)
	c.is((twin > 0) == (ballot != nil) && (ballot == nil || bytes.Equal(sheetMark(ballot), b.GetMark())), whySheetCast, where)
	state.agreement = b.GetAgreement()
	state.operators, state.orgs = append(state.operators, s.actor), append(state.orgs, b.GetOrg())
	state.marks = append(state.marks, b.GetMark())
}

// compared holds each auditor's word that a sheet is right to the sheet's signature over the ballot that counts.
func (c *checking) compared() {
	counts := map[string]*secretBallot{}
	for _, b := range c.counting() {
		counts[chain.KeyID(b.key)] = b
	}
	facts, bodies := of[*votingv1.BallotCompared](c.poll)
	for i, s := range facts {
		b := counts[s.last()]
		if bodies[i].GetDiffers() || b == nil {
			continue
		}
		input := sheetInput("audit", c.id, s.actor, sheetMark(b.ballot))
		c.is(signs(b.key, input, bodies[i].GetProof()), whySheetUnread, at(s).of("sheet %s", s.last()))
	}
}

// cameInSecret holds a secret tally's account of channels, sheets and helpers to the record. What the result were without some of the
// ballots nobody knows, and it is never said to stand without them.
func (c *checking) cameInSecret(t *votingv1.Tally, counting []*secretBallot) {
	shares, onSheet := map[votingv1.Channel]*votingv1.ChannelShare{}, map[string]bool{}
	by := &votingv1.CastBy{Device: &votingv1.CastShare{}, Hosted: &votingv1.CastShare{}, Helper: &votingv1.CastShare{}}
	for _, b := range counting {
		id, channel, share := chain.KeyID(b.key), votingv1.Channel_CHANNEL_DEVICE, by.Device
		switch {
		case b.sequence == sheetSequence:
			if by.Paper == nil {
				by.Paper = &votingv1.CastShare{}
			}
			channel, share, onSheet[id] = votingv1.Channel_CHANNEL_PAPER, by.Paper, true
		case c.channelOf[id] == votingv1.Channel_CHANNEL_HELPER:
			channel, share = votingv1.Channel_CHANNEL_HELPER, by.Helper
		}
		addShare(shares, channel, c.weights[id])
		c.addCast(share, c.weights[id])
	}
	if by.Helper.GetBallots() == 0 {
		by = nil
	}
	report := c.sheetReport(shares, onSheet)
	if report == nil && by == nil && t.GetChannels() == nil && t.GetCastBy() == nil {
		return // as in every poll before there were sheets
	}
	right := (report == nil) == (t.GetChannels() == nil) && (report == nil || proto.Equal(report, t.GetChannels()))
	right = right && (by == nil) == (t.GetCastBy() == nil) && (by == nil || proto.Equal(by, t.GetCastBy()))
	c.is(right, whySheetCounts, at(c.tallied))
}

// sheetReport says by which channels a secret poll's ballots came and what became of the sheets, where the rules know of paper.
func (c *checking) sheetReport(shares map[votingv1.Channel]*votingv1.ChannelShare, onSheet map[string]bool) *votingv1.ChannelReport {
	if c.rules.GetPaper() == nil {
		return nil
	}
	out := &votingv1.ChannelReport{Channels: ascending(shares)}
	for _, channel := range c.channelOf { // any order: how many there are does not depend on it
		out.PapersIssued += one(channel == votingv1.Channel_CHANNEL_PAPER)
	}
	entered := map[string]uint32{}
	for id, state := range c.sheetStates { // any order: sums do not depend on it
		sh := &sheet{entries: state.entries, agreement: state.agreement}
		sh.report(out, onSheet[id], entered)
	}
	out.OperatorsOver = c.over(entered, int64(len(onSheet)))
	return out
}
