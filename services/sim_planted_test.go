package services_test

import (
	"encoding/json"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/sim"
	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// without leaves events of one type out.
func without[E proto.Message](right decider.Fold) decider.Fold {
	return func(into any, e decider.Event) {
		if _, is := e.Body.(E); !is {
			right(into, e)
		}
	}
}

// changed shows an event of one type otherwise than it is.
func changed[E proto.Message](change func(E)) func(decider.Fold) decider.Fold {
	return func(right decider.Fold) decider.Fold {
		return func(into any, e decider.Event) {
			if b, is := e.Body.(E); is {
				copied := proto.CloneOf(b)
				change(copied)
				e.Body = copied
			}
			right(into, e)
		}
	}
}

// demanding changes what a policy demands.
func demanding(change func(d decider.Demand) (decider.Demand, bool)) func(decider.Reaction) decider.Reaction {
	return func(right decider.Reaction) decider.Reaction {
		return func(v *decider.View, e decider.Event) (out []decider.Demand) {
			for _, d := range right(v, e) {
				if d, keep := change(d); keep {
					out = append(out, d)
				}
			}
			return out
		}
	}
}

// wrongly counts otherwise.
func wrongly(change func(*votingv1.Tally)) func(decider.Reaction) decider.Reaction {
	return demanding(func(d decider.Demand) (decider.Demand, bool) {
		body := proto.CloneOf(d.Body.(*votingv1.RecordTally))
		change(body.GetTally())
		d.Body = body
		return d, true
	})
}

// untimely casts ballots without a look at the clock.
func untimely(right decider.Rule) decider.Rule {
	return func(v *decider.View, cmd *decider.Command) ([]decider.Change, error) {
		late := *cmd
		late.Time = 0
		changes, err := right(v, &late)
		v.Window(0, 0)
		return changes, err
	}
}

// following seals a roll anew with each ballot.
func following(right decider.Fold) decider.Fold {
	return func(into any, e decider.Event) {
		if _, cast := e.Body.(*votingv1.BallotCast); cast {
			held := e
			held.Aggregate, held.Body = "poll/"+splitPath(e.Aggregate)[1], &votingv1.PollKeyHeld{}
			right(into, held)
		}
		right(into, e)
	}
}

// early takes every key for one of the first day.
func early(right decider.Fold) decider.Fold {
	return func(into any, e decider.Event) {
		meta := *e.Meta
		meta.Position = 1
		e.Meta = &meta
		right(into, e)
	}
}

// losing takes a merged topic for a withdrawn one.
func losing(right decider.Fold) decider.Fold {
	return func(into any, e decider.Event) {
		if _, merged := e.Body.(*proposalv1.TopicMerged); merged {
			e.Body = &proposalv1.TopicWithdrawn{}
		}
		right(into, e)
	}
}

// once lets only a voter's first ballot count.
func once(right decider.Fold) decider.Fold {
	return func(into any, e decider.Event) {
		if b, cast := e.Body.(*votingv1.BallotCast); !cast || b.GetReplaces() == 0 {
			right(into, e)
		}
	}
}

// accepting makes what is refused for one reason the event that it would have been.
func accepting[C proto.Message](code string, as func(cmd C) (poll string, event proto.Message)) func(decider.Rule) decider.Rule {
	return taking(code, func(cmd *decider.Command) (string, proto.Message) {
		poll, event := as(cmd.Body.(C))
		return "poll/" + poll, event
	})
}

// taking is accepting for events anywhere.
func taking(code string, as func(cmd *decider.Command) (path string, event proto.Message)) func(decider.Rule) decider.Rule {
	return func(right decider.Rule) decider.Rule {
		return func(v *decider.View, cmd *decider.Command) ([]decider.Change, error) {
			changes, err := right(v, cmd)
			if f := fault.Of(err); err == nil || f.Code != code {
				return changes, err
			}
			path, event := as(cmd)
			return []decider.Change{decider.On(path, event)}, nil
		}
	}
}

// outOfTurn takes a trustee's word as soon as it is said.
var outOfTurn = accepting("trustee.step", func(b *votingv1.AddKeyPart) (string, proto.Message) {
	return b.GetPoll(), &votingv1.KeyPartAdded{Round: b.GetRound(), Trustee: uint32(b.GetMessage()[2]), Message: b.GetMessage()}
})

// ahead takes a share while the poll is open.
var ahead = accepting("poll.not_closed", func(b *votingv1.PublishShare) (string, proto.Message) {
	return b.GetPoll(), &votingv1.SharePublished{Trustee: uint32(b.GetMessage()[2]), Message: b.GetMessage(), Nonce: b.GetNonce()}
})

// unnamed begins every round with everybody.
func unnamed(right decider.Reaction) decider.Reaction {
	return func(v *decider.View, e decider.Event) []decider.Demand {
		failed := proto.CloneOf(e.Body.(*votingv1.CeremonyFailed))
		failed.Trustees = nil
		e.Body = failed
		return right(v, e)
	}
}

// forgiving takes a late share as if it had come in time.
func forgiving(right decider.Fold) decider.Fold {
	return func(into any, e decider.Event) {
		if b, is := e.Body.(*votingv1.SharePublished); is {
			var p struct {
				Ceremony struct {
					Withheld []uint32 `json:"withheld"`
				} `json:"ceremony"`
			}
			raw, err := json.Marshal(into)
			if err == nil {
				err = json.Unmarshal(raw, &p)
			}
			if err != nil {
				panic(err)
			}
			if rest := p.Ceremony.Withheld; slices.Contains(rest, b.GetTrustee()) {
				rest = slices.DeleteFunc(rest, func(n uint32) bool { return n == b.GetTrustee() })
				forgiven := e
				forgiven.Body = &votingv1.SharesMissing{Trustees: rest}
				right(into, forgiven)
			}
		}
		right(into, e)
	}
}

// planted is a bug in a service's rules, which everybody has who judges by them: only the ledger can tell. honest marks one that the ledger
// does not look for, and whoever judges by the right rules finds.
type planted struct {
	name    string
	service string
	bug     decider.Part
	honest  bool
	seeds   uint64 // within which it is found
}

// plantedReal are those in what every play is about.
var plantedReal = []planted{
	{"a voter's first ballot counts, not the last", "voting", decider.InDerived(once), false, 5},
	{"a replaced ballot counts, too", "voting", decider.InPolicy[*votingv1.KeyPublished](wrongly(func(t *votingv1.Tally) {
		if len(t.GetTotals()) > 0 {
			t.Totals[0].Heads += int64(t.GetReplaced())
		}
	})), false, 5},
	{"the deadline is ignored", "voting", decider.InRule("voting.cast", untimely), false, 10},
	{"the roll follows the roster", "voting", decider.InDerived(following), false, 10},
	{"a key votes that came after the roll", "voting", decider.InKind("key", early), false, 10},
	{"a revoked member votes on", "voting", decider.InKind("member", without[*communityv1.MemberRevoked]), false, 100},
	{"an import counts before it is complete", "voting",
		decider.InDerived(changed(func(b *communityv1.MemberAdmitted) { b.Import = "" })), false, 20},
	{"the window for objections is skipped", "voting",
		decider.InPolicy[*votingv1.TallyRecorded](demanding(func(d decider.Demand) (decider.Demand, bool) {
			d.Due = 0
			return d, true
		})), false, 10},
	{"now and then a motion's poll is forgotten", "voting",
		decider.InPolicy[*proposalv1.MotionPut](demanding(func(d decider.Demand) (decider.Demand, bool) {
			return d, d.Purpose[len("poll/")] > 'c'
		})), false, 20},
	{"a tally writes another inequality down", "voting", decider.InPolicy[*votingv1.KeyPublished](wrongly(func(t *votingv1.Tally) {
		for _, i := range t.GetInequalities() {
			i.Left = "0*" + i.GetLeft()
		}
	})), true, 10},
	{"the threshold is one too high", "proposal", decider.InKind("rulebook", changed(func(b *communityv1.RulebookAdopted) {
		for _, m := range b.GetRulebook().GetMatters() {
			m.ThresholdMembers++
		}
	})), false, 10},
	{"one more open topic than allowed", "proposal",
		decider.InKind("rulebook", changed(func(b *communityv1.RulebookAdopted) { b.Rulebook.OpenTopicsMax++ })), false, 150},
	{"who has left counts for the threshold", "proposal", decider.InDerived(without[*communityv1.MemberRevoked]), false, 50},
	{"support of a taken topic goes on", "proposal",
		decider.InDerived(changed(func(b *proposalv1.DeliberationConvened) { b.Topics = nil })), false, 10},
	{"nobody closes what is overdue", "proposal",
		decider.InPolicy[*proposalv1.DeliberationConvened](demanding(func(d decider.Demand) (decider.Demand, bool) {
			return d, d.Operation != "proposal.overdue"
		})), false, 10},
	{"a veto postpones nothing", "proposal", decider.InKind("motion", without[*proposalv1.MotionVetoed]), false, 100},
	{"what a veto has put off is never done", "proposal",
		decider.InPolicy[*proposalv1.MotionVetoed](demanding(func(d decider.Demand) (decider.Demand, bool) { return d, false })), false, 100},
	{"a veto's appeal is not called", "voting",
		decider.InPolicy[*proposalv1.MotionVetoed](demanding(func(d decider.Demand) (decider.Demand, bool) { return d, false })), false, 50},
	{"a veto stands that nobody wanted", "proposal",
		decider.InPolicy[*votingv1.CertificateIssued](demanding(func(d decider.Demand) (decider.Demand, bool) {
			if b, appeal := d.Body.(*proposalv1.ResolveAppeal); appeal {
				b.Outcome = proposalv1.AppealOutcome_APPEAL_OUTCOME_UPHELD
			}
			return d, true
		})), false, 150},
	{"a merged topic goes on by itself", "proposal",
		decider.InDerived(changed(func(b *proposalv1.TopicMerged) { b.Into = "nowhere" })), false, 20},
	{"a merge loses supporters", "proposal", decider.InDerived(losing), false, 150},
	{"a merge waits for who has left", "proposal",
		decider.InPolicy[*communityv1.MemberRevoked](demanding(func(d decider.Demand) (decider.Demand, bool) {
			return d, d.Operation != "proposal.merge"
		})), false, 600},
	{"a merge without the last consent", "proposal",
		decider.InPolicy[*proposalv1.MergeProposed](func(right decider.Reaction) decider.Reaction {
			return func(v *decider.View, e decider.Event) []decider.Demand {
				id := lastOf(e.Aggregate)
				return append(right(v, e), decider.Demand{
					Purpose: "merge/" + id, Operation: "proposal.merge", Body: &proposalv1.MergeTopics{Merge: id},
				})
			}
		}), false, 50},
	{"a motion expires a second early", "proposal",
		decider.InPolicy[*proposalv1.ExecutionOpened](demanding(func(d decider.Demand) (decider.Demand, bool) {
			d.Due -= 1000
			return d, true
		})), false, 30},
	{"a code works twice", "community", decider.InKind("invite", without[*communityv1.InviteUsed]), false, 20},
	{"a code never expires", "community",
		decider.InKind("invite", changed(func(b *communityv1.MemberInvited) { b.ExpiresAt += 3600_000 })), false, 50},
	{"an officer acts on whose role was taken back", "community", decider.InKind("member", without[*communityv1.RoleWithdrawn]), false, 150},
	{"a mandate outlives its revocation", "voting", decider.InKind("mandate", without[*communityv1.MandateRevoked]), false, 400},
	{"a mandate outlives its term", "proposal",
		decider.InKind("mandate", changed(func(b *communityv1.MandateGranted) { b.Until += 3600_000 })), false, 50},
	{"a mandate covers every act", "proposal", decider.InKind("mandate", changed(func(b *communityv1.MandateGranted) {
		b.Acts = []communityv1.Act{communityv1.Act_ACT_TOPICS, communityv1.Act_ACT_SECONDS, communityv1.Act_ACT_STATEMENTS}
	})), false, 100},
	{"a mandate nobody has accepted holds", "proposal",
		decider.InKind("mandate", changed(func(b *communityv1.MandateGranted) { b.AwaitsAcceptance = false })), false, 50},
	{"what a helper has declined can be accepted", "community",
		decider.InKind("mandate", without[*communityv1.MandateDeclined]), false, 100},
	{"a mandate for one poll is for all", "voting",
		decider.InKind("mandate", changed(func(b *communityv1.MandateGranted) { b.Poll = "" })), false, 800},
	{"a mandate votes that came after the roll", "voting", decider.InKind("mandate", early), false, 200},
	{"a helper's ballot replaces the voter's own", "voting",
		decider.InKind("ballot", changed(func(b *votingv1.BallotCast) { b.Mandate = "x" })), false, 50},
	{"a helper's ballot is counted as the voter's", "voting",
		decider.InDerived(changed(func(b *votingv1.BallotCast) { b.Mandate = "" })), false, 60},
	{"a helper acts for more than they may", "community", decider.InKind("helper", without[*communityv1.MandatesListed]), false, 50},
	{"a question that failed is put again at once", "voting", decider.InKind("question", without[*votingv1.QuestionFailed]), false, 100},
	{"a helper casts for as many as they like", "voting", decider.InKind("proxy", without[*votingv1.ProxyCounted]), false, 200},
	{"without a quorum a poll is not extended", "voting",
		decider.InPolicy[*votingv1.DeadlineReached](demanding(func(d decider.Demand) (decider.Demand, bool) {
			return d, d.Operation != "voting.extend"
		})), false, 50},
	{"objections have nothing counted again", "voting",
		decider.InPolicy[*votingv1.ObjectionRaised](demanding(func(d decider.Demand) (decider.Demand, bool) { return d, false })), false, 50},
	{"a trustee's word is taken out of its turn", "voting", decider.InRule("voting.add_key_part", outOfTurn), false, 20},
	{"a share is taken before the close", "voting", decider.InRule("voting.publish_share", ahead), false, 50},
	{"a silent trustee takes part again", "voting", decider.InPolicy[*votingv1.CeremonyFailed](unnamed), false, 20},
	{"a late nonce changes the seed", "voting", decider.InKind("poll", forgiving), false, 100},
	{"the count does not wait for the nonces", "voting",
		decider.InKind("poll", changed(func(b *votingv1.PollCalled) { b.Rules.TieRule = communityv1.TieRule_TIE_RULE_UNSPECIFIED })), false, 50},
	{"who had not published in time is not named", "voting",
		decider.InPolicy[*votingv1.PollClosed](demanding(func(d decider.Demand) (decider.Demand, bool) {
			return d, d.Operation != "voting.report_shares_missing"
		})), false, 50},
	{"a withdrawn topic is open to all", "vault", decider.InKind("topic", without[*proposalv1.TopicWithdrawn]), false, 100},
}

// TestSimulationFindsPlantedBugs: each of these mistakes in the rules is found, within so many seeds.
func TestSimulationFindsPlantedBugs(t *testing.T) {
	for _, p := range slices.Concat(plantedReal, plantedSecret, plantedSheets) {
		cfg := simulation()
		cfg.Signed = nil
		if p.honest {
			cfg.Judges = models()
		}
		at := slices.IndexFunc(cfg.Models, func(m *decider.Model) bool { return m.Service == p.service })
		cfg.Models[at] = decider.Plant(cfg.Models[at], p.bug)
		bad, total := sim.Search(cfg, 1, p.seeds)
		if bad == nil {
			t.Errorf("%s: not found in %d seeds", p.name, p.seeds)
			continue
		}
		t.Logf("%s: found by seed %d, among %d: %s", p.name, bad.Seed, total.Seeds, bad.Violations[0])
	}
}
