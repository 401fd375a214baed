package poll

import (
	"slices"

	"renlin.dev/pkg/rules"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// checkFigures refuses rules that ask for a figure that no secret poll gives: who took part without abstaining, how many points an option
// must have, and a share of the valid ballots where blank ones look like others, or only thresholds are proved. A quorum of those who say
// yes is such a figure too: where nothing need be opened, nobody could tell which of two words the result is.
func checkFigures(r *communityv1.PollRules) error {
	level, method, least := r.GetSecrecy().GetSecrecy(), r.GetMethod(), r.GetBallot().GetOptionsMin()
	if level <= communityv1.Secrecy_SECRECY_OPEN {
		return nil
	}
	quorum := func(q *communityv1.Requirement) bool { return q.GetQuorum() && q.GetOf() == communityv1.Of_OF_YES }
	ofValid := func(q *communityv1.Requirement) bool { return q.GetBase() == communityv1.Base_BASE_VALID }
	several := method == communityv1.Method_METHOD_APPROVAL || rules.BudgetOfTotals(r)
	blank := method == communityv1.Method_METHOD_SCORE || several && least == 0
	switch {
	case r.GetTurnout().GetAbstentionsAbsent(),
		slices.ContainsFunc(r.GetRequirements(), quorum),
		method == communityv1.Method_METHOD_SCORE && r.GetBallot().GetScoreMin() > 0,
		rules.ByFilling(r) && slices.ContainsFunc(r.GetRequirements(), ofValid),
		(blank || level > communityv1.Secrecy_SECRECY_TOTALS) && slices.ContainsFunc(r.GetRequirements(), ofValid):
		return ErrFiguresHidden
	}
	return nil
}

// span is what is known of a total: it lies from Low to High, both included.
type span struct{ low, high int64 }

func (s span) exact() bool { return s.low == s.high }

// found is what is known of a secret poll's totals: a span for each that is listed, in their order, and whose parts told it.
type found struct {
	spans    []span
	trustees []uint32
	together votingv1.Together
}

// find puts together what the trustees have said. Of what they were not asked, everybody finds it.
func (p *Poll) find() (*found, error) {
	out := &found{}
	if p.Secret.Encrypted.GetTotals() == nil {
		return out, nil
	}
	w, err := p.Work()
	if err != nil {
		return nil, err
	}
	var most int64
	for _, t := range w.totals {
		most = max(most, t.GetBound())
	}
	totals, err := secretballot.NewTotals(most)
	if err != nil {
		return nil, err
	}
	if w.Sums != nil {
		return out, p.decrypted(w, totals, out)
	}
	return out, p.proved(w, totals, out)
}

// decrypted finds all totals from the trustees' parts.
func (p *Poll) decrypted(w *Work, totals *secretballot.Totals, out *found) error {
	var parts []*trustee.Partial
	for _, message := range p.Secret.Decrypted {
		if len(message) == 0 {
			continue
		}
		part, err := trustee.DecodePartial(message)
		if err != nil {
			return err
		}
		parts = append(parts, part)
	}
	opened, err := trustee.Combine(w.Seal, w.Sums, parts)
	if err != nil {
		return err
	}
	for i, hidden := range opened.Values {
		n, err := totals.Find(hidden)
		if err != nil || n > w.totals[i].GetBound() {
			return ErrUncounted.Because(err)
		}
		out.spans = append(out.spans, span{n, n})
	}
	for _, number := range opened.Trustees {
		out.trustees = append(out.trustees, uint32(number))
	}
	return nil
}

// proved tells between which thresholds each total lies: by its proof, or by its bound, or, where it hides nothing, by looking.
func (p *Poll) proved(w *Work, totals *secretballot.Totals, out *found) error {
	var judged []span
	var err error
	if w.Together {
		if judged, err = p.together(w, out); err != nil {
			return err
		}
	}
	asked := 0
	for i, t := range w.totals {
		limits, bound, low, high := thresholds(t), uint64(t.GetBound()), uint64(0), uint64(0)
		hidden, public := w.sums[i].Public()
		switch {
		case asked < len(judged) && w.Asked[asked].place == i:
			low, high = uint64(judged[asked].low), uint64(judged[asked].high)
			asked++
		case asked < len(w.Asked) && w.Asked[asked].place == i:
			if low, high, err = p.verdictOn(w, asked, out); err != nil {
				return err
			}
			asked++
		case public:
			n, err := totals.Find(hidden)
			if err != nil {
				return err
			}
			low, high = between(limits, bound, uint64(n))
		default:
			high = bound
		}
		out.spans = append(out.spans, span{int64(low), int64(high)})
	}
	return nil
}

// verdictOn reads the proof of an asked total.
func (p *Poll) verdictOn(w *Work, asked int, out *found) (low, high uint64, err error) {
	if asked >= len(p.Secret.Verdicts) {
		return 0, 0, ErrTotalsFew
	}
	verdict, err := trustee.DecodeVerdict(p.Secret.Verdicts[asked])
	if err != nil {
		return 0, 0, err
	}
	if low, high, err = p.judge(verdict, w, asked); err != nil {
		return 0, 0, err
	}
	out.used(verdict.Quorum)
	return low, high, nil
}

// weightsOf gives what credentials weigh, and all of them together.
func weightsOf(rows []Credential) (weights []tally.Weight, sum tally.Weight, err error) {
	for _, r := range rows {
		weights = append(weights, r.Weight)
	}
	sum, err = tally.Sum(weights)
	return weights, sum, err
}

// countSecret counts a secret poll: what the trustees have opened, and who took part, which everybody can see.
func countSecret(p *Poll, sealed *Sealed) (*votingv1.Tally, error) {
	known, err := p.find()
	if err != nil {
		return nil, err
	}
	return p.countFrom(known, sealed)
}

func (p *Poll) countFrom(known *found, sealed *Sealed) (*votingv1.Tally, error) {
	c, err := newCount(p.Question, p.Rules, p.Roll, nil)
	if err != nil {
		return nil, err
	}
	rows := sealed.Secret.voted()
	_, part, err := weightsOf(rows)
	if err != nil {
		return nil, err
	}
	e := p.Secret.Encrypted
	out := &votingv1.Tally{
		Ballots: e.GetBallots(), Valid: e.GetBallots(), Replaced: e.GetReplaced(), InvalidBallots: &votingv1.InvalidBallots{},
		StandsWithoutHosted: true, Notice: sealed.noticeReport(p.Notice), ParticipantsHeads: part.Heads, ParticipantsAreaCentiM2: part.Area,
		Secret: &votingv1.SecretReport{
			Secrecy: e.GetSecrecy(), Credentials: p.Secret.Credentials, Challenged: e.GetChallenged(), Trustees: known.trustees,
			Together: known.together,
		},
	}
	out.Channels, out.CastBy = sealed.Secret.report(p.Rules.GetPaper()), sealed.Secret.castBy(c.measured)
	if c.measured {
		out.ParticipantsMeasured = measuredOf(part)
	}
	if n := p.Rules.GetTurnout().GetNonVoters(); n != communityv1.NonVoters_NON_VOTERS_UNSPECIFIED {
		out.Turnout = &votingv1.Turnout{NonVoters: n} // who did not vote nobody knows by name
	}
	h, err := c.heard(p, known, part)
	if err != nil {
		return nil, err
	}
	if err := h.decide(c, out, e.GetSecrecy(), known.together); err != nil {
		return nil, err
	}
	if e.GetSecrecy() != communityv1.Secrecy_SECRECY_TOTALS {
		for i, s := range known.spans {
			t := e.GetTotals()[i]
			out.Secret.Ranges = append(out.Secret.Ranges, &votingv1.TotalRange{
				Measure: t.GetMeasure(), Option: t.GetOption(), Low: s.low, High: s.high,
			})
		}
	}
	out.Abstained = h.abstained(rows)
	out.Secret.Leak, err = p.leaked(rows, known)
	return out, err
}
