package main

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// dispute is a community whose second officer is a guardian, with time for a veto in each of two matters.
type dispute struct {
	t      *testing.T
	n      *neighbourhood.Neighbourhood
	voters []*client.Device
}

const matterGarden = "garden"

func newDispute(t *testing.T) *dispute {
	t.Helper()
	address, _ := startPilot(t)
	n, err := neighbourhood.Found(t.Context(), client.New(address), neighbourhood.Plan{
		Name:        "Dispute",
		First:       &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: "Committee"},
		Second:      &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_OWNERS_COMMITTEE, Name: "Owners"},
		FirstRoles:  []communityv1.Role{communityv1.Role_ROLE_CONVENER},
		SecondRoles: []communityv1.Role{communityv1.Role_ROLE_GUARDIAN},
		Rulebook: func(org string) *communityv1.Rulebook {
			book := neighbourhood.ExampleRulebook(org)
			greening := book.GetMatters()[0]
			greening.Poll.ExecutionDelaySeconds, greening.Poll.VetoSeconds, greening.Poll.VotingSeconds = 3600, 3600, 3600
			garden := proto.CloneOf(greening)
			garden.Code = matterGarden
			book.Matters = []*communityv1.Matter{greening, garden}
			return book
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := &dispute{t, n, admitVoters(t, n, 5)}
	for _, v := range d.voters {
		if err := v.SignIn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// do sends a command that must be taken, and answers the id of what it made of a kind.
func (d *dispute) do(who *client.Device, kind, operation, route string, body proto.Message) string {
	d.t.Helper()
	answer, err := who.Do(d.t.Context(), operation, route, body)
	if err != nil {
		d.t.Fatalf("%s: %v", operation, err)
	}
	return made(answer, kind)
}

func (d *dispute) text(who *client.Device) *communityv1.Text {
	d.t.Helper()
	sealed, err := who.PutText(d.t.Context(), who.Member, "words")
	if err != nil {
		d.t.Fatal(err)
	}
	return neighbourhood.Text(sealed)
}

// await reads a record until it has come so far.
func (d *dispute) await(path, what string, into any, ready func() bool) {
	d.t.Helper()
	err := neighbourhood.Eventually(d.t.Context(), what, func() error {
		_, err := d.n.First.Record(d.t.Context(), path, 0, into)
		if err == nil && !ready() {
			err = errors.New("not yet")
		}
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// merged has two residents raise topics and go on with one of them, and two others second that. With four people in all it is convened.
func (d *dispute) merged(matter string) (deliberation string) {
	d.t.Helper()
	var topics []string
	for _, v := range d.voters[:2] {
		topics = append(topics, d.do(v, "topic", "proposal.post", "topics", &proposalv1.PostTopic{Matter: matter, Text: d.text(v)}))
	}
	d.do(d.voters[2], "second", "proposal.second", "topics/"+topics[1]+"/seconds", &proposalv1.SecondTopic{Topic: topics[1]})
	merge := d.do(d.voters[0], "merge", "proposal.propose_merge", "merges", &proposalv1.ProposeMerge{Into: topics[0], Topics: topics[1:]})
	d.asked(merge)
	d.do(d.voters[1], "merge-consent", "proposal.consent_to_merge", "merges/"+merge+"/consents", &proposalv1.ConsentToMerge{Merge: merge})
	var gone, stays struct {
		State, Deliberation string
		MergedInto          string `json:"merged_into"`
	}
	d.await("topic/"+topics[1], "topics merged", &gone, func() bool { return gone.State == "merged" })
	if gone.MergedInto != topics[0] {
		d.t.Errorf("merged topic: %+v", gone)
	}
	_, err := d.voters[2].Do(d.t.Context(), "proposal.second", "topics/"+topics[0]+"/seconds", &proposalv1.SecondTopic{Topic: topics[0]})
	wantFault(d.t, "a second by who had seconded the merged topic", err, fault.Refused, "second.given")
	d.do(d.voters[3], "second", "proposal.second", "topics/"+topics[0]+"/seconds", &proposalv1.SecondTopic{Topic: topics[0]})
	d.await("topic/"+topics[0], "deliberation convened", &stays, func() bool { return stays.Deliberation != "" })
	return stays.Deliberation
}

// asked: the proposal is in the inbox of whoever is asked.
func (d *dispute) asked(merge string) {
	d.t.Helper()
	var inbox struct{ Merge []op.Record }
	err := neighbourhood.Eventually(d.t.Context(), "inbox", func() error {
		if err := d.voters[1].Get(d.t.Context(), "/v1/communities/"+d.n.Community+"/inbox", &inbox); err != nil {
			return err
		}
		for _, r := range inbox.Merge {
			var state struct{ Authors []string }
			if err := json.Unmarshal(r.State, &state); err != nil {
				return err
			}
			if r.Path == "merge/"+merge && slices.Contains(state.Authors, d.voters[1].Member) {
				return nil
			}
		}
		return errors.New("not yet")
	})
	if err != nil {
		d.t.Error(err)
	}
}

// vote has everybody give one answer in a poll that a rule called.
func (d *dispute) vote(poll string, answer uint32) *neighbourhood.PollState {
	d.t.Helper()
	state, err := d.n.AwaitPoll(d.t.Context(), d.n.First.Device, poll, "open", func(p *neighbourhood.PollState) bool { return p.Roll != nil })
	if err != nil {
		d.t.Fatal(err)
	}
	for _, v := range d.voters {
		mustCast(d.t, v, poll, state, &votingv1.Choice{Options: []uint32{answer}})
	}
	certified, err := d.n.Certificate(d.t.Context(), poll)
	if err != nil {
		d.t.Fatal(err)
	}
	return certified
}

// TestVetoAndAppeal plays the loop through a pilot with all its services, keystores included: topics merged by consent, a motion adopted, a
// veto, and the residents' own word on it, which stops the motion or sets the veto aside. Nobody but the rules calls, opens, closes,
// counts or resolves.
func TestVetoAndAppeal(t *testing.T) {
	d := newDispute(t)
	for matter, c := range map[string]struct {
		answer         uint32 // 0: the veto stands
		state, outcome string
	}{
		neighbourhood.MatterGreening: {0, "stopped", "upheld"}, matterGarden: {1, "adopted", "overturned"},
	} {
		deliberation := d.merged(matter)
		motion := d.do(d.n.First.Device, "motion", "proposal.close", "deliberations/"+deliberation+"/closing", &proposalv1.CloseDeliberation{
			Deliberation: deliberation, Minutes: "We met.", Motion: &proposalv1.Motion{Title: "Benches", Text: "Four benches."},
		})
		d.vote(chain.PolicyID("voting", "poll/"+motion).NewAggregate(), 0)
		var state struct {
			State      string
			ExecutesAt int64 `json:"executes_at"`
			Veto       struct {
				DelayUntil int64 `json:"delay_until"`
				Appeal     struct{ Poll, Outcome string }
			}
		}
		d.await("motion/"+motion, "motion adopted", &state, func() bool { return state.State == "adopted" })
		delay := state.ExecutesAt
		d.do(d.n.Second.Device, "motion", "proposal.veto", "motions/"+motion+"/veto",
			&proposalv1.VetoMotion{Motion: motion, Reason: d.text(d.n.Second.Device)})
		poll := chain.PolicyID("voting", "appeal/"+motion).NewAggregate()
		if certified := d.vote(poll, c.answer); certified.Motion != "" || certified.Adopted != (c.answer == 0) {
			t.Errorf("%s: the appeal's certificate: %+v", matter, certified)
		}
		d.await("motion/"+motion, "appeal resolved", &state, func() bool { return state.Veto.Appeal.Outcome != "" })
		if state.State != c.state || state.Veto.Appeal.Outcome != c.outcome || state.Veto.Appeal.Poll != poll {
			t.Errorf("%s: motion %+v", matter, state)
		}
		if c.state == "adopted" && (state.ExecutesAt != delay || state.Veto.DelayUntil != delay) {
			t.Errorf("%s: executes at %d, without the veto it was %d", matter, state.ExecutesAt, delay)
		}
		_, err := d.n.Second.Do(t.Context(), "proposal.veto", "motions/"+motion+"/veto",
			&proposalv1.VetoMotion{Motion: motion, Reason: d.text(d.n.Second.Device)})
		wantFault(t, "a second veto", err, fault.Refused, "veto.given")
	}
}
