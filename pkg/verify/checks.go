package verify

import (
	"sync"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
)

// Check names one check. A judge's checks have names of its own; see judge.go.
type Check string

// The checks of the record itself.
const (
	CheckManifest          Check = "manifest.community"
	CheckKeys              Check = "keys.unusable"
	CheckCheckpointMissing Check = "checkpoint.missing"
	CheckCheckpointSigned  Check = "checkpoint.unsigned"
	CheckCheckpointOrigin  Check = "checkpoint.origin"
	CheckCheckpointAhead   Check = "checkpoint.ahead"
	CheckCheckpointRoot    Check = "checkpoint.root"
	CheckFoundingHash      Check = "founding.hash"
	CheckFoundingShown     Check = "founding.withheld"
	CheckFoundingKey       Check = "founding.epoch_key"
	CheckBlockLink         Check = "block.link"
	CheckBlockEpoch        Check = "block.epoch"
	CheckBlockCount        Check = "block.count"
	CheckBlockRoot         Check = "block.root"
	CheckBlockSignature    Check = "block.signature"
	CheckAuthor            Check = "author.signature"
	CheckRuleUnsigned      Check = "policy.signed"
)

// Checks lists the checks of the record itself.
var Checks = []Check{
	CheckManifest, CheckKeys, CheckCheckpointMissing, CheckCheckpointSigned, CheckCheckpointOrigin, CheckCheckpointAhead,
	CheckCheckpointRoot, CheckFoundingHash, CheckFoundingShown, CheckFoundingKey, CheckBlockLink, CheckBlockEpoch, CheckBlockCount,
	CheckBlockRoot, CheckBlockSignature, CheckAuthor, CheckRuleUnsigned,
}

// findings gathers what is wrong, from several goroutines. When there is too much it keeps what comes first in the record.
type findings struct {
	max     int
	without map[Check]bool

	mu   sync.Mutex // guards what follows
	list []Finding
	over bool // as many as wanted, or more
}

// add notes a finding. It answers true when the check is taken away, so that nothing was noted.
func (f *findings) add(x Finding) bool {
	if f.without[x.Check] {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over = len(f.list)+1 >= f.max
	if len(f.list) < f.max {
		f.list = append(f.list, x)
		return false
	}
	last := 0
	for i := range f.list {
		if order(f.list[last], f.list[i]) < 0 {
			last = i
		}
	}
	if order(x, f.list[last]) < 0 {
		f.list[last] = x
	}
	return false
}

func (f *findings) full() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.over
}

func (f *findings) sorted() []Finding {
	f.mu.Lock()
	defer f.mu.Unlock()
	sortFindings(f.list)
	return append([]Finding{}, f.list...)
}

// block checks one block and everything in it.
func (v *verifier) block(b *Block, prev *chain.Sealed) {
	index := v.report.Commits
	v.header(b, prev, index)
	if !v.opts.SkipSignatures {
		if v.epochKey != nil {
			v.crew.add(job{index: index, sealed: &b.Sealed, key: v.epochKey})
		}
		for i, raw := range b.Commits {
			if raw != nil && !v.skipAuthors {
				v.crew.add(job{index: index + uint64(i), raw: raw, genesis: v.genesis})
			}
		}
	}
	for i, raw := range b.Commits {
		v.tree.Append(v.leaves[i])
		v.report.Commits++
		if v.checkpoint != nil && v.report.Commits == v.checkpoint.Size {
			v.reached, v.root = true, v.tree.Root()
		}
		v.commit(index+uint64(i), raw, b.Time)
	}
	if !v.opts.SkipDecisions {
		v.judged(v.opts.Judge.EndBlock(&b.Sealed))
	}
}

// header holds one header against the one before and against its commits, whose leaf hashes it leaves behind.
func (v *verifier) header(b *Block, prev *chain.Sealed, index uint64) {
	if err := b.CheckNext(prev); err != nil {
		v.check(CheckBlockLink, false, index, err.Error())
	}
	v.check(CheckBlockEpoch, b.Epoch <= v.epoch, index, "the block's epoch was opened by nobody")
	v.check(CheckBlockCount, len(b.Hashes) == int(b.Count), index, "the block does not hold as many commits as its header says")
	v.leaves = v.leaves[:0]
	for i := range b.Hashes {
		v.leaves = append(v.leaves, merkle.LeafHash(b.Hashes[i]))
	}
	v.check(CheckBlockRoot, merkle.RootOfLeaves(v.leaves) == b.Root, index, "the commits do not give the block's root")
}

// commit has one decision made again.
func (v *verifier) commit(index uint64, raw []byte, blockTime int64) {
	if raw == nil {
		v.report.Withheld++
	}
	if v.opts.SkipDecisions {
		return
	}
	found, unjudged := v.opts.Judge.Commit(index, raw, blockTime)
	if unjudged != "" {
		v.notJudged(index, unjudged)
	}
	v.judged(found)
}

func (v *verifier) judged(found []Finding) {
	for _, f := range found {
		v.list.add(f)
	}
}
