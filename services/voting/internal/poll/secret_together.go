package poll

import (
	"slices"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// Requirements that are judged together: of the yes it becomes known whether it reaches what all of them need, and nothing of any single
// one. In each measure the greatest threshold decides, so there is one for each total, and one verdict about all totals.

// judgedTogether tells whether a level of a poll's results is of that kind.
func judgedTogether(r *communityv1.PollRules, level communityv1.Secrecy) bool {
	return level == communityv1.Secrecy_SECRECY_PASS_FAIL && r.GetSecrecy().GetTogether()
}

// mayJudgeTogether tells whether the rules have something to judge together, and do not tell more than that.
func mayJudgeTogether(r *communityv1.PollRules) bool {
	ofYes := 0
	for _, q := range r.GetRequirements() {
		ofYes += int(one(q.GetOf() == communityv1.Of_OF_YES))
	}
	level := r.GetSecrecy().GetSecrecy()
	return level == communityv1.Secrecy_SECRECY_PASS_FAIL && r.GetMethod() == communityv1.Method_METHOD_YES_NO && ofYes >= 2
}

// needed is the threshold that decides of a total that is judged together; 0 for none.
func needed(t *votingv1.EncryptedTotal) (most int64) {
	for _, c := range t.GetClaims() {
		most = max(most, c.GetThreshold())
	}
	return most
}

// shortInPublic tells whether everybody sees that a total does not reach what it needs: by its bound, or because it hides nothing. Then
// nothing is asked of the others.
func (w *Work) shortInPublic() (bool, error) {
	for i, t := range w.totals {
		if needed(t) > t.GetBound() {
			return true, nil
		}
		hidden, public := w.sums[i].Public()
		if !public {
			continue
		}
		find, err := secretballot.NewTotals(t.GetBound())
		if err != nil {
			return false, err
		}
		n, err := find.Find(hidden)
		if err != nil {
			return false, err
		}
		if n < needed(t) {
			return true, nil
		}
	}
	return false, nil
}

// settle asks nothing where everybody sees that a total falls short, and otherwise of each total the one threshold that decides.
func (w *Work) settle() error {
	short, err := w.shortInPublic()
	if err != nil {
		return err
	}
	if short {
		w.Asked = nil
	}
	for i, a := range w.Asked {
		w.Asked[i].Thresholds = a.Thresholds[len(a.Thresholds)-1:]
	}
	return nil
}

// judgeTogether reads a joint verdict and holds it against the parts on the record: it must be about the thresholds that are asked.
func (p *Poll) judgeTogether(message []byte, w *Work) (*trustee.Joint, error) {
	verdict, err := trustee.DecodeJoint(message)
	if err != nil {
		return nil, err
	}
	var totals []*trustee.Total
	var lists [][]*trustee.Blinded
	var asked []uint64
	for i, a := range w.Asked {
		parts, err := p.Parts(i)
		if err != nil {
			return nil, err
		}
		totals, lists, asked = append(totals, a.Total), append(lists, parts), append(asked, a.Thresholds...)
	}
	thresholds, err := verdict.Check(w.Seal, totals, lists)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(thresholds, asked) {
		return nil, ErrTotalsClaim
	}
	return verdict, nil
}

// proveTogether takes the one verdict about all totals.
func (p *Poll) proveTogether(w *Work, me int, b *votingv1.ProveTotals) error {
	if len(b.GetVerdicts()) != 1 {
		return ErrTotalsNumber
	}
	verdict, err := p.judgeTogether(b.GetVerdicts()[0], w)
	if err != nil {
		return err
	}
	if verdict.Trustee != me {
		return ErrTrustee
	}
	return nil
}

// together tells where each total lies by the one verdict about all that are asked: from its threshold on, if all are reached. If not,
// nothing is known of any of them, unless only one was asked.
func (p *Poll) together(w *Work, out *found) (spans []span, err error) {
	if len(w.Asked) == 0 {
		return nil, nil
	}
	if len(p.Secret.Verdicts) == 0 {
		return nil, ErrTotalsFew
	}
	verdict, err := p.judgeTogether(p.Secret.Verdicts[0], w)
	if err != nil {
		return nil, err
	}
	out.together = votingv1.Together_TOGETHER_SHORT
	if verdict.Reached {
		out.together = votingv1.Together_TOGETHER_REACHED
	}
	for i, a := range w.Asked {
		s := span{0, int64(a.Bound)}
		switch threshold := int64(a.Thresholds[0]); {
		case verdict.Reached:
			s.low = threshold
		case len(w.Asked) == 1:
			s.high = threshold - 1
		}
		spans = append(spans, s)
		out.used(verdict.Each[i].Quorum)
	}
	return spans, nil
}

// used notes whose parts told something.
func (f *found) used(quorum []int) {
	for _, number := range quorum {
		if n := uint32(number); !slices.Contains(f.trustees, n) {
			f.trustees = append(f.trustees, n)
		}
	}
	slices.Sort(f.trustees)
}

// asRuled tells whether just those totals are judged together that the rules name, each against just what it needs, and none where each is
// judged by itself: of one of two alone would become known what is to stay hidden.
func (p *Poll) asRuled(part tally.Weight) bool {
	e := p.Secret.Encrypted
	if len(e.GetTotals()) == 0 || !judgedTogether(p.Rules, e.GetSecrecy()) {
		return !e.GetTogether()
	}
	listed := e.GetTotals()
	for _, m := range openedMeasures(p.Rules) {
		limits := claims(p.Rules, e.GetSecrecy(), m, part, p.wholeRoll())
		if len(limits) == 0 {
			continue
		}
		if len(listed) == 0 || listed[0].GetMeasure() != m || listed[0].GetOption() != tally.Yes ||
			len(listed[0].GetClaims()) != 1 || needed(listed[0]) != limits[0] {
			return false
		}
		listed = listed[1:]
	}
	return e.GetTogether() && len(listed) == 0
}
