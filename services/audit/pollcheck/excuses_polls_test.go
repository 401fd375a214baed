package pollcheck_test

import "renlin.dev/pkg/mutation"

// shortcut is why a check that is wrong is not noticed where it only spares work.
const shortcut = "it only saves time: what follows comes to the same"

// pollExcuses are the mutations that no test can notice, of the files up to poll.go.
var pollExcuses = []mutation.Excuse{
	{"fillings.go", "return «tried > fillingsTriedMax» || len(all) > secretballot.OneOfMax }", shortcut},
	{"fillings.go", "return tried > fillingsTriedMax || «len(all) > secretballot.OneOfMax» }", shortcut},
	{"fillings.go", "return p.ranks() || other «>» o }", "an option that is named is not asked about"},
	{"leak.go", "if «who[i].weight == w» {", "voters of one weight come to the same in one heap or in several"},
	{"market.go", "if «len(best) > 0 && rates[o].Cmp(rates[best[0]]) > 0» {", shortcut},
	{"meter.go", "if «tried[by]» {", shortcut},
}
