// Package verify checks a community's record as an outsider can: from a bundle alone, with no access to the system and no trust in
// its operator.
//
// The rules, in plain words:
//
//  1. Every block must name the one before it, be signed by the key that the founding named, and hold just the commits that its
//     root says.
//  2. The hashes of all commits must give the root of the newest checkpoint, which the log and enough witnesses must have signed.
//     With a policy from elsewhere those keys are proved; with the bundle's own they are claims, and the report says so.
//  3. Every command must be signed by its author over just this community, operation and content. That it was in time, inside its
//     window and done once is the judge's to see.
//  4. Every decision is made again by the same rules on the same state, and must give the same facts having looked at the same
//     things; every reaction that a rule demands must have followed in time.
//  5. What was withheld is listed, with the decisions that could therefore not be judged. They are never called good.
//
// Each check has a name, and each is the only one that catches its forgery: a test takes every check away in turn and sees the
// forgery pass.
package verify

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Finding is one thing that is wrong, at a commit's index.
type Finding struct {
	Index uint64 `json:"index"`
	Check Check  `json:"check"` // which check says so
	Why   string `json:"why"`
}

// Report is the whole answer.
type Report struct {
	OK        bool   `json:"ok"`
	Community string `json:"community"`
	Commits   uint64 `json:"commits"`
	Withheld  uint64 `json:"withheld"`
	// Unjudged counts the commits whose decision nobody could make again; those that are withheld are among them.
	Unjudged   uint64 `json:"unjudged"`
	Signatures uint64 `json:"signatures"` // of commands and blocks, that were checked
	Anchored   uint64 `json:"anchored"`   // commits that the checkpoint covers
	// Uncertain counts demands of rules that seem to be overdue, but may be done in what is withheld.
	Uncertain uint64    `json:"uncertain,omitempty"`
	Keys      string    `json:"keys"` // "policy" or "bundle"
	Witnesses []string  `json:"witnesses,omitempty"`
	Findings  []Finding `json:"findings"`
	// NotJudged lists withheld and unjudged commits, as far as FindingsMax allows.
	NotJudged []Unjudged `json:"not_judged,omitempty"`
	// Stopped says that there were so many findings that the rest of the record was not looked at.
	Stopped bool `json:"stopped,omitempty"`
	// Err is set when the record could not be looked at to its end: the bundle is damaged, or the context ended.
	Err error `json:"-"`
}

// Unjudged is a commit whose decision could not be made again. It is not known to be wrong, and never called right.
type Unjudged struct {
	Index uint64 `json:"index"`
	Why   string `json:"why"` // "withheld", "rests.on_withheld", "service.no_model", "rules.unknown" or "model.stopped"
}

// Options say what to hold the record against.
type Options struct {
	// Policy is a C2SP tlog-policy from elsewhere; nil takes the bundle's own keys.
	Policy *merkle.Policy
	// Judge makes decisions again; nil knows no service's rules, so that every decision counts as unjudged. One judge serves one
	// run.
	Judge Judge
	// Workers check signatures beside each other; 0 takes all processors.
	Workers int
	// FindingsMax is after how many findings to stop; 0 means 100.
	FindingsMax int
	// Progress is told after every block how many bytes of the blocks were read; may be nil.
	Progress func(done, all int)
	// SkipSignatures and SkipDecisions leave a part out, for benchmarks. Such a report is never OK.
	SkipSignatures, SkipDecisions bool

	without map[Check]bool // only for the test that takes checks away
}

