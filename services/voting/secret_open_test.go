package voting_test

import (
	"crypto/rand"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/secretballot"
	keys "renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/trustee"
)

const (
	levelTotals   = communityv1.Secrecy_SECRECY_TOTALS
	levelInterval = communityv1.Secrecy_SECRECY_INTERVAL
	levelPassFail = communityv1.Secrecy_SECRECY_PASS_FAIL
	levelNone     = communityv1.Secrecy_SECRECY_UNSPECIFIED
)

// yesNoShape is that of yes, no and abstention.
func yesNoShape(t *testing.T) secretballot.Shape {
	t.Helper()
	s, err := secretballot.Approval(3, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// once has one trustee do what is due, once.
func (c *closed) once(t *testing.T, who int) error {
	t.Helper()
	return c.agents[who].Step(t.Context())
}

// Of three trustees one is missing and another first sends what is wrong; the two who are right open the totals, and the missing one is
// named.
func TestSecretTotals(t *testing.T) {
	t.Parallel()
	ballots := slices.Concat(votes(4, 2, 1, 10_00), []secretBallot{{area: 10_00}})
	c := newClosed(t, closedRules(levelTotals), question, yesNoShape(t), ballots...)
	e := c.tallied(t, levelTotals, nil, nil)
	if c.poll(c.id).Tally != nil {
		t.Fatal("the poll is counted before anybody has opened anything")
	}
	part, third := c.agents[1].Record.(*secretBench), c.partOf(t, 2)
	wrong := c.partOf(t, 1)
	wrong[len(wrong)-1] ^= 1
	if got := code(c.send("voting.decrypt_totals", &votingv1.DecryptTotals{Poll: c.id, Message: wrong}, "t2")); got != "trustee.partial" {
		t.Fatalf("a wrong part: %q", got)
	}
	if got := code(c.send("voting.decrypt_totals", &votingv1.DecryptTotals{Poll: c.id, Message: third}, "t2")); got != "trustees.stranger" {
		t.Fatalf("another's part: %q", got)
	}
	if c.early != "poll.not_closed" {
		t.Errorf("before the close: %q", c.early)
	}
	for _, i := range []int{0, 1} {
		if c.poll(c.id).Tally != nil {
			t.Fatal("one trustee has opened the totals")
		}
		if err := c.once(t, i); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(part.sent); n == 0 || c.poll(c.id).Secret.Decrypted[1] == nil {
		t.Fatal("the second trustee has done nothing")
	}
	got := c.poll(c.id).Tally
	if got.GetResult() != votingv1.Result_RESULT_PASSED || got.GetBallots() != 7 || got.GetValid() != 7 || got.GetAbstained() != 1 ||
		got.GetParticipantsHeads() != 7 || got.GetParticipantsAreaCentiM2() != 70_00 || got.GetValidHeads() != 6 {
		t.Fatalf("tally %v", got)
	}
	for i, n := range []int64{4, 2, 1} {
		if o := got.GetTotals()[i]; o.GetHeads() != n || o.GetAreaCentiM2() != n*10_00 {
			t.Errorf("option %d: %v", i, o)
		}
	}
	if s := got.GetSecret(); s.GetSecrecy() != e.GetSecrecy() || s.GetCredentials() != 8 || !slices.Equal(s.GetTrustees(), []uint32{1, 2}) ||
		s.GetLeak() == nil || len(s.GetRanges()) != 0 {
		t.Errorf("report %v", s)
	}
	if lines := got.GetInequalities(); len(lines) != 3 || lines[1].GetLeft() != "2*4" || !lines[2].GetHolds() {
		t.Errorf("inequalities %v", lines)
	}
	c.now += 60_000
	c.only("voting.report_shares_missing", "voting.certify")
	p := c.poll(c.id)
	if !p.Certified || !p.Adopted || !p.KeyMissing || !slices.Equal(p.Ceremony.Withheld, []uint32{3}) {
		t.Errorf("certified %v, adopted %v, withheld %v", p.Certified, p.Adopted, p.Ceremony.Withheld)
	}
	late := code(c.send("voting.decrypt_totals", &votingv1.DecryptTotals{Poll: c.id, Message: third}, "t3"))
	if late != "certificate.issued" {
		t.Errorf("after the certificate: %q", late)
	}
}

// partOf is a trustee's right part of all totals, which is not sent.
func (c *closed) partOf(t *testing.T, who int) []byte {
	t.Helper()
	other := &secretBench{bench: bench{w: c.world, name: "nobody"}}
	a := &trustee.Agent{Key: c.agents[who].Key, Rand: c.agents[who].Rand, Record: other}
	if err := a.Step(t.Context()); err == nil {
		t.Fatal("nobody was heard")
	}
	return other.sent[len(other.sent)-1].(*votingv1.DecryptTotals).GetMessage()
}

// Of sealed totals the record shows between which thresholds they lie, and no figure.
func TestSecretThresholds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		level        communityv1.Secrecy
		yes, no      int
		heads, area  []int64
		want         votingv1.Result
		holds        bool
		ranges       [2][2]int64 // of heads, of area
		missing      int         // the trustee who does nothing
		proves       int         // the one who proves
		findsMissing []uint32
	}{
		"passed":   {levelPassFail, 5, 3, []int64{5}, []int64{40_01}, passed, true, [2][2]int64{{5, 8}, {40_01, 80_00}}, 2, 0, []uint32{3}},
		"rejected": {levelPassFail, 4, 4, []int64{5}, []int64{40_01}, rejected, false, [2][2]int64{{0, 4}, {0, 40_00}}, 0, 1, []uint32{1}},
		"an interval": {
			levelInterval, 6, 2, []int64{5, 10}, []int64{40_01, 50_00, 65_00}, passed, true, [2][2]int64{{5, 8}, {50_00, 64_99}}, 1, 0, []uint32{2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newClosed(t, closedRules(c.level), question, yesNoShape(t), votes(c.yes, c.no, 0, 10_00)...)
			w.tallied(t, c.level, c.heads, c.area)
			for range 2 { // a part each, and then a proof
				for i := range w.agents {
					if i == c.missing {
						continue
					}
					if err := w.once(t, i); err != nil {
						t.Fatal(err)
					}
				}
			}
			p := w.poll(w.id)
			got := p.Tally
			if got.GetResult() != c.want || len(got.GetTotals()) != 0 || got.GetValidHeads() != 0 || got.GetAbstained() != 0 {
				t.Fatalf("tally %v", got)
			}
			if int(p.Secret.ProvedBy) != c.proves+1 {
				t.Errorf("proved by %d", p.Secret.ProvedBy)
			}
			for i, line := range got.GetInequalities() {
				if quorum := i == 0; (line.GetLeft() == "") == quorum || line.GetHolds() != (quorum || c.holds) || line.GetSign() == "" {
					t.Errorf("inequality %v", line)
				}
			}
			for i, r := range got.GetSecret().GetRanges() {
				if r.GetLow() != c.ranges[i][0] || r.GetHigh() != c.ranges[i][1] {
					t.Errorf("range %v", r)
				}
			}
			if n := len(got.GetSecret().GetTrustees()); n != 2 || got.GetSecret().GetLeak() == nil {
				t.Errorf("report %v", got.GetSecret())
			}
			w.now += 60_000
			w.only("voting.report_shares_missing", "voting.certify")
			if p := w.poll(w.id); !slices.Equal(p.Ceremony.Withheld, c.findsMissing) || p.Adopted != c.holds {
				t.Errorf("withheld %v, adopted %v", p.Ceremony.Withheld, p.Adopted)
			}
		})
	}
}

const resultWithheld = votingv1.Result_RESULT_WITHHELD

// Where there is nothing to open, the tally follows at once, and nobody has withheld anything.
func TestSecretNothingToOpen(t *testing.T) {
	t.Parallel()
	absent := slices.Repeat([]secretBallot{{area: 10_00}}, 6)
	for name, c := range map[string]struct {
		ballots []secretBallot
		level   communityv1.Secrecy
		want    votingv1.Result
		lines   int
	}{
		"nobody voted":         {absent, levelTotals, noQuorum, 3},
		"the quorum failed":    {append(votes(1, 1, 0, 10_00), absent...), levelTotals, noQuorum, 1},
		"the leak meter":       {votes(3, 2, 0, 10_00), levelNone, resultWithheld, 1},
		"the meter and no one": {absent, levelNone, noQuorum, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newClosed(t, closedRules(levelTotals), question, yesNoShape(t), c.ballots...)
			w.put(&votingv1.EncryptedTallyRecorded{Tally: &votingv1.EncryptedTally{Secrecy: c.level, Ballots: uint32(w.cast())}})
			w.only("voting.record_tally")
			p := w.poll(w.id)
			if got := p.Tally; got.GetResult() != c.want || len(got.GetInequalities()) != c.lines || got.GetSecret().GetLeak() != nil ||
				(len(got.GetTotals()) > 0) != (w.cast() == 0) {
				t.Fatalf("tally %v", got)
			}
			for i := range w.agents {
				if err := w.once(t, i); err != nil {
					t.Error(err)
				}
			}
			body := &votingv1.DecryptTotals{Poll: w.id, Message: []byte{1}}
			if got := code(w.send("voting.decrypt_totals", body, "t1")); got != "secret_poll.totals_none" {
				t.Errorf("a part of nothing: %q", got)
			}
			w.now += 60_000
			w.only("voting.report_shares_missing", "voting.certify")
			if p := w.poll(w.id); !p.Certified || p.Adopted || p.KeyMissing || len(p.Ceremony.Withheld) != 0 {
				t.Errorf("certified %v, adopted %v, withheld %v", p.Certified, p.Adopted, p.Ceremony.Withheld)
			}
		})
	}
}

