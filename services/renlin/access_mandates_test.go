package main

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// mandateOf is a mandate for ballots and seconds that lasts as long as everything else here.
func (w *accessWorld) mandateOf(principal, helper string) *communityv1.GrantMandate {
	return &communityv1.GrantMandate{
		Principal: forge.ID(principal), Helper: forge.ID(helper), Proxy: accessText("proxy"), Until: w.Now + 1_000_000_000,
		Acts: []communityv1.Act{communityv1.Act_ACT_SECONDS, communityv1.Act_ACT_BALLOTS},
	}
}

// helpers has fay let everybody act for her. Those who may not, the rules would not have given a mandate: the record says they did.
func (w *accessWorld) helpers() {
	names := []string{"eve", "host", "hostO"}
	for name := range cast { // any order: they do not depend on each other
		names = append(names, name)
	}
	for _, name := range names {
		m := w.mandateOf("fay", name)
		w.mandates[name] = forge.ID("mandate of " + name)
		w.fact("mandate/"+w.mandates[name], &communityv1.MandateGranted{
			Principal: m.GetPrincipal(), Helper: m.GetHelper(), Acts: m.GetActs(), Proxy: m.GetProxy(), From: w.Now, Until: m.GetUntil(),
			Grantor: communityv1.Grantor_GRANTOR_DEVICE,
		})
		w.waiting[name] = forge.ID("mandate that waits for " + name)
		w.fact("mandate/"+w.waiting[name], &communityv1.MandateGranted{
			Principal: m.GetPrincipal(), Helper: m.GetHelper(), Acts: m.GetActs()[:1], From: w.Now, Until: m.GetUntil(),
			Grantor: communityv1.Grantor_GRANTOR_DEVICE, AwaitsAcceptance: true,
		})
	}
}

func mandateRows() map[string]cell {
	grant := func(principal, helper func(who string) string) cell {
		return func(w *accessWorld, who string) deed { return deed{body: w.mandateOf(principal(who), helper(who))} }
	}
	named := func(name string) func(string) string { return func(string) string { return name } }
	self := func(who string) string { return who }
	second := func(mandate func(w *accessWorld, who string) string) cell {
		return func(w *accessWorld, who string) deed {
			return deed{body: &proposalv1.SecondTopic{
				Topic: w.topics["eve"], Principal: forge.ID("fay"), Mandate: mandate(w, who),
			}, principal: "fay"}
		}
	}
	accept := func(w *accessWorld, helper string) proto.Message {
		return &communityv1.AcceptMandate{Mandate: w.waiting[helper]}
	}
	decline := func(w *accessWorld, helper string) proto.Message {
		return &communityv1.DeclineMandate{Mandate: w.waiting[helper]}
	}
	answer := func(body func(w *accessWorld, helper string) proto.Message, helper func(who string) string) cell {
		return func(w *accessWorld, who string) deed { return deed{body: body(w, helper(who))} }
	}
	revoke := func(w *accessWorld) proto.Message { return &communityv1.RevokeMandate{Mandate: w.mandates["eve"]} }
	both := func(body func(w *accessWorld) proto.Message) cell {
		return func(w *accessWorld, who string) deed {
			return withOther(func(string) proto.Message { return body(w) })(w, who)
		}
	}
	return map[string]cell{
		"community.grant_mandate: one's own":    grant(self, named("hal")),
		"community.grant_mandate: another's":    grant(named("fay"), named("hal")),
		"community.grant_mandate: to oneself":   grant(named("fay"), self),
		"community.grant_mandate: no key, orgs": both(func(w *accessWorld) proto.Message { return w.mandateOf("guest", "hal") }),
		"community.revoke_mandate: as helper": func(w *accessWorld, who string) deed {
			return deed{body: &communityv1.RevokeMandate{Mandate: w.mandates[who]}}
		},
		"community.revoke_mandate: another's":  plain(revoke),
		"community.revoke_mandate: two orgs":   both(revoke),
		"community.accept_mandate: as helper":  answer(accept, self),
		"community.accept_mandate: another's":  answer(accept, named("eve")),
		"community.decline_mandate: as helper": answer(decline, self),
		"community.decline_mandate: another's": answer(decline, named("eve")),
		"proposal.second: for another":         second(func(w *accessWorld, who string) string { return w.mandates[who] }),
		"proposal.second: not accepted":        second(func(w *accessWorld, who string) string { return w.waiting[who] }),
		"proposal.second: by another's mandate": second(func(w *accessWorld, _ string) string {
			return w.mandates["eve"]
		}),
		"voting.cast: for another": func(w *accessWorld, who string) deed {
			return deed{body: &votingv1.CastBallot{
				Poll: w.polls["cast"], Voter: forge.ID("fay"), Mandate: w.mandates[who], Box: w.ballot(w.polls["cast"], "fay"),
			}, principal: "fay"}
		},
	}
}
