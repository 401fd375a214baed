package sequencer

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/teltest"
)

// TestTraces appends traced and untraced, well and badly: one span an append, one a block, and the trace stands beside the block only.
func TestTraces(t *testing.T) {
	srv, rec := natstest.Run(t), teltest.New(t)
	s, err := Open(rec.Context(t.Context()), configOf(t, srv))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Found(t.Context(), genesisOf(t, 1)); err != nil {
		t.Fatal(err)
	}
	traced := func(name string, commit []byte) error {
		return telemetry.Do(rec.Context(t.Context()), name, func(ctx context.Context) error {
			_, err := s.Append(ctx, "proposal", appendOf(commit))
			return err
		})
	}
	if err := traced("good", commitOf(t, "1", "a", 1)); err != nil {
		t.Fatal(err)
	}
	if err := traced("stale", commitOf(t, "2", "a", 1)); !errors.Is(err, chain.ErrStale) {
		t.Fatalf("stale: %v", err)
	}
	if _, err := s.Append(t.Context(), "proposal", appendOf(commitOf(t, "3", "a", 2))); err != nil {
		t.Fatal(err)
	}
	want := "good\n  sequencer append\n    sequencer publish\nstale !commit.stale\n  sequencer append !commit.stale\n"
	if diff := cmp.Diff(want, teltest.Tree(t, rec.Spans())); diff != "" {
		t.Error(diff)
	}
	stream, err := srv.JetStream(t).Stream(t.Context(), chain.StreamName(s.Info().Community))
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range []bool{false, true, false} {
		m, err := stream.GetMsg(t.Context(), uint64(number)+1)
		if err != nil {
			t.Fatal(err)
		}
		if got := chain.TraceOf(m.Header, 0) != ""; got != want {
			t.Errorf("block %d has a trace beside it: %v", number, got)
		}
		for _, span := range rec.Spans() {
			if id := span.SpanContext().TraceID(); bytes.Contains(m.Data, id[:]) || bytes.Contains(m.Data, []byte(id.String())) {
				t.Errorf("block %d holds a trace's id", number)
			}
		}
	}
}

// TestTraceOfSharedBlock publishes a block that was made of two traced requests.
func TestTraceOfSharedBlock(t *testing.T) {
	t.Parallel()
	rec, b := teltest.New(t), &chain.Sealed{}
	ctx := rec.Context(t.Context())
	var values []string
	for i, name := range []string{"one", "two"} {
		err := telemetry.Do(ctx, name, func(ctx context.Context) error {
			values = append(values, chain.TraceValue(i, telemetry.Traceparent(ctx)))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	chain.StartPublish(ctx, b, append(values, "nonsense")).End()
	if diff := cmp.Diff("one\n  sequencer publish\ntwo\n", teltest.Tree(t, rec.Spans())); diff != "" {
		t.Error(diff)
	}
	spans := rec.Spans()
	links := spans[len(spans)-1].Links()
	if len(links) != 1 || links[0].SpanContext.SpanID() != spans[1].SpanContext().SpanID() {
		t.Errorf("links: %v", links)
	}
	_, fold := chain.StartFold(ctx, "fold", b, map[string][]string{chain.TraceHeader: values})
	fold.End()
	spans = rec.Spans()
	if got := spans[len(spans)-1]; got.Name() != "fold" || len(got.Links()) != 2 || got.Parent().IsValid() {
		t.Errorf("fold links to %d requests", len(got.Links()))
	}
	if _, untraced := chain.StartFold(ctx, "fold", b, nil); untraced.IsRecording() {
		t.Error("a fold that nothing traced has caused is recorded")
	}
	if trace.SpanFromContext(ctx).IsRecording() {
		t.Error("the context was changed")
	}
}
