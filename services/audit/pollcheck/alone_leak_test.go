package pollcheck

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// TestLeakChoices: the ways to fill a ballot in, as far as anybody looks.
func TestLeakChoices(t *testing.T) {
	t.Parallel()
	one := func(most, lo, hi int64) secretballot.Shape {
		return secretballot.Shape{
			Selections: []int64{most}, Sums: []secretballot.Sum{{Terms: []secretballot.Term{{Selection: 0, Coefficient: 1}}, Lo: lo, Hi: hi}},
		}
	}
	approval := func(options, least, most int) secretballot.Shape {
		s, err := secretballot.Approval(options, least, most)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for i, v := range []struct {
		shape secretballot.Shape
		want  int
	}{
		{approval(3, 1, 2), 6}, {approval(3, 1, 3), 7}, {approval(3, 0, 1), 4}, {approval(40, 40, 40), choicesMax + 1},
		{one(200, 0, 200), choicesMax + 1}, {one(choicesMax-1, 0, 200), choicesMax}, {one(99_998, 99_998, 99_998), 1},
		{one(99_999, 5, 5), choicesMax + 1},
	} {
		if got := len(choicesOf(v.shape)); got != v.want {
			t.Errorf("%d: %d ways", i, got)
		}
	}
}

// secretOf is a poll in which so many vote, each of one head.
func secretOf(r *communityv1.PollRules, options, voters int, facts ...said) *checking {
	return aloneAbout(optioned(options), r, facts...).having(func(c *checking) {
		c.weights, c.known, c.results.count = map[string]weight{}, map[sumName]span{}, &count{}
		for i := range voters {
			key := []byte{byte(i), byte(i >> 8)}
			c.weights[chain.KeyID(key)] = weight{heads: 1}
			c.all = append(c.all, &secretBallot{said: &said{}, key: key, counts: true})
		}
	})
}

// yesRules ask for a share of all who take part to say yes.
func yesRules(level communityv1.Secrecy, numerator, denominator int64) *communityv1.PollRules {
	r := half(communityv1.Method_METHOD_YES_NO)
	r.Requirements[0].Numerator, r.Requirements[0].Denominator, r.Requirements[0].Strict = numerator, denominator, false
	r.Secrecy = &communityv1.SecrecyRules{Secrecy: level}
	return r
}

const (
	exactly = communityv1.Secrecy_SECRECY_TOTALS
	passes  = communityv1.Secrecy_SECRECY_PASS_FAIL
)

// TestLeakAlone: the meter's word is asked for where there is something that it can be asked of.
func TestLeakAlone(t *testing.T) {
	t.Parallel()
	opening, lapse := saying(&votingv1.PollOpened{}), saying(&votingv1.OpeningLapsed{})
	said := func(r *votingv1.LeakReport) said { return saying(&votingv1.PollOpened{Leak: r}) }
	encrypted := saying(&votingv1.EncryptedTallyRecorded{Tally: &votingv1.EncryptedTally{Leak: []*votingv1.LeakStep{{}}}})
	unasked := func() *communityv1.PollRules { // of approvals nothing is told by passing or failing
		r := secretRules(communityv1.Method_METHOD_APPROVAL)
		r.Secrecy.Secrecy = passes
		return r
	}
	unknown := func(c *checking) { c.weights = nil }
	hiding := func(c *checking) { c.hidden = hidden{3} }
	many := func() *communityv1.PollRules { return secretRules(committee) }
	wide := func() *communityv1.PollRules {
		r := secretRules(communityv1.Method_METHOD_APPROVAL)
		r.Ballot = &communityv1.BallotRules{OptionsMin: 1}
		return r
	}
	intervals := yesRules(communityv1.Secrecy_SECRECY_INTERVAL, 1, 2)
	pinned := saying(&votingv1.OpeningLapsed{Reason: "leak.voter_pinned"})
	refused := &votingv1.LeakReport{Refused: "leak.voter_pinned"}
	run := (*checking).leak
	ask(t, []asking{
		{"not secret", secretOf(openRules(1), 0, 0, opening).having(unknown), run, "none"},
		{"only called", secretOf(unasked(), 3, 0).having(unknown), run, "none"},
		{"opened to nobody knows whom", secretOf(unasked(), 3, 0, opening).having(unknown), run, "unchecked"},
		{"lapsed likewise", secretOf(unasked(), 3, 0, lapse).having(unknown), run, "unchecked"},
		{"summed up likewise", secretOf(unasked(), 3, 0, encrypted).having(unknown), run, "unchecked"},
		{"nothing to ask", secretOf(unasked(), 3, 1, opening), run, "none"},
		{"intervals of no width", secretOf(intervals, 0, 1, opening), run, "none"},
		{"a ballot may be hidden", secretOf(unasked(), 3, 1, opening.in(2), saying(&votingv1.PollClosed{}).in(4),
			saying(&votingv1.EncryptedTallyRecorded{}).in(5)).having(hiding), run, "unchecked"},
		{"nothing can be considered", secretOf(unasked(), 3, 1, opening, saying(&votingv1.EncryptedTallyRecorded{})), run, "holds"},
		{"none may be", secretOf(unasked(), 3, 1, opening.in(4), saying(&votingv1.PollClosed{}).in(5), encrypted.in(6)),
			run, "fails leak.levels"},
		{"too many ways, and let pass", secretOf(many(), 40, 1, said(&votingv1.LeakReport{})), run, "fails leak.refused"},
		{"too many ways, and refused", secretOf(many(), 40, 1, said(refused)), run, "fails leak.refused"},
		{"too many choices, and refused", secretOf(wide(), 7, 1, said(refused)), run, "fails leak.refused"},
		{"too many choices, and let pass", secretOf(wide(), 7, 1, said(&votingv1.LeakReport{})), run, "fails leak.refused"},
		{"too many voters", secretOf(yesRules(exactly, 1, 2), 0, 300, said(&votingv1.LeakReport{AnonymityMin: 300})), run, "unchecked"},
		{"lapsed for too many ways", secretOf(many(), 40, 1, pinned), run, "none"},
		{"lapsed for too many choices", secretOf(wide(), 7, 1, pinned), run, "none"},
		{"lapsed for too many voters", secretOf(yesRules(exactly, 1, 2), 0, 300, pinned), run, "unchecked"},
		{"lapsed, as all must say yes", secretOf(yesRules(passes, 1, 1), 0, 5, pinned), run, "holds"},
		{"lapsed, though half of them may", secretOf(yesRules(passes, 1, 2), 0, 6, pinned), run, "fails leak.refused"},
		{"lapsed for something else", secretOf(yesRules(passes, 1, 2), 0, 6, lapse), run, "none"},
	})
}

// steps are the meter's words, right, about the first levels.
func (c *checking) leakSteps(levels int) (list []*votingv1.LeakStep) {
	who := c.tookPart()
	for _, p := range c.levelsFor(c.part())[:levels] {
		list = append(list, &votingv1.LeakStep{
			Secrecy: p.level, Report: p.report(who, p.reckon(who, nil), c.hiddenMin(), !p.coarse()),
		})
	}
	return list
}

// TestLeakConsidered: levels are gone through until one may be told, or none is left.
func TestLeakConsidered(t *testing.T) {
	t.Parallel()
	by := func(r *communityv1.PollRules, voters, levels int) *checking {
		e := &votingv1.EncryptedTally{}
		c := secretOf(r, 0, voters, saying(&votingv1.EncryptedTallyRecorded{Tally: e}))
		e.Leak = c.leakSteps(levels)
		return c
	}
	of := func(voters, levels int) *checking { return by(yesRules(exactly, 1, 2), voters, levels) }
	unasking := yesRules(exactly, 1, 2)
	unasking.Requirements = nil
	run := (*checking).leakConsidered
	ask(t, []asking{
		{"nobody took part", of(0, 0), run, "holds"},
		{"considered though nobody took part", of(0, 1), run, "fails leak.levels"},
		{"likewise, where nothing is asked for", by(unasking, 0, 1), run, "fails leak.levels"},
		{"the first may be told", of(8, 1), run, "holds"},
		{"none may be told", of(2, 2), run, "holds"},
		{"one of two that may not be told", of(2, 1), run, "fails leak.levels"},
		{"none is considered", of(8, 0), run, "fails leak.levels"},
	})
}

// TestLeakToldAlone: what the result has told is held against what was opened.
func TestLeakToldAlone(t *testing.T) {
	t.Parallel()
	of := func(r *communityv1.PollRules, options, voters int, told *votingv1.LeakReport, known int64, totals ...*votingv1.EncryptedTotal,
	) *checking {
		return secretOf(r, options, voters, tallied(&votingv1.Tally{Secret: &votingv1.SecretReport{Leak: told}}),
			saying(&votingv1.EncryptedTallyRecorded{Tally: &votingv1.EncryptedTally{Secrecy: r.GetSecrecy().GetSecrecy(), Totals: totals}}),
		).having(func(c *checking) {
			for _, total := range totals {
				c.known[nameOf(total)] = span{known, known}
			}
		})
	}
	yes := listed(headsMeasure, 6, 3)
	r := yesRules(passes, 1, 2)
	right := &votingv1.LeakReport{}
	c := of(r, 0, 6, right, 3, yes)
	for _, p := range c.told() {
		now := p.report(c.tookPart(), p.reckon(c.tookPart(), &p.cell), c.hiddenMin(), false)
		if now.GetPosteriorMicros() > right.GetPosteriorMicros() {
			right = now
		}
	}
	changed := func(change func(r *votingv1.LeakReport)) *votingv1.LeakReport {
		r := proto.Clone(right).(*votingv1.LeakReport)
		change(r)
		return r
	}
	bounded := func(by int64) *votingv1.LeakReport {
		return changed(func(r *votingv1.LeakReport) { r.Exact, r.PosteriorMicros = false, r.GetPosteriorMicros()+by })
	}
	wide := secretRules(communityv1.Method_METHOD_APPROVAL)
	wide.Ballot = &communityv1.BallotRules{OptionsMin: 1}
	refused := &votingv1.LeakReport{Refused: "leak.voter_pinned"}
	run := (*checking).leakTold
	ask(t, []asking{
		{"not counted", secretOf(r, 0, 6), run, "none"},
		{"nothing was opened that is known", of(r, 0, 6, nil, 3).having(func(c *checking) { c.known = nil }), run, "none"},
		{"nothing was counted", of(r, 0, 6, nil, 3).having(func(c *checking) { c.results.count = nil }), run, "none"},
		{"nothing was listed", of(r, 0, 6, nil, 3), run, "holds"},
		{"no word", of(r, 0, 6, nil, 3, yes), run, "fails leak.missing"},
		{"as it is", of(r, 0, 6, right, 3, yes), run, "holds"},
		{"surer than it is", of(r, 0, 6, changed(func(r *votingv1.LeakReport) { r.PosteriorMicros++ }), 3, yes), run, "fails leak.told"},
		{"at most as sure", of(r, 0, 6, bounded(0), 3, yes), run, "holds"},
		{"less sure than it is", of(r, 0, 6, bounded(-1), 3, yes), run, "fails leak.told"},
		{"among others", of(r, 0, 6, changed(func(r *votingv1.LeakReport) { r.Exact, r.AnonymityMin = false, 5 }), 3, yes), run,
			"fails leak.told"},
		{"what nobody can have said", of(yesRules(exactly, 1, 2), 0, 2, right, 5, listed(headsMeasure, 6)), run, "unchecked"},
		{"too many choices, and refused", of(wide, 7, 2, refused, 1, listed(headsMeasure, 2)), run, "holds"},
		{"too many choices, and let pass", of(wide, 7, 2, &votingv1.LeakReport{}, 1, listed(headsMeasure, 2)), run, "fails leak.told"},
		{"too many ways", of(secretRules(committee), 40, 2, right, 1, listed(headsMeasure, 2)), run, "holds"},
	})
}

// TestLeakToldBy: what totals have told, by each kind of poll.
func TestLeakToldBy(t *testing.T) {
	t.Parallel()
	of := func(r *communityv1.PollRules, options int, known int64, totals ...*votingv1.EncryptedTotal) *checking {
		return secretOf(r, options, 6,
			saying(&votingv1.EncryptedTallyRecorded{Tally: &votingv1.EncryptedTally{Secrecy: r.GetSecrecy().GetSecrecy(), Totals: totals}}),
		).having(func(c *checking) {
			for _, total := range totals {
				c.known[nameOf(total)] = span{known, known}
			}
		})
	}
	yes := listed(headsMeasure, 6, 3)
	wide := secretRules(communityv1.Method_METHOD_APPROVAL)
	wide.Ballot = &communityv1.BallotRules{OptionsMin: 1}
	for name, v := range map[string]struct {
		c             *checking
		list          int
		ways, figures int
		cell          sums
	}{
		"three ways and a blank":  {of(secretRules(committee), 2, 2, yes), 1, 4, 0, sums{4}},
		"too many ways":           {of(secretRules(committee), 40, 2, yes), 0, 0, 0, sums{}},
		"no ballots of such kind": {of(secretRules(communityv1.Method_METHOD_BUDGET_EQUAL_SHARES), 2, 2, yes), 0, 0, 0, sums{}},
		"too many choices":        {of(wide, 7, 2, yes), 1, 0, 1, sums{}},
		"exactly":                 {of(yesRules(exactly, 1, 2), 0, 2, yes), 1, 0, 1, sums{2}},
		"short of it":             {of(yesRules(passes, 1, 2), 0, 2, yes), 2, 0, 1, sums{0}},
		"just reached":            {of(yesRules(passes, 1, 2), 0, 3, yes), 2, 0, 1, sums{1}},
	} {
		list := v.c.told()
		if len(list) != v.list {
			t.Errorf("%s: %d are told", name, len(list))
			continue
		}
		if len(list) > 0 && (list[0].ways != v.ways || len(list[0].figures) != v.figures || list[0].cell != v.cell) {
			t.Errorf("%s: %+v, %v", name, list[0].publication, list[0].cell)
		}
	}
}
