package voting_test

import (
	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// goldenPapers are the events of polls on paper, with every field filled; see goldenEvents.
func goldenPapers() map[string]proto.Message {
	poll, member, paper := "poll/"+id("paper poll"), id("member"), id("paper")
	operators := []*votingv1.OperatorShare{{Operator: id("operator"), Papers: 7}}
	share := &votingv1.CastShare{Ballots: 1, Heads: 1, AreaCentiM2: 100}
	tally := &votingv1.Tally{
		Ballots: 3, Valid: 2, Invalid: 1, InPerson: 3, ParticipantsHeads: 3, ParticipantsAreaCentiM2: 300, Result: chosen,
		InvalidBallots: &votingv1.InvalidBallots{Unequal: 1},
		CastBy:         &votingv1.CastBy{Device: share, Hosted: &votingv1.CastShare{}, Helper: share, Paper: share},
		Channels: &votingv1.ChannelReport{
			Channels: []*votingv1.ChannelShare{
				{Channel: votingv1.Channel_CHANNEL_KIOSK, Ballots: 1, Heads: 1, AreaCentiM2: 100},
				{Channel: votingv1.Channel_CHANNEL_PAPER, Ballots: 2, Heads: 2, AreaCentiM2: 200},
			},
			StandsWithoutPapers: true, PapersIssued: 9, PapersVoided: 1, PapersHalfEntered: 2, PapersDisputed: 1, PapersUnresolved: 1,
			PapersSuperseded: 1, EntriesAtNight: 3, OperatorsOver: operators,
		},
	}
	rules := onPaper(communityv1.Electorate_ELECTORATE_OWNERS)
	return map[string]proto.Message{
		poll + " 21-called-paper": &votingv1.PollCalled{
			Matter: "roof", Motion: id("motion"), Question: question, Rules: rules, OpensBy: 1,
		},
		poll + "/paper/" + member + " 22-issued":         &votingv1.PaperIssued{Paper: paper, Commitment: fixedKey(1)},
		poll + "/serial/" + paper + " 22-serial":         &votingv1.SerialTaken{Voter: member},
		poll + "/paper/" + member + " 23-issued-another": &votingv1.PaperIssued{Paper: id("another paper"), Commitment: fixedKey(2)},
		poll + "/paper/" + member + " 23-voided":         &votingv1.PaperVoided{Paper: id("another paper")},
		poll + "/paper/" + member + " 24-entered": &votingv1.PaperEntered{
			Paper: paper, Org: id("org"), Proof: fixedKey(3), SealedMark: fixedKey(4), Box: fixedKey(5), Evidence: picture, AtNight: true,
		},
		poll + "/paper/" + member + " 25-reentered": &votingv1.PaperReentered{
			Paper: paper, Org: id("other org"), Proof: fixedKey(6), Mark: fixedKey(7), Box: fixedKey(8), Evidence: picture, AtNight: true,
			Agreement: votingv1.Agreement_AGREEMENT_CAST,
		},
		poll + "/ballot/" + member + " 25-cast-paper": &votingv1.BallotCast{
			Box: fixedKey(8), Replaces: 1, InPerson: true, Channel: votingv1.Channel_CHANNEL_PAPER, Paper: 1, Twin: 1,
		},
		poll + "/ballot/" + id("another") + " 25-cast-kiosk": &votingv1.BallotCast{
			Box: fixedKey(9), InPerson: true, Hosted: true, Channel: votingv1.Channel_CHANNEL_KIOSK,
		},
		poll + " 26-tallied-paper": &votingv1.TallyRecorded{Tally: tally, ObjectionsUntil: 1_700_000_090_000},
		poll + "/sample/main 27-drawn": &votingv1.SamplesDrawn{
			Seed: fixedKey(10), CallBacks: []string{member}, Compared: []string{member}, Papers: 2, WrongMin: 1,
		},
		poll + "/comparison/" + member + " 28-compared": &votingv1.BallotCompared{Differs: true},
		poll + "/sample/main 28-recount":                &votingv1.RecountOrdered{},
		poll + "/call-back/" + member + " 28-answered":  &votingv1.CallBackRecorded{Answer: votingv1.Answer_ANSWER_DENIED},
		poll + " 29-certified-paper": &votingv1.CertificateIssued{
			Motion: id("motion"), Tally: tally, Adopted: true, PaperAudit: &votingv1.PaperAudit{
				Verdict: votingv1.PaperVerdict_PAPER_VERDICT_DOUBTFUL, RiskLimitPermille: 50, Papers: 2, WrongMin: 1, Sampled: 1, Compared: 2,
				Differing: 1, CallBacks: 3, Confirmed: 1, Denied: 1, Unreached: 1,
			},
		},
	}
}
