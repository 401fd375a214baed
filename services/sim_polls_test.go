package services_test

import (
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
	unopened    bool // the poll's key does not open it
	options     []uint32
}

type weight struct{ heads, area int64 }

func (w weight) plus(x weight) weight { return weight{w.heads + x.heads, w.area + x.area} }

// voted is a voter's ballots in one poll.
type voted struct {
	count            uint64
	box              string
	hosted, inPerson bool
}

type poll struct {
	motion            string
	question          *proposalv1.Motion
	rules             *communityv1.PollRules
	key               string // to which ballots are sealed
	offeredBy, heldBy string
	sealedAt          uint64
	roll              map[string]weight
	opened            bool
	dead              bool // nobody is on its roll, so it never opens
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
}

// sealRoll computes the electorate as it stands.
func (l *ledger) sealRoll(e communityv1.Electorate) map[string]weight {
	roll := map[string]weight{}
	for id := range l.people { // any order: each has an entry of their own
		if l.counts(id) && e == communityv1.Electorate_ELECTORATE_MEMBERS {
			roll[id] = weight{heads: 1}
		}
	}
	for _, u := range l.flats { // any order: sums do not depend on it
		if l.counts(u.owner) && l.effective(u.batch) {
			roll[u.owner] = weight{1, roll[u.owner].area + u.area}
		}
	}
	return roll
}

