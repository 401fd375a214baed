package poll

import (
	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Cast takes a ballot, or one that replaces the voter's last. The guard has established that the voter is an active member by a key
// that is not revoked, or a helper under a mandate of theirs that covers it, and that every cosigner is.
func Cast(v *decider.View, cmd *decider.Command, b *votingv1.CastBallot) ([]decider.Change, error) {
	if b.GetVoter() != cmd.Actor {
		return nil, ErrBallotForeign
	}
	if len(b.GetBox()) < ballot.BytesMin || len(b.GetBox()) > ballot.BytesMax {
		return nil, ErrBallotSize
	}
	p, err := find(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.secret():
		return nil, ErrSecret
	case p.Roll == nil:
		return nil, ErrNotOpen
	case p.Closed || cmd.Time >= p.ClosesAt:
		return nil, ErrBallotClosed
	}
	if !listed(v, b.GetPoll(), b.GetVoter()) {
		return nil, ErrRollUnlisted
	}
	inPerson, err := witnessed(v, cmd)
	if err != nil {
		return nil, err
	}
	if err := entitled(v, cmd, p, inPerson); err != nil {
		return nil, err
	}
	channel, err := channelOf(p, cmd, b, inPerson)
	if err != nil {
		return nil, err
	}
	path := BallotPath(b.GetPoll(), b.GetVoter())
	this := Ballot{Hosted: cmd.Author == chain.AuthorHosted, InPerson: inPerson, Helped: cmd.Mandate != ""}
	if last, ok := decider.Get[Ballot](v, path); ok {
		switch {
		case this.Helped && !last.Helped:
			return nil, ErrBallotOwn
		case last.firm() && !this.firm():
			return nil, ErrBallotStands
		}
	}
	counted, err := countProxy(v, cmd, p, b.GetPoll(), b.GetVoter())
	if err != nil {
		return nil, err
	}
	v.Window(p.OpenedAt, p.ClosesAt)
	return append(counted, decider.On(path, &votingv1.BallotCast{
		Box: b.GetBox(), Replaces: v.Version(path), Hosted: this.Hosted, InPerson: this.InPerson,
		Mandate: cmd.Mandate, Channel: channel,
	})), nil
}

// entitled refuses a right to vote that came after the roll was sealed, and a helper who called the poll. Positions are comparable, because
// keys and mandates are another service's: they never stand in this service's own overlay.
func entitled(v *decider.View, cmd *decider.Command, p *Poll, inPerson bool) error {
	if cmd.Mandate != "" {
		switch {
		case p.Convener == cmd.Through:
			return ErrBallotConvener
		case !standing.MandateBefore(v, cmd, p.Roll.GetPosition()):
			return ErrBallotMandate
		}
		return nil
	}
	if k, ok := decider.Get[standing.Key](v, "key/"+chain.KeyID(cmd.Keys[0])); !inPerson && (!ok || k.Position > p.Roll.GetPosition()) {
		return ErrBallotKey
	}
	return nil
}

// firm tells whether only another such ballot can replace this one: cast in person by the voter's own device. One that a host signed
// never locks the device out, whichever officer was present, or the host and one officer could take the vote from who has a device.
func (b *Ballot) firm() bool { return b.InPerson && !b.Hosted }

// listed tells whether a member is on the sealed roll of a poll, which was fixed when its key was held.
func listed(v *decider.View, poll, member string) bool {
	_, ok := rollOf(v, poll)[member]
	return ok
}

// witnessed tells whether the ballot is cast in person: every cosigner must be an officer, and somebody else than the voter.
func witnessed(v *decider.View, cmd *decider.Command) (bool, error) {
	for _, id := range cmd.Cosigners {
		m, err := standing.Active(v, id)
		if err != nil || id == cmd.Actor || !m.Holds(communityv1.Role_ROLE_OFFICER) {
			return false, ErrBallotCosigner
		}
	}
	return len(cmd.Cosigners) > 0, nil
}
