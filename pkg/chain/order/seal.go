package order

import (
	"bytes"
	"errors"
	"fmt"

	"renlin.dev/pkg/chain"
)

// sealedBlock is what receipts are made of. It never changes after Seal.
type sealedBlock struct {
	chain.Sealed
	hash   chain.Hash
	hashes []chain.Hash
	paths  *chain.Paths
}

func (b *sealedBlock) receipt(offset int) *chain.Receipt {
	return &chain.Receipt{
		Sealed: b.Sealed, Index: b.First + uint64(offset), Commit: b.hashes[offset], Path: b.paths.Path(offset),
	}
}

// Verdict is the answer to one request. It is complete when the machine hands it out, and may be used by any goroutine then.
type Verdict struct {
	Ticket   Ticket
	Fault    error // nil when it was done
	Repeated bool  // it was done before; see Places

	block         *sealedBlock
	offset, count int
	known         []repeat
}

// repeat is a commit that was done before, and the command that now asks for it again: nil when only its receipt is wanted. The
// command is a slice of the request's bytes.
type repeat struct {
	Place
	command []byte
}

// Appended tells which commits the request put on the record, and where; none if it was refused, or asked for what was there before.
func (v *Verdict) Appended() (first uint64, count int) {
	if v.block == nil {
		return 0, 0
	}
	return v.block.First + uint64(v.offset), v.count
}

// Reply makes the verdict into what is sent. read fetches a durable block's bytes; it is called only for repeats. A command that
// is not byte for byte that of the first time is answered chain.ErrReused.
func (v *Verdict) Reply(read func(block uint64) ([]byte, error)) (*chain.Reply, error) {
	if v.count == 1 {
		one := struct { // the usual answer, in one piece
			reply   chain.Reply
			receipt chain.Receipt
			list    [1]*chain.Receipt
		}{receipt: *v.block.receipt(v.offset)}
		one.list[0] = &one.receipt
		one.reply.Receipts = one.list[:]
		return &one.reply, nil
	}
	reply := &chain.Reply{Fault: v.Fault, Repeated: v.Repeated}
	for i := range v.count {
		reply.Receipts = append(reply.Receipts, v.block.receipt(v.offset+i))
	}
	for _, k := range v.known {
		raw, err := read(k.Block)
		if err != nil {
			return nil, fmt.Errorf("read block %d: %w", k.Block, err)
		}
		receipt, command, err := receiptAt(raw, k.Index)
		if err != nil {
			return nil, fmt.Errorf("make receipt from block %d: %w", k.Block, err)
		}
		if k.command != nil && !bytes.Equal(k.command, command) {
			return &chain.Reply{Fault: chain.ErrReused}, nil
		}
		reply.Receipts = append(reply.Receipts, receipt)
	}
	return reply, nil
}

// receiptAt makes the receipt of a commit from the bytes of its block, and answers its command. It refuses a block whose root
// does not fit.
func receiptAt(raw []byte, index uint64) (*chain.Receipt, []byte, error) {
	b, err := chain.DecodeBlock(raw)
	if err != nil {
		return nil, nil, err
	}
	if index < b.First || index-b.First >= uint64(b.Count) {
		return nil, nil, fmt.Errorf("commit %d is not in it", index)
	}
	s := &sealedBlock{Sealed: b.Sealed}
	leaves := make([]chain.Hash, len(b.Commits))
	for i, commit := range b.Commits {
		s.hashes = append(s.hashes, chain.HashCommit(commit))
		leaves[i] = chain.LeafHash(s.hashes[i])
	}
	s.paths = chain.NewPaths(leaves)
	if s.paths.Root() != b.Root {
		return nil, nil, errors.New("root does not fit the commits")
	}
	var o chain.Outline
	if err := o.Parse(b.Commits[index-b.First]); err != nil {
		return nil, nil, err
	}
	return s.receipt(int(index - b.First)), o.Command, nil
}

// Seal closes the open block, signs it and appends its bytes to buf. It answers false when nothing is staged. The block is then
// under way, until Confirm or Abort; there may be only one.
func (m *Machine) Seal(buf []byte) (raw []byte, ok bool) {
	if m.sealed.block != nil {
		panic("order: seal while a block is under way")
	}
	r := &m.open
	if !r.staged() {
		return nil, false
	}
	h := chain.Header{
		Genesis: m.genesis, Epoch: m.epoch, Count: uint32(len(r.raws)), Time: r.time,
	}
	if m.head != nil {
		h.Number, h.First, h.Prev = m.head.Number+1, m.size, m.hash
	} else {
		h.Genesis = r.hashes[0]
	}
	paths := chain.NewPaths(r.leaves)
	h.Root = paths.Root()
	r.block = &sealedBlock{Sealed: m.sign(h), hash: h.Hash(), hashes: r.hashes, paths: paths}
	raw, err := chain.EncodeBlock(buf, &r.block.Sealed, r.raws)
	if err != nil {
		panic("order: a block that was admitted cannot be encoded: " + err.Error())
	}
	for i := range r.verdict {
		if r.verdict[i].count > 0 {
			r.verdict[i].block = r.block
		}
	}
	m.sealed, m.open = m.open, m.sealed
	m.open.clear()
	return raw, true
}

// Underway gives the header of the block between Seal and Confirm, or nil.
func (m *Machine) Underway() *chain.Sealed {
	if m.sealed.block == nil {
		return nil
	}
	return &m.sealed.block.Sealed
}

// Confirm says that the sealed block is durable, and releases every verdict of its round.
func (m *Machine) Confirm() []Verdict {
	if m.sealed.block == nil {
		panic("order: confirm without a sealed block")
	}
	m.advance(&m.sealed.block.Sealed, m.sealed.block.hash, m.sealed.leaves)
	verdicts := m.sealed.verdict
	m.sealed.clear()
	return verdicts
}

// Release hands out the verdicts of an open round that has staged nothing, unless a block is under way on which they may rest.
func (m *Machine) Release() []Verdict {
	if m.sealed.block != nil || m.open.staged() {
		return nil
	}
	verdicts := m.open.verdict
	m.open.clear()
	return verdicts
}

// Abort undoes everything that is sealed or staged and not confirmed, and turns every verdict that was held back into
// chain.ErrRetry: nobody knows yet whether the block was written.
func (m *Machine) Abort() []Verdict {
	m.unstage(&m.open, 0, 0, 0)
	m.unstage(&m.sealed, 0, 0, 0)
	verdicts := append(m.sealed.verdict, m.open.verdict...)
	for i := range verdicts {
		verdicts[i] = Verdict{Ticket: verdicts[i].Ticket, Fault: chain.ErrRetry}
	}
	m.open.clear()
	m.sealed.clear()
	return verdicts
}