// rollRoot is the RFC 6962 root over a roll, written down from docs/format.md.
func rollRoot(roll map[string]weight) []byte {
	var leaves [][]byte
	for _, id := range slices.Sorted(maps.Keys(roll)) {
		b := binary.BigEndian.AppendUint16([]byte("renlin/roll/1\n"), uint16(len(id)))
		b = append(b, id...)
		b = binary.BigEndian.AppendUint64(b, uint64(roll[id].heads))
		entry := sha256.Sum256(binary.BigEndian.AppendUint64(b, uint64(roll[id].area)))
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
	if _, last := f.body.(*chainv1.Retired); last {
		l.must(f, p.certified, "a poll is put away without a certificate")
		return
	}
	if p != nil && p.certified {
		l.complain(f, "something happens to a poll that is certified")
		return
	}
	switch b := f.body.(type) {
	case *votingv1.PollCalled:
		l.called(f, b)
	case *votingv1.PollKeyOffered:
		l.must(f, p.key == "" && l.holderOrg(f.Actor) != "", "a second key, or by nobody who holds keys")
		p.key, p.offeredBy = string(b.GetBoxKey()), f.Actor
	case *votingv1.BoxKeyTaken:
		l.must(f, !l.boxKeys[f.id], "a key for two polls")
		l.boxKeys[f.id] = true
	case *votingv1.PollKeyHeld:
		l.must(f, p.heldBy == "" && p.key != "", "a key held that nobody offered, or twice")
		org := l.holderOrg(f.Actor)
		l.must(f, org != "" && org != l.holderOrg(p.offeredBy), "one organisation has the key alone")
		p.heldBy, p.sealedAt, p.roll = f.Actor, f.at, l.sealRoll(p.rules.GetElectorate())
	case *votingv1.PollOpened:
		l.must(f, p.heldBy != "" && !p.opened && f.Author == chain.AuthorPolicy && f.Cause == p.sealedAt, "opened by a hand, or twice")
		var sum weight
		for _, w := range p.roll { // any order: a sum
			sum = sum.plus(w)
		}
		roll := &votingv1.Roll{
			Voters: uint32(len(p.roll)), Heads: sum.heads, AreaCentiM2: sum.area, Position: p.sealedAt, Root: rollRoot(p.roll),
		}
		l.must(f, proto.Equal(roll, b.GetRoll()), "the roll is not what it was when the key was held: %v, want %v", b.GetRoll(), roll)
		closes := f.Time + 1000*int64(p.rules.GetVotingSeconds())
		l.must(f, b.GetOpenedAt() == f.Time && b.GetClosesAt() == closes, "other hours than its rules give")
		p.opened, p.opensAt, p.closesAt = true, b.GetOpenedAt(), b.GetClosesAt()
	case *votingv1.BallotCast:
		l.cast(f, p, b)
	default:
		l.after(f, p)
	}
}

func (l *ledger) called(f *fact, b *votingv1.PollCalled) {
	l.must(f, l.polls[f.id] == nil, "a poll is called twice")
	l.polls[f.id] = &poll{
		motion: b.GetMotion(), question: b.GetQuestion(), rules: b.GetRules(), ballots: map[string]*voted{}, objections: map[string]bool{},
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
	v := p.ballots[f.id]
	if v == nil {
		v = &voted{}
		p.ballots[f.id] = v
	}
	l.must(f, b.GetReplaces() == v.count, "the ballot replaces %d, there are %d", b.GetReplaces(), v.count)
	l.must(f, !v.inPerson || inPerson, "a ballot cast in person is undone by telephone")
	v.count, v.box, v.hosted, v.inPerson = v.count+1, string(b.GetBox()), b.GetHosted(), inPerson
}

// after takes the facts from a poll's close on.
func (l *ledger) after(f *fact, p *poll) {
	switch b := f.body.(type) {
	case *votingv1.PollClosed:
		complete := p.rules.GetCloseWhenComplete() && len(p.ballots) == len(p.roll)
		l.must(f, p.opened && !p.closed && (f.Time >= p.closesAt || complete), "closed before its time, or twice")
		l.must(f, int(b.GetBallots()) == len(p.ballots), "%d voted, it says %d", len(p.ballots), b.GetBallots())
		p.closed, p.keyMissingAt = true, f.Time+1000*int64(p.rules.GetKeyPublishSeconds())
	case *votingv1.KeyPublished:
		l.must(f, p.closed && p.private == nil && (f.Actor == p.offeredBy || f.Actor == p.heldBy), "the key comes early, twice, or from another")
		p.private = b.GetPrivateKey()
	case *votingv1.KeyMissing:
		l.must(f, p.private == nil && !p.keyMissing && f.Time >= p.keyMissingAt, "the key is called missing and is there, or has time")
		p.keyMissing = true
	case *votingv1.TallyRecorded:
		l.must(f, p.private != nil && p.tally == nil && f.Author == chain.AuthorPolicy, "a tally before the key, twice, or by a hand")
		l.counted(f, p, b.GetTally())
		l.must(f, b.GetObjectionsUntil() == f.Time+1000*int64(p.rules.GetObjectionSeconds()), "another time for objections")
		p.tally, p.objectionsUntil = b.GetTally(), b.GetObjectionsUntil()
	case *votingv1.ObjectionRaised:
		_, listed := p.roll[f.Actor]
		l.must(f, listed && f.id == f.Actor && !p.objections[f.id], "an objection by another, or twice")
		l.must(f, p.tally != nil && f.Time < p.objectionsUntil && f.block < p.objectionsUntil, "an objection out of its time")
		p.objections[f.id] = true
	case *votingv1.CertificateIssued:
		l.must(f, p.tally != nil && f.Time >= p.objectionsUntil, "a certificate before its time")
		l.must(f, int(b.GetObjections()) == len(p.objections), "%d objected, it says %d", len(p.objections), b.GetObjections())
		l.must(f, proto.Equal(b.GetTally(), p.tally) && b.GetMotion() == p.motion, "a certificate of another count")
		result := p.tally.GetResult()
		adopted := result == votingv1.Result_RESULT_PASSED || result == votingv1.Result_RESULT_CHOSEN
		l.must(f, b.GetAdopted() == adopted, "a certificate against its result")
		p.certified = true
		if m := l.motions[p.motion]; m != nil {
			m.certified, m.certainty = true, adopted
		}
	}
}

// votingRest says which of the voting service's rules did not carry themselves out.
func (l *ledger) votingRest(f *fact, due int64) {
	for id, p := range l.polls {
		l.must(f, p.heldBy == "" || p.opened || p.dead, "poll %s has its key and is not open", id)
		l.must(f, !p.opened || p.closed || p.closesAt > due, "poll %s is not closed", id)
		l.must(f, !p.closed || p.private != nil || p.keyMissing || p.keyMissingAt > due, "poll %s has no key, and nobody says so", id)
		l.must(f, p.private == nil || p.tally != nil, "poll %s is not counted", id)
		l.must(f, p.tally == nil || p.certified || p.objectionsUntil > due, "poll %s has no certificate", id)
	}
}
