package matching_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/decidertest"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
)

// world is a record under this service's rules.
type world struct{ *decidertest.World }

// The cast. Ann to fay have no roles; olga is an officer of the office, otto of the owners, gwen a grid worker, and robo a program of the
// operator's.
var residents = []string{"ann", "bob", "cat", "dan", "eve", "fay"}

var officials = map[string]*communityv1.RoleGranted{
	"olga": {Role: communityv1.Role_ROLE_OFFICER, Org: id("office")}, "otto": {Role: communityv1.Role_ROLE_OFFICER, Org: id("owners")},
	"gwen": {Role: communityv1.Role_ROLE_GRID_WORKER, Org: id("office")}, "robo": {Role: communityv1.Role_ROLE_OPERATOR, Org: id("office")},
}

const start = decidertest.Start

// What tests of every service say.
var id, keyOf, text, code = decidertest.ID, decidertest.KeyOf, decidertest.Text, decidertest.Code

// rulebook lists four skills, of which care requires that first aid was attested.
func rulebook() *communityv1.Rulebook {
	return &communityv1.Rulebook{Version: 1, OpenTopicsMax: 2, Matching: &communityv1.MatchingRules{
		Skills: []*communityv1.Skill{
			{Code: "meal", Title: "Meals"}, {Code: "errand", Title: "Errands"}, {Code: "medicine", Title: "Medicine"},
			{Code: "care", Title: "Care", Requires: []string{"first-aid"}},
		},
		Languages: []string{"zh", "ug"}, Attestations: []string{"first-aid", "female"},
	}}
}

// newWorld founds a community of the cast under the rulebook.
func newWorld(t decidertest.TB) *world {
	w := &world{decidertest.New(t, matching.Model())}
	founded := &communityv1.CommunityFounded{Name: "Example", EpochKey: chain.Public(decidertest.Epoch)}
	w.Fact("community/main", founded, &chainv1.RulesActivated{Version: 1})
	w.Adopt(rulebook())
	for _, name := range residents {
		w.Admit(name)
	}
	for _, name := range []string{"olga", "otto", "gwen", "robo"} {
		w.Admit(name)
		w.Fact("member/"+id(name), officials[name])
	}
	return w
}

// scenario is one line of a given/when/then table.
type scenario struct {
	name string
	// given prepares the record and answers the command.
	given     func(w *world) proto.Message
	who       string
	cosigner  string
	operation string
	then      []string // facts, or
	refused   string   // the fault's code
}

func play(t *testing.T, scenarios []scenario) {
	t.Helper()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			command := s.given(w)
			var cosigners []string
			if s.cosigner != "" {
				cosigners = []string{s.cosigner}
			}
			w.Expect(w.Input(s.who, s.operation, command, cosigners...), s.then, s.refused)
		})
	}
}

// need has somebody ask for some meals at the origin.
func (w *world) need(who string, quantity int64) string {
	w.Helper()
	return w.Do("need", who, "matching.raise_need", &matchingv1.RaiseNeed{
		Skill: "meal", Quantity: quantity, Cell: &matchingv1.Cell{}, Text: text("soup"),
	})
}

// provider registers a volunteer of their own, who offers meals so many squares east of the origin.
func (w *world) provider(who string, east int32, capacity int64) string {
	w.Helper()
	p := w.Do("provider", who, "matching.register_provider", &matchingv1.RegisterProvider{
		Member: id(who), Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{East: east}, RadiusCells: 10, Languages: []string{"zh"}},
	})
	w.offer(who, p, "meal", capacity)
	return p
}

func (w *world) offer(who, provider, skill string, capacity int64) {
	w.Helper()
	w.Do("offer", who, "matching.publish_offer", &matchingv1.PublishOffer{Provider: provider, Skill: skill, Capacity: capacity})
}

// match gives a line of a plan.
func match(need string, quantity int64, providers ...string) *matchingv1.Match {
	return &matchingv1.Match{Need: need, Quantity: quantity, Providers: providers}
}

// plan gives a provisional plan, whose author has a reason for whom they prefer.
func (w *world) plan(matches ...*matchingv1.Match) *matchingv1.AdoptPlan {
	for _, m := range matches {
		m.Reason = matchingv1.Reason_REASON_OTHER
	}
	return &matchingv1.AdoptPlan{Claim: matchingv1.Claim_CLAIM_PROVISIONAL, PlannedAt: w.Now, Matches: matches}
}

// assigned has olga adopt a plan of one match and answers the assignment.
func (w *world) assigned(m *matchingv1.Match) string {
	w.Helper()
	return w.Do("assignment", "olga", "matching.adopt_plan", w.plan(m))
}

func (w *world) assignment(id string) *dispatch.Assignment {
	return decider.Peek[dispatch.Assignment](w.State, dispatch.Path(id))
}

func (w *world) needState(id string) *supply.Need {
	return decider.Peek[supply.Need](w.State, supply.NeedPath(id))
}

func (w *world) offerState(provider string) *supply.Offer {
	return decider.Peek[supply.Offer](w.State, supply.OfferPath(provider, "meal"))
}

// later lets time pass and does what is due then.
func (w *world) later(millis int64) []string {
	w.Helper()
	w.Now += millis
	return w.Settle()
}
