package main

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// foundVoters founds a community whose first officer calls polls directly, with so many voters.
func foundVoters(t testing.TB, address string, voters int) (*neighbourhood.Neighbourhood, []*client.Device) {
	t.Helper()
	return foundBy(t, address, voters, directRulebook)
}

// foundBy is foundVoters under a rulebook of a test's own.
func foundBy(
	t testing.TB, address string, voters int, book func(string) *communityv1.Rulebook,
) (*neighbourhood.Neighbourhood, []*client.Device) {
	t.Helper()
	n, err := neighbourhood.Found(t.Context(), client.New(address), neighbourhood.Plan{
		Name:       "Ballots",
		First:      &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: "Committee"},
		Second:     &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_GOVERNMENT, Name: "Street office"},
		FirstRoles: []communityv1.Role{communityv1.Role_ROLE_CONVENER},
		Rulebook:   book,
	})
	if err != nil {
		t.Fatal(err)
	}
	return n, admitVoters(t, n, voters)
}

// directRulebook is the example's, with polls that the first organisation's conveners may call without a motion.
func directRulebook(firstOrg string) *communityv1.Rulebook {
	book := neighbourhood.ExampleRulebook(firstOrg)
	for _, m := range book.GetMatters() {
		m.DirectConvener, m.Poll.VotingSeconds = firstOrg, 3600
	}
	return book
}

