package sequencer

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
)

// chaos is a community under load whose server goes down and comes back, whose connections break, and whose sequencer is closed,
// left behind by a rival, or opened anew. Whoever writes asks again until there is an answer, and all answers are kept.
type chaos struct {
	t     *testing.T
	r     *rand.Rand
	srv   *natstest.Server
	cfg   Config
	cable *cable
	now   atomic.Pointer[Sequencer] // whom the writers ask
	tick  chan struct{}             // one for each answer, as far as somebody waits

	opening sync.Mutex // guards cfg, and who opens

	mu    sync.Mutex
	told  map[string]*chain.Receipt // by command; guarded by mu
	raws  map[string][]byte         // guarded by mu
	heads int
}

// The size of a play.
const (
	chaosWriters = 6
	chaosEach    = 25
	chaosFaults  = 8
)

// TestChaos plays a seed that is new each time; RENLIN_SEED plays one again.
func TestChaos(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	if s := os.Getenv("RENLIN_SEED"); s != "" {
		seed = must(strconv.ParseUint(s, 10, 64))
	}
	t.Logf("RENLIN_SEED=%d", seed)
	c := &chaos{
		t: t, r: rand.New(rand.NewPCG(seed, 1)), srv: natstest.Run(t), tick: make(chan struct{}, chaosWriters*chaosEach),
		told: map[string]*chain.Receipt{}, raws: map[string][]byte{},
	}
	c.cfg = realTime(configOf(t, c.srv))
	c.cable = cableInto(&c.cfg, c.srv)
	first := foundedOn(t, c.cfg)
	c.cfg.Genesis = first.cfg.Genesis
	c.now.Store(first)
	var all sync.WaitGroup
	for w := range chaosWriters {
		all.Go(func() { c.write(w) })
	}
	for range chaosFaults {
		for range c.r.IntN(chaosWriters * chaosEach / chaosFaults) {
			wait(t, c.tick, "answer")
		}
		c.fault()
	}
	all.Wait()
	c.judge()
}

// write sends one commit after another, each until it is known what became of it.
func (c *chaos) write(w int) {
	topic := fmt.Sprint("w", w)
	for i := range chaosEach {
		id := fmt.Sprintf("%d-%d", w, i)
		d := draft{id: id, topic: topic, version: uint64(i + 1), notAfter: time.Now().UnixMilli() + 600_000}
		for !c.t.Failed() {
			d.time = time.Now().UnixMilli()
			raw := d.encode(c.t)
			s := c.now.Load()
			reply, err := s.Append(c.t.Context(), "proposal", appendOf(raw))
			if err == nil {
				c.note(id, raw, reply)
				break
			}
			if errors.Is(err, chain.ErrStopped) {
				c.revive(s)
			}
			if !errors.Is(err, chain.ErrRetry) && !errors.Is(err, chain.ErrStopped) && !errors.Is(err, chain.ErrSkewed) {
				c.t.Errorf("%s: %v", id, err)
				return
			}
		}
	}
}

func (c *chaos) note(id string, raw []byte, reply *chain.Reply) {
	c.mu.Lock()
	c.told[id], c.raws[id] = reply.Receipts[0], raw
	c.mu.Unlock()
	c.tick <- struct{}{}
}

// fault lets one thing go wrong, and mends it.
func (c *chaos) fault() {
	c.opening.Lock()
	defer c.opening.Unlock()
	switch c.r.IntN(6) {
	case 0:
		c.srv.Restart(c.t)
	case 1:
		c.cable.cut()
	case 2:
		c.cable.set(trapBlock)
	case 3:
		c.cable.set(trapAnswer)
	case 4: // closed in good order, and opened anew
		c.now.Load().Close()
		c.open(c.cfg)
	case 5: // another takes its place, and it does not know
		cfg := c.cfg
		c.heads++
		cfg.HeadRecord = filepath.Join(filepath.Dir(c.cfg.HeadRecord), fmt.Sprint("head-", c.heads))
		copyFile(c.t, c.cfg.HeadRecord, cfg.HeadRecord) // some record of some time, as a standby has
		c.cfg = cfg
		c.open(cfg)
	}
}

// revive opens a sequencer in place of one that has stopped: a block of the one before may have come in between.
func (c *chaos) revive(stopped *Sequencer) {
	c.opening.Lock()
	defer c.opening.Unlock()
	if c.now.Load() == stopped {
		stopped.Close()
		c.open(c.cfg)
	}
}

// open opens a sequencer and lets the writers ask it. A rival may write while it reads, and the connection may break: it tries again.
func (c *chaos) open(cfg Config) {
	for {
		s, err := Open(c.t.Context(), cfg)
		if err != nil {
			var d *Difference
			if errors.As(err, &d) {
				c.t.Errorf("the stream differs: %v", err)
				return
			}
			continue
		}
		c.t.Cleanup(func() { s.Close() })
		c.now.Store(s)
		return
	}
}

// judge holds the record against everything that anybody was told.
func (c *chaos) judge() {
	c.cable.set(trapNone)
	s := openOn(c.t, c.cfg) // it reads the whole stream, and compares
	commits := recordOf(c.t, c.srv, s.Info().Community)
	times := map[chain.CommandID]int{}
	for _, raw := range commits {
		times[idOf(c.t, raw)]++
	}
	if len(c.told) != chaosWriters*chaosEach || len(commits) != len(c.told)+1 {
		c.t.Errorf("%d answers, %d commits on the record", len(c.told), len(commits))
	}
	for id, r := range c.told { // any order: each is held against the record
		if r.Index >= uint64(len(commits)) || chain.HashCommit(commits[r.Index]) != r.Commit {
			c.t.Errorf("%s was acknowledged at index %d and does not stand there", id, r.Index)
		}
		if n := times[idOf(c.t, c.raws[id])]; n != 1 {
			c.t.Errorf("%s stands %d times on the record", id, n)
		}
		if err := r.Check(chain.Public(epochKey)); err != nil {
			c.t.Errorf("%s: %v", id, err)
		}
	}
}
