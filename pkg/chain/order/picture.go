package order

import (
	"encoding/binary"
	"slices"

	"renlin.dev/pkg/chain"
)

// Picture is a machine's durable state as it was at one moment: what replaying the record up to there gives. Another goroutine may encode
// it while the machine goes on: taking it copies lists of chunks, not what is in them, and the machine copies a chunk before it
// changes one that a picture holds.
type Picture struct {
	head   chain.Sealed
	since  int64
	record record
	keys   arena

	entries [][]entry
	count   int              // how many of the entries are durable, that of slot 0 among them
	before  map[uint32]entry // as they were before something staged changed them

	ids [3]picturedIDs // always, old, young
}

// picturedIDs is one generation of command ids.
type picturedIDs struct {
	places [][]idPlace
	count  int
}

// Picture takes a picture; nil before the founding. What is sealed or staged is not in it.
func (m *Machine) Picture() *Picture {
	if m.head == nil {
		return nil
	}
	p := &Picture{
		head: *m.head, since: m.ids.since, keys: arena{list: slices.Clone(m.versions.keys.list)},
		record:  record{parts: slices.Clip(m.record.parts), edge: m.record.edge},
		entries: m.versions.entries.lend(), count: m.versions.entries.n, before: map[uint32]entry{},
	}
	for _, r := range [2]*round{&m.open, &m.sealed} { // the newest first, so that the oldest of an entry's states remains
		for _, u := range slices.Backward(r.journal) {
			if u.made {
				p.count--
			} else {
				p.before[u.slot] = u.old
			}
		}
	}
	for i, g := range [3]*generation{m.ids.always, m.ids.old, m.ids.young} {
		n := g.places.n
		for n > 0 && g.places.at(uint32(n-1)).at.Index >= m.size { // staged: they are the last ones, wherever they are
			n--
		}
		p.ids[i] = picturedIDs{places: slices.Clone(g.places.list), count: n}
	}
	return p
}

// Head gives the newest block's header.
func (p *Picture) Head() *chain.Sealed { return &p.head }

// Size gives the number of commits.
func (p *Picture) Size() uint64 { return p.head.First + uint64(p.head.Count) }

// pieceBytes is how large the pieces of an encoding are, about.
const pieceBytes = 1 << 16

// Encode hands the state over in pieces, each valid until the next, and stops at the first error. One state has one encoding.
func (p *Picture) Encode(write func(piece []byte) error) error {
	b := make([]byte, 0, pieceBytes+1024)
	flush := func(least int) error {
		if len(b) < least {
			return nil
		}
		err := write(b)
		b = b[:0]
		return err
	}
	b = append(b, p.head.Encode()...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.since))
	for i := range p.record.parts {
		b = append(b, p.record.parts[i].root[:]...)
		b = binary.AppendUvarint(b, p.record.parts[i].block)
		if err := flush(pieceBytes); err != nil {
			return err
		}
	}
	for _, peak := range p.record.edge.Peaks() {
		b = append(b, peak[:]...)
	}
	b = binary.AppendUvarint(b, uint64(p.count-1))
	for slot := 1; slot < p.count; slot++ {
		e := p.entries[slot/chunkLen][slot%chunkLen]
		if old, ok := p.before[uint32(slot)]; ok {
			e = old
		}
		path := p.keys.at(e.key)
		b = append(append(b, byte(len(path))), path...)
		b = binary.AppendUvarint(b, e.version)
		b = binary.AppendUvarint(b, e.last)
		if err := flush(pieceBytes); err != nil {
			return err
		}
	}
	for _, g := range p.ids {
		b = binary.AppendUvarint(b, uint64(g.count))
		last := Place{}
		for i := range g.count {
			id := &g.places[i/chunkLen][i%chunkLen]
			b = append(b, id.id[:]...)
			b = binary.AppendUvarint(b, id.at.Index-last.Index)
			b = binary.AppendUvarint(b, id.at.Block-last.Block)
			last = id.at
			if err := flush(pieceBytes); err != nil {
				return err
			}
		}
	}
	return flush(1)
}
