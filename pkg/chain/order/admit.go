package order

import (
	"math"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
)

// ErrUnfounded says that the community's first commit is still to come.
var ErrUnfounded = fault.New(fault.Unavailable, "community.not_founded",
	"This community has not been founded yet.", "该社区尚未建立。")

// Ticket numbers the requests that a machine was given.
type Ticket uint64

// round is what goes into one block: commits staged, verdicts held back, and how to undo both.
type round struct {
	time    int64 // the block's; fixed only by what is staged
	timeMax int64 // the latest block time at which everything staged would still be admitted
	raws    [][]byte
	hashes  []chain.Hash
	leaves  []chain.Hash
	bytes   int
	journal []undo
	added   []chain.CommandID
	verdict []Verdict
	block   *sealedBlock // set by Seal
}

func (r *round) staged() bool { return len(r.raws) > 0 }

// clear keeps the memory that nobody else holds, and makes room for as much as the last time of what others hold now.
func (r *round) clear() {
	commits, verdicts := len(r.raws), len(r.verdict)
	clear(r.raws)
	*r = round{
		raws: r.raws[:0], journal: r.journal[:0], added: r.added[:0], verdict: make([]Verdict, 0, verdicts),
		hashes: make([]chain.Hash, 0, commits), leaves: make([]chain.Hash, 0, commits),
	}
}

// Admit prepares and judges a request; see AdmitPrepared.
func (m *Machine) Admit(service string, req *chain.Request, now int64) (Ticket, bool) {
	p := new(Prepared)
	m.Prepare(p, service, req)
	return m.AdmitPrepared(p, now)
}

// AdmitPrepared judges a request upon everything durable and staged, and stages its commits if nothing speaks against it. The
// verdict comes from Confirm, Abort or Release. It answers false, and has done nothing, when the request must wait for the next
// block: the open one is too full or too old for it.
func (m *Machine) AdmitPrepared(p *Prepared, now int64) (Ticket, bool) {
	v := Verdict{}
	switch {
	case p.fault != nil:
		v.Fault = p.fault
	case p.request.Ask == chain.AskCheck:
		v.Fault = m.check(p.request)
	case p.request.Ask == chain.AskReceipt:
		place, ok := m.Locate(p.request.ID)
		v.Repeated, v.known = true, []repeat{{Place: place}}
		if !ok {
			v = Verdict{Fault: chain.ErrUnknownID}
		}
	default:
		var ok bool
		if v, ok = m.append(p, now); !ok {
			return 0, false
		}
	}
	m.tickets++
	v.Ticket = m.tickets
	m.open.verdict = append(m.open.verdict, v)
	return v.Ticket, true
}

// check answers whether a read set is current and none of the commands on record. Those who ask about one that is are told where it
// stands: it may be the same command, which they have not folded yet, or another of the same id.
func (m *Machine) check(q *chain.Request) error {
	s := stale{}
	for _, set := range [2][]chain.Read{q.Reads, q.Collections} {
		for i := range set {
			s.hold(m.versions.read([]byte(set[i].Key)), set[i].Version)
		}
	}
	known, last := false, uint64(0)
	for _, id := range q.IDs {
		if place, ok := m.Locate(id); ok {
			known, last = true, max(last, place.Index)
		}
	}
	if known && !s.found {
		return chain.ErrReused.WithIndex(last)
	}
	return s.fault()
}

// stale gathers what has moved. The fault names the last commit among those, so that one catching-up is enough.
type stale struct {
	found bool
	last  uint64
}

func (s *stale) hold(e *entry, version uint64) {
	if e.version != version {
		s.found, s.last = true, max(s.last, e.last)
	}
}

func (s *stale) fault() error {
	if !s.found {
		return nil
	}
	return chain.ErrStale.WithIndex(max(s.last, 1) - 1)
}

func (m *Machine) append(p *Prepared, now int64) (Verdict, bool) {
	if v, done := m.repeats(p); done {
		return v, true
	}
	prev, _ := m.next()
	if refusal := m.founding(p, prev == nil && !m.open.staged()); refusal != nil {
		return Verdict{Fault: refusal}, true
	}
	r := &m.open
	if chain.SealedHeaderBytes+r.bytes+p.bytes > chain.BlockBytesMax {
		return Verdict{}, false
	}
	fresh := now // the time that a new block would have
	if prev != nil {
		fresh = max(now, prev.Time)
	}
	time, timeMax := fresh, int64(math.MaxInt64)
	if r.staged() {
		time, timeMax = max(r.time, min(fresh, r.timeMax)), r.timeMax
	}
	mark := len(r.raws)
	journal, added := len(r.journal), len(r.added)
	for i := range p.plans {
		n := &p.plans[i]
		refusal := n.timely(time)
		if refusal != nil && time < fresh && n.timely(fresh) == nil {
			m.unstage(r, mark, journal, added)
			return Verdict{}, false // only the open block's age speaks against it
		}
		if refusal == nil {
			refusal = m.stage(n)
		}
		if refusal != nil {
			m.unstage(r, mark, journal, added)
			return Verdict{Fault: refusal}, true
		}
		timeMax = min(timeMax, n.timeMax())
	}
	r.time, r.timeMax = time, timeMax
	r.bytes += p.bytes
	return Verdict{offset: mark, count: len(p.plans)}, true
}

