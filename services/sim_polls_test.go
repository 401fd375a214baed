package services_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// intent is what a voter meant by a box. The ledger never opens one: it asks whoever made it.
type intent struct {
	poll, voter string
	key         string // to which it is sealed: the poll's own may have been refused since, and replaced
	options     []uint32
	operator    string // who reads it off a paper, and seals what they read
}

type weight struct {
	heads, area int64
}

// voter is one entry of a roll.
type voter struct {
	weight
	units []string // ascending
}

func (w weight) plus(x weight) weight { return weight{w.heads + x.heads, w.area + x.area} }

// voted is a voter's ballots in one poll.
type voted struct {
	count            uint64
	box              string
	hosted, inPerson bool
	helped           bool // by a helper's hand
	paper            uint32
	channel          votingv1.Channel
}

type poll struct {
	motion, appeal    string
	matter, convener  string
	question          *proposalv1.Motion
	rules             *communityv1.PollRules
	key               string // to which ballots are sealed
	offeredBy, heldBy string
	refused           int
	opensBy           int64
	sealedAt          uint64
	roll              map[string]voter
	all               weight // of which a quorum is a share
	opened            bool
	dead              bool // it will never open
	opensAt, closesAt int64
	ballots           map[string]*voted
	closed            bool
	keyMissingAt      int64
	private           []byte
	keyMissing        bool
	tally             *votingv1.Tally
	objectionsUntil   int64
	objections        map[string]bool
	certified         bool
	notice            *announced // nil where there is none
	moved
	council    *council            // nil for polls by two key holders
	secret     *secret             // nil for open polls
	seed       []byte              // by which ties are broken
	sheets     map[string][]*sheet // by voter, in the order in which they were issued
	serials    map[string]bool
	tallied    *chain.Header // of the block that holds the tally
	auditUntil int64
	checks     *checks // nil until drawn
	wrongMin   int
}

// sealRoll computes the electorate as it stands, and the whole of which a quorum is a share: whoever is taken off the roll stays in that.
func (l *ledger) sealRoll(e communityv1.Electorate) (map[string]voter, weight) {
	roll, all, owners := map[string]voter{}, weight{}, map[string]bool{}
	members := e == communityv1.Electorate_ELECTORATE_MEMBERS
	for id := range l.people { // any order: each has an entry of their own
		if l.counts(id) && members {
			roll[id] = voter{weight: weight{heads: 1}}
			all.heads++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(l.flats)) {
		u := l.flats[id]
		if !l.effective(u.batch) {
			continue
		}
		all.area += u.area
		owners[u.owner] = true // what nobody owns counts as one head
		if l.counts(u.owner) {
			v := roll[u.owner]
			roll[u.owner] = voter{weight{1, v.area + u.area}, append(v.units, id)}
		}
	}
	if !members {
		all.heads = int64(len(owners))
	}
	return roll, all
}

// rollRoot is the RFC 6962 root over a roll, written down from docs/format.md.
func (l *ledger) rollRoot(roll map[string]voter) []byte {
	str := func(b []byte, s string) []byte { return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...) }
	i64 := func(b []byte, n int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(n)) }
	var leaves [][]byte
	for _, id := range slices.Sorted(maps.Keys(roll)) {
		v := roll[id]
		b := i64(i64(str([]byte("renlin/roll/2\n"), id), v.heads), v.area)
		b = binary.BigEndian.AppendUint32(b, uint32(len(v.units)))
		for _, unit := range v.units {
			b = i64(str(b, unit), l.flats[unit].area)
		}
		entry := sha256.Sum256(b)
		leaf := sha256.Sum256(append([]byte{0}, entry[:]...))
		leaves = append(leaves, leaf[:])
	}
	return treeRoot(leaves)
}

func treeRoot(leaves [][]byte) []byte {
	if len(leaves) == 1 {
		return leaves[0]
	}
	half := 1
	for 2*half < len(leaves) {
		half *= 2
	}
	sum := sha256.Sum256(slices.Concat([]byte{1}, treeRoot(leaves[:half]), treeRoot(leaves[half:])))
	return sum[:]
}

