package verify_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/verify"
	"renlin.dev/pkg/verify/forge"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// recordForgeries are lies that no service's rules are needed for.
var recordForgeries = []forgery{
	{"no commit at all", "commit.malformed", "", func(_ *testing.T, r *forge.Record) *forge.Pack {
		r.Append(0, alien(r, "a"))
		r.Set(r.Size()-1, []byte("no commit"))
		return forge.NewPack(r)
	}, ""},
	{"an empty commit, which is not a withheld one", "commit.malformed", "", func(_ *testing.T, r *forge.Record) *forge.Pack {
		r.Append(0, alien(r, "a"))
		r.Set(r.Size()-1, []byte{})
		return forge.NewPack(r)
	}, ""},
	{"no command in it", "command.malformed", "", aliens(func(_ *forge.Record, c *chain.Commit) { c.Command = []byte("x") }), ""},
	{"another id", "command.id", "", aliens(func(_ *forge.Record, c *chain.Commit) { c.ID[0] ^= 1 }), ""},
	{"a command done twice", "command.twice", "", func(_ *testing.T, r *forge.Record) *forge.Pack {
		r.Append(0, alien(r, "a"), alien(r, "a"))
		r.Renumber()
		return forge.NewPack(r)
	}, ""},
	{"a command at its expiry", "command.expired", "", aliens(func(r *forge.Record, c *chain.Commit) {
		s := r.Signed(c)
		s.NotAfter = r.Last()
		r.Sign(c, s, forge.Key("ann"))
	}), ""},
	{"a command for too long", "command.not_after", "", aliens(func(r *forge.Record, c *chain.Commit) {
		s := r.Signed(c)
		s.NotAfter = r.Last() + order.NotAfterMax + 1
		r.Sign(c, s, forge.Key("ann"))
	}), ""},
	{"a second founding", "founding.misplaced", "", aliens(func(r *forge.Record, c *chain.Commit) {
		c.Author = chain.AuthorGenesis
		r.Sign(c, r.Signed(c), forge.Key("ann"))
	}), ""},
	{"before its window", "window.missed", "", aliens(func(r *forge.Record, c *chain.Commit) { c.WindowFrom = r.Last() + 1 }), ""},
	{"at its window's end", "window.missed", "", aliens(func(r *forge.Record, c *chain.Commit) { c.WindowUntil = r.Last() }), ""},
	{"long before its block", "time.skewed", "", aliens(func(r *forge.Record, c *chain.Commit) { c.Time = r.Last() - order.SkewMax - 1 }), ""},
	{"long after its block", "time.skewed", "", aliens(func(r *forge.Record, c *chain.Commit) { c.Time = r.Last() + order.SkewMax + 1 }), ""},
	{"what is another's", "kind.not_yours", "", aliens(func(_ *forge.Record, c *chain.Commit) {
		c.Changes[0] = chain.Change{Aggregate: "member/zed", Version: 1, Events: []chain.Event{event(&proposalv1.TopicWithdrawn{})}}
	}), ""},
	{"a read that is behind", "read.stale", "", aliens(func(_ *forge.Record, c *chain.Commit) {
		c.Reads = []chain.Read{{Key: "community/main", Version: 0}}
	}), ""},
	{"a read that is ahead", "read.stale", "", aliens(func(_ *forge.Record, c *chain.Commit) {
		c.Reads = []chain.Read{{Key: "community/main", Version: 2}}
	}), ""},
	{"a collection that is behind", "read.stale", "", aliens(func(_ *forge.Record, c *chain.Commit) {
		c.Collections = []chain.Read{{Key: "topic", Version: 1}}
	}), ""},
	{"a version left out", "read.stale", "", aliens(func(_ *forge.Record, c *chain.Commit) { c.Changes[0].Version = 2 }), ""},
	{"a fact that nobody can read", "fold.failed", "",
		aliens(func(_ *forge.Record, c *chain.Commit) { c.Changes[0].Aggregate = "weather/today" }), ""},
}

func event(m proto.Message) chain.Event {
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		panic(err)
	}
	return chain.Event{Type: string(m.ProtoReflect().Descriptor().FullName()), Body: body}
}

