package pollcheck_test

import "renlin.dev/pkg/mutation"

// Why a check that is wrong is not noticed.
const (
	aByte    = "what is read takes at least a byte"
	allSpent = "into what is left of nothing, or less, nothing fits, and all that follows comes to the same"
	leftOut  = "it only saves time: what is dearer is left out below"
	noneLeft = "where both are equal, nothing is left either way"
)

// countExcuses are the mutations that no test can notice, of the files from pollcheck.go on.
var countExcuses = []mutation.Excuse{
	{"raise.go", "if «b.cost(b.bought) > b.till.money» ||", allSpent},
	{"raise.go", "if b.cost(b.bought) «>» b.till.money ||", allSpent},
	{"raise.go", "if «per(b.least[o], b.worth(o), best, worth) > 0» {", leftOut},
	{"raise.go", "if per(payment, 1, purse, points) «>=» 0 {", noneLeft},
	{"wire.go", "if n «<» 0 {", aByte},
	{"wire.go", "if size «<» 0 {", aByte},
}
