package sequencer

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/telemetry/teltest"
)

// TestMeasures: what was written, repeated and refused is counted, and the gauges are the community's.
func TestMeasures(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	foundedOn(t, cfg).Close()
	cfg.Metrics = metrics.New("test")
	s := openOn(t, cfg)
	first := commitOf(t, "1", "a", 1)
	mustAppend(t, s, first)
	mustAppend(t, s, commitOf(t, "2", "b", 1))
	mustAppend(t, s, first)
	if _, err := s.Append(t.Context(), "proposal", appendOf(commitOf(t, "3", "a", 7))); !errors.Is(err, chain.ErrStale) {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), "community", appendOf(commitOf(t, "4", "c", 1))); err == nil {
		t.Fatal("a service writes what is not its own")
	}
	want := `renlin_sequencer_append_duration_seconds_count 4
renlin_sequencer_appends_total{kind="conflict",outcome="commit.stale"} 1
renlin_sequencer_appends_total{kind="forbidden",outcome="kind.not_yours"} 1
renlin_sequencer_appends_total{kind="ok",outcome="ok"} 2
renlin_sequencer_appends_total{kind="repeated",outcome="ok"} 1
renlin_sequencer_block_commits_count 2
renlin_sequencer_block_size_bytes_count 2
renlin_sequencer_publish_duration_seconds_count 2
renlin_sequencer_size_commits{community="` + s.Info().Community + `"} 3
renlin_sequencer_waiting_requests{community="` + s.Info().Community + `"} 0
`
	if diff := cmp.Diff(want, teltest.Shown(t, cfg.Metrics, definitionAppend.Name, definitionAppends.Name, definitionCommits.Name,
		definitionBytes.Name, definitionPublish.Name, definitionSize.Name, definitionWaiting.Name)); diff != "" {
		t.Error(diff)
	}
	s.Close()
	if left := teltest.Shown(t, cfg.Metrics, definitionSize.Name, definitionStopped.Name); left != "" {
		t.Errorf("closed, and still shown: %s", left)
	}
}

// TestShowsWhyItStopped: each sort of reason has its own series, and exactly one is 1.
func TestShowsWhyItStopped(t *testing.T) {
	t.Parallel()
	for by, stop := range map[string]func(s *Sequencer, cfg *Config){
		byHalt:  func(s *Sequencer, _ *Config) { s.Halt("by hand") },
		byClock: func(_ *Sequencer, cfg *Config) { cfg.Clock.(*handClock).move(-3*time.Second, 0) },
	} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			cfg := configOf(t, natstest.Run(t))
			cfg.Clock = newHandClock()
			foundedOn(t, cfg).Close()
			cfg.Metrics = metrics.New("test")
			s := openOn(t, cfg)
			stop(s, &cfg)
			_, _ = s.Append(t.Context(), "proposal", appendOf(commitOf(t, "1", "a", 1)))
			<-s.done
			shown := teltest.Shown(t, cfg.Metrics, definitionStopped.Name)
			one := fmt.Sprintf("{community=%q,reason=%q} 1\n", s.Info().Community, by)
			if !strings.Contains(shown, one) || strings.Count(shown, "} 0\n") != 5 || strings.Count(shown, "\n") != 6 {
				t.Errorf("stopped by %s: %s", by, shown)
			}
		})
	}
	for by, err := range map[string]error{byFsync: errNotAlways, byRival: rivalWrote(3), byRecord: differs("block 3 is another")} {
		var d *Difference
		m := metrics.New("test")
		if !errors.As(fmt.Errorf("open: %w", err), &d) {
			t.Fatal(err)
		}
		forget := WatchRefused(m, "c", d)
		if got, want := teltest.Shown(t, m, definitionStopped.Name), `renlin_sequencer_stopped{community="c",reason="`+by+"\"} 1\n"; got != want {
			t.Errorf("refused for %v: %s", err, got)
		}
		forget()
	}
}
