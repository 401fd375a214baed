package pollcheck

import (
	"bytes"
	"encoding/hex"
	"math"
	"slices"
	"testing"

	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

const (
	inHeads = communityv1.Measure_MEASURE_HEADS
	inArea  = communityv1.Measure_MEASURE_AREA
	ofAll   = communityv1.Base_BASE_ALL
	ofWhom  = communityv1.Base_BASE_PARTICIPANTS
	ofValid = communityv1.Base_BASE_VALID
)

func asksYes(m communityv1.Measure, base communityv1.Base, numerator, denominator int64, strict bool) *communityv1.Requirement {
	return &communityv1.Requirement{
		Measure: m, Of: communityv1.Of_OF_YES, Base: base, Numerator: numerator, Denominator: denominator, Strict: strict,
	}
}

func asksQuorum(base communityv1.Base, numerator, denominator int64, strict bool) *communityv1.Requirement {
	q := asksYes(inHeads, base, numerator, denominator, strict)
	q.Of = communityv1.Of_OF_PARTICIPANTS
	return q
}

// ofTen is a secret question, where the roll has ten heads.
func ofTen(requirements ...*communityv1.Requirement) *checking {
	return &checking{poll: &poll{
		rules: &communityv1.PollRules{
			Method: communityv1.Method_METHOD_YES_NO, Requirements: requirements, Secrecy: &communityv1.SecrecyRules{},
		},
		opened: &said{body: &votingv1.PollOpened{Roll: &votingv1.Roll{AllHeads: 10}}},
	}}
}

// TestLeast: the least yes that fulfils a requirement, where seven take part.
func TestLeast(t *testing.T) {
	t.Parallel()
	part := weight{heads: 7, area: 5}
	for _, tt := range []struct {
		q      *communityv1.Requirement
		absent bool
		least  int64
		known  bool
	}{
		{asksYes(inHeads, ofAll, 1, 2, false), false, 5, true}, {asksYes(inHeads, ofAll, 1, 2, true), false, 6, true},
		{asksYes(inHeads, ofAll, 1, 3, false), true, 4, true}, {asksYes(inHeads, ofWhom, 1, 2, true), false, 4, true},
		{asksYes(inHeads, ofWhom, 1, 2, false), true, 0, false}, {asksYes(inHeads, ofValid, 1, 2, false), false, 0, false},
		{asksYes(inHeads, ofAll, 1, 0, false), false, 0, false}, {asksYes(inHeads, ofAll, 1, -1, false), false, 0, false},
		{asksYes(inHeads, ofAll, 1, 1, false), false, 10, true}, {asksQuorum(ofAll, 1, 2, false), false, 0, false},
		{asksYes(inArea, ofAll, 1, 2, false), false, 6, true}, {asksYes(inArea, ofAll, 0, 1, false), false, 6, true},
		{asksYes(inHeads, ofAll, math.MaxInt64, 1, false), false, math.MaxInt64, true},
	} {
		c := ofTen()
		c.rules.Turnout = &communityv1.TurnoutRules{AbstentionsAbsent: tt.absent}
		if least, known := c.least(tt.q, part); least != tt.least || known != tt.known {
			t.Errorf("%v: %d, %v", tt.q, least, known)
		}
	}
}

// TestHopeless: too few take part, or even if all say yes it is not enough.
func TestHopeless(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		heads     int64
		q         *communityv1.Requirement
		unanimous bool
		method    communityv1.Method
		want      bool
	}{
		{4, asksQuorum(ofAll, 1, 2, false), false, communityv1.Method_METHOD_SINGLE, true},
		{5, asksQuorum(ofAll, 1, 2, false), false, communityv1.Method_METHOD_SINGLE, false},
		{5, asksQuorum(ofAll, 1, 2, true), false, communityv1.Method_METHOD_SINGLE, true},
		{6, asksQuorum(ofAll, 1, 2, true), false, communityv1.Method_METHOD_SINGLE, false},
		{5, asksYes(inHeads, ofAll, 1, 2, false), true, communityv1.Method_METHOD_YES_NO, false},
		{4, asksYes(inHeads, ofAll, 1, 2, false), true, communityv1.Method_METHOD_YES_NO, true},
		{4, asksYes(inHeads, ofAll, 1, 2, false), false, communityv1.Method_METHOD_YES_NO, false},
		{4, asksYes(inHeads, ofAll, 1, 2, false), true, communityv1.Method_METHOD_SINGLE, false},
		{4, asksYes(inHeads, ofValid, 1, 2, false), true, communityv1.Method_METHOD_YES_NO, false},
		{4, asksYes(inHeads, ofAll, math.MaxInt64, 1, false), true, communityv1.Method_METHOD_YES_NO, true},
	} {
		c := ofTen(tt.q)
		c.rules.Method = tt.method
		if got := c.hopeless(weight{heads: tt.heads}, tt.unanimous); got != tt.want {
			t.Errorf("%d heads, %v: %v", tt.heads, tt.q, got)
		}
	}
	none := asksQuorum(ofAll, 0, 1, false) // of nothing nobody has a share, not even none of it
	none.Measure = inArea
	if !ofTen(none).hopeless(weight{heads: 10}, false) {
		t.Error("a share of nothing")
	}
}

