package order

import "slices"

// index finds numbers by hash: numbers of entries or of command ids, which its owner holds and compares. It is many small tables of
// open addressing instead of one, so that growing never stops the machine for long, and has no pointers for the collector to follow.
//
// Go's map would do the same for about twice the time, most of it spent on growing and on cache misses: a key that is new, which is
// the rule here, costs one miss in this index (docs/adr/0005-own-index.md has the figures).
type index struct {
	parts [indexParts]indexPart
}

// indexParts is how many tables there are; the hash's lowest bits choose one.
const indexParts = 256

// indexPart is one table. A cell is 0, or the hash's upper half and, below it, a number that is not 0. The cell at which a search
// begins is given by the upper half alone, so a table grows without asking for hashes again.
type indexPart struct {
	cells []uint64 // a power of two
	used  int
}

const indexCellsMin = 8

func (x *index) part(hash uint64) *indexPart { return &x.parts[hash%indexParts] }

func (p *indexPart) home(cell uint64) int { return int(cell>>32) & (len(p.cells) - 1) }

// seek searches on from step 0, or the step that the last call gave, and answers the next number that may be the one, 0 when there
// is none. The caller compares, since hashes may agree by chance.
func (x *index) seek(hash uint64, step int) (number uint32, next int) {
	p := x.part(hash)
	if p.used == 0 {
		return 0, 0
	}
	mask := len(p.cells) - 1
	for at := int(hash>>32) + step; ; at++ {
		cell := p.cells[at&mask]
		step++
		if cell == 0 {
			return 0, step
		}
		if cell>>32 == hash>>32 {
			return uint32(cell), step
		}
	}
}

// put adds a number, which is not 0 and not there yet.
func (x *index) put(hash uint64, number uint32) {
	p := x.part(hash)
	if 4*(p.used+1) > 3*len(p.cells) {
		p.grow()
	}
	p.used++
	p.place(hash&^(1<<32-1) | uint64(number))
}

func (p *indexPart) place(cell uint64) {
	at := p.home(cell)
	for p.cells[at] != 0 {
		at = (at + 1) & (len(p.cells) - 1)
	}
	p.cells[at] = cell
}

func (p *indexPart) grow() {
	old := p.cells
	p.cells = make([]uint64, max(indexCellsMin, 2*len(old)))
	for _, cell := range old {
		if cell != 0 {
			p.place(cell)
		}
	}
}

// drop takes a number out again. What was pushed on by it moves back, so that every search still ends at an empty cell.
func (x *index) drop(hash uint64, number uint32) {
	p := x.part(hash)
	mask := len(p.cells) - 1
	hole := p.home(hash)
	for uint32(p.cells[hole]) != number {
		if p.cells[hole] == 0 {
			panic("order: the index does not hold what it should")
		}
		hole = (hole + 1) & mask
	}
	for at := (hole + 1) & mask; p.cells[at] != 0; at = (at + 1) & mask {
		// A cell may fill the hole unless its home lies after the hole, up to where it stands.
		if (at-p.home(p.cells[at]))&mask >= (at-hole)&mask {
			p.cells[hole], hole = p.cells[at], at
		}
	}
	p.cells[hole] = 0
	p.used--
}

// chunks is a list that grows without moving what it holds.
type chunks[T any] struct {
	list [][]T
	n    int
	lent []bool // chunks that somebody reads who does not know of changes, see lend
}

// chunkLen is a power of two.
const chunkLen = 4096

func (c *chunks[T]) at(i uint32) *T { return &c.list[i/chunkLen][i%chunkLen] }

// edit gives the i-th to be changed. What is lent is copied first.
func (c *chunks[T]) edit(i uint32) *T {
	if at := i / chunkLen; at < uint32(len(c.lent)) && c.lent[at] {
		c.list[at], c.lent[at] = slices.Clone(c.list[at]), false
	}
	return c.at(i)
}

// lend gives the chunks to somebody who will read the first n of what is in them, beside whoever goes on with the list.
func (c *chunks[T]) lend() [][]T {
	c.lent = slices.Grow(c.lent[:0], len(c.list))[:len(c.list)]
	for i := range c.lent {
		c.lent[i] = true
	}
	return slices.Clone(c.list)
}

// add appends v and gives its number, beginning with 0.
func (c *chunks[T]) add(v T) uint32 {
	if c.n == len(c.list)*chunkLen {
		c.list = append(c.list, make([]T, chunkLen))
	}
	i := uint32(c.n)
	c.n++
	*c.at(i) = v
	return i
}

// pop takes the last one away; its memory stays for the next.
func (c *chunks[T]) pop() { c.n-- }

// keyRef says where a path stands in an arena: chunk, offset and length.
type keyRef uint64

// arena keeps paths, one after another, in chunks that never move.
type arena struct {
	list [][]byte
}

const arenaChunkBytes = 1 << 18

func (a *arena) add(path []byte) keyRef {
	last := len(a.list) - 1
	if last < 0 || len(a.list[last])+len(path) > arenaChunkBytes {
		a.list = append(a.list, make([]byte, 0, arenaChunkBytes))
		last++
	}
	offset := len(a.list[last])
	a.list[last] = append(a.list[last], path...)
	return keyRef(last)<<32 | keyRef(offset)<<8 | keyRef(len(path))
}

// at gives a path; not to be changed.
func (a *arena) at(k keyRef) []byte {
	offset := int(k >> 8 & (1<<24 - 1))
	return a.list[k>>32][offset : offset+int(k&0xff)]
}

// pop takes the path away that was added last; its room stays for the next.
func (a *arena) pop(k keyRef) {
	a.list = a.list[:k>>32+1]
	last := &a.list[k>>32]
	*last = (*last)[:k>>8&(1<<24-1)]
}
