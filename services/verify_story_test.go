package services_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/nacl/box"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/community"
)

// The people of the story: two officers of two organisations, two holders of polls' keys, five residents with a device, one without, and
// one without any key, for whom one of the five votes.
var residents = []string{"eve", "fay", "gus", "hal", "ida"}

const (
	hosted  = "old joe"
	keyless = "old mei"
)

// storyPoll is a vote by heads, quick, with a second for everything that follows.
func storyPoll() *communityv1.PollRules {
	return &communityv1.PollRules{
		Electorate: communityv1.Electorate_ELECTORATE_MEMBERS, Method: communityv1.Method_METHOD_YES_NO,
		VotingSeconds: 60, KeyPublishSeconds: 60, ObjectionSeconds: 1, ExecutionDelaySeconds: 1, ExecutionExpirySeconds: 3600, VetoSeconds: 1,
		AppealVotingSeconds: 30,
		Requirements: []*communityv1.Requirement{{
			Measure: communityv1.Measure_MEASURE_HEADS, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS,
			Numerator: 1, Denominator: 2, Strict: true,
		}},
	}
}

func storyFounding() *communityv1.Found {
	role := func(more ...communityv1.Role) []communityv1.Role {
		return append([]communityv1.Role{communityv1.Role_ROLE_OFFICER}, more...)
	}
	return &communityv1.Found{
		Suite: 1, Name: "韧邻示范社区", EpochKey: forge.Public("epoch"), Nonce: bytes.Repeat([]byte{9}, 32),
		Rulebook: &communityv1.Rulebook{
			Version: 1, OpenTopicsMax: 9, InviteSeconds: 3600, Matters: []*communityv1.Matter{{
				Code: "works", Title: "小区工程", ThresholdMembers: 3, ThresholdNumerator: 1, ThresholdDenominator: 5,
				DeliberationSeconds: 600, Poll: storyPoll(),
			}, {
				Code: "parks", Title: "绿化", ThresholdMembers: 1_000_000, ThresholdNumerator: 1, ThresholdDenominator: 1,
				DeliberationSeconds: 600, Poll: storyPoll(),
			}},
		},
		Orgs: []*communityv1.Org{
			{Id: forge.ID("residents"), Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: "居委会"},
			{Id: forge.ID("owners"), Kind: communityv1.OrgKind_ORG_KIND_OWNERS_COMMITTEE, Name: "业委会"},
		},
		Founders: []*communityv1.Founder{
			{Member: forge.ID("ann"), Org: forge.ID("residents"), Key: forge.Public("ann"), Roles: role(communityv1.Role_ROLE_CONVENER)},
			{Member: forge.ID("bob"), Org: forge.ID("owners"), Key: forge.Public("bob"), Roles: role(communityv1.Role_ROLE_GUARDIAN)},
		},
		Holders: []*communityv1.Holder{
			{Member: forge.ID("cat"), Org: forge.ID("residents"), Key: forge.Public("cat"), BoxKey: bytes.Repeat([]byte{1}, 32)},
			{Member: forge.ID("dan"), Org: forge.ID("owners"), Key: forge.Public("dan"), BoxKey: bytes.Repeat([]byte{2}, 32)},
		},
	}
}

// storyText is a reference into the vault.
func storyText(word string) *communityv1.Text {
	return &communityv1.Text{Ref: strings.Repeat("ab", 32), LengthBytes: uint32(len(word)), Commitment: bytes.Repeat([]byte{7}, 32)}
}

// settled is a founded community with its residents.
func settled(tb testing.TB, names ...string) *forge.World {
	tb.Helper()
	return settledAs(tb, storyFounding(), names...)
}

