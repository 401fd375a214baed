package notary_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/telemetry/teltest"
	"renlin.dev/services/notary"
)

// TestMeasures: a checkpoint grows old only while it does not cover the log, and missing witnesses are counted.
func TestMeasures(t *testing.T) {
	w := newWorld(t, 2)
	w.quorum = 1
	now := noon
	cfg := w.config(t)
	cfg.Metrics, cfg.Now = metrics.New("test"), func() time.Time { return now }
	n, err := notary.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	shown := func(age, missing, size, ok, quorum string) {
		t.Helper()
		of := `{community="` + community + `"} `
		want := "renlin_checkpoint_age_seconds" + of + age + "\nrenlin_checkpoint_cosignatures_missing" + of + missing +
			"\nrenlin_checkpoint_size_commits" + of + size + "\n" +
			`renlin_notary_steps_total{outcome="forked"} 0` + "\n" + `renlin_notary_steps_total{outcome="ok"} ` + ok + "\n" +
			`renlin_notary_steps_total{outcome="other"} 0` + "\n" + `renlin_notary_steps_total{outcome="quorum"} ` + quorum + "\n" +
			`renlin_notary_steps_total{outcome="shrunk"} 0` + "\n" + `renlin_notary_steps_total{outcome="stopped"} 0` + "\n"
		if diff := cmp.Diff(want, teltest.Shown(t, cfg.Metrics, "renlin_checkpoint_age_seconds", "renlin_checkpoint_cosignatures_missing",
			"renlin_checkpoint_size_commits", "renlin_notary_steps_total")); diff != "" {
			t.Error(diff)
		}
	}
	shown("0", "0", "0", "0", "0")
	w.friends[0].away = errBroken
	w.log.show(100)
	if err := n.Step(t.Context()); err != nil { // with one of two
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	shown("60", "1", "100", "1", "0")
	if err := n.Step(t.Context()); err != nil { // the log stands still, and is covered
		t.Fatal(err)
	}
	shown("0", "1", "100", "2", "0")
	w.friends[1].away = errBroken
	w.log.show(200)
	now = now.Add(time.Minute)
	if err := n.Step(t.Context()); !errors.Is(err, notary.ErrQuorum) {
		t.Fatal(err)
	}
	shown("60", "2", "100", "2", "1")
	w.friends[0].away, w.friends[1].away = nil, nil
	w.grow(t, n, 300)
	shown("0", "0", "300", "3", "1")
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if left := teltest.Shown(t, cfg.Metrics, "renlin_checkpoint_age_seconds"); left != "" {
		t.Errorf("closed, and still shown: %s", left)
	}
}
