package audit

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/tiles"
)

// Head is what the notary signs over and what the sequencer compares itself with at its start.
type Head struct {
	Block uint64      `json:"block"` // number of the last block archived
	Hash  string      `json:"hash"`  // its hash
	Size  uint64      `json:"size"`  // commits in the tiles
	Root  merkle.Hash `json:"root"`
	Empty bool        `json:"empty,omitempty"`
}

// Head gives the archive's end and the tiles' root.
func (a *Audit) Head() Head {
	size, root := a.tiles.Head()
	h := Head{Size: size, Root: root, Empty: true}
	if last := a.archive.Head(); last != nil {
		h.Block, h.Hash, h.Empty = last.Number, last.Hash().String(), false
	}
	return h
}

// TracedHead is a head with the last traced requests, for a signer who points back to those that it covers.
type TracedHead struct {
	Head
	Traced []Traced `json:"traced,omitempty"`
}

// MarshalHead gives the head as JSON for the bus, with the last traced requests.
func (a *Audit) MarshalHead() ([]byte, error) {
	return json.Marshal(TracedHead{Head: a.Head(), Traced: a.traced.list()})
}

// Consistency gives the proof that the log of size n continues the one of size m.
func (a *Audit) Consistency(m, n uint64) ([]merkle.Hash, error) { return a.tiles.Consistency(m, n) }

// ConsistencyRequest asks for a consistency proof over the bus.
type ConsistencyRequest struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

// AnswerConsistency answers a request as JSON: a list of hashes in hex.
func (a *Audit) AnswerConsistency(data []byte) ([]byte, error) {
	var q ConsistencyRequest
	if err := json.Unmarshal(data, &q); err != nil {
		return nil, fault.ErrMalformed.Because(err)
	}
	path, err := a.Consistency(q.From, q.To)
	if err != nil {
		return nil, served(err)
	}
	out := make([]string, len(path))
	for i, h := range path {
		out[i] = hex.EncodeToString(h[:])
	}
	return json.Marshal(out)
}

// Faults of what outsiders ask. ErrNotYet is also the answer of a log without any checkpoint, ErrDamaged what an audit that could not be
// opened for damage answers to everything.
var (
	errPath    = fault.New(fault.NotFound, "log.path", "The log has nothing at this address.", "日志中没有该地址的内容。")
	ErrNotYet  = fault.New(fault.NotFound, "log.not_yet", "There is no checkpoint that covers this yet.", "尚无涵盖该内容的检查点。")
	ErrDamaged = fault.New(fault.Internal, "log.damaged", "The log is damaged; the operator has been told.", "日志已损坏，已通知管理员。")
	errBehind  = fault.New(fault.Unavailable, "log.behind", "The log is being rebuilt; please try again soon.", "日志正在重建，请稍后再试。")
	errHalted  = fault.New(fault.Unavailable, "log.stopped",
		"The record is not what it was; the log has stopped and the operator has been told.", "记录与先前不符，日志已停止并已通知管理员。")
)

// Log answers an address below /log/<community>/: "checkpoint", "tile/...", "proof/<index>", "keys", "state".
func (a *Audit) Log(ctx context.Context, path string) ([]byte, error) {
	switch {
	case path == "checkpoint":
		return a.checkpoint(ctx)
	case path == "keys":
		return a.cfg.Keys(ctx)
	case path == "state":
		return json.Marshal(a.State(ctx))
	case strings.HasPrefix(path, "tile/"):
		t, err := merkle.ParseTilePath(path)
		if err != nil {
			return nil, errPath.Because(err)
		}
		out, err := a.tiles.Tile(t)
		return out, a.logged(err)
	case strings.HasPrefix(path, "proof/"):
		text := path[len("proof/"):]
		index, err := strconv.ParseUint(text, 10, 63)
		if err != nil || strconv.FormatUint(index, 10) != text {
			return nil, errPath.Because(err)
		}
		return a.proof(ctx, index)
	}
	return nil, errPath
}

// served turns a store's error into what an outsider may know.
func served(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, tiles.ErrOutside):
		return errPath.Because(err)
	}
	return ErrDamaged.Because(err)
}

// logged is served for what nobody else would tell the operator.
func (a *Audit) logged(err error) error {
	if err != nil && !errors.Is(err, tiles.ErrOutside) {
		a.note("serve", err)
	}
	return served(err)
}

func (a *Audit) checkpoint(ctx context.Context) ([]byte, error) {
	note, err := a.cfg.Checkpoint(ctx)
	if err == nil && len(note) == 0 {
		err = ErrNotYet
	}
	if err != nil {
		return nil, err
	}
	return note, nil
}

