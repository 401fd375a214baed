package verify

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/merkle"
)

// WalkConfig says what to hold a growing record against.
type WalkConfig struct {
	Community string
	// Models are the rules by which decisions are made again. Commits of other services are held to times, ids and versions only.
	Models []*decider.Model
	// Policy says whose word on the log is taken; nil takes nobody's, so that only the record itself is checked.
	Policy *merkle.Policy
	// Workers check signatures beside each other; 0 takes all processors.
	Workers int
}

// Walk checks a record that is still being written: block by block as they come, by the very checks by which Run checks one in a file. It
// does no I/O, and belongs to one caller. After a finding that is not Late, or an error, nothing is to be made of its state any more.
type Walk struct {
	v       *verifier
	judge   *walkJudge
	policy  *merkle.Policy
	workers int
	prev    *chain.Sealed
	head    chain.Hash // of prev

	// What the newest checkpoint that was believed covers, and the leaves behind it.
	anchored merkle.Tree
	behind   []merkle.Hash
}

// NewWalk begins at the founding.
func NewWalk(cfg WalkConfig) *Walk {
	w := &Walk{
		judge: &walkJudge{auditor: auditor{Auditor: decider.NewAuditor(cfg.Models, decider.AuditConfig{})}}, policy: cfg.Policy,
		workers: cfg.Workers,
	}
	if w.workers == 0 {
		w.workers = runtime.GOMAXPROCS(0)
	}
	w.v = &verifier{
		opts: Options{Judge: w.judge, FindingsMax: walkFindingsMax}, report: &Report{Community: cfg.Community},
		list: findings{max: walkFindingsMax},
	}
	return w
}

// walkFindingsMax is how many findings of one block are told that are not Late: one is enough to stop. All that are Late are told besides:
// they stop nobody, so that they must not take the place of one that does.
const walkFindingsMax = 10

// Block checks the next block as it is stored, and folds it. What cannot be read at all is an error. A block that was seen before is held
// to its links, its root, its place and the epoch's signature alone: its authors' signatures and its decisions were checked when its hash,
// or that of a later block, was remembered, and the caller believes nothing before it has come to that hash again. That the epoch's key has
// signed it is looked at all the same, so that nobody else can have rules fold, unjudged, what never was on the record.
func (w *Walk) Block(ctx context.Context, raw []byte, seen bool) ([]Finding, error) {
	b, err := readWhole(raw)
	if err != nil {
		return nil, fmt.Errorf("read block: %w", err)
	}
	if w.prev == nil {
		w.v.begin(&Bundle{Manifest: Manifest{Community: w.v.report.Community, Genesis: b.Hashes[0].String()}}, b)
	}
	// Whether a block follows is looked at before anything of it is folded: a judge takes commits in their order only.
	if err := b.CheckNext(w.prev); err != nil {
		return []Finding{{Index: w.v.report.Commits, Check: CheckBlockLink, Why: err.Error()}}, nil
	}
	w.judge.seen, w.v.skipAuthors = seen, seen
	w.v.crew = startCrew(context.WithoutCancel(ctx), w.workers, &w.v.list) // half a block's signatures are no answer
	w.v.block(b, w.prev)
	w.v.report.Signatures += w.v.crew.wait()
	if w.policy != nil {
		w.behind = append(w.behind, w.v.leaves...)
	}
	w.prev, w.head = &b.Sealed, b.Sealed.Hash()
	found := append(w.v.list.sorted(), w.judge.late...)
	w.judge.late, w.v.list = nil, findings{max: walkFindingsMax}
	if why := w.judge.Stopped(); why != "" {
		return found, fmt.Errorf("%w: %s", ErrAbstains, why)
	}
	return found, nil
}

// ErrAhead says that a checkpoint covers more than has been read so far.
var ErrAhead = errors.New("the checkpoint covers more than has been read")

// ErrNoPolicy says that nobody was named whose word on the log is to be taken.
var ErrNoPolicy = errors.New("no policy says whose checkpoints are believed")

// Checkpoint takes a signed checkpoint. One that the policy does not hold valid, that is another log's, or that is ahead of what was read
// is an error and changes nothing. One that the policy does hold valid and that this record does not fulfil is a finding: witnesses have
// seen another record. An older one than the newest is passed over.
func (w *Walk) Checkpoint(note []byte) ([]Finding, error) {
	if w.policy == nil {
		return nil, ErrNoPolicy
	}
	c, err := w.policy.Check(note, merkle.Freshness{})
	if err != nil {
		return nil, fmt.Errorf("check checkpoint: %w", err)
	}
	size := w.anchored.Size()
	switch {
	case c.Origin != originOf(w.v.report.Community):
		return nil, fmt.Errorf("check checkpoint: %w", errOrigin)
	case c.Size > w.Position():
		return nil, ErrAhead
	case c.Size < size:
		return nil, nil
	}
	tree := w.anchored
	tree.AppendAll(w.behind[:c.Size-size])
	if tree.Root() != c.Root {
		why := "the commits do not give the checkpoint's root"
		return []Finding{{Index: max(c.Size, 1) - 1, Check: CheckCheckpointRoot, Why: why}}, nil
	}
	w.anchored, w.behind = tree, append([]merkle.Hash(nil), w.behind[c.Size-size:]...)
	return nil, nil
}

var errOrigin = errors.New("it is another log's")

// Position is the number of commits that were read.
func (w *Walk) Position() uint64 { return w.v.report.Commits }

// Anchored is how many of them a checkpoint covers that the policy holds valid.
func (w *Walk) Anchored() uint64 { return w.anchored.Size() }

// Signatures is how many were checked.
func (w *Walk) Signatures() uint64 { return w.v.report.Signatures }

// Head is the newest block's header and hash; nil before the first.
func (w *Walk) Head() (*chain.Sealed, chain.Hash) { return w.prev, w.head }

// State gives what folding the record under a service's rules has given; nil where there are none. Read-only, and good until the next
// block.
func (w *Walk) State(service string) *decider.State { return w.judge.State(service) }

// ErrAbstains says that the record goes on under rules that this program does not know, or that its rules could not fold it: it cannot say
// any more whether what follows is right.
var ErrAbstains = errors.New("the record can no longer be judged by this program")

// walkJudge is the judge of a walk. It does not judge what was judged before.
type walkJudge struct {
	auditor
	seen bool
	late []Finding // of the block at hand
}

// EndBlock implements Judge. What was late carries the index of what demanded it, long before the block, and would come before all that is
// wrong in the block itself.
func (j *walkJudge) EndBlock(h *chain.Sealed) (found []Finding) {
	for _, f := range j.auditor.EndBlock(h) {
		if f.Late() {
			j.late = append(j.late, f)
			continue
		}
		found = append(found, f)
	}
	return found
}

// Commit implements Judge.
func (j *walkJudge) Commit(index uint64, raw []byte, blockTime int64) ([]Finding, string) {
	if j.seen {
		return j.convert(j.Auditor.Seen(index, raw, blockTime)), ""
	}
	return j.auditor.Commit(index, raw, blockTime)
}

// Late tells whether a finding says that a rule's work was not done in time. A service that was down for a while is no untruth: what it
// owes is still to come, and everybody sees that it was late.
func (f *Finding) Late() bool { return f.Check == "policy.omitted" }

// DecodeBlocks takes a page of whole blocks apart, each with a u32 length before it, as an audit serves them.
func DecodeBlocks(page []byte) ([][]byte, error) {
	blocks, err := decider.DecodeStream(page)
	if err != nil {
		return nil, fmt.Errorf("read blocks: %w", err)
	}
	return blocks, nil
}
