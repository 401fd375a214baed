// Package verify checks a community's record as an outsider can: from a bundle alone, with no access to the system and no trust in
// its operator.
//
// The rules, in plain words:
//
//  1. Every block must name the one before it, be signed by the key that the founding named, and hold just the commits that its
//     root says.
//  2. The hashes of all commits must give the root of the newest checkpoint, which the log and enough witnesses must have signed.
//     With a policy from elsewhere those keys are proved; with the bundle's own they are claims, and the report says so.
//  3. Every command must be signed by its author over just this community, operation and content, in time, inside its window.
//  4. Every decision is made again by the same rules on the same state, and must give the same facts having looked at the same
//     things; every reaction that a rule demands must have followed in time.
//  5. What was withheld is listed, with the decisions that could therefore not be judged. They are never called good.
package verify

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"runtime"
	"sort"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Finding is one thing that is wrong, at a commit's index.
type Finding struct {
	Index uint64 `json:"index"`
	Why   string `json:"why"`
}

// Report is the whole answer.
type Report struct {
	OK         bool      `json:"ok"`
	Community  string    `json:"community"`
	Commits    uint64    `json:"commits"`
	Withheld   uint64    `json:"withheld"`
	Unjudged   uint64    `json:"unjudged"`
	Signatures uint64    `json:"signatures"`
	Anchored   uint64    `json:"anchored"` // commits that the checkpoint covers
	Keys       string    `json:"keys"`     // "policy" or "bundle"
	Findings   []Finding `json:"findings"`
}

// Judge makes decisions again. Commit is called for every commit in order, with nil for one that is withheld; End once, with the last
// block's time. The decider's Auditor is one.
type Judge interface {
	Commit(index uint64, raw []byte, blockTime int64) (findings []Finding, judged bool)
	End(blockTime int64) []Finding
}

// Options say what to hold the record against.
type Options struct {
	// Policy is a C2SP tlog-policy from elsewhere; nil takes the bundle's own keys.
	Policy *merkle.Policy
	// Judge may be nil only in benchmarks: then every commit counts as unjudged.
	Judge Judge
	// Workers check signatures beside each other; 0 takes all processors.
	Workers int
	// FindingsMax bounds the list; 0 means 100.
	FindingsMax int
	// Progress is told after every block; may be nil.
	Progress func(done, all int)
}

type verifier struct {
	opts     Options
	report   *Report
	epochKey ed25519.PublicKey
	genesis  chain.Hash
	tree     merkle.Tree
	roots    map[uint64]merkle.Hash // root at the sizes that matter
	jobs     chan job
	mu       sync.Mutex // guards report.Findings and Signatures while workers run
}

type job struct {
	index uint64
	raw   []byte
}

// Run checks a bundle. It never returns an error: what cannot be checked is a finding.
func Run(ctx context.Context, b *Bundle, opts Options) *Report {
	if opts.FindingsMax == 0 {
		opts.FindingsMax = 100
	}
	if opts.Workers == 0 {
		opts.Workers = runtime.GOMAXPROCS(0)
	}
	v := &verifier{opts: opts, report: &Report{Community: b.Manifest.Community}, roots: map[uint64]merkle.Hash{}}
	checkpoint := v.openCheckpoint(b)
	v.begin(b)
	wait := v.startWorkers(ctx)
	v.walk(ctx, b, checkpoint)
	close(v.jobs)
	wait()
	v.anchor(checkpoint)
	r := v.report
	sort.SliceStable(r.Findings, func(i, j int) bool { return r.Findings[i].Index < r.Findings[j].Index })
	if len(r.Findings) > opts.FindingsMax {
		r.Findings = r.Findings[:opts.FindingsMax]
	}
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	r.OK = len(r.Findings) == 0 && ctx.Err() == nil
	return r
}

func (v *verifier) find(index uint64, format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.report.Findings = append(v.report.Findings, Finding{Index: index, Why: fmt.Sprintf(format, args...)})
}

// openCheckpoint verifies the note's signatures; nil when there is none to hold the tree against.
func (v *verifier) openCheckpoint(b *Bundle) *merkle.Checkpoint {
	policy := v.opts.Policy
	v.report.Keys = "policy"
	if policy == nil {
		v.report.Keys = "bundle"
		var err error
		if policy, err = ownPolicy(b.Manifest); err != nil {
			v.find(0, "the bundle's own keys cannot be read: %v", err)
			return nil
		}
	}
	if len(b.Checkpoint) == 0 {
		v.find(0, "there is no checkpoint")
		return nil
	}
	c, err := policy.Check(b.Checkpoint, merkle.Freshness{})
	if err != nil {
		v.find(0, "checkpoint is not signed as the policy demands: %v", err)
		return nil
	}
	if c.Origin != "renlin.dev/"+b.Manifest.Community {
		v.find(0, "checkpoint is another log's")
		return nil
	}
	return &c
}

