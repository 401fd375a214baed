//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/otlp"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// switched is a provider that can be changed while a pilot runs, so that the same pilot is compared with itself.
type switched struct {
	embedded.TracerProvider
	now atomic.Pointer[trace.TracerProvider]
}

// Tracer implements trace.TracerProvider.
func (s *switched) Tracer(name string, options ...trace.TracerOption) trace.Tracer {
	return (*s.now.Load()).Tracer(name, options...)
}

// rival is one way of running, with what it has cost so far.
type rival struct {
	name string
	*electorate
	provider  trace.TracerProvider // nil where the pilot has none
	cpu, wall []float64            // us a ballot, one a round
}

// ballotsRound is how many ballots are cast in a round of each rival.
const ballotsRound = 400

// BenchmarkTracing casts the same sealed and signed ballots through HTTP in rounds, one way of watching after the other in turn: with
// nothing measured, with metrics, and with metrics and spans of every tenth and of every request, sent to a collector in this process
// that throws them away. Told is what a ballot costs in all rounds beside what it costs with metrics alone, in processor time of the whole
// process (voters and collector too) and by the clock. On a machine that others use only the first means much, and it takes a hundred
// rounds.
func BenchmarkTracing(b *testing.B) {
	var bytes atomic.Int64
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body) // what a collector does with it is its own affair
		bytes.Add(n)
	}))
	b.Cleanup(collector.Close)
	var shared switched
	provider := func(ratio float64) trace.TracerProvider {
		exporter, err := otlp.New(b.Context(), otlp.Config{Endpoint: collector.URL}, slog.New(slog.DiscardHandler), nil)
		if err != nil {
			b.Fatal(err)
		}
		p, stop := telemetry.NewProvider("pilot", exporter, ratio)
		b.Cleanup(func() { _ = stop(context.WithoutCancel(b.Context())) })
		return p
	}
	none := provider(0)
	shared.now.Store(&none)
	watched := pilotRival(b, telemetry.WithProvider(b.Context(), &shared), true)
	rivals := []*rival{
		{name: "metrics", electorate: watched, provider: none},
		{name: "nothing", electorate: pilotRival(b, telemetry.WithProvider(b.Context(), none), false)},
		{name: "10%", electorate: watched, provider: provider(.1)}, {name: "100%", electorate: watched, provider: provider(1)},
	}
	b.ResetTimer()
	for round := 0; b.Loop(); round++ {
		for i := range rivals { // first and last, before and after one another: each as often as any
			if round%2 == 1 {
				i = len(rivals) - 1 - i
			}
			r := rivals[(i+round/2)%len(rivals)]
			if r.provider != nil {
				shared.now.Store(&r.provider)
			}
			r.round(b)
			shared.now.Store(&none)
		}
	}
	for _, r := range rivals[1:] {
		b.ReportMetric(mean(r.cpu)/mean(rivals[0].cpu), "cpu-"+r.name)
		b.ReportMetric(mean(r.wall)/mean(rivals[0].wall), "wall-"+r.name)
	}
	b.ReportMetric(mean(rivals[0].cpu), "us-cpu/ballot")
	b.ReportMetric(float64(bytes.Load())/float64(2*ballotsRound*len(rivals[0].cpu)), "B-sent/ballot")
}

// electorate casts ballots in a pilot of its own.
type electorate struct {
	n      *neighbourhood.Neighbourhood
	voters []*client.Device
	poll   string
	key    []byte
	last   atomic.Uint64 // position of the newest ballot
}

// pilotRival runs a pilot with voters of its own.
func pilotRival(b *testing.B, ctx context.Context, measured bool) *electorate {
	b.Helper()
	cfg := testPilot(b)
	cfg.interval, cfg.reread = time.Hour, time.Hour // what goes on beside, by the clock, would count too
	if !measured {
		cfg.metrics = nil
	}
	address, _ := watchPilot(b, ctx, cfg, io.Discard)
	e := &electorate{}
	e.n, e.voters = foundVoters(b, address, benchVoters/2+1)
	e.voters = e.voters[:benchVoters/2]
	poll, state := openPoll(b, e.n)
	e.poll, e.key = poll, state.BoxKey
	return e
}

// cast casts one ballot.
func (e *electorate) cast(ctx context.Context, i int) error {
	answer, err := neighbourhood.Cast(ctx, e.voters[i%len(e.voters)], e.poll, e.key, yes)
	if err != nil {
		return err
	}
	for last := e.last.Load(); answer.Position > last && !e.last.CompareAndSwap(last, answer.Position); {
		last = e.last.Load()
	}
	return nil
}

// settle waits until everybody has done what the ballots bring with them, which would else be charged to the next round: every service
// has folded them, and audit has archived them and checked who signed.
func (e *electorate) settle(ctx context.Context) error {
	d := e.n.First.Device
	for _, kind := range []string{"org", "deliberation", "poll", "reading"} { // one of each service
		if _, err := d.Records(ctx, kind, "", e.last.Load()); err != nil {
			return err
		}
	}
	return neighbourhood.Eventually(ctx, "audit", func() error {
		var log struct{ Blocks, Commits, Size, Authors uint64 }
		err := d.Get(ctx, "/log/"+e.n.Community+"/state", &log)
		if err == nil && (log.Commits < e.last.Load() || log.Size < log.Commits || log.Authors < log.Blocks) {
			err = errors.New("behind")
		}
		return err
	})
}

// round casts one round's ballots.
func (r *rival) round(b *testing.B) {
	b.Helper()
	cpu, began := cpuTime(b), time.Now()
	err := neighbourhood.Parallel(b.Context(), votersAtOnce/2, ballotsRound, r.cast)
	r.wall = append(r.wall, float64(time.Since(began).Microseconds())/ballotsRound)
	if err == nil {
		err = r.settle(b.Context())
	}
	if p, ok := r.provider.(interface{ ForceFlush(context.Context) error }); err == nil && ok {
		err = p.ForceFlush(b.Context()) // what it has recorded, it pays for itself
	}
	if err != nil {
		b.Fatal(err)
	}
	r.cpu = append(r.cpu, float64((cpuTime(b)-cpu).Microseconds())/ballotsRound)
}

// mean of what was measured in each round.
func mean(rounds []float64) (sum float64) {
	for _, v := range rounds {
		sum += v
	}
	return sum / float64(len(rounds))
}

// cpuTime is what this process has had of the processors.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
