package faces

import (
	"encoding/hex"

	"renlin.dev/pkg/merkle"
)

// point is a checkpoint that was published, for whoever holds two against each other.
type point struct {
	Size uint64
	Root string // hex
	At   int64  // when a witness first confirmed it; 0 if none has
	Note string
}

// continueSteps are the steps that static/continues.mjs takes, in its order; "fork" and "unasked" stand for what it may find.
var continueSteps = []string{"older", "newer", "tiles", "continued", "fork", "unasked"}

// proof lists checkpoints from the first to the newest, which the page's script holds against each other by the log's own tiles.
func (s *Site) proof(v *visit) (any, error) {
	k, err := v.kept()
	if err != nil {
		return nil, err
	}
	notes, err := v.source.Checkpoints(v.ctx, v.community.ID)
	if err != nil {
		return nil, err
	}
	out := struct {
		*kept
		Points []point // the newest first
	}{kept: k}
	policy, err := merkle.ParsePolicy([]byte(k.policy()))
	if err != nil {
		return nil, err
	}
	for i := len(notes) - 1; i >= 0; i-- {
		checkpoint, found, err := policy.Examine(notes[i], merkle.Freshness{})
		if err != nil {
			continue // of another key, or damaged: nobody can check anything with it
		}
		p := point{Size: checkpoint.Size, Root: hex.EncodeToString(checkpoint.Root[:]), Note: string(notes[i])}
		for _, c := range found {
			if at := c.Time.UnixMilli(); p.At == 0 || at < p.At {
				p.At = at
			}
		}
		out.Points = append(out.Points, p)
	}
	return out, nil
}
