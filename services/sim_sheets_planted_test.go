package services_test

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// ignoring leaves out what was cast from sheets.
func ignoring(right decider.Fold) decider.Fold {
	return func(into any, e decider.Event) {
		if b, cast := e.Body.(*votingv1.SecretBallotCast); !cast || b.GetSequence() > 0 {
			right(into, e)
		}
	}
}

// plantedSheets are bugs in what sheets are about.
var plantedSheets = []planted{
	{"a device votes by a sheet's credential", "voting",
		decider.InRule("voting.cast_secret", taking("secret_ballot.on_paper", casting)), false, 100},
	{"what two read off a sheet does not count", "voting", decider.InDerived(ignoring), false, 100},
	{"who gave sheets out enters them", "voting",
		decider.InRule("voting.enter_secret_paper", taking("sheet.giver", func(cmd *decider.Command) (string, proto.Message) {
			b := cmd.Body.(*votingv1.EnterSecretPaper)
			return "poll/" + b.GetPoll() + "/secret-paper/" + chain.KeyID(b.GetKey()), &votingv1.SecretPaperEntered{
				Key: b.GetKey(), Org: idFor(orgOne), SealedMark: b.GetSealedMark(), Proof: b.GetProof(),
			}
		})), false, 400},
	{"a sheet replaces the voter's own registration", "voting",
		decider.InRule("voting.register_papers", taking("registration.stands", func(cmd *decider.Command) (string, proto.Message) {
			b := cmd.Body.(*votingv1.RegisterPapers)
			return "poll/" + b.GetPoll() + "/registration/" + b.GetSheets()[0].GetVoter(), &votingv1.VoterRegistered{
				Commitment: b.GetSheets()[0].GetCommitment(), Receipt: b.GetSheets()[0].GetReceipt(), Channel: onPaper, Org: idFor(orgThree),
			}
		})), false, 200},
}