// voting takes the facts from a poll's call to its opening.
func (l *ledger) voting(f *fact) {
	id := splitPath(f.path)[1]
	p := l.polls[id]
	if b, failed := f.body.(*votingv1.QuestionFailed); failed {
		l.failed(f, b)
		return
	}
	if _, last := f.body.(*chainv1.Retired); last {
		l.must(f, p.certified, "a poll is put away without a certificate")
		return
	}
	if p != nil && p.certified {
		l.complain(f, "something happens to a poll that is certified")
		return
	}
	if l.secrets(f, p) || l.papers(f, p) || l.notices(f, p) || l.trusteed(f, p) {
		return
	}
	switch b := f.body.(type) {
	case *votingv1.PollCalled:
		l.called(f, b)
	case *votingv1.PollKeyOffered:
		l.must(f, p.key == "" && l.holderOrg(f.Actor) != "", "a second key, or by nobody who holds keys")
		l.inTime(f, p)
		p.key, p.offeredBy = string(b.GetBoxKey()), f.Actor
	case *votingv1.PollKeyRefused:
		org := l.holderOrg(f.Actor)
		l.must(f, p.key == string(b.GetBoxKey()) && p.heldBy == "" && org != "" && org != l.holderOrg(p.offeredBy),
			"a key refused that is not to be held, or by whom it was not offered")
		l.inTime(f, p)
		p.key, p.offeredBy, p.refused = "", "", p.refused+1
	case *votingv1.OpeningLapsed:
		late := p.heldBy == "" && (f.Time >= p.opensBy || p.blocked) && f.Author == chain.AuthorPolicy
		few := p.tooFew() && b.GetReason() == "trustees.too_few"
		unfit := p.refused == 3 || p.heldBy != "" && len(p.roll) == 0 || b.GetReason() == l.secretLapses(f, p)
		l.must(f, !p.dead && !p.opened && (late || few || unfit) && b.GetReason() != "",
			"a poll lapses that could be opened, or without a reason")
		l.must(f, b.GetMotion() == p.motion && b.GetAppeal() == p.appeal, "the opening of another motion's poll lapses")
		p.dead = true
		l.appealHeld(f, p.appeal, votingv1.Result_RESULT_UNSPECIFIED)
	case *votingv1.BoxKeyTaken:
		l.must(f, !l.boxKeys[f.id], "a key for two polls")
		l.boxKeys[f.id] = true
	case *votingv1.PollKeyHeld:
		l.must(f, p.heldBy == "" && p.key != "", "a key held that nobody offered, or twice")
		org := l.holderOrg(f.Actor)
		l.must(f, org != "" && org != l.holderOrg(p.offeredBy), "one organisation has the key alone")
		l.inTime(f, p)
		p.heldBy, p.sealedAt = f.Actor, f.at
		p.roll, p.all = l.sealRoll(p.rules.GetElectorate())
	case *votingv1.PollOpened:
		l.must(f, p.heldBy != "" && !p.opened && f.Author == chain.AuthorPolicy && f.Cause == p.announcedAt(), "opened by a hand, or twice")
		l.openedInSecret(f, p, b)
		l.must(f, p.notice == nil || f.Time >= p.notice.opensAt, "opened before the notice's time is over")
		roll := l.rollOf(p)
		l.must(f, proto.Equal(roll, b.GetRoll()), "the roll is not what it was when the key was held: %v, want %v", b.GetRoll(), roll)
		closes := f.Time + 1000*int64(p.rules.GetVotingSeconds())
		l.must(f, b.GetOpenedAt() == f.Time && b.GetClosesAt() == closes, "other hours than its rules give")
		p.opened, p.opensAt, p.closesAt = true, b.GetOpenedAt(), b.GetClosesAt()
	case *votingv1.BallotCast:
		if b.GetPaper() > 0 {
			l.castOnPaper(f, p, b)
			return
		}
		l.cast(f, p, b)
	case *votingv1.ProxyCounted:
		l.proxied(f, p, b)
	case *votingv1.DeadlineReached, *votingv1.PollExtended, *votingv1.BallotsRecounted:
		l.deadline(f, p)
	default:
		l.after(f, p)
	}
}

// rollOf is a roll's public summary.
func (l *ledger) rollOf(p *poll) *votingv1.Roll {
	var sum weight
	for _, w := range p.roll { // any order: a sum
		sum = sum.plus(w.weight)
	}
	return &votingv1.Roll{
		Voters: uint32(len(p.roll)), Heads: sum.heads, AreaCentiM2: sum.area, Position: p.sealedAt,
		Root: l.rollRoot(p.roll), AllHeads: p.all.heads, AllAreaCentiM2: p.all.area,
	}
}

// announcedAt is the position of what the opening follows from.
func (p *poll) announcedAt() uint64 {
	if p.secret != nil {
		if p.notice != nil && p.notice.at > p.secret.sealedAt {
			return p.notice.at
		}
		return p.secret.sealedAt
	}
	if p.notice != nil {
		return p.notice.at
	}
	return p.sealedAt
}

// inTime: a poll's key comes before its opening lapses.
func (l *ledger) inTime(f *fact, p *poll) {
	l.must(f, !p.dead && f.Time < p.opensBy && f.block < p.opensBy, "a word on the key of a poll that has lapsed")
}

