package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mrand "math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/standing"
	"renlin.dev/pkg/telemetry"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/renlin/internal/process"
)

// sower brings a community's record to a size. It speaks to the services over the bus, as a gateway does and past none of their rules:
// every command is signed, judged, ordered, and lies on the disk before it is answered.
type sower struct {
	*testing.T
	*neighbourhood.Neighbourhood
	ctx     context.Context
	call    *op.Caller
	people  []*client.Device
	workers []*client.Device // grid workers
	voted   map[string]bool  // polls
	polls   string           // from where the next is looked for
	looped  int              // closed loops that were played
	// What money and help go through, once it is opened.
	fund                         string
	envelopes, payees, providers []string
	size                         atomic.Uint64 // commits, as far as answers told
}

// sowersAtOnce fills blocks.
const sowersAtOnce = 256

// sowing runs a pilot's parts without its gateway on its directories, for as long as work takes.
func sowing(t *testing.T, cfg pilotConfig, work func(ctx context.Context, call *op.Caller)) {
	t.Helper()
	server, err := bus.Start(cfg.data + "/jetstream")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		server.Shutdown()
		server.WaitForShutdown()
	}()
	log := telemetry.NewLogger(io.Discard, "pilot", slog.LevelError)
	env := process.Env{
		Dial: server.Dial, Data: cfg.data, State: cfg.state, Store: cfg.data + "/jetstream", Models: process.Models(), Log: log,
		Health: daemon.NewHealth(), RereadRest: time.Hour,
	}
	home, err := process.HomeWitness(env)
	if err != nil {
		t.Fatal(err)
	}
	defer home.Close()
	nc, err := server.Dial(bus.Gateway)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- daemon.Run(ctx, daemon.Env{Log: log, Health: env.Health}, pilotParts(env, cfg, server, home)...)
	}()
	work(ctx, op.NewCaller(nc))
	stop()
	if err := <-ended; err != nil {
		t.Errorf("the parts did not stop cleanly: %v", err)
	}
}

// by does something by a device, again while its outcome is unknown. What is refused is an error.
func (s *sower) by(d *client.Device, operation string, body proto.Message, cosigners ...ed25519.PrivateKey) (*op.Answer, error) {
	encoded, err := protojson.Marshal(body)
	if err != nil {
		return nil, err
	}
	signed := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: client.IdempotencyKey(),
		NotAfter: time.Now().Add(9 * time.Minute).UnixMilli(), Body: encoded,
	}
	for _, key := range append([]ed25519.PrivateKey{d.Key}, cosigners...) {
		if err := signed.Sign(s.Genesis, chain.AuthorDevice, key); err != nil {
			return nil, err
		}
	}
	raw, err := signed.Encode(nil)
	if err != nil {
		return nil, err
	}
	service, _, _ := strings.Cut(operation, ".")
	ctx, cancel := context.WithTimeout(s.ctx, 5*time.Minute)
	defer cancel()
	var answer *op.Answer
	err = neighbourhood.Eventually(ctx, operation, func() error {
		out, err := s.call.Command(service)(ctx, &op.Request{Community: s.Community, Raw: raw})
		if err == nil {
			answer = out.(*op.Answer)
			return nil
		}
		if f := fault.Of(err); f != nil && f.Kind.Temporary() {
			return err
		}
		cancel() // it is no use to ask again
		return err
	})
	if answer != nil {
		for now := s.size.Load(); now < answer.Position && !s.size.CompareAndSwap(now, answer.Position); now = s.size.Load() {
		}
	}
	return answer, err
}

// must is by for what cannot be refused.
func (s *sower) must(d *client.Device, operation string, body proto.Message, cosigners ...ed25519.PrivateKey) *op.Answer {
	s.Helper()
	answer, err := s.by(d, operation, body, cosigners...)
	if err != nil {
		s.Fatalf("%s: %v", operation, err)
	}
	return answer
}

// each does something n times, many at once.
func (s *sower) each(what string, n int, work func(i int) error) {
	s.Helper()
	began := time.Now()
	err := neighbourhood.Parallel(s.ctx, sowersAtOnce, n, func(_ context.Context, i int) error { return work(i) })
	if err != nil {
		s.Fatalf("%s: %v", what, err)
	}
	if took := time.Since(began); took > 10*time.Second {
		s.Logf("%s: %d in %v, the record has %d commits", what, n, took.Round(time.Second), s.size.Load())
	}
}

