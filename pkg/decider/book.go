package decider

import (
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
)

// book is what an auditor keeps of all services alike: how many commits touched what, and which commands were done.
type book struct {
	position uint64
	counts   map[string]*count
	commands map[chain.CommandID]struct{}
	holes    bool // a commit was withheld
}

// count is that of one aggregate or collection. In a record with holes it may turn out to be behind; then the content is not
// known from there on.
type count struct {
	version uint64
	last    uint64 // position that touched it last
	unknown bool
}

func makeBook() book {
	return book{counts: map[string]*count{}, commands: map[chain.CommandID]struct{}{}}
}

// fit tells how a commit's versions fit those of the book.
type fit int

const (
	fitCurrent fit = iota
	fitUnknown     // it rests on something that a withheld commit changed
	fitStale       // it does not rest on the state at its place
)

// enter holds what a commit looked at and changed against the book, and counts it.
func (b *book) enter(c *chain.Commit) fit {
	worst := fitCurrent
	for _, set := range [2][]chain.Read{c.Reads, c.Collections} {
		for i := range set {
			worst = max(worst, b.hold(set[i].Key, set[i].Version))
		}
	}
	b.position++
	for i := range c.Changes {
		ch := &c.Changes[i]
		worst = max(worst, b.hold(ch.Aggregate, ch.Version-1))
		b.touch(ch.Aggregate)
		b.touch(ch.Aggregate[:strings.LastIndexByte(ch.Aggregate, '/')])
	}
	return worst
}

func (b *book) hold(key string, version uint64) fit {
	e := b.counts[key]
	switch {
	case e == nil && version == 0:
		return fitCurrent
	case e == nil && b.holes:
		b.counts[key] = &count{version: version, unknown: true}
		return fitUnknown
	case e == nil:
		return fitStale
	case e.version < version && b.holes:
		e.version, e.unknown = version, true
		return fitUnknown
	case e.version != version:
		return fitStale
	case e.unknown:
		return fitUnknown
	}
	return fitCurrent
}

func (b *book) touch(key string) {
	e := b.counts[key]
	if e == nil {
		e = &count{}
		b.counts[key] = e
	}
	if e.last != b.position {
		e.last = b.position
		e.version++
	}
}

// checkCommand holds a command and the times of its commit to what the sequencer promises.
func (a *Auditor) checkCommand(index uint64, c *chain.Commit, signed *chain.Signed, blockTime int64) {
	rule := c.Author == chain.AuthorPolicy
	founding := c.Author == chain.AuthorGenesis
	if founding != (index == 0) {
		a.find(index, "founding.misplaced", "")
	}
	id, err := signed.ID(c.Author, c.Service)
	if err != nil || id != c.ID {
		a.find(index, "command.id", "")
	}
	if _, twice := a.book.commands[c.ID]; twice {
		a.find(index, "command.twice", "")
	}
	a.book.commands[c.ID] = struct{}{}
	switch {
	case !rule && !founding && signed.NotAfter <= blockTime:
		a.find(index, "command.expired", "")
	case !rule && !founding && signed.NotAfter-blockTime > order.NotAfterMax:
		a.find(index, "command.not_after", "")
	}
	if c.WindowFrom != 0 && blockTime < c.WindowFrom || c.WindowUntil != 0 && blockTime >= c.WindowUntil {
		a.find(index, "window.missed", "")
	}
	if c.Time-blockTime > order.SkewMax || blockTime-c.Time > order.SkewMax {
		a.find(index, "time.skewed", "")
	}
	if a.cfg.Verify == nil || rule {
		return
	}
	genesis := a.genesis
	if founding {
		genesis = chain.Hash{}
	}
	if err := a.cfg.Verify(signed, genesis, c.ID); err != nil {
		a.find(index, "signature.invalid", "")
	}
}
