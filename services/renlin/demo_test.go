package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/verify"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// TestDemo plays the closed loop of topics, deliberation, poll, certificate and execution through HTTP, and verifies the export. Then it
// reads the exported record, and holds the demo to what it says of itself.
func TestDemo(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	bundle := filepath.Join(t.TempDir(), "demo.renlin")
	code, out, stderr := renlin(t, "demo", "-o", bundle)
	if code != exitDone {
		t.Fatalf("exit %d\n%s\n%s", code, out, stderr)
	}
	inOrder(t, out,
		"founded by officers of two organisations", "admitted 10 residents", "raised a topic", "seconded a topic", "the rule itself convened",
		"statements, 18 reactions", "public minutes and a motion", "the motion opened poll", "cast sealed ballots", "PASSED",
		"certificate issued", "carried out", "asked for a meal", "whoever was helped confirmed it", "became one credit",
		"the proposer's own word was refused", "the log proves each", "to how few people is held back",
		"proof of inclusion of commit", "10 voters checked the receipts", "verifying offline",
		"everything that could be checked holds")
	report := verifyJSON(t, bundle, exitDone)
	if report.Withheld != 0 || report.Unjudged != 0 || report.Keys != "bundle" || report.Commits < 50 || len(report.Witnesses) == 0 {
		t.Errorf("report: %+v", report)
	}
	steps := readSteps(t, bundle)
	demoKeys(t, steps)
	demoLoop(t, steps)
	demoBallots(t, steps)
	demoRules(t, bundle)
	spoil(t, bundle)
}

// inOrder wants sentences in an output, one after another.
func inOrder(t *testing.T, out string, sentences ...string) {
	t.Helper()
	rest := out
	for _, s := range sentences {
		_, after, found := strings.Cut(rest, s)
		if !found {
			t.Fatalf("it does not say %q, or not in its place:\n%s", s, out)
		}
		rest = after
	}
}

// step is one commit of a record.
type step struct {
	*chain.Commit
	command *chain.Signed
	events  []any
}

