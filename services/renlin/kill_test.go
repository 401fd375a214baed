package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/verify"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// asRenlin makes the test binary behave as renlin itself, so that tests can kill a real process without building one.
const asRenlin = "RENLIN_TEST_AS_RENLIN"

func TestMain(m *testing.M) {
	if os.Getenv(asRenlin) != "" {
		os.Exit(program())
	}
	os.Exit(m.Run())
}

// acked is a command that was answered, exactly as it was sent.
type acked struct {
	signed *chain.Signed
	unit   string
	answer *op.Answer
}

// load sends commands until ctx ends and gives those that were acknowledged.
func load(ctx context.Context, d *client.Device, workers int) []acked {
	var mu sync.Mutex
	var out []acked
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				a := registration(d)
				answer, err := d.Send(ctx, a.signed, "/v1/communities/"+d.Community+"/units")
				if err != nil {
					continue // nobody knows; it is not counted
				}
				a.answer = answer
				mu.Lock()
				out = append(out, a)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return out
}

func registration(d *client.Device) acked {
	unit := client.NewID()
	body, err := protojson.Marshal(&communityv1.RegisterUnit{Unit: unit, AreaCentiM2: 8_000})
	if err != nil {
		panic(err)
	}
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: "community.register_unit", Contract: 1, IdempotencyKey: client.IdempotencyKey(),
		NotAfter: time.Now().Add(9 * time.Minute).UnixMilli(), Body: body,
	}
	if err := s.Sign(d.Genesis, chain.AuthorDevice, d.Key); err != nil {
		panic(err)
	}
	return acked{signed: s, unit: unit}
}

// rounds is how often a kill test kills: a few times, 50 in CI, 200 in the long run.
func rounds() int {
	switch {
	case os.Getenv("RENLIN_LONG") != "":
		return 200
	case os.Getenv("RENLIN_CI") != "":
		return 50
	}
	return 2
}

