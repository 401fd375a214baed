package services_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

const (
	ofDevice = votingv1.Channel_CHANNEL_UNSPECIFIED
	byHelper = votingv1.Channel_CHANNEL_HELPER
	onPaper  = votingv1.Channel_CHANNEL_PAPER
)

// brought is how a voter came to be registered by another hand than theirs.
type brought struct {
	channel votingv1.Channel // by a helper, or on a sheet
	actor   string           // the helper, or who gave the sheet
	org     string           // of a sheet
}

// slip is the sheet that a credential is on, as operators entered it.
type slip struct {
	entries   []slipReading
	agreement votingv1.Agreement
	cast      string // the ballot that was cast from it
}

// slipReading is one operator's entry.
type slipReading struct{ operator, org, ballot string }

// read is what is behind a mark, as its maker knows: the ballot, and of a sealed one in whose name.
type read struct{ ballot, sealedFor string }

func (s *slip) settled() bool {
	return s.agreement != 0 && s.agreement != votingv1.Agreement_AGREEMENT_DISPUTED
}

// rank orders ways to register.
func rank(c votingv1.Channel) int {
	return map[votingv1.Channel]int{byHelper: 1, onPaper: 2, ofDevice: 3}[c]
}

// registeredAs holds who registers a voter, and how, against what stands.
func (l *ledger) registeredAs(f *fact, p *poll, b *votingv1.VoterRegistered) {
	s, how := p.secret, brought{}
	last, again := s.brought[f.id]
	_, on := p.roll[f.id]
	l.must(f, on, "a registration of whom is not on the roll")
	switch {
	case f.signed.Operation == "voting.register_papers":
		how = brought{onPaper, f.Actor, l.people[f.Actor].roles[communityv1.Role_ROLE_OFFICER]}
		may := f.Actor != f.id && f.asked().Mandate == "" && f.Actor != p.convener && p.rules.GetPaper() != nil
		l.must(f, may, "a sheet by whom it may not be given")
		places := []votingv1.Channel{onPaper, votingv1.Channel_CHANNEL_KIOSK, votingv1.Channel_CHANNEL_DOOR}
		l.must(f, slices.Contains(places, b.GetChannel()) && b.GetOrg() == how.org, "a sheet from nowhere, or for another organisation")
		s.givers[f.Actor] = true
	case b.GetMandate() != "":
		how.channel, how.actor = byHelper, f.Through
		m := l.mandates[b.GetMandate()]
		l.must(f, f.id == f.Actor && f.Through == m.helper && f.Through != p.convener, "a helper registers somebody else's principal")
		old := m.at <= p.sealedAt || !m.organisations && l.keys[m.key].position <= p.sealedAt
		l.must(f, old && l.keys[string(f.signed.Signatures[0].Key)].position <= p.sealedAt, "a mandate or a device that came after the roll")
		l.must(f, b.GetChannel() == byHelper && b.GetOrg() == "", "a helper's registration is marked otherwise")
	default:
		l.must(f, f.id == f.Actor && f.Through == "", "a registration for another")
		k := l.keys[string(f.signed.Signatures[0].Key)]
		l.must(f, k != nil && k.position <= p.sealedAt, "a registration by a key that came after the roll")
		l.must(f, b.GetChannel() == ofDevice && b.GetOrg() == "", "a voter's own registration is marked otherwise")
	}
	l.must(f, f.signed.Operation == "voting.register_papers" || b.GetMandate() == f.asked().Mandate, "the mark of a helper's hand is missing")
	_, registered := s.registered[f.id]
	if registered && !again {
		last = brought{}
	}
	l.must(f, !registered || rank(how.channel) >= rank(last.channel), "a registration replaces one that is worth more")
	another := how.channel == onPaper && last.channel == onPaper && last.actor != f.Actor
	l.must(f, !another, "an officer's sheet replaces another officer's")
	delete(s.brought, f.id)
	if how.channel != ofDevice {
		s.brought[f.id] = how
	}
}

// mark is what a ballot on a sheet is known by, as docs/format.md says of sheets.
func slipMark(ballot string) []byte {
	sum := sha256.Sum256([]byte("renlin/sheet/mark/1\n" + ballot))
	return sum[:]
}

func sealedMark(operator string, mark []byte) []byte {
	sum := sha256.Sum256(append([]byte("renlin/paper/seal/1\n"+operator), mark...))
	return sum[:]
}

func slipEntry(poll, operator string, mark []byte) []byte {
	return append(prefixed("renlin/sheet/entry/1\n", poll, operator), mark...)
}

