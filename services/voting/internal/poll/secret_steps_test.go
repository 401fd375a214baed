package poll

import (
	"slices"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/secretballot"
	keys "renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// together are the rules of a poll whose requirements are judged together.
func together() *communityv1.PollRules {
	r := closedRules(passFail)
	r.Secrecy.Together = true
	return r
}

// by is a command of a trustee's.
func by(number int) *decider.Command { return &decider.Command{Actor: trusteeName(number), Time: 200} }

// Every step of a trustee's is held to the state that it needs, each part of which is damaged once.
func TestStepsAreDue(t *testing.T) {
	t.Parallel()
	decrypting := func(p *closed, v *decider.View) error {
		_, err := DecryptTotals(v, by(1), &votingv1.DecryptTotals{Poll: pollID, Message: p.part})
		return err
	}
	for name, c := range map[string]struct {
		damage func(*closed)
		want   string
	}{
		"as it is":         {func(*closed) {}, ""},
		"no ceremony":      {func(c *closed) { c.poll.Ceremony = nil }, ErrNoCeremony.Code},
		"no trustee":       {func(c *closed) { c.poll.Ceremony.Trustees = c.poll.Ceremony.Trustees[1:] }, ErrTrustee.Code},
		"an open poll":     {func(c *closed) { c.poll.Rules.Secrecy.Secrecy = open }, ErrSecretNot.Code},
		"not closed":       {func(c *closed) { c.poll.Closed = false }, ErrNotClosed.Code},
		"certified":        {func(c *closed) { c.poll.Certified = true }, ErrCertified.Code},
		"never registered": {func(c *closed) { c.poll.Secret = nil }, ErrTotalsAwaited.Code},
		"not added up":     {func(c *closed) { c.poll.Secret.Encrypted = nil }, ErrTotalsAwaited.Code},
		"no key":           {func(c *closed) { c.poll.Ceremony.Seal = nil }, ErrShare.Code},
		"never open":       {func(c *closed) { c.poll.Secret.Election = nil }, ErrNotOpen.Code},
		"a sum that is none": {func(c *closed) {
			c.poll.Secret.Encrypted.Totals[0].Sum = []byte{1}
		}, secretballot.ErrSum.Code},
		"nothing to open": {func(c *closed) {
			for _, total := range c.poll.Secret.Encrypted.Totals {
				total.Sum = make([]byte, 64)
			}
		}, ErrTotalsNone.Code},
		"thresholds": {func(c *closed) {
			claim(c.poll.Secret.Encrypted, 0, 1)
			c.poll.Secret.Encrypted.Secrecy = passFail
		}, ErrTotalsLevel.Code},
		"done":             {func(c *closed) { c.poll.Secret.Decrypted[0] = []byte{1} }, ErrTotalsDone.Code},
		"done in hiding":   {func(c *closed) { c.poll.Secret.Blinded[0] = [][]byte{{1}} }, ErrTotalsDone.Code},
		"no part":          {func(c *closed) { c.part = []byte{1} }, keys.ErrMalformed.Code},
		"another's part":   {func(c *closed) { c.part[2] = 2 }, ErrTrustee.Code},
		"part of another":  {func(c *closed) { c.poll.Secret.Encrypted.Totals = c.poll.Secret.Encrypted.Totals[1:] }, keys.ErrPartial.Code},
		"a part in public": {func(c *closed) { c.poll.Secret.Encrypted.Totals[0].Sum = make([]byte, 64) }, keys.ErrPartial.Code},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newClosed(t, closedRules(totals), &proposalv1.Motion{}, votes(3, 1)...)
			p.decrypt(t, 1)
			p.part, p.poll.Secret.Decrypted[0] = p.poll.Secret.Decrypted[0], nil
			c.damage(p)
			looking(t, p.poll, p.sealed(), func(v *decider.View) {
				if got := refusal(decrypting(p, v)); got != c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
			})
		})
	}
}

