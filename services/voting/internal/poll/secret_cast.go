package poll

import (
	"bytes"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// secretBallotsMax bounds the ballots that one credential sends in a poll, cast and challenged ones alike: nobody knows whom to ask to
// stop, and all of them stay on the record.
const secretBallotsMax = 1000

// CastSecret takes a ballot of a credential, or one that replaces its last. The guard has established that one key signed, and nothing
// else: whose it is nobody here knows.
func CastSecret(v *decider.View, cmd *decider.Command, b *votingv1.CastSecret) ([]decider.Change, error) {
	_, _, err := sentSecret(v, cmd, b)
	if err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(SecretBallotPath(b.GetPoll(), cmd.Keys[0]), &votingv1.SecretBallotCast{
		Key: cmd.Keys[0], Sequence: b.GetSequence(), Ballot: b.GetBallot(),
	})}, nil
}

// ChallengeBallot takes a ballot that is opened instead of cast. It must be as good as one that is cast: what a device shows only when it
// is watched would prove nothing. Whoever asked compares the choice with what they had entered; the rule only says that this opens it.
func ChallengeBallot(v *decider.View, cmd *decider.Command, b *votingv1.ChallengeBallot) ([]decider.Change, error) {
	election, sent, err := sentSecret(v, cmd, b)
	if err != nil {
		return nil, err
	}
	if _, err := election.Open(sent, b.GetOpening()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(SecretBallotPath(b.GetPoll(), cmd.Keys[0]), &votingv1.SecretBallotChallenged{
		Key: cmd.Keys[0], Sequence: b.GetSequence(), Ballot: b.GetBallot(), Opening: b.GetOpening(),
	})}, nil
}

// secretCommand is what a credential sends.
type secretCommand interface {
	GetPoll() string
	GetSequence() uint64
	GetBallot() []byte
}

// sentSecret holds a ballot to everything that a cast and a challenged one must be, what is cheap to find first. Whoever made a sheet or
// gave it out may keep its code; so no device votes by it, and a sheet's vote takes two operators always.
func sentSecret(v *decider.View, cmd *decider.Command, b secretCommand) (*secretballot.Election, *secretballot.Ballot, error) {
	p, err := find(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, nil, err
	case !p.secret():
		return nil, nil, ErrNotSecret
	case p.Roll == nil:
		return nil, nil, ErrNotOpen
	case p.Closed || cmd.Time >= p.ClosesAt:
		return nil, nil, ErrBallotClosed
	}
	row, ok := credentialOf(v, b.GetPoll(), cmd.Keys[0])
	switch {
	case !ok:
		return nil, nil, ErrCredentialUnlisted
	case row.Channel == votingv1.Channel_CHANNEL_PAPER:
		return nil, nil, ErrBallotOnPaper
	}
	last, found := decider.Get[SecretBallot](v, SecretBallotPath(b.GetPoll(), cmd.Keys[0]))
	if !found {
		last = &SecretBallot{}
	}
	switch {
	case b.GetSequence() != last.Sequence+1:
		return nil, nil, ErrBallotSequence.WithInt("next", int64(last.Sequence+1))
	case last.Sequence >= secretBallotsMax:
		return nil, nil, ErrBallotsMany
	}
	election, err := p.election()
	if err != nil {
		return nil, nil, err
	}
	voter := secretballot.Voter{Pseudonym: [secretballot.PseudonymBytes]byte(cmd.Keys[0]), Sequence: b.GetSequence()}
	sent, err := election.Verify(voter, b.GetBallot())
	switch {
	case err != nil:
		return nil, nil, err
	case last.shares(sent):
		return nil, nil, secretballot.ErrCopied
	}
	v.Window(p.OpenedAt, p.ClosesAt)
	return election, sent, nil
}

// credentialOf finds a key's row on the roster, which was fixed when it was sealed.
func credentialOf(v *decider.View, poll string, key []byte) (Credential, bool) {
	sealed := decider.FixedOf[Book](v, Path(poll)).Polls[poll]
	if sealed == nil || sealed.Secret == nil || len(key) != secretballot.PseudonymBytes {
		return Credential{}, false
	}
	row := sealed.Secret.Rows[chain.KeyID(key)]
	return row, bytes.Equal(row.Key, key)
}

// election is what the ballots of an open secret poll are checked against. It is made anew for each of them: that takes a tenth of the time
// of the check itself, and a rule has nowhere to keep it.
func (p *Poll) election() (*secretballot.Election, error) {
	shape, err := shapeOf(p.Question, p.Rules)
	if err != nil {
		return nil, err
	}
	return p.electionOf(shape)
}

// electionOf is election for whoever knows the shape of the ballots.
func (p *Poll) electionOf(shape secretballot.Shape) (*secretballot.Election, error) {
	if p.Secret == nil || len(p.Secret.Election) != secretballot.ElectionIDBytes || !p.Ceremony.sealed() {
		return nil, ErrNotOpen
	}
	seal, err := trustee.DecodeSeal(p.Ceremony.Seal)
	if err != nil {
		return nil, err
	}
	return secretballot.NewElection([secretballot.ElectionIDBytes]byte(p.Secret.Election), seal.Key.Bytes(), shape)
}

// drawn cuts the beginnings of a ballot's random numbers out of its bytes, as docs/format.md writes them: every other element, and the
// scalars where these would go on. It must not need the poll's rules, which a fold of the ballot alone does not know; so it takes more than
// the ballot's marks, and nothing that stands in another ballot by chance.
func drawn(ballot []byte) (all []byte) {
	const each = 2 * 32
	for at := 1; at+each <= len(ballot); at += each {
		all = append(all, ballot[at:at+secretballot.MarkBytes]...)
	}
	return all
}

// shares tells whether a ballot has a random number of an earlier one of the same credential: of one that was opened, everybody could read
// it. Between credentials nobody has to look: a proof is bound to its credential and shows that who made it knows the numbers, so whoever
// shares them has told them.
func (s *SecretBallot) shares(b *secretballot.Ballot) bool {
	for _, mark := range b.Marks() {
		for at := 0; at < len(s.Drawn); at += secretballot.MarkBytes {
			if bytes.Equal(s.Drawn[at:at+secretballot.MarkBytes], mark[:]) {
				return true
			}
		}
	}
	return false
}

// OnSecretCast demands the close at once when every credential of the roster has cast and the rules say so.
func OnSecretCast(v *decider.View, e decider.Event, _ *votingv1.SecretBallotCast) []decider.Demand {
	id := pollOf(e.Aggregate)
	p, ok := decider.Get[Poll](v, Path(id))
	sealed := decider.DerivedOf[Book](v).Polls[id]
	switch {
	case !ok || p.Closed || !p.Rules.GetCloseWhenComplete():
		return nil
	case sealed == nil || sealed.Secret == nil || len(sealed.Secret.Last) < len(sealed.Secret.Rows):
		return nil
	}
	return []decider.Demand{{
		Purpose: "close/" + id + "/complete", Operation: "voting.close", Body: &votingv1.ClosePoll{Poll: id},
	}}
}

// yesNoOnly tells whether a level shows only how the yes of a question compares with thresholds.
func yesNoOnly(level communityv1.Secrecy) bool { return level > communityv1.Secrecy_SECRECY_TOTALS }
