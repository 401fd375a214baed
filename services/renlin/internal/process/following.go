package process

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/observer"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/standing"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/verify"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/sequencer"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/follow"
	"renlin.dev/services/voting/holder"
	"renlin.dev/services/voting/registrar"
	"renlin.dev/services/voting/trustee"
)

// Following says that a part follows the record itself, and does not take the voting service's word for it.
type Following struct {
	// Policy says whose word on a community's log is needed before anything is done that cannot be undone; nil: nobody's.
	Policy func(community string) (*merkle.Policy, error)
}

// follower is a part's own eyes on one community's record.
type follower struct {
	*observer.Observer
	refusals *follow.Refusals
	count    func(code string)
}

// follow makes a part's follower of a community; nil where the part does not follow. What it has seen lies with what must not be restored
// together with the data, where there is such a place.
func (e *Env) follow(part, community string, call *op.Caller) (*follower, error) {
	count := countRefusals(e.Metrics, part)
	if e.Follow == nil {
		return nil, nil
	}
	var policy *merkle.Policy
	if e.Follow.Policy != nil {
		var err error
		if policy, err = e.Follow.Policy(community); err != nil {
			return nil, fmt.Errorf("read policy: %w", err)
		}
	} else {
		e.Log.Warn("no policy names witnesses: the record is checked by itself alone, and another one could be shown to this part than to others",
			"community", community)
	}
	o, err := observer.Open(observer.Config{
		Community: community, Models: e.Models, Policy: policy, Build: build(), Log: e.Log,
		Path: filepath.Join(cmp.Or(e.State, e.Data), "follow-"+part, community+".json"),
	}, &served{call: call, community: community})
	if errors.Is(err, observer.ErrMemory) {
		return nil, errors.Join(errFinal, err)
	}
	if err != nil {
		return nil, err
	}
	return &follower{Observer: o, refusals: &follow.Refusals{Count: count}, count: count}, nil
}

// check tells what stands in the way: the record itself, or what the voting service tells otherwise. Who does not follow has nothing to
// tell.
func (f *follower) check(context.Context) error {
	if f == nil {
		return nil
	}
	if err := f.Stopped(); err != nil {
		return err
	}
	return f.refusals.Otherwise()
}

// ended tells whether nothing is made of the record any more, until the process is started anew.
func (f *follower) ended() bool { return f != nil && f.Stopped() != nil }

// around has a step say what was refused in it.
func (f *follower) around(step func(context.Context) error) func(context.Context) error {
	if f == nil {
		return step
	}
	return func(ctx context.Context) error {
		err := f.refusals.Around(ctx, step)
		if stopped := f.Stopped(); stopped != nil {
			f.count(fault.Of(stopped).Code)
		}
		return err
	}
}

// countRefusals gives what counts a part's refusals, each of which shows from the beginning.
func countRefusals(m *metrics.Registry, part string) func(code string) {
	refusals := m.Counter(definitionRefusals)
	counts := map[string]metrics.Count{}
	known := append([]*fault.Fault{
		observer.ErrForked, observer.ErrRewound, observer.ErrUntrue, observer.ErrAbstains, observer.ErrUnwitnessed, observer.ErrBehind,
		observer.ErrAhead,
	}, follow.Told...)
	for _, f := range known {
		counts[f.Code] = refusals.With(part, f.Code)
	}
	return func(code string) { counts[code].Add(1) }
}

// served is a community's record as audit serves it, under the head that the sequencer tells and the checkpoint that the notary does. None
// of them is believed, and who follows the record needs no place on the stream for it.
type served struct {
	call      *op.Caller
	community string
}

// Head implements observer.Source.
func (s *served) Head(ctx context.Context) (observer.Head, error) {
	raw, err := s.call.Bytes(ctx, chain.InfoSubject(s.community), nil)
	if err != nil {
		return observer.Head{}, err
	}
	var info sequencer.Info
	if err := json.Unmarshal(raw, &info); err != nil {
		return observer.Head{}, fmt.Errorf("read the record's end: %w", err)
	}
	if info.Blocks == 0 {
		return observer.Head{}, nil
	}
	hash, err := chain.ParseHash(info.Head)
	return observer.Head{Blocks: info.Blocks, Hash: hash}, err
}

// Blocks implements observer.Source.
func (s *served) Blocks(ctx context.Context, from uint64) ([][]byte, error) {
	page, err := s.call.Bytes(ctx, "audit."+s.community+".blocks", strconv.AppendUint(nil, from, 10))
	if err != nil {
		return nil, err
	}
	return verify.DecodeBlocks(page)
}

// Checkpoint implements observer.Source.
func (s *served) Checkpoint(ctx context.Context) ([]byte, error) {
	return s.call.Bytes(ctx, "notary."+s.community+".checkpoint", nil)
}

// trustee gives the record as a trustee sees it: its own, held against what it is told, or what it is told alone.
func (f *follower) trustee(told *holderRecord) trustee.Record {
	if f == nil {
		return told
	}
	return &follow.Trustee{Record: f.Observer, Told: told, Refusals: f.refusals}
}

// holder gives the record as a holder of polls' keys sees it.
func (f *follower) holder(told *holderRecord) holder.Record {
	if f == nil {
		return told
	}
	return &follow.Holder{Record: f.Observer, Told: told, Refusals: f.refusals}
}

// registrar gives the record as the registrar sees it.
func (f *follower) registrar(told *registrarRecord) registrar.Record {
	if f == nil {
		return told
	}
	return &follow.Registrar{Record: f.Observer, Told: told, Refusals: f.refusals}
}

// holders gives the founding's holders of polls' keys. Copies of keys are sealed to what is said here, so who follows does not ask.
func (f *follower) holders(ctx context.Context, told *holderRecord) (out []*communityv1.Holder, err error) {
	if f == nil {
		var c standing.Community
		err := told.state(ctx, "community", standing.CommunityPath, &c)
		return c.Holders, err
	}
	if err := f.Catch(ctx); err != nil {
		return nil, err
	}
	err = f.View(voting.Name, func(s *decider.State) error {
		out = voting.Holders(s)
		return nil
	})
	return out, err
}