// two gives two different people by chance.
func (s *sower) two() (one, other *client.Device) {
	i := mrand.IntN(len(s.people))
	return s.people[i], s.people[(i+1+mrand.IntN(len(s.people)-1))%len(s.people)]
}

// populate admits people by one import, enrols a device of each by a one-time code, and writes down who lives where.
func (s *sower) populate(people int) {
	s.Helper()
	rows := make([]*communityv1.ImportRow, people)
	for i := range rows {
		rows[i] = &communityv1.ImportRow{Member: client.NewID(), Unit: client.NewID(), AreaCentiM2: int64(5000 + i%9000)}
	}
	id := client.NewID()
	s.must(s.First.Device, "community.begin_import", &communityv1.BeginImport{Import: id, Rows: uint32(people), Org: s.First.Org})
	const batch = 200
	for from := 0; from < people; from += batch {
		s.must(s.First.Device, "community.import_rows", &communityv1.ImportRows{Import: id, Rows: rows[from:min(from+batch, people)]})
	}
	s.must(s.First.Device, "community.complete_import", &communityv1.CompleteImport{Import: id})
	codes := make([]ed25519.PrivateKey, people)
	s.people = make([]*client.Device, people)
	for i, r := range rows {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			s.Fatal(err)
		}
		s.people[i] = &client.Device{Gateway: s.Gateway, Community: s.Community, Genesis: s.Genesis, Member: r.GetMember(), Key: key}
	}
	s.each("codes", people, func(i int) (err error) {
		codes[i], err = standing.CodeKey(s.Genesis, s.people[i].Member, standing.NewCode(rand.Reader))
		return err
	})
	for from := 0; from < people; from += batch {
		invites := &communityv1.InviteMembers{}
		for i := from; i < min(from+batch, people); i++ {
			invites.Invites = append(invites.Invites, &communityv1.Invite{Member: s.people[i].Member, CodeKey: chain.Public(codes[i])})
		}
		s.must(s.Second.Device, "community.invite_members", invites)
	}
	s.each("devices", people, func(i int) error {
		d := s.people[i]
		_, err := s.by(d, "community.enrol_key", &communityv1.EnrolKey{Member: d.Member, Key: chain.Public(d.Key)}, codes[i])
		return err
	})
	s.each("households", people, func(i int) error {
		_, err := s.by(s.First.Device, "community.form_household", &communityv1.FormHousehold{
			Household: client.NewID(), Unit: rows[i].GetUnit(), Members: []string{s.people[i].Member},
		})
		return err
	})
	for _, d := range s.people[:min(5, people/10)] {
		role := &communityv1.GrantRole{Member: d.Member, Role: communityv1.Role_ROLE_GRID_WORKER, Org: s.First.Org}
		s.must(s.First.Device, "community.grant_role", role, s.Second.Key)
		s.workers = append(s.workers, d)
	}
}

// sownOf finds what an answer's commit made of a kind.
func sownOf(a *op.Answer, kind string) (string, error) {
	for _, path := range a.Changed {
		if id, ok := strings.CutPrefix(path, kind+"/"); ok && !strings.Contains(id, "/") {
			return id, nil
		}
	}
	return "", fmt.Errorf("no %s is made", kind)
}

// turnedDown tells whether an error is a refusal whose code begins so.
func turnedDown(err error, code string) bool {
	f := fault.Of(err)
	return err != nil && f != nil && strings.HasPrefix(f.Code, code)
}

// page reads records of a kind that begins with its service's name in owners.
func (s *sower) page(path, after string) (*op.Page, error) {
	service := map[string]string{"topic": "proposal", "poll": "voting"}[chain.KindOf(path)]
	page, err := s.call.Query(service)(s.ctx, &op.Query{Community: s.Community, Path: path, After: after, Limit: 1000})
	if err != nil {
		return nil, err
	}
	return page.(*op.Page), nil
}

func (s *sower) eventually(what string, ask func() error) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 5*time.Minute)
	defer cancel()
	if err := neighbourhood.Eventually(ctx, what, ask); err != nil {
		s.Fatal(err)
	}
}

// until reads one record until it has come so far.
func (s *sower) until(what, path string, into any, ready func() bool) {
	s.Helper()
	s.eventually(what, func() error {
		page, err := s.page(path, "")
		if err != nil {
			return err
		}
		if err := json.Unmarshal(page.Records[0].State, into); err != nil {
			return err
		}
		if !ready() {
			return errors.New("not yet")
		}
		return nil
	})
}