// settledAs is one that was founded so.
func settledAs(tb testing.TB, founding *communityv1.Found, names ...string) *forge.World {
	tb.Helper()
	w := forge.NewWorld(tb, models()...)
	w.Found(community.OpFound, founding, forge.Key("ann"), forge.Key("bob"))
	for chunk := names; len(chunk) > 0; {
		n := min(len(chunk), 100)
		invites := &communityv1.InviteMembers{}
		for _, name := range chunk[:n] {
			w.Do(community.OpAdmitMember, &communityv1.AdmitMember{Member: forge.ID(name), Profile: storyText(name)}, forge.Key("ann"))
			invites.Invites = append(invites.Invites, &communityv1.Invite{Member: forge.ID(name), CodeKey: forge.Public(name + "'s code")})
		}
		w.Do(community.OpInviteMembers, invites, forge.Key("bob"))
		for _, name := range chunk[:n] {
			w.Do(community.OpEnrolKey, &communityv1.EnrolKey{Member: forge.ID(name), Key: forge.Public(name)},
				forge.Key(name), forge.Key(name+"'s code"))
		}
		chunk = chunk[n:]
	}
	return w
}

// story plays the closed loop: topics, two of them merged, a deliberation convened by the rule, a motion, a poll, its count and
// certificate, a guardian's veto, the appeal that sets it aside, and the motion in force. Each service's rules act in it, and two minutes
// go by at its end.
func story(tb testing.TB) *forge.World {
	tb.Helper()
	w := debated(tb)
	motion := w.State("proposal").Members("motion")[0]
	vote(tb, w, chain.PolicyID("voting", "poll/"+motion).NewAggregate(), 60_000, 0, 1)
	w.Pass(1000)
	w.Do("proposal.veto", &proposalv1.VetoMotion{Motion: motion, Reason: storyText("too dear")}, forge.Key("bob"))
	vote(tb, w, chain.PolicyID("voting", "appeal/"+motion).NewAggregate(), 30_000, 1, 0)
	w.Pass(5000)
	w.Pass(120_000)
	w.Do(community.OpAdmitMember, &communityv1.AdmitMember{Member: forge.ID("zoe"), Profile: storyText("zoe")}, forge.Key("ann"))
	w.Flush()
	return w
}

// debated plays it as far as the motion.
func debated(tb testing.TB) *forge.World {
	tb.Helper()
	w := settled(tb, residents...)
	w.PerBlock = 3
	w.Do(community.OpAdmitMember, &communityv1.AdmitMember{Member: forge.ID(hosted), Profile: storyText(hosted)}, forge.Key("ann"))
	w.Do(community.OpHostKey, &communityv1.HostKey{Member: forge.ID(hosted), Key: forge.Public(hosted)}, forge.Key("bob"))
	w.Do(community.OpAdmitMember, &communityv1.AdmitMember{Member: forge.ID(keyless), Profile: storyText(keyless)}, forge.Key("ann"))
	w.Do(community.OpGrantMandate, &communityv1.GrantMandate{
		Principal: forge.ID(keyless), Helper: forge.ID("ida"), Proxy: storyText("proxy"), Until: w.Now + 3_600_000,
		Acts: []communityv1.Act{communityv1.Act_ACT_SECONDS, communityv1.Act_ACT_BALLOTS},
	}, forge.Key("ann"), forge.Key("bob"))
	w.Do("proposal.post", &proposalv1.PostTopic{Matter: "parks", Text: storyText("trees")}, forge.Key("ida"))
	lawn := w.Do("proposal.post", &proposalv1.PostTopic{Matter: "parks", Text: storyText("a lawn")}, forge.Key("hal"))
	shade := w.Do("proposal.post", &proposalv1.PostTopic{Matter: "parks", Text: storyText("shade")}, forge.Key("gus"))
	merge := w.Do("proposal.propose_merge", &proposalv1.ProposeMerge{
		Into: shade.ID.NewAggregate(), Topics: []string{lawn.ID.NewAggregate()},
	}, forge.Key("gus"))
	w.Do("proposal.consent_to_merge", &proposalv1.ConsentToMerge{Merge: merge.ID.NewAggregate()}, forge.Key("hal"))
	topic := w.Do("proposal.post", &proposalv1.PostTopic{Matter: "works", Text: storyText("the roof leaks")}, forge.Key("eve"))
	for _, name := range []string{"fay", "gus"} {
		w.Do("proposal.second", &proposalv1.SecondTopic{Topic: topic.ID.NewAggregate()}, forge.Key(name))
	}
	w.Pass(1000)
	convened := w.State("proposal").Members("deliberation")
	if len(convened) != 1 {
		tb.Fatalf("%d deliberations were convened", len(convened))
	}
	said := w.Do("proposal.submit", &proposalv1.SubmitStatement{Deliberation: convened[0], Text: storyText("soon")}, forge.Key("hal"))
	w.Do("proposal.react", &proposalv1.React{
		Deliberation: convened[0], Statement: said.ID.NewAggregate(), Attitude: proposalv1.Attitude_ATTITUDE_AGREE,
	}, forge.Key(hosted))
	w.Do("proposal.close", &proposalv1.CloseDeliberation{
		Deliberation: convened[0], Minutes: "We agree.", Motion: &proposalv1.Motion{Title: "Repair the roof", Text: "All of it."},
	}, forge.Key("ann"))
	return w
}

