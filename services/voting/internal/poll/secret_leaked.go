package poll

import (
	"cmp"
	"slices"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/rules"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/leak"
	"renlin.dev/services/voting/internal/tally"
)

// leaked measures what the result tells of single voters, now that it is known; nil where nothing was opened. Where a voter who does not
// say yes may as well say no or abstain, it is asked about both: of three choices one who is known not to have said yes has two left.
func (p *Poll) leaked(rows []Credential, known *found) (*votingv1.LeakReport, error) {
	if len(known.spans) == 0 {
		return nil, nil
	}
	shape, err := shapeOf(p.Question, p.Rules)
	if err != nil {
		return nil, err
	}
	limits := leak.DefaultLimits()
	limits.AnonymityMin = cmp.Or(int64(p.Rules.GetSecrecy().GetAnonymityMin()), limits.AnonymityMin)
	if rules.ByFilling(p.Rules) {
		return p.leakedFillings(rows, known, limits), nil
	}
	e, choices := p.Secret.Encrypted, choicesOf(shape)
	worst := &votingv1.LeakReport{}
	asked := [][][]int64{choices}
	if e.GetSecrecy() != communityv1.Secrecy_SECRECY_TOTALS {
		asked = append(asked, [][]int64{{1}, {0}})
	}
	for i, choices := range asked {
		publication, result := published(e, p.Rules, choices, known)
		report, err := leak.After(classesOf(rows), publication, result, limits)
		if err != nil {
			return &votingv1.LeakReport{Refused: fault.Of(err).Code}, nil
		}
		if now := reportOf(report); i == 0 || now.GetPosteriorMicros() > worst.GetPosteriorMicros() {
			worst = now
		}
	}
	return worst, nil
}

func reportOf(r leak.Report) *votingv1.LeakReport {
	out := &votingv1.LeakReport{
		AnonymityMin: r.AnonymityMin, PosteriorMicros: r.PosteriorMicros, ChanceMicros: r.ChanceMicros, Exact: r.Exact,
	}
	if r.Refused != nil {
		out.Refused = fault.Of(r.Refused).Code
	}
	return out
}

// classesOf gathers credentials of the same weight. All of them took part.
func classesOf(rows []Credential) (classes []leak.Class) {
	place := map[tally.Weight]int{}
	for _, r := range rows {
		i, there := place[r.Weight]
		if !there {
			i = len(classes)
			place[r.Weight] = i
			classes = append(classes, leak.Class{Weight: r.Weight})
		}
		classes[i].Voters++
		classes[i].Took++
	}
	return classes
}

// published is what became known of the ballots. Of exact totals of yes, no and abstention two tell the third, because everybody sees who
// took part. In which interval a total lies is one figure, and each threshold that is no end of one is another. Of those that are judged
// together it is known whether all are reached.
func published(
	e *votingv1.EncryptedTally, r *communityv1.PollRules, choices [][]int64, known *found,
) (p leak.Publication, result []int64) {
	p.Choices = len(choices)
	add := func(t *votingv1.EncryptedTotal, width, least, value int64) {
		f := leak.Figure{Measure: measures[t.GetMeasure()], Width: width, AtLeast: least}
		for _, c := range choices {
			f.Points = append(f.Points, c[t.GetOption()])
		}
		p.Figures, result = append(p.Figures, f), append(result, value)
	}
	yesNo := r.GetMethod() == communityv1.Method_METHOD_YES_NO
	for i, t := range e.GetTotals() {
		low, width := known.spans[i].low, r.GetSecrecy().GetIntervalWidth()
		if e.GetSecrecy() == communityv1.Secrecy_SECRECY_TOTALS {
			if !yesNo || t.GetOption() != tally.Abstain {
				add(t, 1, 0, low)
			}
			continue
		}
		intervals := e.GetSecrecy() == communityv1.Secrecy_SECRECY_INTERVAL && width > 0
		if intervals {
			add(t, width, 0, low/width)
		}
		for _, limit := range thresholds(t) {
			if !intervals || int64(limit)%width != 0 {
				add(t, 0, int64(limit), int64(one(uint64(low) >= limit)))
			}
		}
	}
	if e.GetTogether() && len(result) > 0 {
		p.Together, result = true, []int64{int64(one(!slices.Contains(result, 0)))}
	}
	return p, result
}
