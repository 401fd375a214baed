package pollcheck

import (
	"bytes"

	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	whyOrder = because("course.order",
		"Something stands on the record before what it must follow.", "记录中某一步出现在其前提之前。").unless(ofPoll)
	whyTwice = because("course.twice",
		"Something that happens once stands on the record twice.", "只应发生一次的事项在记录中出现两次。")
	whyLate = because("course.late",
		"A ballot was taken outside of the time for voting.", "有选票在投票时间之外被接收。")
	whyVotingTime = because("course.voting_time",
		"The poll was not open for as long as its rules say.", "投票开放时间与规则不符。")
	whyEarly = because("course.early_close",
		"The poll was closed before its time, and not everybody had voted.", "投票提前截止，而并非所有人都已投票。")
	whyClosed = because("course.ballots",
		"At the close there were more or fewer ballots than it says.", "截止时的选票数与所述不符。")
	whyObjections = because("course.objections",
		"The certificate came before the time for objections was over.", "证书在异议期结束前出具。")

	whyRollRoot = because("roll.root",
		"The roll is not the one that follows from the record.", "名册与本记录得出的名册不符。")
	whyRollSums = because("roll.sums",
		"The roll's sums are not those of its voters.", "名册合计与投票人合计不符。")
	whyRollWhole = because("roll.whole",
		"What a share of all is a share of is not what the record says.", "计算比例所用的总数与记录不符。")
	whyRollPosition = because("roll.position",
		"The roll was not sealed where it says.", "名册封存的位置与所述不符。")
	whyRollChanged = because("roll.changed",
		"The roll is not the same everywhere.", "名册前后不一致。")
)

// course walks through a poll's life. What the rules of its service allow beyond this order is theirs.
func (c *checking) course() {
	for _, order := range [][2]*said{
		{c.sealed, c.begun}, {c.begun, c.registered}, {c.registered, c.roster}, {c.sealed, c.opened}, {c.opened, c.closed},
		{c.closed, c.encrypted}, {c.closed, c.tallied}, {c.tallied, c.certified},
	} {
		if before, after := order[0], order[1]; after != nil && (before != nil || len(c.hidden) == 0) {
			c.is(before != nil && before.index <= after.index, whyOrder, at(after).of("%s", kindOf(after)))
		}
	}
	if c.secret() {
		for _, pair := range [][2]*said{{c.roster, c.opened}, {c.encrypted, c.tallied}} {
			if before, after := pair[0], pair[1]; after != nil && (before != nil || len(c.hidden) == 0) {
				c.is(before != nil && before.index <= after.index, whyOrder, at(after).of("%s", kindOf(after)))
			}
		}
	}
	c.once()
	c.times()
}

// once: these stand on the record once, or a later one could take an earlier one back.
func (c *checking) once() {
	seen := map[string]bool{}
	for _, s := range c.facts {
		switch s.body.(type) {
		case *votingv1.PollCalled, *votingv1.PollKeyHeld, *votingv1.PollKeySealed, *votingv1.RegistrationBegun, *votingv1.RegistrationEnded,
			*votingv1.RosterSealed, *votingv1.PollOpened, *votingv1.PollClosed, *votingv1.EncryptedTallyRecorded, *votingv1.TallyRecorded,
			*votingv1.CertificateIssued, *votingv1.TotalsProved:
			c.is(!seen[kindOf(s)], whyTwice, at(s).of("%s", kindOf(s)))
			seen[kindOf(s)] = true
		}
	}
}

func kindOf(s *said) string { return string(s.body.ProtoReflect().Descriptor().Name()) }

