package voting_test

import (
	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// goldenOpenings are the golden events of how a secret poll is opened and counted.
func goldenOpenings() map[string]proto.Message {
	secret := "poll/" + id("secret poll")
	tally := &votingv1.Tally{
		Ballots: 9, Valid: 9, Replaced: 2, StandsWithoutHosted: true, ParticipantsHeads: 9, ParticipantsAreaCentiM2: 900,
		Inequalities: []*votingv1.Inequality{{Sign: ">", Holds: true, Requirement: closedRules(levelPassFail).Requirements[1]}}, Result: passed,
		Secret: &votingv1.SecretReport{
			Secrecy: levelPassFail, Credentials: 11, Challenged: 1, Trustees: []uint32{1, 3},
			Ranges: []*votingv1.TotalRange{{Measure: communityv1.Measure_MEASURE_HEADS, Option: 0, Low: 5, High: 9}},
			Leak:   &votingv1.LeakReport{AnonymityMin: 9, PosteriorMicros: 700_000, ChanceMicros: 1, Exact: true, Refused: "leak.voter_pinned"},
		},
	}
	return map[string]proto.Message{
		secret + " 09-decrypted":        &votingv1.TotalsDecrypted{Trustee: 1, Message: fixedKey(15)},
		secret + " 09-blinded":          &votingv1.TotalsBlinded{Trustee: 2, Messages: [][]byte{fixedKey(16), fixedKey(17)}},
		secret + " 09-proved":           &votingv1.TotalsProved{Trustee: 3, Verdicts: [][]byte{fixedKey(18), fixedKey(19)}},
		secret + " 10-tallied-secret":   &votingv1.TallyRecorded{Tally: tally, ObjectionsUntil: 1_700_000_090_000},
		secret + " 12-certified-secret": &votingv1.CertificateIssued{Motion: id("motion"), Tally: tally, Adopted: true, Withheld: []uint32{2}},
	}
}