// Run checks a bundle, once: its blocks are read by it. What cannot be checked is a finding; that the bundle could not be read to
// its end is the report's Err.
func Run(ctx context.Context, b *Bundle, opts Options) *Report {
	if opts.FindingsMax == 0 {
		opts.FindingsMax = 100
	}
	if opts.Workers == 0 {
		opts.Workers = runtime.GOMAXPROCS(0)
	}
	if opts.Judge == nil {
		opts.Judge = NewJudge()
	}
	v := &verifier{opts: opts, report: &Report{Community: b.Manifest.Community}, list: findings{max: opts.FindingsMax, without: opts.without}}
	v.openCheckpoint(b)
	v.crew = startCrew(ctx, opts.Workers, &v.list)
	v.walk(ctx, b)
	v.report.Signatures = v.crew.wait()
	r := v.report
	if r.Err == nil && !r.Stopped {
		v.anchor()
		r.Uncertain = v.opts.Judge.Uncertain()
	}
	r.Findings = v.list.sorted()
	r.OK = len(r.Findings) == 0 && r.Err == nil && !opts.SkipSignatures && !opts.SkipDecisions
	return r
}

// verifier is one run. It belongs to the walk; only list is shared with the crew.
type verifier struct {
	opts       Options
	report     *Report
	list       findings
	crew       *crew
	genesis    chain.Hash
	epochKey   ed25519.PublicKey // nil when the founding names none, which is a finding by itself
	epoch      uint32
	tree       merkle.Tree
	leaves     []merkle.Hash // of the block at hand, reused
	checkpoint *merkle.Checkpoint
	root       merkle.Hash // of the tree at the checkpoint's size
	reached    bool        // that size
	// skipAuthors leaves out the signatures of a block's commits, and not its own: they were checked when its hash was remembered.
	skipAuthors bool
}

// check notes a finding unless ok. It answers whether to go on as if all were well.
func (v *verifier) check(name Check, ok bool, index uint64, why string) bool {
	return ok || v.list.add(Finding{Index: index, Check: name, Why: why})
}

// openCheckpoint verifies the note's signatures. Without a checkpoint that can be believed there is nothing to hold the tree
// against.
func (v *verifier) openCheckpoint(b *Bundle) {
	policy := v.opts.Policy
	v.report.Keys = "policy"
	if policy == nil {
		v.report.Keys = "bundle"
		var err error
		if policy, err = ownPolicy(&b.Manifest); err != nil {
			v.check(CheckKeys, false, 0, "the bundle's own keys cannot be used: "+err.Error())
			return
		}
	}
	if !v.check(CheckCheckpointMissing, len(b.Checkpoint) > 0, 0, "there is no checkpoint") || len(b.Checkpoint) == 0 {
		return
	}
	c, cosignatures, err := policy.Examine(b.Checkpoint, merkle.Freshness{})
	if err != nil {
		if !v.check(CheckCheckpointSigned, false, 0, "the checkpoint is not signed as the policy demands: "+err.Error()) {
			return
		}
		if c, err = merkle.Peek(b.Checkpoint); err != nil {
			return
		}
	}
	for _, cosignature := range cosignatures {
		v.report.Witnesses = append(v.report.Witnesses, cosignature.Witness)
	}
	if v.check(CheckCheckpointOrigin, c.Origin == originOf(b.Manifest.Community), 0, "the checkpoint is another log's") {
		v.checkpoint = &c
	}
}

// ownPolicy asks for the log's key and any one of the bundle's own witnesses: which of them must sign is for a policy from elsewhere
// to say.
func ownPolicy(m *Manifest) (*merkle.Policy, error) {
	var text, members strings.Builder
	for i, key := range append([]string{m.LogKey}, m.WitnessKeys...) {
		if key == "" || strings.ContainsAny(key, " \t\r\n#") {
			return nil, errors.New("a key is missing or malformed")
		}
		if i == 0 {
			fmt.Fprintf(&text, "log %s\n", key)
			continue
		}
		fmt.Fprintf(&text, "witness w%d %s\n", i, key)
		fmt.Fprintf(&members, " w%d", i)
	}
	if members.Len() == 0 {
		text.WriteString("quorum none\n")
	} else {
		fmt.Fprintf(&text, "group own any%s\nquorum own\n", members.String())
	}
	return merkle.ParsePolicy([]byte(text.String()))
}