// slipRead takes an entry and answers its sheet.
func (l *ledger) slipRead(f *fact, p *poll, key []byte, org string, mark, proof []byte) *slip {
	s := p.secret
	row, on := s.rowOf(string(key))
	l.must(f, on && row.how == onPaper && f.id == chain.KeyID(key), "a sheet is entered that nobody was given")
	open := p.opened && !p.closed && f.Time < p.closesAt && f.block < p.closesAt && f.block >= p.opensAt
	l.must(f, open && p.rules.GetPaper() != nil, "a sheet out of hours, or in a poll without paper")
	l.must(f, f.Actor != p.convener && !s.givers[f.Actor], "a sheet is entered by whom it may not")
	l.must(f, org != "" && org == l.operatorOrg(f.Actor), "a sheet is entered for another organisation")
	l.must(f, ed25519.Verify(key, slipEntry(splitPath(f.path)[1], f.Actor, mark), proof), "a sheet is entered by whom who has not read it")
	sheet := s.slips[string(key)]
	if sheet == nil {
		sheet = &slip{}
		s.slips[string(key)] = sheet
	}
	l.must(f, !sheet.settled(), "a sheet is entered that is done with")
	again := slices.ContainsFunc(sheet.entries, func(e slipReading) bool { return e.operator == f.Actor })
	l.must(f, !again, "an operator enters a sheet twice")
	return sheet
}

// slipped takes what is said of sheets, and tells whether a fact is that.
func (l *ledger) slipped(f *fact, p *poll) bool {
	switch b := f.body.(type) {
	case *votingv1.SecretPaperEntered:
		s := l.slipRead(f, p, b.GetKey(), b.GetOrg(), b.GetSealedMark(), b.GetProof())
		l.must(f, len(s.entries) == 0, "a first entry that is none")
		meant := l.seen(b.GetSealedMark())
		if meant.sealedFor != f.Actor {
			meant.ballot = ""
		}
		s.entries = append(s.entries, slipReading{f.Actor, b.GetOrg(), meant.ballot})
	case *votingv1.SecretPaperReentered:
		s := l.slipRead(f, p, b.GetKey(), b.GetOrg(), b.GetMark(), b.GetProof())
		meant := l.seen(b.GetMark())
		l.must(f, bytes.Equal(slipMark(meant.ballot), b.GetMark()), "a mark of no ballot")
		org := slices.ContainsFunc(s.entries, func(e slipReading) bool { return e.org == b.GetOrg() })
		l.must(f, len(s.entries) > 0 && len(s.entries) < 3 && org == (len(s.entries) == 2), "a further entry for the wrong organisation")
		twin := 1 + slices.IndexFunc(s.entries, func(e slipReading) bool { return e.ballot == meant.ballot })
		s.agreement = votingv1.Agreement_AGREEMENT_CAST
		switch {
		case twin == 0 && len(s.entries) == 1:
			s.agreement = votingv1.Agreement_AGREEMENT_DISPUTED
		case twin == 0:
			s.agreement = votingv1.Agreement_AGREEMENT_UNRESOLVED
		}
		l.must(f, b.GetAgreement() == s.agreement && int(b.GetTwin()) == twin, "the entries come to %v, it says %v", s.agreement, b)
		right := s.cast == "" && twin == 0 || twin > 0 && s.cast == meant.ballot
		l.must(f, right, "another ballot is cast than two have read, or none, or one that they have not")
		s.entries = append(s.entries, slipReading{f.Actor, b.GetOrg(), meant.ballot})
	default:
		return false
	}
	return true
}

// castOnSlip takes a ballot that two operators read off a sheet; what the second said stands behind it in the same commit.
func (l *ledger) castOnSlip(f *fact, p *poll, b *votingv1.SecretBallotCast) {
	s := p.secret
	sheet := s.slips[string(b.GetKey())]
	if sheet == nil || sheet.settled() || f.signed.Operation != "voting.reenter_secret_paper" || f.id != chain.KeyID(b.GetKey()) {
		l.complain(f, "a ballot from a sheet that nobody entered twice")
		return
	}
	sheet.cast = string(b.GetBallot())
	meant, known := l.hid(b.GetBallot())
	l.must(f, known && meant.sequence == 0 && meant.key == string(b.GetKey()), "a ballot from a sheet that nobody marked so")
	u := s.urns[string(b.GetKey())]
	if u == nil {
		u = &urn{drawn: map[string]bool{}}
		s.urns[string(b.GetKey())] = u
	}
	l.must(f, u.last == nil && u.sequence == 0, "a sheet is cast twice, or after a device")
	u.last, u.counts, u.slip = b.GetBallot(), 0, true
}

