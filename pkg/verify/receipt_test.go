package verify_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/verify"
	"renlin.dev/pkg/verify/forge"
)

// receiptOf gives the receipt of a commit as its author got it.
func receiptOf(t testing.TB, r *forge.Record, index uint64) *chain.Receipt {
	t.Helper()
	p := forge.NewPack(r.In(t))
	first := uint64(0)
	for n, b := range r.Blocks {
		if at := int(index - first); at < len(b.Commits) {
			leaves := make([]chain.Hash, len(b.Commits))
			for i, raw := range b.Commits {
				leaves[i] = chain.LeafHash(chain.HashCommit(raw))
			}
			return &chain.Receipt{
				Sealed: p.Seal(n), Index: index, Commit: chain.HashCommit(b.Commits[at]), Path: chain.NewPaths(leaves).Path(at),
			}
		}
		first += uint64(len(b.Commits))
	}
	t.Fatalf("the record has no commit %d", index)
	return nil
}

// proofOf gives today's proof for a commit, under the checkpoint of the pack.
func proofOf(t testing.TB, r *forge.Record, p *forge.Pack, index uint64) []byte {
	t.Helper()
	var leaves []chain.Hash
	for _, b := range r.Blocks {
		for _, raw := range b.Commits {
			leaves = append(leaves, chain.LeafHash(chain.HashCommit(raw)))
		}
	}
	path := chain.NewPaths(leaves).Path(int(index))
	out := make([]merkle.Hash, len(path))
	for i := range path {
		out[i] = merkle.Hash(path[i])
	}
	return merkle.FormatProof(index, out, p.Bundle().Checkpoint)
}

func TestReceipt(t *testing.T) {
	t.Parallel()
	r := history(t)
	old := r.Size() // receipts are kept while the record goes on
	kept := make([]*chain.Receipt, old)
	for i := range kept {
		kept[i] = receiptOf(t, r, uint64(i))
	}
	for i := range 7 {
		r.Append(1000, alien(r, fmt.Sprint("b", i)), alien(r, fmt.Sprint("c", i)))
	}
	p := forge.NewPack(r)
	own, err := p.Manifest.Policy()
	if err != nil {
		t.Fatal(err)
	}
	public := forge.EpochKey.Public().(ed25519.PublicKey)
	for i, receipt := range kept {
		for _, key := range []ed25519.PublicKey{public, nil} {
			c, err := verify.ReceiptInLog(receipt, key, proofOf(t, r, p, uint64(i)), own)
			if err != nil || c.Size != r.Size() {
				t.Errorf("commit %d under a checkpoint over %d: %v", i, c.Size, err)
			}
			commit, err := verify.ReceiptInBundle(receipt, key, p.Bundle())
			if err != nil || chain.HashCommit(commit) != receipt.Commit {
				t.Errorf("commit %d in the bundle: %v", i, err)
			}
		}
	}
}

func TestReceiptBroken(t *testing.T) {
	t.Parallel()
	r := history(t)
	at := r.Find(post)
	kept := receiptOf(t, r, at)
	p := forge.NewPack(r)
	own, err := p.Manifest.Policy()
	if err != nil {
		t.Fatal(err)
	}
	public := forge.EpochKey.Public().(ed25519.PublicKey)
	other := r.Clone() // the operator rewrites what was receipted, and everything after it
	other.Edit(at, func(c *chain.Commit) { c.Salt[0] ^= 1 })
	rewritten := forge.NewPack(other)
	header := r.Clone() // the same commits in blocks that were sealed otherwise
	header.Header = func(_ int, h *chain.Header) { h.Epoch++ }
	resealed := forge.NewPack(header)
	swapped := *kept
	swapped.Commit = chain.Hash{9}
	renamed := *kept
	renamed.Genesis[0] ^= 1
	renamed.Sealed = chain.Seal(renamed.Header, forge.EpochKey)
	for name, c := range map[string]struct {
		receipt *chain.Receipt
		key     ed25519.PublicKey
		proof   []byte
		bundle  *forge.Pack
	}{
		"rewritten":                    {kept, public, proofOf(t, other, rewritten, at), rewritten},
		"another's key":                {kept, forge.Public("thief"), proofOf(t, r, p, at), p},
		"another commit in it":         {&swapped, nil, proofOf(t, r, p, at), p},
		"another community's":          {&renamed, public, proofOf(t, r, p, at), p},
		"a proof of another commit":    {kept, public, proofOf(t, r, p, at-1), nil},
		"no proof":                     {kept, public, []byte("x"), nil},
		"blocks that were sealed anew": {kept, public, nil, resealed},
	} {
		if c.proof != nil {
			if _, err := verify.ReceiptInLog(c.receipt, c.key, c.proof, own); !errors.Is(err, verify.ErrReceipt) {
				t.Errorf("%s, in the log: %v", name, err)
			}
		}
		if c.bundle != nil {
			if _, err := verify.ReceiptInBundle(c.receipt, c.key, c.bundle.Bundle()); !errors.Is(err, verify.ErrReceipt) {
				t.Errorf("%s, in the bundle: %v", name, err)
			}
		}
	}
}

