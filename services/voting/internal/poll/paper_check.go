package poll

import (
	"slices"

	"renlin.dev/pkg/decider"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// sampled finds a counted poll whose samples are drawn.
func sampled(v *decider.View, poll string) (*Poll, *Sample, error) {
	p, err := counted(v, poll)
	if err != nil {
		return nil, nil, err
	}
	s, ok := decider.Get[Sample](v, samplePath(poll))
	if !ok {
		return nil, nil, ErrSampleAwaited
	}
	return p, s, nil
}

// checker refuses to have a voter's ballot checked by whoever entered it, or belongs to an organisation that did.
func checker(v *decider.View, cmd *decider.Command, poll, voter string) error {
	org, err := auditorOrg(v, cmd)
	if err != nil {
		return err
	}
	b, ok := decider.Get[Ballot](v, BallotPath(poll, voter))
	if !ok || cmd.Actor == voter {
		return ErrAuditor
	}
	if b.Paper == 0 {
		return nil // a helper's ballot, which no operator entered
	}
	papers, _ := decider.Get[Papers](v, PaperPath(poll, voter)) // the ballot came on one of them
	if slices.ContainsFunc(papers.Sheets[b.Paper-1].Entries, func(e Entry) bool { return e.Org == org || e.Operator == cmd.Actor }) {
		return ErrAuditor
	}
	return nil
}

// RecordCallBack notes what a voter of the sample says. Who could not be reached may be asked again.
func RecordCallBack(v *decider.View, cmd *decider.Command, b *votingv1.RecordCallBack) ([]decider.Change, error) {
	p, s, err := sampled(v, b.GetPoll())
	if err != nil {
		return nil, err
	}
	path := callBacks(b.GetPoll()) + "/" + b.GetVoter()
	_, known := votingv1.Answer_name[int32(b.GetAnswer())]
	switch {
	case !known || b.GetAnswer() == votingv1.Answer_ANSWER_UNSPECIFIED:
		return nil, ErrAnswer
	case !slices.Contains(s.CallBacks, b.GetVoter()):
		return nil, ErrSampleOutside
	}
	check := checker
	if p.secret() {
		check = sheetChecker
	}
	if err := check(v, cmd, b.GetPoll(), b.GetVoter()); err != nil {
		return nil, err
	}
	if last, ok := decider.Get[CallBack](v, path); ok && last.Answer != votingv1.Answer_ANSWER_UNREACHED {
		return nil, ErrAnswered
	}
	return []decider.Change{decider.On(path, &votingv1.CallBackRecorded{Answer: b.GetAnswer()})}, nil
}

// CompareBallot notes whether a sheet says what was counted. The first that differs has all of them compared.
func CompareBallot(v *decider.View, cmd *decider.Command, b *votingv1.CompareBallot) ([]decider.Change, error) {
	p, s, err := sampled(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.secret():
		return nil, ErrSecret
	}
	path := comparisons(b.GetPoll()) + "/" + b.GetVoter()
	ballot, ok := decider.Get[Ballot](v, BallotPath(b.GetPoll(), b.GetVoter()))
	switch {
	case !slices.Contains(s.Compared, b.GetVoter()) && (!s.Recount || !ok || ballot.Paper == 0):
		return nil, ErrSampleOutside
	case v.Exists(path):
		return nil, ErrCompared
	}
	if err := checker(v, cmd, b.GetPoll(), b.GetVoter()); err != nil {
		return nil, err
	}
	changes := []decider.Change{decider.On(path, &votingv1.BallotCompared{Differs: b.GetDiffers()})}
	if b.GetDiffers() && !s.Recount {
		changes = append(changes, decider.On(samplePath(b.GetPoll()), &votingv1.RecountOrdered{}))
	}
	return changes, nil
}

// audited says what the checks after the count came to; nil where there was nothing to check. Where papers were to be audited and nobody
// drew the sample, that is a finding too.
func audited(v *decider.View, poll string, p *Poll) *votingv1.PaperAudit {
	report, rules := p.Tally.GetChannels(), p.Rules.GetPaper()
	if rules == nil {
		return nil // and nothing is looked at: such polls are certified as they always were
	}
	papers := uint32(0)
	for _, c := range report.GetChannels() {
		if c.GetChannel() == votingv1.Channel_CHANNEL_PAPER {
			papers = c.GetBallots()
		}
	}
	s, drawn := decider.Get[Sample](v, samplePath(poll))
	risk := rules.GetRiskLimitPermille()
	if !drawn {
		if papers == 0 || risk == 0 {
			return nil
		}
		return &votingv1.PaperAudit{
			Verdict: votingv1.PaperVerdict_PAPER_VERDICT_UNFINISHED, RiskLimitPermille: risk, Papers: papers,
		}
	}
	out := &votingv1.PaperAudit{
		RiskLimitPermille: risk, Papers: papers, WrongMin: s.WrongMin,
		Sampled: uint32(len(s.Compared)), CallBacks: uint32(len(s.CallBacks)),
	}
	for _, c := range decider.All[Comparison](v, comparisons(poll)) {
		out.Compared++
		out.Differing += one(c.Differs)
	}
	for _, c := range decider.All[CallBack](v, callBacks(poll)) {
		out.Confirmed += one(c.Answer == votingv1.Answer_ANSWER_CONFIRMED)
		out.Denied += one(c.Answer == votingv1.Answer_ANSWER_DENIED)
		out.Unreached += one(c.Answer == votingv1.Answer_ANSWER_UNREACHED)
	}
	if risk > 0 && papers > 0 {
		out.Verdict = s.verdict(out)
	}
	return out
}

// verdict says what the comparisons came to.
func (s *Sample) verdict(a *votingv1.PaperAudit) votingv1.PaperVerdict {
	switch {
	case s.WrongMin == 0:
		return votingv1.PaperVerdict_PAPER_VERDICT_NOT_NEEDED
	case !s.Recount && a.GetCompared() == a.GetSampled():
		return votingv1.PaperVerdict_PAPER_VERDICT_CONFIRMED
	case a.GetCompared() < a.GetPapers(): // where all were to be compared; where not, not even the sample was
		return votingv1.PaperVerdict_PAPER_VERDICT_UNFINISHED
	case a.GetDiffering() < s.WrongMin:
		return votingv1.PaperVerdict_PAPER_VERDICT_RECOUNTED
	}
	return votingv1.PaperVerdict_PAPER_VERDICT_DOUBTFUL
}