// slipsCounting are the credentials for which their sheets count, by key id.
func (s *secret) slipsCounting() (out []string) {
	for _, r := range s.taking() {
		if s.urns[r.key].slip {
			out = append(out, chain.KeyID([]byte(r.key)))
		}
	}
	slices.Sort(out)
	return out
}

// cameBy is how what counts for a credential came.
func (s *secret) cameBy(r listedKey) votingv1.Channel {
	switch {
	case s.urns[r.key].slip:
		return onPaper
	case r.how == byHelper:
		return byHelper
	}
	return votingv1.Channel_CHANNEL_DEVICE
}

// channelsInSecret are what a secret poll's tally must say of channels and of helpers.
func (l *ledger) channelsInSecret(p *poll) (*votingv1.ChannelReport, *votingv1.CastBy) {
	s, shares := p.secret, map[votingv1.Channel]*votingv1.ChannelShare{}
	for _, r := range s.taking() {
		c := s.cameBy(r)
		if shares[c] == nil {
			shares[c] = &votingv1.ChannelShare{Channel: c}
		}
		shares[c].Ballots, shares[c].Heads, shares[c].AreaCentiM2 = shares[c].Ballots+1, shares[c].Heads+r.heads, shares[c].AreaCentiM2+r.area
	}
	share := func(c votingv1.Channel) *votingv1.CastShare {
		return &votingv1.CastShare{Ballots: shares[c].GetBallots(), Heads: shares[c].GetHeads(), AreaCentiM2: shares[c].GetAreaCentiM2()}
	}
	var by *votingv1.CastBy
	if shares[byHelper] != nil {
		by = &votingv1.CastBy{Device: share(votingv1.Channel_CHANNEL_DEVICE), Hosted: &votingv1.CastShare{}, Helper: share(byHelper)}
		if shares[onPaper] != nil {
			by.Paper = share(onPaper)
		}
	}
	if p.rules.GetPaper() == nil {
		return nil, by
	}
	out := &votingv1.ChannelReport{}
	for _, c := range []votingv1.Channel{votingv1.Channel_CHANNEL_DEVICE, byHelper, onPaper} { // ascending
		if shares[c] != nil {
			out.Channels = append(out.Channels, shares[c])
		}
	}
	entered, all := map[string]uint32{}, 0
	for _, r := range s.rows {
		out.PapersIssued += one(r.how == onPaper)
		sheet, counts := s.slips[r.key], s.urns[r.key] != nil && s.urns[r.key].slip
		if sheet == nil {
			continue
		}
		all += int(one(counts))
		out.PapersHalfEntered += one(len(sheet.entries) == 1)
		out.PapersDisputed += one(sheet.agreement == votingv1.Agreement_AGREEMENT_DISPUTED)
		out.PapersUnresolved += one(sheet.agreement == votingv1.Agreement_AGREEMENT_UNRESOLVED)
		for _, e := range sheet.entries {
			entered[e.operator] += one(counts)
		}
	}
	for _, who := range ids(entered, func(string, uint32) bool { return true }) {
		if int(entered[who])*1000 > all*int(p.rules.GetPaper().GetOperatorPermilleMax()) {
			out.OperatorsOver = append(out.OperatorsOver, &votingv1.OperatorShare{Operator: who, Papers: entered[who]})
		}
	}
	return out, by
}

// mayCheckSlip: as mayCheck, of a secret poll's sheet, and of a voter whom somebody else has registered.
func (l *ledger) mayCheckSlip(f *fact, p *poll) {
	org := l.people[f.Actor].roles[communityv1.Role_ROLE_AUDITOR]
	l.must(f, org != "" && p.tally != nil && f.Actor != f.id, "a check by no auditor, or before the tally")
	if how, registered := p.secret.brought[f.id]; registered {
		l.must(f, how.org != org && how.actor != f.Actor, "a voter is called back by who gave them their sheet")
	}
	for key, sheet := range p.secret.slips { // any order: at most one is it
		for _, e := range sheet.entries {
			mine := chain.KeyID([]byte(key)) == f.id
			l.must(f, !mine || e.org != org && e.operator != f.Actor, "a sheet is compared by who entered it")
		}
	}
}

