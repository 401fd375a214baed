// Package holder is the keystore of one of the two that can open a poll's ballots after its close.
//
// Its rules, in plain words: for every poll that is called, the first holder makes a key pair and keeps the private key on its own
// disk before it offers the public one; with the offer goes a copy that only the other holder's keystore can open. The other opens it,
// checks that it fits, keeps it, and only then says so; the poll opens on that word. A copy that does not fit it refuses, and the
// first makes another key. After the close, and never before, each publishes the key unless the other has done so already. So one lost
// disk stops no poll, and the record alone counts nothing early.
//
// Either of the two, by itself, could open ballots early; that is what the second organisation's own key does not prevent and what
// docs/THREATS.md states.
//
// Step does once whatever is due; everything that it needs to go on after a crash is on the disk or on the record:
//
//   - crash before the key is on the disk: nobody knows the key, the next step makes another;
//   - crash after that and before the offer is on the record: the next step finds the key on the disk and offers that one;
//   - the offer is on the record and its answer was lost: the next step sees it there and goes on;
//   - the second holder likewise: opened and kept, but not said: it is said by the next step, from the same copy;
//   - a repeated publication is refused as already done, which changes nothing.
package holder

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"golang.org/x/crypto/nacl/box"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Poll is what a keystore must know of a poll whose key is not published yet.
type Poll struct {
	ID        string   `json:"id"`
	BoxKey    []byte   `json:"box_key,omitempty"` // empty until offered
	Wrapped   []byte   `json:"wrapped,omitempty"`
	OfferedBy string   `json:"offered_by,omitempty"` // member
	HeldBy    string   `json:"held_by,omitempty"`    // member; empty until the second holder has the key
	Refused   [][]byte `json:"refused,omitempty"`    // public keys that the second holder has refused
	Closed    bool     `json:"closed,omitempty"`
}

// Record is how a keystore sees the community's record and writes to it.
type Record interface {
	// Polls lists the polls whose key is not published, as the record stands; see voting.Polls.
	Polls(ctx context.Context) ([]Poll, error)
	// Submit sends an encoded chain.Signed to the voting service and answers when it is durable or refused.
	Submit(ctx context.Context, raw []byte) error
}

// Config is one keystore's. Every field is needed.
type Config struct {
	// Folder is where private keys are kept, readable by this keystore's user alone. No other process may write to it.
	Folder string
	// Member is the holder's member id, Device the device key that signs for the keystore.
	Member string
	Device ed25519.PrivateKey
	// BoxKey is the keystore's own X25519 private key, to whose public half the other holder wraps copies.
	BoxKey []byte
	// Holders are the community's two, in the order of the founding. The first offers keys, the second holds copies; whoever sees
	// that the other has offered holds.
	Holders []*communityv1.Holder
	// Genesis names the community.
	Genesis chain.Hash
	// Rand is the source of keys: crypto/rand's in every program.
	Rand io.Reader
	// Now gives ms since the Unix epoch.
	Now func() int64
}

// notAfter is how long the record may take to accept a command.
const notAfter = 10 * 60 * 1000

// Agent is one keystore at work. It is not safe for concurrent use: one goroutine steps it.
type Agent struct {
	config Config
	record Record
	store  store
	other  *communityv1.Holder
	offers bool
}

// ErrConfig says that a keystore's configuration does not fit the community.
var ErrConfig = errors.New("keystore does not fit the community's holders")

// New makes a keystore's agent; it creates the folder if there is none.
func New(config Config, record Record) (*Agent, error) {
	a := &Agent{config: config, record: record, store: store{folder: config.Folder}}
	if len(config.Holders) != 2 {
		return nil, fmt.Errorf("open keystore: %w", ErrConfig)
	}
	mine := config.Holders[0]
	a.other, a.offers = config.Holders[1], true
	if mine.GetMember() != config.Member {
		mine, a.other, a.offers = config.Holders[1], config.Holders[0], false
	}
	if mine.GetMember() != config.Member || !ballot.Fits(config.BoxKey, mine.GetBoxKey()) || ballot.Weak(a.other.GetBoxKey()) {
		return nil, fmt.Errorf("open keystore: %w", ErrConfig)
	}
	if err := a.store.prepare(); err != nil {
		return nil, fmt.Errorf("open keystore: %w", err)
	}
	return a, nil
}

// Step does whatever is due for every poll. One poll's failure does not stop the others; the errors are joined, and whatever
// failed is due again at the next step.
func (a *Agent) Step(ctx context.Context) error {
	polls, err := a.record.Polls(ctx)
	if err != nil {
		return fmt.Errorf("list polls: %w", err)
	}
	var failed []error
	for i := range polls {
		if err := a.tend(ctx, &polls[i]); err != nil {
			failed = append(failed, fmt.Errorf("tend poll %s: %w", polls[i].ID, err))
		}
	}
	return errors.Join(failed...)
}