// founding lets the first commit in alone and first, and never again.
func (m *Machine) founding(p *Prepared, first bool) error {
	for i := range p.plans {
		n := &p.plans[i]
		switch genesis := n.outline.Author == chain.AuthorGenesis; {
		case !first && genesis:
			return chain.ErrMalformed
		case first && !genesis:
			return ErrUnfounded
		case first && (len(p.plans) > 1 || !m.genesis.IsZero() && n.hash != m.genesis):
			return chain.ErrMalformed
		}
	}
	return nil
}

// repeats answers a request of which something is known already. Whether the bytes are those of the first time can only be seen
// in the block, so that is judged by Verdict.Reply.
func (m *Machine) repeats(p *Prepared) (Verdict, bool) {
	var known []repeat
	for i := range p.plans {
		o := &p.plans[i].outline
		if place, ok := m.ids.find(o.ID, forever(o.Author)); ok {
			known = append(known, repeat{Place: place, command: o.Command})
		}
	}
	switch len(known) {
	case 0:
		return Verdict{}, false
	case len(p.plans):
		return Verdict{Repeated: true, known: known}, true
	}
	return Verdict{Fault: chain.ErrPartlyDone}, true
}

// timely holds a commit's times against a block time.
func (n *plan) timely(block int64) error {
	o := &n.outline
	switch {
	case !forever(o.Author) && n.notAfter <= block:
		return chain.ErrExpired
	case !forever(o.Author) && n.notAfter-block > NotAfterMax:
		return chain.ErrNotAfter
	case o.WindowUntil != 0 && block >= o.WindowUntil:
		return chain.ErrWindowLate
	case o.WindowFrom != 0 && block < o.WindowFrom:
		return chain.ErrWindowEarly
	case o.Time-block > SkewMax || block-o.Time > SkewMax:
		return chain.ErrSkewed
	}
	return nil
}

// timeMax is the latest block time at which timely would still admit the commit.
func (n *plan) timeMax() int64 {
	last := n.outline.Time + SkewMax
	if !forever(n.outline.Author) {
		last = min(last, n.notAfter-1)
	}
	if n.outline.WindowUntil != 0 {
		last = min(last, n.outline.WindowUntil-1)
	}
	return last
}

// stage checks a commit against the state and, if it holds, makes it part of the open block.
func (m *Machine) stage(n *plan) error {
	o, r := &n.outline, &m.open
	prev, _ := m.next()
	place := Place{Index: uint64(len(r.raws))}
	if prev != nil {
		place = Place{Block: prev.Number + 1, Index: prev.First + uint64(prev.Count) + uint64(len(r.raws))}
	}
	if o.Cause > place.Index {
		return chain.ErrMalformed
	}
	s := stale{}
	for _, set := range [2][]chain.OutlineRead{o.Reads, o.Collections} {
		for i := range set {
			s.hold(m.versions.read(set[i].Key), set[i].Version)
		}
	}
	m.spots = m.spots[:0]
	for i := range o.Changes {
		at := m.versions.find(o.Changes[i].Key)
		s.hold(m.versions.entries.at(at.slot), o.Changes[i].Version-1)
		m.spots = append(m.spots, at)
	}
	if refusal := s.fault(); refusal != nil {
		return refusal
	}
	if !m.ids.add(o.ID, place, forever(o.Author)) {
		return chain.ErrMalformed // twice in one request: known ones were answered before
	}
	r.added = append(r.added, o.ID)
	for i := range o.Changes {
		r.journal = m.versions.bumpBoth(o.Changes[i].Key, m.spots[i], place.Index+1, r.journal)
	}
	r.raws, r.hashes, r.leaves = append(r.raws, n.raw), append(r.hashes, n.hash), append(r.leaves, n.leaf)
	return nil
}

// unstage takes back what a request, or a whole round, had staged.
func (m *Machine) unstage(r *round, raws, journal, added int) {
	r.journal = m.versions.restore(r.journal, journal)
	for _, id := range slices.Backward(r.added[added:]) {
		m.ids.forget(id)
	}
	r.added = r.added[:added]
	r.raws, r.hashes, r.leaves = r.raws[:raws], r.hashes[:raws], r.leaves[:raws]
}
