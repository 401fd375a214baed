package pollcheck

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"renlin.dev/pkg/ballot"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	whySheet = because("papers.sheet",
		"A paper was entered or taken back that was not out, or its number is another's.", "录入或作废的纸质选票并未发出，或编号不符。").unless(ofPoll)
	whyProof = because("papers.proof",
		"An entry of a paper does not show that its code was read.", "录入纸质选票时未能证明读取了其编码。").unless(ofPoll)
	whyOperators = because("papers.operators",
		"A paper was entered twice by one person, by two of one organisation, or by its own voter.",
		"纸质选票由同一人或同一组织的人两次录入，或由投票人本人录入。").unless(ofPoll)
	whyAgreement = because("papers.agreement",
		"What came of two entries does not follow from them and from the ballot that stood.", "两次录入的结论与录入内容或原有选票不符。").unless(ofPoll)
	whyPaperCast = because("papers.cast",
		"A ballot on paper was cast that no two entries agree on.", "所投纸质选票没有两次一致的录入。").unless(ofPoll)
	whyNight = because("papers.night",
		"An entry is said to be by night, or by day, and was not.", "录入是否在夜间的说明与时间不符。")
)

// sheet is a paper that was issued to a voter, with its entries.
type sheet struct {
	voter      string
	number     uint32 // of the voter's, counted from 1
	id         string
	commitment []byte
	voided     bool
	entries    []sheetEntry
	agreement  votingv1.Agreement
}

type sheetEntry struct {
	operator, org    string
	proof, mark, box []byte
	night            bool
}

// entry is what both entries of a paper have.
type entry interface {
	GetPaper() string
	GetOrg() string
	GetProof() []byte
	GetBox() []byte
	GetAtNight() bool
}

// papers follows every sheet from its issue to its last entry, and holds what came of the entries against them.
func (c *checking) papers() {
	if issued, _ := of[*votingv1.PaperIssued](c.poll); c.secret() {
		if len(issued) > 0 {
			c.unchecked(notPaper)
		}
		return
	}
	c.sheets = map[string][]*sheet{}
	last := map[string]*votingv1.BallotCast{} // by voter, as of an earlier commit
	var now []*said                           // ballots of the commit that is being looked at
	for _, s := range c.facts {
		if len(now) > 0 && now[0].index != s.index {
			for _, cast := range now {
				last[cast.last()] = cast.body.(*votingv1.BallotCast)
			}
			now = nil
		}
		where := at(s).of("voter %s", s.last())
		switch b := s.body.(type) {
		case *votingv1.BallotCast:
			now = append(now, s)
		case *votingv1.PaperIssued:
			voter := s.last()
			c.is(b.GetPaper() == ballot.PaperID(b.GetCommitment()) && c.sheet(voter, b.GetPaper()) == nil, whySheet, where)
			number := uint32(len(c.sheets[voter]) + 1)
			c.sheets[voter] = append(c.sheets[voter], &sheet{voter: voter, number: number, id: b.GetPaper(), commitment: b.GetCommitment()})
		case *votingv1.PaperVoided:
			sh := c.sheet(s.last(), b.GetPaper())
			if c.is(sh != nil && sh.out(), whySheet, where) {
				sh.voided = true
			}
		case *votingv1.PaperEntered:
			if sh := c.enter(s, b, b.GetSealedMark()); sh != nil {
				c.is(len(sh.entries) == 1, whySheet, where)
			}
		case *votingv1.PaperReentered:
			if sh := c.enter(s, b, b.GetMark()); sh != nil {
				c.agreed(s, b, sh, last[sh.voter])
			}
		}
	}
	c.paperCasts()
}

// sheet finds one of a voter's.
func (c *checking) sheet(voter, id string) *sheet {
	for _, sh := range c.sheets[voter] {
		if sh.id == id {
			return sh
		}
	}
	return nil
}

// out tells whether a sheet can be entered still.
func (sh *sheet) out() bool {
	return !sh.voided && (sh.agreement == votingv1.Agreement_AGREEMENT_UNSPECIFIED || sh.agreement == votingv1.Agreement_AGREEMENT_DISPUTED)
}

