package matching_test

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/decidertest"
	"renlin.dev/pkg/host"
	"renlin.dev/pkg/natstest"
	"renlin.dev/pkg/standing"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching"
	"renlin.dev/services/matching/internal/supply"
)

// live is a community on a real server: the service hosted, its planner beside it, and one who orders its commits.
type live struct {
	testing.TB
	js        jetstream.JetStream
	community string
	genesis   chain.Hash
	host      *host.Host
	planner   *matching.Planner
	serial    int
	folded    chan struct{} // holds one: a block was folded

	mu      sync.Mutex // guards machine and blocks
	machine *order.Machine
	blocks  [][]byte
}

const robot = "robo" // the operator's program

// newLive founds the cast's community and starts the service with its planner.
func newLive(t testing.TB) *live {
	t.Helper()
	server := natstest.Run(t)
	l := &live{TB: t, js: server.JetStream(t), folded: make(chan struct{}, 1)}
	seal := func(h chain.Header) chain.Sealed { return chain.Seal(h, decidertest.Epoch) }
	l.machine = order.New(order.Config{Epoch: 1, Sign: seal, Kinds: map[string][]string{
		"community": {"community", "rulebook", "member", "key"}, matching.Service: matching.Model().OwnKinds(),
	}})
	if f := l.order("community", &chain.Request{Ask: chain.AskAppend, Commits: [][]byte{l.founding()}}).Fault; f != nil {
		t.Fatal(f)
	}
	l.genesis = l.machine.Genesis()
	l.community = chain.CommunityID(l.genesis)
	_, err := l.js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: chain.StreamName(l.community), Subjects: []string{chain.BlockSubject(l.community)}, Storage: jetstream.FileStorage,
	})
	if err != nil {
		t.Fatal(err)
	}
	l.publish()
	nc := server.Connect(t)
	if _, err := nc.Subscribe(chain.AppendSubject(l.community, matching.Service), l.serve); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	l.start(server.Connect(t))
	return l
}

// start hosts the service, with the planner beside it, until the test ends.
func (l *live) start(nc *nats.Conn) {
	l.Helper()
	l.planner = matching.NewPlanner(matching.PlannerConfig{
		Key: decidertest.Device(robot), Rand: rand.Reader, Now: func() int64 { return time.Now().UnixMilli() },
		Log: slog.New(slog.DiscardHandler),
		Look: func(ctx context.Context, community string, fn func(*decider.State)) error {
			return l.host.Look(ctx, community, fn)
		},
		Submit: func(ctx context.Context, community string, raw []byte) error {
			return l.host.Submit(ctx, community, raw)
		},
	})
	var err error
	l.host, err = host.New(host.Config{
		Model: matching.Model(), Bus: nc, Dir: l.TempDir(), Build: "test", Log: slog.New(slog.DiscardHandler),
		Folded: func(community string, s *decider.State) error {
			err := l.planner.Folded(community, s)
			select {
			case l.folded <- struct{}{}:
			default:
			}
			return err
		},
	})
	if err != nil {
		l.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(l.Context()))
	var both sync.WaitGroup
	for _, run := range []func(context.Context, string) error{l.host.Run, l.planner.Serve} {
		both.Go(func() {
			if err := run(ctx, l.community); err != nil {
				l.Errorf("%v", err)
			}
		})
	}
	l.Cleanup(func() {
		cancel()
		both.Wait()
		if err := l.host.Close(); err != nil {
			l.Error(err)
		}
	})
	l.await("the service", func(*decider.State) bool { return true })
}

// founding is one commit of everything that other services decide: who the members are, and what they may ask for.
func (l *live) founding() []byte {
	l.Helper()
	facts := map[string][]proto.Message{
		"community/main": {
			&communityv1.CommunityFounded{Name: "Example", EpochKey: decidertest.Epoch.Public().(ed25519.PublicKey)},
			&chainv1.RulesActivated{Version: 1},
		},
		standing.RulebookPath: {&communityv1.RulebookAdopted{Rulebook: rulebook()}},
	}
	for _, name := range append(slices.Clone(residents), "olga", "otto", "gwen", robot) {
		facts["member/"+id(name)] = []proto.Message{&communityv1.MemberAdmitted{AdmittedBy: id("street office")}}
		if role := officials[name]; role != nil {
			facts["member/"+id(name)] = append(facts["member/"+id(name)], role)
		}
		public := chain.Public(decidertest.Device(name))
		facts["key/"+chain.KeyID(public)] = []proto.Message{&communityv1.KeyEnrolled{Member: id(name), Key: public}}
	}
	raw, err := (&chain.Signed{Suite: chain.SuiteNone, Operation: "other.fact", Contract: 1}).Encode(nil)
	if err != nil {
		l.Fatal(err)
	}
	c := &chain.Commit{Author: chain.AuthorGenesis, Time: time.Now().UnixMilli(), ID: chain.GenesisID(nil), Service: "community", Command: raw}
	for aggregate, events := range facts { // any order: they are put in order below
		ch := chain.Change{Aggregate: aggregate, Version: 1}
		for _, e := range events {
			body, err := proto.MarshalOptions{Deterministic: true}.Marshal(e)
			if err != nil {
				l.Fatal(err)
			}
			ch.Events = append(ch.Events, chain.Event{Type: string(e.ProtoReflect().Descriptor().FullName()), Body: body})
		}
		c.Changes = append(c.Changes, ch)
	}
	slices.SortFunc(c.Changes, func(a, b chain.Change) int { return cmp.Compare(a.Aggregate, b.Aggregate) })
	commit, err := c.Encode()
	if err != nil {
		l.Fatal(err)
	}
	return commit
}

