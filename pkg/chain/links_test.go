package chain_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
)

// scribe writes a community's blocks, each of one commit.
type scribe struct {
	head   *chain.Sealed // nil before the founding
	blocks [][]byte
}

// write seals the commits into the next block; spoil may change its header before that.
func (s *scribe) write(t *testing.T, spoil func(*chain.Header), commits ...string) *chain.Sealed {
	t.Helper()
	leaves := make([]chain.Hash, len(commits))
	raws := make([][]byte, len(commits))
	for i, c := range commits {
		raws[i] = []byte(c)
		leaves[i] = chain.LeafHash(chain.HashCommit(raws[i]))
	}
	h := chain.Header{Genesis: chain.HashCommit(raws[0]), Count: uint32(len(commits)), Time: 100, Root: chain.RootOfLeaves(leaves)}
	if p := s.head; p != nil {
		h.Genesis, h.Number, h.First, h.Prev, h.Time = p.Genesis, p.Number+1, p.First+uint64(p.Count), p.Hash(), p.Time+1
	}
	if spoil != nil {
		spoil(&h)
	}
	sealed := chain.Seal(h, seeded(9))
	raw, err := chain.EncodeBlock(nil, &sealed, raws)
	if err != nil {
		t.Fatal(err)
	}
	s.head, s.blocks = &sealed, append(s.blocks, raw)
	return &sealed
}

// newScribe founds a community and writes n more blocks.
func newScribe(t *testing.T, founding string, n int) *scribe {
	t.Helper()
	s := &scribe{}
	s.write(t, nil, founding)
	for i := range n {
		s.write(t, nil, founding+" goes on", strings.Repeat("c", i+1))
	}
	return s
}

func (s *scribe) community() string { return chain.CommunityID(s.head.Genesis) }

// TestCheckNext: each way in which a header may not follow another, named.
func TestCheckNext(t *testing.T) {
	t.Parallel()
	prev := newScribe(t, "founding", 2).head
	for _, c := range []struct {
		name  string
		spoil func(*chain.Header)
		want  string // "" when it may follow
	}{
		{"it follows", nil, ""},
		{"at the same time", func(h *chain.Header) { h.Time = prev.Time }, ""},
		{"in a new epoch", func(h *chain.Header) { h.Epoch++ }, ""},
		{"another community", func(h *chain.Header) { h.Genesis[0]++ }, "another community"},
		{"an older epoch", func(h *chain.Header) { h.Epoch-- }, "epoch runs backwards"},
		{"a number left out", func(h *chain.Header) { h.Number++ }, "block 4 follows block 2"},
		{"a number again", func(h *chain.Header) { h.Number-- }, "block 2 follows block 2"},
		{"an index left out", func(h *chain.Header) { h.First++ }, "begins at index 6, want 5"},
		{"an index again", func(h *chain.Header) { h.First-- }, "begins at index 4, want 5"},
		{"another block before", func(h *chain.Header) { h.Prev[0]++ }, "does not name the block before it"},
		{"earlier", func(h *chain.Header) { h.Time = prev.Time - 1 }, "time runs backwards"},
	} {
		before := *prev
		before.Epoch = 5
		h := chain.Header{Genesis: prev.Genesis, Epoch: 5, Number: 3, First: 5, Count: 1, Prev: before.Hash(), Time: prev.Time + 1}
		if c.spoil != nil {
			c.spoil(&h)
		}
		next := chain.Seal(h, seeded(9))
		checkNamed(t, c.name, next.CheckNext(&before), c.want)
	}
}

func checkNamed(t *testing.T, name string, err error, want string) {
	t.Helper()
	if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, want %q", name, err, want)
	}
}

// TestVerifyBlock: what CheckNext cannot see, and the founding block.
func TestVerifyBlock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		first bool
		spoil func(*chain.Header)
		want  string
	}{
		{"it follows", false, nil, ""},
		{"the founding", true, nil, ""},
		{"another root", false, func(h *chain.Header) { h.Root[0]++ }, "root"},
		{"a founding of another name", true, func(h *chain.Header) { h.Genesis[0]++ }, "does not name the community"},
		{"a founding with number 1", true, func(h *chain.Header) { h.Number = 1 }, "does not begin the chain"},
		{"a founding at index 1", true, func(h *chain.Header) { h.First = 1 }, "does not begin the chain"},
		{"a founding after something", true, func(h *chain.Header) { h.Prev[0] = 1 }, "does not begin the chain"},
		{"a founding with another root", true, func(h *chain.Header) { h.Root[0]++ }, "root"},
	} {
		s := &scribe{}
		if !c.first {
			s.write(t, nil, "founding")
		}
		prev := s.head
		s.write(t, c.spoil, "c1", "c2")
		_, err := chain.VerifyBlock(s.blocks[len(s.blocks)-1], prev)
		checkNamed(t, c.name, err, c.want)
	}
	if _, err := chain.VerifyBlock(newScribe(t, "founding", 1).blocks[1], nil); err == nil {
		t.Error("a later block was taken for the founding")
	}
}