// begin takes genesis hash, epoch and its key from the founding block.
func (v *verifier) begin(b *Bundle, first *Block) {
	v.genesis, v.epoch = first.Hashes[0], first.Epoch
	v.check(CheckFoundingHash, first.Genesis == v.genesis, 0, "the founding commit is not the one that the blocks name")
	named := chain.CommunityID(v.genesis) == b.Manifest.Community && v.genesis.String() == b.Manifest.Genesis
	v.check(CheckManifest, named, 0, "the manifest names another community")
	if !v.check(CheckFoundingShown, first.Commits[0] != nil, 0, "the founding commit is withheld") || first.Commits[0] == nil {
		return
	}
	key, err := EpochKey(first.Commits[0])
	v.check(CheckFoundingKey, err == nil, 0, "the founding commit names no key for blocks")
	v.epochKey = key
}

var typeFounded = string((&communityv1.CommunityFounded{}).ProtoReflect().Descriptor().FullName())

// EpochKey reads the first epoch's key out of a founding commit.
func EpochKey(raw []byte) (ed25519.PublicKey, error) {
	c, err := chain.DecodeCommit(raw)
	if err != nil {
		return nil, err
	}
	for _, ch := range c.Changes {
		for _, e := range ch.Events {
			if e.Type != typeFounded {
				continue
			}
			var founded communityv1.CommunityFounded
			if err := proto.Unmarshal(e.Body, &founded); err != nil {
				return nil, fmt.Errorf("read founding event: %w", err)
			}
			if len(founded.GetEpochKey()) != ed25519.PublicKeySize {
				return nil, errors.New("read founding event: no epoch key")
			}
			return founded.GetEpochKey(), nil
		}
	}
	return nil, errors.New("read founding commit: no founding event")
}

// walk checks blocks in order, hands signatures to the crew, and has decisions made again. It stops at too many findings, at a block
// that cannot be read, and when ctx ends.
func (v *verifier) walk(ctx context.Context, b *Bundle) {
	var prev *chain.Sealed
	for {
		block, err := b.Next()
		if prev == nil && errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w: there are no blocks", ErrBundle) // Read has seen to it
		}
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			v.report.Err = err
			return
		case ctx.Err() != nil:
			v.report.Err = fmt.Errorf("verify: %w", ctx.Err())
			return
		case v.list.full():
			v.report.Stopped = true
			return
		}
		if prev == nil {
			v.begin(b, block)
		}
		v.block(block, prev)
		prev = &block.Sealed
		if v.opts.Progress != nil {
			v.opts.Progress(int(b.bytes), int(b.all))
		}
	}
}

// anchor holds the tree against the checkpoint.
func (v *verifier) anchor() {
	c, have := v.checkpoint, v.report.Commits
	if c == nil {
		return
	}
	v.report.Anchored = min(c.Size, have)
	if c.Size > have {
		v.check(CheckCheckpointAhead, false, have,
			fmt.Sprintf("the checkpoint covers %d commits, the bundle holds %d: its end is missing", c.Size, have))
		return
	}
	v.check(CheckCheckpointRoot, v.reached && v.root == c.Root, 0, "the commits do not give the checkpoint's root")
}

// notJudged lists a commit that nobody could judge.
func (v *verifier) notJudged(index uint64, why string) {
	v.report.Unjudged++
	if len(v.report.NotJudged) < v.opts.FindingsMax {
		v.report.NotJudged = append(v.report.NotJudged, Unjudged{index, why})
	}
}

// order puts findings at one index in an order that does not depend on which goroutine was quicker.
func order(a, b Finding) int {
	if a.Index != b.Index {
		if a.Index < b.Index {
			return -1
		}
		return 1
	}
	if c := strings.Compare(string(a.Check), string(b.Check)); c != 0 {
		return c
	}
	return strings.Compare(a.Why, b.Why)
}

func sortFindings(list []Finding) { slices.SortFunc(list, order) }
