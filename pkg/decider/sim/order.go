package sim

import (
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/decider/internal/flaw"
)

// orderer is what a sequencer's shell drives; see order.Machine, which is the real one.
type orderer interface {
	replay(raw []byte) error
	admit(service string, q *chain.Request, now int64) (ticket uint64, ok bool)
	seal() (raw []byte, ok bool)
	confirm() []verdict
	release() []verdict
	abort() []verdict
}

type verdict struct {
	ticket uint64
	reply  func(read func(block uint64) ([]byte, error)) (*chain.Reply, error)
}

func newOrderer(w *world) orderer {
	kinds := map[string][]string{}
	for _, m := range w.cfg.Models {
		kinds[m.Service] = m.OwnKinds()
	}
	if w.cfg.Plain {
		return newPlain(w.cfg.Flaws, kinds)
	}
	return &machine{order.New(order.Config{Epoch: 1, Sign: w.cfg.Seal, Kinds: kinds})}
}

// mark stands where a signature would: it costs nothing.
func mark(h chain.Header) chain.Sealed {
	s := chain.Sealed{Header: h}
	s.Sig[0] = 1
	return s
}

// machine is the real one.
type machine struct{ m *order.Machine }

func (o *machine) replay(raw []byte) error {
	_, err := o.m.Replay(raw)
	return err
}

func (o *machine) admit(service string, q *chain.Request, now int64) (uint64, bool) {
	ticket, ok := o.m.Admit(service, q, now)
	return uint64(ticket), ok
}

func (o *machine) seal() ([]byte, bool) {
	if o.m.Underway() != nil {
		return nil, false
	}
	return o.m.Seal(nil)
}

func (o *machine) confirm() []verdict { return verdicts(o.m.Confirm()) }
func (o *machine) release() []verdict { return verdicts(o.m.Release()) }
func (o *machine) abort() []verdict   { return verdicts(o.m.Abort()) }

func verdicts(in []order.Verdict) []verdict {
	out := make([]verdict, len(in))
	for i := range in {
		out[i] = verdict{ticket: uint64(in[i].Ticket), reply: in[i].Reply}
	}
	return out
}

// plain is a second implementation of the sequencer's rules, written to be read: it copies what it changes and admits nothing
// while a block is under way. The planted bugs are in here.
type plain struct {
	flaws    flaw.Set
	kinds    map[string]map[string]bool
	head     *chain.Sealed
	durable  *ledger
	staged   *ledger // durable and what the next block holds
	commits  [][]byte
	time     int64
	pending  []pending
	tickets  uint64
	underway *chain.Sealed
}

// ledger is what the rules look at.
type ledger struct {
	touched map[string][2]uint64 // path -> number of commits, position of the last
	done    map[chain.CommandID]entry
}

type entry struct {
	index   uint64
	block   uint64
	command string
}

// pending is a request that is judged and not answered.
type pending struct {
	ticket  uint64
	fault   error
	repeats []entry
	indexes []uint64
}

func newPlain(flaws flaw.Set, kinds map[string][]string) *plain {
	p := &plain{flaws: flaws, kinds: map[string]map[string]bool{}, durable: newLedger()}
	for service, list := range kinds {
		p.kinds[service] = map[string]bool{service + order.LapseSuffix: true}
		for _, k := range list {
			p.kinds[service][k] = true
		}
	}
	return p
}

func newLedger() *ledger {
	return &ledger{touched: map[string][2]uint64{}, done: map[chain.CommandID]entry{}}
}

func (l *ledger) clone() *ledger {
	c := newLedger()
	for k, v := range l.touched {
		c.touched[k] = v
	}
	for k, v := range l.done {
		c.done[k] = v
	}
	return c
}

func (l *ledger) enter(c *chain.Commit, index, block uint64) {
	for _, ch := range c.Changes {
		for _, path := range []string{ch.Aggregate, chain.Collection(ch.Aggregate)} {
			if t := l.touched[path]; t[1] != index+1 {
				l.touched[path] = [2]uint64{t[0] + 1, index + 1}
			}
		}
	}
	l.done[c.ID] = entry{index: index, block: block, command: string(c.Command)}
}

