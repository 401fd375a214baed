package proposal_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/decidertest"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/proposal"
	"renlin.dev/services/proposal/internal/topic"
)

// world is a record under this service's rules.
type world struct{ *decidertest.World }

// The cast. Ann to fay have no roles; there are ten active members in all.
var residents = []string{"ann", "bob", "cat", "dan", "eve", "fay"}

var officials = map[string]communityv1.Role{
	"olga": communityv1.Role_ROLE_OFFICER, "conn": communityv1.Role_ROLE_CONVENER,
	"gus": communityv1.Role_ROLE_GUARDIAN, "gia": communityv1.Role_ROLE_GUARDIAN,
}

const start = decidertest.Start

// What tests of every service say.
var id, keyOf, text = decidertest.ID, decidertest.KeyOf, decidertest.Text

// pollRules are those of a matter that is decided by the method.
func pollRules(method communityv1.Method) *communityv1.PollRules {
	return &communityv1.PollRules{
		Electorate: communityv1.Electorate_ELECTORATE_MEMBERS, Method: method, VotingSeconds: 600,
		ExecutionDelaySeconds: 1000, ExecutionExpirySeconds: 5000, VetoSeconds: 400,
	}
}

// rulebook has one matter for each kind of method. Greening needs three supporters, or a fifth of the active members if that is more.
// Works alone knows appeals against vetoes.
func rulebook() *communityv1.Rulebook {
	book := &communityv1.Rulebook{Version: 1, OpenTopicsMax: 2}
	for code, method := range map[string]communityv1.Method{
		"greening": communityv1.Method_METHOD_YES_NO, "naming": communityv1.Method_METHOD_SINGLE,
		"committee": communityv1.Method_METHOD_APPROVAL, "works": communityv1.Method_METHOD_BUDGET_GREEDY,
		"parking": communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP,
	} {
		book.Matters = append(book.Matters, &communityv1.Matter{
			Code: code, Title: code, ThresholdMembers: 3, ThresholdNumerator: 1, ThresholdDenominator: 5,
			DeliberationSeconds: 3600, Poll: pollRules(method),
		})
	}
	slices.SortFunc(book.Matters, func(a, b *communityv1.Matter) int { return strings.Compare(a.Code, b.Code) })
	matterOf(book, "works").Poll.AppealVotingSeconds = 300
	return book
}

// newWorld founds a community of the cast under the rulebook.
func newWorld(t decidertest.TB) *world {
	w := &world{decidertest.New(t, proposal.Model())}
	w.Fact("community/main", &communityv1.CommunityFounded{Name: "Example"}, &chainv1.RulesActivated{Version: 1})
	w.Adopt(rulebook())
	for _, name := range residents {
		w.Admit(name)
	}
	for _, name := range []string{"olga", "conn", "gus", "gia"} {
		w.Admit(name)
		w.Fact("member/"+id(name), &communityv1.RoleGranted{Role: officials[name]})
	}
	return w
}

// founders gives people a standing as the founding does.
func (w *world) founders(names ...string) {
	for _, name := range names {
		w.Author = chain.AuthorGenesis
		w.Fact("member/"+id(name), &communityv1.MemberAdmitted{AdmittedBy: id("street office")})
		w.Author = chain.AuthorPolicy
		w.Enrol(name, false)
	}
}

func (w *world) revoke(name string) { w.Fact("member/"+id(name), &communityv1.MemberRevoked{}) }

// certify gives voting's certificate on a motion.
func (w *world) certify(motion string, adopted bool) {
	w.Fact("poll/"+id("poll of "+motion), &votingv1.CertificateIssued{Motion: motion, Adopted: adopted})
}

func (w *world) post(who, matter string) string {
	w.Helper()
	return w.Do("topic", who, "proposal.post", &proposalv1.PostTopic{Matter: matter, Text: text("lamps")})
}

func (w *world) second(who, topicID string) {
	w.Helper()
	w.Do("second", who, "proposal.second", &proposalv1.SecondTopic{Topic: topicID})
}

// convened raises a deliberation of the matter with a topic of ann's that bob and cat second, and answers both ids.
func (w *world) convened(matter string) (deliberationID, topicID string) {
	w.Helper()
	topicID = w.post("ann", matter)
	w.second("bob", topicID)
	w.second("cat", topicID)
	w.Settle()
	deliberationID = decider.Peek[topic.Topic](w.State, topic.Path(topicID)).Deliberation
	if deliberationID == "" {
		w.Fatalf("no deliberation was convened")
	}
	return deliberationID, topicID
}

// question is a motion that fits the matter.
func question(matter string) *proposalv1.Motion {
	q := &proposalv1.Motion{Title: "Lamps", Text: "New lamps for the yard."}
	options := []*proposalv1.Option{{Code: "A-1", Title: "North"}, {Code: "A-2", Title: "South"}}
	switch matter {
	case "naming", "committee":
		q.Options = options
	case "works", "parking":
		q.Options, q.BudgetFen = options, 10_000
		options[0].CostFen, options[1].CostFen = 6_000, 7_000
	}
	return q
}

// put closes a deliberation of the matter with a motion and answers the motion's id.
func (w *world) put(matter string) string {
	w.Helper()
	d, _ := w.convened(matter)
	return w.Do("motion", "conn", "proposal.close", &proposalv1.CloseDeliberation{
		Deliberation: d, Minutes: "We met.", Motion: question(matter),
	})
}

// adopted has a motion of the matter adopted.
func (w *world) adopted(matter string) string {
	w.Helper()
	m := w.put(matter)
	w.certify(m, true)
	w.Settle()
	return m
}

// inForce has a motion of the matter in force.
func (w *world) inForce(matter string) string {
	w.Helper()
	m := w.adopted(matter)
	w.Now += 1_000_000
	w.Settle()
	return m
}

// scenario is one line of a given/when/then table.
type scenario struct {
	name string
	// given prepares the record and answers the command.
	given     func(w *world) proto.Message
	who       string
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
			w.Expect(w.Input(s.who, s.operation, command), s.then, s.refused)
		})
	}
}

// wordless is the refusal of a command that refers to no words.
const wordless = "text.malformed"
