// Package proposal is the service that leads from a member's topic to a motion that was carried out. Nobody convenes, calls a vote
// on, or brings into force anything here by favour: the rules do, and a convener, a guardian and an officer each have one thing
// to do that the rules leave to them.
//
// The rules, in plain words:
//
//  1. Any active member may raise a topic in a matter that the rulebook knows. A member has at most open_topics_max open topics in
//     one matter, and never more than a thousand.
//  2. Any other active member may second an open topic, once. Its author supports it by raising it.
//  3. Its author may withdraw a topic until a deliberation has taken it, unless others' topics were merged into it. Open topics of a
//     matter go on as one of them when an author or a convener proposes it and everybody behind them who is still a member consents by
//     their own signature; the rule itself carries that out. It is not undone: package merge says why, and what ends a proposal.
//  4. A deliberation of a matter is convened by policy once the distinct active members who raised or seconded its open topics reach
//     the greater of the rulebook's number and its share of all active members, rounded up, and never less than one. A person
//     counts once however many topics they support; who was revoked, or stands for an organisation since the founding and does not
//     live here, counts on neither side; support of a withdrawn or taken topic counts no more, that of a merged one counts for the
//     topic that it went into.
//  5. The comparison is made anew at every fact that can turn it: a topic, a second, a deliberation convened (for the topics that
//     were not taken), a convening that lapsed, a revocation, which lowers the base, an admission, which can bring a supporter back, a
//     new rulebook. Once reached, it stays reached: who leaves before the policy's own commit does not undo it.
//  6. Each convening of a matter is a round, and a round happens once. It takes the oldest open topics, at most a hundred, gives notice
//     to all active members, and ends after the rulebook's deliberation_seconds. If one of its topics was withdrawn or merged in
//     between, or the matter has left the rulebook, the round lapses and the next one is judged at once.
//  7. While a deliberation runs, any active member may make statements and react to statements with agree, disagree or pass. A later
//     reaction replaces the earlier one. At its end, to the millisecond of the record's time, it takes nothing more.
//  8. A convener may close it before its end with minutes and a motion that fits the matter's method: no options for yes or no; two or
//     more for a choice; costs and a budget for a budget. The motion is put under the matter's rules of that moment.
//  9. If nobody closed it by its end, a policy does, and puts the topics themselves to a vote of yes or no under the matter's rules; if
//     the rulebook no longer has rules for such a vote, it ends without a motion.
//  10. Voting's certificate resolves the motion: rejected, or adopted with the times of its rules. It comes into force when its delay is
//     over. If its poll cannot be called or counted, or its opening lapses, the motion fails with the reason; nobody leaves it standing.
//  11. Until then, and within the rules' time for it, a guardian may veto it, by a device of their own: a motion is vetoed at most
//     once, and a guardian vetoes at most once in a matter. A veto lapses after seven days, then the motion comes into force; its
//     expiry moves as far as its execution did. Where the motion's rules know appeals, the rule itself puts to the vote whether the veto
//     stands: then the motion is stopped for good, or comes into force without waiting for the veto's end. Package motion has the table.
//  12. In force, officers report attempts with evidence. A failed one may be repeated until the expiry and undoes nothing; a successful
//     one ends it. Without success it expires, unless its rules know no expiry.
//
// The commands' words, such as a topic's text, are in the vault; only motions and minutes are published on the record.
package proposal

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/proposal/internal/deliberation"
	"renlin.dev/services/proposal/internal/merge"
	"renlin.dev/services/proposal/internal/motion"
	"renlin.dev/services/proposal/internal/topic"
)

// Model gives the rules of this service, for its daemon, the pilot, and everyone who judges the record again.
func Model() *decider.Model {
	parts := []decider.Part{
		decider.Guarded(standing.Guard),
		standing.Kinds(false), standing.RosterPart(), standing.HelpedPart(),
		topic.Kinds, topic.IndexPart(), merge.Kinds, deliberation.Kinds, motion.Kinds,
	}
	parts = append(parts, policies()...)
	return decider.NewModel("proposal", []uint32{1}, append(parts, operations()...)...)
}

// policies says which fact is followed by which rule.
func policies() []decider.Part {
	return []decider.Part{
		decider.Policy(topic.OnPosted),
		decider.Policy(topic.OnSeconded),
		decider.Policy(topic.OnConvened),
		decider.Policy(topic.OnLapsed),
		decider.Policy(topic.OnStanding[*communityv1.MemberAdmitted]),
		decider.Policy(topic.OnStanding[*communityv1.MemberRevoked]),
		decider.Policy(topic.OnStanding[*communityv1.RulebookAdopted]),
		decider.Policy(merge.OnProposed),
		decider.Policy(merge.OnConsented),
		decider.Policy(merge.OnRevoked),
		decider.Policy(deliberation.OnConvened),
		decider.Policy(motion.OnCertificate),
		decider.Policy(motion.OnOpeningLapsed),
		decider.Policy(motion.OnPollLapsed),
		decider.Policy(motion.OnAdopted),
		decider.Policy(motion.OnVetoed),
		decider.Policy(motion.OnOverturned),
		decider.Policy(motion.OnOpened),
	}
}