func (p *plain) replay(raw []byte) error {
	b, err := chain.VerifyBlock(raw, p.head)
	if err != nil {
		return err
	}
	for i, rawCommit := range b.Commits {
		c, err := chain.DecodeCommit(rawCommit)
		if err != nil {
			return err
		}
		p.durable.enter(c, b.First+uint64(i), b.Number)
		if p.flaws.Has(flaw.IDsForgotten) {
			delete(p.durable.done, c.ID)
		}
	}
	p.head, p.staged = &b.Sealed, nil
	return nil
}

func (p *plain) admit(service string, q *chain.Request, now int64) (uint64, bool) {
	if p.underway != nil {
		return 0, false
	}
	if p.staged == nil {
		p.staged, p.time = p.durable.clone(), now
		if p.head != nil && !p.flaws.Has(flaw.TimeBackwards) {
			p.time = max(now, p.head.Time)
		}
	}
	p.tickets++
	v := pending{ticket: p.tickets}
	switch q.Ask {
	case chain.AskAppend:
		p.append(service, q, &v)
	case chain.AskCheck:
		v.fault = p.current(p.staged, q.Reads, q.Collections)
		for _, id := range q.IDs {
			if e, ok := p.staged.done[id]; ok && v.fault == nil {
				v.fault = chain.ErrReused.WithIndex(e.index)
			}
		}
	case chain.AskReceipt:
		if e, ok := p.staged.done[q.ID]; ok {
			v.repeats = []entry{e}
		} else {
			v.fault = chain.ErrUnknownID
		}
	}
	p.pending = append(p.pending, v)
	return v.ticket, true
}

func (p *plain) append(service string, q *chain.Request, v *pending) {
	work := p.staged.clone()
	var index uint64
	var block uint64
	if p.head != nil {
		index, block = p.head.First+uint64(p.head.Count), p.head.Number+1
	}
	index += uint64(len(p.commits))
	for _, raw := range q.Commits {
		c, err := chain.DecodeCommit(raw)
		if err != nil {
			v.fault = chain.ErrMalformed
			return
		}
		if e, ok := p.staged.done[c.ID]; ok {
			v.repeats = append(v.repeats, e)
			if e.command != string(c.Command) {
				v.fault = chain.ErrReused
				return
			}
			continue
		}
		if v.fault = p.judge(work, service, c, index); v.fault != nil {
			if len(v.repeats) > 0 {
				v.fault = chain.ErrPartlyDone
			}
			return
		}
		work.enter(c, index, block)
		v.indexes = append(v.indexes, index)
		index++
	}
	switch {
	case len(v.repeats) > 0 && len(v.indexes) > 0:
		v.fault, v.repeats, v.indexes = chain.ErrPartlyDone, nil, nil
	case len(v.repeats) == 0:
		p.staged, p.commits = work, append(p.commits, q.Commits...)
	}
}

// judge holds one commit against the rules.
func (p *plain) judge(l *ledger, service string, c *chain.Commit, index uint64) error {
	signed, err := chain.DecodeSigned(c.Command)
	if err != nil {
		return chain.ErrMalformed
	}
	if c.Author == chain.AuthorGenesis != (index == 0) {
		return order.ErrUnfounded
	}
	for _, ch := range c.Changes {
		if c.Service != service || !p.kinds[service][chain.KindOf(ch.Aggregate)] {
			return chain.ErrKind
		}
	}
	expires := c.Author != chain.AuthorPolicy && c.Author != chain.AuthorGenesis
	switch {
	case expires && signed.NotAfter <= p.time && !p.flaws.Has(flaw.ExpiredTaken):
		return chain.ErrExpired
	case expires && signed.NotAfter-p.time > order.NotAfterMax:
		return chain.ErrNotAfter
	case c.WindowUntil != 0 && p.time >= c.WindowUntil && !p.flaws.Has(flaw.WindowsUnchecked):
		return chain.ErrWindowLate
	case c.WindowFrom != 0 && p.time < c.WindowFrom && !p.flaws.Has(flaw.WindowsUnchecked):
		return chain.ErrWindowEarly
	case c.Time-p.time > order.SkewMax || p.time-c.Time > order.SkewMax:
		return chain.ErrSkewed
	}
	reads, colls := c.Reads, c.Collections
	if p.flaws.Has(flaw.ReadsUnchecked) {
		reads = nil
	}
	if !p.flaws.Has(flaw.VersionsUnchecked) {
		for _, ch := range c.Changes {
			reads = append(reads[:len(reads):len(reads)], chain.Read{Key: ch.Aggregate, Version: ch.Version - 1})
		}
	}
	return p.current(l, reads, colls)
}

