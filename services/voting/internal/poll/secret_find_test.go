package poll

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/secretballot"
	keys "renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// What trustees have said is found again, or it is said why it cannot be.
func TestFind(t *testing.T) {
	t.Parallel()
	list := func(c *closed) []*votingv1.EncryptedTotal { return c.poll.Secret.Encrypted.Totals }
	exact := []span{{3, 3}, {1, 1}, {0, 0}, {30, 30}, {10, 10}, {0, 0}}
	sealed := []span{{3, 4}, {21, 40}}
	for name, c := range map[string]struct {
		rules  *communityv1.PollRules
		damage func(*closed)
		want   []span
		err    string
	}{
		"totals":  {closedRules(totals), func(*closed) {}, exact, ""},
		"no key":  {closedRules(totals), func(c *closed) { c.poll.Ceremony.Seal = nil }, nil, ErrShare.Code},
		"no part": {closedRules(totals), func(c *closed) { c.poll.Secret.Decrypted[0] = []byte{1} }, nil, keys.ErrMalformed.Code},
		"too few": {closedRules(totals), func(c *closed) { c.poll.Secret.Decrypted[0] = nil }, nil, keys.ErrFew.Code},
		"wrong ones": {closedRules(totals), func(c *closed) {
			c.poll.Secret.Decrypted[0] = spoil(c.poll.Secret.Decrypted[0])
		}, nil, keys.ErrFew.Code},
		"a bound that cannot be": {closedRules(totals), func(c *closed) {
			list(c)[0].Bound = secretballot.TotalMax + 1
		}, nil, secretballot.ErrOverflow.Code},
		"more than all bounds": {closedRules(totals), func(c *closed) {
			for _, total := range list(c) {
				total.Bound = 0
			}
		}, nil, ErrUncounted.Code},
		"more than its bound": {closedRules(totals), func(c *closed) { list(c)[0].Bound = 2 }, nil, ErrUncounted.Code},
		"just its bound":      {closedRules(totals), func(c *closed) { list(c)[0].Bound = 3 }, exact, ""},

		"thresholds": {closedRules(passFail), func(*closed) {}, sealed, ""},
		"of nothing": {closedRules(passFail), func(c *closed) { c.poll.Secret.Encrypted.Totals = nil }, nil, ""},
		"no proof":   {closedRules(passFail), func(c *closed) { c.poll.Secret.Verdicts = nil }, nil, ErrTotalsFew.Code},
		"one proof of two": {closedRules(passFail), func(c *closed) {
			c.poll.Secret.Verdicts = c.poll.Secret.Verdicts[:1]
		}, nil, ErrTotalsFew.Code},
		"a proof that cannot be read": {closedRules(passFail), func(c *closed) {
			c.poll.Secret.Verdicts[1] = []byte{1}
		}, nil, keys.ErrMalformed.Code},
		"a proof that does not hold": {closedRules(passFail), func(c *closed) {
			c.poll.Secret.Verdicts[1] = spoil(c.poll.Secret.Verdicts[1])
		}, nil, keys.ErrVerdict.Code},
		"parts that cannot be read": {closedRules(passFail), func(c *closed) {
			c.poll.Secret.Blinded[0][0] = []byte{1}
		}, nil, keys.ErrMalformed.Code},
		"one in public, one proof": {closedRules(passFail), func(c *closed) {
			list(c)[0].Sum = make([]byte, 64)
			c.poll.Secret.Blinded[0], c.poll.Secret.Blinded[2] = c.poll.Secret.Blinded[0][1:], c.poll.Secret.Blinded[2][1:]
			c.poll.Secret.Verdicts = c.poll.Secret.Verdicts[1:]
		}, []span{{0, 2}, sealed[1]}, ""},
		"in public, and not within its bound": {closedRules(passFail), func(c *closed) {
			list(c)[0].Sum = slices.Concat(make([]byte, 32), list(c)[0].Sum[:32])
		}, nil, secretballot.ErrTotal.Code},

		"together":               {together(), func(*closed) {}, sealed, ""},
		"together, and no proof": {together(), func(c *closed) { c.poll.Secret.Verdicts = nil }, nil, ErrTotalsFew.Code},
		"together, and a proof that does not hold": {together(), func(c *closed) {
			c.poll.Secret.Verdicts[0] = spoil(c.poll.Secret.Verdicts[0])
		}, nil, keys.ErrVerdict.Code},
		"together, and one that cannot be read": {together(), func(c *closed) {
			c.poll.Secret.Verdicts[0] = []byte{1}
		}, nil, keys.ErrMalformed.Code},
		"together, and parts that cannot be read": {together(), func(c *closed) {
			c.poll.Secret.Blinded[0][1] = []byte{1}
		}, nil, keys.ErrMalformed.Code},
		"together, and another threshold": {together(), func(c *closed) { list(c)[0].Claims[0].Threshold-- }, nil, ErrTotalsClaim.Code},
		"together, and one falls short in public": {together(), func(c *closed) {
			list(c)[0].Sum = make([]byte, 64)
		}, []span{{0, 2}, {0, 40}}, ""},
		"together, and one is not within its bound": {together(), func(c *closed) {
			list(c)[0].Sum = slices.Concat(make([]byte, 32), list(c)[0].Sum[:32])
		}, nil, secretballot.ErrTotal.Code},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newClosed(t, c.rules, &proposalv1.Motion{}, votes(3, 1)...)
			if c.rules.GetSecrecy().GetSecrecy() == totals {
				p.decrypt(t, 1, 3)
			} else {
				p.blind(t, 1, 3)
				p.poll.Secret.Verdicts = p.verdicts(t, 3)
			}
			c.damage(p)
			known, err := p.poll.find()
			if got := refusal(err); got != c.err {
				t.Fatalf("%q, want %q", got, c.err)
			}
			if err == nil && !slices.Equal(known.spans, c.want) {
				t.Errorf("found %v, want %v", known.spans, c.want)
			}
			if _, err := Count(pollID, p.poll, p.sealed()); c.err != "" && refusal(err) != c.err {
				t.Errorf("counted: %q, want %q", refusal(err), c.err)
			}
		})
	}
}

