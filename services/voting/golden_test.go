package voting_test

import (
	"encoding/hex"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
)

var write = flag.Bool("write", false, "write golden events that are missing")

// goldenEvents are one of each kind, with every field filled. Stored ones are only added to: a new shape of an event is a new name.
func goldenEvents() map[string]proto.Message {
	rules := yesNo(communityv1.Electorate_ELECTORATE_OWNERS)
	rules.Ballot = &communityv1.BallotRules{Form: formPurse, OptionsMin: 1, OptionsMax: 5, PointsSumMax: 10, CostSumMaxFen: 7, ScoreMin: 2}
	rules.CloseWhenComplete = true
	within := proto.CloneOf(rules)
	within.OpenWithinSeconds, within.Ballot.PointsMin, within.Ballot.PointsMax = 600, 1, 9
	appealed := proto.CloneOf(within)
	appealed.AppealVotingSeconds = 300
	q := &proposalv1.Motion{Title: "题目", Text: "正文", BudgetFen: 100, Options: []*proposalv1.Option{{Code: "1", Title: "一", CostFen: 60}}}
	roll := &votingv1.Roll{Root: fixedKey(3), Voters: 2, Heads: 2, AreaCentiM2: 180_50, Position: 9}
	whole := proto.CloneOf(roll)
	whole.AllHeads, whole.AllAreaCentiM2 = 4, 300_75
	text := &communityv1.Text{Ref: strings.Repeat("ab", 32), LengthBytes: 9, Commitment: fixedKey(4)}
	tally := &votingv1.Tally{
		Ballots: 9, Valid: 5, Invalid: 4, Replaced: 2, Hosted: 1, StandsWithoutHosted: true, InPerson: 1, ParticipantsHeads: 9,
		ParticipantsAreaCentiM2: 900, Totals: []*votingv1.OptionTotal{{Option: 1, Heads: 3, AreaCentiM2: 300, Score: 12}},
		Inequalities: []*votingv1.Inequality{
			{Left: "3*9", Sign: ">=", Right: "2*10", Holds: true, Requirement: rules.Requirements[0]},
			{Left: "2*0", Sign: ">", Right: "1*0", BaseZero: true, Requirement: rules.Requirements[1]},
		},
		Result: chosen, Winners: []uint32{1, 0}, CostFen: 60, TieBroken: true, Abstained: 1, ValidHeads: 4, ValidAreaCentiM2: 400,
		InvalidBallots: &votingv1.InvalidBallots{Unopened: 1, Misplaced: 1, Malformed: 1, OutsideRules: 1},
	}
	tied := proto.CloneOf(tally)
	tied.Ties = []*votingv1.Tie{{Options: []uint32{1, 0}, Total: 12}}
	helped := proto.CloneOf(tied)
	helped.CastBy = &votingv1.CastBy{
		Device: &votingv1.CastShare{Ballots: 5, Heads: 5, AreaCentiM2: 500}, Hosted: &votingv1.CastShare{Ballots: 1, Heads: 1, AreaCentiM2: 100},
		Helper: &votingv1.CastShare{Ballots: 3, Heads: 3, AreaCentiM2: 300}, StandsWithoutHelpers: true,
	}
	seeded := proto.CloneOf(tied)
	seeded.TieSeed = fixedKey(9)
	divided := proto.CloneOf(within)
	divided.Secrecy = &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_OPEN, TrusteesMin: 2}
	divided.TieRule = communityv1.TieRule_TIE_RULE_SEED
	trustees := []*communityv1.Trustee{
		{Member: id("t1"), Org: id("o1"), TrusteeKey: fixedKey(6)}, {Member: id("t2"), Org: id("o2"), Key: fixedKey(5), TrusteeKey: fixedKey(7)},
	}
	poll, member := "poll/"+id("poll"), id("member")
	events := turnoutEvents(roll, tally, rules, q)
	maps.Copy(events, map[string]proto.Message{
		poll + " 01-called": &votingv1.PollCalled{
			Matter: "roof", Motion: id("motion"), Question: q, Rules: rules, Convener: member,
		},
		poll + " 01-called-bounded": &votingv1.PollCalled{
			Matter: "roof", Motion: id("motion"), Question: q, Rules: within, Convener: member, OpensBy: 1_700_000_600_000,
		},
		poll + " 01-called-appeal": &votingv1.PollCalled{
			Matter: "roof", Appeal: id("motion"), Question: q, Rules: appealed, OpensBy: 1_700_000_600_000,
		},
		poll + " 04-lapsed-appeal":           &votingv1.OpeningLapsed{Reason: "poll_key.refused", Appeal: id("motion")},
		poll + " 03-refused":                 &votingv1.PollKeyRefused{BoxKey: fixedKey(5), Holder: member},
		poll + " 04-lapsed":                  &votingv1.OpeningLapsed{Reason: "poll_key.refused", Motion: id("motion")},
		poll + " 02-offered":                 &votingv1.PollKeyOffered{BoxKey: fixedKey(5), Wrapped: fixedKey(6), Holder: member},
		"box-key/" + id("key") + " 03-taken": &votingv1.BoxKeyTaken{Poll: id("poll")},
		poll + " 01-called-trustees": &votingv1.PollCalled{
			Matter: "roof", Motion: id("motion"), Question: q, Rules: divided, OpensBy: 1_700_000_600_000,
		},
		poll + " 02-begun": &votingv1.CeremonyBegun{
			Round: 1, Trustees: trustees, Threshold: 2, AnswersBy: 1_700_000_100_000, Context: fixedKey(8),
		},
		poll + " 03-part-added": &votingv1.KeyPartAdded{
			Round: 1, Trustee: 2, Message: fixedKey(9), NonceCommitment: fixedKey(10),
		},
		poll + " 03-part-failed":    &votingv1.CeremonyFailed{Round: 1, Trustees: []uint32{1}, Reason: "trustees.silent"},
		poll + " 04-held-sealed":    &votingv1.PollKeySealed{Seal: fixedKey(11), BoxKey: fixedKey(12)},
		poll + " 08-missing-shares": &votingv1.SharesMissing{Trustees: []uint32{2}},
		poll + " 09-published-share": &votingv1.SharePublished{
			Trustee: 1, Message: fixedKey(13), Nonce: fixedKey(14),
		},
		poll + " 10-tallied-seeded": &votingv1.TallyRecorded{Tally: seeded, ObjectionsUntil: 1_700_000_090_000},
		poll + " 12-certified-withheld": &votingv1.CertificateIssued{
			Motion: id("motion"), Roll: whole, Tally: seeded, KeyLate: true, Withheld: []uint32{2},
		},
		poll + " 04-held":          &votingv1.PollKeyHeld{Holder: member},
		poll + " 05-opened":        &votingv1.PollOpened{Roll: roll, OpenedAt: 1_700_000_000_000, ClosesAt: 1_700_000_060_000},
		poll + " 05-opened-of-all": &votingv1.PollOpened{Roll: whole, OpenedAt: 1_700_000_000_000, ClosesAt: 1_700_000_060_000},
		poll + "/ballot/" + member + " 06-cast": &votingv1.BallotCast{
			Box: fixedKey(7), Replaces: 1, Hosted: true, InPerson: true,
		},
		poll + "/ballot/" + member + " 06-cast-helped": &votingv1.BallotCast{
			Box: fixedKey(7), Replaces: 2, Mandate: id("mandate"),
		},
		poll + " 10-tallied-helped":                           &votingv1.TallyRecorded{Tally: helped, ObjectionsUntil: 1_700_000_090_000},
		poll + "/objection/" + member + " 11-objected-helped": &votingv1.ObjectionRaised{Text: text, Mandate: id("mandate")},
		poll + " 12-certified-helped": &votingv1.CertificateIssued{
			Motion: id("motion"), Roll: whole, Tally: helped, Objections: 1, Adopted: true,
		},
		poll + " 07-closed":                            &votingv1.PollClosed{Ballots: 9},
		poll + " 08-missing":                           &votingv1.KeyMissing{},
		poll + " 09-published":                         &votingv1.KeyPublished{PrivateKey: fixedKey(8), Holder: member},
		poll + " 10-tallied":                           &votingv1.TallyRecorded{Tally: tally, ObjectionsUntil: 1_700_000_090_000},
		poll + "/objection/" + member + " 11-objected": &votingv1.ObjectionRaised{Text: text},
		poll + " 10-tallied-ties":                      &votingv1.TallyRecorded{Tally: tied, ObjectionsUntil: 1_700_000_090_000},
		poll + " 12-certified-key-late": &votingv1.CertificateIssued{
			Motion: id("motion"), Roll: whole, Tally: tied, Objections: 1, Adopted: true, KeyLate: true,
		},
		poll + " 12-certified-appeal": &votingv1.CertificateIssued{
			Appeal: id("motion"), Roll: whole, Tally: tied, Objections: 1, Adopted: true, KeyLate: true,
		},
		poll + " 12-certified": &votingv1.CertificateIssued{
			Motion: id("motion"), Roll: roll, Tally: tally, Objections: 1, Adopted: true,
		},
	})
	return events
}