// Run takes a keystore's step at the start and whenever the caller says that something changed, until the context or the channel ends. The
// caller sends a tick every now and then too, so that what failed is tried again. It hands failures to report: each new one, and one that
// goes on at its second, fourth, eighth … time, so that a standing failure is neither silent nor all that a log holds.
func Run(ctx context.Context, step func(context.Context) error, changed <-chan struct{}, report func(error)) error {
	last, times := "", 0
	for {
		err := step(ctx)
		switch {
		case err == nil:
			last, times = "", 0
		case ctx.Err() == nil:
			if err.Error() != last {
				last, times = err.Error(), 0
			}
			if times++; bits.OnesCount(uint(times)) == 1 {
				report(err)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case _, ok := <-changed:
			if !ok {
				return nil
			}
		}
	}
}

func (a *Agent) tend(ctx context.Context, p *Poll) error {
	switch {
	case len(p.BoxKey) == 0:
		if a.offers {
			return a.offer(ctx, p)
		}
	case p.HeldBy == "":
		if p.OfferedBy != a.config.Member {
			return a.hold(ctx, p)
		}
	case p.Closed:
		return a.publish(ctx, p)
	}
	return nil
}

// offer makes the poll's key, or takes the one that was made before a crash, and offers it. A refused one is not offered again.
func (a *Agent) offer(ctx context.Context, p *Poll) error {
	private, err := a.store.pending(p.ID, p.Refused)
	if err != nil {
		return err
	}
	if private == nil {
		if _, made, err := box.GenerateKey(a.config.Rand); err != nil {
			return fmt.Errorf("make key: %w", err)
		} else if private = made[:]; ballot.Weak(publicOf(private)) {
			return errors.New("make key: the source of randomness gives nothing")
		}
		// Before this line nobody knows the key and a crash costs nothing; after it the key survives one.
		if err := a.store.keep(p.ID, private); err != nil {
			return err
		}
	}
	wrapped, err := box.SealAnonymous(nil, private, (*[ballot.KeyBytes]byte)(a.other.GetBoxKey()), a.config.Rand)
	if err != nil {
		return fmt.Errorf("wrap key: %w", err)
	}
	return a.submit(ctx, "voting.offer_key", &votingv1.OfferKey{Poll: p.ID, BoxKey: publicOf(private), Wrapped: wrapped})
}

// ErrWrapped says that the other holder's copy does not open, or is not the poll's key. It is refused on the record, and its holders
// have something to talk about.
var ErrWrapped = errors.New("wrapped copy is not the poll's key")

// hold opens the copy, keeps it, and says so.
func (a *Agent) hold(ctx context.Context, p *Poll) error {
	mine := [ballot.KeyBytes]byte(a.config.BoxKey)
	public := [ballot.KeyBytes]byte(publicOf(a.config.BoxKey))
	private, ok := box.OpenAnonymous(nil, p.Wrapped, &public, &mine)
	if !ok || !ballot.Fits(private, p.BoxKey) {
		return errors.Join(ErrWrapped, a.submit(ctx, "voting.refuse_key", &votingv1.RefuseKey{Poll: p.ID, BoxKey: p.BoxKey}))
	}
	// Only what is on the disk is held: a crash before this line says nothing, a crash after it says it from the same copy.
	if err := a.store.keep(p.ID, private); err != nil {
		return err
	}
	return a.submit(ctx, "voting.hold_key", &votingv1.HoldKey{Poll: p.ID, BoxKey: p.BoxKey})
}

// publish opens the ballots of a closed poll.
func (a *Agent) publish(ctx context.Context, p *Poll) error {
	private, err := a.store.find(p.ID, p.BoxKey)
	if err != nil {
		return err
	}
	return a.submit(ctx, "voting.publish_key", &votingv1.PublishKey{Poll: p.ID, PrivateKey: private})
}

// submit signs a command and sends it. Each attempt is a command of its own, because time and wrapping differ from one to the next;
// that only one of them takes effect is the rules' doing.
func (a *Agent) submit(ctx context.Context, operation string, body proto.Message) error {
	raw, err := Sign(a.config.Genesis, a.config.Device, a.config.Rand, a.config.Now(), operation, body)
	if err != nil {
		return err
	}
	return a.record.Submit(ctx, raw)
}

// Sign makes an encoded command of a keystore's device, under a random name.
func Sign(genesis chain.Hash, device ed25519.PrivateKey, rand io.Reader, now int64, operation string, body proto.Message) ([]byte, error) {
	encoded, err := protojson.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode command: %w", err)
	}
	var attempt [16]byte
	if _, err := io.ReadFull(rand, attempt[:]); err != nil {
		return nil, fmt.Errorf("name command: %w", err)
	}
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: operation + "/" + hex.EncodeToString(attempt[:]),
		NotAfter: now + notAfter, Body: encoded,
	}
	if err := s.Sign(genesis, chain.AuthorDevice, device); err != nil {
		return nil, fmt.Errorf("sign command: %w", err)
	}
	raw, err := s.Encode(nil)
	if err != nil {
		return nil, fmt.Errorf("encode command: %w", err)
	}
	return raw, nil
}
