package forge

import (
	"crypto/ed25519"
	"slices"
	"strings"

	"renlin.dev/pkg/chain"
)

// Record is a chain that can be rewritten. Blocks hold what was written; headers are made when they are asked for.
type Record struct {
	Blocks []*Block
	// Header may change a header before it is signed; the blocks after follow from it as it then is.
	Header func(n int, h *chain.Header)
	// Signer may have a block signed by another key than the epoch's.
	Signer func(n int) ed25519.PrivateKey

	tb TB
}

// Block is one block: its time, and its commits as stored.
type Block struct {
	Time    int64
	Commits [][]byte
}

// EpochKey signs the blocks of every record.
var EpochKey = Key("epoch")

func newRecord(tb TB) *Record { return &Record{tb: tb} }

// Genesis gives the community's genesis hash; zero while it is not founded.
func (r *Record) Genesis() chain.Hash {
	if len(r.Blocks) == 0 {
		return chain.Hash{}
	}
	return chain.HashCommit(r.Blocks[0].Commits[0])
}

// Clone copies the record, so that one lie does not spoil the next.
func (r *Record) Clone() *Record {
	dup := &Record{tb: r.tb}
	for _, b := range r.Blocks {
		own := &Block{Time: b.Time}
		for _, raw := range b.Commits {
			own.Commits = append(own.Commits, slices.Clone(raw)) // what is decoded aliases its bytes
		}
		dup.Blocks = append(dup.Blocks, own)
	}
	return dup
}

// In is Clone for another test.
func (r *Record) In(tb TB) *Record {
	dup := r.Clone()
	dup.tb = tb
	return dup
}

// Size is the number of commits.
func (r *Record) Size() uint64 {
	n := 0
	for _, b := range r.Blocks {
		n += len(b.Commits)
	}
	return uint64(n)
}

// place finds a commit.
func (r *Record) place(index uint64) (*Block, int) {
	r.tb.Helper()
	at := int(index)
	for _, b := range r.Blocks {
		if at < len(b.Commits) {
			return b, at
		}
		at -= len(b.Commits)
	}
	r.tb.Fatalf("the record has no commit %d", index)
	return nil, 0
}

// Commit reads a commit.
func (r *Record) Commit(index uint64) *chain.Commit {
	r.tb.Helper()
	b, at := r.place(index)
	return r.decode(b.Commits[at])
}

func (r *Record) decode(raw []byte) *chain.Commit {
	r.tb.Helper()
	c, err := chain.DecodeCommit(raw)
	if err != nil {
		r.tb.Fatalf("decode commit: %v", err)
	}
	return c
}

// Find gives the index of the newest commit of an operation.
func (r *Record) Find(operation string) uint64 {
	r.tb.Helper()
	for i := r.Size(); i > 0; i-- {
		if r.Signed(r.Commit(i-1)).Operation == operation {
			return i - 1
		}
	}
	r.tb.Fatalf("nobody did %s", operation)
	return 0
}

// Signed reads the command of a commit.
func (r *Record) Signed(c *chain.Commit) *chain.Signed {
	r.tb.Helper()
	s, err := chain.DecodeSigned(c.Command)
	if err != nil {
		r.tb.Fatalf("decode command: %v", err)
	}
	return s
}

// Set puts other bytes in a commit's place.
func (r *Record) Set(index uint64, raw []byte) {
	r.tb.Helper()
	b, at := r.place(index)
	b.Commits[at] = raw
}

// Edit changes a commit.
func (r *Record) Edit(index uint64, change func(c *chain.Commit)) {
	r.tb.Helper()
	c := r.Commit(index)
	change(c)
	r.Set(index, r.encode(c))
}

func (r *Record) encode(c *chain.Commit) []byte {
	r.tb.Helper()
	raw, err := c.Encode()
	if err != nil {
		r.tb.Fatalf("encode commit: %v", err)
	}
	return raw
}

// EditCommand changes the command of a commit, and signs it anew with some keys; without keys the signatures stay as they are.
func (r *Record) EditCommand(index uint64, change func(s *chain.Signed), keys ...ed25519.PrivateKey) {
	r.tb.Helper()
	r.Edit(index, func(c *chain.Commit) {
		s := r.Signed(c)
		change(s)
		r.Sign(c, s, keys...)
	})
}

