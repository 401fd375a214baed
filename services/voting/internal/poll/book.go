package poll

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// Book is what the polls in progress need and no event can hold: the sealed rolls, and each voter's last box. A poll's boxes are
// dropped when it is counted, its roll when it is certified or will never open; the record keeps them.
type Book struct {
	Roster standing.Roster    `json:"roster"`
	Polls  map[string]*Sealed `json:"polls"`
}

// Sealed is a poll's part of the Book. Electorate is fixed by the poll's call, Roll and All by its PollKeyHeld or PollKeySealed, so a rule
// may read them through decider.FixedOf; the rest is for policies.
type Sealed struct {
	Electorate communityv1.Electorate    `json:"electorate"`
	Roll       map[string]standing.Voter `json:"roll"`
	All        standing.Whole            `json:"all"`
	Ballots    map[string]Box            `json:"ballots"` // by voter: the last one cast
	Cast       uint32                    `json:"cast"`    // ballots cast, replaced ones included
	// Papers is nil where the poll's rules do not know of paper.
	Papers *Filed `json:"papers,omitempty"`
	// Secret is nil for open polls.
	Secret *Credentials `json:"secret,omitempty"`

	Rules     *communityv1.PollRules `json:"rules,omitempty"`     // nil where they say nothing of turnout
	Delivered map[string]bool        `json:"delivered,omitempty"` // by voter: the notice provably came, with its warning
	// Reached is, where there is a notice, how it came to those with whom it was tried.
	Reached  map[string]Reach `json:"reached,omitempty"`
	In       standing.Whole   `json:"in,omitzero"`         // what those weigh who have voted, where a late quorum moves the close
	QuorumAt int64            `json:"quorum_at,omitempty"` // when a quorum was first reached then; 0 for not yet
}

// Box is a voter's last ballot.
type Box struct {
	Sealed   []byte `json:"sealed"`
	Hosted   bool   `json:"hosted,omitempty"`
	InPerson bool   `json:"in_person,omitempty"`
	Helped   bool   `json:"helped,omitempty"` // cast by a helper under a mandate
	// How it came, where the poll's rules know of paper; of a paper, its number and the entry whose box must hold the same.
	Channel votingv1.Channel `json:"channel,omitempty"`
	Paper   uint32           `json:"paper,omitempty"`
	Twin    uint32           `json:"twin,omitempty"`
}

// BookPart registers the Book.
func BookPart() decider.Part {
	return decider.Derived(func() *Book {
		return &Book{Roster: *standing.NewRoster(), Polls: map[string]*Sealed{}}
	}, foldBook)
}

func foldBook(k *Book, e decider.Event) {
	k.Roster.Fold(e)
	id := pollOf(e.Aggregate)
	if b, ok := e.Body.(*votingv1.PollCalled); ok {
		k.Polls[id] = &Sealed{
			Electorate: b.GetRules().GetElectorate(), Ballots: map[string]Box{}, Papers: newFiled(b.GetRules()),
			Secret: newCredentials(b.GetRules()),
		}
		if b.GetRules().GetTurnout() != nil || counts(b.GetRules(), tally.Households) || counts(b.GetRules(), tally.Classes) {
			k.Polls[id].Rules = b.GetRules()
		}
	}
	s := k.Polls[id]
	if s == nil {
		return
	}
	s.Papers.fold(s, e)
	s.Secret.fold(e)
	switch b := e.Body.(type) {
	case *votingv1.PollKeyHeld, *votingv1.PollKeySealed:
		s.Roll, s.All = k.Roster.Roll(s.basis()), k.Roster.All(s.basis())
	case *votingv1.BallotCast:
		s.cast(lastOf(e.Aggregate), e.Time, Box{
			Sealed: b.GetBox(), Hosted: b.GetHosted(), InPerson: b.GetInPerson(), Helped: b.GetMandate() != "",
			Channel: b.GetChannel(), Paper: b.GetPaper(), Twin: b.GetTwin(),
		})
	case *votingv1.NoticeDelivered:
		s.reached(lastOf(e.Aggregate), b)
	case *votingv1.DeliveryFailed:
		s.missed(lastOf(e.Aggregate))
	case *votingv1.TallyRecorded:
		if s.Rules.GetTurnout().GetRecountObjectionsMin() == 0 { // otherwise they may be counted again
			s.Ballots = nil
		}
	case *votingv1.CertificateIssued, *votingv1.OpeningLapsed:
		delete(k.Polls, id)
	}
}

// basis is what the roll is made of.
func (s *Sealed) basis() standing.Basis {
	t := s.Rules.GetTurnout()
	return standing.Basis{Electorate: s.Electorate, Channel: t.GetChannel(), Classes: t.GetWeightClasses(), Measured: measured(s.Rules)}
}