// slipCompared takes what an auditor says of a sheet.
func (l *ledger) slipCompared(f *fact, p *poll, b *votingv1.BallotCompared) {
	at := slices.IndexFunc(p.secret.rows, func(r listedKey) bool { return chain.KeyID([]byte(r.key)) == f.id })
	counts := slices.Contains(p.secret.slipsCounting(), f.id)
	if at < 0 || p.checks == nil || !counts || !p.checks.recount && !slices.Contains(p.checks.compared, f.id) {
		l.complain(f, "a sheet is compared that is not to be")
		return
	}
	_, again := p.checks.differs[f.id]
	l.must(f, !again, "a sheet is compared twice")
	l.mayCheckSlip(f, p)
	l.must(f, !p.secret.givers[f.Actor], "a sheet is compared by who gave sheets out")
	key := p.secret.rows[at].key
	input := append(prefixed("renlin/sheet/audit/1\n", splitPath(f.path)[1], f.Actor), slipMark(string(p.secret.urns[key].last))...)
	l.must(f, b.GetDiffers() || ed25519.Verify([]byte(key), input, b.GetProof()), "a sheet is said to be right that nobody has read")
	p.checks.differs[f.id] = b.GetDiffers()
}

// givesSheets has an officer register voters by sheets, sometimes who has registered, or themselves.
func (c *crowd) givesSheets() *deed {
	id, p, s, ok := c.veiled(func(p *poll, s *secret) bool {
		return s.registering() && !p.dead && p.rules.GetPaper() != nil && len(s.brought) < 3
	})
	officer, found := pick(c, ids(c.people, func(who string, _ *person) bool {
		return c.officerOf(who) != "" && c.active(who) && c.hasKey(who) && (c.officerOf(who) == idFor(orgThree) || c.chance(30))
	}))
	if !ok || !found || c.lately("give "+id, 5) {
		return nil
	}
	body := &votingv1.RegisterPapers{Poll: id}
	if c.chance(300) {
		body.Station = votingv1.Channel_CHANNEL_DOOR
	}
	for range 1 + c.r.IntN(2) {
		voter, ok := pick(c, ids(p.roll, func(m string, _ voter) bool {
			_, done := s.registered[m]
			return m != officer && !done || c.chance(30)
		}))
		if !ok {
			continue
		}
		w := c.wallet(id, voter, "sheet")
		body.Sheets = append(body.Sheets, &votingv1.SheetRegistration{
			Voter: voter, Commitment: commitmentTo(id, voter, w.salt, w.key),
			Receipt: c.receipt(id, s.registrar, voter, commitmentTo(id, voter, w.salt, w.key)),
		})
	}
	return c.by(officer, "voting.register_papers", body)
}

// staffs makes a resident an officer of the third organisation, who gives sheets out, as long as there is none.
func (c *crowd) staffs() *deed {
	for who := range c.people { // any order: is there one
		if c.officerOf(who) == idFor(orgThree) && c.active(who) {
			return nil
		}
	}
	member, ok := c.resident()
	if !ok || !c.veils || c.again("staffs") {
		return nil
	}
	return c.by(idFor(ann), "community.grant_role", &communityv1.GrantRole{
		Member: member, Role: communityv1.Role_ROLE_OFFICER, Org: idFor(orgThree),
	}, idFor(bob))
}

// wallet makes a credential and keeps it.
func (c *crowd) wallet(id, voter, what string) *wallet {
	w := &wallet{voter: voter, key: keyFor(fmt.Sprintf("%s %d of %s", what, len(c.wallets)%64, voter)), salt: make([]byte, 32)}
	if _, err := io.ReadFull(c.noise, w.salt); err != nil {
		panic(err)
	}
	c.wallets[string(commitmentTo(id, voter, w.salt, w.key))] = w
	return w
}

// registersFor has a helper register a mandate's principal.
func (c *crowd) registersFor(m *mandate) *deed {
	id, _, s, ok := c.veiled(func(p *poll, s *secret) bool {
		_, on := p.roll[m.principal]
		return s.registering() && !p.dead && on && (m.poll == "" || p == c.polls[m.poll])
	})
	if !ok {
		return nil
	}
	w := c.wallet(id, m.principal, "credential")
	commitment := commitmentTo(id, m.principal, w.salt, w.key)
	return &deed{operation: "voting.register", body: &votingv1.RegisterVoter{
		Poll: id, Voter: m.principal, Commitment: commitment, Receipt: c.receipt(id, s.registrar, m.principal, commitment),
	}}
}

// signsAs is a credential's signature.
func signsAs(key, input []byte) []byte {
	private, ok := byKey.Load(string(key))
	if !ok {
		panic("a credential without a key")
	}
	return ed25519.Sign(private.(ed25519.PrivateKey), input)
}

