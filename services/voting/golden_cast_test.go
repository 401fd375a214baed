package voting_test

import (
	"bytes"

	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// goldenCasts are the events of casting in secret and of adding up, with every field filled; see goldenEvents.
func goldenCasts() map[string]proto.Message {
	poll := "poll/" + id("poll cast in secret")
	ballots := poll + "/secret-ballot/" + id("credential")
	return map[string]proto.Message{
		ballots + " 51-cast-secret": &votingv1.SecretBallotCast{Key: fixedKey(1), Sequence: 2, Ballot: bytes.Repeat(fixedKey(2), 5)},
		ballots + " 52-challenged": &votingv1.SecretBallotChallenged{
			Key: fixedKey(1), Sequence: 3, Ballot: bytes.Repeat(fixedKey(3), 5), Opening: fixedKey(4),
		},
		poll + " 53-added-up": &votingv1.EncryptedTallyRecorded{Tally: &votingv1.EncryptedTally{
			Secrecy: interval, Ballots: 3, Replaced: 2, Challenged: 1,
			Totals: []*votingv1.EncryptedTotal{{
				Measure: communityv1.Measure_MEASURE_AREA, Option: 1, Sum: bytes.Repeat(fixedKey(5), 2), Bound: 78, Claims: at(26, 40),
			}},
			Leak: []*votingv1.LeakStep{
				{Secrecy: exact, Report: &votingv1.LeakReport{
					AnonymityMin: 1, PosteriorMicros: 1_000_000, ChanceMicros: 20_000, Exact: true, Refused: "leak.class_small",
				}},
				{Secrecy: interval, Report: &votingv1.LeakReport{AnonymityMin: 12, PosteriorMicros: 500_000, ChanceMicros: 9}},
			},
		}},
	}
}