// cast takes a voter's ballot in. What comes after the count, against all rules, changes nothing.
func (s *Sealed) cast(voter string, at int64, b Box) {
	if s.Ballots == nil {
		return
	}
	if _, again := s.Ballots[voter]; !again && s.Rules.GetTurnout().GetLateQuorumWithinSeconds() > 0 {
		v := s.Roll[voter]
		s.In.Heads, s.In.AreaCentiM2 = s.In.Heads+v.Heads, s.In.AreaCentiM2+v.AreaCentiM2
		s.In.Households, s.In.Weight = s.In.Households+v.Households, s.In.Weight+v.Weight
		s.noteQuorum(at)
	}
	s.Cast++
	s.Ballots[voter] = b
}

// counts tells whether some requirement counts by a measure.
func counts(r *communityv1.PollRules, m tally.Measure) bool {
	return slices.ContainsFunc(r.GetRequirements(), func(q *communityv1.Requirement) bool { return measures[q.GetMeasure()] == m })
}

// measured tells whether rules count by a measure besides heads and area.
func measured(r *communityv1.PollRules) bool {
	return counts(r, tally.Households) || counts(r, tally.Classes)
}

// pollOf gives the id of the poll that an aggregate belongs to, such as x of poll/x/ballot/y; empty for aggregates of other kinds.
func pollOf(aggregate string) string {
	rest, ok := strings.CutPrefix(aggregate, "poll/")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, "/")
	return id
}

// lastOf gives the last segment of a path.
func lastOf(aggregate string) string { return aggregate[strings.LastIndexByte(aggregate, '/')+1:] }

// summary gives the roll's public summary, with the position at which it was sealed.
func (s *Sealed) summary(position uint64) (*votingv1.Roll, error) {
	members := slices.Sorted(maps.Keys(s.Roll))
	leaves, weights := make([]chain.Hash, len(members)), make([]tally.Weight, len(members))
	for i, m := range members {
		leaves[i] = chain.LeafHash(s.rollEntry(s.Roll[m]))
		weights[i] = weightOf(s.Roll[m])
	}
	sum, err := tally.Sum(weights)
	if err != nil {
		return nil, err
	}
	root := chain.RootOfLeaves(leaves)
	roll := &votingv1.Roll{
		Root: root[:], Voters: uint32(len(members)), Heads: sum.Heads, AreaCentiM2: sum.Area, Position: position,
		AllHeads: s.All.Heads, AllAreaCentiM2: s.All.AreaCentiM2,
	}
	if measured(s.Rules) {
		roll.Measured, roll.AllMeasured = measuredOf(sum), measuredOf(wholeOf(s.All))
	}
	return roll, nil
}

// The domains of a voter's entry: the second is that of polls that count by households or weight classes.
const (
	domainRoll         = "renlin/roll/2\n"
	domainRollMeasured = "renlin/roll/3\n"
)

// rollEntry hashes one voter's entry, as docs/format.md says.
func (s *Sealed) rollEntry(v standing.Voter) chain.Hash {
	b := make([]byte, 0, 128)
	if measured(s.Rules) {
		b = append(b, domainRollMeasured...)
	} else {
		b = append(b, domainRoll...)
	}
	b = appendStr(b, v.Member)
	b = binary.BigEndian.AppendUint64(b, uint64(v.Heads))
	b = binary.BigEndian.AppendUint64(b, uint64(v.AreaCentiM2))
	if measured(s.Rules) {
		b = binary.BigEndian.AppendUint64(b, uint64(v.Households))
		b = binary.BigEndian.AppendUint64(b, uint64(v.Weight))
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(v.Units)))
	for _, u := range v.Units {
		b = appendStr(b, u.Unit)
		b = binary.BigEndian.AppendUint64(b, uint64(u.AreaCentiM2))
	}
	return sha256.Sum256(b)
}

func appendStr(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

func weightOf(v standing.Voter) tally.Weight {
	return tally.Weight{Heads: v.Heads, Area: v.AreaCentiM2, Households: v.Households, Classes: v.Weight}
}

func wholeOf(w standing.Whole) tally.Weight {
	return tally.Weight{Heads: w.Heads, Area: w.AreaCentiM2, Households: w.Households, Classes: w.Weight}
}

func measuredOf(w tally.Weight) *votingv1.Measured {
	return &votingv1.Measured{Households: w.Households, Weight: w.Classes}
}

// weights gives the roll as the count wants it.
func (s *Sealed) weights() tally.Roll {
	roll := make(tally.Roll, len(s.Roll))
	for id, v := range s.Roll { // any order: each entry is written under its own key
		roll[id] = weightOf(v)
	}
	return roll
}

// countable tells whether no score can overflow, even if everybody gives one option all that a ballot may give.
func countable(p *Poll, roll *votingv1.Roll) bool {
	r := p.Rules.GetBallot()
	most := max(1, r.GetPointsMax(), r.GetPointsSumMax(), int64(r.GetOptionsMax()), int64(len(p.Question.GetOptions())))
	m := roll.GetMeasured()
	for _, sum := range []int64{roll.GetHeads(), roll.GetAreaCentiM2(), m.GetHouseholds(), m.GetWeight()} {
		if hi, lo := bits.Mul64(uint64(sum), uint64(most)); hi != 0 || lo>>63 != 0 {
			return false
		}
	}
	return true
}