// Sign puts a command into a commit, signed by some keys, with the id that follows.
func (r *Record) Sign(c *chain.Commit, s *chain.Signed, keys ...ed25519.PrivateKey) {
	r.tb.Helper()
	genesis := r.Genesis()
	if c.Author == chain.AuthorGenesis {
		genesis = chain.Hash{}
	}
	if len(keys) > 0 {
		s.Signatures = nil
	}
	for _, key := range keys {
		if err := s.Sign(genesis, c.Author, key); err != nil {
			r.tb.Fatalf("sign: %v", err)
		}
	}
	var err error
	if c.Command, err = s.Encode(nil); err != nil {
		r.tb.Fatalf("encode command: %v", err)
	}
	if c.ID, err = s.ID(c.Author, c.Service); err != nil {
		r.tb.Fatalf("command id: %v", err)
	}
}

// Append writes one more block after a while.
func (r *Record) Append(ms int64, commits ...*chain.Commit) {
	r.tb.Helper()
	b := &Block{Time: r.Blocks[len(r.Blocks)-1].Time + ms}
	for _, c := range commits {
		b.Commits = append(b.Commits, r.encode(c))
	}
	r.Blocks = append(r.Blocks, b)
}

// Last is the time of the newest block.
func (r *Record) Last() int64 { return r.Blocks[len(r.Blocks)-1].Time }

// Regroup puts commits of one time together into blocks of so many.
func (r *Record) Regroup(perBlock int) {
	var out []*Block
	for _, b := range r.Blocks {
		for _, raw := range b.Commits {
			n := len(out) - 1
			if n < 1 || out[n].Time != b.Time || len(out[n].Commits) >= perBlock { // the founding stays alone
				out, n = append(out, &Block{Time: b.Time}), n+1
			}
			out[n].Commits = append(out[n].Commits, raw)
		}
	}
	r.Blocks = out
}

// Drop takes a commit out, and its block if it was alone in it. What rested on it, and positions after it, are made good again.
func (r *Record) Drop(index uint64) {
	r.tb.Helper()
	b, at := r.place(index)
	b.Commits = slices.Delete(b.Commits, at, at+1)
	r.Blocks = slices.DeleteFunc(r.Blocks, func(b *Block) bool { return len(b.Commits) == 0 })
	r.Renumber()
	for i := index; i < r.Size(); i++ {
		if r.Commit(i).Cause > index+1 {
			r.Edit(i, func(c *chain.Commit) { c.Cause-- })
		}
	}
}

// Renumber gives every read and every change the version that it has in the record as it now stands.
func (r *Record) Renumber() {
	r.tb.Helper()
	counts := map[string]uint64{}
	for _, b := range r.Blocks {
		for i, raw := range b.Commits {
			c := r.decode(raw)
			for _, set := range [][]chain.Read{c.Reads, c.Collections} {
				for j := range set {
					set[j].Version = counts[set[j].Key]
				}
			}
			touched := map[string]bool{}
			for j := range c.Changes {
				path := c.Changes[j].Aggregate
				counts[path]++
				c.Changes[j].Version = counts[path]
				touched[path[:strings.LastIndexByte(path, '/')]] = true
			}
			for collection := range touched {
				counts[collection]++
			}
			b.Commits[i] = r.encode(c)
		}
	}
}

// Seal makes and signs the headers.
func (r *Record) Seal() []chain.Sealed {
	out := make([]chain.Sealed, len(r.Blocks))
	for n, b := range r.Blocks {
		h := chain.Header{Genesis: r.Genesis(), Count: uint32(len(b.Commits)), Time: b.Time}
		if n > 0 {
			prev := &out[n-1]
			h.Genesis, h.Epoch, h.Number, h.First, h.Prev = prev.Genesis, prev.Epoch, prev.Number+1, prev.First+uint64(prev.Count), prev.Hash()
		}
		leaves := make([]chain.Hash, len(b.Commits))
		for i, raw := range b.Commits {
			leaves[i] = chain.LeafHash(chain.HashCommit(raw))
		}
		h.Root = chain.RootOfLeaves(leaves)
		if r.Header != nil {
			r.Header(n, &h)
		}
		key := EpochKey
		if r.Signer != nil {
			key = r.Signer(n)
		}
		out[n] = chain.Seal(h, key)
	}
	return out
}
