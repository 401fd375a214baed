package poll

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

const electionPoll = "aaaaaaaaaaaaaaaaaaaaaaaaaa"

// electing is an open poll whose key one trustee has made, as a device is told it.
func electing(t *testing.T, level communityv1.Secrecy) *Poll {
	t.Helper()
	key, err := trustee.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	begun := &votingv1.CeremonyBegun{
		Round: 1, Threshold: 1, AnswersBy: 9,
		Trustees: []*communityv1.Trustee{{Member: "m", Org: "o", TrusteeKey: key.Public().Bytes()}},
	}
	begun.Context = ceremonyContext(electionPoll, begun)
	p := &Poll{
		Question: &proposalv1.Motion{Title: "Roof"}, Roll: &votingv1.Roll{Voters: 3},
		Rules: &communityv1.PollRules{
			Method: communityv1.Method_METHOD_YES_NO, Secrecy: &communityv1.SecrecyRules{Secrecy: level, TrusteesMin: 1},
		},
		Secret: &Secret{Roll: &votingv1.Roll{Voters: 3}, Root: bytes.Repeat([]byte{2}, 32)},
	}
	p.evolveCeremony(begun)
	terms := &trustee.Ceremony{Context: [32]byte(begun.Context), Purpose: trustee.Secret, Threshold: 1}
	terms.Keys = append(terms.Keys, key.Public())
	if level == communityv1.Secrecy_SECRECY_OPEN {
		terms.Purpose = trustee.Open
	}
	sealKey(t, p, terms, key)
	bind(t, p)
	return p
}

// sealKey says all that the trustee says.
func sealKey(t *testing.T, p *Poll, terms *trustee.Ceremony, key *trustee.Key) {
	t.Helper()
	record, err := trustee.NewRecord(terms)
	if err != nil {
		t.Fatal(err)
	}
	dealer, err := trustee.NewDealer(terms, key)
	if err != nil {
		t.Fatal(err)
	}
	say := func(m interface{ Bytes() []byte }, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := record.Add(m.Bytes()); err != nil {
			t.Fatal(err)
		}
		p.Ceremony.Said = append(p.Ceremony.Said, m.Bytes())
	}
	say(dealer.Commit())
	say(dealer.Reveal())
	say(dealer.Deal())
	share, _, err := trustee.Receive(rand.Reader, record, key)
	if err != nil {
		t.Fatal(err)
	}
	say(share.Ack(rand.Reader, record))
	made, err := record.Seal()
	if err != nil {
		t.Fatal(err)
	}
	p.Ceremony.Seal = made.Bytes()
}

// bind makes the election's id follow from what is told, as whoever tells a lie would.
func bind(t *testing.T, p *Poll) {
	t.Helper()
	id, err := p.electionID(electionPoll)
	if err != nil {
		t.Fatal(err)
	}
	p.Secret.Election = id
}

// TestBallotsOfALie: a device votes in no poll of which it is told anything else than everybody, whether the lie is in the poll alone or
// its id fits the lie.
func TestBallotsOfALie(t *testing.T) {
	t.Parallel()
	const totals = communityv1.Secrecy_SECRECY_TOTALS
	other := electing(t, totals).Ceremony
	for name, tt := range map[string]struct {
		change func(p *Poll)
		bound  bool // the id is made to fit
		good   bool
	}{
		"as it is":                      {func(*Poll) {}, false, true},
		"as it is, and bound again":     {func(*Poll) {}, true, true},
		"no roster":                     {func(p *Poll) { p.Secret = nil }, false, false},
		"no id":                         {func(p *Poll) { p.Secret.Election = nil }, false, false},
		"half an id":                    {func(p *Poll) { p.Secret.Election = p.Secret.Election[:secretballot.ElectionIDBytes/2] }, false, false},
		"another id":                    {func(p *Poll) { p.Secret.Election[0] ^= 1 }, false, false},
		"another question":              {func(p *Poll) { p.Question.Title = "Lift" }, false, false},
		"other rules":                   {func(p *Poll) { p.Rules.VotingSeconds++ }, false, false},
		"another roll":                  {func(p *Poll) { p.Secret.Roll.Voters++ }, false, false},
		"another roster":                {func(p *Poll) { p.Secret.Root[0] ^= 1 }, false, false},
		"a question that is no text":    {func(p *Poll) { p.Question.Title = "\xff" }, false, false},
		"one that is none, and no id":   {func(p *Poll) { p.Question.Title, p.Secret.Election = "\xff", nil }, false, false},
		"nobody's key":                  {func(p *Poll) { p.Ceremony = nil }, false, false},
		"no key":                        {func(p *Poll) { p.Ceremony.Seal = nil }, true, false},
		"another key":                   {func(p *Poll) { p.Ceremony.Seal = other.Seal }, true, false},
		"a key that was not made so":    {func(p *Poll) { p.Ceremony.Said = other.Said }, true, false},
		"half a ceremony":               {func(p *Poll) { p.Ceremony.Said = p.Ceremony.Said[:2] }, true, false},
		"no ceremony":                   {func(p *Poll) { p.Ceremony.Said = nil }, true, false},
		"words that are none":           {func(p *Poll) { p.Ceremony.Said[1] = []byte{1} }, true, false},
		"another trustee":               {func(p *Poll) { p.Ceremony.Trustees = other.Trustees }, true, false},
		"a trustee of another body":     {func(p *Poll) { p.Ceremony.Trustees[0].Org = "x" }, true, false},
		"another round of the ceremony": {func(p *Poll) { p.Ceremony.Round++ }, true, false},
		"another poll's trustees":       {func(p *Poll) { p.Ceremony = other; other.AnswersBy++ }, true, false},
	} {
		p := electing(t, totals)
		tt.change(p)
		if tt.bound {
			bind(t, p)
		}
		e, err := Ballots(electionPoll, p)
		if tt.good != (err == nil) || tt.good != (e != nil) || err != nil && !errors.Is(err, ErrElection) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Ballots(electionPoll, electing(t, communityv1.Secrecy_SECRECY_OPEN)); !errors.Is(err, ErrElection) {
		t.Errorf("ballots that somebody opens: %v", err)
	}
}
