package poll

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// The night, in China's time, which has no summer time: an entry then is a finding and no refusal, because a count may go on until late.
const (
	chinaOffsetMS = 8 * 60 * 60 * msPerSecond
	dayMS         = 24 * 60 * 60 * msPerSecond
	hourMS        = 60 * 60 * msPerSecond
	nightFromHour = 22
	nightToHour   = 6
)

func atNight(ms int64) bool {
	hour := (ms + chinaOffsetMS) % dayMS / hourMS
	return hour >= nightFromHour || hour < nightToHour
}

// entry is what both entries hold.
type entry interface {
	GetPoll() string
	GetVoter() string
	GetPaper() string
	GetProof() []byte
	GetBox() []byte
	GetEvidence() *communityv1.Text
}

// operatorRoles are those who enter papers, in the order in which the organisation is taken from them.
var operatorRoles = []communityv1.Role{communityv1.Role_ROLE_OFFICER, communityv1.Role_ROLE_GRID_WORKER}

// operatorOrg gives the organisation for which somebody enters papers.
func operatorOrg(v *decider.View, member string) (string, error) {
	m, err := standing.Active(v, member)
	if err != nil {
		return "", err
	}
	for _, r := range operatorRoles {
		if org := m.Roles[r]; org != "" {
			return org, nil
		}
	}
	return "", ErrPaperOperator
}

// reading checks what an entry must be, whichever it is, and answers the sheet, its number and the operator's organisation.
func reading(v *decider.View, cmd *decider.Command, b entry) (s *Sheet, number uint32, org string, err error) {
	p, err := paperPoll(v, cmd, b.GetPoll())
	if err != nil {
		return nil, 0, "", err
	}
	switch {
	case !listed(v, b.GetPoll(), b.GetVoter()):
		return nil, 0, "", ErrPaperUnlisted
	case cmd.Actor == b.GetVoter():
		return nil, 0, "", ErrPaperOwn
	case cmd.Actor == p.Convener:
		return nil, 0, "", ErrPaperConvener
	case len(b.GetBox()) < ballot.BytesMin || len(b.GetBox()) > ballot.BytesMax:
		return nil, 0, "", ErrBallotSize
	case standing.CheckText(b.GetEvidence()) != nil:
		return nil, 0, "", ErrPaperEvidence
	}
	if org, err = operatorOrg(v, cmd.Actor); err != nil {
		return nil, 0, "", err
	}
	if s, number, err = usable(v, b.GetPoll(), b.GetVoter(), b.GetPaper()); err != nil {
		return nil, 0, "", err
	}
	if slices.ContainsFunc(s.Entries, func(e Entry) bool { return e.Operator == cmd.Actor }) {
		return nil, 0, "", ErrSameOperator
	}
	return s, number, org, nil
}

// proves tells whether a proof is of who has read the sheet's code: its hash stands on the record.
func (s *Sheet) proves(proof []byte) bool {
	before := s.Commitment
	if n := len(s.Entries); n > 0 {
		before = s.Entries[n-1].Proof
	}
	step := ballot.StepProof(proof)
	return len(proof) == sha256.Size && bytes.Equal(step[:], before)
}

// EnterPaper is the first entry.
func EnterPaper(v *decider.View, cmd *decider.Command, b *votingv1.EnterPaper) ([]decider.Change, error) {
	s, _, org, err := reading(v, cmd, b)
	switch {
	case err != nil:
		return nil, err
	case len(s.Entries) > 0:
		return nil, ErrPaperEntered
	case len(b.GetSealedMark()) != sha256.Size:
		return nil, ErrPaperMark
	case !s.proves(b.GetProof()):
		return nil, ErrPaperProof
	}
	return []decider.Change{decider.On(PaperPath(b.GetPoll(), b.GetVoter()), &votingv1.PaperEntered{
		Paper: b.GetPaper(), Org: org, Proof: b.GetProof(), SealedMark: b.GetSealedMark(), Box: b.GetBox(), Evidence: b.GetEvidence(),
		AtNight: atNight(cmd.Time),
	})}, nil
}

// ReenterPaper is the second entry, for another organisation, and the third, for either, where those two differ.
func ReenterPaper(v *decider.View, cmd *decider.Command, b *votingv1.ReenterPaper) ([]decider.Change, error) {
	s, number, org, err := reading(v, cmd, b)
	switch {
	case err != nil:
		return nil, err
	case len(s.Entries) == 0:
		return nil, ErrPaperFresh
	case len(s.Entries) == 1 && org == s.Entries[0].Org:
		return nil, ErrSameOrg
	case len(s.Entries) == 2 && org != s.Entries[0].Org && org != s.Entries[1].Org:
		return nil, ErrThirdOrg
	case len(b.GetMark()) != sha256.Size:
		return nil, ErrPaperMark
	case !s.proves(b.GetProof()):
		return nil, ErrPaperProof
	case slices.ContainsFunc(s.Entries, func(e Entry) bool { return bytes.Equal(e.Box, digest(b.GetBox())) }):
		return nil, ErrPaperCopied
	}
	agreement, changes := settle(v, b, s, number)
	return append(changes, decider.On(PaperPath(b.GetPoll(), b.GetVoter()), &votingv1.PaperReentered{
		Paper: b.GetPaper(), Org: org, Proof: b.GetProof(), Mark: b.GetMark(), Box: b.GetBox(), Evidence: b.GetEvidence(),
		AtNight: atNight(cmd.Time), Agreement: agreement,
	})), nil
}

// channelOf says how a ballot comes, where the poll's rules know of paper; elsewhere nothing is said.
func channelOf(p *Poll, cmd *decider.Command, b *votingv1.CastBallot, inPerson bool) (votingv1.Channel, error) {
	station := b.GetStation()
	switch {
	case station == votingv1.Channel_CHANNEL_UNSPECIFIED:
	case p.Rules.GetPaper() == nil || !inPerson,
		station != votingv1.Channel_CHANNEL_KIOSK && station != votingv1.Channel_CHANNEL_DOOR:
		return 0, ErrStation
	default:
		return station, nil
	}
	switch {
	case p.Rules.GetPaper() == nil:
		return votingv1.Channel_CHANNEL_UNSPECIFIED, nil
	case cmd.Mandate != "":
		return votingv1.Channel_CHANNEL_HELPER, nil
	case inPerson:
		return votingv1.Channel_CHANNEL_IN_PERSON, nil
	case cmd.Author == chain.AuthorHosted:
		return votingv1.Channel_CHANNEL_HOSTED, nil
	}
	return votingv1.Channel_CHANNEL_DEVICE, nil
}
