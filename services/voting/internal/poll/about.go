package poll

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// AboutBallot tells which matter and poll a ballot is about, for the bounds of mandates.
func AboutBallot(v *decider.View, body proto.Message) (matter, poll string) {
	return about(v, body.(*votingv1.CastBallot).GetPoll())
}

// AboutObjection is AboutBallot for objections.
func AboutObjection(v *decider.View, body proto.Message) (matter, poll string) {
	return about(v, body.(*votingv1.RaiseObjection).GetPoll())
}

// AboutRegistration is AboutBallot for registrations for secret polls.
func AboutRegistration(v *decider.View, body proto.Message) (matter, poll string) {
	return about(v, body.(interface{ GetPoll() string }).GetPoll())
}

func about(v *decider.View, id string) (matter, poll string) {
	p, err := find(v, id)
	if err != nil {
		return "", ""
	}
	return p.Matter, id
}
