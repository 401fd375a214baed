package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
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
	bundles := []string{a.playDemo()}
	for range loops() {
		a.disturbed(chance, func(round <-chan struct{}) {
			bundles = append(bundles, a.playDemo())
			for !ended(round) && !t.Failed() { // until each has been away once while the demo was played
				bundles = append(bundles, a.playDemo())
			}
		})
	}
	acknowledged := map[string]uint64{} // commits of a community
	for _, bundle := range bundles {
		id, commits := a.verifyDemo(bundle)
		acknowledged[id] = commits
	}
	if len(acknowledged) != len(bundles) {
		t.Errorf("%d demos left %d records", len(bundles), len(acknowledged))
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

// playDemo plays the demo with a patient client, and gives what it has exported.
func (a *apart) playDemo() (bundle string) {
	a.demos++
	bundle = filepath.Join(a.dir, fmt.Sprintf("demo-%d.renlin", a.demos))
	code, out, stderr := renlin(a.t, "demo", "-http", a.gateway, "-token", a.token(), "-tries", "10", "-o", bundle)
	if code != exitDone || !strings.Contains(out, "everything that could be checked holds") {
		a.t.Errorf("demo: exit %d\n%s\n%s", code, out, stderr)
	}
	return bundle
}

// verifyDemo verifies what a demo has exported, and that the separate witness has cosigned it.
func (a *apart) verifyDemo(bundle string) (community string, commits uint64) {
	a.t.Helper()
	report := verifyJSON(a.t, bundle, exitDone)
	if report.Withheld != 0 || report.Unjudged != 0 || report.Commits < 50 || len(report.Witnesses) != 1 {
		a.t.Errorf("report: %+v", report)
	}
	f, err := os.Open(bundle)
	if err != nil {
		a.t.Fatal(err)
	}
	defer f.Close()
	b, err := verify.Read(f)
	if err != nil || len(b.Manifest.WitnessKeys) != 1 || !strings.HasPrefix(b.Manifest.WitnessKeys[0], witnessName+"+") {
		a.t.Errorf("cosigned by %v, %v", b.Manifest.WitnessKeys, err)
	}
	return report.Community, report.Commits
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

// disturbed runs work while everything is restarted, one after another, until work has ended. The channel is closed when everything has
// been restarted once.
func (a *apart) disturbed(chance *rand.Rand, work func(round <-chan struct{})) {
	a.t.Helper()
	done, round := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		work(round)
	}()
	order := a.names()
	for !ended(done) {
		chance.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, name := range order {
			if chance.IntN(2) == 0 || name == natsServer {
				a.kill(name)
				a.t.Logf("%s killed and started again", name)
			} else {
				a.t.Logf("%s stopped (%v) and started again", name, a.stop(name)) // not always in time for what is under way
			}
			a.start(name)
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
