package verify

import (
	"context"
	"crypto/ed25519"
	"sync"
	"sync/atomic"

	"renlin.dev/pkg/chain"
)

// job is one signature check, or the several of one commit.
type job struct {
	index   uint64
	sealed  *chain.Sealed     // a block's header, to be checked against key
	key     ed25519.PublicKey // of the epoch
	raw     []byte            // a commit of the community with this genesis hash
	genesis chain.Hash
}

// Jobs travel in batches, because a channel costs as much as a small commit's hash. What waits is bounded, so that reading never runs
// far ahead of checking.
const (
	batchJobs    = 64
	batchesAhead = 16
)

// crew checks signatures beside the walk, which alone calls add and wait.
type crew struct {
	list   *findings
	jobs   chan []job
	batch  []job
	spare  sync.Pool
	done   sync.WaitGroup
	number atomic.Uint64
}

func startCrew(ctx context.Context, workers int, list *findings) *crew {
	c := &crew{list: list, jobs: make(chan []job, batchesAhead)}
	c.spare.New = func() any { return new([batchJobs]job) }
	c.batch = c.fresh()
	for range workers {
		c.done.Go(func() {
			for batch := range c.jobs {
				if ctx.Err() == nil {
					c.work(batch)
				}
				c.spare.Put((*[batchJobs]job)(batch[:batchJobs]))
			}
		})
	}
	return c
}

func (c *crew) fresh() []job { return c.spare.Get().(*[batchJobs]job)[:0] }

func (c *crew) add(j job) {
	c.batch = append(c.batch, j)
	if len(c.batch) == batchJobs {
		c.jobs <- c.batch
		c.batch = c.fresh()
	}
}

// wait ends the crew and tells how many signatures it checked.
func (c *crew) wait() uint64 {
	if len(c.batch) > 0 {
		c.jobs <- c.batch
	}
	close(c.jobs)
	c.done.Wait()
	return c.number.Load()
}

func (c *crew) work(batch []job) {
	var checked uint64
	for i := range batch {
		j := &batch[i]
		if j.sealed != nil {
			checked++
			if err := j.sealed.CheckSignature(j.key); err != nil {
				c.list.add(Finding{Index: j.index, Check: CheckBlockSignature, Why: "the key of the epoch has not signed the block"})
			}
			continue
		}
		n, check, why := checkAuthor(j.genesis, j.raw)
		checked += uint64(n)
		if why != "" {
			c.list.add(Finding{Index: j.index, Check: check, Why: why})
		}
	}
	clear(batch) // lets go of the blocks
	c.number.Add(checked)
}

// checkAuthor verifies who made a commit: every signature over just this community, operation and content, and that a rule's command
// carries none. What cannot be read, and an id that does not follow from the key, are the judge's findings.
func checkAuthor(genesis chain.Hash, raw []byte) (signatures int, check Check, why string) {
	var o chain.Outline
	if o.Parse(raw) != nil {
		return 0, "", ""
	}
	s, err := chain.DecodeSigned(o.Command)
	if err != nil {
		return 0, "", ""
	}
	switch o.Author {
	case chain.AuthorPolicy:
		if len(s.Signatures) != 0 || s.Suite != chain.SuiteNone {
			return 0, CheckRuleUnsigned, "a rule's command carries a signature"
		}
		return 0, "", ""
	case chain.AuthorGenesis:
		genesis = chain.Hash{} // there was none yet
	}
	id, err := s.ID(o.Author, string(o.Service))
	if err == nil {
		err = s.CheckSignatures(genesis, id)
	}
	if err != nil {
		return len(s.Signatures), CheckAuthor, "author: " + err.Error()
	}
	return len(s.Signatures), "", ""
}