// anchor remembers the checkpoint that was last held against the tiles.
type anchor struct {
	mu    sync.Mutex // guards what follows
	note  []byte
	point merkle.Checkpoint
}

// anchored reads a checkpoint and makes sure that it is our log's: a proof under another's root would prove nothing.
func (a *Audit) anchored(note []byte) (merkle.Checkpoint, error) {
	a.anchor.mu.Lock()
	defer a.anchor.mu.Unlock()
	if bytes.Equal(note, a.anchor.note) {
		return a.anchor.point, nil
	}
	c, err := merkle.Peek(note)
	if err != nil {
		return merkle.Checkpoint{}, ErrDamaged.Because(err)
	}
	root, err := a.tiles.Root(c.Size)
	switch {
	case errors.Is(err, tiles.ErrOutside):
		return merkle.Checkpoint{}, errBehind.Because(err)
	case err != nil:
		return merkle.Checkpoint{}, a.logged(err)
	case root != c.Root:
		err := fmt.Errorf("%w: it has another root at size %d", ErrCheckpoint, c.Size)
		a.note("checkpoint", err)
		return merkle.Checkpoint{}, ErrDamaged.Because(err)
	}
	a.note("checkpoint", nil)
	a.anchor.note, a.anchor.point = bytes.Clone(note), c
	return c, nil
}

// proof gives a C2SP tlog-proof of one commit under the newest checkpoint.
func (a *Audit) proof(ctx context.Context, index uint64) ([]byte, error) {
	note, err := a.checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	c, err := a.anchored(note)
	if err != nil {
		return nil, err
	}
	if index >= c.Size {
		return nil, ErrNotYet
	}
	path, err := a.tiles.Inclusion(index, c.Size)
	if err != nil {
		return nil, a.logged(err)
	}
	return merkle.FormatProof(index, path, note), nil
}

// pageBytesMax bounds one answer of blocks below the bus's payload limit; one block fits for certain.
const pageBytesMax = 800 << 10

// Blocks gives whole blocks from a number on, each with a u32 length before it, as many as fit; none at the end. Who asks checks them.
func (a *Audit) Blocks(from uint64) ([]byte, error) {
	page, err := a.archive.Page(from, pageBytesMax)
	switch {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		a.note("serve", err)
		return nil, ErrDamaged.Because(err)
	}
	return page, nil
}

// Commits is Blocks from the block that holds a commit.
func (a *Audit) Commits(index uint64) ([]byte, error) { return a.Blocks(a.archive.Holding(index)) }

// State is how the audit is doing, for everyone to see: lateness and a stop are shown, never hidden.
type State struct {
	Community string `json:"community"`
	Blocks    uint64 `json:"blocks"`  // archived
	Commits   uint64 `json:"commits"` // archived
	Size      uint64 `json:"size"`    // in the tiles
	// Checkpoint is the size of the newest published checkpoint, CheckpointError why none could be had.
	Checkpoint      uint64 `json:"checkpoint"`
	CheckpointError string `json:"checkpoint_error,omitempty"`
	Authors         uint64 `json:"authors"` // blocks whose authors' signatures were checked
	Reread          Reread `json:"reread"`
	Plans           Plans  `json:"plans"`
	// Stopped says why the audit has stopped, Trouble which of its works do not go on just now.
	Stopped string   `json:"stopped,omitempty"`
	Trouble []string `json:"trouble,omitempty"`
}

// State gives the state as of now. It asks for the newest checkpoint, and holds it against the tiles.
func (a *Audit) State(ctx context.Context) State {
	size, _ := a.tiles.Head()
	s := State{Community: a.cfg.Community, Blocks: a.archive.Blocks(), Commits: a.archive.Commits(), Size: size}
	note, err := a.checkpoint(ctx)
	if err == nil {
		var c merkle.Checkpoint
		c, err = a.anchored(note)
		s.Checkpoint = c.Size
	}
	if err != nil {
		s.CheckpointError = fault.Of(err).Code
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s.Authors, s.Reread, s.Plans = a.authors, a.reread, a.plans
	s.Plans.Findings = slices.Clone(a.plans.Findings)
	switch {
	case errors.Is(a.stopped, errUnsynced):
		s.Stopped = errUnsynced.Error() // the rest names files of the operator's machine
	case a.stopped != nil:
		s.Stopped = a.stopped.Error()
	}
	s.Trouble = slices.Sorted(maps.Keys(a.trouble))
	return s
}

// Ready answers nil while the audit works, else a fault: for a check of readiness.
func (a *Audit) Ready(context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stopped != nil {
		return errHalted.Because(a.stopped)
	}
	for _, err := range a.trouble { // any order: one is enough
		return errBehind.Because(err)
	}
	return nil
}
