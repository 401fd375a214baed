package host

import (
	"context"
	"maps"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/projection"
)

// shown is a projection and how it stands to the state. Once the runner has come to the record's end, both stand at the same block after
// every block. Before, nobody is shown anything, and a transaction for each block would take most of the time: then the projection is
// waited for if it is ahead, left behind otherwise, and brought to the state in one transaction at the end. It belongs to the runner's
// goroutine but for Query and Close.
type shown struct {
	*projection.Store
	stand    stand
	position uint64              // of the file, when it is ahead
	block    chain.Hash          // at that position
	late     bool                // the file is behind the state
	changed  map[string]struct{} // since then
}

// stand says where the file stands.
type stand int

const (
	foreign stand = iota // at no block that the state has come by: it is made anew
	ahead                // perhaps where the state will come to: the process ended after it was written and before the next snapshot
	along                // where the state stands, or behind it by what was noted since
)

// begin finds out how the file stands to the state from which a runner begins.
func (p *shown) begin(ctx context.Context, state *decider.State, behind bool) (err error) {
	if p.position, p.block, err = p.Head(ctx); err != nil {
		return err
	}
	p.stand = p.compare(state)
	return p.settle(ctx, state, behind)
}

// compare tells how the file stands to the state, if it was not written since begin.
func (p *shown) compare(state *decider.State) stand {
	var block chain.Hash
	if state.Head() != nil {
		block = state.Head().Hash()
	}
	switch {
	case p.position > state.Position():
		return ahead
	case p.position == state.Position() && p.block == block:
		return along
	}
	return foreign
}

// take notes what a block changed.
func (p *shown) take(ctx context.Context, state *decider.State, changed []string, behind bool) error {
	switch p.stand {
	case along:
		if !behind && !p.late {
			return p.Write(ctx, state, changed)
		}
		p.late = true
		for _, path := range changed {
			p.changed[path] = struct{}{}
		}
	case ahead:
		p.stand = p.compare(state)
	}
	return p.settle(ctx, state, behind)
}

// settle brings the file to the state, once that has come to the record's end.
func (p *shown) settle(ctx context.Context, state *decider.State, behind bool) error {
	if behind {
		return nil
	}
	if p.stand != along {
		p.stand = along
		return p.Rebuild(ctx, state)
	}
	if !p.late {
		return nil
	}
	paths := slices.Sorted(maps.Keys(p.changed))
	p.late, p.changed = false, map[string]struct{}{}
	return p.Write(ctx, state, paths)
}
