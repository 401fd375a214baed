// Package trustee is the keystore of one of those among whom the keys of polls are divided.
//
// Its rules, in plain words: for every poll whose key is made, the trustee says what is due as soon as it is: a commitment, its part,
// shares of it, and a receipt for the others' shares, or a complaint about one that is false. After the close of an open poll, and never
// before, it publishes its share. Of a secret poll no share is ever published: there the trustee works on the sums of the ballots, and adds
// the ballots up itself before it touches any, because whoever decrypts what they are handed decrypts single ballots.
//
// What it says follows from its long-term key and the record alone, so there is nothing to keep but that key: after a crash at any line the
// next step says the same again, or, of a secret poll's sums, what is worth the same, or sees on the record that it was said. The nonce by
// which it helps to break ties follows from the key too.
//
// What it sees of the record it believes: a Record that only asks the voting service gives this trustee's share to one that lies about the
// close. Package follow has a Record that is verified, and that is what trustees are given who are apart from the voting service.
package trustee

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"io"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// Poll is what a trustee must know of a poll: its ceremony as the record has it.
type Poll struct {
	ID       string              `json:"id"`
	Secrecy  communityv1.Secrecy `json:"secrecy"`
	Ceremony *poll.Ceremony      `json:"ceremony"`
	Closed   bool                `json:"closed,omitempty"`
	// Poll is all that is known of a secret poll whose ballots are added up; nil for every other.
	Poll *poll.Poll `json:"poll,omitempty"`
}

// Row is a credential of a secret poll's roster, with its ballot that counts, if it has one.
type Row = poll.Row

// Record is how a trustee sees the community's record and writes to it.
type Record interface {
	// Ceremonies lists the polls that may want a trustee's hand, as the record stands; see voting.Ceremonies.
	Ceremonies(ctx context.Context) ([]Poll, error)
	// Ballots lists the whole roster of a secret poll, ascending by key; see voting.Ballots.
	Ballots(ctx context.Context, poll string) ([]Row, error)
	// Command signs a command with the trustee's device, sends it to the voting service, and answers when it is durable or refused.
	Command(ctx context.Context, operation string, body proto.Message) error
}

// Agent is one trustee at work. It is not safe for concurrent use: one goroutine steps it.
type Agent struct {
	// Key is the long-term key, by which the trustee knows which polls want its hand.
	Key *trustee.Key
	// Rand is the source of what proofs need: crypto/rand's in every program.
	Rand   io.Reader
	Record Record

	// touched remembers, for as long as the process lives, which sums it has touched in a secret poll, so that it is not asked for others.
	touched map[string][sha256.Size]byte
	// proved remembers what it has proved in a poll, for as long.
	proved map[string]proved
}

// Step does whatever is due for every poll. One poll's failure does not stop the others; the errors are joined, and whatever failed is due
// again at the next step.
func (a *Agent) Step(ctx context.Context) error {
	polls, err := a.Record.Ceremonies(ctx)
	if err != nil {
		return fmt.Errorf("list ceremonies: %w", err)
	}
	var failed []error
	for i := range polls {
		if err := a.tend(ctx, &polls[i]); err != nil {
			failed = append(failed, fmt.Errorf("tend poll %s: %w", polls[i].ID, err))
		}
	}
	return errors.Join(failed...)
}

func (a *Agent) tend(ctx context.Context, p *Poll) error {
	c, public := p.Ceremony, a.Key.Public().Bytes()
	me := 1 + slices.IndexFunc(c.Trustees, func(t *communityv1.Trustee) bool { return bytes.Equal(t.GetTrusteeKey(), public) })
	if me == 0 || c.Failed {
		return nil
	}
	r, err := c.Record(p.Secrecy)
	if err != nil {
		return err
	}
	switch {
	case len(c.Seal) == 0 && slices.Contains(r.Waiting(), me):
		return a.say(ctx, p, r)
	case len(c.Seal) > 0 && p.Closed && p.Secrecy == communityv1.Secrecy_SECRECY_OPEN && !c.Published(me):
		return a.publish(ctx, p, r)
	case len(c.Seal) > 0 && p.Secrecy > communityv1.Secrecy_SECRECY_OPEN && p.Poll != nil:
		return a.open(ctx, p, r, me)
	}
	return nil
}

// say says the word that is due.
func (a *Agent) say(ctx context.Context, p *Poll, r *trustee.Record) error {
	body := &votingv1.AddKeyPart{Poll: p.ID, Round: p.Ceremony.Round}
	d, err := trustee.NewDealer(r.Ceremony(), a.Key)
	if err != nil {
		return err
	}
	var said interface{ Bytes() []byte }
	switch r.Step() {
	case trustee.Committing:
		nonce, err := a.nonce(r)
		if err != nil {
			return err
		}
		sum := poll.CommitNonce(nonce)
		body.NonceCommitment = sum[:]
		said, err = d.Commit()
		if err != nil {
			return err
		}
	case trustee.Revealing:
		said, err = d.Reveal()
	case trustee.Dealing:
		said, err = d.Deal()
	default:
		said, err = a.answer(r)
	}
	if err != nil {
		return err
	}
	body.Message = said.Bytes()
	return a.Record.Command(ctx, "voting.add_key_part", body)
}

// answer is the receipt for all shares, or the complaint about one.
func (a *Agent) answer(r *trustee.Record) (interface{ Bytes() []byte }, error) {
	share, complaint, err := trustee.Receive(a.Rand, r, a.Key)
	switch {
	case err != nil:
		return nil, err
	case complaint != nil:
		return complaint, nil
	}
	return share.Ack(a.Rand, r)
}

// publish opens the ballots of a closed open poll, as far as one trustee can.
func (a *Agent) publish(ctx context.Context, p *Poll, r *trustee.Record) error {
	share, err := a.share(r)
	if err != nil {
		return err
	}
	seal, err := r.Seal()
	if err != nil {
		return err
	}
	exposed, err := share.Expose(seal)
	if err != nil {
		return err
	}
	nonce, err := a.nonce(r)
	if err != nil {
		return err
	}
	return a.Record.Command(ctx, "voting.publish_share", &votingv1.PublishShare{Poll: p.ID, Message: exposed.Bytes(), Nonce: nonce})
}

// share is this trustee's part of a key that is made.
func (a *Agent) share(r *trustee.Record) (*trustee.Share, error) {
	share, complaint, err := trustee.Receive(a.Rand, r, a.Key)
	switch {
	case err != nil:
		return nil, err
	case complaint != nil:
		return nil, fmt.Errorf("a share that was accepted does not open: %w", trustee.ErrShareFalse)
	}
	return share, nil
}

// nonce gives what this trustee adds to the seed by which ties are broken.
func (a *Agent) nonce(r *trustee.Record) ([]byte, error) {
	ceremony := r.Ceremony().ID()
	nonce, err := hkdf.Key(sha256.New, a.Key.Bytes(), ceremony[:], "renlin/tie-nonce", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive nonce: %w", err)
	}
	return nonce, nil
}

// KeyOf makes a long-term key of a secret seed, which the keystore keeps; the same seed gives the same key.
func KeyOf(seed []byte) (*trustee.Key, error) {
	stream, err := hkdf.Key(sha512.New, seed, nil, "renlin/trustee-key", 64)
	if err != nil {
		return nil, fmt.Errorf("derive trustee's key: %w", err)
	}
	return trustee.NewKey(bytes.NewReader(stream))
}