// What everybody sees to be short is: below its need, not at it.
func TestShortInPublic(t *testing.T) {
	t.Parallel()
	three, err := secretballot.NewTotals(9)
	if err != nil {
		t.Fatal(err)
	}
	base := newClosed(t, closedRules(totals), &proposalv1.Motion{}, votes(3, 0)...)
	base.decrypt(t, 1, 2)
	w := base.work(t)
	parts := make([]*keys.Partial, 2)
	for i := range parts {
		if parts[i], err = keys.DecodePartial(base.poll.Secret.Decrypted[i]); err != nil {
			t.Fatal(err)
		}
	}
	opened, err := keys.Combine(w.Seal, w.Sums, parts)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := three.Find(opened.Values[0]); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	public := slices.Concat(make([]byte, 32), opened.Values[0].Bytes())
	for name, c := range map[string]struct {
		sum           []byte
		bound, needed int64
		short         bool
		err           string
	}{
		"hidden":                        {w.totals[0].GetSum(), 3, 3, false, ""},
		"hidden, and above its bound":   {w.totals[0].GetSum(), 3, 4, true, ""},
		"in public, as much as needed":  {public, 3, 3, false, ""},
		"in public, less than needed":   {public, 9, 4, true, ""},
		"in public, and nothing needed": {public, 3, 0, false, ""},
		"in public, and not in bounds":  {public, 2, 0, false, secretballot.ErrTotal.Code},
		"in public, without bounds":     {public, secretballot.TotalMax + 1, 0, false, secretballot.ErrOverflow.Code},
	} {
		sum, err := secretballot.DecodeCiphertext(c.sum)
		if err != nil {
			t.Fatal(err)
		}
		total := &votingv1.EncryptedTotal{Bound: c.bound, Claims: []*votingv1.TotalClaim{{Threshold: c.needed}}}
		w := &Work{totals: []*votingv1.EncryptedTotal{total}, sums: []secretballot.Ciphertext{sum}}
		short, err := w.shortInPublic()
		if short != c.short || refusal(err) != c.err {
			t.Errorf("%s: %v, %v", name, short, err)
		}
	}
}

// What is closed is added up, or demanded empty if it cannot be, so that it lapses.
func TestAddingUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		damage func(*closed) *Sealed
		want   string
	}{
		"as it is":       {func(c *closed) *Sealed { return c.sealed() }, ""},
		"more than fits": {func(c *closed) *Sealed { c.weigh(1 << 62); return c.sealed() }, "sum.overflow"},
		"a method without ballots": {func(c *closed) *Sealed {
			c.poll.Rules.Method = communityv1.Method_METHOD_BUDGET_EQUAL_SHARES
			return c.sealed()
		}, ErrMethodSecret.Code},
		"never open": {func(c *closed) *Sealed { c.poll.Secret.Election = nil; return c.sealed() }, ErrNotOpen.Code},
	} {
		p := newCast(t, closedRules(totals), &proposalv1.Motion{}, votes(3, 2)...)
		sealed := c.damage(p)
		if _, err := EncryptedTally(p.poll, p.credentials); refusal(err) != c.want {
			t.Errorf("%s: %q, want %q", name, refusal(err), c.want)
		}
		looking(t, p.poll, sealed, func(v *decider.View) {
			demands := addingUp(v, pollID, p.poll)
			if len(demands) != 1 || (demands[0].Body.(*votingv1.RecordEncryptedTally).GetTally() == nil) != (c.want != "") {
				t.Errorf("%s: %v", name, demands)
			}
		})
	}
	p := newCast(t, closedRules(totals), &proposalv1.Motion{}, votes(1, 0)...)
	for name, s := range map[string]*Sealed{"an open poll": {}, "nothing in the Book": nil} {
		looking(t, p.poll, s, func(v *decider.View) {
			if got := addingUp(v, pollID, p.poll); got != nil {
				t.Errorf("%s: %v", name, got)
			}
		})
	}
	election, err := p.poll.election()
	if err != nil {
		t.Fatal(err)
	}
	p.weigh(secretballot.TotalMax + 1)
	if _, err := p.credentials.totals(election, []communityv1.Measure{area}); refusal(err) != secretballot.ErrOverflow.Code {
		t.Errorf("more than can be found: %v", err)
	}
	for id, sent := range p.credentials.Last {
		p.credentials.Last[id] = Sent{Ballot: sent.Ballot[1:]}
	}
	if _, err := p.credentials.totals(election, []communityv1.Measure{heads}); refusal(err) != secretballot.ErrSize.Code {
		t.Errorf("what is no ballot: %v", err)
	}
}

