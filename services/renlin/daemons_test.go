package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/verify"
	"renlin.dev/services/renlin/internal/bus"
)

// TestDaemons plays the demo through daemons that run as processes of their own against a separate nats-server and a separate witness,
// started in a random order with the server somewhere among them. Then it plays the demo again while each of them is killed or stopped and
// started again, one after another in a random order: the demo completes, and the record verifies, with the witness's cosignature. All of
// them stopped and started again, what was acknowledged is there.
func TestDaemons(t *testing.T) {
	chance := seeded(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	a := newApart(t)
	order := a.names()
	chance.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	t.Logf("started in the order %v", order)
	a.startAll(ctx, order)
	p := &player{t: t, dir: a.dir, gateway: a.gateway, token: a.token()}
	p.play()
	for range loops() {
		disturbed(t, a, a.names(), chance, p.playOn)
	}
	acknowledged := p.verify()
	if err := awaitServices(ctx, a.client(ctx)); err != nil { // who was started last may not have begun to hear that it is to stop
		t.Fatal(err)
	}
	for _, name := range append(bus.Parts(), witnessDaemon) {
		for _, line := range a.alarms(name) {
			t.Errorf("a restart is taken for damage: %s", line)
		}
		if err := a.stop(name); err != nil {
			t.Errorf("%s did not stop cleanly: %v", name, err)
		}
	}
	a.kill(natsServer)
	a.startAll(ctx, order)
	for id, commits := range acknowledged {
		exportAll(ctx, t, a.gateway, a.token(), id, commits-1)
	}
}

// player plays demos and keeps what they have exported.
type player struct {
	t                   *testing.T
	dir, gateway, token string
	bundles             []string
}

// play plays the demo with a patient client.
func (p *player) play() {
	bundle := filepath.Join(p.dir, fmt.Sprintf("demo-%d.renlin", len(p.bundles)))
	code, out, stderr := renlin(p.t, "demo", "-http", p.gateway, "-token", p.token, "-tries", "10", "-o", bundle)
	if code != exitDone || !strings.Contains(out, "everything that could be checked holds") {
		p.t.Errorf("demo: exit %d\n%s\n%s", code, out, stderr)
	}
	p.bundles = append(p.bundles, bundle)
}

// playOn plays the demo until the round of restarts is over, so that each has been away once while it was played.
func (p *player) playOn(round <-chan struct{}) {
	for again := true; again; again = !ended(round) && !p.t.Failed() {
		p.play()
	}
}

// verify verifies what each demo has exported, and that the separate witness has cosigned it. It gives how many commits each demo's
// community has.
func (p *player) verify() map[string]uint64 {
	p.t.Helper()
	commits := map[string]uint64{}
	for _, bundle := range p.bundles {
		report := verifyJSON(p.t, bundle, exitDone)
		if report.Withheld != 0 || report.Unjudged != 0 || report.Commits < 50 || len(report.Witnesses) != 1 {
			p.t.Errorf("report: %+v", report)
		}
		commits[report.Community] = report.Commits
		f, err := os.Open(bundle)
		if err != nil {
			p.t.Fatal(err)
		}
		b, err := verify.Read(f)
		if err != nil || len(b.Manifest.WitnessKeys) != 1 || !strings.HasPrefix(b.Manifest.WitnessKeys[0], witnessName+"+") {
			p.t.Errorf("cosigned by %v, %v", b.Manifest.WitnessKeys, err)
		}
		if err := f.Close(); err != nil {
			p.t.Error(err)
		}
	}
	if len(commits) != len(p.bundles) {
		p.t.Errorf("%d demos left %d records", len(p.bundles), len(commits))
	}
	return commits
}

// witnessName is what renlin configure calls the witness.
const witnessName = "renlin.dev/witness/local"

// loops is how often the loop is played while everything is restarted.
func loops() int {
	if os.Getenv("RENLIN_CI") != "" {
		return 5
	}
	return 1
}

// patient is a client that outlasts the restart of whatever it needs.
func patient(address string) *client.Gateway {
	g := client.New(address)
	g.Tries = 10
	return g
}

// parts are what can be taken away one by one, and comes back.
type parts interface {
	// kill takes a part away without a word; stop asks it to end, as an operator does, and tells whether it did so cleanly and in time.
	kill(name string)
	stop(name string) error
	// start has it run again after either.
	start(name string)
}

// disturbed runs work while everything is restarted, one after another, until work has ended. The channel is closed when everything has
// been restarted once.
func disturbed(t *testing.T, all parts, names []string, chance *rand.Rand, work func(round <-chan struct{})) {
	t.Helper()
	done, round := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		work(round)
	}()
	order := slices.Clone(names)
	for !ended(done) {
		chance.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, name := range order {
			if chance.IntN(2) == 0 || name == natsServer {
				all.kill(name)
				t.Logf("%s killed and started again", name)
			} else {
				t.Logf("%s stopped (%v) and started again", name, all.stop(name)) // not always in time for what is under way
			}
			all.start(name)
			pause(done, time.Duration(200+chance.IntN(800))*time.Millisecond)
		}
		if !ended(round) {
			close(round)
		}
	}
	<-done
}

func ended(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// pause lets a disturbed loop get on for a while, or not at all when it has ended.
func pause(done <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}