// enter takes an entry in: its proof hashes to the one before it, or to the commitment, and nobody enters a sheet twice.
func (c *checking) enter(s *said, b entry, mark []byte) *sheet {
	where := at(s).of("voter %s", s.last())
	sh := c.sheet(s.last(), b.GetPaper())
	if !c.is(sh != nil && sh.out(), whySheet, where) {
		return nil
	}
	shown, orgs := sh.commitment, map[string]bool{}
	others := s.actor != sh.voter
	for _, e := range sh.entries {
		shown, orgs[e.org], others = e.proof, true, others && e.operator != s.actor
	}
	step := ballot.StepProof(b.GetProof())
	c.is(len(b.GetProof()) == sha256.Size && bytes.Equal(step[:], shown), whyProof, where)
	switch len(sh.entries) {
	case 1:
		others = others && !orgs[b.GetOrg()]
	case 2: // the third is for one of the two
		others = others && orgs[b.GetOrg()]
	}
	copied := slices.ContainsFunc(sh.entries, func(e sheetEntry) bool { return bytes.Equal(e.box, b.GetBox()) })
	c.is(others && !copied, whyOperators, where)
	c.is(b.GetAtNight() == byNight(s.time), whyNight, where)
	sh.entries = append(sh.entries, sheetEntry{s.actor, b.GetOrg(), b.GetProof(), mark, b.GetBox(), b.GetAtNight()})
	return sh
}

// byNight tells whether it is from ten in the evening to six in the morning in China.
func byNight(ms int64) bool {
	hour := (ms/3_600_000 + 8) % 24
	return hour < 6 || hour >= 22
}

// twin tells which earlier entry says what the last one says, counted from 1; 0 for none. The first one's mark is sealed to its operator.
func (sh *sheet) twin() uint32 {
	if len(sh.entries) == 0 {
		return 0
	}
	mark := sh.entries[len(sh.entries)-1].mark
	for i, e := range sh.entries[:len(sh.entries)-1] {
		if sealed := ballot.SealMark(e.operator, mark); i == 0 && bytes.Equal(e.mark, sealed[:]) || i > 0 && bytes.Equal(e.mark, mark) {
			return uint32(i + 1)
		}
	}
	return 0
}

// agreed holds what came of a further entry against the marks, and against the ballot that stood: a paper does not replace what a voter
// signed before an officer, nor one that was issued later.
func (c *checking) agreed(s *said, b *votingv1.PaperReentered, sh *sheet, stood *votingv1.BallotCast) {
	var want votingv1.Agreement
	switch twin := sh.twin(); {
	case twin == 0 && len(sh.entries) == 2:
		want = votingv1.Agreement_AGREEMENT_DISPUTED
	case twin == 0:
		want = votingv1.Agreement_AGREEMENT_UNRESOLVED
	case stood != nil && (firm(stood) && stood.GetPaper() == 0 || stood.GetPaper() > sh.number):
		want = votingv1.Agreement_AGREEMENT_SUPERSEDED
	default:
		want = votingv1.Agreement_AGREEMENT_CAST
	}
	c.is(len(sh.entries) > 1 && b.GetAgreement() == want, whyAgreement, at(s).of("voter %s", s.last()))
	sh.agreement = b.GetAgreement()
}

// firm tells whether only another such ballot replaces one: signed before an officer too, or on paper, and not by a host.
func firm(b *votingv1.BallotCast) bool { return b.GetInPerson() && !b.GetHosted() }

// paperCasts holds every ballot on paper against the entry that cast it, and every such entry against its ballot.
func (c *checking) paperCasts() {
	casts := map[uint64]*said{}
	cast, bodies := of[*votingv1.BallotCast](c.poll)
	for i, s := range cast {
		if bodies[i].GetPaper() > 0 {
			casts[s.index] = s
		}
	}
	entered, entries := of[*votingv1.PaperReentered](c.poll)
	for i, s := range entered {
		if entries[i].GetAgreement() != votingv1.Agreement_AGREEMENT_CAST {
			continue
		}
		by := casts[s.index]
		delete(casts, s.index)
		sh := c.sheet(s.last(), entries[i].GetPaper())
		if sh == nil {
			continue
		}
		right := by != nil && by.last() == s.last()
		if right {
			b := by.body.(*votingv1.BallotCast)
			right = b.GetPaper() == sh.number && b.GetTwin() == sh.twin() && bytes.Equal(b.GetBox(), entries[i].GetBox()) &&
				b.GetInPerson() && !b.GetHosted() && b.GetMandate() == ""
		}
		c.is(right, whyPaperCast, at(s).of("voter %s", s.last()))
	}
	for _, s := range cast {
		if casts[s.index] == s {
			c.is(false, whyPaperCast, at(s).of("voter %s", s.last()))
		}
	}
}

// twinBox is the other operator's box of a ballot on paper; nil if there is none.
func (c *checking) twinBox(voter string, b *votingv1.BallotCast) []byte {
	n, twin := int(b.GetPaper()), int(b.GetTwin())
	if n < 1 || n > len(c.sheets[voter]) || twin < 1 || twin > len(c.sheets[voter][n-1].entries) {
		return nil
	}
	return c.sheets[voter][n-1].entries[twin-1].box
}
