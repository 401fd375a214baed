package voting_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// alleged is an event of this service and where it stands, below its poll or, where that is empty, on it.
type alleged struct {
	below string
	body  proto.Message
}

// everythingAlleged is every event of a poll that something follows from, about in the order of a poll's life.
func everythingAlleged() []alleged {
	roll := &votingv1.Roll{Voters: 1, Heads: 1, AllHeads: 1}
	return []alleged{
		{"", &votingv1.CeremonyBegun{Round: 1, Threshold: 1, Context: fixedKey(1)}},
		{"", &votingv1.KeyPartAdded{Trustee: 1, Message: fixedKey(1)}},
		{"", &votingv1.CeremonyFailed{}},
		{"", &votingv1.PollKeyOffered{BoxKey: fixedKey(1)}},
		{"", &votingv1.PollKeyRefused{BoxKey: fixedKey(1)}},
		{"", &votingv1.PollKeyHeld{}},
		{"", &votingv1.PollKeySealed{Seal: fixedKey(1)}},
		{"", &votingv1.RegistrationBegun{Roll: roll}},
		{"/registration/" + id("ann"), &votingv1.VoterRegistered{Commitment: fixedKey(1)}},
		{"", &votingv1.RegistrationEnded{Voters: 1}},
		{"", &votingv1.CredentialsListed{Rows: []*votingv1.CredentialRow{{Key: fixedKey(1)}}}},
		{"", &votingv1.RosterSealed{Root: fixedKey(1)}},
		{"", &votingv1.NoticeIssued{Roll: roll}},
		{"/delivery/" + id("ann"), &votingv1.NoticeDelivered{InTime: true}},
		{"/delivery/" + id("ann"), &votingv1.DeliveryFailed{}},
		{"", &votingv1.PollOpened{Roll: roll, Election: fixedKey(1)}},
		{"", &votingv1.VotersReminded{}},
		{"/ballot/" + id("ann"), &votingv1.BallotCast{Box: fixedKey(1)}},
		{"/secret-ballot/" + id("ann"), &votingv1.SecretBallotCast{Key: fixedKey(1), Ballot: fixedKey(1)}},
		{"/secret-ballot/" + id("ann"), &votingv1.SecretBallotChallenged{Key: fixedKey(1), Ballot: fixedKey(1)}},
		{"/paper/" + id("ann"), &votingv1.PaperIssued{Paper: id("p")}},
		{"/paper/" + id("ann"), &votingv1.PaperEntered{Paper: id("p")}},
		{"/paper/" + id("ann"), &votingv1.PaperReentered{Paper: id("p")}},
		{"/paper/" + id("ann"), &votingv1.PaperVoided{Paper: id("p")}},
		{"/secret-paper/" + id("ann"), &votingv1.SecretPaperEntered{}},
		{"/secret-paper/" + id("ann"), &votingv1.SecretPaperReentered{}},
		{"", &votingv1.PollExtended{}},
		{"", &votingv1.DeadlineReached{}},
		{"", &votingv1.PollClosed{}},
		{"", &votingv1.KeyPublished{PrivateKey: fixedKey(1)}},
		{"", &votingv1.KeyMissing{}},
		{"", &votingv1.SharePublished{Trustee: 1}},
		{"", &votingv1.SharesMissing{Trustees: []uint32{1}}},
		{"", &votingv1.EncryptedTallyRecorded{Tally: &votingv1.EncryptedTally{}}},
		{"", &votingv1.TotalsDecrypted{Trustee: 1, Message: fixedKey(1)}},
		{"", &votingv1.TotalsBlinded{Trustee: 1, Messages: [][]byte{fixedKey(1)}}},
		{"", &votingv1.TotalsProved{Trustee: 1, Verdicts: [][]byte{fixedKey(1)}}},
		{"", &votingv1.TallyRecorded{Tally: &votingv1.Tally{}}},
		{"/objection/" + id("ann"), &votingv1.ObjectionRaised{Text: picture}},
		{"", &votingv1.BallotsRecounted{Recount: &votingv1.Recount{}}},
		{"/sample/main", &votingv1.SamplesDrawn{}},
		{"/sample/main", &votingv1.RecountOrdered{}},
		{"", &votingv1.CertificateIssued{}},
		{"", &votingv1.OpeningLapsed{}},
	}
}

