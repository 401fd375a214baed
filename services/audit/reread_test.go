package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/tiles"
)

// compared makes one pass over a stream that somebody changed after it was archived.
func compared(t *testing.T, r *record, change func(m *machine, s *stream)) error {
	t.Helper()
	m, s := newMachine(), streamOf(r)
	a := openOn(t, m.on(configOf(t, r, s)))
	mustFeed(t, a, r)
	change(m, s)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return a.Compare(ctx, nil)
}

// flipped gives a copy of a block with one bit changed.
func flipped(raw []byte, at int) []byte {
	out := slices.Clone(raw)
	out[at] ^= 1
	return out
}

// TestCompareFinds: each kind of damage to stream, archive and tiles is found and named, and nothing else is.
func TestCompareFinds(t *testing.T) {
	r := newRecord(1, 1).grow(6, 100)
	other := newRecord(1, 2).grow(6, 100)
	offset := func(block int) int { return len(framed(r.blocks[:block]...)) + frameBytes }
	for name, c := range map[string]struct {
		change func(m *machine, s *stream)
		is     error
		say    string
	}{
		"nothing": {func(*machine, *stream) {}, nil, ""},
		"a bit in the stream's middle": {
			func(_ *machine, s *stream) { s.blocks[3] = flipped(s.blocks[3], 500) }, nil, "want block 3",
		},
		"a bit in a header of the stream": {
			func(_ *machine, s *stream) { s.blocks[3] = flipped(s.blocks[3], 60) }, nil, "block 3", // found by its bytes or by its link
		},
		"a bit in a signature of the stream": { // which no link covers
			func(_ *machine, s *stream) { s.blocks[2] = flipped(s.blocks[2], chain.HeaderBytes+1) }, ErrDiffers, "block 2",
		},
		"the stream's history written anew": {func(_ *machine, s *stream) { s.blocks = other.blocks }, ErrDiffers, "block 1"},
		"the stream's end cut off":          {func(_ *machine, s *stream) { s.blocks = s.blocks[:5] }, ErrDiffers, "block 5"},
		"the stream emptied":                {func(_ *machine, s *stream) { s.blocks = nil }, ErrDiffers, "block 0"},
		"a block that cannot be read":       {func(_ *machine, s *stream) { s.silent[4] = true }, ErrDiffers, "block 4"},
		"a block left out":                  {func(_ *machine, s *stream) { s.blocks = slices.Delete(s.blocks, 2, 3) }, nil, "want block 2"},
		"two blocks changed places": {
			func(_ *machine, s *stream) { s.blocks[2], s.blocks[3] = s.blocks[3], s.blocks[2] }, nil, "want block 2",
		},
		"a bit in a commit of the archive": {func(m *machine, _ *stream) { m.archive.data[offset(3)+500] ^= 1 }, ErrArchive, "block 3"},
		"a bit in a header of the archive": {func(m *machine, _ *stream) { m.archive.data[offset(3)+60] ^= 1 }, ErrArchive, "block 3"},
		"a bit in a signature of the archive": {
			func(m *machine, _ *stream) { m.archive.data[offset(4)+chain.HeaderBytes] ^= 1 }, ErrArchive, "block 4",
		},
		"a bit in a length of the archive": {func(m *machine, _ *stream) { m.archive.data[offset(4)-1] ^= 1 }, ErrArchive, "block 4"},
		"a bit in a full tile":             {func(m *machine, _ *stream) { flipIn(m.tiles, "tile/0/000", 9) }, tiles.ErrDamaged, "tile/0/000"},
		"a bit in an entry bundle": {
			func(m *machine, _ *stream) { flipIn(m.tiles, "tile/entries/000", 99) }, tiles.ErrDamaged, "tile/entries/000",
		},
		"a lost tile": {func(m *machine, _ *stream) { m.tiles.Lose("tile/0/001") }, tiles.ErrDamaged, "tile/0/001"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := compared(t, r, c.change)
			if name == "nothing" {
				if err != nil {
					t.Fatalf("an honest stream is accused: %v", err)
				}
				return
			}
			if err == nil || !isFinal(err) || !strings.Contains(err.Error(), c.say) || c.is != nil && !errors.Is(err, c.is) {
				t.Fatalf("found only: %v", err)
			}
		})
	}
}

// TestCompareWaits: a server that is away proves nothing. When it comes back the pass goes on where it was.
func TestCompareWaits(t *testing.T) {
	r := newRecord(1, 1).grow(6, 2)
	s := streamOf(r)
	cfg := newMachine().on(configOf(t, r, s))
	back := 0
	cfg.pause = func(context.Context, time.Duration) bool {
		back++
		s.change(func(s *stream) { s.away = false })
		return true
	}
	a := openOn(t, cfg)
	mustFeed(t, a, r)
	s.away = true
	if err := a.Compare(t.Context(), nil); err != nil || back != 1 {
		t.Errorf("after %d waits: %v", back, err)
	}
	if got := a.State(t.Context()).Reread; got.Passes != 1 || got.Blocks != 7 {
		t.Errorf("reread: %+v", got)
	}
}