// A sum that hides nothing takes no trustee, and tells no more than one that does.
func TestSecretPublicTotal(t *testing.T) {
	t.Parallel()
	w := newClosed(t, closedRules(levelPassFail), question, yesNoShape(t), votes(0, 8, 0, 10_00)...)
	e := w.sums(t, levelPassFail, []int64{5}, []int64{40_01})
	for _, total := range e.Totals {
		total.Sum = make([]byte, 64) // of nobody's random numbers, and nobody's vote
	}
	w.put(&votingv1.EncryptedTallyRecorded{Tally: e})
	w.only("voting.record_tally")
	got := w.poll(w.id).Tally
	ranges := got.GetSecret().GetRanges()
	if got.GetResult() != rejected || len(ranges) != 2 || ranges[0].GetHigh() != 4 || len(got.GetSecret().GetTrustees()) != 0 {
		t.Errorf("tally %v", got)
	}
}

// In an open poll nobody opens sums.
func TestSecretOnly(t *testing.T) {
	t.Parallel()
	c := newCouncil(t, "t1", "t2", "t3")
	p := c.motion("roof", openRules(2), question)
	for operation, body := range map[string]proto.Message{
		"voting.decrypt_totals": &votingv1.DecryptTotals{Poll: p}, "voting.blind_totals": &votingv1.BlindTotals{Poll: p},
		"voting.prove_totals": &votingv1.ProveTotals{Poll: p},
	} {
		if got := code(c.send(operation, body, "t1")); got != "secret_poll.not" {
			t.Errorf("%s: %q", operation, got)
		}
	}
}