// decisionForgeries are lies that only whoever decides again can see.
var decisionForgeries = []forgery{
	{"a member admitted twice", "decision.refused", "parish.member", func(_ *testing.T, r *forge.Record) *forge.Pack {
		c := r.Commit(r.Find(admit))
		s := r.Signed(c)
		s.IdempotencyKey, s.NotAfter, c.Time = "again", r.Last()+60_000, r.Last()
		r.Sign(c, s, forge.Key("fay"))
		r.Append(0, c)
		r.Renumber()
		return forge.NewPack(r)
	}, ""},
	{"an operation that no service has", "decision.refused", "operation.unknown", func(_ *testing.T, r *forge.Record) *forge.Pack {
		r.EditCommand(r.Find(admit), func(s *chain.Signed) { s.Operation = "community.crown" }, forge.Key("fay"))
		return forge.NewPack(r)
	}, ""},
	{"a changed event", "decision.differs", "events", last(post, func(c *chain.Commit) {
		c.Changes[0].Events[0] = event(&proposalv1.TopicPosted{Matter: "tower"})
	}), ""},
	{"another sort of event", "decision.differs", "events", last(post, func(c *chain.Commit) {
		c.Changes[0].Events[0] = event(&proposalv1.TopicWithdrawn{})
	}), ""},
	{"another sort of event of the same bytes", "decision.differs", "events", last(post, func(c *chain.Commit) {
		c.Changes[0].Events[0].Type = event(&proposalv1.TopicWithdrawn{}).Type
	}), ""},
	{"one event more", "decision.differs", "changes", last(post, func(c *chain.Commit) {
		c.Changes[0].Events = append(c.Changes[0].Events, event(&proposalv1.TopicWithdrawn{}))
	}), ""},
	{"one change more", "decision.differs", "changes", last(post, func(c *chain.Commit) {
		more := c.Changes[0]
		more.Aggregate = "topic/" + forge.ID("more")
		c.Changes = append(c.Changes, more)
		slices.SortFunc(c.Changes, func(a, b chain.Change) int {
			if a.Aggregate < b.Aggregate {
				return -1
			}
			return 1
		})
	}), ""},
	{"one change more, behind the others", "decision.differs", "changes", last(post, func(c *chain.Commit) {
		more := c.Changes[0]
		more.Aggregate = "topic/" + strings.Repeat("z", 26)
		c.Changes = append(c.Changes, more)
	}), ""},
	{"another aggregate", "decision.differs", "changes", last(post, func(c *chain.Commit) {
		c.Changes[0].Aggregate = "topic/" + forge.ID("another")
	}), ""},
	{"a read left out", "decision.differs", "reads", last(post, func(c *chain.Commit) { c.Reads = c.Reads[1:] }), ""},
	{"a read put in", "decision.differs", "reads", last(admit, func(c *chain.Commit) {
		c.Reads = append(c.Reads, chain.Read{Key: "topic/" + forge.ID("absent")})
	}), ""},
	{"a collection left out", "decision.differs", "collections", last(giving, func(c *chain.Commit) { c.Collections = nil }), ""},
	{"another rulebook", "decision.differs", "rules", last(admit, func(c *chain.Commit) { c.Rules = 2 }), ""},
	{"a hosted key for a device's", "decision.differs", "author", last(admit, func(c *chain.Commit) { c.Author = chain.AuthorHosted }), ""},
	{"another member", "decision.differs", "actor", last(admit, func(c *chain.Commit) { c.Actor = chain.KeyID(forge.Public("ann")) }), ""},
	{"a helper put in", "decision.differs", "through", last(admit, func(c *chain.Commit) { c.Through = "kiosk" }), ""},
	{"a cause put in", "decision.differs", "cause", last(admit, func(c *chain.Commit) { c.Cause = 1 }), ""},
	{"another cause", "decision.differs", "cause", last(rule, func(c *chain.Commit) { c.Cause-- }), ""},
	{"a window that begins", "decision.differs", "window", last(giving, func(c *chain.Commit) { c.WindowFrom = 1 }), ""},
	{"a window left open", "decision.differs", "window", last(giving, func(c *chain.Commit) { c.WindowUntil = 0 }), ""},
	{"a reaction that no rule demands", "policy.not_owed", "", func(_ *testing.T, r *forge.Record) *forge.Pack {
		id := r.Commit(r.Find(post)).Changes[0].Aggregate[len("topic/"):]
		c := r.Commit(r.Find(rule))
		convene(r, c, id, 2)
		c.Time = r.Last()
		r.Append(0, c)
		r.Renumber()
		return forge.NewPack(r)
	}, ""},
	{"another reaction than the rule demands", "policy.differs", "", func(_ *testing.T, r *forge.Record) *forge.Pack {
		r.Edit(r.Find(rule), func(c *chain.Commit) { convene(r, c, c.Changes[0].Aggregate[len("deliberation/"):], 9) })
		return forge.NewPack(r)
	}, ""},
	{"a reaction left out", "policy.omitted", "", func(_ *testing.T, r *forge.Record) *forge.Pack {
		r.Drop(r.Find(rule))
		return forge.NewPack(r)
	}, ""},
	{"a reaction that came late", "policy.omitted", "", func(t *testing.T, r *forge.Record) *forge.Pack {
		at := r.Find(rule)
		c := r.Commit(at)
		r.Drop(at)
		c.Time = r.Last()
		r.Append(0, c)
		return forge.NewPack(r)
	}, ""},
}

// TestAnotherEncodingIsTheSameFact: a library of another day may write a message otherwise. What it says counts, not how it is written.
func TestAnotherEncodingIsTheSameFact(t *testing.T) {
	t.Parallel()
	r := history(t)
	r.Edit(r.Find(post), func(c *chain.Commit) {
		e := &c.Changes[0].Events[0]
		e.Body = slices.Concat(e.Body, e.Body) // of a field that stands twice the last one counts
	})
	if report := run(t, forge.NewPack(r), verify.Options{}); !report.OK || report.Unjudged != 0 {
		t.Errorf("got %+v", report)
	}
}

// convene makes a rule's command and commit for a topic, as the forger wants the number of supporters to be.
func convene(r *forge.Record, c *chain.Commit, topic string, supporters uint32) {
	convene := &proposalv1.ConveneDeliberation{Topics: []string{topic}, Supporters: supporters}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(convene)
	if err != nil {
		panic(err)
	}
	c.Reads = slices.DeleteFunc(c.Reads, func(x chain.Read) bool { return x.Key != "community/main" })
	c.Reads = append(c.Reads, chain.Read{Key: "topic/" + topic, Version: 1})
	c.Changes[0].Aggregate = "deliberation/" + topic
	c.Changes[0].Events = []chain.Event{event(&proposalv1.DeliberationConvened{Supporters: supporters})}
	raw, s, err := decider.PolicyCommand(&decider.Owed{Purpose: "convene/" + topic, Operation: rule, Body: body}, 1)
	if err != nil {
		panic(err)
	}
	c.Command = raw
	if c.ID, err = s.ID(c.Author, c.Service); err != nil {
		panic(err)
	}
}
