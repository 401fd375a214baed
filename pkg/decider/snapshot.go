package decider

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider/internal/flaw"
)

const snapshotMagic = "renlin/snapshot/1\n"

// ErrSnapshot says that a snapshot is damaged, or was made by other code or other rules: fold the record from zero instead.
var ErrSnapshot = errors.New("snapshot does not fit")

// snapshotHead is the first part of a snapshot.
type snapshotHead struct {
	Service    string
	Build      string // of the program that wrote it; another build may fold differently, so it starts from zero
	Shape      string // Model.Shape
	Genesis    chain.Hash
	Position   uint64
	Rules      uint32
	RulesAt    string
	RulesCount uint64
	Head       []byte // an encoded chain.Sealed
}

// WriteSnapshot writes the whole state, ending in a digest over it. The same state gives the same bytes, whichever way it came
// about. The state must stand at the end of a block. build names the program, see LoadSnapshot.
func (s *State) WriteSnapshot(w io.Writer, build string) error {
	if s.head == nil {
		return errors.New("write snapshot: nothing is folded yet")
	}
	e := &snapshotWriter{hash: sha256.New()}
	buffered := bufio.NewWriterSize(io.MultiWriter(w, e.hash), 1<<16)
	e.w = buffered
	err := s.writeContent(e, build, s.flaws)
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		_, err = w.Write(e.hash.Sum(nil))
	}
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return nil
}

// Digest names the whole state. Two states with one digest were folded from one record by one model.
func (s *State) Digest() (digest chain.Hash, err error) {
	if s.head == nil {
		return digest, nil
	}
	e := &snapshotWriter{hash: sha256.New()}
	buffered := bufio.NewWriterSize(e.hash, 1<<16)
	e.w = buffered
	if err := s.writeContent(e, "", 0); err != nil {
		return digest, fmt.Errorf("digest state: %w", err)
	}
	if err := buffered.Flush(); err != nil {
		return digest, fmt.Errorf("digest state: %w", err)
	}
	e.hash.Sum(digest[:0])
	return digest, nil
}

func (s *State) writeContent(e *snapshotWriter, build string, flaws flaw.Set) error {
	e.bytes([]byte(snapshotMagic))
	e.json(snapshotHead{
		Service: s.model.Service, Build: build, Shape: s.model.Shape(), Genesis: s.head.Genesis, Position: s.position,
		Rules: s.rules, RulesAt: s.rulesAt, RulesCount: s.rulesCount, Head: s.head.Encode(),
	})
	e.count(len(s.aggs))
	for _, path := range slices.Sorted(maps.Keys(s.aggs)) {
		e.str(path)
		e.u64(s.aggs[path].version)
		e.json(s.aggs[path].state)
	}
	e.count(len(s.colls))
	for _, path := range slices.Sorted(maps.Keys(s.colls)) {
		c := s.colls[path]
		e.str(path)
		e.u64(c.version)
		e.count(len(c.ids))
		for _, id := range c.sorted() {
			e.str(id)
		}
	}
	e.count(len(s.derived))
	for _, d := range s.derived {
		e.json(d)
	}
	owed, ids := s.owed, s.ids
	if flaws.Has(flaw.SnapshotWithoutOwed) {
		owed = nil
	}
	if flaws.Has(flaw.SnapshotWithoutIDs) {
		ids = nil
	}
	e.count(len(owed))
	for _, id := range sortedIDs(owed) {
		e.json(owed[id])
	}
	e.count(len(s.done))
	for _, c := range byPosition(s.done, func(position uint64) Written { return Written{Position: position} }) {
		e.bytes(c.id[:])
		e.u64(c.Position)
	}
	e.count(len(ids))
	for _, c := range byPosition(ids, func(w Written) Written { return w }) {
		e.bytes(c.id[:])
		e.u64(c.Position)
		e.u64(c.Body)
	}
	e.count(len(s.retired))
	for _, path := range slices.Sorted(maps.Keys(s.retired)) {
		e.str(path)
	}
	return e.err
}

func sortedIDs[V any](m map[chain.CommandID]V) []chain.CommandID {
	return slices.SortedFunc(maps.Keys(m), func(a, b chain.CommandID) int { return bytes.Compare(a[:], b[:]) })
}

// command is one that is on the record.
type command struct {
	id chain.CommandID
	Written
}

// byPosition lists commands in the order of the record. There may be millions: numbers are compared sooner than ids, and nothing is
// looked up again.
func byPosition[V any](m map[chain.CommandID]V, written func(V) Written) []command {
	list := make([]command, 0, len(m))
	for id, v := range m { // any order: they are sorted below
		list = append(list, command{id: id, Written: written(v)})
	}
	slices.SortFunc(list, func(a, b command) int { return cmp.Compare(a.Position, b.Position) })
	return list
}

// snapshotWriter keeps the first error.
type snapshotWriter struct {
	w    io.Writer
	hash hash.Hash
	err  error
	word [8]byte // reused
}

func (e *snapshotWriter) bytes(b []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
	}
}

func (e *snapshotWriter) u64(n uint64) {
	binary.BigEndian.PutUint64(e.word[:], n)
	e.bytes(e.word[:])
}

