package sim_test

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
	"renlin.dev/pkg/decider/sim"
)

// crowd is a few people who do everything at once with few topics, so that they are often in each other's way.
type crowd struct{}

const people = 7

func key(n int) []byte {
	sum := sha256.Sum256([]byte(fmt.Sprint("person ", n)))
	return sum[:]
}

func signed(who int, operation string, body proto.Message) *chain.Signed {
	raw, err := protojson.Marshal(body)
	if err != nil {
		panic(err)
	}
	return &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, Body: raw,
		Signatures: []chain.Signature{{Key: key(who), Sig: make([]byte, 64)}},
	}
}

func (crowd) Found(*rand.Rand) (string, *chain.Signed) {
	return toy.Register, signed(0, "register.found", &toyv1.Found{Rules: 1})
}

func (crowd) Next(r *rand.Rand, _ int64, look func(string) *decider.State) (string, *chain.Signed) {
	who := r.IntN(people)
	forum := look(toy.Forum)
	if forum != nil && r.IntN(10) < 6 {
		if m := decider.Peek[toy.Member](forum, "member/"+chain.KeyID(key(who))); m == nil || !m.Active {
			return toy.Register, signed(who, "register.join", &toyv1.Join{})
		}
	}
	var topics []string
	if forum != nil {
		topics = forum.Members("topic")
	}
	topic := "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	if len(topics) > 0 && r.IntN(20) > 0 {
		topic = topics[r.IntN(len(topics))]
	}
	if open := openTopics(forum, topics); len(open) > 0 && r.IntN(5) > 0 {
		topic = open[r.IntN(len(open))]
	}
	switch n := r.IntN(100); {
	case n < 10:
		return toy.Register, signed(who, "register.join", &toyv1.Join{})
	case n < 14:
		return toy.Register, signed(who, "register.leave", &toyv1.Leave{})
	case n < 40:
		give := &toyv1.Give{To: chain.KeyID(key(r.IntN(people))), Points: int64(1 + r.IntN(9))}
		return toy.Register, signed(who, "register.give", give)
	case n < 43:
		return toy.Register, signed(who, "register.activate", &toyv1.Activate{Rules: uint32(1 + r.IntN(2))})
	case n < 53:
		return toy.Forum, signed(who, "forum.post", &toyv1.Post{Matter: "lift"})
	case n < 57:
		return toy.Forum, signed(who, "forum.withdraw", &toyv1.Withdraw{Topic: topic})
	case n < 67:
		return toy.Forum, signed(who, "forum.summarise", &toyv1.Summarise{Topic: topic})
	}
	return toy.Forum, signed(who, "forum.second", &toyv1.Second{Topic: topic})
}

func openTopics(s *decider.State, topics []string) []string {
	var open []string
	for _, id := range topics {
		if decider.Peek[toy.Topic](s, "topic/"+id).Outcome == "" {
			open = append(open, id)
		}
	}
	return open
}

func config() sim.Config {
	return sim.Config{Models: toy.Models(), Workload: func() sim.Workload { return crowd{} }}
}

func TestEverythingHolds(t *testing.T) {
	t.Parallel()
	sim.Check(t, config())
}

func TestSeedGivesEverything(t *testing.T) {
	t.Parallel()
	a, b, c := sim.Run(config(), 7), sim.Run(config(), 7), sim.Run(config(), 8)
	if a.Head != b.Head || a.Head == c.Head || a.Commits != b.Commits {
		t.Errorf("heads %s, %s and %s", a.Head, b.Head, c.Head)
	}
}
