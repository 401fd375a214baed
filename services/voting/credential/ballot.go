package credential

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// ErrCast refuses to open a ballot that may have been cast: who has it could show everybody how it was voted.
var ErrCast = errors.New("ballot has been handed out to be cast")

// Poll is a secret poll in which ballots can be cast, as the record tells it.
type Poll struct {
	ID       string
	Election *secretballot.Election
	state    poll.Poll
}

// ReadPoll reads the state of record poll/<id>, and checks that it is whole: what it says of itself is what ballots are bound to.
func ReadPoll(id string, state []byte) (*Poll, error) {
	p := &Poll{ID: id}
	if err := json.Unmarshal(state, &p.state); err != nil {
		return nil, fmt.Errorf("read poll: %w", err)
	}
	var err error
	p.Election, err = poll.Ballots(id, &p.state)
	return p, err
}

// Selections gives what is encrypted for a choice, which is written as on an open ballot.
func (p *Poll) Selections(choice *votingv1.Choice) ([]int64, error) {
	if selections, by, err := poll.Filling(&p.state, choice); by {
		return selections, err
	}
	n := len(p.state.Question.GetOptions())
	if p.state.Rules.GetMethod() == communityv1.Method_METHOD_YES_NO {
		n = 3
	}
	scored := p.state.Rules.GetMethod() == communityv1.Method_METHOD_SCORE
	if scored && len(choice.GetPoints()) != len(choice.GetOptions()) || !scored && len(choice.GetPoints()) > 0 {
		return nil, secretballot.ErrChoice
	}
	selections, taken := make([]int64, n), make([]bool, n)
	for i, option := range choice.GetOptions() {
		if int(option) >= n || taken[option] {
			return nil, secretballot.ErrChoice
		}
		selections[option], taken[option] = 1, true
		if scored {
			selections[option] = choice.GetPoints()[i]
		}
	}
	return selections, nil
}

// Choice writes down what selections say, as on an open ballot: what a voter compares with what they had entered.
func (p *Poll) Choice(selections []int64) (*votingv1.Choice, error) {
	if choice, by, err := poll.Filled(&p.state, selections); by {
		return choice, err
	}
	choice, scored := &votingv1.Choice{}, p.state.Rules.GetMethod() == communityv1.Method_METHOD_SCORE
	for option, n := range selections {
		if n == 0 {
			continue
		}
		choice.Options = append(choice.Options, uint32(option))
		if scored {
			choice.Points = append(choice.Points, n)
		}
	}
	return choice, nil
}

// Ballot is a ballot that is made and neither cast nor opened yet.
type Ballot struct {
	// Tracker is what the voter is shown before they decide, and looks for on the record.
	Tracker [secretballot.TrackerBytes]byte

	poll     string
	sequence uint64
	raw      []byte
	opening  *secretballot.Opening // nil once it is cast
}

// Make encrypts a choice as the credential's ballot of a number: one more than the record's last. rand is crypto/rand's in every program.
func (c *Credential) Make(rand io.Reader, p *Poll, sequence uint64, choice *votingv1.Choice) (*Ballot, error) {
	if p.ID != c.Poll {
		return nil, fmt.Errorf("make ballot: %w", ErrMalformed)
	}
	selections, err := p.Selections(choice)
	if err != nil {
		return nil, err
	}
	v := voter(c.Public(), sequence)
	raw, opening, err := p.Election.Encrypt(rand, v, selections)
	if err != nil {
		return nil, err
	}
	return &Ballot{Tracker: p.Election.Tracker(v, raw), poll: c.Poll, sequence: sequence, raw: raw, opening: opening}, nil
}

// Cast is the command that casts it, signed by the credential alone. What opens the ballot is forgotten at once.
func (b *Ballot) Cast() *votingv1.CastSecret {
	b.opening = nil
	return &votingv1.CastSecret{Poll: b.poll, Sequence: b.sequence, Ballot: b.raw}
}

// Challenge is the command that has it opened instead, signed by the credential alone. It shows everybody the choice, so it should not be
// what the voter means to cast afterwards.
func (b *Ballot) Challenge() (*votingv1.ChallengeBallot, error) {
	if b.opening == nil {
		return nil, ErrCast
	}
	return &votingv1.ChallengeBallot{Poll: b.poll, Sequence: b.sequence, Ballot: b.raw, Opening: b.opening.Bytes()}, nil
}

// Opened is what a second device finds in a challenged ballot, from the record and without the first device's help: the tracker, to compare
// with what the first one showed before, and the choice, to compare with what the voter had entered.
func Opened(p *Poll, b *votingv1.SecretBallotChallenged) (tracker [secretballot.TrackerBytes]byte, choice []int64, err error) {
	if len(b.GetKey()) != secretballot.PseudonymBytes {
		return tracker, nil, ErrMalformed
	}
	v := voter(b.GetKey(), b.GetSequence())
	sent, err := p.Election.Verify(v, b.GetBallot())
	if err != nil {
		return tracker, nil, err
	}
	choice, err = p.Election.Open(sent, b.GetOpening())
	if err != nil {
		return tracker, nil, err
	}
	return p.Election.Tracker(v, b.GetBallot()), choice, nil
}

// Counts finds out whether a ballot that the record holds is the voter's own, by the tracker that they were shown.
func (c *Credential) Counts(p *Poll, b *votingv1.SecretBallotCast, tracker [secretballot.TrackerBytes]byte) bool {
	return string(b.GetKey()) == string(c.Public()) && p.Election.Tracker(voter(b.GetKey(), b.GetSequence()), b.GetBallot()) == tracker
}

func voter(key []byte, sequence uint64) secretballot.Voter {
	return secretballot.Voter{Pseudonym: [secretballot.PseudonymBytes]byte(key), Sequence: sequence}
}
