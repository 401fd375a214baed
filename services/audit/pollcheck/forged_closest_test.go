package pollcheck_test

import (
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/audit/pollcheck"
)

// answers lists what is found of a poll, but by the leak meter, and which checks could not be made.
func (r *record) answers() (codes, unmade string) {
	var list, not []string
	p := r.check().Polls[0]
	for _, f := range p.Findings {
		if f.Check != "leak" {
			list = append(list, f.Code)
		}
	}
	for _, c := range p.Checks {
		if c.State == pollcheck.Unchecked && c.Name != "leak" {
			not = append(not, c.Name)
		}
	}
	return strings.Join(list, " "), strings.Join(not, " ")
}

// TestWrongVerdicts: of a total about which a proof is wrong nothing is known, and that is all that is said.
func TestWrongVerdicts(t *testing.T) {
	flipped := on(0, func(b *votingv1.TotalsProved) { b.Verdicts[0] = flip(b.Verdicts[0]) })
	for name, v := range map[string]struct {
		r      *record
		change func(r *record)
		want   string
	}{
		"of one of two":  {secretPassFail(t), flipped, "opening.verdict"},
		"of all":         {togetherShort(t), flipped, "opening.verdict"},
		"of too little":  {interval(t, []trustee.Claim{{Reached: true, Threshold: 2}, {Threshold: 5}}), func(*record) {}, "opening.claims"},
		"of nothing now": {secretPassFail(t), on(0, func(b *votingv1.TotalsProved) { b.Verdicts[0] = []byte{1} }), "opening.verdict"},
	} {
		v.change(v.r)
		codes, unmade := v.r.answers()
		if codes != v.want || !slices.Contains(strings.Fields(unmade), "count") {
			t.Errorf("%s: %s is found, %s not looked at, want %s", name, codes, unmade, v.want)
		}
	}
}

// TestExactPartOfSealed: a right part of the opening is one too many where only thresholds may be told.
func TestExactPartOfSealed(t *testing.T) {
	w := secret(t, "secret pass or fail", rulesOf(communityv1.Secrecy_SECRECY_PASS_FAIL, yesNo), question(), yesNoShape(t))
	w.votes()
	w.encrypted(communityv1.Secrecy_SECRECY_PASS_FAIL, w.total(heads, 0, 3), w.total(area, 0, 20501))
	s := &trustee.Sums{Election: w.id32}
	for _, m := range []communityv1.Measure{heads, area} {
		sums, _ := w.sums(m)
		s.List = append(s.List, sums[0])
	}
	part, err := w.shares[0].Decrypt(w.rand, w.seal, s)
	must(t, err)
	w.says(1, &votingv1.TotalsDecrypted{Trustee: 1, Message: part.Bytes()})
	if codes, _ := w.answers(); codes != "parts.refused" {
		t.Errorf("%s", codes)
	}
}
