package leak_test

import (
	"testing"

	"renlin.dev/pkg/mutation"
)

// Why a check that is wrong is not noticed.
const (
	shortcut = "it only saves time: what follows comes to the same"
	sharper  = "it only saves time: what follows can make the bound sharper, and never larger"
	sameWay  = "where both are equal either way comes to the same"
	noBand   = "who has nothing there comes first, so that nobody is in a band, and all have less than is needed"
	endsSame = "it only saves time: the sums never become fewer, so the work done comes to more than may be all the same"
	anyway   = "right at the limit of the work either answer is sound"
	aboveOne = "a ratio is at least one, and so a posterior at least where it started"
)

var excuses = []mutation.Excuse{
	{"bound.go", "chance.Cmp(one) «>» 0 {", sameWay},
	{"histogram.go", "case most «>=» weight*alike[weight]:", sameWay},
	{"histogram.go", "if a.Cmp(b) «<» 0 {", sameWay},
	{"leak.go", "if «top.Cmp(bottom) <= 0» {", shortcut},
	{"leak.go", "if top.Cmp(bottom) «<=» 0 {", shortcut},
	{"moves.go", "if «posterior.Cmp(prior) < 0» {", aboveOne},
	{"moves.go", "if posterior.Cmp(prior) «<» 0 {", aboveOne},
	{"moves.go", "if «best.Cmp(m.limits.PosteriorMax.rat()) <= 0» {", sharper},
	{"moves.go", "if best.Cmp(m.limits.PosteriorMax.rat()) «<=» 0 {", sharper},
	{"moves.go", "if o.many[i]*w «>=» need {", sameWay},
	{"climb.go", "if «!c.gather(class, f)» ||", noBand},
	{"climb.go", "if left «<=» 0 || p.worth == 0 {", sameWay},
	{"climb.go", "if left <= 0 || «p.worth == 0» {", shortcut},
	{"ways.go", "if «movable*movable/2 > workMax» {", shortcut},
	{"ways.go", "if movable*movable/2 «>» workMax {", shortcut},
	{"ways.go", "if left -= int64(len(m.steps[i])); m.work+int64(len(ways))*left «>» workMax {", endsSame},
	{"ways.go", "if m.work += cost; m.work+classes*cost «>» workMax {", anyway},
}

// TestMutations makes every check of the leak meter wrong once.
func TestMutations(t *testing.T) {
	mutation.Prove(t, []mutation.Package{
		{Dir: ".", Stages: []string{"."}, Flags: []string{"-rapid.nofailfile", "-rapid.seed=1"}},
	}, excuses)
}
