package sequencer

import (
	"crypto/ed25519"

	"renlin.dev/pkg/chain"
)

// The states of a sequencer.
const (
	StateUnfounded = "unfounded"
	StateWriting   = "writing"
	StateStopped   = "stopped"
	StateFull      = "full" // there is no room left; writing goes on by itself once there is
)

// Info says who the sequencer is and how far it has come. It travels as JSON.
type Info struct {
	Community string            `json:"community,omitempty"`
	Genesis   string            `json:"genesis,omitempty"` // hash of the founding commit, hex
	State     string            `json:"state"`
	Reason    string            `json:"reason,omitempty"` // why writing has stopped
	Epoch     uint32            `json:"epoch"`
	EpochKey  ed25519.PublicKey `json:"epoch_key"`
	Blocks    uint64            `json:"blocks"`         // durable
	Size      uint64            `json:"size"`           // durable commits: the next index
	Head      string            `json:"head,omitempty"` // hash of the newest durable block, hex
	Time      int64             `json:"time"`           // of that block, ms since the Unix epoch
}

// Info gives the state as of the newest durable block.
func (s *Sequencer) Info() Info {
	now := s.now.Load()
	info := Info{State: StateUnfounded, Reason: now.stopped, Epoch: s.cfg.Epoch, EpochKey: s.cfg.Key.Public().(ed25519.PublicKey)}
	if now.head != nil {
		info.Community, info.Genesis = chain.CommunityID(now.head.Genesis), now.head.Genesis.String()
		info.State, info.Blocks, info.Size = StateWriting, now.head.Number+1, now.head.First+uint64(now.head.Count)
		info.Head, info.Time = now.hash.String(), now.head.Time
	}
	switch {
	case now.stopped != "":
		info.State = StateStopped
	case now.full && now.head != nil:
		info.State = StateFull
	}
	return info
}

// snapshot is what Info is made of. It never changes once it is published.
type snapshot struct {
	head    *chain.Sealed
	hash    chain.Hash
	stopped string
	full    bool
	by      string // the sort of the reason to stop
}

func (s *Sequencer) publishInfo() {
	s.now.Store(&snapshot{head: s.machine.Head(), hash: s.machine.HeadHash(), stopped: s.stopped, full: s.full != nil, by: s.by})
}

// Checkpointed notes a signed checkpoint in the head record and makes that durable: a power cut then loses nothing of the record
// up to here. The notary calls it after each one.
func (s *Sequencer) Checkpointed(size uint64, root chain.Hash) error {
	return s.head.checkpoint(size, root)
}
