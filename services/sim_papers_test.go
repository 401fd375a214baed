package services_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// orgThree is the organisation whose auditors check papers: it enters none.
const orgThree = "watch"

// sheet is a paper as the record tells of it.
type sheet struct {
	id         string
	commitment []byte
	voided     bool
	entries    []reading
	agreement  votingv1.Agreement
}

// reading is one operator's entry.
type reading struct {
	operator, org string
	proof         []byte
	options       []uint32 // as its maker meant them
	blind         bool     // sealed in another's name, so that it agrees with none
}

// settled tells whether nothing more can come of a sheet.
func (s *sheet) settled() bool {
	return s.voided || s.agreement != 0 && s.agreement != votingv1.Agreement_AGREEMENT_DISPUTED
}

// checks is what was drawn after a tally, and what came of it.
type checks struct {
	callBacks, compared []string
	recount             bool
	differs             map[string]bool
	answers             map[string]votingv1.Answer
}

// operatorOrg is the organisation for which somebody enters papers.
func (l *ledger) operatorOrg(member string) string {
	p := l.people[member]
	if p == nil {
		return ""
	}
	return cmp.Or(p.roles[communityv1.Role_ROLE_OFFICER], p.roles[communityv1.Role_ROLE_GRID_WORKER])
}

// paper finds a sheet of a voter.
func (p *poll) paper(voter, id string) *sheet {
	for _, s := range p.sheets[voter] {
		if s.id == id {
			return s
		}
	}
	return nil
}

// papers takes the facts about papers, and tells whether a fact is one.
func (l *ledger) papers(f *fact, p *poll) bool {
	switch b := f.body.(type) {
	case *votingv1.PaperIssued:
		l.paperHours(f, p)
		_, listed := p.roll[f.id]
		l.must(f, listed && p.paper(f.id, b.GetPaper()) == nil && len(p.sheets[f.id]) < 5, "a paper off the roll, twice, or one too many")
		p.sheets[f.id] = append(p.sheets[f.id], &sheet{id: b.GetPaper(), commitment: b.GetCommitment()})
	case *votingv1.SerialTaken:
		l.must(f, !p.serials[f.id], "a serial for two papers")
		p.serials[f.id] = true
	case *votingv1.PaperVoided:
		l.paperHours(f, p)
		s := p.paper(f.id, b.GetPaper())
		l.must(f, s != nil && !s.settled(), "a paper is voided that is none any more")
		s.voided = true
	case *votingv1.PaperEntered:
		s := l.read(f, p, b.GetPaper(), b.GetOrg(), b.GetProof(), b.GetBox())
		l.must(f, s != nil && len(s.entries) == 1, "a first entry that is none")
	case *votingv1.PaperReentered:
		l.reread(f, p, b)
	case *votingv1.SamplesDrawn:
		l.drawn(f, p, b)
	case *votingv1.RecountOrdered:
		l.must(f, p.checks != nil && !p.checks.recount, "all are compared again, or before a sample")
		p.checks.recount = true
	case *votingv1.BallotCompared:
		if p.secret != nil {
			l.slipCompared(f, p, b)
			return true
		}
		v := p.ballots[f.id]
		l.must(f, v != nil && v.paper > 0 && p.checks != nil && (p.checks.recount || slices.Contains(p.checks.compared, f.id)),
			"a paper is compared that is not to be")
		_, again := p.checks.differs[f.id]
		l.must(f, !again, "a paper is compared twice")
		l.mayCheck(f, p)
		p.checks.differs[f.id] = b.GetDiffers()
	case *votingv1.CallBackRecorded:
		l.must(f, p.checks != nil && slices.Contains(p.checks.callBacks, f.id), "somebody is called back who was not drawn")
		last := p.checks.answers[f.id]
		l.must(f, last == 0 || last == votingv1.Answer_ANSWER_UNREACHED, "an answer is changed")
		if p.secret != nil {
			l.mayCheckSlip(f, p)
		} else {
			l.mayCheck(f, p)
		}
		p.checks.answers[f.id] = b.GetAnswer()
	default:
		return false
	}
	return true
}

// paperHours: papers are issued, voided and entered while ballots are cast, and only where the rules know of them.
func (l *ledger) paperHours(f *fact, p *poll) {
	open := p.opened && !p.closed && f.Time < p.closesAt && f.block < p.closesAt && f.block >= p.opensAt
	l.must(f, open && p.rules.GetPaper() != nil, "a paper out of hours, or in a poll without papers")
}

