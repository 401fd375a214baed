package services_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/sim"
	"renlin.dev/services/community"
)

// rush is a community in which there is more to do than can be done: what was taken on stays for hours, and minutes go by between what
// people do, so that loads come up to the mark, and come down.
type rush struct {
	*crowd
	into *tally
}

// Found founds the community, where whoever is asked has the time that they have in life.
func (u *rush) Found(r *rand.Rand) (string, *chain.Signed) {
	u.r = r
	u.noise = rand.NewChaCha8([32]byte(binarySeed(r)))
	founding := foundingOf(0)
	rules := founding.GetRulebook().GetMatching()
	rules.OfferSeconds, rules.EmergencyOfferSeconds, rules.CheckInSeconds, rules.ConfirmSeconds = 1500, 600, 4000, 3600
	rules.ModeSecondsMax = 7200
	d := deed{community.OpFound, founding, [][]byte{keyFor(ann), keyFor(bob)}}
	return d.service(), d.signed()
}

// Next lets somebody do something.
func (u *rush) Next(r *rand.Rand, now int64, _ func(string) *decider.State) (string, *chain.Signed) {
	u.r, u.now = r, now
	var d *deed
	for d == nil {
		if residents := ids(u.people, func(id string, _ *person) bool { return u.counts(id) && u.hasKey(id) }); len(residents) < 5 {
			d = u.think(settling)
		} else {
			d = u.thinkMatching()
		}
	}
	if u.chance(20) {
		d.keys[u.r.IntN(len(d.keys))] = u.anyKey()
	}
	if len(d.keys) == 2 && slices.Equal(d.keys[0], d.keys[1]) {
		d.keys = d.keys[:1]
	}
	return d.service(), d.signed()
}

// Idle lets minutes go by once somebody serves.
func (u *rush) Idle(r *rand.Rand) int64 {
	if len(u.help.jobs) == 0 || r.IntN(10) > 0 {
		return 0
	}
	return r.Int64N(12 * 60_000)
}

// Rest adds what happened.
func (u *rush) Rest(now int64) []string {
	u.into.add(u.happened)
	return u.crowd.Rest(now)
}

// TestSimulationOfRush: the same promises where offers are overloaded and relieved, others take over for them, and who is silent too often
// is left in peace.
func TestSimulationOfRush(t *testing.T) {
	cfg := simulation()
	cfg.Seeds = sim.Seeds{Quick: 20, CI: 100, Long: 2_000}
	all := &tally{happened: map[string]int{}}
	cfg.Workload = func() sim.Workload { return &rush{newCrowd(), all} }
	sim.Check(t, cfg)
	t.Logf("happened: %v", all.happened)
	if t.Failed() || os.Getenv("RENLIN_SEED") != "" {
		return
	}
	for _, what := range []string{
		"OfferOverloaded", "OfferRelieved", "another is asked because of an overload", "somebody is left in peace", "CheckInMissed",
		"AssignmentLapsed", "AssignmentConfirmed",
	} {
		if all.happened[what] == 0 {
			t.Errorf("%s never happened", what)
		}
	}
}