// When a poll can be counted, who still owes something, and what is found when all is over.
func TestOpened(t *testing.T) {
	t.Parallel()
	public := func(c *closed) {
		for _, total := range c.poll.Secret.Encrypted.Totals {
			total.Sum = make([]byte, 64)
		}
	}
	for name, c := range map[string]struct {
		level  communityv1.Secrecy
		given  func(*testing.T, *closed)
		opened bool
		undone []uint32
		missed string // what a finding of who has not is refused for
	}{
		"never registered":         {totals, func(_ *testing.T, c *closed) { c.poll.Secret = nil }, false, nil, ErrTotalsNone.Code},
		"not added up":             {totals, func(_ *testing.T, c *closed) { c.poll.Secret.Encrypted = nil }, false, nil, ErrTotalsNone.Code},
		"nobody has done anything": {totals, func(*testing.T, *closed) {}, false, []uint32{1, 2, 3}, ""},
		"too few":                  {totals, func(t *testing.T, c *closed) { c.decrypt(t, 2) }, false, []uint32{1, 3}, ""},
		"enough":                   {totals, func(t *testing.T, c *closed) { c.decrypt(t, 2, 3) }, true, []uint32{1}, ""},
		"all":                      {totals, func(t *testing.T, c *closed) { c.decrypt(t, 1, 2, 3) }, true, nil, ErrTotalsNone.Code},
		"nothing is hidden":        {totals, func(_ *testing.T, c *closed) { public(c) }, true, nil, ErrTotalsNone.Code},
		"something is": {totals, func(_ *testing.T, c *closed) {
			c.poll.Secret.Encrypted.Totals[0].Sum = make([]byte, 64)
		}, false, []uint32{1, 2, 3}, ""},
		"what cannot be read": {totals, func(_ *testing.T, c *closed) {
			c.poll.Secret.Encrypted.Totals[0].Sum = []byte{1}
		}, true, nil, ErrTotalsNone.Code},
		"enough hidden parts": {passFail, func(t *testing.T, c *closed) { c.blind(t, 1, 2) }, false, []uint32{3}, ""},
		"a proof": {passFail, func(t *testing.T, c *closed) {
			c.blind(t, 1, 2)
			c.poll.Secret.Verdicts = c.verdicts(t, 1)
		}, true, []uint32{3}, ""},
		"certified": {totals, func(_ *testing.T, c *closed) { c.poll.Certified = true }, false, []uint32{1, 2, 3}, ErrCertified.Code},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newClosed(t, closedRules(c.level), &proposalv1.Motion{}, votes(3, 1)...)
			c.given(t, p)
			if got := p.poll.openable(); got != c.opened {
				t.Errorf("opened: %v", got)
			}
			if got := p.poll.undone(); !slices.Equal(got, c.undone) {
				t.Errorf("undone: %v", got)
			}
			looking(t, p.poll, p.sealed(), func(v *decider.View) {
				changes, err := ReportSharesMissing(v, nil, &votingv1.ReportSharesMissing{Poll: pollID})
				if got := refusal(err); got != c.missed {
					t.Errorf("refused for %q, want %q", got, c.missed)
				}
				if err == nil && !slices.Equal(changes[0].Events[0].(*votingv1.SharesMissing).GetTrustees(), c.undone) {
					t.Errorf("found %v", changes)
				}
			})
		})
	}
	for name, s := range map[string]*Secret{"not registered": nil, "not added up": {}} {
		p := &Poll{Rules: closedRules(totals), Secret: s}
		if p.Done(1) {
			t.Errorf("%s: done", name)
		}
	}
}