// readSteps decodes a bundle's commits.
func readSteps(t *testing.T, bundle string) (steps []step) {
	t.Helper()
	f, err := os.Open(bundle)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := verify.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	for {
		block, err := b.Next()
		if errors.Is(err, io.EOF) {
			return steps
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range block.Commits {
			s := step{}
			if s.Commit, err = chain.DecodeCommit(raw); err != nil {
				t.Fatal(err)
			}
			if s.command, err = chain.DecodeSigned(s.Command); err != nil {
				t.Fatal(err)
			}
			for _, ch := range s.Changes {
				for _, e := range ch.Events {
					m, err := decider.DecodeEvent(e)
					if err != nil {
						t.Fatal(err)
					}
					s.events = append(s.events, m)
				}
			}
			steps = append(steps, s)
		}
	}
}

// eventsOf lists the events of one type in a record's order.
func eventsOf[E any](steps []step) (all []E) {
	for _, s := range steps {
		for _, e := range s.events {
			if typed, ok := e.(E); ok {
				all = append(all, typed)
			}
		}
	}
	return all
}

// demoKeys: at least 80 % of members have keys that their own devices made, and exactly one has a hosted key; every such key was enrolled
// by an operation that anybody can use, with two signatures.
func demoKeys(t *testing.T, steps []step) {
	t.Helper()
	own, hosted := 0, 0
	for _, e := range eventsOf[*communityv1.KeyEnrolled](steps) {
		if e.GetHosted() {
			hosted++
		} else {
			own++
		}
	}
	if hosted != 1 || own*100 < (own+hosted)*80 {
		t.Errorf("%d keys made by devices, %d hosted", own, hosted)
	}
	for i, s := range steps {
		switch {
		case s.Author == chain.AuthorGenesis && i == 0, s.Author == chain.AuthorPolicy && len(s.command.Signatures) == 0:
		case s.Author == chain.AuthorDevice && len(s.command.Signatures) > 0:
		case s.Author == chain.AuthorHosted && len(s.command.Signatures) == 1:
		default:
			t.Errorf("commit %d, %s: author %d with %d signatures", i, s.command.Operation, s.Author, len(s.command.Signatures))
		}
		if s.command.Operation == "community.enrol_key" && len(s.command.Signatures) != 2 {
			t.Errorf("commit %d: a key was enrolled without its one-time code", i)
		}
	}
	founders := steps[0].command.Signatures
	if len(founders) != 2 {
		t.Errorf("founded by %d keys", len(founders))
	}
}

// demoLoop: each step is on the record, in order, done by who may do it; convening, calling, opening, closing, counting, certifying and
// putting into force are the rules' own.
func demoLoop(t *testing.T, steps []step) {
	t.Helper()
	at := 0
	for _, want := range []struct {
		operation string
		author    chain.Author
	}{
		{"community.found", chain.AuthorGenesis},
		{"proposal.post", chain.AuthorDevice},
		{"proposal.second", chain.AuthorDevice},
		{"proposal.convene", chain.AuthorPolicy},
		{"proposal.submit", chain.AuthorDevice},
		{"proposal.react", chain.AuthorDevice},
		{"proposal.close", chain.AuthorDevice},
		{"voting.callByMotion", chain.AuthorPolicy},
		{"voting.begin_ceremony", chain.AuthorPolicy},
		{"voting.add_key_part", chain.AuthorDevice},
		{"voting.seal_poll_key", chain.AuthorPolicy},
		{"voting.open", chain.AuthorPolicy},
		{"community.grant_mandate", chain.AuthorDevice},
		{"community.accept_mandate", chain.AuthorDevice},
		{"voting.cast", chain.AuthorHosted},
		{"voting.cast", chain.AuthorDevice},
		{"voting.close", chain.AuthorPolicy},
		{"voting.publish_share", chain.AuthorDevice},
		{"voting.record_tally", chain.AuthorPolicy},
		{"voting.certify", chain.AuthorPolicy},
		{"proposal.resolve", chain.AuthorPolicy},
		{"proposal.execute", chain.AuthorPolicy},
		{"proposal.report", chain.AuthorDevice},
	} {
		i := slices.IndexFunc(steps[at:], func(s step) bool { return s.command.Operation == want.operation && s.Author == want.author })
		if i < 0 {
			var all []string
			for _, s := range steps {
				all = append(all, s.command.Operation)
			}
			t.Fatalf("after commit %d nobody of kind %d did %s; the record has %v", at, want.author, want.operation, slices.Compact(all))
		}
		at += i + 1
	}
	for i, s := range steps {
		if s.Author == chain.AuthorPolicy && (s.Cause == 0 || s.Cause > uint64(i)) {
			t.Errorf("commit %d, %s: a rule's command whose cause is %d", i, s.command.Operation, s.Cause)
		}
	}
}

// demoBallots: everybody voted, one of them twice, one by a hosted key and one by a helper's hand; the certificate says so, and that the
// result stands without either.
func demoBallots(t *testing.T, steps []step) {
	t.Helper()
	cast := 0
	for _, s := range steps {
		if s.command.Operation == "voting.cast" {
			cast++
		}
	}
	certificates := eventsOf[*votingv1.CertificateIssued](steps)
	if len(certificates) != 1 {
		t.Fatalf("%d certificates", len(certificates))
	}
	tally := certificates[0].GetTally()
	if cast != 11 || tally.GetBallots() != 10 || tally.GetReplaced() != 1 || tally.GetHosted() != 1 || !tally.GetStandsWithoutHosted() ||
		len(tally.GetInequalities()) < 2 {
		t.Errorf("%d ballots cast, tally %v", cast, tally)
	}
	by := tally.GetCastBy()
	if by.GetDevice().GetBallots() != 8 || by.GetHosted().GetBallots() != 1 || by.GetHelper().GetBallots() != 1 ||
		by.GetHelper().GetHeads() != 1 || !by.GetStandsWithoutHelpers() {
		t.Errorf("the ballots came by %v", by)
	}
}