func (p *plain) current(l *ledger, reads, colls []chain.Read) error {
	if p.flaws.Has(flaw.CollectionsUnchecked) {
		colls = nil
	}
	last, stale := uint64(1), false
	for _, set := range [][]chain.Read{reads, colls} {
		for _, r := range set {
			if t := l.touched[r.Key]; t[0] != r.Version {
				last, stale = max(last, t[1]), true
			}
		}
	}
	if stale {
		return chain.ErrStale.WithIndex(last - 1)
	}
	return nil
}

func (p *plain) seal() ([]byte, bool) {
	if p.underway != nil || len(p.commits) == 0 {
		return nil, false
	}
	h := chain.Header{Epoch: 1, Count: uint32(len(p.commits)), Time: p.time, Genesis: chain.HashCommit(p.commits[0])}
	if p.head != nil {
		h.Genesis, h.Number, h.First, h.Prev = p.head.Genesis, p.head.Number+1, p.head.First+uint64(p.head.Count), p.head.Hash()
	}
	var leaves []chain.Hash
	for _, c := range p.commits {
		leaves = append(leaves, chain.LeafHash(chain.HashCommit(c)))
	}
	h.Root = chain.RootOfLeaves(leaves)
	s := mark(h)
	raw, err := chain.EncodeBlock(nil, &s, p.commits)
	if err != nil {
		panic("plain sequencer: " + err.Error())
	}
	p.underway = &s
	return raw, true
}

func (p *plain) confirm() []verdict {
	p.durable, p.head = p.staged, p.underway
	return p.clear(nil)
}

func (p *plain) release() []verdict {
	if p.underway != nil || len(p.commits) > 0 {
		return nil
	}
	return p.clear(nil)
}

func (p *plain) abort() []verdict { return p.clear(chain.ErrRetry) }

// clear answers everything that is judged, with a fault if there is one.
func (p *plain) clear(fault error) []verdict {
	var out []verdict
	head := p.head
	for _, v := range p.pending {
		if fault != nil {
			v = pending{ticket: v.ticket, fault: fault}
		}
		out = append(out, verdict{ticket: v.ticket, reply: func(read func(uint64) ([]byte, error)) (*chain.Reply, error) {
			return v.answer(head, read)
		}})
	}
	p.staged, p.commits, p.pending, p.underway = nil, nil, nil, nil
	return out
}

func (v *pending) answer(head *chain.Sealed, read func(uint64) ([]byte, error)) (*chain.Reply, error) {
	reply := &chain.Reply{Fault: v.fault, Repeated: len(v.repeats) > 0}
	if v.fault != nil {
		return reply, nil
	}
	for _, index := range v.indexes {
		v.repeats = append(v.repeats, entry{index: index, block: head.Number})
	}
	for _, e := range v.repeats {
		raw, err := read(e.block)
		if err != nil {
			return nil, err
		}
		receipt, err := receiptAt(raw, e.index)
		if err != nil {
			return nil, err
		}
		reply.Receipts = append(reply.Receipts, receipt)
	}
	return reply, nil
}

// receiptAt makes the receipt of a commit from its block.
func receiptAt(raw []byte, index uint64) (*chain.Receipt, error) {
	b, err := chain.DecodeBlock(raw)
	if err != nil {
		return nil, err
	}
	if index < b.First || index-b.First >= uint64(len(b.Commits)) {
		return nil, chain.ErrNoBlock
	}
	leaves := make([]chain.Hash, len(b.Commits))
	for i, c := range b.Commits {
		leaves[i] = chain.LeafHash(chain.HashCommit(c))
	}
	at := int(index - b.First)
	return &chain.Receipt{
		Sealed: b.Sealed, Index: index, Commit: chain.HashCommit(b.Commits[at]), Path: chain.NewPaths(leaves).Path(at),
	}, nil
}