// TestCompareReadsAhead: the re-read costs no request for each block, and keeps to its pace.
func TestCompareReadsAhead(t *testing.T) {
	r := newRecord(1, 1).grow(300, 1)
	s := streamOf(r)
	a := openOn(t, newMachine().on(configOf(t, r, s)))
	mustFeed(t, a, r)
	began := time.Now()
	bytes := len(framed(r.blocks...))
	if err := a.Compare(t.Context(), rate.NewLimiter(rate.Limit(10*bytes), 1000)); err != nil {
		t.Fatal(err)
	}
	if s.reads > 0 || time.Since(began) < 60*time.Millisecond {
		t.Errorf("%d single reads in %v", s.reads, time.Since(began))
	}
}

// running runs an audit until the test ends and gives what it announces.
func running(t *testing.T, cfg Config) (*Audit, <-chan string) {
	t.Helper()
	halts := make(chan string, 1)
	cfg.Halt = func(_ context.Context, reason string) {
		select {
		case halts <- reason:
		default:
		}
	}
	// Retries and announcements wait for their time; only what a test waits for happens at once.
	cfg.pause = func(ctx context.Context, d time.Duration) bool { return pause(ctx, min(d, 20*time.Millisecond)) }
	a := openOn(t, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := a.Run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return a, halts
}

// await asks again, without a guess about time, until it is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(30 * time.Second); !so(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func heard(t *testing.T, halts <-chan string, say string) {
	t.Helper()
	select {
	case reason := <-halts:
		if !strings.Contains(reason, say) {
			t.Fatalf("halted because %q, want %q", reason, say)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("writing was not halted")
	}
}

// TestRunFollows: blocks become tiles, without being told to.
func TestRunFollows(t *testing.T) {
	r := newRecord(1, 1).grow(3, 10)
	s := streamOf(r)
	a, halts := running(t, configOf(t, r, s))
	for range 5 {
		r.grow(4, 10)
		s.change(func(s *stream) { s.blocks = slices.Clone(r.blocks) })
		await(t, "the tiles", func() bool { return a.Head().Size == r.size() })
		wantHead(t, a, r)
	}
	await(t, "the authors", func() bool { return a.State(t.Context()).Authors == uint64(len(r.blocks)) })
	await(t, "a pass", func() bool { return a.State(t.Context()).Reread.Passes > 1 })
	if err := a.Ready(t.Context()); err != nil || a.Stopped() != nil || len(halts) > 0 {
		t.Errorf("not ready: %v, %v", err, a.Stopped())
	}
}

// TestRunHalts: each difference is announced to the sequencer, again and again, nothing more is taken, and the log goes on answering.
func TestRunHalts(t *testing.T) {
	r := newRecord(1, 1).grow(6, 50)
	unsigned := r.clone()
	unsigned.block(deviceCommit(r.genesis, 1, func(s *chain.Signed) { s.Body = []byte(`{"other":1}`) }))
	stranger := r.clone()
	stranger.block(deviceCommit(chain.Hash{}, 1, nil)) // signed for another community
	signedRule := r.clone()
	signedRule.block(policySigned(r.genesis))
	fork := newRecord(1, 1).grow(5, 50)
	fork.history = 2
	fork.grow(4, 50)
	for name, c := range map[string]struct {
		change func(s *stream)
		say    string
	}{
		"a bit in the middle":         {func(s *stream) { s.blocks[2] = flipped(s.blocks[2], 600) }, "block 2"},
		"a next block of another":     {func(s *stream) { s.blocks = append(s.blocks, fork.blocks[7]) }, "block 7"},
		"the end replaced":            {func(s *stream) { s.blocks = fork.blocks }, "block "}, // by re-read or by following, whichever is first
		"a body that nobody signed":   {func(s *stream) { s.blocks = unsigned.blocks }, "commit 301"},
		"another community's command": {func(s *stream) { s.blocks = stranger.blocks }, "commit 301"},
		"a rule that signs":           {func(s *stream) { s.blocks = signedRule.blocks }, "commit 301"},
		"the stream cut":              {func(s *stream) { s.blocks = s.blocks[:3] }, "block 3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := streamOf(r)
			cfg := configOf(t, r, s)
			a, halts := running(t, cfg)
			a2 := a
			await(t, "the tiles", func() bool { return a2.Head().Size == r.size() })
			s.change(func(s *stream) { c.change(s); s.silent[99] = true })
			wait := c.say
			heard(t, halts, wait)
			heard(t, halts, wait)
			if a.Stopped() == nil || a.Ready(t.Context()) == nil || a.State(t.Context()).Stopped == "" {
				t.Error("it has not stopped")
			}
			if err := a.take(r.clone().grow(1, 1).blocks[7]); !errors.Is(err, errStopped) {
				t.Errorf("it takes more: %v", err)
			}
			if _, err := a.Log(t.Context(), "tile/0/000"); err != nil {
				t.Errorf("it answers no more: %v", err)
			}
		})
	}
}

