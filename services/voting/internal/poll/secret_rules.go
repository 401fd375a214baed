package poll

import (
	"slices"

	"renlin.dev/pkg/rules"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/voting/internal/leak"
)

// checkSecret refuses what secret polls cannot do: whatever rests on single ballots, on who has voted by name, or on figures that are to
// stay hidden.
func checkSecret(r *communityv1.PollRules) error {
	s, t := r.GetSecrecy(), r.GetTurnout()
	switch {
	case r.GetTieRule() == communityv1.TieRule_TIE_RULE_SEED:
		return ErrSecretSeed
	case t.GetNonVoters() > communityv1.NonVoters_NON_VOTERS_ABSENT:
		return ErrSecretSilence
	case movable(r):
		return ErrSecretMoves
	case t.GetRecountObjectionsMin() > 0:
		return ErrSecretRecount
	case !rules.SecretMethod(r):
		return ErrMethodSecret
	case (r.GetBallot().GetPointsMin() > 0 || r.GetBallot().GetPointsSumMax() > 0) && !rules.ByFilling(r):
		return ErrSecretPoints
	case s.GetRegisterSeconds() == 0 || s.GetContestSeconds() == 0:
		return ErrSecretHours
	case s.GetIntervalWidth() < 0, s.GetSecrecy() == communityv1.Secrecy_SECRECY_INTERVAL && s.GetIntervalWidth() == 0:
		return ErrSecretInterval
	case s.GetTogether() && !mayJudgeTogether(r):
		return ErrSecretTogether
	case !yesNoOnly(s.GetSecrecy()):
		return nil
	case r.GetMethod() != communityv1.Method_METHOD_YES_NO:
		return ErrSecretSealed
	case t.GetAbstentionsAbsent(), slices.ContainsFunc(r.GetRequirements(), func(q *communityv1.Requirement) bool {
		return q.GetBase() == communityv1.Base_BASE_VALID
	}):
		return ErrSecretBase
	}
	return nil
}

// ballotBytesMax is the size of the largest ballot that a command carries.
const ballotBytesMax = 36 << 10

// checkSecretQuestion refuses questions of secret polls whose ballots cannot be added up unopened, would be too large, or of whose result
// the leak meter could say nothing when the poll is to open.
func checkSecretQuestion(q *proposalv1.Motion, r *communityv1.PollRules) error {
	if r.GetSecrecy().GetSecrecy() <= communityv1.Secrecy_SECRECY_OPEN {
		return nil
	}
	shape, err := shapeOf(q, r)
	if err != nil {
		return err
	}
	size, err := shape.BallotBytes()
	switch {
	case err != nil:
		return err
	case size > ballotBytesMax:
		return secretballot.ErrShapeSize.WithInt("bytes", int64(size)).WithInt("bytes_max", ballotBytesMax)
	}
	choices, figures := 3, 0
	if yesNoOnly(r.GetSecrecy().GetSecrecy()) {
		for _, req := range r.GetRequirements() {
			figures += int(one(req.GetOf() == communityv1.Of_OF_YES))
		}
		if r.GetSecrecy().GetSecrecy() == communityv1.Secrecy_SECRECY_INTERVAL {
			figures += len(openedMeasures(r))
		}
	} else {
		all := levelOfTotals(r, shape).publication
		choices, figures = all.Choices, len(all.Figures)
	}
	if choices > leak.ChoicesMax || figures > leak.FiguresMax {
		return ErrSecretMany
	}
	return nil
}
