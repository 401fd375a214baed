package order_test

import (
	"testing"

	"renlin.dev/pkg/mutation"
)

var mutations = []mutation.Mutation{
	{"prepare.go", `len(req.Commits) == 0 || len(req.Commits) > chain.RequestCommitsMax`, `false`},
	{"prepare.go", `if len(raw) > chain.CommitBytesMax {`, `if false {`},
	{"prepare.go", `if chain.SealedHeaderBytes+p.bytes > chain.BlockBytesMax {`, `if p.bytes > chain.BlockBytesMax {`},
	{"prepare.go", `if string(o.Service) != service {`, `if false {`},
	{"prepare.go", `if !kinds[string(kindOf(o.Changes[i].Key))] {`, `if i < 0 {`},
	{"prepare.go", `for i := range o.Changes {`, `for i := range o.Changes[:1] {`},
	{"prepare.go", `set := map[string]bool{service + LapseSuffix: true}`, `set := map[string]bool{}`},
	{"prepare.go", `id != o.ID || `, `id == (chain.CommandID{}) || `},
	{"prepare.go", `|| !authorFits(o, &command)`, ``},
	{"prepare.go", `		return o.Cause == 0
`, `		return true
`},
	{"prepare.go", `return o.Cause == 0 && len(o.Actor) == 0
`, `return o.Cause == 0
`},
	{"prepare.go", `return len(o.Actor) == 0 && c.NotAfter == 0 && c.Signatures == 0`, `return c.NotAfter == 0`},
	{"prepare.go", `return len(o.Actor) == 0 && c.NotAfter == 0 && c.Signatures == 0`, `return len(o.Actor) == 0`},
	{"admit.go", `if v, done := m.repeats(p); done {`, `if v, done := m.repeats(p); done && false {`},
	{"admit.go", `case len(p.plans):
		return`, `case -1:
		return`},
	{"admit.go", `case !first && genesis:`, `case false:`},
	{"admit.go", `case first && !genesis:`, `case false:`},
	{"admit.go", `len(p.plans) > 1 || `, ``},
	{"admit.go", ` || !m.genesis.IsZero() && n.hash != m.genesis`, ``},
	{"admit.go", `if chain.SealedHeaderBytes+r.bytes+p.bytes > chain.BlockBytesMax {`, `if false {`},
	{"admit.go", `fresh = max(now, prev.Time)`, `fresh = now`},
	{"admit.go", `time, timeMax = max(r.time, min(fresh, r.timeMax)), r.timeMax`, `time, timeMax = r.time, r.timeMax`},
	{"admit.go", `time, timeMax = max(r.time, min(fresh, r.timeMax)), r.timeMax`, `time, timeMax = fresh, r.timeMax`},
	{"admit.go", `if refusal != nil && time < fresh && n.timely(fresh) == nil {`, `if false {`},
	{"admit.go", `			m.unstage(r, mark, journal, added)
			return Verdict{}, false`, `			return Verdict{}, false`},
	{"admit.go", `			m.unstage(r, mark, journal, added)
			return Verdict{Fault: refusal}, true`, `			return Verdict{Fault: refusal}, true`},
	{"admit.go", `if refusal == nil {
			refusal = m.stage(n)`, `if m.stage(n) != nil {
			refusal = nil`},
	{"admit.go", `case !forever(o.Author) && n.notAfter <= block:`, `case false:`},
	{"admit.go", `case !forever(o.Author) && n.notAfter <= block:`, `case !forever(o.Author) && n.notAfter < block:`},
	{"admit.go", `case !forever(o.Author) && n.notAfter-block > NotAfterMax:`, `case false:`},
	{"admit.go", `case o.WindowUntil != 0 && block >= o.WindowUntil:`, `case false:`},
	{"admit.go", `case o.WindowUntil != 0 && block >= o.WindowUntil:`, `case o.WindowUntil != 0 && block > o.WindowUntil:`},
	{"admit.go", `case o.WindowFrom != 0 && block < o.WindowFrom:`, `case false:`},
	{"admit.go", `case o.Time-block > SkewMax || block-o.Time > SkewMax:`, `case o.Time-block > SkewMax:`},
	{"admit.go", `case o.Time-block > SkewMax || block-o.Time > SkewMax:`, `case block-o.Time > SkewMax:`},
	{"admit.go", `last = min(last, n.notAfter-1)`, `_ = 0`},
	{"admit.go", `last = min(last, n.outline.WindowUntil-1)`, `_ = 0`},
	{"admit.go", `if o.Cause > place.Index {`, `if false {`},
	{"admit.go", `if place, ok := m.Locate(id); ok {`, `if place, ok := m.Locate(id); ok && false {`},
	{"admit.go", `known, last = true, max(last, place.Index)`, `known, last = true, place.Index*0`},
	{"admit.go", `if known && !s.found {`, `if known {`},
	{"admit.go", `s.hold(m.versions.read(set[i].Key), set[i].Version)`, `_ = i`},
	{"admit.go", `[2][]chain.OutlineRead{o.Reads, o.Collections}`, `[1][]chain.OutlineRead{o.Reads}`},
	{"admit.go", `[2][]chain.OutlineRead{o.Reads, o.Collections}`, `[1][]chain.OutlineRead{o.Collections}`},
	{"admit.go", `[2][]chain.Read{q.Reads, q.Collections}`, `[1][]chain.Read{q.Reads}`},
	{"admit.go", `[2][]chain.Read{q.Reads, q.Collections}`, `[1][]chain.Read{q.Collections}`},
	{"admit.go", `s.hold(m.versions.entries.at(at.slot), o.Changes[i].Version-1)`, `_ = i`},
	{"admit.go", `s.found, s.last = true, max(s.last, e.last)`, `s.found, s.last = true, e.last+1`},
	{"admit.go", `if !m.ids.add(o.ID, place, forever(o.Author)) {`, `if m.ids.add(o.ID, place, forever(o.Author)); false {`},
	{"admit.go", `r.added = append(r.added, o.ID)`, `_ = 0`},
	{"admit.go", `m.ids.forget(id)`, `_ = id`},
	{"admit.go", `range slices.Backward(r.added[added:]) {`, `range slices.All(r.added[added:]) {`},
	{"admit.go", `r.raws, r.hashes, r.leaves = r.raws[:raws], r.hashes[:raws], r.leaves[:raws]`, `_ = raws`},
	{"admit.go", `place = Place{Block: prev.Number + 1,`, `place = Place{Block: prev.Number,`},
	{"seal.go", `if k.command != nil && !bytes.Equal(k.command, command) {`, `if k.command != nil && bytes.Equal(command, nil) {`},
	{"seal.go", `if index < b.First || index-b.First >= uint64(b.Count) {`, `if index-b.First > 1<<20 {`},
	{"seal.go", `if s.paths.Root() != b.Root {`, `if false {`},
	{"seal.go", `if m.sealed.block != nil || m.open.staged() {
		return nil`, `if m.open.staged() {
		return nil`},
	{"seal.go", `if m.sealed.block != nil || m.open.staged() {
		return nil`, `if m.sealed.block != nil {
		return nil`},
	{"seal.go", `	m.unstage(&m.open, 0, 0, 0)
`, ``},
	{"seal.go", `	m.unstage(&m.sealed, 0, 0, 0)
`, ``},
	{"seal.go", `verdicts[i] = Verdict{Ticket: verdicts[i].Ticket, Fault: chain.ErrRetry}`, `_ = i`},
	{"seal.go", `Count: uint32(len(r.raws)), Time: r.time,`, `Count: uint32(len(r.raws)), Time: r.timeMax,`},
	{"seal.go", `h.Number, h.First, h.Prev = m.head.Number+1, m.size, m.hash`, `h.Number, h.First = m.head.Number+1, m.size`},
	{"order.go", `if err := b.CheckNext(m.head); err != nil {`, `if err := b.CheckNext(&b.Sealed); false {`},
	{"order.go", `if b.Epoch > m.epoch {`, `if false {`},
	{"order.go", `if !m.genesis.IsZero() && b.Genesis != m.genesis {`, `if false {`},
	{"order.go", ` || index == 0 && hash != b.Genesis`, ``},
	{"order.go", `(o.Author == chain.AuthorGenesis) != (index == 0) || `, ``},
	{"order.go", `ch.Version != had+1`, `ch.Version == had+7`},
	{"order.go", `if !m.ids.add(o.ID, Place{Block: b.Number, Index: index}, forever(o.Author)) {`,
		`if m.ids.add(o.ID, Place{Block: b.Number, Index: index}, forever(o.Author)); false {`},
	{"order.go", `!= b.Root {`, `== (chain.Hash{}) {`},
	{"order.go", `	m.ids.turn(s.Time)
`, ``},
	{"state.go", `if e.last == position {`, `if false {`},
	{"state.go", `return v.bump(collection, v.find(collection), position, journal)`, `return journal[:len(journal)+0*len(collection)]`},
	{"state.go", `*v.entries.edit(u.slot) = u.old`, `_ = u`},
	{"state.go", `v.index.drop(maphash.Bytes(v.seed, v.keys.at(key)), u.slot)`, `_ = u`},
	{"state.go", `v.keys.pop(key)`, `_ = u`},
	{"state.go", `		v.entries.pop()
`, ``},
	{"state.go", `for _, g := range [3]*generation{s.young, s.always, s.old} {`, `for _, g := range [2]*generation{s.young, s.always} {`},
	{"state.go", `for _, g := range [3]*generation{s.young, s.always, s.old} {`, `for _, g := range [2]*generation{s.young, s.old} {`},
	{"state.go", `if number == 0 || g.places.at(number-1).id == id {`, `if number == 0 || number > 0 {`},
	{"index.go", `if cell>>32 == hash>>32 {`, `if cell != 0 {`},
	{"index.go", `if 4*(p.used+1) > 3*len(p.cells) {`, `if p.used == 0 {`},
	{"index.go", `>= (at-hole)&mask {`, `> (at-hole)&mask {`},
	{"index.go", `for at := (hole + 1) & mask; p.cells[at] != 0; at = (at + 1) & mask {`, `for at := hole; at < 0; {`},
	{"index.go", `		if cell != 0 {
			p.place(cell)
		}`, `		if cell > 1<<63 {
			p.place(cell)
		}`},
	{"index.go", `if last < 0 || len(a.list[last])+len(path) > arenaChunkBytes {`, `if last < 0 {`},
	{"state.go", `s.old, s.young, s.since = s.young, new(generation), now`,
		`s.old, s.young, s.since = new(generation), new(generation), now`},
	{"state.go", `s.old, s.young, s.since = s.young, new(generation), now`, `s.since = now`},
	{"state.go", `return a == chain.AuthorPolicy || a == chain.AuthorGenesis`, `return a == chain.AuthorGenesis`},
	{"index.go", `c.list[at], c.lent[at] = slices.Clone(c.list[at]), false`, `c.lent[at] = false`},
	{"index.go", `c.lent[i] = true`, `c.lent[i] = false`},
	{"order.go", `	m.record.add(leaves, s.Number)
`, ``},
	{"record.go", `if r.edge.Size() == partLen {`, `if false {`},
	{"record.go", `			r.edge = merkle.Tree{}
`, ``},
	{"record.go", `root: chain.Hash(r.edge.Root()), block: block`, `root: chain.Hash(r.edge.Root()), block: block + 1`},
	{"record.go", `size, peaks = size+edge.Size(), append(peaks, edge.Peaks()...)`, `size = size+0*edge.Size()`},
	{"record.go", `(max(size, 1)-1)/partLen`, `max(size, 1)/partLen`},
	{"record.go", `if p.block <= block {`, `if p.block < block+2 {`},
	{"record.go", `from = parts[at-1].block`, `from = parts[at-1].block + 1`},
	{"picture.go", `[2]*round{&m.open, &m.sealed}`, `[2]*round{&m.sealed, &m.open}`},
	{"picture.go", `[2]*round{&m.open, &m.sealed}`, `[1]*round{&m.open}`},
	{"picture.go", `range slices.Backward(r.journal) {`, `range r.journal {`},
	{"picture.go", `				p.count--
`, ``},
	{"picture.go", `p.before[u.slot] = u.old`, `_ = u.old`},
	{"picture.go", `if old, ok := p.before[uint32(slot)]; ok {`, `if old, ok := p.before[uint32(slot)]; ok && false {`},
	{"picture.go", `.at.Index >= m.size {`, `.at.Index > m.size+1<<40 {`},
	{"picture.go", `[3]*generation{m.ids.always, m.ids.old, m.ids.young}`, `[3]*generation{m.ids.always, m.ids.young, m.ids.young}`},
	{"picture.go", `uint64(p.since)`, `uint64(0)`},
	{"restore.go", `case !m.genesis.IsZero() && head.Genesis != m.genesis:`, `case false:`},
	{"restore.go", `case head.Epoch > m.epoch:`, `case false:`},
	{"restore.go", `if m.ids.since > head.Time {`, `if false {`},
	{"restore.go", `if len(r.rest) > 0 {`, `if false {`},
	{"restore.go", `m.head, m.hash, m.genesis = &head, head.Hash(), head.Genesis`, `m.head, m.genesis = &head, head.Genesis`},
	{"restore.go", `if p.block < last || p.block > m.head.Number {`, `if p.block < last {`},
	{"restore.go", `if p.block < last || p.block > m.head.Number {`, `if last < 1 && p.block > m.head.Number {`},
	{"restore.go", `chain.CheckAggregate(string(path)) != nil && chain.CheckCollection(string(path)) != nil`, `false`},
	{"restore.go", `case at.slot != 0:`, `case false:`},
	{"restore.go", `e.version == 0 || e.version > e.last`, `e.version > e.last`},
	{"restore.go", `e.version > e.last || `, ``},
	{"restore.go", ` || e.last > m.size:`, `:`},
	{"restore.go", `case place.Index < next || `, `case `},
	{"restore.go", `place.Index >= m.size || `, ``},
	{"restore.go", ` || place.Block > m.head.Number:`, `:`},
	{"restore.go", `case m.known(hash, id):`, `case false:`},
	{"restore.go", `return signed || always`, `return signed || always && false`},
	{"restore.go", `size > 1 && r.rest[size-1] == 0 {`, `false {`},
	{"restore.go", `if n > uint64(len(r.rest)) {`, `if false {`},
}

// TestMutations takes every check of the ordering core out once.
func TestMutations(t *testing.T) {
	mutation.Run(t, map[string][]mutation.Package{
		".": {{Dir: ".", Stages: []string{"."}, Flags: []string{"-rapid.nofailfile"}}},
	}, mutations)
}
