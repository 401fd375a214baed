package audit

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Keys of every test.
var (
	epochKey   = ed25519.NewKeyFromSeed(seedOf("epoch"))
	founderKey = ed25519.NewKeyFromSeed(seedOf("founder"))
	deviceKey  = ed25519.NewKeyFromSeed(seedOf("device"))
)

func seedOf(name string) []byte {
	sum := sha256.Sum256([]byte(name))
	return sum[:]
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("make test data: %v", err))
	}
	return v
}

// genesisOf gives a founding commit that names the epoch key; each seed founds another community.
func genesisOf(seed uint64) []byte {
	body := binary.BigEndian.AppendUint64([]byte("genesis"), seed)
	s := chain.Signed{Suite: chain.SuiteIntl, Operation: "community.found", Contract: 1, Body: body}
	if err := s.Sign(chain.Hash{}, chain.AuthorGenesis, founderKey); err != nil {
		panic(err)
	}
	founded := &communityv1.CommunityFounded{EpochKey: chain.Public(epochKey)}
	event := chain.Event{Type: string(founded.ProtoReflect().Descriptor().FullName()), Body: must(proto.Marshal(founded))}
	c := chain.Commit{
		Author: chain.AuthorGenesis, ID: must(s.ID(chain.AuthorGenesis, "")), Service: "community", Command: must(s.Encode(nil)),
		Changes: []chain.Change{{Aggregate: "community/main", Version: 1, Events: []chain.Event{event}}},
	}
	return must(c.Encode())
}

// policyCommit gives a commit that a rule demanded: no signature, quickly made.
func policyCommit(history, i uint64) []byte {
	s := chain.Signed{Operation: "proposal.convene", IdempotencyKey: fmt.Sprintf("convene/%d/%d", history, i)}
	c := chain.Commit{
		Author: chain.AuthorPolicy, ID: must(s.ID(chain.AuthorPolicy, "proposal")), Service: "proposal", Command: must(s.Encode(nil)),
		Changes: []chain.Change{{Aggregate: fmt.Sprintf("topic/t%d", i), Version: 1, Events: []chain.Event{{Type: "t.Convened"}}}},
	}
	return must(c.Encode())
}

// deviceCommit gives a commit under a member's own key. A change to it comes before the encoding and after the signature.
func deviceCommit(genesis chain.Hash, i uint64, change func(*chain.Signed)) []byte {
	s := chain.Signed{
		Suite: chain.SuiteIntl, Operation: "proposal.post", Contract: 1, IdempotencyKey: fmt.Sprint(i), NotAfter: 600_000, Body: []byte(`{}`),
	}
	if err := s.Sign(genesis, chain.AuthorDevice, deviceKey); err != nil {
		panic(err)
	}
	if change != nil {
		change(&s)
	}
	c := chain.Commit{
		Author: chain.AuthorDevice, ID: must(s.ID(chain.AuthorDevice, "proposal")), Service: "proposal", Actor: "m", Command: must(s.Encode(nil)),
		Changes: []chain.Change{{Aggregate: fmt.Sprintf("topic/d%d", i), Version: 1, Events: []chain.Event{{Type: "t.Posted"}}}},
	}
	return must(c.Encode())
}

// record is a community's history in the making.
type record struct {
	history   uint64
	genesis   chain.Hash
	community string
	head      *chain.Sealed
	blocks    [][]byte
	entries   []merkle.Hash
	key       ed25519.PrivateKey // seals blocks
}

// newRecord founds a community. Records of one seed have the same founding; of different histories, other commits after it.
func newRecord(seed, history uint64) *record {
	g := genesisOf(seed)
	r := &record{history: history, genesis: chain.HashCommit(g), key: epochKey}
	r.community = chain.CommunityID(r.genesis)
	r.block(g)
	return r
}

// block seals commits into the next block.
func (r *record) block(commits ...[]byte) {
	h := chain.Header{Genesis: r.genesis, Epoch: 1, Count: uint32(len(commits))}
	if r.head != nil {
		h.Number, h.First, h.Prev = r.head.Number+1, r.head.First+uint64(r.head.Count), r.head.Hash()
		h.Time = r.head.Time + 1
	}
	from := len(r.entries)
	for _, c := range commits {
		r.entries = append(r.entries, merkle.Hash(chain.HashCommit(c)))
	}
	h.Root = chain.Hash(merkle.Root(r.entries[from:]))
	s := chain.Seal(h, r.key)
	r.head = &s
	r.blocks = append(r.blocks, must(chain.EncodeBlock(nil, &s, commits)))
}

// grow adds blocks with so many commits each.
func (r *record) grow(blocks, commits int) *record {
	for range blocks {
		list := make([][]byte, commits)
		for i := range list {
			list[i] = policyCommit(r.history, uint64(len(r.entries)+i))
		}
		r.block(list...)
	}
	return r
}

func (r *record) size() uint64 { return uint64(len(r.entries)) }

func (r *record) root(size uint64) merkle.Hash { return merkle.Root(r.entries[:size]) }

// clone gives a record that can take another course.
func (r *record) clone() *record {
	c := *r
	c.blocks, c.entries = slices.Clone(r.blocks), slices.Clone(r.entries)
	return &c
}

// stream is a Source over blocks in memory, as honest or not as the test makes it. It behaves as chain.Follow does.
type stream struct {
	mu     sync.Mutex
	blocks [][]byte
	away   bool
	silent map[uint64]bool // blocks that are never delivered, as when the server cannot read them
	grown  chan struct{}
	reads  int
}

func streamOf(r *record) *stream {
	return &stream{blocks: slices.Clone(r.blocks), silent: map[uint64]bool{}, grown: make(chan struct{})}
}