// seeded makes a test's chance, and says how to have the same again.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("RENLIN_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("RENLIN_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// TestKillPilot kills a pilot with kill -9 at random points under load. Whatever was acknowledged is there afterwards, once, at the
// same index with the same receipt, and the whole record still verifies.
func TestKillPilot(t *testing.T) {
	chance := seeded(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	v := newVictim(t)
	v.start(ctx)
	killed(ctx, t, chance, v.url(), v.token(), v.kill, func() { v.start(ctx) })
}

// TestKillServer does the same to a nats-server that runs apart, below daemons that go on.
func TestKillServer(t *testing.T) {
	chance := seeded(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	a := newApart(t)
	a.startAll(ctx, a.names())
	n := killed(ctx, t, chance, a.gateway, a.token(), func() { a.kill(natsServer) }, func() { a.start(natsServer) })
	for _, name := range bus.Parts() {
		for _, line := range a.alarms(name) {
			t.Errorf("a restart is taken for damage: %s", line)
		}
	}
	a.restoredBehind(ctx, n)
}

// restoredBehind puts an old copy of the server's data in the place of the newer, below daemons that go on: all of them must notice.
func (a *apart) restoredBehind(ctx context.Context, n *neighbourhood.Neighbourhood) {
	a.t.Helper()
	data, old := filepath.Join(a.dir, "data", "nats"), filepath.Join(a.dir, "old")
	a.kill(natsServer)
	copyTree(a.t, data, old)
	a.start(natsServer)
	d := *n.First.Device
	d.Gateway = patient(a.gateway)
	register(ctx, a.t, &d)
	a.kill(natsServer)
	remove(a.t, data)
	copyTree(a.t, old, data)
	a.start(natsServer)
	d.Gateway = client.New(a.gateway)
	d.Tries = 1
	a.t.Log(refusedFor(ctx, a.t, &d, "stream ends at block|it holds")) // sequencer or audit, whichever is first
}

// foundPlain founds a community of the example's rules, in which nobody is but its two officers.
func foundPlain(ctx context.Context, t *testing.T, address, name string) *neighbourhood.Neighbourhood {
	t.Helper()
	n, err := neighbourhood.Found(ctx, client.New(address), neighbourhood.Plan{
		Name: name, Rulebook: neighbourhood.ExampleRulebook,
		First:  &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: "one"},
		Second: &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_OWNERS_COMMITTEE, Name: "two"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// killed founds a community and kills again and again what it lives on, at random points under load.
func killed(
	ctx context.Context, t *testing.T, chance *rand.Rand, address, token string, kill, start func(),
) *neighbourhood.Neighbourhood {
	t.Helper()
	n := foundPlain(ctx, t, address, "kill")
	device := *n.First.Device
	device.Gateway = client.New(address)
	device.Tries = 1
	var all []acked
	for round := range rounds() {
		loading, stop := context.WithCancel(ctx)
		timer := time.AfterFunc(time.Duration(20+chance.IntN(400))*time.Millisecond, func() { kill(); stop() })
		got := load(loading, &device, 8)
		timer.Stop()
		stop()
		all = append(all, got...)
		start()
		again(ctx, t, round, &device, got)
	}
	again(ctx, t, -1, &device, sample(chance, all, 300))
	finish(ctx, t, address, token, n, all)
	return n
}

// again sends acknowledged commands once more: each must get its first answer.
func again(ctx context.Context, t *testing.T, round int, d *client.Device, list []acked) {
	t.Helper()
	err := neighbourhood.Parallel(ctx, 8, len(list), func(ctx context.Context, i int) error {
		a := list[i]
		return neighbourhood.Eventually(ctx, "first answer", func() error {
			answer, err := d.Send(ctx, a.signed, "/v1/communities/"+d.Community+"/units")
			if err != nil {
				return err
			}
			if answer.Index != a.answer.Index || string(answer.Receipt) != string(a.answer.Receipt) {
				t.Errorf("round %d: index %d became %d", round, a.answer.Index, answer.Index)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatalf("round %d: %v", round, err)
	}
}

func sample(chance *rand.Rand, all []acked, most int) []acked {
	out := append([]acked{}, all...)
	chance.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out[:min(most, len(out))]
}

// finish holds the records and the export against everything that was acknowledged.
func finish(ctx context.Context, t *testing.T, address, token string, n *neighbourhood.Neighbourhood, all []acked) {
	t.Helper()
	if err := neighbourhood.Eventually(ctx, "sign in", func() error { return n.First.SignIn(ctx) }); err != nil {
		t.Fatal(err)
	}
	versions := map[string]uint64{}
	for after := ""; ; {
		page, err := n.First.Records(ctx, "unit", after, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Records {
			versions[r.Path] = r.Version
		}
		if after = page.Next; after == "" {
			break
		}
	}
	for _, a := range all {
		if versions["unit/"+a.unit] != 1 {
			t.Errorf("unit of index %d has version %d", a.answer.Index, versions["unit/"+a.unit])
		}
	}
	var last uint64
	for _, a := range all {
		last = max(last, a.answer.Index)
	}
	report := exportAll(ctx, t, address, token, n.Community, last)
	t.Logf("%d acknowledged, %d units, %d commits verified", len(all), len(versions), report.Commits)
}

// exportAll exports a community's record, once its checkpoint covers a commit, and verifies it.
func exportAll(ctx context.Context, t *testing.T, address, token, community string, last uint64) (report verify.Report) {
	t.Helper()
	bundle := filepath.Join(t.TempDir(), "bundle.renlin")
	err := neighbourhood.Eventually(ctx, "export covers everything", func() error {
		code, _, stderr := renlin(t, "export", "-o", bundle, "-http", address, "-community", community, "-token", token)
		if code != exitDone {
			return errors.New(stderr)
		}
		if report = verifyJSON(t, bundle, exitDone); report.Commits <= last {
			return fmt.Errorf("covers %d commits, commit %d was acknowledged", report.Commits, last)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Withheld != 0 || report.Unjudged != 0 {
		t.Errorf("report: %+v", report)
	}
	return report
}
