package plan

import (
	"math"
	"slices"
)

// StandbyAnew answers what B would cost if it were made anew behind what P decides now, of all who may stand by. The plan is of no use
// afterwards.
func (pl *Plan) StandbyAnew() (int64, error) {
	pl.needs = slices.DeleteFunc(pl.needs, func(n *need) bool { return !n.open })
	pl.rules.Candidates = math.MaxInt
	b, err := newStandby(pl)
	if err != nil {
		return 0, err
	}
	return b.w.Plan().Objective, nil
}