// TestReceiptForged: a receipt proves one commit at one index of one block by one key.
func TestReceiptForged(t *testing.T) {
	t.Parallel()
	s := &scribe{}
	s.write(t, nil, "founding")
	sealed := s.write(t, nil, "c0", "c1", "c2", "c3", "c4")
	var leaves []chain.Hash
	for _, c := range []string{"c0", "c1", "c2", "c3", "c4"} {
		leaves = append(leaves, chain.LeafHash(chain.HashCommit([]byte(c))))
	}
	paths, key := chain.NewPaths(leaves), chain.Public(seeded(9))
	receipt := func(i int) *chain.Receipt {
		return &chain.Receipt{
			Sealed: *sealed, Index: sealed.First + uint64(i), Commit: chain.HashCommit([]byte{'c', '0' + byte(i)}), Path: paths.Path(i),
		}
	}
	reseal := func(r *chain.Receipt) { r.Sealed = chain.Seal(r.Header, seeded(8)) }
	for i := range leaves {
		if err := receipt(i).Check(key); err != nil {
			t.Errorf("receipt %d: %v", i, err)
		}
		for _, c := range []struct {
			name  string
			forge func(*chain.Receipt)
			want  error
		}{
			{"another commit", func(r *chain.Receipt) { r.Commit = chain.HashCommit([]byte("c9")) }, chain.ErrReceipt},
			{"the next index", func(r *chain.Receipt) { r.Index++ }, chain.ErrReceipt},
			{"the index before", func(r *chain.Receipt) { r.Index-- }, chain.ErrReceipt},
			{"an index before the block", func(r *chain.Receipt) { r.Index = 0 }, chain.ErrReceipt},
			{"an index after the block", func(r *chain.Receipt) { r.Index = r.First + uint64(r.Count) }, chain.ErrReceipt},
			{"the last index there is", func(r *chain.Receipt) { r.Index = ^uint64(0) }, chain.ErrReceipt},
			{"no path", func(r *chain.Receipt) { r.Path = nil }, chain.ErrReceipt},
			{"a path too short", func(r *chain.Receipt) { r.Path = r.Path[1:] }, chain.ErrReceipt},
			{"a path too long", func(r *chain.Receipt) { r.Path = append(slices.Clone(r.Path), chain.Hash{}) }, chain.ErrReceipt},
			{"a path of another", func(r *chain.Receipt) { r.Path = paths.Path((i + 1) % len(leaves)) }, chain.ErrReceipt},
			{"another root", func(r *chain.Receipt) { r.Root[0]++ }, chain.ErrBlockSignature},
			{"another number", func(r *chain.Receipt) { r.Number++ }, chain.ErrBlockSignature},
			{"another size", func(r *chain.Receipt) { r.Count++ }, chain.ErrBlockSignature},
			{"another first", func(r *chain.Receipt) { r.First++; r.Index++ }, chain.ErrBlockSignature},
			{"another key", reseal, chain.ErrBlockSignature},
			{"a flipped bit", func(r *chain.Receipt) { r.Sig[5] ^= 1 }, chain.ErrBlockSignature},
		} {
			r := receipt(i)
			c.forge(r)
			if err := r.Check(key); !errors.Is(err, c.want) {
				t.Errorf("receipt %d, %s: %v, want %v", i, c.name, err, c.want)
			}
		}
		if err := receipt(i).Check(key[:31]); !errors.Is(err, chain.ErrBlockSignature) {
			t.Errorf("a short key: %v", err)
		}
	}
}

func TestTraceOf(t *testing.T) {
	t.Parallel()
	header := nats.Header{chain.TraceHeader: {
		"nonsense", chain.TraceValue(2, "p2"), "x p", chain.TraceValue(-1, "p"), chain.TraceValue(5, "p5"), "6",
	}}
	for offset, want := range []string{"", "", "p2", "p2", "p2", "p5", ""} {
		if got := chain.TraceOf(header, offset); got != want {
			t.Errorf("offset %d: %q, want %q", offset, got, want)
		}
	}
	if got := chain.TraceOf(nil, 0); got != "" {
		t.Errorf("without a header: %q", got)
	}
}
