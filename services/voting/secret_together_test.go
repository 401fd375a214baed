package voting_test

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot"
	keys "renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
	"renlin.dev/services/voting/trustee"
)

const (
	reached = votingv1.Together_TOGETHER_REACHED
	short   = votingv1.Together_TOGETHER_SHORT
	apart   = votingv1.Together_TOGETHER_UNSPECIFIED
)

// togetherRules are those of a poll of pass or fail whose heads and area are judged together.
func togetherRules() *communityv1.PollRules {
	r := closedRules(levelPassFail)
	r.Secrecy.Together, r.Secrecy.IntervalWidth = true, 0
	return r
}

// flats are the ballots of small homes and of large ones.
func flats(smallYes, smallNo, largeYes, largeNo int) []secretBallot {
	return slices.Concat(votes(smallYes, smallNo, 0, 10_00), votes(largeYes, largeNo, 1, 30_00))
}

// A poll whose heads and area are judged together, played by the rules and by the trustees' own agents: it says whether it passed, and of
// what failed nothing.
func TestSecretTogether(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ballots  []secretBallot
		want     votingv1.Result
		together votingv1.Together
		ranges   [2][2]int64
		lines    int
	}{
		"passed":      {flats(6, 6, 8, 2), passed, reached, [2][2]int64{{12, 23}, {22501, 45000}}, 3},
		"few heads":   {flats(1, 11, 9, 1), rejected, short, [2][2]int64{{0, 23}, {0, 45000}}, 1},
		"little area": {flats(12, 0, 1, 9), rejected, short, [2][2]int64{{0, 23}, {0, 45000}}, 1},
		"both":        {flats(3, 9, 3, 7), rejected, short, [2][2]int64{{0, 23}, {0, 45000}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newClosed(t, togetherRules(), question, yesNoShape(t), c.ballots...)
			w.only("voting.record_encrypted_tally", "voting.record_tally")
			e := w.poll(w.id).Secret.Encrypted
			if e.GetSecrecy() != levelPassFail || !e.GetTogether() || len(e.GetTotals()) != 2 || len(e.GetTotals()[1].GetClaims()) != 1 {
				t.Fatalf("added up: %v", e)
			}
			for range 2 {
				for i := range 2 {
					if err := w.once(t, i); err != nil {
						t.Fatal(err)
					}
				}
			}
			p := w.poll(w.id)
			got, s := p.Tally, p.Tally.GetSecret()
			if got.GetResult() != c.want || len(got.GetTotals()) != 0 || len(got.GetInequalities()) != c.lines || got.GetAbstained() != 0 {
				t.Fatalf("tally %v", got)
			}
			if line := got.GetInequalities()[0]; line.GetLeft() == "" || !line.GetHolds() {
				t.Errorf("who took part is no secret: %v", line)
			}
			for _, line := range got.GetInequalities()[1:] {
				if line.GetLeft() != "" || !line.GetHolds() {
					t.Errorf("inequality %v", line)
				}
			}
			if s.GetTogether() != c.together || !slices.Equal(s.GetTrustees(), []uint32{1, 2}) || s.GetLeak().GetRefused() != "" {
				t.Errorf("report %v", s)
			}
			for i, r := range s.GetRanges() {
				if r.GetLow() != c.ranges[i][0] || r.GetHigh() != c.ranges[i][1] {
					t.Errorf("range %v", r)
				}
			}
			if len(p.Secret.Verdicts) != 1 {
				t.Errorf("%d verdicts", len(p.Secret.Verdicts))
			}
			w.now += 60_000
			w.only("voting.report_shares_missing", "voting.certify")
			if p := w.poll(w.id); !p.Certified || p.Adopted != (c.want == passed) {
				t.Errorf("certified %v, adopted %v", p.Certified, p.Adopted)
			}
		})
	}
}

