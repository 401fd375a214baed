package voting_test

import (
	"crypto/rand"
	"fmt"
	"testing"

	"renlin.dev/pkg/secretballot"
	keys "renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// estate are so many owners with homes of five sizes.
func estate(owners int) (seats []seat) {
	sizes := []int64{62_50, 75_00, 89_30, 104_80, 128_00}
	for i := range owners {
		seats = append(seats, seat{fmt.Sprintf("owner %d", i), 1, sizes[i%len(sizes)]})
	}
	return seats
}

// estateRules are those of art. 278 for ordinary matters, pass or fail, judged together or apart.
func estateRules(together bool) *communityv1.PollRules {
	r := secretRules(levelPassFail)
	r.Secrecy.AnonymityMin, r.Secrecy.IntervalWidth, r.Secrecy.Together = 0, 0, together
	return r
}

// The owners of a large estate can hold a secret poll of pass or fail by heads and area, because these are judged together: after the close
// there is something to open, and it tells pass or fail alone. Apart, the meter lets nothing pass.
func TestSecretEstateCloses(t *testing.T) {
	t.Parallel()
	seats := estate(300)
	ends := func(rules *communityv1.PollRules) (*booth, *votingv1.EncryptedTally) {
		b := openBooth(t, rules, question, seats...)
		for i, s := range seats[:210] {
			b.must(b.cast(s.name, choice(i%3/2)...)) // two of three say yes
		}
		return b, b.close()
	}
	if _, e := ends(estateRules(false)); e.GetSecrecy() != levelNone || e.GetLeak()[0].GetReport().GetRefused() != "leak.not_shown_safe" {
		t.Errorf("apart: %v", e)
	}
	b, e := ends(estateRules(true))
	if e.GetSecrecy() != levelPassFail || !e.GetTogether() || len(e.GetTotals()) != 2 || e.GetLeak()[0].GetReport().GetRefused() != "" {
		t.Fatalf("added up: %v", e)
	}
	verdict := b.proveTogether(t)
	b.must(b.send("voting.prove_totals", &votingv1.ProveTotals{Poll: b.id, Verdicts: [][]byte{verdict}}, holderOne))
	b.carryOut("voting.record_tally")
	got := b.poll(b.id).Tally
	if got.GetResult() != passed || got.GetSecret().GetTogether() != reached || got.GetSecret().GetLeak().GetRefused() != "" {
		t.Errorf("tally %v", got)
	}
}

// proveTogether does the one trustee's work of a poll whose requirements are judged together, and answers the verdict.
func (b *booth) proveTogether(t *testing.T) []byte {
	t.Helper()
	u, _ := theUrn()
	work, err := b.poll(b.id).Work()
	if err != nil {
		t.Fatal(err)
	}
	body := &votingv1.BlindTotals{Poll: b.id}
	for _, asked := range work.Asked {
		part, err := u.share.Blind(rand.Reader, u.ceremony, u.seal, asked.Total, []int{1})
		if err != nil {
			t.Fatal(err)
		}
		body.Messages = append(body.Messages, part.Bytes())
	}
	b.must(b.send("voting.blind_totals", body, holderOne))
	var opened []*keys.OpenedTotal
	var values, thresholds []uint64
	for i, asked := range work.Asked {
		parts, err := b.poll(b.id).Parts(i)
		if err != nil {
			t.Fatal(err)
		}
		o, err := keys.OpenTotal(u.key, u.ceremony, u.seal, asked.Total, parts)
		if err != nil {
			t.Fatal(err)
		}
		totals, err := secretballot.NewTotals(int64(asked.Bound))
		if err != nil {
			t.Fatal(err)
		}
		n, err := totals.Find(o.Value)
		if err != nil {
			t.Fatal(err)
		}
		opened, values, thresholds = append(opened, o), append(values, uint64(n)), append(thresholds, asked.Thresholds...)
	}
	v, err := keys.ProveTogether(rand.Reader, opened, values, thresholds)
	if err != nil {
		t.Fatal(err)
	}
	return v.Bytes()
}
