package standing

import (
	"iter"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Household is aggregate household/<id>: who lives in a unit together.
type Household struct {
	Unit    string   `json:"unit"`
	Members []string `json:"members"`
}

// Clone is shallow: Evolve replaces the list whole.
func (h *Household) Clone() *Household { dup := *h; return &dup }

// homes are the lists of people of each household, by everybody who is in it.
type homes map[string][][]string

// Homes gives the lists of people of each household, by everybody who is in it. All households are looked at, so that one that is formed in
// between makes the decision stale. Read-only.
func Homes(v *decider.View) map[string][][]string {
	return decider.Gathered(v, "household", func(all iter.Seq2[string, *Household]) homes {
		out := homes{}
		for _, h := range all {
			for _, member := range h.Members {
				out[member] = append(out[member], h.Members)
			}
		}
		return out
	})
}

// Channel is aggregate channel/<id>: who belongs to a room for some subjects.
type Channel struct {
	Title   string   `json:"title"`
	Members []string `json:"members"`
	Org     string   `json:"org"` // whose officer established it
}

// Clone is shallow: Evolve replaces the list whole.
func (c *Channel) Clone() *Channel { dup := *c; return &dup }

// ChannelPath names a channel's aggregate.
func ChannelPath(id string) string { return "channel/" + id }

// GroupKinds registers households and channels; own only in the community service.
func GroupKinds(own bool) decider.Part {
	return func(m *decider.Model) {
		decider.Kind("household", own, evolveHousehold)(m)
		decider.Kind("channel", own, evolveChannel)(m)
	}
}

func evolveHousehold(h *Household, e decider.Event) {
	if b, ok := e.Body.(*communityv1.HouseholdFormed); ok {
		*h = Household{Unit: b.GetUnit(), Members: b.GetMembers()}
	}
}

func evolveChannel(c *Channel, e decider.Event) {
	if b, ok := e.Body.(*communityv1.ChannelEstablished); ok {
		*c = Channel{Title: b.GetTitle(), Members: b.GetMembers(), Org: b.GetOrg()}
	}
}