// TestSenselessRecord: whatever somebody has put on the record in whatever order, nobody who folds it is stopped by that. What comes of
// it no rule has to say; that none of it was lawful an auditor finds.
func TestSenselessRecord(t *testing.T) {
	t.Parallel()
	open, secret := turnout(&communityv1.TurnoutRules{RecountObjectionsMin: 1, ExtensionRoundsMax: 1}), hallRules(totals)
	open.Notice = &communityv1.NoticeRules{NoticeSeconds: 1, ReminderSeconds: []uint32{1}}
	for name, rules := range map[string]*communityv1.PollRules{
		"of a poll that was never called": nil, "of an open poll": open, "of a secret poll": secret,
		"of a poll on paper": onPaper(communityv1.Electorate_ELECTORATE_OWNERS),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := func() *world {
				w := newWorld(t)
				w.admit("ann")
				w.unit("flat", "ann", 1)
				if rules != nil {
					w.fact("voting", decider.On(poll.Path(id("p")), &votingv1.PollCalled{Question: question, Rules: rules}))
				}
				return w
			}
			all := everythingAlleged()
			for _, s := range all {
				begin().says(s)
			}
			inOrder, backwards := begin(), begin()
			for _, s := range all {
				inOrder.says(s)
			}
			for _, s := range slices.Backward(all[:len(all)-2]) { // without what forgets the poll
				backwards.says(s)
			}
		})
	}
}

func (w *world) says(s alleged) { w.fact("voting", decider.On(poll.Path(id("p"))+s.below, s.body)) }

// TestSenselessPairs: what two events alone leave behind that no rule puts one after the other.
func TestSenselessPairs(t *testing.T) {
	t.Parallel()
	begun := &votingv1.RegistrationBegun{Roll: &votingv1.Roll{Voters: 1}}
	open := turnout(&communityv1.TurnoutRules{ExtensionRoundsMax: 1})
	for _, pair := range [][2]proto.Message{
		{begun, &votingv1.RosterSealed{Root: fixedKey(1)}},
		{begun, &votingv1.EncryptedTallyRecorded{Tally: &votingv1.EncryptedTally{}}},
		{begun, &votingv1.KeyPublished{PrivateKey: fixedKey(1)}},
		{&votingv1.OpeningLapsed{}, &votingv1.DeadlineReached{}},
	} {
		for _, rules := range []*communityv1.PollRules{hallRules(totals), open} {
			w := newWorld(t)
			w.says(alleged{"", &votingv1.PollCalled{Question: question, Rules: rules}})
			w.says(alleged{"", pair[0]})
			w.says(alleged{"", pair[1]})
		}
	}
}

// TestSenselessSequences is TestSenselessRecord for a few events in any order.
func TestSenselessSequences(t *testing.T) {
	t.Parallel()
	secret := hallRules(totals)
	secret.Paper = &communityv1.PaperRules{OperatorPermilleMax: 500, RiskLimitPermille: 50}
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		rules := rapid.SampledFrom([]*communityv1.PollRules{onPaper(communityv1.Electorate_ELECTORATE_MEMBERS), secret}).Draw(t, "rules")
		w.fact("voting", decider.On(poll.Path(id("p")), &votingv1.PollCalled{Question: question, Rules: rules}))
		for range rapid.IntRange(1, 12).Draw(t, "events") {
			w.says(rapid.SampledFrom(everythingAlleged()).Draw(t, "event"))
		}
	})
}