func (l *ledger) called(f *fact, b *votingv1.PollCalled) {
	l.must(f, l.polls[f.id] == nil, "a poll is called twice")
	l.polls[f.id] = &poll{
		motion: b.GetMotion(), appeal: b.GetAppeal(), matter: b.GetMatter(), convener: b.GetConvener(), question: b.GetQuestion(),
		rules: b.GetRules(), ballots: map[string]*voted{}, objections: map[string]bool{},
		opensBy: b.GetOpensBy(), sheets: map[string][]*sheet{}, serials: map[string]bool{},
	}
	l.polls[f.id].council, l.polls[f.id].secret = l.councilOf(b.GetRules()), secretOf(b.GetRules())
	within := cmp.Or(int64(b.GetRules().GetOpenWithinSeconds()), 7*24*3600)
	opensBy := f.Time + 1000*within
	if b.GetRules().GetTurnout() != nil && b.GetAppeal() == "" && f.Time < l.waits[waiting(b.GetMatter(), b.GetQuestion())] {
		l.must(f, b.GetMotion() != "", "a convener puts a question again that waits")
		l.polls[f.id].blocked, opensBy = true, 0
	}
	l.must(f, b.GetOpensBy() == opensBy, "another time to open in than its rules give")
	if b.GetAppeal() != "" {
		l.appealCalled(f, b)
		return
	}
	if m := l.motions[b.GetMotion()]; b.GetMotion() != "" {
		l.must(f, m != nil && f.Author == chain.AuthorPolicy, "a poll on no motion, or by a hand")
		l.must(f, proto.Equal(m.rules, b.GetRules()), "a poll by other rules than its motion's")
		m.called++
		return
	}
	org := l.people[f.Actor].roles[communityv1.Role_ROLE_CONVENER]
	m := l.matter(b.GetMatter())
	l.must(f, org != "" && m.GetDirectConvener() == org, "a poll without a motion, by whom the rulebook does not name")
	l.must(f, proto.Equal(m.GetPoll(), b.GetRules()), "a poll by other rules than the rulebook's")
}

func (l *ledger) holderOrg(member string) string {
	for _, h := range l.holders {
		if h.GetMember() == member {
			return h.GetOrg()
		}
	}
	return ""
}

func (l *ledger) cast(f *fact, p *poll, b *votingv1.BallotCast) {
	l.must(f, p.opened && !p.closed && f.Time < p.closesAt && f.block < p.closesAt && f.block >= p.opensAt, "a ballot out of hours")
	_, listed := p.roll[f.id]
	l.must(f, listed && f.id == f.Actor, "a ballot by whom is not on the roll, or for another")
	cosigners := l.cosigners(f)
	for _, id := range cosigners {
		l.must(f, l.officerOf(id) != "", "a ballot before whom is no officer")
	}
	inPerson := len(cosigners) > 0
	l.must(f, b.GetInPerson() == inPerson && b.GetHosted() == (f.Author == chain.AuthorHosted), "hosted or in person is not so")
	if k := l.keys[string(f.signed.Signatures[0].Key)]; !inPerson {
		l.must(f, k.position <= p.sealedAt, "a ballot by a key that came after the roll")
	}
	l.marked(f, b.GetMandate())
	helped := b.GetMandate() != ""
	l.must(f, !helped || l.old(f, p, b.GetMandate()) && f.Through != p.convener, "a helper's right is younger than the roll, or they convened")
	v := p.ballots[f.id]
	if v == nil {
		v = &voted{}
		p.ballots[f.id] = v
	}
	l.must(f, b.GetReplaces() == v.count, "the ballot replaces %d, there are %d", b.GetReplaces(), v.count)
	l.must(f, !v.inPerson || v.hosted || inPerson && !b.GetHosted(), "a ballot cast in person is undone by telephone, or by a host")
	l.must(f, v.count == 0 || v.helped || !helped, "a helper's ballot replaces the voter's own")
	if helped {
		l.bounded(f, p)
	}
	if p.quorumAt == 0 && p.quorate() {
		p.quorumAt = f.Time
	}
	*v = voted{
		count: v.count + 1, box: string(b.GetBox()), hosted: b.GetHosted(), inPerson: inPerson, helped: helped, channel: b.GetChannel(),
	}
	l.must(f, (b.GetChannel() == 0) == (p.rules.GetPaper() == nil), "a channel where none is named, or none where they are")
}