// TestReceiptSameCommitTwice: one commit at two places, as only a broken log has it: the proof must be for the place that was receipted.
func TestReceiptSameCommitTwice(t *testing.T) {
	t.Parallel()
	r := history(t)
	r.Append(0, alien(r, "a"), alien(r, "a"))
	p := forge.NewPack(r)
	own, err := p.Manifest.Policy()
	if err != nil {
		t.Fatal(err)
	}
	kept := receiptOf(t, r, r.Size()-2)
	if _, err := verify.ReceiptInLog(kept, nil, proofOf(t, r, p, r.Size()-1), own); !errors.Is(err, verify.ErrReceipt) {
		t.Errorf("the proof is for the other place: %v", err)
	}
}

// TestReceiptWitnessed: the policy decides whose word on the log counts.
func TestReceiptWitnessed(t *testing.T) {
	t.Parallel()
	r := history(t)
	at := r.Find(post)
	p := forge.NewPack(r)
	p.Witnesses = p.Witnesses[:1]
	both := policy(t, p, "group both all a b\nquorum both\n")
	if _, err := verify.ReceiptInLog(receiptOf(t, r, at), nil, proofOf(t, r, p, at), both); !errors.Is(err, verify.ErrReceipt) {
		t.Errorf("one of two witnesses: %v", err)
	}
}

func TestReceiptWithheldOrMissing(t *testing.T) {
	t.Parallel()
	r := history(t)
	at := r.Find(post)
	kept := receiptOf(t, r, at)
	p := forge.NewPack(r.Clone())
	p.Withheld = map[uint64]bool{at: true}
	if commit, err := verify.ReceiptInBundle(kept, nil, p.Bundle()); err != nil || commit != nil {
		t.Errorf("withheld, its hash shown: %x, %v", commit, err)
	}
	kept = receiptOf(t, r, r.Size()-1)
	r.Blocks = r.Blocks[:len(r.Blocks)-1]
	if _, err := verify.ReceiptInBundle(kept, nil, forge.NewPack(r).Bundle()); !errors.Is(err, verify.ErrReceipt) {
		t.Errorf("a bundle that ends before: %v", err)
	}
	cut := forge.NewPack(history(t)).Bytes()
	b, err := verify.Read(bytes.NewReader(cut[:len(cut)/2]))
	if err == nil {
		_, err = verify.ReceiptInBundle(kept, nil, b)
	}
	if !errors.Is(err, verify.ErrBundle) {
		t.Errorf("a bundle that is cut: %v", err)
	}
}

// FuzzReceiptInLog: no receipt and no proof make the check panic, and what it accepts is the true commit at its place.
func FuzzReceiptInLog(f *testing.F) {
	r := history(f)
	p := forge.NewPack(r.Clone())
	own, err := p.Manifest.Policy()
	if err != nil {
		f.Fatal(err)
	}
	for i := range r.Size() {
		f.Add(receiptOf(f, r, i).Encode(), proofOf(f, r, p, i))
	}
	f.Fuzz(func(t *testing.T, receipt, proof []byte) {
		kept, err := chain.DecodeReceipt(receipt)
		if err != nil {
			return
		}
		if _, err := verify.ReceiptInLog(kept, nil, proof, own); err != nil {
			return
		}
		b, at := r.In(t), kept.Index
		raw, err := b.Commit(at).Encode()
		if err != nil || chain.HashCommit(raw) != kept.Commit {
			t.Fatalf("accepted another commit at %d", at)
		}
	})
}
