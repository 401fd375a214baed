package verify_test

import (
	"crypto/ed25519"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/verify"
	"renlin.dev/pkg/verify/forge"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// The parish is a community of two small services: one admits members, who are named after their keys; in the other members post
// topics and second them, and at the second second the rule itself convenes a deliberation. It has one policy, reads of aggregates, of
// a collection and of what is absent, and windows: everything that a record can be wrong about.

var (
	errMember   = fault.New(fault.Refused, "parish.member", "You are a member already.", "您已经是成员。")
	errStranger = fault.New(fault.Forbidden, "parish.stranger", "You are not a member.", "您不是成员。")
	errTopic    = fault.New(fault.NotFound, "parish.topic", "There is no such topic.", "没有该议题。")
)

type (
	community struct{ Founded bool }
	member    struct{ Admitted bool }
	topic     struct{ Posted bool }
	second    struct{ Given bool }
	meeting   struct{ Supporters uint32 }
	foreign   struct{ Events int }
)

func parish() []*decider.Model { return []*decider.Model{register(), forum()} }

func register() *decider.Model {
	return decider.NewModel("community", []uint32{1},
		decider.Kind("community", true, func(s *community, _ decider.Event) { s.Founded = true }),
		decider.Kind("member", true, func(s *member, _ decider.Event) { s.Admitted = true }),
		decider.Op(decider.Operation{Name: "community.found"},
			func(_ *decider.View, _ *decider.Command, body *communityv1.Found) ([]decider.Change, error) {
				return []decider.Change{decider.On("community/main",
					&communityv1.CommunityFounded{EpochKey: body.GetEpochKey()}, &chainv1.RulesActivated{Version: 1})}, nil
			}),
		decider.Op(decider.Operation{Name: "community.admit_member"},
			func(v *decider.View, cmd *decider.Command, _ *communityv1.AdmitMember) ([]decider.Change, error) {
				if v.Exists("member/" + cmd.Actor) {
					return nil, errMember
				}
				return []decider.Change{decider.On("member/"+cmd.Actor, &communityv1.MemberAdmitted{AdmittedBy: cmd.Actor})}, nil
			}),
	)
}

func forum() *decider.Model {
	return decider.NewModel("proposal", []uint32{1},
		decider.Kind("community", false, func(s *community, _ decider.Event) { s.Founded = true }),
		decider.Kind("member", false, func(s *member, _ decider.Event) { s.Admitted = true }),
		decider.Kind("weather", false, func(s *foreign, _ decider.Event) { s.Events++ }),
		decider.Kind("topic", true, func(s *topic, _ decider.Event) { s.Posted = true }),
		decider.Kind("second", true, func(s *second, _ decider.Event) { s.Given = true }),
		decider.Kind("deliberation", true, func(s *meeting, e decider.Event) {
			if b, ok := e.Body.(*proposalv1.DeliberationConvened); ok {
				s.Supporters = b.GetSupporters()
			}
		}),
		decider.Op(decider.Operation{Name: "proposal.post_topic"},
			func(v *decider.View, cmd *decider.Command, body *proposalv1.PostTopic) ([]decider.Change, error) {
				if !v.Exists("member/" + cmd.Actor) {
					return nil, errStranger
				}
				return []decider.Change{decider.On("topic/"+cmd.ID.NewAggregate(), &proposalv1.TopicPosted{Matter: body.GetMatter()})}, nil
			}),
		decider.Op(decider.Operation{Name: "proposal.second_topic"}, secondTopic),
		decider.Op(decider.Operation{Name: "proposal.convene", Policy: true}, conveneRule),
		decider.Policy(demandMeeting),
	)
}

func secondTopic(v *decider.View, cmd *decider.Command, body *proposalv1.SecondTopic) ([]decider.Change, error) {
	path := "topic/" + body.GetTopic()
	if !v.Exists("member/" + cmd.Actor) {
		return nil, errStranger
	}
	if !v.Exists(path) || v.Count(path+"/second") > 9 {
		return nil, errTopic
	}
	v.Window(0, cmd.Time+60_000)
	return []decider.Change{decider.On(path+"/second/"+cmd.Actor, &proposalv1.TopicSeconded{Matter: "works"})}, nil
}

func conveneRule(v *decider.View, _ *decider.Command, body *proposalv1.ConveneDeliberation) ([]decider.Change, error) {
	id := body.GetTopics()[0]
	if !v.Exists("topic/" + id) {
		return nil, errTopic
	}
	return []decider.Change{decider.On("deliberation/"+id, &proposalv1.DeliberationConvened{Supporters: body.GetSupporters()})}, nil
}

func demandMeeting(v *decider.View, e decider.Event, _ *proposalv1.TopicSeconded) []decider.Demand {
	path := chain.Collection(e.Aggregate)
	id := path[len("topic/") : len(path)-len("/second")]
	if v.Count(path) < 2 {
		return nil
	}
	return []decider.Demand{{
		Purpose: "convene/" + id, Operation: "proposal.convene",
		Body: &proposalv1.ConveneDeliberation{Topics: []string{id}, Supporters: uint32(v.Count(path))},
	}}
}

// The people of the parish.
var people = []string{"ann", "bob", "cat", "dan"}

// founded is the parish after its founding.
func founded(t testing.TB, epochKey ed25519.PublicKey) *forge.World {
	w := forge.NewWorld(t, parish()...)
	w.Found("community.found", &communityv1.Found{EpochKey: epochKey}, forge.Key("ann"), forge.Key("bob"))
	return w
}

// history is a parish in which everything has happened once, and two minutes have gone by since.
func history(t testing.TB) *forge.Record {
	t.Helper()
	w := founded(t, forge.EpochKey.Public().(ed25519.PublicKey))
	w.PerBlock = 2
	for _, name := range people {
		w.Do("community.admit_member", &communityv1.AdmitMember{}, forge.Key(name))
	}
	posted := w.Do("proposal.post_topic", &proposalv1.PostTopic{Matter: "works"}, forge.Key("ann"))
	w.Pass(1000)
	for _, name := range []string{"bob", "cat"} {
		w.Do("proposal.second_topic", &proposalv1.SecondTopic{Topic: posted.ID.NewAggregate()}, forge.Key(name))
	}
	w.Pass(1000)
	w.Do("proposal.post_topic", &proposalv1.PostTopic{Matter: "parks"}, forge.Key("dan"))
	w.Pass(120_000)
	w.Do("community.admit_member", &communityv1.AdmitMember{}, forge.Key("eve"))
	w.Do("community.admit_member", &communityv1.AdmitMember{}, forge.Key("fay"))
	w.Flush()
	return w.Record
}

// alien is a commit of a service whose rules nobody knows, on an aggregate that nobody reads, at the record's end. What is wrong with
// it, no rule can see.
func alien(r *forge.Record, name string) *chain.Commit {
	c := &chain.Commit{
		Author: chain.AuthorDevice, Time: r.Last(), Rules: 1, Service: "alien",
		Changes: []chain.Change{{Aggregate: "note/" + name, Version: 1, Events: []chain.Event{{Type: "alien.Noted", Body: []byte(name)}}}},
	}
	r.Sign(c, &chain.Signed{
		Suite: chain.SuiteIntl, Operation: "alien.note", Contract: 1, IdempotencyKey: name, NotAfter: r.Last() + 600_000, Body: []byte("{}"),
	}, forge.Key("ann"))
	return c
}

// withAlien appends an alien commit after a change to it, which then is made good again.
func withAlien(r *forge.Record, change func(c *chain.Commit)) *forge.Pack {
	c := alien(r, "a")
	change(c)
	r.Append(0, c)
	return forge.NewPack(r)
}

// run checks a pack with the parish's rules.
func run(t testing.TB, p *forge.Pack, o verify.Options) *verify.Report {
	t.Helper()
	o.Judge = verify.NewJudge(parish()...)
	return verify.Run(t.Context(), p.Bundle(), o)
}
