// Package forge makes communities' records for tests: true ones, and ones that lie at one place with everything else made good again,
// as an operator could who holds every key but the members'.
//
// In plain words: a World is a small community without bus or disk. It signs commands, has the models decide, folds what comes out, does
// what rules demand, and writes blocks. Its Record can be changed afterwards: Edit a commit, Drop one, Renumber what counts on it, Seal
// the blocks anew, and Pack it all into a bundle with a checkpoint that log and witnesses sign.
package forge

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
)

// TB is what a test or a benchmark offers.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Start is when every world begins, ms since the Unix epoch.
const Start = int64(1_700_000_000_000)

// World is a community that decides. It belongs to one goroutine.
type World struct {
	*Record
	Now int64
	// PerBlock closes a block when it holds so many commits; 0 means 1.
	PerBlock int

	tb     TB
	models []*decider.Model
	states map[string]*decider.State
	open   [][]byte
	count  uint64
}

// NewWorld makes a community that is yet to be founded.
func NewWorld(tb TB, models ...*decider.Model) *World {
	w := &World{Record: newRecord(tb), Now: Start, tb: tb, models: models, states: map[string]*decider.State{}}
	for _, m := range models {
		w.states[m.Service] = decider.NewState(m)
	}
	return w
}

// State gives a service's state.
func (w *World) State(service string) *decider.State { return w.states[service] }

// Do has a command decided that must be accepted, and then does what rules demand. The first signer is the author; without one it is
// the founding's form.
func (w *World) Do(operation string, body proto.Message, signers ...ed25519.PrivateKey) *chain.Commit {
	w.tb.Helper()
	c, err := w.Try(operation, body, signers...)
	if err != nil {
		w.tb.Fatalf("%s: %v", operation, err)
	}
	return c
}

// Found is Do for the founding command.
func (w *World) Found(operation string, body proto.Message, founders ...ed25519.PrivateKey) *chain.Commit {
	w.tb.Helper()
	s := w.command(operation, body)
	s.IdempotencyKey, s.NotAfter = "", 0
	for _, key := range founders {
		if err := s.Sign(chain.Hash{}, chain.AuthorGenesis, key); err != nil {
			w.tb.Fatalf("sign: %v", err)
		}
	}
	c, err := w.decide(s, chain.AuthorGenesis)
	if err != nil {
		w.tb.Fatalf("%s: %v", operation, err)
	}
	w.Flush()
	return c
}

// Try is Do for what may be refused.
func (w *World) Try(operation string, body proto.Message, signers ...ed25519.PrivateKey) (*chain.Commit, error) {
	w.tb.Helper()
	s := w.command(operation, body)
	for _, key := range signers {
		if err := s.Sign(w.Genesis(), chain.AuthorDevice, key); err != nil {
			return nil, err
		}
	}
	c, err := w.decide(s, chain.AuthorDevice)
	if err == nil {
		w.rules()
	}
	return c, err
}

func (w *World) command(operation string, body proto.Message) *chain.Signed {
	w.tb.Helper()
	raw, err := protojson.Marshal(body)
	if err != nil {
		w.tb.Fatalf("encode %s: %v", operation, err)
	}
	w.count++
	return &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: fmt.Sprintf("key-%d", w.count),
		NotAfter: w.Now + 600_000, Body: raw,
	}
}

// decide judges a command on the state as it is now, and writes and folds the commit.
func (w *World) decide(s *chain.Signed, author chain.Author) (*chain.Commit, error) {
	service, _, _ := strings.Cut(s.Operation, ".")
	state := w.states[service]
	if state == nil {
		return nil, errors.New("no such service")
	}
	in := &decider.Input{
		Signed: s, Time: w.Now, Salt: w.salt(), Genesis: author == chain.AuthorGenesis, Policy: author == chain.AuthorPolicy,
	}
	var err error
	if in.ID, err = s.ID(author, service); err != nil {
		return nil, err
	}
	if in.Raw, err = s.Encode(nil); err != nil {
		return nil, err
	}
	verdict := state.Judge(in)
	if verdict.Err != nil {
		return nil, verdict.Err
	}
	return verdict.Commit, w.Write(verdict.Commit)
}

// Write puts a commit on the record without asking any rule, and folds it.
func (w *World) Write(c *chain.Commit) error {
	raw, err := c.Encode()
	if err != nil {
		return err
	}
	for _, m := range w.models {
		decoded, err := chain.DecodeCommit(raw)
		if err != nil {
			return err
		}
		if err := w.states[m.Service].Apply(decoded, w.Now); err != nil {
			return fmt.Errorf("fold in %s: %w", m.Service, err)
		}
	}
	w.open = append(w.open, raw)
	if len(w.open) >= max(w.PerBlock, 1) {
		w.Flush()
	}
	return nil
}

// Flush closes the open block.
func (w *World) Flush() {
	if len(w.open) > 0 {
		w.Blocks = append(w.Blocks, &Block{Time: w.Now, Commits: w.open})
		w.open = nil
	}
}

// Pass lets time go by, and does what falls due.
func (w *World) Pass(ms int64) {
	w.tb.Helper()
	w.Flush()
	w.Now += ms
	w.rules()
}

// rules does what is demanded and due, until nothing is.
func (w *World) rules() {
	w.tb.Helper()
	for again := true; again; {
		again = false
		for _, m := range w.models {
			for _, owed := range w.states[m.Service].OwedNow(w.Now) {
				_, s, err := decider.PolicyCommand(owed, m.Operation(owed.Operation).Contract)
				if err == nil {
					_, err = w.decide(s, chain.AuthorPolicy)
				}
				if err != nil {
					w.tb.Fatalf("%s: %v", owed.Purpose, err)
				}
				again = true
			}
		}
	}
}

// salt looks random, and is the same in every run.
func (w *World) salt() (salt [16]byte) {
	w.count++
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("salt"), w.count))
	copy(salt[:], sum[:])
	return salt
}

// Key makes the key of a name.
func Key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("key of " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// Public gives the public half of a name's key.
func Public(name string) ed25519.PublicKey { return Key(name).Public().(ed25519.PublicKey) }

// ID makes the opaque id of a name.
func ID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return chain.ShortID(sum[:])
}