// Every event that was ever released still means the same, and the model folds it.
func TestGoldenEvents(t *testing.T) {
	t.Parallel()
	folder := filepath.Join("testdata", "golden")
	events := goldenEvents()
	maps.Copy(events, goldenPapers())
	maps.Copy(events, goldenNotices())
	maps.Copy(events, goldenCasts())
	maps.Copy(events, goldenOpenings())
	maps.Copy(events, goldenRoster())
	maps.Copy(events, goldenSheets())
	if *write {
		for key, m := range events {
			writeGolden(t, folder, key, m)
		}
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(files) < len(events) {
		t.Fatalf("%d golden files, want at least %d (%v)", len(files), len(events), err)
	}
	state, kinds := decider.NewState(voting.Model()), map[string]bool{}
	for i, path := range files { // by name, which is the order of a poll's life
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitN(strings.TrimSpace(string(raw)), "\n", 4) // aggregate, type, hex, JSON
		body, err := hex.DecodeString(lines[2])
		if err != nil {
			t.Fatal(err)
		}
		event := chain.Event{Type: lines[1], Body: body}
		kinds[lines[1]] = true
		got, err := decider.DecodeEvent(event)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		want := got.ProtoReflect().New().Interface()
		if err := protojson.Unmarshal([]byte(lines[3]), want); err != nil || !proto.Equal(got, want) {
			t.Errorf("%s means something else now (%v)", path, err)
		}
		if again, err := (proto.MarshalOptions{Deterministic: true}).Marshal(got); err != nil || hex.EncodeToString(again) != lines[2] {
			t.Errorf("%s encodes differently now (%v)", path, err)
		}
		c := &chain.Commit{Service: "voting", Time: 1, ID: chain.CommandID{byte(i)}, Changes: []chain.Change{{
			Aggregate: lines[0], Version: state.Version(lines[0]) + 1, Events: []chain.Event{event},
		}}}
		if err := state.Apply(c, 1); err != nil {
			t.Errorf("%s does not fold: %v", path, err)
		}
	}
	for _, m := range events {
		if name := string(m.ProtoReflect().Descriptor().FullName()); !kinds[name] {
			t.Errorf("there is no golden %s", name)
		}
	}
}

// writeGolden writes a file that is not there; one that is there is never touched.
func writeGolden(t *testing.T, folder, key string, m proto.Message) {
	t.Helper()
	aggregate, name, _ := strings.Cut(key, " ")
	path := filepath.Join(folder, name+".txt")
	if _, err := os.Stat(path); err == nil {
		return
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	content := strings.Join([]string{
		aggregate, string(m.ProtoReflect().Descriptor().FullName()), hex.EncodeToString(body), protojson.Format(m),
	}, "\n") + "\n"
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