// after takes the facts from a poll's close on.
func (l *ledger) after(f *fact, p *poll) {
	switch b := f.body.(type) {
	case *votingv1.PollClosed:
		complete := p.rules.GetCloseWhenComplete() && p.taking() == p.entitled()
		l.must(f, p.opened && !p.closed && (f.Time >= p.closesAt || complete), "closed before its time, or twice")
		l.mayClose(f, p, complete)
		l.must(f, int(b.GetBallots()) == p.taking(), "%d voted, it says %d", p.taking(), b.GetBallots())
		p.closed, p.keyMissingAt = true, f.Time+1000*int64(p.rules.GetKeyPublishSeconds())
	case *votingv1.KeyPublished:
		l.must(f, p.closed && p.private == nil && (f.Actor == p.offeredBy || f.Actor == p.heldBy), "the key comes early, twice, or from another")
		p.private = b.GetPrivateKey()
	case *votingv1.KeyMissing:
		l.must(f, p.private == nil && !p.keyMissing && f.Time >= p.keyMissingAt, "the key is called missing and is there, or has time")
		p.keyMissing = true
	case *votingv1.TallyRecorded:
		l.must(f, p.private != nil && p.tally == nil && f.Author == chain.AuthorPolicy, "a tally before the key, twice, or by a hand")
		if p.secret != nil {
			l.countedInSecret(f, p, b.GetTally())
		} else {
			p.seed = l.tieSeed(p)
			l.counted(f, p, b.GetTally())
		}
		l.must(f, b.GetObjectionsUntil() == f.Time+1000*int64(p.rules.GetObjectionSeconds()), "another time for objections")
		p.tally, p.objectionsUntil, p.tallied = b.GetTally(), b.GetObjectionsUntil(), l.header
		p.auditUntil = f.Time + 1000*int64(p.rules.GetPaper().GetAuditSeconds())
	case *votingv1.ObjectionRaised:
		_, listed := p.roll[f.Actor]
		l.must(f, listed && f.id == f.Actor && !p.objections[f.id], "an objection by another, or twice")
		l.marked(f, b.GetMandate())
		l.must(f, p.tally != nil && f.Time < p.objectionsUntil && f.block < p.objectionsUntil, "an objection out of its time")
		p.objections[f.id] = true
	case *votingv1.CertificateIssued:
		l.must(f, p.tally != nil && f.Time >= p.objectionsUntil && f.Time >= p.auditUntil, "a certificate before its time")
		l.audit(f, p, b.GetPaperAudit())
		l.must(f, int(b.GetObjections()) == len(p.objections), "%d objected, it says %d", len(p.objections), b.GetObjections())
		l.must(f, proto.Equal(b.GetTally(), p.tally) && b.GetMotion() == p.motion && b.GetAppeal() == p.appeal, "a certificate of another count")
		result := p.tally.GetResult()
		adopted := result == votingv1.Result_RESULT_PASSED || result == votingv1.Result_RESULT_CHOSEN
		if b.GetPaperAudit().GetVerdict() == votingv1.PaperVerdict_PAPER_VERDICT_DOUBTFUL {
			adopted, result = false, votingv1.Result_RESULT_NO_QUORUM
		}
		l.must(f, b.GetAdopted() == adopted && b.GetKeyLate() == p.keyMissing, "a certificate against its result, or silent on a late key")
		again := p.rules.GetTurnout().GetRecountObjectionsMin() > 0 && len(p.objections) > 0
		l.must(f, proto.Equal(b.GetRecount(), p.recount) && (p.recount != nil) == again, "a certificate without the recount")
		l.must(f, slices.Equal(b.GetWithheld(), p.withheld()), "a certificate silent on who withheld")
		l.must(f, b.GetExtensions() == p.rounds+one(p.late), "a certificate of other hours")
		p.certified = true
		if m := l.motions[p.motion]; m != nil {
			m.certified, m.certainty = true, adopted
		}
		l.appealHeld(f, p.appeal, result)
	}
}

// votingRest says which of the voting service's rules did not carry themselves out.
func (l *ledger) votingRest(f *fact, due int64) {
	for id, p := range l.polls {
		waits := p.notice != nil && p.notice.opensAt > due
		l.must(f, p.heldBy == "" || p.opened || p.dead || waits || p.secret != nil, "poll %s has its key and is not open", id)
		l.must(f, p.heldBy != "" || p.dead || p.opensBy > due, "poll %s is not open and has not lapsed", id)
		l.must(f, !p.opened || p.closed || p.closesAt > due, "poll %s is not closed", id)
		said := p.keyMissing || p.keyMissingAt > due || p.secret != nil && p.council.published == len(p.council.trustees)
		l.must(f, !p.closed || p.private != nil || said, "poll %s has no key, and nobody says so", id)
		l.must(f, p.private == nil || p.tally != nil, "poll %s is not counted", id)
		l.must(f, p.tally == nil || p.certified || max(p.objectionsUntil, p.auditUntil) > due, "poll %s has no certificate", id)
	}
}