// times holds ballots to the time for voting, which extensions move, and the close and the certificate to theirs.
func (c *checking) times() {
	if c.opened == nil {
		return
	}
	opened := c.opened.body.(*votingv1.PollOpened)
	closes := opened.GetClosesAt()
	length := int64(c.rules.GetVotingSeconds()) * 1000
	c.is(closes-opened.GetOpenedAt() == length, whyVotingTime, at(c.opened))
	voted := map[string]bool{}
	for _, s := range c.facts {
		switch b := s.body.(type) {
		case *votingv1.PollExtended:
			c.is(b.GetClosesAt() > closes, whyVotingTime, at(s))
			closes = b.GetClosesAt()
		case *votingv1.BallotCast, *votingv1.SecretBallotCast, *votingv1.SecretBallotChallenged:
			closed := c.closed != nil && s.index > c.closed.index
			// Clocks of services differ by seconds; what holds a ballot to the closing instant is its window, and that verify holds against
			// the time of its block.
			intime := s.time < closes && s.until > 0 && s.until <= closes
			c.is(intime && s.index > c.opened.index && !closed, whyLate, at(s).of("%s", s.last()))
			if _, opened := s.body.(*votingv1.SecretBallotChallenged); !opened {
				voted[s.last()] = true
			}
		}
	}
	if c.closed != nil {
		if c.hidden.between(c.opened, c.closed) {
			c.unchecked(notShown)
		} else {
			all := c.rules.GetCloseWhenComplete() && len(voted) >= c.expected()
			c.is(c.closed.time >= closes || all, whyEarly, at(c.closed))
			c.is(c.closed.body.(*votingv1.PollClosed).GetBallots() == uint32(len(voted)), whyClosed, at(c.closed))
		}
	}
	if c.certified != nil && c.tallied != nil {
		c.is(c.certified.time >= c.tallied.body.(*votingv1.TallyRecorded).GetObjectionsUntil(), whyObjections, at(c.certified))
	}
}

// expected is how many can vote.
func (p *poll) expected() int {
	if p.secret() && p.roster != nil {
		return int(p.roster.body.(*votingv1.RosterSealed).GetCredentials())
	}
	r, _ := p.published()
	return int(r.GetVoters())
}

// checkRoll makes the roll again from the members, units, households, organisations, and channels of the record.
func (c *checking) checkRoll() {
	r, where := c.published()
	if r == nil {
		return
	}
	for _, s := range c.facts {
		switch b := s.body.(type) {
		case *votingv1.RegistrationBegun:
			c.is(proto.Equal(b.GetRoll(), r), whyRollChanged, at(s))
		case *votingv1.NoticeIssued:
			c.is(proto.Equal(b.GetRoll(), r), whyRollChanged, at(s))
		}
	}
	if c.sealed != nil {
		c.is(r.GetPosition() == c.sealed.index+1, whyRollPosition, at(where))
	}
	if c.roll == nil || c.rollHidden {
		c.unchecked(notShown)
		return
	}
	c.is(bytes.Equal(r.GetRoot(), c.roll.root[:]), whyRollRoot, at(where))
	c.is(r.GetVoters() == uint32(len(c.roll.voters)) && sumOf(r) == c.roll.sum, whyRollSums, at(where))
	c.is(wholeOf(r) == c.roll.all, whyRollWhole, at(where))
	if !c.secret() {
		c.weights = c.roll.voters
	}
}

// voters holds every open ballot against the roll, and against who signed: the voter, or a helper whom the commit names beside them.
func (c *checking) voters() {
	cast, _ := of[*votingv1.BallotCast](c.poll)
	if len(cast) == 0 || c.secret() {
		for _, s := range cast {
			c.is(false, whyForeign, at(s).of("voter %s", s.last()))
		}
		return
	}
	for _, s := range cast {
		if s.body.(*votingv1.BallotCast).GetPaper() == 0 {
			c.is(s.actor == s.last(), whyForeign, at(s).of("voter %s", s.last()))
		}
		if c.weights != nil {
			_, listed := c.weights[s.last()]
			c.is(listed, whyUnlisted, at(s).of("voter %s", s.last()))
		}
	}
	if c.weights == nil {
		c.unchecked(notShown)
	}
}

var (
	whyUnlisted = because("voters.unlisted", "A ballot is from somebody who is not on the roll.", "有选票的投票人不在名册上。")
	whyForeign  = because("voters.foreign", "A ballot was not cast for the voter under whose name it stands.", "有选票并非由其名下的投票人投出。")
)

// measureNames are the measures as sealed totals name them.
var measureNames = map[communityv1.Measure]string{
	communityv1.Measure_MEASURE_HEADS: "heads", communityv1.Measure_MEASURE_AREA: "area",
	communityv1.Measure_MEASURE_HOUSEHOLDS: "households", communityv1.Measure_MEASURE_WEIGHT: "classes",
}
