package poll

import (
	"crypto/ed25519"
	"crypto/sha256"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// shownChannel is what a credential's row says of how its voter came to it: on a sheet, by a helper, or nothing. Where a sheet was given
// out stands beside the voter's name only; on the rows it would make fewer alike.
func shownChannel(c votingv1.Channel) votingv1.Channel {
	switch c {
	case votingv1.Channel_CHANNEL_KIOSK, votingv1.Channel_CHANNEL_DOOR, votingv1.Channel_CHANNEL_PAPER:
		return votingv1.Channel_CHANNEL_PAPER
	case votingv1.Channel_CHANNEL_HELPER:
		return votingv1.Channel_CHANNEL_HELPER
	}
	return votingv1.Channel_CHANNEL_UNSPECIFIED
}

// registrationRank orders ways to register: one of a lower rank never replaces one of a higher. A helper stands in for the voter, a sheet
// is given to the voter before an officer, and the voter's own device speaks for nobody else.
func registrationRank(c votingv1.Channel) int {
	switch shownChannel(c) {
	case votingv1.Channel_CHANNEL_HELPER:
		return 0
	case votingv1.Channel_CHANNEL_PAPER:
		return 1
	}
	return 2
}

// replaces refuses to register a voter in a way that is worth less than how they have registered. A sheet is replaced by a sheet only by
// whoever gave it out: another officer would take the vote from who holds the first, and have its code.
func replaces(v *decider.View, poll, voter string, by votingv1.Channel, giver string) error {
	last, ok := decider.Get[Registration](v, registrationPath(poll, voter))
	switch {
	case !ok:
		return nil
	case registrationRank(by) < registrationRank(last.Channel):
		return ErrRegistrationStands
	case shownChannel(by) == votingv1.Channel_CHANNEL_PAPER && last.Giver != "" && last.Giver != giver:
		return ErrRegistrationStands
	}
	return nil
}

// RegisterPapers registers voters by sheets that an officer gives them. The registrar must know each credential, as it does every other.
func RegisterPapers(v *decider.View, cmd *decider.Command, b *votingv1.RegisterPapers) ([]decider.Change, error) {
	p, err := takesRegistrations(v, cmd, b.GetPoll())
	if err != nil {
		return nil, err
	}
	m, err := standing.Active(v, cmd.Actor)
	if err != nil {
		return nil, err
	}
	channel := b.GetStation()
	if channel == votingv1.Channel_CHANNEL_UNSPECIFIED {
		channel = votingv1.Channel_CHANNEL_PAPER
	}
	switch n := len(b.GetSheets()); {
	case p.Rules.GetPaper() == nil:
		return nil, ErrPaperless
	case cmd.Actor == p.Convener:
		return nil, ErrPaperConvener
	case n == 0 || n > papersIssuedMax:
		return nil, ErrPaperNone
	case shownChannel(channel) != votingv1.Channel_CHANNEL_PAPER:
		return nil, ErrSheetStation
	}
	voters := map[string]bool{}
	var changes []decider.Change
	for _, s := range b.GetSheets() {
		if voters[s.GetVoter()] {
			return nil, ErrPaperTwice
		}
		voters[s.GetVoter()] = true
		if err := p.registersSheet(v, cmd, b.GetPoll(), channel, s); err != nil {
			return nil, err
		}
		changes = append(changes, decider.On(registrationPath(b.GetPoll(), s.GetVoter()), &votingv1.VoterRegistered{
			Commitment: s.GetCommitment(), Receipt: s.GetReceipt(), Channel: channel, Org: m.Roles[communityv1.Role_ROLE_OFFICER],
		}))
	}
	v.Window(0, p.Secret.EndsAt)
	return changes, nil
}

func (p *Poll) registersSheet(
	v *decider.View, cmd *decider.Command, poll string, channel votingv1.Channel, s *votingv1.SheetRegistration,
) error {
	switch {
	case !listed(v, poll, s.GetVoter()):
		return ErrPaperUnlisted
	case s.GetVoter() == cmd.Actor:
		return ErrSheetOwn
	}
	if err := replaces(v, poll, s.GetVoter(), channel, cmd.Actor); err != nil {
		return err
	}
	return p.receipt(poll, s.GetVoter(), s.GetCommitment(), s.GetReceipt())
}

// receipt checks the registrar's word that it knows the credential behind a commitment.
func (p *Poll) receipt(poll, voter string, commitment, receipt []byte) error {
	if len(commitment) != sha256.Size {
		return ErrCommitment
	}
	if !ed25519.Verify(p.Secret.Registrar.GetKey(), ReceiptInput(poll, voter, commitment), receipt) {
		return ErrReceipt
	}
	return nil
}

// takesRegistrations finds a poll in which voters register now.
func takesRegistrations(v *decider.View, cmd *decider.Command, id string) (*Poll, error) {
	p, err := registering(v, id)
	switch {
	case err != nil:
		return nil, err
	case p.Secret.Ended || cmd.Time >= p.Secret.EndsAt:
		return nil, ErrRegistrationOver
	}
	return p, nil
}

// registersFor tells how somebody registers a voter, and refuses whoever may not: a key or a mandate that came after the roll, and a helper
// who called the poll.
func (p *Poll) registersFor(v *decider.View, cmd *decider.Command) (votingv1.Channel, error) {
	switch {
	case cmd.Mandate == "":
		return votingv1.Channel_CHANNEL_UNSPECIFIED, nil
	case p.Convener == cmd.Through:
		return 0, ErrBallotConvener
	case !standing.MandateBefore(v, cmd, p.Secret.Roll.GetPosition()):
		return 0, ErrBallotMandate
	}
	return votingv1.Channel_CHANNEL_HELPER, nil
}

// contestsFor tells whether somebody may show what a voter's commitment opens to: the voter, a helper of theirs, or, where it is of a
// sheet, any officer, to whom the voter brings it. Nobody of them can make a right roster lapse.
func contestsFor(v *decider.View, cmd *decider.Command, b *votingv1.ContestRoster) bool {
	if len(cmd.Cosigners) > 0 {
		return false
	}
	if b.GetVoter() == cmd.Actor {
		return true
	}
	r, ok := decider.Get[Registration](v, registrationPath(b.GetPoll(), b.GetVoter()))
	m, err := standing.Active(v, cmd.Actor)
	return err == nil && ok && shownChannel(r.Channel) == votingv1.Channel_CHANNEL_PAPER && m.Holds(communityv1.Role_ROLE_OFFICER)
}
