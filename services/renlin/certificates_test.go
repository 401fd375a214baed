package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
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

// TestVerifyTellsTogether: of a certificate whose requirements were judged together verify says what that tells, in both languages.
func TestVerifyTellsTogether(t *testing.T) {
	t.Parallel()
	for together, want := range map[votingv1.Together][]string{
		votingv1.Together_TOGETHER_REACHED:     {"all that was asked of the yes is reached", "各项要求均已达到"},
		votingv1.Together_TOGETHER_SHORT:       {"nobody knows which part was not", "任何人都不知道是哪一项"},
		votingv1.Together_TOGETHER_UNSPECIFIED: nil,
	} {
		said := &votingv1.CertificateIssued{Tally: &votingv1.Tally{Ballots: 9, Secret: &votingv1.SecretReport{Together: together}}}
		body, err := proto.Marshal(said)
		if err != nil {
			t.Fatal(err)
		}
		signed := &chain.Signed{Operation: "voting.certify", Contract: 1, Signatures: []chain.Signature{{Key: []byte{1}}}}
		command, err := signed.Encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		event := chain.Event{Type: string(said.ProtoReflect().Descriptor().FullName()), Body: body}
		commit := &chain.Commit{
			Author: chain.AuthorPolicy, Service: "voting", Command: command,
			Changes: []chain.Change{{Aggregate: "poll/x", Version: 1, Events: []chain.Event{event}}},
		}
		raw, err := commit.Encode()
		if err != nil {
			t.Fatal(err)
		}
		c, ok := certificateOf(raw)
		var out strings.Builder
		printCertificates(&out, []certificate{c})
		if !ok || (out.Len() > 0) != (want != nil) {
			t.Errorf("%v: %q", together, out.String())
		}
		for _, words := range want {
			if !strings.Contains(out.String(), words) {
				t.Errorf("%v: %q", together, out.String())
			}
		}
	}
}