func (e *snapshotWriter) count(n int) { e.u64(uint64(n)) }

func (e *snapshotWriter) str(s string) {
	e.count(len(s))
	e.bytes([]byte(s))
}

func (e *snapshotWriter) json(v any) {
	raw, err := json.Marshal(v)
	e.err = cmp.Or(e.err, err)
	e.count(len(raw))
	e.bytes(raw)
}

// LoadSnapshot reads a snapshot that this model, in this build, wrote. The caller must still make sure that the stream's block
// of that number has the hash of the state's Head. Any error is ErrSnapshot.
func LoadSnapshot(m *Model, raw []byte, build string) (*State, error) {
	s, err := loadSnapshot(m, raw, build)
	if err != nil {
		return nil, fmt.Errorf("load snapshot: %w", errors.Join(ErrSnapshot, err))
	}
	return s, nil
}

func loadSnapshot(m *Model, raw []byte, build string) (*State, error) {
	if len(raw) < len(snapshotMagic)+sha256.Size || string(raw[:len(snapshotMagic)]) != snapshotMagic {
		return nil, errors.New("it is no snapshot")
	}
	content, sum := raw[:len(raw)-sha256.Size], raw[len(raw)-sha256.Size:]
	if got := sha256.Sum256(content); !bytes.Equal(got[:], sum) {
		return nil, errors.New("digest differs")
	}
	r := &snapshotReader{rest: content[len(snapshotMagic):]}
	var h snapshotHead
	r.json(&h)
	if r.err != nil {
		return nil, r.err
	}
	if h.Service != m.Service || h.Build != build || h.Shape != m.Shape() || !slices.Contains(m.Rules, h.Rules) {
		return nil, errors.New("it was made by another program")
	}
	head, err := chain.DecodeSealed(h.Head)
	if err != nil {
		return nil, err
	}
	if head.First+uint64(head.Count) != h.Position || head.Genesis != h.Genesis {
		return nil, errors.New("position does not fit the block")
	}
	s := NewState(m)
	s.position, s.head, s.rules, s.rulesAt, s.rulesCount = h.Position, &head, h.Rules, h.RulesAt, h.RulesCount
	s.readAggregates(r)
	s.readCommands(r)
	if r.err == nil && len(r.rest) != 0 {
		r.err = errors.New("bytes left over")
	}
	return s, r.err
}

func (s *State) readAggregates(r *snapshotReader) {
	for range r.count() {
		path, version, raw := r.str(), r.u64(), r.blob()
		k := s.model.kinds[chain.KindOf(path)]
		if r.err != nil || k == nil {
			r.fail("an aggregate's kind is not known")
			return
		}
		state, err := k.decode(raw)
		if err != nil {
			r.fail("an aggregate cannot be read")
			return
		}
		s.aggs[path] = &entry{version: version, state: state}
	}
	for range r.count() {
		path := r.str()
		if chain.CheckCollection(path) != nil {
			r.fail("a collection's path is ill-formed")
			return
		}
		c := s.collection(path)
		c.version = r.u64()
		for range r.count() {
			c.add(r.str())
		}
	}
	if r.count() != len(s.derived) {
		r.fail("another number of derived values")
		return
	}
	for i := range s.derived {
		d, err := s.model.derived[i].decode(r.blob())
		if err != nil {
			r.fail("a derived value cannot be read")
			return
		}
		s.derived[i] = d
	}
}

// writtenBytes is what a command that was written takes in a snapshot.
const writtenBytes = len(chain.CommandID{}) + 8 + 8

func (s *State) readCommands(r *snapshotReader) {
	for range r.count() {
		o := new(Owed)
		r.json(o)
		s.owe(o)
	}
	for range r.count() {
		id := r.id()
		s.done[id] = r.u64()
	}
	n := min(r.count(), len(r.rest)/writtenBytes)
	s.ids = make(map[chain.CommandID]Written, n) // there may be millions: growing would take as long as filling
	for range n {
		id := r.id()
		s.ids[id] = Written{Position: r.u64(), Body: r.u64()}
	}
	for range r.count() {
		s.retired[r.str()] = true
	}
}

// snapshotReader keeps the first error; after it, everything reads as zero.
type snapshotReader struct {
	rest []byte
	err  error
}

func (r *snapshotReader) fail(why string) {
	if r.err == nil {
		r.err = errors.New(why)
	}
	r.rest = nil
}

func (r *snapshotReader) take(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.fail("it ends too early")
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *snapshotReader) u64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// count refuses a number that the rest cannot hold.
func (r *snapshotReader) count() int {
	n := r.u64()
	if n > uint64(len(r.rest)) {
		r.fail("it ends too early")
		return 0
	}
	return int(n)
}

func (r *snapshotReader) blob() []byte { return r.take(r.u64()) }

func (r *snapshotReader) str() string { return string(r.blob()) }

func (r *snapshotReader) id() (id chain.CommandID) {
	copy(id[:], r.take(uint64(len(id))))
	return id
}

func (r *snapshotReader) json(v any) {
	raw := r.blob()
	if r.err == nil && json.Unmarshal(raw, v) != nil {
		r.fail("it cannot be read")
	}
}
