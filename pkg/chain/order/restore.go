package order

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
)

// Restore makes the machine that a picture was taken of. It believes what it reads as far as that does not contradict itself: the caller
// must know who wrote it, and that the record still holds what it says.
func Restore(cfg Config, raw []byte) (*Machine, error) {
	m := New(cfg)
	if err := m.restore(raw); err != nil {
		return nil, fmt.Errorf("restore state: %w", err)
	}
	return m, nil
}

func (m *Machine) restore(raw []byte) error {
	if len(raw) < chain.SealedHeaderBytes {
		return errShort
	}
	head, err := chain.DecodeSealed(raw[:chain.SealedHeaderBytes])
	if err != nil {
		return err
	}
	switch {
	case !m.genesis.IsZero() && head.Genesis != m.genesis:
		return errors.New("it is another community's")
	case head.Epoch > m.epoch:
		return errors.New("its epoch is later than ours")
	}
	m.head, m.hash, m.genesis = &head, head.Hash(), head.Genesis
	m.size = head.First + uint64(head.Count)
	r := &stateReader{rest: raw[chain.SealedHeaderBytes:]}
	m.ids.since = int64(r.u64())
	if m.ids.since > head.Time {
		r.fail("ids are remembered from a time to come")
	}
	m.restoreRecord(r)
	m.restoreVersions(r)
	for _, g := range [3]*generation{m.ids.always, m.ids.old, m.ids.young} {
		m.restoreIDs(r, g)
	}
	if len(r.rest) > 0 {
		r.fail("bytes are left over")
	}
	return r.err
}

func (m *Machine) restoreRecord(r *stateReader) {
	last := uint64(0)
	for range min(m.size/partLen, uint64(len(r.rest)/len(chain.Hash{})+1)) {
		p := part{root: r.hash(), block: r.uvarint()}
		if p.block < last || p.block > m.head.Number {
			r.fail("a part of the record ends where it cannot")
			return
		}
		last = p.block
		m.record.parts = append(m.record.parts, p)
	}
	edge := m.size % partLen
	peaks := make([]merkle.Hash, bits.OnesCount64(edge))
	for i := range peaks {
		peaks[i] = merkle.Hash(r.hash())
	}
	tree, err := merkle.NewTree(edge, peaks)
	if err != nil {
		panic("order: " + err.Error()) // as many as were asked for
	}
	m.record.edge = *tree
}

func (m *Machine) restoreVersions(r *stateReader) {
	v := &m.versions
	for range r.count() {
		path := r.take(int(r.u8()))
		e := entry{version: r.uvarint(), last: r.uvarint()}
		at := v.find(path)
		switch {
		case chain.CheckAggregate(string(path)) != nil && chain.CheckCollection(string(path)) != nil:
			r.fail("a path is ill-formed")
		case at.slot != 0:
			r.fail("a path stands there twice")
		case e.version == 0 || e.version > e.last || e.last > m.size:
			r.fail("a version is one that cannot be")
		}
		if r.err != nil {
			return
		}
		e.key = v.keys.add(path)
		v.index.put(at.hash, v.entries.add(e))
	}
}

func (m *Machine) restoreIDs(r *stateReader, g *generation) {
	next, block := uint64(0), uint64(0) // the least that may come
	for n := range r.count() {
		id := chain.CommandID(r.hash())
		place := Place{Index: next + r.uvarint(), Block: block + r.uvarint()}
		if n > 0 {
			place.Index--
		}
		hash := m.ids.hash(id)
		switch {
		case place.Index < next || place.Index >= m.size || place.Block < block || place.Block > m.head.Number:
			r.fail("a command stands where it cannot")
		case m.known(hash, id):
			r.fail("a command stands there twice")
		}
		if r.err != nil {
			return
		}
		g.index.put(hash, g.places.add(idPlace{id: id, at: place})+1)
		next, block = place.Index+1, place.Block
	}
}

// known tells whether an id is remembered in any way.
func (m *Machine) known(hash uint64, id chain.CommandID) bool {
	_, signed := m.ids.look(hash, id, false)
	_, always := m.ids.look(hash, id, true)
	return signed || always
}

var errShort = errors.New("it ends too early")

// stateReader keeps the first error; after it, everything reads as zero.
type stateReader struct {
	rest []byte
	err  error
}

func (r *stateReader) fail(why string) {
	if r.err == nil {
		r.err = errors.New(why)
	}
	r.rest = nil
}

func (r *stateReader) take(n int) []byte {
	if n > len(r.rest) {
		r.rest = nil
		if r.err == nil {
			r.err = errShort
		}
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *stateReader) u8() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *stateReader) u64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *stateReader) hash() (h chain.Hash) {
	copy(h[:], r.take(len(h)))
	return h
}

// uvarint reads a number in its shortest form.
func (r *stateReader) uvarint() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || size > 1 && r.rest[size-1] == 0 {
		r.fail("a number is ill-formed")
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// count refuses a number that the rest cannot hold.
func (r *stateReader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.fail("it ends too early")
		return 0
	}
	return int(n)
}