// TestThresholds: each is asked for once, as far as the ballots reach; where totals are judged together the greatest alone.
func TestThresholds(t *testing.T) {
	t.Parallel()
	half, more, twice := asksYes(inHeads, ofAll, 1, 2, false), asksYes(inHeads, ofWhom, 1, 2, true), asksYes(inHeads, ofWhom, 1, 2, true)
	const passFail, intervals = communityv1.Secrecy_SECRECY_PASS_FAIL, communityv1.Secrecy_SECRECY_INTERVAL
	for _, tt := range []struct {
		together bool
		level    communityv1.Secrecy
		width    int64
		asks     []*communityv1.Requirement
		want     []int64
	}{
		{false, passFail, 0, []*communityv1.Requirement{half, more, twice}, []int64{4, 5}},
		{true, passFail, 0, []*communityv1.Requirement{half, more, twice}, []int64{5}},
		{true, intervals, 3, []*communityv1.Requirement{half, more}, []int64{3, 4, 5, 6}},
		{false, intervals, 7, []*communityv1.Requirement{half}, []int64{5, 7}},
		{true, passFail, 0, nil, nil}, {false, passFail, 3, nil, nil},
		{false, passFail, 0, []*communityv1.Requirement{asksYes(inArea, ofAll, 1, 2, false), asksYes(inHeads, ofAll, 1, 1, false)}, nil},
		{false, passFail, 0, []*communityv1.Requirement{asksYes(inHeads, ofAll, 0, 1, false)}, nil},
		{false, passFail, 0, []*communityv1.Requirement{asksYes(inHeads, ofAll, 7, 10, false)}, []int64{7}},
	} {
		c := ofTen(tt.asks...)
		c.rules.Secrecy = &communityv1.SecrecyRules{Together: tt.together, IntervalWidth: tt.width}
		if got := c.thresholds(tt.level, inHeads, weight{heads: 7}); !slices.Equal(got, tt.want) {
			t.Errorf("%+v: %v", tt, got)
		}
		one := &votingv1.EncryptedTally{Secrecy: tt.level, Totals: []*votingv1.EncryptedTotal{{}}}
		if got := c.togetherRuled(one); got != (tt.together && tt.level == passFail) {
			t.Errorf("%+v: %v", tt, got)
		}
		if c.togetherRuled(&votingv1.EncryptedTally{Secrecy: tt.level}) {
			t.Errorf("%+v: nothing is judged together", tt)
		}
	}
}

// multiples are those of the group's generator from none up, as RFC 9496 has them.
var multiples = []string{
	"0000000000000000000000000000000000000000000000000000000000000000", "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
	"6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919", "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259",
}

// sumOfMultiples is a sum by its two elements.
func sumOfMultiples(t *testing.T, a, b int) secretballot.Ciphertext {
	t.Helper()
	raw, err := hex.DecodeString(multiples[a] + multiples[b])
	if err != nil {
		t.Fatal(err)
	}
	sum, err := secretballot.DecodeCiphertext(raw)
	if err != nil || !bytes.Equal(sum.Bytes(), raw) {
		t.Fatal(err)
	}
	return sum
}

// TestShortForAll: everybody sees that a total falls short where its bound does, or where the sum hides nothing.
func TestShortForAll(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		hides, is int // whether the sum hides something, and what
		bound     int64
		asks      []int64
		want      bool
	}{
		"hidden":                     {1, 2, 3, []int64{1, 3}, false},
		"more than the bound":        {1, 2, 3, []int64{4, 1}, true},
		"nothing is asked":           {1, 2, 0, nil, false},
		"open and short":             {0, 2, 5, []int64{3}, true},
		"open and enough":            {0, 3, 5, []int64{3}, false},
		"open, and more than can be": {0, 3, 2, []int64{2}, false},
		"too large a bound":          {0, 2, secretballot.TotalMax + 1, []int64{3}, false},
	} {
		total := &votingv1.EncryptedTotal{Measure: inHeads, Bound: tt.bound}
		for _, n := range tt.asks {
			total.Claims = append(total.Claims, &votingv1.TotalClaim{Threshold: n})
		}
		c := ofTen()
		c.encrypted = &said{body: &votingv1.EncryptedTallyRecorded{Tally: &votingv1.EncryptedTally{Totals: []*votingv1.EncryptedTotal{total}}}}
		c.sums = map[sumName]secretballot.Ciphertext{nameOf(total): sumOfMultiples(t, tt.hides, tt.is)}
		if got := c.shortForAll(); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestPointsMax: points are what rules of scores allow, and one elsewhere.
func TestPointsMax(t *testing.T) {
	t.Parallel()
	c := ofTen()
	c.rules.Ballot = &communityv1.BallotRules{PointsMax: 5}
	if n := c.pointsMax(); n != 1 {
		t.Errorf("%d points for a yes", n)
	}
	if c.rules.Method = communityv1.Method_METHOD_SCORE; c.pointsMax() != 5 {
		t.Error("not five points")
	}
}

// TestNothingToAdd: where nothing is listed for opening nothing is added up, and nothing rests on ballots that cannot be read.
func TestNothingToAdd(t *testing.T) {
	t.Parallel()
	c := ofTen()
	c.add(&votingv1.EncryptedTally{}, []*secretBallot{{}}, place{})
	if c.check.Why != nil || c.check.Looked > 0 || c.sums != nil {
		t.Errorf("%+v", c.check)
	}
}
