package deliberation

import (
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal/internal/motion"
	"renlin.dev/services/proposal/internal/topic"
)

const secondMillis = 1000

// Convene takes the topics that the policy names and gives notice. What it rests on was reached at the position of the demand and
// stays reached, whoever leaves meanwhile; only a topic that is no longer there makes it lapse, and then the next round looks anew.
func Convene(v *decider.View, cmd *decider.Command, body *proposalv1.ConveneDeliberation) ([]decider.Change, error) {
	rules := matter(v, body.GetMatter())
	if rules == nil {
		return nil, topic.ErrMatter
	}
	id := cmd.ID.NewAggregate()
	changes, err := topic.Take(v, body.GetTopics(), id)
	if err != nil {
		return nil, err
	}
	convened := &proposalv1.DeliberationConvened{
		Matter: body.GetMatter(), Round: body.GetRound(), Topics: body.GetTopics(), Supporters: body.GetSupporters(),
		Threshold: body.GetThreshold(), ActiveMembers: body.GetActiveMembers(),
		ClosesAt: cmd.Time + int64(rules.GetDeliberationSeconds())*secondMillis,
	}
	return append(changes, decider.On(Path(id), convened, &proposalv1.NoticeGiven{Recipients: body.GetActiveMembers()})), nil
}

// matter gives the rules of a matter as they are now; nil when the rulebook has none.
func matter(v *decider.View, code string) *communityv1.Matter {
	book, ok := decider.Get[standing.Rulebook](v, standing.RulebookPath)
	if !ok {
		return nil
	}
	return book.Matter(code)
}

// OnConvened sets the timer that ends the deliberation.
func OnConvened(_ *decider.View, e decider.Event, body *proposalv1.DeliberationConvened) []decider.Demand {
	id := e.Aggregate[len("deliberation/"):]
	return []decider.Demand{{
		Purpose: "close/" + id, Operation: "proposal.overdue",
		Body: &proposalv1.CloseOverdue{Deliberation: id}, Due: body.GetClosesAt(),
	}}
}

// find refuses a deliberation that was closed.
func find(v *decider.View, id string) (*Deliberation, error) {
	d, ok := decider.Get[Deliberation](v, Path(id))
	if !ok {
		return nil, ErrUnknown
	}
	if d.State == Closed {
		return nil, ErrClosed
	}
	return d, nil
}

// running finds an open deliberation and holds the commit to its time.
func running(v *decider.View, cmd *decider.Command, id string) (*Deliberation, error) {
	d, err := find(v, id)
	if err != nil {
		return nil, err
	}
	if cmd.Time >= d.ClosesAt {
		return nil, ErrOver
	}
	v.Window(0, d.ClosesAt)
	return d, nil
}

// Submit adds a statement.
func Submit(v *decider.View, cmd *decider.Command, body *proposalv1.SubmitStatement) ([]decider.Change, error) {
	if _, err := running(v, cmd, body.GetDeliberation()); err != nil {
		return nil, err
	}
	if err := standing.CheckText(body.GetText()); err != nil {
		return nil, err
	}
	path := StatementPath(body.GetDeliberation(), cmd.ID.NewAggregate())
	return []decider.Change{decider.On(path, &proposalv1.StatementSubmitted{
		Author: cmd.Actor, Text: body.GetText(), Mandate: cmd.Mandate,
	})}, nil
}

// React says what one thinks of a statement. The same again changes nothing; something else replaces it. What a helper said gives way to
// what the member says, and never the other way round.
func React(v *decider.View, cmd *decider.Command, body *proposalv1.React) ([]decider.Change, error) {
	if _, err := running(v, cmd, body.GetDeliberation()); err != nil {
		return nil, err
	}
	if !v.Exists(StatementPath(body.GetDeliberation(), body.GetStatement())) {
		return nil, ErrStatement
	}
	said := attitude(body.GetAttitude())
	if said == "" {
		return nil, ErrAttitude
	}
	path := ReactionPath(body.GetDeliberation(), body.GetStatement(), cmd.Actor)
	helped := cmd.Mandate != ""
	if r, ok := decider.Get[Reaction](v, path); ok {
		switch {
		case helped && !r.Helped:
			return nil, ErrReactionOwn
		case helped == r.Helped && r.Attitude == said:
			return nil, decider.ErrNothing
		}
	}
	return []decider.Change{decider.On(path, &proposalv1.ReactionGiven{Attitude: body.GetAttitude(), Mandate: cmd.Mandate})}, nil
}

// Close ends a deliberation with minutes and a motion, and puts the motion under the matter's rules as they are at this moment.
func Close(v *decider.View, cmd *decider.Command, body *proposalv1.CloseDeliberation) ([]decider.Change, error) {
	d, err := running(v, cmd, body.GetDeliberation())
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(body.GetMinutes()) == "" {
		return nil, ErrMinutes
	}
	rules := matter(v, d.Matter).GetPoll()
	if rules == nil {
		return nil, motion.ErrNoRules
	}
	if err := motion.Check(body.GetMotion(), rules); err != nil {
		return nil, err
	}
	closed := &proposalv1.DeliberationClosed{Minutes: body.GetMinutes(), Motion: cmd.ID.NewAggregate()}
	return d.put(body.GetDeliberation(), closed, body.GetMotion(), rules), nil
}

// Overdue ends a deliberation that nobody closed and puts its topics themselves to the vote. Without rules for a vote it ends without
// a motion: a deliberation never stays open for ever.
func Overdue(v *decider.View, cmd *decider.Command, body *proposalv1.CloseOverdue) ([]decider.Change, error) {
	d, err := find(v, body.GetDeliberation())
	if err != nil {
		return nil, err
	}
	rules := matter(v, d.Matter).GetPoll()
	if rules == nil {
		return []decider.Change{decider.On(Path(body.GetDeliberation()), &proposalv1.DeliberationClosed{Overdue: true})}, nil
	}
	question, rules := motion.OverdueQuestion(rules)
	closed := &proposalv1.DeliberationClosed{Motion: cmd.ID.NewAggregate(), Overdue: true}
	return d.put(body.GetDeliberation(), closed, question, rules), nil
}

func (d *Deliberation) put(
	id string, closed *proposalv1.DeliberationClosed, question *proposalv1.Motion, rules *communityv1.PollRules,
) []decider.Change {
	return []decider.Change{
		decider.On(Path(id), closed),
		decider.On(motion.Path(closed.GetMotion()), &proposalv1.MotionPut{
			Matter: d.Matter, Deliberation: id, Topics: d.Topics, Motion: question, Rules: rules,
		}),
	}
}
