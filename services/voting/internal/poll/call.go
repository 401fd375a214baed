package poll

import (
	"cmp"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// optionsMax bounds a question, so that its certificate fits into a commit.
const optionsMax = 1000

// openWithinDefault is how many seconds a poll may wait for its key where the rulebook does not say: seven days.
const openWithinDefault = 7 * 24 * 60 * 60

// OnMotionPut demands the poll on a motion.
func OnMotionPut(_ *decider.View, e decider.Event, b *proposalv1.MotionPut) []decider.Demand {
	motion := e.Aggregate[len("motion/"):]
	return []decider.Demand{{
		Purpose: Path(motion), Operation: "voting.callByMotion",
		Body: &votingv1.CallPoll{Matter: b.GetMatter(), Motion: motion, Question: b.GetMotion(), Rules: b.GetRules()},
	}}
}

// OnMotionVetoed demands the appeal's poll, where the veto opens an appeal.
func OnMotionVetoed(_ *decider.View, e decider.Event, b *proposalv1.MotionVetoed) []decider.Demand {
	if b.GetAppeal() == nil {
		return nil
	}
	motion, a := e.Aggregate[len("motion/"):], b.GetAppeal()
	return []decider.Demand{{
		Purpose: "appeal/" + motion, Operation: "voting.callByMotion",
		Body: &votingv1.CallPoll{Matter: a.GetMatter(), Appeal: motion, Question: a.GetQuestion(), Rules: a.GetRules()},
	}}
}

// CallByMotion calls the poll that a motion or an appeal against its veto demands, by the rules under which it was put.
func CallByMotion(v *decider.View, cmd *decider.Command, b *votingv1.CallPoll) ([]decider.Change, error) {
	return call(v, cmd, &votingv1.PollCalled{
		Matter: b.GetMatter(), Motion: b.GetMotion(), Appeal: b.GetAppeal(), Question: b.GetQuestion(), Rules: b.GetRules(),
	})
}

// Call calls a poll without a motion: by a convener of the organisation that the rulebook names for the matter, by the rulebook's rules.
func Call(v *decider.View, cmd *decider.Command, b *votingv1.CallPoll) ([]decider.Change, error) {
	if b.GetMotion() != "" || b.GetAppeal() != "" || b.GetRules() != nil {
		return nil, ErrRulesGiven
	}
	book, ok := decider.Get[standing.Rulebook](v, standing.RulebookPath)
	if !ok {
		return nil, ErrMatter
	}
	matter := book.Matter(b.GetMatter())
	switch {
	case matter == nil:
		return nil, ErrMatter
	case matter.GetDirectConvener() == "":
		return nil, ErrDirect
	}
	m, err := standing.Active(v, cmd.Actor)
	if err != nil {
		return nil, err
	}
	if m.Roles[communityv1.Role_ROLE_CONVENER] != matter.GetDirectConvener() {
		return nil, ErrConvener
	}
	return call(v, cmd, &votingv1.PollCalled{
		Matter: b.GetMatter(), Question: b.GetQuestion(), Rules: matter.GetPoll(), Convener: cmd.Actor,
	})
}

func call(v *decider.View, cmd *decider.Command, called *votingv1.PollCalled) ([]decider.Change, error) {
	path := Path(cmd.ID.NewAggregate())
	if v.Exists(path) {
		return nil, ErrExists
	}
	if err := checkRules(called.GetRules()); err != nil {
		return nil, err
	}
	if err := checkQuestion(called.GetQuestion(), called.GetRules().GetMethod()); err != nil {
		return nil, err
	}
	if err := checkFigures(called.GetRules()); err != nil {
		return nil, err
	}
	if err := checkSecretQuestion(called.GetQuestion(), called.GetRules()); err != nil {
		return nil, err
	}
	// What is left to find are bounds and requirements that contradict each other or the number of options.
	if _, err := newCount(called.GetQuestion(), called.GetRules(), nil, nil); err != nil {
		return nil, ErrRules.Because(err)
	}
	if until := blocked(v, cmd.Time, called); until > 0 {
		if called.GetConvener() != "" {
			return nil, ErrResubmitted.WithInt("until", until)
		}
		lapsed := (&Poll{Motion: called.GetMotion()}).lapse(ErrResubmitted)
		return []decider.Change{decider.On(path, called, lapsed)}, nil
	}
	called.OpensBy = after(cmd.Time, cmp.Or(called.GetRules().GetOpenWithinSeconds(), openWithinDefault))
	return []decider.Change{decider.On(path, called)}, nil
}

func checkRules(r *communityv1.PollRules) error {
	_, known := communityv1.Electorate_name[int32(r.GetElectorate())]
	known = known && r.GetElectorate() != communityv1.Electorate_ELECTORATE_UNSPECIFIED
	if !known || r.GetVotingSeconds() == 0 || r.GetKeyPublishSeconds() == 0 {
		return ErrRules // without any time to publish in, the finding that nobody did would be due at once
	}
	switch r.GetSecrecy().GetSecrecy() {
	case communityv1.Secrecy_SECRECY_UNSPECIFIED:
		if r.GetSecrecy() != nil || r.GetTieRule() == communityv1.TieRule_TIE_RULE_SEED {
			return ErrRules // a seed needs trustees, whose nonces it is made of
		}
	case communityv1.Secrecy_SECRECY_OPEN:
	case communityv1.Secrecy_SECRECY_TOTALS, communityv1.Secrecy_SECRECY_INTERVAL, communityv1.Secrecy_SECRECY_PASS_FAIL:
		if err := checkSecret(r); err != nil {
			return err
		}
	default:
		return ErrRules
	}
	if r.GetMethod() == communityv1.Method_METHOD_YES_NO && len(r.GetRequirements()) == 0 {
		return ErrRules // nothing would say when yes is enough
	}
	return nil
}

func checkQuestion(q *proposalv1.Motion, method communityv1.Method) error {
	options := q.GetOptions()
	yesNo := method == communityv1.Method_METHOD_YES_NO
	if q.GetTitle() == "" || len(options) > optionsMax || yesNo != (len(options) == 0) || q.GetBudgetFen() < 0 {
		return ErrQuestion
	}
	codes := make(map[string]bool, len(options))
	for _, o := range options {
		if o.GetCode() == "" || codes[o.GetCode()] || o.GetCostFen() < 0 {
			return ErrQuestion
		}
		codes[o.GetCode()] = true
	}
	return nil
}