// vote holds a poll: everybody but one gives the first answer, one of them by a helper's hand; that one gives the other, after the first.
func vote(tb testing.TB, w *forge.World, poll string, votingMS int64, first, other uint32) {
	tb.Helper()
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	wrapped := make([]byte, ballot.KeyBytes+box.AnonymousOverhead)
	w.Do("voting.offer_key", &votingv1.OfferKey{Poll: poll, BoxKey: public[:], Wrapped: wrapped}, forge.Key("cat"))
	w.Do("voting.hold_key", &votingv1.HoldKey{Poll: poll, BoxKey: public[:]}, forge.Key("dan"))
	for i, name := range []string{"eve", "fay", "gus", hosted, "hal", "hal"} {
		answer := first
		if i == 5 {
			answer = other
		}
		sealed, err := ballot.Seal(rand.Reader, public[:], poll, forge.ID(name), &votingv1.Choice{Options: []uint32{answer}})
		if err != nil {
			tb.Fatal(err)
		}
		w.Do("voting.cast", &votingv1.CastBallot{Poll: poll, Voter: forge.ID(name), Box: sealed}, forge.Key(name))
	}
	castFor(tb, w, poll, public[:], first)
	w.Pass(votingMS)
	w.Do("voting.publish_key", &votingv1.PublishKey{Poll: poll, PrivateKey: private[:]}, forge.Key("dan"))
}

// castFor casts the ballot of who has no key.
func castFor(tb testing.TB, w *forge.World, poll string, public []byte, answer uint32) {
	tb.Helper()
	mandates := w.State("voting").Members("mandate")
	sealed, err := ballot.Seal(rand.Reader, public, poll, forge.ID(keyless), &votingv1.Choice{Options: []uint32{answer}})
	if err != nil || len(mandates) != 1 {
		tb.Fatalf("%d mandates, %v", len(mandates), err)
	}
	w.Do("voting.cast", &votingv1.CastBallot{Poll: poll, Voter: forge.ID(keyless), Box: sealed, Mandate: mandates[0]}, forge.Key("ida"))
}

// storyOperations are what must have happened in every story, or its forgeries mean nothing; laterOperations what came into it since.
var storyOperations = []string{
	"proposal.convene", "voting.callByMotion", "voting.open", "voting.close", "voting.record_tally", "voting.certify", "proposal.resolve",
	"proposal.execute",
}

var laterOperations = []string{"proposal.merge", "proposal.resolve_appeal"}

// authorsOf counts the commits of each kind of author.
func authorsOf(r *forge.Record) map[chain.Author]int {
	out := map[chain.Author]int{}
	for i := range r.Size() {
		out[r.Commit(i).Author]++
	}
	return out
}

func describe(r *forge.Record) string {
	var b strings.Builder
	for i := range r.Size() {
		c := r.Commit(i)
		fmt.Fprintf(&b, "%d %d %s %s\n", i, c.Author, c.Service, r.Signed(c).Operation)
	}
	return b.String()
}