// What is judged together is judged by one verdict, of all totals, against what the rules need.
func TestSecretTogetherRefused(t *testing.T) {
	t.Parallel()
	w := newClosed(t, togetherRules(), question, yesNoShape(t), flats(6, 6, 8, 2)...)
	w.only("voting.record_encrypted_tally", "voting.record_tally")
	for i := range 2 {
		if err := w.once(t, i); err != nil {
			t.Fatal(err)
		}
	}
	r, _ := w.share(t, 1)
	p := w.poll(w.id)
	work, err := p.Work()
	if err != nil {
		t.Fatal(err)
	}
	opened, values := make([]*keys.OpenedTotal, 2), make([]uint64, 2)
	for i, asked := range work.Asked {
		parts, err := p.Parts(i)
		if err != nil {
			t.Fatal(err)
		}
		if opened[i], err = keys.OpenTotal(w.agents[1].Key, r.Ceremony(), work.Seal, asked.Total, parts); err != nil {
			t.Fatal(err)
		}
		totals, err := secretballot.NewTotals(int64(asked.Bound))
		if err != nil {
			t.Fatal(err)
		}
		n, err := totals.Find(opened[i].Value)
		if err != nil {
			t.Fatal(err)
		}
		values[i] = uint64(n)
	}
	joint := func(of []*keys.OpenedTotal, values []uint64, thresholds ...uint64) []byte {
		v, err := keys.ProveTogether(rand.Reader, of, values, thresholds)
		if err != nil {
			t.Fatal(err)
		}
		return v.Bytes()
	}
	single, err := opened[0].Prove(rand.Reader, values[0], keys.Claim{Reached: true, Threshold: 12})
	if err != nil {
		t.Fatal(err)
	}
	right := joint(opened, values, 12, 22501)
	broken := slices.Clone(right)
	broken[len(broken)-1] ^= 1
	swapped := []*keys.OpenedTotal{opened[1], opened[0]}
	for name, c := range map[string]struct {
		verdicts [][]byte
		who      string
		want     string
	}{
		"none":                       {nil, "t2", "secret_poll.totals_number"},
		"two":                        {[][]byte{right, right}, "t2", "secret_poll.totals_number"},
		"of one total":               {[][]byte{joint(opened[:1], values[:1], 12)}, "t2", "trustee.together"},
		"each by itself":             {[][]byte{single.Bytes(), single.Bytes()}, "t2", "secret_poll.totals_number"},
		"of one total, as before":    {[][]byte{single.Bytes()}, "t2", "trustee.malformed"},
		"of a lower threshold":       {[][]byte{joint(opened, values, 11, 22501)}, "t2", "secret_poll.totals_claim"},
		"of a higher threshold":      {[][]byte{joint(opened, values, 12, 30001)}, "t2", "secret_poll.totals_claim"},
		"in the other order":         {[][]byte{joint(swapped, []uint64{values[1], values[0]}, 23, 12)}, "t2", "trustee.verdict"},
		"another's":                  {[][]byte{right}, "t1", "trustees.stranger"},
		"one that does not hold":     {[][]byte{broken}, "t2", "trustee.verdict"},
		"no verdict":                 {[][]byte{{1}}, "t2", "trustee.malformed"},
		"a stranger's":               {[][]byte{right}, officer, "role.missing"},
		"that all fell short, whole": {[][]byte{joint(opened, values, 23, 45000)}, "t2", "secret_poll.totals_claim"},
	} {
		if got := code(w.send("voting.prove_totals", &votingv1.ProveTotals{Poll: w.id, Verdicts: c.verdicts}, c.who)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for _, want := range []string{"", "secret_poll.totals_proved"} {
		if got := code(w.send("voting.prove_totals", &votingv1.ProveTotals{Poll: w.id, Verdicts: [][]byte{right}}, "t2")); got != want {
			t.Errorf("the verdict: %q, want %q", got, want)
		}
	}
}

// A trustee touches nothing that is to be judged otherwise than the rules say: one of two totals alone would tell what is to stay hidden.
func TestTrusteeChecksTogether(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rules *communityv1.PollRules
		cheat func(*votingv1.EncryptedTally)
		want  bool
	}{
		"as it is":              {togetherRules(), nil, true},
		"apart, by the rules":   {closedRules(levelPassFail), nil, true},
		"each by itself":        {togetherRules(), func(e *votingv1.EncryptedTally) { e.Together = false }, false},
		"heads alone":           {togetherRules(), func(e *votingv1.EncryptedTally) { e.Totals = e.Totals[:1] }, false},
		"area alone":            {togetherRules(), func(e *votingv1.EncryptedTally) { e.Totals = e.Totals[1:] }, false},
		"in the other order":    {togetherRules(), func(e *votingv1.EncryptedTally) { slices.Reverse(e.Totals) }, false},
		"a total without claim": {togetherRules(), func(e *votingv1.EncryptedTally) { e.Totals[0].Claims = nil }, false},
		"another threshold":     {togetherRules(), func(e *votingv1.EncryptedTally) { e.Totals[0].Claims[0].Threshold-- }, false},
		"two thresholds": {togetherRules(), func(e *votingv1.EncryptedTally) {
			e.Totals[1].Claims = append([]*votingv1.TotalClaim{{Threshold: 9}}, e.Totals[1].Claims...)
		}, false},
		"the no": {togetherRules(), func(e *votingv1.EncryptedTally) { e.Totals[0].Option = 1 }, false},
		"together, though the rules do not say so": {
			closedRules(levelPassFail), func(e *votingv1.EncryptedTally) { e.Together = true }, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newClosed(t, c.rules, question, yesNoShape(t), flats(6, 6, 8, 2)...)
			w.only("voting.record_encrypted_tally", "voting.record_tally")
			b := &secretBench{bench: bench{w: w.world, name: "nobody"}}
			if c.cheat != nil {
				b.poll = func(p *trustee.Poll) { c.cheat(p.Poll.Secret.Encrypted) }
			}
			a := *w.agents[0]
			a.Record = b
			err := a.Step(t.Context())
			f := (*fault.Fault)(nil)
			if touched := len(b.sent) > 0; touched != c.want || !c.want && (!errors.As(err, &f) || f.Code != poll.ErrSumsMore.Code) {
				t.Errorf("said %d times, error %v", len(b.sent), err)
			}
		})
	}
}

