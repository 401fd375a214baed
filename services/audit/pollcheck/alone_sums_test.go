package pollcheck

import (
	"testing"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// TestSumsAlone: where nobody can know what an election's ballots look like, nothing is added up.
func TestSumsAlone(t *testing.T) {
	t.Parallel()
	e := saying(&votingv1.EncryptedTallyRecorded{Tally: &votingv1.EncryptedTally{
		Secrecy: communityv1.Secrecy_SECRECY_TOTALS, Totals: []*votingv1.EncryptedTotal{listed(headsMeasure, 1)},
		Leak: []*votingv1.LeakStep{{Secrecy: communityv1.Secrecy_SECRECY_TOTALS}},
	}})
	c := aloneAbout(optioned(1), secretRules(communityv1.Method_METHOD_SINGLE), e)
	c.weights = map[string]weight{}
	ask(t, []asking{{"of no key", c, (*checking).checkSums, "unchecked"}})
}
