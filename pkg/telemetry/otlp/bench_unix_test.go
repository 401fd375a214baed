//go:build unix

package otlp_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"

	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/otlp"
)

// BenchmarkSpan says what a span costs in processor time, whoever else uses the machine: one that is not recorded, which still has its id,
// and one that is, packed, and sent to a collector that throws it away.
func BenchmarkSpan(b *testing.B) {
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	b.Cleanup(collector.Close)
	for name, ratio := range map[string]float64{"unrecorded": 0, "sent": 1} {
		b.Run(name, func(b *testing.B) {
			exporter, err := otlp.New(b.Context(), otlp.Config{Endpoint: collector.URL}, slog.New(slog.DiscardHandler), nil)
			if err != nil {
				b.Fatal(err)
			}
			provider, stop := telemetry.NewProvider("bench", exporter, ratio)
			ctx := telemetry.WithProvider(b.Context(), provider)
			began := processor(b)
			for n := 1; b.Loop(); n++ {
				_, span := telemetry.Start(ctx, "voting.cast")
				telemetry.End(span, nil)
				if flush, ok := provider.(interface{ ForceFlush(context.Context) error }); ok && n%1024 == 0 {
					if err := flush.ForceFlush(b.Context()); err != nil { // none is lost for want of room
						b.Fatal(err)
					}
				}
			}
			if err := stop(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(processor(b)-began)/float64(b.N), "cpu-ns/span")
		})
	}
}

// processor is what this process has had of the processors, in ns.
func processor(b *testing.B) int64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
