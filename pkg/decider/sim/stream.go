package sim

import (
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/flaw"
)

// stream is the community's stream on its server: it takes a block only where the sequencer expects to be, shows it when it is
// durable, and says so to the sequencer.
type stream struct {
	world   *world
	blocks  [][]byte // durable, and what readers see
	sealed  []*chain.Sealed
	checked []*read // the blocks as a reader sees them who has read all before; nil for a broken one
	writing int     // blocks between their arrival and their fsync
	power   int     // raised by each power failure: what was being written is gone
	synced  int     // only for the flaw: so many blocks are durable
}

// size is how many commits readers see.
func (s *stream) size() uint64 {
	if n := len(s.sealed); n > 0 {
		return s.sealed[n-1].First + uint64(s.sealed[n-1].Count)
	}
	return 0
}

// publish writes a block behind the expected number of others and tells whether it did. It stays silent when the power fails.
func (s *stream) publish(raw []byte, expected uint64, ack func(ok bool)) {
	w := s.world
	if !w.cfg.Flaws.Has(flaw.Unfenced) && expected != uint64(len(s.blocks)+s.writing) {
		ack(false)
		return
	}
	power, sync := s.power, w.between(2, 15)
	if w.chance(100) {
		sync += w.between(1, 80) // the disk is busy
	}
	raw = slices.Clone(raw)
	if w.cfg.Flaws.Has(flaw.AckBeforeSync) {
		s.show(raw)
		ack(true)
		w.after(40*sync, func() {
			if s.power == power {
				s.synced++
			}
		})
		return
	}
	s.writing++
	w.after(sync, func() {
		if s.power != power {
			return
		}
		s.writing--
		s.show(raw)
		ack(true)
	})
}

// read is a block that was checked and decoded.
type read struct {
	*chain.Block
	records []*decider.Record
}

func readBlock(raw []byte, head *chain.Sealed) (*read, error) {
	b, err := chain.VerifyBlock(raw, head)
	if err != nil {
		return nil, err
	}
	records, err := decider.NewRecords(b)
	return &read{b, records}, err
}

// read gives a block to a reader whose last one is head. Blocks are checked and decoded once for all readers that came the same way.
func (s *stream) read(n uint64, head *chain.Sealed) (*read, error) {
	if b := s.checked[n]; b != nil && (n == 0 && head == nil || n > 0 && head != nil && head.Hash() == s.sealed[n-1].Hash()) {
		return b, nil
	}
	return readBlock(s.blocks[n], head)
}

// show makes a block visible and wakes the readers.
func (s *stream) show(raw []byte) {
	b, err := chain.DecodeBlock(raw)
	if err != nil {
		s.world.oracle.violate("the stream was given what is no block: %v", err)
		return
	}
	var prev *chain.Sealed
	if len(s.sealed) > 0 {
		prev = s.sealed[len(s.sealed)-1]
	}
	checked, err := readBlock(raw, prev)
	if err != nil {
		checked = nil
	}
	s.blocks, s.sealed, s.checked = append(s.blocks, raw), append(s.sealed, &b.Sealed), append(s.checked, checked)
	if s.world.watch != nil {
		s.world.oracle.violateAll(s.world.watch.Block(b))
	}
	for _, p := range s.world.procs {
		p.wake()
	}
}

// fail is a power failure: what is not durable is gone, and whoever wrote it hears nothing.
func (s *stream) fail() {
	s.power++
	s.writing = 0
	if s.world.cfg.Flaws.Has(flaw.AckBeforeSync) {
		s.blocks, s.sealed, s.checked = s.blocks[:s.synced], s.sealed[:s.synced], s.checked[:s.synced]
	}
}
