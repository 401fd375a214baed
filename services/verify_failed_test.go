package services_test

import (
	"bytes"
	"testing"

	"golang.org/x/crypto/curve25519"
	"golang.org/x/crypto/nacl/box"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/verify/forge"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// A poll that never opens takes its motion with it, by two services' rules one after the other; the record says why, and whoever judges
// it again finds nothing owed.
func TestMotionFailsWithItsPoll(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(t *testing.T, w *forge.World, poll string)
		want    string
	}{
		"no key by the deadline": {func(*testing.T, *forge.World, string) {}, "poll_key.not_offered"},
		"three copies refused": {func(t *testing.T, w *forge.World, poll string) {
			for k := byte(1); k <= 3; k++ {
				public, err := curve25519.X25519(bytes.Repeat([]byte{k}, 32), curve25519.Basepoint)
				if err != nil {
					t.Fatal(err)
				}
				wrapped := make([]byte, ballot.KeyBytes+box.AnonymousOverhead)
				w.Do("voting.offer_key", &votingv1.OfferKey{Poll: poll, BoxKey: public, Wrapped: wrapped}, forge.Key("cat"))
				w.Do("voting.refuse_key", &votingv1.RefuseKey{Poll: poll, BoxKey: public}, forge.Key("dan"))
			}
			w.Pass(1000)
		}, "poll_key.refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := debated(t)
			w.Pass(1000)
			polls, motions := w.State("voting").Members("poll"), w.State("proposal").Members("motion")
			if len(polls) != 1 || len(motions) != 1 {
				t.Fatalf("%d polls, %d motions", len(polls), len(motions))
			}
			c.happens(t, w, polls[0])
			w.Pass(7 * 24 * 3600 * 1000)
			w.Flush()
			commit := w.Commit(w.Find("proposal.fail"))
			failed := &proposalv1.MotionFailed{Poll: polls[0], Reason: c.want}
			got := commit.Changes[0]
			if want := event(t, failed); got.Aggregate != "motion/"+motions[0] || got.Events[0].Type != want.Type ||
				!bytes.Equal(got.Events[0].Body, want.Body) {
				t.Errorf("the motion's end: %+v, want %v", got, failed)
			}
			if report := examine(t, forge.NewPack(w.Record)); !report.OK || report.Withheld != 0 {
				t.Errorf("report %+v", report)
			}
		})
	}
}