// change does something to the stream and wakes who waits for it.
func (s *stream) change(do func(s *stream)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do(s)
	close(s.grown)
	s.grown = make(chan struct{})
}

func (s *stream) at(number uint64) (raw []byte, held bool, grown chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if number >= uint64(len(s.blocks)) || s.silent[number] || s.away {
		return nil, number < uint64(len(s.blocks)) || s.away, s.grown
	}
	return s.blocks[number], true, s.grown
}

func (s *stream) Follow(ctx context.Context, from uint64, prev *chain.Sealed, each func([]byte, nats.Header) error) error {
	if from > 0 {
		raw, held, _ := s.at(from - 1)
		if !held {
			s.mu.Lock()
			defer s.mu.Unlock()
			return &chain.RewindError{Read: from - 1, Blocks: uint64(len(s.blocks))}
		}
		if raw != nil && prev != nil {
			if b, err := chain.DecodeBlock(raw); err != nil || b.Sealed.Hash() != prev.Hash() {
				return &chain.ForkError{Number: from - 1}
			}
		}
	}
	for number := from; ; {
		raw, _, grown := s.at(number)
		if raw == nil {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-grown:
			}
			continue
		}
		b, err := chain.VerifyBlock(raw, prev)
		if err != nil {
			return &chain.GapError{Want: number, Err: err}
		}
		if err := each(raw, nil); err != nil {
			return err
		}
		head := b.Sealed
		prev, number = &head, number+1
	}
}

func (s *stream) Read(_ context.Context, number uint64) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	switch {
	case s.away:
		return nil, ErrUnavailable
	case number >= uint64(len(s.blocks)) || s.silent[number]:
		return nil, chain.ErrNoBlock
	}
	return s.blocks[number], nil
}

// configOf gives a configuration on a directory of its own.
func configOf(tb testing.TB, r *record, s Source) Config {
	tb.Helper()
	return Config{
		Community: r.community, Dir: tb.TempDir(), Source: s, Log: slog.New(slog.DiscardHandler),
		Halt:       func(context.Context, string) {},
		Checkpoint: func(context.Context) ([]byte, error) { return nil, nil },
		Keys:       func(context.Context) ([]byte, error) { return []byte("{}"), nil },
		// Whoever waits goes on at once, so that a test that waits for nothing ends.
		pause: func(ctx context.Context, _ time.Duration) bool { return ctx.Err() == nil },
	}
}

func openOn(tb testing.TB, cfg Config) *Audit {
	tb.Helper()
	a, err := Open(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = a.Close() })
	return a
}

// feed takes the record's blocks from the archive's end on, and builds.
func feed(a *Audit, r *record) error {
	for a.archive.Blocks() < uint64(len(r.blocks)) {
		if err := a.take(r.blocks[a.archive.Blocks()]); err != nil {
			return err
		}
	}
	return a.build()
}

// mustFeed is feed that must work.
func mustFeed(tb testing.TB, a *Audit, r *record) {
	tb.Helper()
	if err := feed(a, r); err != nil {
		tb.Fatal(err)
	}
	wantHead(tb, a, r)
}

// wantHead compares the audit's head with a record's end.
func wantHead(tb testing.TB, a *Audit, r *record) {
	tb.Helper()
	h := a.Head()
	if h.Size != r.size() || h.Root != r.root(r.size()) || h.Block != r.head.Number || h.Hash != r.head.Hash().String() {
		tb.Fatalf("head %d/%d, want %d/%d", h.Block, h.Size, r.head.Number, r.size())
	}
}

// disk is an archive's file in memory that fails and loses power on demand: what was not synced survives in part, as dice say.
type disk struct {
	mu           sync.Mutex
	data, synced []byte
	ops          int
	fail         int // the number of the operation that fails, from 1
	effect       bool
	off          bool
	onFail       func()
}

var errDisk = fmt.Errorf("disk: injected fault")

func (d *disk) do(f func()) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return errDisk
	}
	d.ops++
	if d.ops != d.fail {
		f()
		return nil
	}
	if d.effect {
		f()
	}
	if d.onFail != nil {
		d.off = true
		d.onFail()
	}
	return errDisk
}

func (d *disk) ReadAt(p []byte, at int64) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at > int64(len(d.data)) {
		return 0, io.EOF
	}
	n := copy(p, d.data[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (d *disk) WriteAt(p []byte, at int64) (int, error) {
	return len(p), d.do(func() {
		if need := int(at) + len(p); need > len(d.data) {
			d.data = append(d.data, make([]byte, need-len(d.data))...)
		}
		copy(d.data[at:], p)
	})
}

func (d *disk) Size() (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return int64(len(d.data)), nil
}

func (d *disk) Truncate(size int64) error { return d.do(func() { d.data = d.data[:size:size] }) }
func (d *disk) Sync() error               { return d.do(func() { d.synced = slices.Clone(d.data) }) }
func (d *disk) Close() error              { return nil }

// reboot keeps what was synced, and of the rest some pages: torn is where it is cut, holes are pages of zeros.
func (d *disk) reboot(dice func(n int) int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept := slices.Clone(d.synced)
	if more := len(d.data) - len(kept); more > 0 {
		tail := slices.Clone(d.data[len(kept) : len(kept)+dice(more+1)])
		const page = 64 // small, so that small blocks are torn too
		for at := 0; at < len(tail); at += page {
			if dice(3) == 0 {
				clear(tail[at:min(at+page, len(tail))])
			}
		}
		kept = append(kept, tail...)
	}
	d.data, d.synced = kept, slices.Clone(kept)
	d.ops, d.fail, d.off, d.onFail = 0, 0, false, nil
}
