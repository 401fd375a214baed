package neighbourhood

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Loop is what one closed loop left on the record.
type Loop struct {
	Deliberation string
	Poll         string
	Motion       string
	Certificate  *PollState
	Ballots      []*op.Answer // what each voter keeps of the ballot that counts: the hosted member first, then the residents
	Report       *op.Answer   // of the execution, the loop's last step
}

// created finds the id of what an answer's commit created of a kind.
func created(a *op.Answer, kind string) (string, error) {
	for _, path := range a.Changed {
		if id, ok := strings.CutPrefix(path, kind+"/"); ok && !strings.Contains(id, "/") {
			return id, nil
		}
	}
	return "", fmt.Errorf("the answer names no %s", kind)
}

// PlayLoop plays the closed loop of S10 once: topics, threshold, deliberation convened by the rule, statements, motion, poll,
// certificate, execution. Nobody but the rule convenes, opens, closes, counts or certifies.
func (x *Example) PlayLoop(ctx context.Context, say func(format string, args ...any)) (*Loop, error) {
	l := &Loop{}
	for _, step := range []func(context.Context, *Loop, func(string, ...any)) error{
		x.raise, x.deliberate, x.put, x.vote, x.execute,
	} {
		if err := step(ctx, l, say); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// raise posts topics and seconds them until the threshold convenes a deliberation.
func (x *Example) raise(ctx context.Context, l *Loop, say func(string, ...any)) error {
	texts := []string{"把 3 号楼前的空地改成菜园和长椅", "小广场的树荫太少"}
	var topics []string
	for i, words := range texts {
		d := x.Residents[i]
		sealed, err := d.PutText(ctx, d.Member, words)
		if err != nil {
			return fmt.Errorf("seal topic: %w", err)
		}
		answer, err := d.Do(ctx, "proposal.post", "topics", &proposalv1.PostTopic{Matter: MatterGreening, Text: Text(sealed)})
		if err != nil {
			return fmt.Errorf("post topic: %w", err)
		}
		topic, err := created(answer, "topic")
		if err != nil {
			return err
		}
		topics = append(topics, topic)
		say("resident %d raised a topic (commit %d)", i+1, answer.Index)
	}
	for i, d := range x.Residents[2:4] {
		answer, err := d.Do(ctx, "proposal.second", "topics/"+topics[i]+"/seconds", &proposalv1.SecondTopic{Topic: topics[i]})
		if err != nil {
			return fmt.Errorf("second topic: %w", err)
		}
		say("resident %d seconded a topic (commit %d)", i+3, answer.Index)
	}
	return Eventually(ctx, "deliberation convened", func() error {
		var t struct{ Deliberation string }
		if _, err := x.First.Record(ctx, "topic/"+topics[0], 0, &t); err != nil {
			return err
		}
		if t.Deliberation == "" {
			return errNotYet
		}
		l.Deliberation = t.Deliberation
		say("four distinct people in one matter: the rule itself convened deliberation %s and gave everyone notice", l.Deliberation)
		return nil
	})
}

// deliberate submits statements and reactions; everybody's inbox shows the notice.
func (x *Example) deliberate(ctx context.Context, l *Loop, say func(string, ...any)) error {
	var inbox struct{ Deliberation []op.Record }
	if err := x.Hosted.Get(ctx, "/v1/communities/"+x.Community+"/inbox", &inbox); err != nil {
		return fmt.Errorf("read inbox: %w", err)
	}
	if !slices.ContainsFunc(inbox.Deliberation, func(r op.Record) bool { return r.Path == "deliberation/"+l.Deliberation }) {
		return errors.New("the notice is not in everybody's inbox")
	}
	var statements []string
	for i, words := range []string{"菜园要有人轮流照看", "先装长椅，再种树"} {
		d := x.Residents[i+4]
		sealed, err := d.PutText(ctx, d.Member, words)
		if err != nil {
			return fmt.Errorf("seal statement: %w", err)
		}
		answer, err := d.Do(ctx, "proposal.submit", "deliberations/"+l.Deliberation+"/statements",
			&proposalv1.SubmitStatement{Deliberation: l.Deliberation, Text: Text(sealed)})
		if err != nil {
			return fmt.Errorf("submit statement: %w", err)
		}
		i := slices.IndexFunc(answer.Changed, func(path string) bool { return strings.Contains(path, "/statement/") })
		if i < 0 {
			return errors.New("submit statement: the answer names none")
		}
		statements = append(statements, answer.Changed[i][strings.LastIndexByte(answer.Changed[i], '/')+1:])
	}
	n := 0
	for i, d := range x.Residents {
		for j, statement := range statements {
			attitude := []proposalv1.Attitude{
				proposalv1.Attitude_ATTITUDE_AGREE, proposalv1.Attitude_ATTITUDE_DISAGREE, proposalv1.Attitude_ATTITUDE_PASS,
			}[(i+j)%3]
			if _, err := d.Do(ctx, "proposal.react", "deliberations/"+l.Deliberation+"/statements/"+statement+"/reactions",
				&proposalv1.React{Deliberation: l.Deliberation, Statement: statement, Attitude: attitude}); err != nil {
				return fmt.Errorf("react: %w", err)
			}
			n++
		}
	}
	say("%d statements, %d reactions", len(statements), n)
	return nil
}

// put closes the deliberation with minutes and a motion, which opens a poll by the rule.
func (x *Example) put(ctx context.Context, l *Loop, say func(string, ...any)) error {
	_, err := x.First.Do(ctx, "proposal.close", "deliberations/"+l.Deliberation+"/closing", &proposalv1.CloseDeliberation{
		Deliberation: l.Deliberation, Minutes: "讨论了菜园、长椅与树荫；多数赞成先装长椅。",
		Motion: &proposalv1.Motion{Title: "3 号楼前空地改建", Text: "先装四张长椅，并在东侧种三棵树；菜园由志愿者轮流照看。"},
	})
	if err != nil {
		return fmt.Errorf("close deliberation: %w", err)
	}
	say("the convener closed with public minutes and a motion")
	err = Eventually(ctx, "poll called", func() error {
		page, err := x.First.Records(ctx, "poll", "", 0)
		if err != nil || len(page.Records) == 0 {
			return errors.Join(errNotYet, err)
		}
		l.Poll = strings.TrimPrefix(page.Records[len(page.Records)-1].Path, "poll/")
		return nil
	})
	if err != nil {
		return err
	}
	state, err := x.AwaitPoll(ctx, x.First.Device, l.Poll, "open", func(p *PollState) bool { return p.Roll != nil })
	if err != nil {
		return err
	}
	l.Motion = state.Motion
	say("the motion opened poll %s by the rule; any two of its three trustees can open it; %d voters are on the sealed roll",
		l.Poll, state.Roll.GetVoters())
	return nil
}

// vote casts everybody's ballot, one of them twice and one by a helper's hand, and waits for the certificate.
func (x *Example) vote(ctx context.Context, l *Loop, say func(string, ...any)) error {
	state, err := x.AwaitPoll(ctx, x.First.Device, l.Poll, "open", func(p *PollState) bool { return p.Roll != nil })
	if err != nil {
		return err
	}
	voters := append([]*client.Device{x.Hosted}, x.Residents...)
	helper, helped := x.Residents[0], voters[len(voters)-1]
	mandate, err := LetVote(ctx, helped, helper, l.Poll)
	if err != nil {
		return err
	}
	say("a resident let a neighbour vote for them in this poll, for an hour at most; the written proxy is sealed, the mandate on record, " +
		"and the neighbour has accepted it")
	for i, d := range voters {
		choice := uint32(0) // yes
		if i%4 == 3 {
			choice = 1
		}
		if i == 0 { // changes their mind
			if _, err := Cast(ctx, d, l.Poll, state.BoxKey, &votingv1.Choice{Options: []uint32{1}}); err != nil {
				return fmt.Errorf("cast ballot: %w", err)
			}
		}
		var answer *op.Answer
		if d == helped {
			answer, err = CastFor(ctx, helper, d.Member, mandate, l.Poll, state.BoxKey, &votingv1.Choice{Options: []uint32{choice}})
		} else {
			answer, err = Cast(ctx, d, l.Poll, state.BoxKey, &votingv1.Choice{Options: []uint32{choice}})
		}
		if err != nil {
			return fmt.Errorf("cast ballot: %w", err)
		}
		l.Ballots = append(l.Ballots, answer)
	}
	say("%d people cast sealed ballots, one by a hosted key and twice, one by the helper; nobody can count yet", len(voters))
	return x.certify(ctx, l, say)
}

func (x *Example) certify(ctx context.Context, l *Loop, say func(string, ...any)) error {
	state, err := x.AwaitPoll(ctx, x.First.Device, l.Poll, "counted", func(p *PollState) bool { return p.Tally != nil })
	if err != nil {
		return err
	}
	say("closed by the rule, key published, counted in the open: %s", strings.TrimPrefix(state.Tally.GetResult().String(), "RESULT_"))
	if l.Certificate, err = x.Certificate(ctx, l.Poll); err != nil {
		return err
	}
	for _, q := range l.Certificate.Tally.GetInequalities() {
		say("  %s %s %s: %v", q.GetLeft(), q.GetSign(), q.GetRight(), q.GetHolds())
	}
	say("certificate issued; %d ballots came by hosted keys, the result stands without them: %v",
		l.Certificate.Tally.GetHosted(), l.Certificate.Tally.GetStandsWithoutHosted())
	by := l.Certificate.Tally.GetCastBy()
	say("%d came by a helper's hand, with %d heads; the result stands without them: %v",
		by.GetHelper().GetBallots(), by.GetHelper().GetHeads(), by.GetStandsWithoutHelpers())
	return nil
}

// execute waits until the decision is in force and reports that it was carried out.
func (x *Example) execute(ctx context.Context, l *Loop, say func(string, ...any)) error {
	sealed, err := x.First.PutText(ctx, x.First.Member, "长椅已装好，附照片")
	if err != nil {
		return fmt.Errorf("seal evidence: %w", err)
	}
	var answer *op.Answer
	err = Eventually(ctx, "execution opened", func() error {
		var m struct{ State string }
		if _, err := x.First.Record(ctx, "motion/"+l.Motion, 0, &m); err != nil {
			return err
		}
		if m.State != "in_force" {
			return fmt.Errorf("motion is not in force: %w", errNotYet)
		}
		answer, err = x.First.Do(ctx, "proposal.report", "motions/"+l.Motion+"/reports", &proposalv1.ReportExecution{
			Motion: l.Motion, Outcome: proposalv1.Outcome_OUTCOME_DONE, Evidence: Text(sealed),
		})
		return err
	})
	if err != nil {
		return err
	}
	l.Report = answer
	say("after its delay the decision came into force and was carried out (commit %d)", answer.Index)
	return nil
}
