package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/renlin/internal/process"
	"renlin.dev/services/voting/credential"
)

var writeSecretRecord = flag.Bool("write-secret-record", false,
	"play the secret polls and write them to docs/format/secret-record.renlin, if there is nothing, and what verify says of them")

const (
	secretRecord = "../../docs/format/secret-record.renlin"
	secretChecks = "testdata/secret-record.txt"
)

// secretPlay is a secret poll of the released record: its rules and question, who takes part, and what each of them says, one after
// another. What somebody says twice replaces what they said before.
type secretPlay struct {
	matter  string
	rules   *communityv1.PollRules
	options []string
	voters  int // of the neighbours, the first so many
	sheets  int // of these, the last so many, by their sheets
	says    func(voter int) []uint32
}

// releasedSecrets are the polls of the record: one that tells heads and area of every answer, one that tells only whether it passes, one of
// several options, and one in which some vote on paper.
func releasedSecrets() []secretPlay {
	answer := func(of ...uint32) func(int) []uint32 {
		return func(voter int) []uint32 { return of[voter%len(of):][:1] }
	}
	byArea := minutely(communityv1.Secrecy_SECRECY_TOTALS)
	byArea.Requirements = append(byArea.Requirements, &communityv1.Requirement{
		Measure: communityv1.Measure_MEASURE_AREA, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS,
		Numerator: 1, Denominator: 2, Strict: true,
	})
	several := minutely(communityv1.Secrecy_SECRECY_TOTALS)
	several.Method, several.Requirements = communityv1.Method_METHOD_APPROVAL, nil
	several.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL, OptionsMax: 2}
	onPaper := minutely(communityv1.Secrecy_SECRECY_TOTALS)
	onPaper.Paper = &communityv1.PaperRules{OperatorPermilleMax: 1000}
	return []secretPlay{
		{"area", byArea, nil, 14, 0, answer(0, 1, 0, 2, 0)},
		{"sealed", minutely(communityv1.Secrecy_SECRECY_PASS_FAIL), nil, 12, 0, answer(0, 0, 1)},
		{"several", several, []string{"a", "b", "c"}, 8, 0, func(voter int) []uint32 {
			return [][]uint32{{0, 1}, {1}, {2}, {}, {1, 2}}[voter%5]
		}},
		{"paper", onPaper, nil, 10, 3, answer(1, 0, 0)},
	}
}

// minutely are rules of a minute each.
func minutely(level communityv1.Secrecy) *communityv1.PollRules {
	r := secretRules(level, 60)
	r.ObjectionSeconds, r.OpenWithinSeconds = 60, 3600
	return r
}

func neighbour(i int) string { return fmt.Sprint("neighbour ", i) }

// secretWorld is a community with trustees and a registrar, whose neighbours own flats of two sizes.
func secretWorld(t *testing.T, plays []secretPlay) *accessWorld {
	t.Helper()
	w := &accessWorld{World: forge.NewWorld(t, process.Models()...), TB: t, polls: map[string]string{}}
	w.PerBlock = 8
	founding := accessFounding()
	founding.Name, founding.Rulebook = "韧邻秘密表决示范社区", &communityv1.Rulebook{Version: 1, OpenTopicsMax: 9, InviteSeconds: 86_400}
	for _, p := range plays {
		founding.Rulebook.Matters = append(founding.GetRulebook().GetMatters(), &communityv1.Matter{
			Code: p.matter, Title: p.matter, ThresholdMembers: 1_000_000, DeliberationSeconds: 86_400, Poll: p.rules, DirectConvener: committee,
		})
	}
	w.Found("community.found", founding, forge.Key("offA"), forge.Key("offB"))
	appointed := &communityv1.AppointTrustees{}
	for i, name := range []string{"hold1", "hold2"} {
		appointed.Trustees = append(appointed.Trustees, &communityv1.Trustee{
			Member: forge.ID(name), Org: []string{committee, owners}[i],
			TrusteeKey: accessTrustee(w, name, true).Key.Public().Bytes(),
		})
	}
	w.by("offA", "community.appoint_trustees", appointed, "offB")
	for _, name := range []string{"conv", "abe", "regis"} {
		w.admit(name, true)
	}
	for name, role := range map[string]communityv1.Role{ // any order: they do not depend on each other
		"conv": communityv1.Role_ROLE_CONVENER, "abe": communityv1.Role_ROLE_OFFICER,
	} {
		w.by("offA", "community.grant_role", &communityv1.GrantRole{Member: forge.ID(name), Role: role, Org: committee}, "offB")
	}
	w.appointRegistrar()
	for i := range plays[0].voters {
		name, unit := neighbour(i), forge.ID("flat of "+neighbour(i))
		w.admit(name, true)
		w.by("offA", "community.register_unit", &communityv1.RegisterUnit{
			Unit: unit, AreaCentiM2: []int64{9000, 7000}[i%2], Label: accessText(name),
		})
		w.by("offA", "community.assign_unit", &communityv1.AssignUnit{Unit: unit, Owner: forge.ID(name)})
	}
	return w
}

// goes lets seconds go by, none of them so many that what falls due is late.
func (w *accessWorld) goes(seconds int) {
	for range seconds {
		w.Pass(1000)
	}
}

