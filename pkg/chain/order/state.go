package order

import (
	"bytes"

	"renlin.dev/pkg/chain"
)

// entry is what is known of one aggregate or collection.
type entry struct {
	version uint64 // commits that touched it
	last    uint64 // position (index + 1) of the last of them
}

// versions holds one entry for every path ever touched; aggregates and collections never have equal paths. The entries stand in
// one slice without pointers, so that the collector has little to look at. Slot 0 is that of every path without a commit.
type versions struct {
	slots   map[string]uint32
	entries []entry
}

// undo restores one entry. made is the path when the slot did not exist before.
type undo struct {
	slot uint32
	old  entry
	made string
}

func makeVersions() versions { return versions{slots: map[string]uint32{}, entries: make([]entry, 1)} }

// slot finds a path's entry; 0 when no commit touched it.
func (v *versions) slot(path []byte) uint32 { return v.slots[string(path)] }

func (v *versions) read(path []byte) entry { return v.entries[v.slots[string(path)]] }

// bump counts one commit for a path whose slot was looked up, at most once for each position.
func (v *versions) bump(path []byte, slot uint32, position uint64, journal []undo) []undo {
	if slot == 0 {
		made := string(path)
		slot = uint32(len(v.entries))
		v.slots[made] = slot
		v.entries = append(v.entries, entry{version: 1, last: position})
		return append(journal, undo{slot: slot, made: made})
	}
	e := &v.entries[slot]
	if e.last == position {
		return journal
	}
	journal = append(journal, undo{slot: slot, old: *e})
	e.version, e.last = e.version+1, position
	return journal
}

// bumpBoth counts one commit's change for the aggregate, whose slot was looked up, and for its collection.
func (v *versions) bumpBoth(path []byte, slot uint32, position uint64, journal []undo) []undo {
	journal = v.bump(path, slot, position, journal)
	collection := path[:bytes.LastIndexByte(path, '/')]
	return v.bump(collection, v.slot(collection), position, journal)
}

// restore takes the newest changes back, down to the journal's first n. New slots are always the last ones, so they are popped.
func (v *versions) restore(journal []undo, n int) []undo {
	for i := len(journal) - 1; i >= n; i-- {
		u := &journal[i]
		if u.made == "" {
			v.entries[u.slot] = u.old
			continue
		}
		delete(v.slots, u.made)
		v.entries = v.entries[:u.slot]
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

// ids remembers command ids. Those that expire are kept in two generations: when the young one has lasted Remembered, it
// becomes the old one and the old one is dropped, so each id is kept for at least Remembered and at most twice as long.
type ids struct {
	always, young, old map[chain.CommandID]Place
	since              int64 // block time at which the young generation began
}

func makeIDs() ids {
	return ids{always: map[chain.CommandID]Place{}, young: map[chain.CommandID]Place{}}
}

// find tells where a command stands. always is what forever says of its author; ids of the two sorts never meet, because each
// is derived under a name of its own.
func (s *ids) find(id chain.CommandID, always bool) (Place, bool) {
	if always {
		place, ok := s.always[id]
		return place, ok
	}
	if place, ok := s.young[id]; ok {
		return place, true
	}
	place, ok := s.old[id]
	return place, ok
}

// add remembers an id and tells whether it was new.
func (s *ids) add(id chain.CommandID, place Place, always bool) bool {
	if _, has := s.find(id, always); has {
		return false
	}
	if always {
		s.always[id] = place
	} else {
		s.young[id] = place
	}
	return true
}

// forget takes back an id that was staged, whichever generation it is in by now.
func (s *ids) forget(id chain.CommandID) {
	delete(s.young, id)
	delete(s.always, id)
	delete(s.old, id)
}

// turn lets time pass: now is the time of a durable block.
func (s *ids) turn(now int64) {
	switch {
	case s.since == 0:
		s.since = now
	case now-s.since >= Remembered:
		s.old, s.young, s.since = s.young, map[chain.CommandID]Place{}, now
	}
}