// A poll of several options is decided from its totals.
func TestSecretChoice(t *testing.T) {
	t.Parallel()
	rules := closedRules(levelTotals)
	rules.Method, rules.Requirements = communityv1.Method_METHOD_SINGLE, rules.Requirements[:2]
	rules.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE}
	q := &proposalv1.Motion{
		Title: "Colour", Text: "Which?", Options: []*proposalv1.Option{{Code: "2", Title: "red"}, {Code: "1", Title: "green"}},
	}
	shape, err := secretballot.Approval(2, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	of := func(n int, choice ...int64) []secretBallot { return slices.Repeat([]secretBallot{{10_00, choice}}, n) }
	c := newClosed(t, rules, q, shape, slices.Concat(of(3, 0, 1), of(1, 1, 0), of(1, 0, 0))...)
	c.tallied(t, levelTotals, nil, nil)
	for i := range 2 {
		if err := c.once(t, i); err != nil {
			t.Fatal(err)
		}
	}
	got := c.poll(c.id).Tally
	if got.GetResult() != chosen || !slices.Equal(got.GetWinners(), []uint32{1}) || got.GetAbstained() != 1 || got.GetValidHeads() != 4 ||
		got.GetTotals()[1].GetHeads() != 3 {
		t.Errorf("tally %v", got)
	}
}