// policySigned gives a rule's command that carries a signature.
func policySigned(genesis chain.Hash) []byte {
	s := chain.Signed{Suite: chain.SuiteIntl, Operation: "proposal.convene", IdempotencyKey: "convene/x"}
	if err := s.Sign(genesis, chain.AuthorPolicy, deviceKey); err != nil {
		panic(err)
	}
	c := chain.Commit{
		Author: chain.AuthorPolicy, ID: must(s.ID(chain.AuthorPolicy, "proposal")), Service: "proposal", Command: must(s.Encode(nil)),
		Changes: []chain.Change{{Aggregate: "topic/p", Version: 1, Events: []chain.Event{{Type: "t.Convened"}}}},
	}
	return must(c.Encode())
}

// TestRunShorter: a stream that ends before the archive does, and one that was replaced, are named at the start.
func TestRunShorter(t *testing.T) {
	r := newRecord(1, 1).grow(6, 5)
	fork := newRecord(1, 1).grow(2, 5)
	fork.history = 2
	fork.grow(4, 5)
	for name, blocks := range map[string][][]byte{
		"shorter": r.blocks[:4], "replaced": fork.blocks, "replaced and longer": fork.clone().grow(3, 5).blocks, "gone": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := streamOf(r)
			m := newMachine()
			mustFeed(t, openOn(t, m.on(configOf(t, r, s))), r)
			s.blocks = blocks
			_, halts := running(t, m.on(configOf(t, r, s)))
			heard(t, halts, "block ") // the re-read and the following race to name the first that they meet
		})
	}
}

// TestRunTrouble: a full disk is trouble and shown, no difference: nothing is halted, and when there is room it goes on.
func TestRunTrouble(t *testing.T) {
	r := newRecord(1, 1).grow(6, 5)
	s := streamOf(r)
	m := newMachine()
	m.archive.fail = -1
	full := &fullDisk{disk: m.archive}
	full.set(true)
	cfg := m.on(configOf(t, r, s))
	cfg.file = full
	a, halts := running(t, cfg)
	await(t, "trouble", func() bool { return slices.Contains(a.State(t.Context()).Trouble, "follow") })
	if a.Stopped() != nil || len(halts) > 0 || a.Ready(t.Context()) == nil {
		t.Errorf("a full disk: stopped %v, ready %v", a.Stopped(), a.Ready(t.Context()))
	}
	full.set(false)
	await(t, "the tiles", func() bool { return a.Head().Size == r.size() })
	await(t, "readiness", func() bool { return a.Ready(t.Context()) == nil })
	wantHead(t, a, r)
}

// fullDisk takes no writes while it is full.
type fullDisk struct {
	*disk
	lock sync.Mutex
	full bool
}

func (f *fullDisk) set(full bool) {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.full = full
}

func (f *fullDisk) WriteAt(p []byte, at int64) (int, error) {
	f.lock.Lock()
	defer f.lock.Unlock()
	if f.full {
		return 0, fmt.Errorf("no space left: %w", errDisk)
	}
	return f.disk.WriteAt(p, at)
}

// TestHint: authors are not checked twice, and a hint of something else is not believed.
func TestHint(t *testing.T) {
	r := newRecord(1, 1).grow(6, 5)
	a := openOn(t, configOf(t, r, streamOf(r)))
	mustFeed(t, a, r)
	h := hint{path: t.TempDir() + "/h"}
	if got := h.read(a.archive); got != 0 {
		t.Errorf("without a hint: %d", got)
	}
	if err := h.write(a.archive, 5); err != nil {
		t.Fatal(err)
	}
	if got := h.read(a.archive); got != 5 {
		t.Errorf("hint: %d", got)
	}
	other := newRecord(1, 2).grow(6, 5)
	b := openOn(t, configOf(t, other, streamOf(other)))
	if got := h.read(b.archive); got != 0 {
		t.Errorf("an empty archive believes %d", got)
	}
	mustFeed(t, b, other)
	if got := h.read(b.archive); got != 0 {
		t.Errorf("another archive believes %d", got)
	}
}

// TestPublishedIsHeldAgainst: a published checkpoint that is not the log's is a difference; one that is ahead is not, yet.
func TestPublishedIsHeldAgainst(t *testing.T) {
	r := newRecord(1, 1).grow(3, 5)
	signer := must(merkle.NewSigner("renlin.dev/"+r.community, deviceKey))
	note := func(size uint64, root merkle.Hash) []byte {
		return must(merkle.Sign(merkle.Checkpoint{Origin: signer.Name(), Size: size, Root: root}, signer))
	}
	for name, c := range map[string]struct {
		note []byte
		want error
	}{
		"none": {nil, nil}, "ours": {note(16, r.root(16)), nil}, "ours, older": {note(7, r.root(7)), nil},
		"another root": {note(16, r.root(15)), ErrCheckpoint}, "another root, older": {note(7, r.root(8)), ErrCheckpoint},
		"ahead": {note(17, r.root(16)), nil},
	} {
		cfg := configOf(t, r, streamOf(r))
		cfg.Checkpoint = func(context.Context) ([]byte, error) { return c.note, nil }
		a := openOn(t, cfg)
		mustFeed(t, a, r)
		if err := a.Compare(t.Context(), nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