// weigh gives every credential an area.
func (c *closed) weigh(area int64) {
	for id, row := range c.credentials.Rows {
		row.Weight.Area = area
		c.credentials.Rows[id] = row
	}
}

// Before a poll opens it is seen whether its totals could be found.
func TestExpected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		damage func(*closed)
		want   string
	}{
		"as it is":           {func(*closed) {}, ""},
		"a key that is none": {func(c *closed) { c.poll.Ceremony.Seal = []byte{1} }, keys.ErrMalformed.Code},
		"more than fits":     {func(c *closed) { c.weigh(secretballot.TotalMax) }, secretballot.ErrOverflow.Code},
		"a method without ballots": {func(c *closed) {
			c.poll.Rules.Method = communityv1.Method_METHOD_BUDGET_EQUAL_SHARES
		}, ErrMethodSecret.Code},
	} {
		p := newCast(t, closedRules(totals), &proposalv1.Motion{}, votes(3, 2)...)
		c.damage(p)
		if _, err := p.poll.expectLeak(p.credentials); refusal(err) != c.want {
			t.Errorf("%s: %q, want %q", name, refusal(err), c.want)
		}
	}
	p := newCast(t, closedRules(totals), &proposalv1.Motion{}, votes(1, 0)...)
	if _, err := p.poll.whole(p.credentials, secretballot.Shape{}); refusal(err) != secretballot.ErrShape.Code {
		t.Errorf("a shape of nothing: %v", err)
	}
}

// A count of what cannot be counted says so, whatever is wrong.
func TestSecretCountRefuses(t *testing.T) {
	t.Parallel()
	rules := totalsOf(communityv1.Method_METHOD_INSTANT_RUNOFF, nil)
	for name, c := range map[string]struct {
		damage func(*Poll, *Credentials, *found)
		want   string
	}{
		"as it is": {func(*Poll, *Credentials, *found) {}, ""},
		"rules that contradict one another": {func(p *Poll, _ *Credentials, _ *found) {
			p.Rules.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_SCORE}
		}, "rule.malformed"},
		"more than fits": {func(_ *Poll, c *Credentials, _ *found) {
			for id, row := range c.Rows {
				row.Weight.Area = 1 << 62
				c.Rows[id] = row
			}
		}, "sum.overflow"},
		"more than took part": {func(_ *Poll, _ *Credentials, known *found) { known.spans[0].low = 9 }, ErrUncounted.Code},
	} {
		w := &plain{
			rules: proto.CloneOf(rules), question: optionsOf(0, 0), roll: &votingv1.Roll{AllHeads: 9}, bare: true,
			choices: [][]int64{{1, 0, 0, 0}, {0, 1, 0, 0}},
		}
		p := &Poll{Question: w.question, Rules: w.rules, Roll: w.roll, Secret: &Secret{Encrypted: &votingv1.EncryptedTally{Secrecy: totals}}}
		credentials := &Credentials{Rows: map[string]Credential{}, Last: map[string]Sent{}}
		for i := range 2 {
			key := slices.Repeat([]byte{byte(i)}, 32)
			row := Credential{Key: key}
			row.Weight.Heads = 1
			credentials.Rows[chain.KeyID(key)], credentials.Last[chain.KeyID(key)] = row, Sent{Ballot: key}
		}
		known := &found{}
		for o, n := range []int64{1, 1, 0, 0} {
			p.Secret.Encrypted.Totals = append(p.Secret.Encrypted.Totals, &votingv1.EncryptedTotal{Measure: heads, Option: uint32(o), Bound: 2})
			known.spans = append(known.spans, span{n, n})
		}
		c.damage(p, credentials, known)
		if _, err := p.countFrom(known, &Sealed{Secret: credentials}); refusal(err) != c.want {
			t.Errorf("%s: %q, want %q", name, refusal(err), c.want)
		}
	}
}
