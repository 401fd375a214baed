package pollcheck

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// alone is a poll of which one check is asked, without those before it: its call, and facts one after another, each in a commit of its own
// unless it names another.
func alone(r *communityv1.PollRules, facts ...said) *checking { return aloneAbout(nil, r, facts...) }

func aloneAbout(q *proposalv1.Motion, r *communityv1.PollRules, facts ...said) *checking {
	record, p := New(nil), &poll{id: "p"}
	for i, s := range slices.Insert(slices.Clone(facts), 0, said{body: &votingv1.PollCalled{Question: q, Rules: r}}) {
		if s.index == 0 {
			s.index = uint64(i)
		}
		s.raw, _ = proto.Marshal(s.body)
		p.fold(record, s)
	}
	return &checking{poll: p}
}

// saying is a fact of the poll itself.
func saying(body proto.Message) said { return said{body: body} }

// asking is a question to one check, and what it answers: its state and all that it finds, once for every time.
type asking struct {
	name  string
	of    *checking
	check func(c *checking)
	want  string
}

func (a asking) answer() string {
	a.of.check, a.of.findings = Check{}, nil
	a.check(a.of)
	words := []string{string(a.of.done().State)}
	for _, f := range a.of.findings {
		words = append(words, f.Code)
	}
	return strings.Join(words, " ")
}

func ask(t *testing.T, list []asking) {
	t.Helper()
	for _, a := range list {
		if got := a.answer(); got != a.want {
			t.Errorf("%s: %s, want %s", a.name, got, a.want)
		}
	}
}

// having changes what earlier checks have found out.
func (c *checking) having(change func(c *checking)) *checking {
	change(c)
	return c
}

func secretRules(m communityv1.Method) *communityv1.PollRules {
	return &communityv1.PollRules{Method: m, Secrecy: &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_TOTALS}}
}

func openRules(m communityv1.Method) *communityv1.PollRules { return &communityv1.PollRules{Method: m} }

// in puts a fact into another commit than its own.
func (s said) in(index uint64) said {
	s.index = index
	return s
}

func (s said) when(ms int64) said {
	s.time = ms
	return s
}

// cast is a ballot in time, of a poll that closes after a second.
func cast(voter string) said {
	return said{body: &votingv1.BallotCast{}, path: "ballot/" + voter, actor: voter, time: 1, until: 1000}
}