// read takes an entry and answers its sheet.
func (l *ledger) read(f *fact, p *poll, id, org string, proof, box []byte) *sheet {
	l.paperHours(f, p)
	s := p.paper(f.id, id)
	if s == nil {
		l.complain(f, "a paper is entered that was not issued")
		return nil
	}
	l.must(f, !s.settled(), "a paper is entered that is done with")
	l.must(f, f.Actor != f.id && f.Actor != p.convener && org != "" && org == l.operatorOrg(f.Actor), "a paper is entered by whom it may not")
	before := s.commitment
	for _, e := range s.entries {
		l.must(f, e.operator != f.Actor, "an operator enters a paper twice")
		before = e.proof
	}
	sum := sha256.Sum256(append([]byte("renlin/paper/step/1\n"), proof...))
	l.must(f, bytes.Equal(sum[:], before), "a paper is entered by whom who has not read it")
	meant, ok := l.known(box)
	l.must(f, ok, "an entry with a box that nobody made")
	blind := len(s.entries) == 0 && meant.operator != f.Actor
	s.entries = append(s.entries, reading{f.Actor, org, proof, meant.options, blind})
	return s
}

// reread takes a further entry. Its ballot, if there is one, stands before it in the same commit.
func (l *ledger) reread(f *fact, p *poll, b *votingv1.PaperReentered) {
	s := l.read(f, p, b.GetPaper(), b.GetOrg(), b.GetProof(), b.GetBox())
	if s == nil || len(s.entries) < 2 || len(s.entries) > 3 {
		l.complain(f, "a further entry that is none")
		return
	}
	last := s.entries[len(s.entries)-1]
	before := s.entries[:len(s.entries)-1]
	two := slices.ContainsFunc(before, func(e reading) bool { return e.org == last.org })
	l.must(f, two == (len(before) == 2), "the second entry is for the same organisation, or the third for neither")
	agrees := slices.ContainsFunc(before, func(e reading) bool { return !e.blind && slices.Equal(e.options, last.options) })
	v := p.ballots[f.id]
	number := uint32(slices.Index(p.sheets[f.id], s) + 1)
	cast := v != nil && v.paper == number && v.box == string(b.GetBox())
	want := votingv1.Agreement_AGREEMENT_UNRESOLVED
	switch {
	case agrees && cast:
		want = votingv1.Agreement_AGREEMENT_CAST
	case agrees:
		want = votingv1.Agreement_AGREEMENT_SUPERSEDED
		l.must(f, v != nil && (v.inPerson && !v.hosted && v.paper == 0 || v.paper > number), "a paper is superseded by nothing")
	case len(before) == 1:
		want = votingv1.Agreement_AGREEMENT_DISPUTED
	}
	l.must(f, b.GetAgreement() == want && (agrees || !cast), "the entries come to %v, it says %v", want, b.GetAgreement())
	s.agreement = b.GetAgreement()
}

// castOnPaper takes a ballot that two operators read off a sheet; the second entry stands behind it.
func (l *ledger) castOnPaper(f *fact, p *poll, b *votingv1.BallotCast) {
	l.paperHours(f, p)
	known := f.signed.Operation == "voting.reenter_paper" && int(b.GetPaper()) <= len(p.sheets[f.id])
	l.must(f, known && f.Actor != f.id, "a paper that is none, or its voter's own entry")
	v := p.ballots[f.id]
	if v == nil {
		v = &voted{}
		p.ballots[f.id] = v
	}
	l.must(f, b.GetReplaces() == v.count, "the ballot replaces %d, there are %d", b.GetReplaces(), v.count)
	l.must(f, b.GetInPerson() && !b.GetHosted() && b.GetMandate() == "", "a paper by telephone")
	l.must(f, b.GetChannel() == votingv1.Channel_CHANNEL_PAPER, "a paper by another channel")
	l.must(f, !v.inPerson || v.hosted || v.paper > 0 && v.paper < b.GetPaper(), "a paper undoes a vote in person, or a later paper")
	*v = voted{count: v.count + 1, box: string(b.GetBox()), inPerson: true, paper: b.GetPaper(), channel: b.GetChannel()}
}

// mayCheck: the checks are an auditor's whose organisation did not enter the paper.
func (l *ledger) mayCheck(f *fact, p *poll) {
	org := l.people[f.Actor].roles[communityv1.Role_ROLE_AUDITOR]
	l.must(f, org != "" && p.tally != nil && f.Actor != f.id, "a check by no auditor, or before the tally")
	if v := p.ballots[f.id]; v != nil && v.paper > 0 {
		for _, e := range p.sheets[f.id][v.paper-1].entries {
			l.must(f, e.org != org && e.operator != f.Actor, "a paper is checked by who entered it")
		}
	}
}

