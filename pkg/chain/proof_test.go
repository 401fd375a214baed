package chain_test

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
)

var blockKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

// blockOf seals commits into a block behind prev, after change had its way with the header.
func blockOf(tb testing.TB, prev *chain.Sealed, change func(h *chain.Header), commits ...string) []byte {
	tb.Helper()
	h := chain.Header{Count: uint32(len(commits)), Time: 1000, Genesis: chain.HashCommit([]byte("founding"))}
	if prev != nil {
		h.Genesis, h.Number, h.First, h.Prev = prev.Genesis, prev.Number+1, prev.First+uint64(prev.Count), prev.Hash()
	}
	raws, leaves := make([][]byte, len(commits)), make([]chain.Hash, len(commits))
	for i, c := range commits {
		raws[i], leaves[i] = []byte(c), chain.LeafHash(chain.HashCommit([]byte(c)))
	}
	h.Root = chain.RootOfLeaves(leaves)
	if change != nil {
		change(&h)
	}
	sealed := chain.Seal(h, blockKey)
	raw, err := chain.EncodeBlock(nil, &sealed, raws)
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func TestVerifyBlockOfProofs(t *testing.T) {
	first, err := chain.VerifyBlock(blockOf(t, nil, nil, "founding"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chain.VerifyBlock(blockOf(t, &first.Sealed, nil, "a", "b", "c"), &first.Sealed); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		raw  []byte
		prev *chain.Sealed
		why  string
	}{
		"a founding that names another": {blockOf(t, nil, nil, "other"), nil, "does not name the community"},
		"a number left out":             {blockOf(t, &first.Sealed, func(h *chain.Header) { h.Number++ }, "a"), &first.Sealed, "follows"},
		"another root":                  {blockOf(t, &first.Sealed, func(h *chain.Header) { h.Root[0] ^= 1 }, "a"), &first.Sealed, "root"},
		"too large":                     {make([]byte, chain.BlockBytesMax+1), &first.Sealed, "limit"},
		"cut":                           {blockOf(t, nil, nil, "founding")[:200], nil, "decode block"},
	} {
		if _, err := chain.VerifyBlock(c.raw, c.prev); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A count that no block of this length can hold is refused before anything is made for it.
	for _, count := range []uint32{0, 1 << 31} {
		sealed := first.Sealed
		sealed.Count = count
		if _, err := chain.DecodeBlock(sealed.Encode()); err == nil || !strings.Contains(err.Error(), "count") {
			t.Errorf("a count of %d: %v", count, err)
		}
	}
}

func TestCheckSignatures(t *testing.T) {
	genesis := chain.HashCommit([]byte("founding"))
	key := func(n byte) ed25519.PrivateKey {
		return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
	}
	signed := func(keys ...ed25519.PrivateKey) *chain.Signed {
		s := &chain.Signed{Suite: chain.SuiteIntl, Operation: "a.b", Contract: 1, IdempotencyKey: "k", NotAfter: 1, Body: []byte("{}")}
		for _, k := range keys {
			if err := s.Sign(genesis, chain.AuthorDevice, k); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	idOf := func(s *chain.Signed) chain.CommandID {
		id, err := s.ID(chain.AuthorGenesis, "") // which exists without a signature, too
		if len(s.Signatures) > 0 {
			id, err = s.ID(chain.AuthorDevice, "")
		}
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	for name, c := range map[string]struct {
		change func(s *chain.Signed)
		want   error
	}{
		"as signed":             {func(*chain.Signed) {}, nil},
		"another suite":         {func(s *chain.Signed) { s.Suite = 2 }, chain.ErrSuite},
		"no suite":              {func(s *chain.Signed) { s.Suite = chain.SuiteNone }, chain.ErrSuite},
		"nobody":                {func(s *chain.Signed) { s.Signatures = nil }, chain.ErrUnsigned},
		"a key that is short":   {func(s *chain.Signed) { s.Signatures[1].Key = s.Signatures[1].Key[:31] }, chain.ErrSignature},
		"a signature cut":       {func(s *chain.Signed) { s.Signatures[0].Sig = s.Signatures[0].Sig[:63] }, chain.ErrSignature},
		"the second is broken":  {func(s *chain.Signed) { s.Signatures[1].Sig[0] ^= 1 }, chain.ErrSignature},
		"one key for two":       {func(s *chain.Signed) { s.Signatures[1] = s.Signatures[0] }, chain.ErrSignature},
		"another body":          {func(s *chain.Signed) { s.Body = []byte("{ }") }, chain.ErrSignature},
		"longer":                {func(s *chain.Signed) { s.NotAfter++ }, chain.ErrSignature},
		"another operation":     {func(s *chain.Signed) { s.Operation = "a.c" }, chain.ErrSignature},
		"another contract":      {func(s *chain.Signed) { s.Contract++ }, chain.ErrSignature},
		"another key of theirs": {func(s *chain.Signed) { s.IdempotencyKey = "l" }, chain.ErrSignature},
	} {
		s := signed(key(1), key(2))
		c.change(s)
		if err := s.CheckSignatures(genesis, idOf(s)); err != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	s := signed(key(1))
	if err := s.CheckSignatures(chain.Hash{1}, idOf(s)); err != chain.ErrSignature {
		t.Errorf("in another community: %v", err)
	}
}

// receiptOf gives the receipt of one commit of a block.
func receiptOf(tb testing.TB, commits []string, i int) *chain.Receipt {
	tb.Helper()
	first, err := chain.VerifyBlock(blockOf(tb, nil, nil, "founding"), nil)
	if err != nil {
		tb.Fatal(err)
	}
	b, err := chain.VerifyBlock(blockOf(tb, &first.Sealed, nil, commits...), &first.Sealed)
	if err != nil {
		tb.Fatal(err)
	}
	leaves := make([]chain.Hash, len(commits))
	for j, c := range commits {
		leaves[j] = chain.LeafHash(chain.HashCommit([]byte(c)))
	}
	return &chain.Receipt{
		Sealed: b.Sealed, Index: b.First + uint64(i), Commit: chain.HashCommit([]byte(commits[i])), Path: chain.NewPaths(leaves).Path(i),
	}
}

func TestReceiptCheck(t *testing.T) {
	commits := []string{"a", "b", "c", "d", "e"}
	public := chain.Public(blockKey)
	for i := range commits {
		r := receiptOf(t, commits, i)
		if err := r.Check(public); err != nil || r.Position() != r.Index+1 {
			t.Fatalf("commit %d: %v", i, err)
		}
		again, err := chain.DecodeReceipt(r.Encode())
		if err != nil || !bytes.Equal(again.Encode(), r.Encode()) {
			t.Fatalf("commit %d does not come back: %v", i, err)
		}
	}
	thief := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize))
	for name, change := range map[string]func(r *chain.Receipt){
		"another commit":         func(r *chain.Receipt) { r.Commit[0] ^= 1 },
		"another place":          func(r *chain.Receipt) { r.Index-- },
		"a place before it":      func(r *chain.Receipt) { r.Index = 0 },
		"a place behind it":      func(r *chain.Receipt) { r.Index = r.First + 5 },
		"a place far away":       func(r *chain.Receipt) { r.Index = 1 << 63 },
		"a path too short":       func(r *chain.Receipt) { r.Path = r.Path[1:] },
		"a path too long":        func(r *chain.Receipt) { r.Path = append(r.Path, chain.Hash{}) },
		"another path":           func(r *chain.Receipt) { r.Path[0][0] ^= 1 },
		"another root":           func(r *chain.Receipt) { r.Root[0] ^= 1 },
		"another key":            func(r *chain.Receipt) { r.Sealed = chain.Seal(r.Header, thief) },
		"a root that fits, thus": func(r *chain.Receipt) { r.Commit, r.Path, r.Count, r.Index = r.Root, nil, 1, r.First },
	} {
		r := receiptOf(t, commits, 2)
		change(r)
		if err := r.Check(public); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	// Signed by the right key, and leading to another root: only the path is wrong.
	r := receiptOf(t, commits, 2)
	r.Root[0] ^= 1
	r.Sealed = chain.Seal(r.Header, blockKey)
	if err := r.Check(public); err != chain.ErrReceipt {
		t.Errorf("another root under the right key: %v", err)
	}
	// An index before the block, whose difference wraps around.
	r = receiptOf(t, commits, 0)
	r.First, r.Count = 5, 1<<31
	r.Index = 4
	r.Sealed = chain.Seal(r.Header, blockKey)
	if err := r.Check(public); err != chain.ErrReceipt {
		t.Errorf("an index before the block: %v", err)
	}
	if err := receiptOf(t, commits, 1).Check(nil); err == nil {
		t.Error("checked against no key")
	}
}

func FuzzDecodeReceipt(f *testing.F) {
	f.Add(receiptOf(f, []string{"a", "b", "c"}, 1).Encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := chain.DecodeReceipt(raw)
		if err != nil {
			return
		}
		if !bytes.Equal(r.Encode(), raw) {
			t.Fatal("accepted what is not written back the same")
		}
		_ = r.Check(chain.Public(blockKey)) // nothing makes it panic
	})
}

func FuzzVerifyBlock(f *testing.F) {
	first := blockOf(f, nil, nil, "founding")
	head, err := chain.VerifyBlock(first, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(first, true)
	f.Add(blockOf(f, &head.Sealed, nil, "a", "b"), false)
	f.Fuzz(func(t *testing.T, raw []byte, founding bool) {
		prev := &head.Sealed
		if founding {
			prev = nil
		}
		b, err := chain.VerifyBlock(raw, prev)
		if err != nil {
			return
		}
		again, err := chain.EncodeBlock(nil, &b.Sealed, b.Commits)
		if err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("accepted what is not written back the same: %v", err)
		}
	})
}
