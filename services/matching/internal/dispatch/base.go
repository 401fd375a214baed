package dispatch

import (
	"bytes"
	"crypto/ed25519"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
)

// clockMillis is how far the clocks of who plans and of who orders may be apart.
const clockMillis = 2000

// readBase reads up to where an optimal plan has looked. The header is signed with the community's key, so it is that of a block that there
// is, and whoever plans can choose among those of the last moments at most; its hash is the seed. Whether there was a newer one is not seen
// here: an auditor holds it against the record.
func (a *adoption) readBase() error {
	if !a.optimal() {
		if len(a.body.GetBlock())+len(a.body.GetLeftOut()) > 0 {
			return ErrPlanBlock
		}
		return nil
	}
	s, err := chain.DecodeSealed(a.body.GetBlock())
	if err != nil || s.Time > a.body.GetPlannedAt()+clockMillis {
		return ErrPlanBlock
	}
	c, ok := decider.Get[standing.Community](a.v, standing.CommunityPath)
	if !ok || s.CheckSignature(ed25519.PublicKey(c.EpochKey)) != nil {
		return ErrPlanBlock
	}
	hash := s.Hash()
	if seed := a.body.GetSeed(); len(seed) > 0 && !bytes.Equal(seed, hash[:]) {
		return ErrPlanBlock
	}
	a.seed, a.base = hash[:], s.First+uint64(s.Count)
	return nil
}

// checkLeftOut refuses a plan that says of a skill twice, or of one for which it names no need, what it leaves for the next. How many there
// are an auditor counts.
func (a *adoption) checkLeftOut() error {
	var named, said []string
	for _, id := range a.order {
		named = append(named, a.needs[id].need.Skill)
	}
	for _, l := range a.body.GetLeftOut() {
		if l.GetNeeds() == 0 || !slices.Contains(named, l.GetSkill()) || slices.Contains(said, l.GetSkill()) {
			return ErrPlanLeftOut
		}
		said = append(said, l.GetSkill())
	}
	return nil
}

// seeded gives what an event says of the plan's seed: what the author named, where nothing rests on it.
func (a *adoption) seeded() []byte {
	if a.optimal() {
		return a.seed
	}
	return a.body.GetSeed()
}