// order judges a request as the sequencer does, and keeps the block that comes of it.
func (l *live) order(service string, q *chain.Request) *chain.Reply {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.machine.Admit(service, q, time.Now().UnixMilli()); !ok {
		return &chain.Reply{Fault: chain.ErrBusy}
	}
	verdicts := l.machine.Release()
	if raw, ok := l.machine.Seal(nil); ok {
		verdicts = l.machine.Confirm()
		l.blocks = append(l.blocks, raw)
	}
	reply, err := verdicts[0].Reply(func(block uint64) ([]byte, error) { return l.blocks[block], nil })
	if err != nil {
		return &chain.Reply{Fault: err}
	}
	return reply
}

// publish puts the newest block on the stream.
func (l *live) publish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.js.Publish(context.WithoutCancel(l.Context()), chain.BlockSubject(l.community), l.blocks[len(l.blocks)-1]); err != nil {
		l.Errorf("publish: %v", err)
	}
}

func (l *live) serve(msg *nats.Msg) {
	q, err := chain.DecodeRequest(msg.Data)
	if err != nil {
		l.Errorf("request: %v", err)
		return
	}
	l.mu.Lock()
	before := len(l.blocks)
	l.mu.Unlock()
	reply := l.order(matching.Service, q)
	l.mu.Lock()
	grown := len(l.blocks) > before
	l.mu.Unlock()
	if grown {
		l.publish()
	}
	if err := msg.Respond(reply.Encode()); err != nil {
		l.Errorf("respond: %v", err)
	}
}

// by sends somebody's command and gives the id of what it makes.
func (l *live) by(who, operation string, body proto.Message, cosigners ...string) string {
	l.Helper()
	encoded, err := protojson.Marshal(body)
	if err != nil {
		l.Fatal(err)
	}
	l.serial++
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: fmt.Sprintf("%032x", l.serial),
		NotAfter: time.Now().UnixMilli() + minute, Body: encoded,
	}
	for _, name := range append([]string{who}, cosigners...) {
		if err := s.Sign(l.genesis, chain.AuthorDevice, decidertest.Device(name)); err != nil {
			l.Fatal(err)
		}
	}
	raw, err := s.Encode(nil)
	if err != nil {
		l.Fatal(err)
	}
	if err := l.host.Submit(l.Context(), l.community, raw); err != nil {
		l.Fatalf("%s by %s: %v", operation, who, err)
	}
	commandID, err := s.ID(chain.AuthorDevice, matching.Service)
	if err != nil {
		l.Fatal(err)
	}
	return commandID.NewAggregate()
}

// await waits until the state is as it should be; it looks again after every block.
func (l *live) await(what string, is func(s *decider.State) bool) {
	l.Helper()
	deadline := time.After(30 * time.Second)
	again := time.NewTicker(5 * time.Millisecond) // until the host has begun there is no block to wait for
	defer again.Stop()
	for {
		done := false
		_ = l.host.Look(l.Context(), l.community, func(s *decider.State) { done = is(s) })
		if done {
			return
		}
		select {
		case <-l.folded:
		case <-again.C:
		case <-deadline:
			l.Fatalf("%s has not come", what)
		}
	}
}

// provider has a member serve meals so many squares east of the origin, and gives the provider.
func (l *live) provider(who string, east int32, capacity int64) (provider string) {
	l.Helper()
	l.by(who, "matching.register_provider", &matchingv1.RegisterProvider{
		Member: id(who), Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{East: east}, RadiusCells: 20, Languages: []string{"zh"}},
	})
	provider = supply.ProviderID("", id(who))
	l.by(who, "matching.publish_offer", &matchingv1.PublishOffer{Provider: provider, Skill: "meal", Capacity: capacity})
	return provider
}

func (l *live) need(who string) string {
	l.Helper()
	return l.by(who, "matching.raise_need", &matchingv1.RaiseNeed{Skill: "meal", Quantity: 1, Cell: &matchingv1.Cell{}, Text: text("soup")})
}

// mode has two organisations let programs plan.
func (l *live) mode(mode matchingv1.Mode) {
	l.Helper()
	l.by("olga", "matching.set_mode", &matchingv1.SetMode{Mode: mode, Until: time.Now().UnixMilli() + 60*minute}, "otto")
}
