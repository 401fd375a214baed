package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// TestVerifyTellsHelpersApart: verify says of a certificate how many ballots helpers cast, with heads and area, from the file alone.
func TestVerifyTellsHelpersApart(t *testing.T) {
	t.Parallel()
	w := newAccessWorld(t)
	w.by("offA", "community.assign_unit", &communityv1.AssignUnit{Unit: forge.ID("flat"), Owner: forge.ID("fay")})
	poll := w.call()
	w.open(poll)
	opened := w.private
	for who, voter := range map[string]string{"eve": "fay", "hal": "hal", "host": "host"} { // any order: each casts for another voter
		body := &votingv1.CastBallot{Poll: poll, Voter: forge.ID(voter), Box: w.ballot(poll, voter)}
		if who != voter {
			body.Mandate = w.mandates[who]
		}
		w.by(who, "voting.cast", body)
	}
	w.Pass(60_000)
	w.by("hold1", "voting.publish_key", &votingv1.PublishKey{Poll: poll, PrivateKey: opened})
	w.Pass(1_000_001_000)
	w.Flush()
	bundle := filepath.Join(t.TempDir(), "record.renlin")
	if err := os.WriteFile(bundle, forge.NewPack(w.Record).Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	_, out, stderr := renlin(t, "verify", bundle)
	want := "passed by 3 ballots; 1 by hosted keys, the same without them: true; " +
		"1 by helpers (1 heads, 50.00 m²), the same without them: true\n"
	if !strings.Contains(out, "poll       "+poll) || !strings.Contains(out, want) {
		t.Errorf("%s\n%s", out, stderr)
	}
	_, out, stderr = renlin(t, "verify", "-json", bundle)
	var said struct{ Certificates []certificate }
	if err := json.Unmarshal([]byte(out), &said); err != nil {
		t.Fatalf("%v: %s %s", err, out, stderr)
	}
	for _, c := range said.Certificates {
		if c.Poll == poll && (c.Helped != 1 || c.HelpedHeads != 1 || c.HelpedAreaCentiM2 != 5000 || c.Ballots != 3 || !c.StandsWithoutHelpers) ||
			c.Poll != poll && c.Helped != 0 {
			t.Errorf("%+v", c)
		}
	}
	if len(said.Certificates) < 3 {
		t.Errorf("%d certificates", len(said.Certificates))
	}
}
