package services_test

import (
	"context"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/host"
	"renlin.dev/pkg/natstest"
	"renlin.dev/services/proposal"
	"renlin.dev/services/sequencer"
)

func BenchmarkRestart(b *testing.B) {
	r := beginLongRecord(b, 100_000, 64)
	t0 := time.Now()
	r.grow(1_000_000)
	b.Logf("made in %v", time.Since(t0))
	state, views := b.TempDir(), b.TempDir()
	srv := natstest.Run(b, natstest.Dir(r.dir))
	cfg := r.config(srv, state)
	cfg.AdoptStream = true
	b.Run("sequencer", func(b *testing.B) {
		before := heap()
		for b.Loop() {
			c0, t0 := cpuTime(), time.Now()
			q, err := sequencer.Open(b.Context(), cfg)
			if err != nil {
				b.Fatal(err)
			}
			b.Logf("sequencer: wall %v cpu %v", time.Since(t0), cpuTime()-c0)
			b.Logf("heap %d MB", (heap()-before)>>20)
			q.Close()
		}
	})
	b.Run("service", func(b *testing.B) {
		before := heap()
		for i := 0; b.Loop(); i++ {
			nc, err := nats.Connect("", nats.InProcessServer(srv))
			if err != nil {
				b.Fatal(err)
			}
			h, err := host.New(host.Config{Model: proposal.Model(), Bus: nc, Dir: views, Build: "b", Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			c0, t0 := cpuTime(), time.Now()
			ctx, cancel := context.WithCancel(b.Context())
			done := make(chan error, 1)
			go func() { done <- h.Run(ctx, r.community) }()
			for h.Ready(r.community) != nil {
				time.Sleep(time.Millisecond)
			}
			b.Logf("service: wall %v cpu %v", time.Since(t0), cpuTime()-c0)
			b.Logf("heap %d MB", (heap()-before)>>20)
			c0, t0 = cpuTime(), time.Now()
			cancel()
			if err := <-done; err != nil {
				b.Fatal(err)
			}
			b.Logf("stop: wall %v cpu %v", time.Since(t0), cpuTime()-c0)
			h.Close()
			nc.Close()
		}
	})
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
