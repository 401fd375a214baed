package voting_test

import (
	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// goldenSheets are the golden events of credentials on paper, and of those that a helper registered.
func goldenSheets() map[string]proto.Message {
	path, voter, key := "poll/"+id("poll"), id("member"), "/secret-paper/"+id("key")
	called := sheetRules(communityv1.Secrecy_SECRECY_TOTALS)
	twice := func(a, b byte) []byte { return append(fixedKey(a), fixedKey(b)...) }
	return map[string]proto.Message{
		path + " 60-called-sheets": &votingv1.PollCalled{Matter: "roof", Question: question, Rules: called, OpensBy: 1_700_000_600_000},
		path + "/registration/" + voter + " 61-registered-sheet": &votingv1.VoterRegistered{
			Commitment: fixedKey(6), Receipt: twice(7, 8), Channel: votingv1.Channel_CHANNEL_DOOR, Org: id("org"),
		},
		path + "/registration/" + voter + " 61-registered-helped": &votingv1.VoterRegistered{
			Commitment: fixedKey(6), Receipt: twice(7, 8), Channel: votingv1.Channel_CHANNEL_HELPER, Mandate: id("mandate"),
		},
		path + " 62-listed-sheets": &votingv1.CredentialsListed{Rows: []*votingv1.CredentialRow{
			{Key: fixedKey(9), Heads: 1, AreaCentiM2: 90_25, Channel: votingv1.Channel_CHANNEL_PAPER},
			{Key: fixedKey(10), Heads: 1, AreaCentiM2: 90_25, Channel: votingv1.Channel_CHANNEL_HELPER},
		}},
		path + " 63-contested-helped": &votingv1.RosterContested{Voter: voter, Key: fixedKey(9), Salt: fixedKey(12), Mandate: id("mandate")},
		path + key + " 64-sheet-entered": &votingv1.SecretPaperEntered{
			Key: fixedKey(9), Org: id("org"), SealedMark: fixedKey(13), Proof: twice(14, 15), AtNight: true,
		},
		path + key + " 65-sheet-reentered": &votingv1.SecretPaperReentered{
			Key: fixedKey(9), Org: id("another org"), Mark: fixedKey(16), Proof: twice(17, 18), AtNight: true,
			Agreement: votingv1.Agreement_AGREEMENT_CAST, Twin: 1,
		},
		path + "/secret-ballot/" + id("key") + " 66-sheet-cast":  &votingv1.SecretBallotCast{Key: fixedKey(9), Ballot: fixedKey(19)},
		path + "/comparison/" + id("key") + " 67-sheet-compared": &votingv1.BallotCompared{Proof: twice(20, 21)},
	}
}
