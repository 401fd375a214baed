package pollcheck

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

func chance() *rand.ChaCha8 { return rand.NewChaCha8([32]byte{1}) }

// TestElectionAlone: what a ballot is bound to is asked only where all of it is known.
func TestElectionAlone(t *testing.T) {
	t.Parallel()
	opened, sealed := saying(&votingv1.PollOpened{Election: []byte{1}}), saying(&votingv1.PollKeySealed{})
	begun, roster := saying(&votingv1.RegistrationBegun{}), saying(&votingv1.RosterSealed{})
	single := func() *communityv1.PollRules { return secretRules(communityv1.Method_METHOD_SINGLE) }
	run := (*checking).checkElection
	ask(t, []asking{
		{"not secret", alone(openRules(1), opened), run, "none"},
		{"not open", alone(single(), sealed, begun, roster), run, "none"},
		{"no registration", alone(single(), sealed, roster, opened), run, "unchecked"},
		{"no roster", alone(single(), sealed, begun, opened), run, "unchecked"},
		{"no key", alone(single(), begun, roster, opened), run, "unchecked"},
		{"another id", alone(single(), sealed, begun, roster, opened), run, "fails election.differs"},
	})
	key, err := trustee.NewKey(chance())
	if err != nil {
		t.Fatal(err)
	}
	for _, options := range []int{0, 2} {
		c := aloneAbout(optioned(options), single(), sealed, begun, roster, opened)
		c.seal = &trustee.Seal{Key: key.Public()}
		if run(c); (c.election != nil) != (options > 0) {
			t.Errorf("an election of %d options: %v", options, c.election)
		}
	}
}

// optioned is a question with so many options.
func optioned(n int) *proposalv1.Motion {
	q := &proposalv1.Motion{}
	for i := range n {
		q.Options = append(q.Options, &proposalv1.Option{Code: string(rune('a' + i))})
	}
	return q
}

// TestShape: the form of ballots of every method that has one.
func TestShape(t *testing.T) {
	t.Parallel()
	const greedy = communityv1.Method_METHOD_BUDGET_GREEDY
	shape := func(s secretballot.Shape, err error) *secretballot.Shape {
		if err != nil {
			t.Fatal(err)
		}
		return &s
	}
	for _, c := range []struct {
		method communityv1.Method
		ballot *communityv1.BallotRules
		want   *secretballot.Shape // of three options; nil for none
	}{
		{communityv1.Method_METHOD_YES_NO, nil, shape(secretballot.Approval(3, 1, 1))},
		{communityv1.Method_METHOD_SINGLE, nil, shape(secretballot.Approval(3, 0, 1))},
		{communityv1.Method_METHOD_APPROVAL, nil, shape(secretballot.Approval(3, 0, 3))},
		{communityv1.Method_METHOD_APPROVAL, &communityv1.BallotRules{OptionsMin: 1, OptionsMax: 2}, shape(secretballot.Approval(3, 1, 2))},
		{communityv1.Method_METHOD_APPROVAL, &communityv1.BallotRules{OptionsMin: 9, OptionsMax: 9}, shape(secretballot.Approval(3, 3, 3))},
		{communityv1.Method_METHOD_SCORE, &communityv1.BallotRules{PointsMax: 5}, shape(secretballot.Score(3, 5))},
		{greedy, &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL}, shape(secretballot.Approval(3, 0, 3))},
		{greedy, &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE}, shape(secretballot.OneOf(3))},
		{greedy, &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_ORDINAL}, nil},
		{communityv1.Method_METHOD_BUDGET_EQUAL_SHARES, nil, nil},
	} {
		r := secretRules(c.method)
		r.Ballot = c.ballot
		got, err := aloneAbout(optioned(3), r).shape()
		if (err == nil) != (c.want != nil) || c.want != nil && !reflect.DeepEqual(got, *c.want) {
			t.Errorf("%s, %v: %+v, %v", c.method, c.ballot, got, err)
		}
	}
}

// TestSecretBallotsAlone: proofs are looked at where election and roster are known, numbers where nothing before them is hidden.
func TestSecretBallotsAlone(t *testing.T) {
	t.Parallel()
	key := make([]byte, 32)
	id := chain.KeyID(key)
	sent := said{
		author: chain.AuthorCredential, keys: [][]byte{key}, path: "secret-ballot/" + id,
		body: &votingv1.SecretBallotCast{Key: key, Sequence: 1, Ballot: []byte{1}},
	}
	shape, err := secretballot.Approval(3, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	held, err := trustee.NewKey(chance())
	if err != nil {
		t.Fatal(err)
	}
	election, err := secretballot.NewElection([32]byte{}, held.Public().Bytes(), shape)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]weight{id: {heads: 1}}
	of := func(e *secretballot.Election, w map[string]weight) *checking {
		return alone(secretRules(1), sent).having(func(c *checking) { c.election, c.weights = e, w })
	}
	run := (*checking).ballots
	ask(t, []asking{
		{"none", alone(secretRules(1)), run, "none"},
		{"no election", of(nil, listed), run, "unchecked"},
		{"no roster", of(election, nil), run, "unchecked"},
		{"what proves nothing", of(election, listed), run, "fails ballots.refused"},
		{"a stranger's", of(nil, map[string]weight{}), run, "fails ballots.unlisted"},
	})
	unnumbered, opened := sent, saying(&votingv1.PollOpened{})
	unnumbered.body = &votingv1.SecretBallotChallenged{Key: key}
	numbered := func(c *checking) { c.all = c.sent() }
	behind := func(c *checking) { c.all, c.hidden = c.sent(), hidden{3} }
	run = (*checking).sequence
	ask(t, []asking{
		{"the first", alone(secretRules(1), opened, sent).having(numbered), run, "holds"},
		{"a challenged one of no number", alone(secretRules(1), opened, unnumbered).having(numbered), run, "fails sequence.gap"},
		{"behind what is hidden", alone(secretRules(1), opened.in(2), sent.in(4)).having(behind), run, "unchecked"},
		{"before it", alone(secretRules(1), opened.in(1), sent.in(2)).having(behind), run, "holds"},
	})
}