func admitVoters(t testing.TB, n *neighbourhood.Neighbourhood, voters int) []*client.Device {
	t.Helper()
	members := make([]string, voters)
	rows := make([]*communityv1.ImportRow, voters)
	for i := range rows {
		members[i] = client.NewID()
		rows[i] = &communityv1.ImportRow{Member: members[i]}
	}
	if err := n.Admit(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	devices, err := n.Enrol(t.Context(), members, 8)
	if err != nil {
		t.Fatal(err)
	}
	return devices
}

// callPoll calls a poll, whose key is not made yet.
func callPoll(t testing.TB, n *neighbourhood.Neighbourhood) (id string) {
	t.Helper()
	answer, err := n.First.Do(t.Context(), "voting.call", "polls", &votingv1.CallPoll{
		Matter: neighbourhood.MatterGreening, Question: &proposalv1.Motion{Title: "Benches", Text: "Shall there be benches?"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range answer.Changed {
		if rest, ok := strings.CutPrefix(path, "poll/"); ok && !strings.Contains(rest, "/") {
			id = rest
		}
	}
	return id
}

// openPoll calls a poll and waits until its roll is sealed.
func openPoll(t testing.TB, n *neighbourhood.Neighbourhood) (id string, state *neighbourhood.PollState) {
	t.Helper()
	id = callPoll(t, n)
	state, err := n.AwaitPoll(t.Context(), n.First.Device, id, "open", func(p *neighbourhood.PollState) bool { return p.Roll != nil })
	if err != nil {
		t.Fatal(err)
	}
	return id, state
}

var (
	yes = &votingv1.Choice{Options: []uint32{0}}
	no  = &votingv1.Choice{Options: []uint32{1}}
)

// mustCast casts a ballot that must be taken.
func mustCast(t *testing.T, d *client.Device, poll string, state *neighbourhood.PollState, choice *votingv1.Choice) {
	t.Helper()
	if _, err := neighbourhood.Cast(t.Context(), d, poll, state.BoxKey, choice); err != nil {
		t.Fatalf("cast ballot: %v", err)
	}
}

// wantFault checks that an error is a fault of a kind with a code.
func wantFault(t *testing.T, what string, err error, kind fault.Kind, code string) {
	t.Helper()
	if f := fault.Of(err); f == nil || f.Kind != kind || f.Code != code {
		t.Errorf("%s: got %v, want %s", what, err, code)
	}
}

// tallyOf waits until a poll has been counted.
func tallyOf(t *testing.T, n *neighbourhood.Neighbourhood, poll string) *votingv1.Tally {
	t.Helper()
	state, err := n.AwaitPoll(t.Context(), n.First.Device, poll, "counted", func(p *neighbourhood.PollState) bool { return p.Tally != nil })
	if err != nil {
		t.Fatal(err)
	}
	return state.Tally
}

// TestHTTPBallotFlood casts a thousand ballots of one voter at once: one counts.
func TestHTTPBallotFlood(t *testing.T) {
	address, _ := startPilot(t)
	n, voters := foundVoters(t, address, 4)
	poll, state := openPoll(t, n)
	const ballots = 1000
	began := time.Now()
	err := neighbourhood.Parallel(t.Context(), ballots, ballots, func(ctx context.Context, _ int) error {
		_, err := neighbourhood.Cast(ctx, voters[0], poll, state.BoxKey, no)
		return err
	})
	if err != nil {
		t.Fatalf("flood: %v", err)
	}
	t.Logf("%d ballots of one voter in %v", ballots, time.Since(began))
	mustCast(t, voters[0], poll, state, yes)
	for _, d := range voters[1:] {
		mustCast(t, d, poll, state, yes)
	}
	tally := tallyOf(t, n, poll)
	if tally.GetBallots() != 4 || tally.GetValid() != 4 || tally.GetReplaced() != ballots || tally.GetParticipantsHeads() != 4 {
		t.Errorf("tally: %v", tally)
	}
	totals := tally.GetTotals()
	if len(totals) < 2 || totals[0].GetHeads() != 4 || totals[1].GetHeads() != 0 {
		t.Errorf("the voter's last word does not count alone: %v", totals)
	}
	_, err = neighbourhood.Cast(t.Context(), voters[0], poll, state.BoxKey, no)
	wantFault(t, "after the close", err, fault.Refused, "ballot.closed")
}

// TestHTTPBallotsMoved casts ballots where they do not belong.
func TestHTTPBallotsMoved(t *testing.T) {
	address, _ := startPilot(t)
	n, voters := foundVoters(t, address, 3)
	poll, state := openPoll(t, n)
	other, otherState := openPoll(t, n)

	box, err := ballot.Seal(rand.Reader, state.BoxKey, poll, voters[0].Member, yes)
	if err != nil {
		t.Fatal(err)
	}
	_, err = voters[0].Do(t.Context(), "voting.cast", "polls/"+other+"/ballots",
		&votingv1.CastBallot{Poll: poll, Voter: voters[0].Member, Box: box})
	wantFault(t, "a ballot sent to another poll's address", err, fault.Mismatch, "path.mismatch")

	_, err = voters[1].Do(t.Context(), "voting.cast", "polls/"+poll+"/ballots",
		&votingv1.CastBallot{Poll: poll, Voter: voters[0].Member, Box: box})
	wantFault(t, "a ballot for somebody else", err, fault.Forbidden, "ballot.not_yours")

	// Nobody can look into a box before the close: one that was sealed for another poll or voter is taken, and is invalid.
	for _, d := range voters[:2] {
		if _, err := d.Do(t.Context(), "voting.cast", "polls/"+other+"/ballots",
			&votingv1.CastBallot{Poll: other, Voter: d.Member, Box: box}); err != nil {
			t.Fatal(err)
		}
		mustCast(t, d, poll, state, no)
	}
	if _, err := voters[2].Do(t.Context(), "voting.cast", "polls/"+poll+"/ballots",
		&votingv1.CastBallot{Poll: poll, Voter: voters[2].Member, Box: box}); err != nil {
		t.Fatal(err)
	}
	mustCast(t, voters[2], other, otherState, yes)
	if tally := tallyOf(t, n, poll); tally.GetBallots() != 3 || tally.GetValid() != 2 || tally.GetInvalid() != 1 {
		t.Errorf("a voter's box copied by another: %v", tally)
	}
	if tally := tallyOf(t, n, other); tally.GetBallots() != 3 || tally.GetValid() != 1 || tally.GetInvalid() != 2 {
		t.Errorf("boxes of another poll: %v", tally)
	}
}

// TestHTTPBallotStanding lets people vote who came after the roll was sealed, or left while the poll was open.
func TestHTTPBallotStanding(t *testing.T) {
	address, _ := startPilot(t)
	n, voters := foundVoters(t, address, 3)
	poll, state := openPoll(t, n)
	late := admitVoters(t, n, 1)[0]
	_, err := neighbourhood.Cast(t.Context(), late, poll, state.BoxKey, yes)
	wantFault(t, "admitted after sealing", err, fault.Forbidden, "roll.unlisted")

	mustCast(t, voters[0], poll, state, yes)
	gone := voters[0].Member
	revoke := &communityv1.RevokeMember{Member: gone}
	_, err = n.First.Do(t.Context(), "community.revoke_member", "members/"+gone+"/revocation", revoke)
	wantFault(t, "one organisation revokes alone", err, fault.Forbidden, "signature.second_org")
	if _, err = n.First.Do(t.Context(), "community.revoke_member", "members/"+gone+"/revocation", revoke, n.Second.Key); err != nil {
		t.Fatal(err)
	}
	// The revocation is another service's fact: voting learns of it a moment later, and from then on refuses.
	err = neighbourhood.Eventually(t.Context(), "revocation known", func() error {
		_, err := neighbourhood.Cast(t.Context(), voters[0], poll, state.BoxKey, no)
		if err == nil {
			return context.DeadlineExceeded // taken still: before voting had folded the revocation
		}
		wantFault(t, "revoked", err, fault.Forbidden, "member.not_active")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mustCast(t, voters[1], poll, state, yes)
	mustCast(t, voters[2], poll, state, yes)
	if tally := tallyOf(t, n, poll); tally.GetBallots() != 3 || tally.GetParticipantsHeads() != 3 || state.Roll.GetVoters() != 3 {
		t.Errorf("the sealed roll stands: %v", tally)
	}
	_, err = neighbourhood.Cast(t.Context(), voters[1], poll, state.BoxKey, no)
	wantFault(t, "after the close", err, fault.Refused, "ballot.closed")
}