// marksSlip is what follows from a sheet and a choice: the same whoever reads the same.
func (c *crowd) marksSlip(id string, p *poll, key []byte, which int) string {
	name := fmt.Sprint(string(key), which)
	if made, ok := c.slipsMade[name]; ok {
		return made
	}
	choice := make([]int64, max(3, len(p.question.GetOptions())))
	choice[which] = 1
	voter := secretballot.Voter{Pseudonym: [secretballot.PseudonymBytes]byte(key)}
	ballot, opening, err := c.forPoll(p).Encrypt(c.noise, voter, choice)
	if err != nil {
		panic(err)
	}
	c.hides[string(ballot)] = hidden{poll: id, key: string(key), choice: choice, opening: opening.Bytes()}
	c.slipsMade[name] = string(ballot)
	return string(ballot)
}

// entersSlip reads a sheet and enters it, now and then wrongly, or as somebody who may not.
func (c *crowd) entersSlip() *deed {
	id, p, s, ok := c.veiled(func(p *poll, s *secret) bool {
		return p.opened && (!p.closed || c.chance(5)) && p.rules.GetPaper() != nil
	})
	if !ok || !p.opened {
		return nil
	}
	row, ok := pick(c, slices.DeleteFunc(slices.Clone(s.rows), func(r listedKey) bool {
		sheet := s.slips[r.key]
		return r.how != onPaper && !c.chance(10) || sheet != nil && sheet.settled() && !c.chance(30)
	}))
	if _, ours := byKey.Load(row.key); !ok || !ours {
		return nil
	}
	sheet := s.slips[row.key]
	if sheet == nil {
		sheet = &slip{}
	}
	operator, ok := pick(c, ids(c.people, func(who string, _ *person) bool {
		org := c.operatorOrg(who)
		again := slices.ContainsFunc(sheet.entries, func(e slipReading) bool { return e.operator == who })
		same := slices.ContainsFunc(sheet.entries, func(e slipReading) bool { return e.org == org })
		fits := !again && !s.givers[who] && (len(sheet.entries) == 0 || same == (len(sheet.entries) == 2))
		return org != "" && c.active(who) && c.hasKey(who) && (fits || c.chance(40) || s.givers[who] && c.chance(200))
	}))
	if !ok || len(sheet.entries) > 2 || c.lately(fmt.Sprint("slip ", row.key, len(sheet.entries)), 5) {
		return nil
	}
	key, options := []byte(row.key), max(3, len(p.question.GetOptions()))
	which := int(key[0]) % options // what is marked on it
	if c.chance(250) {
		which = c.r.IntN(options)
	}
	ballot := c.marksSlip(id, p, key, which)
	mark, as := slipMark(ballot), operator
	if len(sheet.entries) == 0 {
		if c.chance(30) {
			as = idFor(neighbour(0))
		}
		sealed := sealedMark(as, mark)
		c.behind[string(sealed)] = read{ballot, as}
		return c.by(operator, "voting.enter_secret_paper", &votingv1.EnterSecretPaper{
			Poll: id, Key: key, SealedMark: sealed, Proof: signsAs(key, slipEntry(id, operator, sealed)),
		})
	}
	c.behind[string(mark)] = read{ballot: ballot}
	if c.chance(30) {
		as = idFor(neighbour(0)) // another's proof
	}
	return c.by(operator, "voting.reenter_secret_paper", &votingv1.ReenterSecretPaper{
		Poll: id, Key: key, Ballot: []byte(ballot), Proof: signsAs(key, slipEntry(id, as, mark)),
	})
}

// comparesSlip has an auditor compare a sheet, or call a voter back whom somebody registered.
func (c *crowd) comparesSlip() *deed {
	id, ok := pick(c, ids(c.polls, func(_ string, p *poll) bool { return p.secret != nil && p.checks != nil && !p.certified }))
	auditor, found := c.office(communityv1.Role_ROLE_AUDITOR)
	if !ok || !found {
		return nil
	}
	p := c.polls[id]
	if voter, ok := pick(c, p.checks.callBacks); ok && c.chance(300) {
		return c.by(auditor, "voting.record_call_back", &votingv1.RecordCallBack{
			Poll: id, Voter: voter, Answer: votingv1.Answer(1 + c.r.IntN(3)),
		})
	}
	row, ok := pick(c, slices.DeleteFunc(p.secret.taking(), func(r listedKey) bool {
		_, done := p.checks.differs[chain.KeyID([]byte(r.key))]
		return !p.secret.urns[r.key].slip || done && !c.chance(20)
	}))
	if !ok {
		return nil
	}
	body := &votingv1.CompareSecretPaper{Poll: id, Key: []byte(row.key), Differs: c.chance(200)}
	if !body.Differs && !c.chance(30) {
		input := append(prefixed("renlin/sheet/audit/1\n", id, auditor), slipMark(string(p.secret.urns[row.key].last))...)
		body.Proof = signsAs(body.Key, input)
	}
	return c.by(auditor, "voting.compare_secret_paper", body)
}
