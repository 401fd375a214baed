package deliberation

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
)

// About tells which matter a statement or a reaction is about, for the bounds of mandates.
func About(v *decider.View, body proto.Message) (matter, poll string) {
	said := body.(interface{ GetDeliberation() string })
	if d, ok := decider.Get[Deliberation](v, Path(said.GetDeliberation())); ok {
		matter = d.Matter
	}
	return matter, ""
}
