package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/client"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// TestDaemons plays the whole loop through daemons that run as processes of their own against a separate nats-server, started in a random
// order with the server somewhere among them. Then it plays the loop again while every daemon and the server are killed or stopped and
// started again, one after another in a random order: the loop completes, and the whole record verifies.
func TestDaemons(t *testing.T) {
	chance := seeded(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	a := newApart(t)
	order := a.names()
	chance.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	t.Logf("started in the order %v", order)
	a.startAll(ctx, order)
	bundle := filepath.Join(a.dir, "demo.renlin")
	code, out, stderr := renlin(t, "demo", "-http", a.gateway, "-token", a.token(), "-o", bundle)
	if code != exitDone || !strings.Contains(out, "everything that could be checked holds") {
		t.Fatalf("demo: exit %d\n%s\n%s", code, out, stderr)
	}
	if report := verifyJSON(t, bundle, exitDone); report.Withheld != 0 || report.Unjudged != 0 || report.Commits < 50 {
		t.Errorf("report: %+v", report)
	}
	for range loops() {
		x, err := neighbourhood.FoundExample(ctx, patient(a.gateway), t.Logf)
		if err != nil {
			t.Fatal(err)
		}
		var last uint64
		a.disturbed(ctx, chance, func(ctx context.Context) {
			l, err := x.PlayLoop(ctx, t.Logf)
			if err != nil {
				t.Errorf("the loop was not completed: %v", err)
				return
			}
			last = l.Report.Index
		})
		exportAll(ctx, t, a.gateway, a.token(), x.Community, last)
	}
	for _, name := range bus.Parts() {
		for _, line := range a.alarms(name) {
			t.Errorf("a restart is taken for damage: %s", line)
		}
		if err := a.stop(name); err != nil {
			t.Errorf("%s did not stop cleanly: %v", name, err)
		}
	}
}

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

// disturbed runs work while everything is restarted, one after another, until work has ended.
func (a *apart) disturbed(ctx context.Context, chance *rand.Rand, work func(ctx context.Context)) {
	a.t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		work(ctx)
	}()
	order := a.names()
	for begun := false; !begun || !ended(done); begun = true {
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