// drawn holds a sample to the block of the tally, and to the shares that the rules give.
func (l *ledger) drawn(f *fact, p *poll, b *votingv1.SamplesDrawn) {
	l.must(f, p.tally != nil && p.checks == nil, "a sample before the tally, or a second one")
	hash, id := p.tallied.Hash(), splitPath(f.path)[1]
	l.must(f, bytes.Equal(b.GetSeed(), hash[:]), "a sample by another block than the tally's")
	papers := ids(p.ballots, func(_ string, v *voted) bool { return v.paper > 0 })
	asked := ids(p.ballots, func(_ string, v *voted) bool { return v.paper > 0 || v.helped })
	if p.secret != nil {
		papers, asked = p.secret.slipsCounting(), ids(p.secret.brought, func(string, brought) bool { return true })
	}
	permille := int(p.rules.GetPaper().GetCallBackPermille())
	l.must(f, slices.Equal(b.GetCallBacks(), drawnBy(hash, id+"/call-back", asked, (len(asked)*permille+999)/1000)), "others are called back")
	compared := drawnBy(hash, id+"/comparison", papers, len(b.GetCompared()))
	l.must(f, int(b.GetPapers()) == len(papers) && slices.Equal(b.GetCompared(), compared), "others are compared")
	l.must(f, (b.GetWrongMin() == 0) == (len(b.GetCompared()) == 0) && int(b.GetWrongMin()) <= len(papers), "a sample of nothing")
	p.checks = &checks{
		callBacks: b.GetCallBacks(), compared: b.GetCompared(), differs: map[string]bool{}, answers: map[string]votingv1.Answer{},
	}
	p.wrongMin = int(b.GetWrongMin())
}