// Every message is judged before it is on the record.
func TestSecretPartsRefused(t *testing.T) {
	t.Parallel()
	c := newClosed(t, closedRules(levelPassFail), question, yesNoShape(t), votes(5, 3, 0, 10_00)...)
	const blind, prove, decrypt = "voting.blind_totals", "voting.prove_totals", "voting.decrypt_totals"
	tell := func(what, operation string, body proto.Message, who, want string) {
		t.Helper()
		if got := code(c.send(operation, body, who)); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	tell("early", blind, &votingv1.BlindTotals{Poll: c.id}, "t1", "secret_poll.totals_awaited")
	tell("early", prove, &votingv1.ProveTotals{Poll: c.id}, "t1", "secret_poll.totals_awaited")
	tell("a poll that is not there", blind, &votingv1.BlindTotals{Poll: id("none")}, "t1", "poll.unknown")
	c.tallied(t, levelPassFail, []int64{5}, []int64{40_01})
	if err := c.once(t, 0); err != nil {
		t.Fatal(err)
	}
	first := c.agents[0].Record.(*secretBench).last().(*votingv1.BlindTotals)
	c.agents[1].Record.(*secretBench).name = "nobody"
	if err := c.once(t, 1); err == nil {
		t.Fatal("nobody was heard")
	}
	c.agents[1].Record.(*secretBench).name = "t2"
	second := c.agents[1].Record.(*secretBench).last().(*votingv1.BlindTotals)
	swapped := &votingv1.BlindTotals{Poll: c.id, Messages: [][]byte{second.Messages[1], second.Messages[0]}}
	tell("a stranger's", blind, second, officer, "role.missing")
	tell("a holder's who is no trustee", blind, second, holderOne, "trustees.stranger")
	tell("another's", blind, first, "t2", "trustees.stranger")
	tell("twice", blind, first, "t1", "secret_poll.totals_done")
	tell("one too few", blind, &votingv1.BlindTotals{Poll: c.id, Messages: second.Messages[:1]}, "t2", "secret_poll.totals_number")
	tell("one too many", blind, &votingv1.BlindTotals{Poll: c.id, Messages: append(slices.Clone(second.Messages), second.Messages[0])},
		"t2", "secret_poll.totals_number")
	tell("each for the other", blind, swapped, "t2", "trustee.blinded")
	tell("no message", blind, &votingv1.BlindTotals{Poll: c.id, Messages: [][]byte{{1}, {2}}}, "t2", "trustee.malformed")
	tell("for some readers only", blind, c.readBy(t, 1, []int{2}), "t2", "secret_poll.totals_readers")
	tell("at another level", decrypt, &votingv1.DecryptTotals{Poll: c.id, Message: []byte{1}}, "t2", "secret_poll.totals_level")
	tell("a share of the key", "voting.publish_share", &votingv1.PublishShare{Poll: c.id}, "t2", "trustees.secret_poll")
	tell("a proof of too few parts", prove, &votingv1.ProveTotals{Poll: c.id}, "t1", "secret_poll.totals_few")
	if err := c.once(t, 1); err != nil {
		t.Fatal(err)
	}
	c.agents[1].Record.(*secretBench).name = "nobody"
	if err := c.once(t, 1); err == nil {
		t.Fatal("nobody was heard")
	}
	proof := c.agents[1].Record.(*secretBench).last().(*votingv1.ProveTotals)
	broken := proto.CloneOf(proof)
	broken.Verdicts[0][len(broken.Verdicts[0])-1] ^= 1
	tell("another's proof", prove, proof, "t1", "trustees.stranger")
	tell("a proof of one total", prove, &votingv1.ProveTotals{Poll: c.id, Verdicts: proof.Verdicts[:1]}, "t2", "secret_poll.totals_number")
	tell("each of the other", prove, &votingv1.ProveTotals{Poll: c.id, Verdicts: [][]byte{proof.Verdicts[1], proof.Verdicts[0]}},
		"t2", "trustee.bound")
	tell("a proof that does not hold", prove, broken, "t2", "trustee.verdict")
	tell("no proof", prove, &votingv1.ProveTotals{Poll: c.id, Verdicts: [][]byte{{1}, {2}}}, "t2", "trustee.malformed")
	tell("a proof of something else", prove, c.proving(t, 1, 4), "t2", "secret_poll.totals_claim")
	tell("the proof", prove, proof, "t2", "")
	tell("twice", prove, proof, "t2", "secret_poll.totals_proved")
	c.agents[2].Record.(*secretBench).name = "t3"
	if err := c.once(t, 2); err != nil { // late, and still in time for the certificate
		t.Fatal(err)
	}
	c.now += 60_000
	c.only("voting.record_tally", "voting.report_shares_missing", "voting.certify")
	if p := c.poll(c.id); p.KeyMissing || !p.Certified {
		t.Errorf("missing %v, certified %v", p.KeyMissing, p.Certified)
	}
}

// share is a trustee's part of the key.
func (c *closed) share(t *testing.T, who int) (*keys.Record, *keys.Share) {
	t.Helper()
	r, err := c.poll(c.id).Ceremony.Record(c.rules.GetSecrecy().GetSecrecy())
	if err != nil {
		t.Fatal(err)
	}
	share, _, err := keys.Receive(rand.Reader, r, c.agents[who].Key)
	if err != nil {
		t.Fatal(err)
	}
	return r, share
}

// readBy are right hidden parts that only some may read.
func (c *closed) readBy(t *testing.T, who int, readers []int) *votingv1.BlindTotals {
	t.Helper()
	r, share := c.share(t, who)
	w, err := c.poll(c.id).Work()
	if err != nil {
		t.Fatal(err)
	}
	body := &votingv1.BlindTotals{Poll: c.id}
	for _, asked := range w.Asked {
		part, err := share.Blind(rand.Reader, r.Ceremony(), w.Seal, asked.Total, readers)
		if err != nil {
			t.Fatal(err)
		}
		body.Messages = append(body.Messages, part.Bytes())
	}
	return body
}

// proving is a right proof of how each total compares with a threshold that nobody has asked about.
func (c *closed) proving(t *testing.T, who int, threshold uint64) *votingv1.ProveTotals {
	t.Helper()
	r, _ := c.share(t, who)
	p := c.poll(c.id)
	w, err := p.Work()
	if err != nil {
		t.Fatal(err)
	}
	body := &votingv1.ProveTotals{Poll: c.id}
	for i, asked := range w.Asked {
		parts, err := p.Parts(i)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := keys.OpenTotal(c.agents[who].Key, r.Ceremony(), w.Seal, asked.Total, parts)
		if err != nil {
			t.Fatal(err)
		}
		totals, err := secretballot.NewTotals(int64(asked.Bound))
		if err != nil {
			t.Fatal(err)
		}
		value, err := totals.Find(opened.Value)
		if err != nil {
			t.Fatal(err)
		}
		verdict, err := opened.Prove(rand.Reader, uint64(value), keys.Claim{Reached: uint64(value) >= threshold, Threshold: threshold})
		if err != nil {
			t.Fatal(err)
		}
		body.Verdicts = append(body.Verdicts, verdict.Bytes())
	}
	return body
}

func (b *secretBench) last() proto.Message { return b.sent[len(b.sent)-1] }
