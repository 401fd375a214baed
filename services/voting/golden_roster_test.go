package voting_test

import (
	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// goldenRoster are the golden events of how the voters of a secret poll come to their credentials.
func goldenRoster() map[string]proto.Message {
	path, voter := "poll/"+id("poll"), id("member")
	measured := &votingv1.Measured{Households: 1, Weight: 2}
	roll := &votingv1.Roll{
		Root: fixedKey(3), Voters: 2, Heads: 2, AreaCentiM2: 180_50, Position: 9, AllHeads: 3, AllAreaCentiM2: 200_00,
		Measured: measured, AllMeasured: measured,
	}
	called := hallRules(communityv1.Secrecy_SECRECY_INTERVAL)
	called.Secrecy.AnonymityMin = 7
	return map[string]proto.Message{
		path + " 40-called-secret": &votingv1.PollCalled{
			Matter: "roof", Motion: id("motion"), Question: question, Rules: called, OpensBy: 1_700_000_600_000,
		},
		path + " 41-registration-begun": &votingv1.RegistrationBegun{
			Roll: roll, EndsAt: 1_700_000_060_000,
			Registrar: &communityv1.Registrar{Member: voter, Org: id("org"), Key: fixedKey(4), BoxKey: fixedKey(5)},
		},
		path + "/registration/" + voter + " 42-registered": &votingv1.VoterRegistered{
			Commitment: fixedKey(6), Receipt: append(fixedKey(7), fixedKey(8)...),
		},
		path + " 43-registration-ended": &votingv1.RegistrationEnded{Voters: 2, ListedBy: 1_700_000_120_000},
		path + " 44-credentials-listed": &votingv1.CredentialsListed{Rows: []*votingv1.CredentialRow{
			{Key: fixedKey(9), Heads: 1, AreaCentiM2: 90_25}, {Key: fixedKey(10), Heads: 1, AreaCentiM2: 90_25, Measured: measured},
		}},
		path + " 45-roster-sealed":    &votingv1.RosterSealed{Root: fixedKey(11), Credentials: 2, ContestedUntil: 1_700_000_180_000},
		path + " 46-roster-contested": &votingv1.RosterContested{Voter: voter, Key: fixedKey(9), Salt: fixedKey(12)},
		path + " 47-opened-secret": &votingv1.PollOpened{
			Roll: roll, OpenedAt: 1_700_000_180_000, ClosesAt: 1_700_000_240_000, Election: fixedKey(13),
			Leak: &votingv1.LeakReport{AnonymityMin: 6, PosteriorMicros: 900_000, ChanceMicros: 4_116, Exact: true, Refused: "leak.voter_pinned"},
		},
	}
}
