package verify

import (
	"context"
	"crypto/ed25519"
	"sync"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
)

// checkBlock holds one header against the one before, its signature and its commits, whose leaf hashes it gives.
func (v *verifier) checkBlock(b *Block, prev *chain.Sealed) []merkle.Hash {
	index := v.report.Commits
	if err := b.CheckNext(prev); err != nil {
		v.find(index, "link: %v", err)
	}
	if b.Genesis != v.genesis {
		v.find(index, "block belongs to another community")
	}
	if len(b.Hashes) != int(b.Count) {
		v.find(index, "block holds %d commits, its header says %d", len(b.Hashes), b.Count)
	}
	leaves := make([]merkle.Hash, len(b.Hashes))
	for i, h := range b.Hashes {
		leaves[i] = merkle.LeafHash(merkle.Hash(h))
	}
	if merkle.RootOfLeaves(leaves) != merkle.Hash(b.Root) {
		v.find(index, "commits do not give the block's root")
	}
	if err := b.CheckSignature(v.epochKey); err != nil {
		v.find(index, "block %d: %v", b.Number, err)
	}
	return leaves
}

// checkTimes holds a commit's clock, expiry and window against block time.
func (v *verifier) checkTimes(index uint64, raw []byte, blockTime int64) {
	var o chain.Outline
	if err := o.Parse(raw); err != nil {
		v.find(index, "commit cannot be read: %v", err)
		return
	}
	if d := o.Time - blockTime; d > clockSkewMax.Milliseconds() || -d > clockSkewMax.Milliseconds() {
		v.find(index, "the commit's time is %d ms from its block's", d)
	}
	if o.WindowFrom != 0 && blockTime < o.WindowFrom {
		v.find(index, "written before its window opened")
	}
	if o.WindowUntil != 0 && blockTime >= o.WindowUntil {
		v.find(index, "written after its window had closed")
	}
	if (index == 0) != (o.Author == chain.AuthorGenesis) {
		v.find(index, "only the first commit founds, and it must")
	}
	if o.Author == chain.AuthorPolicy || o.Author == chain.AuthorGenesis {
		return
	}
	s, err := chain.DecodeSigned(o.Command)
	if err != nil {
		v.find(index, "command cannot be read: %v", err)
		return
	}
	if s.NotAfter < blockTime || s.NotAfter > blockTime+notAfterMax.Milliseconds() {
		v.find(index, "command was written outside the time its author allowed")
	}
}

// notAfterMax is how far ahead an author may allow a command.
const notAfterMax = 7*24*time.Hour + clockSkewMax

// startWorkers checks signatures beside the walk; the returned function waits for them.
func (v *verifier) startWorkers(ctx context.Context) (wait func()) {
	v.jobs = make(chan job, 1024)
	var wg sync.WaitGroup
	for range v.opts.Workers {
		wg.Go(func() {
			for j := range v.jobs {
				if ctx.Err() == nil {
					v.checkAuthor(j)
				}
			}
		})
	}
	return wg.Wait
}

// checkAuthor verifies who made a commit: id, signatures, and that a policy's commit carries none.
func (v *verifier) checkAuthor(j job) {
	n, why := CheckAuthor(v.genesis, j.raw)
	if why != "" {
		v.find(j.index, "%s", why)
	}
	v.mu.Lock()
	v.report.Signatures += uint64(n)
	v.mu.Unlock()
}

// CheckAuthor verifies one commit's id and signatures; it gives the number of signatures checked, and what is wrong or "".
func CheckAuthor(genesis chain.Hash, raw []byte) (signatures int, why string) {
	var o chain.Outline
	if o.Parse(raw) != nil {
		return 0, "" // said by the walk already
	}
	s, err := chain.DecodeSigned(o.Command)
	if err != nil {
		return 0, "command cannot be read"
	}
	id, err := s.ID(o.Author, string(o.Service))
	if err != nil || id != o.ID {
		return 0, "the command id is not the one its author's key gives"
	}
	switch o.Author {
	case chain.AuthorPolicy:
		if len(s.Signatures) != 0 || s.Suite != chain.SuiteNone {
			return 0, "a rule's command must carry no signature"
		}
		return 0, ""
	case chain.AuthorGenesis:
		genesis = chain.Hash{}
	}
	for _, sig := range s.Signatures {
		if len(sig.Key) != ed25519.PublicKeySize {
			return 0, "a signer's key is malformed"
		}
	}
	if err := s.CheckSignatures(genesis, id); err != nil {
		return len(s.Signatures), "author: " + err.Error()
	}
	return len(s.Signatures), ""
}
