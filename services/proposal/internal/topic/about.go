package topic

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// About tells which matter a command on topics is about, for the bounds of mandates; none of them is about a poll.
func About(v *decider.View, body proto.Message) (matter, poll string) {
	id := ""
	switch b := body.(type) {
	case *proposalv1.PostTopic:
		return b.GetMatter(), ""
	case *proposalv1.SecondTopic:
		id = b.GetTopic()
	case *proposalv1.WithdrawTopic:
		id = b.GetTopic()
	}
	if t, err := find(v, id); err == nil {
		matter = t.Matter
	}
	return matter, ""
}