// plays a secret poll from its call to its certificate.
func (w *accessWorld) plays(p secretPlay) {
	w.Helper()
	question := &proposalv1.Motion{Title: p.matter, Text: "Shall it be done?"}
	for _, code := range p.options {
		question.Options = append(question.Options, &proposalv1.Option{Code: code, Title: code})
	}
	poll := w.by("conv", "voting.call", &votingv1.CallPoll{Matter: p.matter, Question: question}).ID.NewAggregate()
	for range 4 { // as many words as each of them has to say
		w.stepTrustees(poll)
	}
	w.secrets.wallets[poll] = map[string]*credential.Credential{}
	for i := range p.voters {
		if i >= p.voters-p.sheets {
			w.by("abe", "voting.register_papers", w.giving(poll, neighbour(i)))
		} else {
			w.by(neighbour(i), "voting.register", w.registration(poll, neighbour(i)))
		}
	}
	w.goes(61)
	if err := w.secrets.agent.Step(context.Background()); err != nil {
		w.TB.Fatal(err)
	}
	w.by("regis", "voting.list_credentials", w.secrets.lists[poll])
	w.goes(61)
	w.speak(poll, p)
	w.goes(61)
	for range 2 {
		w.stepTrustees(poll)
	}
	w.goes(62)
	w.Flush()
}

// speak has everybody say what they say. The first one opens a ballot to see that the device is honest, and then votes twice.
func (w *accessWorld) speak(poll string, p secretPlay) {
	w.Helper()
	readable := w.readable(poll)
	for i := range p.voters {
		choice := &votingv1.Choice{Options: p.says(i)}
		if i >= p.voters-p.sheets {
			sheet := secretSheet(poll, neighbour(i))
			first, err := sheet.Enter(readable, forge.ID("offA"), choice)
			second, other := sheet.Reenter(readable, forge.ID("offB"), choice)
			if err != nil || other != nil {
				w.TB.Fatal(err, other)
			}
			w.by("offA", "voting.enter_secret_paper", first)
			w.by("offB", "voting.reenter_secret_paper", second)
			continue
		}
		c := w.secrets.wallets[poll][neighbour(i)]
		sequence := uint64(1)
		if i == 0 {
			opened := w.ballotOf(c, readable, 1, choice)
			body, err := opened.Challenge()
			if err != nil {
				w.TB.Fatal(err)
			}
			w.Do("voting.challenge_ballot", body, c.Key)
			w.Do("voting.cast_secret", w.ballotOf(c, readable, 2, &votingv1.Choice{Options: []uint32{1}}).Cast(), c.Key)
			sequence = 3
		}
		w.Do("voting.cast_secret", w.ballotOf(c, readable, sequence, choice).Cast(), c.Key)
	}
}

func (w *accessWorld) ballotOf(
	c *credential.Credential, p *credential.Poll, sequence uint64, choice *votingv1.Choice,
) *credential.Ballot {
	w.Helper()
	b, err := c.Make(rand.Reader, p, sequence, choice)
	if err != nil {
		w.TB.Fatal(err)
	}
	return b
}

// playedSecrets is the record as it is exported.
func playedSecrets(t *testing.T) []byte {
	t.Helper()
	plays := releasedSecrets()
	w := secretWorld(t, plays)
	for _, p := range plays {
		w.plays(p)
	}
	return forge.NewPack(w.Record).Bytes()
}

// checkLines are, of what verify -polls prints, the polls, what became of each check, and what is wrong; not its words.
var checkLines = regexp.MustCompile(`(?m)^poll +\S+, called.*|^  (?:holds|fails|unchecked) +\S+ +\d+|^  BAD .*`)

// TestSecretRecord: the released record of secret polls is verified whole, by the rules and by the second hand.
func TestSecretRecord(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(secretRecord)
	if err != nil && *writeSecretRecord {
		raw = playedSecrets(t)
		err = os.WriteFile(secretRecord, raw, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > 300_000 {
		t.Errorf("%d bytes", len(raw))
	}
	code, out, stderr := renlin(t, "verify", "-polls", secretRecord)
	if code != exitDone || !strings.Contains(out, "独立复核未发现任何错误") {
		t.Errorf("exit %d\n%s\n%s", code, out, stderr)
	}
	got := strings.Join(checkLines.FindAllString(out, -1), "\n") + "\n"
	if *writeSecretRecord { // checks may come to be that were not; what they say is no part of the record
		if err := os.WriteFile(secretChecks, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(secretChecks)
	if err != nil || got != string(want) {
		t.Errorf("%v\ngot\n%s\nwant\n%s", err, got, want)
	}
}

// TestSecretRecordDamaged: one bit of the record is changed, wherever it is, and verify says no, or cannot read it.
func TestSecretRecordDamaged(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(secretRecord)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "damaged.renlin")
	for _, at := range []int{len(plain) / 9, len(plain) / 3, len(plain) / 2, len(plain) * 4 / 5} {
		bad := bytes.Clone(plain)
		bad[at] ^= 1
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out, _ := renlin(t, "verify", "-polls", name); code == exitDone {
			t.Errorf("byte %d was changed, and nothing is said of it:\n%s", at, out)
		}
	}
}

// TestSecretPlays: what is released is what the rules of now would make of such polls, but for the random numbers.
func TestSecretPlays(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "record.renlin")
	if err := os.WriteFile(name, playedSecrets(t), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, stderr := renlin(t, "verify", "-polls", name)
	if code != exitDone || strings.Count(out, "certified") < len(releasedSecrets()) {
		t.Errorf("exit %d\n%s\n%s", code, out, stderr)
	}
}