// ownPolicy asks for the log's key and all of the bundle's own witnesses.
func ownPolicy(m Manifest) (*merkle.Policy, error) {
	text := "log " + m.LogKey + "\n"
	members := ""
	for i, key := range m.WitnessKeys {
		name := fmt.Sprintf("w%d", i)
		text += "witness " + name + " " + key + "\n"
		members += " " + name
	}
	switch len(m.WitnessKeys) {
	case 0:
		text += "quorum none\n"
	default:
		text += "group all all" + members + "\nquorum all\n"
	}
	return merkle.ParsePolicy([]byte(text))
}

// begin takes genesis hash and epoch key from the founding commit.
func (v *verifier) begin(b *Bundle) {
	first := b.Blocks[0]
	v.genesis = first.Hashes[0]
	if first.Genesis != v.genesis {
		v.find(0, "the founding commit is not the one that the blocks name")
	}
	if chain.CommunityID(v.genesis) != b.Manifest.Community || v.genesis.String() != b.Manifest.Genesis {
		v.find(0, "the manifest names another community")
	}
	if first.Commits[0] == nil {
		v.find(0, "the founding commit is withheld")
		return
	}
	key, err := EpochKey(first.Commits[0])
	if err != nil {
		v.find(0, "the founding commit names no epoch key: %v", err)
	}
	v.epochKey = key
}

// EpochKey reads the first epoch's key out of a founding commit.
func EpochKey(raw []byte) (ed25519.PublicKey, error) {
	c, err := chain.DecodeCommit(raw)
	if err != nil {
		return nil, err
	}
	name := string((&communityv1.CommunityFounded{}).ProtoReflect().Descriptor().FullName())
	for _, ch := range c.Changes {
		for _, e := range ch.Events {
			if e.Type != name {
				continue
			}
			var founded communityv1.CommunityFounded
			if err := proto.Unmarshal(e.Body, &founded); err != nil {
				return nil, err
			}
			return founded.GetEpochKey(), nil
		}
	}
	return nil, fmt.Errorf("no founding event")
}

// walk checks blocks in order, hands commits to the signature workers, and has decisions made again.
func (v *verifier) walk(ctx context.Context, b *Bundle, checkpoint *merkle.Checkpoint) {
	var prev *chain.Sealed
	for n := range b.Blocks {
		if ctx.Err() != nil {
			return
		}
		block := &b.Blocks[n]
		leaves := v.checkBlock(block, prev)
		for i, raw := range block.Commits {
			index := v.report.Commits
			v.tree.Append(leaves[i])
			v.report.Commits++
			if checkpoint != nil && v.tree.Size() == checkpoint.Size {
				v.roots[checkpoint.Size] = v.tree.Root()
			}
			v.commit(index, raw, block.Time)
		}
		prev = &block.Sealed
		if v.opts.Progress != nil {
			v.opts.Progress(n+1, len(b.Blocks))
		}
	}
	if v.opts.Judge != nil && prev != nil {
		for _, f := range v.opts.Judge.End(prev.Time) {
			v.find(f.Index, "%s", f.Why)
		}
	}
}

func (v *verifier) commit(index uint64, raw []byte, blockTime int64) {
	if raw == nil {
		v.report.Withheld++
	} else {
		v.checkTimes(index, raw, blockTime)
		v.jobs <- job{index: index, raw: raw}
	}
	if v.opts.Judge == nil {
		v.report.Unjudged++
		return
	}
	findings, judged := v.opts.Judge.Commit(index, raw, blockTime)
	if !judged {
		v.report.Unjudged++
	}
	for _, f := range findings {
		v.find(f.Index, "%s", f.Why)
	}
}

// anchor holds the tree against the checkpoint.
func (v *verifier) anchor(c *merkle.Checkpoint) {
	if c == nil {
		return
	}
	v.report.Anchored = min(c.Size, v.report.Commits)
	root, ok := v.roots[c.Size]
	switch {
	case c.Size > v.report.Commits:
		v.find(v.report.Commits, "the checkpoint covers %d commits, the bundle holds %d: its end is missing", c.Size, v.report.Commits)
	case !ok || root != c.Root:
		v.find(0, "the commits do not give the checkpoint's root")
	}
}

// clockSkewMax is how far a commit's time may be from its block's.
const clockSkewMax = 2 * time.Second
