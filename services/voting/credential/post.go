package credential

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// Sealed is what the gateway passes to the registrar, and Receipt what it answers.
type (
	Sealed struct {
		Sealed []byte `json:"sealed"`
		Voter  string `json:"voter,omitempty"` // whose it is, where somebody else brings it
	}
	Receipt struct {
		Receipt []byte `json:"receipt"`
	}
)

// Post has the credential registered: by the poll's registrar first, then on the record. The device is the voter's and is signed in, and
// the credential is kept already. All of it may be done again when an answer was lost.
func (c *Credential) Post(ctx context.Context, d *client.Device, registrar *communityv1.Registrar) (*op.Answer, error) {
	receipt, err := c.send(ctx, d, registrar, "")
	if err != nil {
		return nil, err
	}
	command, err := c.Register(registrar.GetKey(), receipt)
	if err != nil {
		return nil, err
	}
	return d.Do(ctx, "voting.register", "polls/"+c.Poll+"/registrations", command)
}

// Bring has the poll's registrar take the credential on a sheet, for the voter to whom it will be given. The device is an officer's and
// is signed in; what it gets goes into voting.register_papers, when the sheet is printed.
func (s *Sheet) Bring(
	ctx context.Context, d *client.Device, voter string, registrar *communityv1.Registrar,
) (*votingv1.SheetRegistration, error) {
	c, err := s.Credential(voter)
	if err != nil {
		return nil, err
	}
	receipt, err := c.send(ctx, d, registrar, voter)
	if err != nil {
		return nil, err
	}
	return s.Register(voter, registrar.GetKey(), receipt)
}

// send gives the credential to the registrar and gets its receipt; whose it is need not be said of one's own.
func (c *Credential) send(ctx context.Context, d *client.Device, registrar *communityv1.Registrar, whose string) ([]byte, error) {
	sealed, err := c.Seal(rand.Reader, registrar.GetBoxKey())
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(Sealed{sealed, whose})
	if err != nil {
		return nil, fmt.Errorf("encode registration: %w", err)
	}
	var answer Receipt
	if err := d.Post(ctx, "/v1/communities/"+d.Community+"/polls/"+c.Poll+"/credentials", nil, body, &answer); err != nil {
		return nil, fmt.Errorf("send to registrar: %w", err)
	}
	return answer.Receipt, nil
}

// Stands tells whether the record has this very credential's registration under the voter's name, and not another that somebody put there.
func (c *Credential) Stands(ctx context.Context, d *client.Device, position uint64) (bool, error) {
	var registered poll.Registration
	_, err := d.Record(ctx, poll.Path(c.Poll)+"/registration/"+c.Voter, position, &registered)
	return err == nil && bytes.Equal(registered.Commitment, c.Commitment()), err
}

// PostContest contests the roster by the voter's own device.
func (c *Credential) PostContest(ctx context.Context, d *client.Device) (*op.Answer, error) {
	return d.Do(ctx, "voting.contest_roster", "polls/"+c.Poll+"/contests", c.Contest())
}

// Booth is where a credential casts: a gateway that is not told whose it is.
type Booth struct {
	*client.Pseudonym
	credential *Credential
}

// Enter makes the booth of a credential. Nothing of the device but its gateway's address and the community is used in it.
func (c *Credential) Enter(d *client.Device) *Booth {
	return &Booth{client.NewPseudonym(d.Gateway, d.Community, d.Genesis, c.Key), c}
}

// Poll reads the poll, as of at least a position, and checks it.
func (b *Booth) Poll(ctx context.Context, position uint64) (*Poll, error) {
	state, err := b.State(ctx, poll.Path(b.credential.Poll), position)
	if err != nil {
		return nil, err
	}
	return ReadPoll(b.credential.Poll, state)
}

// Next asks the record for the number of the credential's next ballot. A device that has crashed need not have counted.
func (b *Booth) Next(ctx context.Context, position uint64) (uint64, error) {
	var sent poll.SecretBallot
	_, err := b.Record(ctx, poll.SecretBallotPath(b.credential.Poll, b.credential.Public()), position, &sent)
	if f := fault.Of(err); f != nil && f.Code == projection.ErrNoRecord.Code {
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	return sent.Sequence + 1, nil
}

// Cast sends a ballot. If the outcome stays unknown it may be sent again: the record takes a number once.
func (b *Booth) Cast(ctx context.Context, made *Ballot) (*op.Answer, error) {
	return b.Do(ctx, "voting.cast_secret", "polls/"+b.credential.Poll+"/secret-ballots", made.Cast())
}

// Challenge sends what opens a ballot.
func (b *Booth) Challenge(ctx context.Context, made *Ballot) (*op.Answer, error) {
	body, err := made.Challenge()
	if err != nil {
		return nil, err
	}
	return b.Do(ctx, "voting.challenge_ballot", "polls/"+b.credential.Poll+"/challenges", body)
}
