package order

import (
	"bytes"
	"hash/maphash"

	"renlin.dev/pkg/chain"
)

// entry is what is known of one aggregate or collection.
type entry struct {
	version uint64 // commits that touched it
	last    uint64 // position (index + 1) of the last of them
	key     keyRef
}

// versions holds one entry for every path ever touched; aggregates and collections never have equal paths. Slot 0 is that of every
// path without a commit.
type versions struct {
	seed    maphash.Seed // secret, so that nobody can choose paths that meet in the index
	index   index
	entries chunks[entry]
	keys    arena
}

// spot is where a path's entry is, or would be: slot 0 when no commit touched it.
type spot struct {
	hash uint64
	slot uint32
}

// undo restores one entry.
type undo struct {
	slot uint32
	made bool // the entry did not exist before
	old  entry
}

func makeVersions() versions {
	v := versions{seed: maphash.MakeSeed()}
	v.entries.add(entry{})
	return v
}

// find tells where a path's entry is.
func (v *versions) find(path []byte) spot {
	p := spot{hash: maphash.Bytes(v.seed, path)}
	for step := 0; ; {
		p.slot, step = v.index.seek(p.hash, step)
		if p.slot == 0 || bytes.Equal(v.keys.at(v.entries.at(p.slot).key), path) {
			return p
		}
	}
}

// read gives a path's entry; not to be changed.
func (v *versions) read(path []byte) *entry { return v.entries.at(v.find(path).slot) }

// bump counts one commit for a path that was looked up, at most once for each position.
func (v *versions) bump(path []byte, at spot, position uint64, journal []undo) []undo {
	if at.slot == 0 {
		slot := v.entries.add(entry{version: 1, last: position, key: v.keys.add(path)})
		v.index.put(at.hash, slot)
		return append(journal, undo{slot: slot, made: true})
	}
	e := v.entries.at(at.slot)
	if e.last == position {
		return journal
	}
	journal = append(journal, undo{slot: at.slot, old: *e})
	*v.entries.edit(at.slot) = entry{version: e.version + 1, last: position, key: e.key}
	return journal
}

// bumpBoth counts one commit's change for the aggregate, which was looked up, and for its collection.
func (v *versions) bumpBoth(path []byte, at spot, position uint64, journal []undo) []undo {
	journal = v.bump(path, at, position, journal)
	collection := path[:bytes.LastIndexByte(path, '/')]
	return v.bump(collection, v.find(collection), position, journal)
}

// restore takes the newest changes back, down to the journal's first n. New slots are always the last ones, so they are popped.
func (v *versions) restore(journal []undo, n int) []undo {
	for i := len(journal) - 1; i >= n; i-- {
		u := &journal[i]
		if !u.made {
			*v.entries.edit(u.slot) = u.old
			continue
		}
		key := v.entries.at(u.slot).key
		v.index.drop(maphash.Bytes(v.seed, v.keys.at(key)), u.slot)
		v.keys.pop(key)
		v.entries.pop()
	}
	return journal[:n]
}

// Place is where a commit stands.
type Place struct {
	Block uint64
	Index uint64
}

// forever tells whether an author's command ids are remembered without end: they have no expiry.
func forever(a chain.Author) bool { return a == chain.AuthorPolicy || a == chain.AuthorGenesis }

// generation is a set of command ids with their places.
type generation struct {
	index  index
	places chunks[idPlace]
}

type idPlace struct {
	id chain.CommandID
	at Place
}

func (g *generation) find(hash uint64, id chain.CommandID) (number uint32, ok bool) {
	for step := 0; ; {
		number, step = g.index.seek(hash, step)
		if number == 0 || g.places.at(number-1).id == id {
			return number, number != 0
		}
	}
}

// forget takes the id back that was added last, if it is this one.
func (g *generation) forget(hash uint64, id chain.CommandID) {
	if n := uint32(g.places.n); n > 0 && g.places.at(n-1).id == id {
		g.index.drop(hash, n)
		g.places.pop()
	}
}

// ids remembers command ids. Those that expire are kept in two generations: when the young one has lasted Remembered, it
// becomes the old one and the old one is dropped, so each id is kept for at least Remembered and at most twice as long.
type ids struct {
	seed               maphash.Seed // secret, as that of versions
	always, young, old *generation
	since              int64 // block time at which the young generation began
}

func makeIDs() ids {
	return ids{seed: maphash.MakeSeed(), always: new(generation), young: new(generation), old: new(generation)}
}

func (s *ids) hash(id chain.CommandID) uint64 { return maphash.Bytes(s.seed, id[:]) }

// find tells where a command stands. always is what forever says of its author; ids of the two sorts never meet, because each
// is derived under a name of its own.
func (s *ids) find(id chain.CommandID, always bool) (Place, bool) {
	return s.look(s.hash(id), id, always)
}

func (s *ids) look(hash uint64, id chain.CommandID, always bool) (Place, bool) {
	in := [2]*generation{s.young, s.old}
	if always {
		in = [2]*generation{s.always, s.always}
	}
	for _, g := range in {
		if n, ok := g.find(hash, id); ok {
			return g.places.at(n - 1).at, true
		}
	}
	return Place{}, false
}

// add remembers an id and tells whether it was new.
func (s *ids) add(id chain.CommandID, place Place, always bool) bool {
	hash := s.hash(id)
	if _, has := s.look(hash, id, always); has {
		return false
	}
	g := s.young
	if always {
		g = s.always
	}
	g.index.put(hash, g.places.add(idPlace{id: id, at: place})+1)
	return true
}

// forget takes back an id that was staged, whichever generation it is in by now. The newest must be taken back first.
func (s *ids) forget(id chain.CommandID) {
	hash := s.hash(id)
	for _, g := range [3]*generation{s.young, s.always, s.old} {
		g.forget(hash, id)
	}
}

// turn lets time pass: now is the time of a durable block.
func (s *ids) turn(now int64) {
	switch {
	case s.since == 0:
		s.since = now
	case now-s.since >= Remembered:
		s.old, s.young, s.since = s.young, new(generation), now
	}
}