// Ballots are taken of who stands on the roster of a poll that is open.
func TestCastNeedsAnOpenPoll(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		damage func(*closed, *Credential)
		want   string
	}{
		"as it is":           {func(*closed, *Credential) {}, ""},
		"nothing of it":      {func(c *closed, _ *Credential) { c.poll.Secret = nil }, ErrNotOpen.Code},
		"no election":        {func(c *closed, _ *Credential) { c.poll.Secret.Election = c.poll.Secret.Election[1:] }, ErrNotOpen.Code},
		"no key":             {func(c *closed, _ *Credential) { c.poll.Ceremony.Seal = nil }, ErrNotOpen.Code},
		"a key that is none": {func(c *closed, _ *Credential) { c.poll.Ceremony.Seal = []byte{1} }, keys.ErrMalformed.Code},
		"a method without ballots": {func(c *closed, _ *Credential) {
			c.poll.Rules.Method = communityv1.Method_METHOD_BUDGET_EQUAL_SHARES
		}, ErrMethodSecret.Code},
		"not listed":   {func(_ *closed, row *Credential) { row.Key = nil }, ErrCredentialUnlisted.Code},
		"another's id": {func(_ *closed, row *Credential) { row.Key = spoil(row.Key) }, ErrCredentialUnlisted.Code},
	} {
		p := newCast(t, closedRules(totals), &proposalv1.Motion{}, votes(1, 0)...)
		p.poll.Closed = false
		for id, row := range p.credentials.Rows {
			key := row.Key
			c.damage(p, &row)
			p.credentials.Rows[id] = row
			cmd := &decider.Command{Keys: [][]byte{key}, Time: 50}
			body := &votingv1.CastSecret{Poll: pollID, Sequence: 1, Ballot: p.credentials.Last[id].Ballot}
			looking(t, p.poll, p.sealed(), func(v *decider.View) {
				if _, err := CastSecret(v, cmd, body); refusal(err) != c.want {
					t.Errorf("%s: %q, want %q", name, refusal(err), c.want)
				}
			})
		}
	}
	short := []byte{1, 2, 3}
	p := newCast(t, closedRules(totals), &proposalv1.Motion{}, votes(1, 0)...)
	voter := p.rows()[0].Key
	p.credentials.Rows[chain.KeyID(short)] = Credential{Key: short}
	for name, c := range map[string]struct {
		sealed *Sealed
		key    []byte
		want   bool
	}{
		"as it is":            {p.sealed(), voter, true},
		"a key that is none":  {p.sealed(), short, false},
		"an open poll":        {&Sealed{}, voter, false},
		"nothing in the Book": {nil, voter, false},
	} {
		looking(t, p.poll, c.sealed, func(v *decider.View) {
			if _, ok := credentialOf(v, pollID, c.key); ok != c.want {
				t.Errorf("%s: on the roster: %v", name, ok)
			}
		})
	}
}

// A poll closes early when every credential has cast, if the rules say so and it is not closed.
func TestClosesWhenComplete(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		given func(*closed) *Sealed
		want  int
	}{
		"all have cast":       {func(c *closed) *Sealed { return c.sealed() }, 1},
		"one has not":         {func(c *closed) *Sealed { clear(c.credentials.Last); return c.sealed() }, 0},
		"the rules say no":    {func(c *closed) *Sealed { c.poll.Rules.CloseWhenComplete = false; return c.sealed() }, 0},
		"it is closed":        {func(c *closed) *Sealed { c.poll.Closed = true; return c.sealed() }, 0},
		"an open poll":        {func(*closed) *Sealed { return &Sealed{} }, 0},
		"nothing in the Book": {func(*closed) *Sealed { return nil }, 0},
	} {
		p := newCast(t, closedRules(totals), &proposalv1.Motion{}, votes(1, 1)...)
		p.poll.Closed, p.poll.Rules.CloseWhenComplete = false, true
		sealed := c.given(p)
		looking(t, p.poll, sealed, func(v *decider.View) {
			got := OnSecretCast(v, decider.Event{Aggregate: SecretBallotPath(pollID, []byte{1})}, nil)
			if len(got) != c.want {
				t.Errorf("%s: %v", name, got)
			}
		})
	}
}