// A total that hides nothing is compared by everybody: if it falls short, nobody is asked of the others, and if not, they are judged
// without it.
func TestSecretTogetherPublic(t *testing.T) {
	t.Parallel()
	const fifteen = "e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e" // 15·G, of RFC 9496
	some, err := hex.DecodeString(strings.Repeat("00", 32) + fifteen)
	if err != nil {
		t.Fatal(err)
	}
	nothing := make([]byte, 64)
	for name, c := range map[string]struct {
		heads, area []byte // nil for one that hides what it is
		want        votingv1.Result
		together    votingv1.Together
		ranges      [2][2]int64
		trustees    int
	}{
		"it falls short":                   {nothing, nil, rejected, apart, [2][2]int64{{0, 11}, {0, 23}}, 0},
		"it does not, and the other does":  {some, nil, rejected, short, [2][2]int64{{12, 23}, {0, 11}}, 2},
		"neither hides, and both are over": {some, some, passed, apart, [2][2]int64{{12, 23}, {12, 23}}, 0},
		"neither hides, and one is short":  {some, nothing, rejected, apart, [2][2]int64{{12, 23}, {0, 11}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newClosed(t, togetherRules(), question, yesNoShape(t), votes(11, 12, 0, 1)...)
			e := w.sums(t, levelPassFail, []int64{12}, []int64{12})
			e.Together = true
			for i, sum := range [][]byte{c.heads, c.area} {
				if sum != nil {
					e.Totals[i].Sum = sum
				}
			}
			w.put(&votingv1.EncryptedTallyRecorded{Tally: e})
			w.only("voting.record_tally")
			for i := range c.trustees { // their agents would not touch what is not the ballots' sum
				body := w.readBy(t, i, []int{1, 2, 3})
				if got := code(w.send("voting.blind_totals", body, w.names[i])); got != "" {
					t.Fatal(got)
				}
			}
			if c.trustees > 0 {
				w.judge11(t)
			}
			got := w.poll(w.id).Tally
			s := got.GetSecret()
			if got.GetResult() != c.want || s.GetTogether() != c.together || len(s.GetTrustees()) != c.trustees || len(s.GetRanges()) != 2 {
				t.Fatalf("tally %v", got)
			}
			for i, r := range s.GetRanges() {
				if r.GetLow() != c.ranges[i][0] || r.GetHigh() != c.ranges[i][1] {
					t.Errorf("range %v", r)
				}
			}
		})
	}
}

// judge11 has the first trustee say of the one total that is asked, 11, that it is short of 12.
func (c *closed) judge11(t *testing.T) {
	t.Helper()
	r, _ := c.share(t, 0)
	p := c.poll(c.id)
	w, err := p.Work()
	if err != nil || len(w.Asked) != 1 {
		t.Fatalf("%d are asked, %v", len(w.Asked), err)
	}
	parts, err := p.Parts(0)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := keys.OpenTotal(c.agents[0].Key, r.Ceremony(), w.Seal, w.Asked[0].Total, parts)
	if err != nil {
		t.Fatal(err)
	}
	v, err := keys.ProveTogether(rand.Reader, []*keys.OpenedTotal{opened}, []uint64{11}, []uint64{12})
	if err != nil {
		t.Fatal(err)
	}
	body := &votingv1.ProveTotals{Poll: c.id, Verdicts: [][]byte{v.Bytes()}}
	if got := code(c.send("voting.prove_totals", body, c.names[0])); got != "" {
		t.Fatal(got)
	}
	c.only("voting.record_tally")
}
