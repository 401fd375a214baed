// Package credential is the voter's side of a secret poll: what a device must keep, send and check so that its vote is counted and nobody
// is told whose it is.
//
// Its rules, in plain words, in the order in which a device keeps them:
//
//   - For each poll the device makes a credential: an Ed25519 key that is the voter's pseudonym in this poll and in no other, and a salt.
//     It keeps both on its disk before it tells anybody; whoever loses them makes new ones and registers again, until registration ends.
//   - The credential goes, sealed, to the registrar alone. The registrar signs that it knows it. The device checks that word, and puts
//     its commitment on the record under the voter's own name: the record knows that the voter has a credential and not which.
//   - When the roster is sealed the device looks for its key, with its own weight. If it is not there, the voter contests, which opens
//     the commitment for everybody: the poll lapses and it is the registrar's fault. Nobody else looks after that.
//   - A ballot is made for this very poll: before anything is encrypted the device checks that question, roll, roster and trustees' key
//     are those that ballots are bound to. It shows the tracker first. Then the voter casts, or has the ballot opened instead and lets a
//     second device see what is in it. What was opened is never cast.
//   - What the credential signs goes out without a session, on connections of its own, and tells the time to the minute only. So the
//     gateway is not told by the protocol whose it is. What it can still see is the address; who fears that uses another network.
//   - What opens a ballot is forgotten when it is cast. To vote again is to cast another under the next number; the last one counts.
//
// What a screen must say, and not in small print. That a voter took part, and with what weight, is public; how they voted is not. As many
// trustees as must act together can open every ballot. Whoever stands beside the voter sees the vote, and whoever has the device can
// prove to a buyer how it voted: neither freedom from coercion nor that there is no receipt is promised. To vote again helps in some
// cases only, because everybody sees that a pseudonym has voted again. That the device encrypts what it shows is not promised either, but
// can be tried by having ballots opened. For a voter whose key the gateway hosts, the gateway signs the registration, so it could
// register a credential of its own in the voter's place, and the voter could only complain: the device sees on the record that the
// commitment is not its own, but the contest would be signed by the gateway, too. The ballot is the device's in any case. The registrar
// knows whose credential is whose until the poll is open, and forgets it then; that it forgets cannot be seen from outside.
package credential

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"strings"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// SaltBytes is the size of a credential's salt.
const SaltBytes = 32

// Credential is a voter's pseudonym in one poll, as the voter's device has it. It is secret: with it anybody casts in the voter's place.
type Credential struct {
	Poll  string
	Voter string
	Salt  [SaltBytes]byte
	Key   ed25519.PrivateKey
	// Channel is what the roster must say of it, CHANNEL_PAPER of a sheet's and CHANNEL_HELPER of one that a helper's device keeps for the
	// voter; unspecified for the voter's own device. Bytes does not hold it.
	Channel votingv1.Channel
}

// Why something is no credential, or not what was asked for.
var (
	ErrMalformed = errors.New("bytes are no credential")
	// ErrReceipt: the registrar's word does not hold; do not put the registration on the record.
	ErrReceipt = errors.New("receipt is not the registrar's")
)

// New makes a credential of random bytes: crypto/rand's in every program. Keep it before it is used.
func New(rand io.Reader, pollID, voter string) (*Credential, error) {
	c := &Credential{Poll: pollID, Voter: voter}
	if !opaque(pollID) || !opaque(voter) {
		return nil, fmt.Errorf("make credential: %w", ErrMalformed)
	}
	var seed [ed25519.SeedSize]byte
	for _, into := range [][]byte{seed[:], c.Salt[:]} {
		if _, err := io.ReadFull(rand, into); err != nil {
			return nil, fmt.Errorf("make credential: %w", err)
		}
	}
	c.Key = ed25519.NewKeyFromSeed(seed[:])
	return c, nil
}

// kept is what Bytes begins with.
const kept = 2

// Bytes is the credential as a device keeps it.
func (c *Credential) Bytes() []byte {
	return encode(kept, c.Poll, c.Voter, c.Salt, c.Key.Seed())
}

// Read reads what Bytes wrote.
func Read(raw []byte) (*Credential, error) {
	r, err := decode(kept, raw)
	if err != nil {
		return nil, err
	}
	return &Credential{Poll: r.Poll, Voter: r.Voter, Salt: r.Salt, Key: ed25519.NewKeyFromSeed(r.Key)}, nil
}

// Public is the pseudonym.
func (c *Credential) Public() ed25519.PublicKey { return chain.Public(c.Key) }

// Commitment is what the record knows of the credential until it is contested.
func (c *Credential) Commitment() []byte {
	return poll.CommitCredential(c.Poll, c.Voter, c.Salt[:], c.Public())
}

// Register is the voter's own command that puts the registration on the record, once the registrar's receipt is checked.
func (c *Credential) Register(registrar ed25519.PublicKey, receipt []byte) (*votingv1.RegisterVoter, error) {
	commitment := c.Commitment()
	if chain.WeakKey(registrar) || !ed25519.Verify(registrar, poll.ReceiptInput(c.Poll, c.Voter, commitment), receipt) {
		return nil, ErrReceipt
	}
	return &votingv1.RegisterVoter{Poll: c.Poll, Voter: c.Voter, Commitment: commitment, Receipt: receipt}, nil
}

// Contest is the voter's own command that shows which credential the roster lacks. It tells everybody whose this one was; the poll is over
// with it, and the credential of no more use.
func (c *Credential) Contest() *votingv1.ContestRoster {
	return &votingv1.ContestRoster{Poll: c.Poll, Voter: c.Voter, Key: c.Public(), Salt: c.Salt[:]}
}

// opaque tells whether a text is an id.
func opaque(id string) bool {
	return len(id) == ballot.IDBytes && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") == ""
}