// drawnBy draws, as docs/format.md says in section 16.
func drawnBy(seed chain.Hash, label string, from []string, many int) []string {
	prefix := binary.BigEndian.AppendUint16([]byte("renlin/sample/1\n"+string(seed[:])), uint16(len(label)))
	seen := map[string]bool{}
	for counter := uint64(0); len(seen) < many; counter++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(append(slices.Clone(prefix), label...), counter))
		x, n := binary.BigEndian.Uint64(sum[:8]), uint64(len(from))
		if rest := (math.MaxUint64%n + 1) % n; rest == 0 || x <= math.MaxUint64-rest {
			seen[from[x%n]] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// channelsCounted holds what a tally says of channels and papers to the ledger's own.
func (l *ledger) channelsCounted(f *fact, p *poll, r *votingv1.ChannelReport, stands bool) {
	if p.rules.GetPaper() == nil {
		l.must(f, r == nil, "channels of a poll that has none")
		return
	}
	shares, got := map[votingv1.Channel]weight{}, map[votingv1.Channel]weight{}
	for voter, v := range p.ballots { // any order: sums
		shares[v.channel] = shares[v.channel].plus(p.roll[voter].weight)
	}
	for _, s := range r.GetChannels() {
		got[s.GetChannel()] = weight{s.GetHeads(), s.GetAreaCentiM2()}
	}
	l.must(f, maps.Equal(shares, got) && r.GetStandsWithoutPapers() == stands, "the channels brought %v, want %v", got, shares)
	var n [6]uint32 // issued, voided, half, disputed, unresolved, superseded
	entered, all := map[string]int{}, 0
	for voter, sheets := range p.sheets { // any order: sums
		for i, s := range sheets {
			v := p.ballots[voter]
			counts := v != nil && int(v.paper) == i+1
			n[0]++
			switch {
			case s.voided:
				n[1]++
			case len(s.entries) == 1:
				n[2]++
			case s.agreement == votingv1.Agreement_AGREEMENT_DISPUTED:
				n[3]++
			case s.agreement == votingv1.Agreement_AGREEMENT_UNRESOLVED:
				n[4]++
			case s.settled() && !counts:
				n[5]++
			}
			if counts {
				all++
				for _, e := range s.entries {
					entered[e.operator]++
				}
			}
		}
	}
	said := [6]uint32{
		r.GetPapersIssued(), r.GetPapersVoided(), r.GetPapersHalfEntered(), r.GetPapersDisputed(), r.GetPapersUnresolved(),
		r.GetPapersSuperseded(),
	}
	l.must(f, said == n, "the papers came to %v, want %v", said, n)
	over := 0
	for _, count := range entered { // any order: a sum
		over += int(one(count*1000 > all*int(p.rules.GetPaper().GetOperatorPermilleMax())))
	}
	l.must(f, len(r.GetOperatorsOver()) == over, "%d operators entered too much, it names %d", over, len(r.GetOperatorsOver()))
}

// audit is what a certificate must say of the checks.
func (l *ledger) audit(f *fact, p *poll, a *votingv1.PaperAudit) {
	papers := 0
	for _, v := range p.ballots { // any order: a sum
		papers += int(one(v.paper > 0))
	}
	if p.secret != nil {
		papers = len(p.secret.slipsCounting())
	}
	if p.checks == nil {
		unfinished := a.GetVerdict() == votingv1.PaperVerdict_PAPER_VERDICT_UNFINISHED
		l.must(f, (papers > 0) == unfinished && (a != nil) == unfinished, "nothing was drawn, and the certificate says %v", a)
		return
	}
	differing := 0
	for _, d := range p.checks.differs { // any order: a sum
		differing += int(one(d))
	}
	want := votingv1.PaperVerdict_PAPER_VERDICT_UNFINISHED
	switch done := len(p.checks.differs); {
	case papers == 0:
		want = votingv1.PaperVerdict_PAPER_VERDICT_UNSPECIFIED
	case p.wrongMin == 0:
		want = votingv1.PaperVerdict_PAPER_VERDICT_NOT_NEEDED
	case differing == 0 && done == len(p.checks.compared):
		want = votingv1.PaperVerdict_PAPER_VERDICT_CONFIRMED
	case differing > 0 && done == papers && differing < p.wrongMin:
		want = votingv1.PaperVerdict_PAPER_VERDICT_RECOUNTED
	case differing > 0 && done == papers:
		want = votingv1.PaperVerdict_PAPER_VERDICT_DOUBTFUL
	}
	l.must(f, a.GetVerdict() == want && int(a.GetDiffering()) == differing && int(a.GetCompared()) == len(p.checks.differs),
		"the audit came to %v, it says %v", want, a)
	l.must(f, int(a.GetConfirmed()+a.GetDenied()+a.GetUnreached()) == len(p.checks.answers), "other answers than were given")
}

// printed is a sheet that somebody of the crowd has in hand.
type printed struct {
	*ballot.Paper
	options []uint32
}

// paperPoll is an open poll with papers.
func (c *crowd) paperPoll() (string, *poll, bool) {
	id, ok := pick(c, ids(c.polls, func(_ string, p *poll) bool {
		return p.opened && p.key != "" && p.secret == nil && p.rules.GetPaper() != nil && (!p.closed || c.chance(30))
	}))
	if !ok {
		return "", nil, false
	}
	return id, c.polls[id], true
}

// watches makes a resident an auditor of the third organisation, as long as there is none.
func (c *crowd) watches() *deed {
	for _, p := range c.people { // any order: is there one
		if p.roles[communityv1.Role_ROLE_AUDITOR] == idFor(orgThree) && !p.revoked {
			return nil
		}
	}
	member, ok := c.resident()
	if !ok {
		return nil
	}
	return c.by(idFor(ann), "community.grant_role", &communityv1.GrantRole{
		Member: member, Role: communityv1.Role_ROLE_AUDITOR, Org: idFor(orgThree),
	}, idFor(bob))
}

func (c *crowd) issues() *deed {
	id, p, ok := c.paperPoll()
	officer, found := c.office(communityv1.Role_ROLE_OFFICER)
	if !ok || !found || c.again("issue "+id) {
		return nil
	}
	body := &votingv1.IssuePapers{Poll: id}
	for range 1 + c.r.IntN(3) {
		voter, ok := pick(c, slices.Sorted(maps.Keys(p.roll)))
		if !ok || slices.ContainsFunc(body.Papers, func(s *votingv1.PaperSerial) bool { return s.GetVoter() == voter }) {
			continue
		}
		s, err := ballot.NewPaper(c.noise, id, voter)
		if err != nil {
			panic(err)
		}
		commitment := s.Commitment()
		c.prints[ballot.PaperID(commitment[:])] = printed{s, c.choice(p)}
		body.Papers = append(body.Papers, &votingv1.PaperSerial{Voter: voter, Commitment: commitment[:]})
	}
	return c.by(officer, "voting.issue_papers", body)
}

// onTheDesk is a sheet that can be entered, mostly.
func (c *crowd) onTheDesk() (p *poll, s *sheet, print printed, ok bool) {
	_, p, ok = c.paperPoll()
	if !ok {
		return nil, nil, print, false
	}
	var all []*sheet
	for _, voter := range slices.Sorted(maps.Keys(p.sheets)) {
		for _, s := range p.sheets[voter] {
			if !s.settled() || c.chance(50) {
				all = append(all, s)
			}
		}
	}
	if s, ok = pick(c, all); !ok {
		return nil, nil, print, false
	}
	return p, s, c.prints[s.id], true
}

// enters reads a sheet and enters it, now and then wrongly, or as somebody who may not.
func (c *crowd) enters() *deed {
	p, s, print, ok := c.onTheDesk()
	if !ok || len(s.entries) >= ballot.EntriesMax || c.again(fmt.Sprint("enter ", s.id, len(s.entries))) {
		return nil
	}
	operator, ok := pick(c, ids(c.people, func(id string, _ *person) bool {
		org := c.operatorOrg(id)
		again := slices.ContainsFunc(s.entries, func(e reading) bool { return e.operator == id })
		same := slices.ContainsFunc(s.entries, func(e reading) bool { return e.org == org })
		fits := !again && (len(s.entries) == 0 || same == (len(s.entries) == 2))
		return org != "" && c.active(id) && c.hasKey(id) && (fits || c.chance(20))
	}))
	if !ok {
		return nil
	}
	options := print.options
	if c.chance(250) {
		options = c.choice(p)
	}
	choice := &votingv1.Choice{Options: options}
	key := pollKeyOf(p.key)
	box := key.seal(c.noise, print.Poll, print.Voter, choice)
	c.made[string(box)] = intent{poll: print.Poll, voter: print.Voter, key: key.public, options: options, operator: operator}
	mark, proof := print.Mark(choice), print.Proof(len(s.entries)+1)
	if len(s.entries) == 0 {
		sealed := ballot.SealMark(operator, mark[:])
		return c.by(operator, "voting.enter_paper", &votingv1.EnterPaper{
			Poll: print.Poll, Voter: print.Voter, Paper: s.id, Proof: proof[:], SealedMark: sealed[:], Box: box, Evidence: textFor("a picture"),
		})
	}
	return c.by(operator, "voting.reenter_paper", &votingv1.ReenterPaper{
		Poll: print.Poll, Voter: print.Voter, Paper: s.id, Proof: proof[:], Mark: mark[:], Box: box, Evidence: textFor("a picture"),
	})
}

func (c *crowd) voids() *deed {
	_, s, print, ok := c.onTheDesk()
	officer, found := c.office(communityv1.Role_ROLE_OFFICER)
	if !ok || !found {
		return nil
	}
	return c.by(officer, "voting.void_paper", &votingv1.VoidPaper{Poll: print.Poll, Voter: print.Voter, Paper: s.id})
}

// draws names the block that holds a tally, or, rarely, another.
func (c *crowd) draws() *deed {
	id, ok := pick(c, ids(c.polls, func(_ string, p *poll) bool {
		return p.tally != nil && !p.certified && p.rules.GetPaper() != nil && p.checks == nil
	}))
	who, found := c.member()
	if !ok || !found || c.again("draw "+id) {
		return nil
	}
	header := *c.polls[id].tallied
	if c.chance(50) {
		header.First += uint64(header.Count)
	}
	sealed := chain.Seal(header, signerOf("epoch").private)
	return c.by(who, "voting.draw_samples", &votingv1.DrawSamples{Poll: id, Block: sealed.Encode()})
}

// checksOne compares a sheet or calls a voter back.
func (c *crowd) checksOne() *deed {
	id, ok := pick(c, ids(c.polls, func(_ string, p *poll) bool { return p.checks != nil && p.secret == nil && !p.certified }))
	auditor, found := c.office(communityv1.Role_ROLE_AUDITOR)
	if !ok || !found {
		return nil
	}
	p := c.polls[id]
	if voter, ok := pick(c, p.checks.callBacks); ok && c.chance(300) {
		answer := votingv1.Answer(1 + c.r.IntN(3))
		return c.by(auditor, "voting.record_call_back", &votingv1.RecordCallBack{Poll: id, Voter: voter, Answer: answer})
	}
	from := p.checks.compared
	if p.checks.recount {
		from = ids(p.ballots, func(_ string, v *voted) bool { return v.paper > 0 })
	}
	from = slices.DeleteFunc(slices.Clone(from), func(voter string) bool { _, done := p.checks.differs[voter]; return done && !c.chance(20) })
	voter, ok := pick(c, from)
	if !ok {
		return nil
	}
	return c.by(auditor, "voting.compare_ballot", &votingv1.CompareBallot{Poll: id, Voter: voter, Differs: c.chance(300)})
}
