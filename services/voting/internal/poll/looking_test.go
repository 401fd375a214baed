package poll

import (
	"crypto/sha256"
	"slices"
	"strconv"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// given is a fact that stands on the record.
type given struct {
	path  string
	event proto.Message
}

// looking runs rules on a poll and its part of the Book as the test has made them, whatever brought them about. Nil is none.
func looking(t *testing.T, p *Poll, s *Sealed, rule func(v *decider.View), facts ...given) *decider.State {
	t.Helper()
	const path = "poll/" + pollID
	looked := false
	state := decider.NewState(decider.NewModel("voting", []uint32{1}, standing.Kinds(false), Kinds(), BookPart(),
		decider.Policy(func(v *decider.View, _ decider.Event, _ *communityv1.MemberAdmitted) []decider.Demand {
			if stored, ok := decider.Get[Poll](v, path); ok {
				*stored = *p
			}
			if book := decider.DerivedOf[Book](v); s != nil {
				book.Polls[pollID] = s
			} else {
				delete(book.Polls, pollID)
			}
			looked = true
			rule(v)
			return nil
		})))
	if p != nil {
		put(t, state, path, &votingv1.PollCalled{})
	}
	for _, f := range facts {
		put(t, state, f.path, f.event)
	}
	put(t, state, "member/m", &communityv1.MemberAdmitted{})
	if !looked {
		t.Fatal("the rule was not run")
	}
	return state
}

// put puts a fact on a record.
func put(t *testing.T, s *decider.State, path string, event proto.Message) {
	t.Helper()
	body, err := proto.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	version := s.Version(path) + 1
	c := &chain.Commit{Service: "community", ID: sha256.Sum256([]byte(path + strconv.FormatUint(version, 10))), Changes: []chain.Change{{
		Aggregate: path, Version: version,
		Events: []chain.Event{{Type: string(event.ProtoReflect().Descriptor().FullName()), Body: body}},
	}}}
	if err := s.Apply(c, 1); err != nil {
		t.Fatal(err)
	}
}

// refusal is the code of what was said; "" for nothing.
func refusal(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Code
}

// spoil changes a byte in a copy.
func spoil(b []byte) []byte {
	b = slices.Clone(b)
	b[len(b)-1] ^= 1
	return b
}

// nothing is a rule that does nothing.
func nothing(*decider.View) {}

// detail is what a fault says besides.
func detail(err error, name string) string { return fault.Of(err).Detail[name] }
